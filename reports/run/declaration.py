"""Report sites as they are declared, and the reports that each declaration amounts to.

Those of the software stand in `reports/sites/*.yaml`; `reports/run/own_sites.py` reads those of a home.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import Formatter
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, model_validator

from analysis.index.scope import scope_named
from iga.errors import ValueRefused
from iga.reasons import reason_of
from reports.pages.registry import parameters_of
from reports.run.own_notebooks import checked_parameters
from reports.run.site_file import SiteInvalid
from warehouse.errors import UnknownName
from warehouse.file_names import DEVICE_NAMES, hyphenated, slug
from warehouse.home import Home
from warehouse.reference import load_reference
from warehouse.region import resolve_city

__all__ = [
    "LanguageCode",
    "OutputKind",
    "Paper",
    "Part",
    "Regions",
    "Report",
    "Site",
    "SiteInvalid",
    "Words",
    "list_reports",
    "load_sites",
    "reports_of_part",
    "site_named",
    "slug",
    "whole_site",
    "with_included",
]

OutputKind = Literal["html", "pdf", "xlsx", "ipynb"]
"""What one run of a notebook can be written as; reports/render/outputs.py holds a writer for each."""

LanguageCode = Literal["id", "en"]

Paper = Literal["report", "sheet"]
"""How a report is set in PDF: as one of many pages with contents and annex, or on one sheet."""


LONGEST_PAGE = 120
"""Letters of a page's name, which is that of its files."""


class Declared(BaseModel):
    """Base of what a site file holds: nothing beyond what is known here."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(Declared):
    """A text in both languages."""

    id: str
    en: str

    def told(self, lang: str) -> str:
        """The text in a language."""
        return self.id if lang == "id" else self.en


class Regions(Declared):
    """Every region of a ranking scope (`cities`, `all`, or a list of `warehouse/reference/scopes/`), by code."""

    scope: str

    def codes(self) -> list[str]:
        """The codes, in their order. Raises UnknownName for a scope that there is not."""
        regions = load_reference("region").filter("is_autonomous").select("region_code", "region_type")
        return sorted(scope_named(self.scope).within(regions)["region_code"])


class Part(Declared):
    """Pages of one notebook: one for each combination of the values in `each`, or one alone."""

    name: str
    title: Words
    notebook: str
    parameters: dict[str, Any] = Field(default_factory=dict)
    each: dict[str, list[Any] | Regions] = Field(default_factory=dict)
    page: str = Field(description="file name of a page; {parameter} places are filled")
    heading: Words
    subtitle: Words
    outputs: tuple[OutputKind, ...] | None = Field(None, min_length=1, description="instead of the site's")
    languages: tuple[LanguageCode, ...] | None = Field(None, min_length=1, description="the only ones it is told in")
    paper: Paper = Field("report", description="`sheet`: in PDF on one sheet of paper")


class Site(Declared):
    """A report site; `outputs` and `languages` hold for every part that does not say otherwise.

    `languages` are those that a build makes when none is named: the first at the top of the site's folder, any other
    in a folder of its own name. The front page shows `cities` side by side (`front: cities`), or lists the pages of
    each part (`front: contents`), which suits many regions. `include` names sites whose parts follow the own ones:
    what those sites say of parameters and outputs holds for their parts, and what they leave open is taken from here.
    With `scope: snapshot` the site is about the cities of the snapshot; those that the file lists are the usual ones
    (`reports/site/cities_of_site.py`). With `letters` a build of it writes the letters of its cities too.
    """

    name: str
    title: Words
    subtitle: Words
    parameters: dict[str, Any] = Field(default_factory=dict)
    front: Literal["cities", "contents"] = "cities"
    cities: tuple[str, ...] = ()
    editions: tuple[int, ...] = ()
    parts: tuple[Part, ...] = ()
    include: tuple[str, ...] = ()
    outputs: tuple[OutputKind, ...] = Field(("html",), min_length=1)
    languages: tuple[LanguageCode, ...] = Field(("id",), min_length=1)
    scope: Literal["snapshot"] | None = None
    letters: bool = False
    _own_file: Path | None = PrivateAttr(None)
    _declared: Site | None = PrivateAttr(None)

    @property
    def is_own(self) -> bool:
        """Whether the site is declared in a home, not by the software."""
        return self._own_file is not None

    @property
    def declared(self) -> Site:
        """The site as its file declares it, whatever cities it is about in a snapshot."""
        return self._declared or self

    def about(self, parts: tuple[Part, ...], cities: tuple[str, ...]) -> Site:
        """The site about other cities than its file lists; without any, its front page lists its pages."""
        front = self.front if cities or not self.cities else "contents"
        own = self.model_copy(update={"parts": parts, "cities": cities, "front": front})
        own._declared = self.declared
        return own

    def declared_in(self, file: Path) -> Site:
        """The site as one that a file of a home declares."""
        own = self.model_copy()
        own._own_file = file
        return own

    @property
    def place(self) -> str:
        """The file that declares it."""
        return str(self._own_file) if self._own_file else f"reports/sites/{self.name}.yaml"

    @model_validator(mode="after")
    def _front_has_its_cities(self) -> Self:
        if self.front == "cities" and not (self.cities and self.editions):
            raise ValueRefused("front: cities needs `cities` and `editions`; or write front: contents")
        return self

    @model_validator(mode="after")
    def _has_parts(self) -> Self:
        if not (self.parts or self.include):
            raise ValueRefused("a site needs `parts` of its own or an `include`")
        return self

    def parts_to_include(self) -> tuple[Part, ...]:
        """The parts as another site takes them: each carries what this site declares for it."""
        outputs = self.outputs if "outputs" in self.model_fields_set else None
        return tuple(
            part.model_copy(
                update={"parameters": {**self.parameters, **part.parameters}, "outputs": part.outputs or outputs}
            )
            for part in self.parts
        )


@dataclass(frozen=True)
class Report:
    """One page to be: its notebook, its resolved parameters and where it stands in the site."""

    site: str
    part: str
    page: str
    notebook: str
    parameters: dict[str, Any]
    heading: Words
    subtitle: Words
    outputs: tuple[OutputKind, ...] = ("html",)
    languages: tuple[LanguageCode, ...] | None = None
    paper: Paper = "report"

    def is_told_in(self, lang: str) -> bool:
        """Whether the report exists in a language: in all of them unless its part names the only ones."""
        return self.languages is None or lang in self.languages

    @property
    def file_name(self) -> str:
        """Name of the page's HTML file."""
        return self.file_of("html")

    def file_of(self, output: OutputKind) -> str:
        """Name of the file that an output of this report is written to."""
        return f"{self.page}.{output}"

    def checked(self, home: Home | None = None, /, **more: Any) -> BaseModel:
        """The typed parameters; with `home` those of its own notebooks too. Raises ParameterError, NotebookMissing."""
        values = {**self.parameters, **more}
        return parameters_of(self.notebook, values) if home is None else checked_parameters(self.notebook, values, home)


@cache
def load_sites() -> dict[str, Site]:
    """Every site of the software by its name, with the parts it includes. Raises SiteInvalid with the file."""
    folder = files("reports").joinpath("sites")
    declared = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".yaml")), key=lambda entry: entry.name
    )
    return with_included(
        {entry.name.removesuffix(".yaml"): _site(entry.name, entry.read_text(encoding="utf-8")) for entry in declared}
    )


def with_included(sites: Mapping[str, Site]) -> dict[str, Site]:
    """The sites with the parts of those that they include after their own.

    Raises SiteInvalid for a site that there is not, one that includes itself, and a part name that stands twice.
    """
    return {name: whole_site(name, sites, ()) for name in sites}


def whole_site(name: str, sites: Mapping[str, Site], within: tuple[str, ...] = ()) -> Site:
    """A site with the parts of those that it includes; `within` are the sites that include it. Raises SiteInvalid."""
    site, path = sites[name], (*within, name)
    parts = list(site.parts)
    for other in site.include:
        if other not in sites:
            raise SiteInvalid(
                "Site {site} includes {name}, which there is not",
                next_step="those that exist: {known}",
                place=f"{site.place}: include",
                site=name,
                name=other,
                known=", ".join(sites),
            )
        if other in path:
            raise SiteInvalid(
                "Site {site} includes itself: {path}",
                next_step="take one of them out of `include`",
                place=f"{site.place}: include",
                site=other,
                path=" > ".join((*path, other)),
            )
        parts += whole_site(other, sites, path).parts_to_include()
    names = [part.name for part in parts]
    if twice := sorted({part for part in names if names.count(part) > 1}):
        raise SiteInvalid(
            "Site {site} names a part twice: {parts}",
            next_step="give each part a name of its own, those of included sites too",
            place=f"{site.place}: parts",
            site=name,
            parts=", ".join(twice),
        )
    return site.model_copy(update={"parts": tuple(parts)})


def _site(file_name: str, text: str) -> Site:
    import yaml

    try:
        return Site.model_validate({"name": file_name.removesuffix(".yaml"), **yaml.safe_load(text)})
    except (ValidationError, yaml.YAMLError, TypeError) as error:
        raise SiteInvalid(
            "Site file {file} cannot be used: {cause}",
            next_step="compare it with reports/sites/three_cities.yaml",
            place=f"reports/sites/{file_name}",
            file=file_name,
            cause=reason_of(error),
        ) from error


def site_named(name: str) -> Site:
    """A site of the software. Raises UnknownName with the names that exist."""
    sites = load_sites()
    if name not in sites:
        raise UnknownName(
            "There is no report site {name}", next_step="those that exist: {known}", name=name, known=", ".join(sites)
        )
    return sites[name]


def list_reports(site: str | Site) -> list[Report]:
    """The reports of a site in reading order, parameters resolved: site, then part, then page.

    Raises SiteInvalid when two reports would be written to one page.
    """
    declared = site if isinstance(site, Site) else site_named(site)
    reports = [report for part in declared.parts for report in reports_of_part(declared, part)]
    pages = [report.page for report in reports]
    twice = sorted({page for page in pages if pages.count(page) > 1})
    if twice or "index" in pages:
        raise SiteInvalid(
            "Site {site} names a page twice: {pages}",
            next_step="let `page` name every parameter of `each`; `index` is the front page",
            place=declared.place,
            site=declared.name,
            pages=", ".join(twice or ["index"]),
        )
    return reports


def reports_of_part(site: Site, part: Part) -> Iterator[Report]:
    """The reports of one part of a site. Raises SiteInvalid for a page that cannot be named."""
    choices = [values.codes() if isinstance(values, Regions) else values for values in part.each.values()]
    for values in itertools.product(*choices):
        parameters = {**site.parameters, **part.parameters, **dict(zip(part.each, values, strict=True))}
        words = {
            **parameters,
            "region": resolve_city(str(parameters["city"])).full_name if "city" in parameters else "",
        }
        yield Report(
            site=site.name,
            part=part.name,
            page=_page_name(_filled(part.page, words)),
            notebook=part.notebook,
            parameters=parameters,
            heading=_filled_words(part.heading, words),
            subtitle=_filled_words(part.subtitle, words),
            outputs=part.outputs or site.outputs,
            languages=part.languages,
            paper=part.paper,
        )


def _filled_words(texts: Words, words: Mapping[str, Any]) -> Words:
    return Words(id=_filled(texts.id, words), en=_filled(texts.en, words))


def _filled(text: str, words: Mapping[str, Any]) -> str:
    """A text with its places filled. Raises SiteInvalid for a place that no parameter fills.

    A place is the name of a parameter and nothing more: nothing within a value is reached by it.
    """
    try:
        parts = list(Formatter().parse(text))
    except ValueError as error:
        raise SiteInvalid(
            "{text} has a bracket that is not closed",
            next_step="write a place as {example}",
            text=text,
            example="{city}",
        ) from error
    # A place with more than a name ({city:>99}, {city!r}) is told as it stands: no parameter is called so.
    places = [
        name + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
        for _, name, form, conversion in parts
        if name is not None
    ]
    if unknown := [place for place in places if place not in words]:
        raise SiteInvalid(
            "{text} has a place that no parameter fills: {places}",
            next_step="those that exist: {known}",
            text=text,
            places=", ".join(unknown) or "-",
            known=", ".join(words),
        )
    return text.format(**words)


def _page_name(text: str) -> str:
    """The name of a page's files. Raises SiteInvalid for one that no file can bear."""
    name = hyphenated(text)
    if not name or name in DEVICE_NAMES or len(name) > LONGEST_PAGE:
        raise SiteInvalid(
            "{text} cannot be the name of a page",
            next_step="take letters and digits, at most {most}, and no name of a device (con, nul, com1)",
            text=text,
            most=LONGEST_PAGE,
        )
    return name
