"""The templates of `reports/templates/` and the one style sheet of all pages."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from reports.blocks.palette import colour_style

if TYPE_CHECKING:
    from jinja2 import Environment


class Finished(str):
    """HTML that is finished: a template puts it in as it is."""

    def __html__(self) -> str:
        return self


@cache
def templates() -> Environment:
    """Return the Jinja environment of `reports/templates/`: all that is put in is escaped unless it is a Block."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def style_sheet() -> str:
    """Return the one style sheet of all pages: the palette's colours, then what is drawn with them."""
    return colour_style() + "\n" + files("reports").joinpath("templates", "style.css").read_text(encoding="utf-8")
