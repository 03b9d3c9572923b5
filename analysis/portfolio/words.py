"""A portfolio in words: its lists with codes as labels, and the notes that stand with them."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from analysis.planning.words import in_words
from analysis.portfolio.city_portfolio import Portfolio
from analysis.portfolio.tags import known_tags, tag_list
from warehouse.language import Language
from warehouse.region import region_of_code

PORTFOLIO_HEADERS = {
    "title": "Innovation",
    "unit_name": "Unit",
    "affair": "Government affair",
    "is_digital": "Digital",
    "stage": "Stage",
    "editions": "Editions",
    "maturity": "Maturity",
    "maturity_change": "Change of maturity",
    "schemes": "Schemes",
    "awards": "Awards",
    "programme": "Programme",
    "year": "Year",
    "scheme": "Scheme",
    "result": "Result",
    "score": "Score",
    "basis": "Basis",
    "source": "Source",
    "linked_by": "Linked by",
    "edition": "Edition",
    "innovation_count": "Innovations",
    "digital": "Digital",
    "not_digital": "Not digital",
    "not_stated": "Not stated",
    "own_count": "Here",
    "peer_count": "Peers",
    "own_mean": "Maturity here",
    "peer_mean": "Maturity there",
    "reasons": "Why weak",
    "city": "City",
    "cities": "Cities that do it",
    "city_count": "Cities",
    "shared": "Shared words",
    "nearest": "Nearest of ours",
    "similarity": "Similarity",
    "nearest_shared": "Shared with ours",
    "compared_by": "Compared by",
    "code": "Code",
    "by_name": "By name",
    "by_keyword": "By keyword",
    "by_affair": "By affair",
    "spellings": "Other spellings",
    "other_title": "Other spelling",
    "places": "Where it stands",
    "other_places": "Where the other stands",
    "measure": "Measure",
    "rank_text": "Rank",
    "rank_scope": "Among",
    "confidence": "Confidence",
    "note": "Note",
    "state": "State",
    "group_count": "Number of groups",
    "groups": "Groups",
    "category_count": "Number of categories",
    "years_running": "Years running, at least",
    "entry_count": "Own entries",
    "innovation": "Innovation",
    "replicator": "Replicated by",
    "origin": "Replicated from",
    "interest_letter_number": "Letter of interest, number",
    "interest_letter_date": "Letter of interest, date",
    "mou_number": "Agreement, number",
    "mou_date": "Agreement, date",
    "start_date": "Since",
    "proof": "Proof",
    "proof_file": "File of the proof",
    "indicator_number": "Indicator",
    "region_count": "Replicating regions",
    "regions": "Regions",
    "level": "Level proposed",
    "documents": "Documents",
    "affair_group": "Group of affairs",
    "cross_count": "Besides, as a further affair",
    "tag": "Tag",
    "value": "Value",
    "file": "File",
    "row": "Row",
    "column": "Column",
    "cell": "Cell",
    "problem": "What is wrong",
    "next_step": "Next step",
}


def portfolio_lists(found: Portfolio, affairs: pl.DataFrame, language: Language) -> dict[str, pl.DataFrame]:
    """The lists of a portfolio by name; `affairs` has affair_code, name_id and name_en."""
    names = dict(affairs.select("affair_code", "name_id" if language.code == "id" else "name_en").iter_rows())

    def told(frame: pl.DataFrame) -> pl.DataFrame:
        named = [None if code is None else names.get(code, code) for code in frame["affair_code"]]
        at = frame.columns.index("affair_code")
        return frame.drop("affair_code").insert_column(at, pl.Series("affair", named, dtype=pl.String))

    reasons = [
        "; ".join(language.label("portfolio_weak", code) for code in text.split("|") if code)
        for text in found.standings["reasons"]
    ]
    schemes = [
        ", ".join(language.label("portfolio_scheme", code) for code in text.split("|"))
        for text in found.catalogue["schemes"]
    ]
    catalogue = found.catalogue.drop("innovation_id", "is_simulated").with_columns(
        pl.Series("schemes", schemes, dtype=pl.String), pl.col("spellings").str.replace_all("|", "; ", literal=True)
    )
    coded = {"scheme": "portfolio_scheme", "basis": "portfolio_basis", "linked_by": "portfolio_link"}
    return {
        "catalogue": in_words(told(catalogue), language, {"stage": "stage"}),
        "entries": in_words(_of_city(found.entries.drop("innovation_id"), language), language, coded),
        "kinds": found.kinds,
        "affairs": told(found.standings.with_columns(pl.Series("reasons", reasons, dtype=pl.String))),
        "candidates": in_words(told(found.candidates), language, {"compared_by": "portfolio_compared_by"}),
        "published": told(found.published),
        "programmes": found.programmes,
        "idsd": in_words(_numbers(found.idsd), language, {"basis": "portfolio_basis"}),
        "city": in_words(found.city, language, CITY_CODES),
        "kipp": _kipp(found, language),
        "kipp-entries": in_words(
            found.kipp_entries.drop("innovation_id"), language, {"state": "kipp_running", "basis": "portfolio_basis"}
        ),
        "spellings": _spellings(found, language),
        "replications": in_words(_with_regions(found.replications), language, {"proof": "portfolio_proof"}).drop(
            "innovation_id"
        ),
        "proofs": _with_regions(found.proofs).drop("innovation_id"),
        "coverage": in_words(
            told(found.coverage), language, {"affair_group": "affair_group", "state": "portfolio_coverage"}
        ),
        "tags": _tags(found, language),
        "faults": _faults(found, language),
    }


def _numbers(idsd: pl.DataFrame) -> pl.DataFrame:
    """Return IDSD with years and scores as numbers; the home states them as text."""
    score = pl.col("score").str.replace(",", ".", literal=True).cast(pl.Decimal(12, 2), strict=False)
    return idsd.with_columns(pl.col("year").cast(pl.Int64, strict=False), score)


CITY_CODES = {
    "scheme": "portfolio_scheme",
    "stage": "published_stage",
    "measure": "measure",
    "basis": "portfolio_basis",
    "confidence": "confidence",
    "note": "published_note",
}


def _of_city(entries: pl.DataFrame, language: Language) -> pl.DataFrame:
    """Return entries with the words for the city itself where no innovation is named."""
    return entries.with_columns(pl.col("title").fill_null(language("(the city itself)")))


def _kipp(found: Portfolio, language: Language) -> pl.DataFrame:
    note = "note_id" if language.code == "id" else "note_en"
    frame = found.kipp.with_columns(pl.col(note).alias("note")).drop("note_id", "note_en")
    frame = frame.with_columns(pl.col("groups").str.replace_all("|", ", ", literal=True))
    return in_words(frame, language, {"state": "portfolio_known", "confidence": "confidence"})


def _spellings(found: Portfolio, language: Language) -> pl.DataFrame:
    def placed(text: str) -> str:
        parts = [part.partition(" ") for part in text.split("|")]
        return ", ".join(f"{language.label('portfolio_scheme', code)} {rest}".strip() for code, _blank, rest in parts)

    placed_columns = [
        pl.Series(name, [placed(text) for text in found.spellings[name]], dtype=pl.String)
        for name in ("places", "other_places")
    ]
    frame = found.spellings.with_columns(placed_columns).rename({"reason": "linked_by"})
    return in_words(frame, language, {"linked_by": "portfolio_nearness"})


def _with_regions(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a list with the full names of regions instead of their codes."""
    columns = [name for name in ("replicator", "origin", "regions") if name in frame.columns]
    return frame.with_columns(
        pl.Series(name, [_region_names(text) for text in frame[name]], dtype=pl.String) for name in columns
    )


def _region_names(codes: str | None) -> str | None:
    return None if codes is None else ", ".join(region_of_code(code).full_name for code in codes.split("|"))


def _tags(found: Portfolio, language: Language) -> pl.DataFrame:
    """Return national tags by edition with the name of each value; one that no file states is said to be unknown."""
    rows = found.tag_counts
    values = []
    for edition, tag, code, text in rows.select("edition", "tag", "code", "text").iter_rows():
        held = next((row for row in tag_list(tag, edition) if row["code"] == code), None)
        name = None if held is None else held["name_id" if language.code == "id" else "name_en"]
        numbered = f"{int(code)} · {name}" if name and code.isdigit() and int(code) else name
        values.append(numbered or text or language("unknown: no file states it"))
    frame = rows.with_columns(pl.Series("value", values, dtype=pl.String)).drop("code", "text")
    told = in_words(frame, language, {"tag": "portfolio_tag", "state": "portfolio_tag_state"})
    return told.select("edition", "tag", "value", "innovation_count", "state")


def _faults(found: Portfolio, language: Language) -> pl.DataFrame:
    steps = [language.label("portfolio_next_step", code) for code in found.faults["problem"]]
    frame = found.faults.with_columns(pl.Series("next_step", steps, dtype=pl.String))
    return in_words(frame, language, {"problem": "portfolio_problem"})


def portfolio_notes(found: Portfolio, name: str, language: Language) -> list[str]:
    """What a portfolio holds, whom it is compared with, and what is missing."""
    count, editions = found.catalogue.height, found.kinds.height
    held = language.ngettext("{count} innovation", "{count} innovations", count).format(count=language.whole(count))
    within = language.ngettext("{count} edition", "{count} editions", editions).format(count=editions)
    text = language("{name}: {innovations} in {editions} up to {edition}")
    told = [text.format(name=name, innovations=held, editions=within, edition=found.edition)]
    if found.peers:
        text = language("Comparable cities (same kind, nearest in population and number of innovations): {cities}")
        told.append(text.format(cities=", ".join(found.peers)))
    told += fault_notes(found, language)
    told += coverage_notes(found, language)
    if not found.idsd.is_empty():
        told.append(language("IDSD changed its method in 2022 and in 2024: no trend across these years; no ranking."))
    told += [language.label("portfolio_lacking", code) for code in found.lacking]
    if found.is_simulated:
        told.append(language("SIMULATED DATA: figures of simulated seasons are examples, not results."))
        if not found.entries.is_empty():
            told.append(language("Published awards are not tied to simulated innovations."))
    return told


def fault_notes(found: Portfolio, language: Language) -> Iterator[str]:
    """Yield how much of the home's files could not be read, the first place with its next step."""
    count = found.faults.height
    if not count:
        return
    first = found.faults.row(0, named=True)
    problem = language.label("portfolio_problem", first["problem"])
    if first["column"]:
        cell = f" ({first['cell']})" if first["cell"] else ""
        problem = f"{first['column']}{cell}: {problem}"
    text = language.ngettext(
        "In the files of the portfolio {count} place needs a look: {file}, row {row}, {problem}. {step}",
        "In the files of the portfolio {count} places need a look, first {file}, row {row}, {problem}. {step}",
        count,
    )
    step = language.label("portfolio_next_step", first["problem"])
    yield text.format(count=language.whole(count), file=first["file"], row=first["row"], problem=problem, step=step)


def coverage_notes(found: Portfolio, language: Language) -> Iterator[str]:
    """Yield how many of the concurrent affairs have innovations in the last edition, and of what nothing is known."""
    rows = found.coverage.filter(pl.col("edition") == found.edition)
    states = rows["state"].to_list()
    text = language(
        "Concurrent affairs with innovations in {edition}: {covered} of {total}; none: {none}; unknown: {unknown}."
    )
    counts = {name: language.whole(states.count(name)) for name in ("covered", "none", "unknown")}
    yield text.format(edition=found.edition, total=language.whole(len(states)), **counts)
    stated = found.tags.filter(pl.col("edition") == found.edition)["tag"].unique().to_list()
    if silent := [tag for tag in known_tags() if tag not in stated]:
        text = language("National tags that no file of {edition} states, and that are unknown: {tags}.")
        yield text.format(edition=found.edition, tags=", ".join(language.label("portfolio_tag", tag) for tag in silent))
