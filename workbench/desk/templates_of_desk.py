"""The templates of the desk's pages: every value is escaped; words come from the catalogue."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from warehouse.language import Language
from warehouse.visible_text import visible


@cache
def _environment(lang: str) -> Environment:
    language = Language(lang)
    folder = str(files("workbench.desk").joinpath("templates"))
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["_"] = language
    environment.globals["lang"] = lang
    environment.globals["whole"] = language.whole
    environment.filters["visible"] = visible
    return environment


def rendered(template: str, language: Language, **values: Any) -> str:
    """Return a page of a template."""
    return _environment(language.code).get_template(template).render(**values)
