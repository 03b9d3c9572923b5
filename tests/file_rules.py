"""Which rules for files hold in this process: those of Windows, simulated or real, or those of POSIX."""

from __future__ import annotations

import os

import pytest

OPEN_FILES_STAY = os.name == "nt" or os.environ.get("IGA_WINDOWS_RULES") == "1"
"""Whether what a program has open can be neither renamed nor deleted."""


def posix_alone(rule: str) -> pytest.MarkDecorator:
    """Skip a test where Windows's rules hold; `rule` is the one that makes what it does impossible there."""
    return pytest.mark.skipif(OPEN_FILES_STAY, reason=f"under Windows's rules for files: {rule}")
