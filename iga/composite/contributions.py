"""What each child of a node adds to it, unit by unit: the pieces of a bar that add up to the score."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
from narwhals.typing import IntoDataFrameT

from iga.composite.index import CompositeIndex
from iga.composite.table import frame_of
from iga.errors import MethodRefused

ADDS_UP = 1e-9
"""How far the pieces may miss the score, as a share of the largest one."""


def contributions(index: CompositeIndex[IntoDataFrameT], node: str | None = None) -> IntoDataFrameT:
    """Return the contribution of each child to a node (otherwise to the index): unit, element, contribution.

    A contribution is the share of the child among the children that the unit has, times the child's score; those of a
    unit add up to the score. That holds for arithmetic means alone, so whether they do is what is checked, not the name
    of the method: raises MethodRefused where they do not. A unit without a score has none.
    """
    code = index.hierarchy.root if node is None else node
    children = index.hierarchy.children[code]
    scores = np.column_stack([index.scores.column(child) for child in children])
    shares = np.array([index.hierarchy.share(child) for child in children]) * ~np.isnan(scores)
    with np.errstate(invalid="ignore", divide="ignore"):
        pieces = np.nan_to_num(scores) * shares / shares.sum(axis=1, keepdims=True)
    totals = index.scores.column(code)
    is_known = ~np.isnan(totals)
    gap = np.abs(pieces[is_known].sum(axis=1) - totals[is_known])
    if gap.size and gap.max() > ADDS_UP * max(1.0, float(np.abs(totals[is_known]).max())):
        raise MethodRefused(
            "what its children add does not add up to it, since it is no arithmetic mean.",
            place="node {code}",
            fix="Show the scores of the children side by side.",
            code=code,
        )
    rows: dict[str, list[Hashable]] = {name: [] for name in ("unit", "element", "contribution")}
    for place in np.flatnonzero(is_known):
        for child, piece, score in zip(children, pieces[place], scores[place], strict=True):
            if not np.isnan(score):
                for column, figure in zip(rows, (index.scores.units[place], child, float(piece)), strict=True):
                    rows[column].append(figure)
    return frame_of(index.scores, rows)
