"""Adds the desk to a Jupyter server: its addresses, and what its requests share."""

from __future__ import annotations

import os
import threading
from importlib.resources import files
from pathlib import Path
from typing import Any

from warehouse.home import Home
from warehouse.language import DEFAULT_LANGUAGE, LANGUAGES
from workbench.desk.requests import desk_request, file_requests, job_requests, page_requests


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Say where the extension is."""
    return [{"module": "workbench.desk.server_extension"}]


def _load_jupyter_server_extension(server: Any) -> None:
    """Add the desk of the home that `IGA_HOME` names to a server."""
    application = server.web_app
    named = os.environ.get("IGA_LANG", "")
    desk = desk_request.DeskServer(Home.at(), named if named in LANGUAGES else DEFAULT_LANGUAGE)
    application.settings[desk_request.DESK] = desk
    application.settings.setdefault("iga_has_lab", True)
    base = application.settings["base_url"].rstrip("/")
    application.add_handlers(".*$", [(base + address, *rest) for address, *rest in addresses()])
    # What the first page needs is imported while the browser starts.
    threading.Thread(target=_warm, args=(desk,), daemon=True, name="iga-desk-warm").start()


def addresses() -> list[tuple[Any, ...]]:
    """Return every address of the desk, below the server's own, with what answers it."""
    static = Path(str(files("workbench.desk").joinpath("static")))
    return [
        (r"/iga", _ToDesk),
        (r"/iga/", page_requests.PageRequest),
        (page_requests.PAGE_ADDRESS, page_requests.PageRequest),
        (page_requests.TABLE_ADDRESS, page_requests.TableRequest),
        (r"/iga/api/actions", page_requests.ActionsRequest),
        (r"/iga/api/what-if", page_requests.WhatIfRequest),
        (r"/iga/api/jobs", job_requests.JobsRequest),
        (r"/iga/api/jobs/([\w-]+)", job_requests.JobRequest),
        (r"/iga/api/jobs/([\w-]+)/(log|cancel|again)", job_requests.JobRequest),
        (r"/iga/api/events", job_requests.EventsRequest),
        (r"/iga/api/files/([^/]+)/([^/]+)/(.+)", file_requests.UploadRequest),
        (r"/iga/api/documents/([^/]+)/([^/]+)/(.+)", file_requests.DocumentRequest),
        (r"/iga/api/evidence/([^/]+)/([^/]+)/(.+)", file_requests.EvidenceRequest),
        (r"/iga/api/confirm/(unit|word|columns|evidence)", file_requests.ConfirmRequest),
        (r"/iga/zip/(reports|letters)/?(.*)", file_requests.ArchiveRequest),
        (r"/iga/static/palette\.css", page_requests.PaletteRequest),
        (r"/iga/static/(.*)", page_requests.StaticRequest, {"path": str(static)}),
        (r"/iga/(reports|letters|returns|jobs|backups)/(.+)", file_requests.SavedRequest),
    ]


class _ToDesk(desk_request.DeskRequest):
    """The desk's address without its last stroke."""

    def get(self) -> None:
        """Lead to the desk."""
        self.redirect(f"{self.base_url}iga/", permanent=False)


def _warm(desk: desk_request.DeskServer) -> None:
    """Import what pages need, and open the snapshot once."""
    from analysis import open_snapshot
    from warehouse.errors import MendableError

    try:
        with open_snapshot(home=desk.home.root) as snapshot:
            _ = snapshot.seasons
    except MendableError:
        return
    import analysis.planning.first_actions
    import analysis.season.account  # noqa: F401
