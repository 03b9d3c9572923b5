"""Make the fonts that a PDF falls back on, and the table of the signs that all its fonts can show.

    python tools/make_fonts.py NOTO_FOLDER NOTO_EMOJI_FILE

NOTO_FOLDER holds the TrueType files of Noto (in Debian the package fonts-noto-core), NOTO_EMOJI_FILE is the monochrome
Noto Emoji, as WOFF2 of the npm package @fontsource/noto-emoji or as TrueType. fontTools is needed, and brotli to read
WOFF2. Each font keeps its signs and the rules by which they join; hints for screens of few dots are left out. The font
of last resort is our own: one crossed box for every code point (a cmap of format 13), so that no sign is without one.
"""

from __future__ import annotations

import csv
import io
import sys
from itertools import pairwise
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont, newTable
from fontTools.ttLib.tables._c_m_a_p import cmap_format_13

FOLDER = Path(__file__).resolve().parents[1] / "reports" / "typst" / "fonts"
COVERAGE = FOLDER / "coverage.csv"
MAIN = ("Arimo-Regular.ttf", "Arimo-Bold.ttf", "Arimo-Italic.ttf")
LAST_RESORT = "LastResort.ttf"
NOTO = (
    "NotoSansArabic", "NotoSansJavanese", "NotoSansBalinese", "NotoSansSundanese", "NotoSansBatak", "NotoSansBuginese",
    "NotoSansRejang", "NotoSansDevanagari", "NotoSansThai", "NotoSansSymbols2",
)  # fmt: skip
EMOJI = "NotoEmoji"
FALLBACK = (*NOTO, EMOJI)
"""In the order in which they are asked for a sign (`reports/typst/paper.typ` names the families in the same)."""
FIXED_TIME = 0
"""Fonts bear no date of their making, so that the same sources give the same bytes."""


def main(noto: Path, emoji: Path) -> None:
    """Write the fonts of last resort and of the scripts, and the table of what all of them cover."""
    sources = {name: next(noto.rglob(f"{name}-Regular.ttf")) for name in NOTO} | {EMOJI: emoji}
    for name, source in sources.items():
        (FOLDER / f"{name}-Regular.ttf").write_bytes(subset(source))
    (FOLDER / LAST_RESORT).write_bytes(last_resort())
    COVERAGE.write_text(coverage_table(), encoding="utf-8", newline="\n")
    for path in sorted(FOLDER.iterdir()):
        print(f"{path.stat().st_size:>9,}  {path.name}")


def subset(source: Path) -> bytes:
    """Return a font with all its signs and joining rules, without hints and without what only other programs read."""
    font = TTFont(source, recalcTimestamp=False)
    options = Options(layout_features=["*"], hinting=False, name_IDs=["*"], notdef_outline=True, legacy_kern=False)
    # Of the fonts of Arimo nothing is changed, of those of Noto nothing but this.
    options.drop_tables += ["STAT", "MVAR", "DSIG", "vhea", "vmtx", "VORG"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=sorted(font.getBestCmap()))
    subsetter.subset(font)
    font.flavor = None
    return saved(font)


def last_resort() -> bytes:
    """Return the font of one crossed box for every code point."""
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "box"])
    builder.setupCharacterMap({0x20: "box"})
    builder.setupGlyf({".notdef": box(), "box": box()})
    builder.setupHorizontalMetrics({".notdef": (700, 60), "box": (700, 60)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    # Without a full name (name ID 4) the typesetter leaves the font out and says nothing.
    names = {
        "familyName": "IGA Last Resort", "styleName": "Regular", "uniqueFontIdentifier": "IGA Last Resort Regular",
        "fullName": "IGA Last Resort", "psName": "IGALastResort-Regular", "version": "Version 1.0",
        "licenseDescription": "Part of IGA Workbench, under the same licence.",
    }  # fmt: skip
    builder.setupNameTable(names)
    builder.setupOS2(sTypoAscender=800, sTypoDescender=-200, usWinAscent=800, usWinDescent=200)
    builder.setupPost()
    every_sign = cmap_format_13(13)
    every_sign.platformID, every_sign.platEncID, every_sign.language, every_sign.format = 3, 10, 0, 13
    every_sign.cmap = {code: "box" for code in range(0x20, 0x110000) if not 0xD800 <= code <= 0xDFFF}
    builder.font["cmap"] = newTable("cmap")
    builder.font["cmap"].tableVersion, builder.font["cmap"].tables = 0, [every_sign]
    builder.font["head"].created = builder.font["head"].modified = FIXED_TIME
    builder.font.recalcTimestamp = False
    return saved(builder.font)


def box() -> object:
    """Return the drawing of a box with a cross in it."""
    pen = TTGlyphPen(None)
    low, high, left, right, line = 0, 700, 60, 640, 50
    inner = (left + line, low + line, right - line, high - line)
    for corners in (
        [(left, low), (left, high), (right, high), (right, low)],
        [(inner[0], inner[1]), (inner[2], inner[1]), (inner[2], inner[3]), (inner[0], inner[3])],
        [(inner[0], inner[1]), (inner[0], inner[1] + line), (inner[2] - line, inner[3]), (inner[2], inner[3]),
         (inner[2], inner[3] - line), (inner[0] + line, inner[1])],
        [(inner[2] - line, inner[1]), (inner[0], inner[3] - line), (inner[0], inner[3]), (inner[0] + line, inner[3]),
         (inner[2], inner[1] + line), (inner[2], inner[1])],
    ):  # fmt: skip
        pen.moveTo(corners[0])
        for corner in corners[1:]:
            pen.lineTo(corner)
        pen.closePath()
    return pen.glyph()


def coverage_table() -> str:
    """Return the code points that each family draws, as ranges; a sign that several have is that of the first."""
    families = {"Arimo": set.intersection(*(covered(name) for name in MAIN))}
    families |= {family_of(path): covered(path.name) for name in FALLBACK for path in [FOLDER / f"{name}-Regular.ttf"]}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("family", "first", "last"))
    before: set[int] = set()
    for family, codes in families.items():
        for first, last in ranges(codes - before):
            writer.writerow((family, f"{first:04X}", f"{last:04X}"))
        before |= codes
    return out.getvalue()


def covered(name: str) -> set[int]:
    """Return the code points of a font."""
    return set(TTFont(FOLDER / name).getBestCmap())


def family_of(path: Path) -> str:
    """Return the family that a font says it is of."""
    return str(TTFont(path)["name"].getDebugName(1))


def ranges(codes: set[int]) -> list[tuple[int, int]]:
    """Return code points as ranges, first and last of each."""
    ordered = sorted(codes)
    ends = [0, *(place for place, (a, b) in enumerate(pairwise(ordered), start=1) if b != a + 1), len(ordered)]
    return [(ordered[first], ordered[after - 1]) for first, after in pairwise(ends)]


def saved(font: TTFont) -> bytes:
    """Return the bytes of a font."""
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
