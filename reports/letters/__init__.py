"""Documents that officials edit and sign: nota dinas, letters to units, berita acara; each as Word file and as PDF."""

from __future__ import annotations

from reports.letters.writing import (
    KINDS,
    Letters,
    write_handover,
    write_letters,
    write_region_letters,
    write_settings,
    write_templates,
)

__all__ = [
    "KINDS",
    "Letters",
    "write_handover",
    "write_letters",
    "write_region_letters",
    "write_settings",
    "write_templates",
]
