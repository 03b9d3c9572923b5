"""What is shown of a move of the index: waterfall, rank, every edition under one rulebook, what is not mapped."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl

from reports.blocks.block import Block
from reports.blocks.content import Bullets, Facts, Span, Text
from reports.blocks.figure import INK, WIDE, Caption, figure, said_first
from reports.blocks.palette import BLUE, NAVY, ORANGE, RUST
from reports.blocks.tables import Column, table
from reports.blocks.words import signed
from reports.pages.city_index.charts import altair_module, no_data
from reports.pages.explain.figures import Explained
from warehouse.language import Language

UNKNOWN = 0.42


def waterfall(explained: Explained | None, language: Language) -> Block:
    """The shares of the change, one figure for each end that is explained."""
    title = language("Why did the index move?")
    if explained is None:
        return no_data(title, language)
    if not explained.ends:
        return no_data(f"{title} {_editions(explained)}", language)
    return Block.join(_waterfall_of(explained, end) for end in explained.ends)


def _editions(explained: Explained) -> str:
    return f"{explained.told.from_edition} → {explained.told.to_edition}"


def _waterfall_of(explained: Explained, end: str) -> Block:
    _ = explained.language
    steps = explained.steps(end)
    labels = [_label(row, _) for row in steps.iter_rows(named=True)]
    frame = steps.drop("share", "level").with_columns(pl.Series("told", labels), pl.Series("colour", _colours(steps)))
    order = frame["label"].to_list()

    def draw(width: int) -> Any:
        alt = altair_module()
        wide = width == WIDE
        y = alt.Y(
            "label:N",
            sort=order,
            title=None,
            axis=alt.Axis(labels=wide, labelFontSize=12.5, labelColor=INK, labelLimit=0),
        )
        reached = [*frame["start"], *frame["finish"]]
        room = max(max(reached) - min(reached), 1.0)
        # Bars are differences, so the axis need not start at zero; the two indices are marks, not bars.
        scale = alt.Scale(domain=[min(reached) - 0.06 * room, max(reached) + 0.24 * room], nice=False)
        x = alt.X("start:Q", title=_("Index (0–100)"), scale=scale, axis=alt.Axis(tickCount=6))
        base = alt.Chart(frame)
        bars = base.transform_filter("datum.kind == 'cause'").mark_bar(size=17, cornerRadiusEnd=0)
        marks = base.transform_filter("datum.kind != 'cause'").mark_tick(thickness=5, size=21, color=NAVY)
        layers = [
            bars.encode(
                y=y,
                x=x,
                x2=alt.X2("finish:Q"),
                color=alt.Color("colour:N", scale=None),
                opacity=alt.condition("datum.is_known", alt.value(1), alt.value(UNKNOWN)),
            ),
            marks.encode(y=y, x=x),
            base.transform_calculate(right="max(datum.start, datum.finish)")
            .mark_text(align="left", dx=6)
            .encode(y=y, x=alt.X("right:Q"), text=alt.Text("told:N")),
        ]
        if not wide:
            layers.append(
                base.mark_text(align="left", dy=-17, fontSize=12).encode(y=y, x=alt.value(0), text=alt.Text("label:N"))
            )
        return alt.layer(*layers, width=width - (285 if wide else 20), height=alt.Step(30 if wide else 46))

    title = _("Why did the index move?")
    ends = {"lower": _("lower end of the bounds"), "upper": _("upper end of the bounds")}
    which = "" if len(explained.ends) == 1 else f" · {ends[end]}"
    units = _("Index points under the {rulebook} rules").format(rulebook=_rules(explained)) + which
    title, units = said_first(greatest_cause(steps, _), title, f"{units} · {explained.name}, {_editions(explained)}")
    caption = Caption(
        title,
        units,
        _description(explained),
        explained.source_line,
        explained.is_simulated,
        is_estimate=explained.is_estimate,
    )
    columns = [
        Column("label", _("Cause")),
        Column("share", _("Share"), kind="signed"),
        Column("level", _("Index")),
    ]
    return figure(draw, caption, steps, _, columns=columns)


def greatest_cause(steps: pl.DataFrame, language: Language) -> str | None:
    """The cause of most of the change; None where that one is not known as a single figure, or two weigh as much."""
    _ = language
    causes = steps.filter(pl.col("kind") == "cause").with_columns(weight=pl.col("share").abs())
    greatest = causes.filter(pl.col("weight") == pl.col("weight").max(), pl.col("weight") > 0)
    if greatest.height != 1 or not greatest["is_known"][0]:
        return None
    cause = greatest.row(0, named=True)
    text = _("The greatest cause: {cause}, {share} points")
    return text.format(cause=cause["label"], share=signed(cause["share"], 2, _))


def _rules(explained: Explained) -> str:
    names = list(dict.fromkeys(rules.name for rules in explained.told.rules))
    return " → ".join(names)


def _label(row: dict[str, Any], language: Language) -> str:
    return language.number(row["level"]) if row["share"] is None else signed(row["share"], 2, language)


def _colours(steps: pl.DataFrame) -> list[str]:
    return [
        (NAVY if share is None else BLUE if share > 0 else RUST if share < 0 else ORANGE) for share in steps["share"]
    ]


def _description(explained: Explained) -> str:
    _ = explained.language
    text = _("Each bar is the exact share of one cause; the shares add up to the change of the index.")
    if len(explained.ends) > 1:
        text += " " + _("The index is a range: each end is explained, and a pale bar is a cause that is not known.")
    return text


def story(explained: Explained | None, language: Language) -> Block:
    """In words: both indices, what is not known, how many innovations came and went, and the rank."""
    if explained is None:
        return Block()
    told, _ = explained.told, language
    lines = []
    for row, edition in ((told.before, told.from_edition), (told.after, told.to_edition)):
        text = _("{edition}: IID {iid} under the {rulebook} rules").format(
            edition=edition,
            iid=_.interval(row["iid_lower"], row["iid_upper"]),  # type: ignore[arg-type]
            rulebook=row["rulebook"],
        )
        lines.append(f"{text} ({_.coverage(str(row['coverage']))}).")
        if row["is_estimate"]:
            label = _("Estimate under the {rulebook} rules, not an official score").format(rulebook=row["rulebook"])
            lines[-1] += f" {label}."
    if told.explanation is None:
        lines.append(_("No explanation: a rule that the index needs is not known."))
    elif not told.explanation.is_single:
        least, most = (Decimal(round(each * 100)).scaleb(-2) for each in told.explanation.change)
        text = _("The index is known as bounds: its true change lies between {least} and {most}.")
        lines.append(text.format(least=signed(least, 2, _), most=signed(most, 2, _)))
    if told.has_break:
        lines.append(_("The editions have rules of their own; both are computed anew here, under those named."))
    lines.append(
        _("Innovations: {continuing} continue, {entries} came, {exits} went.").format(**told.innovation_counts)
    )
    lines += _rank_lines(explained)
    is_estimate = explained.is_estimate
    return Block([Bullets(items=tuple(lines), is_simulated=explained.is_simulated, is_estimate=is_estimate)], _)


def _rank_lines(explained: Explained) -> list[str]:
    move, _ = explained.told.rank, explained.language
    if move is None:
        return [_("The rank is not known: an index is missing in one of the two editions.")]
    places = [_.interval_of_counts(*place) for place in (move.before, move.after)]
    lines = [
        _("Place among the regions of this snapshot: {before} → {after}.").format(before=places[0], after=places[1])
    ]
    if move.before[0] == move.before[1] and move.after[0] == move.after[1]:
        own, others = (signed(Decimal(round(-each[0] * 100)).scaleb(-2), 2, _) for each in (move.own, move.others))
        lines.append(
            _("Places won by its own change: {own}; by the changes of others: {others}.").format(own=own, others=others)
        )
    else:
        lines.append(_("What moved the rank is not known: the bounds of the indices overlap."))
    return lines


def indices(explained: Explained) -> Block:
    """Every edition of the city under one rulebook; they are not joined by a line, since the rules changed between."""
    _ = explained.language
    rulebook = explained.told.rules[1].name
    caption = _("Every edition of {name} under the {rulebook} rules").format(name=explained.name, rulebook=rulebook)
    if explained.indices.is_empty():
        return no_data(caption, _)
    rows = explained.indices.sort("edition")
    frame = rows.select(
        "edition",
        *(_bounds(name) for name in ("iid", "mean_maturity", "count", "spd")),
        pl.Series("missing", [_.coverage(codes) for codes in rows["coverage"]]),
    )
    columns = [
        Column("edition", _("Edition")),
        Column("iid", _("Index")),
        Column("mean_maturity", _("Mean maturity")),
        Column("count", _("Count score")),
        Column("spd", _("SPD")),
        Column("missing", _("What is missing")),
    ]
    note = _("Estimate under the {rulebook} rules, not an official score").format(rulebook=rulebook)
    is_estimate = bool(rows["is_estimate"].any())
    simulated = explained.is_simulated
    note = note if is_estimate else ""
    return table(frame, columns, caption, _, is_simulated=simulated, is_estimate=is_estimate, note=note)


def _bounds(name: str) -> pl.Expr:
    return pl.struct(lower=f"{name}_lower", upper=f"{name}_upper").alias(name)


def unmapped(explained: Explained) -> Block:
    """The levels of earlier lists that the rulebook does not fix, with reason."""
    _ = explained.language
    rulebook = explained.told.rules[1].name
    caption = _("Levels that the {rulebook} rules do not fix, {name}").format(rulebook=rulebook, name=explained.name)
    if explained.unmapped.is_empty():
        return Block([Text(lead=caption, text=_("none"), tone="remark")], _)
    suffix = "id" if _.code == "id" else "en"
    frame = explained.unmapped.with_columns(
        pl.format("{}. {}", "indicator_number", f"indicator_name_{suffix}").alias("indicator"),
        _bounds("level").alias("levels"),
    )
    columns = [
        Column("indicator", _("Indicator")),
        Column("level", _("Level")),
        Column("levels", _("Level under the {rulebook} rules").format(rulebook=rulebook)),
        Column("answer_count", _("Answers")),
        Column(f"reason_{suffix}", _("Reason")),
    ]
    note = _("A dash in the column of answers: only totals are known, so any of these levels may be among them.")
    return table(frame, columns, caption, _, is_simulated=explained.is_simulated, note=note, group="edition")


def rests_on(explained: Explained) -> Block:
    """The rulebooks and assumptions that an explanation computes under; they may differ from those of the editions."""
    _, told = explained.language, explained.told
    switches = {
        name: value
        for rules in told.rules
        for name, value in rules.assumptions.model_dump(mode="json").items()
        if rules.rulebook.assumptions.model_dump(mode="json")[name] != value
    }
    changed = ", ".join(f"{_.label('assumption', name)}: {value}" for name, value in switches.items())
    spans: list[Span] = []
    for name, digest in dict.fromkeys((rules.name, rules.rulebook.hash[:12]) for rules in told.rules):
        spans += [Span(text=f", {name} " if spans else f"{name} "), Span(text=digest, style="code")]
    assumptions = f"{told.before['assumption_id']} → {told.after['assumption_id']}"
    said = f"{assumptions}; {changed or _('all as the rulebook has them')}"
    return Block([Facts(pairs=((_("Rulebooks"), tuple(spans)), (_("Assumptions"), said)), look="words")], _)
