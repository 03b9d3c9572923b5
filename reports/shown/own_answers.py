"""The answers of a snapshot as typed tables and facts, with their marks: simulated, published, estimated."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl

from reports.blocks.content import Facts, Kind, Quantity, Table, Text, Words
from reports.shown.adapted import Adapted, Asked
from reports.shown.dataframes import of_polars
from reports.shown.typed_columns import Given, table_from

CHANGES: dict[str, Kind] = {"iid_change": "signed"}


def of_result(result: Any, asked: Asked) -> Adapted:
    """Return an answer as a table: the columns that people read, under their headings, with the notes of the answer."""
    return Adapted((_table(result),), knows_origin=True)


def _table(result: Any) -> Table:
    frame: pl.DataFrame = result.in_words()
    headings = result.shown or {name: name for name in frame.columns}
    columns = [
        Given(heading, frame[name], CHANGES.get(name)) for name, heading in headings.items() if name in frame.columns
    ]
    return table_from(
        columns,
        result.language,
        caption=result.title,
        notes=result.notes,
        is_simulated=result.is_simulated,
        is_published="statement_id" in result.frame.columns,
        is_estimate="is_estimate" in result.frame.columns and bool(result.frame["is_estimate"].any()),
    )


def of_city(city: Any, asked: Asked) -> Adapted:
    """Return the index of a city in all its editions."""
    return of_result(city.index(), asked)


def of_cities(cities: Any, asked: Asked) -> Adapted:
    """Return the seasons of a snapshot."""
    return of_result(cities.as_result(), asked)


def of_panel(panel: Any, asked: Asked) -> Adapted:
    """Return the first columns of the research panel, and what it cannot say."""
    table = _table(panel.as_result())
    return Adapted((table.model_copy(update={"is_simulated": panel.has_simulated}),), knows_origin=True)


def of_season(season: Any, asked: Asked) -> Adapted:
    """Return the submissions of a season, and how much else it holds."""
    _ = asked.language
    facts: list[tuple[str, Words | Quantity]] = [
        (_("Code"), season.region_code),
        (_("Edition"), Quantity(kind="year", value=season.edition)),
        (_("Score kind"), _.label("score_kind", season.score_kind)),
        (_("Rulebook"), season.rulebook.name),
        (_("Innovations"), Quantity(kind="whole", value=season.submissions.height)),
    ]
    submissions = of_polars(season.submissions, Asked(_, f"{_('Innovations')} {season.edition}"))
    return Adapted((Facts(pairs=tuple(facts), is_simulated=season.is_simulated), *submissions.parts), knows_origin=True)


def of_snapshot(snapshot: Any, asked: Asked) -> Adapted:
    """Return which snapshot it is, and of which day."""
    _ = asked.language
    facts: list[tuple[str, Words | Quantity]] = [(_("Snapshot"), snapshot.snapshot_id)]
    if snapshot.as_of is not None:
        facts.append((_("As of"), Quantity(kind="date", value=snapshot.as_of)))
    facts.append((_("Simulated"), Quantity(kind="boolean", value=snapshot.is_simulated)))
    return Adapted((Facts(pairs=tuple(facts), look="words", is_simulated=snapshot.is_simulated),), knows_origin=True)


def of_explanation(explanation: Any, asked: Asked) -> Adapted:
    """Return why an index moved: both indices, and the share of each cause with its bounds."""
    _ = asked.language
    editions = ((explanation.before, explanation.from_edition), (explanation.after, explanation.to_edition))
    facts: list[tuple[str, Words | Quantity]] = [
        (f"IID {edition} ({_('Rulebook')} {row['rulebook']})", _bounds(row["iid_lower"], row["iid_upper"]))
        for row, edition in editions
    ]
    if explanation.rank is not None:
        for place, edition in zip((explanation.rank.before, explanation.rank.after), (0, 1), strict=True):
            heading = f"{_('Place')} {editions[edition][1]}"
            facts.append((heading, Quantity(kind="interval", places=0, value=tuple(place))))
    counts = explanation.innovation_counts
    text = _("Innovations: {continuing} continue, {entries} came, {exits} went.").format(**counts)
    marks: dict[str, Any] = {
        "is_simulated": explanation.is_simulated,
        "is_estimate": any(bool(row["is_estimate"]) for row, _edition in editions),
    }
    caption = f"{explanation.region_code} {explanation.from_edition}–{explanation.to_edition}"
    return Adapted(
        (Facts(pairs=tuple(facts), **marks), Text(text=text), _causes(explanation, caption, asked, marks)),
        knows_origin=True,
    )


def _causes(explanation: Any, caption: str, asked: Asked, marks: dict[str, Any]) -> Table:
    _, parts = asked.language, explanation.parts
    shares = [
        None if low is None or high is None else {"lower": _points(min(low, high)), "upper": _points(max(low, high))}
        for low, high in parts.select("part_lower_x100", "part_upper_x100").iter_rows()
    ]
    ends = pl.Struct({"lower": pl.Decimal(12, 2), "upper": pl.Decimal(12, 2)})
    columns = [
        Given(_("Cause"), pl.Series([_.label("cause", player) for player in parts["player"]], dtype=pl.String)),
        Given(_("Points of the index"), pl.Series(shares, dtype=ends)),
        Given(_("Known"), parts["is_known"]),
    ]
    return table_from(columns, _, caption=_("Why the index moved: {season}").format(season=caption), **marks)


def _points(hundredths: int) -> Decimal:
    return Decimal(hundredths).scaleb(-2)


def _bounds(lower: Any, upper: Any) -> Quantity:
    return Quantity(kind="interval", value=None if lower is None or upper is None else (lower, upper))
