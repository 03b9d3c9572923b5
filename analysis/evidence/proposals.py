"""Which file answers which indicator of which innovation, and what is wrong with it: proposals, never figures."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from rapidfuzz import fuzz

from analysis.clinic.decree import OwnRegion, check_decree
from analysis.clinic.demands import Finding, Window, lines_of, named_in, names_of, plain
from analysis.clinic.video import MIB, check_video_file, evidence_rule
from iga.rulebook import Rulebook


@dataclass(frozen=True)
class Innovation:
    """One innovation: its id, its title, and the levels that are claimed, by indicator."""

    submission_id: str
    title: str
    levels: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Proposal:
    """One file: the innovation and the indicator that it may answer, how surely, and what was found of it."""

    path: str
    sha256: str
    submission_id: str
    indicator: str
    confidence: str
    kind: str
    findings: tuple[Finding, ...]


@cache
def evidence_data() -> dict[str, Any]:
    """Return the words by which files are told apart."""
    return tomllib.loads(resources.files("analysis.evidence").joinpath("evidence.toml").read_text(encoding="utf-8"))


def innovation_of(path: str, innovations: Sequence[Innovation]) -> Innovation | None:
    """Return the innovation whose id or title a folder bears; None where none or several are as near."""
    best: list[tuple[float, Innovation]] = []
    for folder in path.split("/")[:-1]:
        text = plain(re.sub(r"^\s*\d{1,3}[._) -]+", "", folder))
        for innovation in innovations:
            if folder == innovation.submission_id or folder.startswith(f"{innovation.submission_id} "):
                return innovation
            score = max((fuzz.ratio(text, name) for name in names_of(innovation.title)), default=0)
            if score >= 88:
                best.append((score, innovation))
    best.sort(key=lambda found: -found[0])
    if not best or (len(best) > 1 and best[1][0] == best[0][0] and best[1][1] != best[0][1]):
        return None
    return best[0][1]


def indicator_of(path: str, rulebook: Rulebook) -> tuple[str, str]:
    """Return the number of the indicator that a file's name or folder speaks of, and how surely."""
    known = {one.number: one for one in rulebook.indicators if one.aspect == "sid"}
    for piece in reversed(path.split("/")[-2:]):
        text = piece.casefold()
        found = re.search(r"indikator[ _.-]*(?:no[ _.]*)?(\d{1,2}[a-f]?)\b", text) or re.match(
            r"\s*(\d{2}[a-f]?)(?:\D|$)", text
        )
        if found and found[1] in known:
            return found[1], "high"
        group = [number for number in known if found and number.rstrip("abcdef") == found[1]]
        if group:
            return group[0], "medium"
    for piece in reversed(path.split("/")[-2:]):
        text = f" {plain(piece.rpartition('.')[0] or piece)} "
        hits = [
            (len(word), one.number)
            for one in known.values()
            for word in (*evidence_data()["words"].get(one.key, ()), plain(one.name_id))
            if f" {word} " in text
        ]
        if hits:
            return max(hits)[1], "medium"
    return "", ""


def proposal_of(
    path: str, size: int, sha256: str, facts: Mapping[str, Any], innovations: Sequence[Innovation], rulebook: Rulebook,
    window: Window, region: OwnRegion,
) -> Proposal:  # fmt: skip
    """Return what a file may answer and what was found of it."""
    innovation = innovation_of(path, innovations)
    number, confidence = indicator_of(path, rulebook)
    indicator = next((one for one in rulebook.indicators if one.number == number), None)
    kind, cause = str(facts.get("kind", "")), str(facts.get("cause", ""))
    findings = [Finding(f"unreadable_{cause}", is_fault=cause not in ("scan", "no_text"))] if cause else []
    evidence = indicator.evidence if indicator else ""
    rule = evidence_rule(evidence)
    if indicator and indicator.key == "video" and kind in ("mp4", "mov", "avi", "mkv"):
        findings = check_video_file(kind, size, facts.get("seconds"), cause, evidence)
    elif rule.kinds and kind not in rule.kinds and not cause:
        findings.append(Finding("wrong_format", {"kind": kind, "kinds": ", ".join(rule.kinds)}))
    if rule.most_mib is not None and size > rule.most_mib * MIB and not any(f.code == "too_large" for f in findings):
        findings.append(Finding("too_large", {"size": f"{size / MIB:.0f}", "most": str(rule.most_mib)}))
    lines = lines_of(facts.get("paragraphs", []))
    if lines and innovation and not cause:
        if indicator and indicator.key in evidence_data()["decrees"]["keys"]:
            decree = check_decree(
                lines, window, innovation.title, region, is_recognised=bool(facts.get("is_recognised"))
            )
            findings += decree.findings
        elif named_in(innovation.title, "\n".join(line.text for line in lines))[0] < 88:
            findings.append(Finding("innovation_not_named", {"title": innovation.title}, is_fault=False))
    return Proposal(
        path, sha256, innovation.submission_id if innovation else "", number, confidence, kind, tuple(findings)
    )


def duplicates_of(proposals: Sequence[Proposal]) -> dict[str, list[str]]:
    """Return the hashes of bytes that serve two innovations, with the paths that bear them."""
    by_hash: dict[str, list[Proposal]] = defaultdict(list)
    for proposal in proposals:
        if proposal.sha256:
            by_hash[proposal.sha256].append(proposal)
    return {
        sha: [one.path for one in same] for sha, same in by_hash.items() if len({one.submission_id for one in same}) > 1
    }


def contradictions(proposals: Sequence[Proposal], innovations: Sequence[Innovation]) -> list[tuple[str, str, str]]:
    """Return (id, indicator, what): a level without a file, and a file without a level (a possible raise).

    Innovations without any folder are left out: nobody has said yet that their files lie there.
    """
    files = {(one.submission_id, one.indicator) for one in proposals if one.submission_id and one.indicator}
    seen = {one.submission_id for one in proposals}
    told = []
    for innovation in innovations:
        if innovation.submission_id not in seen:
            continue
        told += [
            (innovation.submission_id, number, "claimed_without_file")
            for number, level in innovation.levels.items()
            if level > 0 and (innovation.submission_id, number) not in files
        ]
        told += [
            (innovation.submission_id, number, "file_without_level")
            for of, number in sorted(files)
            if of == innovation.submission_id and not innovation.levels.get(number)
        ]
    return told
