"""Say once what a word means that files use and nobody knew: the words that are open, and the answer kept in the home.

The command `iga vocabulary` and the desk ask for the same things here.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable

from rapidfuzz import fuzz, process, utils

from etl.layout.declared import simplified
from etl.values.cleaned import visible
from etl.values.home_words import home_words_of, meanings_of, with_word
from warehouse import disk
from warehouse.errors import ExitCode, UnknownName, WorkbenchError
from warehouse.home import Home
from warehouse.reference import unknown_affairs_in
from warehouse.snapshot import Snapshot

_LEAST_LIKE = 60

_CELLS = """
select detail, original_text from quarantine where rule in ('stage_unknown', 'word_unknown', 'affair_unknown')
"""


class WordRefused(WorkbenchError):
    """A word cannot be kept: its meaning is not known, or the file of the home cannot be changed."""

    exit_code = ExitCode.UNKNOWN


def unknown_words(snapshot: Snapshot) -> Counter[tuple[str, str]]:
    """Return (field, word as sent) -> number of cells of a snapshot, of words that were not known."""
    found: Counter[tuple[str, str]] = Counter()
    for detail, text in snapshot.sql(_CELLS).iter_rows():
        field = json.loads(detail).get("vocabulary")
        if field:
            words: Iterable[str] = unknown_affairs_in(text) if field == "affair" else [text]
            found.update((field, visible(word.strip())) for word in words)
    return found


def proposed(field: str, word: str) -> tuple[str, str] | None:
    """Return the known word of a field that is most like one that is not known, with its meaning; None: none is."""
    known = meanings_of(field)
    best = process.extractOne(
        word, list(known), scorer=fuzz.WRatio, processor=utils.default_process, score_cutoff=_LEAST_LIKE
    )
    return (best[0], known[best[0]]) if best else None


def field_of(snapshot: Snapshot, word: str) -> str:
    """Return the one field in which a snapshot has the word. Raises UnknownName where none or several have it."""
    fields = sorted({field for field, other in unknown_words(snapshot) if simplified(other) == simplified(word)})
    if len(fields) != 1:
        raise UnknownName(
            "The current snapshot does not say which field the word {word} belongs to",
            next_step="name the field with --field, such as --field stage",
            word=word,
        )
    return fields[0]


def keep_word(home: Home, field: str, word: str, meant: str) -> str:
    """Keep in the home's `vocabulary.toml` what a word means, and return the code. Raises WordRefused.

    `meant` is a known word of the field or its code.
    """
    known = meanings_of(field)
    by_word = {simplified(name): code for name, code in known.items()}
    code = meant if meant in known.values() else by_word.get(simplified(meant))
    if not simplified(word) or code is None:
        raise WordRefused(
            "{entry} does not say what a word of {field} means",
            next_step="write WORD=MEANING with one of these meanings: {known}",
            entry=f"{word}={meant}",
            field=field,
            known=", ".join(sorted(set(known.values()))),
        )
    kept = home_words_of(home)
    before = by_word.get(simplified(word)) or kept.words.get(field, {}).get(simplified(word))
    if kept.faults or before not in (None, code):
        raise WordRefused(
            "The vocabulary of the home cannot take {word}: the file has a fault, or the word has another meaning",
            next_step="mend {file} in an editor, then confirm it again",
            word=word,
            file=home.vocabulary,
        )
    if before is None:
        text = home.vocabulary.read_text(encoding="utf-8-sig") if home.vocabulary.exists() else ""
        disk.write_text(home.vocabulary, with_word(text, field, word, code))
    return code
