"""What is done when: the file `schedule.toml` of a home, its times and its mail."""

from __future__ import annotations

import tomllib
from datetime import datetime, time, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from iga.errors import ValueRefused
from iga.reasons import reason_of
from iga.written_toml import parsed_toml
from warehouse.disk import write_bytes, write_text
from warehouse.errors import ExitCode, WorkbenchError
from warehouse.home import Home

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class PlanInvalid(WorkbenchError):
    """The file `schedule.toml` holds something unknown, or a value that is not allowed."""

    exit_code = ExitCode.USAGE


class Declared(BaseModel):
    """Base of what the file holds: nothing beyond what is known here."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class MailPlan(Declared):
    """Who is told by e-mail, through which server. The password is never written here."""

    host: str
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password_file: str = Field(default="", description="file of mode 0600; or set IGA_SMTP_PASSWORD")
    sender: str
    recipients: tuple[str, ...] = Field(min_length=1)
    when: Literal["always", "changed", "failed"] = Field(
        default="changed", description="changed: something was built or something failed"
    )
    attach: tuple[str, ...] = Field(default=(), description="files of sites, such as next_edition/*.pdf")

    @field_validator("sender", "recipients")
    @classmethod
    def _one_line(cls, value: Any) -> Any:
        for address in [value] if isinstance(value, str) else value:
            if any(mark in address for mark in "\r\n") or "@" not in address:
                raise ValueRefused("not an address: {address!r}", address=address)
        return value

    @field_validator("attach")
    @classmethod
    def _within_the_reports(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
                raise ValueRefused("not within the reports: {pattern!r}", pattern=pattern)
        return patterns


class SchedulePlan(Declared):
    """The whole plan: at which time on which days which sites are brought up to date, and how many builds are kept."""

    at: time = time(6, 30)
    days: tuple[Day, ...] = Field(default=DAYS, min_length=1)
    sites: tuple[str, ...] = Field(default=("three_cities",), min_length=1)
    jobs: int = Field(default=0, ge=0, description="notebooks side by side; 0: three more than cores")
    keep: int = Field(default=5, ge=0, description="earlier builds of a site that are kept")
    lang: Literal["id", "en"] = Field(default="id", description="language of the status page and the mail")
    longest_minutes: float = Field(default=180, ge=0, description="a run that takes longer is ended; 0: never")
    longest_step_minutes: float = Field(default=120, ge=0, description="the same for its load, or for one site")
    verify_days: int = Field(default=7, ge=0, description="days after which the home is verified again; 0: never")
    mail: MailPlan | None = None

    def last_due(self, now: datetime) -> datetime:
        """The latest planned moment that is not after `now` (same time zone)."""
        for back in range(8):
            day = (now - timedelta(days=back)).date()
            due = datetime.combine(day, self.at, tzinfo=now.tzinfo)
            if due <= now and DAYS[day.weekday()] in self.days:
                return due
        raise ValueError("a plan has at least one day")

    def next_due(self, now: datetime) -> datetime:
        """The first planned moment after `now`."""
        for ahead in range(9):
            day = (now + timedelta(days=ahead)).date()
            due = datetime.combine(day, self.at, tzinfo=now.tzinfo)
            if due > now and DAYS[day.weekday()] in self.days:
                return due
        raise ValueError("a plan has at least one day")


def plan_path(home: Home) -> Path:
    """Where the plan of a home lies."""
    return home.root / "schedule.toml"


def load_plan(home: Home) -> SchedulePlan:
    """The plan of a home; the defaults where there is no file. Raises PlanInvalid with the place and the value."""
    path = plan_path(home)
    try:
        return SchedulePlan.model_validate(parsed_toml(path.read_text(encoding="utf-8")) if path.is_file() else {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValidationError) as error:
        raise PlanInvalid(
            "The schedule cannot be used: {cause}",
            next_step="correct the file, or delete it and run `iga schedule install` again",
            place=str(path),
            cause=reason_of(error),
        ) from error


def keep_hand_written(home: Home) -> Path | None:
    """Copy a plan that is not as we write it (a person's comments stand in it) beside itself; None where it is ours.

    The copy is kept under a free name before a command changes the plan.
    """
    path = plan_path(home)
    if not path.is_file():
        return None
    content = path.read_bytes()
    if path.read_text(encoding="utf-8") == _toml(load_plan(home)):
        return None
    number = 1
    while (copy := path.with_name(f"schedule.former-{number}.toml")).exists():
        if copy.read_bytes() == content:
            return copy
        number += 1
    write_bytes(copy, content)
    return copy


def save_plan(home: Home, plan: SchedulePlan) -> Path:
    """Write the plan; the path of its file."""
    write_text(plan_path(home), _toml(plan))
    return plan_path(home)


def _toml(plan: SchedulePlan) -> str:
    lines = ["# What `iga schedule` does; see docs/schedule.md. Passwords do not belong here."]
    lines += [_line(name, value) for name, value in plan.model_dump(exclude={"mail"}, mode="json").items()]
    if plan.mail is not None:
        lines += ["", "[mail]", *(_line(name, value) for name, value in plan.mail.model_dump(mode="json").items())]
    return "\n".join(lines) + "\n"


def _line(name: str, value: Any) -> str:
    import json

    if name == "at":
        return f"at = {value}"
    return f"{name} = {json.dumps(value, ensure_ascii=False)}"  # strings, numbers and lists are alike in TOML and JSON


def task_name(home: Home) -> str:
    """The name that a home's schedule bears in the machine's scheduler: two homes do not get in each other's way."""
    return f"iga-{sha256(str(home.root).encode()).hexdigest()[:8]}"
