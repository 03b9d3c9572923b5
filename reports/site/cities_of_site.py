"""The cities that a site is about, and the pages that a snapshot has something for.

A site with `scope: snapshot` is about the cities of the snapshot; the cities that its file lists are the usual ones,
which come first where they are there. Pages of a city or an edition of which the snapshot holds nothing are left out
and told, so that nobody reads a page that says only that there are no data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analysis.contest.results import contests_of
from iga.errors import MendableError, Sentence
from reports.queries import ask
from reports.run.declaration import Part, Report, Site, Words, list_reports
from warehouse import Snapshot
from warehouse.home import Home
from warehouse.region import Region, resolve_city

MOST_CITIES = 12
"""Of a snapshot with more cities, a site is about the usual ones and those that are asked for by name."""

LEAST_TO_COMPARE = 2
FILES, LISTS, INNOVATIONS, LEVELS, PUBLISHED = "files", "lists", "innovations", "levels", "published"
RULED, INDEXED = "ruled", "indexed"
"""Rows of the index: any, which only editions whose rules are known have, and those with bounds."""
Held = dict[tuple[str, int], dict[str, int]]
"""How much a snapshot holds of a region in an edition."""


@dataclass(frozen=True)
class LeftOut:
    """A page of which the snapshot holds nothing, what is missing, and its heading where the page is known."""

    page: str
    cause: Sentence
    heading: Words | None = None


@dataclass(frozen=True)
class Chosen:
    """A site as it is for one snapshot: its pages, those to build now, and those that are left out.

    `left_out` are told to whoever builds: of the cities that were asked for, else of those that the site lists.
    `absent` are all that are left out, whatever was asked for: the front page says the same after every build.
    """

    site: Site
    reports: tuple[Report, ...]
    wanted: tuple[Report, ...]
    left_out: tuple[LeftOut, ...] = ()
    absent: tuple[LeftOut, ...] = ()


def pages_for(
    site: Site, snapshot: Snapshot, home: Home, cities: Sequence[str] = (), built: Iterable[str] = ()
) -> Chosen:
    """Return the pages of a site for a snapshot; `cities` names those whose pages are wanted, otherwise all are.

    `built` are the cities that an earlier build has made pages of: where a snapshot has many, they stay. Raises
    RegionNotFound and RegionAmbiguous for a city that there is not.
    """
    asked = [resolve_city(city) for city in cities]
    held = held_in(snapshot)
    whole = _with_cities(site, held, asked, [resolve_city(city) for city in built])
    reports, left_out = [], []
    for report in list_reports(whole):
        if (cause := _lacking(report, held, home)) is None:
            reports.append(report)
        else:
            left_out.append(LeftOut(report.page, cause, report.heading))
    codes = {region.region_code for region in asked}
    wanted = [report for report in reports if not codes or codes & set(_codes(report))]
    expected = _pages_of(whole, codes) if codes else {report.page for report in list_reports(site)}
    told = [left for left in left_out if left.page in expected]
    there = {code for (code, _), row in held.items() if row[FILES]}
    absent = [region for region in asked if region.region_code not in there]
    told += [
        LeftOut("", Sentence("the snapshot holds no file of {region}", region=region.full_name))
        for region in absent
        if not _pages_of(whole, {region.region_code})
    ]
    return Chosen(whole, tuple(reports), tuple(wanted), tuple(told), tuple(left_out))


def built_cities(facts: Mapping[str, Any]) -> list[str]:
    """Return the cities that the last build of a site has made pages of, as its `build.json` says."""
    named = [str(record["parameters"].get("city", "")) for record in facts.get("reports", ())]
    return list(dict.fromkeys(city for city in named if city))


def seasons_of(reports: Iterable[Report], snapshot: Snapshot) -> tuple[tuple[str, int], ...]:
    """Return the cities of pages, each with its last edition that the snapshot holds innovations of."""
    cities = {
        code: str(report.parameters["city"])
        for report in reports
        if "city" in report.parameters
        for code in _codes(report)
    }
    last: dict[str, int] = {}
    for (code, edition), row in held_in(snapshot).items():
        if code in cities and row[INNOVATIONS]:
            last[code] = max(edition, last.get(code, edition))
    return tuple((cities[code], edition) for code, edition in last.items())


def held_in(snapshot: Snapshot) -> Held:
    """Return how much a snapshot holds of each region and edition."""
    return {
        (row["region_code"], row["edition"]): row
        for row in ask(snapshot, "reports.site", "what_is_there").iter_rows(named=True)
    }


def _with_cities(site: Site, held: Held, asked: list[Region], built: list[Region]) -> Site:
    """The site about its cities; one without a scope about those that it lists, and those that are asked for."""
    usual = {resolve_city(city).region_code: city for city in site.cities or _listed(site)}
    if site.scope is None:
        more = {region.region_code: word_for(region) for region in asked if region.region_code not in usual}
        return _about(site, lambda listed: [*listed, *more.values()]) if more else site
    there = {code for (code, _), row in held.items() if row[FILES]}
    named = [region.region_code for region in (*asked, *built)]
    others = sorted(there - set(usual))
    if len(there) > MOST_CITIES:
        others = sorted(set(named) & there - set(usual)) or ([] if there & set(usual) else others[:MOST_CITIES])
    codes = [*(code for code in usual if code in there), *others]
    words = [usual.get(code) or word_for(resolve_city(code)) for code in codes]
    return _about(site, lambda _listed: words)


def _listed(site: Site) -> list[str]:
    """The cities that the parts of a site list, each once."""
    lists = [part.each["city"] for part in site.parts if isinstance(part.each.get("city"), list)]
    return list(dict.fromkeys(city for listed in lists if isinstance(listed, list) for city in listed))


def _about(site: Site, chosen: Callable[[list[str]], list[str]]) -> Site:
    """The site with other cities in every list of them."""
    cities = tuple(chosen(list(site.cities))) if site.cities else ()
    return site.about(tuple(_part_about(part, chosen) for part in site.parts), cities)


def _part_about(part: Part, chosen: Callable[[list[str]], list[str]]) -> Part:
    changed: dict[str, Any] = {}
    listed = part.each.get("city")
    if isinstance(listed, list):
        changed["each"] = {name: chosen(listed) if name == "city" else values for name, values in part.each.items()}
    if isinstance(part.parameters.get("cities"), list):
        changed["parameters"] = {**part.parameters, "cities": chosen(part.parameters["cities"])}
    return part.model_copy(update=changed) if changed else part


def word_for(region: Region) -> str:
    """Return the word for a region in parameters and names of pages: its name where that means it, or its full name."""
    for word in (region.name.casefold(), region.full_name.casefold()):
        try:
            if resolve_city(word).region_code == region.region_code:
                return word
        except MendableError:
            continue
    return region.region_code


def _codes(report: Report) -> list[str]:
    """The regions that a page is about."""
    city, cities = report.parameters.get("city"), report.parameters.get("cities", ())
    return [resolve_city(str(name)).region_code for name in ([city] if city else cities)]


def _pages_of(site: Site, codes: set[str]) -> set[str]:
    return {report.page for report in list_reports(site) if codes & set(_codes(report))}


NEEDS: dict[str, tuple[str, ...]] = {
    "city_index": (INNOVATIONS, PUBLISHED),
    "mayor_brief": (INNOVATIONS,),
    "weekly_progress": (INNOVATIONS,),
    "next_edition": (INNOVATIONS,),
}
"""What a page of one city and edition needs in the snapshot: one of these."""
OF_RULED_EDITIONS = ("robustness", "index_audit")
"""The notebooks that compute with rules, and so need an edition whose rules are known."""
OTHERS_OF_A_CITY = ("changes", "contest", "portfolio", "explain")


def _lacking(report: Report, held: Held, home: Home) -> Sentence | None:
    """What a page of one of our notebooks lacks; None where there is something to show, or nothing is asked."""
    values = report.parameters
    if "city" not in values:
        return _lacking_of_cities(report, held)
    if report.notebook not in (*NEEDS, *OTHERS_OF_A_CITY):
        return None
    region = resolve_city(str(values["city"]))
    own = {edition: row for (code, edition), row in held.items() if code == region.region_code}
    this = own.get(int(values.get("edition") or 0), {})
    if any(this.get(kind) for kind in NEEDS.get(report.notebook, ())):
        return None
    if not any(row[FILES] for row in own.values()):
        return Sentence("the snapshot holds no file of {region}", region=region.full_name)
    return _lacking_in_season(report, region, own, this, home)


def _lacking_of_cities(report: Report, held: Held) -> Sentence | None:
    """What a page about several cities, or about the nation, lacks."""
    values = report.parameters
    if report.notebook == "robustness" and len(values.get("cities", ())) < LEAST_TO_COMPARE:
        return Sentence("it compares cities, and there are not two")
    if values.get("cities") == []:
        return Sentence("the snapshot holds no file of any of its cities")
    if report.notebook == "index_audit" and not _has_any(report, held, LEVELS):
        return Sentence("the snapshot holds no levels of indicators of its cities")
    if report.notebook == "robustness" and not _has_any(report, held, INNOVATIONS):
        return Sentence("the snapshot holds no innovation of any of its cities")
    if report.notebook in OF_RULED_EDITIONS and not _has_any(report, held, INNOVATIONS, RULED):
        return Sentence("the rules of its editions are not known")
    if report.notebook == "national_ranking" and _is_about_indices_alone(report):
        is_there = any(row[INDEXED] for (_, edition), row in held.items() if edition == values["edition"])
        unknown = Sentence("no region has an index in IGA {edition}", edition=str(values["edition"]))
        return None if is_there else unknown
    return None


def _is_about_indices_alone(report: Report) -> bool:
    """Whether what was published stands on another page of the site, so that a page of the nation has indices alone."""
    holder = report.parameters.get("statements_on")
    return bool(holder) and holder != report.page


def _has_any(report: Report, held: Held, *kinds: str) -> bool:
    """Whether there is something of each of the kinds of any of the cities of a page in one of its editions.

    A page that names no edition is about all of them.
    """
    codes, editions = _codes(report), report.parameters.get("editions")
    return any(
        all(row.get(kind) for kind in kinds)
        for (code, edition), row in held.items()
        if code in codes and (not editions or edition in editions)
    )


def _lacking_in_season(
    report: Report, region: Region, own: dict[int, dict[str, int]], this: dict[str, int], home: Home
) -> Sentence | None:
    """What a page of a city that has files lacks; `this` is what there is of its edition."""
    values = report.parameters
    words = {"region": region.full_name, "edition": str(values.get("edition", ""))}
    match report.notebook:
        case "portfolio":
            is_there = any(row[INNOVATIONS] for row in own.values())
            return None if is_there else Sentence("the snapshot holds no innovation of {region}", **words)
        case "contest":
            is_there = bool(contests_of(region.region_code, int(values["edition"]), home))
            return None if is_there else Sentence("no contest of {region} in {edition} is declared", **words)
        case "changes":
            is_there = this.get(LISTS, 0) > 1
            return None if is_there else Sentence("{region} has not sent two exports for IGA {edition}", **words)
        case "explain":
            years = [values["from_edition"], values["to_edition"]]
            words["edition"] = next((str(year) for year in years if not own.get(year, {}).get(INNOVATIONS)), "")
            if not words["edition"]:
                return None
    return Sentence("the snapshot holds no innovation of {region} in IGA {edition}", **words)
