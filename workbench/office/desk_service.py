"""The desk of an office: a Jupyter server with nothing but the desk, under the service account, behind the hub's login.

Kernels, terminals and contents are not served here, to nobody: a kernel of this account could write to the home.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jupyter_server.auth.identity import IdentityProvider
from jupyter_server.serverapp import ServerApp
from tornado.web import HTTPError, RedirectHandler

from workbench.desk.people import ROLE_GROUPS
from workbench.office.hub_settings import OFFICE
from workbench.office.office_settings import Office, OfficeInvalid, read_office

BY_A_SCRIPT = ("cors", "same-origin", "websocket")
"""How a browser marks the requests of a script."""
SERVED = ("iga", "oauth_callback", "logout")
"""The addresses, below that of the service, that are served at all."""


def identity_provider(folder: Path) -> type[IdentityProvider]:
    """Return the class that says who asks, by the hub, with the groups that the office states now.

    It refuses all but the desk, and whoever is no member. Made here, since the hub comes with an extra alone.
    """
    from jupyterhub.singleuser.extension import JupyterHubIdentityProvider

    class OfficeIdentityProvider(JupyterHubIdentityProvider):  # type: ignore[misc]
        async def get_user(self, handler: Any) -> Any:
            """Return the person of a request; None leads to the login, which a person alone can be led to.

            A script that were led there would begin a login of its own, and end that of its page. Raises HTTPError 403
            for others and for what is not the desk, and 503 where the settings cannot be read.
            """
            if not is_served(handler.request.path, handler.base_url):
                raise HTTPError(403)
            user = await super().get_user(handler)
            if user is None and handler.request.headers.get("Sec-Fetch-Mode", "navigate") in BY_A_SCRIPT:
                raise HTTPError(403)
            if user is None:
                return None
            try:
                groups = read_office(folder).groups_of(user.username)
            except OfficeInvalid:  # nobody knows who may do what
                raise HTTPError(503) from None
            if not groups:
                raise HTTPError(403)
            user.groups = groups
            return user

    return OfficeIdentityProvider


def is_served(path: str, base: str) -> bool:
    """Return whether an address is one of the desk's, or belongs to the login."""
    first = path.removeprefix(base).partition("/")[0] if path.startswith(base) else ""
    return first in SERVED


class DeskServerApp(ServerApp):
    """A server that has lost all addresses but those of the desk."""

    def initialize(self, *arguments: Any, **options: Any) -> None:
        """Initialize the server, then take away what is not the desk's."""
        super().initialize(*arguments, **options)
        keep_desk_alone(self.web_app, self.base_url)
        settings: dict[str, Any] = self.web_app.settings
        settings[ROLE_GROUPS] = {group: role.value for group, role in OFFICE_NOW[0].roles.items()}
        settings["iga_has_lab"] = False


OFFICE_NOW: list[Office] = []
"""The settings that this process has started with."""


def keep_desk_alone(application: Any, base: str) -> None:
    """Take every address away from a server that is not below the desk's or part of the login."""
    for router in [application.wildcard_router, *(rule.target for rule in application.default_router.rules)]:
        router.rules = [rule for rule in router.rules if is_served(_address_of(rule), base)]
    application.add_handlers(".*$", [(base, RedirectHandler, {"url": f"{base}iga/", "permanent": False})])


def _address_of(rule: Any) -> str:
    pattern: str = rule.matcher.regex.pattern
    return pattern.replace("\\", "").rstrip("$").replace("(", "/(", 1)


def main() -> None:
    """Serve the desk until the hub ends it."""
    os.umask(0o027)  # others than the group read nothing of what is written
    folder = Path(os.environ[OFFICE])
    OFFICE_NOW.append(read_office(folder))
    service, prefix = urlsplit(os.environ["JUPYTERHUB_SERVICE_URL"]), os.environ["JUPYTERHUB_SERVICE_PREFIX"]
    options = {
        "ServerApp.base_url": prefix,
        "ServerApp.ip": service.hostname,
        "ServerApp.port": service.port,
        "ServerApp.port_retries": 0,
        "ServerApp.root_dir": Path.cwd(),
        "ServerApp.open_browser": False,
        "ServerApp.allow_remote_access": True,
        "ServerApp.trust_xheaders": True,
        "ServerApp.terminals_enabled": False,
        "ServerApp.allow_unauthenticated_access": False,
        "ServerApp.jpserver_extensions": "{'workbench.desk.server_extension': True}",
        "ServerApp.reraise_server_extension_failures": True,
        "Application.log_level": "WARN",
    }
    server: Any = DeskServerApp.instance(identity_provider_class=identity_provider(folder))
    server.initialize([f"--{name}={value}" for name, value in options.items()])
    forget_secrets(server.identity_provider.hub_auth)
    server.start()


def forget_secrets(hub_auth: Any) -> None:
    """Read what the hub has told in the environment, then take it out: jobs need no token of the hub."""
    for name in hub_auth.trait_names():
        getattr(hub_auth, name)
    for name in list(os.environ):
        if name.startswith(("JUPYTERHUB_", "CONFIGPROXY_")):
            del os.environ[name]
