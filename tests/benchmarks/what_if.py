"""Times one answer of the sliders for a city of 400 innovations against computing the season anew."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from analysis import open_snapshot
from analysis.planning.scenario import Scenario, apply_scenario, outcome_of
from analysis.planning.what_if import WhatIf
from tests.city_files import DAY, exported, html_export, put
from warehouse.home import Home

INNOVATIONS, ROUNDS = 400, 20


def run() -> list[dict[str, object]]:
    """One row: the slowest of the answers of a form with 400 innovations, and the season computed anew."""
    from etl.publish import ingest

    with TemporaryDirectory() as folder:
        home = Home.at(folder)
        home.create()
        rows = [exported(str(one), f"Inovasi {one}", f"{40 + one % 60},00") for one in range(INNOVATIONS)]
        put(home, "bengkulu/2026/ekspor.xls", html_export(*rows, total=INNOVATIONS))
        ingest(home, today=DAY)
        with open_snapshot(home=Path(folder)) as snapshot:
            frames = snapshot.season("bengkulu", 2026)
            desk = WhatIf(frames, snapshot)
            keys = frames.submissions["submission_id"].to_list()
            tried = [Scenario(name="form", hold=tuple(keys[: 10 * (one + 1)])) for one in range(ROUNDS)]
            desk.outcome(tried[0])
            ours = max(_timed(lambda one=one: desk.outcome(one)) for one in tried)  # type: ignore[misc]
            anew = min(_timed(lambda: outcome_of(apply_scenario(frames, tried[0]), snapshot)) for _ in range(3))
    name = f"what-if, slowest of {ROUNDS} answers, {INNOVATIONS} innovations"
    return [
        {
            "name": name,
            "ours_s": ours,
            "alternative": "the season computed anew",
            "alternative_s": anew,
            "ratio": anew / ours,
        }
    ]


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
