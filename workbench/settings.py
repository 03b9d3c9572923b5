"""Settings of one installation, from the environment (`IGA_HOME`, `IGA_LANG` and others); options go before them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from iga.reasons import slip_of
from warehouse.errors import ExitCode, WorkbenchError


class Settings(BaseSettings):
    """What the environment says."""

    model_config = SettingsConfigDict(env_prefix="IGA_", extra="ignore", env_ignore_empty=True)

    home: Path | None = None
    lang: Literal["id", "en"] = "id"
    debug: bool = False
    cell_seconds: int = Field(default=600, ge=1, description="how long one cell of a notebook may run")


class SettingsInvalid(WorkbenchError):
    """A variable of the environment holds what it cannot hold."""

    exit_code = ExitCode.USAGE


def settings() -> Settings:
    """Return the settings as they are now. Raises SettingsInvalid naming the variable."""
    try:
        return Settings()
    except ValidationError as error:
        key, what = slip_of(error)
        raise SettingsInvalid(
            "The environment variable {name} is not right: {reason}",
            next_step="correct it, or unset it",
            name=f"IGA_{key.upper()}",
            reason=what,
        ) from error
