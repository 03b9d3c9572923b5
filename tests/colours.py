"""How light a colour is, and how it stands out: what tests of the palette and of drawings compute."""

from __future__ import annotations

from itertools import combinations

LEAST_CONTRAST = 3.0
LEAST_STEP = 8.0


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour like #12305c (WCAG 2.2)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def lightness(colour: str) -> float:
    """Return L* (CIE 1976), from 0 for black to 100 for white: what a greyscale print keeps."""
    light = luminance(colour)
    return 116 * light ** (1 / 3) - 16 if light > 216 / 24389 else light * 24389 / 27


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def least_step(colours: list[str]) -> float:
    """Return how near in L* the two nearest of some colours are; 100 for a single one."""
    pairs = combinations(map(lightness, colours), 2)
    return min((abs(one - other) for one, other in pairs), default=100.0)
