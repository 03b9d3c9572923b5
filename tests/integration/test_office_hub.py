"""An office on a real hub on loopback: system accounts, three people at once, and what each may and may not do.

It makes accounts of this machine and takes them away again, so that it runs as root on Linux alone.
"""

from __future__ import annotations

import contextlib
import http.cookiejar
import importlib.util
import json
import os
import pwd
import re
import secrets
import shutil
import socket
import ssl
import subprocess
import sys
import sysconfig
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.slow

ROLES = {"pembaca": "igat-baca", "perencana": "igat-rencana", "pengelola": "igat-kelola", "peneliti": "igat-teliti"}
"""The groups of the example settings, each with one person of the test."""
ACCOUNT = "igat-meja"
STRANGER = "igat-asing"
CERTIFICATE, KEY = "office.crt", "office.key"


def why_not() -> str:
    """Return why there can be no office here; empty where there can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "an office needs Linux and root"
    if importlib.util.find_spec("jupyterhub") is None or importlib.util.find_spec("configurable_http_proxy") is None:
        return "the extra `office` is not installed"
    if not all(map(shutil.which, ("useradd", "userdel", "chpasswd", "openssl"))):
        return "system accounts or a certificate cannot be made here"
    return ""


NOBODY = 65534


def interpreter(folder: Path) -> str:
    """Return an interpreter with the project's packages that any account can run; empty where there is none.

    One below a folder that only root may enter makes way for the system's own of the same version.
    """
    if runs(sys.executable):
        return sys.executable
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    made = folder / "interpreter"
    try:
        subprocess.run(
            [f"/usr/bin/{version}", "-m", "venv", "--without-pip", str(made)], check=True, capture_output=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    packages = made / "lib" / version / "site-packages" / "of-the-tests.pth"
    packages.write_text(sysconfig.get_paths()["purelib"] + "\n", encoding="utf-8")
    for name in ("share", "etc"):
        shutil.rmtree(made / name, ignore_errors=True)
        (made / name).symlink_to(Path(sys.prefix) / name)
    return str(made / "bin" / "python") if runs(str(made / "bin" / "python")) else ""


def runs(python: str) -> bool:
    """Return whether an account without any rights can run the project with an interpreter."""
    words = [python, "-P", "-c", "import workbench.command, jupyterhub, polars, duckdb"]
    try:
        done = subprocess.run(
            words,
            user=NOBODY,
            group=NOBODY,
            extra_groups=[],
            check=False,
            capture_output=True,
            env=environment(),
            cwd="/",
        )
    except OSError:
        return False
    return done.returncode == 0


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "IGA_LANG": "en", "NO_COLOR": "1"}


@dataclass
class Office:
    """A running office: its folder, home, address, and the people's password."""

    folder: Path
    home: Path
    address: str
    password: str
    log: Path
    python: str


class _Stays(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: object, **_options: object) -> None:
        return None


@dataclass
class Browser:
    """One person's browser: cookies, and the token that every change wants."""

    office: Office
    name: str
    cookies: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, *, follows: bool = True, **headers: str
    ) -> tuple[int, str]:
        """Return status and text of an answer."""
        trusted = ssl.create_default_context(cafile=str(self.office.folder / CERTIFICATE))
        handlers: list[urllib.request.BaseHandler] = [
            urllib.request.HTTPCookieProcessor(self.cookies),
            urllib.request.HTTPSHandler(context=trusted),
        ]
        opener = urllib.request.build_opener(*handlers, *([] if follows else [_Stays()]))
        request = urllib.request.Request(self.office.address + path, body, headers, method=method)
        try:
            with opener.open(request, timeout=90) as answer:
                return answer.status, answer.read(2_000_000).decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode("utf-8", "replace")

    def logs_in(self, password: str | None = None) -> int:
        """Log in as a person does, and open the desk; return its status."""
        _status, page = self.ask("/hub/login")
        token = re.search(r'name="_xsrf"\s+value="([^"]+)"', page)
        assert token, page[:500]
        told = {"username": self.name, "password": password or self.office.password, "_xsrf": token[1]}
        status, _page = self.ask("/hub/login", "POST", urllib.parse.urlencode(told).encode())
        if status != 200:
            return status
        status, self.page = self.ask("/services/iga/iga/")
        token = re.search(r'data-xsrf="([^"]+)"', self.page)
        self.xsrf = token[1] if token else ""
        return status

    def desk(self, address: str, method: str = "GET", told: object = None) -> int:
        """Return the status of a request to the desk, with its token."""
        return self.told(address, method, told)[0]

    def told(self, address: str, method: str = "GET", told: object = None) -> tuple[int, str]:
        """Return status and text of a request to the desk, with its token."""
        body = told if isinstance(told, bytes) else None if told is None else json.dumps(told).encode()
        return self.ask(f"/services/iga{address}", method, body, **{"X-XSRFToken": self.xsrf})


def free_ports(count: int) -> list[int]:
    opened = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in opened]
    for one in opened:
        one.close()
    return ports


def make_account(name: str, folder: Path, password: str, *groups: str) -> None:
    more = ["--groups", ",".join(groups)] if groups else []
    more += ["--shell", "/usr/sbin/nologin"] if name == ROLES["pembaca"] else []
    subprocess.run(["useradd", "--create-home", "--home-dir", str(folder / name), *more, name], check=True)
    subprocess.run(["chpasswd"], input=f"{name}:{password}", text=True, check=True)


def written_settings(python: str, folder: Path, home: Path, ports: list[int]) -> None:
    subprocess.run(
        [python, "-P", "-m", "workbench.command", "office", "init", str(folder), "--home", str(home)],
        check=True,
        env=environment(),
        capture_output=True,
    )
    path = folder / "office.toml"
    text = path.read_text(encoding="utf-8").replace('account = "iga"', f'account = "{ACCOUNT}"')
    for name, port in zip(("port", "hub_port", "proxy_port", "desk_port"), ports, strict=True):
        text = re.sub(rf"(?m)^{name} = \d+$", f"{name} = {port}", text)
    make_certificate(folder)
    text = text.replace('certificate = ""', f'certificate = "{folder / CERTIFICATE}"')
    text = text.replace('key = ""', f'key = "{folder / KEY}"')
    for group, person in ROLES.items():
        text = text.replace(f"{group} = []", f'{group} = ["{person}"]')
    path.write_text(text, encoding="utf-8")


def make_certificate(folder: Path) -> None:
    """Make a certificate of the office's own for this machine."""
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=kantor"]
    words += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(folder / KEY), "-out", str(folder / CERTIFICATE)]
    subprocess.run(words, check=True, capture_output=True)
    (folder / KEY).chmod(0o600)


@pytest.fixture(scope="module")
def office(example_home: Path) -> Iterator[Office]:
    """A running office over a copy of the example's home."""
    if reason := why_not():
        pytest.skip(reason)
    root = Path(tempfile.mkdtemp(prefix="iga-office-test-"))
    root.chmod(0o755)
    people, password = [*ROLES.values(), STRANGER], secrets.token_urlsafe(12)
    try:
        for name in [*people, ACCOUNT]:  # of a run that was killed
            take_away(name)
        make_account(ACCOUNT, root, password)
        for name in people:
            make_account(name, root, password, *([ACCOUNT] if name in (ROLES["peneliti"], ROLES["pengelola"]) else []))
        python = interpreter(root)
        if not python:
            pytest.skip("other accounts cannot run this interpreter, or cannot read the project")
        home, folder, ports = root / "home", root / "office", free_ports(4)
        shutil.copytree(example_home, home)
        subprocess.run(["chown", "-R", f"{ACCOUNT}:{ACCOUNT}", str(home)], check=True)
        subprocess.run(["chmod", "-R", "u+rwX,g+rX,g-w,o-rwx", str(home)], check=True)
        written_settings(python, folder, home, ports)
        log = root / "log.txt"
        with log.open("wb") as stream:
            words = [python, "-P", "-m", "workbench.command", "office", "start", str(folder)]
            hub = subprocess.Popen(words, stdout=stream, stderr=stream, env=environment(), start_new_session=True)
        try:
            office = Office(folder, home, f"https://127.0.0.1:{ports[0]}", password, log, python)
            wait_until_it_answers(office, hub)
            yield office
        finally:
            hub.terminate()
            try:
                hub.wait(30)
            except subprocess.TimeoutExpired:
                hub.kill()
    finally:
        for name in [*people, ACCOUNT]:
            take_away(name)
        shutil.rmtree(root, ignore_errors=True)


def take_away(name: str) -> None:
    """Take an account of this test away with all that runs under it."""
    with contextlib.suppress(KeyError):
        pwd.getpwnam(name)
        end_processes_of(name)
        subprocess.run(["userdel", "--remove", "--force", name], check=False, capture_output=True)
        subprocess.run(["groupdel", name], check=False, capture_output=True)


def end_processes_of(name: str) -> None:
    """End what runs under an account of this test: the hub's proxy and its servers are in sessions of their own."""
    import psutil

    own = [process for process in psutil.process_iter(["username"]) if process.info["username"] == name]
    for process in own:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(own, 10)


def wait_until_it_answers(office: Office, hub: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 120
    nobody = Browser(office, "")
    while time.monotonic() < until:
        assert hub.poll() is None, office.log.read_text("utf-8", "replace")[-3000:]
        try:
            if nobody.ask("/services/iga/iga/", follows=False)[0] == 302:
                return
        except OSError:
            pass
        time.sleep(0.3)
    raise AssertionError(office.log.read_text("utf-8", "replace")[-3000:])


@pytest.fixture(scope="module")
def people(office: Office) -> dict[str, Browser]:
    """All people of the office, logged in at the same time."""
    browsers = {group: Browser(office, name) for group, name in ROLES.items()}
    with ThreadPoolExecutor(len(browsers)) as pool:
        statuses = list(pool.map(Browser.logs_in, browsers.values()))
    assert statuses == [200] * len(browsers), office.log.read_text("utf-8", "replace")[-3000:]
    return browsers


def test_all_are_at_one_desk_under_their_own_names(people: dict[str, Browser], office: Office) -> None:
    for browser in people.values():
        assert browser.xsrf
    with ThreadPoolExecutor(3) as pool:
        groups = ("perencana", "pengelola", "perencana")
        asked = [
            (people[group], {"kind": "readiness", "parameters": {"city": "17.71", "edition": "2026"}})
            for group in groups
        ]
        answers = list(pool.map(lambda each: each[0].told("/iga/api/jobs", "POST", each[1]), asked))
    assert [status for status, _told in answers] == [201] * 3, answers
    jobs = [json.loads(told)["id"] for _status, told in answers]
    until = time.monotonic() + 120
    states: dict[str, str] = {}
    while time.monotonic() < until and set(states.values()) != {"done"}:
        told = {job["id"]: job for job in json.loads(people["pembaca"].told("/iga/api/jobs")[1])["jobs"]}
        states = {job: told[job]["state"] for job in jobs}
        assert not {"failed", "lost"} & set(states.values()), told
        time.sleep(0.5)
    assert set(states.values()) == {"done"}
    kept = [json.loads((office.home / "jobs" / job / "job.json").read_text("utf-8"))["person"] for job in jobs]
    assert kept == [ROLES[group] for group in groups]


def test_what_is_laid_down_and_undone_bears_the_name_of_who_did_it(people: dict[str, Browser], office: Office) -> None:
    planner = people["perencana"]
    list_of_one = b"Nama Inovasi,Nama Perangkat Daerah\nObat Cepat,Dinas Kesehatan\n"
    assert planner.desk("/iga/api/files/17.71/2026/kiriman.csv", "PUT", list_of_one) == 201
    finished(planner, "load")
    receipts = [json.loads(path.read_text("utf-8")) for path in office.home.glob("archive/*/*/receipt.json")]
    (ours,) = [facts for facts in receipts if facts["file_name"].endswith("kiriman.csv")]
    assert ours["received_by"] == planner.name
    assert all("received_by" not in facts for facts in receipts if facts is not ours), (
        "the others came before the office"
    )
    assert finished(people["pengelola"], "undo")["state"] == "done"
    (path,) = office.home.glob(f"archive/*/{ours['file_sha256']}/receipt.json")
    assert json.loads(path.read_text("utf-8"))["undone_by"] == people["pengelola"].name
    said = {"city": "17.71", "name": "Dinkes Kota", "unit": "not_ours"}
    assert planner.desk("/iga/api/confirm/unit", "POST", said) == 200
    assert f",{planner.name},unit," in (office.home / "runs" / "answers_log.csv").read_text("utf-8")


def finished(browser: Browser, kind: str) -> dict[str, Any]:
    """Start a job and return it when it has ended."""
    job = json.loads(browser.told("/iga/api/jobs", "POST", {"kind": kind})[1])
    until = time.monotonic() + 150
    while job["state"] in ("queued", "running") and time.monotonic() < until:
        time.sleep(0.5)
        job = json.loads(browser.told(f"/iga/api/jobs/{job['id']}")[1])
    return dict(job)


LOOK, WORK, KEEP = ("pembaca", "perencana", "pengelola"), ("perencana", "pengelola"), ("pengelola",)
RIGHTS: list[tuple[str, str, object, tuple[str, ...]]] = [
    ("GET", "/iga/", None, LOOK),
    ("GET", "/iga/readiness?city=17.71&edition=2026", None, LOOK),
    ("GET", "/iga/columns?file=x", None, WORK),
    ("GET", "/iga/api/tables/innovations/all.json?city=17.71&edition=2026", None, LOOK),
    ("GET", "/iga/api/actions?city=17.71&edition=2026", None, LOOK),
    ("POST", "/iga/api/what-if", {"city": "17.71", "edition": "2026", "keep": "x", "name": "x"}, WORK),
    ("GET", "/iga/api/jobs", None, LOOK),
    ("POST", "/iga/api/jobs", {"kind": "load"}, WORK),
    ("POST", "/iga/api/jobs", {"kind": "undo"}, WORK),
    ("POST", "/iga/api/jobs", {"kind": "report", "parameters": {"site": "?"}}, WORK),
    ("POST", "/iga/api/jobs", {"kind": "letters"}, WORK),
    ("POST", "/iga/api/jobs", {"kind": "verify"}, KEEP),
    ("POST", "/iga/api/jobs", {"kind": "backup"}, KEEP),
    ("PUT", "/iga/api/files/17.71/2026/catatan.txt", b"x", WORK),
    ("POST", "/iga/api/confirm/unit", {"city": "17.71", "name": "?"}, WORK),
    ("POST", "/iga/api/confirm/word", {"field": "?"}, WORK),
    ("POST", "/iga/api/confirm/columns", {"file": "?"}, WORK),
    ("GET", "/iga/zip/letters/", None, WORK),
    ("GET", "/iga/zip/reports/x", None, LOOK),
    ("GET", "/iga/static/palette.css", None, LOOK),
    ("GET", "/iga/static/desk.js", None, LOOK),
    ("GET", "/iga/reports/x", None, LOOK),
    ("GET", "/iga/backups/x", None, KEEP),
]
"""A request of each kind, and the groups that may make it; whoever may is answered anything but 403."""


@pytest.mark.parametrize(("method", "address", "told", "who"), RIGHTS, ids=lambda value: str(value)[:40])
def test_a_role_may_what_its_rights_say_and_no_more(
    people: dict[str, Browser], method: str, address: str, told: object, who: tuple[str, ...]
) -> None:
    for group, browser in people.items():
        may = group in who or (group == "peneliti" and "pembaca" in who)
        status, text = browser.told(address, method, told)
        assert (status != 403) == may, (group, status, text[:300])
        assert status != 500, text[:300]


def test_every_address_of_the_desk_is_tried() -> None:
    from workbench.desk.server_extension import addresses

    tried = [address.partition("?")[0] for _method, address, _told, _who in RIGHTS]
    tried += ["/iga", "/iga/api/events", "/iga/api/jobs/x", "/iga/api/jobs/x/log"]
    missing = [rule[0] for rule in addresses() if not any(re.fullmatch(rule[0], address) for address in tried)]
    assert missing == []


def test_jobs_of_others_are_seen_by_all_and_stopped_by_those_who_work(people: dict[str, Browser]) -> None:
    job = json.loads(people["pengelola"].told("/iga/api/jobs", "POST", {"kind": "verify"})[1])["id"]
    assert people["pembaca"].desk(f"/iga/api/jobs/{job}") == 200
    assert people["pembaca"].desk(f"/iga/api/jobs/{job}/log") == 200
    for group in ("pembaca", "perencana", "peneliti"):
        assert people[group].desk(f"/iga/api/jobs/{job}/cancel", "POST", {}) == 403
    assert people["pengelola"].desk(f"/iga/api/jobs/{job}/cancel", "POST", {}) == 200


NOT_SERVED = (
    "/api", "/api/kernels", "/api/kernelspecs", "/api/sessions", "/api/contents", "/api/contents/office.toml",
    "/api/terminals", "/api/status", "/api/config/x", "/api/me", "/api/nbconvert", "/api/spec.yaml", "/files/x", "/lab",
    "/lab/api/settings", "/lab/api/workspaces", "/tree", "/edit/x", "/view/x", "/notebooks/x", "/nbconvert/html/x",
    "/metrics", "/terminals/websocket/1", "/api/kernels/x/channels", "/api/events/subscribe", "/lsp/status", "/login",
    "/static/x", "/nbextensions/x", "/api/shutdown", "/iga/../api/contents", "/iga/reports/%2e%2e/%2e%2e/office.toml",
)  # fmt: skip


def test_the_desk_serves_no_kernel_no_terminal_and_no_contents_to_anybody(people: dict[str, Browser]) -> None:
    for group, browser in people.items():
        for address in NOT_SERVED:
            for method in ("GET", "POST", "PUT", "DELETE"):
                status, text = browser.told(address, method, None if method == "GET" else {})
                assert status in (403, 404, 405), (group, method, address, status, text[:200])


def test_without_a_login_nothing_is_answered(office: Office, people: dict[str, Browser]) -> None:
    nobody = Browser(office, "")
    for _method, address, _told, _who in RIGHTS:
        status, text = nobody.ask(f"/services/iga{address}", follows=False)
        if address.startswith("/iga/static/"):  # the program's own script and style, the same for everybody
            continue
        assert status in (302, 403, 405), (address, status, text[:200])
        assert "Bengkulu" not in text
    without_token = people["perencana"].ask("/services/iga/iga/api/jobs", "POST", b'{"kind": "load"}')
    assert without_token[0] == 403, "another site's form bears the cookie and no token"
    assert Browser(office, STRANGER).logs_in() == 403
    assert Browser(office, ROLES["pembaca"]).logs_in("wrong") == 403


def test_only_those_with_a_lab_get_one_and_nobody_elses(people: dict[str, Browser], office: Office) -> None:
    def on_hub(browser: Browser, address: str, method: str = "GET", told: object = None) -> tuple[int, str]:
        page = browser.ask("/hub/home")[1]
        token = re.search(r'xsrf_token: "([^"]+)"', page)
        assert token, page[:500]
        body = None if told is None else json.dumps(told).encode()
        known = {"X-XSRFToken": token[1], "Content-Type": "application/json"}
        return browser.ask(address, method, body, **known)

    for group in ("pembaca", "perencana"):
        browser = people[group]
        assert on_hub(browser, f"/hub/api/users/{browser.name}/server", "POST", {})[0] in (403, 404)
        assert on_hub(browser, f"/hub/spawn/{browser.name}")[0] in (403, 404)
        assert on_hub(browser, "/hub/api/users")[0] in (403, 404)
    owner = people["peneliti"]
    status, text = on_hub(owner, f"/hub/api/users/{owner.name}/server", "POST", {})
    assert status in (201, 202), (status, text)
    until, text = time.monotonic() + 120, ""
    while time.monotonic() < until and "jupyter-config-data" not in text:  # before it is up the hub shows its progress
        status, text = owner.ask(f"/user/{owner.name}/lab")
        time.sleep(0.5)
    assert "jupyter-config-data" in text, (text[-300:], office.log.read_text("utf-8", "replace")[-3000:])
    address = f"/user/{owner.name}/"
    (token,) = [one.value for one in owner.cookies if one.name == "_xsrf" and one.path == address]

    def on_lab(browser: Browser, asked: str) -> tuple[int, str]:
        return browser.ask(address + asked, **{"X-XSRFToken": token or ""})

    for group in ("pembaca", "perencana", "pengelola"):
        assert on_lab(people[group], "api/contents")[0] in (403, 404), group
    listed = json.loads(on_lab(owner, "api/contents")[1])
    assert "notebooks" in {entry["name"] for entry in listed["content"]}
    known = {"X-XSRFToken": token or "", "Content-Type": "application/json"}
    started = owner.ask(f"{address}api/kernels", "POST", b'{"name": "iga"}', **known)
    assert started[0] == 201, started
    own = office.home.parent / owner.name / "iga"
    assert own.stat().st_mode & 0o077 == 0
    runtime = list((own / ".lab" / "runtime").iterdir())
    assert runtime and all(path.stat().st_mode & 0o077 == 0 for path in runtime), "tokens lie with the person alone"
    kernels = json.loads(on_lab(owner, "api/kernelspecs")[1])
    assert "iga" in kernels["kernelspecs"]


def as_account(name: str, *words: str) -> subprocess.CompletedProcess[str]:
    account = pwd.getpwnam(name)
    groups = os.getgrouplist(name, account.pw_gid)
    whose: dict[str, Any] = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": groups}
    return subprocess.run(words, capture_output=True, text=True, check=False, cwd="/", env=environment(), **whose)


def test_the_home_is_read_by_its_group_and_written_by_the_service_alone(
    office: Office, people: dict[str, Browser]
) -> None:
    assert people["perencana"].desk("/iga/api/files/17.71/2026/izin.txt", "PUT", b"x") == 201
    program = "from analysis import open_snapshot; print(open_snapshot(home={home!r}).snapshot_id)"
    read = as_account(ROLES["peneliti"], office.python, "-P", "-c", program.format(home=str(office.home)))
    assert read.returncode == 0, read.stderr[-2000:]
    for name, may_read in ((ROLES["peneliti"], True), (ROLES["pembaca"], False), (STRANGER, False)):
        for path in (office.home, office.home / "current.json", office.home / "inbox"):
            assert (as_account(name, "test", "-r", str(path)).returncode == 0) == may_read, (name, path)
            assert as_account(name, "test", "-w", str(path)).returncode == 1, (name, path)
    for path in office.home.rglob("*"):
        facts = path.stat()
        assert path.owner() == ACCOUNT and not facts.st_mode & 0o022, path
    for path in (office.folder / "state", office.folder / "desk"):
        assert as_account(ROLES["peneliti"], "test", "-x", str(path)).returncode == 1
    assert as_account(ACCOUNT, "test", "-x", str(office.folder / "state")).returncode == 1


def test_who_leaves_the_settings_leaves_the_desk_at_once(office: Office, people: dict[str, Browser]) -> None:
    path, name = office.folder / "office.toml", ROLES["perencana"]
    before = path.read_text(encoding="utf-8")
    try:
        path.write_text(before.replace(f'perencana = ["{name}"]', "pembaca2 = []\nperencana = []"), encoding="utf-8")
        assert people["pembaca"].desk("/iga/") == 503, "settings that cannot be read open nothing"
        path.write_text(before.replace(f'perencana = ["{name}"]', "perencana = []"), encoding="utf-8")
        assert people["perencana"].desk("/iga/") == 403
        assert people["pembaca"].desk("/iga/") == 200
    finally:
        path.write_text(before, encoding="utf-8")
    assert people["perencana"].desk("/iga/") == 200
