"""A document as a Word file that officials edit: a template of the city, or ours, filled in within a sandbox."""

from __future__ import annotations

import io
import json
import os
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from docx.opc.exceptions import PackageNotFoundError
from jinja2 import TemplateError

from iga.errors import Sentence
from reports.letters.official import Official
from reports.letters.word_templates import default_template
from warehouse.child_process import without_window
from warehouse.errors import ExitCode, WorkbenchError
from warehouse.home import Home

FOLDER = "templates"
MADE = (2000, 1, 1, 0, 0, 0)
"""A document bears no time of its making, so that the same document is the same file."""

LONGEST_SECONDS = 30
"""A process that fills in a template ends itself earlier; this is for one that can no longer."""
FAULTS_OF_A_TEMPLATE = (
    TemplateError,
    PackageNotFoundError,
    zipfile.BadZipFile,
    KeyError,
    ValueError,
    TypeError,
    ArithmeticError,
    SyntaxError,
)
"""What a template that is broken, or asks for more than filling in, ends with."""


class TemplateRefused(WorkbenchError):
    """A Word template of a city cannot be filled in: broken, an unknown name, or more than filling in."""

    exit_code = ExitCode.USAGE


def template_path(home: Home, kind: str) -> Path:
    """Where a city's own template of a kind lies: `<home>/templates/nota-dinas.docx`."""
    return home.root / FOLDER / f"{kind}.docx"


def word_of(document: Official, home: Home, size: float) -> bytes:
    """The Word file of a document. Raises TemplateRefused naming the template and the cause.

    Every text is escaped; templates are filled in a sandbox, where names and loops work and nothing of the program can
    be reached. A template of a city is filled in by a process of its own with limits of time and memory.
    """
    own = template_path(home, document.kind)
    stated = document.settings
    try:
        if own.is_file():
            return _filled_apart(document, own.read_bytes())
        return filled_in(document, default_template(document.kind, stated.paper, stated.font, size))
    except FAULTS_OF_A_TEMPLATE as error:
        raise TemplateRefused(
            "The Word template cannot be filled in: {cause}",
            next_step="compare it with what `iga letters CITY EDITION --write-templates` writes",
            place=str(own) if own.is_file() else document.kind,
            cause=reason_of_template(error),
        ) from error


def filled_in(document: Official, content: bytes) -> bytes:
    """Return the Word file that a template becomes with the values of a document. Raises FAULTS_OF_A_TEMPLATE."""
    from docxtpl import DocxTemplate, InlineImage

    from reports.letters.template_sandbox import LetterSandbox

    template: Any = DocxTemplate(io.BytesIO(content))
    template.init_docx()
    template.render({**document.values(), "lambang": _arms(template, document, InlineImage)}, LetterSandbox())
    _with_widths(template.docx, document)
    _without_traces(template.docx, document)
    stream = io.BytesIO()
    template.save(stream)
    return _fixed(stream.getvalue())


def reason_of_template(error: BaseException) -> Sentence:
    """Return why a template could not be filled in."""
    if isinstance(reason := getattr(error, "reason", None), Sentence):
        return reason
    words = str(error).strip()
    return Sentence("{words}", words=words.splitlines()[0] if words else type(error).__name__)


class _NotFilled(ValueError):
    """A process that filled in a template says why it could not, or ended without a word."""

    def __init__(self, reason: Sentence) -> None:
        self.reason = reason
        super().__init__(str(reason))


def _filled_apart(document: Official, content: bytes) -> bytes:
    """Return what another process makes of a template: only a process can be ended in the middle of its work."""
    try:
        done: subprocess.CompletedProcess[bytes] | None = subprocess.run(
            [sys.executable, "-m", "reports.letters.template_worker"],
            input=pickle.dumps((document, content)),
            capture_output=True,
            check=False,
            timeout=LONGEST_SECONDS,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            **without_window(),
        )
    except subprocess.TimeoutExpired:
        done = None
    if done is not None and done.stdout[:1] == b"+":
        return done.stdout[1:]
    if done is not None and done.stdout[:1] == b"-":
        template, values = json.loads(done.stdout[1:])
        raise _NotFilled(Sentence(template, **values))
    raise _NotFilled(Sentence("it takes more time or memory than any letter needs"))


def _arms(template: Any, document: Official, picture: Any) -> Any:
    from docx.shared import Mm

    if document.head.arms is None:
        return ""
    return picture(template, io.BytesIO(document.head.arms), height=Mm(22))


def _with_widths(word: Any, document: Official) -> None:
    """Give the tables of results the widths that their contents need: a loop over columns makes them all alike."""
    widths = {grid.heads: grid.widths for grid in document.tables}
    section = word.sections[0]
    room = section.page_width - section.left_margin - section.right_margin
    for table in word.tables:
        shares = widths.get(tuple(cell.text for cell in table.rows[0].cells)) if table.rows else None
        if shares is None:
            continue
        table.autofit = False
        wide = [int(room * share / sum(shares)) for share in shares]
        for column, width in zip(table.columns, wide, strict=True):
            column.width = width
            for cell in column.cells:
                cell.width = width


def _without_traces(word: Any, document: Official) -> None:
    """Title and language, and no author or time."""
    from datetime import datetime

    facts = word.core_properties
    facts.title, facts.language = document.fields[-1][1] or document.title, "id-ID"
    facts.author = facts.last_modified_by = facts.comments = ""
    facts.created = facts.modified = datetime(*MADE)  # noqa: DTZ001 - the same for every document


def _fixed(content: bytes) -> bytes:
    """The same package with the times of its parts set."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(zipfile.ZipInfo(name, MADE), source.read(name), zipfile.ZIP_DEFLATED)
    return stream.getvalue()
