"""Settings of JupyterHub, made from those of the office: one desk for all, a Lab for those who get one.

JupyterHub runs as root, since it starts the desk under the service account and each Lab under a system account.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from workbench.office.office_settings import Office, read_office

STATE = "state"
"""The folder with the hub's database and secrets, for root alone."""
SERVICE = "iga"
DESK_ADDRESS = f"/services/{SERVICE}/iga/"
OFFICE = "IGA_OFFICE"
"""The environment variable that names the office's folder."""
LAB_FOLDER = "IGA_LAB_FOLDER"


def configure(c: Any, folder: Path) -> None:
    """Set JupyterHub's settings. Raises OfficeInvalid."""
    office, state = read_office(folder), folder / STATE
    address = office.address
    scheme = "https" if address.certificate else "http"
    c.JupyterHub.bind_url = f"{scheme}://{_host(address.ip)}:{address.port}"
    if address.certificate:
        c.JupyterHub.ssl_cert, c.JupyterHub.ssl_key = address.certificate, address.key
    c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{address.hub_port}"
    c.JupyterHub.db_url = f"sqlite:///{state / 'jupyterhub.sqlite'}"
    c.JupyterHub.cookie_secret_file = str(state / "cookie_secret")
    c.JupyterHub.default_url = DESK_ADDRESS
    c.JupyterHub.trust_user_provided_tokens = False
    c.JupyterHub.cleanup_servers = True
    c.ConfigurableHTTPProxy.command = [sys.executable, "-P", "-m", "workbench.office.office_proxy"]
    c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{address.proxy_port}"
    c.ConfigurableHTTPProxy.pid_file = str(state / "proxy.pid")
    _configure_login(c, office)
    c.JupyterHub.load_roles = roles_of_hub(office)
    c.JupyterHub.services = [desk_service(office, folder)]
    _configure_labs(c, office, folder)


def _host(ip: str) -> str:
    return f"[{ip}]" if ":" in ip else ip


def _configure_login(c: Any, office: Office) -> None:
    c.JupyterHub.authenticator_class = office.login.kind
    c.Authenticator.allowed_users = set(office.people)
    c.Authenticator.admin_users = set()
    c.Authenticator.any_allow_config = True
    c.PAMAuthenticator.service = office.login.service
    c.PAMAuthenticator.open_sessions = False


def roles_of_hub(office: Office) -> list[dict[str, Any]]:
    """Return the hub's roles: everyone may open the desk; only those with a Lab may start and open their own server."""
    itself = ["read:users:name!user", "read:users:groups!user"]
    return [
        {"name": "user", "scopes": [f"access:services!service={SERVICE}", *itself]},
        {"name": "lab", "scopes": ["self"], "users": sorted(office.lab_people)},
    ]


def desk_service(office: Office, folder: Path) -> dict[str, Any]:
    """Return the desk as a service that the hub starts under the service account."""
    own = folder / "desk"
    return {
        "name": SERVICE,
        "url": f"http://127.0.0.1:{office.address.desk_port}",
        "command": [sys.executable, "-P", "-m", "workbench.office.serve_desk"],
        "user": office.account,
        "cwd": str(own),
        "oauth_no_confirm": True,
        "display": False,
        "environment": {
            "HOME": str(own),
            "IGA_HOME": str(office.home),
            "IGA_LANG": office.lang,
            OFFICE: str(folder),
            "JUPYTER_CONFIG_DIR": str(own / "config"),
            "JUPYTER_DATA_DIR": str(own / "data"),
            "JUPYTER_RUNTIME_DIR": str(own / "runtime"),
            "IPYTHONDIR": str(own / "ipython"),
            "JUPYTER_NO_CONFIG": "1",
            "PYTHONUTF8": "1",
            **{name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ},
        },
    }


def _configure_labs(c: Any, office: Office, folder: Path) -> None:
    c.JupyterHub.spawner_class = "jupyterhub.spawner.LocalProcessSpawner"
    c.Spawner.cmd = [sys.executable, "-P", "-m", "workbench.office.own_lab"]
    c.Spawner.default_url = "/lab"
    c.Spawner.notebook_dir = f"~/{office.lab.folder}"
    c.Spawner.environment = {"IGA_HOME": str(office.home), "IGA_LANG": office.lang, LAB_FOLDER: office.lab.folder}
    c.Spawner.http_timeout = c.Spawner.start_timeout = 120
    c.Spawner.pre_spawn_hook = lambda spawner: refuse_without_lab(folder, spawner.user.name)


def refuse_without_lab(folder: Path, name: str) -> None:
    """Refuse a Lab to who gets none, by the settings as they are now. Raises HTTPError 403."""
    from tornado.web import HTTPError

    if name not in read_office(folder).lab_people:
        raise HTTPError(403, f"{name} has no JupyterLab in this office")
