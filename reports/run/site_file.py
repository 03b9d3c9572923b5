"""A site file as YAML with the place of everything in it: what is wrong is told with file, line and how to mend it.

The text is data: it is read with YAML's plain types only, and never with more than MOST_VALUES values, whatever its
anchors would expand to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError
from rapidfuzz import process

from iga.errors import MendableError, Sentence
from iga.reasons import reason_of, slip_of
from warehouse.errors import ExitCode, WorkbenchError
from warehouse.file_names import DEVICE_NAMES

if TYPE_CHECKING:
    import yaml

Place = tuple[str | int, ...]
"""Keys and positions that lead to a value, as pydantic names places."""

LARGEST_FILE = 1_000_000
MOST_VALUES, DEEPEST = 20_000, 30
LONGEST_NAME = 60
RESERVED_NAMES = ("lab",)
"""Folders of `<home>/reports` that are no site's."""
TEXT_KEYS = frozenset(["city", "cities", "scope", "rulebook", "snapshot"])
"""Keys whose values are texts wherever they stand; a code such as 32.10 is one, although YAML reads a number."""

YAML_MESSAGES: Mapping[str, tuple[str, str]] = {
    r"'\\t'": ("a tab stands where spaces are needed", "replace the tab by spaces"),
    r"mapping values are not allowed": (
        "a colon stands within a text, or the line is indented too far",
        'put the text in quotation marks: title: "Kota: 2026"',
    ),
    r"could not find expected ':'": ("a colon is missing after a key", "write key: value"),
    r"quoted scalar": ("a text that begins here is not closed", "close it with its quotation mark"),
    r"expected ',' or": ("a list or section that begins here is not closed", "close it with ] or }"),
    r"expected <block end>|<document start>|entries are not allowed": (
        "the line is indented otherwise than those beside it",
        "indent lines of one section alike, with spaces",
    ),
    r"undefined alias": ("an alias has no anchor", "write the value itself"),
    r"constructor for the tag": ("a tag such as !!python stands here", "leave the tag out"),
    r"cannot start any token": ("a sign stands here that YAML keeps for itself", "put the text in quotation marks"),
    r"another document": ("a second document begins here", "one file is one site: take out the line ---"),
    r"special characters": ("a sign stands here that no text may hold", "take it out"),
}
"""What is wrong in a YAML file and how it is mended, by what the reader says, as catalogue keys."""


class SiteInvalid(WorkbenchError):
    """A site file lacks something, holds or includes something unknown, or names one page or part twice."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True)
class SiteFile:
    """A site file as it was read: its values, and where each of them stands."""

    path: Path
    values: dict[str, Any]
    nodes: dict[Place, yaml.Node] = field(repr=False)

    def line_of(self, place: Sequence[str | int]) -> int:
        """Return the line of a value, or of the nearest section that should hold it."""
        for end in range(len(place), -1, -1):
            if (node := self.nodes.get(tuple(place[:end]))) is not None:
                return int(node.start_mark.line) + 1
        return 1

    def fault(self, place: Sequence[str | int], cause: Sentence, fix: Sentence) -> SiteInvalid:
        """Return the fault of a value with its line."""
        return fault_at(self.path, self.line_of(place), cause, fix)

    def from_error(self, error: MendableError, place: Sequence[str | int]) -> MendableError:
        """Return the error that a value led to, told with file and line; its exit code stays."""
        told = SiteInvalid(
            "Site file {file}, line {line}: {cause}",
            next_step=error.how,
            place=_at(self.path, self.line_of(place)),
            file=self.path.name,
            line=self.line_of(place),
            cause=error.what,
        )
        told.exit_code = error.exit_code
        return told

    def misread(self, place: Sequence[str | int]) -> SiteInvalid | None:
        """Return what is wrong with a value that YAML has not read as the text that stands there; None for others."""
        node = self.nodes.get(tuple(place))
        if node is None or not _is_misread(node):
            return None
        original, value = str(node.value), _at_path(self.values, place)
        read = json.dumps(value) if isinstance(value, bool) else str(value)
        fix = Sentence('write "{original}"', original=original)
        if read == original:
            return self.fault(place, Sentence("{original} without quotation marks is no text", original=original), fix)
        cause = Sentence("{original} without quotation marks is read as {read}", original=original, read=read)
        return self.fault(place, cause, fix)

    def check_codes(self) -> None:
        """Raise SiteInvalid for a region's code, or another text, that YAML has read as a number."""
        for place in self.nodes:
            keys = [key for key in place if isinstance(key, str)]
            if keys and keys[-1] in TEXT_KEYS and (fault := self.misread(place)):
                raise fault

    def slip(self, model: type[BaseModel], error: ValidationError) -> SiteInvalid:
        """Return the first thing that a model does not take, with its line."""
        slips = error.errors(include_url=False)
        # A mistyped key is missing under its right name too: the key that stands there says more.
        told = next((slip for slip in slips if slip["type"] == "extra_forbidden"), slips[0])
        place, kind = tuple(told["loc"]), told["type"]
        while place and place not in self.nodes and kind != "missing":
            place = place[:-1]  # pydantic names the members of a choice of types too
        key = ".".join(str(part + 1 if isinstance(part, int) else part) for part in place)
        if kind == "missing":
            cause, fix = Sentence("{key} is missing", key=key), Sentence("add it; docs/reports.md has an example")
        elif kind == "extra_forbidden":
            cause, fix = self._unknown(place, model)
        elif kind == "string_type" and (fault := self.misread(place)) is not None:
            return fault
        else:
            reason = slip_of(error)[1]
            cause = Sentence("{key}: {what}", key=key, what=reason) if key else reason
            fix = Sentence("docs/reports.md says what a site file may hold")
        return self.fault(place, cause, fix)

    def _unknown(self, place: Place, model: type[BaseModel]) -> tuple[Sentence, Sentence]:
        known = sorted(_keys_at(model, place[:-1]))
        near = process.extractOne(str(place[-1]), known, score_cutoff=70)
        cause = Sentence("there is no key {key}", key=place[-1])
        if near:
            return cause, Sentence("perhaps: {near}", near=near[0])
        return cause, Sentence("those that exist: {known}", known=", ".join(known))


def read_site_file(path: Path) -> SiteFile:
    """Read a site file of a home. Raises SiteInvalid with the line and what to do."""
    import yaml

    check_name(path)
    text = _text(path)
    try:
        nodes, values = _read(path, yaml.SafeLoader(text))
    except yaml.YAMLError as error:
        raise _broken(path, text, error) from error
    except RecursionError as error:
        cause = Sentence("sections stand within each other, more than {most} deep", most=DEEPEST)
        raise fault_at(path, 1, cause, Sentence("docs/reports.md has an example of a site")) from error
    return SiteFile(path, values, nodes)


def _read(path: Path, loader: yaml.SafeLoader) -> tuple[dict[Place, yaml.Node], dict[str, Any]]:
    import yaml

    root = loader.get_single_node()
    if not isinstance(root, yaml.MappingNode):
        cause, fix = Sentence("it holds no keys and values"), Sentence("docs/reports.md has an example of a site")
        raise fault_at(path, 1, cause, fix)
    nodes: dict[Place, yaml.Node] = {}
    _walk(path, root, (), nodes)
    for node in nodes.values():
        if isinstance(node, yaml.ScalarNode):
            try:
                loader.construct_object(node)
            except (ValueError, OverflowError) as error:  # a day such as 2026-02-31
                cause = Sentence("{text} is no day and no number", text=node.value)
                fix = Sentence('write "{original}"', original=node.value)
                raise fault_at(path, int(node.start_mark.line) + 1, cause, fix) from error
    return nodes, loader.construct_document(root)


def check_name(path: Path) -> None:
    """Raise SiteInvalid for a file whose name cannot be that of a site: it becomes the name of a folder."""
    name = re.sub(r"(\.ya?ml)?(\.txt)?$", "", path.name, flags=re.IGNORECASE)
    wanted = re.sub(r"[^a-z0-9_]+", "_", name.casefold()).strip("_")[:LONGEST_NAME] or "situs"
    if wanted in (*DEVICE_NAMES, *RESERVED_NAMES):
        wanted = f"{wanted}_1"
    is_plain = re.fullmatch(r"[a-z0-9][a-z0-9_-]*\.yaml", path.name) is not None
    is_free = path.stem not in DEVICE_NAMES and path.stem not in RESERVED_NAMES and len(path.stem) <= LONGEST_NAME
    if not (is_plain and is_free):
        raise SiteInvalid(
            "Site file {file}: its name cannot be that of a site",
            next_step="rename it {wanted}: small letters, digits, - and _, and the ending .yaml",
            place=str(path),
            file=path.name,
            wanted=f"{wanted}.yaml",
        )


def fault_at(path: Path, line: int, cause: Sentence, fix: Sentence) -> SiteInvalid:
    """Return the fault of a line of a site file."""
    return SiteInvalid(
        "Site file {file}, line {line}: {cause}",
        next_step=fix,
        place=_at(path, line),
        file=path.name,
        line=line,
        cause=cause,
    )


def _at(path: Path, line: int) -> str:
    return f"{path}:{line}"


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise fault_at(
                path, 1, Sentence("it is larger than {most} MB", most=1), Sentence("make several sites of it")
            )
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        fix = Sentence("save it as UTF-8 (in Notepad: Save as, Encoding)")
        raise fault_at(path, line, reason_of(error), fix) from error
    except OSError as error:
        raise fault_at(path, 1, reason_of(error), Sentence("check the file and its permissions")) from error


def _walk(path: Path, node: yaml.Node, place: Place, nodes: dict[Place, yaml.Node]) -> None:
    """Note where every value stands. Raises SiteInvalid for a key that stands twice and for what expands too far."""
    import yaml

    nodes[place] = node
    line = int(node.start_mark.line) + 1
    if len(place) > DEEPEST:
        cause = Sentence("sections stand within each other, more than {most} deep", most=DEEPEST)
        raise fault_at(path, line, cause, Sentence("docs/reports.md has an example of a site"))
    if len(nodes) > MOST_VALUES:
        cause = Sentence("there are more than {most} values", most=MOST_VALUES)
        fix = Sentence("make several sites of it, or use `scope` for many regions")
        raise fault_at(path, line, cause, fix)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*place, str(key.value))
            if inner in nodes:
                cause, fix = Sentence("the key {key} stands twice", key=key.value), Sentence("take one of them out")
                raise fault_at(path, int(key.start_mark.line) + 1, cause, fix)
            _walk(path, value, inner, nodes)
            nodes[inner] = _from_key(key, value)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            _walk(path, value, (*place, number), nodes)


def _from_key(key: yaml.Node, value: yaml.Node) -> yaml.Node:
    """Return the value's node; that of its key for a section that begins on the next line."""
    import yaml

    return (
        value
        if isinstance(value, yaml.ScalarNode)
        else type(value)(value.tag, value.value, key.start_mark, value.end_mark)
    )


def _is_misread(node: yaml.Node) -> bool:
    """Whether a plain text has been read as a number, a day, or yes and no."""
    kind = str(node.tag).rpartition(":")[2]
    return isinstance(node.value, str) and kind in ("int", "float", "bool", "timestamp")


def _at_path(values: Any, place: Sequence[str | int]) -> Any:
    for key in place:
        values = values[key]
    return values


def _keys_at(model: Any, place: Sequence[str | int]) -> set[str]:
    """Return the keys that a section may have: those of the model that its place leads to."""
    from typing import get_args

    fields: set[str] = set(getattr(model, "model_fields", {}))
    for key in place:
        if isinstance(key, str) and key in fields:
            model = model.model_fields[key].annotation
            candidates = [model, *get_args(model), *(inner for part in get_args(model) for inner in get_args(part))]
            model = next((part for part in candidates if hasattr(part, "model_fields")), model)
            fields = set(getattr(model, "model_fields", {}))
    return fields - {"name"} if not place else fields


def _broken(path: Path, text: str, error: yaml.YAMLError) -> SiteInvalid:
    """Return what is wrong with a text that is no YAML."""
    problem = str(getattr(error, "problem", ""))
    begins_earlier = problem.startswith(("found unexpected end of stream", "expected ',' or"))
    marks = [getattr(error, name, None) for name in ("problem_mark", "context_mark")]
    mark = next((mark for mark in (reversed(marks) if begins_earlier else marks) if mark is not None), None)
    position = getattr(error, "position", None)
    line = mark.line + 1 if mark is not None else text.count("\n", 0, position or 0) + 1
    words = f"{problem} {getattr(error, 'context', '')} {error}"
    shown = text.splitlines()[line - 1] if line <= len(text.splitlines()) else ""
    if re.match(r"[ ]*\t", shown):
        words = r"'\t'"
    cause, fix = next(
        ((Sentence(cause), Sentence(fix)) for known, (cause, fix) in YAML_MESSAGES.items() if re.search(known, words)),
        (Sentence("it is not valid YAML"), Sentence("compare it with the example in docs/reports.md")),
    )
    return fault_at(path, line, cause, fix)
