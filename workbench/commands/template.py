"""The command that writes our own templates, with what is known of a city filled in already."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from warehouse import disk
from warehouse.errors import HomeUnusable, NoSnapshot
from warehouse.file_names import slug
from warehouse.home import Home
from warehouse.region import resolve_city
from workbench.completion import known_editions
from workbench.options import FormatOption, HomeOption, LanguageOption, home_of, language_of, language_of_environment
from workbench.output import Format, messages, show_paths

_ = language_of_environment()


class By(StrEnum):
    """How the control sheet is cut into files."""

    city = "city"
    parent = "parent"
    unit = "unit"


def template(
    name: Annotated[
        str, typer.Argument(help=_("spd-answers, unit-register, jury-scores, published-statements or control-sheet."))
    ],
    city: Annotated[str, typer.Option("--city", help=_("City: name, alias or Kemendagri code."))],
    edition: Annotated[
        int, typer.Option("--edition", help=_("Edition (year of the award)."), autocompletion=known_editions)
    ],
    out: Annotated[Path, typer.Option("--out", help=_("Folder to write to."))] = Path(),
    by: Annotated[By, typer.Option("--by", help=_("Control sheet: one file per city, parent unit or unit."))] = By.city,
    home: HomeOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """Write a template workbook to fill in; what is known of the city is filled in already."""
    from etl.outgoing.template import load_template, template_workbook
    from warehouse.rules.home_rules import rulebooks_of

    language, region = language_of(lang), resolve_city(city)
    made = load_template(name)
    disk.make_folder(out)
    place = home_of(home)
    rulebooks = rulebooks_of(place)
    groups = _rows_of(name, place, region.region_code, edition, by)
    paths: list[Path] = []
    for group, rows in groups.items():
        suffix = f"-{slug(group)[:60]}" if group else ""
        path = out / f"{made.file}-{region.region_code}-{edition}{suffix}.xlsx"
        if path.exists():
            raise HomeUnusable(
                "{path} exists already and is not overwritten", next_step="choose another folder with --out", path=path
            )
        disk.write_bytes(path, template_workbook(name, region.full_name, edition, rows, rulebooks))
        paths.append(path)
    show_paths(paths, form, language)
    messages().print(language("{count} file(s) written").format(count=len(groups)))


_INNOVATIONS = """
    select external_id.external_id, submission.title, submission.unit_name, parent.name as parent_name
    from submission
    left join external_id
        on external_id.innovation_id = submission.innovation_id and external_id.edition = submission.edition
    left join unit on unit.unit_id = submission.unit_id
    left join unit as parent on parent.unit_id = unit.parent_unit_id
    where submission.region_code = $region and submission.edition = $edition
    order by submission.unit_name, submission.title
"""


def _rows_of(name: str, home: Home, region_code: str, edition: int, by: By) -> dict[str, list[list[str | None]]]:
    """Group (empty: all in one file) -> the rows that are known already."""
    if name == "unit-register":
        from etl.outgoing.template import places_in_register

        return {"": places_in_register(region_code)}
    if name != "control-sheet":
        return {"": []}
    from analysis import open_snapshot

    try:
        with open_snapshot(home=home.root) as snapshot:
            known = snapshot.sql(_INNOVATIONS, {"region": region_code, "edition": edition})
    except NoSnapshot:
        return {"": []}
    groups: dict[str, list[list[str | None]]] = {}
    for row in known.unique(["title", "unit_name"], maintain_order=True).iter_rows(named=True):
        cut = {By.city: "", By.unit: row["unit_name"], By.parent: row["parent_name"] or row["unit_name"]}[by]
        line = [row["external_id"], row["title"], row["unit_name"], row["parent_name"]]
        groups.setdefault(cut, []).append(line)
    return groups or {"": []}
