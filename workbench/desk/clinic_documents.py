"""Documents that people lay before the clinic: in the home, by season, innovation and kind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from warehouse import disk
from warehouse.file_names import fitting
from warehouse.home import Home
from warehouse.region import resolve_city
from workbench.desk.refusals import refused
from workbench.document_kinds import DocumentKind

FOLDER = "clinic"
OF_NONE = "0"
"""The folder of documents of which nobody has said the innovation."""


@dataclass(frozen=True)
class ClinicDocument:
    """One document: its place within the season's folder, its innovation (None: not said) and its kind."""

    place: str
    submission_id: str | None
    kind: str
    path: Path


def lay_document(
    home: Home, city: str, edition: str, submission_id: str, kind: str, name: str, content: bytes
) -> ClinicDocument:
    """Lay a document into `<home>/clinic/<region>/<edition>/<innovation>/<kind>/`; one of its name is replaced.

    Raises RequestRefused, RegionNotFound.
    """
    if kind not in set(DocumentKind):
        raise refused("kind")
    if not re.fullmatch(r"[0-9A-Za-z_-]{0,64}", submission_id):
        raise refused("innovation")
    folder = documents_folder(home, resolve_city(city).region_code, edition) / (submission_id or OF_NONE) / kind
    plain = fitting(re.sub(r"[^\w .()+-]+", "-", Path(name.replace("\\", "/")).name).strip(". ") or "dokumen")
    disk.write_bytes(folder / plain, content)
    return ClinicDocument(f"{folder.parent.name}/{kind}/{plain}", submission_id or None, kind, folder / plain)


def documents_folder(home: Home, region_code: str, edition: str) -> Path:
    """Return the folder of a season's documents. Raises RequestRefused."""
    if not (edition.isdecimal() and len(edition) == 4):
        raise refused("edition")
    return home.root / FOLDER / region_code / edition


def documents_of(home: Home, region_code: str, edition: str) -> Iterator[ClinicDocument]:
    """Yield the documents of a season in the order of their places; a link is not followed."""
    season = documents_folder(home, region_code, edition)
    for path in sorted(season.glob("*/*/*")):
        innovation, kind, _name = path.relative_to(season).parts
        if kind in set(DocumentKind) and path.is_file() and not path.is_symlink():
            yield ClinicDocument(
                "/".join(path.relative_to(season).parts), None if innovation == OF_NONE else innovation, kind, path
            )
