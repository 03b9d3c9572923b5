"""Writes the portal package: per innovation a folder with a page to tick off and its evidence files, and an index.

Every page stands by itself: no network, its own content policy, nothing of a title ever read as markup or as a path.
"""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined

from analysis.portal.evidence_places import EvidenceFile
from analysis.portal.portal_fields import Field, IndicatorLine, PortalSheet
from iga.errors import Sentence
from reports.blocks.palette import colour_style
from warehouse.file_names import fitting, hyphenated, slug
from warehouse.home import Home
from warehouse.keeping.own_work import Written, write_unless_changed
from warehouse.language import Language
from warehouse.region import Region
from warehouse.visible_text import visible

LONGEST_TITLE = 48
"""Bytes of a title in a folder's name: Windows takes 260 letters for a whole path, and people unpack deep."""
LONGEST_FILE = 64
MADE = (2000, 1, 1, 0, 0, 0)
"""The time of every file in a ZIP, so that the same package is the same file."""


@dataclass(frozen=True)
class Package:
    """What is written: the files by their place in the package, and how many pages there are."""

    contents: dict[str, bytes]
    pages: int


def folder_name(sheet: PortalSheet) -> str:
    """Return the folder of an innovation: its title in small letters, and its id, which no other has."""
    title = fitting(hyphenated(sheet.title), LONGEST_TITLE) or "inovasi"
    return f"{title}-{slug(sheet.submission_id)[:8]}"


def package_of(
    sheets: Iterable[PortalSheet],
    region: Region,
    edition: int,
    on: date,
    source: str,
    language: Language,
    *,
    is_simulated: bool,
) -> Package:
    """Return the files of a package, the index first."""
    contents: dict[str, bytes] = {}
    listed: list[dict[str, Any]] = []
    common = {"lang": language.code, "_": language, "day": language.date(on), "is_simulated": is_simulated}
    common |= {"style": _style(), "script": _text("tick.js"), "policy": content_policy()}
    season = f"{region.full_name}, IGA {edition}"
    for sheet in sheets:
        folder = folder_name(sheet)
        evidence = {line.number: _evidence(line) for line in sheet.indicators}
        for name, file in (each for named in evidence.values() for each in named):
            contents[f"{folder}/bukti/{name}"] = file.read_bytes()
        key = f"iga-portal/{region.region_code}/{edition}/{sheet.submission_id}"
        lines = [
            (
                line,
                [(name, f"bukti/{name}", _standing(file, language)) for name, file in evidence[line.number]],
                [file.name for file in line.files if not file.is_here],
            )
            for line in sheet.indicators
        ]
        page = _template("tick.html").render(
            **common,
            sheet=sheet,
            key=key,
            season=season,
            lines=lines,
            source=source,
            say=lambda sentence: sentence.told(language),
            faults=lambda field: _faults(field, language),
            absent=lambda field: _absent(field, language),
        )
        contents[f"{folder}/isian.html"] = page.encode()
        count = sum(len(named) for named in evidence.values())
        boxes = len(sheet.fields) + len(sheet.indicators)
        listed.append({"sheet": sheet, "folder": folder, "files": count, "key": key, "boxes": boxes})
    # What lacks most stands first: it takes longest.
    listed.sort(key=lambda each: (-len(each["sheet"].missing) - len(each["sheet"].without_level), each["folder"]))
    title = language("To be typed into the portal: {season}").format(season=season)
    summary = language.ngettext("{count} innovation.", "{count} innovations.", len(listed)).format(
        count=language.whole(len(listed))
    )
    index = _template("index.html").render(**common, title=title, summary=summary, sheets=listed)
    return Package({"index.html": index.encode(), **contents}, len(listed) + 1)


def write_package(home: Home, package: Package, place: Path, language: Language) -> list[Written]:
    """Write a package into a folder, or into one file where `place` ends in .zip; what people have changed stays."""
    if place.suffix.casefold() == ".zip":
        return write_unless_changed(home, {place: _zipped(package.contents)}, language)
    return write_unless_changed(home, {place / name: content for name, content in package.contents.items()}, language)


def _zipped(contents: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name, MADE), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _standing(file: EvidenceFile, language: Language) -> str:
    """Return whether a mentor confirmed the file, and when; a person's name stands on no page."""
    if not file.is_confirmed:
        return language("proposal by the number in its name; not confirmed")
    return language("confirmed by a mentor, {day}").format(day=language.date(date.fromisoformat(file.decided_at[:10])))


def _evidence(line: IndicatorLine) -> list[tuple[str, EvidenceFile]]:
    """Return the files of an indicator with the names that they get: its number and name, and which of several."""
    named = []
    here = [file for file in line.files if file.is_here]
    for place, file in enumerate(here, start=1):
        ending = hyphenated(PurePosixPath(file.name).suffix.lstrip("."))
        more = f"-{place}" if len(here) > 1 else ""
        name = f"{line.number}-{fitting(hyphenated(line.label), LONGEST_FILE)}{more}" + (f".{ending}" if ending else "")
        named.append((name, file))
    return named


def _faults(field: Field, language: Language) -> str:
    return "; ".join(_told(fault, language) for fault in field.faults)


def _told(fault: Sentence, language: Language) -> str:
    return fault.told(language)


def _absent(field: Field, language: Language) -> str:
    if field.kind == "person":
        return language("not kept here: take it from the unit's own sheet")
    if field.kind == "file":
        return language("a file, uploaded in the portal")
    return language("empty")


@cache
def _text(name: str) -> str:
    return files("reports.portal").joinpath(name).read_text(encoding="utf-8")


@cache
def _style() -> str:
    return f"{colour_style()}\n{_text('tick.css')}"


def content_policy() -> str:
    """Return the policy of every page: nothing but its own style and script, by their hashes; nothing is fetched."""
    style, script = (
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (_style(), _text("tick.js"))
    )
    sources = f"style-src 'sha256-{style}'; script-src 'sha256-{script}'"
    return f"default-src 'none'; {sources}; base-uri 'none'; form-action 'none'"


@cache
def _template(name: str) -> Any:
    loader = DictLoader({each: _text(each) for each in ("tick.html", "index.html")})
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["visible"] = visible
    return environment.get_template(name)
