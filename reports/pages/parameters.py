"""What every notebook may be asked; what one notebook takes beyond it stands in the folder of its page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from iga.errors import ValueRefused
from warehouse.errors import ExitCode, WorkbenchError
from warehouse.home import Home

ScoreKind = Literal["claimed", "verified", "final"]
LanguageCode = Literal["id", "en"]
Edition = int


class ParameterError(WorkbenchError):
    """A notebook was given a parameter that it does not know, or a value that is not allowed."""

    exit_code = ExitCode.USAGE


_CHECKED_FOR: ContextVar[Home | None] = ContextVar("home that parameters are checked for", default=None)


@contextmanager
def checked_for(home: Home) -> Iterator[None]:
    """Check parameters by the rules of this home; otherwise by those of `Home.at()`, as a kernel finds it."""
    token = _CHECKED_FOR.set(home)
    try:
        yield
    finally:
        _CHECKED_FOR.reset(token)


def known_rulebook(name: str) -> str:
    """Return the name of a rulebook if there is one.

    Raises ValueError naming those that exist, or with what is wrong with its file in the home.
    """
    if not name:
        return name
    from warehouse.rules.home_rules import rulebooks_of

    known = rulebooks_of(_CHECKED_FOR.get() or Home.at())
    if name in known.lost_editions:
        raise ValueRefused(next(fault.error.what for fault in known.file_faults if fault.edition == name))
    if name not in known:
        raise ValueRefused("{known}", known=", ".join(known.names))
    return name


class NotebookParameters(BaseModel):
    """Parameters that every notebook takes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rulebook: str = Field("", description="Rulebook to score by; empty: the edition's own, beside the estimate.")
    score: ScoreKind = Field("claimed", description="Which score.")
    lang: LanguageCode = Field("id", description="Language of the text.")
    snapshot: str = Field("", description="Id of the snapshot to read; empty: the current one.", pattern="^[0-9a-z]*$")

    _rulebook_is_known = field_validator("rulebook")(known_rulebook)


def known_city(text: str) -> str:
    """Return the text if it means one region. Raises ValueError with what to write instead."""
    from warehouse.region import resolve_city

    try:
        resolve_city(text)
    except WorkbenchError as error:
        raise ValueRefused(error.how if error.next_step else error.what) from error
    return text
