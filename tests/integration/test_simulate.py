"""A simulated inbox is the same at every run, loads without a held file, and keeps its mark."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from analysis import open_snapshot
from etl.outgoing.return_to_sender import write_returns
from etl.publish import ingest
from simulation.files import MIXED, Simulation, simulate
from tests.conftest import TODAY, Ran
from warehouse.home import Home


def test_the_same_seed_gives_the_same_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert simulate(Simulation(2, 2, 5, 7), tmp_path / name) == 4
    files = {
        path.relative_to(tmp_path / "a"): path.read_bytes() for path in (tmp_path / "a").rglob("*") if path.is_file()
    }
    assert files
    assert all((tmp_path / "b" / name).read_bytes() == content for name, content in files.items())


def test_every_layout_loads_into_one_audited_snapshot(tmp_path: Path) -> None:
    simulate(Simulation(len(MIXED), 2, 12, 1), tmp_path)
    home = Home.at(tmp_path)
    result = ingest(home, today=TODAY)
    assert result.held.is_empty()
    assert set(MIXED) <= set(result.receipts["layout"])
    truths = [json.loads(path.read_text(encoding="utf-8")) for path in (tmp_path / "truth").iterdir()]
    counted = {"accepted": 0, "merged": 0, "quarantined": 0}
    for truth in truths:
        for row in truth["rows"]:
            counted[row["outcome"]] += 1
    seasons = result.receipts.filter(result.receipts["layout"] != "template_unit_register")
    assert {name: seasons[f"{name}_count"].sum() for name in counted} == counted
    with open_snapshot(home=tmp_path) as snapshot:
        assert snapshot.is_simulated
        flags = snapshot.sql("select count(*) from answer where basis = 'flag' and is_complete is not null").item()
        assert flags > 0
        assert snapshot.sql("select count(*) from submission where latitude between -11.5 and 6.5").item() > 0
    returns = write_returns(home, result.receipts, result.quarantine)
    assert {returned.file_name for returned in returns} == {
        name
        for name, sha in result.receipts.select("file_name", "file_sha256").iter_rows()
        if sha in set(result.quarantine.filter(result.quarantine["rule"] != "duplicate_row")["file_sha256"])
    }
    again = ingest(home, today=TODAY)
    assert (again.parsed_count, again.is_new, again.snapshot_id) == (0, False, result.snapshot_id)
    assert again.receipts.height == result.receipts.height


def test_simulate_refuses_a_folder_with_files(iga: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    ran = iga("simulate", "--out", str(tmp_path), "--regions", "1", "--editions", "1")
    assert ran.exit_code == 10
    assert "not empty" in ran.err


def test_the_command_line_reads_a_file_under_a_drafted_layout(iga: Callable[..., Ran], tmp_path: Path) -> None:
    simulate(Simulation(1, 1, 5, 1, ("l8_html_export",), 0), tmp_path)
    (file,) = tmp_path.rglob("*.xls")
    draft = iga("layout", "propose", str(file), "--name", "baru", "--print")
    assert draft.exit_code == 0
    (tmp_path / "baru.toml").write_text(draft.out, encoding="utf-8")
    ran = iga("layout", "check", str(file), str(tmp_path / "baru.toml"), "--edition", "2026", "--format", "json")
    assert {row["field"]: row["rejected_count"] for row in json.loads(ran.out)}["title"] == 0
    assert iga("layout", "check", str(file), "l9_simonda").exit_code == 3


def test_a_nation_with_city_effects_loads_with_its_spd(iga: Callable[..., Ran], tmp_path: Path) -> None:
    ran = iga("simulate", "--out", str(tmp_path), "--regions", "2", "--editions", "2", "--innovations", "20",
              "--city-effects", "--defects", "0")  # fmt: skip
    assert ran.exit_code == 0
    result = ingest(Home.at(tmp_path), today=TODAY)
    assert result.held.is_empty()
    truths = {
        path.name.partition("-")[0]: json.loads(path.read_text(encoding="utf-8"))["rows"]
        for path in (tmp_path / "truth").glob("*-2026-spd.json")
    }
    with open_snapshot(home=tmp_path) as snapshot:
        kept = snapshot.sql("select region_code, indicator_number, level from region_answer where edition = 2026")
        both = snapshot.sql("select title from submission group by title having count(distinct edition) = 2")
    for code, rows in truths.items():
        found = dict(kept.filter(region_code=code).select("indicator_number", "level").iter_rows())
        assert found == {row["record"]["indicator_number"]: row["record"]["level"] for row in rows}
    assert len(truths) == 2
    assert both.height > 5
