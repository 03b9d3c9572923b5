"""The profile of an index: each line's figures on a small season, and what adds up to what the city lacks of 100."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace
from typing import Any, cast

import polars as pl
import pytest

from analysis import open_snapshot
from analysis.index.hand_check import counted_innovations
from analysis.index.index_profile import (
    SCHEMA,
    IndexProfile,
    Part,
    ProfileNotComputed,
    profile_from,
    profile_of,
    read_index_profile,
)
from analysis.index.profile_words import profile_notes
from analysis.index.strengths import standing_rule
from analysis.season.frames import SeasonFrames, is_scored, read_season_frames
from iga.index.exact import index_bounds
from iga.rulebook import load_rulebook
from reports.blocks.content import Figure
from reports.pages.city_index.profile_chart import costs
from reports.pages.city_index.season import CitySeason
from tests.city_files import CONTROL_HEADER, SPD_HEADER, exported, html_export, load, put, workbook
from warehouse import Snapshot
from warehouse.home import Home
from warehouse.language import Language

RULES = load_rulebook("2026")
SID = [group.number for group in RULES.sid_groups]
FULL = dict.fromkeys(SID, 3)


def small_season(
    innovations: list[tuple[Mapping[str, int], int | None]], spd: Mapping[str, int | None], *, status: str = "sent"
) -> SeasonFrames:
    """Kota Bengkulu 2026 with innovations (levels by indicator, stated total in hundredths) and SPD levels."""
    count = len(innovations)
    submissions = pl.DataFrame({
        "submission_id": [f"s{place:03}" for place in range(count)], "innovation_id": [str(p) for p in range(count)],
        "title": "Inovasi", "unit_name": "Dinas A",
        "region_code": "17.71", "edition": pl.Series([2026] * count, dtype=pl.Int32), "as_of": "2026-08-01",
        "claimed_score_x100": pl.Series([total for _, total in innovations], dtype=pl.Int32),
        "stage": "implementation", "status": status, "main_affair_code": [f"0{p % 6 + 1}" for p in range(count)],
        "cross_affair_codes": pl.Series([None] * count, dtype=pl.String), "is_simulated": False,
    })  # fmt: skip
    answered = [
        (f"s{place:03}", number, "claimed", level, None, None)
        for place, (levels, _) in enumerate(innovations)
        for number, level in levels.items()
    ]
    answers = pl.DataFrame(
        answered,
        schema={
            "submission_id": pl.String, "indicator_number": pl.String, "score_kind": pl.String, "level": pl.Int8,
            "is_complete": pl.Boolean, "points_x100": pl.Int32,
        },
        orient="row",
    )  # fmt: skip
    lines = pl.DataFrame({
        "region_code": "17.71", "edition": pl.Series([2026] * len(spd), dtype=pl.Int32),
        "indicator_number": list(spd), "score_kind": "claimed",
        "level": pl.Series(list(spd.values()), dtype=pl.Int8),
        "points_x100": pl.Series([
            None if level is None else RULES.indicator(number).weight_x100 * level for number, level in spd.items()
        ], dtype=pl.Int32),
        "is_simulated": False,
    })  # fmt: skip
    return SeasonFrames("17.71", 2026, "claimed", RULES, submissions, answers, lines)


def exact_index(frames: SeasonFrames) -> tuple[Fraction, Fraction]:
    """The unrounded index as the exact form computes it, from the season's sums."""
    assumed = frames.rulebook.assumptions
    row = frames.stated_index()
    scored = pl.concat([frames.scored(), frames.quarantined().filter(is_scored(assumed))], how="diagonal_relaxed")
    sums = [
        sum((Fraction(value, 100) for value in scored[f"maturity_{end}_x100"].fill_null(most)), Fraction(0))
        for end, most in (("lower", 0), ("upper", 11100))
    ]
    spd = frames.spd_x100()
    bounds = index_bounds(
        RULES,
        spd=(Fraction(spd[0], 100), Fraction(spd[1], 100)),
        maturity_sum=(sums[0], sums[1]),
        in_divisor=int(row["divisor"]),
        counted=int(counted_innovations(frames)["is_counted"].sum()),
        basic_services=(int(row["basic_service_lower"]), int(row["basic_service_upper"])),
    )
    assert bounds is not None
    return bounds


def row_of(profile: IndexProfile, number: str) -> dict[str, Any]:
    return profile.frame.filter(pl.col("indicator_number") == number).row(0, named=True)


LINES = {
    # number: level, points, maximum, lost points, lost index, known, reason
    "16": ("2.5", "7.5", "9", "1.5", "0.5000", 2, None),
    "35": ("1.5", "6", "12", "6", "2.0000", 2, None),
    "20": ("3", "3", "3", "0", "0.0000", 2, None),
    "12": ("1", "2", "6", "4", "1.6000", 1, None),
    "8": ("3", "4.5", "4.5", "0", "0.0000", 1, None),
    "14": (None, None, "3", None, None, 0, "spd_line_not_received"),
}
"""Two innovations with levels and eight with a total alone, in a divisor of 12: of a line 1/12 of its points each."""


@pytest.fixture
def frames() -> SeasonFrames:
    partly = FULL | {"16": 2, "35": 0}
    bare: list[tuple[Mapping[str, int], int | None]] = [({}, 9000)] * 8
    spd = {group.number: 3 for group in RULES.spd_groups} | {"12": 1, "14": None}
    return small_season([(FULL, 11100), (partly, 11100 - 300 - 1200), *bare], spd)


@pytest.mark.parametrize("number", LINES)
def test_a_line_has_its_figures(frames: SeasonFrames, number: str) -> None:
    level, points, maximum, lost, lost_index, known, reason = LINES[number]
    row = row_of(profile_from(frames), number)
    if number in ("16", "35"):  # in the mean of 12 places, not of the two that are known
        lost_index = str(Decimal(lost or 0) * 2 / 12 / 250 * 100)
    figures = [row[name] for name in ("level", "points", "maximum_points", "lost_points")]
    assert figures == [None if value is None else Decimal(value) for value in (level, points, maximum, lost)]
    if lost_index is None:
        assert row["lost_index"] is None and row["standing"] == "unknown"
    else:
        assert row["lost_index"] == Decimal(lost_index).quantize(Decimal("0.0001"))
    assert (row["known_count"], row["reason"]) == (known, reason)
    assert row["scored_count"] == (1 if row["part"] == "spd" else 10)


def test_the_balance_names_every_cause(frames: SeasonFrames) -> None:
    balance = profile_from(frames).balance
    of_places = Fraction(100, 250) / 12
    assert {code: bounds for code, bounds in balance.items() if any(bounds)} == {
        "spd_lines": (Fraction(16, 10), Fraction(16, 10)),
        "spd_unknown": (0, Fraction(12, 10)),
        "sid_lines": (15 * of_places, 15 * of_places),
        "sid_without_levels": (8 * 21 * of_places, 8 * 21 * of_places),
        "divisor_places": (2 * 111 * of_places, 2 * 111 * of_places),
        "count": ((76 - Fraction(38, 10)) * Fraction(100, 250),) * 2,
    }


SEASONS: dict[str, list[tuple[Mapping[str, int], int | None]]] = {
    "all levels": [(FULL, 11100)] * 14,
    "a total that is not that of the levels": [(FULL, 10000)] * 13 + [(FULL | {"31": 1}, None)],
    "nothing known": [({}, None)] * 3,
    "one line missing": [(dict.fromkeys(SID[1:], 2), None), (dict.fromkeys(SID[1:], 2), 7000)],
}


@pytest.mark.parametrize("name", SEASONS)
@pytest.mark.parametrize("spd", [{}, {"12": 1, "14": None}, {group.number: 2 for group in RULES.spd_groups}])
def test_the_causes_add_up_to_what_is_lacking_of_100(name: str, spd: Mapping[str, int | None]) -> None:
    season = small_season(SEASONS[name], spd or {"14": None})
    least, most = profile_from(season).lacking
    assert (100 - most, 100 - least) == exact_index(season)


@pytest.mark.parametrize("region", ["17.71", "18.71", "33.71"])
def test_the_causes_add_up_for_the_example_cities(example: Snapshot, region: str) -> None:
    frames = read_season_frames(example, region, 2026)
    profile = read_index_profile(example, region, 2026)
    least, most = profile.lacking
    assert (100 - most, 100 - least) == exact_index(frames)
    sid = sum((line.lost_index or 0 for line in profile.of("sid")), Fraction(0))
    spd = sum((line.lost_index or 0 for line in profile.of("spd")), Fraction(0))
    assert (spd, sid) == (profile.balance["spd_lines"][0], profile.balance["sid_lines"][0])


def test_bengkulu_lacks_4_70_points_of_the_index_by_its_spd(example: Snapshot) -> None:
    profile = read_index_profile(example, "17.71", 2026)
    assert profile.cost_of("spd") == (Fraction(47, 10), Fraction(47, 10))
    dearest = profile.of("spd")[0]
    assert dearest.group.key == "innovator_awards"
    assert (dearest.level, dearest.lost_index) == (Fraction(2), Fraction(8, 10))
    assert dearest.standing == "weakness"
    assert row_of(profile, "12")["peer_mean"] == Decimal("5.0000")  # levels 3 and 2 of the other two cities


def test_the_sentences_name_what_is_lacking_and_the_dearest_lines(example: Snapshot) -> None:
    notes = profile_notes(read_index_profile(example, "17.71", 2026), "Kota Bengkulu", "kota", Language("id"))
    assert notes[0] == (
        "Kota Bengkulu 2026 kurang 14,62 dari 100 poin indeks: 4,70 pada baris pemerintah daerah sendiri (SPD), "
        "9,92 pada kematangan inovasi, 0,00 pada jumlah inovasi."
    )
    [weak] = [note for note in notes if note.startswith("Kelemahan SPD (3)")]
    assert "Penghargaan bagi inovator (0,80); Jumlah peningkatan investasi (0,60)" in weak
    assert standing_rule().text("id") in notes


def test_what_is_unknown_is_null_with_its_reason(example: Snapshot) -> None:
    profile = read_index_profile(example, "33.71", 2026)
    frame = profile.frame
    assert frame.schema == pl.Schema(SCHEMA) and frame.height == 40
    sid = frame.filter(pl.col("part") == "sid")
    for name in ("level", "points", "lost_points", "lost_index", "change_level"):
        assert sid[name].null_count() == sid.height
    assert set(sid["reason"]) == {"no_levels"} and set(sid["standing"]) == {"unknown"}
    assert row_of(profile, "14")["reason"] == "spd_line_not_received"
    assert frame["country_mean"].null_count() == frame.height
    assert frame.filter(pl.col("change_level").is_null() & pl.col("change_reason").is_null()).is_empty()
    # One city of the example has no levels of innovations: for the others a single region is left, which is no mean.
    alone = read_index_profile(example, "17.71", 2026).frame.filter(pl.col("part") == "sid")
    assert set(alone["peer_count"]) == {1} and alone["peer_mean"].null_count() == alone.height


@pytest.mark.parametrize("edition", [2023, 2025])
def test_an_edition_without_complete_rules_is_not_computed(example: Snapshot, edition: int) -> None:
    with pytest.raises(ProfileNotComputed, match="not known completely"):
        profile_of(example, "17.71", edition)


def test_another_editions_list_is_not_used(example: Snapshot) -> None:
    with pytest.raises(ProfileNotComputed, match="another edition"):
        profile_of(example, "17.71", 2023, rulebook=RULES)


STANDINGS = [
    # points, lost, losses of the part, points of peers (of 9): standing
    (None, None, [], [], "unknown"),
    (9, 0, [0, 1, 2], [9, 9], "strength"),
    (3, 6, [1, 2, 6, 6], [3, 3], "weakness"),
    (3, 6, [6, 6, 6, 6], [3, 3], "ordinary"),  # four tie for three places
    (3, 1, [1, 2, 3, 4], [5, 5], "weakness"),  # two of nine below the mean
    (4, 1, [1, 2, 3, 4], [5, 5], "ordinary"),
    (6, 1, [1, 2, 3, 4], [5, 6], "strength"),
    (6, 1, [1, 2, 3, 4], [6, 6], "ordinary"),  # the best, and no better than all
    (6, 1, [1, 2, 3, 4], [1], "ordinary"),  # one region is no comparison
    (6, 1, [1, 2, 3, 4], [7, 3, 3, 3], "ordinary"),  # second of four: the best quarter is one
    (6, 1, [1, 2, 3, 4], [7, 3, 3, 3, 3], "strength"),  # of five it is two
]


@pytest.mark.parametrize(("points", "lost", "losses", "peers", "standing"), STANDINGS)
def test_the_standing_follows_the_stated_rule(
    points: int | None, lost: int | None, losses: list[int], peers: list[int], standing: str
) -> None:
    exact = [None if value is None else Fraction(value) for value in (points, lost)]
    found = standing_rule().standing_of(
        exact[0], Fraction(9), [Fraction(each) for each in losses], exact[1], [Fraction(each) for each in peers]
    )
    assert found == standing


def test_the_rule_prints_its_numbers() -> None:
    rule = standing_rule()
    for lang in ("id", "en"):
        assert all(number in rule.text(lang) for number in ("25", "3", "20"))
        assert rule.reason(lang)
    other = rule.model_copy(update={"weakness": rule.weakness.model_copy(update={"dearest_lines": 5})})
    assert "5 dearest" in other.text("en")


def test_change_is_level_now_less_level_then(frames: SeasonFrames) -> None:
    before = {"16": (Fraction(2), None), "12": (Fraction(2), None), "35": (None, "levels_not_comparable")}
    profile = profile_from(frames, previous_edition=2025, before=before)
    assert (row_of(profile, "16")["change_level"], row_of(profile, "16")["change_points"]) == (
        Decimal("0.5"), Decimal("1.5"),
    )  # fmt: skip
    assert row_of(profile, "12")["change_points"] == Decimal(-2)
    assert row_of(profile, "35")["change_reason"] == "levels_not_comparable"
    assert row_of(profile, "17")["change_reason"] == "no_edition_before"


def test_a_rejected_innovation_fills_no_place(frames: SeasonFrames) -> None:
    rejected = replace(
        frames,
        submissions=frames.submissions.with_columns(
            pl.when(pl.col("submission_id") == "s001").then(pl.lit("rejected")).otherwise("status").alias("status")
        ),
    )
    profile = profile_from(rejected)
    assert row_of(profile, "16")["known_count"] == 1
    least, most = profile.lacking
    assert (100 - most, 100 - least) == exact_index(rejected)


PEERS = {  # region: levels of indicators 16 and 19 of its one innovation, and of SPD line 12
    "bengkulu": (1, 2, 1),
    "magelang": (3, 3, 3),
    "bandar lampung": (2, 3, 2),
    "33.74": (0, 0, 2),
    "34.02": (3, 0, 0),  # a kabupaten: never compared with a kota
}


def put_season(home: Home, city: str, edition: int, sixteen: int, nineteen: int, twelve: int) -> None:
    levels = [sixteen if number == 16 else nineteen if number == 19 else 1 for number in range(16, 36)]
    folder = f"{city.replace(' ', '-')}/{edition}"
    sheet = [CONTROL_HEADER, ["1", f"Satu {city} {edition}", "Dinas Kesehatan", *levels]]
    answers = [SPD_HEADER, ["12", "Penghargaan bagi inovator", twelve, None, f"{city} {edition}"]]
    put(home, f"{folder}/kendali.xlsx", workbook(sheet))
    put(home, f"{folder}/daftar.xls", html_export(exported("1", f"Satu {city} {edition}")))
    put(home, f"{folder}/spd.xlsx", workbook(answers))
    put(home, f"{folder}/receipt.toml", f'city = "{city}"\nedition = {edition}\n')


@pytest.fixture(scope="module")
def regions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    """Four kota and a kabupaten with one innovation each in 2026; Kota Bengkulu with an edition before."""
    home = Home.at(tmp_path_factory.mktemp("regions"))
    home.create()
    for city, levels in PEERS.items():
        put_season(home, city, 2026, *levels)
    put_season(home, "bengkulu", 2024, 1, 3, 3)
    load(home)
    with open_snapshot(home=home.root) as snapshot:
        yield snapshot


def test_a_line_is_held_beside_the_regions_of_its_type_alone(regions: Snapshot) -> None:
    profile = read_index_profile(regions, "17.71", 2026)
    assert profile.peer_codes == ("18.71", "33.71", "33.74")
    told = {
        number: [row_of(profile, number)[name] for name in ("points", "peer_mean", "peer_best", "peer_count")]
        for number in ("16", "19", "12")
    }
    assert told == {
        "16": [Decimal(3), Decimal(5), Decimal(9), 3],  # 3 points a level: 9, 6 and 0
        "19": [Decimal(4), Decimal(4), Decimal(6), 3],  # 2 points: 6, 6 and 0
        "12": [Decimal(2), Decimal("4.6667"), Decimal(6), 3],  # 2 points: 6, 4 and 4
    }
    of_bantul = read_index_profile(regions, "34.02", 2026)
    assert of_bantul.peer_codes == () and of_bantul.frame["peer_mean"].null_count() == of_bantul.frame.height
    assert any("tidak ada angka" in note for note in profile_notes(profile, "Kota Bengkulu", "kota", Language("id")))


def test_the_change_since_the_edition_before_is_of_what_both_lists_say(regions: Snapshot) -> None:
    profile = read_index_profile(regions, "17.71", 2026)
    assert profile.previous_edition == 2024
    told = {
        number: [row_of(profile, number)[name] for name in ("change_level", "change_points", "change_reason")]
        for number in ("16", "19", "12", "17")
    }
    assert told == {
        "16": [None, None, "levels_not_comparable"],  # level 1 of 2024 is 0 or 1 of 2026
        "19": [Decimal(-1), Decimal(-2), None],
        "12": [None, None, "line_not_in_both"],  # no SPD lines of 2024 are on file
        "17": [Decimal(0), Decimal(0), None],
    }


def test_nothing_of_the_country_is_made_up_from_the_regions_at_hand(regions: Snapshot) -> None:
    frame = profile_of(regions, "17.71", 2026)
    assert frame.select("country_mean", "country_best").null_count().row(0) == (frame.height, frame.height)


def figures_of(frames: SeasonFrames) -> dict[str, Figure]:
    """The charts of a season's profile by part."""
    season = cast(
        "CitySeason",
        SimpleNamespace(language=Language("id"), name="Kota Bengkulu", edition=2026, source_line="Sumber: portal"),
    )
    found = {}
    for part in ("spd", "sid"):
        [drawn] = costs(season, profile_from(frames), cast("Part", part)).parts
        assert isinstance(drawn, Figure)
        found[part] = drawn
    return found


def bars_of(drawn: Figure) -> dict[str, tuple[float, float, str]]:
    """Where each bar of a chart ends: what is known, all with what is open, and the words beside it; from its data."""
    [values] = drawn.specification["datasets"].values()
    return {row["name"].split()[0]: (row["known_end"], row["open_end"], row["label"]) for row in values}


def test_the_chart_draws_what_each_line_costs_and_what_is_open(frames: SeasonFrames) -> None:
    drawn = figures_of(frames)
    spd, sid = bars_of(drawn["spd"]), bars_of(drawn["sid"])
    assert len(spd) == len(sid) == 20
    assert spd["12"] == (1.6, 1.6, "1,60 · kelemahan")
    assert spd["14"] == (0.0, 1.2, "tidak diketahui, paling banyak 1,20")
    assert spd["8"] == (0.0, 0.0, "0,00")
    # Of twelve places one has a video of level 0; of eight innovations no level is known.
    assert sid["35"] == pytest.approx((12 / 12 / 2.5, 12 / 12 / 2.5 + 8 * 12 / 12 / 2.5, "0,40–3,60 · kelemahan"))
    assert "Penghargaan bagi inovator paling mahal: 1,60 dari 1,60 poin indeks" in drawn["spd"].description
    assert "Tidak diketahui: 1 dari 20 baris." in drawn["spd"].description
    assert "Batang lebih pucat" in drawn["sid"].description
    for each in drawn.values():
        assert (each.is_simulated is False and "Penghargaan" in each.svg) or each is drawn["sid"]


def test_the_chart_changes_with_a_line(frames: SeasonFrames) -> None:
    level = pl.when(pl.col("indicator_number") == "12").then(2).otherwise("level").cast(pl.Int8).alias("level")
    raised = bars_of(figures_of(replace(frames, region_answers=frames.region_answers.with_columns(level)))["spd"])
    assert raised["12"][0] == 0.8 and bars_of(figures_of(frames)["spd"])["12"][0] == 1.6
