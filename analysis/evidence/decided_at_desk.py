"""One decision about one file, as a page or a person sends it: held against the last check before it is kept."""

from __future__ import annotations

from collections.abc import Mapping

from analysis.evidence.check_index import SET_ASIDE, CheckedFile, CheckIndex, read_index
from analysis.evidence.decisions import Decision, keep_decisions
from warehouse.errors import UnknownName
from warehouse.home import Home
from warehouse.region import resolve_city


def decide(home: Home, told: Mapping[str, str], person: str | None = None) -> str:
    """Keep the answer of `told` (city, edition, submission, indicator, sha256, answer), and return it.

    The indicator is any of the list of the edition, also one that was not proposed; the innovation is that of the
    file's folder, or, where the folder is no innovation's, any of the season. Raises UnknownName for a file that the
    last check did not find as it is, and for another innovation or indicator; DecisionRefused for another answer.
    """
    region_code = resolve_city(told.get("city", "")).region_code
    edition = int(told["edition"]) if told.get("edition", "").isdecimal() else 0
    index = read_index(home, region_code, edition)
    submission, number = told.get("submission", ""), told.get("indicator", "")
    files = {
        (file.file_name, file.sha256): file
        for file in (index.files if index else ())
        if file.sha256 and file.sha256 == told.get("sha256") and file.submission_id in ("", submission)
    }
    if index is None or not files:
        raise UnknownName(
            "This file is not as it was when the page was shown",
            next_step="check the files of evidence again, then decide",
        )
    key = _key_of(index, next(iter(files.values())), submission, number)
    answer = told.get("answer", "")
    decisions = [
        Decision(region_code, edition, submission, number, key, name, sha256, answer) for name, sha256 in files
    ]
    keep_decisions(home, decisions, person)
    return answer


def file_named(index: CheckIndex | None, text: str) -> CheckedFile:
    """Return the file of the last check that a path, a name, or the beginning of a hash names. Raises UnknownName."""
    files = [file for file in (index.files if index else ()) if file.sha256 and file.fate != SET_ASIDE]
    wanted = text.replace("\\", "/")
    for found in (
        [file for file in files if file.path == wanted],
        [file for file in files if file.file_name == wanted],
        [file for file in files if len(text) >= 8 and file.sha256.startswith(text)],
    ):
        if len({(file.path, file.sha256) for file in found}) == 1:
            return found[0]
        if found:
            raise UnknownName(
                "More than one file is named {name}: {paths}",
                next_step="name it with its folders, as `--list files` shows them",
                name=text,
                paths=", ".join(file.path for file in found),
            )
    raise UnknownName(
        "The last check found no file {name}",
        next_step="check the files of evidence first; `--list files` shows each with its path",
        name=text,
    )


def _key_of(index: CheckIndex, file: CheckedFile, submission: str, number: str) -> str:
    proposed = {proposal.indicator_number: proposal.indicator_key for proposal in file.proposals}
    key = proposed.get(number) or dict(index.indicators).get(number)
    if key is None:
        raise UnknownName(
            "The edition's list has no indicator {number}",
            next_step="the numbers: {known}",
            number=number or "–",
            known=", ".join(number for number, _key in index.indicators),
        )
    if not file.submission_id and submission not in index.submissions:
        raise UnknownName(
            "No innovation has the id {id}", next_step="`iga trace` lists the innovations of a season", id=submission
        )
    return key
