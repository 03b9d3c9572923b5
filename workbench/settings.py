"""Settings of one installation, from the environment (`IGA_HOME`, `IGA_LANG` and others); options go before them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What the environment says."""

    model_config = SettingsConfigDict(env_prefix="IGA_", extra="ignore")

    home: Path | None = None
    lang: Literal["id", "en"] = "id"
    debug: bool = False
    cell_seconds: int = Field(default=600, ge=1, description="how long one cell of a notebook may run")


def settings() -> Settings:
    """The settings as they are now."""
    return Settings()
