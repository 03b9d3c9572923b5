"""The `iga` command: its subcommands, what they share, and how a fault ends (message, place, next step, exit code)."""

from __future__ import annotations

import os
import sys
import traceback

import typer
from rich.markup import escape

from iga.errors import MendableError
from iga.exit_codes import ExitCode
from workbench import (
    comparing,
    explaining,
    exporting,
    figures,
    identifying,
    indices,
    judging,
    keeping,
    layouts,
    lettering,
    loading,
    planning,
    portfolios,
    publishing,
    readying,
    scenarios,
    scheduling,
    scoring,
    simulations,
    templates,
    tracing,
)
from workbench.lab import command as lab_command
from workbench.options import language_of_environment
from workbench.output import messages

_ = language_of_environment()

app = typer.Typer(
    name="iga",
    help=_("Indeks Inovasi Daerah: from city files to a rendered report, offline."),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("demo", help=_("Load the example inbox of three cities and build the report site."))(loading.demo)
app.command("ingest", help=_("Read the inbox (or the paths given) and publish a snapshot."))(loading.ingest)
app.command("status", help=_("What is in, what is missing, what was set aside."))(loading.status)
app.add_typer(keeping.app, name="snapshots", help=_("The published snapshots: list, keep, prune."))
app.command("backup", help=_("Write the whole home into one file."))(keeping.backup)
app.command("restore", help=_("Lay a backup into a new home."))(keeping.restore)
app.command("diff", help=_("What changed between two snapshots, or two days of one."))(comparing.diff)
app.command("sql", help=_("A reading query on the current snapshot."))(figures.sql)
app.command("rules", help=_("The rulebooks that are known, with source and confidence."))(figures.rules)
app.command("index", help=_("The index of a city and edition, or all, with bounds."))(indices.index)
app.command("rank", help=_("The ranking, with tie rule and range of places."))(indices.rank)
app.command("explain", help=_("Why the index and the rank of a city moved between two editions."))(explaining.explain)
app.command("trace", help=_("From a figure to the cells behind it, and from a row of a file to its figures."))(
    tracing.trace
)
app.command("score", help=_("Score a lake of Parquet files with the kernel alone, on any engine."))(scoring.score)
app.command("readiness", help=_("Who has sent what, what is missing, and whether the pace will be enough."))(
    readying.readiness
)
app.command("plan", help=_("Cheapest raises to a goal, what to submit or hold, and scenarios."))(planning.plan)
app.add_typer(scenarios.app, name="scenario", help=_("Scenarios: list the kept ones, keep one, compare several."))
app.command("contest", help=_("A city contest: places, prizes, nominees, agreement of the jurors."))(judging.contest)
app.command("lab", help=_("JupyterLab on the start page of this home, on this machine only."))(lab_command.lab)
app.command("letters", help=_("Nota dinas, letters to units and berita acara, as Word files and PDFs."))(
    lettering.letters
)
app.command("portfolio", help=_("A city's innovations over years and schemes, and what it could replicate."))(
    portfolios.portfolio
)
app.add_typer(publishing.app, name="report", help=_("Report sites: list them, build them."))
app.add_typer(scheduling.app, name="schedule", help=_("Reports on time: show, install, remove or run the schedule."))
app.add_typer(exporting.app, name="export", help=_("Hand data on: the research panel."))
app.add_typer(
    identifying.app, name="identity", help=_("Which innovations are the same: proposals, decisions, continuity.")
)
app.add_typer(layouts.app, name="layout", help=_("Export layouts: list the known ones, draft one, try one."))
app.command("template", help=_("Write a template workbook to fill in."))(templates.template)
app.command("simulate", help=_("Simulated files of many regions, with their truth."))(simulations.simulate)


def main() -> None:
    """Run the command; a person's error ends with one message and its exit code, without a traceback."""
    try:
        app()
    except MendableError as error:
        sys.exit(tell(error))
    except KeyboardInterrupt:
        messages().print(_("Stopped."))
        sys.exit(ExitCode.STOPPED)
    except BrokenPipeError:
        # The reader (`head`, a pager) has seen enough; nothing more can be written to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitCode.DONE)
    except Exception as error:  # the last line of defence: say what to do instead of a wall of traceback
        if os.environ.get("IGA_DEBUG"):
            traceback.print_exc()
        messages().print(f"[bold red]{_('Fault in the software')}:[/] {escape(f'{type(error).__name__}: {error}')}")
        messages().print(_("Nothing that was published has changed. IGA_DEBUG=1 shows where it happened."))
        sys.exit(ExitCode.FAULT)


def tell(error: MendableError) -> ExitCode:
    """Print an error that a person can mend, and return its exit code."""
    message, place, next_step = error.told(language_of_environment())
    console = messages()
    console.print(f"[bold red]{_('Error')}:[/] {escape(message)}")
    if place:
        console.print(f"  {_('where')}: {escape(place)}")
    if next_step:
        console.print(f"  {_('next')}: {escape(next_step)}")
    return error.exit_code


if __name__ == "__main__":
    main()
