"""Which builds of a site were cut off; apart from the builder, so that the state of a home is told at once."""

from __future__ import annotations

from warehouse.home import Home
from warehouse.lock import LockTaken, lock_held


def builds_cut_off(home: Home) -> list[str]:
    """The sites whose last build was killed: what it had begun lies about, and nobody is building them now."""
    names = {path.name.split(".")[1] for path in home.reports.glob(".*.*") if path.is_dir()}
    return sorted(name for name in names if not _is_being_built(name, home))


def _is_being_built(name: str, home: Home) -> bool:
    try:
        with lock_held(home.runs / f"build-{name}.lock"):
            return False
    except LockTaken:
        return True
