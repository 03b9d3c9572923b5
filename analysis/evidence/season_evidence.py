"""The evidence of a season as it stands: the last check beside what mentors decided and what the season claims."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from analysis.clinic.decree import levels_of_paper
from analysis.clinic.demands import Window
from analysis.evidence.accepted_types import accepted_files
from analysis.evidence.check_index import (
    WITHOUT_INDICATOR,
    WITHOUT_INNOVATION,
    CheckedFile,
    CheckIndex,
    ProposedAnswer,
    read_index,
)
from analysis.evidence.decisions import CONFIRMED, OPEN, REFUSED, KeptDecision, latest_decisions, read_decisions
from analysis.evidence.evidence_check import EvidenceList, evidence_list
from analysis.evidence.file_checks import CHECKS, NO, UNKNOWN, checks_of
from analysis.evidence.file_reading import FileReading
from analysis.evidence.folder_matching import BY_MENTOR, Innovation
from analysis.evidence.plain_names import likeness
from analysis.season.frames import SeasonFrames
from warehouse.home import Home

CHANGED = "changed"
"""The state of a file that was decided about and has other bytes now: it is asked about again."""
REGULATION = "regulation"
"""The indicator whose level is the kind of its paper."""
LEVEL_WITHOUT_FILE, FILE_WITHOUT_LEVEL, ONLY_UNSURE = "level_without_file", "file_without_level", "level_only_unsure"
LOWER_PAPER, HIGHER_PAPER = "paper_of_lower_level", "paper_of_higher_level"

PROPOSALS = {
    "title": pl.String, "unit_name": pl.String, "indicator_number": pl.String, "indicator": pl.String,
    "file_name": pl.String, "confidence": pl.Int64, "by": pl.String, "words": pl.String,
    **dict.fromkeys((f"check_{name}" for name in CHECKS), pl.String),
    "years": pl.String, "paper": pl.String, "kind": pl.String, "is_scan": pl.Boolean,
    "is_recognised": pl.Boolean, "fault": pl.String, "state": pl.String, "decided_by": pl.String,
    "decided_at": pl.String, "submission_id": pl.String, "indicator_key": pl.String, "sha256": pl.String,
    "path": pl.String, "folder_confidence": pl.Int64,
}  # fmt: skip
FILES = {
    "fate": pl.String, "reason": pl.String, "path": pl.String, "title": pl.String, "kind": pl.String,
    "fault": pl.String, "size_kib": pl.Int64, "place": pl.String,
}  # fmt: skip
UNPROPOSED = {
    "title": pl.String, "unit_name": pl.String, "file_name": pl.String, "kind": pl.String, "fault": pl.String,
    "is_recognised": pl.Boolean, "submission_id": pl.String, "sha256": pl.String, "path": pl.String,
}  # fmt: skip
FOLDERS = {"folder": pl.String, "file_count": pl.Int64, "is_ambiguous": pl.Boolean, "proposals": pl.String}
CONTRADICTIONS = {
    "contradiction": pl.String, "title": pl.String, "unit_name": pl.String, "indicator_number": pl.String,
    "indicator": pl.String, "level": pl.Int64, "file_name": pl.String, "submission_id": pl.String,
}  # fmt: skip


@dataclass(frozen=True)
class SeasonEvidence:
    """The lists of a season's evidence. `index` is None where no check was made: nothing is known of any file.

    `unproposed` are the files of which no name tells an indicator, and of which a mentor has confirmed none.

    `without_evidence` counts the innovations of which no file was received; `has_levels` is false where the season
    holds no levels of this list, so that nothing can be held against the files.
    """

    index: CheckIndex | None
    listed: EvidenceList
    proposals: pl.DataFrame
    files: pl.DataFrame
    folders: pl.DataFrame
    contradictions: pl.DataFrame
    innovation_count: int
    without_evidence: int
    has_levels: bool
    is_simulated: bool
    unproposed: pl.DataFrame


def read_season_evidence(home: Home, frames: SeasonFrames) -> SeasonEvidence:
    """Return the evidence of a season from its last check; no file is opened."""
    index = read_index(home, frames.region_code, frames.edition)
    listed = evidence_list(frames)
    titles = {row["submission_id"]: row for row in frames.submissions.iter_rows(named=True)}
    decided = latest_decisions(home, frames.region_code, frames.edition)
    former = {
        (kept.decision.submission_id, kept.decision.indicator_number, kept.decision.file_name)
        for kept in read_decisions(home)
        if (kept.decision.region_code, kept.decision.edition) == (frames.region_code, frames.edition)
        and kept.decision.answer != OPEN
    }
    files = index.files if index else ()
    names = {indicator.number: indicator.name for indicator in listed.indicators}
    rows = [
        _proposal_row(file, proposal, titles[file.submission_id], names, decided, former)
        for file in files
        for proposal in file.proposals
        if file.submission_id in titles
    ]
    rows = [row for row in rows if row["by"] != BY_MENTOR or row["state"] != OPEN]
    rows += _said_by_mentors(files, rows, titles, names, decided, frames.edition)
    proposals = pl.DataFrame(rows, schema=PROPOSALS).sort(
        "title", "submission_id", "indicator_number", "confidence", "file_name", descending=[False] * 3 + [True, False]
    )
    with_files = {file.submission_id for file in files if file.submission_id} | set(proposals["submission_id"])
    levels = claimed_levels(frames, listed)
    return SeasonEvidence(
        index,
        listed,
        proposals,
        pl.DataFrame([_file_row(file, titles) for file in files], schema=FILES),
        pl.DataFrame([_folder_row(each) for each in (index.folders if index else ())], schema=FOLDERS),
        _contradictions(proposals, levels, with_files, titles, listed, frames.edition),
        len(titles),
        len(titles.keys() - with_files),
        bool(levels),
        frames.is_simulated,
        _unproposed(files, proposals, titles),
    )


def claimed_levels(frames: SeasonFrames, listed: EvidenceList) -> dict[str, dict[str, int]]:
    """Return by submission the level of each indicator of the list; empty where the levels are of another list."""
    if not listed.has_own_list:
        return {}
    of = {number: each.number for each in listed.indicators for number in (each.number, *each.numbers)}
    given = frames.answers.filter((pl.col("score_kind") == frames.score_kind) & pl.col("level").is_not_null())
    levels: dict[str, dict[str, int]] = {}
    for submission, number, level in given.select("submission_id", "indicator_number", "level").iter_rows():
        if number in of:
            own = levels.setdefault(submission, {})
            own[of[number]] = max(own.get(of[number], 0), int(level))
    return levels


def _proposal_row(
    file: CheckedFile,
    proposal: ProposedAnswer,
    submission: dict[str, Any],
    names: dict[str, str],
    decided: dict[tuple[str, str, str, str], KeptDecision],
    former: set[tuple[str, str, str]],
) -> dict[str, Any]:
    subject = (file.submission_id, proposal.indicator_number, file.file_name)
    kept = decided.get((*subject, file.sha256))
    state = kept.decision.answer if kept else CHANGED if subject in former else OPEN
    return {
        "title": submission["title"],
        "unit_name": submission["unit_name"],
        "indicator_number": proposal.indicator_number,
        "indicator": names.get(proposal.indicator_number, ""),
        "file_name": file.file_name,
        "confidence": proposal.confidence,
        "by": proposal.by,
        "words": proposal.words,
        **{f"check_{name}": proposal.checks.get(name, "unknown") for name in CHECKS},
        "years": ", ".join(map(str, proposal.years)),
        "paper": proposal.paper,
        "kind": file.kind,
        "is_scan": file.is_scan,
        "is_recognised": file.is_recognised,
        "fault": file.fault,
        "state": state,
        "decided_by": kept.decided_by if kept else "",
        "decided_at": kept.decided_at if kept else "",
        "submission_id": file.submission_id,
        "indicator_key": proposal.indicator_key,
        "sha256": file.sha256,
        "path": file.path,
        "folder_confidence": file.folder_confidence,
    }


def _said_by_mentors(
    files: Sequence[CheckedFile],
    rows: Sequence[dict[str, Any]],
    titles: dict[str, dict[str, Any]],
    names: dict[str, str],
    decided: dict[tuple[str, str, str, str], KeptDecision],
    edition: int,
) -> list[dict[str, Any]]:
    """Return a row for what a mentor has said of a file and an indicator that no name proposes.

    Its words are read with the next check; until then what stands in them is not known.
    """
    known = {(row["submission_id"], row["indicator_number"], row["file_name"], row["sha256"]) for row in rows}
    found = []
    for (submission, number, name, sha256), kept in decided.items():
        for file in files:
            subject = (submission, number, name, file.sha256)
            is_his = file.file_name == name and file.sha256 and file.submission_id in ("", submission)
            is_told = kept.decision.answer != OPEN and (file.sha256 == sha256 or kept.decision.answer == CONFIRMED)
            if not (is_his and is_told) or subject in known or submission not in titles or number not in names:
                continue
            known.add(subject)
            key = kept.decision.indicator_key
            reading = FileReading(file.kind, file.fault, is_scan=file.is_scan, is_recognised=file.is_recognised)
            whose = Innovation(submission, "", titles[submission]["title"] or "", "")
            window = Window(edition, None, None, None)
            checks = checks_of(reading, file.size, accepted_files(edition, [key]), whose, window, ())
            answers = {**checks.answers(), "own_bytes": UNKNOWN}
            said = ProposedAnswer(number, key, likeness("file")["by_mentor"], BY_MENTOR, "", answers)
            own = replace(file, submission_id=submission)
            former = {subject[:3]} if file.sha256 != sha256 else set()
            found.append(_proposal_row(own, said, titles[submission], names, decided, former))
    return found


def _unproposed(
    files: Sequence[CheckedFile], proposals: pl.DataFrame, titles: dict[str, dict[str, Any]]
) -> pl.DataFrame:
    said = set(proposals.select("file_name", "sha256").iter_rows())
    rows = [
        {
            "title": titles.get(file.submission_id, {}).get("title"),
            "unit_name": titles.get(file.submission_id, {}).get("unit_name"),
            **{name: getattr(file, name) for name in UNPROPOSED if name not in ("title", "unit_name")},
        }
        for file in files
        if file.fate in (WITHOUT_INDICATOR, WITHOUT_INNOVATION) and (file.file_name, file.sha256) not in said
    ]
    return pl.DataFrame(rows, schema=UNPROPOSED).sort("title", "path", nulls_last=True)


def _file_row(file: CheckedFile, titles: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "fate": file.fate,
        "reason": file.reason,
        "path": file.path,
        "title": titles.get(file.submission_id, {}).get("title"),
        "kind": file.kind,
        "fault": file.fault,
        "size_kib": -(-file.size // 1024),
        "place": file.place,
    }


def _folder_row(folder: Any) -> dict[str, Any]:
    told = "; ".join(f"{title} ({confidence} %, {key[:8]})" for key, title, confidence in folder.proposals)
    return {
        "folder": folder.folder,
        "file_count": folder.file_count,
        "is_ambiguous": folder.is_ambiguous,
        "proposals": told,
    }


def _contradictions(
    proposals: pl.DataFrame,
    levels: dict[str, dict[str, int]],
    with_files: set[str],
    titles: dict[str, dict[str, Any]],
    listed: EvidenceList,
    edition: int,
) -> pl.DataFrame:
    """Hold levels against files, of innovations of which files were received and levels are known; change nothing."""
    standing: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in proposals.filter((pl.col("state") != REFUSED) & (pl.col("check_opens") != NO)).iter_rows(named=True):
        standing.setdefault((row["submission_id"], row["indicator_number"]), []).append(row)
    rows = []
    for submission in sorted(with_files & levels.keys() & titles.keys(), key=lambda key: (titles[key]["title"], key)):
        for indicator in listed.indicators:
            level = levels[submission].get(indicator.number)
            files = standing.get((submission, indicator.number), [])
            sure = [
                row for row in files if row["state"] == CONFIRMED or row["confidence"] >= likeness("file")["enough"]
            ]
            kind = _kind_of(level, has_files=bool(files), has_sure=bool(sure))
            kind = kind or _of_papers(level, sure, edition)
            if kind:
                shown = sure or files
                rows.append(
                    {
                        "contradiction": kind,
                        "title": titles[submission]["title"],
                        "unit_name": titles[submission]["unit_name"],
                        "indicator_number": indicator.number,
                        "indicator": indicator.name,
                        "level": level,
                        "file_name": ", ".join(dict.fromkeys(row["file_name"] for row in shown)),
                        "submission_id": submission,
                    }
                )
    return pl.DataFrame(rows, schema=CONTRADICTIONS)


def _kind_of(level: int | None, *, has_files: bool, has_sure: bool) -> str:
    if level:
        return "" if has_sure else ONLY_UNSURE if has_files else LEVEL_WITHOUT_FILE
    return FILE_WITHOUT_LEVEL if has_sure else ""


def _of_papers(level: int | None, sure: Sequence[dict[str, Any]], edition: int) -> str:
    """Hold the level of a regulation against the kinds of its papers, where every one of them is known and stated."""
    if not level or any(row["indicator_key"] != REGULATION or not row["paper"] for row in sure):
        return ""
    proven = {of for row in sure for of in levels_of_paper(row["paper"], edition)}
    if not proven or level in proven:
        return ""
    return LOWER_PAPER if level > max(proven) else HIGHER_PAPER
