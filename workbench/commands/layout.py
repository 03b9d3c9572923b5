"""Commands about export layouts: list the known ones, draft one for an unknown file, try one on a file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer
from pydantic import ValidationError

from iga.reasons import reason_of
from warehouse.errors import ExitCode, UnknownName, WorkbenchError
from workbench.completion import known_editions
from workbench.options import (
    FormatOption,
    HomeOption,
    LanguageOption,
    UnreadHomeOption,
    home_of,
    language_of,
    language_of_environment,
)
from workbench.output import Format, messages, show

if TYPE_CHECKING:
    from etl.cells.sheets import Sheet
    from etl.layout.declared import Layout, Match
    from etl.values.canonical_rows import ParsedFile

_ = language_of_environment()

app = typer.Typer(no_args_is_help=True)

HEADERS = {"name": "Layout", "title": "Title", "kind": "Kind", "formats": "Formats", "source": "Source"}
CHECK_HEADERS = {
    "field": "Field",
    "header": "Column",
    "type": "Read as",
    "original": "As sent",
    "value": "As read",
    "filled_count": "Filled",
    "rejected_count": "Rejected",
}


class LayoutInvalid(WorkbenchError):
    """A layout file is not valid TOML or names something that layouts do not have."""

    exit_code = ExitCode.UNKNOWN


@app.command("list", help=_("The export layouts that are known."))
def list_layouts(home: UnreadHomeOption = None, form: FormatOption = Format.table, lang: LanguageOption = None) -> None:
    """The export layouts that are known."""
    from etl.layout.declared import load_layouts

    language = language_of(lang)
    rows = [
        {
            "name": layout.name,
            "title": layout.title_id if language.code == "id" else layout.title_en,
            "kind": layout.kind,
            "formats": ", ".join(layout.formats),
            "source": layout.source,
        }
        for layout in load_layouts().values()
    ]
    show(pl.DataFrame(rows), form, language, headers=HEADERS)


@app.command("propose", help=_("Draft a layout for an unknown file: headers matched, samples, open questions."))
def propose(
    file: Annotated[Path, typer.Argument(help=_("The file that no layout reads."))],
    name: Annotated[str, typer.Option("--name", help=_("Name of the layout."))] = "susunan_baru",
    home: HomeOption = None,
    lang: LanguageOption = None,
) -> None:
    """Print the draft of a TOML layout; `iga layout check` tries it, `etl/layouts/` is where it goes."""
    from etl.recognition.propose import propose_layout
    from warehouse.rules.home_rules import rulebooks_of

    language = language_of(lang)
    file_format, sheets = _read(file)
    text = propose_layout(name, file_format, sheets, rulebooks_of(home_of(home)))
    typer.echo(text, nl=False)
    questions = language("{count} question(s) are left open in the draft").format(count=text.count("PERTANYAAN"))
    messages().print(questions)


@app.command("check", help=_("Show what a layout would read of a file; nothing is kept."))
def check(
    file: Annotated[Path, typer.Argument(help=_("A file that a city sent."))],
    layout: Annotated[str, typer.Argument(help=_("Name of a known layout, or a TOML file."))],
    edition: Annotated[
        int | None, typer.Option("--edition", help=_("Edition (year of the award)."), autocompletion=known_editions)
    ] = None,
    home: HomeOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """Each column as sent and as read, the outcome of each row, and what would be set aside."""
    from etl.lake import scale_of
    from etl.recognition.detect import choose_layout
    from etl.values.canonical_rows import read_file
    from etl.values.home_words import home_words_of
    from warehouse.rules.home_rules import rulebooks_of
    from warehouse.set_aside_words import LAYOUT_TAKEN, rule_words

    language = language_of(lang)
    file_format, sheets = _read(file)
    place = home_of(home)
    wanted, scale = _layout(layout), scale_of(edition, rulebooks_of(place), home_words_of(place).words)
    choice = choose_layout(file_format, sheets, scale, layouts=[wanted])
    if choice.match is None:
        raise UnknownName(
            "The layout {layout} does not fit this file: {reason}",
            next_step="compare its headers with the file's, or draft one with `iga layout propose`",
            layout=wanted.name,
            reason=rule_words(choice.held_rule, "message", choice.held_detail, language.code),
        )
    parsed = read_file(choice.match, sheets, scale)
    reason = rule_words(LAYOUT_TAKEN, "message", choice.reason, language.code)
    notes = [reason, *_outcomes(parsed, language.code)]
    show(_columns(choice.match, parsed), form, language, title=wanted.name, headers=CHECK_HEADERS, notes=notes)


def _read(file: Path) -> tuple[str, list[Sheet]]:
    from etl.cells.sheets import load_limits, refuse_too_large
    from etl.worker.cells_apart import read_cells_apart

    if not file.is_file():
        raise UnknownName("There is no file {path}", next_step="check the path", path=file)
    refuse_too_large(file.stat().st_size, load_limits())
    return read_cells_apart(file.read_bytes())


def _layout(name: str) -> Layout:
    from etl.layout.declared import load_layout, parse_layout

    if not name.endswith(".toml"):
        return load_layout(name)
    path = Path(name)
    if not path.is_file():
        raise UnknownName("There is no file {path}", next_step="check the path", path=path)
    try:
        return parse_layout(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, ValidationError, UnicodeDecodeError) as error:
        raise LayoutInvalid(
            "The layout file cannot be read: {reason}",
            next_step="compare it with one of etl/layouts/",
            place=str(path),
            reason=reason_of(error),
        ) from error


def _columns(match: Match, parsed: ParsedFile) -> pl.DataFrame:
    """One row per column that the layout reads: its first filled cell as sent and as read, and counts."""
    from etl.cells.sheets import as_text

    rejected = dict(parsed.quarantine.group_by("column_name").len().iter_rows())
    first = parsed.records.rows(named=True)[0] if not parsed.records.is_empty() else {}
    rows = []
    for column in match.layout.columns:
        if column.field not in match.columns:
            continue
        index = match.columns[column.field]
        below = match.sheet.rows[match.header_row :]
        cells = [row[index] for row in below if index < len(row) and row[index] is not None]
        if match.form:
            cells = [match.form[column.field].value]
        value = first.get(column.field, first.get(f"{column.field}_x100"))
        rows.append(
            {
                "field": column.field,
                "header": match.headers[index],
                "type": column.type,
                "original": as_text(cells[0])[:60] if cells else None,
                "value": None if value is None else str(value)[:60],
                "filled_count": len(cells),
                "rejected_count": rejected.get(match.headers[index], 0),
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def _outcomes(parsed: ParsedFile, code: str) -> list[str]:
    from warehouse.set_aside_words import rule_words

    outcomes = parsed.rows.group_by("outcome").len().sort("outcome")
    counts = ", ".join(f"{outcome}: {count}" for outcome, count in outcomes.iter_rows())
    told = [
        f"{row['sheet'] or ''} {row['row_number'] or ''} {row['column_name'] or ''}: "
        f"{rule_words(row['rule'], 'message', row['detail'], code)}".strip()
        for row in parsed.quarantine.head(10).iter_rows(named=True)
    ]
    return [counts, *told]
