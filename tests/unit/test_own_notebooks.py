"""Notebooks of the home: what the cell of their parameters states, what it may not, and that it is never run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from iga.errors import MendableError
from reports.pages.parameters import ParameterError
from reports.run.notebook import around_page, notebook_path, run_notebook, values_of_page
from reports.run.own_notebooks import (
    NotebookInvalid,
    NotebookMissing,
    checked_parameters,
    content_hash,
    own_notebook,
    own_notebooks,
)
from reports.run.parameter_cell import CellInvalid, model_of_cell
from warehouse.home import Home
from warehouse.language import Language


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home.at(tmp_path / "home")
    home.notebooks.mkdir(parents=True)
    return home


def put(home: Home, name: str, parameters: str | None, *cells: str) -> Path:
    """Write a notebook into the home; `parameters` is the text of its tagged cell."""
    tagged = [] if parameters is None else [nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})]
    others = [nbformat.v4.new_code_cell(cell) for cell in cells]
    path = home.notebooks / f"{name}.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[*tagged, *others]), path)
    return path


def given(source: str, **values: Any) -> dict[str, Any]:
    """What a notebook with this cell is given."""
    return model_of_cell(source, "saya", "saya.ipynb").model_validate(values).model_dump(mode="json")


@pytest.mark.parametrize(
    ("source", "values", "expected"),
    [
        ('city: str = "bengkulu"\nedition: int = 2026', {}, {"city": "bengkulu", "edition": 2026}),
        ('city = "bengkulu"\nedition = 2026', {"city": "33.71", "edition": 2025}, {"city": "33.71", "edition": 2025}),
        ("edition: int | None = None", {}, {"edition": None}),
        ("city: str\nedition: int", {"city": "magelang", "edition": 2024}, {"city": "magelang", "edition": 2024}),
        ("threshold = 70.0\ndeep = True", {"threshold": 5}, {"threshold": 5.0, "deep": True}),
        ("names = ['a']", {"names": ["b", "c"]}, {"names": ["b", "c"]}),
        ('from typing import Literal\n"""Words."""\nkind: Literal["opd", "sd"]', {"kind": "sd"}, {"kind": "sd"}),
        ("pair: tuple[int, ...] = (1, 2)", {}, {"pair": [1, 2]}),
        ("weights: dict[str, float] = {'a': 1}", {}, {"weights": {"a": 1.0}}),
        ("low = high = -1", {"high": 2}, {"low": -1, "high": 2}),
        ("anything = None", {"anything": [1, "a"]}, {"anything": [1, "a"]}),
        ("when: 'str | None' = None", {"when": "2026-08-01"}, {"when": "2026-08-01"}),
    ],
)  # fmt: skip
def test_types_come_from_annotations_and_otherwise_from_values(
    source: str, values: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert given(source, **values) == expected


@pytest.mark.parametrize(
    ("source", "line", "told"),
    [
        ("city = 'bengkulu'\nday = date.today()", 2, "date.today()"),
        ("names = [name for name in 'ab']", 1, "names"),
        ("raw = b'x'", 1, "raw"),
        ("city = 'a'\n\nprint(city)", 3, "only parameters"),
        ("import os", 1, "only parameters"),
        ("a, b = 1, 2", 1, "only parameters"),
        ("city = 'a'\n%load_ext x", 2, "not valid Python"),
        ("x: Decimal = 1", 1, "Decimal"),
        ("x: int = 'a'", 1, "whole number"),
        ("edition = '2026a'", 1, "whole number"),
        ("schema = 1", 1, "schema"),
        ("_hidden = 1", 1, "_hidden"),
        ("\n".join(f"x{number} = 1" for number in range(101)), 101, "100"),
    ],
)
def test_what_is_no_parameter_is_told_with_notebook_and_line(source: str, line: int, told: str) -> None:
    with pytest.raises(CellInvalid) as raised:
        model_of_cell(source, "saya", "/home/notebooks/saya.ipynb")
    message, place, next_step = raised.value.told()
    assert f"Notebook saya, cell tagged parameters, line {line}:" in message and told in message
    assert place == "/home/notebooks/saya.ipynb" and next_step
    assert raised.value.told(Language("id"))[0].startswith(f"Notebook saya, sel bertanda parameters, baris {line}:")


def test_the_text_of_the_cell_is_never_run(home: Home, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    for source in (f"open({str(mark)!r}, 'w')", f"x: open({str(mark)!r}, 'w') = 1", f"x = [open({str(mark)!r}, 'w')]"):
        put(home, "saya", source)
        with pytest.raises(CellInvalid):
            own_notebook("saya", home)
    assert not mark.exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"city": "bengkuluu"}, ["city", "'bengkuluu'", "Kota Bengkulu (17.71)"]),
        ({"edition": 1999}, ["edition", "1999", "2017-2100"]),
        ({"lang": "fr"}, ["lang", "fr", "id, en"]),
        ({"score": "best"}, ["score", "best", "claimed, verified, final"]),
        ({"rulebook": "1999"}, ["rulebook", "1999", "2026"]),
        ({"snapshot": "../x"}, ["snapshot", "../x"]),
        ({"cities": ["magelang", "nowhere"]}, ["cities", "nowhere"]),
        ({"kind": "x"}, ["kind", "'x'", "opd, sd"]),
        ({"threshold": "tinggi"}, ["threshold", "'tinggi'", "number"]),
        ({"treshold": 1}, ["no parameter treshold", "threshold"]),
    ],
)
def test_values_are_checked_as_in_our_notebooks_before_a_kernel_starts(
    change: dict[str, Any], words: list[str], home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reports.run.notebook._executed", lambda *_: pytest.fail("a kernel was started"))
    path = put(
        home,
        "saya",
        "city = 'bengkulu'\nedition = 2026\nlang = 'id'\nscore = 'claimed'\nrulebook = ''\nsnapshot = ''\n"
        "cities = ['magelang']\nthreshold = 70.0\nkind: Literal['opd', 'sd'] = 'opd'",
    )
    with pytest.raises(ParameterError) as raised:
        run_notebook("saya", change, home=home.root)
    assert all(word in str(raised.value) for word in words), str(raised.value)
    assert raised.value.place == str(path) and raised.value.exit_code == 2


def test_a_parameter_without_a_value_must_be_given(home: Home) -> None:
    put(home, "saya", "city: str\nedition: int = 2026")
    with pytest.raises(ParameterError, match="Parameter city of notebook saya is missing"):
        checked_parameters("saya", {}, home)


def test_a_notebook_without_the_cell_takes_nothing_and_is_given_nothing(home: Home) -> None:
    put(home, "saya", None, "1")
    assert values_of_page("saya", {}, home, lang="en", snapshot="abc") == {}
    with pytest.raises(ParameterError, match="no parameter city"):
        checked_parameters("saya", {"city": "bengkulu"}, home)
    put(home, "dua", "lang = 'id'\nedition = 2026", "1")
    assert values_of_page("dua", {"edition": 2025}, home, lang="en", snapshot="abc") == {"edition": 2025, "lang": "en"}
    ours = values_of_page("city_index", {"city": "bengkulu"}, home, lang="en", snapshot="abc")
    assert ours == {"city": "bengkulu", "lang": "en", "snapshot": "abc"}
    assert around_page("en", "abc")["IGA_SNAPSHOT"] == "abc"


def test_a_name_of_ours_means_our_notebook_whatever_lies_in_the_home(home: Home) -> None:
    put(home, "city_index", None, "1 / 0")
    assert own_notebook("city_index", home) is None and "city_index" not in own_notebooks(home)
    assert notebook_path("city_index", home) == notebook_path("city_index")


@pytest.mark.parametrize(
    "name", ["../saya", "notebooks/saya", "..\\saya", "/etc/passwd", "", ".", "saya.ipynb", "SAYA"]
)
def test_a_name_never_leads_out_of_the_folder(name: str, home: Home) -> None:
    put(home, "saya", None)
    (home.root / "saya.ipynb").write_bytes((home.notebooks / "saya.ipynb").read_bytes())
    with pytest.raises(NotebookMissing, match="those that exist: saya, city_index"):
        own_notebook(name, home)


def documents() -> dict[str, str]:
    good: dict[str, Any] = {"nbformat": 4, "metadata": {}, "cells": []}
    tagged = {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": "x = 1"}
    return {
        "damaged": "{",
        "list": "[]",
        "old": json.dumps(good | {"nbformat": 3}),
        "language": json.dumps(good | {"metadata": {"kernelspec": {"language": "R"}}}),
        "twice": json.dumps(good | {"cells": [tagged, tagged]}),
        "cells": json.dumps(good | {"cells": [{"cell_type": "code"}]}),
    }


@pytest.mark.parametrize("fault", documents())
def test_a_file_that_is_no_notebook_of_a_report_is_told(fault: str, home: Home) -> None:
    (home.notebooks / "rusak.ipynb").write_text(documents()[fault], encoding="utf-8")
    with pytest.raises(NotebookInvalid) as raised:
        own_notebook("rusak", home)
    assert raised.value.place.endswith("rusak.ipynb") and raised.value.told()[2]


def test_the_hash_follows_cells_and_modules_beside_and_not_outputs(home: Home) -> None:
    path = put(home, "saya", "edition = 2026", "1 + 1")
    first = content_hash("saya", home)
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="2")]
    nbformat.write(notebook, path)
    assert content_hash("saya", home) == first
    (home.notebooks / "pembantu.py").write_text("ANSWER = 42\n")
    with_module = content_hash("saya", home)
    notebook.cells[1].source = "1 + 2"
    nbformat.write(notebook, path)
    assert len({first, with_module, content_hash("saya", home)}) == 3
    assert content_hash("city_index", home) == ""


def test_a_fault_of_a_home_is_one_that_a_person_can_mend() -> None:
    assert all(issubclass(kind, MendableError) for kind in (CellInvalid, NotebookInvalid, NotebookMissing))
