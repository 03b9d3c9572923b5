"""What people have answered about names of units: `<home>/identity/units.toml`, a table for each region.

In it stands each name as it was written, with the code of the unit in the region's register, or `not_ours` (no unit
that must report) or `new_unit` (one that the register lacks). People may edit the file; what they wrote stays. A faulty
line stops nothing: what can be used is used, and the rest is told.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field

from iga.errors import RulebookInvalid, Sentence
from iga.reasons import reason_of
from warehouse.disk import write_text
from warehouse.errors import HomeUnusable
from warehouse.home import Home
from warehouse.inputs_read import noted
from warehouse.rules.home_rules import RuleFault
from warehouse.unit_name_rules import words_of

FILE = "identity/units.toml"
NOT_OURS, NEW_UNIT = "not_ours", "new_unit"
LARGEST_BYTES = 4_000_000
_HEAD = (
    "# Nama unit seperti dalam berkas = kode unit dalam daftar unit (not_ours: bukan unit kita; new_unit: unit baru)"
)


@dataclass(frozen=True)
class UnitAnswers:
    """Region code -> name without spaces and punctuation -> code of a unit, `not_ours` or `new_unit`."""

    of_region: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    faults: tuple[RuleFault, ...] = ()

    def answer(self, region_code: str, name: str) -> str | None:
        """Return what was answered about a name; case, spaces and punctuation do not matter."""
        answers = self.of_region.get(region_code)
        return answers.get(name_key(name)) if answers else None


def name_key(name: str) -> str:
    """Return what two spellings of one answered name have in common."""
    return "".join(words_of(name))


def unit_answers_of(home: Home) -> UnitAnswers:
    """Return the answers that a home keeps; none where it has no such file."""
    try:
        with noted(home, home.root / FILE).open("rb") as stream:
            content = stream.read(LARGEST_BYTES + 1)
    except FileNotFoundError:
        return UnitAnswers()
    except OSError:
        return UnitAnswers(faults=(_fault(Sentence("the file cannot be read.")),))
    if len(content) > LARGEST_BYTES:
        return UnitAnswers(faults=(_fault(Sentence("the file is too large for answers about units.")),))
    try:
        tables = tomllib.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        return UnitAnswers(faults=(_fault(Sentence("the file is not TOML: {reason}", reason=str(error))),))
    return _usable(tables)


def _usable(tables: Mapping[str, object]) -> UnitAnswers:
    answers: dict[str, dict[str, str]] = {}
    faults = []
    for region_code, table in _by_region(tables).items():
        if not isinstance(table, dict):
            faults.append(_fault(Sentence("{name} stands below no region.", name=region_code)))
            continue
        for name, unit_code in table.items():
            if isinstance(unit_code, str) and unit_code.strip() and name_key(name):
                answers.setdefault(region_code, {})[name_key(name)] = unit_code.strip()
            else:
                told = str(unit_code)
                faults.append(_fault(Sentence("{name} has no code of a unit: {text}.", name=name, text=told)))
    return UnitAnswers(answers, tuple(faults))


def _by_region(tables: Mapping[str, object]) -> dict[str, object]:
    """The tables by region code, also where a person wrote `[17.71]` without quotes, which TOML reads as two steps."""
    found: dict[str, object] = {}
    for first, table in tables.items():
        if isinstance(table, dict) and first.isdecimal() and table and all(isinstance(x, dict) for x in table.values()):
            found |= {f"{first}.{second}": inner for second, inner in table.items()}
        else:
            found[first] = table
    return found


def keep_unit_answer(home: Home, region_code: str, name: str, answer: str, remark: str = "") -> None:
    """Keep the answer about a name, in place of a former one; all other lines of the file stay as they are.

    Raises HomeUnusable where the file cannot be read as it stands.
    """
    if faults := unit_answers_of(home).faults:
        raise HomeUnusable(
            "The answers about units cannot be read: {reason}",
            next_step="mend {file} in an editor, then confirm the name again",
            reason=reason_of(faults[0].error),
            file=home.root / FILE,
        )
    path = home.root / FILE
    text = path.read_text(encoding="utf-8-sig") if path.is_file() else ""
    write_text(path, _with_answer(text, region_code, name, answer, remark))


def _with_answer(text: str, region_code: str, name: str, answer: str, remark: str) -> str:
    one_line = " ".join(remark.split())
    line = f"{_quoted(name)} = {_quoted(answer)}" + (f"  # {one_line}" if one_line else "")
    lines = text.splitlines() or [_HEAD]
    start = next((at for at, known in enumerate(lines) if _region_of_header(known) == region_code), None)
    if start is None:
        return "\n".join([*lines, "", f"[{_quoted(region_code)}]", line]) + "\n"
    end = next((at for at in range(start + 1, len(lines)) if lines[at].lstrip().startswith("[")), len(lines))
    at = next((at for at in range(start + 1, end) if _answered_name(lines[at]) == name_key(name)), None)
    if at is None:
        lines.insert(start + 1, line)
    else:
        lines[at] = line
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A text as TOML writes it; JSON escapes all that TOML does but DEL."""
    return json.dumps(" ".join(text.split()), ensure_ascii=False).replace("\x7f", "\\u007f")


def _region_of_header(line: str) -> str | None:
    first, _, _rest = line.strip().removeprefix("[").partition("]")
    return first.replace('"', "").replace("'", "").replace(" ", "") if line.lstrip().startswith("[") else None


def _answered_name(line: str) -> str | None:
    return next((name_key(name) for name in _parsed(line)), None)


def _parsed(line: str) -> Mapping[str, object]:
    try:
        return tomllib.loads(line)
    except ValueError:
        return {}


def _fault(what: Sentence) -> RuleFault:
    fix = Sentence("Mend or remove it, then confirm the names again with `iga units confirm`.")
    return RuleFault(FILE, "", RulebookInvalid(what, place=Sentence("{file}", file=FILE), fix=fix))
