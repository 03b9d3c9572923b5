"""Requests about files: laid into the inbox, saved from the home, and what people confirm about them."""

from __future__ import annotations

import io
import mimetypes
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tornado.web import HTTPError, authenticated, stream_request_body

from etl.cells.sheets import load_limits, refuse_too_large
from warehouse.home import Home
from workbench.desk.clinic_documents import lay_document
from workbench.desk.inbox import place_in_inbox
from workbench.desk.jobs.job_folder import jobs_folder
from workbench.desk.jobs.job_kinds import FILES
from workbench.desk.laid_evidence import lay_evidence
from workbench.desk.pages.file_pages import FileColumns
from workbench.desk.people import Right
from workbench.desk.refusals import refused
from workbench.desk.requests.desk_request import DeskRequest
from workbench.dropped_files import told_file

CHUNK = 1 << 18
REPORT_POLICY = (
    "sandbox allow-scripts allow-popups allow-downloads allow-modals; default-src 'none'; "
    "style-src 'unsafe-inline' 'self'; script-src 'unsafe-inline' 'self'; img-src data: 'self'; font-src data: 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
"""Of a report: its own script runs, in a world of its own that sees neither the desk nor the login."""
SAVED = {".pdf", ".xlsx", ".docx", ".csv", ".zip", ".gz", ".toml", ".json"}
"""Endings of files that are saved and not shown."""


@stream_request_body
class UploadRequest(DeskRequest):
    """A file that is laid into the inbox, streamed to the disk and named when all of it has come."""

    def initialize(self) -> None:
        """Begin without any piece."""
        self._pieces: list[bytes] = []
        self._size = 0

    async def prepare(self, **options: Any) -> None:
        """Raise the limit of a body to that of a file; who may not lay one down sends none."""
        await super().prepare(**options)
        if self.current_user is None:
            raise HTTPError(403)
        self.needs(Right.work)
        connection: Any = self.request.connection
        connection.set_max_body_size(load_limits().max_file_bytes + CHUNK)

    def data_received(self, chunk: bytes) -> None:
        """Write a piece; one that makes the file larger than what is read ends it."""
        self._size += len(chunk)
        refuse_too_large(self._size, load_limits())
        self._pieces.append(chunk)

    @authenticated
    async def put(self, city: str, edition: str, name: str) -> None:
        """Lay the file into the folder of its city and edition; a name that stands with other bytes gets a number."""
        self.needs(Right.work)
        content = b"".join(self._pieces)
        self._pieces.clear()
        if not edition.isdecimal():
            raise refused("edition")
        path = await self.apart(partial(place_in_inbox, self.desk.home, city, int(edition), name, content))
        told = await self.apart(partial(told_file, self.desk.home, path, int(edition), self.language))
        self.answer({"path": path.relative_to(self.desk.home.inbox).as_posix(), **told}, 201)


@stream_request_body
class DocumentRequest(UploadRequest):
    """A document that is laid before the clinic, with its kind and the innovation that it is of."""

    @authenticated
    async def put(self, city: str, edition: str, name: str) -> None:
        """Lay the document down; one of its name and place is replaced."""
        self.needs(Right.work)
        content = b"".join(self._pieces)
        self._pieces.clear()
        kind, innovation = (self.get_query_argument(each, "") for each in ("kind", "innovation"))
        laid = await self.apart(partial(lay_document, self.desk.home, city, edition, innovation, kind, name, content))
        self.answer({"path": laid.place}, 201)


@stream_request_body
class EvidenceRequest(UploadRequest):
    """A file or ZIP of evidence, at its path in the folder that was chosen."""

    @authenticated
    async def put(self, city: str, edition: str, name: str) -> None:
        """Lay it down; a name that stands with other bytes gets a number, and a hostile ZIP is refused."""
        self.needs(Right.work)
        content = b"".join(self._pieces)
        self._pieces.clear()
        language = self.language
        laid = await self.apart(partial(lay_evidence, self.desk.home, city, edition, name, content, language))
        self.answer(laid.told(language), 201)


class ConfirmRequest(DeskRequest):
    """What a person says about a name, a word, the columns of a file, or a file of evidence; kept in the home."""

    @authenticated
    async def post(self, what: str) -> None:
        """Keep the answer."""
        self.needs(Right.work)
        told = {name: str(value) for name, value in self.said().items() if isinstance(value, str | int)}
        kept = await self.apart(partial(self._kept_and_logged, what, told))
        if what == "evidence":
            from analysis.evidence.words import STATE_MESSAGES

            kept = {"kept": self.language(STATE_MESSAGES[kept["kept"]])}
        self.answer(kept)

    def _kept_and_logged(self, what: str, told: dict[str, str]) -> dict[str, str]:
        from warehouse.keeping.answers_log import log_answer

        kept = self._kept(what, told)
        subject = " ".join(filter(None, (told.get(name) for name in ("city", "name", "field", "word", "file"))))
        log_answer(self.desk.home, what, subject, kept["kept"], self.person.name)
        return kept

    def _kept(self, what: str, told: dict[str, str]) -> dict[str, str]:
        home = self.desk.home
        if what == "unit":
            from analysis.season.unit_names import confirm_unit_name
            from warehouse.region import resolve_city

            code = resolve_city(told.get("city", "")).region_code
            return {"kept": confirm_unit_name(home, code, told.get("name", ""), told.get("unit") or None)}
        if what == "word":
            from etl.recognition.confirm_words import keep_word

            return {"kept": keep_word(home, told.get("field", ""), told.get("word", ""), told.get("meaning", ""))}
        if what == "evidence":
            from analysis.evidence.decided_at_desk import decide

            return {"kept": decide(home, told, self.person.name)}
        answers = {name[2:]: value for name, value in told.items() if name.startswith("c.")}
        return {"kept": FileColumns(home, told.get("file", ""), answers).keep()}


class SavedRequest(DeskRequest):
    """A file of the home that people read: reports, letters, returned workbooks, files of jobs, backups."""

    @property
    def content_security_policy(self) -> str:
        """That of a report."""
        return REPORT_POLICY

    @authenticated
    async def get(self, folder: str, name: str) -> None:
        """Show a page of a report, or hand a file out."""
        self.needs(RIGHTS_OF_FOLDERS.get(folder, Right.work))
        path = _within(self.desk.home, folder, name)
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        self.set_header("Content-Type", f"{kind}; charset=UTF-8" if kind.startswith("text/") else kind)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-cache")
        if path.suffix.lower() in SAVED:
            shown = "inline" if path.suffix == ".pdf" else "attachment"
            self.set_header("Content-Disposition", f"{shown}; filename*=UTF-8''{quote(path.name)}")
        if path.suffix == ".pdf":  # the browser's own viewer does not start within a sandbox
            self.set_header(
                "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
            )
        self.set_header("Content-Length", str(path.stat().st_size))
        for piece in _pieces(path):
            self.write(piece)
            await self.flush()


class ArchiveRequest(DeskRequest):
    """A report site, or the letters, as one ZIP."""

    @authenticated
    async def get(self, folder: str, name: str = "") -> None:
        """Hand the ZIP out, built aside."""
        self.needs(RIGHTS_OF_FOLDERS.get(folder, Right.work))
        root = _within(self.desk.home, folder, name, is_folder=True)
        content = await self.apart(partial(_zipped, root))
        self.set_header("Content-Type", "application/zip")
        self.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{quote(root.name)}.zip")
        self.finish(content)


RIGHTS_OF_FOLDERS = {"reports": Right.look, "backups": Right.keep}
"""Letters, returned workbooks and files of jobs may hold names: who only looks at reports does not get them."""
FOLDERS = ("reports", "letters", "returns", "jobs", "backups")


def _within(home: Home, folder: str, name: str, *, is_folder: bool = False) -> Path:
    """Return the file of that name below a folder of the home. Raises HTTPError 404 for anything else."""
    if folder not in FOLDERS:
        raise HTTPError(404)
    parts = [part for part in name.split("/") if part]
    if folder == "jobs":
        if len(parts) != 2:
            raise HTTPError(404)
        root, parts = jobs_folder(home) / parts[0] / FILES, parts[1:]
    else:
        root = {"reports": home.reports, "returns": home.returns}.get(folder, home.root / folder)
    if any(part.startswith(".") or "\\" in part or ":" in part for part in parts):
        raise HTTPError(404)
    path = root.joinpath(*parts).resolve()
    is_there = path.is_dir() if is_folder else path.is_file()
    if not is_there or not path.is_relative_to(root.resolve()):
        raise HTTPError(404)
    return path


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while piece := stream.read(CHUNK):
            yield piece


def _zipped(root: Path) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(root.rglob("*")):
            if path.is_file() and not any(part.startswith(".") for part in path.relative_to(root).parts):
                archive.write(path, path.relative_to(root.parent).as_posix())
    return stream.getvalue()
