"""Commands about export layouts: list them, confirm or draft one for an unknown file, try one on a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer
from rich.markup import escape

from warehouse.errors import UnknownName
from warehouse.home import Home
from warehouse.language import Language
from warehouse.region import resolve_city
from workbench.completion import known_editions
from workbench.loading import layout_fault_notes
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
    from etl.recognition.confirm import ColumnPreview
    from etl.recognition.detect import Choice
    from etl.values.canonical_rows import ParsedFile

_ = language_of_environment()

app = typer.Typer(no_args_is_help=True)

HEADERS = {
    "name": "Layout",
    "title": "Title",
    "kind": "Kind",
    "formats": "Formats",
    "source": "Source",
    "senders": "For",
}
CHECK_HEADERS = {
    "field": "Field",
    "header": "Column",
    "type": "Read as",
    "original": "As sent",
    "value": "As read",
    "filled_count": "Filled",
    "rejected_count": "Rejected",
}


@app.command("list", help=_("The export layouts that are known."))
def list_layouts(home: UnreadHomeOption = None, form: FormatOption = Format.table, lang: LanguageOption = None) -> None:
    """The export layouts that are known: the shipped ones, and those of the home."""
    from etl.recognition.home_layouts import home_layouts

    language, own = language_of(lang), home_layouts(home_of(home))
    rows = [
        {
            "name": layout.name,
            "title": layout.title_id if language.code == "id" else layout.title_en,
            "kind": layout.kind,
            "formats": ", ".join(layout.formats),
            "source": layout.source,
            "senders": ", ".join(layout.senders) or None,
        }
        for layout in own.known.values()
    ]
    columns = list(HEADERS) if own.layouts else [name for name in HEADERS if name != "senders"]
    show(pl.DataFrame(rows, infer_schema_length=None).select(columns), form, language, headers=HEADERS)
    for line in layout_fault_notes(own.faults, language):
        messages().print(f"[yellow]{escape(line)}[/]")


@app.command("propose", help=_("Draft a layout for an unknown file: headers matched, samples, open questions."))
def propose(
    file: Annotated[Path, typer.Argument(help=_("The file that no layout reads."))],
    name: Annotated[str, typer.Option("--name", help=_("Name of the layout."))] = "susunan_baru",
    printed: Annotated[bool, typer.Option("--print", help=_("Show the draft and write nothing."))] = False,
    home: HomeOption = None,
    lang: LanguageOption = None,
) -> None:
    """Draft a TOML layout into the home's `layouts/`, where somebody answers its questions; `--print` only shows it."""
    from etl.recognition.home_layouts import checked_layout, home_layouts
    from etl.recognition.propose import propose_layout
    from warehouse import disk
    from warehouse.rules.home_rules import rulebooks_of

    language, place = language_of(lang), home_of(home)
    file_format, sheets = _read(file)
    text = propose_layout(name, file_format, sheets, rulebooks_of(place))
    if printed:
        typer.echo(text, nl=False)
    else:
        path = place.layouts / f"{name}.toml"
        if path.exists() or name in home_layouts(place).known:
            raise UnknownName("There is a layout {name} already", next_step="give it another --name", name=name)
        checked_layout(text, name)
        disk.make_folder(place.layouts)
        disk.write_text(path, text)
        messages().print(escape(language("Written: {path}").format(path=path)), soft_wrap=True)
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
    from etl.recognition.confirm import preview
    from etl.values.canonical_rows import read_file
    from etl.values.home_words import home_words_of
    from warehouse.rules.home_rules import rulebooks_of

    language, place = language_of(lang), home_of(home)
    file_format, sheets = _read(file)
    wanted, scale = _layout(layout, place), scale_of(edition, rulebooks_of(place), home_words_of(place).words)
    choice, columns = preview(wanted, file_format, sheets, scale)
    match = _fitting(choice, wanted, language)
    parsed = read_file(match, sheets, scale)
    notes = [_reason(choice, language), *_outcomes(parsed, language.code)]
    show(_previewed(columns, samples=1), form, language, title=wanted.name, headers=CHECK_HEADERS, notes=notes)


@app.command("confirm", help=_("Say once what the columns of a file are; the answer is kept for its sender."))
def confirm(
    file: Annotated[Path, typer.Argument(help=_("The file that no layout reads."))],
    column: Annotated[
        list[str] | None,
        typer.Option("--column", help=_("What a column is: HEADER=FIELD; HEADER=- leaves it out."), show_default=False),
    ] = None,
    city: Annotated[str | None, typer.Option(help=_("City that sends such files."), show_default=False)] = None,
    edition: Annotated[
        int | None, typer.Option("--edition", help=_("Edition (year of the award)."), autocompletion=known_editions)
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help=_("Name of the layout."), show_default=False)] = None,
    yes: Annotated[bool, typer.Option("--yes", help=_("Do not ask."))] = False,
    home: HomeOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """Show what each column becomes, ask once, and keep the answer in the home's `layouts/`."""
    from etl.lake import scale_of
    from etl.recognition.confirm import confirmed_layout, free_name, header_of, keep, preview
    from etl.recognition.home_layouts import checked_layout, home_layouts
    from etl.values.canonical_rows import read_file
    from etl.values.home_words import home_words_of
    from warehouse.keeping.answers_log import log_answer
    from warehouse.rules.home_rules import rulebooks_of

    language, place, out = language_of(lang), home_of(home), messages()
    rulebooks = rulebooks_of(place)
    region, year = _place_in_inbox(file, place, city, edition)
    file_format, sheets = _read(file)
    answers = dict(map(_answer, column or []))
    header = header_of(sheets, answers, rulebooks)
    senders = [region] if region else []
    wanted = name or free_name(home_layouts(place), f"{region or ''} {file.stem}".replace(".", ""), header, senders)
    text = confirmed_layout(wanted, file_format, header, answers, senders)
    layout, scale = checked_layout(text), scale_of(year, rulebooks, home_words_of(place).words)
    choice, columns = preview(layout, file_format, sheets, scale)
    parsed = read_file(_fitting(choice, layout, language), sheets, scale)
    show(
        _previewed(columns, samples=3),
        form,
        language,
        title=wanted,
        headers=CHECK_HEADERS,
        notes=_outcomes(parsed, language.code),
    )
    if not senders:
        out.print(language("No city is named: files of every city may be read by it."))
    if not yes:
        typer.confirm(language("Are the columns right? They are kept."), abort=True, err=True)
    log_answer(place, "columns", file.name, keep(place, text).name)
    out.print(escape(language("Written: {path}").format(path=place.layouts / f"{wanted}.toml")), soft_wrap=True)
    out.print(language("Now load: iga ingest"))


def _answer(text: str) -> tuple[str, str]:
    header, _, field = text.rpartition("=")
    if not header.strip():
        raise UnknownName(
            "This says of no column what it is: {text}", next_step='write --column "Header=title"', text=text
        )
    return header.strip(), field.strip()


def _place_in_inbox(file: Path, home: Home, city: str | None, edition: int | None) -> tuple[str | None, int | None]:
    """The code of the region and the edition: as stated, else by the folders of the inbox that the file lies in."""
    path, inbox = file.resolve(), home.inbox.resolve()
    folders = path.relative_to(inbox).parts[:-1] if path.is_relative_to(inbox) else ()
    named = city or (folders[0] if folders else None)
    year = int(folders[1]) if edition is None and len(folders) > 1 and folders[1].isdecimal() else edition
    return resolve_city(named).region_code if named else None, year


def _fitting(choice: Choice, layout: Layout, language: Language) -> Match:
    """The match of a choice. Raises UnknownName with the reason where there is none."""
    from warehouse.set_aside_words import rule_words

    if choice.match is None:
        raise UnknownName(
            "The layout {layout} does not fit this file: {reason}",
            next_step="compare its headers with the file's, or confirm its columns with `iga layout confirm`",
            layout=layout.name,
            reason=rule_words(choice.held_rule, "message", choice.held_detail, language.code),
        )
    return choice.match


def _reason(choice: Choice, language: Language) -> str:
    from warehouse.set_aside_words import LAYOUT_TAKEN, rule_words

    return rule_words(LAYOUT_TAKEN, "message", choice.reason, language.code)


def _previewed(columns: list[ColumnPreview], samples: int) -> pl.DataFrame:
    rows = [
        {
            "field": column.field,
            "header": column.header,
            "type": column.type,
            "original": "; ".join(text[:60] for text in column.original[:samples]) or None,
            "value": "; ".join((text or "–")[:60] for text in column.stored[:samples]) if any(column.stored) else None,
            "filled_count": column.filled_count,
            "rejected_count": column.rejected_count,
        }
        for column in columns
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def _read(file: Path) -> tuple[str, list[Sheet]]:
    from etl.cells.sheets import load_limits, refuse_too_large
    from etl.worker.cells_apart import read_cells_apart

    if not file.is_file():
        raise UnknownName("There is no file {path}", next_step="check the path", path=file)
    refuse_too_large(file.stat().st_size, load_limits())
    return read_cells_apart(file.read_bytes())


def _layout(name: str, home: Home) -> Layout:
    from etl.recognition.home_layouts import checked_layout, home_layouts

    if not name.endswith(".toml"):
        known = home_layouts(home).known
        if name not in known:
            raise UnknownName(
                "No layout is named {name}", next_step="those that exist: {known}", name=name, known=", ".join(known)
            )
        return known[name]
    path = Path(name)
    if not path.is_file():
        raise UnknownName("There is no file {path}", next_step="check the path", path=path)
    return checked_layout(path.read_text(encoding="utf-8", errors="replace"))


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
