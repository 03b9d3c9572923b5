"""Pages that are not published, since they would say only that there are no data yet: no page leads to them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from iga.errors import Sentence
from reports.run.declaration import Report
from reports.site.cities_of_site import LeftOut
from warehouse import disk

WITHOUT_DATA = "without_data"
"""Where `build.json` names these pages, so that they are tried again only when something has changed."""

_LINK = r'<a\b[^>]*\bhref="(?:{names})(?:#[^"]*)?"[^>]*>(.*?)</a>'
Record = dict[str, Any]


def left_out(pages: Iterable[str], reports: Iterable[Report]) -> tuple[LeftOut, ...]:
    """Return the pages as those that a build leaves out, each once, with the headings of `reports`."""
    cause = Sentence("none of its parts has any data yet")
    headings = {report.page: report.heading for report in reports}
    return tuple(LeftOut(page, cause, headings.get(page)) for page in dict.fromkeys(pages))


def remove_page(folder: Path, report: Report) -> None:
    """Remove the files of a page that an earlier build has made: they must not stand as if they were current."""
    for output in report.outputs:
        disk.remove(folder / report.file_of(output))


def unlink_pages(folder: Path, pages: Iterable[Report], others: Iterable[Report]) -> None:
    """Take the links to pages that are not there out of the others: an item of a list whole, elsewhere the link."""
    names = "|".join(re.escape(page.file_of(output)) for page in pages for output in page.outputs)
    if not names:
        return
    link = _LINK.format(names=names)
    item = re.compile(rf"<li>\s*{link}\s*</li>\n?", re.DOTALL)
    anywhere = re.compile(link, re.DOTALL)
    for path in (folder / other.file_name for other in others):
        if path.is_file():
            html = path.read_text(encoding="utf-8")
            without = anywhere.sub(r"\1", item.sub("", html))
            if without != html:
                disk.write_text(path, without, synced=False)


def still_without(before: Mapping[str, Any], tried: Collection[tuple[str, str]]) -> list[Record]:
    """Return what the last build noted of such pages that this one has not tried."""
    return [record for record in before.get(WITHOUT_DATA, ()) if (record["page"], record["lang"]) not in tried]
