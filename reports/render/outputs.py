"""One executed notebook becomes every file of its report: HTML now, and what else its site declares.

A writer takes the finished run, writes its files into the folder of the run, and returns their names. Writers are
listed in `WRITERS` under the names that site files use (`outputs: [html, pdf, xlsx, ipynb]`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from reports.blocks.block import Block, render
from reports.blocks.content import Part
from reports.render.cells import parts_of, requests_in
from reports.render.document import Document, document_of
from reports.render.page import Link, page
from reports.run.declaration import Report
from warehouse.errors import ExitCode, WorkbenchError
from warehouse.home import Home, write_atomically
from warehouse.language import Language

if TYPE_CHECKING:
    from nbformat import NotebookNode


class OutputUnknown(WorkbenchError):
    """A site declares an output that no writer is installed for."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True)
class Written:
    """The files of a report, in the order declared, and what its notebook should still say, such as a description."""

    files: tuple[str, ...]
    requests: tuple[str, ...] = ()


@dataclass(frozen=True)
class OutputContext:
    """What a report's files say beside the notebook's own words.

    `navigation` and `siblings` are the links of the HTML page; `downloads` are those to the other files of the report,
    `languages` those to the same page in other languages.
    `home` is where the settings of the city (letterhead, signer) are read from.
    """

    site_title: str
    language: Language
    snapshot_id: str
    software_version: str
    is_simulated: bool
    home: Home
    navigation: tuple[Link, ...] = ()
    siblings: tuple[Link, ...] = ()
    downloads: tuple[Link, ...] = ()
    languages: tuple[Link, ...] = ()


@dataclass(frozen=True)
class Finished:
    """A finished run of a notebook, with what its files are to say and the folder that they go to."""

    executed: NotebookNode
    report: Report
    context: OutputContext
    folder: Path

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """What the cells of the notebook give. Raises ShownRefused for what a report does not take over."""
        return parts_of(self.executed, self.context.language, is_simulated=self.context.is_simulated)

    @cached_property
    def document(self) -> Document:
        """What the report says, for the outputs that are not HTML; put together once for all of them."""
        context = self.context
        return document_of(
            self.parts,
            title=self.report.heading.told(context.language.code),
            subtitle=self.report.subtitle.told(context.language.code),
            site_title=context.site_title,
            language=context.language,
            snapshot_id=context.snapshot_id,
            software_version=context.software_version,
            is_simulated=context.is_simulated,
        )


Writer = Callable[[Finished], list[str]]


def write_outputs(executed: NotebookNode, report: Report, context: OutputContext, folder: Path) -> Written:
    """Write every declared output of a report into `folder`.

    Raises OutputUnknown before anything is written, ShownRefused for what a report does not take over, and what the
    writers raise.
    """
    if missing := [output for output in report.outputs if output not in WRITERS]:
        raise OutputUnknown(
            "Report {page} declares an output that cannot be written: {outputs}",
            next_step="those that exist: {known}",
            place=f"reports/sites/{report.site}.yaml",
            page=report.page,
            outputs=", ".join(missing),
            known=", ".join(WRITERS),
        )
    finished = Finished(executed, report, context, folder)
    files = [name for output in report.outputs for name in WRITERS[output](finished)]
    return Written(tuple(files), requests_in(finished.parts))


def _html(run: Finished) -> list[str]:
    """The self-contained page."""
    report, context = run.report, run.context
    html = page(
        Block(run.parts, context.language),
        title=report.heading.told(context.language.code),
        subtitle=report.subtitle.told(context.language.code),
        site_title=context.site_title,
        language=context.language,
        navigation=context.navigation,
        siblings=context.siblings,
        downloads=context.downloads,
        languages=context.languages,
        letterhead=_letterhead(report, context),
    )
    write_atomically(run.folder / report.file_of("html"), html)
    return [report.file_of("html")]


def _letterhead(report: Report, context: OutputContext) -> Block:
    """The letterhead of the city that the report is about; empty for one without settings."""
    from base64 import b64encode

    from reports.city_settings import letterhead_of, read_settings, settings_path
    from warehouse.region import resolve_city

    city = report.parameters.get("city")
    region = resolve_city(str(city)) if city else None
    if region is None or not settings_path(context.home, region.region_code).is_file():
        return Block()
    head = letterhead_of(context.home, region, read_settings(context.home, region.region_code))
    kind = "png" if head.arms and head.arms.startswith(b"\x89PNG") else "jpeg"
    arms = f"data:image/{kind};base64,{b64encode(head.arms).decode()}" if head.arms else ""
    alt = context.language("Coat of arms of {region}").format(region=region.full_name)
    return render("letterhead.html", head=head, arms=arms, alt=alt)


def _pdf(run: Finished) -> list[str]:
    """The accessible PDF, under the letterhead of the city if it has given one."""
    from reports.city_settings import report_letterhead
    from reports.render.pdf import pdf_of

    report = run.report
    city = report.parameters.get("city")
    letterhead = report_letterhead(run.context.home, str(city)) if city else None
    (run.folder / report.file_of("pdf")).write_bytes(pdf_of(run.document, letterhead, report.paper))
    return [report.file_of("pdf")]


def _xlsx(run: Finished) -> list[str]:
    """The workbook of every table, with codebook and check of the calculation."""
    from reports.render.report_workbook import workbook_of

    (run.folder / run.report.file_of("xlsx")).write_bytes(workbook_of(run.document))
    return [run.report.file_of("xlsx")]


def _ipynb(run: Finished) -> list[str]:
    """The executed notebook, without parameters and paths."""
    from reports.render.executed import scrubbed, written

    context = run.context
    copy = scrubbed(run.executed, [context.home.root], context.language, is_simulated=context.is_simulated)
    text = written(copy)
    write_atomically(run.folder / run.report.file_of("ipynb"), text)
    return [run.report.file_of("ipynb")]


WRITERS: dict[str, Writer] = {"html": _html, "pdf": _pdf, "xlsx": _xlsx, "ipynb": _ipynb}
