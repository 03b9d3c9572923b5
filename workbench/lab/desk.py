"""The form of the start page: choose city, edition, rulebook and language, then load, report, readiness or plan.

Every button shows the code that it ran. Work goes on in a thread of its own, so that the page stays alive meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import ipywidgets as widgets

from analysis import Questions, open_snapshot
from iga.errors import MendableError
from warehouse.errors import NoSnapshot
from warehouse.home import Home
from warehouse.language import Language
from warehouse.rules.home_rules import rulebooks_of
from warehouse.snapshot import current_snapshot_id
from warehouse.visible_text import visible
from workbench.lab import jobs
from workbench.lab.plain_errors import sentences
from workbench.loading import STEPS

if TYPE_CHECKING:
    from reports.run.declaration import Site

WATCH_S = 5.0
"""How often the form looks whether another load has published a newer snapshot."""

OWN_STEPS = {"report": "Running notebooks", "letters": "Writing letters"}

# A layout made here would be a widget of whichever process imports this first, and unknown to a kernel forked from it:
# a page that is loaded again would not find it. Each widget makes its own from this.
BUTTON = {"width": "auto", "min_width": "110px"}
CODE = "background:#f4f6f8;border:1px solid #d9dfe5;padding:8px;font-size:12px;white-space:pre-wrap;margin:4px 0"
GOOD = "background:#e8f5ec;border-left:4px solid #2f7d4f;padding:8px 12px;color:#10331f;font-size:13px"
BAD = "background:#fdecea;border-left:4px solid #b3261e;padding:8px 12px;color:#410e0b;font-size:13px"
LINK = "color:#0b5cad;text-decoration:underline"
MOST_LINKS = 6
AMBER = "background:#fff4d6;border-left:4px solid #b7791f;padding:8px 12px;color:#3b2f00;font-size:13px"
CITIES = ("Kota Bengkulu", "Kota Magelang", "Kota Bandar Lampung")
"""What the form offers before anything has been loaded; any other name can be typed."""

Work = Callable[[], tuple[str, str]]
"""Does a button's work; gives the HTML of the result and the code that does the same."""


def highest_maturity(home: Home) -> float:
    """Return the highest maturity that the rules of any edition allow: no threshold lies above it."""
    maxima = [rulebook.parameters.maturity_maximum.upper for rulebook in rulebooks_of(home)]
    return float(max(maximum for maximum in maxima if maximum is not None))


class Desk:
    """The form. `box` is what a notebook shows; the public methods are its buttons."""

    def __init__(self, lang: str = "id", home: str | Path | None = None) -> None:
        self.home = Home.at(home)
        self.language = Language(lang)
        self._busy = threading.Lock()
        self._seen: str | None = None
        self._build()
        self.refresh()

    def _build(self) -> None:
        _ = self.language
        style = {"description_width": "110px"}
        self.city = widgets.Combobox(
            description=_("City"), options=CITIES, value=CITIES[0], ensure_option=False, style=style
        )
        rulebooks = rulebooks_of(self.home)
        newest = rulebooks.newest_complete().edition
        self.edition = widgets.BoundedIntText(description=_("Edition"), value=newest, min=2017, max=2100, style=style)
        none = (_("as the edition has it"), "")
        rules = [(name, name) for name in rulebooks.names]
        self.rules = widgets.Dropdown(description=_("Rulebook"), options=[none, *rules], style=style)
        self.lang = widgets.Dropdown(
            description=_("Language"), options=[("Bahasa Indonesia", "id"), ("English", "en")], style=style,
            value=self.language.code,
        )  # fmt: skip
        self.threshold = widgets.BoundedFloatText(
            description=_("Threshold"), value=float(jobs.THRESHOLD), min=0, max=highest_maturity(self.home), style=style
        )
        self.day = widgets.DatePicker(description=_("Day"), value=datetime.now(tz=UTC).astimezone().date(), style=style)
        self.upload = widgets.FileUpload(description=_("Add a file"), multiple=True, layout=BUTTON)
        self.upload.observe(self._uploaded, "value")
        self.buttons = {
            "load": (_("Load"), "success", self.load),
            "report": (_("Make report"), "primary", self.report),
            "readiness": (_("Readiness"), "", self.readiness),
            "plan": (_("Plan"), "", self.plan),
            "letters": (_("Letters"), "", self.letters),
            "what_if": (_("What if"), "", self.what_if),
        }
        self.shown_buttons = {
            name: widgets.Button(description=text, button_style=kind, layout=BUTTON)
            for name, (text, kind, _action) in self.buttons.items()
        }
        for name, button in self.shown_buttons.items():
            button.add_class(f"iga-{name}")
            button.on_click(lambda _button, action=self.buttons[name][2]: action())
        self.state = widgets.HTML()
        self.news = widgets.HTML()
        self.step = widgets.Label()
        self.progress = widgets.IntProgress(min=0, max=1, layout=widgets.Layout(width="260px", visibility="hidden"))
        self.result = widgets.HTML()
        self.place = widgets.VBox([])
        self.code = widgets.HTML()
        self.own = widgets.HTML()
        self.own.add_class("iga-own")
        fields = widgets.HBox(
            [
                widgets.VBox([self.city, self.edition, self.threshold]),
                widgets.VBox([self.rules, self.lang, self.day]),
                self.upload,
            ]
        )
        self.box = widgets.VBox(
            [
                self.state,
                self.news,
                fields,
                widgets.HBox(list(self.shown_buttons.values()), layout=widgets.Layout(flex_flow="row wrap")),
                widgets.HBox([self.progress, self.step]),
                self.result,
                self.place,
                self.code,
                self.own,
            ]
        )
        self.box.add_class("iga-desk")

    @property
    def is_busy(self) -> bool:
        """Whether a button's work is still going on."""
        return self._busy.locked() or self.shown_buttons["load"].disabled

    def refresh(self) -> None:
        """Show the state of the data as it is now, the cities that are in it, and what the home has of its own."""
        self.own.value = self._own_content()
        try:
            with open_snapshot(home=self.home.root) as snapshot:
                snapshot.use_language(self.language.code)
                self._show_state(snapshot)
        except NoSnapshot:
            text = self.language(
                "Nothing has been loaded yet. Add a file or drop it into the folder inbox, then press Load."
            )
            self.state.value = f'<div style="{AMBER}">{escape(text)}</div>'
        except MendableError as error:
            self.state.value = self._told(error)

    def _own_content(self) -> str:
        """The home's own notebooks, to be opened, and its own sites: built, not yet built, or not usable and why."""
        from reports.run.own_notebooks import own_notebooks
        from reports.run.own_sites import sites_of_home

        _ = self.language
        notebooks = [
            f'<a href="/lab/tree/{quote(path.relative_to(self.home.root).as_posix())}" target="_blank" '
            f'style="{LINK}">{escape(name)}</a>'
            for name, path in own_notebooks(self.home).items()
        ]
        sites = sites_of_home(self.home)
        own = [self._site(site) for site in sites.usable.values() if site.is_own]
        own += [f'<div style="{BAD}">{escape(visible(fault.error.in_one_line(_)))}</div>' for fault in sites.faults]
        lists = ((_("Own notebooks"), notebooks), (_("Own sites"), own))
        return "".join(
            f"<p><b>{escape(title)}</b></p><ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>"
            for title, items in lists
            if items
        )

    def _site(self, site: Site) -> str:
        front = self.home.reports / site.name / "index.html"
        title = site.title.told(self.language.code)
        if front.is_file():
            return self._link(front, title)
        text = self.language("not built yet: `iga report build {site}`").format(site=site.name)
        return f"{escape(title)} ({escape(text)})"

    def _show_state(self, snapshot: Questions) -> None:
        if self._seen is None and snapshot.editions:
            self.edition.value = snapshot.editions[-1]
        self._seen = snapshot.snapshot_id
        self.news.value = ""
        self.city.options = tuple(dict.fromkeys([*snapshot.cities, *CITIES]))
        mark = f"<b>{escape(self.language('SIMULATED DATA'))}</b> · " if snapshot.is_simulated else ""
        rows = snapshot.seasons.group_by("city", maintain_order=True).agg("edition", "innovation_count")
        cities = "; ".join(
            f"{escape(city)} "
            + ", ".join(
                f"{edition} ({self.language.whole(count)})" for edition, count in zip(years, counts, strict=True)
            )
            for city, years, counts in rows.iter_rows()
        )
        head = f"{self.language('Snapshot')} <code>{snapshot.snapshot_id[:12]}</code>"
        self.state.value = f'<div style="{GOOD}">{mark}{head}: {cities}</div>'

    def watch(self) -> None:
        """Say so, from now on, when another load publishes a newer snapshot."""

        def look() -> None:
            while True:
                time.sleep(WATCH_S)
                self.look_for_news()

        threading.Thread(target=look, daemon=True, name="iga-watch").start()

    def look_for_news(self) -> None:
        """Show the notice of a newer snapshot where there is one."""
        newest = current_snapshot_id(self.home)
        if newest is None or newest == self._seen or self._busy.locked() or self.news.value:
            return
        text = self.language("A newer snapshot {id} has been published; the next button reads it.")
        self.news.value = f'<div role="status" style="{AMBER}">{escape(text.format(id=newest[:12]))}</div>'

    def load(self) -> None:
        """Read the inbox and show what was read, what goes back, and the lists of the season."""
        city, edition, lang = self._choice()
        threshold = f"{self.threshold.value:g}"

        def work() -> tuple[str, str]:
            loaded = jobs.load_inbox(self.home.root, self._on_progress)
            html = self._loaded(loaded)
            code = ["from workbench.lab.jobs import load_inbox, season_lists", "load_inbox().files"]
            if city is not None:
                lists = jobs.season_lists(city, edition, threshold=threshold, lang=lang, home=self.home.root)
                html += "".join(self._folded(one.title, one._repr_html_()) for one in lists.values())
                code.append(f"season_lists({city!r}, {edition}, threshold={threshold!r}, lang={lang!r})")
            return html, "\n".join(code)

        self._run(work, needs_season=True)

    def report(self) -> None:
        """Make the report of the city and edition, and link to it."""
        city, edition, lang = self._choice()
        rules = self.rules.value

        def work() -> tuple[str, str]:
            self._on_progress("report", 0, 1)
            written = jobs.make_report(
                city or "", edition, rules=rules, lang="en" if lang == "en" else "id", home=self.home.root
            )
            code = (
                "from workbench.lab.jobs import make_report\n"
                f"make_report({city!r}, {edition}, rules={rules!r}, lang={lang!r})"
            )
            return self._links(self.language("The report is ready"), written) + self._incomplete(written), code

        self._run(work)

    def _incomplete(self, written: list[Path]) -> str:
        """What the page of a report says too: that a file of it could not be made."""
        if any(path.suffix == ".pdf" for path in written):
            return ""
        text = self.language("The PDF could not be made; the page says why and what to do.")
        return f'<div role="alert" style="{AMBER}">{escape(text)}</div>'

    def readiness(self) -> None:
        """Show who has sent what and what is missing."""
        city, edition, lang = self._choice()
        rules, day = self.rules.value or None, self.day.value

        def work() -> tuple[str, str]:
            with self._snapshot(lang) as snapshot:
                found = snapshot.readiness(city or "", edition, on=day, rules=rules)
                lists = (found.asked, found.gaps)
                html = found._repr_html_() + "".join(self._folded(each.title, each._repr_html_()) for each in lists)
            return html, _asked(f"snapshot.readiness({city!r}, {edition}, on={day!r}, rules={rules!r})", day)

        self._run(work)

    def letters(self) -> None:
        """Write nota dinas and letters to the units, and link to them."""
        city, edition, _lang = self._choice()

        def work() -> tuple[str, str]:
            self._on_progress("letters", 0, 1)
            code = f"from reports.letters import write_letters\nwrite_letters({city!r}, {edition})"
            return self._letters(city or "", edition), code

        self._run(work)

    def _letters(self, city: str, edition: int) -> str:
        """The documents of the season, written anew, each as Word file and PDF."""
        from reports.letters import write_letters
        from reports.letters.writing import NothingToWrite
        from workbench.site_build import replaced_letters

        try:
            written = write_letters(city, edition, home=self.home.root, lang=self.language.code)
        except NothingToWrite as error:
            return f"<p>{escape(error.told(self.language)[0])}</p>"
        names = dict.fromkeys(path.stem for path in written.files)
        rows = "".join(
            f"<li>{escape(name)}: "
            + ", ".join(self._link(path, path.suffix[1:]) for path in written.files if path.stem == name)
            + "</li>"
            for name in names
        )
        text = self.language("Drafts without signature: {reasons}")
        draft = f"<p><b>{escape(text.format(reasons='; '.join(written.draft)))}</b></p>" if written.is_draft else ""
        beside = "".join(f"<p>{escape(visible(file.told(self.language)))}</p>" for file in written.beside)
        beside += "".join(f"<p>{escape(line)}</p>" for line in replaced_letters(written, self.language))
        return self._folded(f"{self.language('Letters')}: {len(names)}", f"{draft}{beside}<ul>{rows}</ul>")

    def plan(self) -> None:
        """Show the ordered list of the one plan, everything sent, as every other surface shows it."""
        city, edition, lang = self._choice()
        rules, day = self.rules.value or None, self.day.value

        def work() -> tuple[str, str]:
            with self._snapshot(lang) as snapshot:
                found = snapshot.plan_list(city or "", edition, on=day, rules=rules)
            question = f"snapshot.plan_list({city!r}, {edition}, on={day!r}, rules={rules!r})"
            return found._repr_html_(), _asked(question, day)

        self._run(work)

    def what_if(self) -> None:
        """Open the sliders of the season below the form."""
        from workbench.lab.what_if_form import WhatIfForm

        city, edition, lang = self._choice()
        rules = self.rules.value or None

        def work() -> tuple[str, str]:
            with self._snapshot(lang) as snapshot:
                form = WhatIfForm(snapshot, city or "", edition, rules=rules)
            self.place.children = (form.box,)
            return "", (
                "from analysis import open_snapshot\nfrom workbench.lab.what_if_form import WhatIfForm\n"
                f"WhatIfForm(open_snapshot(), {city!r}, {edition}, rules={rules!r})"
            )

        self._run(work)

    def _choice(self) -> tuple[str | None, int, str]:
        return self.city.value.strip() or None, int(self.edition.value), str(self.lang.value)

    def _snapshot(self, lang: str) -> Questions:
        snapshot = open_snapshot(home=self.home.root)
        snapshot.use_language(lang)
        return snapshot

    def _run(self, work: Work, *, needs_season: bool = False) -> None:
        """Do the work in a thread; whatever happens, the buttons come back and the page says what happened."""
        if not self._busy.acquire(blocking=False):
            return
        self._wait(is_waiting=True)
        started = time.monotonic()

        def done() -> None:
            try:
                html, code = work()
                seconds = self.language.number(time.monotonic() - started, 1)
                self.result.value = html
                self.code.value = self._code(code)
                self.step.value = self.language("Done in {seconds} s").format(seconds=seconds)
            except (MendableError, OSError) as error:
                self.result.value = self._told(error)
                self.step.value = ""
            except Exception as error:  # the last line of defence: the form must go on working
                text = f"{self.language('Fault in the software')}: {type(error).__name__}: {error}"
                self.result.value = f'<div role="alert" style="{BAD}">{escape(text)}</div>'
                self.step.value = ""
            finally:
                self._busy.release()
                self._wait(is_waiting=False)
                self.refresh()

        self.result.value = self.code.value = ""
        self.place.children = ()
        threading.Thread(target=done, daemon=True, name="iga-work").start()

    def _wait(self, *, is_waiting: bool) -> None:
        for button in self.shown_buttons.values():
            button.disabled = is_waiting
        self.progress.layout.visibility = "visible" if is_waiting else "hidden"
        self.progress.value = 0

    def _on_progress(self, step: str, done: int, total: int) -> None:
        self.progress.max, self.progress.value = max(total, 1), done
        self.step.value = self.language((STEPS | OWN_STEPS).get(step, step))

    def _uploaded(self, _change: Any) -> None:
        city, edition, _lang = self._choice()
        try:
            saved = [
                jobs.save_to_inbox(city or "", edition, one.name, bytes(one.content), self.home.root)
                for one in self.upload.value
            ]
        except (MendableError, OSError) as error:
            self.result.value = self._told(error)
            return
        if saved:
            text = self.language("In the inbox: {files}. Press Load.")
            names = ", ".join(path.relative_to(self.home.inbox).as_posix() for path in saved)
            self.result.value = f'<div style="{GOOD}">{escape(visible(text.format(files=names)))}</div>'
            self.upload.value = ()

    def _loaded(self, loaded: jobs.Loaded) -> str:
        _ = self.language
        lines = loaded.lines(_) or [
            _("No new file in the inbox; snapshot {id} stays").format(id=loaded.result.snapshot_id)
        ]
        held = loaded.result.held.filter(loaded.result.held["file_sha256"].is_in(list(loaded.is_first_seen))).height
        html = "".join(f'<div style="{BAD if held else GOOD}"><b>{escape(line)}</b></div>' for line in lines)
        if loaded.returned:
            links = [one.path for one in loaded.returned[:MOST_LINKS]]
            html += self._links(_("To return to the sender"), links, len(loaded.returned) - len(links))
        headings = {column: _(text) for column, text in jobs.FILE_HEADERS.items()}
        from analysis.result import Result

        files = Result(frame=loaded.files, title=_("Received files"), language=_, shown=headings)
        return html + self._folded(f"{_('Received files')}: {loaded.files.height}", files._repr_html_())

    def _links(self, title: str, paths: list[Path], more: int = 0) -> str:
        """Links to files of the home, as the server of the workspace gives them out."""
        links = [self._link(path, path.name) for path in paths]
        if more:
            links.append(escape(self.language("{count} more in the folder returns").format(count=more)))
        return f'<div style="{GOOD}">{escape(title)}: {", ".join(links)}</div>'

    def _link(self, path: Path, text: str) -> str:
        address = quote(path.relative_to(self.home.root).as_posix())
        return f'<a href="/files/{address}" target="_blank" style="{LINK}">{escape(visible(text))}</a>'

    def _folded(self, title: str, html: str) -> str:
        return f"<details><summary>{escape(title)}</summary>{html}</details>"

    def _code(self, code: str) -> str:
        text = self.language("The same as code, to go on from in a cell")
        return f'<details open><summary>{escape(text)}</summary><pre style="{CODE}">{escape(code)}</pre></details>'

    def _told(self, error: BaseException) -> str:
        lines = [line.replace("\x1b[1;31m", "").replace("\x1b[0m", "") for line in sentences(error, self.language)]
        return f'<div role="alert" style="{BAD}">{"<br>".join(escape(line) for line in lines)}</div>'

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self.box)


def _asked(question: str, day: date | None = None) -> str:
    head = "import datetime\n\n" if day else ""
    return head + f"from analysis import open_snapshot\n\nsnapshot = open_snapshot()\n{question}"


def open_desk(lang: str = "id") -> Desk:
    """The form of the start page, watching for newer snapshots; the extension of the kernel is loaded with it."""
    from IPython.core.getipython import get_ipython

    from workbench.lab import load_ipython_extension

    if (shell := get_ipython()) is not None:
        load_ipython_extension(shell)
    desk = Desk(lang)
    desk.watch()
    return desk
