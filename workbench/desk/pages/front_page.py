"""The first page of the desk: where the season stands, what is open, what has changed, what to do next."""

from __future__ import annotations

from typing import Any

import polars as pl

from warehouse.errors import MendableError
from warehouse.reference import load_reference
from warehouse.region import region_of_code
from workbench.desk.pages.page_content import PageContent, table_of
from workbench.desk.question import Question

FIRST_ACTIONS = 3


def front(question: Question) -> PageContent:
    """Return the first page; without a snapshot it says how to begin."""
    _ = question.language
    if question.city is None or question.edition is None:
        return PageContent(
            _("Begin here"),
            "first_file.html",
            (_("Nothing has been loaded yet: drop the files that you have here. They stay on this computer."),),
            {"regions": _regions()},
        )
    city, edition = question.season
    with question.open() as snapshot:
        index = snapshot.index(city, edition)
        values: dict[str, Any] = {
            "index": _index_of(index),
            "facts": _facts(question, snapshot),
            "open": open_items(question, snapshot),
            "changes": _changes(question, snapshot),
        }
        is_simulated = index.is_simulated
    return PageContent(
        f"{question.city_name} {edition}", "front.html", tuple(values["facts"]["lines"]), values, {}, is_simulated
    )  # fmt: skip


def _regions() -> list[dict[str, str]]:
    """The names of every region that reports, for a home that knows none yet."""
    known = load_reference("region").filter(pl.col("is_autonomous"))
    return [{"name": region_of_code(code).full_name} for code in known["region_code"]]


def _index_of(index: Any) -> dict[str, Any]:
    """The index of the edition under its own rules, else the first estimate, in words; with its predicate."""
    language = index.language
    row = index.frame.row(0, named=True)
    low, high = language.label("predicate", row["predicate_lower"]), language.label("predicate", row["predicate_upper"])
    return {
        "value": language.interval(row["iid_lower"], row["iid_upper"]),
        "predicate": low if low == high else f"{low}–{high}",
        "rulebook": row["rulebook"],
        "coverage": language.coverage(row["coverage"]),
        "innovations": language.whole(row["innovation_count"]),
        "notes": list(index.notes),
    }


def _facts(question: Question, snapshot: Any) -> dict[str, Any]:
    from analysis.season.account import season_account
    from analysis.season.words import account_lines, deadline_line

    _ = question.language
    city, edition = question.season
    account = season_account(
        snapshot, question.home, city, edition, question.on, threshold=question.threshold, lang=_.code
    )
    left = account["days_left"]
    return {
        "lines": [deadline_line(account, _)],
        "all": account_lines(account, _),
        "days_left": None if left.value is None else _.whole(left.count),
        "days_reason": left.reason or "",
        "deadline": _.date(account.deadline.day) if account.deadline else "",
        "unresolved": account["units_unresolved"].value,
    }


def open_items(question: Question, snapshot: Any) -> dict[str, Any]:
    """What is open of the season's files, each with the page that mends it."""
    from analysis.season.balance import read_balance

    _ = question.language
    city, edition = question.season
    season = read_balance(snapshot, city, edition)
    held = snapshot.sql("select count(*) as held from receipt where status = 'held'")["held"][0]
    counts = (
        (held, "{count} file(s) set aside", "files", "held"),
        (season.quarantined_count, "{count} row(s) in quarantine", "files", "quarantine"),
        (season.emptied_count, "{count} cell(s) emptied", "files", "quarantine"),
        (season.withdrawn_count, "{count} innovation(s) withdrawn", "changes", "innovations"),
        (season.unit_unknown_count, "{count} unit name(s) not tied to the register", "units", "names"),
        (season.column_missing_count, "{count} column(s) missing", "files", "balance"),
    )
    items = [
        {"text": _(text).format(count=_.whole(count)), "page": page, "table": table}
        for count, text, page, table in counts
        if count
    ]
    if season.unregistered_count:
        text = _("unit names not known for {count} file(s): no register").format(count=season.unregistered_count)
        items.append({"text": text, "page": "files", "table": "templates"})
    return {"items": items, "is_closed": not items}


def _changes(question: Question, snapshot: Any) -> dict[str, Any]:
    """What the last day that brought a list has changed, in one line each; empty while there is but one list."""
    from analysis.history.changes.between_states import changes_since_previous_export, export_days
    from analysis.history.changes.words import change_notes

    _ = question.language
    city, edition = question.season
    days = export_days(snapshot, city, edition)
    found = changes_since_previous_export(snapshot, city, edition)
    if found is None:
        return {"lines": [_("One list has come so far; changes are told from the second on.")], "since": "", "count": 0}
    return {
        "lines": change_notes(found, _)[:4],
        "since": _.date(days[-2]),
        "until": _.date(days[-1]),
        "count": _.whole(found.innovations["submission_id"].n_unique()),
    }


def next_actions(question: Question) -> dict[str, Any]:
    """Return the first actions of the plan for the first page, which fetches them by themselves: a plan takes a while.

    Where no plan can be made it says why.
    """
    from analysis.planning.first_actions import first_actions

    _ = question.language
    city, edition = question.season
    try:
        with question.open() as snapshot:
            plan = snapshot.plan_list(city, edition, on=question.on).plan
        actions = first_actions(plan, FIRST_ACTIONS, _)
    except MendableError as error:
        message, _place, next_step = error.told(_)
        return {"actions": [], "why": f"{message}. {next_step}".strip()}
    return {
        "actions": [
            {
                "what": action.what,
                "who": action.who,
                "gain": action.gain,
                "until": _.date(action.until) if action.until else "",
                "start": _.date(action.start_by) if action.start_by else "",
            }
            for action in actions
        ],
        "why": "" if actions else _("The plan asks for nothing more."),
    }


def changes(question: Question) -> PageContent:
    """Return what has changed since the export before the last one, per innovation and per unit."""
    from analysis.history.changes.between_states import changes_since_previous_export
    from analysis.history.changes.words import change_notes, changes_in_words, units_in_words
    from workbench.commands.diff import CHANGE_HEADERS

    _ = question.language
    city, edition = question.season
    with question.open() as snapshot:
        found = changes_since_previous_export(snapshot, city, edition)
    heading = _("Changed since the previous export")
    if found is None:
        return PageContent(heading, sentences=(_("One list has come so far; changes are told from the second on."),))
    tables = {
        "innovations": table_of("innovations", _("Innovations"), changes_in_words(found, _), CHANGE_HEADERS, _),
        "units": table_of("units", _("Units"), units_in_words(found, _), CHANGE_HEADERS, _),
    }
    return PageContent(heading, sentences=change_notes(found, _), tables=tables, is_simulated=found.is_simulated)
