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
    lines = [INTRODUCTION, *_parameters(rulebooks), *_predicates(rulebooks)]
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
    yield "| edition | predicate | from | to | confidence |\n|---|---|---|---|---|"
    for rules in rulebooks:
        for band in rules.predicates:
            low, high = ("unknown", "unknown") if band.lower is None else (f"{band.lower:.2f}", f"{band.upper:.2f}")
            yield f"| {rules.name} | {label('predicate', band.code)} | {low} | {high} | {band.confidence} |"
    yield ""


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
