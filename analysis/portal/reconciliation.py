"""What has arrived in the portal: the city's own list held against the portal's export, innovation by innovation.

Innovations are the same by the registry (one submission, or one innovation of the registry), never by a title alone:
two that only bear one title are shown as perhaps the same, for people to decide with `iga identity`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl

from warehouse.errors import ExitCode, WorkbenchError
from warehouse.language import Language
from warehouse.snapshot import Snapshot

COMPARED = (
    "title", "unit_name", "stage", "trial_date", "implementation_date", "development_date", "claimed_score",
)  # fmt: skip
"""What is compared field by field, where both sides state it; levels are compared besides."""

SCHEMA: dict[str, Any] = {
    "state": pl.String,
    "title": pl.String,
    "unit_name": pl.String,
    "field": pl.String,
    "own_value": pl.String,
    "portal_value": pl.String,
    "innovation_id": pl.String,
}


class NothingToReconcile(WorkbenchError):
    """A side is missing: no export of the portal, or no list of the city's own."""

    exit_code = ExitCode.UNKNOWN


@dataclass(frozen=True)
class Side:
    """One file: its name, its day, its system, and its innovations by the id of their submission."""

    file_name: str
    day: date
    system: str
    rows: dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Reconciliation:
    """What was sent, what lacks in the portal, what is there and not ours, and what differs.

    `own.rows` = `sent` + `missing`; `portal.rows` = `sent` + `not_ours`. `different` holds those of `sent` that differ.
    """

    own: Side
    portal: Side
    sent: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]
    not_ours: tuple[str, ...]
    differences: dict[str, tuple[tuple[str, str, str], ...]]
    perhaps: dict[str, str]

    @property
    def is_complete(self) -> bool:
        """Return whether all was sent, nothing else is there and nothing differs."""
        return not (self.missing or self.not_ours or self.differences)

    def counts(self) -> dict[str, int]:
        """Return how many there are of each state."""
        return {
            "own": len(self.own.rows),
            "portal": len(self.portal.rows),
            "sent": len(self.sent),
            "missing": len(self.missing),
            "not_ours": len(self.not_ours),
            "different": len(self.differences),
        }


_RECEIPTS = """
select file_sha256, file_name, received_date, system, layout, arrival from receipt
where region_code = $region_code and edition = $edition and status = 'read' and received_date <= $day
    and file_sha256 in (select file_sha256 from history.observation)
order by received_date desc, arrival desc
"""
_ROWS = """
select o.*, s.innovation_id, s.unit_id,
    to_score(o.claimed_score_x100) as claimed_score
from history.observation o
left join (
    select submission_id, any_value(innovation_id) as innovation_id, max_by(unit_id, valid_from) as unit_id
    from history.submission group by all
) s using (submission_id)
where o.file_sha256 = $file order by o.title, o.observation_id
"""
_LEVELS = """
select distinct a.submission_id, a.indicator_number, a.level from history.answer a
join history.observation o on o.source_id = a.source_id
where o.file_sha256 = $file and a.level is not null and a.score_kind = 'claimed'
"""


@cache
def _portal() -> tuple[tuple[str, ...], tuple[str, ...]]:
    told = tomllib.loads(files("warehouse").joinpath("reference", "portal_systems.toml").read_text(encoding="utf-8"))
    return tuple(told["systems"]), tuple(told["layouts"])


def is_portal_export(system: str | None, layout: str | None) -> bool:
    """Return whether a file comes from the national portal: by the system that its receipt states, else its layout."""
    systems, layouts = _portal()
    if system:
        return system.casefold().startswith(systems)
    return layout in layouts


def reconcile(
    snapshot: Snapshot, region_code: str, edition: int, on: date, *, own: str | None = None, portal: str | None = None
) -> Reconciliation:
    """Hold the latest list of the city's own against the latest export of the portal, as they were on a day.

    `own` and `portal` name files instead. Raises NothingToReconcile, which says which side is missing.
    """
    season: dict[str, object] = {"region_code": region_code, "edition": edition, "day": on}
    receipts = snapshot.sql(_RECEIPTS, season).to_dicts()
    ours = _chosen(receipts, own, is_portal=False)
    theirs = _chosen(receipts, portal, is_portal=True)
    return reconciled(_side(snapshot, ours), _side(snapshot, theirs))


def _chosen(receipts: Iterable[dict[str, Any]], named: str | None, *, is_portal: bool) -> dict[str, Any]:
    for receipt in receipts:
        short = receipt["file_name"].rpartition("/")[2]
        is_meant = named in (receipt["file_name"], short) if named else None
        if is_meant or (is_meant is None and is_portal_export(receipt["system"], receipt["layout"]) is is_portal):
            return receipt
    if named:
        raise NothingToReconcile(
            "No list of the season is named {name}", next_step="`iga status --files` names the files", name=named
        )
    if is_portal:
        raise NothingToReconcile(
            "No export of the portal was received for the season",
            next_step="export the list in the portal, lay it into the inbox and load it; "
            "a file of another system is named with --portal-file",
        )
    raise NothingToReconcile(
        "No list of the city's own was received for the season",
        next_step="load the city's own list with its `system` in receipt.toml; a file is named with --own-file",
    )


def _side(snapshot: Snapshot, receipt: dict[str, Any]) -> Side:
    file: dict[str, object] = {"file": receipt["file_sha256"]}
    rows = {row["submission_id"]: row for row in snapshot.sql(_ROWS, file).to_dicts()}
    for submission_id, number, level in snapshot.sql(_LEVELS, file).iter_rows():
        if submission_id in rows:
            rows[submission_id].setdefault("levels", {})[number] = level
    return Side(receipt["file_name"], receipt["received_date"], receipt["system"] or "", rows)


def reconciled(own: Side, portal: Side) -> Reconciliation:
    """Hold two sides against each other: by submission, then by innovation of the registry where each side has one."""
    pairs = [(key, key) for key in own.rows if key in portal.rows]
    left = [key for key in own.rows if key not in portal.rows]
    right = [key for key in portal.rows if key not in own.rows]
    by_innovation = _single(left, own, "innovation_id"), _single(right, portal, "innovation_id")
    more = [(key, by_innovation[1][name]) for name, key in by_innovation[0].items() if name in by_innovation[1]]
    by_number = _single(left, own, "external_id"), _single(right, portal, "external_id")
    taken = {key for pair in more for key in pair}
    more += [
        (key, by_number[1][name])
        for name, key in by_number[0].items()
        if name in by_number[1] and not taken & {key, by_number[1][name]}
    ]
    pairs += more
    ours, theirs = {pair[0] for pair in pairs}, {pair[1] for pair in pairs}
    missing = tuple(key for key in own.rows if key not in ours)
    not_ours = tuple(key for key in portal.rows if key not in theirs)
    differences = {a: found for a, b in pairs if (found := tuple(_differences(own.rows[a], portal.rows[b])))}
    titles = {_plain(portal.rows[key]["title"]): key for key in not_ours}
    perhaps = {key: titles[title] for key in missing if (title := _plain(own.rows[key]["title"])) in titles}
    return Reconciliation(own, portal, tuple(pairs), missing, not_ours, differences, perhaps)


def _single(keys: Iterable[str], side: Side, column: str) -> dict[str, str]:
    """Return the rows by a value that only one of them has."""
    found: dict[str, list[str]] = {}
    for key in keys:
        if value := side.rows[key].get(column):
            found.setdefault(value, []).append(key)
    return {value: those[0] for value, those in found.items() if len(those) == 1}


def _plain(text: str | None) -> str:
    return "".join(sign for sign in (text or "").casefold() if sign.isalnum())


def _differences(own: dict[str, Any], portal: dict[str, Any]) -> Iterable[tuple[str, str, str]]:
    for name in COMPARED:
        ours, theirs = own.get(name), portal.get(name)
        if ours is None or theirs is None:
            continue
        if name == "unit_name" and own.get("unit_id") and own.get("unit_id") == portal.get("unit_id"):
            continue
        is_same = " ".join(str(ours).split()) == " ".join(str(theirs).split())
        if not is_same and not (name == "unit_name" and _plain(ours) == _plain(theirs)):
            yield name, str(ours), str(theirs)
    levels = portal.get("levels", {})
    for number, level in sorted(own.get("levels", {}).items(), key=lambda each: (len(each[0]), each[0])):
        if number in levels and levels[number] != level:
            yield f"level {number}", str(level), str(levels[number])


def reconciliation_rows(found: Reconciliation) -> pl.DataFrame:
    """Return one row per innovation and difference: what lacks first, then what differs, what is not ours, what is."""
    rows: list[dict[str, Any]] = []

    def add(state: str, row: dict[str, Any], *told: str) -> None:
        field, ours, theirs = told or (None, None, None)
        rows.append(
            {
                "state": state, "title": row["title"], "unit_name": row["unit_name"], "field": field,
                "own_value": ours, "portal_value": theirs, "innovation_id": row["innovation_id"],
            }
        )  # fmt: skip

    for key in found.missing:
        twin = found.perhaps.get(key)
        told = (
            () if twin is None else ("perhaps", found.own.rows[key]["unit_name"], found.portal.rows[twin]["unit_name"])
        )
        add("missing", found.own.rows[key], *told)
    for key, differences in found.differences.items():
        for difference in differences:
            add("different", found.own.rows[key], *difference)
    for key in found.not_ours:
        add("not_ours", found.portal.rows[key])
    for key, _other in found.sent:
        if key not in found.differences:
            add("same", found.own.rows[key])
    return pl.DataFrame(rows, schema=SCHEMA)


STATE_MESSAGES = {
    "missing": "missing in the portal",
    "different": "sent, but different",
    "not_ours": "in the portal, not in the own list",
    "same": "sent",
}
FIELD_MESSAGES = {
    "title": "Innovation",
    "unit_name": "Unit",
    "stage": "Stage",
    "trial_date": "Day of the trial",
    "implementation_date": "Implemented on",
    "development_date": "Developed on",
    "claimed_score": "Claimed",
    "perhaps": "same title under other ids: decide with `iga identity`",
}
"""States and fields of a reconciliation, as catalogue keys."""


def reconciliation_in_words(frame: pl.DataFrame, language: Language) -> pl.DataFrame:
    """Return the rows with states, fields and stages in words."""
    level = language("level of indicator {number}")
    fields = {
        name: language(FIELD_MESSAGES[name])
        if name in FIELD_MESSAGES
        else level.format(number=name.removeprefix("level "))
        for name in frame["field"].drop_nulls().unique()
    }
    stages = {
        code: language.label("stage", code)
        for column in ("own_value", "portal_value")
        for code in frame.filter(pl.col("field") == "stage")[column].drop_nulls().unique()
    }
    is_stage = pl.col("field") == "stage"
    return frame.with_columns(
        *(pl.when(is_stage).then(_said(name, stages)).otherwise(pl.col(name)).alias(name)
          for name in ("own_value", "portal_value")),
        _said("state", {code: language(text) for code, text in STATE_MESSAGES.items()}),
        _said("field", fields),
    )  # fmt: skip


def _said(name: str, words: dict[str, str]) -> pl.Expr:
    """A column in words; what has none stays as it is."""
    return pl.col(name).replace_strict(words, default=pl.col(name), return_dtype=pl.String)


def reconciliation_notes(found: Reconciliation, language: Language) -> list[str]:
    """Return the files that were compared, and counts that add up."""
    counts = found.counts()
    compared = language("Own list: {own} ({own_day}). Export of the portal: {portal} ({portal_day}).")
    sums = language(
        "Own list {own} = sent {sent} + missing in the portal {missing}. "
        "Portal {portal} = sent {sent} + not in the own list {not_ours}. Of those sent, {different} differ."
    )
    notes = [
        compared.format(
            own=found.own.file_name,
            own_day=language.date(found.own.day),
            portal=found.portal.file_name,
            portal_day=language.date(found.portal.day),
        ),
        sums.format(**{name: language.whole(count) for name, count in counts.items()}),
    ]
    if found.own.day > found.portal.day:
        notes.append(language("The own list is newer than the export: what was typed in since is not in it."))
    if found.perhaps:
        text = language("{count} bear the same title under other ids: decide with `iga identity`.")
        notes.append(text.format(count=len(found.perhaps)))
    return notes
