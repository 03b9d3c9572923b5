"""Writes the example settings of an office, checks that the machine is as they ask for, and starts the hub."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from iga.errors import Sentence
from warehouse import disk
from warehouse.home import Home
from workbench.office.hub_settings import STATE
from workbench.office.office_settings import Office, OfficeInvalid, read_office

EXAMPLES = ("office.toml", "jupyterhub_config.py", "iga-office.service")
ENDING = ".txt"
"""Of the examples as they lie here: a file of settings is no module of ours."""
DESK = "desk"
"""The folder of the service account: its settings and runtime files."""


def write_examples(folder: Path, home: Home) -> tuple[list[Path], list[Path]]:
    """Write the settings to fill in; return those written, and those that were there and stay."""
    folder = folder.resolve()
    written, stayed = [], []
    for name in EXAMPLES:
        path = folder / name
        if path.exists():
            stayed.append(path)
            continue
        text = files("workbench.office").joinpath("example", f"{name}{ENDING}").read_text(encoding="utf-8")
        filled = {"{home}": str(home.root), "{folder}": str(folder), "{python}": sys.executable}
        for place, value in filled.items():
            text = text.replace(place, value)
        disk.write_text(path, text)
        written.append(path)
    return written, stayed


def start(folder: Path) -> None:
    """Check the machine, make the folders of hub and desk, and become the hub. Raises OfficeInvalid."""
    folder = folder.resolve()
    office = read_office(folder)
    for fault in faults_of(office, folder):
        raise OfficeInvalid(
            "The office cannot start: {cause}", next_step="see docs/office.md", place=str(folder), cause=fault
        )
    _make_folders(folder, office)
    os.chdir(folder / STATE)
    os.environ["IGA_HOME"] = str(office.home)
    os.umask(0o022)
    words = [sys.executable, "-P", "-m", "jupyterhub", "-f", str(folder / "jupyterhub_config.py")]
    os.execv(sys.executable, words)  # noqa: S606 - the hub takes the place of this process


def faults_of(office: Office, folder: Path) -> Iterator[Sentence]:
    """Yield why an office cannot start on this machine, in the order in which to mend it."""
    if sys.platform == "linux":
        yield from _faults_on_linux(office, folder)
    else:  # a branch: a type checker leaves it out for the other systems
        yield Sentence("JupyterHub runs on Linux alone; on Windows the Linux of WSL will do")


def _faults_on_linux(office: Office, folder: Path) -> Iterator[Sentence]:
    if find_spec("jupyterhub") is None or find_spec("configurable_http_proxy") is None:
        yield Sentence("the extra is missing: pip install 'iga-workbench[office]'")
        return
    if sys.platform != "win32" and os.geteuid() != 0:
        yield Sentence("start it as root: it starts the desk and each Lab under an account of its own")
        return
    yield from _faults_of_accounts(office)
    yield from _faults_of_home(office)
    yield from _faults_of_folder(folder)
    for path in filter(None, (office.address.certificate, office.address.key)):
        if not Path(path).is_file():
            yield Sentence("{path} is not there", path=path)


def _faults_of_accounts(office: Office) -> Iterator[Sentence]:
    for name in (office.account, *sorted(office.lab_people)):
        if _account(name) is None:
            yield Sentence("there is no system account {name}", name=name)


def _faults_of_home(office: Office) -> Iterator[Sentence]:
    if not office.home.is_dir():
        yield Sentence("the home {path} is not there", path=office.home)
        return
    facts, account = office.home.stat(), _account(office.account)
    if account is not None and facts.st_uid != account:
        yield Sentence(
            "the home belongs to another account: chown -R {name}: {path}", name=office.account, path=office.home
        )
    if facts.st_mode & 0o027:
        yield Sentence("others may read the home, or its group may write to it: chmod 750 {path}", path=office.home)


def _faults_of_folder(folder: Path) -> Iterator[Sentence]:
    """What the hub reads as root, nobody else may write."""
    for path in (folder, *(folder / name for name in EXAMPLES[:2])):
        if not path.exists():
            yield Sentence("{path} is not there", path=path)
        elif path.stat().st_uid != 0 or path.stat().st_mode & 0o022:
            yield Sentence("others than root may write {path}: chown root: and chmod go-w", path=path)


def _account(name: str) -> int | None:
    if sys.platform == "win32":
        return None
    else:  # a branch: a type checker leaves it out for the other system
        import pwd

        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            return None


def _make_folders(folder: Path, office: Office) -> None:
    """Make the folder of the hub for root alone, and that of the desk for its account alone."""
    if sys.platform != "win32":
        import pwd

        account = pwd.getpwnam(office.account)
        for name, owner, group in ((STATE, 0, 0), (DESK, account.pw_uid, account.pw_gid)):
            path = folder / name
            disk.make_folder(path)
            path.chmod(0o700)
            os.chown(path, owner, group)
