"""Holds a decree against its conditions: number, day, year in the window, name of the innovation, signature, region."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from analysis.clinic.demands import (
    Finding,
    Line,
    Window,
    clinic_data,
    named_in,
    perhaps_a_word,
    plain,
    words_in,
)

_MONTH_NAMES = (
    "januari january jan", "februari pebruari february feb", "maret march mar", "april apr", "mei may",
    "juni june jun", "juli july jul", "agustus august agu ags", "september sep sept", "oktober october okt",
    "november nopember nov", "desember december des",
)  # fmt: skip
MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()}
"""The months as decrees spell them."""
_DAY = re.compile(r"\b(\d{1,2})\s+(" + "|".join(MONTHS) + r")\.?\s+(\d{4})\b", re.IGNORECASE)
_DIGITS = re.compile(r"\b(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})\b")
_NUMBER = re.compile(r"\b(?:NOMOR|NO(?=\s*[.:/]))(?:\s*/\s*(?:NUMBER|NO\b\.?))?\s*[:.]?\s*(.*)", re.IGNORECASE)
_BLANK = re.compile(r"\.{2,}|…|_{2,}|/\s*/|/\s{2,}|\s{3,}/|^\s*/|x{3,}", re.IGNORECASE)
_SET = re.compile(r"pada\s+tanggal|\btanggal\s*:|^\s*tanggal\b|ditetapkan\s+(?:di|tanggal)", re.IGNORECASE)
_HEAD = re.compile(
    r"\b(WALI ?KOTA|BUPATI|GUBERNUR|PEMERINTAH (?:DAERAH )?(?:KOTA|KABUPATEN|PROVINSI))\s+([A-Z][A-Z' -]{2,40})",
    re.IGNORECASE,
)
REGULATIONS = ("regional_regulation", "head_regulation")
"""Kinds of paper that are no decree: a Perda, and a regulation of the head of a region (Perkada)."""
_TYPES = {"wali kota": "kota", "walikota": "kota", "bupati": "kabupaten", "gubernur": "provinsi"}


@dataclass(frozen=True)
class OwnRegion:
    """The region that a decree must be of: its bare name and type, those of its province, and every region's name."""

    name: str
    region_type: str
    province: str = ""
    known: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Decree:
    """What was read of a decree, and what is wrong with it."""

    kind: str
    number: str
    day: date | None
    year: int | None
    matched: str
    likeness: int
    signature: str
    findings: tuple[Finding, ...] = field(default=())

    @property
    def faults(self) -> list[Finding]:
        """What must be mended."""
        return [finding for finding in self.findings if finding.is_fault]


def check_decree(
    lines: Sequence[Line],
    window: Window,
    title: str | None,
    region: OwnRegion | None = None,
    implemented: int | None = None,
    *,
    is_recognised: bool = False,
) -> Decree:
    """Return what a decree says and every fault of it. What a rulebook does not state is not held against it.

    `implemented` is the year in which the innovation was put into practice. What is not found in words that were
    recognised from a picture may stand there all the same, and is asked about.
    """
    texts = [line.text for line in lines if line.text.strip()]
    whole = "\n".join(texts)
    findings: list[Finding] = []
    kind = _kind(texts)
    number, is_blank = _number(texts)
    if is_blank:
        findings.append(Finding("draft_number"))
    elif not number:
        findings.append(Finding("no_number"))
    if word := _draft_word(texts):
        findings.append(Finding("draft_word", {"word": word}))
    day, day_fault = _day(texts)
    findings += day_fault
    year = day.year if day else _year_of_number(number)
    if year is None and not any(finding.code == "no_date" for finding in findings):
        findings.append(Finding("no_date"))
    if year is not None:
        findings += _in_window(kind, year, window, implemented) + _promulgated_later(texts, year, window)
    if day and (stated := _stated_year(number)) and stated != day.year:
        findings.append(Finding("year_differs", {"number": str(stated), "day": str(day.year)}, is_fault=False))
    likeness, matched, of_name = _named(title, whole)
    findings += of_name
    if kind == "regional_regulation" and window.edition in clinic_data()["decree"]["needs_list"]:
        findings.append(Finding("regulation_needs_list", is_fault=False))
    signature = _signature(texts)
    if not signature:
        findings.append(Finding("no_signature"))
    if region and (other := _other_region(texts, region)):
        findings.append(Finding("other_region", {"region": other}))
    if (
        texts
        and re.match(r"\W*LAMPIRAN\b", texts[0], re.IGNORECASE)
        and not re.search(r"MEMUTUSKAN|MENETAPKAN|M\s+E\s+M\s+U\s+T\s+U\s+S", whole, re.IGNORECASE)
    ):
        findings.append(Finding("attachment_only"))
    if kind == "other":
        findings.append(Finding("no_decree", is_fault=words_in(whole) < 20))
    if is_recognised:
        absences = clinic_data()["decree"]["absences"]
        findings = [replace(one, is_fault=one.is_fault and one.code not in absences) for one in findings]
        findings.append(Finding("recognised", is_fault=False))
    return Decree(kind, number, day, year, matched, likeness, signature, tuple(findings))


def _named(title: str | None, text: str) -> tuple[int, str, list[Finding]]:
    """How surely the innovation is named, by which words, and what is to be said of it."""
    if not title:
        return 0, "", []
    likeness, matched = named_in(title, text)
    if likeness < clinic_data()["title_likeness"]:
        return likeness, matched, [Finding("innovation_not_named", {"title": title})]
    if perhaps_a_word(matched, title, text):
        return likeness, matched, [Finding("perhaps_a_word", {"title": title, "word": matched}, is_fault=False)]
    return likeness, matched, []


def _kind(texts: Sequence[str]) -> str:
    for text in texts[:40]:
        head = plain(text)
        if re.match(r"(salinan )?(rancangan |draf |draft |konsep )?peraturan daerah\b", head):
            return "regional_regulation"
        if re.match(r"(salinan )?(rancangan |draf |draft |konsep )?peraturan (wali ?kota|bupati|gubernur)\b", head):
            return "head_regulation"
        if re.match(r"(salinan )?(petikan )?(rancangan |draf |draft |konsep )?(surat )?keputusan\b", head):
            return "decree"
        if re.match(r"surat (perintah|tugas|penugasan)", head):
            return "assignment"
    return "decree" if re.search(r"keputusan", " ".join(texts[:40]), re.IGNORECASE) else "other"


def _number(texts: Sequence[str]) -> tuple[str, bool]:
    """The number of a decree, and whether its place was left blank."""
    for at, text in enumerate(texts[:60]):
        found = _NUMBER.search(text)
        before = plain(text[: found.start()]) if found else ""
        if found is None or any(f" {word} " in f" {before} " for word in clinic_data()["decree"]["addresses"]):
            continue  # "Jalan Melur No. 1" of a letterhead
        is_cited = at > 6 and plain(text).startswith(("undang undang", "peraturan", "mengingat"))
        if is_cited:
            continue
        rest = found[1].strip()
        if not rest and at + 1 < len(texts):
            rest = texts[at + 1].strip()
        rest = re.sub(r"\bTAHUN\s*/\s*YEAR\b", "TAHUN", rest, flags=re.IGNORECASE)  # a decree in two languages
        before_year = re.split(r"\bTAHUN\b|\bTENTANG\b", rest, flags=re.IGNORECASE)[0].strip(" :")
        year = re.search(r"\bTAHUN\s+(\d{4})", rest, re.IGNORECASE)
        if not re.search(r"\d", before_year) or _BLANK.search(before_year) or re.search(r"/\s+/", rest):
            return "", True
        return f"{before_year} TAHUN {year[1]}" if year else before_year, False
    return "", False


def _stated_year(number: str) -> int | None:
    found = re.search(r"TAHUN (\d{4})", number) or re.search(r"[/.-]((?:19|20)\d{2})\b", number)
    return int(found[1]) if found else None


def _year_of_number(number: str) -> int | None:
    return _stated_year(number)


def _draft_word(texts: Sequence[str]) -> str:
    words = clinic_data()["decree"]["drafts"]
    for text in texts[:12]:
        head = plain(text).split()
        if head and head[0] in words and (text.strip().isupper() or len(head) <= 3):
            return head[0]
    return ""


def _days_in(text: str) -> tuple[list[date], bool]:
    days, is_impossible = [], False
    told = [(int(one[1]), MONTHS[one[2].casefold()], int(one[3])) for one in _DAY.finditer(text)]
    told += [(int(one[1]), int(one[2]), int(one[3])) for one in _DIGITS.finditer(text)]
    for day, month, year in told:
        try:
            days.append(date(year, month, day))
        except ValueError:
            is_impossible = True
    return days, is_impossible


def _day(texts: Sequence[str]) -> tuple[date | None, list[Finding]]:
    """The day on which it was set: beside "pada tanggal", else the last day near the signature."""
    asked = [at for at, text in enumerate(texts) if _SET.search(text)]
    set_down = [at for at in asked if not _is_promulgation(texts, at)]
    for at in reversed(set_down or asked):
        beside = " ".join(texts[at : at + 2])
        days, is_impossible = _days_in(beside)
        if days:
            return days[0], []
        if is_impossible:
            return None, [Finding("impossible_date", {"text": beside[:60]})]
    if asked and any(re.search(r"tanggal", texts[at], re.IGNORECASE) for at in asked):
        return None, [Finding("no_date")]
    for text in texts[-15:]:
        days, _impossible = _days_in(text)
        if days and re.match(r"\W*[A-Za-z .]+,\s*\d", text):
            return days[0], []
    return None, []


def _is_promulgation(texts: Sequence[str], at: int) -> bool:
    """Whether a day is the one on which a regulation was promulgated, which follows that on which it was set."""
    beside = [texts[at]] if re.search(r"ditetapkan", texts[at], re.IGNORECASE) else texts[max(0, at - 1) : at + 1]
    return any(re.search(r"diundangkan", text, re.IGNORECASE) for text in beside)


def _promulgated_later(texts: Sequence[str], year: int, window: Window) -> list[Finding]:
    """What is asked where a regulation was set before the year of the edition and promulgated in it."""
    asked = [at for at, text in enumerate(texts) if _SET.search(text) and _is_promulgation(texts, at)]
    days = [day for at in asked for day in _days_in(" ".join(texts[at : at + 2]))[0]]
    if not days or not days[0].year >= window.edition > year:
        return []
    return [Finding("promulgated_later", {"year": str(year), "later": str(days[0].year)}, is_fault=False)]


def _in_window(kind: str, year: int, window: Window, implemented: int | None) -> list[Finding]:
    values = {"year": str(year)}
    rule = of_edition("years", window.edition)
    if rule is None:
        return [Finding("years_not_stated", {"edition": str(window.edition)}, is_fault=False)]
    if kind in REGULATIONS and "regulations_before" in rule:
        before = int(rule["regulations_before"])
        return [Finding("year_too_late", values | {"edition": str(before)})] if year >= before else []
    if window.first is None or window.last is None:
        return [Finding("window_not_known", {"edition": str(window.edition)}, is_fault=False)]
    if not window.first.year <= year <= window.last.year:
        return [Finding("year_outside", values | {"first": str(window.first.year), "last": str(window.last.year)})]
    if implemented and implemented != year:
        return [Finding("not_year_of_implementation", values | {"other": str(implemented)}, is_fault=False)]
    return []


def of_edition(table: str, edition: int) -> dict[str, Any] | None:
    """Return what the data file states of decrees in an edition, in a table of it; None where it states nothing."""
    stated: list[dict[str, Any]] = clinic_data()["decree"][table]
    return next((one for one in stated if edition in one["editions"]), None)


def levels_of_paper(kind: str, edition: int) -> tuple[int, ...]:
    """Return the levels of indicator "regulation" that a kind of paper proves; empty where that is not stated."""
    return tuple((of_edition("levels", edition) or {}).get(kind, ()))


def _signature(texts: Sequence[str]) -> str:
    rules = clinic_data()["decree"]
    for text in texts:
        head = f" {plain(text)} "
        for word in rules["signatures"]:
            if f" {plain(word)} " in head:
                return text.strip()[:60]
    start = next((at for at in range(len(texts) - 1, -1, -1) if _SET.search(texts[at])), max(0, len(texts) - 12))
    for at in range(start, len(texts)):
        head = plain(texts[at])
        bare = re.sub(r"^(a n|an|plt|pj|ub)\s+", "", head)
        if any(bare == word or bare.startswith(f"{word} ") for word in rules["officials"]) and words_in(head) <= 10:
            for name in texts[at + 1 : at + 6]:
                if re.match(r"\W*NIP\b", name) or _is_name(name):
                    return f"{texts[at].strip()} / {name.strip()}"[:80]
    return ""


def _is_name(text: str) -> bool:
    bare = text.strip(" ()_.,")
    if (
        not bare
        or re.search(r"\d|nama|\.{3,}|…|_{3,}", bare, re.IGNORECASE)
        or re.match(r"(kota|kabupaten|tembusan|selaku|provinsi)", plain(bare))
    ):
        return False
    titles = clinic_data()["decree"][
        "officials"
    ]  # under "a.n. WALI KOTA" stands the office of who signs, and no name yet
    if any(plain(bare) == title or plain(bare).startswith(f"{title} ") for title in titles):
        return False
    return 1 <= words_in(bare) <= 8 and bare[0].isupper() and len(bare) >= 4


def _other_region(texts: Sequence[str], region: OwnRegion) -> str:
    others = []
    for text in texts[:15]:
        for found in _HEAD.finditer(text):
            head = plain(found[1])
            kind = _TYPES.get(head) or head.rpartition(" ")[2]
            name = re.split(r"\s+(?:nomor|tentang|tahun|selaku|tanggal|provinsi)\b", plain(found[2]))[0].strip()
            if name == plain(region.name) and kind == region.region_type:
                return ""
            if kind == "provinsi" and name == plain(region.province):
                return ""
            if name in region.known or name == plain(region.name):
                others.append(f"{found[1]} {found[2]}".strip())
    return others[0] if others else ""
