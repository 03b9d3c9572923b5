"""The text of a scan or photograph by Tesseract with Indonesian, where the system has it; and a small picture of it."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from functools import cache
from typing import Any

from etl.documents.document_limits import document_limits, pages_read
from warehouse.child_process import without_window

PROGRAM = "tesseract"
INDONESIAN = "ind"
TURNS = (0, 90, 180, 270)
"""How a page may lie in a scanner, in degrees."""
COLUMN_OF_LINES = "4"
"""Tesseract's way of reading for a page of one column: a decree keeps "Menimbang" beside what it says."""


@dataclass(frozen=True)
class Scan:
    """What was seen of a scan: its lines by page, a small picture, its size in dots, and why there is no text."""

    lines: tuple[tuple[int, str], ...] = ()
    picture: bytes = b""
    size: tuple[int, int] = (0, 0)
    problem: str = ""


def recognition_at_hand() -> str | None:
    """Return the program that recognises text; None where it is not installed."""
    if found := shutil.which(PROGRAM):
        return found
    usual = os.path.join(os.environ.get("PROGRAMFILES", ""), "Tesseract-OCR", "tesseract.exe")  # noqa: PTH118
    return usual if os.name == "nt" and os.path.isfile(usual) else None  # noqa: PTH113


def recogniser() -> str:
    """Return what can be read here: empty, ``tesseract``, or ``tesseract ind`` where it knows Indonesian.

    A reading that was kept under another answer is made again.
    """
    program = recognition_at_hand()
    if program is None:
        return ""
    return f"{PROGRAM} {INDONESIAN}" if INDONESIAN in _languages(program, _data_changed(program)) else PROGRAM


def recognised(content: bytes, kind: str, *, with_recognition: bool = True) -> Scan:
    """Return what is seen of a picture or a PDF of pictures; `problem` is ``damaged``, ``scan`` or ``no_text``."""
    limits = document_limits()
    try:
        pictures = _pictures_of(content, kind, limits["max_scanned_pages"] if with_recognition else 1)
        first = pictures[min(pictures)]
        small, size = _small(first, limits["picture_width"]), _size_of(content, kind)
    except Exception:  # whatever a library says of a damaged picture
        return Scan(problem="damaged")
    program = recognition_at_hand()
    if program is None or not with_recognition:
        return Scan((), small, size, "scan")
    lines: list[tuple[int, str]] = []
    turn, end = 0, time.monotonic() + limits["scan_seconds"]
    for page, picture in pictures.items():
        if page > 1 and time.monotonic() > end:
            break
        if _is_blank(picture):
            continue
        told, turn = _best_reading(program, picture, turn, is_paper=kind in ("pdf", "tiff"))
        lines += [(page, line) for line in told]
        if turn and picture is first:
            small = _small(first.rotate(turn, expand=True), limits["picture_width"])
    return Scan(tuple(lines), small, size, "" if lines else "no_text")


@cache
def _languages(program: str, _changed: float) -> frozenset[str]:
    try:
        done = subprocess.run(
            [program, "--list-langs"],
            capture_output=True,
            timeout=document_limits()["page_seconds"],
            check=False,
            **without_window(),
        )
    except (OSError, subprocess.TimeoutExpired):
        return frozenset()
    told = (done.stdout + done.stderr).decode("utf-8", errors="replace")
    return frozenset(line.strip() for line in told.splitlines())


def _data_changed(program: str) -> float:
    """Return when the folders that may hold its languages were changed: what was asked before is asked again."""
    folders = [os.environ.get("TESSDATA_PREFIX", ""), os.path.join(os.path.dirname(program), "tessdata")]  # noqa: PTH118, PTH120
    folders += [f"/usr/share/tesseract-ocr/{version}/tessdata" for version in ("4.00", "5")]
    return max((os.stat(folder).st_mtime for folder in folders if folder and os.path.isdir(folder)), default=0.0)  # noqa: PTH112, PTH116


def _is_blank(picture: Any) -> bool:
    """Return whether hardly a dot of a page in grey is darker than its ground: nothing is written on it."""
    limits = document_limits()
    counts = picture.histogram()
    total, ground, seen = sum(counts), 0, 0
    for shade, count in enumerate(counts):
        seen += count
        if 2 * seen >= total:
            ground = shade
            break
    dark = sum(counts[: max(0, ground - limits["ink_shades"])])
    return bool(dark * 1_000_000 < total * limits["ink_dots_per_million"])


def _best_reading(program: str, picture: Any, first: int, *, is_paper: bool) -> tuple[list[str], int]:
    """Return the lines of a page, and the turn that reads best, in degrees; `first` is that of the page before.

    A photograph that bears hardly a letter, as it lies and on its side, is turned no further.
    """
    limits = document_limits()
    best, most = (-1.0, list[str](), first), 0
    for count, turn in enumerate(dict.fromkeys((first, *TURNS))):
        if count > 1 and not is_paper and most < limits["turned_letters"]:
            break
        lines, letters, sure = _read_page(program, picture.rotate(turn, expand=True))
        best, most = max(best, (letters * sure, lines, turn)), max(most, letters)
        if sure >= limits["sure_percent"] and letters >= limits["turned_letters"]:
            break
    return best[1], best[2]


def _read_page(program: str, picture: Any) -> tuple[list[str], int, float]:
    """Return the lines of a page, the letters of its words, and how sure they are in percent on average."""
    limits = document_limits()
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    lines: dict[tuple[str, ...], list[str]] = {}
    letters, weighed = 0, 0.0
    for row in csv.DictReader(io.StringIO(_asked(program, stream.getvalue())), delimiter="\t", quoting=csv.QUOTE_NONE):
        word, sure = (row.get("text") or "").strip(), _number(row.get("conf"))
        if not word or sure < limits["word_percent"]:
            continue
        place = tuple(str(row.get(name)) for name in ("block_num", "par_num", "line_num"))
        lines.setdefault(place, []).append(word)
        letters += len(word)
        weighed += len(word) * sure
    return [" ".join(words) for words in lines.values()], letters, weighed / letters if letters else 0.0


def _number(text: str | None) -> float:
    try:
        return float(text or "-1")
    except ValueError:
        return -1.0


def _asked(program: str, picture: bytes) -> str:
    quiet = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    for language in (["-l", INDONESIAN], []):
        try:
            words = [program, "stdin", "stdout", *language, "--psm", COLUMN_OF_LINES, "tsv"]
            done = subprocess.run(
                words,
                input=picture,
                capture_output=True,
                timeout=document_limits()["page_seconds"],
                env=quiet,
                check=False,
                **without_window(),
            )
        except (OSError, subprocess.TimeoutExpired):
            return ""
        if done.returncode == 0:
            return str(done.stdout.decode("utf-8", errors="replace"))
    return ""


def _pictures_of(content: bytes, kind: str, most: int) -> dict[int, Any]:
    """Return pages by their number, in grey, upright as a camera says, of a size that is read well."""
    from PIL import Image, ImageOps

    limits = document_limits()
    Image.MAX_IMAGE_PIXELS = limits["max_picture_dots"]
    if kind != "pdf":
        picture = Image.open(io.BytesIO(content))
        picture.load()
        return {1: _sized(ImageOps.exif_transpose(picture).convert("RGBA"))}
    import pypdfium2  # type: ignore[import-untyped]

    document = pypdfium2.PdfDocument(content)
    pictures = {}
    for at in pages_read(len(document), most):
        longest = max(document[at].get_size()) or 1
        scale = min(limits["scan_dots_per_inch"] / 72, limits["longest_side"] / longest)
        pictures[at + 1] = document[at].render(scale=scale).to_pil().convert("L")
    return pictures


def _size_of(content: bytes, kind: str) -> tuple[int, int]:
    """Return width and height of a picture in dots as it was sent; zeros for pages."""
    from PIL import Image

    return (0, 0) if kind == "pdf" else Image.open(io.BytesIO(content)).size


def _sized(picture: Any) -> Any:
    from PIL import Image

    limits = document_limits()
    ground = Image.new("RGBA", picture.size, "white")
    grey = Image.alpha_composite(ground, picture).convert("L")
    longest = max(grey.size) or 1
    wanted = min(limits["longest_side"], max(limits["shortest_long_side"], longest))
    if wanted == longest:
        return grey
    width, height = (max(1, round(side * wanted / longest)) for side in grey.size)
    return grey.resize((width, height), Image.Resampling.LANCZOS)


def _small(picture: Any, width: int) -> bytes:
    small = picture.copy()
    small.thumbnail((width, width * 2))
    stream = io.BytesIO()
    small.save(stream, "PNG", optimize=True)
    return stream.getvalue()
