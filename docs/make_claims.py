"""Writes the two tables of docs/claims.md and the picture beside them, from generated nations whose truth is known.

    python -m docs.make_claims

A test fails when the tables are not what this writes.
"""

from __future__ import annotations

from pathlib import Path

import altair as alt
import polars as pl

from reports.blocks.figure import MUTED
from reports.blocks.palette import BLUE, NAVY
from tests.generated_nation import reliability

HERE = Path(__file__).resolve().parent
PAGE, PICTURE = HERE / "claims.md", HERE / "images" / "claims-reliability.svg"
NATIONS = range(12)
HEAD = (
    "| peluang / probability | pernyataan / claims | dikatakan / said | berlaku / held |\n"
    "|---|---|---|---|"
)  # fmt: skip
MARKS = {
    True: ("<!-- with a shared error: written by docs/make_claims.py -->", "dengan kekeliruan bersama / with it"),
    False: ("<!-- without a shared error: written by docs/make_claims.py -->", "tanpanya / without"),
}
END = "<!-- end of table -->"


def main() -> None:
    """Write tables and picture."""
    frames = {has_city_error: reliability(NATIONS, has_city_error=has_city_error) for has_city_error in MARKS}
    page = PAGE.read_text(encoding="utf-8")
    for has_city_error, frame in frames.items():
        page = _with_table(page, MARKS[has_city_error][0], frame)
    PAGE.write_text(page, encoding="utf-8", newline="\n")
    picture(frames).save(str(PICTURE))


def _with_table(page: str, mark: str, frame: pl.DataFrame) -> str:
    head, _, rest = page.partition(mark)
    _, _, tail = rest.partition(END)
    rows = [
        f"| {probability.replace('-', '–')} | {count} | {said:.2f} | {held:.2f} |"
        for probability, count, said, held in frame.iter_rows()
    ]
    return f"{head}{mark}\n\n{HEAD}\n" + "\n".join(rows) + f"\n\n{END}{tail}"


def picture(frames: dict[bool, pl.DataFrame]) -> alt.LayerChart | alt.FacetChart:
    """The reliability diagram: what is said against how often it holds, and the line where both are equal."""
    labels = {has_city_error: label for has_city_error, (_, label) in MARKS.items()}
    rows = pl.concat([frame.with_columns(model=pl.lit(labels[kind])) for kind, frame in frames.items()])
    axis = alt.Axis(format=".0%", values=[0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
    scale = alt.Scale(domain=[0.45, 1.0])
    x = alt.X("mean_probability:Q", scale=scale, axis=axis, title="dikatakan / said")
    y = alt.Y("share_held:Q", scale=scale, axis=axis, title="berlaku / held")
    colour = alt.Color(
        "model:N",
        scale=alt.Scale(domain=list(labels.values()), range=[NAVY, BLUE]),
        legend=alt.Legend(title=None, orient="bottom", direction="vertical", labelLimit=260),
    )
    line = alt.Chart(pl.DataFrame({"mean_probability": [0.45, 1.0], "share_held": [0.45, 1.0]}))
    base = alt.Chart(rows).encode(x=x, y=y, color=colour)
    return alt.layer(
        line.mark_line(color=MUTED, strokeDash=[4, 4]).encode(x=x, y=y),
        base.mark_line(),
        base.mark_point(filled=True, size=70, opacity=1).encode(
            shape=alt.Shape("model:N", scale=alt.Scale(domain=list(labels.values())))
        ),
    ).properties(
        width=380,
        height=380,
        title=["Seberapa sering pernyataan berlaku (simulasi)", "How often claims hold (simulated)"],
    )


if __name__ == "__main__":
    main()
