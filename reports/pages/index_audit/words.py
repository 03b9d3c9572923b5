"""What the audit says first: how many checks pass, which fail, and which are to be watched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from reports.blocks.block import Block
from reports.blocks.message import message
from reports.pages.index_audit.blocks import IndexAudit

NAMED = 3


def opening(audit: IndexAudit) -> Block:
    """Return the message of the page."""
    return message(_sentences(audit), audit.language, is_simulated=audit.robustness.is_simulated)


def _sentences(audit: IndexAudit) -> Iterator[str | None]:
    _ = audit.language
    counts = Counter(check.verdict for check in audit.checks)
    text = _("Of {total} checks {passed} pass, {watched} need attention and {failed} fail.")
    yield text.format(
        total=_.whole(len(audit.checks)),
        passed=_.whole(counts["pass"]),
        watched=_.whole(counts["watch"]),
        failed=_.whole(counts["fail"]),
    )
    if counts["not_applicable"]:
        few = _("{count} cannot be judged, since there are too few units to judge them on.")
        yield few.format(count=_.whole(counts["not_applicable"]))
    failed = [_.label("audit_check", check.name) for check in audit.checks if check.verdict == "fail"]
    if failed:
        yield _("What fails first: {checks}.").format(checks="; ".join(failed[:NAMED]))
