"""The fact sheet of a flagship innovation: figures, evidence, criteria, and the questions that its gaps invite."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from analysis.nominee.nominee_facts import Criterion, Flagship
from analysis.portal.portal_fields import IndicatorLine
from iga.rulebook import Rulebook
from reports.city_settings import CitySettings, Letterhead, wording
from reports.letters.official import Grid, Official, Section
from reports.letters.season_facts import INDONESIAN, draft_reasons, points
from warehouse.file_names import slug
from warehouse.region import Region

QUESTIONS = 8
"""Questions about indicators that are written down: the weightiest first."""
CRITERIA_WIDTHS = (22, 9, 36, 33)
INDICATOR_WIDTHS = (6, 32, 12, 36, 14)


def fact_sheet(
    flagship: Flagship,
    criteria: list[Criterion],
    rulebook: Rulebook,
    region: Region,
    edition: int,
    on: date,
    head: Letterhead,
    settings: CitySettings,
    foot: str,
    *,
    is_simulated: bool,
) -> Official:
    """Return the sheet of one innovation."""
    words, row = wording()["fact_sheet"], flagship.row
    lists = (
        _facts(flagship),
        _maturity(flagship, rulebook),
        _beyond(flagship),
        _questions(flagship, rulebook, edition),
    )
    return Official(
        kind="lembar-fakta",
        name=f"lembar-fakta-{slug(row['title'])[:60]}-{str(row['submission_id'])[:8]}-{edition}",
        head=head,
        settings=settings,
        title=words["title"],
        fields=(
            ("Inovasi", row["title"]),
            ("Unit", row["unit_name"]),
            ("Daerah", f"{region.full_name}, IGA {edition}"),
            ("Keadaan", INDONESIAN.date(on)),
            ("Hal", words["subject"].format(title=row["title"])),
        ),
        draft=draft_reasons({}, is_simulated=is_simulated),
        sections=tuple(Section(heading, tuple(told)) for heading, told in zip(words["headings"], lists, strict=True)),
        tables=tuple(grid for grid in (_criteria(flagship, criteria, edition), _indicators(flagship)) if grid),
        closing=words["rests_on"].format(source=criteria[0].source) if criteria else "",
        foot=foot,
        words=wording()["common"],
    )


def _facts(flagship: Flagship) -> Iterator[str]:
    words, row = wording()["fact_sheet"], flagship.row
    yield words["stage"].format(
        stage=_label("stage", row["stage"]),
        trial=_day(row["trial_date"]),
        begun=_day(row["implementation_date"]),
        developed=_day(row["development_date"]),
    )
    kind = None if row["is_digital"] is None else str(row["is_digital"]).lower()
    affair = flagship.affair or words["none"]
    yield words["kind"].format(kind=_label("is_digital", kind), form=_label("form", row["form"]), affair=affair)
    yield words["entered"].format(editions=", ".join(str(scores.edition) for scores in flagship.scores))
    if flagship.design_words is None:
        yield words["no_design"]
    else:
        yield words["design"].format(words=INDONESIAN.whole(flagship.design_words))


def _maturity(flagship: Flagship, rulebook: Rulebook) -> Iterator[str]:
    words = wording()["fact_sheet"]
    top = Decimal(sum(group.weight_x100 * group.top_level for group in rulebook.sid_groups)).scaleb(-2)
    for scores in flagship.scores:
        stated = (("claimed", scores.claimed), ("verified", scores.verified), ("final", scores.final))
        told = [words[name].format(score=points(score)) for name, score in stated if score is not None]
        if not told:
            yield words["no_score"].format(edition=scores.edition)
            continue
        # What an earlier edition could reach at most is told by its own rules alone.
        is_own = str(rulebook.edition) == str(scores.edition)
        most = points(top) if is_own else "?"
        text = words["score"] if is_own else words["score"].partition(";")[0] + "."
        yield text.format(edition=scores.edition, scores=", ".join(told), top=most)
    lines = flagship.sheet.indicators
    tops = {group.number: group.top_level for group in rulebook.sid_groups}
    full = sum(line.level == tops[line.number] for line in lines)
    none, unknown = sum(line.level == 0 for line in lines), sum(line.level is None for line in lines)
    yield words["evidence"].format(
        full=full, part=len(lines) - full - none - unknown, none=none, unknown=unknown,
        files=flagship.sheet.file_count, confirmed=flagship.sheet.confirmed_count,
    )  # fmt: skip


def _beyond(flagship: Flagship) -> Iterator[str]:
    words = wording()["fact_sheet"]
    for each in flagship.replications:
        proof = [words["letter"].format(number=each.letter)] if each.letter else []
        proof += [words["agreement"].format(number=each.agreement)] if each.agreement else []
        yield words["replication"].format(region=each.region, proof=", ".join(proof) or words["no_proof"])
    if not flagship.replications:
        yield words["no_replication"]
    for year, scheme, result in flagship.awards:
        named = INDONESIAN.label("portfolio_scheme", scheme)
        told = words["ranked"].format(place=result) if result.isdigit() else result
        yield words["award"].format(scheme=named, year=year or words["none"], result=told or words["none"])
    for mission in flagship.missions:
        yield words["mission"].format(**{name: mission[name] or words["none"] for name in ("code", "text", "source")})
    if not flagship.missions:
        yield words["no_mission"]


def _questions(flagship: Flagship, rulebook: Rulebook, edition: int) -> list[str]:
    """Return what a jury may ask, each from a gap of the data."""
    asked = [
        *_about_scores(flagship),
        *_about_indicators(flagship, rulebook),
        *_about_the_rest(flagship, rulebook, edition),
    ]
    return asked or [wording()["fact_sheet"]["no_question"]]


def _about_scores(flagship: Flagship) -> Iterator[str]:
    words, now = wording()["fact_sheet"]["questions"], flagship.of_edition
    if now.claimed is not None and now.verified is not None and now.verified < now.claimed:
        yield words["not_verified"].format(claimed=points(now.claimed), verified=points(now.verified))
    before = next((scores for scores in reversed(flagship.scores[:-1]) if scores.best_known is not None), None)
    if before and before.best_known and now.best_known is not None and now.best_known < before.best_known:
        yield words["fell"].format(
            before=points(before.best_known), earlier=before.edition, after=points(now.best_known), edition=now.edition
        )


def _about_indicators(flagship: Flagship, rulebook: Rulebook) -> list[str]:
    words = wording()["fact_sheet"]["questions"]
    groups = {group.number: group for group in rulebook.sid_groups}
    open_lines = [line for line in flagship.sheet.indicators if line.level != groups[line.number].top_level]
    weight = {number: group.weight_x100 * group.top_level for number, group in groups.items()}
    open_lines.sort(key=lambda line: -(weight[line.number] - (line.level or 0) * groups[line.number].weight_x100))
    return [
        words["unknown" if line.level is None else "missing" if line.level == 0 else "lower"].format(
            indicator=f"{line.number}. {line.label}",
            level=line.level,
            top=groups[line.number].top_level,
            text=line.level_text,
        )
        for line in open_lines[:QUESTIONS]
    ]


def _about_the_rest(flagship: Flagship, rulebook: Rulebook, edition: int) -> Iterator[str]:
    words, row = wording()["fact_sheet"]["questions"], flagship.row
    begun = row["implementation_date"]
    if begun is not None and row["development_date"] is None and begun.year < edition - 1:
        yield words["old"].format(begun=INDONESIAN.date(begun))
    rule = rulebook.eligibility if str(rulebook.edition) == str(edition) else None
    least = rule.design_minimum_words if rule else None
    if flagship.design_words is not None and least is not None and flagship.design_words < least:
        yield words["short_design"].format(words=flagship.design_words, least=least)
    line = flagship.lines.get("replication")
    if not flagship.replications and line is not None and line.level:
        yield words["unproved_replication"].format(indicator=f"{line.number}. {line.label}", level=line.level)
    elif not flagship.replications:
        yield words["no_replication"]
    if not flagship.missions:
        yield words["no_mission"]


def _criteria(flagship: Flagship, criteria: list[Criterion], edition: int) -> Grid | None:
    if not criteria:
        return None
    words = wording()["fact_sheet"]
    of = criteria[0].edition
    title = words["criteria_title"] if of == edition else words["criteria_other"]
    rows = []
    for criterion in criteria:
        lines = [flagship.lines[key] for key in criterion.indicator_keys if key in flagship.lines]
        here = [f"{line.label}: {line.level_text or line.level}" for line in lines if line.level]
        absent = [line.label for line in lines if not line.level]
        if not lines:
            here, absent = [words["not_from_data"]], []
        weight = INDONESIAN.number(criterion.weight, 0 if criterion.weight == int(criterion.weight) else 2)
        rows.append((criterion.name_id, weight, "; ".join(here) or words["none"], "; ".join(absent) or words["none"]))
    return Grid(title.format(edition=of, asked=edition), tuple(words["criteria_heads"]), tuple(rows), CRITERIA_WIDTHS)


def _indicators(flagship: Flagship) -> Grid | None:
    words = wording()["fact_sheet"]
    rows = tuple(_indicator(line) for line in flagship.sheet.indicators)
    return Grid(words["indicators_title"], tuple(words["indicators_heads"]), rows, INDICATOR_WIDTHS) if rows else None


def _indicator(line: IndicatorLine) -> tuple[str, ...]:
    words = wording()["fact_sheet"]
    level = words["level_unknown"] if line.level is None else str(line.level)
    # An indicator that has no level yet says what is asked for instead.
    text = line.level_text or line.evidence or words["none"]
    here = [file for file in line.files if file.is_here]
    confirmed = sum(file.is_confirmed for file in here)
    files = words["files"].format(count=len(here), confirmed=confirmed) if here else words["none"]
    return (line.number, line.label, level, text, files)


def _label(kind: str, code: str | None) -> str:
    return INDONESIAN.label(kind, code) if code else wording()["fact_sheet"]["none"]


def _day(day: date | None) -> str:
    return INDONESIAN.date(day) if day else wording()["fact_sheet"]["none"]
