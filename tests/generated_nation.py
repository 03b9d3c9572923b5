"""Generated nations whose truth is known: cities that err as a whole, practice by indicator, linked editions.

A simulator that draws levels independently validates anything: errors then average out, and what is missing lies in the
middle. Here each city has a quality, a practice in each indicator, and reviewers of its own; its innovations have a
quality; and both editions of a city are linked.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from iga.robustness import IndexUncertainty, RegionProfiles, analyse_robustness, fit_errors, region_profiles
from iga.robustness.weights import total_maximum_of
from iga.rulebook import load_rulebook

RULES = load_rulebook(2026)
COLUMNS = [group.column for group in RULES.sid_groups]
WEIGHTS = np.array([float(group.members[0].weight) for group in RULES.sid_groups])
EDITIONS = (2025, 2026)
PAIRED, CLAIMED, INNOVATIONS = 20, 24, 50
"""Cities that have pairs of scores, cities whose order is claimed, and innovations of each."""
CUTS = np.array([-0.9, 0.0, 0.9])
BINS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)


@dataclass(frozen=True)
class Nation:
    """Claimed levels and true ones of the same cities; `pairs` and `items` of other cities, as `fit_errors` takes."""

    claimed: RegionProfiles
    true: RegionProfiles
    pairs: pl.DataFrame
    items: pl.DataFrame

    @property
    def true_index(self) -> NDArray[np.generic]:
        """The index in hundredths that each unit would have without any error."""
        scores: NDArray[np.generic] = analyse_robustness(
            self.true, IndexUncertainty(weights=None), draws=100, seed=1
        ).baseline.scores[0]
        return scores


def nation(seed: int, *, hidden: float = 0.0) -> Nation:
    """Return a nation; in a share `hidden` of the claimed cities no level is known."""
    chance = np.random.default_rng(seed)
    cities, editions = PAIRED + CLAIMED, len(EDITIONS)
    quality = chance.normal(0, 0.6, cities)[:, None] + chance.normal(0, 0.25, (cities, editions))
    practice = chance.normal(0, 0.4, (cities, 1, 1, len(COLUMNS)))
    own = chance.normal(0, 0.5, (cities, editions, INNOVATIONS, 1))
    latent = quality[:, :, None, None] + practice + own
    latent = latent + chance.normal(0, 0.8, (cities, editions, INNOVATIONS, len(COLUMNS)))
    # All cities claim more than they have, some much more: reviewers and practice of a city and edition.
    error = 0.3 + chance.normal(0, 0.25, (cities, editions, 1, 1)) + chance.normal(0, 0.2, own.shape)
    true, claimed = np.searchsorted(CUTS, latent), np.searchsorted(CUTS, latent + error)
    spd = chance.integers(0, 4, (cities, len(RULES.spd_groups)))
    is_hidden = chance.random(cities) < hidden
    shown = _profiles(claimed[PAIRED:], spd[PAIRED:], is_hidden[PAIRED:])
    truth = _profiles(true[PAIRED:], spd[PAIRED:], np.zeros(CLAIMED, dtype=bool))
    return Nation(shown, truth, *_pairs(claimed[:PAIRED], true[:PAIRED]))


def fitted(made: Nation) -> IndexUncertainty:
    """Return the model of error that the pairs of a nation support, with nothing else uncertain."""
    fit = fit_errors(made.pairs, items=made.items)
    return fit.applied_to(IndexUncertainty(weights=None), total_maximum_of(RULES))


def reliability(nations: range, *, has_city_error: bool) -> pl.DataFrame:
    """Return how often claims hold that are made with a probability: claims, mean_probability, share_held per bin.

    One row per bin of the probability with which the likelier of two cities of an edition is said to be above.
    """
    said, held = [], []
    for seed in nations:
        made = nation(seed)
        how = fitted(made)
        if not has_city_error:
            how = IndexUncertainty(weights=None, innovation_error=how.innovation_error, level_error=how.level_error)
        claims = analyse_robustness(made.claimed, how, draws=2000, seed=seed).claims
        above = pl.DataFrame(claims.above()).filter(pl.col("probability") >= 0.5)
        truth = dict(zip(zip(*made.true.units.values(), strict=True), made.true_index.tolist(), strict=True))
        said += above["probability"].to_list()
        rows = above.select("region_code", "other_region_code", "edition").iter_rows()
        held += [truth[first, edition] > truth[second, edition] for first, second, edition in rows]
    frame = pl.DataFrame({"said": said, "held": held})
    places = np.digitize(said, BINS[1:-1])
    frame = frame.with_columns(probability=pl.Series([f"{low:g}-{high:g}" for low, high in pairwise(BINS)])[places])
    return (
        frame.group_by("probability")
        .agg(claims=pl.len(), mean_probability=pl.col("said").mean(), share_held=pl.col("held").mean())
        .sort("probability")
    )


def _profiles(levels: NDArray[np.int64], spd: NDArray[np.int64], is_hidden: NDArray[np.bool_]) -> RegionProfiles:
    """The profiles of cities x editions x innovations x indicators."""
    cities, editions, innovations, _ = levels.shape
    count = cities * editions * innovations
    codes = [f"{city:03}" for city in range(cities)]
    hidden = np.repeat(is_hidden, editions * innovations)
    submissions = pl.DataFrame(
        {
            "region_code": np.repeat(codes, editions * innovations),
            "edition": np.tile(np.repeat(EDITIONS, innovations), cities),
            "main_affair_code": [f"0{1 + place % 6}" for place in range(count)],
            **{column: levels.reshape(count, -1)[:, place] for place, column in enumerate(COLUMNS)},
        }
    ).with_columns(pl.when(pl.Series(hidden)).then(None).otherwise(pl.col(column)).alias(column) for column in COLUMNS)
    lines = [
        (code, edition, group.number, int(spd[city, place]))
        for city, code in enumerate(codes)
        for edition in EDITIONS
        for place, group in enumerate(RULES.spd_groups)
    ]
    answers = pl.DataFrame(lines, schema=["region_code", "edition", "indicator_number", "level"], orient="row")
    return region_profiles(submissions, RULES, region_answers=answers)


def _pairs(claimed: NDArray[np.int64], true: NDArray[np.int64]) -> tuple[pl.DataFrame, pl.DataFrame]:
    cities, editions, innovations, _ = claimed.shape
    pairs = pl.DataFrame(
        {
            "region_code": np.repeat([f"p{city:03}" for city in range(cities)], editions * innovations),
            "edition": np.tile(np.repeat(EDITIONS, innovations), cities),
            "earlier": (claimed @ WEIGHTS).ravel(),
            "later": (true @ WEIGHTS).ravel(),
            "is_simulated": True,
        }
    )
    weights = np.broadcast_to(WEIGHTS, claimed.shape).ravel()
    return pairs, pl.DataFrame({"earlier_level": claimed.ravel(), "later_level": true.ravel(), "weight": weights})
