"""The layouts of a home: what somebody has confirmed of the files of a sender, beside the shipped layouts.

They lie in `layouts/` as `<name>.toml`. A file that cannot be used stops only itself and is told.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from pydantic import ValidationError

from etl.layout.declared import Layout, load_layouts, parse_layout
from etl.values.normalise import load_vocabulary
from iga.errors import MendableError, Sentence
from iga.reasons import reason_of
from warehouse.errors import ExitCode, WorkbenchError
from warehouse.home import Home

LARGEST_BYTES = 200_000
"""No layout is longer: the longest shipped one has 6,000 bytes."""
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,60}", re.ASCII)
"""How a layout may be called: a name that is a file name on every system."""
OPEN = "PERTANYAAN"
"""How a draft marks what it cannot know: no file is read by it before somebody has answered."""
_PASSED = re.compile(r"[.~]|(?:read[-_ ]?me|baca[-_ ]?(?:aku|saya))\b", re.IGNORECASE)


class LayoutInvalid(WorkbenchError):
    """A layout file is not valid TOML or names something that layouts do not have."""

    exit_code = ExitCode.UNKNOWN


@dataclass(frozen=True)
class LayoutFault:
    """A file of a layout in the home that is not used: its path in the home, and why."""

    path: str
    error: MendableError


@dataclass(frozen=True)
class HomeLayouts:
    """The layouts of a home that can be used, the text of each by its name, and the files that cannot be."""

    layouts: tuple[Layout, ...]
    texts: Mapping[str, str]
    faults: tuple[LayoutFault, ...]

    @property
    def known(self) -> dict[str, Layout]:
        """Return every layout by name, the shipped ones and those of the home."""
        return {**load_layouts(), **{layout.name: layout for layout in self.layouts}}


def home_layouts(home: Home) -> HomeLayouts:
    """Return the layouts that lie in a home now; none where it has no such folder."""
    return _read(tuple(_texts(home)))


def _texts(home: Home) -> Iterator[tuple[str, str | MendableError]]:
    """The path in the home and the text of each file, or why it has none."""
    try:
        entries = sorted(home.layouts.iterdir(), key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    except OSError as error:
        yield "layouts", _invalid("layouts", Sentence("the file cannot be read."), error)
        return
    for entry in entries:
        path = f"layouts/{entry.name}"
        if _PASSED.match(entry.name):
            continue
        try:
            with entry.open("rb") as stream:
                content = stream.read(LARGEST_BYTES + 1)
            if len(content) > LARGEST_BYTES:
                yield path, _invalid(path, Sentence("the file is too large for a layout."))
                continue
            # An editor on Windows may begin the text with a mark, and ends its lines otherwise.
            yield path, content.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError:
            yield path, _invalid(path, Sentence("the file is not text in UTF-8."))
        except OSError as error:
            yield path, _invalid(path, Sentence("the file cannot be read."), error)


def _invalid(path: str, what: Sentence, error: Exception | None = None) -> LayoutInvalid:
    reason = what if error is None else reason_of(error)
    return LayoutInvalid(
        "The layout file cannot be read: {reason}",
        next_step="mend it, delete it, or confirm the columns again: iga layout confirm",
        place=path,
        reason=reason,
    )


@lru_cache(maxsize=32)
def _read(texts: tuple[tuple[str, str | MendableError], ...]) -> HomeLayouts:
    layouts: dict[str, Layout] = {}
    written: dict[str, str] = {}
    faults = []
    for path, text in texts:
        if not isinstance(text, str):
            faults.append(LayoutFault(path, text))
            continue
        try:
            layout = checked_layout(text, path.removeprefix("layouts/").removesuffix(".toml"))
        except LayoutInvalid as error:
            error.place = path
            faults.append(LayoutFault(path, error))
            continue
        if OPEN in text:
            what = Sentence("questions ({word}) are left open in it.", word=OPEN)
            faults.append(LayoutFault(path, _invalid(path, what)))
            continue
        if layout.name in load_layouts():
            faults.append(LayoutFault(path, _invalid(path, Sentence("a shipped layout bears this name."))))
            continue
        layouts[layout.name], written[layout.name] = layout, text
    return HomeLayouts(tuple(layouts.values()), written, tuple(faults))


def checked_layout(text: str, name: str | None = None) -> Layout:
    """Return the layout of a text that somebody wrote. Raises LayoutInvalid with what it names and what there is not.

    With `name` it must bear that name.
    """
    place = f"{name}.toml" if name else ""
    try:
        layout = parse_layout(text)
    except (tomllib.TOMLDecodeError, ValidationError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise _invalid(place, Sentence("the file cannot be read."), error) from error
    if name is not None and layout.name != name:
        raise _invalid(place, Sentence("it is called {name}, unlike its file.", name=layout.name))
    if not NAME.fullmatch(layout.name):
        raise _invalid(
            place, Sentence("a layout is called by small letters, digits, - and _: {name}", name=layout.name)
        )
    known = known_fields(layout.kind)
    for column in layout.columns:
        if column.type not in ("ignored", "measure") and column.field not in known:
            raise _invalid(place, Sentence("there is no field {field}.", field=column.field))
        if column.vocabulary and column.vocabulary not in load_vocabulary().words:
            raise _invalid(place, Sentence("there is no vocabulary {name}.", name=column.vocabulary))
        if column.type == "word" and not column.vocabulary and column.field not in layout.codes:
            raise _invalid(place, Sentence("the column {field} names no vocabulary.", field=column.field))
    if lacking := sorted(layout.needed - {column.field for column in layout.columns}):
        raise _invalid(place, Sentence("there is no column {field}.", field=", ".join(lacking)))
    for pattern in (layout.footer, layout.stated_total, *(column.pattern for column in layout.columns)):
        try:
            groups = re.compile(pattern).groups
        except re.error as error:
            raise _invalid(place, Sentence("a pattern cannot be used: {pattern}", pattern=pattern)) from error
        if pattern and pattern != layout.footer and groups < 1:
            raise _invalid(place, Sentence("a pattern cannot be used: {pattern}", pattern=pattern))
    return layout


@cache
def known_fields(kind: str) -> frozenset[str]:
    """Return the fields that a layout of a kind may read into."""
    from etl import contracts  # half a second of libraries, for homes with layouts of their own

    shipped = {
        column.field
        for layout in load_layouts().values()
        if layout.kind == kind
        for column in layout.columns
        if column.type != "ignored"
    }
    of_contract = contracts.RECORD[kind].column_names() if kind in contracts.RECORD else []
    plain = {name.removesuffix("_x100") for name in of_contract} - {"row_number", "match_key", "title_original"}
    return frozenset(shipped | plain)
