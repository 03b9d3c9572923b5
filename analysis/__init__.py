"""What people ask of a snapshot; `open_snapshot()` gives the snapshot that answers.

Each question has a folder with what it computes and how it says it.
"""

from analysis.api import Questions, open_snapshot

__all__ = ["Questions", "open_snapshot"]
