"""The page of evidence: which file answers which indicator, to be confirmed or refused, and what does not fit."""

from __future__ import annotations

from typing import Any

import polars as pl

from workbench.desk.pages.clinic_pages import shown_picture
from workbench.desk.pages.page_content import PageContent, table_of
from workbench.desk.people import Right
from workbench.desk.question import Question

MOST_TO_DECIDE = 60
"""Lines with buttons on one page; an innovation that is chosen shows all of its own."""


def evidence(question: Question) -> PageContent:
    """Return the last check of the season's files, with lines to decide for those who may."""
    from analysis.evidence.season_evidence import read_season_evidence
    from analysis.evidence.words import EVIDENCE_HEADERS, TABLE_TITLE_MESSAGES, evidence_lists, evidence_notes
    from analysis.season.frames import read_season_frames

    _ = question.language
    city, edition = question.season
    with question.open() as snapshot:
        frames = read_season_frames(snapshot, city, edition, may_be_empty=True)
    found = read_season_evidence(question.home, frames)
    may_work = question.person.may(Right.work)
    lists = evidence_lists(found, _, with_names=may_work)
    if not may_work:  # names of files and folders may hold names of persons
        lists = {name: lists[name].drop("file_name", "words", strict=False) for name in ("proposals", "contradictions")}
    tables = {
        name: table_of(name, _(title), lists[name], EVIDENCE_HEADERS, _)
        for name, title in TABLE_TITLE_MESSAGES.items()
        if name in lists
    }
    chosen = question.arguments.get("innovation", "")
    values = {
        "lines": _to_decide(found.proposals, chosen, question) if may_work else [],
        "innovations": [
            {"title": title, "count": count, "query": question.query(innovation=key)}
            for key, title, count in found.proposals.group_by("submission_id", "title")
            .agg(pl.col("state").is_in(["open", "changed"]).sum().alias("count"))
            .sort("title", "submission_id")
            .select("submission_id", "title", "count")
            .iter_rows()
        ],
        "unproposed": _unproposed(found.unproposed, chosen, question) if may_work else [],
        "indicators": [(one.number, one.name) for one in found.listed.indicators],
        "titles": list(frames.submissions.sort("title", "submission_id").select("submission_id", "title").iter_rows()),
        "chosen": chosen,
        "all_query": question.query(),
    }
    return PageContent(_("Evidence"), "evidence.html", evidence_notes(found, _), values, tables, found.is_simulated)


def _to_decide(proposals: pl.DataFrame, chosen: str, question: Question) -> list[dict[str, Any]]:
    """Return the lines with buttons: those of the innovation that is chosen, else the surest that are open."""
    from analysis.evidence.file_checks import CHECKS
    from analysis.evidence.words import CHECK_MESSAGES, EVIDENCE_HEADERS, STATE_MESSAGES

    _ = question.language
    if chosen:
        rows = proposals.filter(pl.col("submission_id") == chosen)
    else:
        is_open = pl.col("state").is_in(["open", "changed"])
        order = ["confidence", "title", "indicator_number", "file_name"]
        rows = proposals.filter(is_open).sort(order, descending=[True, False, False, False]).head(MOST_TO_DECIDE)
    return [
        {
            **row,
            "state_text": _(STATE_MESSAGES[row["state"]]),
            "picture": shown_picture(question.home, row["sha256"]) if row["is_recognised"] else "",
            "checks": [
                {"name": _(EVIDENCE_HEADERS[f"check_{name}"]), "look": row[f"check_{name}"],
                 "text": _(CHECK_MESSAGES[row[f"check_{name}"]])}
                for name in CHECKS
                if row[f"check_{name}"] in CHECK_MESSAGES and row[f"check_{name}"] != "not_judged"
            ],
        }
        for row in rows.iter_rows(named=True)
    ]  # fmt: skip


def _unproposed(files: pl.DataFrame, chosen: str, question: Question) -> list[dict[str, Any]]:
    """Return the files of which no name tells an indicator; those of no innovation's folder are last."""
    rows = files.filter(pl.col("submission_id") == chosen) if chosen else files
    return [
        {**row, "picture": shown_picture(question.home, row["sha256"]) if row["is_recognised"] else ""}
        for row in rows.head(MOST_TO_DECIDE).iter_rows(named=True)
    ]
