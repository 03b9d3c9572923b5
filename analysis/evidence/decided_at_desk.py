"""One decision about one file, as a page sends it: held against the last check before it is kept."""

from __future__ import annotations

from collections.abc import Mapping

from analysis.evidence.check_index import read_index
from analysis.evidence.decisions import Decision, keep_decisions
from warehouse.errors import UnknownName
from warehouse.home import Home
from warehouse.region import resolve_city


def decide(home: Home, told: Mapping[str, str], person: str | None = None) -> str:
    """Keep the answer of `told` (city, edition, submission, indicator, sha256, answer), and return it.

    Raises UnknownName for a file that the last check did not find as it is, and DecisionRefused.
    """
    region_code = resolve_city(told.get("city", "")).region_code
    edition = int(told["edition"]) if told.get("edition", "").isdecimal() else 0
    index = read_index(home, region_code, edition)
    wanted = (told.get("submission", ""), told.get("indicator", ""), told.get("sha256", ""))
    decisions = [
        Decision(
            region_code, edition, file.submission_id, proposal.indicator_number, proposal.indicator_key,
            file.file_name, file.sha256, told.get("answer", ""),
        )
        for file in (index.files if index else ())
        for proposal in file.proposals
        if (file.submission_id, proposal.indicator_number, file.sha256) == wanted
    ]  # fmt: skip
    if not decisions:
        raise UnknownName(
            "This file is not as it was when the page was shown",
            next_step="check the files of evidence again, then decide",
        )
    keep_decisions(home, decisions, person)
    return told.get("answer", "")
