"""What commands that ask a snapshot share: the home, the snapshot and its day, the form of the answer, its language."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

import polars as pl

from warehouse.errors import UnknownName
from warehouse.home import Home
from warehouse.language import Language
from workbench.options import (
    AsOfOption,
    FormatOption,
    HomeOption,
    LanguageOption,
    SnapshotOption,
    home_of,
    language_of,
    refuse_past,
    snapshot_of,
)
from workbench.output import Format, show

if TYPE_CHECKING:
    from analysis import Questions

Own = ParamSpec("Own")


@dataclass(frozen=True)
class CommandContext:
    """How a command was asked: the home, the snapshot and its day, the form of the answer and its language."""

    home: Home
    language: Language
    form: Format
    snapshot: str | None
    as_of: datetime | None

    @contextmanager
    def open(self) -> Iterator[Questions]:
        """The snapshot that is asked, open for reading. Raises UnknownName before the first day that it knows.

        What is not found in a past day says so: it may well be there now.
        """
        with snapshot_of(self.home, self.snapshot, self.as_of) as opened:
            opened.use_language(self.language.code)
            try:
                yield opened
            except UnknownName as error:
                error.place = error.place or " ".join(opened.day_notes(self.language))
                raise

    @property
    def is_for_people(self) -> bool:
        """Whether a table is asked for: words and the reader's numbers instead of names and codes."""
        return self.form is Format.table

    def show(self, frame: pl.DataFrame, **words: Any) -> None:
        """Print a frame; titles, headers and notes as `workbench.output.show` takes them."""
        show(frame, self.form, self.language, **words)

    def refuse_past(self, option: str) -> None:
        """Refuse a past day beside an option that changes or reads what has none."""
        refuse_past(self.as_of, option)


def _shared(
    home: HomeOption = None,
    as_of: AsOfOption = None,
    snapshot: SnapshotOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> CommandContext:
    return CommandContext(home_of(home), language_of(lang), form, snapshot, as_of)


def with_context(command: Callable[Concatenate[CommandContext, Own], None]) -> Callable[..., None]:
    """The command with the shared options after its own; it gets them as its first argument."""
    own = inspect.signature(command, eval_str=True)
    shared = inspect.signature(_shared, eval_str=True).parameters
    parameters = [*list(own.parameters.values())[1:], *shared.values()]

    def run(**given: Any) -> None:
        context = _shared(**{name: given.pop(name) for name in shared})
        command(context, **given)  # type: ignore[call-arg]

    run.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    run.__name__, run.__doc__, run.__module__ = command.__name__, command.__doc__, command.__module__
    return run
