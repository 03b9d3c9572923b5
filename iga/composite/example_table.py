"""The example of a composite index: a made-up table of districts, with its structure and its recipe."""

from __future__ import annotations

from importlib.resources import files

EXAMPLE_FILES = ("table.csv", "structure.csv", "recipe.toml")
"""The files of the example; every figure in them was drawn at random, and no district bears the name of a real one."""


def example_text(name: str) -> str:
    """Return one of EXAMPLE_FILES as text: UTF-8 CSV with a comma, or TOML. Raises KeyError for another name.

    `table.csv` has a row per district (`wilayah`), its group (`kelompok`), a denominator (`penduduk`) and ten
    indicators, with five cells missing and one outlier; `structure.csv` a row per element of the index and per column
    beside it; `recipe.toml` the choices that make the index.
    """
    if name not in EXAMPLE_FILES:
        raise KeyError(name)
    return files("iga.composite").joinpath("example", name).read_text(encoding="utf-8")
