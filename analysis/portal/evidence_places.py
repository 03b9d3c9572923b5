"""Where the evidence files of an innovation lie in a home: a folder per innovation, the indicator's number in front."""

from __future__ import annotations

import re
from pathlib import Path

from analysis.evidence.evidence_check import season_places
from warehouse.file_names import slug
from warehouse.home import Home
from warehouse.inputs_read import noted
from warehouse.region import Region

NUMBERED = re.compile(r"(\d{1,2})(?=\D)")


def evidence_of(
    home: Home, region: Region, edition: int, submission_id: str, title: str
) -> dict[str, tuple[Path, ...]]:
    """Return the files of an innovation's folder of evidence by the number that their names begin with.

    The folder lies in one of those of the season (`season_places`) and bears the id of the submission or the title. A
    link is not followed.
    """
    found: dict[str, list[Path]] = {}
    seasons = season_places(home, region, edition)
    for season, name in ((season, name) for season in seasons for name in (submission_id, slug(title))):
        folder = noted(home, season / name)
        if not folder.is_dir() or folder.is_symlink():
            continue
        for path in sorted(folder.iterdir()):
            match = NUMBERED.match(path.name)
            if match and path.is_file() and not path.is_symlink():
                found.setdefault(match[1], []).append(path)
    return {number: tuple(paths) for number, paths in found.items()}
