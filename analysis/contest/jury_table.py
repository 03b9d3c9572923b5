"""Jury scores of a snapshot as a contest uses them, and those that it does not use, with their cells and reasons."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from analysis.contest.declarations import Contest, contests_of
from analysis.contest.score_cells import columns_of
from iga.contest.common_categories import common_category, plain
from iga.contest.scored_by import ScoredBy
from warehouse.home import Home
from warehouse.snapshot import Snapshot

COLUMNS = ("category", "title", "unit_name", "juror", "score")
"""The columns of a file of jury scores, one row per entry and juror."""

PARTS: dict[str, Any] = {
    "stage": pl.String,
    "criterion": pl.String,
    "maximum": pl.Decimal(12, 2),
    "weight": pl.Decimal(12, 2),
}
"""What a score is for, beside `COLUMNS`."""

UNUSED: dict[str, Any] = {
    "category": pl.String,
    "title": pl.String,
    "unit_name": pl.String,
    "juror": pl.String,
    "stage": pl.String,
    "criterion": pl.String,
    "reason": pl.String,
    "file_name": pl.String,
    "sheet": pl.String,
    "row_number": pl.Int64,
    "column": pl.String,
}
"""Scores that are not used: the category as written, the reason, and where they stand."""

WITHDRAWN = ("own_unit",)
"""Reasons that are as they should be, and make no draft."""

_SCORES = """
select e.category, e.title, e.unit_name, j.juror, j.score, coalesce(r.is_simulated, false) as is_simulated,
    r.file_name, s.sheet, s.row_number, j.source_id
from contest_entry e
join jury_score j using (contest_entry_id)
left join source_row s on s.source_id = j.source_id
left join receipt r using (file_sha256)
where e.region_code = $region and e.edition = $edition and j.score is not null
order by e.category, e.title, j.juror
"""


_NO_CATEGORY = "semua"


def _written_code(text: str) -> str:
    """The category of a contest that nobody has declared: "SD" and "Sekolah Dasar" are one, other words as written."""
    return common_category(text) or plain(text) or _NO_CATEGORY


@dataclass(frozen=True)
class JuryTable:
    """Jury scores of one contest (`COLUMNS` and `PARTS`), and what the snapshot says of them.

    `unused` are the scores that the contest does not use (`UNUSED`). `unknown_categories`: categories in the snapshot
    that no declared contest of the city has, with their rows.
    """

    scores: pl.DataFrame
    unknown_categories: dict[str, int]
    is_simulated: bool
    unused: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=UNUSED))

    @property
    def used_count(self) -> int:
        """How many scores are used."""
        return self.scores.height

    @property
    def count(self) -> int:
        """How many scores there are for the contest, and for no contest."""
        return self.scores.height + self.unused.height

    @property
    def open_scores(self) -> pl.DataFrame:
        """The unused scores that somebody has to look at; a juror who left for an own unit did right."""
        return self.unused.filter(~pl.col("reason").is_in(WITHDRAWN))


def scores_in(snapshot: Snapshot, contest: Contest, edition: int, home: Home | None = None) -> JuryTable:
    """The jury scores that the snapshot holds for a contest, categories as the contest's codes; empty without any."""
    rows = snapshot.sql(_SCORES, {"region": contest.region_code, "edition": edition})
    others = [one for one in contests_of(contest.region_code, edition, home) if one.name != contest.name]
    codes = _codes(contest, others, rows)
    named = rows.drop_nulls("unit_name").select("title", "unit_name").iter_rows()
    units = {plain(title): unit for title, unit in named}
    used: list[dict[str, Any]] = []
    unused: list[dict[str, Any]] = []
    is_simulated = False
    seen: set[tuple[Any, ...]] = set()
    for row, code in zip(rows.iter_rows(named=True), codes, strict=True):
        by = ScoredBy.read(row["juror"])
        if code is None and any(_category(one, [contest], row["category"], row["unit_name"]) for one in others):
            continue
        stage = contest.stage_called(by.stage) if by.stage else None
        reason = "category_unknown" if code is None else None
        if reason is None and contest.stage and by.stage and stage is None:
            reason = "stage_unknown"
        unit = row["unit_name"] or units.get(plain(row["title"]))
        if reason is None and any(one.leaves_for(by.juror, unit) for one in contest.juror):
            reason = "own_unit"
        key = (code, row["title"], row["unit_name"], *by.key)
        if reason is None and key in seen:
            reason = "scored_twice"
        seen.add(key)
        parts = {
            "written": row["juror"],
            "juror": by.juror,
            "stage": stage.code if stage else by.stage,
            "criterion": by.criterion,
        }
        if reason is None:
            is_simulated = is_simulated or row["is_simulated"]
            used.append({**row, **parts, "category": code, "maximum": by.maximum, "weight": by.weight})
        else:
            unused.append({**row, **parts, "reason": reason})
    staged = {row["stage"] for row in used} - {""}
    if contest.stage and staged:
        unsaid = [row for row in used if not row["stage"]]
        unused += [{**row, "reason": "stage_unsaid"} for row in unsaid]
        used = [row for row in used if row["stage"]]
    scores = pl.DataFrame(
        [{name: row[name] for name in (*COLUMNS, *PARTS)} for row in used],
        schema={**dict.fromkeys(COLUMNS, pl.String), "score": pl.Decimal(12, 2), **PARTS},
    )
    columns = columns_of(snapshot, [(row["source_id"], row["written"], row["score"]) for row in unused])
    unused = [{**row, "column": column} for row, column in zip(unused, columns, strict=True)]
    left = pl.DataFrame([{name: row[name] for name in UNUSED} for row in unused], schema=UNUSED)
    unknown = Counter(row["category"] for row in unused if row["reason"] == "category_unknown")
    return JuryTable(scores, dict(unknown), is_simulated, left)


def _codes(contest: Contest, others: list[Contest], rows: pl.DataFrame) -> list[str | None]:
    """The category of each score; one whose file names none is that of the title in another file."""
    named = list(rows.select("category", "unit_name", "title").iter_rows())
    codes = [_category(contest, others, text, unit) for text, unit, _ in named]
    known: dict[str, set[str]] = {}
    for (_, _, title), code in zip(named, codes, strict=True):
        if code is not None:
            known.setdefault(plain(title), set()).add(code)
    found = []
    for (text, _, title), code in zip(named, codes, strict=True):
        elsewhere = known.get(plain(title), set()) if not plain(text) else set()
        found.append(next(iter(elsewhere)) if code is None and len(elsewhere) == 1 else code)
    return found


def _category(contest: Contest, others: list[Contest], text: str, unit_name: str | None) -> str | None:
    """The category of the contest that an entry belongs to.

    An entry whose file names no category belongs to the only category of a contest, where no other contest of the city
    takes it by its unit.
    """
    if not contest.is_declared:
        return _written_code(text)
    code = contest.category_code(text, unit_name)
    if code is not None or plain(text) or len(contest.category) != 1:
        return code
    if any(one.category_code(text, unit_name) for one in others):
        return None
    is_fitting = not others or contest.is_own_entity == (unit_name is None)
    return contest.category[0].code if is_fitting else None


def undeclared(snapshot: Snapshot, region_code: str, edition: int, home: Home | None = None) -> Contest | None:
    """Return a contest of the categories as they are written, where scores came in and no contest is declared."""
    if contests_of(region_code, edition, home):
        return None
    entries = snapshot.sql(
        "select distinct category from contest_entry where region_code = $region and edition = $edition order by all",
        {"region": region_code, "edition": edition},
    )["category"].to_list()
    if not entries:
        return None
    by_code = {_written_code(text): text or "Semua peserta" for text in reversed(entries)}
    categories = [{"code": code, "name_id": text, "name_en": text} for code, text in by_code.items()]
    return Contest.model_validate(
        {
            "name": "tanpa-deklarasi",
            "region_code": region_code,
            "edition": edition,
            "name_id": f"Lomba inovasi {edition} (belum dideklarasikan; kategori seperti tertulis)",
            "name_en": f"Innovation contest {edition} (not declared; categories as written)",
            "source": "-",
            "confidence": "low",
            "category": categories,
            "is_declared": False,
        }
    )


def with_parts(scores: pl.DataFrame) -> pl.DataFrame:
    """Return scores with the columns of `PARTS`; a file of the plain columns says in `juror` what it knows."""
    if set(PARTS) <= set(scores.columns):
        return scores
    said = [ScoredBy.read(text or "") for text in scores["juror"]]
    return scores.with_columns(
        pl.Series("juror", [by.juror for by in said], dtype=pl.String),
        pl.Series("stage", [by.stage for by in said], dtype=pl.String),
        pl.Series("criterion", [by.criterion for by in said], dtype=pl.String),
        pl.Series("maximum", [by.maximum for by in said], dtype=pl.Decimal(12, 2)),
        pl.Series("weight", [by.weight for by in said], dtype=pl.Decimal(12, 2)),
    )
