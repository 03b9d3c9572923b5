"""Writes the worked cases of docs/explain.md from tests/spec/explain.toml, so that what is told is what is run.

    python docs/make_explain.py

A test fails when the page is not what this writes.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PAGE = HERE / "explain.md"
CASES = HERE.parent / "tests" / "spec" / "explain.toml"
START, END = "<!-- cases: written by docs/make_explain.py -->", "<!-- end of cases -->"
HEAD = "| # | kasus / case | sebelum / before | sesudah / after | IID | bagian / shares |\n|---|---|---|---|---|---|"


def write_page(page: str) -> str:
    """The page with its table written anew."""
    head, _, rest = page.partition(START)
    _, _, tail = rest.partition(END)
    cases = tomllib.loads(CASES.read_text(encoding="utf-8"))["case"]
    rows = [_row(number, case) for number, case in enumerate(cases, start=1)]
    return f"{head}{START}\n{HEAD}\n" + "\n".join(rows) + f"\n{END}{tail}"


def _row(number: int, case: dict[str, Any]) -> str:
    index = _change(case["index"]) + (f" .. {_change(case['index_upper'])}" if "index_upper" in case else "")
    shares = _shares(case["shares"]) + (f" .. {_shares(case['shares_upper'])}" if "shares_upper" in case else "")
    name = f"{case['name_id']} / *{case['name_en']}*"
    return f"| {number} | {name} | {_season(case['before'])} | {_season(case['after'])} | {index} | {shares} |"


def _season(season: dict[str, Any]) -> str:
    told = [f"SPD {season.get('spd', '?')}"]
    for group, facts in season.items():
        if group != "spd":
            status = f", {facts['status']}" if "status" in facts else ""
            told.append(f"{group}: {facts['count']} × {facts['maturity']} ({' '.join(facts['affairs'])}{status})")
    return "; ".join(told)


def _change(pair: list[str]) -> str:
    return f"{pair[0]} → {pair[1]}"


def _shares(shares: dict[str, str]) -> str:
    return ", ".join(f"{cause} {share if share.startswith('-') else '+' + share}" for cause, share in shares.items())


if __name__ == "__main__":
    PAGE.write_text(write_page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
