"""`build.json`: what a site rests on, for machines and auditors; same inputs give the same text, durations aside."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import polars as pl

from reports.pages.basis.blocks import MADE_WITH
from reports.queries import ask
from reports.run.declaration import Report, Site, list_reports
from reports.run.notebook import NOTEBOOK_FOLDERS
from reports.run.own_notebooks import content_hash
from reports.site.empty_pages import WITHOUT_DATA
from warehouse import Snapshot
from warehouse.home import Home
from warehouse.inputs_read import InputsRead, hash_of_input

BUILD_FACTS = "build.json"
SOURCES = (".py", ".sql", ".html", ".css", ".js", ".typ", ".toml", ".yaml", ".csv", ".po", ".ipynb", ".json")


def read_facts(folder: Path) -> dict[str, Any]:
    """What the last build of a folder recorded; nothing where there is none or it is damaged."""
    try:
        facts: dict[str, Any] = json.loads((folder / BUILD_FACTS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}


def told(facts: dict[str, Any]) -> str:
    """The text of the file."""
    return json.dumps(facts, indent=1, ensure_ascii=False, default=str) + "\n"


def foundation(snapshot: Snapshot, site: Site, home: Home) -> dict[str, Any]:
    """What every page of the site rests on: snapshot, inputs, rulebooks, coverage, assumptions, versions.

    Notebooks of the home stand with a hash of each and of the modules beside it.
    """
    notebooks = {part.notebook: content_hash(part.notebook, home) for part in site.parts}
    own = {name: content for name, content in sorted(notebooks.items()) if content}
    return {
        "site": site.name,
        "site_hash": site_hash(site),
        "snapshot_id": snapshot.snapshot_id,
        "is_simulated": snapshot.is_simulated,
        "software_version": snapshot.facts["software_version"],
        "code_hash": code_hash(),
        "versions": {"python": platform.python_version()} | dict(_versions()),
        "inputs": _rows(ask(snapshot, "reports.site", "inputs")),
        "rulebooks": _rulebooks(snapshot),
        "coverage": _rows(ask(snapshot, "reports.site", "season_overview").drop("full_name", "name")),
        "assumptions": _rows(ask(snapshot, "reports.site", "assumptions")),
        **({"own_notebooks": own} if own else {}),
    }


class Fingerprints:
    """Short hashes of all that a page of a site is made of: snapshot, declaration, code, files of the home, the day.

    A notebook of the home is code too, with the modules beside it. What it shows may depend on the day, which nobody
    but its author knows, so that its pages are of one day.
    """

    def __init__(self, snapshot_id: str, site: Site, home: Home, day: date) -> None:
        self.home, self.day = home, day.isoformat()
        self.base = f"{snapshot_id} {site_hash(site)} {code_hash()}"
        self.own: dict[str, str] = {}
        self.is_of_snapshot = site.scope is not None

    def of(self, report: Report, read: InputsRead) -> str:
        """Return the hash of a page that was made from the files that were read."""
        if report.notebook not in self.own:
            content = content_hash(report.notebook, self.home)
            self.own[report.notebook] = f" {content} {self.day}" if content else ""
        inputs = "".join(f" {name} {content}" for name, content in sorted(read.files.items()))
        of_day = f" {read.day}" if read.day else ""
        asked = f" {json.dumps(report.parameters, sort_keys=True)}" if self.is_of_snapshot else ""
        return sha256(f"{self.base}{self.own[report.notebook]}{inputs}{of_day}{asked}".encode()).hexdigest()[:16]

    def of_now(self, report: Report, record: dict[str, Any]) -> str:
        """Return the hash that a page would have now, made from the same files on this day, as far as it counts."""
        files = {name: hash_of_input(self.home, name) for name in record.get("inputs", {})}
        return self.of(report, InputsRead(files, self.day if record.get("day") else None))


def stale_pages(
    site: Site, snapshot_id: str, folder: Path, home: Home, now: datetime, reports: Sequence[Report] | None = None
) -> list[str]:
    """The pages that are not there as a build from this snapshot would make them: older, failed, lost, or never built.

    `folder` is that of the site, `reports` are its pages in that snapshot (otherwise those that it declares). A page
    that is stale in one language, or lacks an output, is named once.
    """
    facts = read_facts(folder)
    fingerprints = Fingerprints(snapshot_id, site, home, now.astimezone().date())
    failed = {(failure["page"], failure["lang"]) for failure in facts.get("failures", ())}
    known = [*facts.get(WITHOUT_DATA, ()), *facts.get("reports", ())]
    records = {(record["page"], record["lang"]): record for record in known}

    def is_fresh(report: Report, lang: str) -> bool:
        record = records.get((report.page, lang))
        is_same = record is not None and record.get("fingerprint") == fingerprints.of_now(report, record)
        return is_same and _is_whole(record or {}, folder, site) and (report.page, lang) not in failed

    return [
        report.page
        for report in (list_reports(site) if reports is None else reports)
        if not all(is_fresh(report, lang) for lang in site.languages if report.is_told_in(lang))
    ]


def _is_whole(record: dict[str, Any], folder: Path, site: Site) -> bool:
    place = folder if record["lang"] == site.languages[0] else folder / record["lang"]
    return all((place / name).is_file() for name in record.get("files", ()))


def site_hash(site: Site) -> str:
    """A hash of all that a site file declares."""
    return sha256(site.declared.model_dump_json().encode()).hexdigest()


@cache
def code_hash() -> str:
    """A hash of everything that makes a page of a snapshot: code, queries, templates, rules, texts, notebooks."""
    digest = sha256()
    for package in ("iga", "warehouse", "analysis", "reports"):
        _add(digest, files(package), package)
    for folder in NOTEBOOK_FOLDERS:
        if folder.is_dir():
            _add(digest, folder, "notebooks")
    return digest.hexdigest()


def _add(digest: Any, folder: Traversable, name: str) -> None:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            if entry.name != "__pycache__":
                _add(digest, entry, f"{name}/{entry.name}")
        elif entry.name.endswith(SOURCES):
            digest.update(f"{name}/{entry.name}\0".encode())
            digest.update(sha256(entry.read_bytes()).digest())


def _versions() -> Iterable[tuple[str, str]]:
    for package in ("iga-workbench", *MADE_WITH):
        try:
            yield package, version(package)
        except PackageNotFoundError:
            continue


def _rulebooks(snapshot: Snapshot) -> list[dict[str, Any]]:
    from reports.blocks.rule_maxima import scale_of

    rulebooks = snapshot.rulebooks
    return [
        {
            "rulebook": row["rulebook"],
            "sha256": row["rulebook_hash"],
            "confidence": {name: level for name, level, _ in scale_of(rulebooks.of(row["rulebook"]), "en").confidences},
        }
        for row in ask(snapshot, "reports.site", "rulebooks").iter_rows(named=True)
    ]


def _rows(frame: pl.DataFrame) -> list[dict[str, Any]]:
    return [{name: _plain(value) for name, value in row.items()} for row in frame.iter_rows(named=True)]


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | bool | int | float) else str(value)
