"""Commands that hand data on: the research panel."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer
from rich.markup import escape

from warehouse.errors import UnknownName
from warehouse.language import Language
from workbench.command_context import CommandContext, with_context
from workbench.options import language_of_environment
from workbench.output import messages

if TYPE_CHECKING:
    from analysis.panel import Panel

_ = language_of_environment()

app = typer.Typer(no_args_is_help=True)

COVERAGE_HEADERS = {"region_code": "Code", "region_name": "City", "is_simulated": "Simulated"}


@app.command("panel", help=_("The research panel: region by edition, with codebook, breaks, sources and citation."))
@with_context
def panel(
    context: CommandContext,
    city: Annotated[
        list[str] | None,
        typer.Option("--city", help=_("City: name, alias or Kemendagri code; may be repeated."), show_default=False),
    ] = None,
    editions: Annotated[
        str | None, typer.Option("--editions", help=_("Editions, such as 2019-2025."), show_default=False)
    ] = None,
    simulated: Annotated[
        bool, typer.Option("--simulated", help=_("Keep simulated rows, marked and in rows of their own."))
    ] = False,
    published_only: Annotated[
        bool, typer.Option("--published-only", help=_("Published figures only, nothing computed."))
    ] = False,
    join: Annotated[
        Path | None, typer.Option("--join", help=_("Own table (CSV or Parquet) to join."), show_default=False)
    ] = None,
    region_column: Annotated[str, typer.Option(help=_("Its column with region codes or names."))] = "region_code",
    edition_column: Annotated[str, typer.Option(help=_("Its column with editions; none if it has none."))] = "edition",
    region_type: Annotated[
        str | None,
        typer.Option(help=_("Type of all its regions, to tell homonyms apart: kota, kabupaten, provinsi.")),
    ] = None,
    prefix: Annotated[
        str, typer.Option(help=_("What its columns begin with; idsd brings the breaks of IDSD."))
    ] = "own",
    publisher: Annotated[
        str, typer.Option("--publisher", help=_("Who publishes the deposit, for its citation."), show_default=False)
    ] = "",
    out: Annotated[
        Path | None, typer.Option("--out", help=_("Folder to write (otherwise exports/panel in the home folder)."))
    ] = None,
) -> None:
    """Write the panel as a deposit (CSV, Parquet, Stata, SPSS, codebook, metadata), and print what is known where."""
    from analysis.panel import join_table, read_panel
    from reports.deposit import write_deposit
    from warehouse.keeping.retention import cite

    language, place = context.language, context.home
    with context.open() as opened:
        snapshot_id = opened.snapshot_id
        made = read_panel(
            opened,
            cities=city or (),
            editions=_editions(editions),
            has_simulated=simulated,
            has_computed=not published_only,
            has_ranges=True,
        )
        days = opened.day_notes(language)
    frame = made.frame
    if join is not None:
        own = _own_table(join)
        frame = join_table(
            frame,
            own,
            region=region_column,
            edition=edition_column if edition_column in own.columns else None,
            region_type=region_type,
            prefix=prefix,
        )
    folder = out or place.root / "exports" / "panel"
    written = write_deposit(made, folder, frame, publisher=publisher)
    if not folder.resolve().is_relative_to(place.root):
        # What lies in the home is found by itself; what left it would name a snapshot that is gone.
        cite(place, snapshot_id, datetime.now(tz=UTC).astimezone().date(), f"iga export panel: {folder.resolve()}")
    context.show(
        made.coverage,
        title=language("What is known"),
        headers=COVERAGE_HEADERS,
        notes=days + _notes(made, language),
    )
    text = language("{count} files in {path}").format(count=len(written), path=folder)
    messages().print(escape(text))


def _editions(text: str | None) -> range:
    """`2019-2025` or `2024` as a range; nothing asks for all."""
    if text is None:
        return range(0)
    first, _dash, last = text.partition("-")
    try:
        years = range(int(first), int(last or first) + 1)
    except ValueError:
        years = range(0)
    if not years:
        raise typer.BadParameter(text, param_hint="--editions")
    return years


def _own_table(path: Path) -> pl.DataFrame:
    """A CSV or Parquet file; codes stay text, so that 33.10 is not 33.1."""
    if not path.is_file():
        raise UnknownName("There is no file {path}", next_step="give a CSV or Parquet file", path=path)
    if path.suffix.casefold() == ".parquet":
        return pl.read_parquet(path)
    head = pl.read_csv(path, n_rows=0, infer_schema=False)
    texts = {name: pl.String for name in head.columns if "code" in name.casefold() or "kode" in name.casefold()}
    return pl.read_csv(path, schema_overrides=texts, infer_schema_length=10_000)


def _notes(made: Panel, language: Language) -> list[str]:
    from analysis.panel import panel_rules
    from analysis.panel.export import known_counts

    rules = panel_rules()
    counts = known_counts(made.frame)
    notes = [
        language("s statement, p predicate, n score published; c computed, b computed as bounds; - nothing."),
        language(
            "{rows} region-editions: statements in {statements}, a predicate in {predicates}, a score in {scores}."
        ).format(**counts),
        rules.preference.rule_id if language.code == "id" else rules.preference.rule_en,
        made.bias(language),
        *made.limits(language),
        rules.licence.text_id if language.code == "id" else rules.licence.text_en,
    ]
    if made.frame["is_simulated"].any():
        notes.append(language("SIMULATED DATA: figures of simulated seasons are examples, not results."))
    return notes
