"""What IPython and its kin display besides pictures: frames, sounds, scripts, links, widgets, code."""

from __future__ import annotations

from typing import Any

from reports.blocks.content import Notice
from reports.shown.adapted import Adapted, Asked
from reports.shown.plain_values import of_text_of
from warehouse.language import Language


def not_shown(language: Language, kind: str, next_step: str) -> Notice:
    """Return the notice of something that a report does not show."""
    return Notice(text=language("Not shown in a report: {kind}.").format(kind=kind), next_step=next_step)


def of_frame(_value: Any, asked: Asked) -> Adapted:
    """Return the notice of a page from elsewhere."""
    _ = asked.language
    return Adapted((not_shown(_, _("a page from elsewhere (nothing is fetched)"), _("name its address in a text")),))


def of_sound(_value: Any, asked: Asked) -> Adapted:
    """Return the notice of a sound or a film."""
    _ = asked.language
    return Adapted((not_shown(_, _("a sound or a film"), _("say in a text what it shows")),))


def of_script(_value: Any, asked: Asked) -> Adapted:
    """Return the notice of a script."""
    _ = asked.language
    return Adapted((not_shown(_, _("a script (none runs)"), _("show its result as a table, a chart or a picture")),))


def of_path(_value: Any, asked: Asked) -> Adapted:
    """Return the notice of a place on this machine, which no reader can open."""
    _ = asked.language
    step = _("show what the file holds, or print its name")
    return Adapted((not_shown(_, _("a path of the machine that built it"), step),))


def of_code(value: Any, asked: Asked) -> Adapted:
    """Return code as its text."""
    return of_text_of(str(value.data), asked)


def of_widget(_value: Any, asked: Asked) -> Adapted:
    """Return the notice of a control that answers to the pointer."""
    return Adapted((widget_notice(asked.language),))


def widget_notice(language: Language) -> Notice:
    """Return the notice of a control that answers to the pointer."""
    _ = language
    step = _("show the result for the values that matter, as a table or a chart")
    return not_shown(_, _("a widget, which answers in JupyterLab only"), step)
