"""The command vocabulary: the words of the current snapshot that were not known, and what the home says they mean."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from warehouse.errors import ExitCode, UnknownName, WorkbenchError
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
    from warehouse.home import Home

_ = language_of_environment()

app = typer.Typer(no_args_is_help=False)

HEADERS = {"field": "Field", "word": "Word", "count": "Cells", "proposal": "Proposal", "meaning": "Meaning"}
_LEAST_LIKE = 60


class WordRefused(WorkbenchError):
    """A word cannot be kept: its meaning is not known, or the file of the home cannot be changed."""

    exit_code = ExitCode.UNKNOWN


@app.callback(invoke_without_command=True)
def vocabulary(
    context: typer.Context, home: HomeOption = None, form: FormatOption = Format.table, lang: LanguageOption = None
) -> None:
    """List the words of the current snapshot that were not known, each with the known word that is most like it."""
    if context.invoked_subcommand is not None:
        return
    from etl.values.home_words import home_words_of

    language, place = language_of(lang), home_of(home)
    rows = [_row(field, word, count) for (field, word), count in sorted(_unknown(place).items())]
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
    from etl.layout.declared import simplified
    from etl.values.home_words import home_words_of, meanings_of, with_word
    from warehouse import disk

    language, place = language_of(lang), home_of(home)
    word, _mark, meant = (part.strip() for part in entry.rpartition("="))
    chosen = field or _field_of(place, word)
    known = meanings_of(chosen)
    by_word = {simplified(name): code for name, code in known.items()}
    code = meant if meant in known.values() else by_word.get(simplified(meant))
    if not simplified(word) or code is None:
        raise WordRefused(
            "{entry} does not say what a word of {field} means",
            next_step="write WORD=MEANING with one of these meanings: {known}",
            entry=entry,
            field=chosen,
            known=", ".join(sorted(set(known.values()))),
        )
    kept = home_words_of(place)
    before = by_word.get(simplified(word)) or kept.words.get(chosen, {}).get(simplified(word))
    if kept.faults or before not in (None, code):
        raise WordRefused(
            "The vocabulary of the home cannot take {word}: the file has a fault, or the word has another meaning",
            next_step="mend {file} in an editor, then confirm it again",
            word=word,
            file=place.vocabulary,
        )
    if before is None:
        text = place.vocabulary.read_text(encoding="utf-8-sig") if place.vocabulary.exists() else ""
        disk.write_text(place.vocabulary, with_word(text, chosen, word, code))
    told = language("{word} means {meaning} ({field}); it counts from the next `iga ingest` on.")
    messages().print(told.format(word=word, meaning=code, field=chosen), markup=False)
    if form is not Format.table:
        show_row({"field": chosen, "word": word, "meaning": code}, form, language)


def _unknown(home: Home) -> Counter[tuple[str, str]]:
    """(field, word as sent) -> number of cells of the current snapshot, of words that were not known."""
    from etl.values.cleaned import visible
    from warehouse.reference import unknown_affairs_in

    found: Counter[tuple[str, str]] = Counter()
    with snapshot_of(home) as snapshot:
        rows = snapshot.sql(
            "select detail, original_text from quarantine "
            "where rule in ('stage_unknown', 'word_unknown', 'affair_unknown')"
        )
    for detail, text in rows.iter_rows():
        field = json.loads(detail).get("vocabulary")
        if field:
            words = unknown_affairs_in(text) if field == "affair" else [text]
            found.update((field, visible(word.strip())) for word in words)
    return found


def _row(field: str, word: str, count: int) -> tuple[str, str, int, str | None, str | None]:
    from rapidfuzz import fuzz, process, utils

    from etl.values.home_words import meanings_of

    known = meanings_of(field)
    best = process.extractOne(
        word, list(known), scorer=fuzz.WRatio, processor=utils.default_process, score_cutoff=_LEAST_LIKE
    )
    return (field, word, count, best[0], known[best[0]]) if best else (field, word, count, None, None)


def _field_of(home: Home, word: str) -> str:
    """The one field in which the current snapshot has the word."""
    from etl.layout.declared import simplified

    fields = sorted({field for field, other in _unknown(home) if simplified(other) == simplified(word)})
    if len(fields) != 1:
        raise UnknownName(
            "The current snapshot does not say which field the word {word} belongs to",
            next_step="name the field with --field, such as --field stage",
            word=word,
        )
    return fields[0]
