"""Holds a design (rancang bangun) against its parts and its number of words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from analysis.clinic.demands import (
    Finding,
    Line,
    Window,
    clinic_data,
    is_numbered,
    named_in,
    plain,
    short_names_of,
    stands_in,
    times_named,
    without_number,
    words_in,
)

PRESENT, EMPTY, MISSING, UNSURE = "present", "empty", "missing", "not_sure"
_LEADERS = re.compile(r"(?:\.{4,}|…{2,}|\t|\s{4,})\s*[0-9ivx]+\s*$")
_TO_REPLACE = re.compile(
    r"[\[(<{]\s*(?:" + "|".join(clinic_data()["design"]["other"]["placeholder_verbs"]) + r")\b[^\])>}]*[\])>}]",
    re.IGNORECASE,
)
_DOTS = re.compile(r"^\W*(?:\.{3,}|…+|_{3,}|-{3,})\W*$")


@dataclass(frozen=True)
class Part:
    """One part: its key, names, state, where it was found (place in the document, page) and its number of words."""

    key: str
    name_id: str
    name_en: str
    state: str
    where: str = ""
    place: int | None = None
    words: int = 0


@dataclass(frozen=True)
class Checked:
    """What was found of one document: its parts, its words, and the findings."""

    parts: tuple[Part, ...]
    word_count: int
    findings: tuple[Finding, ...]

    @property
    def faults(self) -> list[Finding]:
        """What must be mended."""
        return [finding for finding in self.findings if finding.is_fault]


def check_design(
    lines: Sequence[Line], window: Window, title: str | None = None, others: Sequence[str] = ()
) -> Checked:
    """Return the parts and findings of a design. `others` are the titles of the city's other innovations."""
    rules = clinic_data()["design"]
    marked = list(_sections(lines, rules))
    findings: list[Finding] = []
    parts = [_part(part, marked) for part in rules["part"]]
    has_headings = any(part.state in (PRESENT, EMPTY) for part in parts)
    is_free_text = not has_headings and sum(words_in(line.text) for line in lines) >= clinic_data()["free_text_words"]
    is_judged = window.edition in rules["editions"] and not is_free_text
    for part in parts:
        if part.state in (EMPTY, MISSING, UNSURE):
            values = {"name_id": part.name_id, "name_en": part.name_en, "where": part.where}
            findings.append(Finding(f"part_{part.state}", values, is_judged and part.state != UNSURE, part.place))
    if window.edition not in rules["editions"]:
        findings.append(Finding("parts_not_known", {"edition": str(window.edition)}, is_fault=False))
    headed = sum(part.state in (PRESENT, EMPTY) for part in parts)
    keys = {part["key"] for part in rules["part"]}
    counted = [line for line, section, is_heading in marked if not is_heading and section != "contents"]
    if headed * 2 >= len(parts):
        counted = [line for line, section, is_heading in marked if not is_heading and _is_of(section, keys)]
    count = sum(words_in(line.text) for line in counted)
    if window.design_words is None:
        findings.append(Finding("words_not_known", {"edition": str(window.edition)}, is_fault=False))
    elif count < window.design_words:
        findings.append(Finding("too_few_words", {"count": str(count), "least": str(window.design_words)}))
    findings += _repeated(counted) + _placeholders(lines, rules["other"]["placeholders"])
    whole = "\n".join(line.text for line in lines)
    if title:
        findings += _names(title, whole, others)
    return Checked(tuple(parts), count, tuple(findings))


def _is_of(section: str, keys: set[str]) -> bool:
    return any(key in keys for key in section.split("|"))


def _sections(lines: Sequence[Line], rules: dict[str, object]) -> list[tuple[Line, str, bool]]:
    """Each line with the keys of the section that it stands in (joined by |), and whether it is a heading."""
    section, marked = "", []
    for line in lines:
        if not line.text:
            continue
        if _LEADERS.search(line.text):
            marked.append((line, "contents", True))
            continue
        label, colon, rest = line.text.partition(":")
        found = heading_of(line, rules)
        inline = (
            heading_of(Line(label, line.style, True, line.page, line.place), rules) if colon and rest.strip() else ""
        )
        if inline and not found:
            section = inline
            marked.append((Line(label, line.style, True, line.page, line.place), section, True))
            marked.append((Line(rest.strip(), line.style, False, line.page, line.place), section, False))
        elif found:
            section = found
            marked.append((line, section, True))
        else:
            if section == "contents":
                section = ""
            marked.append((line, section, False))
    return marked


def heading_of(line: Line, rules: dict[str, object]) -> str:
    """Return the keys of the parts that a line is the heading of, joined by |; ``other``, ``contents``, or empty."""
    data = clinic_data()
    bare = without_number(line.text)
    text = plain(bare)
    count = len(text.split())
    if not text or count > data["heading_most_words"]:
        return ""
    is_styled = bool(re.match(r"(cell )?(heading|judul|title)", line.style, re.IGNORECASE)) or line.is_bold
    is_capital = bare.isupper()
    is_marked = is_styled or is_capital or is_numbered(line.text) or bare.rstrip().endswith(":")
    ends_sentence = bare.rstrip().endswith((".", ";", ",")) and not is_styled
    if ends_sentence:
        return ""
    keys = [
        part["key"]
        for part in rules["part"]  # type: ignore[attr-defined]
        if any(
            _means(text, word, is_marked=is_marked and count <= 8, likeness=data["heading_likeness"])
            for word in part["headings"]
        )
    ]
    if keys:
        exact = [part["key"] for part in rules["part"] if text in part["headings"]]  # type: ignore[attr-defined]
        return "|".join(exact or keys)
    other = rules.get("other", {})
    for name, words in (("contents", other.get("contents", [])), ("other", other.get("headings", []))):  # type: ignore[attr-defined]
        if any(_means(text, word, is_marked=is_marked and count <= 5, likeness=92) for word in words):
            return name
    return ""


def _means(text: str, word: str, *, is_marked: bool, likeness: int) -> bool:
    if text == word:
        return True
    if len(word) >= 6 and abs(len(text) - len(word)) <= 3 and fuzz.ratio(text, word) >= likeness:
        return True
    if not is_marked:
        return False
    if f" {word} " in f" {text} ":
        return True
    pieces = text.split()
    size = len(word.split())
    windows = (" ".join(pieces[at : at + size]) for at in range(len(pieces) - size + 1))
    return len(word) >= 8 and any(fuzz.ratio(piece, word) >= likeness for piece in windows)


def _part(part: dict[str, object], marked: Sequence[tuple[Line, str, bool]]) -> Part:
    key = str(part["key"])
    name_id, name_en = str(part["name_id"]), str(part["name_en"])
    headings = [line for line, section, is_heading in marked if is_heading and key in section.split("|")]
    body = [line for line, section, is_heading in marked if not is_heading and key in section.split("|")]
    if headings:
        own = [line for line in body if not _DOTS.match(line.text)]
        count = sum(words_in(line.text) for line in own)
        state = PRESENT if count >= clinic_data()["part_minimum_words"] else EMPTY
        return Part(key, name_id, name_en, state=state, where=_where(headings[0]), place=headings[0].place, words=count)
    for line, _section, is_heading in marked:
        text = f" {plain(line.text)} "
        if not is_heading and any(f" {cue} " in text for cue in part["cues"]):  # type: ignore[attr-defined]
            return Part(
                key, name_id, name_en, state=UNSURE, where=_where(line), place=line.place, words=words_in(line.text)
            )
    return Part(key, name_id, name_en, state=MISSING)


def _where(line: Line) -> str:
    text = line.text if len(line.text) <= 60 else f"{line.text[:59]}…"
    return f"{text} (hlm. {line.page})" if line.page else text


def _repeated(lines: Sequence[Line]) -> list[Finding]:
    texts = Counter(plain(line.text) for line in lines if words_in(line.text) >= 8)
    found = []
    for text, times in texts.items():
        if times > 1:
            last = [line for line in lines if plain(line.text) == text][-1]
            found.append(Finding("repeated", {"text": last.text[:60], "times": str(times)}, place=last.place))
    return found


def _placeholders(lines: Sequence[Line], words: Sequence[str]) -> list[Finding]:
    found = []
    for line in lines:
        text = line.text.casefold()
        verb = _TO_REPLACE.search(line.text)
        word = (
            verb[0]
            if verb
            else next((word for word in words if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text)), None)
        )
        if word is None and _DOTS.match(line.text):
            word = line.text.strip()[:20]
        if word is not None:
            found.append(Finding("placeholder", {"text": word}, place=line.place))
    return found[:10]


def _names(title: str, whole: str, others: Sequence[str]) -> list[Finding]:
    likeness, _words = named_in(title, whole)
    own = max(times_named(title, whole), int(likeness >= clinic_data()["title_likeness"]))
    found = []
    for other in others:
        if plain(other) == plain(title) or len(plain(other)) < 6 or plain(other) in plain(title):
            continue
        times = f" {plain(whole)} ".count(f" {plain(other)} ")
        short = [name for name in short_names_of(other) if name not in short_names_of(title)]
        times = times or sum(stands_in(name, whole) for name in short)
        if times:
            found.append(Finding("other_innovation", {"title": other, "times": str(times)}, is_fault=times >= own))
    if not own and not found:
        found.append(Finding("title_not_named", {"title": title}, is_fault=False))
    return found
