"""Reads and writes the text of a rulebook: the line on which a key stands, and TOML of values."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

Plain = Any
"""A value that TOML knows: text, number, day, truth, list or mapping of these."""

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]#]+?)\s*\]")
_KEY = re.compile(r"^\s*(\"[^\"]*\"|'[^']*'|[A-Za-z0-9_-]+)((?:\s*\.\s*(?:\"[^\"]*\"|'[^']*'|[A-Za-z0-9_-]+))*)\s*=")
_PART = re.compile(r"\"([^\"]*)\"|'([^']*)'|([A-Za-z0-9_-]+)")


def line_of(text: str, path: Sequence[str | int]) -> int | None:
    """Return the line (from 1) on which a key of a TOML text stands, or the nearest section above it.

    `path` leads from the outside in, with numbers for the entries of a list of sections: `("indicator", 3, "weight")`.
    None if not even its first part stands in the text.
    """
    wanted = [str(part) for part in path]
    best, depth = None, 0
    for line, place in _places(text):
        shared = 0
        while shared < min(len(place), len(wanted)) and place[shared] == wanted[shared]:
            shared += 1
        if shared == len(place) and shared > depth:
            best, depth = line, shared
    return best


def line_of_entry(text: str, section: str, values: Mapping[str, object]) -> int | None:
    """Return the line of the first `[[section]]` in which a key has one of the values, such as `{"key": "video"}`."""
    start, is_inside = None, False
    for line, words in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(words):
            is_inside = header[1] == "[[" and header[2] == section
            start = line if is_inside else None
        elif is_inside and (key := _KEY.match(words)) and key[1] in values:
            stated = words[key.end() :].split("#")[0].strip().strip("\"'")
            if stated == str(values[key[1]]):
                return start
    return None


def line_below(text: str, start: int, path: Sequence[str]) -> int | None:
    """Return the line of a key within the section that begins on line `start`; None if it does not stand there."""
    for line, words in enumerate(text.splitlines()[start:], start=start + 1):
        if _HEADER.match(words):
            return None
        if (key := _KEY.match(words)) and path and _parts(key[1])[0] == path[0]:
            return line
    return None


def written(values: Mapping[str, Plain]) -> str:
    """Return values as TOML: plain keys first, then sections; None is left out."""
    return "\n".join(_section(values, ())).lstrip("\n") + "\n"


def _places(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each line that begins a section or holds a key, with the path of that section or key."""
    section: list[str] = []
    entries: dict[str, int] = {}
    for line, words in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(words):
            section = _parts(header[2])
            if header[1] == "[[":
                number = entries.get(header[2], -1) + 1
                entries[header[2]] = number
                yield line, section
                section = [*section, str(number)]
            yield line, section
        elif key := _KEY.match(words):
            yield line, [*section, *_parts(key[1] + key[2])]


def _parts(dotted: str) -> list[str]:
    return [first or second or third for first, second, third in _PART.findall(dotted)]


def _section(values: Mapping[str, Plain], path: tuple[str, ...]) -> Iterator[str]:
    known = {key: value for key, value in values.items() if value is not None}
    later = {key: value for key, value in known.items() if _is_section(value) or _is_sections(value)}
    for key, value in known.items():
        if key not in later:
            yield f"{_key(key)} = {_value(value)}"
    for key, value in later.items():
        name = ".".join(_key(part) for part in (*path, key))
        if _is_sections(value):
            for entry in value:
                yield f"\n[[{name}]]"
                yield from _section(entry, (*path, key))
        else:
            if not value or not all(_is_section(each) for each in value.values()):
                yield f"\n[{name}]"
            yield from _section(value, (*path, key))


def _is_section(value: object) -> bool:
    return isinstance(value, Mapping)


def _is_sections(value: Plain) -> bool:
    # Levels stand in one line each, as people write them.
    entries = value if _is_list(value) else []
    return bool(entries) and all(_is_section(entry) and "level" not in entry for entry in entries)


def _is_list(value: Plain) -> bool:
    return isinstance(value, list | tuple)


def _key(key: str) -> str:
    return key if re.fullmatch("[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)


def _value(value: Plain) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, int | date):
        return str(value)
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(key)} = {_value(each)}" for key, each in value.items() if each is not None)
        return f"{{ {inside} }}"
    if _is_list(value):
        if value and all(isinstance(entry, Mapping) for entry in value):
            return "[\n" + "".join(f"  {_value(entry)},\n" for entry in value) + "]"
        return f"[{', '.join(_value(entry) for entry in value)}]"
    # JSON writes a text as TOML reads it, but for the sign of deletion.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
