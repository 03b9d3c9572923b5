"""The `iga` command: its subcommands, what they share, and how a fault ends (message, place, next step, exit code)."""

from __future__ import annotations

import os
import sys
import traceback

import typer
from rich.markup import escape

from iga.errors import RuleProblem
from warehouse.errors import WorkbenchError
from warehouse.language import Language
from workbench.commands import (
    backup,
    contest,
    demo,
    diff,
    explain,
    export,
    identity,
    index,
    ingest,
    lab,
    layout,
    letters,
    plan,
    portfolio,
    rank,
    readiness,
    report,
    restore,
    rules,
    scenario,
    schedule,
    score,
    simulate,
    snapshots,
    sql,
    status,
    template,
    trace,
)
from workbench.options import language_of_environment
from workbench.output import messages

RULE_PROBLEM_EXIT_CODE = 3

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
app.command("demo", help=_("Load the example inbox of three cities and build the report site."))(demo.demo)
app.command("ingest", help=_("Read the inbox (or the paths given) and publish a snapshot."))(ingest.ingest)
app.command("status", help=_("What is in, what is missing, what was set aside."))(status.status)
app.add_typer(snapshots.app, name="snapshots", help=_("The published snapshots: list, keep, prune."))
app.command("backup", help=_("Write the whole home into one file."))(backup.backup)
app.command("restore", help=_("Lay a backup into a new home."))(restore.restore)
app.command("diff", help=_("What changed between two snapshots, or two days of one."))(diff.diff)
app.command("sql", help=_("A reading query on the current snapshot."))(sql.sql)
app.command("rules", help=_("The rulebooks that are known, with source and confidence."))(rules.rules)
app.command("index", help=_("The index of a city and edition, or all, with bounds."))(index.index)
app.command("rank", help=_("The ranking, with tie rule and range of places."))(rank.rank)
app.command("explain", help=_("Why the index and the rank of a city moved between two editions."))(explain.explain)
app.command("trace", help=_("From a figure to the cells behind it, and from a row of a file to its figures."))(
    trace.trace
)
app.command("score", help=_("Score a lake of Parquet files with the kernel alone, on any engine."))(score.score)
app.command("readiness", help=_("Who has sent what, what is missing, and whether the pace will be enough."))(
    readiness.readiness
)
app.command("plan", help=_("Cheapest raises to a goal, what to submit or hold, and scenarios."))(plan.plan)
app.add_typer(scenario.app, name="scenario", help=_("Scenarios: list the kept ones, keep one, compare several."))
app.command("contest", help=_("A city contest: places, prizes, nominees, agreement of the jurors."))(contest.contest)
app.command("lab", help=_("JupyterLab on the start page of this home, on this machine only."))(lab.lab)
app.command("letters", help=_("Nota dinas, letters to units and berita acara, as Word files and PDFs."))(
    letters.letters
)
app.command("portfolio", help=_("A city's innovations over years and schemes, and what it could replicate."))(
    portfolio.portfolio
)
app.add_typer(report.app, name="report", help=_("Report sites: list them, build them."))
app.add_typer(schedule.app, name="schedule", help=_("Reports on time: show, install, remove or run the schedule."))
app.add_typer(export.app, name="export", help=_("Hand data on: the research panel."))
app.add_typer(
    identity.app, name="identity", help=_("Which innovations are the same: proposals, decisions, continuity.")
)
app.add_typer(layout.app, name="layout", help=_("Export layouts: list the known ones, draft one, try one."))
app.command("template", help=_("Write a template workbook to fill in."))(template.template)
app.command("simulate", help=_("Simulated files of many regions, with their truth."))(simulate.simulate)


def main() -> None:
    """Run the command; a person's error ends with one message and its exit code, without a traceback."""
    try:
        app()
    except (WorkbenchError, RuleProblem) as error:
        sys.exit(tell(error))
    except KeyboardInterrupt:
        messages().print(_("Stopped."))
        sys.exit(130)
    except BrokenPipeError:
        # The reader (`head`, a pager) has seen enough; nothing more can be written to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:  # the last line of defence: say what to do instead of a wall of traceback
        if os.environ.get("IGA_DEBUG"):
            traceback.print_exc()
        messages().print(f"[bold red]{_('Fault in the software')}:[/] {escape(f'{type(error).__name__}: {error}')}")
        messages().print(_("Nothing that was published has changed. IGA_DEBUG=1 shows where it happened."))
        sys.exit(1)


def tell(error: WorkbenchError | RuleProblem) -> int:
    """Print a person's error and give its exit code."""
    language: Language = language_of_environment()
    if isinstance(error, RuleProblem):
        message, place, next_step, code = language(error.cause), error.place, error.fix, RULE_PROBLEM_EXIT_CODE
    else:
        message, place, next_step = error.told(language)
        code = error.exit_code
    console = messages()
    console.print(f"[bold red]{_('Error')}:[/] {escape(message)}")
    if place:
        console.print(f"  {_('where')}: {escape(place)}")
    if next_step:
        console.print(f"  {_('next')}: {escape(next_step)}")
    return code


if __name__ == "__main__":
    main()
