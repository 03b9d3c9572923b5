"""What an office states in `office.toml`: home, account, address, login, roles and members; roles are data."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from iga.errors import ValueRefused
from iga.reasons import reason_of
from iga.written_toml import parsed_toml
from warehouse.errors import ExitCode, WorkbenchError
from workbench.desk.people import Role

SETTINGS = "office.toml"
NAME = r"^[a-z_][a-z0-9_.-]{0,31}$"
"""A login name or a system account, as Linux takes them; it can be no option of a command, and no path."""


Port = Annotated[int, Field(ge=1, le=65535)]


class OfficeInvalid(WorkbenchError):
    """The settings of an office cannot be used, or the machine is not as they ask for."""

    exit_code = ExitCode.USAGE


class _Stated(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Address(_Stated):
    """Where people reach the office, and the ports within the machine."""

    ip: str = "127.0.0.1"
    port: Port = 8000
    certificate: str = ""
    key: str = ""
    behind_proxy: bool = False
    hub_port: Port = 8081
    proxy_port: Port = 8001
    desk_port: Port = 8082

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        return self.ip in ("127.0.0.1", "::1", "localhost")

    @model_validator(mode="after")
    def _is_safe(self) -> Address:
        if bool(self.certificate) != bool(self.key):
            raise ValueRefused("certificate and key go together")
        if not (self.is_local or self.certificate or self.behind_proxy):
            raise ValueRefused("beyond this machine TLS is needed: state certificate and key, or behind_proxy")
        ports = (self.port, self.hub_port, self.proxy_port, self.desk_port)
        if len(set(ports)) < len(ports):
            raise ValueRefused("the four ports must differ")
        return self


class Login(_Stated):
    """How people log in."""

    kind: Literal["pam", "native"] = "pam"
    service: Annotated[str, Field(pattern=NAME)] = "login"


class Labs(_Stated):
    """Who gets a JupyterLab, and the folder of notebooks below each one's own."""

    groups: tuple[str, ...] = ()
    folder: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")] = "iga"


class Office(_Stated):
    """The settings of an office."""

    home: Path
    account: str = Field(pattern=NAME)
    lang: Literal["id", "en"] = "id"
    address: Address = Address()
    login: Login = Login()
    roles: dict[str, Role]
    members: dict[str, tuple[str, ...]]
    lab: Labs = Labs()

    @field_validator("members")
    @classmethod
    def _are_names(cls, members: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for name in (name for names in members.values() for name in names):
            if not re.match(NAME, name):
                raise ValueRefused("{name} is no login name", name=name)
        return members

    @model_validator(mode="after")
    def _groups_are_known(self) -> Office:
        for group in (*self.members, *self.lab.groups):
            if group not in self.roles:
                raise ValueRefused("the group {name} has no role", name=group)
        if not self.home.is_absolute():
            raise ValueRefused("write the home as a whole path, from /")
        if self.account in self.people or self.account == "root":
            raise ValueRefused("the service account is an account of its own, and nobody logs in with it")
        return self

    @property
    def people(self) -> frozenset[str]:
        """Everyone who may log in."""
        return frozenset(name for names in self.members.values() for name in names)

    @property
    def lab_people(self) -> frozenset[str]:
        """Those who get a JupyterLab under an account of their own."""
        return frozenset(name for group in self.lab.groups for name in self.members.get(group, ()))

    def groups_of(self, name: str) -> list[str]:
        """Return the groups of a person; of one who is no member none."""
        return [group for group, names in self.members.items() if name in names]


def read_office(folder: Path) -> Office:
    """Return the settings of an office's folder. Raises OfficeInvalid with the file and the cause."""
    path = folder / SETTINGS
    try:
        return Office.model_validate(parsed_toml(path.read_text(encoding="utf-8")))
    except (OSError, ValidationError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OfficeInvalid(
            "The settings of the office cannot be used: {cause}",
            next_step="compare them with what `iga office init FOLDER` writes",
            place=str(path),
            cause=reason_of(error),
        ) from error
