"""Facts that state their own hash: a damaged byte is found wherever it stands, and former versions are read."""

from __future__ import annotations

import json

import pytest

from warehouse.keeping.archive import SEAL, sealed, unsealed

FACTS = {"file_name": "daftar.xlsx", "edition": 2026, "status": None}


def test_facts_come_back_as_they_were_sealed() -> None:
    assert unsealed(sealed(FACTS)) == FACTS


def test_facts_of_former_versions_have_no_seal() -> None:
    assert unsealed(json.dumps(FACTS), is_required=False) == FACTS
    with pytest.raises(ValueError, match="other facts"):
        unsealed(json.dumps(FACTS))


@pytest.mark.parametrize("place", range(len(SEAL)))
def test_a_damaged_name_of_the_seal_does_not_make_facts_of_former_versions(place: int) -> None:
    name = SEAL[:place] + chr(ord(SEAL[place]) ^ 1) + SEAL[place + 1 :]
    with pytest.raises(ValueError, match="other facts"):
        unsealed(sealed(FACTS).replace(SEAL, name), is_required=False)
