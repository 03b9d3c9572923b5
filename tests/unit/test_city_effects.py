"""Files of a nation with city effects: levels go together within a city, editions are linked."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from random import Random
from statistics import mean, variance

import pytest

from etl.lake import scale_of
from simulation.city_effects import CityEffects
from simulation.entries import Entry, entries_of, units_of
from simulation.files import Simulation, simulate
from warehouse.region import region_of_code

SCALE = scale_of(2026)
REGION = region_of_code("11.01")


def season(seed: int, edition: int = 2026, count: int = 80, *, has_effects: bool = True) -> list[Entry]:
    effects = CityEffects(seed, REGION.region_code, 2024) if has_effects else None
    random = Random(f"{seed}|{edition}")
    return entries_of(REGION, edition, units_of(REGION, 48), SCALE, count, random, effects)


def content_of(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def test_effects_change_levels_documents_and_titles_alone() -> None:
    plain, effected = season(1, has_effects=False), season(1)
    assert [entry.levels for entry in plain] != [entry.levels for entry in effected]
    for before, after in zip(plain, effected, strict=True):
        left = {"levels", "documents", "title", "maturity"}
        assert {name: value for name, value in vars(before).items() if name not in left} == {
            name: value for name, value in vars(after).items() if name not in left
        }
        assert after.maturity == sum(SCALE.weights[number] * level for number, level in after.levels.items())
        assert all(0 <= level <= SCALE.top_of(number) for number, level in after.levels.items())
        assert all(after.levels[number] > 0 for number, has in after.documents.items() if has)


def test_entries_without_effects_are_those_of_the_release_before() -> None:
    told = [
        (each.title, each.levels, each.documents, each.maturity, each.latitude) for each in season(1, has_effects=False)
    ]
    assert hashlib.sha256(repr(told).encode()).hexdigest()[:16] == "351e55323b200094"


def share_of_variance(has_effects: bool) -> float:
    """The spread of city means against that of innovations; one eightieth where all are drawn by themselves."""
    cities = [[float(entry.maturity) for entry in season(seed, has_effects=has_effects)] for seed in range(12)]
    return variance([mean(city) for city in cities]) / mean([variance(city) for city in cities])


def test_cities_differ_by_more_than_chance() -> None:
    assert share_of_variance(has_effects=False) < 0.05
    assert share_of_variance(has_effects=True) > 0.1


def test_an_innovation_keeps_its_title_and_is_kindred_in_the_next_edition() -> None:
    effects = CityEffects(3, REGION.region_code, 2024)
    earlier, later = (season(3, edition) for edition in (2025, 2026))
    carried = [entry.serial for entry in later if effects.origin(2026, entry.serial) < 2026]
    assert 0.4 < len(carried) / len(later) < 0.8
    for serial in carried:
        assert earlier[serial - 1].title == later[serial - 1].title
    others = [entry.serial for entry in later if entry.serial not in carried]
    assert any(earlier[serial - 1].title != later[serial - 1].title for serial in others)

    def distance(serials: list[int]) -> float:
        return mean(abs(float(earlier[serial - 1].maturity - later[serial - 1].maturity)) for serial in serials)

    assert distance(carried) < distance(others)


@pytest.mark.parametrize("edition", [2024, 2025, 2026])
def test_a_season_does_not_depend_on_its_neighbours(edition: int) -> None:
    effects = CityEffects(3, "11.01", 2024)
    alone = effects.levels(edition, 10, SCALE)
    assert alone == effects.levels(edition, 40, SCALE)[:10]
    assert alone == CityEffects(3, "11.01", 2024).levels(edition, 10, SCALE)
    assert alone != CityEffects(4, "11.01", 2024).levels(edition, 10, SCALE)


def test_files_without_effects_are_untouched_and_with_them_have_an_spd(tmp_path: Path) -> None:
    plain = Simulation(2, 2, 6, 7)
    effected = Simulation(2, 2, 6, 7, has_city_effects=True)
    assert simulate(plain, tmp_path / "plain") == 4
    assert simulate(effected, tmp_path / "effects") == 6
    simulate(effected, tmp_path / "again")
    assert content_of(tmp_path / "effects") == content_of(tmp_path / "again")
    names = {path.relative_to(tmp_path / "plain").as_posix() for path in (tmp_path / "plain").rglob("*.*")}
    more = {path.relative_to(tmp_path / "effects").as_posix() for path in (tmp_path / "effects").rglob("*.*")} - names
    assert {Path(name).name for name in more} == {"jawaban-spd.xlsx", "11-2026-spd.json", "11.01-2026-spd.json"}
    truth = json.loads((tmp_path / "effects" / "truth" / "11.01-2026-spd.json").read_text(encoding="utf-8"))
    levels = {row["record"]["indicator_number"]: row["record"]["level"] for row in truth["rows"]}
    assert set(levels) >= {"1", "5a", "15"}
    assert len(set(levels.values())) > 1
