"""Lays a file into the inbox under its city and edition, whatever its name is."""

from __future__ import annotations

import re
from pathlib import Path

from warehouse import disk
from warehouse.file_names import ANY_LETTERS, fitting, slug
from warehouse.home import Home
from warehouse.region import resolve_city


def place_in_inbox(home: Home, city: str, edition: int, name: str, content: bytes) -> Path:
    """Lay a file into `<inbox>/<city>/<edition>/` and return its path.

    A name that stands there already with other content gets a number. Only the last part of the name is kept, so that
    it cannot lead anywhere else. Raises RegionNotFound.
    """
    region = resolve_city(city)
    named = region.name if region.region_type == "kota" else region.full_name
    folder = home.inbox / slug(named, ANY_LETTERS) / str(edition)
    plain = re.sub(r"[^\w .()+-]+", "-", Path(name.replace("\\", "/")).name).strip(". ") or "berkas"
    plain = fitting(plain)
    path, number = folder / plain, 1
    while path.exists() and path.read_bytes() != content:
        number += 1
        path = folder / fitting(f"{Path(plain).stem}-{number}{Path(plain).suffix}")
    disk.write_bytes(path, content)
    return path
