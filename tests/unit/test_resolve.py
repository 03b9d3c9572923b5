"""The resolution of a season against a plain one: every day, every field, for any order of receipts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from hypothesis import given, settings, strategies as st

from etl.season.conflicts import PRECEDENCE
from etl.season.precedence import load_precedence
from etl.season.resolve import compressed, rounds, season_days
from etl.season.table_contracts import conform

KEYS = ("a", "b", "c")
FIELDS = ("claimed_score_x100", "verified_score_x100", "status", "form")
REVIEWERS = "l10_review_list"


@dataclass(frozen=True)
class File:
    """A receipt: its day, coverage, whether reviewers sent it, and per innovation the value of each field."""

    number: int
    day: int
    coverage: str
    is_reviewer: bool
    rows: dict[str, dict[str, Any]]

    @property
    def withdraws(self) -> bool:
        return self.coverage == "full" and not self.is_reviewer

    @property
    def place(self) -> tuple[Any, ...]:
        rules = load_precedence()
        coverage = "partial" if self.is_reviewer and self.coverage == "full" else self.coverage
        return (self.day, rules.coverage_order(coverage), self.number)

    def states(self, name: str) -> bool:
        return any(row[name] is not None for row in self.rows.values())


def expected(files: list[File], day: int) -> dict[str, dict[str, Any]]:
    """The season as of a day, as docs/seasons.md tells it, without frames."""
    seen = sorted((file for file in files if file.day <= day), key=lambda file: file.place)
    full = max((file.place for file in seen if file.withdraws), default=None)
    last_day = None if full is None else full[0]
    found: dict[str, dict[str, Any]] = {}
    for key in KEYS:
        mine = [file for file in seen if key in file.rows]
        speaking = [
            file
            for file in mine
            if full is None
            or file.place == full
            or file.day > last_day
            or (file.day == last_day and not file.withdraws)
        ]
        if not speaking:
            continue
        is_alone = all(file.is_reviewer for file in mine)
        found[key] = {name: value_of(mine, key, name, is_alone=is_alone) for name in FIELDS}
        base = [file for file in speaking if not file.is_reviewer] or speaking
        found[key]["file"] = base[-1].number
    return found


def value_of(mine: list[File], key: str, name: str, *, is_alone: bool) -> Any:
    rules = load_precedence()
    speaks = rules.reviewers[REVIEWERS].speaks_of
    stating = [file for file in mine if file.states(name) and (not file.is_reviewer or is_alone or name in speaks)]
    if name in rules.verified_fields:
        stating.sort(key=lambda file: file.is_reviewer)
    return stating[-1].rows[key][name] if stating else None


def observations(files: list[File]) -> pl.DataFrame:
    rules = load_precedence()
    rows = [
        {
            "observation_id": f"{file.number}{key}",
            "submission_id": key,
            "file_sha256": f"{file.number:02}",
            "source_id": f"{file.number}{key}",
            "received_date": date(2026, 7, file.day),
            "region_code": "33.71",
            "edition": 2026,
            "match_key": key,
            "layout": REVIEWERS if file.is_reviewer else "l8_html_export",
            "coverage": file.coverage,
            "coverage_order": file.place[1],
            "arrival": file.number,
            "is_withdrawing": rules.is_withdrawing(file.coverage, REVIEWERS if file.is_reviewer else None),
            "is_reviewer": file.is_reviewer,
            "is_simulated": False,
            "is_current": False,
            "title": key,
            "title_original": key,
            "unit_name": "Dinas",
            **values,
        }
        for file in files
        for key, values in file.rows.items()
    ]
    return conform("history.observation", pl.DataFrame(rows)).sort(PRECEDENCE, maintain_order=True)


VALUES = st.fixed_dictionaries(
    {
        "claimed_score_x100": st.sampled_from([None, 1000, 2000]),
        "verified_score_x100": st.sampled_from([None, 3000, 4000]),
        "status": st.sampled_from([None, "sent", "rejected"]),
        "form": st.sampled_from([None, "governance"]),
    }
)
FILES = st.lists(
    st.tuples(
        st.integers(1, 4),
        st.sampled_from(["full", "partial", "correction"]),
        st.booleans(),
        st.dictionaries(st.sampled_from(KEYS), VALUES, min_size=1),
    ),
    min_size=1,
    max_size=5,
).map(lambda listed: [File(number, *parts) for number, parts in enumerate(listed)])


@settings(max_examples=40, deadline=None)
@given(FILES)
def test_every_day_of_any_season_is_resolved_as_the_rules_say(files: list[File]) -> None:
    frame = observations(files)
    resolved = list(rounds(frame, season_days(frame.select("region_code", "edition", "received_date"))))
    days = sorted({file.day for file in files})
    assert [one.cut["day"][0].day for one in resolved] == days
    versions = pl.concat([one.submissions.rename({"day": "valid_from", "until": "valid_to"}) for one in resolved])
    kept = compressed(versions, ["submission_id"])
    for day in range(1, 6):
        wanted = expected(files, day)
        ends = pl.col("valid_to")
        on = date(2026, 7, day)
        stood = kept.filter((pl.col("valid_from") <= on) & (ends.is_null() | (ends > on)))
        got = {
            row["submission_id"]: {**{name: row[name] for name in FIELDS}, "file": int(row["file_sha256"])}
            for row in stood.iter_rows(named=True)
        }
        assert got == wanted
        assert stood["submission_id"].is_unique().all()
