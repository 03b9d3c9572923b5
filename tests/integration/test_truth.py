"""Simulated files in every layout, held to their truth: nothing differs in silence; the docs bear the tables."""

from __future__ import annotations

import os
import re
from functools import cache
from random import Random

import pytest

from etl.lake import scale_of
from simulation.draft import Original
from simulation.exports import PRINTERS, WRITERS
from simulation.files import LISTS, bytes_of, export_of, reporting_regions, undamaged_list
from simulation.recaps import RECAPS
from simulation.structure import STRUCTURES, Damage, damaged
from simulation.structure_truth import Judgement, judged
from simulation.truth import Verdict, judge
from tests.conftest import ROOT

PAGE = ROOT / "docs" / "ingest_truth.md"
EDITIONS = (2022, 2023, 2026)
"""One without a rulebook, and two with rules of their own."""
SEEDS = 2
ALL = [*WRITERS, *PRINTERS, *RECAPS]
INNOVATIONS = 30
DAMAGED_EDITION = EDITIONS[-1]
DAMAGED_INNOVATIONS = 12


@cache
def verdict_of(layout: str, share: float) -> Verdict:
    whole = Verdict()
    for edition in EDITIONS:
        for seed in range(1 if layout in RECAPS else SEEDS):
            region = reporting_regions()[seed * 100]
            random = Random(f"{layout}|{edition}|{seed}")
            export = export_of(layout, region, edition, INNOVATIONS, random, share)
            whole.add(judge(export, bytes_of(export), scale_of(edition)))
    return whole


@pytest.mark.parametrize("layout", ALL)
def test_clean_rows_are_right_cell_by_cell(layout: str) -> None:
    verdict = verdict_of(layout, 0)
    assert verdict.silent == []
    assert verdict.right_cells == verdict.cells > 0


@pytest.mark.parametrize("layout", ALL)
def test_every_defect_is_repaired_by_rule_or_told_at_its_cell(layout: str) -> None:
    verdict = verdict_of(layout, 0.3)
    assert verdict.silent == []
    assert verdict.caught_defects == verdict.defects


@cache
def original_in(layout: str) -> Original:
    return undamaged_list(layout, reporting_regions()[100], DAMAGED_EDITION, DAMAGED_INNOVATIONS, 1)


@cache
def judgement_of(damage: Damage) -> Judgement:
    whole = Judgement()
    for layout in LISTS:
        random = Random(f"{damage.__name__}|{layout}")
        if (draft := damaged(original_in(layout), damage, random)) is not None:
            whole.add(judged(draft, scale_of(DAMAGED_EDITION)))
    return whole


@pytest.mark.parametrize("damage", STRUCTURES, ids=lambda damage: damage.__name__)
def test_no_damage_to_the_structure_changes_a_value_in_silence(damage: Damage) -> None:
    judgement = judgement_of(damage)
    assert judgement.silent == []
    assert judgement.files > 0
    assert judgement.right + judgement.told == judgement.values > 0


def _place(layout: str) -> tuple[int, int]:
    """By the number of the layout; templates last."""
    found = re.match(r"l(\d+)", layout)
    return (int(found[1]) if found else 99, ALL.index(layout))


def page() -> str:
    lines = [
        "# Pembacaan diuji dengan kebenaran / Ingest judged by its truth",
        "",
        "Berkas simulasi setiap susunan dibaca tanpa diberi tahu susunannya, lalu dibandingkan dengan kebenarannya.",
        "Tabel ini ditulis oleh `tests/integration/test_truth.py` (`IGA_WRITE_DOCS=1`); uji gagal bila tabelnya usang.",
        "",
        "*Simulated files of each layout are read without being told the layout, and held to their truth.*",
        "*Cells: of all rows that count. Defects: cells broken on purpose; caught: named at their exact sheet, row*",
        "*and column under their rule. Merged: repeated rows, further evidence files, further lines of a form.*",
        "*Silent: read otherwise than it is, or set aside without being wrong.*",
        "",
        "| layout | rows | cells | right | defects | caught | merged | silent |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for layout in sorted(ALL, key=_place):
        verdict = Verdict()
        verdict.add(verdict_of(layout, 0))
        verdict.add(verdict_of(layout, 0.3))
        counts = (verdict.rows, verdict.cells, verdict.right_cells, verdict.defects, verdict.caught_defects,
                  verdict.merged, len(verdict.silent))  # fmt: skip
        lines.append(f"| `{layout}` | " + " | ".join(map(str, counts)) + " |")
    return "\n".join([*lines, *damage_lines(), ""])


def damage_lines() -> list[str]:
    """The difficult half: lists whose structure people and programs have damaged."""
    lines = [
        "",
        "## Struktur yang rusak / Damaged structure",
        "",
        "Daftar inovasi yang benar dirusak strukturnya, satu kerusakan per berkas, lalu dibaca tanpa petunjuk apa pun.",
        "Setiap nilai harus terbaca benar, atau disebut: di selnya, di barisnya, atau karena berkasnya ditahan.",
        "",
        "*True lists of innovations with one damage to their structure each, read without being told anything.*",
        "*Right: read as it is. Told: set aside at its cell, with its row, or with the whole file, which is held; or*",
        "*its column is named as absent. Silent: neither.*",
        "",
        "| damage | what is done | files | held | values | right | told | silent |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for damage in STRUCTURES:
        judgement = judgement_of(damage)
        counts = (judgement.files, judgement.held, judgement.values, judgement.right, judgement.told,
                  len(judgement.silent))  # fmt: skip
        done = (damage.__doc__ or "").partition("\n")[0]
        lines.append(f"| `{damage.__name__}` | {done} | " + " | ".join(map(str, counts)) + " |")
    return lines


def test_the_docs_bear_the_table() -> None:
    if os.environ.get("IGA_WRITE_DOCS"):
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page(), "run: IGA_WRITE_DOCS=1 pytest tests/integration/test_truth.py"
