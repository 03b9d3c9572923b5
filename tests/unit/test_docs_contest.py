"""The page on contests: the declaration that it shows is one, and its examples of headers are read as it says."""

from __future__ import annotations

import re
import tomllib

from analysis.contest.declarations import Contest
from tests.conftest import ROOT


def test_the_declaration_of_the_page_can_be_used() -> None:
    page = (ROOT / "docs" / "contest.md").read_text(encoding="utf-8")
    [text] = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    contest = Contest.model_validate({"name": "contoh", **tomllib.loads(text)})
    assert [contest.place_text(place) for place in (1, 3, 4, 6, 7)] == [
        "Juara I",
        "Juara III",
        "Harapan 1",
        "Harapan 3",
        "",
    ]
    assert contest.category_code("Sekolah Dasar (SD)", None) == "sd"
    assert contest.category_code("Perangkat Daerah / OPD", None) == "perangkat_daerah"
    assert contest.category_code("Kategori Lain", None) is None
    assert contest.category_code("", "Dinas Kesehatan") == "perangkat_daerah"
    assert contest.stage_called("Lapangan") is contest.stage[2]
    assert contest.juror[0].leaves_for("juri 2", "SD NEGERI 1") and not contest.juror[0].leaves_for(
        "Juri 1", "SD Negeri 1"
    )
