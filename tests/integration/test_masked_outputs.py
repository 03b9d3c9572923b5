"""Numbers and names of people in titles and notes reach no page, no document, no workbook and no panel."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from pypdf import PdfReader

from analysis import open_snapshot
from analysis.panel import read_panel, write_panel
from reports.site.site_builder import build_site
from tests.city_files import innovation, load, portal_list, put
from tests.conftest import Ran
from warehouse.disk import write_text
from warehouse.home import Home

NOW = datetime(2026, 8, 11, 12, tzinfo=UTC)
FORBIDDEN = re.compile(r"1771024101900003|17\.71\.02\.410190|812.?3456.?7890|aminah80|Sulastri|Wahyuningtyas")
TITLE = "SEHATI (pasien a.n. Sulastri Wahyuningtyas NIK 1771024101900003)"
NOTED = "SIMPEL hubungi 0812-3456-7890 atau aminah80@contoh.id"
SITE = """\
title: {id: Uji, en: Trial}
subtitle: {id: Uji, en: Trial}
front: contents
languages: [id]
outputs: [html, pdf, xlsx, ipynb]
parts:
  - {name: a, title: {id: A, en: A}, notebook: city_index, page: kota, heading: {id: A, en: A},
     subtitle: {id: A, en: A}, parameters: {city: bengkulu, edition: 2026}}
"""


@pytest.fixture
def home(empty_home: Home) -> Home:
    faulty = innovation("Rusak NIK 17.71.02.410190.0003", score="NIK 1771024101900003")
    put(
        empty_home,
        "bengkulu/2026/a.xlsx",
        portal_list(innovation(TITLE), innovation(NOTED), faulty, innovation("Lain")),
    )
    load(empty_home)
    write_text(empty_home.sites / "uji.yaml", SITE)
    return empty_home


def text_of(path: Path) -> str:
    """All text of a file that a reader of it could see or search."""
    content = path.read_bytes()
    if path.suffix == ".pdf":
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    if path.suffix in (".xlsx", ".docx"):
        with zipfile.ZipFile(path) as archive:
            return "\n".join(archive.read(name).decode("utf-8", errors="replace") for name in archive.namelist())
    if path.suffix == ".parquet":
        return json.dumps(pl.read_parquet(path).to_dicts(), default=str)
    return content.decode("utf-8", errors="replace")


def test_no_output_of_a_page_or_a_panel_holds_them_and_the_snapshot_keeps_them(home: Home, tmp_path: Path) -> None:
    built = build_site("uji", home=home.root, now=NOW)
    assert built.exit_code == 0, built.outcomes
    files = [path for path in built.path.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} >= {".html", ".pdf", ".xlsx", ".ipynb"}
    with open_snapshot(home=home.root) as snapshot:
        files += write_panel(read_panel(snapshot), tmp_path / "panel")
        assert TITLE in snapshot.sql("select title_original from submission")["title_original"]
    assert [path.name for path in files if FORBIDDEN.search(text_of(path))] == []
    assert "disamarkan]" in text_of(built.path / "kota.html")  # the rows are there, without what is not for everyone


def test_letters_name_nobody_unless_asked_and_asking_is_on_record(home: Home, iga: Callable[..., Ran]) -> None:
    log = home.runs / "personal_log.csv"
    assert iga("letters", "bengkulu", "2026", home=home.root).exit_code == 0
    assert [path.name for path in (home.root / "letters").rglob("*.*") if FORBIDDEN.search(text_of(path))] == []
    assert not log.exists()
    assert iga("letters", "bengkulu", "2026", "--names", home=home.root).exit_code == 0
    assert log.read_text(encoding="utf-8").splitlines()[1].endswith(",iga letters --names,bengkulu,2026")


def test_the_commands_erase_seal_and_lay_back(
    home: Home, iga: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IGA_FORGOTTEN", str(tmp_path / "user.jsonl"))
    monkeypatch.setenv("IGA_PASSPHRASE", "kata sandi panjang")
    copy, new = tmp_path / "b.age", tmp_path / "new"
    assert iga("backup", str(copy), "--encrypt", home=home.root).exit_code == 0
    erased = iga("forget", "person", "Sulastri Wahyuningtyas", "1771024101900003", "--yes", home=home.root)
    assert erased.exit_code == 0, erased.err
    assert "Not reached: older backups" in erased.err
    laid_back = iga("restore", str(copy), "--home", str(new))
    assert laid_back.exit_code == 0, laid_back.err
    assert "erased again" in laid_back.err
    with open_snapshot(home=new) as snapshot:
        assert not FORBIDDEN.search(
            str(snapshot.sql("select title_original from submission where title like 'SEHATI%'"))
        )
    monkeypatch.setenv("IGA_PASSPHRASE", "salah sekali")
    assert iga("restore", str(copy), "--home", str(tmp_path / "third")).exit_code == 15
