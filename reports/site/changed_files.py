"""Which files of the built sites are no longer those that their build wrote."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from iga.errors import Sentence
from reports.site.build_facts import BUILD_FACTS, read_facts
from warehouse.home import Home, sha256_of
from warehouse.keeping.verify import Finding

HASHES = "file_hashes"
"""The key of `build.json` with the hash of each file of the site."""


def file_hashes(folder: Path) -> dict[str, str]:
    """Return the hash of each file below a folder, by its path there; without `build.json`, which states them."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != BUILD_FACTS]
    return {path.relative_to(folder).as_posix(): sha256_of(path) for path in paths}


def changed_files(home: Home) -> Iterator[Finding]:
    """Give a finding for each file of a site that has changed or gone since its build."""
    for facts_file in sorted(home.reports.glob(f"*/{BUILD_FACTS}")):
        folder = facts_file.parent
        for name, sha256 in read_facts(folder).get(HASHES, {}).items():
            path = folder / name
            if not path.is_file() or sha256_of(path) != sha256:
                yield Finding(
                    "reports",
                    path.relative_to(home.root).as_posix(),
                    Sentence("the file has changed since it was built, or is gone"),
                    Sentence("`iga report build {site}` makes it again", site=folder.name),
                )
