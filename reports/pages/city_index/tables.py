"""The tables of one city's edition: units, weakest innovations, files received, what was set aside, assumptions."""

from __future__ import annotations

import polars as pl

from reports.blocks.block import Block
from reports.blocks.content import Text
from reports.blocks.tables import Column, first_rows, table
from reports.pages.city_index.charts import no_data, stage_label
from reports.pages.city_index.lineage import link_to
from reports.pages.city_index.season import CitySeason

LOWEST = 10
PERSONAL_COLUMNS = ("inisiator", "initiator", "kontak", "contact", "telepon", "phone", "nik", "nip")


def unit_coverage(season: CitySeason) -> Block:
    """Units by kind: how many sent no innovation, one, two or more."""
    _ = season.language
    caption = _("Units and the innovations that they sent, {name} {edition}").format(
        name=season.name, edition=season.edition
    )
    counted = season.unit_coverage()
    if counted.is_empty():
        return no_data(caption, _)
    kinds = [_.label("unit_kind", code) if code else _("Not stated") for code in counted["unit_kind"]]
    frame = counted.with_columns(pl.Series("unit_kind", kinds))
    columns = [
        Column("unit_kind", _("Kind of unit")),
        Column("unit_count", _("Units")),
        Column("none", _("No innovation")),
        Column("one", _("One")),
        Column("two_or_more", _("Two or more")),
    ]
    return table(
        frame, columns, caption, _, is_simulated=season.is_simulated, note=_("From the unit register of the city.")
    )


def lowest(season: CitySeason) -> Block:
    """The innovations of lowest maturity among those of scored stages."""
    _ = season.language
    caption = _("Innovations of lowest maturity, {name} {edition}").format(name=season.name, edition=season.edition)
    rows = season.lowest()
    if rows.is_empty():
        return no_data(caption, _)
    frame = rows.with_columns(pl.Series("stage", [stage_label(code or "unstated", _) for code in rows["stage"]]))
    columns = [
        Column("title", _("Innovation")),
        Column("unit_name", _("Unit")),
        Column("stage", _("Stage")),
        Column("maturity", _("Maturity")),
    ]
    note = _("A maturity of zero means that no indicator has valid evidence yet.")
    links = [link_to(season, subject) for subject in rows["submission_id"]]
    every = table(frame, columns, caption, _, is_simulated=season.is_simulated, note=note, links=links)
    return first_rows(every, LOWEST, _)


def receipts(season: CitySeason) -> Block:
    """Files received, with the outcome of every row."""
    _ = season.language
    caption = _("Files received, {name} {edition}").format(name=season.name, edition=season.edition)
    if season.receipts.is_empty():
        return no_data(caption, _)
    rows = season.receipts
    is_held = bool((rows["status"] != "read").any())
    frame = rows.with_columns(
        _file_name(),
        pl.Series("layout", [_.label("layout", code) for code in rows["layout"]]),
        pl.Series("status", [_.label("receipt_status", code) for code in rows["status"]]),
        pl.col("file_sha256").str.slice(0, 12),
    )
    columns = [
        Column("file_name", _("File")),
        Column("received_date", _("Received on")),
        Column("layout", _("Layout")),
        *([Column("status", _("Status"))] if is_held else []),
        Column("row_count", _("Rows")),
        *(
            Column(f"{outcome}_count", _.label("outcome", outcome))
            for outcome in ("accepted", "merged", "quarantined", "structural")
        ),
        Column("file_sha256", "SHA-256"),
    ]
    note = _("Every row that is not empty has exactly one outcome; the outcomes add up to the rows.")
    return table(frame, columns, caption, _, is_simulated=season.is_simulated, note=note)


def quarantine(season: CitySeason, limit: int = 30) -> Block:
    """Cells and rows set aside: place, original words, rule. Words of columns about people are not shown."""
    _ = season.language
    caption = _("Set aside: rows and cells that need a correction, {name} {edition}").format(
        name=season.name, edition=season.edition
    )
    if season.quarantine.is_empty():
        nothing = Text(lead=caption, text=_("nothing was set aside"), tone="remark")
        return no_data(caption, _) if season.receipts.is_empty() else Block([nothing], _)
    rows = season.quarantine.with_columns(_file_name())
    frame = pl.DataFrame(
        {
            "rule": [_.label("rule", code) for code in rows["rule"]],
            "place": [_place(row) for row in rows.iter_rows(named=True)],
            "column_name": rows["column_name"],
            "original_text": [_words(row) for row in rows.iter_rows(named=True)],
        },
        schema_overrides={"column_name": pl.String, "original_text": pl.String},
    )
    columns = [
        Column("rule", _("Reason")),
        Column("place", _("File, sheet and row")),
        Column("column_name", _("Column")),
        Column("original_text", _("Original words")),
    ]
    return first_rows(table(frame, columns, caption, _, is_simulated=season.is_simulated), limit, _)


def _file_name() -> pl.Expr:
    """The name of a file without the folder of its city and edition, which the caption names."""
    return pl.col("file_name").str.split("/").list.last()


def _place(row: dict[str, object]) -> str:
    return " · ".join(
        str(part) for part in (row["file_name"], row["sheet"], row["row_number"]) if part not in (None, "")
    )


def _words(row: dict[str, object]) -> str | None:
    column = str(row["column_name"] or "").casefold()
    if any(word in column for word in PERSONAL_COLUMNS):
        return "•••"
    text = row["original_text"]
    return None if text is None else str(text)[:160]


def assumptions(season: CitySeason) -> Block:
    """The switches behind each index, with their confidence."""
    _ = season.language
    tables = []
    for statement in season.statements:
        rows = season.assumptions[str(statement.row["assumption_id"])]
        if rows.is_empty():
            continue
        frame = pl.DataFrame(
            {
                "switch": [_.label("assumption", code) for code in rows["switch"]],
                "value": [assumption_value(value, season) for value in rows["value"]],
                "confidence": [_.label("confidence", code) for code in rows["confidence"]],
                "note": rows["note_id" if _.code == "id" else "note_en"],
            },
            schema_overrides={"note": pl.String},
        )
        columns = [
            Column("switch", _("Assumption")),
            Column("value", _("Value")),
            Column("confidence", _("Confidence")),
            Column("note", _("Note")),
        ]
        caption = _("Assumptions {assumptions} of {name} {edition}").format(
            assumptions=statement.row["assumption_id"], name=season.name, edition=season.edition
        )
        tables.append(table(frame, columns, caption, _, is_simulated=False))
    return Block.join(tables)


def assumption_value(value: str | None, season: CitySeason) -> str:
    """A switch's value in words: yes or no, a choice, or the labels of the stages that it names."""
    _ = season.language
    text = str(value or "").strip('"')
    told = {
        "true": _("yes"),
        "false": _("no"),
        "better": _("the better level"),
        "worse": _("the worse level"),
        "min": _("the best place"),
        "max": _("the worst place"),
    }
    if text.casefold() in told:
        return told[text.casefold()]
    if (named := _.label("assumption_value", text)) != text:
        return named
    words = text.strip("[]").replace('"', "").replace("'", "").replace("|", ",").split(",")
    return ", ".join(_.label("stage", word.strip()) for word in words)
