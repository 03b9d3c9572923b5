"""Pages give the figures of the analysis as values: each part holds what the snapshot holds, with its type."""

from __future__ import annotations

from typing import Any

from reports.blocks.block import Block
from reports.blocks.content import Facts, Figure, Table, leaves
from reports.pages.basis.blocks import Scope, read_basis, shown
from warehouse import Snapshot
from warehouse.language import Language

EN = Language("en")


def rows_in(block: Block, caption: str, *headings: str) -> list[tuple[Any, ...]]:
    """Return the rows of the table whose caption begins so, as the values under these headings."""
    tables = [part.data if isinstance(part, Figure) else part for part in leaves(block.parts)]
    [found] = [part for part in tables if isinstance(part, Table) and part.caption.startswith(caption)]
    places = [[column.heading for column in found.columns].index(heading) for heading in headings]
    return [tuple(row[place] for place in places) for row in found.values]


def fact_in(block: Block, name: str) -> Any:
    """Return the value of a fact."""
    [value] = [value for part in block.parts if isinstance(part, Facts) for own, value in part.pairs if own == name]
    return value.value


def test_what_a_report_rests_on_is_the_files_of_the_snapshot(example: Snapshot) -> None:
    scope = Scope(region_codes=("17.71",), editions=(2026,), first=2026, last=2026)
    told = shown(read_basis(example, scope, "en"))
    files = example.sql(
        "select edition, received_date, row_count, quarantined_count, substr(file_sha256, 1, 12) from receipt"
        " where region_code = '17.71' and edition = 2026 order by received_date, file_name"
    ).rows()
    headings = ("Edition", "Received on", "Rows", "Set aside", "SHA-256")
    assert rows_in(told, "Files that this report rests on", *headings) == files
    [statements] = example.sql("select count(*) from published_result where region_code = '17.71'").row(0)
    assert fact_in(told, "Published statements") == statements
    assert all(part.is_simulated for part in told.parts)
