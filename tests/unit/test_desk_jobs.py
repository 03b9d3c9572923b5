"""Jobs of the desk: what is on disk of them, what may be asked for, how the lanes wait, and how one ends."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from warehouse.errors import MendableError
from warehouse.home import Home
from warehouse.keeping.process import this_process
from workbench.desk.jobs import job_folder as folders, job_runner
from workbench.desk.jobs.job_folder import Job, ask_to_cancel, job_folder, new_job, read_job, read_jobs, write_job
from workbench.desk.jobs.job_kinds import KINDS, Asked, JobKind, RequestRefused, kind_of
from workbench.desk.jobs.job_runner import run_job, start_job


def asked(home: Home, **parameters: Any) -> Asked:
    return Asked(home, home.root / "jobs" / "20260809T101112", parameters, "id")


@pytest.mark.parametrize(
    ("kind", "parameters", "words"),
    [
        ("load", {}, ["ingest"]),
        ("load", {"retry_held": "1"}, ["ingest", "--retry-held"]),
        ("undo", {"file": "bengkulu/2026/a.xls"}, ["undo", "--yes", "--file", "bengkulu/2026/a.xls"]),
        ("undo", {"file": "a.xls", "back": True}, ["undo", "--yes", "--file", "a.xls", "--back"]),
        ("report", {"site": "city", "city": "Kota Magelang"}, ["report", "build", "city", "--city", "33.71"]),
        ("report", {"site": "national", "on": "2026-08-09"}, ["report", "build", "national", "--on", "2026-08-09"]),
        ("letters", {"city": "bengkulu", "edition": "2026"}, ["letters", "17.71", "2026"]),
        (
            "minutes",
            {"city": "17.71", "edition": 2025},
            ["letters", "17.71", "2025", "--kind", "berita-acara"],
        ),
        ("verify", {"repair": "yes"}, ["verify", "--repair"]),
        ("handover", {"city": "17.71", "edition": "2026"}, ["office", "handover", "17.71", "2026"]),
        (
            "region_letters",
            {"province": "17", "edition": "2026"},
            ["office", "letters", "--province", "17", "--edition", "2026"],
        ),
    ],
)
def test_a_kind_with_parameters_is_a_command(
    empty_home: Home, kind: str, parameters: dict[str, Any], words: list[str]
) -> None:
    assert kind_of(kind).command(asked(empty_home, **parameters)) == words


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("shell", {}),
        ("report", {"site": "../../etc"}),
        ("report", {"site": "--home"}),
        ("report", {"site": "city", "city": "--help"}),
        ("report", {"site": "city", "page": "-x"}),
        ("letters", {"city": "bengkulu"}),
        ("letters", {"city": "bengkulu", "edition": "20x6"}),
        ("letters", {"city": "bengkulu", "edition": "-1"}),
        ("letters", {"city": "Atlantis", "edition": "2026"}),
        ("letters", {"city": "bengkulu", "edition": "2026", "on": "tomorrow"}),
        ("undo", {"file": "--home=/tmp"}),
        ("region_letters", {"province": "--all", "edition": "2026"}),
        ("undo", {"file": "a\nb"}),
        ("template", {"name": "x", "city": "bengkulu", "edition": "2026"}),
        ("template", {"name": "control-sheet", "by": "--out", "city": "bengkulu", "edition": "2026"}),
    ],
)
def test_what_is_no_work_of_the_desk_is_refused_before_anything_is_written(
    empty_home: Home, kind: str, parameters: dict[str, Any]
) -> None:
    with pytest.raises(MendableError):
        start_job(empty_home, kind, parameters, "ana", "id")
    assert read_jobs(empty_home) == []


def test_every_kind_says_what_it_is_in_both_languages() -> None:
    from warehouse.language import Language

    titles = {Language(lang)(kind.title) for kind in KINDS.values() for lang in ("id", "en")}
    assert len(titles) == 2 * len(KINDS)


def test_a_job_stands_on_disk_with_its_progress(empty_home: Home) -> None:
    job = new_job(empty_home, "load", {"retry_held": "1"}, "ana", "id")
    assert read_job(empty_home, job.id) == job
    folder = job_folder(empty_home, job.id)
    lines = ['{"step": "Reading", "done": 3, "total": 9}', '{"step": "Reading", "done": 4, "tot']
    (folder / folders.PROGRESS_FILE).write_text("\n".join(lines), encoding="utf-8")
    told = read_job(empty_home, job.id)
    assert (told.step, told.done, told.total) == ("Reading", 3, 9)
    assert [one.id for one in read_jobs(empty_home)] == [job.id]


@pytest.mark.parametrize("name", ["", "..", ".", "x", "../jobs", ".home.lock", "a/b"])
def test_a_name_that_is_no_job_leads_nowhere(empty_home: Home, name: str) -> None:
    new_job(empty_home, "load", {}, "ana", "id")
    with pytest.raises(KeyError):
        job_folder(empty_home, name)


def test_a_folder_that_is_no_job_is_passed_over(empty_home: Home) -> None:
    job = new_job(empty_home, "load", {}, "ana", "id")
    (empty_home.root / "jobs" / "9999-broken").mkdir()
    (empty_home.root / "jobs" / "9999-broken" / "job.json").write_text("{", encoding="utf-8")
    assert [one.id for one in read_jobs(empty_home)] == [job.id]


def test_a_job_whose_runner_has_died_is_lost_and_one_that_runs_is_not(empty_home: Home) -> None:
    job = new_job(empty_home, "load", {}, "ana", "id")
    write_job(empty_home, replace(job, state="running", runner=asdict(this_process())))
    assert read_job(empty_home, job.id).state == "running"
    gone = replace(this_process(), start="1")  # the number has been given to another process since
    write_job(empty_home, replace(job, state="running", runner=asdict(gone)))
    assert read_job(empty_home, job.id).state == "lost"


def test_old_jobs_that_have_ended_make_way_and_no_other(empty_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "MOST_KEPT", 3)
    first = new_job(empty_home, "load", {}, "ana", "id")
    for _ in range(5):
        job = new_job(empty_home, "verify", {}, "ana", "id")
        write_job(empty_home, replace(job, state="done"))
    kept = {job.id for job in read_jobs(empty_home, 99)}
    assert first.id in kept
    assert len(kept) == 4


PROGRAM = "import sys, time; print('out'); print('log', file=sys.stderr); {}"


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let jobs run a small program instead of a command of ours."""

    def use(text: str) -> None:
        real = job_runner.subprocess.Popen

        def popen(words: list[str], **options: Any) -> Any:
            assert words[:4] == [sys.executable, "-P", "-m", "workbench.command"]
            return real([sys.executable, "-c", PROGRAM.format(text)], **options)

        monkeypatch.setattr(job_runner.subprocess, "Popen", popen)

    return use


@pytest.mark.parametrize(
    ("text", "state", "code"),
    [
        ("sys.exit(0)", "done", 0),
        ("sys.exit(5)", "partly", 5),
        ("sys.exit(3)", "failed", 3),
        ("sys.exit(8)", "partly", 8),
    ],
)
def test_a_job_ends_as_its_command_did(empty_home: Home, program: Any, text: str, state: str, code: int) -> None:
    program(text)
    job = run_job(empty_home, new_job(empty_home, "verify", {}, "ana", "en").id)
    assert (job.state, job.exit_code) == (state, code)
    assert read_job(empty_home, job.id) == job
    assert folders.said_by(job_folder(empty_home, job.id)) == "log\n"
    assert job.cause == ("" if state == "done" else f"the work ended with code {code} before it was done")


def test_what_a_command_tells_of_its_end_is_told_of_the_job(empty_home: Home, program: Any) -> None:
    told = {"error": "100 % {x} wrong", "place": "a.xls", "next_step": "mend it", "exit_code": 3}
    program(f"import os; open(os.environ['IGA_PROGRESS'], 'a').write({json.dumps(json.dumps(told))}); sys.exit(3)")
    job = run_job(empty_home, new_job(empty_home, "verify", {}, "ana", "en").id)
    assert (job.cause, job.place, job.next_step) == ("100 % {x} wrong", "a.xls", "mend it")


def test_a_job_that_is_cancelled_ends_soon(empty_home: Home, program: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_runner, "TO_END_S", 0.3)
    program("time.sleep(60)")
    job = new_job(empty_home, "verify", {}, "ana", "en")
    ended: list[Job] = []
    worker = threading.Thread(target=lambda: ended.append(run_job(empty_home, job.id)))
    worker.start()
    wait_for(lambda: read_job(empty_home, job.id).state == "running")
    began = time.monotonic()
    ask_to_cancel(empty_home, job.id)
    assert read_job(empty_home, job.id).state in ("cancelling", "cancelled")
    worker.join(20)
    assert ended[0].state == "cancelled"
    assert time.monotonic() - began < 15


def test_works_of_one_lane_run_in_the_order_in_which_they_were_asked_for(
    empty_home: Home, program: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_runner, "LOOK_S", 0.02)
    program("time.sleep(0.3)")
    jobs = [new_job(empty_home, "verify", {}, name, "en") for name in ("ana", "budi", "cut")]
    workers = [threading.Thread(target=run_job, args=(empty_home, job.id)) for job in reversed(jobs)]
    for worker in workers:
        worker.start()
    wait_for(lambda: read_job(empty_home, jobs[0].id).state == "running")
    wait_for(lambda: "(ana)" in read_job(empty_home, jobs[1].id).waits_for)
    for worker in workers:
        worker.join(30)
    done = [read_job(empty_home, job.id) for job in jobs]
    assert [job.state for job in done] == ["done"] * 3
    assert sorted(job.ended_at for job in done) == [job.ended_at for job in done]


def test_a_job_waits_while_another_program_holds_the_home(
    empty_home: Home, program: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(job_runner, "LOOK_S", 0.02)
    mark = tmp_path / "free"
    program(f"from pathlib import Path; sys.exit(0 if Path({str(mark)!r}).exists() else 9)")
    job = new_job(empty_home, "verify", {}, "ana", "en")
    worker = threading.Thread(target=run_job, args=(empty_home, job.id))
    worker.start()
    wait_for(lambda: read_job(empty_home, job.id).waits_for != "")
    mark.touch()
    worker.join(20)
    assert read_job(empty_home, job.id).state == "done"


@pytest.mark.skipif(os.name != "posix", reason="a kill that nothing can hear")
def test_a_command_ends_with_its_runner(empty_home: Home) -> None:
    """The runner is killed: the job is lost, and no command of it goes on."""
    import psutil

    job = start_job(empty_home, "load", {}, "ana", "en")
    wait_for(lambda: bool(read_job(empty_home, job.id).runner) or read_job(empty_home, job.id).has_ended)
    runner = psutil.Process(int(read_job(empty_home, job.id).runner["number"]))
    wait_for(lambda: bool(children(runner)) or not runner.is_running() or read_job(empty_home, job.id).has_ended)
    begun = children(runner)
    os.kill(runner.pid, signal.SIGKILL)
    wait_for(lambda: read_job(empty_home, job.id).state in ("lost", "done"))
    wait_for(lambda: not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in begun))


def children(process: Any) -> list[Any]:
    import psutil

    try:
        found: list[Any] = process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    return found


def wait_for(holds: Any, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_kind_of_no_lane_waits_for_nobody(empty_home: Home, program: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "verify", JobKind("Check the home", lambda _asked: ["verify"], ""))
    new_job(empty_home, "verify", {}, "ana", "en")
    program("sys.exit(0)")
    assert run_job(empty_home, new_job(empty_home, "verify", {}, "budi", "en").id).state == "done"


def test_a_request_that_is_refused_says_what_to_do() -> None:
    with pytest.raises(RequestRefused) as refusal:
        kind_of("x")
    assert "load" in refusal.value.in_one_line()


def test_an_odd_result_of_a_job_is_told_as_nothing(empty_home: Home) -> None:
    from warehouse.language import Language
    from workbench.desk.pages.work_pages import told_job
    from workbench.desk.people import Person, Role

    job = new_job(empty_home, "load", {"city": "Atlantis"}, "ana", "id")
    odd = replace(job, state="done", result={"files": 7, "held": None, "returned": {"a": 1}})
    told = told_job(odd, Language("id"), Person("ana", Role.planner))
    assert (told["files"], told["held"], told["season"]) == ([], [], "Atlantis")
    assert told["may_run"] and not told_job(odd, Language("id"), Person("budi", Role.reader))["may_run"]
