"""Names of files and folders as they are compared: small letters, words apart, no marks."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files

NOT_A_WORD = re.compile(r"[^\w]+|_")
NUMBER_IN_FRONT = re.compile(r"^\d{1,3}\s+(?=\S)")


def plain(text: str) -> str:
    """Return the words of a name in small letters, with single spaces, accents and marks gone."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    return " ".join(NOT_A_WORD.sub(" ", "".join(sign for sign in letters if not unicodedata.combining(sign))).split())


def without_number(text: str) -> str:
    """Return a plain name without the number of a list in front of it."""
    return NUMBER_IN_FRONT.sub("", text)


@cache
def likeness(table: str) -> dict[str, int]:
    """Return from where on names count as alike, and how sure they are in percent: of `folder` or of `file`."""
    text = files("analysis.evidence").joinpath("likeness.toml").read_text(encoding="utf-8")
    stated: dict[str, dict[str, int]] = tomllib.loads(text)
    return stated[table]
