"""The desk on a real server: its pages, tables, jobs, files, confirmations, and what it refuses."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

import pytest
from openpyxl import Workbook, load_workbook

from analysis import open_snapshot
from tests.conftest import EXAMPLES
from tests.desk_server import DeskProcess
from warehouse.home import Home
from workbench.desk.pages.page_list import PAGES

SEASON = "city=17.71&edition=2026&on=2026-08-09"
EVIL = "<img src=x onerror=alert(1)> & {{7*7}} =cmd"


@pytest.fixture(scope="module")
def desk(example_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskProcess]:
    """A desk over a copy of the example home."""
    home = tmp_path_factory.mktemp("desk") / "home"
    shutil.copytree(example_home, home)
    server = DeskProcess(home).start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def empty_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskProcess]:
    """A desk over an empty home."""
    server = DeskProcess(tmp_path_factory.mktemp("empty-desk") / "home").start()
    yield server
    server.kill()


@pytest.mark.parametrize("name", [name for name in PAGES if name != "columns"])
def test_a_page_is_shown_with_its_own_policy_and_asks_for_nothing_elsewhere(desk: DeskProcess, name: str) -> None:
    reply = desk.ask("GET", f"{name}?{SEASON}")
    assert reply.status == 200, reply.text[:2000]
    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert not re.search(r"(?:src|href|action)=[\"']?(?:https?:)?//", reply.text)
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|style=", reply.text)


@pytest.mark.parametrize("name", [name for name in PAGES if name != "columns"])
def test_before_anything_is_loaded_a_page_says_so(empty_desk: DeskProcess, name: str) -> None:
    reply = empty_desk.ask("GET", name)
    assert reply.status in (200, 404), reply.text[:2000]
    assert "Traceback" not in reply.text
    assert "Kesalahan perangkat lunak" not in reply.text


def test_the_first_page_says_what_the_commands_say(desk: DeskProcess) -> None:
    page = desk.ask("GET", f"?{SEASON}").text
    with open_snapshot(home=desk.home) as snapshot:
        index = snapshot.index("17.71", 2026).frame.row(0, named=True)
        first = snapshot.plan_list("17.71", 2026, on=date(2026, 8, 9)).for_people()
    assert str(index["iid_lower"]).replace(".", ",") in page
    assert ">5<" in page  # days until 14 August
    actions = desk.ask("GET", f"api/actions?{SEASON}").told["actions"]
    assert len(actions) == 3
    assert actions[0]["what"] in " ".join(first.row(0))


def test_day_and_threshold_hold_for_every_page(desk: DeskProcess) -> None:
    strict = desk.ask("GET", f"readiness?{SEASON}&threshold=99").text
    mild = desk.ask("GET", f"readiness?{SEASON}&threshold=10,5").text
    count = re.compile(r'href="#below-threshold">[^<]*<span class="count">([\d.]+)')
    found = [int(found.group(1).replace(".", "")) for page in (strict, mild) if (found := count.search(page))]
    assert found[0] > found[1]
    assert 'name="on" value="2026-08-09"' in strict
    assert "threshold=99" in strict


@pytest.mark.parametrize("query", ["on=tomorrow", "threshold=x", "threshold=-1", "threshold=NaN", "city=Atlantis"])
def test_an_address_that_asks_nothing_sensible_is_told_so(desk: DeskProcess, query: str) -> None:
    reply = desk.ask("GET", f"readiness?{query}")
    assert reply.status in (400, 404)
    assert 'role="alert"' in reply.text


def test_a_table_is_whole_as_data_csv_and_workbook(desk: DeskProcess) -> None:
    path = f"api/tables/readiness/units.{{}}?{SEASON}"
    data = desk.ask("GET", path.format("json")).told
    assert data["count"] == 215
    csv = desk.ask("GET", path.format("csv"))
    assert csv.headers["content-disposition"].startswith("attachment")
    assert len(csv.body.decode("utf-8-sig").splitlines()) == 216
    book = load_workbook(io.BytesIO(desk.ask("GET", path.format("xlsx")).body))
    assert book.worksheets[1].max_row == 216
    only = desk.ask("GET", f"{path.format('csv')}&v.q=puskesmas&v.s=unit_name:desc").body.decode("utf-8-sig")
    shown = only.splitlines()[1:]
    assert 0 < len(shown) < 215
    assert all("puskesmas" in line.casefold() for line in shown)


def test_a_login_is_asked_for_everywhere_but_for_script_and_style(desk: DeskProcess) -> None:
    for path in [*PAGES, "api/jobs", "api/events", "api/actions", "reports/x/index.html", "zip/letters", "letters/x"]:
        assert desk.ask("GET", path, token=None).status in (302, 403), path
    for path in ("api/jobs", "api/confirm/unit", "api/what-if", "api/jobs/x/cancel"):
        assert desk.ask("POST", path, {}, token=None).status == 403, path
    assert desk.ask("PUT", "api/files/bengkulu/2026/a.xlsx", b"x", token=None).status == 403
    assert not list(Home.at(desk.home).inbox.rglob("a.xlsx"))


@pytest.mark.parametrize(
    "path",
    [
        "reports/../current.json", "reports/%2e%2e/current.json", "reports/..%2fcurrent.json", "letters/../home.lock",
        "returns/%2e%2e/archive", "jobs/../../current.json", "jobs/x/../../current.json", "reports/.hidden/index.html",
        "backups/..%5ccurrent.json", "snapshots/x.duckdb", "archive/x", "reports/C:%5cx",
        "static/../server_extension.py", "static/%2e%2e/people.py", "zip/reports/../snapshots", "zip/reports/%2e%2e",
    ],
)  # fmt: skip
def test_no_other_file_of_the_home_is_handed_out(desk: DeskProcess, path: str) -> None:
    assert desk.ask("GET", path).status in (403, 404)


@pytest.mark.parametrize(
    ("name", "lies"),
    [
        ("ekspor%20baru.xls", "ekspor baru.xls"),
        ("..%2f..%2fevil.xls", "evil.xls"),
        ("a%5c..%5cb.xls", "b.xls"),
        ("%2e%2e", "berkas"),
        ("CON.xls", None),
        (quote('x"<>|*?.xls'), None),
        ("x" * 300 + ".xls", None),
        (quote("نام फ़ाइल 😀.xls"), None),
    ],
)
def test_a_file_of_any_name_lies_in_the_folder_of_its_season_and_nowhere_else(
    desk: DeskProcess, name: str, lies: str | None
) -> None:
    inbox = Home.at(desk.home).inbox
    before = {path for path in desk.home.rglob("*") if path.is_file()}
    reply = desk.ask("PUT", f"api/files/magelang/2019/{name}", b"content")
    assert reply.status == 201, reply.text
    new = {path for path in desk.home.rglob("*") if path.is_file()} - before
    laid = [path for path in new if "jobs" not in path.parts and ".lab" not in path.parts]
    assert [path.parent for path in laid] == [inbox / "magelang" / "2019"]
    assert lies is None or laid[0].name == lies
    assert laid[0].read_bytes() == b"content"
    laid[0].unlink()


def test_a_file_of_no_city_is_refused(desk: DeskProcess) -> None:
    assert desk.ask("PUT", "api/files/Atlantis/2026/a.xls", b"x").status == 404
    assert desk.ask("PUT", "api/files/bengkulu/20x6/a.xls", b"x").status == 400


def test_reports_are_shown_in_a_world_of_their_own(desk: DeskProcess) -> None:
    folder = desk.home / "reports" / "trial"
    folder.mkdir(parents=True)
    (folder / "index.html").write_text("<h1>x</h1><script>1</script>", encoding="utf-8")
    (folder / "a b.pdf").write_bytes(b"%PDF-1.7")
    (folder / "list.xlsx").write_bytes(b"PK")
    page = desk.ask("GET", "reports/trial/index.html")
    assert page.status == 200
    assert page.headers["content-security-policy"].startswith("sandbox allow-scripts")
    assert "allow-same-origin" not in page.headers["content-security-policy"]
    assert desk.ask("GET", "reports/trial/a%20b.pdf").headers["content-type"] == "application/pdf"
    assert desk.ask("GET", "reports/trial/list.xlsx").headers["content-disposition"].startswith("attachment")
    names = zipfile.ZipFile(io.BytesIO(desk.ask("GET", "zip/reports/trial").body)).namelist()
    assert names == ["trial/a b.pdf", "trial/index.html", "trial/list.xlsx"]
    shutil.rmtree(folder)


def test_what_if_is_the_plan_s_own_arithmetic(desk: DeskProcess) -> None:
    from analysis.planning.scenario import LevelChange, Scenario
    from analysis.planning.what_if import WhatIf

    with open_snapshot(home=desk.home) as snapshot:
        season = WhatIf(snapshot.season("17.71", 2026), snapshot)
    number = next(number for number, level in season.frames.spd_levels().items() if level == 2)
    change = LevelChange(innovation="", indicator=number, level=3)
    wanted = season.outcome(Scenario(name="x", level=(change,))).iid_lower
    asked = {"levels": [{"of": "", "indicator": number, "level": 3}]}
    told = desk.ask("POST", f"api/what-if?{SEASON}", asked).told
    assert told["after"]["iid"] == str(wanted).replace(".", ",")
    assert told["change"].startswith("+")
    refused = desk.ask("POST", f"api/what-if?{SEASON}", {"levels": [{"of": "", "indicator": "x", "level": 3}]})
    assert refused.status == 400
    weighed = desk.ask("POST", f"api/what-if?{SEASON}", {"weights": [{"indicator": "21", "points": 4.5}]}).told
    from analysis.planning.scenario import TriedWeight

    tried = season.outcome(Scenario(name="x", weight=(TriedWeight(indicator="21", points=Decimal("4.50")),)))
    assert weighed["after"]["low"] == float(tried.iid_lower or 0)
    one = str(season.frames.submissions["submission_id"][0])
    alone = desk.ask("POST", f"api/what-if?{SEASON}", {"with_holding": True, "hold": [one]}).told
    assert alone["after"]["innovations"] == "273"
    held = desk.ask("POST", f"api/what-if?{SEASON}", {"with_holding": True, "hold_below": "40"}).told
    assert any("wajib dilaporkan" in note for note in held["notes"])


def test_a_kept_scenario_is_never_overwritten(desk: DeskProcess) -> None:
    asked = {"levels": [], "name": "Coba <b>", "keep": True}
    names = [desk.ask("POST", f"api/what-if?{SEASON}", asked).told["name"] for _ in range(2)]
    assert len(set(names)) == 2
    assert "Coba" in desk.ask("GET", f"api/tables/what-if/kept.json?{SEASON}").text


def test_a_load_of_an_unknown_list_is_confirmed_once_and_read(desk: DeskProcess) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Nama Terobosan Kami", "Pengusul Kegiatan", "Skor Akhir Diri", "Catatan"])
    for number in range(12):
        sheet.append([f"{EVIL} nomor {number}", "Dinas Kesehatan", 50 + number, "-"])
    stream = io.BytesIO()
    book.save(stream)
    assert desk.ask("PUT", "api/files/Kota%20Metro/2025/daftar-kami.xlsx", stream.getvalue()).status == 201
    load = desk.run("load")
    assert load["state"] == "partly", load
    assert "daftar-kami.xlsx" in " ".join(load["held"])
    files = desk.ask("GET", f"files?{SEASON}").text
    sha = re.search(r"columns\?[^\"]*file=([0-9a-f]{64})", files)
    assert sha, "the held file offers no confirmation"
    answers = {
        "c.Nama Terobosan Kami": "title",
        "c.Pengusul Kegiatan": "unit_name",
        "c.Skor Akhir Diri": "claimed_score",
    }
    query = "&".join(f"{quote(name)}={value}" for name, value in answers.items())
    page = desk.ask("GET", f"columns?file={sha.group(1)}&{query}").text
    assert re.search(r"<div>50([.,]00)?</div>", page), page
    kept = desk.ask("POST", "api/confirm/columns", {"file": sha.group(1), **answers})
    assert kept.status == 200, kept.text
    assert desk.run("load")["state"] == "done"
    shown = desk.ask("GET", "api/tables/innovations/innovations.json?city=Kota+Metro&edition=2025").told
    assert shown["count"] == 12
    page = desk.ask("GET", "innovations?city=Kota+Metro&edition=2025").text
    assert "<img src=x" not in page
    undone = desk.run("undo", file=next(name for name in load["held"] if "daftar-kami" in name))
    assert undone["state"] == "done", undone


def test_words_and_names_are_confirmed_and_what_means_nothing_is_refused(desk: DeskProcess) -> None:
    wrong = desk.ask("POST", "api/confirm/unit", {"city": "bengkulu", "name": "Dinas X", "unit": "no-such-unit"})
    assert wrong.status == 404
    kept = desk.ask("POST", "api/confirm/unit", {"city": "bengkulu", "name": "Dinas X", "unit": "not_ours"})
    assert kept.told == {"kept": "not_ours"}
    word = desk.ask("POST", "api/confirm/word", {"field": "stage", "word": "Sudah jalan", "meaning": "implementation"})
    assert word.told == {"kept": "implementation"}
    assert desk.ask("POST", "api/confirm/word", {"field": "stage", "word": "y", "meaning": "flying"}).status == 404


def test_a_job_outlives_its_server_and_is_there_again(desk: DeskProcess) -> None:
    job = desk.ask("POST", "api/jobs", {"kind": "readiness", "parameters": {"city": "17.71", "edition": "2026"}}).told
    desk.kill()
    desk.start()
    ended = desk.ended(job["id"])
    assert ended["state"] == "done", ended
    assert [file["name"] for file in ended["files"]] == ["17.71-2026-kesiapan.xlsx"]
    book = load_workbook(io.BytesIO(desk.ask("GET", ended["files"][0]["path"]).body))
    assert len(book.sheetnames) > 5
    again = desk.ask("POST", f"api/jobs/{job['id']}/again").told
    assert desk.ended(again["id"])["state"] == "done"
    assert desk.ask("GET", f"api/jobs/{job['id']}/log").status == 200
    assert desk.ask("POST", "api/jobs/nothing/cancel").status == 404


def test_a_job_that_is_cancelled_leaves_the_home_as_it_was(desk: DeskProcess) -> None:
    before = (desk.home / "current.json").read_bytes()
    job = desk.ask("POST", "api/jobs", {"kind": "report", "parameters": {"site": "city", "city": "17.71"}}).told
    assert desk.ask("POST", f"api/jobs/{job['id']}/cancel").status == 200
    assert desk.ended(job["id"])["state"] == "cancelled"
    assert (desk.home / "current.json").read_bytes() == before


def test_the_example_s_inbox_is_the_example(desk: DeskProcess) -> None:
    """What the tests above laid down has gone: the figures of the three cities stand."""
    assert (EXAMPLES / "inbox" / "bengkulu").is_dir()
    with open_snapshot(home=desk.home) as snapshot:
        assert {"Kota Bengkulu", "Kota Magelang", "Kota Bandar Lampung"} <= set(snapshot.cities)


def test_a_document_laid_before_the_clinic_is_checked_on_its_page(desk: DeskProcess) -> None:
    """A design of one part: it stands in the home under its season, and the page names what it lacks."""
    text = b"Dasar Hukum\nPeraturan Daerah Nomor 1 Tahun 2024 <b>tentang</b> inovasi daerah.\n"
    address = "api/documents/17.71/2026/rancang%20bangun.txt"
    assert desk.ask("PUT", f"{address}?kind=design&innovation=", text).status == 201
    assert (desk.home / "clinic" / "17.71" / "2026" / "0" / "design" / "rancang bangun.txt").read_bytes() == text
    page = desk.ask("GET", "clinic?city=17.71&edition=2026").text
    assert "rancang bangun.txt" in page
    rows = desk.ask("GET", "api/tables/clinic/documents.json?city=17.71&edition=2026").text
    assert "rancang bangun.txt" in rows and "metode" in rows.lower()
    for kind, innovation in (("letter", ""), ("design", "../x"), ("design", "a" * 65)):
        assert desk.ask("PUT", f"{address}?kind={kind}&innovation={innovation}", text).status == 400


def test_evidence_is_laid_down_on_its_page(desk: DeskProcess) -> None:
    """A file of a folder stands at its path in the season's evidence; what is hostile is refused in words."""
    text = b"Standar Operasional Prosedur"
    address = "api/evidence/17.71/2026/"
    reply = desk.ask("PUT", f"{address}SIPATEN/28%20SOP.txt?lang=id", text)
    assert (reply.status, reply.told["path"]) == (201, "SIPATEN/28 SOP.txt")
    assert (desk.home / "evidence" / "17.71" / "2026" / "SIPATEN" / "28 SOP.txt").read_bytes() == text
    assert desk.ask("PUT", f"{address}SIPATEN/Thumbs.db?lang=id", b"x").told == {
        "path": "", "reason": "Berkas milik sistem operasi", "aside": 0,
    }  # fmt: skip
    assert desk.ask("PUT", f"{address}A.zip", b"PK\x03\x04").status == 400
    assert desk.ask("PUT", f"{address}..%2F..%2Fx.pdf", b"x").status == 400
    assert "webkitdirectory" in desk.ask("GET", "evidence?city=17.71&edition=2026").text
