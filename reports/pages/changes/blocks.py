"""The page of what changed in a city's season: since its previous export, or between two days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from analysis import open_snapshot
from analysis.history.changes.between_states import CHANGES, DETAILS, Changes, changes_on, export_days
from analysis.history.changes.words import change_notes, changes_in_words, uses_in_words
from reports.blocks.block import Block
from reports.blocks.content import Bullets, Text
from reports.blocks.figure import WIDE, Caption, figure, said_first
from reports.blocks.palette import BLUE
from reports.blocks.tables import Column, first_rows, table
from reports.blocks.words import signed
from reports.pages.changes.parameters import ChangesParameters
from reports.pages.city_index.charts import altair_module, no_data
from reports.pages.city_index.headline import simulated_banner
from warehouse import Snapshot
from warehouse.language import Language
from warehouse.region import resolve_city
from warehouse.sql_files import sql_text

ROWS = 40
SHORT_LIST = 20


@dataclass(frozen=True)
class ChangesPage:
    """What the page shows; `changes` is None where there is no earlier state to compare with.

    `course`: day, rulebook, is_estimate, iid_lower, iid_upper, innovation_count, one row per day of the season up to
    the later state. `files`: the received files and what counts of them.
    """

    name: str
    edition: int
    language: Language
    changes: Changes | None
    first: date | None
    last: date | None
    course: pl.DataFrame
    files: pl.DataFrame
    snapshot_id: str
    is_simulated: bool


def open_changes(parameters: ChangesParameters) -> ChangesPage:
    """Read two states of the season from the snapshot: `since` and `until`, or the last two exports."""
    region, edition = resolve_city(parameters.city), parameters.edition
    code = region.region_code
    place: dict[str, object] = {"region_code": code, "edition": edition}
    with open_snapshot(parameters.snapshot or None, as_of=parameters.until) as snapshot:
        days = export_days(snapshot, code, edition)
        last = parameters.until or _last_day(snapshot, place)
        first = parameters.since or (days[-2] if len(days) > 1 else None)
        changes = None
        if first is not None and last is not None and first < last:
            changes = changes_on(snapshot, first, last, region_code=code, edition=edition)
        course = snapshot.sql(sql_text("analysis.history.changes", "course"), {**place, "score": parameters.score})
        files = snapshot.sql(sql_text("analysis.season", "files"), place)
    return ChangesPage(
        name=region.full_name,
        edition=edition,
        language=Language(parameters.lang),
        changes=changes,
        first=first,
        last=last,
        course=course,
        files=files,
        snapshot_id=snapshot.snapshot_id,
        is_simulated=bool(files["is_simulated"].any()),
    )


def _last_day(snapshot: Snapshot, place: dict[str, object]) -> date | None:
    query = "select max(day) from season_day where region_code = $region_code and edition = $edition"
    day: date | None = snapshot.sql(query, place).item()
    return day


def banner(page: ChangesPage) -> Block:
    """The mark of simulated data."""
    return simulated_banner(page.is_simulated, page.language)


def summary(page: ChangesPage) -> Block:
    """The two days, how many innovations changed in which way, and what the index did."""
    _ = page.language
    if page.changes is None or page.first is None or page.last is None:
        if page.last is None:
            return no_data(_("Changes of {name} {edition}").format(name=page.name, edition=page.edition), _)
        text = _("Only one export has come in, up to {day}: there is nothing to compare it with yet.")
        return Block([Text(text=text.format(day=_.date(page.last)))], _)
    period = _("From {before} to {after}.").format(before=_.date(page.first), after=_.date(page.last))
    lines = [period, *change_notes(page.changes, _)[1:], *_index_lines(page.changes, _)]
    marked = _("SIMULATED DATA: figures of simulated seasons are examples, not results.")
    items = tuple(line for line in lines if line != marked)
    is_estimate = bool(page.changes.seasons["is_estimate"].any())
    return Block([Bullets(items=items, is_simulated=page.is_simulated, is_estimate=is_estimate)], _)


def _index_lines(changes: Changes, language: Language) -> list[str]:
    lines = []
    for row in changes.seasons.iter_rows(named=True):
        before = language.interval(row["iid_lower_before"], row["iid_upper_before"])
        after = language.interval(row["iid_lower_after"], row["iid_upper_after"])
        text = language("Index under the rules of {rules}: {before} before, {after} after.")
        if row["is_estimate"]:
            text = language("Index estimated under the rules of {rules}: {before} before, {after} after.")
        lines.append(text.format(rules=row["rulebook"], before=before, after=after))
    return lines


def course(page: ChangesPage) -> Block:
    """The index day by day, as a range where it is one."""
    _ = page.language
    title = _("The index in the course of the season")
    known = page.course.drop_nulls("iid_lower")
    if known.is_empty():
        return no_data(f"{title}, {page.name}", _)
    points = known.with_columns(
        pl.col("iid_lower", "iid_upper").cast(pl.Float64),
        pl.Series(
            "label",
            [_.interval(low, high) for low, high in known.select("iid_lower", "iid_upper").iter_rows()],
            dtype=pl.String,
        ),
    )

    def draw(width: int) -> Any:
        alt = altair_module()
        x = alt.X("day:T", title=_("Day"), axis=alt.Axis(format="%-d/%-m", tickCount=8 if width == WIDE else 4))
        y = alt.Y("iid_lower:Q", title=_("Index"), scale=alt.Scale(domain=[0, 100]), axis=alt.Axis(tickCount=5))
        base = alt.Chart(points)
        layers = [
            base.mark_rule(strokeWidth=6, opacity=0.35, color=BLUE).encode(x=x, y=y, y2="iid_upper:Q"),
            base.mark_point(filled=True, size=60, color=BLUE).encode(x=x, y=y),
            base.mark_point(filled=True, size=60, color=BLUE).encode(x=x, y="iid_upper:Q"),
            base.mark_text(dy=-12).encode(x=x, y="iid_upper:Q", text="label:N"),
        ]
        return alt.layer(*layers).properties(width=width - 90, height=230)

    first, last = points.row(0, named=True), points.row(-1, named=True)
    text = _("On {first}: {before}; on {last}: {after}.") if points.height > 1 else _("On {last}: {after}.")
    description = text.format(
        first=_.date(first["day"]), before=first["label"], last=_.date(last["day"]), after=last["label"]
    )
    rules = _("Rules of {rules}, estimate") if last["is_estimate"] else _("Rules of {rules}")
    title, units = said_first(
        move_told(first, last, _),
        f"{title}, {page.name} {page.edition}",
        f"{_('Index, 0 to 100')} · {rules.format(rules=last['rulebook'])}",
    )
    caption = Caption(
        title,
        units,
        description,
        _("Source: files received up to each day; snapshot {snapshot}").format(snapshot=page.snapshot_id[:12]),
        page.is_simulated,
        is_estimate=bool(known["is_estimate"].any()),
    )
    columns = [Column("day", _("Day")), Column("index", _("Index")), Column("innovation_count", _("Innovations"))]
    data = known.with_columns(index=pl.struct(lower="iid_lower", upper="iid_upper"))
    return figure(draw, caption, data, _, columns=columns)


def move_told(first: dict[str, Any], last: dict[str, Any], language: Language) -> str | None:
    """That the index has certainly risen or fallen under the same rules; None where that is open."""
    _ = language
    if first["day"] == last["day"] or first["rulebook"] != last["rulebook"]:
        return None
    if last["iid_lower"] > first["iid_upper"]:
        text = _("The index rose from {before} to {after} since {day}")
    elif last["iid_upper"] < first["iid_lower"]:
        text = _("The index fell from {before} to {after} since {day}")
    else:
        return None
    return text.format(before=first["label"], after=last["label"], day=_.date(first["day"]))


def innovations(page: ChangesPage) -> Block:
    """The innovations that came, went, rose, fell or changed their status or names."""
    caption = page.language("Innovations that changed, {name}").format(name=page.name)
    return _list(page, caption, [kind for kind in CHANGES if kind not in DETAILS])


def documents(page: ChangesPage) -> Block:
    """The innovations whose levels or documents changed, each with its indicators."""
    caption = page.language("Levels and documents that changed, {name}").format(name=page.name)
    return _list(page, caption, list(DETAILS), rows=SHORT_LIST)


def _list(page: ChangesPage, caption: str, kinds: list[str], rows: int = ROWS) -> Block:
    """The changes of these kinds; the first of them where there are many."""
    _ = page.language
    if page.changes is None:
        return no_data(caption, _)
    changes = changes_in_words(page.changes, _, kinds, with_scores=True)
    if changes.is_empty():
        return no_data(caption, _)
    has_scores = changes["difference"].is_not_null().any()
    columns = [
        Column("title", _("Innovation")),
        Column("change", _("Change")),
        Column("unit_name", _("Unit")),
        Column("what", _("What")),
    ]
    if has_scores:
        columns += [
            Column("score_before", _("Before"), instead="before"),
            Column("score_after", _("After"), instead="after"),
            Column("difference", _("Difference"), kind="signed"),
        ]
    else:
        columns += [Column("before", _("Before"), "right"), Column("after", _("After"), "right")]
    every = table(changes, columns, caption, _, is_simulated=page.is_simulated, facets=["change"])
    return first_rows(every, rows, _)


def units(page: ChangesPage) -> Block:
    """Per unit how many innovations came, went, rose and fell, and by how much together."""
    _ = page.language
    caption = _("Changes by unit, {name}").format(name=page.name)
    if page.changes is None or page.changes.units.is_empty():
        return no_data(caption, _)
    kinds = [kind for kind in CHANGES if kind not in DETAILS]
    frame = page.changes.units.filter(pl.sum_horizontal(kinds) > 0).sort(
        "score_difference", "unit_name", descending=[True, False]
    )
    shown = [kind for kind in kinds if int(frame[kind].sum()) > 0]
    columns = [
        Column("unit_name", _("Unit")),
        *(Column(kind, _.label("change", kind)) for kind in shown),
        Column("score_difference", _("Claimed scores"), kind="signed"),
    ]
    if frame.is_empty():
        return no_data(caption, _)
    totals = {kind: int(frame[kind].sum()) for kind in shown}
    counts = ", ".join(f"{_.label('change', kind)} {_.whole(count)}" for kind, count in totals.items())
    total = sum(frame["score_difference"].drop_nulls(), Decimal(0))
    note = _("Together: {counts}; claimed scores {difference}.").format(counts=counts, difference=signed(total, 2, _))
    return table(frame, columns, caption, _, is_simulated=page.is_simulated, note=note)


def files(page: ChangesPage) -> Block:
    """The files received and what counts of each."""
    _ = page.language
    caption = _("Files received and what counts of them, {name}").format(name=page.name)
    if page.files.is_empty():
        return no_data(caption, _)
    columns = [
        Column("file_name", _("File")),
        Column("received_date", _("Received")),
        Column("coverage", _("Coverage")),
        Column("use", _("What counts of it")),
        Column("counting_count", _("Rows that count")),
    ]
    return table(uses_in_words(page.files, _), columns, caption, _, is_simulated=page.is_simulated)
