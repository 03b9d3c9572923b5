"""An audit that asked about nothing is never called a clean one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"


@pytest.fixture
def audit(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The script, as a module."""
    monkeypatch.syspath_prepend(str(TOOLS))
    for name in ("audit_dependencies", "platform_pins"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return __import__("audit_dependencies")


SKIPPED = {"name": "polars", "skip_reason": "not found, and could not be audited"}
CLEAN = {"name": "rich", "version": "15.0.0", "vulns": []}
WEAK = {"name": "lxml", "version": "6.0", "vulns": [{"id": "CVE-1", "fix_versions": ["6.1"]}]}


@pytest.mark.parametrize("found", [None, {"dependencies": []}, {"dependencies": [SKIPPED]}])
def test_a_service_that_was_not_reached_is_said_and_fails_nothing(audit: Any, found: dict[str, Any] | None) -> None:
    [line], code = audit.told(found)
    assert "not reachable" in line and code == 0


def test_what_was_audited_is_counted_and_a_weakness_fails(audit: Any) -> None:
    assert audit.told({"dependencies": [CLEAN, SKIPPED]}) == (
        ["dependency audit: 1 of 2 pinned packages audited, 0 known weaknesses"],
        0,
    )
    lines, code = audit.told({"dependencies": [CLEAN, WEAK]})
    assert lines[0] == "lxml 6.0: CVE-1, mended in 6.1" and code == 1
