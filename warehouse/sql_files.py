"""SQL lives in files beside the code that asks it; this reads them by package and name."""

from __future__ import annotations

from functools import cache
from importlib import resources


@cache
def sql_text(package: str, name: str) -> str:
    """Return the text of `<name>.sql` in the folder of a package, such as `analysis.season`, `status`.

    `name` may lead into a subfolder (`audits/unit_key_is_unique`). Raises FileNotFoundError where there is none.
    """
    return resources.files(package).joinpath(*f"{name}.sql".split("/")).read_text(encoding="utf-8")


def sql_names(package: str, folder: str) -> list[str]:
    """List the names of the SQL files in a subfolder of a package, sorted."""
    entries = resources.files(package).joinpath(*folder.split("/")).iterdir()
    return sorted(entry.name.removesuffix(".sql") for entry in entries if entry.name.endswith(".sql"))
