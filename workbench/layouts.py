"""Commands about export layouts: list the known ones."""

from __future__ import annotations

import polars as pl
import typer

from workbench.options import FormatOption, LanguageOption, language_of, language_of_environment
from workbench.output import Format, show

_ = language_of_environment()

app = typer.Typer(no_args_is_help=True)

HEADERS = {"name": "Layout", "title": "Title", "kind": "Kind", "formats": "Formats", "source": "Source"}


@app.command("list", help=_("The export layouts that are known."))
def list_layouts(form: FormatOption = Format.table, lang: LanguageOption = None) -> None:
    """The export layouts that are known."""
    from etl.layout import load_layouts

    language = language_of(lang)
    rows = [
        {
            "name": layout.name,
            "title": layout.title_id if language.code == "id" else layout.title_en,
            "kind": layout.kind,
            "formats": ", ".join(layout.formats),
            "source": layout.source,
        }
        for layout in load_layouts().values()
    ]
    show(pl.DataFrame(rows), form, language, headers=HEADERS)
