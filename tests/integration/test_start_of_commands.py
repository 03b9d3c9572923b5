"""What a command imports before it answers: counted, since seconds differ from machine to machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "altair", "dataframely", "jupyter_server", "lxml", "markdown_it", "nbformat", "pandas", "papermill", "pyarrow",
    "scipy", "sqlalchemy", "typst", "vl_convert", "xlsxwriter",
)  # fmt: skip
"""Libraries that no command of these asks anything of."""

COMMANDS = {
    "rank": (["rank", "--edition", "2026"], {*HEAVY, "numpy", "rapidfuzz"}),
    "index": (["index", "--city", "bengkulu"], {*HEAVY, "numpy", "rapidfuzz"}),
    "facts": (["facts", "bengkulu", "2026", "--on", "2026-08-09"], {*HEAVY}),
    "status": (["status"], set(HEAVY) - {"lxml"}),  # it reads the layouts of the home, with their readers
}
CODE = """
import sys
from workbench.command import main
try:
    main()
except SystemExit as ended:
    assert not ended.code, ended.code
print("\\n".join(sorted({name.partition(".")[0] for name in sys.modules})), file=sys.stderr)
"""


@pytest.mark.parametrize("command", list(COMMANDS))
def test_a_command_imports_nothing_that_it_does_not_use(example_home: Path, command: str) -> None:
    words, unwanted = COMMANDS[command]
    ended = subprocess.run(
        [sys.executable, "-c", CODE, *words],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=os.environ | {"IGA_HOME": str(example_home), "IGA_LANG": "id"},
        check=True,
    )
    assert not unwanted & set(ended.stderr.split())
