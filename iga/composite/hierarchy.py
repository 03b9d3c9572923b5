"""The hierarchy of an index: which indicators make up which node, with direction and weight, checked as a tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import narwhals as nw
from narwhals.typing import IntoDataFrame

from iga.errors import HierarchyInvalid, Sentence


@dataclass(frozen=True)
class Node:
    """One line of the hierarchy; `parent` is None for the index itself; `direction` -1 where lower is better."""

    code: str
    parent: str | None
    weight: float = 1.0
    direction: int = 1


@dataclass(frozen=True)
class Hierarchy:
    """A tree of nodes: indicators at the leaves, the index at the root. Weights of siblings count relatively."""

    nodes: tuple[Node, ...]

    def __post_init__(self) -> None:
        _check(self.nodes)

    @cached_property
    def by_code(self) -> Mapping[str, Node]:
        """Each node by its code."""
        return {node.code: node for node in self.nodes}

    @cached_property
    def root(self) -> str:
        """The code of the index."""
        return next(node.code for node in self.nodes if node.parent is None)

    @cached_property
    def children(self) -> Mapping[str, tuple[str, ...]]:
        """The children of each node that has any, in the order given."""
        found: dict[str, list[str]] = {}
        for node in self.nodes:
            if node.parent is not None:
                found.setdefault(node.parent, []).append(node.code)
        return {code: tuple(codes) for code, codes in found.items()}

    @cached_property
    def indicators(self) -> tuple[str, ...]:
        """The leaves, in the order given."""
        return tuple(node.code for node in self.nodes if node.code not in self.children)

    @cached_property
    def upwards(self) -> tuple[str, ...]:
        """The nodes above the leaves, each after all of its children."""
        order: list[str] = []
        waiting = [self.root]
        while waiting:
            code = waiting.pop()
            order.append(code)
            waiting += [child for child in self.children[code] if child in self.children]
        return tuple(reversed(order))

    def leaves_of(self, code: str) -> tuple[str, ...]:
        """The indicators below a node (of an indicator: itself)."""
        if code not in self.children:
            return (code,)
        return tuple(leaf for child in self.children[code] for leaf in self.leaves_of(child))

    def share(self, code: str) -> float:
        """The weight of a node among its siblings, as a share of 1."""
        node = self.by_code[code]
        if node.parent is None:
            return 1.0
        return node.weight / sum(self.by_code[sibling].weight for sibling in self.children[node.parent])

    def nominal_weight(self, code: str) -> float:
        """The product of shares from a node up to the index: what its weight says it counts for."""
        node = self.by_code[code]
        return self.share(code) * (1.0 if node.parent is None else self.nominal_weight(node.parent))

    def with_weights(self, weights: Mapping[str, float]) -> Hierarchy:
        """The same tree with other weights. Raises HierarchyInvalid naming a code that is not in it."""
        unknown = [code for code in weights if code not in self.by_code]
        if unknown:
            raise HierarchyInvalid(
                "a weight is given for it, and it is not in the hierarchy.",
                place="node {name}",
                fix="Known: {known}.",
                name=unknown[0],
                known=", ".join(self.by_code),
            )
        return Hierarchy(tuple(replace(node, weight=float(weights.get(node.code, node.weight))) for node in self.nodes))

    def without(self, code: str) -> Hierarchy:
        """The tree without a node and all below it, and without parents that this empties.

        Raises HierarchyInvalid for the root and where nothing would be left.
        """
        if code not in self.by_code or code == self.root:
            raise HierarchyInvalid(
                "it cannot be left out.", place="node {code}", fix="Name a node below the index.", code=code
            )
        gone = {code}
        while True:
            below = {node.code for node in self.nodes if node.parent in gone}
            emptied = {parent for parent, codes in self.children.items() if set(codes) <= gone | below}
            if below | emptied <= gone:
                break
            gone |= below | emptied
        if self.root in gone:
            raise HierarchyInvalid(
                "nothing is left without it.", place="node {code}", fix="Name another node.", code=code
            )
        return Hierarchy(tuple(node for node in self.nodes if node.code not in gone))


def hierarchy_of(
    frame: IntoDataFrame,
    *,
    code: str = "code",
    parent: str = "parent",
    weight: str | None = "weight",
    direction: str | None = "direction",
) -> Hierarchy:
    """The hierarchy that a frame states, one row per node; the root's parent is null or empty.

    Without a weight column siblings count alike; without a direction column higher is better everywhere. Raises
    HierarchyInvalid naming the node that stands twice, is its own ancestor, has a parent that is not there (an orphan),
    a second root, a direction other than 1 and -1, or a weight that is missing or negative; and the node whose children
    weigh nothing.
    """
    given = nw.from_native(frame, eager_only=True)
    wanted = [name for name in (code, parent, weight, direction) if name is not None]
    missing = [name for name in wanted if name not in given.columns]
    if missing:
        raise HierarchyInvalid(
            "columns are missing: {missing}.",
            place="hierarchy",
            fix="Columns: {known}.",
            missing=", ".join(missing),
            known=", ".join(given.columns),
        )
    return Hierarchy(
        tuple(
            Node(
                row[code],
                row[parent] or None,
                _weight(row[code], row[weight]) if weight else 1.0,
                _direction(row[code], row[direction]) if direction else 1,
            )
            for row in given.iter_rows(named=True)
        )
    )


def _weight(code: str, weight: float | None) -> float:
    number = float("nan") if weight is None else float(weight)
    if not 0 <= number < float("inf"):
        raise HierarchyInvalid(
            "its weight is {weight}.",
            place="node {code}",
            fix="Give a weight of zero or more; siblings are relative.",
            weight=weight,
            code=code,
        )
    return number


def _direction(code: str, direction: float | None) -> int:
    if direction not in (1, -1, None):
        raise HierarchyInvalid(
            "its direction is {direction}.",
            place="node {code}",
            fix="Write 1 (higher is better) or -1 (lower is).",
            direction=direction,
            code=code,
        )
    return int(direction or 1)


def _check(nodes: Sequence[Node]) -> None:
    parents: dict[str, str | None] = {}
    for node in nodes:
        if node.code in parents:
            raise HierarchyInvalid(
                "it stands twice.", place="node {code}", fix="Keep one line for each node.", code=node.code
            )
        parents[node.code] = node.parent
        _weight(node.code, node.weight)
        _direction(node.code, node.direction)
    roots = [code for code, parent in parents.items() if parent is None]
    if len(roots) != 1:
        raise HierarchyInvalid(
            "it has {count} nodes without a parent: {roots}.",
            place="hierarchy",
            fix="Leave the parent empty for exactly one node, the index.",
            count=len(roots),
            roots=", ".join(roots) or Sentence("none"),
        )
    if len(nodes) == 1:
        raise HierarchyInvalid(
            "it has no indicator.", place="node {code}", fix="Add indicators below the index.", code=roots[0]
        )
    for code, parent in parents.items():
        if parent is not None and parent not in parents:
            raise HierarchyInvalid(
                "its parent {parent} is not in the hierarchy.",
                place="node {code}",
                fix="Add a line for {parent}, or name a parent that is there: {known}.",
                parent=parent,
                code=code,
                known=", ".join(dict.fromkeys(parents)),
            )
        _check_ancestors(code, parents)
    _check_sums(nodes)


def _check_ancestors(code: str, parents: Mapping[str, str | None]) -> None:
    above, seen = parents[code], {code}
    while above is not None and above in parents:
        if above in seen:
            raise HierarchyInvalid(
                "it is its own ancestor, by way of {above}.",
                place="node {code}",
                fix="Break the circle.",
                above=above,
                code=code,
            )
        seen.add(above)
        above = parents[above]


def _check_sums(nodes: Sequence[Node]) -> None:
    sums: dict[str, float] = {}
    for node in nodes:
        if node.parent is not None:
            sums[node.parent] = sums.get(node.parent, 0.0) + node.weight
    for parent, total in sums.items():
        if total <= 0:
            raise HierarchyInvalid(
                "the weights of its children add to nothing.",
                place="node {parent}",
                fix="Give at least one child a weight above zero.",
                parent=parent,
            )
