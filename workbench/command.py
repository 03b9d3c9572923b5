"""The `iga` command: its subcommands, what they share, and how a fault ends (message, place, next step, exit code)."""

from __future__ import annotations

import os
import sys
import traceback
from typing import Annotated, Any

import typer
from rich.markup import escape

from iga.errors import MendableError
from iga.exit_codes import ExitCode
from warehouse.visible_text import visible
from workbench.closed_pipes import be_patient, flush
from workbench.code_pages import print_anything
from workbench.command_group import CommandGroup
from workbench.options import language_of_environment, language_of_messages
from workbench.output import messages
from workbench.progress_file import is_followed, note_error
from workbench.stopping import end_if_asked, end_with_parent, is_asked, listen

_ = language_of_environment()


class Commands(CommandGroup):
    """Every command of `iga` with its one-line help, in the order of the list that people read."""

    helps = {  # noqa: RUF012
        "demo": _("Load the example inbox of three cities and build the report site."),
        "ingest": _("Read the inbox (or the paths given) and publish a snapshot."),
        "undo": _("Take the last received file back; it stays in the archive."),
        "status": _("What is in, what is missing, what was set aside."),
        "snapshots": _("The published snapshots: list, keep, prune."),
        "verify": _("Check that everything in the home is as it was written."),
        "backup": _("Write the whole home into one file."),
        "restore": _("Lay a backup into a new home."),
        "forget": _("Erase a person or a file for good."),
        "diff": _("What changed between two snapshots, or two days of one."),
        "sql": _("A reading query on the current snapshot."),
        "rules": _("The rulebooks that are known, with source and confidence."),
        "index": _("The index of a city and edition, or all, with bounds."),
        "audit-sample": _("Innovations drawn at random to be read again: the sheet, and the range that it gives."),
        "rank": _("The ranking, with tie rule and range of places."),
        "explain": _("Why the index and the rank of a city moved between two editions."),
        "profile": _("The index line by line: SPD lines and SID indicators, and what each costs."),
        "trace": _("From a figure to the cells behind it, and from a row of a file to its figures."),
        "score": _("Score a lake of Parquet files with the kernel alone, on any engine."),
        "facts": _("Every fact of a season on a day, each with its rule."),
        "readiness": _("Who has sent what, what is missing, and whether the pace will be enough."),
        "plan": _("Cheapest raises to a goal, what to submit or hold, and scenarios."),
        "scenario": _("Scenarios: list the kept ones, keep one, compare several."),
        "mentoring": _("Mentoring: rounds, objections, whose move it is, the sheets to fill in, the year after."),
        "evidence": _("Files of evidence: which indicator each answers, whether it can, and what a mentor confirmed."),
        "contest": _("A city contest: places, prizes, nominees, agreement of the jurors."),
        "clinic": _("Check a design, a decree or a video part by part, with comments in Word for the unit."),
        "lab": _("The desk of this home and JupyterLab, on this machine only."),
        "letters": _("Nota dinas, letters to units and berita acara, as Word files and PDFs."),
        "remind": _("Texts to contacts with what is missing and by when; e-mail when asked; dates as a calendar."),
        "portal": _("A folder per innovation to type into the portal, ticked off; then what has arrived there."),
        "nominee": _("Fact sheets of flagship innovations: figures, evidence, criteria, likely questions."),
        "portfolio": _("A city's innovations over years and schemes, and what it could replicate."),
        "report": _("Report sites: list them, build them."),
        "schedule": _("Reports on time: show, install, remove or run the schedule."),
        "export": _("Hand data on: the research panel."),
        "replicate": _("Make a deposit again from its own files, and say which differ."),
        "identity": _("Which innovations are the same: proposals, decisions, continuity."),
        "layout": _("Export layouts: list the known ones, draft one, try one."),
        "units": _("Names of units that are not tied to the register: list them with proposals, confirm one."),
        "vocabulary": _("Words that were not known: list them with proposals, confirm what they mean."),
        "template": _("Write a template workbook to fill in."),
        "office": _("An office: one desk for several, reports for those without accounts, provinces, handing over."),
        "composite": _("An index of a table of your own, with report, workbook and text of methods."),
        "simulate": _("Simulated files of many regions, with their truth."),
    }


app = typer.Typer(
    name="iga",
    cls=Commands,
    help=_("Indeks Inovasi Daerah: from city files to a rendered report, offline."),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(is_asked: bool) -> None:
    if is_asked:
        from importlib.metadata import version

        from warehouse.snapshot import SCHEMA_VERSION

        typer.echo(f"iga {version('iga-workbench')} (schema_version {SCHEMA_VERSION})")
        raise typer.Exit


@app.callback()
def iga(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            help=_("Version of the software and of the tables of its snapshots."),
            is_eager=True,
            callback=_show_version,
        ),
    ] = False,
) -> None:
    """Indeks Inovasi Daerah: from city files to a rendered report, offline."""


def whole_command() -> Any:
    """Return the command with every subcommand loaded: for a reference, and for tests that walk the tree."""
    command: Any = typer.main.get_command(app)
    command.load_all()
    return command


def main() -> None:
    """Run the command; a person's error ends with one message and its exit code, without a traceback."""
    print_anything(sys.argv[1:])
    be_patient()
    listen(_told)
    if is_followed():
        end_with_parent()
    try:
        _run()
    finally:
        end_if_asked()
        flush()


def _told(sentence: str) -> str:
    return language_of_messages()(sentence)


def _run() -> None:
    command: Any = typer.main.get_command(app)
    for option in command.params:  # those of shell completion come with the library, in English
        option.help = _(option.help)
    try:
        command(prog_name="iga")
    except MendableError as error:
        sys.exit(tell(error))
    except KeyboardInterrupt:
        sys.exit(ExitCode.STOPPED)
    except Exception as error:  # the last line of defence: say what to do instead of a wall of traceback
        if is_asked():  # what fails while the command ends has nothing to tell
            sys.exit(ExitCode.FAULT)
        if os.environ.get("IGA_DEBUG"):
            traceback.print_exc()
        from warehouse.system_faults import told_of_system

        if (told := told_of_system(error)) is not None:
            sys.exit(tell(told))
        note_error(f"{_('Fault in the software')}: {type(error).__name__}: {error}", "", "", ExitCode.FAULT)
        messages().print(
            f"[bold red]{_('Fault in the software')}:[/] {escape(visible(f'{type(error).__name__}: {error}'))}"
        )
        messages().print(_("Nothing that was published has changed. IGA_DEBUG=1 shows where it happened."))
        sys.exit(ExitCode.FAULT)


def tell(error: MendableError) -> ExitCode:
    """Print an error that a person can mend, and return its exit code."""
    language = language_of_messages()
    message, place, next_step = error.told(language)
    note_error(message, place, next_step, error.exit_code)
    console = messages()
    console.print(f"[bold red]{language('Error')}:[/] {escape(visible(message))}")
    if place:
        console.print(f"  {language('where')}: {escape(visible(place))}")
    if next_step:
        console.print(f"  {language('next')}: {escape(visible(next_step))}")
    return error.exit_code


if __name__ == "__main__":
    main()
