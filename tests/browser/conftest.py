"""One browser for all browser tests, and the pages that it visits offline."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, started once."""
    from playwright.sync_api import sync_playwright

    if CHROMIUM is None:
        if os.environ.get("IGA_REQUIRE_BROWSER"):
            pytest.fail("Chromium is not installed; .ci/run installs it from the system's packages")
        pytest.skip("Chromium is not installed: the pages were not opened in a browser")
    with sync_playwright() as playwright:
        launched = launch(playwright.chromium)
        yield launched
        launched.close()


def launch(kind: Any) -> Any:
    """Start a browser of a kind, with the system's Chromium."""
    return kind.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])


class Visit:
    """One page, opened offline, with everything that it asked for and complained about."""

    def __init__(
        self, browser: Any, address: Path | str, *, width: int = 1200, scheme: str = "light", script: bool = True
    ) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        is_file = isinstance(address, Path)
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, offline=is_file, java_script_enabled=script
        )
        self.page = context.new_page()
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", lambda request: self.complaints.append(f"failed: {request.url}"))
        self.page.goto(address.as_uri() if isinstance(address, Path) else address)

    def close(self) -> None:
        """Close the page and its context."""
        self.page.context.close()


@pytest.fixture(scope="session")
def site(demo_home: Path) -> Path:
    """The site of the three cities, with the pages that the quick tests look at."""
    return demo_home / "reports" / "three_cities"


@pytest.fixture(scope="session")
def whole_site(whole_demo_home: Path) -> Path:
    """The site of the three cities that `iga demo` has built, with all its pages."""
    return whole_demo_home / "reports" / "three_cities"


@pytest.fixture(scope="session")
def more_sites(example_home: Path) -> Path:
    """The reports folder of a home in which the other sites that every reader sees are built, in both languages."""
    from reports.site.site_builder import build_site

    for name in ("national", "mayor_brief", "weekly_progress"):
        build_site(name, home=example_home)
    return example_home / "reports"
