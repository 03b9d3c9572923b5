"""Outputs fail one by one: what could be made is there, and everyone who reads of the page is told what is missing."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zlib import crc32

import nbformat
import pytest

import reports.site.site_builder as site_module
from etl.publish import ingest
from reports.render import pdf, typesetting
from reports.render.outputs import WRITERS, Finished, OutputFailed
from reports.run.declaration import Part, Site, Words
from reports.shown.refused import ShownRefused
from reports.site.build_facts import stale_pages
from reports.site.site_builder import SiteBuild, build_site
from tests.city_files import exported, html_export, put
from tests.conftest import TODAY, Ran
from warehouse.errors import HomeUnusable
from warehouse.home import Home
from warehouse.language import Language
from warehouse.snapshot import current_snapshot_id
from workbench.lab import jobs
from workbench.schedule import run as run_module
from workbench.schedule.mail import message_of
from workbench.schedule.plan import MailPlan, SchedulePlan
from workbench.schedule.run import run_schedule
from workbench.schedule.status import RunStatus, told_in_words

NOW = datetime(2026, 8, 10, 6, 30, tzinfo=UTC)
SAME = Words(id="Uji {edition}", en="Trial {edition}")
ALL = ("html", "pdf", "xlsx", "ipynb")


def trial_site(*outputs: str, editions: tuple[int, ...] = (2026, 2025)) -> Site:
    words = Words(id="Uji", en="Trial")
    part = Part(
        name="pages",
        title=words,
        notebook="city_index",
        parameters={"city": "bengkulu"},
        each={"edition": list(editions)},
        page="uji-{edition}",
        heading=SAME,
        subtitle=words,
    )
    told = outputs or ALL
    return Site(name="uji", title=words, subtitle=words, front="contents", parts=(part,), outputs=told)  # type: ignore[arg-type]


class Notebooks:
    """Stands for the kernels: each notebook shows its edition and what it is told to show beside it."""

    def __init__(self) -> None:
        self.shown: dict[int, str] = {}

    def __call__(self, _name: str, values: dict[str, Any], **_options: Any) -> Any:
        text = f"## Edisi {values['edition']}\n\n{values['snapshot']} {self.shown.get(values['edition'], '')}"
        return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text)])


def refusing(template: str, name: str, data: dict[str, Any]) -> bytes:
    """Stand for a typesetter whose fonts lack an emoji and a control character: those that ship have a box for each."""
    told = json.dumps(data, ensure_ascii=False)
    if sign := next((sign for sign in ("😀", "\\u0007") if sign in told), ""):
        named = sign.replace("\\u0007", "\\u{7}")
        raise typesetting._refused(template, f'the text `"{named}"` could not be displayed')
    return typesetting.typeset(template, name, data)


@pytest.fixture
def notebooks(monkeypatch: pytest.MonkeyPatch) -> Notebooks:
    notebooks = Notebooks()
    monkeypatch.setattr(pdf, "typeset", refusing)
    monkeypatch.setattr(site_module, "run_notebook", notebooks)
    return notebooks


@pytest.fixture
def home(example_home: Path, tmp_path: Path) -> Home:
    for folder in ("archive", "lake", "snapshots"):
        shutil.copytree(example_home / folder, tmp_path / "home" / folder)
    shutil.copy2(example_home / "current.json", tmp_path / "home")
    return Home.at(tmp_path / "home")


def built(home: Home, site: Site | None = None, **options: Any) -> SiteBuild:
    return build_site(site or trial_site(), home=home.root, now=NOW, **options)


def page(home: Home, name: str) -> str:
    return (home.reports / "uji" / name).read_text(encoding="utf-8")


def files(home: Home) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (home.reports / "uji").iterdir() if path.name != "build.json"}


def facts(home: Home) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(page(home, "build.json"))
    return told


def failing(kind: Exception) -> Callable[[Finished], list[str]]:
    def write(run: Finished) -> list[str]:
        (run.folder / run.report.file_of("pdf")).write_bytes(b"%PDF- half")
        raise kind

    return write


def test_a_refused_pdf_leaves_the_other_files_and_is_told_wherever_the_page_is(
    home: Home, notebooks: Notebooks
) -> None:
    whole = built(home)
    assert whole.exit_code == 0
    good = files(home)
    shutil.rmtree(home.reports / "uji")

    notebooks.shown = {2026: "😀"}
    partly = built(home)
    assert [(outcome.status, outcome.missing) for outcome in partly.outcomes] == [("partly", ("pdf",)), ("built", ())]
    assert partly.exit_code == 8 and partly.outcomes[0].exit_code == 8
    assert "😀 (U+1F600)" in partly.outcomes[0].cause and "emoji" in partly.outcomes[0].next_step
    told = page(home, "uji-2026.html")
    assert "Halaman ini tidak lengkap." in told and "uji-2026.pdf tidak ada." in told
    assert "😀 (U+1F600)" in told and "emoji" in told
    assert 'href="uji-2026.pdf"' not in told and 'href="uji-2026.xlsx"' in told and "😀" in told
    assert set(files(home)) == set(good) - {"uji-2026.pdf"}
    front = page(home, "index.html")
    assert "Uji 2026 (PDF): " in front and "tidak ada berkas terdahulu" in front and "emoji" in front
    assert 'href="uji-2026.pdf"' not in front and 'href="uji-2026.xlsx"' in front and 'href="uji-2025.pdf"' in front
    [failure] = facts(home)["failures"]
    assert (failure["page"], failure["missing"]) == ("uji-2026", ["pdf"]) and "emoji" in failure["next_step"]
    [first, second] = facts(home)["reports"]
    assert set(first["files"]) == {f"uji-2026.{kind}" for kind in ("html", "xlsx", "ipynb")} and "earlier" not in first
    assert set(second["files"]) == {f"uji-2025.{kind}" for kind in ALL}
    current = str(current_snapshot_id(home))
    assert stale_pages(trial_site(), current, home.reports / "uji", home, NOW) == ["uji-2026"]

    notebooks.shown = {}
    assert built(home, only=["uji-2026"]).exit_code == 0
    assert files(home) == good and facts(home)["failures"] == []


def test_an_earlier_pdf_stands_under_the_snapshot_that_it_is_of(home: Home, notebooks: Notebooks) -> None:
    built(home)
    before, good = str(current_snapshot_id(home)), files(home)
    put(home, "bengkulu/2026/kedua.xls", html_export(exported("901", "Satu lagi")))
    ingest(home, today=TODAY)
    after = str(current_snapshot_id(home))
    assert after != before

    notebooks.shown = {2026: "\u0007"}
    assert built(home).outcomes[0].missing == ("pdf",)
    told = page(home, "uji-2026.html")
    assert after in told and f"dari snapshot {before}, bukan milik halaman ini" in told and "U+0007" in told
    assert told.count('href="uji-2026.pdf"') == 1, "the notice links it, the downloads do not"
    assert files(home)["uji-2026.pdf"] == good["uji-2026.pdf"]
    front = page(home, "index.html")
    assert 'href="uji-2026.pdf"' not in front and "berkas dari pembangunan terdahulu masih ada" in front
    record = facts(home)["reports"][0]
    assert (record["snapshot_id"], record["earlier"]) == (after, {"uji-2026.pdf": before})
    assert "uji-2026.pdf" not in record["files"]

    again = built(home, only=["uji-2025"])
    assert again.exit_code == 0, "what is told of a page that was not tried is no failure of this build"
    assert facts(home)["reports"][0] == record and facts(home)["failures"][0]["missing"] == ["pdf"]
    assert "Uji 2026 (PDF): " in page(home, "index.html") and 'href="uji-2026.pdf"' not in page(home, "index.html")
    assert built(home).outcomes[0].missing == ("pdf",)
    assert facts(home)["reports"][0]["earlier"] == {"uji-2026.pdf": before}, "it is still of the first snapshot"


def test_an_earlier_file_is_not_mailed_as_if_it_were_new(home: Home, notebooks: Notebooks) -> None:
    built(home)
    notebooks.shown = {2026: "😀"}
    built(home)
    plan = MailPlan(host="x", sender="a@b", recipients=("c@d",), attach=("uji/*.pdf", "uji/uji-2026.xlsx", "*.html"))
    (home.reports / "status.html").write_text("x", encoding="utf-8")
    message = message_of(plan, RunStatus("incomplete", NOW.isoformat()), home, Language("id"))
    attached = [part.get_filename() for part in message.iter_attachments()]
    assert attached == ["status.html", "uji-2025.pdf", "uji-2026.xlsx"]
    body = message.get_body()
    assert body is not None and "berkas dari pembangunan terdahulu: uji-2026.pdf" in body.get_content()


@pytest.mark.parametrize(
    ("kind", "cause", "advice"),
    [
        (RuntimeError("boom"), "RuntimeError: boom", "laporkan pesan ini"),
        (MemoryError(), "memori tidak cukup", "--jobs 1"),
        (PermissionError(errno.EACCES, "denied"), "PDF tidak dapat ditulis", "izin"),
        (OutputFailed("The disk is full; the last good reports stand", next_step="take it out"), "Disk penuh", "hapus"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_advice_is_that_of_the_kind_of_failure(
    kind: Exception, cause: str, advice: str, home: Home, notebooks: Notebooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(WRITERS, "pdf", failing(kind))
    outcome = built(home, limit=1).outcomes[0]
    assert outcome.missing == ("pdf",) and cause in outcome.cause and advice in outcome.next_step
    assert cause in page(home, "uji-2026.html") and advice in page(home, "uji-2026.html")
    assert "uji-2026.pdf" not in files(home), "half a file is none"


def test_several_missing_outputs_are_told_each(
    home: Home, notebooks: Notebooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(WRITERS, "pdf", failing(RuntimeError("pdf boom")))
    monkeypatch.setitem(WRITERS, "xlsx", failing(RuntimeError("xlsx boom")))
    outcome = built(home, limit=1).outcomes[0]
    assert outcome.missing == ("pdf", "xlsx") and outcome.exit_code == 8
    assert "pdf boom" in outcome.cause and "xlsx boom" in outcome.cause
    told = page(home, "uji-2026.html")
    assert "uji-2026.pdf tidak ada." in told and "uji-2026.xlsx tidak ada." in told
    assert "(PDF, XLSX): " in page(home, "index.html")


def test_a_full_disk_stops_the_build_and_the_old_site_stands(
    home: Home, notebooks: Notebooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    built(home, limit=1)
    good = files(home)
    monkeypatch.setitem(WRITERS, "pdf", failing(OSError(errno.ENOSPC, "No space left on device")))
    with pytest.raises(HomeUnusable, match="disk is full"):
        built(home, limit=1)
    assert {**files(home), "index.html": b""} == {**good, "index.html": b""}


def test_a_page_that_cannot_be_written_fails_as_a_whole(
    home: Home, notebooks: Notebooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    built(home, limit=1)
    good = files(home)
    notebooks.shown = {2026: "baru"}
    monkeypatch.setitem(
        WRITERS, "html", failing(ShownRefused(kind="gambar", cause="rusak", next_step="buat lagi", cell=3))
    )
    outcome = built(home, limit=1).outcomes[0]
    assert (outcome.status, outcome.cell, outcome.missing) == ("kept", 3, ())
    assert {**files(home), "index.html": b""} == {**good, "index.html": b""}


def test_without_a_page_one_output_is_enough_and_none_is_a_failure(
    home: Home, notebooks: Notebooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(WRITERS, "pdf", failing(RuntimeError("boom")))
    partly = built(home, trial_site("pdf", "xlsx"), limit=1)
    assert (partly.outcomes[0].status, partly.pages) == ("partly", ("uji-2026",))
    assert '<a href="uji-2026.xlsx">Uji 2026</a>' in page(home, "index.html")
    failed = built(home, trial_site("pdf"), limit=1)
    assert failed.outcomes[0].status == "failed" and "boom" in failed.outcomes[0].cause


def test_it_stops_the_build_where_that_was_asked_for(
    home: Home, notebooks: Notebooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(WRITERS, "pdf", failing(RuntimeError("boom")))
    partly = built(home, jobs=1, continue_on_error=False)
    assert [outcome.status for outcome in partly.outcomes] == ["partly", "left"]


def test_the_schedule_is_not_done_while_a_file_is_missing(
    home: Home, notebooks: Notebooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "site_of_home", lambda _name, _home: trial_site())
    monkeypatch.setattr(site_module, "site_of_home", lambda _name, _home: trial_site())
    plan = SchedulePlan(sites=("uji",))

    def run(day: int) -> Any:
        at = NOW + timedelta(days=day)
        return run_schedule(home, plan, clock=lambda: at, cell_seconds=60, tell=lambda _: None)

    notebooks.shown = {2026: "😀"}
    first = run(0)
    assert (first.state, first.sites[0].state, first.sites[0].exit_code, first.sites[0].pages_built) == (
        "incomplete", "incomplete", 8, 1
    )  # fmt: skip
    [failure] = first.sites[0].failures
    assert (failure.page, failure.missing) == ("uji-2026", ("pdf",))
    told = (home.reports / "status.html").read_text(encoding="utf-8")
    assert "Uji 2026 (PDF): " in told and "emoji" in told and "selesai, tetapi tidak semuanya dapat dibangun" in told
    assert any("Uji 2026 (PDF): " in line and "emoji" in line for line in told_in_words(first, Language("id")))
    second = run(1)
    assert second.sites[0].failures[0].since == failure.since
    notebooks.shown = {}
    assert (run(2).state, run(3).sites[0].state) == ("done", "unchanged")


def test_the_report_of_the_start_page_is_made_without_its_pdf(
    home: Home, notebooks: Notebooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reports.run.notebook.run_notebook", notebooks)
    whole = jobs.make_report("bengkulu", 2026, home=home.root)
    assert [path.suffix for path in whole] == [".html", ".pdf"]
    notebooks.shown = {2026: "😀"}
    assert [path.suffix for path in jobs.make_report("bengkulu", 2026, home=home.root)] == [".html"]
    told = whole[0].read_text(encoding="utf-8")
    assert "berkas dari pembangunan terdahulu, bukan milik halaman ini" in told and whole[1].is_file()
    assert [path.name for path in whole[0].parent.iterdir() if path.name.startswith(".")] == []


def test_the_command_ends_with_what_is_missing_and_what_to_do(home: Home, iga: Callable[..., Ran]) -> None:
    home.sites.mkdir()
    home.notebooks.mkdir()
    cells = [
        nbformat.v4.new_code_cell("edition: int", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(
            "from analysis import open_snapshot\nfrom IPython.display import Image, Markdown, display\n"
            "from pembantu import face, torn\n"
            "display(Markdown(f'{edition} {face} {open_snapshot().language.code}'), Image(data=torn))"
        ),
    ]
    # A PNG whose body is no picture: a browser leaves its place empty, a PDF cannot be made of it.
    pieces = ((b"IHDR", bytes.fromhex("00000001000000010806000000")), (b"IDAT", b"rusak"), (b"IEND", b""))
    chunks = (len(body).to_bytes(4) + kind + body + crc32(kind + body).to_bytes(4) for kind, body in pieces)
    torn = b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
    helper = f"face = '\\N{{GRINNING FACE}}'\ntorn = {torn!r}\n"
    (home.notebooks / "pembantu.py").write_text(helper, encoding="utf-8")
    nbformat.write(nbformat.v4.new_notebook(cells=cells), home.notebooks / "wajah.ipynb")
    site = """
        title: {id: Uji, en: Trial}
        subtitle: {id: Uji, en: Trial}
        front: contents
        outputs: [html, pdf, xlsx]
        languages: [id, en]
        parts:
          - {name: a, title: {id: A, en: A}, notebook: wajah, each: {edition: [2026]}, page: wajah,
             heading: {id: Wajah, en: Face}, subtitle: {id: Uji, en: Trial}}
    """
    (home.sites / "wajah.yaml").write_text(site, encoding="utf-8")
    ran = iga("report", "build", "wajah", home=home.root, lang="id")
    assert ran.exit_code == 8, ran.err
    assert "2 halaman kekurangan berkas" in ran.err and "PNG atau SVG" in ran.err
    assert "dibangun sebagian" in ran.out and "PDF" in ran.out and "gambar" in ran.out
    ran = iga("report", "build", "wajah", "--format", "json", home=home.root)
    rows = json.loads(ran.out)
    assert [(row["report"], row["lang"], row["status"], row["missing"]) for row in rows] == [
        ("wajah", "id", "partly", "pdf"), ("wajah", "en", "partly", "pdf")
    ]  # fmt: skip
    assert all(row["next_step"] for row in rows)
    folder = home.reports / "wajah"
    assert "2026 \N{GRINNING FACE} id" in (folder / "wajah.html").read_text(encoding="utf-8")
    assert "2026 \N{GRINNING FACE} en" in (folder / "en" / "wajah.html").read_text(encoding="utf-8")
    assert (folder / "wajah.xlsx").is_file() and not (folder / "wajah.pdf").exists()
    assert set(json.loads((folder / "build.json").read_text(encoding="utf-8"))["own_notebooks"]) == {"wajah"}
