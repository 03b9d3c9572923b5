"""Periksa kit terhadap SHA256SUMS / check the files of the kit; run by the installing scripts before all else."""

import hashlib
import sys
from pathlib import Path

KIT = Path(__file__).resolve().parent


def main() -> int:
    """Name each file that is missing or differs; the exit code."""
    damaged = []
    for line in (KIT / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        wanted, _, name = line.partition("  ")
        path = KIT / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != wanted:
            damaged.append(name)
    for name in damaged:
        print(f"RUSAK / DAMAGED: {name}")
    if damaged:
        print("Salin kit sekali lagi dari sumbernya. / Copy the kit once more from where it came.")
    return 1 if damaged else 0


if __name__ == "__main__":
    sys.exit(main())
