"""Pages about files: what came, its balance, what was set aside, what goes back, and the columns that are confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from warehouse.errors import UnknownName
from warehouse.home import Home
from workbench.desk.pages.front_page import open_items
from workbench.desk.pages.page_content import PageContent, table_of
from workbench.desk.question import Question

if TYPE_CHECKING:
    from etl.recognition.confirm import ColumnPreview, Header

_HELD = """
select file_sha256, file_name, coalesce(region.full_name, '?') as city, edition, held_rule, held_reason
from receipt left join region using (region_code) where status = 'held' order by arrival desc
"""
_SET_ASIDE = """
select receipt.file_name, sheet, row_number, column_name, original_text, message, fix
from quarantine join receipt using (file_sha256)
where receipt.region_code = $region_code and receipt.edition = $edition
order by receipt.arrival desc, sheet, row_number, column_name
"""
SET_ASIDE_HEADERS = {
    "file_name": "File",
    "sheet": "Sheet",
    "row_number": "Row",
    "column_name": "Column",
    "original_text": "Words found",
    "message": "Reason",
    "fix": "What to do",
}
TEMPLATE_TITLES = {
    "spd-answers": "Answers of the city (SPD)",
    "unit-register": "Register of units",
    "jury-scores": "Jury scores of the contest",
    "published-statements": "Published results",
    "control-sheet": "Control sheets of innovations",
    "verified-levels": "Levels that the verification gave",
    "final-levels": "Final levels after objections",
}
"""The templates in words (catalogue keys)."""
MOST_RETURNED = 12


def files(question: Question) -> PageContent:
    """Return the files of the season: the balance first, then what is held, set aside, returned, to be filled in."""
    _ = question.language
    values: dict[str, Any] = {"templates": _templates(question), "returned": _returned(question)}
    if question.city is None or question.edition is None:
        return PageContent(_("Files"), "files.html", values=values | {"held": [], "undo": [], "balance": []})
    from analysis.history.changes.words import uses_in_words
    from analysis.season.balance import read_balance
    from warehouse.sql_files import sql_text
    from workbench.commands.status import BALANCE_HEADERS, USE_HEADERS

    city, edition = question.season
    asked = {"region_code": city, "edition": edition}
    with question.open() as snapshot:
        balance = read_balance(snapshot, city, edition)
        held = snapshot.sql(_HELD)
        used = snapshot.sql(sql_text("analysis.season", "files"), dict(asked))
        set_aside = snapshot.sql(_SET_ASIDE, dict(asked))
        is_simulated = snapshot.is_simulated
        items = open_items(question, snapshot)["items"]
    values |= {
        "open_items": items,
        "balance": balance.told(_),
        "is_closed": balance.is_closed and held.is_empty(),
        "held": [{**row, "can_confirm": _can_confirm(row["held_rule"])} for row in held.iter_rows(named=True)],
        "undo": _to_undo(question),
    }
    balances = balance.files.select([name for name in BALANCE_HEADERS if name not in ("city", "edition")])
    balances = balances.with_columns(pl.col("status").replace({"read": _("read"), "held": _("set aside")}))
    uses = uses_in_words(used, _).select(
        [name for name in USE_HEADERS if name in used.columns[1:] and name != "edition"]
    )
    tables = {
        "balance": table_of("balance", _("Balance of each file"), balances, BALANCE_HEADERS, _),
        "quarantine": table_of("quarantine", _("Rows and cells set aside"), set_aside, SET_ASIDE_HEADERS, _),
        "received": table_of("received", _("Received files"), uses, USE_HEADERS, _),
    }
    return PageContent(_("Files"), "files.html", (), values, tables, is_simulated)


def _can_confirm(rule: str | None) -> bool:
    return rule is not None and rule.startswith("layout")


def _templates(question: Question) -> list[dict[str, Any]]:
    from etl.outgoing.template import load_template, load_templates

    return [
        {
            "name": name,
            "title": question.language(TEMPLATE_TITLES.get(name, name)),
            "by": load_template(name).has_indicators,
        }
        for name in load_templates()
    ]


def _returned(question: Question) -> list[dict[str, str]]:
    """The workbooks that go back to senders, the newest first."""
    folder = question.home.returns
    if not folder.is_dir():
        return []
    found = sorted(folder.rglob("*.xlsx"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [{"path": path.relative_to(folder).as_posix(), "name": path.name} for path in found[:MOST_RETURNED]]


def _to_undo(question: Question) -> list[dict[str, Any]]:
    """The received files of the season that count, the last first; and those that were taken back."""
    from etl.receipt import archived

    receipts = [one for one in archived(question.home) if one.place == question.season]
    return [
        {"name": one.file_name, "is_back": one.undone_on is not None, "day": question.language.date(one.received_date)}
        for one in sorted(receipts, key=lambda one: -one.arrival)
        if one.counts or one.undone_on is not None
    ]


class FileColumns:
    """The columns of a file that no layout reads: what each seems to be, and what it becomes as answered."""

    def __init__(self, home: Home, file_sha256: str, answers: Mapping[str, str]) -> None:
        from etl.receipt import archived
        from etl.recognition.confirm import header_of
        from etl.worker.cells_apart import read_cells_apart
        from warehouse.keeping.archive import read_content
        from warehouse.rules.home_rules import rulebooks_of

        receipts = [one for one in archived(home) if one.file_sha256 == file_sha256]
        content = read_content(home, file_sha256) if receipts else None
        if not receipts or content is None:
            raise UnknownName(
                "There is no received file of that name", next_step="choose it again on the page of files"
            )
        self.home, self.receipt, self.answers = home, receipts[0], {k: v for k, v in answers.items() if v}
        self.rulebooks = rulebooks_of(home)
        self.file_format, self.sheets = read_cells_apart(content)
        self.header: Header = header_of(self.sheets, self.answers, self.rulebooks)

    @property
    def guesses(self) -> dict[str, str]:
        """What each column is, as answered or as it seems; empty where nobody knows."""
        from etl.recognition.confirm import with_guesses

        return with_guesses(self.header, self.answers)

    def samples(self, most: int = 3) -> dict[str, list[str]]:
        """Return the first filled cells of each column."""
        from etl.cells.sheets import as_text

        rows = self.header.sheet.rows[self.header.row :]
        return {
            text: [
                shown for row in rows if place < len(row) and row[place] is not None and (shown := as_text(row[place]))
            ][:most]
            for place, text in enumerate(self.header.texts)
            if text
        }

    def text(self, name: str | None = None) -> str:
        """Return the layout as answered. Raises UnknownName where no column is the title or the unit."""
        from etl.recognition.confirm import confirmed_layout, free_name
        from etl.recognition.home_layouts import home_layouts

        region = self.receipt.region_code
        senders = [region] if region else []
        stem = Path(self.receipt.file_name).stem
        wanted = name or free_name(
            home_layouts(self.home), f"{region or ''} {stem}".replace(".", ""), self.header, senders
        )
        return confirmed_layout(wanted, self.file_format, self.header, self.answers, senders)

    def preview(self) -> list[ColumnPreview]:
        """Return each column with its first values as they will be stored."""
        from etl.lake import scale_of
        from etl.recognition.confirm import preview
        from etl.recognition.home_layouts import checked_layout
        from etl.values.home_words import home_words_of

        scale = scale_of(self.receipt.edition, self.rulebooks, home_words_of(self.home).words)
        return preview(checked_layout(self.text()), self.file_format, self.sheets, scale)[1]

    def keep(self) -> str:
        """Keep the answer in the home's `layouts/`; the name of the layout."""
        from etl.recognition.confirm import keep

        return keep(self.home, self.text()).name


def columns(question: Question) -> PageContent:
    """Return the columns of a held file, what each becomes, and where it is confirmed (`file` names it by its hash)."""
    from etl.recognition.confirm import fields_to_confirm
    from warehouse.errors import MendableError

    _ = question.language
    answers = {name[2:]: value for name, value in question.arguments.items() if name.startswith("c.")}
    found = FileColumns(question.home, question.arguments.get("file", ""), answers)
    try:
        previews, lacking = {column.header: column for column in found.preview()}, ""
    except MendableError as error:
        previews, lacking = {}, " ".join(part for part in error.told(_)[::2] if part)
    stored = {header: [text or "–" for text in column.stored[:3]] for header, column in previews.items()}
    samples, guesses = found.samples(), found.guesses
    rows = [
        {
            "header": header,
            "samples": samples[header],
            "field": guesses.get(header, ""),
            "stored": stored.get(header, []),
        }
        for header in samples
    ]
    fields = [{"code": name, "label": _.label("field", name)} for name in fields_to_confirm()]
    values = {
        "file": found.receipt.file_sha256, "name": found.receipt.file_name, "rows": rows, "fields": fields,
        "lacking": lacking, "is_ready": bool(previews),
    }  # fmt: skip
    return PageContent(_("What are these columns?"), "columns.html", values=values)


def units(question: Question) -> PageContent:
    """Return the names that are tied to no unit, each with those that it may mean, to be confirmed."""
    from analysis.season.unit_names import CANDIDATES, unresolved_names

    _ = question.language
    city, edition = question.season
    with question.open() as snapshot:
        names = unresolved_names(snapshot, question.home, city, edition, lang=_.code)
        register = snapshot.sql(
            "select unit_id, unit_code, name from unit where region_code = $region order by name", {"region": city}
        )
    rows = [
        {
            **row,
            "candidates": [
                {
                    "id": row[f"candidate_{n}_id"],
                    "name": row[f"candidate_{n}_name"],
                    "score": row[f"candidate_{n}_score"],
                }
                for n in range(1, CANDIDATES + 1)
                if row[f"candidate_{n}_id"] is not None
            ],
        }
        for row in names.iter_rows(named=True)
    ]
    values = {"names": rows, "register": list(register.iter_rows(named=True)), "words_open": _words(question)}
    return PageContent(_("Names and words"), "units.html", values=values)


def _words(question: Question) -> list[dict[str, Any]]:
    """The words that are not known, each with the known ones of its field."""
    from etl.recognition.confirm_words import proposed, unknown_words
    from etl.values.home_words import home_words_of, meanings_of

    with question.open() as snapshot:
        unknown = unknown_words(snapshot)
    answered = home_words_of(question.home).words
    rows = []
    for (field, word), count in sorted(unknown.items()):
        best = proposed(field, word)
        meanings = sorted(set(meanings_of(field).values()))
        rows.append(
            {
                "field": field, "word": word, "count": count, "proposal": best[1] if best else "",
                "meanings": [{"code": code, "label": question.language.label(field, code)} for code in meanings],
                "answer": answered.get(field, {}).get(word.casefold().strip(), ""),
            }
        )  # fmt: skip
    return rows
