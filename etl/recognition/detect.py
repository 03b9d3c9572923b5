"""Which layout a file has: why it was taken, how sure that is, what came second; what is open is held, not guessed."""

from __future__ import annotations

import tomllib
from collections.abc import Container, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources

from etl.cells.distinct_column import columns_below
from etl.cells.sheets import Cell, Sheet, as_text
from etl.layout.declared import Layout, Match, load_layout, load_layouts, matches_of
from etl.recognition.evidence import (
    Likeness,
    explaining_more,
    likenesses,
    repeated_header,
    told_differences,
    with_renamed,
)
from etl.values.canonical_rows import ParsedFile, hold, read_file, stated_total_of
from etl.values.columns import EditionScale, converter_of
from etl.values.normalise import is_missing


@dataclass(frozen=True)
class Thresholds:
    """When a layout is doubtful and when a file is held, from ``thresholds.toml``."""

    sample_rows: int
    minimum_value_share: float
    maximum_lost_share: float
    minimum_rows: int
    like_value_share: float


_DIFFERS = {"first": "first_differs", "alone": "alone_differs"}
"""The causes of `layout_taken` where something is not as expected."""


@cache
def load_thresholds() -> Thresholds:
    """The thresholds of this installation."""
    content = tomllib.loads(resources.files("etl.recognition").joinpath("thresholds.toml").read_text(encoding="utf-8"))
    return Thresholds(**content["detection"], **content["publication"], **content["likeness"])


@dataclass(frozen=True)
class Choice:
    """The layout taken, or the rule under which the file is held; with the reason, the confidence and the runner-up.

    `reason` and `held_detail` are the arguments of words (`warehouse/locale/set_aside.toml`).
    """

    match: Match | None
    reason: dict[str, str] = field(default_factory=dict)
    held_rule: str = ""
    held_detail: dict[str, str] = field(default_factory=dict)
    value_share: float = 0.0
    runner_up: str = ""
    fitting: tuple[str, ...] = ()
    """every layout that was found somewhere in the file; the choice does not depend on the others"""


def choose_layout(
    file_format: str,
    sheets: Sequence[Sheet],
    scale: EditionScale,
    stated: str | None = None,
    layouts: Sequence[Layout] | None = None,
) -> Choice:
    """The layout of a file: stated, or the one that explains most of its columns and whose values fit its headers.

    Two that explain the same columns equally well, several sheets with data, or values that speak against the headers
    (0/1 flags under headers of points) leave the file held. ``layouts`` are tried instead of the known ones.
    """
    known = list(layouts or load_layouts().values())
    if stated:
        known = [layout for layout in known if layout.name == stated] or [load_layout(stated)]
    candidates = [layout.with_names(scale.names) for layout in known]
    matches = matches_of(file_format, sheets, candidates)
    if not matches:
        others = list(layouts or load_layouts().values()) if stated else []
        if matches_of(file_format, sheets, [layout.with_names(scale.names) for layout in others]):
            return Choice(None, {}, "layout_unknown", {"detail": str(stated)})  # it is another one to the letter
        return _alike(file_format, sheets, candidates, scale, is_stated=stated is not None)
    fitting = tuple(sorted({match.layout.name for match in matches}))
    choice = _best_of(matches, scale, is_stated=stated is not None)
    if choice.match is not None and not stated:
        richer = explaining_more(choice.match, file_format, sheets, candidates)
        if sound := [likeness for likeness in richer if _is_sound(likeness, scale)]:
            return _taken_alike(file_format, sheets, richer, sound, scale)
    return replace(choice, fitting=fitting)


def _alike(
    file_format: str, sheets: Sequence[Sheet], candidates: Sequence[Layout], scale: EditionScale, *, is_stated: bool
) -> Choice:
    """The one layout that the file is like but for differences that do no harm, or what it is held with."""
    found = likenesses(file_format, sheets, candidates, is_stated=is_stated)
    return _taken_alike(file_format, sheets, found, [one for one in found if _is_sound(one, scale)], scale)


def _is_sound(likeness: Likeness, scale: EditionScale) -> bool:
    return likeness.match is not None and _values_fit(likeness, likeness.match, scale)


def _taken_alike(
    file_format: str, sheets: Sequence[Sheet], found: Sequence[Likeness], sound: Sequence[Likeness], scale: EditionScale
) -> Choice:
    """Take the lightest of the sound likenesses, or hold the file with the likest that was found."""
    lightest = [likeness for likeness in sound if likeness.weight == sound[0].weight]
    # A layout that explains more of the file to the letter goes before one that leaves those columns unread.
    lightest = [likeness for likeness in lightest if likeness.exact_count == lightest[0].exact_count]
    # Of layouts that say the same, the one whose stated total the file bears: only it holds the rows to that.
    best = max(lightest, key=_finds_a_total, default=None)
    if best is None or best.match is None or not _say_the_same(lightest, sheets, scale):
        return _held_alike(file_format, sheets, found, lightest)
    others = [one.match for one in sound if one.match is not None and one.sheet is not best.sheet]
    elsewhere = {match.sheet.name for match in others if match.has_rows}
    if elsewhere:
        return Choice(None, {}, "sheets_several", {"detail": ", ".join(sorted({best.sheet.name, *elsewhere}))})
    if header := repeated_header(best.match):
        return Choice(None, {}, "columns_repeated", {"column": header, "layout": best.layout.name})
    share = value_share(best.match, scale)
    told = told_differences(best.match, best.differences)
    weighed = {"filled": str(best.match.filled_headers), "share": f"{share:.0%}", "like": "yes"}
    reason = _reason(best.match, "alone_differs", **weighed, **told)
    return Choice(best.match, reason, value_share=share, fitting=(best.layout.name,))


def _finds_a_total(likeness: Likeness) -> bool:
    return likeness.match is not None and stated_total_of(likeness.match) is not None


def _values_fit(likeness: Likeness, match: Match, scale: EditionScale) -> bool:
    """Whether the values are what the layout says, in the columns whose headers are not quite its own as well."""
    doubt, share = doubt_about(match, scale, is_stated=False)
    least = load_thresholds().like_value_share
    if doubt or share < least:
        return False
    renamed = {difference.field for difference in likeness.of_kind("synonym", "typing")}
    return all(value_share(match, scale, {name}) >= least for name in renamed)


def _say_the_same(lightest: Sequence[Likeness], sheets: Sequence[Sheet], scale: EditionScale) -> bool:
    """Whether it makes no difference which of several layouts is taken: the records and answers are the same."""
    read = [read_file(one.match, sheets, scale) for one in lightest if one.match is not None]
    first = read[0]
    return len(read) == 1 or all(
        other.held_rule == first.held_rule
        and other.records.equals(first.records)
        and other.answers.equals(first.answers)
        and other.quarantine.equals(first.quarantine)
        for other in read[1:]
    )


def _held_alike(
    file_format: str, sheets: Sequence[Sheet], found: Sequence[Likeness], lightest: Sequence[Likeness]
) -> Choice:
    if len(lightest) > 1:
        names = sorted({likeness.layout.name for likeness in lightest})
        return Choice(None, {}, "layout_ambiguous", {"detail": ", ".join(names)}, fitting=tuple(names))
    if not found:
        nothing = {"cause": "detected", "format": file_format, "sheet_count": str(len(sheets))}
        return Choice(None, {}, "layout_unknown", nothing)
    likest = found[0]
    missing = [difference.expected for difference in likest.of_kind("missing")]
    told = {"title_id": likest.layout.title_id, "title_en": likest.layout.title_en, "layout": likest.layout.name}
    told |= {"sheet": likest.sheet.name, "row": str(likest.header_row)}
    told |= {name: ", ".join(texts) for name, texts in (("missing", missing), ("unknown", likest.unclaimed)) if texts}
    cause = "near" if missing else "near_values"
    return Choice(None, {}, "layout_unknown", {"cause": cause, **told}, fitting=(likest.layout.name,))


def _best_of(matches: Sequence[Match], scale: EditionScale, *, is_stated: bool) -> Choice:
    # Hidden sheets are often last year's; they are read only where no visible sheet fits.
    visible = [match for match in matches if match.sheet.is_hidden == matches[0].sheet.is_hidden]
    doubts = [(match, doubt_about(match, scale, is_stated=is_stated)) for match in visible]
    sound = [match for match, (doubt, _) in doubts if not doubt]
    if not sound:
        first, (doubt, share) = doubts[0]
        held_detail = {"layout": first.layout.name, "cause": doubt, "share": f"{share:.0%}"}
        return Choice(None, _reason(first, "found"), "layout_doubtful", held_detail, share)
    best, *others = sound
    # What somebody has confirmed for the sender goes before a shipped layout that explains no more of the file.
    own = [match for match in sound if match.recognised == best.recognised and match.layout.name not in load_layouts()]
    if own and best not in own:
        best, others = own[0], [match for match in sound if match is not own[0]]
    filled = {match.sheet.name for match in others if match.sheet is not best.sheet and match.has_rows}
    if filled:
        return Choice(None, {}, "sheets_several", {"detail": ", ".join(sorted({best.sheet.name, *filled}))})
    rivals = {match.layout.name for match in own or others if match.recognised == best.recognised} - {best.layout.name}
    if rivals:
        return Choice(None, {}, "layout_ambiguous", {"detail": ", ".join(sorted({best.layout.name, *rivals}))})
    if header := repeated_header(best):
        return Choice(None, {}, "columns_repeated", {"column": header, "layout": best.layout.name})
    share = next(share for match, (_, share) in doubts if match is best)
    second = next((match for match, _ in doubts if match.layout.name != best.layout.name), None)
    weighed = {"filled": str(best.filled_headers), "share": f"{share:.0%}"}
    if second:
        weighed |= {"second": second.layout.name, "second_recognised": str(second.recognised)}
    told = told_differences(best)
    if "absent" in told:
        renamed, differences = with_renamed(best)
        least = load_thresholds().like_value_share
        if all(value_share(renamed, scale, {difference.field}) >= least for difference in differences):
            best, told = renamed, told_differences(renamed, differences)
    cause = "first" if second else "alone"
    reason = _reason(best, _DIFFERS[cause] if told else cause, **weighed, **told)
    return Choice(best, reason, value_share=share, runner_up=second.layout.name if second else "")


def _reason(match: Match, cause: str, **weighed: str) -> dict[str, str]:
    """The arguments of `layout_taken`."""
    evidence = match.evidence
    return {"cause": f"{cause}_dated" if "version" in evidence else cause, **evidence, **weighed}


def doubt_about(match: Match, scale: EditionScale, *, is_stated: bool) -> tuple[str, float]:
    """What in the values speaks against a layout, and the share of sampled values that fit.

    It is a cause of `layout_doubtful`, or empty where nothing does.
    """
    share = value_share(match, scale)
    if doubt := _indicator_doubt(match, scale):
        return doubt, share
    if share < load_thresholds().minimum_value_share and not is_stated:
        return "values_do_not_fit", share
    return "", share


def value_share(match: Match, scale: EditionScale, fields: Container[str] | None = None) -> float:
    """The share of sampled cells that can be read as what their column holds; 1 where there is nothing to read.

    With `fields` only of the columns of these.
    """
    rows = _sample(match)
    read = fits = 0
    for column in match.layout.columns:
        if column.field not in match.columns or column.type in ("ignored", "text", "title"):  # any text is one
            continue
        if fields is not None and column.field not in fields:
            continue
        cells = _cells(match, column.field, rows)
        convert, _ = converter_of(match.layout, column, cells, scale)
        for cell in cells:
            if not is_missing(cell):
                read += 1
                fits += convert(cell)[1] is None
    return fits / read if read else 1.0


def _sample(match: Match) -> list[list[Cell]]:
    below = match.sheet.rows[match.header_row : match.header_row + load_thresholds().sample_rows]
    return [row for row in below if any(cell is not None for cell in row)]


def _cells(match: Match, name: str, rows: list[list[Cell]]) -> list[Cell]:
    if match.form:
        return [match.form[name].value]
    index = match.columns[name]
    return [row[index] if index < len(row) else None for row in rows]


def _indicator_doubt(match: Match, scale: EditionScale) -> str:
    """Points, levels and flags share their headers; what the cells hold tells them apart."""
    if match.layout.indicators is None or not match.levels:
        return ""
    below = columns_below(match.sheet, match.header_row)
    columns = [below[index] for index in match.levels.values() if index < len(below)]
    found = {as_text(cell).strip() for column in columns for cell in column.distinct}
    flags, others = found & {"0", "1"}, {text for text in found - {"0", "1"} if text.replace(".", "").isdecimal()}
    unit = match.layout.indicators.unit
    if unit == "points" and "1" in flags and not others:
        return "flags_under_points"
    if unit == "flag" and others and not flags:
        return "points_under_flags"
    top = max(map(scale.top_of, match.levels))
    if unit == "level" and others and others.isdisjoint(map(str, range(2, top + 1))) and not flags:
        return "no_levels"
    return ""


def within_threshold(parsed: ParsedFile, sheets: Sequence[Sheet]) -> ParsedFile:
    """The file, or the file held with all its rejected cells where too many of its rows were lost."""
    outcomes = parsed.rows["outcome"]
    lost, rows = int((outcomes == "quarantined").sum()), int((outcomes != "structural").sum())
    thresholds = load_thresholds()
    if parsed.held_rule or rows < thresholds.minimum_rows or lost <= rows * thresholds.maximum_lost_share:
        return parsed
    limit = f"{thresholds.maximum_lost_share:.0%}"
    cells = parsed.quarantine.rows(named=True)
    return hold(sheets, "too_many_rejected", cells, lost=str(lost), rows=str(rows), limit=limit)
