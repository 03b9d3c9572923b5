"""One executed notebook becomes every file of its report: HTML now, and what else its site declares.

A writer takes the finished run, writes its files into the folder of the run, and returns their names. Writers are
listed in `WRITERS` under the names that site files use (`outputs: [html, pdf, xlsx, ipynb]`). Each may fail alone: the
others are written all the same, and the page says at its head what is missing and why.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iga.reasons import reason_of
from reports.blocks.block import Block
from reports.blocks.content import Heading, Notice, PageGroup, PageList, Part, Span
from reports.render.cells import parts_of, requests_in
from reports.render.document import Document, document_of
from reports.render.empty_page import says_nothing
from reports.render.page import Link, page
from reports.render.page_notice import at_head
from reports.render.replaced_signs import note_for_page, note_for_pdf, replaced_in
from reports.run.declaration import OutputKind, Report
from warehouse import disk
from warehouse.errors import ExitCode, HomeUnusable, MendableError, WorkbenchError
from warehouse.home import Home, disk_full
from warehouse.keeping.personal_data import masked
from warehouse.language import Language

if TYPE_CHECKING:
    from nbformat import NotebookNode


class OutputUnknown(WorkbenchError):
    """A site declares an output that no writer is installed for."""

    exit_code = ExitCode.USAGE


class OutputFailed(WorkbenchError):
    """A writer failed for a cause that is a fault of the software."""

    exit_code = ExitCode.REPORT


@dataclass(frozen=True)
class MissingOutput:
    """An output that could not be written: why, what to do, the exit code of the cause; in the language of the page."""

    output: OutputKind
    cause: str
    next_step: str
    exit_code: int


@dataclass(frozen=True)
class Written:
    """The files of a report, in the order declared, what is missing among them, and what its notebook should say yet.

    `requests` ask whoever makes the notebook for something, such as the description of a picture. `replaced` are the
    texts of which the PDF does not show every sign, in words. `is_empty`: nothing was written, since the page would say
    only that there are no data yet.
    """

    files: tuple[str, ...]
    missing: tuple[MissingOutput, ...] = ()
    requests: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    is_empty: bool = False


@dataclass(frozen=True)
class OutputContext:
    """What a report's files say beside the notebook's own words.

    `navigation` and `siblings` are the links of the HTML page; `downloads` are those to the other files of the report,
    `languages` those to the same page in other languages, `city_pages` those to what else there is on its city, `aids`
    those to search and terms; `glossary` is the page of terms. `hub` lists all pages of the city with their files, on
    the page that stands for the city.
    `home` is where the settings of the city (letterhead, signer) are read from. `earlier` names the outputs of an
    earlier build that stand until they are replaced, each with the snapshot that it is of ("" where that is not known).
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
    city_pages: tuple[Link, ...] = ()
    aids: tuple[Link, ...] = ()
    glossary: str = ""
    hub: tuple[PageGroup, ...] = ()
    earlier: Mapping[OutputKind, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Finished:
    """A finished run of a notebook, with what its files are to say and the folder that they go to."""

    executed: NotebookNode
    report: Report
    context: OutputContext
    folder: Path
    missing: tuple[MissingOutput, ...] = ()

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """What the cells of the notebook give. Raises ShownRefused for what a report does not take over."""
        return parts_of(self.executed, self.context.language, is_simulated=self.context.is_simulated)

    @cached_property
    def replaced(self) -> tuple[str, ...]:
        """The texts of which the PDF does not show every sign, in words; none where there is no PDF."""
        if "pdf" not in self.report.outputs or any(missing.output == "pdf" for missing in self.missing):
            return ()
        return tuple(replaced.told(self.context.language) for replaced in replaced_in(self.document))

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
    """Write every declared output of a report into `folder`, as far as they can be written.

    The page is written last, since it says what is missing; nothing is written of one that would say only that there
    are no data yet. Raises OutputUnknown before anything is written,
    ShownRefused for what a report does not take over, the fault of the first output when none can be written, and
    HomeUnusable when the disk is full.
    """
    if unknown := [output for output in report.outputs if output not in WRITERS]:
        raise OutputUnknown(
            "Report {page} declares an output that cannot be written: {outputs}",
            next_step="those that exist: {known}",
            place=f"reports/sites/{report.site}.yaml",
            page=report.page,
            outputs=", ".join(unknown),
            known=", ".join(WRITERS),
        )
    run = Finished(masked(executed), report, context, folder)  # here, so that no output of any notebook forgets it
    if says_nothing(run.parts, context.language):
        return Written((), is_empty=True)
    names: dict[OutputKind, list[str]] = {}
    faults: dict[OutputKind, MendableError] = {}
    for output in (output for output in report.outputs if output != "html"):
        try:
            names[output] = WRITERS[output](run)
        except Exception as fault:  # one output that fails must not take the others with it
            if full := full_disk(fault, context.home):
                raise full from fault
            faults[output] = fault if isinstance(fault, MendableError) else _of_software(output, fault)
    missing = tuple(_missing(output, fault, context.language) for output, fault in faults.items())
    if "html" in report.outputs:
        names["html"] = WRITERS["html"](replace(run, missing=missing))
    elif not names:
        raise next(iter(faults.values()))
    files = tuple(name for output in report.outputs for name in names.get(output, ()))
    replaced = () if any(one.output == "pdf" for one in missing) else run.replaced
    return Written(files, missing, requests_in(run.parts), replaced)


def full_disk(error: BaseException, home: Home) -> HomeUnusable | None:
    """Return what to tell when the disk was full, wherever in the chain of causes that is said."""
    cause: BaseException | None = error
    while cause is not None:
        told = disk_full(cause, home) if isinstance(cause, Exception) and not isinstance(cause, MendableError) else None
        if told is not None:
            return HomeUnusable(
                "The disk is full; the last good reports stand",
                next_step="free some space and build the reports again",
                place=told.place,
            )
        cause = cause.__cause__ or cause.__context__
    return None


def _missing(output: OutputKind, fault: MendableError, language: Language) -> MissingOutput:
    cause, _, next_step = fault.told(language)
    return MissingOutput(output, cause, next_step, fault.exit_code)


def _of_software(output: OutputKind, fault: Exception) -> OutputFailed:
    if isinstance(fault, MemoryError):
        return OutputFailed(
            "The {output} file could not be written: the memory was not enough",
            next_step="close other programs or build with --jobs 1; or show fewer rows",
            output=output.upper(),
        )
    if isinstance(fault, OSError) and fault.errno is not None:
        return OutputFailed(
            "The {output} file could not be written: {cause}",
            next_step="check the folder of the reports: permissions, free space, programs that hold its files open",
            output=output.upper(),
            cause=reason_of(fault),
        )
    return OutputFailed(
        "The {output} file could not be written: {cause}",
        next_step="it is a fault of the software: report this message; the other files of the page are complete",
        output=output.upper(),
        cause=f"{type(fault).__name__}: {fault}",
    )


def _html(run: Finished) -> list[str]:
    """The self-contained page."""
    report, context = run.report, run.context
    absent = {report.file_of(missing.output) for missing in run.missing}
    html = page(
        Block((*run.parts, *_hub(context, absent), *note_for_page(run.replaced, context.language)), context.language),
        title=report.heading.told(context.language.code),
        subtitle=report.subtitle.told(context.language.code),
        site_title=context.site_title,
        language=context.language,
        navigation=context.navigation,
        siblings=context.siblings,
        downloads=[link for link in context.downloads if link.href not in absent],
        languages=context.languages,
        letterhead=_letterhead(report, context),
        city_pages=context.city_pages,
        search=context.aids,
        glossary=context.glossary,
        citation=citation_of(report.heading.told(context.language.code), context),
    )
    if run.missing:
        html = at_head(html, _incomplete(run).html)
    disk.write_text(run.folder / report.file_of("html"), html, synced=False)
    return [report.file_of("html")]


def _hub(context: OutputContext, absent: Collection[str]) -> list[Part]:
    """Every page of the city with its files, at the end of the page that stands for it; none that is missing."""
    if not context.hub:
        return []
    groups = tuple(
        PageGroup(
            title=group.title,
            pages=tuple(
                (link, tuple(file for file in files if file.href not in absent)) for link, files in group.pages
            ),
        )
        for group in context.hub
    )
    return [Heading(level=1, text=context.language("All pages of this city")), PageList(groups=groups)]


def citation_of(title: str, context: OutputContext) -> str:
    """Return how a paper cites a page: its title, its site, software and version, and the snapshot."""
    text = context.language("{title}. {site}. IGA Workbench {version}, snapshot {snapshot}.")
    return text.format(
        title=title, site=context.site_title, version=context.software_version, snapshot=context.snapshot_id
    )


def _incomplete(run: Finished) -> Block:
    """The notice that files of the page are missing; an earlier one is linked under the snapshot that it is of."""
    _ = run.context.language
    text = (Span(text=_("This page is not complete."), style="strong"),)
    return Block([Notice(text=text, items=tuple(_told_missing(run, missing) for missing in run.missing))], _)


def _told_missing(run: Finished, missing: MissingOutput) -> tuple[Span, ...]:
    file, earlier = run.report.file_of(missing.output), _earlier(run, missing.output)
    told = f"{run.context.language('{file} is missing.').format(file=file)} {missing.cause}"
    then = f" ({missing.next_step})" if missing.next_step else ""
    link = (Span(text=" · "), Span(text=earlier, href=file)) if earlier else ()
    return (Span(text=told + then), *link)


def _earlier(run: Finished, output: OutputKind) -> str:
    """The words for an earlier file that stands beside the page; nothing where there is none."""
    snapshot, _ = run.context.earlier.get(output), run.context.language
    if snapshot is None:
        return ""
    if not snapshot:
        return _("the file of an earlier build, not of this page")
    return _("the file of an earlier build, from snapshot {snapshot}, not of this page").format(snapshot=snapshot)


def _letterhead(report: Report, context: OutputContext) -> dict[str, Any] | None:
    """The letterhead of the city that the report is about; None for one without settings."""
    from base64 import b64encode

    from reports.city_settings import has_settings, letterhead_of, read_settings
    from warehouse.region import resolve_city

    city = report.parameters.get("city")
    region = resolve_city(str(city)) if city else None
    if region is None or not has_settings(context.home, region.region_code):
        return None
    head = letterhead_of(context.home, region, read_settings(context.home, region.region_code))
    kind = "png" if head.arms and head.arms.startswith(b"\x89PNG") else "jpeg"
    arms = f"data:image/{kind};base64,{b64encode(head.arms).decode()}" if head.arms else ""
    alt = context.language("Coat of arms of {region}").format(region=region.full_name)
    return {"head": head, "arms": arms, "alt": alt}


def _pdf(run: Finished) -> list[str]:
    """The accessible PDF, under the letterhead of the city if it has given one."""
    from reports.city_settings import report_letterhead
    from reports.render.pdf import pdf_of

    report = run.report
    city = report.parameters.get("city")
    letterhead = report_letterhead(run.context.home, str(city)) if city else None
    parts = (*run.document.parts, *note_for_pdf(run.replaced, run.context.language))
    document = replace(run.document, parts=parts)
    disk.write_bytes(run.folder / report.file_of("pdf"), pdf_of(document, letterhead, report.paper), synced=False)
    return [report.file_of("pdf")]


def _xlsx(run: Finished) -> list[str]:
    """The workbook of every table, with codebook and check of the calculation."""
    from reports.render.report_workbook import workbook_of

    disk.write_bytes(run.folder / run.report.file_of("xlsx"), workbook_of(run.document), synced=False)
    return [run.report.file_of("xlsx")]


def _ipynb(run: Finished) -> list[str]:
    """The executed notebook, without parameters and paths."""
    from reports.render.executed import scrubbed, written

    context = run.context
    copy = scrubbed(run.executed, [context.home.root], context.language, is_simulated=context.is_simulated)
    text = written(copy)
    disk.write_text(run.folder / run.report.file_of("ipynb"), text, synced=False)
    return [run.report.file_of("ipynb")]


WRITERS: dict[str, Writer] = {"html": _html, "pdf": _pdf, "xlsx": _xlsx, "ipynb": _ipynb}
