"""Commands about the schedule: show it, install it, remove it, run it."""

from __future__ import annotations

from datetime import UTC, datetime, time
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer
from rich.markup import escape

from warehouse.errors import ExitCode, WorkIncomplete
from warehouse.home import Home
from workbench.options import (
    FormatOption,
    HomeOption,
    LanguageOption,
    complete_site,
    home_of,
    language_of,
    language_of_environment,
)
from workbench.output import Format, json_of, messages, show, show_row
from workbench.settings import settings

if TYPE_CHECKING:
    from workbench.schedule.plan import SchedulePlan
    from workbench.schedule.timers import Timer

_ = language_of_environment()

app = typer.Typer(no_args_is_help=True)

HEADERS = {"name": "Setting", "value": "Value"}


class RunIncomplete(WorkIncomplete):
    """A run of the schedule ended, but something failed."""


class Scheduler(StrEnum):
    """The schedulers of the three systems."""

    systemd = "systemd"
    cron = "cron"
    windows = "windows"


SchedulerOption = Annotated[
    Scheduler | None,
    typer.Option("--with", help=_("Scheduler (otherwise the one that this machine has)."), show_default=False),
]


@app.command("show", help=_("The plan, what the scheduler is given, and how the last run went."))
def show_schedule(
    home: HomeOption = None,
    scheduler: SchedulerOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """The plan, what the scheduler is given, and how the last run went."""
    from workbench.schedule.plan import load_plan, plan_path
    from workbench.schedule.status import read_status, told_in_words

    place, language = home_of(home), language_of(lang)
    plan = load_plan(place)
    timer, status, now = _timer(place, plan, scheduler), read_status(place), _now()
    rows = {
        "plan": str(plan_path(place)),
        "scheduler": timer.kind,
        "task": timer.name,
        "is_installed": timer.is_installed(),
        **plan.model_dump(mode="json", exclude={"mail"}),
        "mail": list(plan.mail.recipients) if plan.mail else [],
        "next_due": plan.next_due(now).isoformat(timespec="minutes"),
        "last_run": status.started_at if status else None,
        "last_state": status.state if status else None,
    }
    if form is Format.json:
        # A column of a frame has one type; these values have their own.
        typer.echo(json_of([{"name": name, "value": value} for name, value in rows.items()]))
        return
    frame = pl.DataFrame({"name": list(rows), "value": [_text(value) for value in rows.values()]})
    show(frame, form, language, title=language("Schedule"), headers=HEADERS)
    if form is Format.table:
        for name, text in timer.files().items():
            typer.echo(f"\n# {name}\n{text}")
        for line in told_in_words(status, language) if status else ():
            typer.echo(line)


@app.command("install", help=_("Let the machine bring the reports up to date at a time of day."))
def install(
    home: HomeOption = None,
    at: Annotated[str | None, typer.Option(help=_("Time of day, such as 06:30."), show_default=False)] = None,
    days: Annotated[
        str | None, typer.Option(help=_("Days, such as mon,wed,fri (otherwise every day)."), show_default=False)
    ] = None,
    site: Annotated[
        list[str] | None,
        typer.Option(
            "--site",
            help=_("Report site, of the software or of the home; may be repeated."),
            show_default=False,
            autocompletion=complete_site,
        ),
    ] = None,
    keep: Annotated[
        int | None, typer.Option(help=_("Earlier builds of a site to keep."), min=0, show_default=False)
    ] = None,
    scheduler: SchedulerOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """Write the plan and give it to the machine's scheduler; again at any time, with the same result."""
    from reports.run.own_sites import site_of_home
    from workbench.schedule.plan import keep_hand_written, load_plan, save_plan

    place, language = home_of(home), language_of(lang)
    for name in site or ():
        site_of_home(name, place)
    before = load_plan(place)
    changes: dict[str, object] = {
        "at": _time(at) if at else before.at,
        "days": tuple(days.lower().split(",")) if days else before.days,
        "sites": tuple(site) if site else before.sites,
        "keep": before.keep if keep is None else keep,
        "lang": lang or before.lang,
    }
    plan = _checked(before, changes)
    place.create()
    former = keep_hand_written(place)
    path = save_plan(place, plan)
    if former is not None:
        text = language("Your schedule.toml with its comments is kept as {name}")
        messages().print(escape(text.format(name=former.name)))
    timer = _timer(place, plan, scheduler)
    timer.install()
    console = messages()
    text = language("Installed with {scheduler} as {name}; plan: {path}; next run: {next}")
    told = text.format(scheduler=timer.kind, name=timer.name, path=path, next=f"{plan.next_due(_now()):%Y-%m-%d %H:%M}")
    console.print(escape(told))
    if timer.kind == "systemd":
        console.print(language("It runs while you are logged in; `loginctl enable-linger` lets it run always."))
    due = plan.next_due(_now()).isoformat(timespec="minutes")
    show_row({"scheduler": timer.kind, "task": timer.name, "plan": str(path), "next_due": due}, form, language)


@app.command("remove", help=_("Take the schedule from the machine; the plan and the reports stay."))
def remove(
    home: HomeOption = None,
    scheduler: SchedulerOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """Take the schedule from the machine; the plan and the reports stay."""
    from workbench.schedule.plan import load_plan

    place, language = home_of(home), language_of(lang)
    timer = _timer(place, load_plan(place), scheduler)
    was_installed = timer.remove()
    told = "Removed from {scheduler}: {name}" if was_installed else "Nothing was installed with {scheduler} as {name}"
    messages().print(escape(language(told).format(scheduler=timer.kind, name=timer.name)))
    show_row({"scheduler": timer.kind, "task": timer.name, "was_installed": was_installed}, form, language)


@app.command("run", help=_("Now: load the inbox, build what has changed, write the status, tell by mail."))
def run(
    home: HomeOption = None,
    if_due: Annotated[bool, typer.Option("--if-due", help=_("Only if a planned run has not been yet."))] = False,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
    is_supervised: Annotated[
        bool, typer.Option("--supervised", hidden=True, help=_("Runs under a parent that records its end."))
    ] = False,
) -> None:
    """Load the inbox, publish, build the sites that changed, write the status, tell by mail if the plan says so."""
    from workbench.schedule.plan import load_plan
    from workbench.schedule.run import is_due, run_schedule
    from workbench.schedule.status import status_folder, told_in_words
    from workbench.stopping import end_with_parent

    place, language, console = home_of(home), language_of(lang), messages()
    plan = load_plan(place)
    if if_due and not is_due(place, plan, _now()):
        console.print(language("Nothing is due."))
        show_row({"is_due": False, "state": None, "status_page": None}, form, language)
        return
    if not is_supervised:
        _supervised(place, plan, form, lang)
        return
    end_with_parent()
    status = run_schedule(
        place, plan, clock=_now, cell_seconds=settings().cell_seconds, tell=lambda step: console.print(f"… {step}")
    )
    for line in told_in_words(status, language):
        console.print(escape(line))
    path = status_folder(place) / "status.html"
    if status.mail_state == "failed":
        console.print(f"[bold red]{language('E-mail')}:[/] {escape(status.mail_cause)}")
    show_row({"is_due": True, "state": status.state, "status_page": path.as_uri()}, form, language)
    if code := _exit_code(status.is_good, [site.exit_code for site in status.sites], status.mail_state):
        raise RunIncomplete(
            code,
            "The run ended, but something failed; the last good reports stand",
            next_step="the status page names what, since when, and why",
            place=str(path),
        )
    if form is Format.table:
        typer.echo(path.as_uri())


def _supervised(home: Home, plan: SchedulePlan, form: Format, lang: str | None) -> None:
    """Do the run in a process of its own, and end as it ended. Raises RunDied where it told nothing itself."""
    from workbench.schedule.status import status_folder, told_in_words
    from workbench.schedule.supervise import supervise

    words = ["schedule", "run", "--supervised", "--home", str(home.root), "--format", form.value]
    ended = supervise(home, plan, [*words, *(["--lang", lang] if lang else [])], _now)
    if ended.abnormal is not None:
        for line in told_in_words(ended.abnormal, language_of(lang)):
            messages().print(escape(line))
        raise RunIncomplete(
            ended.exit_code,
            "The run did not come to its end; the last good reports stand",
            next_step="the status page names the cause and what to do",
            place=str(status_folder(home) / "status.html"),
        )
    raise typer.Exit(ended.exit_code)


def _exit_code(is_good: bool, codes: list[int], mail_state: str) -> int:
    """That of the cause: of the only one, else 8; a mail that was not sent is 14; files set aside are 5."""
    found = {code for code in codes if code}
    if found:
        return found.pop() if len(found) == 1 else RunIncomplete.exit_code
    if not is_good:
        return ExitCode.INPUT_HELD
    return ExitCode.MACHINE if mail_state == "failed" else ExitCode.DONE


def _timer(home: Home, plan: SchedulePlan, scheduler: Scheduler | None) -> Timer:
    from workbench.schedule.timers import TIMERS, usual_scheduler

    return TIMERS[scheduler or usual_scheduler()](home, plan)


def _checked(before: SchedulePlan, changes: dict[str, object]) -> SchedulePlan:
    from pydantic import ValidationError

    from iga.reasons import reason_of
    from workbench.schedule.plan import SchedulePlan

    try:
        return SchedulePlan.model_validate({**before.model_dump(), **changes})
    except ValidationError as error:
        raise typer.BadParameter(reason_of(error).told(_)) from error


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r}: HH:MM", param_hint="--at") from error


def _now() -> datetime:
    return datetime.now(tz=UTC).astimezone()


def _text(value: object) -> str:
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).lower()
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
