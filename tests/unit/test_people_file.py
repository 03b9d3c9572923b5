"""Contacts and mentors from a workbook: the file of assignments is filled in, and what stands in it stays."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from analysis.season.assignment import read_assignments
from tests.city_files import workbook
from warehouse.errors import DataFileInvalid
from warehouse.home import Home
from workbench.people_file import take_people

REGISTER = pl.DataFrame(
    [("u1", "D1", "Dinas Kesehatan", None), ("u2", "P1", "Puskesmas Anggut", "u1"), ("u3", "D2", "Dinas Sosial", None)],
    schema=("unit_id", "unit_code", "name", "parent_unit_id"),
    orient="row",
)


def test_a_workbook_of_people_fills_what_is_empty(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    home.create()
    path = home.root / "assignments" / "17.71.csv"
    path.parent.mkdir()
    path.write_text("unit;contact;mentor;catatan\nD1;Ani;;penting\n", encoding="utf-8")
    assert read_assignments(home, "17.71", REGISTER).contacts == {"u1": "Ani", "u2": "Ani"}
    content = workbook(
        [
            ("DAFTAR PENDAMPING", None, None, None),
            ("Perangkat Daerah", "Narahubung", "Pendamping", "Telepon"),
            ("Dinas Kesehatan", "Budi", "Citra", "08123"),
            ("p1", None, "Dedi", None),
        ]
    )
    taken = take_people(home, "17.71", REGISTER, content, "orang.xlsx")
    assert (taken.added, taken.filled, taken.differing) == (1, 3, ("orang.xlsx:3 contact",))
    assert path.read_text(encoding="utf-8-sig").splitlines() == [
        "unit;contact;mentor;catatan;phone", "D1;Ani;Citra;penting;08123", "P1;;Dedi;;",
    ]  # fmt: skip
    people = read_assignments(home, "17.71", REGISTER)
    assert (people.contacts, people.mentors) == ({"u1": "Ani", "u2": "Ani"}, {"u1": "Citra", "u2": "Dedi"})
    before = path.read_bytes()
    assert take_people(home, "17.71", REGISTER, content, "orang.xlsx").filled == 0
    with pytest.raises(DataFileInvalid, match="Dinas Antah"):
        take_people(home, "17.71", REGISTER, workbook([("unit", "mentor"), ("Dinas Antah", "Eka")]), "orang.xlsx")
    assert path.read_bytes() == before
