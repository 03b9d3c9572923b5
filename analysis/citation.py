"""For a paper: how to cite the figures of a snapshot, and its method as an appendix made from its own rulebooks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from iga.rulebook import Rulebook
from iga.rules.parts import Parameter
from warehouse.language import Language

if TYPE_CHECKING:
    from warehouse.snapshot import Snapshot


def citation_text(snapshot: Snapshot, language: Language) -> str:
    """One sentence that names software, version and snapshot, and says where the figures are simulated."""
    text = language("The IGA Workbench authors. IGA Workbench {version}. Snapshot {id}.")
    told = text.format(version=snapshot.facts["software_version"], id=snapshot.state)
    if snapshot.is_simulated:
        told += " " + language("SIMULATED DATA: figures of simulated seasons are examples, not results.")
    return told


def citation_bibtex(snapshot: Snapshot) -> str:
    """The same as BibTeX."""
    note = f"Snapshot {snapshot.state}" + (", with simulated seasons" if snapshot.is_simulated else "")
    return (
        f"@misc{{iga_workbench_{snapshot.snapshot_id},\n"
        "  author = {{The IGA Workbench authors}},\n"
        "  title  = {{IGA Workbench: Indeks Inovasi Daerah}},\n"
        f"  note   = {{Version {snapshot.facts['software_version']}. {note}}}\n"
        "}\n"
    )


def method_appendix(snapshot: Snapshot, language: Language) -> str:
    """The rules that the snapshot's indices rest on, as Markdown: each value with its source and confidence.

    It is read from the rulebooks as the snapshot keeps them, not from those that are installed now.
    """
    names = snapshot.sql("select rulebook from snapshot_rulebook order by rulebook")["rulebook"]
    parts = [f"# {language('Method')}", citation_text(snapshot, language)]
    for name in names:
        parts += list(_of_rulebook(snapshot.rulebooks.of(name), language))
    return "\n\n".join(parts) + "\n"


def _of_rulebook(rules: Rulebook, language: Language) -> Iterator[str]:
    is_indonesian = language.code == "id"
    yield f"## {rules.name}: {rules.title_id if is_indonesian else rules.title_en}"
    yield f"`sha256 {rules.hash}`"
    head = [language("Rule"), language("Value"), language("Confidence"), language("Source")]
    lines = [f"| {' | '.join(head)} |", "|---|---|---|---|"]
    for name in type(rules.parameters).model_fields:
        value: Parameter = getattr(rules.parameters, name)
        reason = (value.reason_id if is_indonesian else value.reason_en) or ""
        told = _cell(f"– ({reason})" if value.is_absent else language.interval(value.lower, value.upper))
        lines.append(
            f"| {language.label('parameter', name)} | {told} | {value.confidence} | {_sources(value.source, rules)} |"
        )
    for band in rules.predicates:
        told = f"≥ {language.number(band.lower)}" if band.is_open_above else language.interval(band.lower, band.upper)
        name = language.label("predicate", band.code)
        lines.append(f"| {name} | {told} | {band.confidence} | {_sources(band.source, rules)} |")
    for name, switch in rules.switches.items():
        note = switch.note_id if is_indonesian else switch.note_en
        lines.append(f"| {name} | {switch.default} | {switch.confidence} | {_cell(note)} |")
    yield "\n".join(lines)


def _sources(keys: tuple[str, ...], rules: Rulebook) -> str:
    return _cell("; ".join(rules.sources.get(key, key) for key in keys))


def _cell(text: str | None) -> str:
    return (text or "").replace("|", "\\|").replace("\n", " ")
