"""An office on a real hub on loopback for tests: its accounts, its settings, and people's browsers without a screen.

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
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.conftest import ROOT

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


@contextlib.contextmanager
def running_office(example_home: Path) -> Iterator[Office]:
    """Run an office over a copy of the example's home; skips by name where there can be none."""
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
