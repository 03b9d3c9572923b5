"""Ask for known weaknesses of the pinned versions, where the service that knows them is reached.

python tools/audit_dependencies.py      exit code 1 when a pinned version has a known weakness, else 0

`pip-audit` ends well also when it could ask about nothing; so what it asked about is counted here, and said.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from platform_pins import PINS, ROOT, uv

PATIENCE_S = 60


def report() -> dict[str, Any] | None:
    """Return what pip-audit found for each package; None where it could not run."""
    audit = ("pip-audit", "-r", str(PINS), "--no-deps", "--disable-pip", "--timeout", "10")
    command = [uv(), "tool", "run", "--no-config", *audit, "--format", "json", "--progress-spinner", "off"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False, timeout=PATIENCE_S)
        found: dict[str, Any] = json.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired, json.JSONDecodeError):
        return None
    return found


def told(found: dict[str, Any] | None) -> tuple[list[str], int]:
    """Return what is said of a report, and the exit code."""
    packages = [] if found is None else found["dependencies"]
    asked = [package for package in packages if "skip_reason" not in package]
    if not asked:
        return ["dependency audit: the advisory service is not reachable from here; nothing was audited"], 0
    lines = [
        f"{package['name']} {package['version']}: {weakness['id']}, mended in {', '.join(weakness['fix_versions'])}"
        for package in asked
        for weakness in package["vulns"]
    ]
    audited = f"dependency audit: {len(asked)} of {len(packages)} pinned packages audited"
    return [*lines, f"{audited}, {len(lines)} known weaknesses"], 1 if lines else 0


def main() -> int:
    """Audit the pins; the exit code."""
    lines, code = told(report())
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main())
