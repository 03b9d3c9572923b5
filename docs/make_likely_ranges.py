"""Measures how likely ranges hold the hidden truth of simulated nations, and writes docs/likely_ranges.md's tables.

    python docs/make_likely_ranges.py             the tables and the diagram from what was measured
    python docs/make_likely_ranges.py --measure   measure again first (minutes)

What was measured stands in docs/likely_ranges.csv and docs/reliability.csv; a test fails when the page or the diagram
is not what this writes, and a slow one when a measurement comes out otherwise.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path

import polars as pl

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent)]

from reports.blocks.palette import GRID, INK, MUTED, light_surfaces, series_colours  # noqa: E402
from simulation.calibration import (  # noqa: E402
    MeasuredCoverage,
    audit_coverage,
    compared_by_donors,
    compared_by_samples,
    coverage_of_chosen_samples,
    coverage_of_independent_innovations,
    donor_coverage,
    nation_of,
    reliability,
)

PAGE, DIAGRAM = HERE / "likely_ranges.md", HERE / "images" / "reliability.svg"
COVERAGE, RELIABILITY = HERE / "likely_ranges.csv", HERE / "reliability.csv"
START, END = "<!-- measured: written by docs/make_likely_ranges.py -->", "<!-- end of what was measured -->"
EDGES = tuple(edge / 10 for edge in range(11))
PER_POINT = 0.4
"""Index points of a point of maturity under 250 points in all: what the width of a mean is shown in."""


def pooled(method: str, found: list[MeasuredCoverage], unit: float = 1.0) -> dict[str, object]:
    """Put several nations together: the share that held, and the mean widths in index points."""
    given = sum(each.given for each in found)
    return {
        "method": method,
        "given": given,
        "refused": sum(each.refused for each in found),
        "share": round(sum(each.held for each in found) / given, 3),
        "width": round(sum(each.width * each.given for each in found) / given * unit, 2),
        "hard_width": round(sum(each.hard_width * each.given for each in found) / given * unit, 2),
    }


def measured_coverage() -> Iterator[dict[str, object]]:
    """Yield a row per method: how many ranges were given, how many hold the truth, how wide they are."""
    for shift in (-3.0, -1.0, 0.0, 1.0, 3.0):
        nations = [nation_of(80, 1000 + seed, shift=shift) for seed in range(5)]
        for draw in (20, 30, 60):
            found = [
                audit_coverage(nation, draw, range(4 * place, 4 * place + 4)) for place, nation in enumerate(nations)
            ]
            yield pooled(f"audit_sample m={draw} shift={shift:+.0f}", found)
    for donors in (8, 12, 20):
        for has_neighbour in (True, False):
            found = [
                donor_coverage(nation_of(donors + 20, 2000 + seed), donors, has_neighbour=has_neighbour)
                for seed in range(15)
            ]
            yield pooled(f"donors J={donors} {'neighbour' if has_neighbour else 'across'}", found)
    nations = [nation_of(60, 3000 + seed) for seed in range(5)]
    chosen = [coverage_of_chosen_samples(nation, 30) for nation in nations]
    yield pooled("wrong: chosen m=30", chosen, PER_POINT)
    independent = [coverage_of_independent_innovations(nation, 20) for nation in nations]
    yield pooled("wrong: independent J=20", independent, PER_POINT)


def measured_reliability() -> pl.DataFrame:
    """Return how often the first of two cities stands above, by stated probability, for donors and for samples."""
    donors = [pair for seed in range(15) for pair in compared_by_donors(nation_of(45, 4000 + seed), 20)]
    samples = [pair for seed in range(15) for pair in compared_by_samples(nation_of(60, 5000 + seed), 30, seed)]
    tables = [("donors", reliability(donors, EDGES)), ("audit_sample", reliability(samples, EDGES))]
    named = [table.select(pl.lit(name).alias("model"), pl.all()) for name, table in tables]
    return pl.concat(named).with_columns(pl.col("stated", "observed").round(3))


WORDS = {
    "audit_sample": ("sampel acak", "random sample"),
    "donors": ("kota donor", "donor cities"),
    "wrong: chosen": ("**salah**: dipilih kota sendiri", "**wrong**: chosen by the city"),
    "wrong: independent": ("**salah**: inovasi dianggap saling lepas", "**wrong**: innovations as if independent"),
    "neighbour": ("SPD dari edisi tetangga", "SPD of the neighbouring edition"),
    "across": ("SPD antarkota", "SPD across cities"),
}


Place = Callable[[float, float], tuple[float, float]]


def method_words(method: str) -> str:
    """Return a method in the words of the page, Indonesian and English."""
    start = next(name for name in WORDS if method.startswith(name))
    rest = method.removeprefix(start).split()
    told = [WORDS[start]] + [WORDS.get(word, (word, word)) for word in rest]
    joined = [", ".join(pair[place] for pair in told) for place in (0, 1)]
    indonesian, english = joined[0].replace("shift=", "geser "), joined[1].replace("shift=", "shift ")
    return f"{indonesian} / *{english}*"


def coverage_table(measured: pl.DataFrame) -> str:
    """Return the table of coverage as Markdown."""
    head = (
        "| cara / method | diberikan / given | ditolak / refused | memuat kebenaran / held the truth | lebar / width |"
        " batas pasti / hard bounds |\n|---|---|---|---|---|---|"
    )
    rows = [
        f"| {method_words(row['method'])} | {row['given']} | {row['refused']} | {row['share'] * 100:.1f} % |"
        f" {row['width']:.1f} | {row['hard_width']:.1f} |"
        for row in measured.iter_rows(named=True)
    ]
    return "\n".join([head, *rows])


def diagram(measured: pl.DataFrame) -> str:
    """Return the reliability diagram as SVG: the observed share by the stated one, of either end and of samples."""
    size, edge = 320, 44
    drawn = _series()

    def place(stated: float, observed: float) -> tuple[float, float]:
        return round(edge + stated * size, 1), round(12 + (1 - observed) * size, 1)

    marks = []
    for model, end, shape, colour, _ in drawn:
        for row in measured.filter(model=model, end=end).iter_rows(named=True):
            title = f"{row['stated']:.2f} → {row['observed']:.2f} ({row['pairs']})"
            marks.append(_mark(shape, colour, *place(row["stated"], row["observed"]), title))
    legend = []
    for line, (_, _, shape, colour, words) in enumerate(drawn):
        x, y = place(0.06, 0.84 - 0.06 * line)
        legend += [_mark(shape, colour, x, y, words), f'<text x="{x + 10}" y="{y + 4}">{words}</text>']
    return "\n".join([*_frame(size, edge, place), *marks, *legend, "</svg>", ""])


def _series() -> list[tuple[str, str, str, str, str]]:
    """What is drawn: model, end, shape, colour, words. The two ends of audit samples agree: one is enough."""
    dark, middle, light = series_colours(3)
    return [
        ("donors", "lower", "circle", dark, "donor, batas bawah / lower end"),
        ("donors", "upper", "square", light, "donor, batas atas / upper end"),
        ("audit_sample", "lower", "diamond", middle, "sampel acak / random sample"),
    ]


def _mark(shape: str, colour: str, x: float, y: float, title: str) -> str:
    """A mark with its words; shapes differ, so that no colour is needed to tell them apart."""
    if shape == "circle":
        drawn = f'circle cx="{x}" cy="{y}" r="5"'
    elif shape == "square":
        drawn = f'rect x="{round(x - 4.5, 1)}" y="{round(y - 4.5, 1)}" width="9" height="9"'
    else:
        drawn = f'path d="M{x} {round(y - 6, 1)}l6 6l-6 6l-6 -6z"'
    return f'<{drawn} fill="{colour}"><title>{title}</title></{drawn.partition(" ")[0]}>'


def _frame(size: int, edge: int, place: Place) -> list[str]:
    """The picture's head, its ground, the grid with its numbers, the line of perfect calibration, the axes' names."""
    width, height = size + edge + 16, size + 60
    told = "Peluang yang dinyatakan dan bagian yang teramati / Probability stated and share observed"
    made = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="sans-serif" font-size="11" fill="{INK}">',
        f"<title>{escape(told)}</title>",
        f'<rect width="{width}" height="{height}" fill="{light_surfaces()["paper"]}"/>',
    ]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        (x, bottom), (left, y) = place(tick, 0), place(0, tick)
        right, top = place(1, 1)
        made.append(f'<path d="M{x} {bottom}V{top}M{left} {y}H{right}" stroke="{GRID}" fill="none"/>')
        made.append(f'<text x="{x}" y="{bottom + 14}" text-anchor="middle">{tick:g}</text>')
        made.append(f'<text x="{left - 6}" y="{y + 4}" text-anchor="end">{tick:g}</text>')
    (x1, y1), (x2, y2) = place(0, 0), place(1, 1)
    made.append(f'<path d="M{x1} {y1}L{x2} {y2}" stroke="{MUTED}" stroke-dasharray="4 3" fill="none"/>')
    middle = place(0.5, 0.5)
    made.append(f'<text x="{middle[0]}" y="{height - 14}" text-anchor="middle">peluang dinyatakan / stated</text>')
    made.append(
        f'<text transform="translate(12 {middle[1]}) rotate(-90)" text-anchor="middle">teramati / observed</text>'
    )
    return made


def reliability_table(measured: pl.DataFrame) -> str:
    """Return what the diagram shows, and the same of audit samples, as Markdown."""
    head = (
        "| kelas / class | ujung / end | pasangan / pairs | dinyatakan / stated | teramati / observed |\n"
        "|---|---|---|---|---|"
    )
    parts = []
    for model in ("donors", "audit_sample"):
        rows = [
            f"| {row['from']:.1f}–{row['to']:.1f} | {'bawah / lower' if row['end'] == 'lower' else 'atas / upper'} |"
            f" {row['pairs']} | {row['stated']:.3f} | {row['observed']:.3f} |"
            for row in measured.filter(model=model).iter_rows(named=True)
            if model == "donors" or row["end"] == "lower"
        ]
        indonesian, english = WORDS[model]
        parts.append("\n".join([f"**{indonesian} / {english}**", "", head, *rows]))
    return "\n\n".join(parts)


def write_page(page: str, coverage: pl.DataFrame, measured: pl.DataFrame) -> str:
    """Return the page with what was measured written anew."""
    head, _, rest = page.partition(START)
    _, _, tail = rest.partition(END)
    picture = (
        "![Diagram keandalan: titik batas bawah di atas garis, batas atas di bawahnya"
        ", sampel acak padanya / reliability diagram: lower ends above the line, upper ends below, samples on it]"
        "(images/reliability.svg)"
    )
    parts = [START, coverage_table(coverage), picture, reliability_table(measured), END]
    return head + "\n\n".join(parts) + tail


def main(arguments: list[str]) -> None:
    """Measure where that is asked for; write the page and the diagram."""
    if "--measure" in arguments:
        pl.DataFrame(list(measured_coverage())).write_csv(COVERAGE, line_terminator="\n")
        measured_reliability().write_csv(RELIABILITY, line_terminator="\n")
    coverage, measured = pl.read_csv(COVERAGE), pl.read_csv(RELIABILITY)
    page = write_page(PAGE.read_text(encoding="utf-8"), coverage, measured)
    PAGE.write_text(page, encoding="utf-8", newline="\n")
    DIAGRAM.write_text(diagram(measured), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
