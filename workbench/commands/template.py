"""The command that writes our own templates, with what is known of a city filled in already."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from warehouse import disk
from warehouse.errors import HomeUnusable
from warehouse.file_names import slug
from warehouse.home import Home
from warehouse.region import Region, resolve_city
from workbench.completion import known_editions
from workbench.control_sheets import By, Sheet
from workbench.lists import OnOption
from workbench.options import FormatOption, HomeOption, LanguageOption, home_of, language_of, language_of_environment
from workbench.output import Format, messages, show_paths

_ = language_of_environment()


def template(
    name: Annotated[
        str,
        typer.Argument(
            help=_(
                "spd-answers, unit-register, jury-scores, published-statements, control-sheet, verified-levels, "
                "final-levels or replications."
            )
        ),
    ],
    city: Annotated[str, typer.Option("--city", help=_("City: name, alias or Kemendagri code."))],
    edition: Annotated[
        int, typer.Option("--edition", help=_("Edition (year of the award)."), autocompletion=known_editions)
    ],
    out: Annotated[Path, typer.Option("--out", help=_("Folder to write to."))] = Path(),
    by: Annotated[By, typer.Option("--by", help=_("Control sheet: one file per city, parent unit or unit."))] = By.city,
    on: OnOption = None,
    home: HomeOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """Write a template workbook to fill in; what is known of the city is filled in already."""
    from etl.outgoing.template import load_template, template_workbook
    from warehouse.rules.home_rules import rulebooks_of

    language, region = language_of(lang), resolve_city(city)
    if name == REGISTER:
        from analysis.portfolio.replications import register_template

        path = out / f"{REGISTER}.csv"
        _refuse_over(path)
        disk.make_folder(out)
        disk.write_bytes(path, register_template())
        show_paths([path], form, language)
        messages().print(
            language("Put it into the folder portfolio of the home: {folder}").format(
                folder=home_of(home).root / "portfolio"
            ),
            soft_wrap=True,
            markup=False,
        )
        return
    made = load_template(name)
    disk.make_folder(out)
    place = home_of(home)
    rulebooks = rulebooks_of(place)
    sheets = _sheets_of(name, place, region, edition, by, on)
    paths: list[Path] = []
    for group, sheet in sheets.items():
        suffix = f"-{slug(group)[:60]}" if group else ""
        path = out / f"{made.file}-{region.region_code}-{edition}{suffix}.xlsx"
        _refuse_over(path)
        content = template_workbook(
            name, region.full_name, edition, sheet.rows, rulebooks,
            note=sheet.note, asked=sheet.asked, answers=sheet.answers,
        )  # fmt: skip
        disk.write_bytes(path, content)
        paths.append(path)
    show_paths(paths, form, language)
    messages().print(language("{count} file(s) written").format(count=len(sheets)))


OF_INNOVATIONS = ("control-sheet", "verified-levels", "final-levels")
"""The templates with a row per innovation and a column per indicator."""
REGISTER = "replications"
"""The register of replications, which is a CSV file of the home."""


def _refuse_over(path: Path) -> None:
    if path.exists():
        raise HomeUnusable(
            "{path} exists already and is not overwritten", next_step="choose another folder with --out", path=path
        )


def _sheets_of(name: str, home: Home, region: Region, edition: int, by: By, on: datetime | None) -> dict[str, Sheet]:
    """Group (empty: all in one file) -> what is known already."""
    if name == "unit-register":
        from etl.outgoing.template import places_in_register

        return {"": Sheet(places_in_register(region.region_code))}
    if name not in OF_INNOVATIONS:
        return {"": Sheet([])}
    from workbench.control_sheets import control_sheets

    day = (on or datetime.now(tz=UTC).astimezone()).date()
    sheets = control_sheets(home, region.region_code, edition, by, day) or {"": Sheet([])}
    if name != "control-sheet":  # what others judged is never filled in with what the city claims
        return {group: Sheet(sheet.rows) for group, sheet in sheets.items()}
    return sheets
