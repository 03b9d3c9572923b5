"""The rules that a snapshot answers by: those that it was made by, and for other years those of its home now."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator
from functools import lru_cache

from iga.rulebook import Rulebook, Rulebooks, RulebookUse, RuleFiles, shipped_files
from iga.rules.toml_text import written

KINDS = ("rulebook", "crosswalk", "level_lists")
"""What a row of the table `snapshot_rule_file` holds."""


class SnapshotRulebooks(Rulebooks):
    """The rulebooks of a snapshot (`own`) over those of its home (`now`).

    What the snapshot names is read as it stood when the snapshot was made, and so are the crosswalks between such
    editions; which rulebooks apply to an edition is decided by them alone. `now` answers for rules that the snapshot
    does not name.
    """

    def __init__(self, own: Rulebooks, now: Rulebooks) -> None:
        super().__init__(_over(own.files, now.files))
        self.hash = hashlib.sha256(f"{own.hash}|{now.hash}".encode()).hexdigest()
        self.own = own
        self.now = now

    def __iter__(self) -> Iterator[Rulebook]:
        return (self.of(name) for name in self.names)

    def of(self, edition: int | str) -> Rulebook:
        """Return the rulebook of an edition: the snapshot's where it names one, else the home's."""
        return self.own.of(edition) if edition in self.own else self.now.of(edition)

    def newest_complete(self) -> Rulebook:
        """Return the latest complete rulebook of the snapshot; where it has none, that of the home."""
        has_complete = any(rulebook.is_complete for rulebook in self.own)
        return (self.own if has_complete else self.now).newest_complete()

    def uses_for(self, edition: int | str) -> list[RulebookUse]:
        """Return the rulebooks that the snapshot applied to an edition; of an empty snapshot those of the home."""
        return (self.own if self.own.names else self.now).uses_for(edition)


def _over(own: RuleFiles, now: RuleFiles) -> RuleFiles:
    """The texts of a snapshot over those of now; between two of its own editions only its own crosswalks count."""
    kept = set(own.rulebooks)
    lists = {name: entry for name, entry in tomllib.loads(now.level_lists).items() if name not in kept}
    walks = {pair: text for pair, text in now.crosswalks.items() if not set(pair.split("_")) <= kept}
    return RuleFiles(now.rulebooks, walks, written(lists) if lists else "").with_added(own)


@lru_cache(maxsize=64)
def together(own: Rulebooks, now: Rulebooks) -> SnapshotRulebooks:
    """Return the rulebooks of a snapshot over those of its home, each pair read once."""
    return SnapshotRulebooks(own, now)


@lru_cache(maxsize=16)
def kept_rules(rows: tuple[tuple[str, str, str], ...]) -> Rulebooks:
    """Return the rulebooks of the rows (kind, name, content) of `snapshot_rule_file`."""
    texts: dict[str, dict[str, str]] = {kind: {} for kind in KINDS}
    for kind, name, content in rows:
        texts[kind][name] = content
    return Rulebooks(RuleFiles(texts["rulebook"], texts["crosswalk"], texts["level_lists"].get("level_lists", "")))


@lru_cache(maxsize=16)
def rules_of_former_schema(rows: tuple[tuple[str, str], ...]) -> Rulebooks:
    """Return the rulebooks of the rows (rulebook, content) of a snapshot that keeps no other texts.

    Until schema 4 rulebooks stood alone, and only the package had crosswalks.
    """
    shipped = shipped_files()
    return Rulebooks(RuleFiles(dict(rows), shipped.crosswalks, shipped.level_lists))


def rule_file_rows(files: RuleFiles) -> list[tuple[str, str, str]]:
    """Return the rows (kind, name, content) that `kept_rules` reads back."""
    return [
        *(("rulebook", name, text) for name, text in sorted(files.rulebooks.items())),
        *(("crosswalk", name, text) for name, text in sorted(files.crosswalks.items())),
        ("level_lists", "level_lists", files.level_lists),
    ]
