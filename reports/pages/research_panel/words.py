"""What the research panel says first: how much was published, and where figures do not compare."""

from __future__ import annotations

from analysis.panel.export import known_counts
from reports.blocks.block import Block
from reports.blocks.message import message
from reports.pages.research_panel.blocks import PanelReport


def opening(report: PanelReport) -> Block:
    """Return the message of the page."""
    _ = report.language
    counts = known_counts(report.panel.frame)
    known = _.ngettext(
        "Of {rows} city-editions, {scores} has a published score and {statements} any statement.",
        "Of {rows} city-editions, {scores} have a published score and {statements} any statement.",
        int(counts["scores"]),
    )
    refused = sum(broken.is_refused for broken in report.panel.breaks_within)
    cut = _.ngettext(
        "At {count} break in method no trend may be drawn.",
        "At {count} breaks in method no trend may be drawn.",
        refused,
    ).format(count=_.whole(refused))
    return message([known.format(**counts), cut if refused else None], _, is_simulated=False)
