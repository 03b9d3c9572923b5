"""Names that only a picture shows: kept readings of scans that name a person, and the files they were read from."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from rapidfuzz import fuzz

from etl.documents.document_limits import document_limits
from etl.documents.kept_readings import kept_readings, text_of
from etl.forgetting.person_text import Person
from warehouse import disk
from warehouse.home import Home, sha256_of

FOLDERS = ("evidence", "clinic")
"""The folders of a home that scans lie in as people laid them."""


@dataclass
class ScansOfPerson:
    """The kept readings that name a person, and the files with those bytes.

    `certain` name the person letter by letter; `likely` nearly so, as a scan is read with faults.
    """

    readings: list[Path] = field(default_factory=list)
    certain: list[Path] = field(default_factory=list)
    likely: list[Path] = field(default_factory=list)


def scans_of(home: Home, person: Person) -> ScansOfPerson:
    """Return the kept readings of pictures that name the person, and the files or ZIPs that they were read from.

    A name may run over lines, and be read with faults: a reading that is only like it counts as one.
    """
    found = ScansOfPerson()
    certain: set[str] = set()
    likely: set[str] = set()
    for path in kept_readings(home) if person.texts else ():
        try:
            facts = json.loads(path.read_text(encoding="utf-8"))
            text = text_of(facts)
        except (OSError, ValueError, AttributeError, TypeError, RecursionError):
            found.readings.append(path)  # what cannot be looked into is made again
            continue
        is_named = bool(person.pattern.search(text))
        if not is_named and not (facts.get("is_recognised") and _is_like(text, person)):
            continue
        found.readings.append(path)
        if facts.get("is_recognised"):
            (certain if is_named else likely).add(path.stem)
    for path in _files(home) if certain | likely else ():
        hashes = set(_hashes_of(path))
        if hashes & certain:
            found.certain.append(path)
        elif hashes & likely:
            found.likely.append(path)
    return found


def scans_of_hashes(home: Home, hashes: Container[str]) -> list[Path]:
    """Return the files that people laid into the home's folders whose bytes have one of these hashes."""
    return [path for path in _files(home) if sha256_of(path) in hashes]


def remove_readings(found: ScansOfPerson) -> None:
    """Take away the readings, each with the small picture of its scan: they are made again of what is left."""
    for path in found.readings:
        disk.remove(path)
        disk.remove(path.with_suffix(".png"))


def _is_like(text: str, person: Person) -> bool:
    limits = document_limits()
    words = " ".join(text.casefold().split())
    return any(
        len(name) >= limits["like_name_letters"]
        and fuzz.partial_ratio(name.casefold(), words, score_cutoff=limits["like_name_percent"]) > 0
        for name in person.texts
    )


def _files(home: Home) -> Iterator[Path]:
    for folder in FOLDERS:
        for path in sorted((home.root / folder).rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield path


def _hashes_of(path: Path) -> Iterator[str]:
    """Yield the hash of a file, and those of the files of a ZIP."""
    yield sha256_of(path)
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                with archive.open(member) as stream:
                    hashed = sha256()
                    while piece := stream.read(1 << 20):
                        hashed.update(piece)
                yield hashed.hexdigest()
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError):
        return
