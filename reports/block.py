"""A piece of a report: HTML of our own making, shown by JupyterLab and taken over by the rendered page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment


@dataclass(frozen=True)
class Block:
    """Finished HTML; every value from data in it has been escaped by the function that made it."""

    html: str

    def _repr_html_(self) -> str:
        return self.html

    def __html__(self) -> str:
        return self.html

    @classmethod
    def join(cls, blocks: Iterable[Block]) -> Block:
        """Several blocks as one."""
        return cls("\n".join(block.html for block in blocks))


@cache
def templates() -> Environment:
    """The Jinja environment of `reports/templates/`: everything that is put in is escaped unless it is a Block."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, **values: Any) -> Block:
    """A block from a template."""
    return Block(templates().get_template(template).render(**values))


def style_sheet() -> str:
    """The one style sheet of all pages."""
    return files("reports").joinpath("templates", "style.css").read_text(encoding="utf-8")
