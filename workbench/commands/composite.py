"""The command composite: an index of a person's own table, as page, PDF, workbook and text of methods."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import polars as pl
import typer
from rich.markup import escape

from warehouse.language import Language
from workbench.options import FormatOption, HomeOption, LanguageOption, home_of, language_of, language_of_environment
from workbench.output import Format, messages, show

if TYPE_CHECKING:
    from analysis.composite.own_results import OwnIndex
    from reports.render.outputs import Written

_ = language_of_environment()

RANK_HEADERS = {
    "rank": "Rank",
    "unit": "Unit",
    "score": "Index",
    "rank_low": "Place at best (90%)",
    "rank_high": "Place at worst (90%)",
}
PAGE = "index"
METHOD_FILE = "method.md"


def composite(
    table: Annotated[str, typer.Argument(help=_("CSV file or workbook, a row per unit; contoh is the example."))],
    structure: Annotated[
        Path | None,
        typer.Option(help=_("CSV file or workbook: code, parent, weight, direction, name."), show_default=False),
    ] = None,
    recipe: Annotated[
        Path | None, typer.Option(help=_("TOML file of the choices (otherwise the usual ones)."), show_default=False)
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help=_("Folder to write the report into."), show_default=False)
    ] = None,
    unit: Annotated[str, typer.Option(help=_("Column of units (otherwise the first)."), show_default=False)] = "",
    decimal: Annotated[
        Literal["", ".", ","], typer.Option(help=_("Decimal mark (otherwise found by itself)."), show_default=False)
    ] = "",
    correlation: Annotated[
        Literal["pearson", "spearman", "kendall"], typer.Option(help=_("Which correlation."))
    ] = "pearson",
    least_share: Annotated[
        float, typer.Option(help=_("Leave out units with a smaller share of values."), min=0, max=1)
    ] = 0.0,
    shown: Annotated[
        list[str] | None,
        typer.Option("--unit-shown", help=_("Unit to show in full; may be repeated."), show_default=False),
    ] = None,
    draws: Annotated[int, typer.Option(help=_("Number of draws."), min=100, max=200_000)] = 1000,
    seed: Annotated[int, typer.Option(help=_("Seed of the draws."), min=0)] = 2026,
    home: HomeOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """An index of a table of your own: scores and places; with --out the report and its text of methods too."""
    from analysis.composite.own_inputs import EXAMPLE, read_own_inputs
    from analysis.composite.own_results import Shaking, compute_own_index

    language = language_of(lang)
    asked = {"structure": structure, "recipe": recipe}
    paths = {name: str(path.absolute()) if path else "" for name, path in asked.items()}
    given = table if table.casefold() == EXAMPLE else str(Path(table).absolute())
    inputs = read_own_inputs(given, **paths, unit=unit, decimal=decimal)
    own = compute_own_index(inputs, least_share=least_share, shaking=Shaking(draws, seed))
    ranks = _ranks(own)
    if form is Format.table:
        told = [language.number(score) for score in ranks["score"]]
        ranks = ranks.with_columns(pl.Series("score", told, dtype=pl.String))
    show(ranks, form, language, headers=RANK_HEADERS, notes=_notes(own, language))
    if out is None:
        return
    values: dict[str, Any] = {
        "table": given,
        **paths,
        "unit": unit,
        "decimal": decimal,
        "correlation": correlation,
        "least_share": least_share,
        "units": shown or [],
        "draws": draws,
        "seed": seed,
    }
    _write(own, values, out, home_of(home).root, language)


def _ranks(own: OwnIndex) -> pl.DataFrame:
    """Score and rank of each unit, best first, with the places that other recipes give it."""
    frame = pl.DataFrame(
        {"rank": own.index.ranks, "unit": own.unit_names, "score": own.index.index},
        schema_overrides={"unit": pl.String},
    ).with_columns(pl.col("rank").fill_nan(None).cast(pl.Int64), pl.col("score").fill_nan(None))
    if own.uncertainty is None:
        frame = frame.with_columns(pl.lit(None, pl.Int64).alias(name) for name in ("rank_low", "rank_high"))
    else:
        places = pl.DataFrame(own.uncertainty.claims.intervals())
        unit = pl.col(own.index.scores.unit_column).cast(pl.String).alias("unit")
        frame = frame.join(places.select(unit, "rank_low", "rank_high"), on="unit", how="left", maintain_order="left")
    return frame.sort("rank", "unit", nulls_last=True)


def _notes(own: OwnIndex, language: Language) -> list[str]:
    notes = []
    if own.unshaken is not None:
        reason = own.unshaken.in_one_line(language)
        notes.append(language("How sure the places are is not known: {reason}").format(reason=reason))
    if own.screened_out:
        notes.append(language("Left out: {units}").format(units=", ".join(own.screened_out)))
    if own.inputs.is_simulated:
        notes.append(language("SIMULATED DATA: the figures of the example were drawn at random."))
    return notes


def _write(own: OwnIndex, values: dict[str, Any], out: Path, home: Path, language: Language) -> None:
    """Write page, PDF, workbook and text of methods into a folder, and say which files there are."""
    from analysis.composite.method_text import method_markdown
    from warehouse import disk

    disk.make_folder(out)
    name = own.name_of(own.index.hierarchy.root)
    written = _report(own, values, out, home, name, language)
    disk.write_text(out / METHOD_FILE, method_markdown(own, name, language), synced=False)
    console = messages()
    for missing in written.missing:
        console.print(escape(f"{missing.output}: {missing.cause} {missing.next_step}"))
    text = language("{count} files in {path}").format(count=len(written.files) + 1, path=out)
    console.print(escape(text))
    if written.missing:
        raise typer.Exit(written.missing[0].exit_code)


def _report(own: OwnIndex, values: dict[str, Any], out: Path, home: Path, name: str, language: Language) -> Written:
    from importlib.metadata import version

    from reports.blocks.converter import Converter
    from reports.render.outputs import OutputContext, write_outputs
    from reports.render.page import Link
    from reports.run.declaration import OutputKind, Report, Words
    from reports.run.notebook import run_notebook
    from warehouse.home import Home

    files = ", ".join(own.inputs.sources)
    heading, subtitle = Words(id=name, en=name), Words(id=files, en=files)
    outputs: tuple[OutputKind, ...] = ("html", "pdf", "xlsx")
    report = Report("own_index", "own_index", PAGE, "own_index", values, heading, subtitle, outputs)
    with Converter() as converter:
        asked = {**values, "lang": language.code}
        executed = run_notebook("own_index", asked, home=home, environment=converter.environment)
        context = OutputContext(
            site_title=language("An index of an own table"),
            language=language,
            snapshot_id=_hash_of(values),
            software_version=version("iga-workbench"),
            is_simulated=own.inputs.is_simulated,
            home=Home.at(home),
            downloads=(Link("PDF", f"{PAGE}.pdf"), Link("XLSX", f"{PAGE}.xlsx"), Link("Markdown", METHOD_FILE)),
        )
        return write_outputs(executed, report, context, out)


def _hash_of(values: dict[str, Any]) -> str:
    """What names the inputs of a page, as a snapshot names those of others: a hash of files and choices."""
    digest = sha256()
    for name, value in sorted(values.items()):
        path = Path(value) if isinstance(value, str) and value else None
        content = path.read_bytes() if path is not None and path.is_file() else repr(value).encode()
        digest.update(name.encode() + b"\0" + sha256(content).digest())
    return digest.hexdigest()
