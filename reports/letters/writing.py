"""Writes the documents of a season into a folder: Word files to edit, PDFs to read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from analysis import open_snapshot
from analysis.contest.jury_table import undeclared
from analysis.contest.results import contests_of, judge, scores_in
from reports.city_settings import blank_settings, letterhead_of, read_settings, settings_path, wording
from reports.letters.handover import handover_sheet
from reports.letters.minutes import JudgedContest, minutes, set_aside_in, stage_minutes, stages_with_minutes
from reports.letters.nota_dinas import nota_dinas
from reports.letters.official import Official
from reports.letters.reading_copy import reading_copy, replaced_in
from reports.letters.region_letter import region_letters
from reports.letters.season_facts import LetterSeason, read_letter_season
from reports.letters.unit_letter import unit_letters
from reports.letters.word import template_path, word_of
from reports.letters.word_templates import default_template
from warehouse import disk
from warehouse.errors import ExitCode, UnknownName, WorkbenchError
from warehouse.file_names import slug
from warehouse.home import Home
from warehouse.keeping.own_work import Written, write_unless_changed
from warehouse.keeping.personal_data import masked, names_shown
from warehouse.language import DEFAULT_LANGUAGE, Language
from warehouse.region import Region, resolve_city, resolve_region
from warehouse.snapshot import Snapshot

KINDS = ("nota-dinas", "units", "berita-acara")
"""The kinds of documents; their Word templates are `nota-dinas`, `surat-unit` and `berita-acara`."""

TEMPLATES = ("nota-dinas", "surat-unit", "berita-acara")
FOLDER = "letters"
DEFAULT_SIZE = 11.0


class NothingToWrite(WorkbenchError):
    """There is nothing that a document of this kind could say: no gap, or no scores of a jury."""

    exit_code = ExitCode.UNKNOWN


@dataclass(frozen=True)
class Letters:
    """What was written: the folder, the files in it, and why they are drafts (empty where they are not).

    `beside` are those of the files that lie beside one that a person has changed, which stays. `replaced` are the texts
    of which a PDF does not show every sign, in words; the Word file holds them as they are.
    """

    folder: Path
    files: tuple[Path, ...]
    draft: tuple[str, ...]
    beside: tuple[Written, ...] = ()
    replaced: tuple[str, ...] = ()

    @property
    def is_draft(self) -> bool:
        """Whether the documents are drafts, which nobody signs."""
        return bool(self.draft)


def write_letters(
    city: str,
    edition: int,
    *,
    kind: str | None = None,
    on: date | datetime | None = None,
    out: str | Path | None = None,
    home: str | Path | None = None,
    snapshot: str | None = None,
    with_names: bool = False,
    lang: str = DEFAULT_LANGUAGE,
) -> Letters:
    """Write the documents of a city's season as DOCX and PDF, in Indonesian.

    `kind` is one of `KINDS`, or all that there is something to say for. `on` is the day (and hour) that they stand for,
    today without it; `out` the folder, `<home>/letters/<city>/<edition>` without it. Mentors and jurors
    are numbered unless `with_names`. Simulated data or an open quarantine makes drafts that nobody signs. A file that a
    person has changed since stays; ours goes beside it, under a name with the day in the language `lang`.

    Raises UnknownName, NoSnapshot, NothingToWrite, CitySettingsInvalid, TemplateRefused.
    """
    if kind is not None and kind not in KINDS:
        raise UnknownName(
            "There is no document {kind}", next_step="those that exist: {known}", kind=kind, known=", ".join(KINDS)
        )
    region, place = resolve_city(city), Home.at(home)
    day = on.date() if isinstance(on, datetime) else on
    with open_snapshot(snapshot, place.root, as_of=day) as opened, names_shown(with_names):
        documents = [
            _masked(document)
            for document in _documents(opened, place, region, edition, kind, on, with_names=with_names)
        ]
    if not documents:
        raise NothingToWrite(
            "There is nothing to write for {city} {edition}",
            next_step="load the files of the season, or the scores of the jury (`iga template jury-scores`)",
            city=region.full_name,
            edition=edition,
        )
    folder = Path(out) if out else place.root / FOLDER / slug(region.full_name) / str(edition)
    return _written(documents, place, folder, lang)


def _written(documents: list[Official], place: Home, folder: Path, lang: str) -> Letters:
    """Write documents as DOCX and PDF; what a person has changed since stays, and ours goes beside it."""
    letters = [dict(_files_of(document, place, folder)) for document in documents]
    contents = {path: content for letter in letters for path, content in letter.items()}
    written = write_unless_changed(place, contents, Language(lang), groups=[tuple(letter) for letter in letters])
    reasons = tuple(dict.fromkeys(reason for document in documents for reason in document.draft))
    beside = tuple(file for file in written if file.kept is not None)
    replaced = tuple(text for document in documents for text in replaced_in(document, Language(lang)))
    return Letters(folder, tuple(file.path for file in written), reasons, beside, replaced)


def write_region_letters(
    province: str,
    edition: int,
    *,
    on: date | None = None,
    home: str | Path | None = None,
    snapshot: str | None = None,
    with_all: bool = False,
    lang: str = DEFAULT_LANGUAGE,
) -> Letters:
    """Write a province's letters to the heads of its regencies and cities of which something is open, or of all.

    Raises UnknownName, NoSnapshot, NothingToWrite, CitySettingsInvalid, TemplateRefused.
    """
    region, place = resolve_region(province, region_type="provinsi"), Home.at(home)
    day = on or datetime.now(tz=UTC).astimezone().date()
    with open_snapshot(snapshot, place.root) as opened:
        documents = [
            _masked(letter) for letter in region_letters(opened, place, region, edition, day, with_all=with_all)
        ]
    if not documents:
        raise NothingToWrite(
            "Nothing is open in {province} {edition}",
            next_step="write to all of them with --all",
            province=region.full_name,
            edition=edition,
        )
    return _written(documents, place, place.root / FOLDER / slug(region.full_name) / str(edition), lang)


def write_handover(
    city: str,
    edition: int,
    *,
    on: date | None = None,
    home: str | Path | None = None,
    snapshot: str | None = None,
    lang: str = DEFAULT_LANGUAGE,
) -> Letters:
    """Write the handover sheet of a city's season. Raises as `write_letters` does."""
    region, place = resolve_city(city), Home.at(home)
    with open_snapshot(snapshot, place.root, as_of=on) as opened:
        season = read_letter_season(opened, place, region, edition, on, with_names=False)
        documents = [_masked(handover_sheet(opened, place, season))]
    return _written(documents, place, place.root / FOLDER / slug(region.full_name) / str(edition), lang)


def write_documents(documents: Iterable[Official], home: Home, folder: Path, lang: str) -> Letters:
    """Write documents that were put together elsewhere, with personal data masked, as DOCX and PDF."""
    return _written([_masked(document) for document in documents], home, folder, lang)


def _documents(
    snapshot: Snapshot,
    home: Home,
    region: Region,
    edition: int,
    kind: str | None,
    on: date | datetime | None,
    *,
    with_names: bool,
) -> Iterator[Official]:
    if kind in (None, "nota-dinas", "units"):
        season = read_letter_season(snapshot, home, region, edition, on, with_names=with_names)
        yield from _of_season(season, kind)
    if kind in (None, "berita-acara"):
        yield from _of_contests(snapshot, home, region, edition, with_names=with_names)


def _masked(document: Official) -> Official:
    """The document with personal data masked in what it says; head and signature are the office's own."""
    office = {name: getattr(document, name) for name in ("head", "settings", "signature", "jurors")}
    return replace(masked(document), **office)


def _of_season(season: LetterSeason, kind: str | None) -> Iterator[Official]:
    if kind != "units":
        yield nota_dinas(season)
    if kind != "nota-dinas":
        yield from unit_letters(season)


def _of_contests(
    snapshot: Snapshot, home: Home, region: Region, edition: int, *, with_names: bool
) -> Iterator[Official]:
    """The berita acara of every contest of the city whose jury has given scores."""
    settings = read_settings(home, region.region_code)
    words = wording()["common"]
    foot = words["foot"].format(
        snapshot=snapshot.snapshot_id[:12], version=snapshot.facts["software_version"], rests=""
    )
    written = undeclared(snapshot, region.region_code, edition, home)
    contests = [written] if written else contests_of(region.region_code, edition, home)
    tables = [(contest, scores_in(snapshot, contest, edition, home)) for contest in contests]
    # Where no contest takes a score, each that could have is written as a draft that lists them.
    is_used = any(given.used_count for _, given in tables)
    for contest, given in tables:
        if not given.count or (is_used and not given.used_count):
            continue
        set_aside = set_aside_in(snapshot, region.region_code, edition)
        judged = JudgedContest(contest, edition, given, judge(contest, given.scores), set_aside, foot.strip())
        head = letterhead_of(home, region, settings)
        for stage in stages_with_minutes(judged):
            yield stage_minutes(judged, stage, head, settings, with_names=with_names)
        yield minutes(judged, head, settings, with_names=with_names)


def _files_of(document: Official, home: Home, folder: Path) -> Iterator[tuple[Path, bytes]]:
    pdf, size = reading_copy(document)
    # Word's lines are a little higher than those of the PDF, and its printers differ: half a point keeps the page one.
    for suffix, content in (("docx", word_of(document, home, size - 0.5)), ("pdf", pdf)):
        yield folder / f"{document.name}.{suffix}", content


def write_settings(city: str, home: str | Path | None = None) -> Path:
    """Write a settings file to fill in, unless the city has one. Raises UnknownName."""
    region = resolve_city(city)
    path = settings_path(Home.at(home), region.region_code)
    if not path.exists():
        disk.write_text(path, blank_settings(region))
    return path


def write_templates(city: str, home: str | Path | None = None) -> list[Path]:
    """Write our Word templates where a city's own lie, for the city to change; those that are there stay."""
    place, region = Home.at(home), resolve_city(city)
    settings = read_settings(place, region.region_code)
    paths = [template_path(place, name) for name in TEMPLATES]
    for name, path in zip(TEMPLATES, paths, strict=True):
        if not path.exists():
            disk.write_bytes(path, default_template(name, settings.paper, settings.font, DEFAULT_SIZE))
    return paths
