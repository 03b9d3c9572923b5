"""Settings of one installation, from the environment (`IGA_HOME`, `IGA_LANG` and others); options go before them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, ValidationError

from iga.reasons import slip_of
from warehouse.errors import ExitCode, WorkbenchError

PREFIX = "IGA_"


class Settings(BaseModel):
    """What the environment says: each field in the variable of its name, after `IGA_`; an empty one says nothing."""

    home: Path | None = None
    lang: Literal["id", "en"] = "id"
    debug: bool = False
    cell_seconds: int = Field(default=600, ge=1, description="how long one cell of a notebook may run")


class SettingsInvalid(WorkbenchError):
    """A variable of the environment holds what it cannot hold."""

    exit_code = ExitCode.USAGE


def settings() -> Settings:
    """Return the settings as they are now. Raises SettingsInvalid naming the variable."""
    variables = {name: os.environ.get(f"{PREFIX}{name.upper()}", "") for name in Settings.model_fields}
    stated = {name: value for name, value in variables.items() if value}
    try:
        return Settings.model_validate(stated)
    except ValidationError as error:
        key, what = slip_of(error)
        raise SettingsInvalid(
            "The environment variable {name} is not right: {reason}",
            next_step="correct it, or unset it",
            name=f"{PREFIX}{key.upper()}",
            reason=what,
        ) from error
