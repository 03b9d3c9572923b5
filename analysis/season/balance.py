"""The balance of a load and of each of its files: stated, read, merged, set aside, and what is open beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass

import polars as pl

from warehouse.language import Language
from warehouse.snapshot import Snapshot
from warehouse.sql_files import sql_text
from warehouse.unit_answers import NOT_OURS, name_key

OPEN = {
    "held_count": "{count} file(s) set aside",
    "quarantined_count": "{count} row(s) in quarantine",
    "emptied_count": "{count} cell(s) emptied",
    "withdrawn_count": "{count} innovation(s) withdrawn",
    "unit_unknown_count": "{count} unit name(s) not tied to the register",
    "column_missing_count": "{count} column(s) missing",
}
"""What keeps a balance from being closed, in the words that tell it (catalogue keys)."""


@dataclass(frozen=True)
class Balance:
    """The sums over files; `files` are those of `balance.sql`, with `is_open` beside.

    `stated_total` is the sum over the files that state one (None: none does), of which `stated_count` there are.
    `unit_unknown_count` counts the files with a register, without names of which somebody has said that they are no
    units of ours; `unregistered_count` says of how many files nobody knows.
    """

    files: pl.DataFrame
    stated_total: int | None
    stated_count: int
    accepted_count: int
    merged_count: int
    quarantined_count: int
    structural_count: int
    held_count: int
    emptied_count: int
    withdrawn_count: int
    unit_unknown_count: int
    unregistered_count: int
    column_missing_count: int

    @property
    def is_closed(self) -> bool:
        """Whether nothing is open, and nothing unknown."""
        return not any(getattr(self, name) for name in OPEN) and not self.unregistered_count

    def told(self, language: Language) -> list[str]:
        """Return the balance in two sentences: the rows, and what is open."""
        whole = language.whole
        stated = language("no file states its total")
        if self.stated_total is not None:
            stated = language("stated {stated} by {count} of them")
            stated = stated.format(stated=whole(self.stated_total), count=whole(self.stated_count))
        rows = language(
            "Balance of {files} file(s): {stated} · read {read} + merged {merged} + quarantined {quarantined}, "
            "structural {structural}"
        ).format(
            files=whole(self.files.height),
            stated=stated,
            read=whole(self.accepted_count),
            merged=whole(self.merged_count),
            quarantined=whole(self.quarantined_count),
            structural=whole(self.structural_count),
        )
        counts = {name: getattr(self, name) for name in OPEN}
        parts = [language(OPEN[name]).format(count=whole(count)) for name, count in counts.items() if count]
        if self.unregistered_count:
            text = language("unit names not known for {count} file(s): no register")
            parts.append(text.format(count=whole(self.unregistered_count)))
        is_open = language("Open: {parts}").format(parts="; ".join(parts))
        return [rows, is_open if parts else language("Nothing is open.")]


def read_balance(snapshot: Snapshot, region_code: str | None = None, edition: int | None = None) -> Balance:
    """Return the balance of all received files of a snapshot, or of those of a region or an edition."""
    asked: dict[str, object] = {"region_code": region_code, "edition": edition, "not_ours": _not_ours(snapshot)}
    files = snapshot.sql(sql_text("analysis.season", "balance"), asked)
    counts = [name for name in OPEN if name in files.columns]
    is_open = pl.any_horizontal(pl.col("status") == "held", *(pl.col(name).fill_null(1) > 0 for name in counts))
    files = files.with_columns(is_open.alias("is_open"))
    sums = {name: int(files[name].sum()) for name in files.columns if name.endswith("_count")}
    stated = files["stated_total"].drop_nulls()
    return Balance(
        files=files,
        stated_total=int(stated.sum()) if len(stated) else None,
        stated_count=len(stated),
        held_count=files.filter(pl.col("status") == "held").height,
        unregistered_count=files["unit_unknown_count"].null_count(),
        **sums,
    )


def _not_ours(snapshot: Snapshot) -> list[str]:
    """The names, as `REGION|NAME`, of which the load knew that they are no units of ours."""
    answers: dict[str, dict[str, str]] = json.loads(snapshot.facts["built_from"]).get("units", {})
    if not answers:
        return []
    names = snapshot.sql("select distinct region_code, unit_name from store.submission where unit_id is null")
    return [
        f"{region_code}|{name}"
        for region_code, name in names.iter_rows()
        if answers.get(region_code, {}).get(name_key(name)) == NOT_OURS
    ]
