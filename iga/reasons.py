"""Say in our own words, which can be translated, why the system or a library refused something."""

import errno
import re
import tomllib
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from iga.errors import MendableError, Sentence
from iga.written_toml import NESTED

SYSTEM_MESSAGES: Mapping[int, str] = {
    errno.ENOENT: "No such file or directory",
    errno.EACCES: "Permission denied",
    errno.EPERM: "Permission denied",
    errno.EROFS: "The disk or folder can only be read",
    errno.ENOSPC: "No space left on the disk",
    getattr(errno, "EDQUOT", errno.ENOSPC): "No space left on the disk",
    errno.EFBIG: "The file is larger than the disk or the system takes",
    errno.EEXIST: "There is a file of that name already",
    errno.ENOTDIR: "A part of the path is a file, not a folder",
    errno.EISDIR: "It is a folder, not a file",
    errno.ENOTEMPTY: "The folder is not empty",
    errno.ENAMETOOLONG: "The name is too long",
    errno.EINVAL: "The name holds a sign that is not allowed",
    errno.EIO: "The disk cannot be read or written",
    errno.EBUSY: "Another program uses the file",
    errno.EMFILE: "Too many files are open",
    errno.ENFILE: "Too many files are open",
    errno.ELOOP: "The link leads to itself",
    errno.ECONNREFUSED: "The connection was refused",
    errno.ECONNRESET: "The connection was broken off",
    errno.ETIMEDOUT: "There was no answer in time",
    errno.ENETUNREACH: "The network cannot be reached",
    errno.EHOSTUNREACH: "The network cannot be reached",
}
"""What the system reports by number, as catalogue keys."""

OPEN_ELSEWHERE = 32
"""Windows: another program, often Excel, holds the file open."""

VALUE_MESSAGES: Mapping[str, str] = {
    "missing": "Field required",
    "extra_forbidden": "Extra inputs are not permitted",
    "literal_error": "Input should be one of: {choices}",
    "enum": "Input should be one of: {choices}",
    "bool_type": "Input should be true or false",
    "bool_parsing": "Input should be true or false",
    "string_type": "Input should be a text in quotation marks",
    "string_too_short": "Input should have at least {least} characters",
    "string_too_long": "Input should have at most {most} characters",
    "string_pattern_mismatch": "Input should match the pattern {pattern}",
    "int_type": "Input should be a whole number",
    "int_parsing": "Input should be a whole number",
    "int_from_float": "Input should be a whole number",
    "float_type": "Input should be a number",
    "float_parsing": "Input should be a number",
    "finite_number": "Input should be a number",
    "decimal_type": "Input should be a number",
    "decimal_parsing": "Input should be a number",
    "decimal_max_places": "Input should have at most {most} decimal places",
    "date_type": "Input should be a date such as 2026-08-14",
    "date_parsing": "Input should be a date such as 2026-08-14",
    "date_from_datetime_parsing": "Input should be a date such as 2026-08-14",
    "date_from_datetime_inexact": "Input should be a date such as 2026-08-14",
    "datetime_type": "Input should be a date such as 2026-08-14",
    "datetime_parsing": "Input should be a date such as 2026-08-14",
    "time_type": "Input should be a time such as 06:30",
    "time_parsing": "Input should be a time such as 06:30",
    "list_type": "Input should be a list",
    "tuple_type": "Input should be a list",
    "set_type": "Input should be a list",
    "frozen_set_type": "Input should be a list",
    "dict_type": "Input should be a section of keys and values",
    "model_type": "Input should be a section of keys and values",
    "model_attributes_type": "Input should be a section of keys and values",
    "greater_than": "Input should be greater than {bound}",
    "greater_than_equal": "Input should be at least {bound}",
    "less_than": "Input should be less than {bound}",
    "less_than_equal": "Input should be at most {bound}",
    "too_short": "Input should have at least {least} entries",
    "too_long": "Input should have at most {most} entries",
}
"""What a model does not take, by the type of pydantic's error, as catalogue keys."""

TOML_MESSAGES: Mapping[str, str] = {
    r"Expected '='": "an equals sign is missing after a key",
    r"Cannot overwrite|twice|Cannot mutate": "a key or section stands twice",
    r"Unclosed|Expected ']": "a list or section is not closed with a bracket",
    r"Unterminated|Illegal character|Expected [\"']": "a text is not closed with a quotation mark",
    r"Invalid value": "a value is missing, or a text stands without quotation marks",
}
"""What is wrong in a TOML file, by what the reader says, as catalogue keys."""

TABLE_MESSAGES: Mapping[str, str] = {
    "ColumnNotFoundError": "column {name} is missing",
    "NoDataError": "the table is empty",
    "DuplicateError": "a column stands twice",
    "ComputeError": "a cell does not fit its column",
    "InvalidOperationError": "a cell does not fit its column",
    "SchemaError": "a cell does not fit its column",
    "ShapeError": "the rows differ in length",
}
"""What Polars reports by class, as catalogue keys."""


def reason_of(error: BaseException) -> Sentence:
    """Return why something failed, as a sentence that can be told in any language.

    Only what no table of this module knows keeps the words of its library.
    """
    if isinstance(error, MendableError):
        return error.what
    if isinstance(error, ValidationError):
        key, what = slip_of(error)
        return Sentence("{key}: {what}", key=key, what=what) if key else what
    if isinstance(error, RecursionError) or str(error) == NESTED:
        return Sentence("its brackets are nested too deeply")
    if isinstance(error, tomllib.TOMLDecodeError):
        return _toml_reason(str(error))
    if isinstance(error, OSError) and error.errno is not None:
        return _system_reason(error)
    return _reason_in_a_file(error)


def _reason_in_a_file(error: BaseException) -> Sentence:
    if isinstance(error, KeyError):
        return Sentence("{name} is missing", name=error.args[0])
    if isinstance(error, UnicodeDecodeError):
        return Sentence("it is not UTF-8 text, from byte {position} on", position=error.start)
    if (mark := getattr(error, "problem_mark", None)) is not None:
        return Sentence("line {line}, column {column} is not valid YAML", line=mark.line + 1, column=mark.column + 1)
    words = (str(error).strip() or type(error).__name__).splitlines()[0]
    if text := re.match(r"Invalid isoformat string: '(.*)'", words):
        return Sentence("{text} is not a date such as 2026-08-14", text=text[1])
    if type(error).__module__.startswith("polars") and type(error).__name__ in TABLE_MESSAGES:
        quoted = re.search(r"[\"'`“]([^\"'`”]+)[\"'`”]", words)
        return Sentence(TABLE_MESSAGES[type(error).__name__], name=quoted[1] if quoted else words)
    return Sentence("{words}", words=words)


def slip_of(error: ValidationError) -> tuple[str, Sentence]:
    """Return the key of the first value that a model does not take, and why it does not."""
    slip: Mapping[str, Any] = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in slip["loc"])
    limits: Mapping[str, Any] = slip.get("ctx", {})
    refused = limits.get("error")
    if isinstance(refused, MendableError):
        return key, refused.what
    if slip["type"] == "value_error":
        return key, Sentence("{words}", words=str(refused))
    template = VALUE_MESSAGES.get(slip["type"], "This value is not allowed")
    expected = str(limits.get("expected", ""))
    return key, Sentence(
        template,
        choices=", ".join(re.findall(r"'([^']*)'", expected)) or expected,
        least=limits.get("min_length"),
        most=limits.get("max_length", limits.get("decimal_places")),
        pattern=limits.get("pattern"),
        bound=next((limits[name] for name in ("gt", "ge", "lt", "le") if name in limits), None),
    )


def _system_reason(error: OSError) -> Sentence:
    if getattr(error, "winerror", None) == OPEN_ELSEWHERE:
        return Sentence(SYSTEM_MESSAGES[errno.EBUSY])
    number = error.errno or 0
    if number in SYSTEM_MESSAGES:
        return Sentence(SYSTEM_MESSAGES[number])
    return Sentence("The system refused it ({code})", code=errno.errorcode.get(number, str(number)))


def _toml_reason(words: str) -> Sentence:
    what = next((text for pattern, text in TOML_MESSAGES.items() if re.search(pattern, words)), "it is not valid TOML")
    if place := re.search(r"line (\d+), column (\d+)", words):
        return Sentence("line {line}, column {column}: {what}", line=place[1], column=place[2], what=Sentence(what))
    return Sentence("at the end of the file: {what}", what=Sentence(what))
