"""Reads the catalogues of a language, and keeps what was read as Python keeps the bytecode of its modules."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from warehouse.errors import WorkbenchError

KEPT_IN = "__pycache__"
"""Beside the catalogues: what clears bytecode clears this too, and a folder that is read-only goes without."""


def read_catalogue(folder: Path, lang: str) -> dict[str, str]:
    """Return every translated message of the `.po` files of a folder, msgid -> text; of a plural, both forms.

    Reading the files takes longer than many a command has to do, so the texts are kept in one JSON file beside them. It
    holds for the names, sizes and times of the files that it was made of, and is made anew for any others.
    """
    paths = sorted(folder.glob("*.po"), key=lambda path: path.name)
    state = [[path.name, facts.st_size, facts.st_mtime_ns] for path in paths for facts in (path.stat(),)]
    kept = folder / KEPT_IN / f"{lang}.json"
    with suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
        content = json.loads(kept.read_text(encoding="utf-8"))
        if content["of"] == state:
            return {str(msgid): str(text) for msgid, text in content["texts"].items()}
    texts = _parsed(paths, lang)
    if not sys.dont_write_bytecode:
        _keep(kept, {"of": state, "texts": texts})
    return texts


def _parsed(paths: Sequence[Path], lang: str) -> dict[str, str]:
    from babel.messages.pofile import read_po

    texts: dict[str, str] = {}
    for path in paths:
        with path.open("rb") as stream:
            for message in read_po(stream, locale=lang):
                texts |= dict(_texts_of(message.id, message.string))
    return texts


def _texts_of(msgid: str | Sequence[str], text: str | Sequence[str] | None) -> Iterator[tuple[str, str]]:
    """The msgid with its translation; of one with a plural both forms, which a language may tell in the same words."""
    if isinstance(msgid, str):
        if msgid and text:
            yield msgid, str(text)
        return
    forms = [text] if isinstance(text, str) else list(text or ())
    if forms and all(forms):
        yield msgid[0], forms[0]
        yield msgid[1], forms[-1]


def _keep(path: Path, content: dict[str, object]) -> None:
    """Write the file whole or not at all; that it cannot be written is no fault."""
    from warehouse.disk import make_folder, write_text

    with suppress(OSError, WorkbenchError):
        make_folder(path.parent)
        write_text(path, json.dumps(content, ensure_ascii=False), synced=False)
