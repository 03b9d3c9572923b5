"""The command explain: why the index and the rank of a city moved between two editions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from warehouse.language import Language
from warehouse.region import resolve_city
from workbench.assume_option import AssumeOption, assumption_notes
from workbench.command_context import CommandContext, with_context
from workbench.completion import known_editions
from workbench.options import language_of_environment

if TYPE_CHECKING:
    from analysis.index.explanation import SeasonExplanation

_ = language_of_environment()

EXPLAIN_HEADERS = {
    "cause": "Cause",
    "part": "Share",
    "part_lower": "Share, lower end",
    "part_upper": "Share, upper end",
    "known": "Known",
}


@with_context
def explain(
    context: CommandContext,
    city: Annotated[str, typer.Argument(help=_("City: name, alias or Kemendagri code."))],
    from_edition: Annotated[int, typer.Argument(metavar="FROM", help=_("The earlier edition."))],
    to_edition: Annotated[int, typer.Argument(metavar="TO", help=_("The later edition."))],
    rules: Annotated[
        str | None,
        typer.Option(
            "--rules",
            help=_("Rulebook for both (otherwise the complete one that applies to the later edition)."),
            show_default=False,
            autocompletion=known_editions,
        ),
    ] = None,
    rules_from: Annotated[
        str | None, typer.Option("--rules-from", help=_("Rulebook of the earlier edition."), show_default=False)
    ] = None,
    rules_to: Annotated[
        str | None, typer.Option("--rules-to", help=_("Rulebook of the later edition."), show_default=False)
    ] = None,
    score: Annotated[str, typer.Option("--score", help=_("Score kind: claimed, verified or final."))] = "claimed",
    assume: AssumeOption = None,
) -> None:
    """Why the index moved, in exact shares that add up to the change, and why the rank moved."""
    from analysis.index.explanation import explain_season
    from iga.rulebook import switches_of

    language = context.language
    changes = switches_of(assume or ())
    with context.open() as opened:
        told = explain_season(
            opened,
            resolve_city(city).region_code,
            from_edition,
            to_edition,
            rules_from=rules_from or rules,
            rules_to=rules_to or rules,
            score_kind=score,
            changes=changes,
        )
        names = dict(opened.sql("select region_code, full_name from region").iter_rows())
        days, rulebooks = opened.day_notes(language), opened.rulebooks
    if not context.is_for_people:
        context.show(_for_machines(told))
        return
    title = f"{names[told.region_code]}: {told.from_edition} → {told.to_edition}"
    notes = [*days, *_index_notes(told, language), *_rank_notes(told, names, language)]
    rows = pl.concat([index.select("rulebook", "assumption_id") for index in told.indices])
    notes += assumption_notes(rows, changes, language, rulebooks)
    context.show(_for_people(told, language), title=title, headers=EXPLAIN_HEADERS, notes=notes)


def _for_machines(told: SeasonExplanation) -> pl.DataFrame:
    """One row per cause: exact shares as fractions, and as printed."""
    exact = told.explanation
    parts = told.parts.with_columns(
        pl.lit(told.region_code).alias("region_code"),
        pl.lit(told.from_edition).alias("from_edition"),
        pl.lit(told.to_edition).alias("to_edition"),
        pl.lit(told.rules[0].name).alias("rulebook_from"),
        pl.lit(told.rules[1].name).alias("rulebook_to"),
        pl.lit(str(told.before["assumption_id"])).alias("assumption_id_from"),
        pl.lit(str(told.after["assumption_id"])).alias("assumption_id_to"),
        pl.lit(told.is_simulated).alias("is_simulated"),
    )
    if exact is None:
        return parts
    return parts.with_columns(
        pl.Series("exact_lower", [str(exact.lower[player]) for player in parts["player"]]),
        pl.Series("exact_upper", [str(exact.upper[player]) for player in parts["player"]]),
    )


def _for_people(told: SeasonExplanation, language: Language) -> pl.DataFrame:
    causes = [language.label("cause", player) for player in told.parts["player"]]
    frame = pl.DataFrame({"cause": causes}, schema={"cause": pl.String})
    low, high = ([signed(part, language) for part in told.parts[f"part_{end}_x100"]] for end in ("lower", "upper"))
    if told.explanation is None or told.explanation.is_single:
        return frame.with_columns(pl.Series("part", low, dtype=pl.String))
    known = [language("yes") if is_known else language("no") for is_known in told.parts["is_known"]]
    return frame.with_columns(
        pl.Series("part_lower", low), pl.Series("part_upper", high), pl.Series("known", known, dtype=pl.String)
    )


def signed(hundredths: int, language: Language) -> str:
    """A share with its sign, in the reader's number format."""
    sign = "+" if hundredths > 0 else "−" if hundredths < 0 else ""
    return sign + language.number(abs(hundredths) / 100)


def _index_notes(told: SeasonExplanation, language: Language) -> list[str]:
    notes = []
    for row, edition in ((told.before, told.from_edition), (told.after, told.to_edition)):
        bounds = language.interval(row["iid_lower"], row["iid_upper"])  # type: ignore[arg-type]
        text = language("{edition}: IID {iid} under the {rulebook} rules").format(
            edition=edition, iid=bounds, rulebook=row["rulebook"]
        )
        missing = language.coverage(str(row["coverage"]))
        notes.append(f"{text} ({missing}).")
        if row["is_estimate"]:
            label = language("Estimate under the {rulebook} rules, not an official score")
            notes[-1] += f" {label.format(rulebook=row['rulebook'])}."
    if told.explanation is None:
        notes.append(language("No explanation: a rule that the index needs is not known."))
    elif not told.explanation.is_single:
        least, most = told.explanation.change
        text = language("The index is known as bounds: its true change lies between {least} and {most}.")
        notes.append(text.format(least=signed(round(least * 100), language), most=signed(round(most * 100), language)))
        notes.append(language("The shares explain the lower and the upper end; a cause that is not known may differ."))
    if told.has_break:
        notes.append(language("The editions have rules of their own; both are computed anew here, under those named."))
    counts = told.innovation_counts
    text = language("Innovations: {continuing} continue, {entries} came, {exits} went.")
    notes.append(text.format(**counts))
    if told.is_simulated:
        notes.append(language("SIMULATED DATA: figures of simulated seasons are examples, not results."))
    return notes


def _rank_notes(told: SeasonExplanation, names: dict[str, str], language: Language) -> list[str]:
    move = told.rank
    if move is None:
        return [language("The rank is not known: an index is missing in one of the two editions.")]
    text = language("Place among the regions of this snapshot: {before} → {after}.")
    notes = [
        text.format(before=language.interval_of_counts(*move.before), after=language.interval_of_counts(*move.after))
    ]
    if move.before[0] == move.before[1] and move.after[0] == move.after[1]:
        text = language("Places won by its own change: {own}; by the changes of others: {others}.")
        own, others = (signed(round(-each[0] * 100), language) for each in (move.own, move.others))
        notes.append(text.format(own=own, others=others))
    else:
        notes.append(language("What moved the rank is not known: the bounds of the indices overlap."))
    for label, codes in ((language("Passed"), move.passed), (language("Passed by"), move.passed_by)):
        if codes:
            notes.append(f"{label}: {', '.join(names.get(code, code) for code in codes)}.")
    return notes
