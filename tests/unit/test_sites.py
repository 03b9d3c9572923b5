"""Site files: what a declaration resolves to, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from reports.pages.registry import REGISTRY
from reports.render.outputs import WRITERS
from reports.run.declaration import Site, SiteInvalid, list_reports, with_included
from reports.site.site_builder import load_sites
from warehouse.errors import UnknownName

WORDS = {"id": "{region} {edition}", "en": "{region} {edition}"}
PLAIN = {"id": "Uji", "en": "Trial"}


def site(*parts: dict[str, Any], **more: Any) -> Site:
    base = {"title": PLAIN, "notebook": "city_index", "heading": WORDS, "subtitle": PLAIN, "page": "{city}-{edition}"}
    declared = [{"name": f"part-{place}", **base, **part} for place, part in enumerate(parts)]
    return Site.model_validate(
        {"name": "trial", "title": PLAIN, "subtitle": PLAIN, "front": "contents", "parts": declared, **more}
    )


def test_outputs_languages_and_parameters_resolve_inward() -> None:
    each = {"city": ["bengkulu"], "edition": [2026]}
    inherited, own = list_reports(
        site(
            {"each": each},
            {
                "each": {**each, "edition": [2025]},
                "outputs": ["pdf"],
                "languages": ["en"],
                "parameters": {"score": "final"},
            },
            outputs=["html", "xlsx"],
            languages=["id", "en"],
            parameters={"score": "verified"},
        )
    )
    assert (inherited.outputs, own.outputs) == (("html", "xlsx"), ("pdf",))
    assert (inherited.parameters["score"], own.parameters["score"]) == ("verified", "final")
    assert [inherited.is_told_in(lang) for lang in ("id", "en")] == [True, True]
    assert [own.is_told_in(lang) for lang in ("id", "en")] == [False, True]
    assert own.heading.told("id") == "Kota Bengkulu 2025" and own.file_of("pdf") == "bengkulu-2025.pdf"


def test_a_part_may_cover_every_region_of_a_scope() -> None:
    reports = list_reports("every_region")
    assert len(reports) == len({report.page for report in reports}) == 546
    cities = list_reports(site({"each": {"city": {"scope": "cities"}, "edition": [2026]}}))
    assert {report.page for report in cities} >= {"17-71-2026", "18-71-2026", "33-71-2026"}
    assert all(report.heading.told("id").startswith("Kota") for report in cities)
    with pytest.raises(UnknownName):
        list_reports(site({"each": {"city": {"scope": "moon"}, "edition": [2026]}}))


def test_every_declared_site_can_be_written_and_its_parameters_are_allowed() -> None:
    for declared in load_sites().values():
        for report in list_reports(declared)[:40]:
            assert set(report.outputs) <= set(WRITERS)
            report.checked()


@pytest.mark.parametrize(
    "more",
    [{"outputs": []}, {"outputs": ["docx"]}, {"languages": ["fr"]}, {"colour": "red"}, {"front": "cities"}],
)
def test_what_no_site_may_say(more: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        site({"each": {"city": ["bengkulu"], "edition": [2026]}}, **more)


def test_two_reports_of_one_page_are_refused() -> None:
    each = {"city": ["bengkulu", "Kota Bengkulu"], "edition": [2026]}
    with pytest.raises(SiteInvalid, match="twice"):
        list_reports(site({"each": each, "page": "{edition}"}))


def sites(**included: Site) -> dict[str, Site]:
    return with_included({name: one.model_copy(update={"name": name}) for name, one in included.items()})


EACH = {"city": ["bengkulu"], "edition": [2026]}


def test_an_included_part_follows_its_own_site_first_and_then_the_including_one() -> None:
    told = sites(
        inner=site({"name": "plain", "each": EACH, "page": "a"}, outputs=["pdf"], parameters={"score": "verified"}),
        bare=site({"name": "bare", "each": EACH, "page": "b"}, {"name": "own", "each": EACH, "outputs": ["ipynb"]}),
        outer=site(
            {"name": "first", "each": EACH, "page": "c"},
            include=["inner", "bare"],
            outputs=["xlsx"],
            parameters={"score": "final", "rulebook": "2026"},
        ),
        outermost=site(include=["outer"]),
    )
    found = {report.part: report for report in list_reports(told["outer"])}
    assert list(found) == ["first", "plain", "bare", "own"]
    assert [found[name].outputs for name in found] == [("xlsx",), ("pdf",), ("xlsx",), ("ipynb",)]
    assert [found[name].parameters["score"] for name in found] == ["final", "verified", "final", "final"]
    assert {report.parameters["rulebook"] for report in found.values()} == {"2026"}
    assert {report.site for report in found.values()} == {"outer"}
    outermost = {report.part: (report.outputs, report.parameters) for report in list_reports(told["outermost"])}
    assert outermost == {part: (report.outputs, report.parameters) for part, report in found.items()}
    assert [report.part for report in list_reports(told["bare"])] == ["bare", "own"]


@pytest.mark.parametrize(
    ("includes", "cause"),
    [
        ({"a": ["b"], "b": ["c"], "c": ["b"]}, "b > c > b"),
        ({"a": ["a"]}, "a > a"),
        ({"a": ["moon"]}, "moon, which there is not"),
        ({"a": ["b", "c"], "b": [], "c": []}, "a part twice: part-0"),
    ],
)
def test_an_include_that_cannot_be_is_refused_with_its_place(includes: dict[str, list[str]], cause: str) -> None:
    declared = {name: site({"each": EACH}, include=names) for name, names in includes.items()}
    with pytest.raises(SiteInvalid, match=cause) as refused:
        sites(**declared)
    assert str(refused.value.place).startswith("reports/sites/")


def test_the_site_of_the_demo_shows_every_notebook_about_cities() -> None:
    of_own_tables = {report.notebook for report in list_reports("own_index")}
    assert of_own_tables == {"own_index"}  # made-up districts: no page among those of cities
    assert {report.notebook for report in list_reports("three_cities")} == set(REGISTRY) - of_own_tables
