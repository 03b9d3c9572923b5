"""In a kernel: what a cell shows is sent as the parts of a report.

In a kernel that nobody sits at, the parts stand in the place of a library's own HTML: page, PDF and workbook are made
from them. In JupyterLab (`%load_ext reports.run.kernel.shown`) they stand beside it, and the look stays as it was.
No library is imported for it, and nothing of ours either until a cell shows something: an adapter is looked up by the
name of a value's class.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from IPython.core.formatters import BaseFormatter, DisplayFormatter

from reports.run.kernel.told_errors import PAGE_LANGUAGE

if TYPE_CHECKING:
    from reports.shown.adapted import Adapted

SHARED_NUMBERS = range(-5, 257)
"""Whole numbers that Python keeps once: that a name holds one does not say that it was meant."""


def load_ipython_extension(shell: Any) -> None:
    """Send the parts of what cells show; loading it twice changes nothing."""
    if os.environ.get(PAGE_LANGUAGE):
        if not isinstance(shell.display_formatter, ReportFormatter):
            shell.display_formatter = ReportFormatter(parent=shell)
        return
    from reports.blocks.content import MIME

    shell.display_formatter.formatters[MIME] = PartsFormatter(parent=shell.display_formatter, format_type=MIME)


def unload_ipython_extension(shell: Any) -> None:
    """Send no parts any longer."""
    if isinstance(shell.display_formatter, ReportFormatter):
        shell.display_formatter = DisplayFormatter(parent=shell)
    else:
        from reports.blocks.content import MIME

        shell.display_formatter.formatters.pop(MIME, None)


class ReportFormatter(DisplayFormatter):
    """Gives the parts of a value alone; what no adapter knows shows itself in its own way."""

    def format(
        self, obj: Any, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        """Return the value under the MIME types of a notebook. Raises ShownRefused for what a report cannot take."""
        made = _adapted(obj, _names(self.parent))
        if made is None:
            return super().format(obj, include=include, exclude=exclude)  # type: ignore[no-any-return,no-untyped-call]
        return (_sent(made), {}) if made.parts else ({}, {})


class PartsFormatter(BaseFormatter):
    """Gives the parts of a value beside the look that a person sees; nothing where there are none."""

    def __call__(self, obj: Any) -> dict[str, Any] | None:
        """Return the description of a value; None for what no adapter knows or takes."""
        from reports.blocks.content import MIME
        from reports.shown.refused import ShownRefused

        if not self.enabled:
            return None
        try:
            made = _adapted(obj, _names(self.parent.parent if self.parent else None))
        except ShownRefused:
            return None
        return _sent(made)[MIME] if made is not None and made.parts else None


def _adapted(value: Any, names: dict[str, Any]) -> Adapted | None:
    from reports.shown.adapted import Asked
    from reports.shown.adapters import adapted, adapter_of

    if adapter_of(type(value)) is None:
        return None
    from reports.shown.words_of_analyst import reader_language

    return adapted(value, Asked(reader_language(), name_of(value, names)))


def _sent(made: Adapted) -> dict[str, Any]:
    from reports.blocks.content import MIME, packed
    from reports.shown.cell_outputs import UNKNOWN_ORIGIN
    from reports.shown.words_of_analyst import reader_language

    data = packed(made.parts, reader_language())
    return {MIME: data if made.knows_origin else {**data, UNKNOWN_ORIGIN: True}}


def _names(shell: Any) -> dict[str, Any]:
    names: dict[str, Any] = getattr(shell, "user_ns", {})
    return names


def name_of(value: Any, names: dict[str, Any]) -> str:
    """Return the variable of the notebook that holds a value; empty for one that has no name of its own."""
    if value is None or isinstance(value, bool | str) or (isinstance(value, int) and value in SHARED_NUMBERS):
        return ""
    own = (name for name, held in names.items() if held is value and not name.startswith("_"))
    return next(own, "")
