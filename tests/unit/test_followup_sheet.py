"""What people add to the sheet of states stays when a command sets a state in it."""

from __future__ import annotations

from datetime import date

from analysis.season.followup import mark, read_states
from warehouse.home import Home


def test_columns_and_rows_of_people_stay_when_a_state_is_set(empty_home: Home) -> None:
    path = empty_home.root / "followup" / "17.71-2026.csv"
    path.parent.mkdir()
    path.write_text(
        "gap_id,telepon,state,promised_date,note,updated_date\n"
        'b,0812,promised,2026-08-12,"Bu Ani, Senin",2026-08-01\n'
        "c,0813,received,,,2026-08-01,tambahan\n",
        encoding="utf-8",
    )
    for gap in ("b", "a"):
        mark(empty_home, "17.71", 2026, f"{gap}=verified", date(2026, 8, 20))
    assert path.read_text(encoding="utf-8").splitlines() == [
        "gap_id,telepon,state,promised_date,note,updated_date",
        "a,,verified,,,2026-08-20",
        'b,0812,verified,,"Bu Ani, Senin",2026-08-20',
        "c,0813,received,,,2026-08-01,tambahan",
    ]
    assert read_states(empty_home, "17.71", 2026)["b"].note == "Bu Ani, Senin"
