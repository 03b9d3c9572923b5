"""Writes a folder with all reports of a home, as any web server or shared drive serves it, after a check for names.

The folder is made aside, looked through, and takes the place of the former one at once. Only an empty folder or one
that this module has written makes way.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from lxml import html
from pydantic import BaseModel, ConfigDict, ValidationError

from analysis import open_snapshot
from analysis.personal.registered_names import NameFinder, registered_names
from iga.reasons import reason_of
from iga.written_toml import parsed_toml
from reports.blocks.block import Block
from reports.blocks.content import PageGroup, PageList, Span, Text
from reports.blocks.templates import Finished
from reports.city_settings import FOLDER as CITY_FOLDER, CitySettings, CitySettingsInvalid, read_settings
from reports.pages.city_index.headline import simulated_banner
from reports.render.page import Link, page
from reports.render.page_notice import at_head
from reports.site.build_facts import BUILD_FACTS, read_facts
from reports.site.folder import give_up, swap
from reports.site.notice import FRONT_PAGE
from reports.site.reading_aids import SEARCH_PAGE, TERMS_PAGE, sections_of
from warehouse import disk
from warehouse.errors import ExitCode, HomeLocked, HomeUnusable, UnknownName, WorkbenchError
from warehouse.home import Home
from warehouse.language import DEFAULT_LANGUAGE, LANGUAGES, Language
from warehouse.lock import LockTaken, lock_held
from warehouse.temporary import cleared_when_ended
from workbench.office.folder_check import Finding, findings_in

MARK = "publikasi.json"
"""The file by which a folder is known as one of ours."""
FORMAT = "iga-workbench published folder 1"
EXCEPTIONS = "publication.toml"
"""The file of a home that says which texts are no names, although a register has them."""
LISTED = 40
"""A site of more pages than this is listed by its own front page alone."""

OnStep = Callable[[str, int, int], None]
"""Called with what is done, and how far of how much."""


class NamesFound(WorkbenchError):
    """Names of persons, or other personal data, stand in what was to be published."""

    exit_code = ExitCode.PERSONAL


class ExceptionsInvalid(WorkbenchError):
    """The file that says which texts are no names cannot be read."""

    exit_code = ExitCode.USAGE


class Exceptions(BaseModel):
    """What `publication.toml` states: texts that are no names of persons, each for a reason that stands beside it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    not_names: tuple[str, ...] = ()
    not_personal: tuple[str, ...] = ()


@dataclass(frozen=True)
class Published:
    """A folder as it was written, or would have been: its sites, its files, and what was found in them."""

    folder: Path
    sites: tuple[str, ...]
    file_count: int
    is_simulated: bool
    name_count: int
    findings: tuple[Finding, ...] = ()


def publish(
    home: Home,
    folder: Path,
    *,
    sites: Sequence[str] = (),
    now: datetime | None = None,
    is_check: bool = False,
    on_step: OnStep = lambda what, done, total: None,
) -> Published:
    """Write the reports of a home (or of the sites that are named) to a folder, and return what was written.

    Where the check finds anything, nothing is written: `findings` says what and where. With `is_check` nothing is
    written in any case. Raises UnknownName (no reports, no such site), HomeUnusable (the folder holds other things, or
    lies in the home), HomeLocked (a site is being built), NoSnapshot, ExceptionsInvalid.
    """
    target = Path(os.path.realpath(folder))
    _refuse_others(target, home)
    names = _sites(home, sites)
    _mend(target)
    private = disk.private_folder(target.parent, _prefix(target))
    with cleared_when_ended(private, lambda: give_up(private, target)):
        try:
            private.chmod(0o755)
            for done, name in enumerate(names):
                on_step(name, done, len(names))
                with _unchanged(home, name):
                    _copy_site(home.reports / name, private / name)
            is_simulated = any(read_facts(home.reports / name).get("is_simulated", True) for name in names)
            on_step("", len(names), len(names))
            finder, name_count, not_personal = _known_persons(home)
            _write_aids(private, names, is_simulated=is_simulated)
            findings = tuple(findings_in(private, finder, not_personal))
            written = sorted(path for path in private.rglob("*") if path.is_file())
            if not findings and not is_check:
                _write_mark(private, written, names, now or datetime.now(tz=UTC))
                swap(private, target)
        finally:
            disk.discard(private)
    return Published(target, names, len(written), is_simulated, name_count, findings)


def is_ours(folder: Path) -> bool:
    """Return whether this module has written a folder."""
    try:
        told = json.loads((folder / MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(told, dict) and told.get("format") == FORMAT


def _refuse_others(target: Path, home: Home) -> None:
    if target.is_relative_to(home.root) or home.root.is_relative_to(target):
        raise HomeUnusable(
            "What is published cannot lie in the home, nor the home in it: others would read all that the home keeps",
            next_step="choose a folder elsewhere, such as that of the web server",
            place=str(target),
        )
    if not target.exists():
        return
    if not target.is_dir() or (any(target.iterdir()) and not is_ours(target)):
        raise HomeUnusable(
            "The folder holds things that this command has not written; they would be lost",
            next_step="choose a new or an empty folder",
            place=str(target),
        )


def _sites(home: Home, wanted: Sequence[str]) -> tuple[str, ...]:
    built = sorted(facts.parent.name for facts in home.reports.glob(f"*/{BUILD_FACTS}"))
    if unknown := [name for name in wanted if name not in built]:
        raise UnknownName(
            "The site {site} has not been built",
            next_step="those that are: {known}",
            site=unknown[0],
            known=", ".join(built) or "-",
        )
    if not built:
        raise UnknownName(
            "There are no reports to publish", next_step="build some: `iga report build`", place=str(home.reports)
        )
    return tuple(dict.fromkeys(wanted)) or tuple(built)


def _prefix(target: Path) -> str:
    return f".{target.name}.iga-"


def _mend(target: Path) -> None:
    """Mend what one that was killed has left: the former folder comes back, what was begun goes."""
    for old in sorted(target.parent.glob(f"{_prefix(target)}*.old")):
        if target.exists():
            disk.discard(old)
        else:
            disk.replace(old, target)
    for begun in target.parent.glob(f"{_prefix(target)}*"):
        disk.discard(begun)


@contextmanager
def _unchanged(home: Home, site: str) -> Iterator[None]:
    """Hold the lock of a site, so that no build replaces it while it is copied."""
    with ExitStack() as held:
        try:
            held.enter_context(lock_held(home.runs / f"build-{site}.lock"))
        except LockTaken as error:
            raise HomeLocked(
                "The site {site} is being built",
                next_step="wait until it has finished, then run the command again",
                site=site,
            ) from error
        yield


def _copy_site(source: Path, target: Path) -> None:
    """Copy what readers of a site open; what a build notes for the next one stays at home, and so do hidden files."""
    for path in sorted(source.rglob("*")):
        place = path.relative_to(source)
        if path.is_symlink() or not path.is_file() or any(part.startswith(".") for part in place.parts):
            continue
        if place.name != BUILD_FACTS:
            with disk.new_file(target / place, synced=False) as stream:
                stream.write(path.read_bytes())


def _known_persons(home: Home) -> tuple[NameFinder, int, list[str]]:
    """What finds the persons that the home knows, how many they are, and the texts that may stand there anyway."""
    excepted, signers, addresses = _exceptions(home), [], []
    for settings in _city_settings(home):
        signers.append((settings.signer.name, "signer"))
        addresses += [settings.contact, settings.address]
    with open_snapshot(None, home.root) as snapshot:
        known = registered_names(snapshot, home, signers, excepted=excepted.not_names)
    return NameFinder(known), len({name.words for name in known}), [*addresses, *excepted.not_personal]


def _city_settings(home: Home) -> Iterator[CitySettings]:
    for path in sorted((home.root / CITY_FOLDER).glob("*.toml")):
        try:
            yield read_settings(home, path.stem)
        except CitySettingsInvalid:
            continue  # letters of this city cannot be written either, and their command says why


def _exceptions(home: Home) -> Exceptions:
    path = home.root / EXCEPTIONS
    if not path.is_file():
        return Exceptions()
    try:
        return Exceptions.model_validate(parsed_toml(path.read_text(encoding="utf-8")))
    except (ValidationError, UnicodeDecodeError, ValueError) as error:
        raise ExceptionsInvalid(
            "The file of exceptions cannot be read: {cause}",
            next_step='write not_names = ["..."] for texts that are no names of persons',
            place=str(path),
            cause=reason_of(error),
        ) from error


@dataclass(frozen=True)
class _Page:
    """A page that is published: its address from the front page, its title, and what can be found on it."""

    href: str
    title: str
    sections: list[Any]


def _write_aids(private: Path, sites: Collection[str], *, is_simulated: bool) -> None:
    """Write the front page and the search over all sites, in each language that any of them is told in."""
    found = {lang: {name: _pages(private, name, lang) for name in sites} for lang in LANGUAGES}
    there = [lang for lang in LANGUAGES if any(found[lang].values())]
    first = DEFAULT_LANGUAGE if DEFAULT_LANGUAGE in there else there[0]
    for lang in there:
        language = Language(lang)
        names = {name: _named(name, lang, first) for name in (FRONT_PAGE, SEARCH_PAGE)}
        frame = _Frame(language, names, [(other, _named(FRONT_PAGE, other, first)) for other in there], is_simulated)
        groups = tuple(_group(private, name, pages, lang) for name, pages in found[lang].items() if pages)
        disk.write_text(private / names[FRONT_PAGE], frame.front(groups), synced=False)
        entries = [[one.href, one.title, one.sections] for pages in found[lang].values() for one in pages]
        disk.write_text(private / names[SEARCH_PAGE], frame.search(groups, entries), synced=False)


def _named(file: str, lang: str, first: str) -> str:
    stem, ending = file.rsplit(".", 1)
    return file if lang == first else f"{stem}.{lang}.{ending}"


def _pages(private: Path, site: str, lang: str) -> list[_Page]:
    """The pages of a site in a language, the front page first; those that help to read are left out."""
    pages = []
    for path in sorted((private / site).rglob("*.html"), key=lambda path: (path.name != FRONT_PAGE, path.as_posix())):
        if path.name in (SEARCH_PAGE, TERMS_PAGE):
            continue
        content = path.read_text(encoding="utf-8")
        root = html.document_fromstring(content.encode(), parser=html.HTMLParser(encoding="utf-8", huge_tree=True))
        if root.get("lang") == lang:
            heading = root.find(".//h1")
            title = " ".join(heading.text_content().split()) if heading is not None else path.stem
            pages.append(_Page(path.relative_to(private).as_posix(), title, list(sections_of(content))))
    return pages


def _group(private: Path, site: str, pages: list[_Page], lang: str) -> PageGroup:
    from reports.run.declaration import load_sites

    declared = load_sites().get(site)
    title = declared.title.told(lang) if declared else pages[0].title
    listed = pages if len(pages) <= LISTED else pages[:1]
    return PageGroup(
        title=title, pages=tuple((Span(text=one.title, href=one.href), _files(private, one)) for one in listed)
    )


def _files(private: Path, one: _Page) -> tuple[Span, ...]:
    files = [(private / one.href).with_suffix(ending) for ending in (".pdf", ".xlsx")]
    return tuple(
        Span(text=path.suffix[1:].upper(), href=path.relative_to(private).as_posix())
        for path in files
        if path.is_file()
    )


@dataclass(frozen=True)
class _Frame:
    """The frame of the pages that are written here: their language, their names, and whether figures are simulated."""

    language: Language
    names: dict[str, str]
    languages: list[tuple[str, str]]
    is_simulated: bool

    def front(self, groups: tuple[PageGroup, ...]) -> str:
        """Return the front page: what there is, and a way to search it."""
        _ = self.language
        told = Text(text=_("Reports as they were published; who wants to know more asks the office that sent them."))
        body = Block.join([simulated_banner(self.is_simulated, _), Block([told, PageList(groups=groups)], _)])
        return self._framed(body, _("All reports"), FRONT_PAGE)

    def search(self, groups: tuple[PageGroup, ...], entries: list[Any]) -> str:
        """Return the page that searches all reports; without a script it lists them."""
        _ = self.language
        # A "<" within the index would end the element that holds it.
        index = json.dumps(entries, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
        body = Block.join([simulated_banner(self.is_simulated, _), Block([PageList(groups=groups)], _)])
        made = self._framed(body, _("Search"), SEARCH_PAGE, index)
        return at_head(made, Finished('<div id="search"></div>'))

    def _framed(self, body: Block, title: str, name: str, index: str = "") -> str:
        _ = self.language
        switch = [
            Link(Language(lang)("Name of this language"), href, lang == _.code, lang) for lang, href in self.languages
        ]
        return page(
            body,
            title=title,
            subtitle=_("Indeks Inovasi Daerah: reports of this office"),
            site_title=_("Published reports"),
            language=_,
            navigation=[Link(_("Front page"), self.names[FRONT_PAGE], name == FRONT_PAGE)],
            languages=switch if len(switch) > 1 else (),
            search=[Link(_("Search"), self.names[SEARCH_PAGE], name == SEARCH_PAGE)],
            index=index,
        )


def _write_mark(private: Path, written: list[Path], sites: Collection[str], now: datetime) -> None:
    files = {path.relative_to(private).as_posix(): sha256(path.read_bytes()).hexdigest() for path in written}
    told = {
        "format": FORMAT,
        "published_at": now.astimezone().isoformat(timespec="seconds"),
        "sites": list(sites),
        "files": files,
    }
    disk.write_text(private / MARK, json.dumps(told, indent=1, ensure_ascii=False) + "\n", synced=False)
