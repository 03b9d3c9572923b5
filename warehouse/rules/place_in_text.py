"""The line of a text that an error of its rules is about."""

from __future__ import annotations

import csv
import io
import re
import tomllib

_HEADER = re.compile(r"\s*(?P<open>\[\[?)\s*(?P<name>[^\[\]]+?)\s*\]")
_KEY = re.compile(r"\s*(?P<name>[\w.\"'-]+)\s*=")
_NAMED = {"indicator group": "group", "indicator": "number", "predicate": "code"}
"""How rules name an entry of a list in words ("indicator 16"), and the key that bears the name."""
_WORDS = re.compile(r"(?P<what>indicator group|indicator|predicate) (?P<name>\S+)")
_LEVEL = re.compile(r"indicator (?P<number>\S+), level (?P<level>\S+)")


def line_of_slip(text: str) -> int | None:
    """Return the line where a TOML text cannot be read further; None where it can, or ends too early."""
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line (\d+)", str(error))
        return int(place[1]) if place else text.count("\n") + 1
    except (RecursionError, ValueError):
        return None
    return None


def line_of_key(text: str, key: str) -> int | None:
    """Return the line of a TOML text that a key stands on ("parameters.count_cap.value", "indicator 16").

    Of a key that is missing it is the line of the section that lacks it; None where that is missing too.
    """
    if words := _WORDS.fullmatch(key):
        wanted = re.compile(rf"\s*{_NAMED[words['what']]}\s*=\s*[\"']{re.escape(words['name'])}[\"']")
        return next((number for number, line in enumerate(text.splitlines(), 1) if wanted.match(line)), None)
    parts = key.split(".")
    best, found = 0, None
    for number, path in _paths(text):
        shared = next((place for place, part in enumerate(path) if place >= len(parts) or part != parts[place]), None)
        depth = len(path) if shared is None else 0
        if depth > best:
            best, found = depth, number
    return found


def _paths(text: str) -> list[tuple[int, list[str]]]:
    """The path of each section and key of a TOML text, with its line; entries of a list bear their place in it."""
    paths: list[tuple[int, list[str]]] = []
    section: list[str] = []
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            name = header["name"]
            section = _parts(name)
            if header["open"] == "[[":
                counts[name] = counts.get(name, -1) + 1
                section = [*section, str(counts[name])]
            paths.append((number, section))
        elif key := _KEY.match(line):
            paths.append((number, [*section, *_parts(key["name"])]))
    return paths


def _parts(name: str) -> list[str]:
    return [part.strip().strip("\"'") for part in name.split(".")]


def line_of_level(text: str, place: str) -> int | None:
    """Return the line of a crosswalk that a place in words ("indicator 16, level 2") means; None where it has none."""
    named = _LEVEL.search(place)
    if named is None:
        return None
    rows = csv.DictReader(io.StringIO(text))
    try:
        for row in rows:
            if (row.get("indicator_number"), row.get("level")) == (named["number"], named["level"]):
                return rows.line_num
    except csv.Error:
        return rows.line_num
    return None
