"""What an edition says of the files of an indicator: kinds, a window of years, a size; what it does not say is None."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class AcceptedFiles:
    """What is known of the files of one indicator. `is_known` is false where the edition says nothing."""

    types: tuple[str, ...] = ()
    is_paper: bool = False
    is_decree: bool = False
    years_back: int | None = None
    most_bytes: int | None = None
    is_known: bool = True


NOT_KNOWN = AcceptedFiles(is_known=False)


def accepted_files(edition: int, keys: Iterable[str]) -> AcceptedFiles:
    """Return what the edition's own list says of an indicator, by the first of its keys that is stated."""
    stated = _stated().get(str(edition), {})
    return next((stated[key] for key in keys if key in stated), NOT_KNOWN)


@cache
def _stated() -> dict[str, dict[str, AcceptedFiles]]:
    text = files("analysis.evidence").joinpath("accepted_types.toml").read_text(encoding="utf-8")
    return {
        edition: {
            key: AcceptedFiles(
                tuple(told.get("types", ())),
                bool(told.get("paper", False)),
                bool(told.get("decree", False)),
                told.get("years_back"),
                told["most_kib"] << 10 if "most_kib" in told else None,
            )
            for key, told in keys.items()
        }
        for edition, keys in tomllib.loads(text).items()
    }
