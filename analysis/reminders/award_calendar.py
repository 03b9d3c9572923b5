"""The dates of an edition: deadlines of the ministry and of the city, and the stages of the award, as a calendar."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from analysis.season.target_files import IS_OWN, read_targets
from analysis.season.targets import Targets
from warehouse.home import Home
from warehouse.language import Language
from warehouse.region import Region

LONGEST_LINE = 75
"""Octets of a line, without its end: RFC 5545, 3.1."""


@dataclass(frozen=True)
class CalendarDay:
    """One entry: its first and last day, its name and its source. `key` stays while its days change."""

    key: str
    name: str
    first: date
    last: date
    source: str
    is_deadline: bool = False


def calendar_days(home: Home, region: Region, edition: int, targets: Targets, language: Language) -> list[CalendarDay]:
    """Return the days of an edition in order: every deadline that is known, then the stages; none without a date.

    The stages are `targets/calendar.csv`: those of the home stand instead of the packaged ones of the same stage.
    """
    days = [
        CalendarDay(
            f"deadline/{deadline.kind}",
            f"{language.label('deadline', deadline.kind)}: IGA {edition}, {region.full_name}",
            deadline.day,
            deadline.day,
            language("the files that were received") if deadline.source == "receipt" else deadline.source,
            is_deadline=True,
        )
        for deadline in targets.deadlines
    ]
    days += _stages(home, region, edition, language)
    return sorted(_with_own_keys(days), key=lambda day: (day.first, day.last, day.name))


def _stages(home: Home, region: Region, edition: int, language: Language) -> Iterator[CalendarDay]:
    rows = read_targets("calendar", home)
    is_meant = pl.col("region_code").is_null() | (pl.col("region_code") == region.region_code)
    rows = rows.filter(is_meant & (pl.col("edition") == edition) & pl.col("date").is_not_null())
    stated = set(rows.filter(IS_OWN)["stage"].drop_nulls())
    for row in rows.iter_rows(named=True):
        if row["stage"] in stated and not row[IS_OWN]:
            continue
        name = row["name_id"] if language.code == "id" else row["name_en"] or row["name_id"]
        last = max(row["last_date"] or row["date"], row["date"])
        shown = f"{name or row['stage'] or '?'} ({edition})"
        yield CalendarDay(f"stage/{row['stage'] or row['name_id']}", shown, row["date"], last, row["source"] or "")


def _with_own_keys(days: Iterable[CalendarDay]) -> Iterator[CalendarDay]:
    """Give entries of one key a number, by their day, so that each keeps a name of its own in a calendar."""
    seen: dict[str, int] = {}
    for day in sorted(days, key=lambda each: (each.key, each.first, each.name)):
        seen[day.key] = seen.get(day.key, 0) + 1
        key = day.key if seen[day.key] == 1 else f"{day.key}/{seen[day.key]}"
        yield CalendarDay(key, day.name, day.first, day.last, day.source, day.is_deadline)


def calendar_text(days: Iterable[CalendarDay], region: Region, edition: int, on: date, language: Language) -> str:
    """Return a calendar file (RFC 5545): whole days, which no time zone moves.

    An entry keeps its UID over files, and SEQUENCE grows with the day of the file: a calendar moves what it has.
    """
    name = f"IGA {edition} – {region.full_name}"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//IGA Workbench//reminders//" + language.code.upper(),
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "X-WR-CALNAME:" + escaped(name),
    ]
    for day in days:
        code = hashlib.sha256(f"{region.region_code}|{edition}|{day.key}".encode()).hexdigest()[:24]
        lines += [
            "BEGIN:VEVENT",
            f"UID:{code}@iga-workbench",
            f"DTSTAMP:{on:%Y%m%d}T000000Z",
            f"SEQUENCE:{on.toordinal()}",
            f"DTSTART;VALUE=DATE:{day.first:%Y%m%d}",
            f"DTEND;VALUE=DATE:{day.last + timedelta(days=1):%Y%m%d}",
            "SUMMARY:" + escaped(day.name),
            *(["DESCRIPTION:" + escaped(language("Source: {source}").format(source=day.source))] if day.source else []),
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    return "".join(f"{folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def escaped(text: str) -> str:
    """Return text as a value of a calendar: what has a meaning there is marked, and control signs are left out."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(sign for sign in text if (sign >= " " and sign != "\x7f") or sign in "\n\t")
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def folded(line: str) -> str:
    """Return a line in pieces of at most 75 octets, none of which splits a letter."""
    pieces, piece, size = [], "", 0
    for sign in line:
        octets = len(sign.encode())
        if size + octets > LONGEST_LINE:
            pieces.append(piece)
            piece, size = " ", 1
        piece, size = piece + sign, size + octets
    return "\r\n".join([*pieces, piece])
