"""Says so when a notebook's snapshot is no longer the newest, and offers to open the new one under the same names."""

from __future__ import annotations

from html import escape
from typing import Any

from analysis import open_snapshot
from warehouse import Snapshot
from warehouse.home import Home
from warehouse.language import Language
from warehouse.snapshot import current_snapshot_id
from workbench.options import language_of_environment

AMBER = "background:#fff4d6;border-left:4px solid #b7791f;padding:8px 12px;color:#3b2f00;font-size:13px"


def install(shell: Any) -> None:
    """After each cell, look whether the snapshots at hand are the newest; each newer one is announced once."""
    if getattr(shell, "_iga_stale", None) is not None:
        return
    notice = shell._iga_stale = Notice(shell)
    shell.events.register("post_run_cell", notice.after_cell)


class Notice:
    """The notice of one notebook."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.announced: set[str] = set()

    def after_cell(self, _result: Any = None) -> None:
        """Announce a newer snapshot, unless this one has been announced."""
        names = outdated(self.shell.user_ns)
        newest = _newest(self.shell.user_ns, names)
        if not names or newest is None or newest in self.announced:
            return
        self.announced.add(newest)
        self._show(names, newest, language_of_environment())

    def _show(self, names: list[str], newest: str, language: Language) -> None:
        from IPython.display import display

        html = banner(self.shell.user_ns[names[0]].snapshot_id, newest, names, language)
        display(_with_button(html, lambda: reopen(self.shell.user_ns), language))


def outdated(names: dict[str, Any]) -> list[str]:
    """The variables that hold an open snapshot which is no longer the newest; one that was asked for by id is meant."""
    held = {name: value for name, value in names.items() if isinstance(value, Snapshot) and not name.startswith("_")}
    return [
        name for name, value in held.items() if not value.is_closed and not value.is_pinned and not value.is_current
    ]


def reopen(names: dict[str, Any]) -> list[str]:
    """Open the newest snapshot under the names of the outdated ones, and close those; the names."""
    renewed = outdated(names)
    for name in renewed:
        old: Snapshot = names[name]
        names[name] = open_snapshot(home=old.home.root)
        old.close()
    return renewed


def banner(old: str, new: str, names: list[str], language: Language) -> str:
    """The notice as HTML: which snapshot the notebook reads, which is the newest, and the line that opens it."""
    text = language("This notebook reads snapshot {old}; {new} has been published since. Its figures stay as they are.")
    code = "; ".join(f"{name} = open_snapshot()" for name in names)
    line = language("To read the new one: {code}, then run the cells again.").format(
        code=f"<code>{escape(code)}</code>"
    )
    return f'<div role="status" style="{AMBER}">{escape(text.format(old=old[:12], new=new[:12]))}<br>{line}</div>'


def _with_button(html: str, renew: Any, language: Language) -> Any:
    """The notice with a button that opens the new snapshot, where widgets can be shown."""
    import ipywidgets as widgets

    shown = widgets.HTML(html)
    button = widgets.Button(description=language("Open the new snapshot"), layout=widgets.Layout(width="auto"))

    def clicked(_button: Any) -> None:
        names = renew()
        told = language("Now reading the newest snapshot: {names}. Run the cells again.").format(names=", ".join(names))
        shown.value = f'<div role="status" style="{AMBER}">{escape(told)}</div>'
        button.layout.display = "none"

    button.on_click(clicked)
    return widgets.VBox([shown, button])


def _newest(names: dict[str, Any], outdated_names: list[str]) -> str | None:
    if not outdated_names:
        return None
    home: Home = names[outdated_names[0]].home
    return current_snapshot_id(home)
