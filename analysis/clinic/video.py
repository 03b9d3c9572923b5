"""Holds a video against its five parts, from its script or checklist, and its file against format, size and length."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from analysis.clinic.demands import Finding, Line, clinic_data, plain, words_in
from analysis.clinic.design import MISSING, PRESENT, Checked, Part, heading_of

_LINK = re.compile(r"https?://|youtu\.?be|drive\.google", re.IGNORECASE)
MIB = 1 << 20


@dataclass(frozen=True)
class EvidenceRule:
    """What the evidence of an indicator must be, as its rulebook words it; None is not stated."""

    kinds: tuple[str, ...]
    most_mib: int | None
    most_minutes: int | None
    asks_picture: bool = False
    """Whether a picture of its own (thumbnail) is asked for."""


def evidence_rule(evidence: str) -> EvidenceRule:
    """Return types, size and length that the words of a rulebook state ("MP4 maks 5 menit, maks 100 MB")."""
    told = {word.casefold() for word in re.findall(r"\b(?:PDF|JPE?G|PNG|MP4|MOV|AVI)\b", evidence, re.IGNORECASE)}
    kinds = tuple(sorted({"jpg" if word == "jpeg" else word for word in told}))
    size = re.search(r"maks\w*\.?\s*(\d+)\s*MB", evidence, re.IGNORECASE)
    length = re.search(r"maks\w*\.?\s*(\d+)\s*menit", evidence, re.IGNORECASE)
    asks_picture = any(f" {word} " in f" {plain(evidence)} " for word in clinic_data()["video"]["pictures"])
    return EvidenceRule(kinds, int(size[1]) if size else None, int(length[1]) if length else None, asks_picture)


def check_video_text(lines: Sequence[Line]) -> Checked:
    """Return which of the five parts a script, a transcript or a checklist has."""
    rules = clinic_data()["video"]
    parts, findings = [], []
    has_headings = False
    for part in rules["part"]:
        state, where, place = MISSING, "", None
        for line in lines:
            if not line.text.strip():
                continue
            keys = heading_of(Line(line.text.partition(":")[0], line.style, True, line.page, line.place), rules).split(
                "|"
            )
            text = f" {plain(line.text)} "
            has_headings |= part["key"] in keys
            cues = [cue for cue in (*part["cues"], *part["headings"]) if f" {cue} " in text]
            if part["key"] in keys or any(cue in part["cues"] for cue in cues):
                if _is_denied(line.text, text, cues, rules["negations"]):
                    state, where, place = MISSING, line.text[:60], line.place
                    break
                state, where, place = PRESENT, line.text[:60], line.place
                break
        parts.append(Part(part["key"], part["name_id"], part["name_en"], state, where, place))
        if state == MISSING:
            findings.append(
                Finding("part_missing", {"name_id": part["name_id"], "name_en": part["name_en"], "where": where})
            )
    if not has_headings and sum(words_in(line.text) for line in lines) >= clinic_data()["free_text_words"]:
        # What a voice says without naming its parts is for a person to judge.
        findings = [replace(finding, is_fault=bool(finding.values["where"])) for finding in findings]
    return Checked(tuple(parts), 0, tuple(findings))


def _is_denied(line: str, text: str, cues: Sequence[str], negations: Sequence[str]) -> bool:
    """Whether a line says that its part is not there: "Manfaat: belum ada", "belum memuat manfaat"."""
    _label, mark, rest = line.strip().rstrip(".").rpartition("|") if "|" in line else _after_sign(line)
    if mark and (rest.strip().casefold() in negations or plain(rest) in negations):
        return True
    said = text.strip()
    words = [(negation, cue) for negation in negations if len(negation) > 2 for cue in cues]
    return any(f" {negation} {cue} " in text or said.endswith(f"{cue} {negation}") for negation, cue in words)


def _after_sign(line: str) -> tuple[str, str, str]:
    found = re.search(r"[:=–]|\s-\s|-\s*$", line.strip().rstrip("."))
    bare = line.strip().rstrip(".")
    return (bare[: found.start()], found[0], bare[found.end() :]) if found else (bare, "", "")


def check_video_file(kind: str, size: int, seconds: float | None, cause: str, evidence: str) -> list[Finding]:
    """Return what is wrong with the file of a video; what is inside it nobody has looked at."""
    rule = evidence_rule(evidence)
    films = [one for one in rule.kinds if one in ("mp4", "mov", "avi")]
    findings = []
    if cause:
        findings.append(Finding(f"unreadable_{cause}"))
    elif films and kind not in films:
        findings.append(Finding("wrong_format", {"kind": kind, "kinds": ", ".join(films)}))
    if rule.most_mib is not None and size > rule.most_mib * MIB:
        findings.append(Finding("too_large", {"size": f"{size / MIB:.0f}", "most": str(rule.most_mib)}))
    if rule.most_minutes is not None and seconds is not None and seconds > rule.most_minutes * 60 + 1:
        length = f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
        findings.append(Finding("too_long", {"length": length, "most": str(rule.most_minutes)}))
    if not cause and seconds is None:
        findings.append(Finding("length_not_known", is_fault=False))
    findings.append(Finding("film_not_looked_at", is_fault=False))
    return findings


def other_hosts(lines: Sequence[Line]) -> list[str]:
    """Return the hosts of links in a text that the rulebooks do not name (Google Drive and YouTube)."""
    hosts = [
        host.casefold() for line in lines for host in re.findall(r"https?://([^/\s:?#]+)", line.text, re.IGNORECASE)
    ]
    return [host for host in dict.fromkeys(hosts) if host not in clinic_data()["video"]["hosts"]]


def is_link_only(lines: Sequence[Line]) -> bool:
    """Return whether a text is a link and hardly anything else: nothing is fetched, so that nothing is known of it."""
    texts = [line.text for line in lines if line.text.strip()]
    return bool(texts) and any(_LINK.search(text) for text in texts) and sum(len(text.split()) for text in texts) <= 12


def check_picture(size: Sequence[int], cause: str) -> list[Finding]:
    """Return what is found of the picture of a video (thumbnail), of so many dots; what it shows is not looked at."""
    if cause in ("damaged", "empty"):
        return [Finding(f"unreadable_{cause}")]
    width, height = (str(one) for one in (*size, 0, 0)[:2])
    return [Finding("picture_not_looked_at", {"width": width, "height": height}, is_fault=False)]
