"""Notebook parameters are typed, and checked before a kernel starts."""

from __future__ import annotations

import ast
import itertools
import json
from datetime import date
from typing import Any

import pytest

from reports.pages.city_index.parameters import CityIndexParameters
from reports.pages.compare_cities.parameters import CompareCitiesParameters
from reports.pages.explain.parameters import ExplainParameters
from reports.pages.parameters import ParameterError
from reports.pages.registry import REGISTRY, parameters_of
from reports.run.kernel.specification import KERNEL_NAME
from reports.run.notebook import notebook_path, run_notebook

GOOD = {
    "city_index": {"city": "bengkulu", "edition": 2026},
    "next_edition": {"city": "bengkulu", "edition": 2026},
    "changes": {"city": "bengkulu", "edition": 2026, "since": "2026-07-15"},
    "contest": {"city": "bengkulu", "edition": 2024},
    "portfolio": {"city": "bengkulu"},
    "compare_cities": {"cities": ["bengkulu", "33.71"], "editions": [2025, 2026]},
    "robustness": {"cities": ["bengkulu", "33.71"], "editions": [2026]},
    "index_audit": {"cities": ["bengkulu", "33.71"], "editions": [2026]},
    "research_panel": {"cities": ["bengkulu", "33.71"], "editions": [2019, 2020]},
    "national_ranking": {"edition": 2026},
    "mayor_brief": {"city": "bengkulu", "edition": 2026},
    "weekly_progress": {"city": "bengkulu", "edition": 2026},
    "explain": {"city": "bandar lampung", "from_edition": 2025, "to_edition": 2026},
    "own_index": {"table": "kecamatan.csv", "structure": "struktur.csv", "decimal": ","},
}


@pytest.mark.parametrize("notebook", REGISTRY)
def test_good_parameters_pass(notebook: str) -> None:
    checked = parameters_of(notebook, GOOD[notebook])
    assert (checked.score, checked.lang, checked.rulebook, checked.snapshot) == ("claimed", "id", "", "")


@pytest.mark.parametrize(
    ("notebook", "change", "told"),
    [
        ("city_index", {"cty": "bengkulu"}, ["city_index", "cty", "edition"]),
        ("city_index", {"edition": "dua"}, ["city_index", "edition", "'dua'", "2017-2100"]),
        ("city_index", {"edition": 1999}, ["edition", "1999"]),
        ("city_index", {"city": "bengkuluu"}, ["city", "bengkuluu", "Bengkulu"]),
        ("city_index", {"score": "best"}, ["score", "best", "claimed, verified, final"]),
        ("city_index", {"lang": "fr"}, ["lang", "fr", "id, en"]),
        ("city_index", {"rulebook": "1999"}, ["rulebook", "1999", "2026"]),
        ("city_index", {"snapshot": "../x"}, ["snapshot", "../x"]),
        ("compare_cities", {"cities": []}, ["compare_cities", "cities"]),
        ("compare_cities", {"cities": ["magelang", "nowhere"]}, ["cities", "nowhere"]),
        ("compare_cities", {"city": "magelang"}, ["city", "cities"]),
        ("explain", {"rules_from": "1999"}, ["rules_from", "1999", "2026"]),
        ("explain", {"from_edition": 1999}, ["from_edition", "1999"]),
        ("own_index", {"draws": 5}, ["own_index", "draws", "100-200000"]),
        ("own_index", {"decimal": ";"}, ["decimal", "';'"]),
    ],
)
def test_a_wrong_parameter_is_named_with_what_is_allowed(
    notebook: str, change: dict[str, Any], told: list[str]
) -> None:
    with pytest.raises(ParameterError) as raised:
        parameters_of(notebook, {**GOOD[notebook], **change})
    assert all(word in str(raised.value) for word in told), str(raised.value)


def test_a_day_where_a_year_is_asked_for_is_told_as_it_was_written() -> None:
    with pytest.raises(ParameterError) as refused:
        parameters_of("city_index", {"city": "bengkulu", "edition": date(2026, 1, 1)})
    assert "does not take 2026-01-01" in str(refused.value)


def test_a_missing_parameter_is_named() -> None:
    with pytest.raises(ParameterError, match="edition"):
        parameters_of("city_index", {"city": "bengkulu"})


def test_an_unknown_notebook_is_named_with_those_that_exist() -> None:
    with pytest.raises(ParameterError, match="city_index"):
        parameters_of("city_indeks", {})


def test_a_wrong_parameter_starts_no_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.run.notebook._executed", lambda *_: pytest.fail("a kernel was started"))
    with pytest.raises(ParameterError):
        run_notebook("city_index", {"city": "bengkulu", "edition": 2026, "extra": 1})


@pytest.mark.parametrize(
    ("notebook", "model"),
    [("city_index", CityIndexParameters), ("compare_cities", CompareCitiesParameters), ("explain", ExplainParameters)],
)
def test_the_notebook_opens_with_defaults_that_pass(notebook: str, model: type) -> None:
    cells = json.loads(notebook_path(notebook).read_text(encoding="utf-8"))["cells"]
    tagged = [cell for cell in cells if "parameters" in cell["metadata"].get("tags", [])]
    assert len(tagged) == 1
    defaults = {
        statement.targets[0].id: ast.literal_eval(statement.value)
        for statement in ast.parse("".join(tagged[0]["source"])).body
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
    }
    assert set(defaults) == set(model.model_fields)
    assert parameters_of(notebook, defaults).model_dump(mode="json") == defaults


@pytest.mark.parametrize("notebook", REGISTRY)
def test_notebooks_are_clean(notebook: str) -> None:
    document = json.loads(notebook_path(notebook).read_text(encoding="utf-8"))
    code = [cell for cell in document["cells"] if cell["cell_type"] == "code"]
    assert document["metadata"]["kernelspec"]["name"] == KERNEL_NAME
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert all(len("".join(cell["source"]).splitlines()) <= 14 for cell in code)
    assert all("select " not in "".join(cell["source"]).casefold() for cell in code)


@pytest.mark.parametrize("notebook", REGISTRY)
@pytest.mark.parametrize("lang", ["id", "en"])
def test_headings_stand_in_order(notebook: str, lang: str) -> None:
    document = json.loads(notebook_path(notebook).read_text(encoding="utf-8"))
    other = "lang-en" if lang == "id" else "lang-id"
    levels = [
        len(line) - len(line.lstrip("#"))
        for cell in document["cells"]
        if cell["cell_type"] == "markdown" and other not in cell["metadata"].get("tags", [])
        for line in "".join(cell["source"]).splitlines()
        if line.startswith("#")
    ]
    assert levels[0] == 1
    assert all(later <= earlier + 1 for earlier, later in itertools.pairwise(levels))
    assert levels.count(1) == 1
