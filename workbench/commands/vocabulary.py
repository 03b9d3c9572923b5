"""The command vocabulary: the words of the current snapshot that were not known, and what the home says they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from workbench.options import (
    FormatOption,
    HomeOption,
    LanguageOption,
    home_of,
    language_of,
    language_of_environment,
    snapshot_of,
)
from workbench.output import Format, messages, show, show_row
from workbench.rule_notes import fault_notes

if TYPE_CHECKING:
    pass

_ = language_of_environment()

app = typer.Typer(no_args_is_help=False)

HEADERS = {"field": "Field", "word": "Word", "count": "Cells", "proposal": "Proposal", "meaning": "Meaning"}


@app.callback(invoke_without_command=True)
def vocabulary(
    context: typer.Context, home: HomeOption = None, form: FormatOption = Format.table, lang: LanguageOption = None
) -> None:
    """List the words of the current snapshot that were not known, each with the known word that is most like it."""
    if context.invoked_subcommand is not None:
        return
    from etl.recognition.confirm_words import unknown_words
    from etl.values.home_words import home_words_of

    language, place = language_of(lang), home_of(home)
    with snapshot_of(place) as snapshot:
        unknown = unknown_words(snapshot)
    rows = [_row(field, word, count) for (field, word), count in sorted(unknown.items())]
    notes = fault_notes(home_words_of(place).faults, language)
    if rows:
        notes.append(language('Confirm one with: iga vocabulary confirm "WORD=MEANING"'))
    schema = {name: pl.Int64 if name == "count" else pl.String for name in HEADERS}
    table = pl.DataFrame(rows, schema=schema, orient="row")
    show(table, form, language, title=language("Words that are not known"), headers=HEADERS, notes=notes)


@app.command("confirm", help=_("Keep what a word means; the next load reads it."))
def confirm(
    entry: Annotated[str, typer.Argument(metavar="WORD=MEANING", help=_("The word, and a known word or its code."))],
    field: Annotated[str | None, typer.Option("--field", help=_("The field, such as stage."))] = None,
    home: HomeOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """Keep in the home's `vocabulary.toml` what a word means."""
    from etl.recognition.confirm_words import field_of, keep_word
    from warehouse.keeping.answers_log import log_answer

    language, place = language_of(lang), home_of(home)
    word, _mark, meant = (part.strip() for part in entry.rpartition("="))
    chosen = field
    if chosen is None:
        with snapshot_of(place) as snapshot:
            chosen = field_of(snapshot, word)
    code = keep_word(place, chosen, word, meant)
    log_answer(place, "word", f"{chosen} {word}", code)
    told = language("{word} means {meaning} ({field}); it counts from the next `iga ingest` on.")
    messages().print(told.format(word=word, meaning=code, field=chosen), markup=False)
    if form is not Format.table:
        show_row({"field": chosen, "word": word, "meaning": code}, form, language)


def _row(field: str, word: str, count: int) -> tuple[str, str, int, str | None, str | None]:
    from etl.recognition.confirm_words import proposed

    return (field, word, count, *(proposed(field, word) or (None, None)))
