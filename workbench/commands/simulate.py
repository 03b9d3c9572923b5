"""The command that simulates a national inbox in mixed layouts, with its truth beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from warehouse.errors import HomeUnusable
from workbench.options import FormatOption, HomeOption, LanguageOption, home_of, language_of, language_of_environment
from workbench.output import Format, messages, show_row

_ = language_of_environment()


def simulate(
    out: Annotated[Path, typer.Option("--out", help=_("Empty folder to write to: inbox/ and truth/."))],
    regions: Annotated[int, typer.Option(help=_("How many regions, in the order of their codes."), min=1)] = 546,
    editions: Annotated[int, typer.Option(help=_("How many editions, up to the newest."), min=1, max=20)] = 8,
    innovations: Annotated[int, typer.Option(help=_("Innovations per region and edition."), min=1)] = 60,
    seed: Annotated[int, typer.Option(help=_("The same seed gives the same files."))] = 1,
    layout: Annotated[
        list[str] | None, typer.Option(help=_("Only these layouts (otherwise all, mixed)."), show_default=False)
    ] = None,
    defects: Annotated[float, typer.Option(help=_("Share of rows with a broken cell."), min=0, max=1)] = 0.1,
    structure: Annotated[
        int, typer.Option(help=_("Lists with a damaged structure per region, with their truth, in damaged/."), min=0)
    ] = 0,
    province: Annotated[
        str | None, typer.Option(help=_("Only the regencies and cities of this province."), show_default=False)
    ] = None,
    city_effects: Annotated[
        bool,
        typer.Option("--city-effects", help=_("Cities with their own practice, linked editions, SPD answers.")),
    ] = False,
    home: HomeOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """Write simulated files of many regions in mixed layouts with realistic dirt, and their truth beside them."""
    from etl.layout.declared import load_layout
    from simulation.files import MIXED, Simulation, simulate
    from warehouse.region import resolve_region
    from warehouse.rules.home_rules import rulebooks_of

    language, console = language_of(lang), messages()
    for name in layout or []:
        load_layout(name)
    if out.exists() and any(out.iterdir()):
        raise HomeUnusable(
            "The folder is not empty; simulated files are not mixed with others",
            next_step="choose another folder with --out",
            place=str(out),
        )
    code = resolve_region(province, region_type="provinsi").region_code if province else None
    wanted = tuple(name for name in MIXED if not layout or name in layout)
    simulation = Simulation(
        regions, editions, innovations, seed, wanted or MIXED, defects, structure, code, has_city_effects=city_effects
    )
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(language("Simulating files"), total=None)
        count = simulate(
            simulation,
            out,
            lambda done, total: bar.update(task, completed=done, total=total),
            rulebooks_of(home_of(home)),
        )
    console.print(language("{count} file(s) written").format(count=count))
    console.print(language("SIMULATED DATA: figures of simulated seasons are examples, not results."))
    if form is Format.table:
        typer.echo(str(out / "inbox"))
    show_row({"path": str(out / "inbox"), "file_count": count}, form, language)
