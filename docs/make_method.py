"""Writes docs/method.md from the rulebooks and the spec tests, so that the method told is the method run.

    python docs/make_method.py

A test fails when docs/method.md is not what this writes.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from iga.rulebook import Rulebook, known_rulebooks, load_rulebook
from iga.rules.parts import Parameter
from warehouse.language import label

HERE = Path(__file__).resolve().parent
SPEC = HERE.parent / "tests" / "spec" / "index.toml"
PARAMETERS = {
    "maturity_maximum": "highest maturity of one innovation",
    "spd_maximum": "SPD, maximum",
    "sid_maximum": "SID, maximum",
    "total_maximum": "total, maximum",
    "divisor_minimum": "smallest divisor of the mean",
    "count_weight": "count term, points per innovation",
    "count_cap": "count term, innovations that count at most",
    "count_maximum": "count term, maximum",
    "basic_services_required": "basic services needed for the count term",
}

INTRODUCTION = """\
# Metode / Method

<!-- Written by docs/make_method.py from iga/rules/rulebooks/*.toml and tests/spec/index.toml; do not edit by hand. -->

```
indicator points = weight × level, level 0 (no valid evidence) to 3
SPD              = points of the region's own indicators (1 to 15)
maturity         = points of one innovation's indicators (16 to 35); of alternatives (33a-f) the best counts once
mean             = sum of maturities / max(smallest divisor, innovations)
count term       = points per innovation × min(cap, innovations), if enough basic services are covered; otherwise 0
SID              = mean + count term
total            = SPD + SID
IID              = total / total maximum × 100
```

All arithmetic is on whole hundredths of points; the index is rounded half-up to two places at the end only. With SPD
in hundredths c, the sum of maturities in hundredths s, divisor d, count term in hundredths w and total maximum in
hundredths M: IID in hundredths = half-up(10000 ((c + w) d + s) / (M d)).

What is not known is never filled in. A missing SPD, a missing answer or a rule known only as an interval gives a lower
and an upper index; an absent rule gives "not computed". The predicate is read off the rounded index.
"""


def write_method() -> str:
    """The text of docs/method.md."""
    rulebooks = [load_rulebook(name) for name in known_rulebooks()]
    lines = [INTRODUCTION, *_parameters(rulebooks), *_predicates(rulebooks), CHAIN]
    lines += _switches(max((rules for rules in rulebooks if rules.is_complete), key=lambda rules: rules.edition))
    lines += _cases(tomllib.loads(SPEC.read_text(encoding="utf-8"))["case"])
    return "\n".join(lines) + "\n"


def _value(parameter: Parameter) -> str:
    if parameter.is_absent:
        return "unknown"
    low, high = parameter.lower, parameter.upper
    text = f"{low:f}" if low == high else f"{low:f} to {high:f}"
    return f"{text} ({parameter.confidence})"


def _parameters(rulebooks: list[Rulebook]) -> Iterator[str]:
    yield "## Parameters by edition, with confidence\n"
    yield "| parameter | " + " | ".join(rules.name for rules in rulebooks) + " |"
    yield "|---" * (len(rulebooks) + 1) + "|"
    for name, meaning in PARAMETERS.items():
        yield f"| {meaning} | " + " | ".join(_value(getattr(rules.parameters, name)) for rules in rulebooks) + " |"
    yield "\nSources of each value: `iga rules EDITION`, or `iga/rules/rulebooks/`.\n"


def _predicates(rulebooks: list[Rulebook]) -> Iterator[str]:
    yield "## Predicates\n"
    yield "Edition 2020 is on a raw scale: its bands are of total points without a maximum, and no index follows.\n"
    yield "| edition | predicate | from | to | confidence |\n|---|---|---|---|---|"
    for rules in rulebooks:
        for band in rules.predicates:
            low = "unknown" if band.lower is None else f"{band.lower:.2f}"
            high = "no end" if band.is_open_above else "unknown" if band.upper is None else f"{band.upper:.2f}"
            yield f"| {rules.name} | {label('predicate', band.code)} | {low} | {high} | {band.confidence} |"
    yield ""


CHAIN = """\
## Editions as a chain

A rulebook names the edition that it is based on and states what its guideline changes. What it does not state is
taken over, with low confidence and the edition that stated it. What it or its base lists as not known is never taken
over, nor are the dates of another edition's window. A rulebook is complete only if it says, with a source, that it
states all changes, and if every value is a single one.

**Estimates.** A complete edition is computed under its own rules alone. An incomplete one is also estimated under one
complete rulebook: the one that it names (`estimated_under`); else the latest complete one before it; else, as none
comes before, the first one after it. It is not estimated if its scores are on another scale. The shipped editions
before 2026 name 2026, which is the next complete one after them. The next complete edition is not taken where an
earlier one exists: a rulebook that comes later would then move the estimate of an edition that is long over. So a
later rulebook moves neither figures nor estimates of an earlier edition. Three things can: a rulebook of the same
year, which stands over the shipped one; a complete rulebook before an incomplete edition that names none, which then
follows the later of the two; and a complete rulebook between an incomplete edition that names none and has no
complete one before it, and the one after it that it followed.

**Plans and explanations** are made under the complete rulebook of an edition, else that of its estimate. An edition
that is not estimated keeps the one that it would have. From scores on a raw scale (2020) no index follows, so that
such an edition is neither planned nor, unless a rulebook is named, explained.

**Levels of another edition's list** go through crosswalks. A stated file counts before anything else, then the file
of the other direction, read backwards. Without either they go along the chain of editions, in as few steps as it
takes: a step is a file, or a line whose list of levels was taken over as it was (low confidence). A line that was
changed or is new may be any level. Joined steps give every level that is possible, so that they are wider than a
stated file, which they never replace. Which list an edition without one is read by stands in `level_lists.toml`;
without an entry any level is possible.
"""


def _switches(rules: Rulebook) -> Iterator[str]:
    yield f"## Assumptions, with their defaults under {rules.name}\n"
    yield "| switch | default | confidence | why |\n|---|---|---|---|"
    for name, switch in rules.switches.items():
        default = ", ".join(switch.default) if isinstance(switch.default, tuple) else str(switch.default).lower()
        yield f"| `{name}` | {default} | {switch.confidence} | {switch.note_en} |"
    yield ""


def _cases(cases: list[dict[str, Any]]) -> Iterator[str]:
    yield "## Worked cases\n"
    yield "Each line is a test (`tests/spec/index.toml`). An empty cell is not checked by it; bounds: low–high.\n"
    yield "| case | rulebook | SPD | maturities | basic services | IID | predicate |\n|---|---|---|---|---|---|---|"
    for case in cases:
        maturities = ", ".join(f"{count} × {points}" for count, points in case.get("maturities", []))
        iid = case.get("iid") or ("–".join(case[key] for key in ("iid_lower", "iid_upper") if key in case))
        spd, services = (_span(case.get(name, "missing")) for name in ("spd", "services"))
        cells = [case["title"], case["rulebook"], spd, maturities or "none", services]
        yield "| " + " | ".join(str(cell) for cell in [*cells, iid, case.get("predicate", "")]) + " |"


def _span(value: Any) -> str:
    return "–".join(str(bound) for bound in value) if isinstance(value, list) else str(value)


if __name__ == "__main__":
    (HERE / "method.md").write_text(write_method(), encoding="utf-8")
