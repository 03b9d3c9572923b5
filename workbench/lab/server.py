"""Starts desk and JupyterLab on the prepared workspace: on this machine only, with a token, telling nobody else."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from pathlib import Path

from warehouse.errors import ExitCode, WorkbenchError
from warehouse.home import Home
from workbench.lab.workspace import HIDDEN, jupyter_folders, lab_options, prepare_workspace, settings_folder
from workbench.stopping import as_server

LOOPBACK = "127.0.0.1"
SHORTEST_SECRET = 12


class ListeningRefused(WorkbenchError):
    """JupyterLab was told to listen beyond this machine without a token or password of a person's own choice."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True)
class Access:
    """Where JupyterLab listens, and what opens it: a token or a password (as Jupyter's hash).

    Without either JupyterLab draws a token for each start and prints the address with it.
    """

    ip: str = LOOPBACK
    port: int = 8888
    token: str = ""
    password: str = ""

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return ipaddress.ip_address(self.ip).is_loopback
        except ValueError:
            return self.ip == "localhost"


def access_of(ip: str, port: int, token: str | None, password: str | None) -> Access:
    """What was asked for, checked.

    Beyond this machine a token or password must be given, and be long enough. Raises ListeningRefused.
    """
    given = token or password or ""
    asked = Access(ip, port)
    if not asked.is_local and not given:
        raise ListeningRefused(
            "Listening on {ip} would let others in the network reach the data",
            next_step="leave --ip out, or set a token (IGA_LAB_TOKEN) or a password (IGA_LAB_PASSWORD) of your own",
            ip=ip,
        )
    if given and len(given) < SHORTEST_SECRET:
        raise ListeningRefused(
            "The token or password is too short",
            next_step="take at least {count} characters",
            count=SHORTEST_SECRET,
        )
    if password:
        from jupyter_server.auth.security import passwd

        return Access(ip, port, password=str(passwd(password)))
    return Access(ip, port, token=token or "")


def start_lab(home: Home, lang: str, access: Access, *, opens_browser: bool) -> None:
    """Prepare the workspace and serve it until it is stopped."""
    folder = prepare_workspace(home, lang)
    # A token in the environment that nobody asked for here would be no secret of this start.
    os.environ.pop("JUPYTER_TOKEN", None)
    os.environ.update(environment(home, folder, lang, access))
    from reports.library_patches import quick_imports

    with quick_imports():
        from workbench.lab.late_lab import DeskFirst
    # Ctrl-C and the end of a session end it with its kernels, as they end any command; it does not ask back.
    DeskFirst.init_signal = as_server  # type: ignore[method-assign, assignment]
    DeskFirst.launch_instance(argv=arguments(folder, lang, access, opens_browser=opens_browser))


def environment(home: Home, folder: Path, lang: str, access: Access) -> dict[str, str]:
    """What server and kernels find around them: this home, its own settings and nobody else's; the token stays out of
    the list of processes."""
    own = settings_folder(folder)
    return {
        "IGA_HOME": str(home.root),
        "IGA_LANG": lang,
        **jupyter_folders(own),
        **({"JUPYTER_TOKEN": access.token} if access.token else {}),
    }


def arguments(folder: Path, lang: str, access: Access, *, opens_browser: bool) -> list[str]:
    """The options of JupyterLab; they go before any configuration file of the machine."""
    own = settings_folder(folder)
    options = {
        "ServerApp.root_dir": str(folder),
        "ServerApp.ip": access.ip,
        "ServerApp.port": str(access.port),
        "ServerApp.open_browser": str(opens_browser),
        "ServerApp.allow_remote_access": str(not access.is_local),
        "ServerApp.allow_root": "True",
        "PasswordIdentityProvider.hashed_password": access.password,
        "ServerApp.default_url": "/iga/",
        "ServerApp.jpserver_extensions": "{'workbench.desk.server_extension': True}",
        # A desk that cannot be loaded must not leave a server without it.
        "ServerApp.reraise_server_extension_failures": "True",
        **lab_options(own),
        "Application.log_level": "WARN",
    }
    stated = [f"--{name}={value}" for name, value in options.items() if value]
    return [*stated, *[f"--ContentsManager.hide_globs={name}" for name in HIDDEN]]
