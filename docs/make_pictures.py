"""Takes the pictures of README and docs from built report sites, so that they show what the build makes.

    iga demo && iga report build national && iga report build mayor_brief && python docs/make_pictures.py

Needs Chromium (of the system, or `playwright install chromium`). Pictures of simulated data show their mark.
"""

from __future__ import annotations

import argparse
import shutil
from dataclasses import dataclass
from pathlib import Path

from warehouse.home import Home

IMAGES = Path(__file__).resolve().parent / "images"
LARGEST = 250_000
"""Bytes of a picture at most: a README is read on slow lines too."""


@dataclass(frozen=True)
class Picture:
    """A picture: its file, the page that it shows, the window, and what is shown of the page."""

    name: str
    page: str
    width: int = 1200
    height: int = 900
    is_dark: bool = False
    element: str = ""


PICTURES = (
    Picture("front-page", "three_cities/index.html", height=1150),
    Picture("city-page", "three_cities/bengkulu-2026.html", height=1150),
    Picture("national-map", "national/peringkat-2026.html", width=1280, element="figure.chart"),
    Picture("mayor-brief", "mayor_brief/ringkasan-bengkulu-2026.html", height=1250),
    Picture("phone", "three_cities/bengkulu-2026.html", width=390, height=844),
    Picture("phone-dark", "three_cities/index.html", width=390, height=844, is_dark=True),
)


def take(reports: Path) -> list[Path]:
    """Write every picture; their paths. Raises FileNotFoundError for a page that is not built, ValueError for size."""
    from playwright.sync_api import sync_playwright

    if missing := [picture.page for picture in PICTURES if not (reports / picture.page).is_file()]:
        raise FileNotFoundError(f"build first: {', '.join(missing)}")
    taken = []
    with sync_playwright() as playwright:
        found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        for picture in PICTURES:
            context = browser.new_context(
                viewport={"width": picture.width, "height": picture.height},
                color_scheme="dark" if picture.is_dark else "light",
                offline=True,
            )
            page = context.new_page()
            page.goto((reports / picture.page).as_uri())
            path = IMAGES / f"{picture.name}.png"
            if picture.element:  # the band over the page is not in the picture: the part shows its own mark
                page.evaluate("document.body.classList.remove('simulated')")
            shown = page.locator(picture.element).first if picture.element else page
            shown.screenshot(path=path)
            context.close()
            if path.stat().st_size > LARGEST:
                raise ValueError(f"{path.name} has {path.stat().st_size} bytes; show less of the page")
            taken.append(path)
        browser.close()
    return taken


def main() -> None:
    """Take the pictures of the home given, or of the usual one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=None)
    for path in take(Home.at(parser.parse_args().home).reports):
        print(path.name, path.stat().st_size)


if __name__ == "__main__":
    main()
