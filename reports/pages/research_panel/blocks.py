"""The research panel as a report: what is known, preferred statements, trajectories cut at breaks, citation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from analysis import open_snapshot
from analysis.panel import panel_rules, read_panel, score_of_edition
from analysis.panel.contents import PanelContents
from analysis.panel.descriptions import citation
from analysis.panel.export import known_counts
from reports.blocks.block import Block
from reports.blocks.content import Span, Text
from reports.blocks.figure import INK, MUTED, Caption, figure, said_first
from reports.blocks.palette import series_colours
from reports.blocks.tables import Column, table
from reports.pages.city_index.charts import altair_module, no_data
from reports.pages.compare_cities.parameters import CompareCitiesParameters
from reports.pages.compare_cities.sources import address_within, listed_sources, source_address, source_name
from warehouse.language import Language

SHOWN_QUANTITIES = (*panel_rules().index_measures, "predicate", "innovation_count")
"""The quantities whose preferred figures the page shows, the most important first."""


@dataclass(frozen=True)
class PanelReport:
    """A panel of real figures with the reader's language; simulated rows are not in it."""

    panel: PanelContents
    language: Language

    @property
    def source_line(self) -> str:
        """Where the figures come from."""
        return self.language("Source: statements of the ministry, cities and press; snapshot {snapshot}").format(
            snapshot=self.panel.snapshot_id[:12]
        )


def open_panel(parameters: CompareCitiesParameters) -> PanelReport:
    """Read the published panel from the snapshot that the parameters name, and close it again."""
    with open_snapshot(parameters.snapshot or None) as snapshot:
        panel = read_panel(snapshot, cities=parameters.cities, editions=parameters.editions, score=parameters.score)
    return PanelReport(panel, Language(parameters.lang))


def coverage(report: PanelReport) -> Block:
    """City by edition: what is known of each."""
    _ = report.language
    rows = report.panel.coverage.drop("region_code", "is_simulated")
    editions = [name for name in rows.columns if name != "region_name"]
    newest_first = {name: place for place, name in enumerate(reversed(editions), start=1)}
    columns = [
        Column("region_name", _("City")),
        *[Column(name, name, "center", priority=newest_first[name]) for name in editions],
    ]
    note = _("s statement, p predicate, n score published; c computed, b computed as bounds; - nothing.")
    counts = known_counts(report.panel.frame)
    told = _("{rows} region-editions: statements in {statements}, a predicate in {predicates}, a score in {scores}.")
    return table(rows, columns, _("What is known"), _, is_simulated=False, note=f"{told.format(**counts)} {note}")


def statement_rule(report: PanelReport) -> Block:
    """The rule by which one of several statements is preferred, and what the panel cannot say."""
    _ = report.language
    rules = panel_rules()
    is_indonesian = _.code == "id"
    remarks = [
        (_("Which statement is preferred"), rules.preference.rule_id if is_indonesian else rules.preference.rule_en),
        (_("Bias"), report.panel.bias(_)),
        (_("What cannot be said"), " ".join(report.panel.limits(_))),
        (_("Licence"), rules.licence.text_id if is_indonesian else rules.licence.text_en),
    ]
    return Block((Text(lead=what, text=text, tone="remark") for what, text in remarks), _)


def preferred_figures(report: PanelReport) -> Block:
    """The preferred score, predicate and count of each city and edition that a statement mentions."""
    _ = report.language
    rows = report.panel.frame.filter(pl.col("statement_count") > 0)
    rows = _with_score(rows)
    named, addresses = _named_sources(report, rows)
    frame = rows.select(
        pl.format("{} {}", "region_name", "edition").alias("unit"),
        "score",
        _labels(rows["measure"], "measure", _),
        _labels(rows["published_predicate"].alias("predicate"), "predicate", _),
        "published_innovation_count",
        "statement_count",
        pl.col("contradictions").replace("", None),
        named,
    )
    columns = [
        Column("unit", _("City and edition"), priority=1),
        Column("score", _("Score"), priority=1),
        Column("measure", _("Scale"), priority=2),
        Column("predicate", _("Predicate"), priority=1),
        Column("published_innovation_count", _("Innovations"), priority=2),
        Column("source", _("Statement and source"), priority=3),
        Column("statement_count", _("Statements"), priority=4),
        Column("contradictions", _("Contradictions"), priority=4),
    ]
    return table(frame, columns, _("Preferred figures"), _, is_simulated=False, is_published=True, links=addresses)


def _named_sources(report: PanelReport, rows: pl.DataFrame) -> tuple[pl.Series, list[str]]:
    """The statements that the preferred figures of each row are from, by number and source, and where to read one.

    That is the source of the score, else of the predicate, else of the count, else of any statement that has an
    address.
    """
    sources = dict(report.panel.statements.select("statement_id", "source").iter_rows())
    of_region = report.panel.statements.group_by("region_code", "edition", maintain_order=True).agg("statement_id")
    others = {(code, edition): numbers for code, edition, numbers in of_region.iter_rows()}
    named, addresses = [], []
    for row in rows.iter_rows(named=True):
        chosen = [row[f"published_{quantity}_statement_id"] for quantity in SHOWN_QUANTITIES]
        numbers = list(dict.fromkeys(number for number in chosen if number))
        named.append("; ".join(f"{number} · {source_name(sources[number])}" for number in numbers) or None)
        told = (source_address(sources[number]) for number in (*numbers, *others[row["region_code"], row["edition"]]))
        addresses.append(next(filter(None, told), ""))
    return pl.Series("source", named, dtype=pl.String), addresses


def sources(report: PanelReport) -> Block:
    """Every statement of the panel with its whole source, folded."""
    return listed_sources(report.panel.statements, report.language)


def _with_score(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with the score of their edition's index and its scale beside them; null where none was published."""
    keys = ["region_code", "edition", "is_simulated"]
    scored = score_of_edition(rows).select(*keys, "score", "measure")
    return rows.join(scored, on=keys, how="left", maintain_order="left")


def _labels(codes: pl.Series, field: str, language: Language) -> pl.Series:
    """The codes of a field in words, under the name of their column."""
    labels = [language.label(field, code) or None for code in codes]
    return pl.Series(codes.name, labels, dtype=pl.String)


def trajectories(report: PanelReport) -> Block:
    """Published scores by edition, on one panel per scale; lines end where figures stop to compare."""
    _ = report.language
    title = _("Published scores, cut where the method breaks")
    frame = score_of_edition(report.panel.frame)
    if frame.is_empty():
        return no_data(title, _)
    rows = frame.select(
        pl.col("region_name").alias("city"),
        "edition",
        pl.col("score").cast(pl.Float64),
        "measure",
        pl.Series("label", [_.number(value) for value in frame["score"]]),
    )
    first, last = report.panel.editions
    cities = sorted(set(rows["city"]))
    breaks = pl.DataFrame(
        {"at": [broken.between[0] + 0.5 for broken in report.panel.breaks_within]},
        schema={"at": pl.Float64},
    )
    measures = [name for name in panel_rules().index_measures if name in set(rows["measure"])]

    def panel(alt: Any, part: pl.DataFrame, measure: str, width: int) -> Any:
        scale = alt.Scale(domain=[first - 0.5, last + 0.5], nice=False, zero=False)
        x = alt.X(
            "edition:Q",
            scale=scale,
            title=_("Edition"),
            axis=alt.Axis(values=list(range(first, last + 1)), format="d", grid=False),
        )
        colour = alt.Color(
            "city:N", sort=cities, scale=alt.Scale(domain=cities, range=list(series_colours(len(cities))))
        )
        base = alt.Chart(part).encode(x=x, y=alt.Y("score:Q", title=None, scale=alt.Scale(zero=True)), color=colour)
        cut = alt.Chart(breaks).mark_rule(strokeDash=[4, 4], color=MUTED).encode(x=alt.X("at:Q", scale=scale))
        title = alt.TitleParams(_.label("measure", measure), anchor="start", fontSize=14, color=INK, frame="group")
        return alt.layer(
            cut,
            base.mark_line(),
            base.mark_point(filled=True, size=90, opacity=1),
            base.mark_text(dy=-13, color=INK).encode(text="label:N"),
        ).properties(width=width - 70, height=150, title=title)

    def draw(width: int) -> Any:
        alt = altair_module()
        parts = [panel(alt, rows.filter(pl.col("measure") == name), name, width) for name in measures]
        return alt.vconcat(*parts, spacing=14)

    columns = [
        Column("region_name", _("City")),
        Column("edition", _("Edition")),
        Column("measure", _("Scale")),
        Column("score", _("Score")),
    ]
    count, total = frame.height, report.panel.frame.height
    said = _("A score is published for {count} of {total} cities and editions")
    title, units = said_first(
        said.format(count=_.whole(count), total=_.whole(total)), title, _("Preferred published score; real figures")
    )
    caption = Caption(
        title,
        units,
        _("Dashed lines mark breaks in method. Scales do not compare: each has a panel of its own."),
        report.source_line,
        is_simulated=False,
        is_published=True,
    )
    data = frame.with_columns(_labels(frame["measure"], "measure", _)).sort("region_name", "edition")
    sources = dict(report.panel.statements.select("statement_id", "source").iter_rows())
    links = [source_address(sources[number]) for number in data["score_statement_id"]]
    return figure(draw, caption, data, _, columns=columns, links=links)


def breaks(report: PanelReport) -> Block:
    """Where methods break, why, and whether a trend is refused."""
    _ = report.language
    rows = [
        {
            "between": f"{broken.between[0]}|{broken.between[1]}",
            "affects": ", ".join(_.label("break", name) for name in broken.affects),
            "trend": _("refused") if broken.is_refused else _("marked"),
            "reason": broken.reason_id if _.code == "id" else broken.reason_en,
            "source": (broken.source_id if _.code == "id" else "") or broken.source,
        }
        for broken in report.panel.breaks_within
    ]
    columns = [
        Column("between", _("Between"), priority=1),
        Column("affects", _("Concerns"), priority=3),
        Column("trend", _("Trend"), priority=2),
        Column("reason", _("Reason"), priority=1),
        Column("source", _("Source"), priority=4),
    ]
    links = [address_within(broken.source) for broken in report.panel.breaks_within]
    names = {column.name: pl.String for column in columns}  # within one edition there is no break, and no row
    return table(pl.DataFrame(rows, schema=names), columns, _("Breaks in method"), _, is_simulated=False, links=links)


def cite(report: PanelReport) -> Block:
    """How to cite the panel."""
    words = (Span(text=citation(report.panel), style="code"),)
    return Block([Text(text=words)], report.language)
