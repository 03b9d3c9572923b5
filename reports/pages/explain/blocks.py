"""What is shown of a move of the index: waterfall, rank, every edition under one rulebook, what is not mapped."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl

from reports.blocks.block import Block, render
from reports.blocks.figure import INK, WIDE, Caption, figure
from reports.blocks.tables import Column, table
from reports.pages.city_index.charts import BLUE, GREEN, ORANGE, altair_module, no_data
from reports.pages.explain.figures import Explained
from warehouse.language import Language

FALL = "#d55e00"
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
    frame = explained.steps(end).with_columns(pl.col("share").cast(pl.Float64).alias("value"))
    labels = [_label(row, _) for row in explained.steps(end).iter_rows(named=True)]
    frame = frame.drop("share").with_columns(pl.Series("told", labels), pl.Series("colour", _colours(frame)))
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
        marks = base.transform_filter("datum.kind != 'cause'").mark_tick(thickness=5, size=21, color=BLUE)
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
    caption = Caption(
        title,
        f"{units} · {explained.name}, {_editions(explained)}",
        _description(explained),
        explained.source_line,
        explained.is_simulated,
    )
    data = pl.DataFrame({_("Cause"): order, _("Share"): labels})
    return figure(draw, caption, data, _)


def _rules(explained: Explained) -> str:
    names = list(dict.fromkeys(rules.name for rules in explained.told.rules))
    return " → ".join(names)


def _label(row: dict[str, Any], language: Language) -> str:
    if row["kind"] != "cause":
        return language.number(row["share"])
    return signed(row["share"], language)


def signed(share: Decimal, language: Language) -> str:
    """A share with its sign, in the reader's number format."""
    sign = "+" if share > 0 else "−" if share < 0 else ""
    return sign + language.number(abs(share))


def _colours(frame: pl.DataFrame) -> list[str]:
    return [
        (BLUE if kind != "cause" else GREEN if value > 0 else FALL if value < 0 else ORANGE)
        for kind, value in frame.select("kind", "value").iter_rows()
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
        return Block("")
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
        lines.append(text.format(least=signed(least, _), most=signed(most, _)))
    if told.has_break:
        lines.append(_("The editions have rules of their own; both are computed anew here, under those named."))
    lines.append(
        _("Innovations: {continuing} continue, {entries} came, {exits} went.").format(**told.innovation_counts)
    )
    lines += _rank_lines(explained)
    return render("story.html", lines=lines)


def _rank_lines(explained: Explained) -> list[str]:
    move, _ = explained.told.rank, explained.language
    if move is None:
        return [_("The rank is not known: an index is missing in one of the two editions.")]
    places = [_.interval_of_counts(*place) for place in (move.before, move.after)]
    lines = [
        _("Place among the regions of this snapshot: {before} → {after}.").format(before=places[0], after=places[1])
    ]
    if move.before[0] == move.before[1] and move.after[0] == move.after[1]:
        own, others = (signed(Decimal(round(-each[0] * 100)).scaleb(-2), _) for each in (move.own, move.others))
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
    rows = explained.indices.sort("edition").iter_rows(named=True)
    frame = pl.DataFrame(
        [
            {
                "edition": str(row["edition"]),
                "iid": _.interval(row["iid_lower"], row["iid_upper"]),
                "mean": _.interval(row["mean_maturity_lower"], row["mean_maturity_upper"]),
                "count": _.interval(row["count_lower"], row["count_upper"]),
                "spd": _.interval(row["spd_lower"], row["spd_upper"]),
                "missing": _.coverage(row["coverage"]),
            }
            for row in rows
        ]
    )
    columns = [
        Column("edition", _("Edition")),
        Column("iid", _("Index"), "right"),
        Column("mean", _("Mean maturity"), "right"),
        Column("count", _("Count score"), "right"),
        Column("spd", _("SPD"), "right"),
        Column("missing", _("What is missing")),
    ]
    note = _("Estimate under the {rulebook} rules, not an official score").format(rulebook=rulebook)
    is_estimate = bool(explained.indices["is_estimate"].any())
    return table(frame, columns, caption, _, is_simulated=explained.is_simulated, note=note if is_estimate else "")


def unmapped(explained: Explained) -> Block:
    """The levels of earlier lists that the rulebook does not fix, with reason."""
    _ = explained.language
    rulebook = explained.told.rules[1].name
    caption = _("Levels that the {rulebook} rules do not fix, {name}").format(rulebook=rulebook, name=explained.name)
    if explained.unmapped.is_empty():
        return render("remark.html", what=caption, remark=_("none"))
    suffix = "id" if _.code == "id" else "en"
    frame = pl.DataFrame(
        [
            {
                "edition": str(row["edition"]),
                "indicator": f"{row['indicator_number']}. {row[f'indicator_name_{suffix}']}",
                "level": f"{row['level']} → {row['level_lower']}–{row['level_upper']}",
                "answers": None if row["answer_count"] is None else _.whole(row["answer_count"]),
                "reason": row[f"reason_{suffix}"],
            }
            for row in explained.unmapped.iter_rows(named=True)
        ],
        schema_overrides={"answers": pl.String},
    )
    columns = [
        Column("indicator", _("Indicator")),
        Column("level", _("Level")),
        Column("answers", _("Answers"), "right"),
        Column("reason", _("Reason")),
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
    return render(
        "explanation_rests_on.html",
        rulebooks=dict.fromkeys((rules.name, rules.rulebook.hash[:12]) for rules in told.rules),
        assumptions=[str(told.before["assumption_id"]), str(told.after["assumption_id"])],
        changed=changed,
        _=_,
    )
