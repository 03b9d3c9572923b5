"""What a city's page says first: index, predicate and place; which way it goes; where most is lost."""

from __future__ import annotations

from analysis.index.index_profile import IndexProfile, shown
from analysis.index.profile_words import PARTS, name_of
from reports.blocks.block import Block
from reports.blocks.message import message
from reports.pages.city_index.profile_section import Read
from reports.pages.city_index.season import CitySeason
from reports.pages.compare_cities.tables import predicate_text
from reports.pages.place_and_direction import Standing, direction_sentence, read_standing
from warehouse import Snapshot


def standing_of(snapshot: Snapshot, season: CitySeason) -> Standing | None:
    """Return where the city stands under the rules by which its page gives an index; None where none does."""
    for statement in season.statements:
        if statement.is_computed:
            code = str(season.region["region_code"])
            return read_standing(snapshot, code, season.edition, season.score, statement.rulebook)
    return None


def opening(season: CitySeason, standing: Standing | None, profile: Read) -> Block:
    """Return the message of the page."""
    _ = season.language
    sentences = [index_sentence(season, standing), direction_sentence(standing, _), _lost(season, profile)]
    return message(sentences, _, is_simulated=season.is_simulated)


def index_sentence(season: CitySeason, standing: Standing | None) -> str:
    """Return the index with its predicate and place; that there is none, else."""
    _ = season.language
    computed = next((statement for statement in season.statements if statement.is_computed), None)
    if computed is None:
        missing = _("{name} has no index for {edition} yet.")
        return missing.format(name=season.name, edition=season.edition)
    text = _("Index {index}, {predicate}.")
    if computed.is_estimate:
        text = _("Index {index} (estimate), {predicate}.")
    if standing is not None and standing.place is not None and standing.count > 1:
        text = _("Index {index}, {predicate}: place {place} of the {count} regions whose data are here.")
        if computed.is_estimate:
            text = _("Index {index} (estimate), {predicate}: place {place} of the {count} regions whose data are here.")
    place, count = (standing.place, standing.count) if standing is not None else (None, 0)
    return text.format(
        index=_.interval(computed.row["iid_lower"], computed.row["iid_upper"]),
        predicate=predicate_text(computed.row, _),
        place=_.interval_of_counts(*(place or (None, None))),
        count=_.whole(count),
    )


def _lost(season: CitySeason, profile: Read) -> str | None:
    """The line that costs the index most."""
    _ = season.language
    if not isinstance(profile, IndexProfile):
        return None
    lines = [line for part in PARTS for line in profile.of(part) if line.lost_index]
    if not lines:
        return None
    dearest = max(lines, key=lambda line: line.lost_index or 0)
    text = _("Most is lost in {line}: {points} points of the index.")
    return text.format(line=name_of(dearest, _), points=_.number(shown(dearest.lost_index)))
