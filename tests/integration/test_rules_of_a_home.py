"""A rulebook in the home from file to page: every command, no earlier figure moved, snapshots that keep their rules."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from random import Random

import duckdb
import polars as pl
import pytest

from analysis import Questions, open_snapshot
from etl.publish import LoadResult, ingest
from iga.errors import RuleProblem
from iga.rulebook import load_rulebook, shipped_files
from reports.pages.basis import blocks as basis
from reports.pages.city_index.headline import headline
from reports.pages.city_index.parameters import CityIndexParameters
from reports.pages.city_index.season import read_city_season
from reports.pages.parameters import ParameterError, checked_for
from reports.pages.registry import parameters_of
from reports.run.declaration import Site
from reports.site.site_builder import build_site
from simulation.files import SUFFIX, bytes_of, export_of
from tests.conftest import TODAY, Ran
from warehouse.home import Home
from warehouse.keeping.backup import back_up, restore
from warehouse.region import resolve_city
from warehouse.rules.home_rules import rulebooks_of

OF_2026 = shipped_files().rulebooks["2026"]
OF_2030 = OF_2026.replace("edition = 2026", "edition = 2030")
OTHER_DIVISOR = ("[parameters.divisor_minimum]\nvalue = 12", "[parameters.divisor_minimum]\nvalue = 300")
CITIES = ("bengkulu", "magelang")
EARLIER = (
    "select * from {} where edition < 2030 order by all",
    ("region_index", "history.region_index", "submission", "history.submission", "observation", "region_answer"),
)


def stated(home: Home, name: str, text: str) -> None:
    """Write a file of rules into the home."""
    path = home.rulebooks / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def with_season_of_2030(home: Home) -> None:
    """Put the simulated season 2030 of two cities into the inbox."""
    for city in CITIES:
        region = resolve_city(city)
        export = export_of("l3_wide_points", region, 2030, 40, Random(city), 0.0, rulebooks_of(home))
        folder = home.inbox / city / "2030"
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{export.layout}{SUFFIX[export.file_format]}"
        (folder / name).write_bytes(bytes_of(export))
        told = f'simulated = true\n[[file]]\nname = "{name}"\nreceived = 2030-08-01\n'
        (folder / "receipt.toml").write_text(told, encoding="utf-8")


def loaded(home: Home) -> LoadResult:
    """Load the inbox."""
    return ingest(home, today=TODAY)


def earlier_rows(home: Home) -> dict[str, pl.DataFrame]:
    """Every stored figure of editions before 2030, all columns."""
    query, tables = EARLIER
    with open_snapshot(home=home.root) as snapshot:
        return {table: snapshot.sql(query.format(table)) for table in tables}


@pytest.fixture
def home(example_home: Path, tmp_path: Path) -> Home:
    """A copy of the example home, to be changed."""
    shutil.copytree(example_home, tmp_path / "home")
    return Home(tmp_path / "home")


@pytest.fixture(scope="module")
def home_2030(example_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The example with a complete rulebook 2030 and a season of that year; tests read it."""
    folder = tmp_path_factory.mktemp("rules") / "home"
    shutil.copytree(example_home, folder)
    home = Home(folder)
    stated(home, "2030.toml", OF_2030)
    with_season_of_2030(home)
    loaded(home)
    return home


@pytest.fixture
def snapshot(home_2030: Home) -> Iterator[Questions]:
    """Its snapshot."""
    with open_snapshot(home=home_2030.root) as opened:
        yield opened


def test_a_rulebook_alone_changes_nothing(home: Home) -> None:
    before = loaded(home).snapshot_id
    stated(home, "2030.toml", OF_2030)
    result = loaded(home)
    assert (result.snapshot_id, result.is_new) == (before, False)


def test_no_figure_of_an_earlier_edition_moves(example_home: Path, home_2030: Home) -> None:
    before, after = earlier_rows(Home(example_home)), earlier_rows(home_2030)
    assert before.keys() == after.keys()
    for table, rows in before.items():
        assert rows.height and rows.equals(after[table]), table


def test_the_new_edition_is_computed_by_the_rulebook_of_the_home(snapshot: Questions) -> None:
    for city in CITIES:
        (row,) = snapshot.index(city, 2030).frame.rows(named=True)
        assert (row["rulebook"], row["is_estimate"]) == ("2030", False)
        assert row["innovation_count"] == 40
    assert snapshot.rules_of_home == {"2030": ("rulebooks/2030.toml", False)}


BY_TRIAL = (
    '[assumptions.stages_scored]\ndefault = ["implementation"]\n',
    '[assumptions.stages_scored]\ndefault = ["implementation"]\nothers = [{ value = ["trial"], source = ["S1"], '
    'note_id = "Ada yang menilai uji coba.", note_en = "Some score trials." }]\n',
)


@pytest.mark.parametrize("lang", ["id", "en"])
def test_a_city_page_shows_both_predicates_where_a_convention_decides(home: Home, lang: str) -> None:
    asked = CityIndexParameters.model_validate({"city": "bengkulu", "edition": 2026, "lang": lang})
    with open_snapshot(home=home.root) as opened:
        before = headline(read_city_season(opened, asked)).html
    stated(home, "2026.toml", OF_2026.replace(*BY_TRIAL))
    loaded(home)
    with open_snapshot(home=home.root) as opened:
        season = read_city_season(opened, asked)
    [read] = season.other_readings
    assert (read.switch, read.predicate) == ("stages_scored", "very_innovative")
    assert read.other_predicate not in (None, "very_innovative")
    told = headline(season).html
    note = {"id": "Ada yang menilai uji coba.", "en": "Some score trials."}[lang]
    assert note in told and note not in before
    assert season.language.label("predicate", read.other_predicate) in told.partition(note)[2]


COMMANDS = {
    "rules": "rules 2030",
    "index": "index --edition 2030",
    "narrows": "index --what-narrows --edition 2030",
    "unmapped": "index --unmapped --city bengkulu --edition 2024 --rules 2030",
    "rank": "rank --edition 2030 --rules 2030 --assume ties=max",
    "explain": "explain bengkulu 2026 2030",
    "readiness": "readiness bengkulu 2030",
    "raise": "plan raise bengkulu 2030 --budget 10",
    "joint": "plan joint bengkulu 2030",
    "hold": "plan hold bengkulu 2030 --rules 2030",
    "trace": "trace bengkulu 2030 --column iid",
    "export": "export panel --out {out}/panel",
    "status": "status",
    "control": "template control-sheet --city bengkulu --edition 2030 --out {out}/template",
    "spd": "template spd-answers --city bengkulu --edition 2030 --out {out}/template",
    "simulate": "simulate --out {out}/simulated --regions 1 --editions 1 --innovations 5",
    "scenario": "plan what-if bengkulu 2030 {scenario}",
}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_knows_it(home_2030: Home, tmp_path: Path, iga: Callable[..., Ran], name: str) -> None:
    scenario = tmp_path / "coba.toml"
    scenario.write_text('name = "coba"\nrulebook = "2030"\nhold_below = 50\n', encoding="utf-8")
    words = COMMANDS[name].format(out=tmp_path, scenario=scenario).split()
    ran = iga(*words, home=home_2030.root)
    assert ran.exit_code == 0, ran.err
    if name in ("rules", "status"):
        assert "Rules 2030 are those of this home: rulebooks/2030.toml." in ran.out
    if name == "simulate":
        assert (tmp_path / "simulated" / "inbox" / "11" / "2030").is_dir()


def test_a_site_of_the_new_edition_is_built_and_says_whose_rules_they_are(home_2030: Home) -> None:
    words = {"id": "x", "en": "x"}

    def part(notebook: str, page: str, **parameters: object) -> dict[str, object]:
        told = {"title": words, "heading": words, "subtitle": words, "page": page, "name": page}
        return {**told, "notebook": notebook, "parameters": parameters, "outputs": ["html", "xlsx"]}

    site = Site.model_validate(
        {
            "name": "esok",
            "title": words,
            "subtitle": words,
            "parts": [
                part("city_index", "kota", city="bengkulu", edition=2030, rulebook="2030"),
                part("compare_cities", "banding", cities=list(CITIES), editions=[2026, 2030]),
                part("explain", "sebab", city="bengkulu", from_edition=2026, to_edition=2030),
                part("next_edition", "kesiapan", city="bengkulu", edition=2030),
            ],
            "front": "contents",
        }
    )
    built = build_site(site, home=home_2030.root, lang="id", jobs=2)
    assert [(outcome.page, outcome.status, outcome.cause) for outcome in built.outcomes] == [
        (page, "built", "") for page in ("kota", "banding", "sebab", "kesiapan")
    ]
    text = (home_2030.reports / "esok" / "kota.html").read_text(encoding="utf-8")
    assert "milik folder kerja ini: rulebooks/2030.toml" in text


def test_parameters_of_a_notebook_are_checked_by_the_rules_of_the_home(home_2030: Home, example_home: Path) -> None:
    values = {"city": "bengkulu", "edition": 2030, "rulebook": "2030"}
    with checked_for(home_2030):
        assert parameters_of("city_index", values).rulebook == "2030"
    with checked_for(Home(example_home)), pytest.raises(ParameterError, match="2029"):
        parameters_of("city_index", values)


def test_a_changed_rulebook_gives_new_figures_and_a_cited_snapshot_answers_as_before(home: Home) -> None:
    stated(home, "2030.toml", OF_2030)
    with_season_of_2030(home)
    first = loaded(home).snapshot_id

    def told(snapshot: Questions) -> list[object]:
        season = snapshot.season("bengkulu", 2030)
        again = snapshot.index("bengkulu", 2030, rules=2030).frame
        return [season.index(), season.position(), again.rows(), snapshot.method(), snapshot.rulebooks.of(2030).hash]

    with open_snapshot(first, home.root) as snapshot:
        before = told(snapshot)
    stated(home, "2030.toml", OF_2030.replace(*OTHER_DIVISOR))
    second = loaded(home).snapshot_id
    assert second != first
    with open_snapshot(first, home.root) as old, open_snapshot(home=home.root) as new:
        assert told(old) == before
        low, lower = (each.index("bengkulu", 2030).frame["iid_lower"].item() for each in (old, new))
        assert (new.snapshot_id, lower) == (second, lower) and Decimal(0) < lower < low
        assert new.rulebooks.of(2030).parameters.divisor_minimum.value == 300
    assert earlier_rows(home)["region_index"].height
    (home.rulebooks / "2030.toml").unlink()
    with open_snapshot(first, home.root) as old:
        assert told(old) == before, "also after the file has gone"


def test_a_faulty_rulebook_stops_only_its_own_edition(home: Home, iga: Callable[..., Ran]) -> None:
    before = earlier_rows(home)
    stated(home, "2030.toml", OF_2030.replace("[parameters.count_cap]\nvalue", "[parameters.count_cap]\nvolue"))
    with_season_of_2030(home)
    ran = iga("ingest", home=home.root)
    assert ran.exit_code == 3
    assert "Not used: rulebooks/2030.toml, line" in ran.err
    assert "has no rulebook" not in ran.err
    after = earlier_rows(home)
    assert all(rows.equals(after[table]) for table, rows in before.items())
    with open_snapshot(home=home.root) as snapshot:
        assert snapshot.sql("select count(*) from submission where edition = 2030").item() == 80
        assert snapshot.sql("select count(*) from region_index where edition = 2030").item() == 0
        with pytest.raises(RuleProblem, match=r"rulebooks/2030\.toml, line"):
            snapshot.index("bengkulu", 2026, rules=2030)
        assert snapshot.index("bengkulu", 2026).frame.height
    assert "rulebooks/2030.toml, baris" in iga("status", home=home.root, lang="id").out
    assert iga("rules", "2030", home=home.root).exit_code == 3
    assert iga("rules", "2026", home=home.root).exit_code == 0


def test_a_rulebook_over_a_shipped_one_counts_and_a_faulty_one_is_not_replaced_by_it(home: Home) -> None:
    before = earlier_rows(home)["region_index"]
    stated(home, "2026.toml", OF_2026.replace(*OTHER_DIVISOR))
    loaded(home)
    after = earlier_rows(home)["region_index"]
    of_2026 = pl.col("rulebook") == "2026"
    assert after.filter(~of_2026).equals(before.filter(~of_2026))
    assert set(after.filter(of_2026)["rulebook_hash"]) != {load_rulebook(2026).hash}
    with open_snapshot(home=home.root) as snapshot:
        assert snapshot.rules_of_home == {"2026": ("rulebooks/2026.toml", True)}
        asked = parameters_of("city_index", {"city": "bengkulu", "edition": 2026})
        told = basis.read_basis(snapshot, basis.scope_of(asked), "en")
        assert (
            "stated by this home in place of the shipped rules: rulebooks/2026.toml" in basis.shown(told)._repr_html_()
        )
    stated(home, "2026.toml", OF_2026.replace("value = 63\n", "value = 64\n", 1))
    result = loaded(home)
    assert (result.editions_lost, result.editions_without_rulebook) == ([2026], [])
    assert earlier_rows(home)["region_index"].equals(before.filter(~of_2026))
    (home.rulebooks / "2026.toml").unlink()
    loaded(home)
    assert earlier_rows(home)["region_index"].equals(before)


def test_two_lines_are_enough(home: Home, iga: Callable[..., Ran]) -> None:
    before = earlier_rows(home)
    stated(home, "2030.toml", "edition = 2030\nbased_on = 2029\n")
    with_season_of_2030(home)
    for command in (["rules", "2030"], ["ingest"], ["index", "--edition", "2030"], ["readiness", "bengkulu", "2030"]):
        ran = iga(*command, home=home.root)
        assert ran.exit_code == 0, ran.err
    after = earlier_rows(home)
    assert all(rows.equals(after[table]) for table, rows in before.items())
    with open_snapshot(home=home.root) as snapshot:
        kept = snapshot.sql("select name from snapshot_rule_file where kind = 'rulebook'")["name"]
        assert {"2026", "2027", "2028", "2029", "2030"} <= set(kept)
        assert snapshot.rulebooks.own.of(2030).bases[:2] == (2029, 2028)


def test_a_snapshot_of_schema_4_answers_by_the_rulebooks_that_it_holds(home: Home) -> None:
    with open_snapshot(home=home.root) as snapshot:
        before = snapshot.index("bengkulu", 2024, rules=2026).frame
        path = snapshot.path
    path.chmod(0o644)
    with duckdb.connect(str(path)) as connection:
        connection.execute("drop table snapshot_rule_file")
        for column in ("home_file", "is_over_shipped"):
            connection.execute(f"alter table snapshot_rulebook drop column {column}")
        connection.execute("update snapshot set schema_version = 4")
    stated(home, "2026.toml", OF_2026.replace(*OTHER_DIVISOR))
    with open_snapshot(home=home.root) as snapshot:
        assert snapshot.rules_of_home == {}
        assert snapshot.rulebooks.of(2026) == load_rulebook(2026)
        assert snapshot.index("bengkulu", 2024, rules=2026).frame.equals(before)


def test_a_backup_holds_the_rules_of_the_home(home: Home, tmp_path: Path) -> None:
    stated(home, "2030.toml", OF_2030)
    stated(home, "crosswalks/2026_2030.csv", "indicator_number,level\n")
    back_up(home, tmp_path / "backup.tar.gz", datetime(2030, 1, 1, tzinfo=UTC))
    other = Home(tmp_path / "other")
    restore(tmp_path / "backup.tar.gz", other)
    assert (other.rulebooks / "2030.toml").read_text(encoding="utf-8") == OF_2030
    assert (other.rulebooks / "crosswalks" / "2026_2030.csv").is_file()
