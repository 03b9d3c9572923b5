"""All benchmarks in one table: each line is ours against a named alternative, measured in the same run.

    python tests/benchmarks/run.py [NAME ...]

Times depend on the machine and on what else it does; the ratio is what counts. Nothing is asserted here.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent.parent
NAMES = ("kernel", "workbook", "national", "report", "robustness", "what_if", "planning")


def main() -> None:
    """Run the benchmarks that are named, or all, and print the table of ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help=f"any of: {', '.join(NAMES)}")
    chosen = parser.parse_args().names or NAMES
    if unknown := set(chosen) - set(NAMES):
        parser.error(f"no benchmark is named {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    sys.path.insert(0, str(ROOT))
    table = Table("benchmark", "ours (s)", "alternative", "alternative (s)", "ratio")
    for name in chosen:
        for row in importlib.import_module(f"tests.benchmarks.{name}").run():
            numbers = (
                f"{row['ours_s']:.3f}",
                row["alternative"],
                f"{row['alternative_s']:.3f}",
                f"{row['ratio']:.1f}x",
            )
            table.add_row(row["name"], *numbers)
    Console(width=140, highlight=False).print(table)


if __name__ == "__main__":
    main()
