"""The evidence of a season in words for people: lists, and the sentences about them."""

from __future__ import annotations

import polars as pl

from analysis.evidence.check_index import ANSWERED, SET_ASIDE, WITHOUT_INDICATOR, WITHOUT_INNOVATION
from analysis.evidence.decisions import CONFIRMED, OPEN, REFUSED
from analysis.evidence.file_checks import CHECKS
from analysis.evidence.file_reading import FAULT_MESSAGES
from analysis.evidence.received_files import REASON_MESSAGES
from analysis.evidence.season_evidence import (
    CHANGED,
    FILE_WITHOUT_LEVEL,
    HIGHER_PAPER,
    LEVEL_WITHOUT_FILE,
    LOWER_PAPER,
    ONLY_UNSURE,
    SeasonEvidence,
)
from warehouse.language import Language

EVIDENCE_HEADERS = {
    "answer": "Proves it (v or x)",
    "title": "Innovation",
    "unit_name": "Unit",
    "indicator_number": "Number of the indicator",
    "indicator": "Indicator",
    "file_name": "File",
    "confidence": "Confidence (%)",
    "by": "Read from",
    "words": "Words",
    "check_opens": "Opens",
    "check_type": "Kind of file accepted",
    "check_size": "Within the size",
    "check_names_innovation": "Names the innovation",
    "check_year": "Year in the window",
    "check_number": "Bears a number",
    "check_signature": "Place of a signature",
    "check_own_bytes": "Of this innovation alone",
    "years": "Years in the text",
    "paper": "Kind of paper",
    "kind": "Kind of file",
    "is_scan": "Scan",
    "is_recognised": "Text recognised from a picture",
    "fault": "Fault of the file",
    "state": "Decision",
    "decided_by": "Who decided",
    "decided_at": "Decided at",
    "fate": "What became of it",
    "reason": "Reason",
    "path": "Path",
    "size_kib": "Size (KiB)",
    "place": "Place",
    "folder": "Folder",
    "file_count": "Files",
    "is_ambiguous": "Several are as like",
    "proposals": "Proposals",
    "contradiction": "Contradiction",
    "level": "Level",
}
CHECK_MESSAGES = {"passed": "yes", "failed": "no", "unknown": "not known", "not_judged": "not judged"}
STATE_MESSAGES = {
    CONFIRMED: "confirmed",
    REFUSED: "refused",
    OPEN: "to be decided",
    CHANGED: "changed since the decision: to be decided again",
}
FATE_MESSAGES = {
    ANSWERED: "proposed for an indicator",
    WITHOUT_INDICATOR: "of an innovation, for no indicator that its name tells",
    WITHOUT_INNOVATION: "in no innovation's folder",
    SET_ASIDE: "set aside",
}
CONTRADICTION_MESSAGES = {
    LEVEL_WITHOUT_FILE: "A level is claimed, and no file answers it",
    FILE_WITHOUT_LEVEL: "A file is there, and no level is claimed: perhaps it can be raised",
    ONLY_UNSURE: "A level is claimed, and only files of unsure names may answer it",
    LOWER_PAPER: "The level claimed asks for another kind of paper than the file was read as",
    HIGHER_PAPER: "The file was read as a paper of a higher level than is claimed: perhaps it can be raised",
}
PAPER_MESSAGES = {
    "regional_regulation": "regional regulation (Perda)",
    "head_regulation": "regulation of the head of the region (Perkada)",
    "decree": "decree (SK)",
    "assignment": "assignment",
}
BY_MESSAGES = {"number": "number in the name", "words": "words in the name", "mentor": "said by a mentor"}
TABLE_TITLE_MESSAGES = {
    "proposals": "Files and indicators",
    "contradictions": "Levels and files that do not go together",
    "folders": "Folders of no innovation for certain",
    "files": "Every file received",
}
"""The lists in the order in which they are worked on, with their headings."""


def evidence_lists(found: SeasonEvidence, language: Language, *, with_names: bool = False) -> dict[str, pl.DataFrame]:
    """Return the lists in words; who decided is left out unless asked for."""
    proposals = told_in_words(found.proposals, language).drop(
        "submission_id", "indicator_key", "sha256", "folder_confidence"
    )
    if not with_names:
        proposals = proposals.drop("decided_by")
    return {
        "proposals": proposals.drop("path"),
        "contradictions": told_in_words(found.contradictions, language).drop("submission_id"),
        "folders": found.folders,
        "files": told_in_words(found.files, language),
    }


def told_in_words(frame: pl.DataFrame, language: Language) -> pl.DataFrame:
    """Return a frame whose codes are words."""
    tables = {
        **dict.fromkeys((f"check_{name}" for name in CHECKS), CHECK_MESSAGES),
        "state": STATE_MESSAGES,
        "fate": FATE_MESSAGES,
        "contradiction": CONTRADICTION_MESSAGES,
        "by": BY_MESSAGES,
        "paper": PAPER_MESSAGES,
        "fault": FAULT_MESSAGES,
        "reason": REASON_MESSAGES,
    }
    return frame.with_columns(
        pl.col(name).replace_strict({code: language(text) for code, text in words.items()}, default=pl.col(name))
        for name, words in tables.items()
        if name in frame.columns
    )


def evidence_notes(found: SeasonEvidence, language: Language) -> list[str]:
    """Return what is to be known about the lists; what is unknown is said as unknown."""
    _ = language
    if found.index is None:
        return [_("No evidence was received, or none has been checked: nothing is known of any file.")]
    index = found.index
    counted = _(
        "{total} file(s): {answered} proposed for an indicator, {named} for none, {lost} in no innovation's folder, "
        "{aside} set aside."
    )
    notes = [
        _("Checked: {place}, {at}").format(place=index.place, at=index.checked_at[:16].replace("T", " ")),
        counted.format(
            total=len(index.files),
            answered=index.count(ANSWERED),
            named=index.count(WITHOUT_INDICATOR),
            lost=index.count(WITHOUT_INNOVATION),
            aside=index.count(SET_ASIDE),
        ),
        _("{count} of {total} innovation(s): no evidence received.").format(
            count=found.without_evidence, total=found.innovation_count
        ),
    ]
    if not index.has_own_list:
        text = _(
            "The edition's own list of indicators is not known: numbers in names are not read, words are read by the "
            "list of {rules}."
        )
        notes.append(text.format(rules=index.rulebook))
    if not found.has_levels:
        notes.append(_("Levels of this list are not known for the season: files are not held against them."))
    scans = found.proposals.filter(pl.col("is_scan") & ~pl.col("is_recognised")).height
    if scans:
        text = _("{count} line(s) are scans that cannot be read here: what stands in them is not known.")
        notes.append(text.format(count=scans))
    notes.append(
        _(
            "Each line is a proposal until a mentor confirms it; no figure is changed by it, and no file leaves this "
            "computer."
        )
    )
    return notes
