"""Leads from every table of the desk that names an innovation to the page of its story."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from workbench.desk.desk_tables import DeskTable
from workbench.desk.pages.page_content import PageContent
from workbench.desk.question import Question

NAMING = ("title", "innovation")
"""The columns that name an innovation."""
_NAMED = """
select innovation_id, submission_id, region_code, edition, title from submission
where region_code = $region or $all
order by edition, submission_id
"""


@dataclass(frozen=True)
class _Named:
    """The innovations that tables may name: each id with its place, and each title that no other innovation has."""

    by_id: Mapping[str, tuple[str, str, int]]
    by_title: Mapping[str, str]
    city_name: str


def linked(content: PageContent, question: Question) -> PageContent:
    """Return a page whose tables lead to the story of each innovation that they name, by its id or else its title.

    A title that several innovations of the city bear leads nowhere: which one is meant is not known.
    """
    tables = {name: table for name, table in content.tables.items() if set(NAMING) & set(table.columns)}
    if not tables or question.city is None:
        return content
    named = _named(question, is_all=any("region_code" in table.frame.columns for table in tables.values()))
    return replace(content, tables={**content.tables, **{key: _linked(one, named) for key, one in tables.items()}})


def _named(question: Question, *, is_all: bool) -> _Named:
    with question.open() as snapshot:
        rows = snapshot.sql(_NAMED, {"region": question.city, "all": is_all})
    by_id: dict[str, tuple[str, str, int]] = {}
    titles: dict[str, set[str]] = {}
    for innovation, submission, region, edition, title in rows.iter_rows():
        by_id[innovation] = by_id[submission] = (innovation, region, edition)
        if region == question.city:
            titles.setdefault(title, set()).add(innovation)
    by_title = {title: next(iter(ids)) for title, ids in titles.items() if len(ids) == 1}
    return _Named(by_id, by_title, question.city_name)


def _linked(table: DeskTable, named: _Named) -> DeskTable:
    column = next(name for name in NAMING if name in table.columns)
    ids = [name for name in ("innovation_id", "submission_id") if name in table.frame.columns]
    links = tuple(_link(row, column, ids, named) for row in table.frame.iter_rows(named=True))
    return replace(table, linked_column=column, links=links) if any(links) else table


def _link(row: Mapping[str, Any], column: str, ids: Sequence[str], named: _Named) -> str:
    """Return what the address of a story says beside the season's own words; empty where it is not known which."""
    known = next((named.by_id[row[name]] for name in ids if row[name] in named.by_id), None)
    if known is None:
        # A list that names a city in each row may name an innovation of another one by the same title.
        title = "" if row.get("city", named.city_name) != named.city_name else named.by_title.get(row[column] or "")
        return urlencode({"innovation": title}) if title else ""
    innovation, region, edition = known
    # Of a list of every city and season each row is of its own.
    where = {"city": region, "edition": row.get("edition") or edition} if "region_code" in row else {}
    return urlencode({**where, "innovation": innovation})
