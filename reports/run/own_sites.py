"""Report sites of a home: `<home>/sites/*.yaml`, beside those of the software, which never change with them.

They are read anew whenever they are asked for. A fault in one file stops the sites that need that file and no others;
it is told with the line and what to do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from iga.errors import MendableError, Sentence
from reports.run.declaration import Report, Site, list_reports, load_sites, reports_of_part, whole_site
from reports.run.site_file import Place, SiteFile, SiteInvalid, read_site_file
from warehouse.errors import UnknownName
from warehouse.home import Home


@dataclass(frozen=True)
class SiteFault:
    """A site file of a home that cannot be used: the name that its site would have, and why."""

    name: str
    path: Path
    error: MendableError


@dataclass(frozen=True)
class Sites:
    """The sites that can be built, by name, and the files of the home that cannot be used."""

    usable: dict[str, Site]
    faults: tuple[SiteFault, ...] = ()


def sites_of_home(home: Home) -> Sites:
    """Read the sites of the software and those of a home, as their files are now."""
    shipped = load_sites()
    # What a site of the software includes is in its parts already.
    known = {name: site.model_copy(update={"include": ()}) for name, site in shipped.items()}
    read: dict[str, tuple[SiteFile, Site]] = {}
    faults: list[SiteFault] = []
    for path in own_site_files(home):
        try:
            file = read_site_file(path)
            read[path.stem] = file, _own_site(file, shipped)
        except MendableError as error:
            faults.append(SiteFault(path.stem, path, error))
    known |= {name: site for name, (_, site) in read.items()}
    unusable = {fault.name: fault.error for fault in faults if fault.name not in shipped}
    usable = dict(shipped)
    for name, (file, _) in read.items():
        try:
            usable[name] = _checked_site(name, file, known, unusable, home)
        except MendableError as error:
            faults.append(SiteFault(name, file.path, error))
    return Sites(usable, tuple(sorted(faults, key=lambda fault: fault.path.name)))


def site_of_home(name: str, home: Home) -> Site:
    """Return a site of the software or of a home.

    Raises UnknownName with the names that exist, and the fault of a file of the home that cannot be used.
    """
    if name in load_sites():
        return load_sites()[name]
    sites = sites_of_home(home)
    for fault in sites.faults:
        if fault.name == name:
            raise fault.error
    if name not in sites.usable:
        raise UnknownName(
            "There is no report site {name}",
            next_step="those that exist: {known}",
            name=name,
            known=", ".join(sites.usable),
        )
    return sites.usable[name]


def fault_of_same_name(name: str, home: Home) -> SiteFault | None:
    """Return the file of a home that has the name of one of our sites, which is built instead; None without one.

    A release may bring a site of a name that a home has used: then its people must be told.
    """
    if name not in load_sites() or not (home.sites / f"{name}.yaml").is_file():
        return None
    return next((fault for fault in sites_of_home(home).faults if fault.path.name == f"{name}.yaml"), None)


def names_of_sites(home: Home) -> list[str]:
    """Return the names of all sites, without reading any file: for the completion of a command."""
    return sorted({*load_sites(), *(path.stem for path in own_site_files(home))})


_SITE_FILE = re.compile(r"[^.].*\.ya?ml(\.txt)?", re.IGNORECASE)
"""What is taken for a site file, rightly named or not; Notepad adds .txt to a name."""


def own_site_files(home: Home) -> list[Path]:
    """The site files of a home, in the order of their names."""
    try:
        return sorted(path for path in home.sites.iterdir() if _SITE_FILE.fullmatch(path.name) and path.is_file())
    except OSError:
        return []


def _own_site(file: SiteFile, shipped: Mapping[str, Site]) -> Site:
    name = file.path.stem
    if name in shipped:
        raise SiteInvalid(
            "Site file {file}: a site of this name comes with the software, and stays as it is",
            next_step="rename the file, for example {wanted}; `include: [{name}]` takes over its parts",
            place=str(file.path),
            file=file.path.name,
            wanted=f"{name}_2.yaml",
            name=name,
        )
    file.check_codes()
    values = {**file.values, "name": name}
    if "name" in file.values:
        cause = Sentence("there is no key {key}", key="name")
        raise file.fault(("name",), cause, Sentence("leave it out: a site is called as its file"))
    try:
        site = Site.model_validate(values)
    except ValidationError as error:
        raise file.slip(Site, error) from error
    return site.declared_in(file.path)


def _checked_site(
    name: str, file: SiteFile, known: Mapping[str, Site], unusable: Mapping[str, MendableError], home: Home
) -> Site:
    """The whole site, each of its pages resolved and its parameters checked. Raises the first fault with its line."""
    own = known[name]
    for number, other in enumerate(own.include):
        if other in unusable:
            cause = Sentence(
                "it includes {name}, which cannot be used: {cause}", name=other, cause=unusable[other].what
            )
            raise file.fault(("include", number), cause, Sentence("mend that file first"))
    try:
        whole = whole_site(name, known)
    except SiteInvalid as error:
        raise file.from_error(error, ("include",) if own.include else ("parts",)) from error
    for number, part in enumerate(whole.parts):
        at: Place = ("parts", number) if number < len(own.parts) else ("include",)
        try:
            for report in reports_of_part(whole, part):
                _check_report(report, file, at, home)
        except SiteInvalid as error:
            if error.place.startswith(str(file.path)):
                raise
            raise file.from_error(error, _place_of_text(file, at, str(error.values.get("text", "")))) from error
        except MendableError as error:  # a city or a scope that there is not
            raise file.from_error(error, _place_of_region(file, at)) from error
    try:
        list_reports(whole)
    except SiteInvalid as error:
        raise file.from_error(error, ("parts",)) from error
    return whole


def _check_report(report: Report, file: SiteFile, at: Place, home: Home) -> None:
    """Raise what is wrong with the parameters of a page, with the line of the value or of its part."""
    try:
        report.checked(home)
    except MendableError as error:
        name = str(error.values.get("name", ""))
        if name not in report.parameters:
            raise file.from_error(error, (*at, "notebook")) from error
        place = _place_of_value(file, at, name, report.parameters[name])
        if (fault := file.misread(place)) and _takes(report, name, str(file.nodes[place].value), home):
            raise fault from error
        raise file.from_error(error, place) from error


def _takes(report: Report, name: str, text: str, home: Home) -> bool:
    """Whether the notebook of a page takes a text as the value of a parameter."""
    try:
        report.checked(home, **{name: text})
    except MendableError:
        return False
    return True


def _place_of_value(file: SiteFile, at: Place, name: str, value: Any) -> Place:
    """Where a page's value of a parameter stands: in `each`, in the part's parameters, or in those of the site."""
    part = file.values["parts"][at[1]] if at[0] == "parts" else {}
    choices = part.get("each", {}).get(name)
    if isinstance(choices, list) and value in choices:
        return (*at, "each", name, choices.index(value))
    own = (*at, "parameters", name)
    return own if own in file.nodes else ("parameters", name)


def _place_of_text(file: SiteFile, at: Place, text: str) -> Place:
    """Where a text of a part stands; the page's name where it stands nowhere as it is."""
    places = (place for place, node in file.nodes.items() if place[: len(at)] == at and node.value == text)
    return next(places, (*at, "page"))


def _place_of_region(file: SiteFile, at: Place) -> Place:
    """Where a part says which regions it is about."""
    places = ((*at, "each", "city"), (*at, "parameters", "city"), ("parameters", "city"))
    return next((place for place in places if place in file.nodes), at)
