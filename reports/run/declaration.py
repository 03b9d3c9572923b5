"""Report sites as they are declared in `reports/sites/*.yaml`, and the reports that each declaration amounts to."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from analysis.index.scope import scope_named
from iga.errors import ValueRefused
from iga.reasons import reason_of
from reports.pages.parameters import NotebookParameters
from reports.pages.registry import parameters_of
from warehouse.errors import ExitCode, UnknownName, WorkbenchError
from warehouse.reference import load_reference
from warehouse.region import resolve_city

OutputKind = Literal["html", "pdf", "xlsx", "ipynb"]
"""What one run of a notebook can be written as; reports/render/outputs.py holds a writer for each."""

LanguageCode = Literal["id", "en"]

Paper = Literal["report", "sheet"]
"""How a report is set in PDF: as one of many pages with contents and annex, or on one sheet."""


class SiteInvalid(WorkbenchError):
    """A site file lacks something, holds or includes something unknown, or names one page or part twice."""

    exit_code = ExitCode.USAGE


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

    def checked(self, **more: Any) -> NotebookParameters:
        """The typed parameters. Raises ParameterError."""
        return parameters_of(self.notebook, {**self.parameters, **more})


@cache
def load_sites() -> dict[str, Site]:
    """Every declared site by its name, with the parts it includes. Raises SiteInvalid with the file and the place."""
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
    return {name: _whole(name, sites, ()) for name in sites}


def _whole(name: str, sites: Mapping[str, Site], within: tuple[str, ...]) -> Site:
    site, path = sites[name], (*within, name)
    parts = list(site.parts)
    for other in site.include:
        if other not in sites:
            raise SiteInvalid(
                "Site {site} includes {name}, which there is not",
                next_step="those that exist: {known}",
                place=f"{_place(name)}: include",
                site=name,
                name=other,
                known=", ".join(sites),
            )
        if other in path:
            raise SiteInvalid(
                "Site {site} includes itself: {path}",
                next_step="take one of them out of `include`",
                place=f"{_place(name)}: include",
                site=other,
                path=" > ".join((*path, other)),
            )
        parts += _whole(other, sites, path).parts_to_include()
    names = [part.name for part in parts]
    if twice := sorted({part for part in names if names.count(part) > 1}):
        raise SiteInvalid(
            "Site {site} names a part twice: {parts}",
            next_step="give each part a name of its own, those of included sites too",
            place=f"{_place(name)}: parts",
            site=name,
            parts=", ".join(twice),
        )
    return site.model_copy(update={"parts": tuple(parts)})


def _place(name: str) -> str:
    return f"reports/sites/{name}.yaml"


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
    """A declared site. Raises UnknownName with the names that exist."""
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
    reports = [report for part in declared.parts for report in _reports_of(declared, part)]
    pages = [report.page for report in reports]
    twice = sorted({page for page in pages if pages.count(page) > 1})
    if twice or "index" in pages:
        raise SiteInvalid(
            "Site {site} names a page twice: {pages}",
            next_step="let `page` name every parameter of `each`; `index` is the front page",
            place=_place(declared.name),
            site=declared.name,
            pages=", ".join(twice or ["index"]),
        )
    return reports


def _reports_of(site: Site, part: Part) -> Iterator[Report]:
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
            page=slug(part.page.format(**words)),
            notebook=part.notebook,
            parameters=parameters,
            heading=Words(id=part.heading.id.format(**words), en=part.heading.en.format(**words)),
            subtitle=Words(id=part.subtitle.id.format(**words), en=part.subtitle.en.format(**words)),
            outputs=part.outputs or site.outputs,
            languages=part.languages,
            paper=part.paper,
        )


def slug(text: str) -> str:
    """A file name of lower-case letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")
