"""The machine's own schedulers: systemd user timers, cron, Windows Task Scheduler; each written, installed, removed."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar
from xml.sax.saxutils import escape

from warehouse import disk
from warehouse.errors import ExitCode, WorkbenchError
from warehouse.home import Home
from workbench.schedule.plan import DAYS, SchedulePlan, task_name


class ScheduleRefused(WorkbenchError):
    """The machine's scheduler is missing, or did not take the schedule."""

    exit_code = ExitCode.MACHINE


@dataclass(frozen=True)
class Ended:
    """A finished program of the system."""

    code: int
    out: str = ""
    err: str = ""


Run = Callable[[Sequence[str], str | None], Ended]
"""Runs a program of the system with a text as its input."""


def run_program(arguments: Sequence[str], text: str | None = None) -> Ended:
    """Run a program of the system."""
    done = subprocess.run(arguments, input=text, capture_output=True, text=True, check=False, timeout=60)
    return Ended(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True)
class Timer:
    """What is to be started when: the plan, the home, and the program that runs it."""

    home: Home
    plan: SchedulePlan
    run: Run = run_program
    interpreter: str = sys.executable

    kind: ClassVar[str] = ""

    @property
    def name(self) -> str:
        """The name in the scheduler."""
        return task_name(self.home)

    def command(self, *more: str) -> list[str]:
        """Return the program and its arguments that bring everything up to date.

        `-P` keeps modules of the folder in which a scheduler starts it (a person's own folder) from replacing ours.
        """
        root = str(self.home.root)
        return [self.interpreter, "-P", "-m", "workbench.command", "schedule", "run", "--home", root, *more]

    def files(self) -> dict[str, str]:
        """The text that the scheduler is given, by the name of its file."""
        return {}

    def install(self) -> None:
        """Give it to the scheduler; again at any time, with the same result. Raises ScheduleRefused."""

    def remove(self) -> bool:
        """Take it from the scheduler; whether there was anything."""
        return False

    def is_installed(self) -> bool:
        """Whether the scheduler has it."""
        return False

    def _must(self, *arguments: str, text: str | None = None) -> Ended:
        try:
            ended = self.run(arguments, text)
        except (OSError, subprocess.TimeoutExpired) as error:
            ended = Ended(127, err=str(error))
        if ended.code:
            raise ScheduleRefused(
                "{program} did not take the schedule: {reason}",
                next_step="correct the cause, or choose another scheduler: iga schedule install --with cron",
                place=" ".join(arguments),
                program=arguments[0],
                reason=(ended.err or ended.out).strip()[:300] or f"exit code {ended.code}",
            )
        return ended


@dataclass(frozen=True)
class Systemd(Timer):
    """A user timer: a run that was missed while the machine was off is caught up (`Persistent=true`)."""

    folder: Path = field(
        default_factory=lambda: Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd" / "user"
    )
    kind: ClassVar[str] = "systemd"

    def files(self) -> dict[str, str]:
        """The service and its timer."""
        days = ",".join(day.capitalize() for day in self.plan.days)
        service = [
            "[Unit]",
            f"Description=IGA Workbench: reports of {_of_systemd(str(self.home.root))}",
            "",
            "[Service]",
            "Type=oneshot",
            f"ExecStart={' '.join(map(_quoted_for_systemd, self.command()))}",
            "Nice=10",
            "UMask=0077",
        ]
        timer = [
            "[Unit]",
            "Description=IGA Workbench: when the reports are brought up to date",
            "",
            "[Timer]",
            f"OnCalendar={days} *-*-* {self.plan.at:%H:%M:%S}",
            "Persistent=true",
            "AccuracySec=1min",
            "",
            "[Install]",
            "WantedBy=timers.target",
        ]
        return {f"{self.name}.service": "\n".join(service) + "\n", f"{self.name}.timer": "\n".join(timer) + "\n"}

    def install(self) -> None:
        """Write the units and start the timer."""
        for name, text in self.files().items():
            disk.write_text(self.folder / name, text)
        self._must("systemctl", "--user", "daemon-reload")
        self._must("systemctl", "--user", "enable", "--now", f"{self.name}.timer")

    def remove(self) -> bool:
        """Stop the timer and remove the units."""
        if not self.is_installed():
            return False
        self.run(("systemctl", "--user", "disable", "--now", f"{self.name}.timer"), None)
        for name in self.files():
            disk.remove(self.folder / name)
        self._must("systemctl", "--user", "daemon-reload")
        return True

    def is_installed(self) -> bool:
        """Whether its units are there."""
        return (self.folder / f"{self.name}.timer").is_file()


def _of_systemd(text: str) -> str:
    return text.replace("%", "%%")


def _quoted_for_systemd(argument: str) -> str:
    escaped = argument.replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{_of_systemd(escaped)}"'


@dataclass(frozen=True)
class Cron(Timer):
    """A line of the user's crontab that looks once an hour whether a run is due, so that a missed one is caught up."""

    kind: ClassVar[str] = "cron"

    def files(self) -> dict[str, str]:
        """The block of lines; everything else in the crontab stays as it is."""
        command = " ".join(shlex.quote(part) for part in self.command("--if-due")).replace("%", "\\%")
        line = f"{self.plan.at.minute} * * * * {command} >/dev/null 2>&1"
        return {"crontab": "\n".join([self._begin, line, self._end]) + "\n"}

    @property
    def _begin(self) -> str:
        return f"# {self.name}: IGA Workbench begin"

    @property
    def _end(self) -> str:
        return f"# {self.name}: IGA Workbench end"

    def _others(self) -> str:
        """The crontab without our block. cron ends with 1 where a user has none yet."""
        ended = self.run(("crontab", "-l"), None)
        lines = ended.out.splitlines() if ended.code == 0 else []
        kept, is_ours = [], False
        for line in lines:
            is_ours = is_ours or line == self._begin
            if not is_ours:
                kept.append(line)
            is_ours = is_ours and line != self._end
        return "".join(f"{line}\n" for line in kept)

    def install(self) -> None:
        """Put the block into the crontab, in the place of an older one."""
        self._must("crontab", "-", text=self._others() + self.files()["crontab"])

    def remove(self) -> bool:
        """Take the block out of the crontab."""
        if not self.is_installed():
            return False
        self._must("crontab", "-", text=self._others())
        return True

    def is_installed(self) -> bool:
        """Whether the crontab has the block."""
        try:
            ended = self.run(("crontab", "-l"), None)
        except OSError:
            return False
        return ended.code == 0 and self._begin in ended.out.splitlines()


_WINDOWS_DAYS = dict(
    zip(DAYS, ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"), strict=True)
)


@dataclass(frozen=True)
class WindowsTask(Timer):
    """A task of the Task Scheduler: a missed run is caught up (`StartWhenAvailable`), never two at a time."""

    kind: ClassVar[str] = "windows"

    def files(self) -> dict[str, str]:
        """The task as XML."""
        days = "".join(f"<{_WINDOWS_DAYS[day]} />" for day in self.plan.days)
        program, *arguments = self.command()
        told = escape(subprocess.list2cmdline(arguments))
        return {
            f"{self.name}.xml": f"""<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>IGA Workbench: {escape(str(self.home.root))}</Description></RegistrationInfo>
  <Triggers>
    <CalendarTrigger>
      <StartBoundary>2020-01-01T{self.plan.at:%H:%M:%S}</StartBoundary>
      <Enabled>true</Enabled>
      <ScheduleByWeek><DaysOfWeek>{days}</DaysOfWeek><WeeksInterval>1</WeeksInterval></ScheduleByWeek>
    </CalendarTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author"><LogonType>InteractiveToken</LogonType><RunLevel>LeastPrivilege</RunLevel></Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT6H</ExecutionTimeLimit>
    <Priority>8</Priority>
  </Settings>
  <Actions Context="Author"><Exec><Command>{escape(program)}</Command><Arguments>{told}</Arguments></Exec></Actions>
</Task>
"""
        }

    def install(self) -> None:
        """Create the task, or replace it."""
        path = self.home.runs / f"{self.name}.xml"
        disk.write_text(path, self.files()[path.name], encoding="utf-16")
        self._must("schtasks", "/Create", "/TN", self.name, "/XML", str(path), "/F")

    def remove(self) -> bool:
        """Delete the task."""
        if not self.is_installed():
            return False
        self._must("schtasks", "/Delete", "/TN", self.name, "/F")
        return True

    def is_installed(self) -> bool:
        """Whether the Task Scheduler knows the task."""
        try:
            return self.run(("schtasks", "/Query", "/TN", self.name), None).code == 0
        except OSError:
            return False


TIMERS: dict[str, type[Timer]] = {"systemd": Systemd, "cron": Cron, "windows": WindowsTask}


def usual_scheduler() -> str:
    """The scheduler that this machine has: Task Scheduler on Windows, systemd where a user manager runs, else cron."""
    if sys.platform == "win32":
        return "windows"
    if shutil.which("systemctl") and Path(f"/run/user/{os.getuid()}/systemd").is_dir():
        return "systemd"
    return "cron"
