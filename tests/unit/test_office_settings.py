"""The settings of an office: what they refuse, what the hub is told, and that the desk's server serves nothing else."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tornado.web import HTTPError

from warehouse.home import Home
from workbench.office.hub_settings import DESK_ADDRESS, configure
from workbench.office.office_settings import OfficeInvalid, read_office
from workbench.office.starting import EXAMPLES, faults_of, write_examples

STATED = """
home = "/srv/iga"
account = "iga"
[roles]
pembaca = "reader"
pengelola = "administrator"
[members]
pembaca = ["sri"]
pengelola = ["budi"]
[lab]
groups = ["pengelola"]
"""


def written(folder: Path, text: str = STATED) -> Path:
    (folder / "office.toml").write_text(text, encoding="utf-8")
    return folder


def test_the_examples_can_be_used_as_they_are_and_stay_once_they_are_there(tmp_path: Path) -> None:
    made, stayed = write_examples(tmp_path, Home(tmp_path / "home"))
    assert [path.name for path in made] == list(EXAMPLES) and not stayed
    office = read_office(tmp_path)
    assert office.home == tmp_path / "home" and not office.people
    assert {role.value for role in office.roles.values()} == {"reader", "planner", "administrator"}
    (tmp_path / "office.toml").write_text(STATED, encoding="utf-8")
    made, stayed = write_examples(tmp_path, Home(tmp_path / "home"))
    assert not made and len(stayed) == len(EXAMPLES)
    assert read_office(tmp_path).people == {"sri", "budi"}
    assert sys.executable in (tmp_path / "iga-office.service").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("before", "after", "cause"),
    [
        ('home = "/srv/iga"', 'home = "data"', "whole path"),
        ('account = "iga"', 'account = "root"', "account of its own"),
        ('account = "iga"', 'account = "sri"', "account of its own"),
        ('pembaca = "reader"', 'pembaca = "boss"', "reader"),
        ('pembaca = ["sri"]', 'lain = ["sri"]', "no role"),
        ('pembaca = ["sri"]', 'pembaca = ["--help"]', "no login name"),
        ('pembaca = ["sri"]', 'pembaca = ["../x"]', "no login name"),
        ("[roles]", '[address]\nip = "0.0.0.0"\n[roles]', "TLS"),
        ("[roles]", '[address]\ncertificate = "/x"\n[roles]', "go together"),
        ("[roles]", "[address]\nhub_port = 8000\n[roles]", "differ"),
        ("[roles]", "unknown = 1\n[roles]", "unknown"),
        ("[roles]", "[roles", "office.toml"),
    ],
)
def test_what_would_open_more_than_is_meant_is_refused(tmp_path: Path, before: str, after: str, cause: str) -> None:
    assert before in STATED
    with pytest.raises(OfficeInvalid) as refused:
        read_office(written(tmp_path, STATED.replace(before, after)))
    assert cause in " ".join(refused.value.told(str))


def test_the_hub_is_told_who_may_open_what(tmp_path: Path) -> None:
    class Settings(dict[str, Any]):
        def __getattr__(self, name: str) -> Any:
            return self.setdefault(name, SimpleNamespace())

    c = Settings()
    tls = STATED.replace("[roles]", '[address]\nip = "0.0.0.0"\ncertificate = "/c.pem"\nkey = "/k.pem"\n[roles]')
    configure(c, written(tmp_path, tls))
    hub = c.JupyterHub
    assert (hub.bind_url, hub.ssl_cert, hub.ssl_key) == ("https://0.0.0.0:8000", "/c.pem", "/k.pem")
    assert hub.hub_bind_url.startswith("http://127.0.0.1:") and hub.default_url == DESK_ADDRESS
    assert c.Authenticator.allowed_users == {"sri", "budi"} and c.Authenticator.admin_users == set()
    roles = {role["name"]: role for role in hub.load_roles}
    assert "self" not in roles["user"]["scopes"], "whoever has no Lab may start no server"
    assert roles["lab"] == {"name": "lab", "scopes": ["self"], "users": ["budi"]}
    (service,) = hub.services
    assert service["user"] == "iga" and service["environment"]["IGA_HOME"] == "/srv/iga"
    assert service["environment"]["JUPYTER_RUNTIME_DIR"].startswith(str(tmp_path)), "no token lies in the home"
    with pytest.raises(HTTPError):
        c.Spawner.pre_spawn_hook(SimpleNamespace(user=SimpleNamespace(name="sri")))
    c.Spawner.pre_spawn_hook(SimpleNamespace(user=SimpleNamespace(name="budi")))


@pytest.mark.skipif(sys.platform != "linux", reason="an office is on Linux")
def test_a_machine_that_is_not_as_it_should_be_is_told(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    office = read_office(written(tmp_path, STATED.replace("/srv/iga", str(home))))
    told = [str(fault) for fault in faults_of(office, tmp_path)]
    if os.geteuid() != 0 or "extra is missing" in told[0]:
        assert len(told) == 1
        return
    assert any("no system account" in fault for fault in told)
    assert any("chmod 750" in fault for fault in told)
    assert any("jupyterhub_config.py is not there" in fault for fault in told)


def test_the_desk_server_keeps_no_address_but_the_desks() -> None:
    from tornado.web import Application, RequestHandler

    from workbench.desk.server_extension import addresses
    from workbench.office.desk_service import is_served, keep_desk_alone

    base = "/services/iga/"
    others = [r"api/kernels", r"api/contents(.*)", r"files/(.*)", r"lab(.*)", r"terminals/websocket/(\w+)", r"metrics"]
    application = Application([(base + address, RequestHandler) for address in others])
    desk = [(base.rstrip("/") + rule[0], *rule[1:]) for rule in addresses()]
    application.add_handlers(".*$", [*desk, (base + "oauth_callback", RequestHandler), (r"(.*)", RequestHandler)])
    keep_desk_alone(application, base)
    routers = [application.wildcard_router, *(rule.target for rule in application.default_router.rules)]
    rules = [rule for router in routers for rule in router.rules if hasattr(rule.matcher, "regex")]
    kept = {rule.matcher.regex.pattern.rstrip("$") for rule in rules}
    assert {base.rstrip("/") + rule[0] for rule in addresses()} <= kept
    assert kept - {base.rstrip("/") + rule[0] for rule in addresses()} == {base + "oauth_callback", base}
    assert not any(is_served(base + path, base) for path in ("api/contents", "igax", "lab", "", "IGA/", "../iga/"))


def test_the_proxy_takes_certificate_and_key_out_of_its_words(tmp_path: Path) -> None:
    from workbench.office.office_proxy import without_tls

    plain = ["--ip", "127.0.0.1", "--port", "8000"]
    assert without_tls(plain) == (plain, None)
    assert without_tls([*plain, "--ssl-key", "/k", "--ssl-cert=/c", "--api-port", "1"]) == (
        [*plain, "--api-port", "1"],
        ("/c", "/k"),
    )
    assert without_tls(["--ssl-key", "/k"])[1] is None
