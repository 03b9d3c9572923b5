"""A piece of a report: HTML of our own making with what it says, shown by JupyterLab and taken over by every output."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

    from reports.blocks.content import Part


@dataclass(frozen=True, repr=False)
class Block:
    """Finished HTML; every value from data in it has been escaped by the function that made it.

    `parts` says the same without the looks, for the outputs that are not HTML; where it is empty, they read the HTML.
    """

    html: str
    parts: tuple[Part, ...] = ()

    def __repr__(self) -> str:
        return f"Block({len(self.html)})"

    def _repr_html_(self) -> str:
        return self.html

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, Any]:
        """What a notebook keeps of the block: its HTML, and its description under a MIME type of our own."""
        from reports.blocks.content import MIME, packed

        return {"text/html": self.html, **({MIME: packed(self.parts)} if self.parts else {})}

    def __html__(self) -> str:
        return self.html

    def saying(self, *parts: Part) -> Block:
        """The same HTML, with what it says."""
        return Block(self.html, parts)

    @classmethod
    def join(cls, blocks: Iterable[Block]) -> Block:
        """Several blocks as one."""
        joined = list(blocks)
        html = "\n".join(block.html for block in joined)
        if not any(block.parts for block in joined):
            return cls(html)
        from reports.blocks.content import Markup

        return cls(html, tuple(part for block in joined for part in block.parts or (Markup(html=block.html),)))


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
