"""Puts together the rulebook of an edition from what its file states and from the edition that it is based on.

What a file does not state is taken over from the base, with low confidence and with the edition that stated it. What
the base or the file itself lists as not known is never taken over, and neither are dates of another edition's window.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any, get_args

from iga.errors import RulebookInvalid, Sentence
from iga.rules.parts import Aspect, Document, Indicator, Parameters, PredicateCode
from iga.rules.toml_text import line_of, line_of_entry

Raw = dict[str, Any]
"""Values as TOML gives them."""

LISTS = ("count_indicator", "eligibility", *(f"indicators.{aspect}" for aspect in get_args(Aspect)))
"""What a file can list as not known beside parameters and predicates."""

NOT_KNOWN = (*Parameters.model_fields, *(f"predicate.{code}" for code in get_args(PredicateCode)), *LISTS)
"""The keys of `[not_known]`."""

_REASONS = ("reason_id", "reason_en")
_ONLY_IN_FILES = ("removed", "indicators_restated", "not_known")


def resolved(name: str, text: str, stated: Raw, base: Document | None) -> Raw:
    """Return every value of a rulebook, for `Document` to check; `stated` is what its file says.

    Raises RulebookInvalid, with the line, for what cannot be put together.
    """
    file = _File(name, text, stated)
    own = dict(stated)
    not_known = file.not_known()
    if base is None:
        _refuse_changes(file)
        whole = _standing_alone(own, not_known)
    else:
        whole = _on_base(file, own, not_known, base)
    whole["sources"] = {key: _source(value) for key, value in _table(whole.get("sources")).items()}
    if switches := _table(whole.get("assumptions")):
        whole["assumptions"] = {**switches, **{name: rest for name, rest in _later_switches() if name not in switches}}
    whole["indicator"] = [_with_points(entry) for entry in whole.get("indicator", [])]
    edition = whole.get("edition")
    whole.setdefault("title_id", f"Indeks Inovasi Daerah {edition}")
    whole.setdefault("title_en", f"Regional Innovation Index {edition}")
    return whole


class _File:
    """What a file states, and where it stands in its text."""

    def __init__(self, name: str, text: str, stated: Raw) -> None:
        self.name, self.text, self.stated = name, text, stated

    def refusal(self, cause: Sentence, fix: Sentence, *path: str | int, line: int | None = None) -> RulebookInvalid:
        key = ".".join(str(part) for part in path)
        return RulebookInvalid(cause, place=place_of(self.name, key, line or line_of(self.text, path)), fix=fix)

    def not_known(self) -> dict[str, Raw]:
        """The keys that the file lists as not known, each with its reasons."""
        if self.stated.get("bases"):  # it was put together before
            return _table(self.stated.get("not_known"))
        table = _table(self.stated.get("not_known"))
        shared = {key: table.pop(key) for key in _REASONS if key in table}
        keys = table.pop("keys", [])
        found = {str(key): shared for key in keys} if isinstance(keys, list) else {}
        for key, reasons in _flat(table):
            found[key] = shared | reasons
        unprefixed = {key.removeprefix("parameters."): reasons for key, reasons in found.items()}
        for key, reasons in unprefixed.items():
            self._check(key, reasons)
        return unprefixed

    def _check(self, key: str, reasons: Raw) -> None:
        if key not in NOT_KNOWN:
            raise self.refusal(
                Sentence("{key} cannot be listed as not known.", key=key),
                Sentence("Known keys: {known}.", known=", ".join(NOT_KNOWN)),
                "not_known",
                key,
            )
        if set(reasons) != set(_REASONS) or not all(isinstance(text, str) and text for text in reasons.values()):
            raise self.refusal(
                Sentence("{key} is listed as not known, without a reason.", key=key),
                Sentence("Write reason_id and reason_en."),
                "not_known",
                key,
            )
        if _is_stated(self.stated, key):
            raise self.refusal(
                Sentence("{key} is stated and listed as not known.", key=key),
                Sentence("Keep one of the two."),
                "not_known",
                key,
            )


def place_of(name: str, key: str | Sentence, line: int | None) -> Sentence:
    """Return where a fault lies: the file, the line where it is known, and the key."""
    if line is None:
        return Sentence("{rulebook}.toml, {key}", rulebook=name, key=key)
    return Sentence("{rulebook}.toml, line {line}, {key}", rulebook=name, line=line, key=key)


def _refuse_changes(file: _File) -> None:
    for key in ("removed", "indicators_restated"):
        if key in file.stated:
            raise file.refusal(
                Sentence("{key} changes an earlier edition, but none is named.", key=key),
                Sentence("Name it with based_on, or take this key away."),
                key,
            )


def _standing_alone(own: Raw, not_known: Mapping[str, Raw]) -> Raw:
    whole = {key: value for key, value in own.items() if key not in _ONLY_IN_FILES}
    parameters, bands = _table(own.get("parameters")), list(own.get("predicate", []))
    for key, reasons in not_known.items():
        if key in Parameters.model_fields:
            parameters.setdefault(key, _unknown(reasons))
        elif (code := key.removeprefix("predicate.")) != key and code not in _codes(bands):
            bands.append({"code": code, **_unknown(reasons)})
    lists = {key: reasons for key, reasons in not_known.items() if key in LISTS}
    return {**whole, "parameters": parameters, "predicate": bands, "not_known": lists}


def _on_base(file: _File, own: Raw, not_known: Mapping[str, Raw], base: Document) -> Raw:
    if "is_complete" in own:
        raise file.refusal(
            Sentence("is_complete belongs to a file that stands alone."),
            Sentence("Write states_all_changes = true with a source if the guideline states all changes."),
            "is_complete",
        )
    taking = _Taking(base)
    whole = {key: value for key, value in own.items() if key not in _ONLY_IN_FILES}
    whole["bases"] = [base.edition, *base.bases]
    whole.setdefault("legal_basis", f"tidak disebut; aturan diambil dari edisi {base.edition}")
    whole.setdefault("scale", base.scale)
    parameters = _table(own.get("parameters"))
    for name in Parameters.model_fields:
        if name in not_known:
            parameters[name] = _unknown(not_known[name])
        elif name not in parameters:
            parameters[name] = taking.entry(f"parameters.{name}", getattr(base.parameters, name))
    whole["parameters"] = parameters
    whole["basic_services"] = own.get("basic_services") or taking.entry("basic_services", base.basic_services)
    whole["predicate"] = _bands(own, not_known, base, taking)
    switches = _table(own.get("assumptions"))
    left = {name: switch for name, switch in base.assumptions.items() if name not in switches}
    whole["assumptions"] = {name: taking.entry(f"assumptions.{name}", switch) for name, switch in left.items()}
    whole["assumptions"] |= switches
    if "count_indicator" not in own and "count_indicator" not in not_known and base.count_indicator:
        whole["count_indicator"] = taking.entry("count_indicator", base.count_indicator)
    if (window := _window(own, not_known, base, taking)) is not None:
        whole["eligibility"] = window
    whole["indicator"], whole["alternatives"] = _indicators(file, not_known, base, taking)
    lists = {key: reasons for key, reasons in not_known.items() if key in LISTS}
    whole["not_known"] = {**_lists_unknown(whole, lists, base, taking), **lists}
    whole["taken_over"] = taking.editions
    whole["sources"] = taking.sources(_table(own.get("sources")))
    whole["taken_sources"] = {key: part["source"] for key, part in taking.parts.items()}
    return whole


class _Taking:
    """What is taken over from a base: with low confidence, and with the edition that stated it."""

    def __init__(self, base: Document) -> None:
        self.base = base
        self.editions: dict[str, int] = {}
        self.taken: list[Raw] = []
        self.parts: dict[str, Raw] = {}

    def entry(self, key: str, value: Any) -> Raw:
        """A value of the base as this book states it."""
        stated: Raw = value.model_dump(exclude_none=True)
        if stated.get("confidence", "unknown") != "unknown":
            stated["confidence"] = "low"
        self.note(key)
        self.taken.append(stated)
        return stated

    def note(self, key: str) -> None:
        """Remember that a key is taken over, and from where."""
        self.editions[key] = self.base.taken_over.get(key, self.base.edition)

    def note_part(self, key: str, source: tuple[str, ...]) -> None:
        """Remember a value that stands beside what the file states, with its source, which is not the file's."""
        # The base may have taken the whole over, of which this is a part.
        whole = self.base.taken_over.get(key.rpartition(".")[0], self.base.edition)
        self.editions[key] = self.base.taken_over.get(key, whole)
        self.parts[key] = {"source": list(self.base.taken_sources.get(key, source))}
        self.taken.append(self.parts[key])

    def sources(self, own: Raw) -> Raw:
        """Return the sources of the file, and those of the base that are cited.

        A source of the base whose key means another one in the file is named with its year, also where it is cited.
        """
        whole, names = dict(own), {}
        cited = {key for stated in self.taken for key in stated.get("source", ())}
        for key in sorted(cited & set(self.base.sources)):
            stated = self.base.sources[key].model_dump(exclude_none=True)
            is_other = key in own and _source(own[key]) != stated
            names[key] = f"{key} ({self.base.edition})" if is_other else key
            whole[names[key]] = stated
        for stated in self.taken:
            if "source" in stated:
                stated["source"] = [names.get(key, key) for key in stated["source"]]
        return whole


def _bands(own: Raw, not_known: Mapping[str, Raw], base: Document, taking: _Taking) -> list[Raw]:
    stated = list(own.get("predicate", []))
    bands: list[Raw] = []
    for band in base.predicate:
        same = [entry for entry in stated if isinstance(entry, dict) and entry.get("code") == band.code]
        key = f"predicate.{band.code}"
        if same:
            bands += same
        elif key in not_known:
            bands.append({"code": band.code, **_unknown(not_known[key])})
        else:
            bands.append(taking.entry(key, band))
    return [*bands, *(entry for entry in stated if entry not in bands)]


def _window(own: Raw, not_known: Mapping[str, Raw], base: Document, taking: _Taking) -> Raw | None:
    """Which innovations are accepted: never by the dates of another edition, nor by its words, which name them."""
    if "eligibility" in not_known:
        return None
    stated = _table(own.get("eligibility"))
    if base.eligibility is None:
        return stated or None
    kept = [name for name in ("stages", "design_minimum_words") if getattr(base.eligibility, name) is not None]
    kept = [name for name in kept if name not in stated]
    if not kept:
        return stated or None
    for name in kept:
        taking.note_part(f"eligibility.{name}", base.eligibility.source)
    window: Raw = {name: getattr(base.eligibility, name) for name in kept} | stated
    if not stated:
        window |= {
            "source": base.eligibility.source,
            "confidence": "low",
            "rule_id": f"Jangka waktu belum disebut; tahapan dan panjang rancang bangun diambil dari {base.edition}.",
            "rule_en": f"No window is stated; stages and length of the design text are taken over from {base.edition}.",
        }
        taking.taken.append(window)
    return window


def _lists_unknown(whole: Raw, lists: Mapping[str, Raw], base: Document, taking: _Taking) -> Raw:
    """What the base lists as not known and this file does not state."""
    has = {str(entry.get("aspect")) for entry in whole["indicator"]}
    stated = {"count_indicator", "eligibility"} & {key for key in whole if whole[key]}
    stated |= {f"indicators.{aspect}" for aspect in has}
    found = {}
    for key, reason in base.not_known.items():
        if key not in stated and key not in lists:
            found[key] = reason.model_dump()
            taking.note(key)
    return found


def _indicators(
    file: _File, not_known: Mapping[str, Raw], base: Document, taking: _Taking
) -> tuple[list[Raw], list[Raw]]:
    """The lines of the base with what the file changes, adds and removes, and the groups of alternatives."""
    anew = set(_names(file, "indicators_restated"))
    if unknown := sorted(anew - set(get_args(Aspect))):
        raise file.refusal(
            Sentence("{name} is no list of indicators.", name=unknown[0]),
            Sentence("Known lists: {known}.", known=", ".join(get_args(Aspect))),
            "indicators_restated",
        )
    anew |= {key.removeprefix("indicators.") for key in not_known}
    left = [line for line in base.indicator if line.aspect not in anew]
    left = _without_removed(file, left, base)
    entries = [entry for entry in file.stated.get("indicator", []) if isinstance(entry, dict)]
    changes = {id(entry): _changed_line(entry, left) for entry in entries}
    by_key = {line.key: entry for entry in entries if (line := changes[id(entry)]) is not None}
    whole: list[Raw] = []
    for line in left:
        if line.key in by_key:
            whole.append(_change(file, line, by_key[line.key], taking))
        else:
            whole.append(taking.entry(f"indicator.{line.key}", line))
    added = [dict(entry) for entry in entries if changes[id(entry)] is None]
    for entry in added:
        _name(entry)
    whole = sorted([*whole, *added], key=lambda entry: str(entry.get("aspect")) != "spd") if added else whole
    groups = {str(entry.get("group")) for entry in whole}
    stated = [entry for entry in file.stated.get("alternatives", []) if isinstance(entry, dict)]
    named = {str(entry.get("group")) for entry in stated}
    kept = [each.model_dump() for each in base.alternatives if each.group in groups and each.group not in named]
    return whole, [*kept, *stated]


def _names(file: _File, key: str) -> list[str]:
    stated = file.stated.get(key, [])
    if isinstance(stated, list) and all(isinstance(name, str) for name in stated):
        return stated
    raise file.refusal(
        Sentence("{key} is not a list of names.", key=key),
        Sentence('Write the names between quotation marks and square brackets: {key} = ["..."].', key=key),
        key,
    )


def _without_removed(file: _File, lines: list[Indicator], base: Document) -> list[Indicator]:
    groups = {each.key: each.group for each in base.alternatives}
    for name in _names(file, "removed"):
        kept = [line for line in lines if name not in (line.key, line.number) and groups.get(name) != line.group]
        if len(kept) == len(lines):
            raise file.refusal(
                Sentence("{name} is removed, but edition {base} has no such indicator.", name=name, base=base.edition),
                Sentence("Write its key or number as in `iga rules {base}`.", base=base.edition),
                "removed",
            )
        lines = kept
    return lines


def _changed_line(entry: Raw, lines: Sequence[Indicator]) -> Indicator | None:
    """The line of the base that an entry changes: of its key, or of its number where it names no key."""
    if "key" in entry:
        return next((line for line in lines if line.key == entry["key"]), None)
    return next((line for line in lines if line.number == str(entry.get("number"))), None)


def _change(file: _File, line: Indicator, entry: Raw, taking: _Taking) -> Raw:
    lacks = [field for field in ("source", "confidence") if field not in entry]
    if lacks:
        place: dict[str, object] = {field: entry[field] for field in ("key", "number") if field in entry}
        raise file.refusal(
            Sentence("the change of indicator {indicator} has no {field}.", indicator=line.number, field=lacks[0]),
            Sentence("Say where the change was read, and how sure it is."),
            "indicator",
            line=line_of_entry(file.text, "indicator", place),
        )
    for field in ("weight", "levels"):
        if field not in entry:
            taking.note_part(f"indicator.{line.key}.{field}", line.source)
    changed: Raw = line.model_dump(exclude_none=True) | entry
    if "levels" not in entry:  # their points follow the weight
        for level in changed["levels"]:
            del level["points"]
    return changed


def _name(entry: Raw) -> None:
    """The names that follow from the number of a new indicator."""
    number = str(entry.get("number", ""))
    entry.setdefault("group", number)
    entry.setdefault("code", f"{str(entry.get('aspect', '')).upper()}-{number}")


def _with_points(entry: Raw) -> Raw:
    """An indicator whose levels have points: weight x level, where the file leaves them out."""
    weight, levels = entry.get("weight"), entry.get("levels")
    if not isinstance(weight, int | Decimal) or not isinstance(levels, list | tuple):
        return entry
    filled = [
        {**level, "points": weight * level["level"]}
        if isinstance(level, dict) and "points" not in level and isinstance(level.get("level"), int)
        else level
        for level in levels
    ]
    return {**entry, "levels": filled}


def _unknown(reasons: Mapping[str, Any]) -> Raw:
    return {"source": [], "confidence": "unknown", **reasons}


@cache
def _later_switches() -> tuple[tuple[str, Raw], ...]:
    """The switches that came later, for rulebooks that do not name them."""
    text = resources.files("iga.rules").joinpath("later_switches.toml").read_text(encoding="utf-8")
    return tuple(tomllib.loads(text).items())


def _source(value: object) -> object:
    return {"text": value} if isinstance(value, str) else value


def _is_stated(stated: Raw, key: str) -> bool:
    kind, _, name = key.partition(".")
    if kind == "predicate":
        return name in _codes(stated.get("predicate", []))
    if kind == "indicators":
        entries = stated.get("indicator", [])
        return any(isinstance(entry, dict) and entry.get("aspect") == name for entry in entries)
    return key in stated or key in _table(stated.get("parameters"))


def _codes(bands: Sequence[Any]) -> list[object]:
    return [band.get("code") for band in bands if isinstance(band, dict)]


def _table(value: object) -> Raw:
    return dict(value) if isinstance(value, dict) else {}


def _flat(table: Raw, before: str = "") -> Iterable[tuple[str, Raw]]:
    for key, value in table.items():
        if isinstance(value, dict) and any(isinstance(each, dict) for each in value.values()):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", _table(value)
