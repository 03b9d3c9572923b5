"""Finds a person in the bytes of a file, whatever its kind, and writes the same file without the person.

Markup is kept: a name that is split over runs of a workbook loses its letters and none of its tags, so that nothing
else of the file changes.
"""

from __future__ import annotations

import bz2
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from etl.tombstones import words_of

MARK = "[dihapus]"
"""What stands in the place of an erased name: nothing that could be one."""

DEEPEST = 4
"""How many archives within archives are opened."""

_TAG = r"<[^<>]{0,400}>"
_BETWEEN = rf"(?:[\W_]|&#?\w{{1,8}};|{_TAG}){{1,12}}?"


class StillThere(Exception):
    """Bytes of this kind cannot be rewritten without the person."""


@dataclass(frozen=True)
class Person:
    """What is to be erased: names and numbers, each as its words or digits."""

    texts: tuple[str, ...]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Return what finds every text: in any case, with any spaces, and with tags in between."""
        return re.compile("|".join(map(_pattern_of, self.texts)), re.IGNORECASE)

    @cached_property
    def plain_pattern(self) -> str:
        """Return the same for plain text, as DuckDB and Polars read patterns."""
        return "(?i)(?:" + "|".join(_plain_pattern_of(text) for text in self.texts) + ")"

    def without(self, text: str) -> str:
        """Return a text with a mark in place of the person; tags stay."""
        return self.pattern.sub(lambda found: _blotted(found.group()), text)


def person_of(texts: Iterable[str]) -> Person:
    """Return the person of names and numbers, without degrees: of `Budi Santoso, S.Pd.` what is before the comma."""
    cores = (text.split(",")[0].strip() if re.search(r"[^\W\d_]", text) else text for text in texts)
    return Person(tuple(dict.fromkeys(core for core in cores if words_of(core))))


def holds_person(content: bytes, person: Person) -> bool:
    """Whether the bytes hold the person: as text in any of the usual encodings, in parts of archives, in a PDF."""
    return any(person.pattern.search(text) for text in texts_in(content))


def texts_in(content: bytes, depth: int = 0) -> Iterator[str]:
    """Iterate over all text that the bytes hold, of archives that of every part; markup is included."""
    if content.startswith(b"PK\x03\x04") and depth < DEEPEST:
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                for part in archive.infolist():
                    yield part.filename
                    yield from texts_in(archive.read(part), depth + 1)
            return
        except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError):
            pass  # what is no whole archive is searched as it lies
    for magic, opened in ((b"\x1f\x8b", gzip.decompress), (b"BZh", bz2.decompress)):
        if content.startswith(magic) and depth < DEEPEST:
            try:
                yield from texts_in(opened(content), depth + 1)
            except (OSError, EOFError, ValueError, zlib.error):
                break
            return
    if content.startswith(b"%PDF-"):
        yield from _texts_of_pdf(content)
    text, _ = decoded(content)
    yield text
    if b"\x00" in content:  # text in two bytes a letter within a binary file, at even and odd places
        yield content.decode("utf-16-le", errors="ignore")
        yield content[1:].decode("utf-16-le", errors="ignore")


def rewritten(content: bytes, person: Person, depth: int = 0) -> bytes:
    """Return the bytes without the person. Raises StillThere for a kind whose bytes cannot be edited safely."""
    if content.startswith(b"PK\x03\x04") and depth < DEEPEST:
        new = _rewritten_archive(content, person, depth)
    elif content.startswith((b"%PDF-", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"PAR1")):
        new = content
    else:
        text, encoding = decoded(content)
        new = content if "\x00" in text else person.without(text).encode(encoding)
    if holds_person(new, person):
        raise StillThere
    return new


def decoded(content: bytes) -> tuple[str, str]:
    """Return the text of the bytes with the encoding that gives the same bytes again."""
    for encoding, mark in (("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")):
        if content.startswith(mark):
            text = content.decode(encoding, errors="replace")
            if text.encode(encoding, errors="replace") == content:
                return text, encoding
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return content.decode("latin-1"), "latin-1"


def _rewritten_archive(content: bytes, person: Person, depth: int) -> bytes:
    stream = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
            for part in old.infolist():
                kept = zipfile.ZipInfo(person.without(part.filename), part.date_time)
                kept.compress_type, kept.external_attr = part.compress_type, part.external_attr
                inner = old.read(part)
                new.writestr(kept, rewritten(inner, person, depth + 1) if holds_person(inner, person) else inner)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError) as error:
        raise StillThere from error
    return stream.getvalue()


def _texts_of_pdf(content: bytes) -> Iterator[str]:
    from pypdf import PdfReader

    try:
        reader = PdfReader(io.BytesIO(content))
        yield " ".join(str(value) for value in (reader.metadata or {}).values())
        for page in reader.pages:
            yield page.extract_text()
    except Exception:  # a damaged PDF is searched as it lies
        return


def _blotted(found: str) -> str:
    """The mark in place of the first piece of text, nothing in place of the others.

    Every tag stays, and what parts columns and lines: a name that runs over two cells must not make one of them.
    """
    pieces = re.split(f"({_TAG})", found)
    first = next(place for place, piece in enumerate(pieces) if piece and not piece.startswith("<"))
    told = [piece if piece.startswith("<") else re.sub(r"&#?\w+;|[^,;\t|\r\n\"]", "", piece) for piece in pieces]
    told[first] = MARK + told[first]
    return "".join(told)


def _letter(letter: str) -> str:
    codes = {ord(letter.lower()), ord(letter.upper()[0])}
    written = [re.escape(letter)]
    written += [form for code in codes for form in (f"&#0*{code};", f"&#x0*{code:x};", f"\\\\u{code:04x}")]
    return "(?:" + "|".join(written) + ")"


def _pattern_of(text: str) -> str:
    is_number = not re.search(r"[^\W\d_]", text)
    words = list(re.sub(r"\D", "", text)) if is_number else words_of(text)
    between = rf"(?:[ .\-]|{_TAG}){{0,4}}" if is_number else _BETWEEN
    letters = [rf"(?:{_TAG}){{0,4}}".join(map(_letter, word)) for word in words]
    return rf"(?<![^\W_]){between.join(letters)}(?![^\W_])"


def _plain_pattern_of(text: str) -> str:
    is_number = not re.search(r"[^\W\d_]", text)
    words = list(re.sub(r"\D", "", text)) if is_number else [re.escape(word) for word in words_of(text)]
    return (r"[ .\-]?" if is_number else r"[^\p{L}\p{N}]+").join(words)
