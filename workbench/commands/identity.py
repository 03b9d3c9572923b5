"""Commands about identity: propose, accept, reject, decisions, continuity."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from warehouse.errors import UnknownName
from warehouse.region import region_of_code, resolve_city
from workbench.command_context import CommandContext, with_context
from workbench.options import (
    CityOption,
    EditionOption,
    FormatOption,
    HomeOption,
    LanguageOption,
    SnapshotOption,
    home_of,
    language_of,
    language_of_environment,
)
from workbench.output import Format, messages, show

if TYPE_CHECKING:
    pass

_ = language_of_environment()

app = typer.Typer(no_args_is_help=True)

PROPOSAL_HEADERS = {
    "proposal_id": "Proposal",
    "kind": "Kind",
    "rule": "Because of",
    "similarity": "Similarity",
    "city": "City",
    "title": "Innovation",
    "unit_name": "Unit",
    "editions": "Editions",
    "other_city": "Other city",
    "other_title": "Other innovation",
    "other_unit_name": "Other unit",
    "other_editions": "Other editions",
}
DECISION_HEADERS = {
    "region_code": "City",
    "decision": "Decision",
    "title": "Innovation",
    "other_title": "Other innovation",
    "author": "Author",
    "decided_date": "Decided on",
    "reason": "Reason",
}
CONTINUITY_HEADERS = {
    "continuity": "What became of it",
    "title": "Innovation before",
    "other_title": "Innovation after",
    "unit_name": "Unit before",
    "other_unit_name": "Unit after",
    "claimed_score": "Score before",
    "other_claimed_score": "Score after",
}


class ProposalKind(StrEnum):
    """Which pairs are proposed."""

    all = "all"
    continued = "continued"
    twin = "twin"
    copy = "copy"


IdsArgument = Annotated[list[str], typer.Argument(help=_("Ids of proposals, as `iga identity propose` lists them."))]
AuthorOption = Annotated[str, typer.Option("--author", help=_("Who decides."))]
ReasonOption = Annotated[str, typer.Option("--reason", help=_("Why."))]


@app.command("propose", help=_("Innovations that are perhaps the same, for people to judge."))
@with_context
def propose(
    context: CommandContext,
    city: CityOption = None,
    edition: EditionOption = None,
    kind: Annotated[
        ProposalKind,
        typer.Option("--kind", help=_("continued over years, twin in one edition, copy between cities, or all.")),
    ] = ProposalKind.all,
    at_least: Annotated[int, typer.Option("--at-least", help=_("Least similarity, 0 to 100."), min=0, max=100)] = 0,
    limit: Annotated[int, typer.Option("--limit", help=_("How many pairs a table shows."), min=1)] = 50,
) -> None:
    """Pairs that nobody has judged yet, the most similar first; nothing is merged by itself."""
    language = context.language
    found, days = _proposals(context, city, edition, kind)
    found = found.filter(pl.col("similarity") >= at_least)
    if not context.is_for_people:
        context.show(found)
        return
    notes = [
        *days,
        language(
            "{count} pair(s) wait for a decision: iga identity accept ID (the same) or reject ID (not the same)."
        ).format(count=found.height),
    ]
    if found["is_simulated"].any():
        notes.append(language("SIMULATED DATA: figures of simulated seasons are examples, not results."))
    shown = found.head(limit).with_columns(
        pl.Series("city", _names(found.head(limit)["region_code"]), dtype=pl.String),
        pl.Series("other_city", _names(found.head(limit)["other_region_code"]), dtype=pl.String),
        pl.Series("kind", [language.label("identity_kind", code) for code in found.head(limit)["kind"]]),
        pl.Series("rule", [language.label("identity_rule", code) for code in found.head(limit)["rule"]]),
    )
    context.show(shown.select(list(PROPOSAL_HEADERS)), headers=PROPOSAL_HEADERS, notes=notes)


def _deciding(decision: str, told: str) -> Callable[..., None]:
    """The command that writes a decision about pairs into the registry; the next load applies it."""

    def decide_pairs(
        ids: IdsArgument,
        author: AuthorOption,
        reason: ReasonOption = "",
        home: HomeOption = None,
        snapshot: SnapshotOption = None,
        form: FormatOption = Format.table,
        lang: LanguageOption = None,
    ) -> None:
        context = CommandContext(home_of(home), language_of(lang), form, snapshot, None)
        _decide(context, ids, decision, author, reason)

    decide_pairs.__doc__ = told
    return decide_pairs


app.command("accept", help=_("These pairs are the same innovation."))(
    _deciding("same", "Write that pairs are the same innovation into the registry.")
)
app.command("reject", help=_("These pairs are not the same innovation."))(
    _deciding("different", "Write that pairs are different into the registry; they are not proposed again.")
)


@app.command("decisions", help=_("What has been decided."))
def decisions(home: HomeOption = None, form: FormatOption = Format.table, lang: LanguageOption = None) -> None:
    """The registry of identities."""
    from warehouse.identity_registry import read_registry

    language = language_of(lang)
    table = read_registry(home_of(home)).table()
    if form is Format.table:
        table = table.with_columns(
            pl.Series("region_code", _names(table["region_code"]), dtype=pl.String),
            pl.Series("decision", [language.label("identity_decision", code) for code in table["decision"]]),
        ).select(list(DECISION_HEADERS))
    show(table, form, language, headers=DECISION_HEADERS)


@app.command("continuity", help=_("What became of a city's innovations from one edition to the next."))
@with_context
def continuity(
    context: CommandContext,
    city: Annotated[str, typer.Argument(help=_("City: name, alias or Kemendagri code."))],
    earlier: Annotated[int, typer.Argument(metavar="FROM", help=_("Earlier edition."))],
    later: Annotated[int, typer.Argument(metavar="TO", help=_("Later edition."))],
) -> None:
    """New, continued, renamed and dropped innovations, by the registry."""
    from analysis.history.identity import CONTINUITY, continuity as became

    language, region = context.language, resolve_city(city)
    with context.open() as opened:
        rows = became(opened, region.region_code, earlier, later)
        days = opened.day_notes(language)
    if not context.is_for_people:
        context.show(rows)
        return
    counts = dict(rows.group_by("continuity").len().iter_rows())
    told = ", ".join(f"{language.label('continuity', code)} {counts.get(code, 0)}" for code in CONTINUITY)
    notes = [*days, f"{region.full_name} {earlier}–{later}: {told}"]
    if rows["is_simulated"].any():
        notes.append(language("SIMULATED DATA: figures of simulated seasons are examples, not results."))
    words = [language.label("continuity", code) for code in rows["continuity"]]
    shown = rows.with_columns(pl.Series("continuity", words, dtype=pl.String)).select(list(CONTINUITY_HEADERS))
    context.show(shown, headers=CONTINUITY_HEADERS, notes=notes)


def _names(codes: pl.Series) -> list[str]:
    return [region_of_code(code).full_name for code in codes]


def _proposals(
    context: CommandContext, city: str | None, edition: int | None, kind: ProposalKind
) -> tuple[pl.DataFrame, list[str]]:
    """The pairs that wait for a decision, and of which day they are."""
    from analysis.history.identity import KINDS, proposals
    from warehouse.identity_registry import read_registry

    code = resolve_city(city).region_code if city else None
    kinds = KINDS if kind is ProposalKind.all else (kind.value,)
    with context.open() as opened:
        found = proposals(opened, read_registry(context.home), region_code=code, edition=edition, kinds=kinds)
        return found, opened.day_notes(context.language)


def _decide(context: CommandContext, ids: list[str], decision: str, author: str, reason: str) -> None:
    from warehouse.identity_registry import Decision, decide

    home, language = context.home, context.language
    pairs, _days = _proposals(context, None, None, ProposalKind.all)
    found = {row["proposal_id"]: row for row in pairs.to_dicts()}
    if unknown := [one for one in ids if one not in found]:
        raise UnknownName(
            "No proposal bears the id {id}",
            next_step="see those that wait with `iga identity propose`",
            id=", ".join(unknown),
        )
    if decision == "same" and (copies := [one for one in ids if found[one]["kind"] == "copy"]):
        raise UnknownName(
            "An innovation belongs to one region; {id} is a copy of another region's",
            next_step="reject it, so that it is not proposed again",
            id=", ".join(copies),
        )
    today = datetime.now(tz=UTC).astimezone().date()
    decide(
        home,
        [
            Decision(
                region_code=row["other_region_code"],
                name_id=row["other_innovation_id"],
                innovation_id=row["innovation_id"],
                decision=decision,
                title=row["other_title"],
                other_title=row["title"],
                author=author,
                decided_date=today,
                reason=reason,
            )
            for row in (found[one] for one in ids)
        ],
    )
    text = language("{count} decision(s) written to {path}; `iga ingest` applies them.")
    messages().print(text.format(count=len(ids), path=home.identity / "innovations.csv"), markup=False)
    if not context.is_for_people:
        rows = [{"proposal_id": one, "decision": decision, "author": author, "decided_date": today} for one in ids]
        context.show(pl.DataFrame(rows))
