"""A marked-up workbook comes back: only the rows that the sender changed speak, and the first observation stays."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from analysis import open_snapshot
from etl.outgoing.return_to_sender import write_returns
from etl.publish import LoadResult, ingest
from tests.city_files import exported, html_export, put
from warehouse.errors import InputHeld
from warehouse.home import Home
from workbench.commands.ingest import ingest as command

SEASON = "bengkulu/2026"
FIRST = [exported("1", "Satu", "50,00"), exported("2", "Dua", "60,00"), exported("3", "Tiga", "kosong")]
NEXT = [exported("1", "Satu", "55,00"), exported("2", "Dua", "65,00"), exported("4", "Empat", "40,00")]


def receive(home: Home, day: int, **files: bytes) -> LoadResult:
    for name, content in files.items():
        put(home, f"{SEASON}/{name}.xls", content)
    return ingest(home, today=date(2026, 7, day))


def changed(path: Path, **cells: Any) -> bytes:
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[1]
    for place, value in cells.items():
        sheet[place] = value
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def scores(home: Home, day: date | None = None) -> dict[str, int]:
    with open_snapshot(home=home.root, as_of=day) as snapshot:
        return dict(snapshot.sql("select title, claimed_score::integer from submission").iter_rows())


def test_only_the_changed_rows_of_a_returned_workbook_speak(empty_home: Home) -> None:
    first = receive(empty_home, 1, satu=html_export(*FIRST))
    (written,) = write_returns(empty_home, first.receipts, first.quarantine)
    receive(empty_home, 5, dua=html_export(*NEXT))
    assert scores(empty_home) == {"Satu": 55, "Dua": 65, "Empat": 40}

    content = changed(written.path, E5="70,00", B4="Dua Yang Baru")
    (empty_home.inbox / SEASON / "kembali.xlsx").write_bytes(content)
    back = ingest(empty_home, today=date(2026, 7, 9))
    receipt = back.receipts.filter(back.receipts["file_name"].str.ends_with("kembali.xlsx")).row(0, named=True)
    assert (receipt["coverage"], receipt["accepted_count"], receipt["merged_count"]) == ("correction", 2, 1)
    # Satu was not touched: the later export's 55 stands. Dua's title was corrected, Tiga's score was filled in.
    # Of Dua only the title was changed, so that its score is still that of the later export.
    assert scores(empty_home) == {"Satu": 55, "Dua Yang Baru": 65, "Empat": 40, "Tiga": 70}
    assert scores(empty_home, date(2026, 7, 8)) == {"Satu": 55, "Dua": 65, "Empat": 40}
    with open_snapshot(home=empty_home.root) as snapshot:
        seen = snapshot.sql("select title from observation where external_id = '2' order by received_date")
        assert seen["title"].to_list() == ["Dua", "Dua", "Dua Yang Baru"]
        assert snapshot.sql("select count(*) from quarantine where rule = 'number_invalid'").item() == 1


def test_a_returned_workbook_that_nobody_changed_changes_nothing(empty_home: Home) -> None:
    first = receive(empty_home, 1, satu=html_export(*FIRST))
    (written,) = write_returns(empty_home, first.receipts, first.quarantine)
    receive(empty_home, 5, dua=html_export(*NEXT))
    (empty_home.inbox / SEASON / "kembali.xlsx").write_bytes(written.path.read_bytes())
    ingest(empty_home, today=date(2026, 7, 9))
    assert scores(empty_home) == {"Satu": 55, "Dua": 65, "Empat": 40}


def test_a_file_without_permission_is_held_and_the_others_go_on(
    empty_home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put(empty_home, f"{SEASON}/terkunci.xls", html_export(exported("1", "Satu")))
    put(empty_home, f"{SEASON}/terbuka.xls", html_export(exported("2", "Dua")))
    opened = Path.open

    def refused(path: Path, *options: Any, **more: Any) -> Any:
        if path.name == "terkunci.xls":
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *options, **more)

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(InputHeld, match=r"terkunci\.xls"):
        command(paths=None, home=empty_home.root, lang="en")
    told = capsys.readouterr()
    assert "terkunci.xls" in told.out and "Permission denied" in told.err
    assert "Beri izin baca" in " ".join(told.err.split())
    assert scores(empty_home) == {"Dua": 70}
    assert ingest(empty_home, today=date(2026, 7, 1)).held["file_name"].to_list() == [f"{SEASON}/terkunci.xls"]
    monkeypatch.undo()
    assert ingest(empty_home, today=date(2026, 7, 2)).held.is_empty()
