"""Texts of rulebooks as a home writes them: two lines, incomplete ones, complete ones with other lists and numbers."""

from __future__ import annotations

from iga.rulebook import shipped_files

SOURCES = '[sources]\nP = { text = "Pedoman", date = 2030-04-01 }\n'
SOURCED = 'source = ["P"]\nconfidence = "high"\n'


def two_lines(edition: int, based_on: int) -> str:
    """A rulebook that says nothing but what it is based on."""
    return f"edition = {edition}\nbased_on = {based_on}\n"


def root(edition: int, shipped: int) -> str:
    """A rulebook that stands alone: a shipped one under another year."""
    text = shipped_files().rulebooks[str(shipped)].replace(f"edition = {shipped}", f"edition = {edition}", 1)
    return text.replace("estimated_under = 2026\n", "", 1)


def with_divisor(edition: int, based_on: int, divisor: int, not_known: str = "") -> str:
    """An incomplete rulebook that states another divisor, and lists one parameter as not known."""
    text = f"{two_lines(edition, based_on)}\n{SOURCES}\n[parameters.divisor_minimum]\nvalue = {divisor}\n{SOURCED}"
    if not_known:
        text += f'\n[not_known.{not_known}]\nreason_id = "Belum disebut."\nreason_en = "Not stated yet."\n'
    return text


def complete(
    edition: int,
    based_on: int,
    *,
    divisor: int = 20,
    weight: str = "0.40",
    cap: int = 150,
    added: int = 2,
    top: int = 4,
) -> str:
    """A complete rulebook on 2026: other numbers, other levels of the video, lines added (22 with two more)."""
    count = round(float(weight) * cap * 100)
    maturity = 11100 - 1200 + 400 * top + 100 * 3 * added
    total = 6300 + maturity + count
    maxima = {"maturity_maximum": maturity, "count_maximum": count, "sid_maximum": maturity + count}
    maxima["total_maximum"] = total
    numbers = {"divisor_minimum": str(divisor), "count_weight": weight, "count_cap": str(cap)}
    numbers |= {name: f"{value / 100:.2f}" for name, value in maxima.items()}
    text = f'{two_lines(edition, based_on)}states_all_changes = true\nsource = ["P"]\n\n{SOURCES}'
    for name, value in numbers.items():
        text += f"\n[parameters.{name}]\nvalue = {value}\n{SOURCED}"
    text += f'\n[[indicator]]\nkey = "video"\nlevels = [{_levels("video", top)}]\n{SOURCED}'
    for place in range(added):
        text += (
            f'\n[[indicator]]\nnumber = "{37 + place}"\nkey = "added_{place}"\naspect = "sid"\n'
            f'variable = "Hasil Kreatif"\nname_id = "Baru {place}"\nname_en = "New {place}"\nweight = 1\n'
            f'is_mandatory = false\nevidence = "PDF"\n'
            f"levels = [{_levels('baru', 3)}]\n{SOURCED}"
        )
    return text


def _levels(name: str, top: int) -> str:
    return ", ".join(f'{{ level = {level}, text_id = "{name} {level}" }}' for level in range(1, top + 1))
