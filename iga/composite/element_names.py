"""What the elements of an index are called, and in what units they are measured: names for people beside the codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw
from narwhals.typing import IntoDataFrameT

from iga.composite.hierarchy import Hierarchy
from iga.errors import HierarchyInvalid


@dataclass(frozen=True)
class ElementNames:
    """Names and units of measure by code, and the denominator column of each indicator that has one.

    A code without a name is its own name. `denominators` name columns of the table beside the indicators, `factors`
    what a quotient is multiplied by (10,000 for "per 10,000 inhabitants"; otherwise 1), `groups` columns that hold a
    group of each unit.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    measures: Mapping[str, str] = field(default_factory=dict)
    denominators: Mapping[str, str] = field(default_factory=dict)
    factors: Mapping[str, float] = field(default_factory=dict)
    groups: tuple[str, ...] = ()

    def name_of(self, code: str) -> str:
        """Return the name of an element, or its code where it has none."""
        return self.names.get(code) or code

    def measure_of(self, code: str) -> str:
        """Return the unit of measure of an indicator, empty where none is stated."""
        return self.measures.get(code, "")

    def named(self, frame: IntoDataFrameT, columns: Sequence[str] = ("element",)) -> IntoDataFrameT:
        """Return a frame with names in place of the codes in these columns; null stays null."""
        given: nw.DataFrame[Any] = nw.from_native(frame, eager_only=True)
        told = [
            nw.new_series(
                column,
                [None if code is None else self.name_of(code) for code in given[column].to_list()],
                nw.String(),
                backend=given.implementation,
            )
            for column in columns
        ]
        native: IntoDataFrameT = given.with_columns(*told).to_native()
        return native


def check_names(names: ElementNames, hierarchy: Hierarchy, columns: Iterable[str]) -> None:
    """Raise HierarchyInvalid naming a code that is not in the hierarchy, or a column that the table does not have.

    `columns` are those of the table. A name that two elements bear is refused too: pages could not tell them apart.
    """
    held, known = set(columns), set(hierarchy.by_code)
    for code in [*names.measures, *names.names, *names.denominators]:
        if code not in known:
            raise HierarchyInvalid(
                "something is stated of it, and it is not in the hierarchy.",
                place="node {code}",
                fix="Known: {known}.",
                code=code,
                known=", ".join(hierarchy.by_code),
            )
    for column in [*names.denominators.values(), *names.groups]:
        if column not in held:
            raise HierarchyInvalid(
                "the table has no such column.",
                place="column {column}",
                fix="Columns: {known}.",
                column=column,
                known=", ".join(sorted(held)),
            )
    told: dict[str, str] = {}
    for code in hierarchy.by_code:
        name = names.name_of(code)
        if name in told:
            raise HierarchyInvalid(
                "it has the name of {other}: {name}.",
                place="node {code}",
                fix="Give each element a name of its own.",
                code=code,
                other=told[name],
                name=name,
            )
        told[name] = code
