"""What commands say in Indonesian and in English when a person must mend something, case by case."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Ran

CASES = tomllib.loads(Path(__file__).with_name("told_errors.toml").read_text(encoding="utf-8"))["case"]


@pytest.mark.parametrize("lang", ["id", "en"])
@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_mendable_error_is_told_in_the_language_asked_for(
    iga: Callable[..., Ran], example_home: Path, tmp_path: Path, case: dict[str, Any], lang: str
) -> None:
    file, lake = tmp_path / "words.txt", tmp_path / "lake"
    file.write_text("no table here\n", encoding="utf-8")
    lake.mkdir()
    home = {"example": example_home, "empty": tmp_path / "home", "file": file}[case["home"]]
    arguments = [word.format(file=file, lake=lake) for word in case["arguments"]]
    ran = iga(*arguments, home=home, lang=lang)
    assert ran.err.lstrip().replace("\r\n", "\n").startswith(case[lang])
    assert ran.exit_code == case["exit_code"]
