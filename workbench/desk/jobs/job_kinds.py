"""The work that the desk can start: a kind and parameters, never words of a command line.

Each kind checks its parameters and says which `iga` command does it, what it writes to, and which right it takes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from warehouse.home import Home
from warehouse.region import resolve_city
from workbench.desk.people import Right
from workbench.desk.refusals import RequestRefused, refused

FILES = "files"
"""The folder of a job that its files to be saved lie in."""
BACKUPS = "backups"
"""The folder of a home that backups made at the desk lie in."""


def _as_msgid(text: str) -> str:
    """Return the text: it is translated where it is shown."""
    return text


_ = _as_msgid


@dataclass(frozen=True)
class Asked:
    """What a job was asked for, with where it may write to."""

    home: Home
    folder: Path
    parameters: dict[str, Any]
    lang: str

    def text(self, name: str, default: str = "") -> str:
        """Return a parameter that is one line of text and no option. Raises RequestRefused."""
        value = str(self.parameters.get(name, default) or default).strip()
        if value.startswith("-") or any(not sign.isprintable() for sign in value):
            raise refused(name)
        return value

    def season(self) -> list[str]:
        """Return the code of the city and the edition. Raises RequestRefused, RegionNotFound."""
        return [self.city(), self.edition()]

    def city(self) -> str:
        """Return the code of the city that is named. Raises RequestRefused, RegionNotFound."""
        named = self.text("city")
        if not named:
            raise refused("city")
        return resolve_city(named).region_code

    def edition(self) -> str:
        """Return the edition. Raises RequestRefused."""
        value = self.text("edition")
        if not (value.isdecimal() and len(value) == 4):
            raise refused("edition")
        return value

    def day(self) -> list[str]:
        """Return the option of the day on which it stands; nothing for today. Raises RequestRefused."""
        value = self.text("on")
        if not value:
            return []
        try:
            return ["--on", date.fromisoformat(value).isoformat()]
        except ValueError:
            raise refused("on") from None

    def is_set(self, name: str) -> bool:
        """Return whether a switch is on."""
        return str(self.parameters.get(name, "")).lower() in ("1", "true", "on", "yes")

    def chosen(self, name: str, known: tuple[str, ...], default: str) -> str:
        """Return one of the words that are known. Raises RequestRefused."""
        value = self.text(name, default)
        if value not in known:
            raise refused(name)
        return value

    def file(self, name: str) -> str:
        """Return the path of a file that is to be saved."""
        return str(self.folder / FILES / name)


@dataclass(frozen=True)
class JobKind:
    """One kind of work: its name for people (catalogue key), its command, and what it takes.

    `lane`: works of one lane run one after the other; without one, beside any other.
    """

    title: str
    command: Callable[[Asked], list[str]]
    lane: str = ""
    right: Right = Right.work


def _load(asked: Asked) -> list[str]:
    return ["ingest", *(["--retry-held"] if asked.is_set("retry_held") else [])]


def _undo(asked: Asked) -> list[str]:
    name = asked.text("file")
    return ["undo", "--yes", *(["--file", name] if name else []), *(["--back"] if asked.is_set("back") else [])]


def _report(asked: Asked) -> list[str]:
    from reports.run.own_sites import names_of_sites

    site = asked.chosen("site", tuple(names_of_sites(asked.home)), "city")
    one_city = ["--city", asked.city()] if asked.text("city") else []
    page = asked.text("page")
    return ["report", "build", site, *one_city, *(["--only", page] if page else []), *asked.day()]


def _letters(asked: Asked) -> list[str]:
    return ["letters", *asked.season(), *asked.day()]


def _handover(asked: Asked) -> list[str]:
    return ["office", "handover", *asked.season(), *asked.day()]


def _region_letters(asked: Asked) -> list[str]:
    province = asked.text("province")
    if not re.fullmatch(r"[0-9]{2}", province):
        raise refused("province")
    return ["office", "letters", "--province", province, "--edition", asked.edition(), *asked.day()]


def _minutes(asked: Asked) -> list[str]:
    return ["letters", *asked.season(), "--kind", "berita-acara", *asked.day()]


def _template(asked: Asked) -> list[str]:
    from etl.outgoing.template import load_templates

    name = asked.chosen("name", tuple(load_templates()), "control-sheet")
    by = asked.chosen("by", ("city", "parent", "unit"), "city")
    season = ["--city", asked.city(), "--edition", asked.edition()]
    return ["template", name, *season, "--by", by, "--out", str(asked.folder / FILES)]


def _readiness(asked: Asked) -> list[str]:
    return ["readiness", *asked.season(), *asked.day(), "--workbook", asked.file(f"{_named(asked)}-kesiapan.xlsx")]


def _plan(asked: Asked) -> list[str]:
    return ["plan", "list", *asked.season(), *asked.day(), "--workbook", asked.file(f"{_named(asked)}-rencana.xlsx")]


def _contest(asked: Asked) -> list[str]:
    name = asked.text("contest")
    chosen = ["--contest", name] if name else []
    return ["contest", *asked.season(), *chosen, "--workbook", asked.file(f"{_named(asked)}-lomba.xlsx")]


def _mentoring_sheet(asked: Asked) -> list[str]:
    by = asked.chosen("by", ("city", "parent", "unit", "mentor"), "city")
    what = ["--development"] if asked.is_set("development") else ["--by", by]
    return ["mentoring", "sheet", *asked.season(), *what, *asked.day(), "--out", str(asked.folder / FILES)]


def _objections(asked: Asked) -> list[str]:
    return ["mentoring", "letters", *asked.season(), *asked.day()]


def _calendar(asked: Asked) -> list[str]:
    file = asked.file(f"{_named(asked)}-kalender.ics")
    return ["remind", *asked.season(), *asked.day(), "--list", "dates", "--calendar", file]


def _send_reminders(asked: Asked) -> list[str]:
    confirmed = asked.text("confirmed")
    if not re.fullmatch(r"[0-9a-f]{16}", confirmed):  # nothing goes out that nobody has looked at
        raise refused("confirmed")
    return ["remind", *asked.season(), *asked.day(), "--list", "sent", "--send", "--confirmed", confirmed]


def _portal(asked: Asked) -> list[str]:
    return ["portal", *asked.season(), asked.file(f"{_named(asked)}-portal.zip"), *asked.day()]


def _nominee(asked: Asked) -> list[str]:
    return ["nominee", *asked.season(), *asked.day()]


def _clinic(asked: Asked) -> list[str]:
    from workbench.desk.clinic_documents import documents_of

    words = ["clinic", *asked.season(), "--comments", str(asked.folder / FILES)]
    place = asked.text("file")
    if not place:
        return words
    for document in documents_of(asked.home, *asked.season()):
        if document.place == place:
            of = ["--innovation", document.submission_id] if document.submission_id else []
            return [*words, *of, "--kind", document.kind, str(document.path)]
    raise refused("file")


def _evidence(asked: Asked) -> list[str]:
    return ["evidence", *asked.season(), "--write-list", asked.file(f"{_named(asked)}-bukti.xlsx")]


def _verify(asked: Asked) -> list[str]:
    return ["verify", *(["--repair"] if asked.is_set("repair") else [])]


def _backup(asked: Asked) -> list[str]:
    return ["backup", str(asked.home.root / BACKUPS / f"cadangan-{asked.folder.name[:15]}.tar.gz")]


def _named(asked: Asked) -> str:
    return f"{asked.city()}-{asked.edition()}"


HOME_LANE = "home"
BUILD_LANE = "build"
EVIDENCE_LANE = "evidence"
MAIL_LANE = "mail"

KINDS: dict[str, JobKind] = {
    "load": JobKind(_("Load the inbox"), _load, HOME_LANE),
    "undo": JobKind(_("Take back a received file"), _undo, HOME_LANE),
    "report": JobKind(_("Build reports"), _report, BUILD_LANE),
    "letters": JobKind(_("Write letters"), _letters, BUILD_LANE),
    "minutes": JobKind(_("Write the minutes of the contest"), _minutes, BUILD_LANE),
    "handover": JobKind(_("Write the handover sheet"), _handover, BUILD_LANE),
    "region_letters": JobKind(_("Write letters to regencies and cities"), _region_letters, BUILD_LANE),
    "template": JobKind(_("Make a template to fill in"), _template),
    "readiness": JobKind(_("Workbook of readiness"), _readiness),
    "plan": JobKind(_("Workbook of the plan"), _plan),
    "contest": JobKind(_("Workbook of the contest"), _contest),
    "mentoring_sheet": JobKind(_("Make sheets of mentoring"), _mentoring_sheet),
    "objections": JobKind(_("Write drafts of objections"), _objections, BUILD_LANE),
    "calendar": JobKind(_("Calendar file of the dates"), _calendar),
    "send_reminders": JobKind(_("Send reminders by e-mail"), _send_reminders, MAIL_LANE),
    "portal": JobKind(_("Package for the portal"), _portal),
    "nominee": JobKind(_("Write fact sheets"), _nominee, BUILD_LANE),
    "evidence": JobKind(_("Check the files of evidence"), _evidence, EVIDENCE_LANE),
    "clinic": JobKind(_("Word files with comments"), _clinic, BUILD_LANE),
    "verify": JobKind(_("Check the home"), _verify, HOME_LANE, Right.keep),
    "backup": JobKind(_("Back up the home"), _backup, HOME_LANE, Right.keep),
}


def kind_of(name: str) -> JobKind:
    """Return the kind of that name. Raises RequestRefused."""
    if name not in KINDS:
        raise RequestRefused(
            "The desk does no work of the name {name}", next_step="those that it does: {known}",
            name=name, known=", ".join(KINDS),
        )  # fmt: skip
    return KINDS[name]
