"""An own index under its own recipe: what it is built by, the first reading of the shaking, and what the text says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analysis.composite.method_text import method_markdown
from analysis.composite.own_inputs import read_own_inputs
from analysis.composite.own_results import OwnIndex, Shaking, compute_own_index, varied_levels
from iga.errors import IndicatorTableInvalid
from reports.pages.own_index import blocks
from reports.pages.own_index.blocks import OwnIndexPage
from reports.pages.own_index.parameters import OwnIndexParameters
from warehouse.language import Language

STRUCTURE = (
    "code,parent,weight,direction,name,type\nx,,,,Indeks,\np,x,2,1,Layanan,\nq,x,1,1,Ekonomi,\n"
    "a,p,2,1,Air,\nb,p,1,-1,Banjir,\nc,q,1,1,Usaha,\nd,q,1,1,Kerja,\nkota,,,,Kelompok,group\n"
)
GAP = {3: 1, 7: 2}
"""Cells without a value: unit and indicator."""
RECIPES = {
    "minmax": "",
    "zeros": 'imputation = "mean"\nscale = [0, 100]\n',
    "zscore": 'imputation = "median"\nnormalisation = "zscore"\noutliers = "log"\n',
    "equal": 'imputation = "group_mean"\nweights = "equal"\n',
    "by row": 'imputation = "row_mean"\nweights = "pca"\n',
    "goalposts": 'imputation = "mean"\nnormalisation = "goalposts"\nscale = [0, 1]\n'
    "[goalposts]\na = [0, 100]\nb = [0, 120]\nc = [10, 90]\nd = [0, 200]\n[aggregations]\nx = 'geometric'\n",
    "targets": 'imputation = "mean"\nnormalisation = "distance_to_target"\n'
    "[targets]\na = 90\nb = 20\nc = 80\nd = 95\n[aggregations]\np = 'arithmetic'\n",
    "each": 'imputation = "mean"\n[imputations]\nb = "median"\n[treatments]\na = "winsorise"\n[normalisations.a]\n'
    'method = "goalposts"\ngoalposts = [1.0, 100.0]\ntransform = "log"\n[normalisations]\nb = "rank"\n'
    '[aggregation.q]\nmethod = "generalised"\nexponent = 0.5\n',
}


def own_of(folder: Path, recipe: str, count: int = 12, table: str = "") -> OwnIndex:
    random = np.random.default_rng(5)
    lines = ["unit,a,b,c,d,kota"]
    common = random.normal(0, 12, (count, 1)) * [1, -1, 1, 1]
    for unit, values in enumerate((50 + common + random.normal(0, 6, (count, 4))).round(2)):
        cells = ["" if GAP.get(unit) == place else str(value) for place, value in enumerate(values)]
        lines.append(",".join([f"U{unit}", *cells, "satu" if unit % 2 else "dua"]))
    for name, text in (("t.csv", table or "\n".join(lines)), ("s.csv", STRUCTURE), ("r.toml", recipe)):
        (folder / name).write_text(text, encoding="utf-8")
    paths = [str(folder / name) for name in ("t.csv", "s.csv", "r.toml")]
    return compute_own_index(read_own_inputs(*paths), shaking=Shaking(draws=100, weight_sets=3))


@pytest.mark.parametrize("name", RECIPES)
def test_the_undisturbed_reading_is_the_index_of_the_page(tmp_path: Path, name: str) -> None:
    own = own_of(tmp_path, RECIPES[name])
    assert own.uncertainty is not None, own.unshaken
    grid = own.uncertainty.grid
    first = grid[(0,) * (grid.ndim - 1)]
    np.testing.assert_allclose(first, own.index.index, rtol=1e-12)
    assert {step: levels[0] for step, levels in varied_levels(own).items()} == {
        "imputation": {"minmax": "none", "each": "as in the recipe"}.get(name, own.inputs.recipe.imputation),
        "outliers": {"each": "as in the recipe"}.get(name, own.inputs.recipe.outliers or "none"),
        "normalisation": {"each": "as in the recipe"}.get(name, own.inputs.recipe.normalisation),
        "weights": "given",
        "aggregation": "arithmetic" if isinstance(own.inputs.recipe.aggregation, str) else "as in the recipe",
    }
    for axis, factor in enumerate(own.uncertainty.levels):
        if grid.shape[axis] > 1 and factor not in ("outliers", "treatments"):  # none of the values is an outlier
            assert np.ptp(grid, axis=axis).max() > 1e-9, factor


def test_the_text_names_the_steps_of_each_indicator_and_the_levels_used(tmp_path: Path) -> None:
    own = own_of(tmp_path, RECIPES["each"])
    text = method_markdown(own, "Indeks", Language("en"))
    for words in (
        "Air: Each indicator is brought onto a common scale by the lower and upper goalpost",
        "Transformed before: logarithm. Goalposts 1 and 100.",
        "Banjir: Each indicator is replaced by its rank",
        "Ekonomi: A node is the weighted generalised (power) mean of its children. Exponent 0.5.",
        "Normalisation (as in the recipe, z-score)",
        "Missing values (as in the recipe, median)",
        "those of the recipe and 2 sets within ±25%",
    ):
        assert words in text
    told = method_markdown(own_of(tmp_path, RECIPES["goalposts"]), "Indeks", Language("id"))
    assert "Banjir: Batasnya 0 dan 120." in told and "(batas tetap, skor-z)" in told


FIXED = 'normalisation = "goalposts"\n[goalposts]\na = [0, 10]\nb = [0, 10]\nc = [0, 10]\nd = [0, 10]\n'
CONSTANT = "unit,a,b,c,d,kota\nA,1,5,0.3,3,-\nB,2,5,0.30000000000000004,4,-\nC,3,5,0.3,4,-\n"
TWO = "unit,a,b,c,d,kota\nA,1,5,2,3,-\nB,2,4,7,4,-\n"


CONSTANTS = "unit,a,b,c,d,kota\nA,1,5,2,3,-\nB,2,5,2,3,-\nC,2,6,2,3,-\nD,4,6,2,3,-\nE,4,7,2,3,-\n"


@pytest.mark.parametrize("table", [TWO, CONSTANTS])
def test_every_part_of_the_page_stands_where_a_scale_is_fixed(tmp_path: Path, table: str) -> None:
    page = OwnIndexPage(
        own_of(tmp_path, FIXED, table=table), OwnIndexParameters.model_validate({"table": "t.csv"}), Language("en")
    )
    for part in (blocks.opening, blocks.framework, blocks.results, blocks.profiles, blocks.data, blocks.correlations,
                 blocks.uncertainty, blocks.methods):  # fmt: skip
        assert part(page).parts


@pytest.mark.parametrize("table", [CONSTANT, TWO])
def test_goalposts_need_neither_spread_nor_three_units(tmp_path: Path, table: str) -> None:
    own = own_of(tmp_path, FIXED, table=table)
    assert own.index.normalised.column("b")[0] == pytest.approx(1 + 99 * 0.5)
    assert own.uncertainty is not None and "normalisation" not in varied_levels(own)


@pytest.mark.parametrize(
    ("recipe", "table", "told"),
    [
        ("", CONSTANT, "indicator b"),
        (FIXED + '[normalisations]\nc = "minmax"\n', CONSTANT, "indicator c"),
        (FIXED + '[normalisations]\nd = "zscore"\n', TWO, "2 units"),
        ("", TWO, "2 units"),
    ],
)
def test_a_scale_made_of_the_values_needs_them_to_differ(tmp_path: Path, recipe: str, table: str, told: str) -> None:
    with pytest.raises(IndicatorTableInvalid) as refused:
        own_of(tmp_path, recipe, table=table)
    assert told in str(refused.value)
