"""The text of a scan by Tesseract with Indonesian, where the system has it; and a small picture for the person."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from typing import Any

from warehouse.child_process import without_window

SECONDS = 25
"""How long one page may take."""
PROGRAM = "tesseract"


def recognition_at_hand() -> str | None:
    """Return the program that recognises text; None where it is not installed."""
    if found := shutil.which(PROGRAM):
        return found
    usual = os.path.join(os.environ.get("PROGRAMFILES", ""), "Tesseract-OCR", "tesseract.exe")  # noqa: PTH118
    return usual if os.name == "nt" and os.path.isfile(usual) else None  # noqa: PTH113


def recognised(
    content: bytes, kind: str, most_pages: int, dots_per_inch: int, width: int
) -> tuple[list[tuple[int, str]], bytes, str]:
    """Return the lines of a scan with their pages, the small picture of its first page, and why there is no text."""
    try:
        pictures = _pictures_of(content, kind, max(1, most_pages), dots_per_inch)
    except Exception:  # whatever a library says of a damaged picture
        return [], b"", "damaged"
    small = _small(pictures[0], width)
    program = recognition_at_hand()
    if program is None or not most_pages:
        return [], small, "scan"
    lines: list[tuple[int, str]] = []
    for page, picture in enumerate(pictures, start=1):
        stream = io.BytesIO()
        picture.convert("L").save(stream, "PNG")
        lines += [(page, line.strip()) for line in _asked(program, stream.getvalue()).splitlines() if line.strip()]
    return lines, small, "" if lines else "no_text"


def _asked(program: str, picture: bytes) -> str:
    quiet = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    for language in (["-l", "ind"], []):
        try:
            words = [program, "stdin", "stdout", *language, "--psm", "4"]
            done = subprocess.run(
                words, input=picture, capture_output=True, timeout=SECONDS, env=quiet, check=False, **without_window()
            )
        except (OSError, subprocess.TimeoutExpired):
            return ""
        if done.returncode == 0:
            return str(done.stdout.decode("utf-8", errors="replace"))
    return ""


def _pictures_of(content: bytes, kind: str, most: int, dots_per_inch: int) -> list[Any]:
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = 80_000_000
    if kind != "pdf":
        picture = Image.open(io.BytesIO(content))
        picture.thumbnail((3000, 3000))
        return [picture.convert("RGB")]
    import pypdfium2  # type: ignore[import-untyped]

    document = pypdfium2.PdfDocument(content)
    pages = [document[at] for at in range(min(most, len(document)))]
    pictures = []
    for page in pages:
        longest = max(page.get_size()) or 1
        pictures.append(page.render(scale=min(dots_per_inch / 72, 3000 / longest)).to_pil())
    return pictures


def _small(picture: Any, width: int) -> bytes:
    small = picture.convert("L")
    small.thumbnail((width, width * 2))
    stream = io.BytesIO()
    small.save(stream, "PNG", optimize=True)
    return stream.getvalue()
