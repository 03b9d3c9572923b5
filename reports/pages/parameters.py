"""What every notebook may be asked; what one notebook takes beyond it stands in the folder of its page."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from iga.errors import ValueRefused
from warehouse.errors import ExitCode, WorkbenchError

ScoreKind = Literal["claimed", "verified", "final"]
LanguageCode = Literal["id", "en"]
Edition = int


class ParameterError(WorkbenchError):
    """A notebook was given a parameter that it does not know, or a value that is not allowed."""

    exit_code = ExitCode.USAGE


def known_rulebook(name: str) -> str:
    """Return the name of a rulebook if there is one. Raises ValueError naming those that exist."""
    from iga.rulebook import known_rulebooks

    if name and name not in known_rulebooks():
        raise ValueRefused("{known}", known=", ".join(known_rulebooks()))
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
