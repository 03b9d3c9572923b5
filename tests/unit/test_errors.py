"""One root of errors, one table of exit codes, and reasons that can be told in any language."""

from __future__ import annotations

import ast
import errno
import pickle
import re
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Literal

import polars as pl
import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from iga.errors import MendableError, RulebookNotFound, Sentence, ValueRefused
from iga.exit_codes import ExitCode
from iga.reasons import SYSTEM_MESSAGES, VALUE_MESSAGES, reason_of
from tests.conftest import ROOT
from tests.unit.test_catalogue import SOURCES, import_all
from warehouse.errors import UnknownName, WorkbenchError
from warehouse.language import Language, UnknownLanguage

INDONESIAN, ENGLISH = Language("id"), Language("en")


def mendable_errors() -> Iterator[type[MendableError]]:
    import_all()
    waiting: list[type[MendableError]] = [MendableError]
    while waiting:
        error = waiting.pop()
        waiting += error.__subclasses__()
        yield error


def test_every_class_takes_its_code_from_the_table() -> None:
    classes = set(mendable_errors())
    assert len(classes) > 50
    assert [error for error in classes if not isinstance(error.exit_code, ExitCode)] == []
    assert {error.exit_code for error in classes} - {ExitCode.FAULT} == set(ExitCode) - {
        ExitCode.DONE,
        ExitCode.FAULT,
        ExitCode.STOPPED,
        ExitCode.TERMINATED,
    }


def test_no_class_with_an_exit_code_stands_beside_the_root() -> None:
    known = {error.__name__ for error in mendable_errors()}
    coded = [
        node.name
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        for line in node.body
        if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "exit_code"
    ]
    assert len(coded) > 30 and set(coded) <= known


def test_a_number_keeps_its_meaning() -> None:
    assert {code.name: code.value for code in ExitCode} == {
        "DONE": 0,
        "FAULT": 1,
        "USAGE": 2,
        "UNKNOWN": 3,
        "NOTHING_PUBLISHED": 4,
        "INPUT_HELD": 5,
        "AUDIT": 6,
        "QUERY": 7,
        "REPORT": 8,
        "LOCKED": 9,
        "HOME": 10,
        "JOIN": 11,
        "BREAK_IN_METHOD": 12,
        "DATA_FILE": 13,
        "MACHINE": 14,
        "BACKUP": 15,
        "PERSONAL": 16,
        "REPLICATION": 17,
        "STOPPED": 130,
        "TERMINATED": 143,
    }


def test_the_page_shows_the_table() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    rows = [
        tuple(cell.strip() for cell in row.strip("|").split("|")) for row in re.findall(r"^\| \d+ \|.*\|$", page, re.M)
    ]
    assert rows == [
        (str(code.value), INDONESIAN(code.cause), INDONESIAN(code.next_step), code.cause, code.next_step)
        for code in ExitCode
    ]


@pytest.mark.parametrize("error", [UnknownLanguage("fr"), RulebookNotFound("no {x}.", place="at {x}", fix="", x=1)])
def test_an_error_survives_the_way_out_of_a_worker(error: MendableError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.told(INDONESIAN), str(again)) == (type(error), error.told(INDONESIAN), str(error))


def test_an_unknown_language_is_still_a_value_error() -> None:
    assert issubclass(UnknownLanguage, ValueError) and issubclass(UnknownLanguage, WorkbenchError)


def test_a_sentence_within_a_message_and_its_decimals_follow_the_language() -> None:
    reason = Sentence("{value} is not between 0 and 0.5.", value=Decimal("0.75"))
    error = UnknownName("There is no file {path}: {reason}", path="{a}.csv", reason=reason)
    assert error.told(INDONESIAN)[0] == "There is no file {a}.csv: 0,75 tidak di antara 0 dan 0,5."
    assert error.told(ENGLISH)[0] == "There is no file {a}.csv: 0.75 is not between 0 and 0.5."


def test_a_slip_in_a_template_hides_no_error() -> None:
    assert UnknownName("{nothing} {").told(INDONESIAN)[0] == "{nothing} {"
    assert UnknownName("{nothing} is left", next_step="{near}", near="x").told()[0] == "{nothing} is left"


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid")

    number: int = Field(1, ge=0)
    kind: Literal["a", "b"] = "a"
    names: tuple[str, ...] = ("x",)
    score: Decimal = Field(Decimal(1), lt=Decimal("2.5"))


@pytest.mark.parametrize(
    ("values", "told_id", "told_en"),
    [
        ({"number": "x"}, "number: isi seharusnya bilangan bulat", "number: Input should be a whole number"),
        ({"number": -1}, "number: isi seharusnya sedikitnya 0", "number: Input should be at least 0"),
        ({"kind": "c"}, "kind: isi seharusnya salah satu dari: a, b", "kind: Input should be one of: a, b"),
        ({"names": 3}, "names: isi seharusnya daftar", "names: Input should be a list"),
        ({"score": 9}, "score: isi seharusnya lebih kecil dari 2,5", "score: Input should be less than 2.5"),
        ({"more": 1}, "more: kunci ini tidak dikenal", "more: Extra inputs are not permitted"),
    ],
)
def test_what_a_model_refuses_is_said_in_our_words(values: dict[str, Any], told_id: str, told_en: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Model.model_validate(values)
    assert (reason_of(caught.value).told(INDONESIAN), reason_of(caught.value).told(ENGLISH)) == (told_id, told_en)


def test_a_check_of_a_model_keeps_its_sentence() -> None:
    def check(value: int) -> int:
        raise ValueRefused("level {value} is outside 0 to {top}", value=value, top=3)

    with pytest.raises(ValidationError) as caught:
        type("Checked", (BaseModel,), {"__annotations__": {"level": int}, "check": _validator(check)})(level=7)
    assert reason_of(caught.value).told(INDONESIAN) == "level: tingkat 7 di luar 0 sampai 3"


def _validator(check: Any) -> Any:
    from pydantic import field_validator

    return field_validator("level")(check)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x", "baris 1, kolom 2: tanda sama dengan (=) tidak ada sesudah sebuah kunci"),
        ("a = bengkulu", "baris 1, kolom 5: nilainya tidak ada, atau teks ditulis tanpa tanda kutip"),
        ("a = 'x", "teks tidak ditutup dengan tanda kutip"),
        ("a = [1", "tidak ditutup dengan kurung siku"),
        ("a=1\na=2", "sebuah kunci atau bagian tercantum dua kali"),
        ("a = 1 2", "bukan TOML yang benar"),
    ],
)
def test_a_slip_in_a_toml_file_is_named_with_its_place(text: str, told: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text + "\n")
    assert told in reason_of(caught.value).told(INDONESIAN)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (PermissionError(errno.EACCES, "Permission denied", "x"), "Tidak ada izin akses"),
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "x"), "Berkas atau folder tidak ada"),
        (OSError(errno.ENOSPC, "No space left on device"), "Disk penuh"),
        (OSError(errno.EXDEV, "Invalid cross-device link"), "Ditolak oleh sistem (EXDEV)"),
        (KeyError("unit"), "unit tidak ada"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"), "bukan teks UTF-8, mulai bita 0"),
        (UnknownName("There is no file {path}", path="x"), "Tidak ada berkas x"),
        (ValueError("Invalid isoformat string: 'soon'"), "soon bukan tanggal seperti 2026-08-14"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_the_system_refuses_is_said_in_our_words(error: Exception, told: str) -> None:
    assert reason_of(error).told(INDONESIAN) == told


def test_a_missing_column_of_a_table_is_named() -> None:
    with pytest.raises(pl.exceptions.PolarsError) as caught:
        pl.DataFrame({"a": [1]}).select("unit")
    assert reason_of(caught.value).told(INDONESIAN) == "kolom unit tidak ada"


def test_every_reason_is_translated() -> None:
    for text in (*SYSTEM_MESSAGES.values(), *VALUE_MESSAGES.values()):
        assert INDONESIAN(text) != text
