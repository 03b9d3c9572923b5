"""Sliders and toggles of one season: index, predicate and place move at once, and what is tried can be kept."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from html import escape
from math import gcd
from typing import Any

import ipywidgets as widgets

from analysis import Questions
from analysis.planning.scenario import LevelChange, Outcome, Scenario, TriedWeight, keep_scenario
from analysis.planning.what_if import WhatIf, sent_all
from analysis.planning.words import duty_to_report, holding_lines
from warehouse.errors import MendableError
from warehouse.language import Language

REGION_KEY = ""
WIDE = {"width": "560px"}
STYLE = {"description_width": "150px"}
BAND_COLOURS = ("#eef1f4", "#d9dfe5", "#cfe3f5", "#bfe3cd")
"""From the lowest band to the highest, of which the last are taken; text stays dark on each."""


class WhatIfForm:
    """The form of one season. `box` is what a notebook shows; `scenario` is what stands in it."""

    def __init__(self, snapshot: Questions, city: str, edition: int, *, rules: str | None = None) -> None:
        self.language: Language = snapshot.language
        self.home = snapshot.home
        self.frames = snapshot.season(city, edition, rules=rules)
        self.title = f"{snapshot.region_of(city).full_name} {edition}"
        self.desk = WhatIf(self.frames, snapshot)
        self.levels: dict[tuple[str, str], int] = {}
        self.weights: dict[str, int] = {}
        self._build()
        self.update()

    @cached_property
    def known_levels(self) -> dict[str, dict[str, int]]:
        """Levels by submission and indicator; those of the region under the empty key."""
        return {REGION_KEY: self.frames.spd_levels(), **self.frames.levels()}

    @cached_property
    def maturity_x100(self) -> dict[str, int]:
        """Maturity of every submission in hundredths; what is unknown counts as the least that it can be."""
        rows = self.frames.maturities().select("submission_id", "maturity_lower_x100").iter_rows()
        return {key: value or 0 for key, value in rows}

    @property
    def scenario(self) -> Scenario:
        """What stands in the form, as a scenario that can be kept and computed again with the same figures.

        Nothing is held unless the simulation of holding is on, and no level of what it holds is changed.
        """
        limit = round(self.hold_below.value * 100) if self.with_holding.value else 0
        held = self.held
        return Scenario(
            name=self.name.value.strip() or self.language("trial"),
            rulebook=self.rules.value,
            hold=held,
            hold_below=Decimal(limit).scaleb(-2) if limit else None,
            level=tuple(
                LevelChange(innovation=key, indicator=number, level=level)
                for (key, number), level in self.levels.items()
                if key not in held
            ),
            # The weights tried are those of the season's own rulebook.
            weight=()
            if self.rules.value
            else tuple(
                TriedWeight(indicator=number, points=Decimal(weight).scaleb(-2))
                for number, weight in self.weights.items()
            ),
        )

    @property
    def held(self) -> tuple[str, ...]:
        """What the simulation of holding holds; nothing while it is off."""
        if not self.with_holding.value:
            return ()
        limit = round(self.hold_below.value * 100)
        below = [key for key, points in self.maturity_x100.items() if points < limit]
        return tuple(dict.fromkeys([*self.hold.value, *below]))

    def outcome(self) -> Outcome:
        """Index, predicate and place of what stands in the form."""
        return self.desk.outcome(self.scenario)

    def without_holding(self) -> Outcome:
        """Index, predicate and place of what stands in the form with everything sent."""
        return self.desk.outcome(sent_all(self.scenario))

    def update(self, _change: Any = None) -> None:
        """Show the outcome; a fault is told in its place."""
        self.weight.disabled = self.weighed.disabled = bool(self.rules.value)
        self.holding.layout.display = "" if self.with_holding.value else "none"
        try:
            after = self.outcome()
            without = self.without_holding() if self.held else None
        except MendableError as error:
            message, _, next_step = error.told(self.language)
            self.figures.value = f'<div role="alert">{escape(message)}: {escape(next_step)}</div>'
            return
        self.figures.value = self._told(self.desk.before, after, without)
        self._draw(after)

    def _build(self) -> None:
        _ = self.language
        titles = self.frames.submissions.select("submission_id", "title", "unit_name").sort("title").iter_rows()
        named = [
            (f"{title or key} · {unit or ''} ({_.number(self.maturity_x100.get(key, 0) / 100)})", key)
            for key, title, unit in titles
        ]
        self.hold_below = widgets.FloatSlider(
            description=_("Hold below"), min=0, max=self._highest_maturity, step=0.5, value=0, style=STYLE,
            layout=WIDE, continuous_update=True, readout_format=".1f",
        )  # fmt: skip
        self.hold = widgets.SelectMultiple(description=_("Hold these"), options=named, rows=6, style=STYLE, layout=WIDE)
        self.with_holding = widgets.Checkbox(
            description=_("Simulation with holding (no advice)"), value=False, indent=False, layout=WIDE
        )
        self.with_holding.add_class("iga-with-holding")
        duty = f'<p role="note" style="max-width:700px"><b>{escape(duty_to_report(_))}</b></p>'
        self.holding = widgets.VBox([widgets.HTML(duty), self.hold_below, self.hold])
        own = [(_("as it is"), "")]
        complete = [rules.name for rules in self.frames.rulebooks if rules.is_complete]
        self.rules = widgets.Dropdown(
            description=_("Rulebook"), options=[*own, *[(name, name) for name in complete]], style=STYLE, layout=WIDE
        )
        with_levels = [(text, key) for text, key in named if key in self.known_levels]
        region = [(_("City (SPD)"), REGION_KEY)] if self.known_levels[REGION_KEY] else []
        self.of = widgets.Dropdown(description=_("Level of"), options=[*region, *with_levels], style=STYLE, layout=WIDE)
        self.indicator = widgets.Dropdown(description=_("Indicator"), style=STYLE, layout=WIDE)
        # The top is that of the indicator chosen (`_offer_level`).
        self.level = widgets.IntSlider(description=_("Level"), min=0, max=0, style=STYLE, layout=WIDE)
        groups = self.frames.rulebook.sid_groups if self.frames.levels() else ()
        self.weighed = widgets.Dropdown(
            description=_("Weight of"), options=[(self._named(one), one.number) for one in groups], style=STYLE,
            layout=WIDE,
        )  # fmt: skip
        self.weight = widgets.FloatSlider(
            description=_("Points per level"), min=0, max=self._most_points, step=self._step, style=STYLE, layout=WIDE,
            readout_format=".1f" if self._step * 10 == int(self._step * 10) else ".2f",
        )  # fmt: skip
        self.clear = widgets.Button(description=_("Start again"), layout=widgets.Layout(width="auto"))
        self.name = widgets.Text(description=_("Name"), value=_("trial"), style=STYLE, layout=WIDE)
        self.keep = widgets.Button(
            description=_("Keep as scenario"), button_style="primary", layout=widgets.Layout(width="auto")
        )
        self.keep.add_class("iga-keep")
        self.kept = widgets.HTML()
        self.figures = widgets.HTML()
        self.figures.add_class("iga-figures")
        self.chart = self._chart()
        self._offer_indicators()
        self._offer_weight()
        for one in (self.with_holding, self.hold_below, self.hold, self.rules):
            one.observe(self.update, "value")
        self.of.observe(self._offer_indicators, "value")
        self.indicator.observe(self._offer_level, "value")
        self.level.observe(self._level_changed, "value")
        self.weighed.observe(self._offer_weight, "value")
        self.weight.observe(self._weight_changed, "value")
        self.clear.on_click(self._cleared)
        self.keep.on_click(self._keep)
        self.box = widgets.VBox(
            [
                widgets.HTML(f"<h3>{escape(_('What if'))}: {escape(self.title)}</h3>{self._mark()}"),
                self.figures,
                self.chart,
                self.rules,
                *([self.of, self.indicator, self.level] if self.of.options else []),
                *([self.weighed, self.weight] if self.weighed.options else []),
                widgets.HTML(f'<p style="max-width:700px">{escape(self._limits())}</p>'),
                self.with_holding,
                self.holding,
                widgets.HBox([self.name, self.keep, self.clear]),
                self.kept,
            ]
        )
        self.box.add_class("iga-what-if")

    @property
    def _highest_maturity(self) -> float:
        """The maturity that no innovation passes; where the rules do not state it, the highest that there is."""
        stated = self.frames.rulebook.parameters.maturity_maximum.upper
        return float(stated) if stated is not None else max(self.maturity_x100.values(), default=0) / 100

    @property
    def _most_points(self) -> float:
        """Far enough for a weight to be tried: three times the greatest of the rules."""
        return 3 * max((group.weight_x100 for group in self.frames.rulebook.sid_groups), default=0) / 100

    @property
    def _step(self) -> float:
        """Half a point, or finer where a weight of the rules lies between."""
        return gcd(50, *(group.weight_x100 for group in self.frames.rulebook.sid_groups)) / 100

    def _mark(self) -> str:
        return f"<b>{escape(self.language('SIMULATED DATA'))}</b>" if self.frames.is_simulated else ""

    def _limits(self) -> str:
        known = len(self.frames.levels())
        text = self.language(
            "Levels and weights move the {known} of {all} innovations whose levels are known. Weights are tried, not "
            "official: the other weights shrink or grow so that the maximum stays."
        )
        return text.format(known=known, all=self.frames.submissions.height)

    def _named(self, group: Any) -> str:
        return f"{group.number}. {group.name_id if self.language.code == 'id' else group.name_en}"

    def _offer_indicators(self, _change: Any = None) -> None:
        rules = self.frames.rulebook
        levels = self.known_levels.get(self.of.value or REGION_KEY, {})
        self.indicator.options = [(self._named(rules.group(number)), number) for number in levels]
        self._offer_level()

    def _offer_level(self, _change: Any = None) -> None:
        number, key = self.indicator.value, self.of.value or REGION_KEY
        if number is None:
            return
        group = self.frames.rulebook.group(number)
        value = self.levels.get((key, number), self.known_levels[key][number])
        with self.level.hold_trait_notifications():
            self.level.max = group.top_level
            self.level.value = value

    def _level_changed(self, _change: Any = None) -> None:
        number, key = self.indicator.value, self.of.value or REGION_KEY
        if number is None:
            return
        if self.level.value == self.known_levels[key][number]:
            self.levels.pop((key, number), None)
        else:
            self.levels[key, number] = self.level.value
        self.update()

    def _offer_weight(self, _change: Any = None) -> None:
        if self.weighed.value is not None:
            official = self.frames.rulebook.group(self.weighed.value).weight_x100
            self.weight.value = self.weights.get(self.weighed.value, official) / 100

    def _weight_changed(self, _change: Any = None) -> None:
        number = self.weighed.value
        if number is None:
            return
        asked = round(self.weight.value * 100)
        if asked == self.frames.rulebook.group(number).weight_x100:
            self.weights.pop(number, None)
        else:
            self.weights[number] = asked
        self.update()

    def _cleared(self, _button: Any) -> None:
        self.levels.clear()
        self.weights.clear()
        self.hold_below.value, self.hold.value, self.rules.value = 0, (), ""
        self.with_holding.value = False
        self._offer_level()
        self._offer_weight()
        self.update()

    def _keep(self, _button: Any) -> None:
        kept = keep_scenario(self.scenario, self.home, self.language)
        path = kept.path
        text = self.language("Kept as scenario {name}").format(name=path.stem)
        if stayed := kept.told(self.language):
            text = f"{text} · {stayed}"
        city, edition = self.frames.region_code, self.frames.edition
        code = f"snapshot.what_if({city!r}, {edition}, {path.stem!r})"
        self.kept.value = f"{escape(text)} · <code>{escape(code)}</code>"

    def _told(self, before: Outcome, after: Outcome, without: Outcome | None) -> str:
        _ = self.language
        change = None if before.iid_lower is None or after.iid_lower is None else after.iid_lower - before.iid_lower
        sign = "+" if change is not None and change > 0 else ""
        rows = (
            ("IID", _.interval(before.iid_lower, before.iid_upper), _.interval(after.iid_lower, after.iid_upper)),
            (_("Predicate"), self._predicate(before), self._predicate(after)),
            (_("Place"), self._place(before), self._place(after)),
            (_("Innovations"), _.whole(before.innovation_count), _.whole(after.innovation_count)),
        )
        cell = "text-align:left;padding:2px 18px 2px 0"
        cells = "".join(
            f'<tr><th scope="row" style="{cell}">{escape(name)}</th>'
            f'<td style="{cell}">{escape(old)}</td><td style="{cell}"><b>{escape(new)}</b></td></tr>'
            for name, old, new in rows
        )
        moved = "–" if change is None else f"{sign}{_.number(change)}"
        head = f"<tr><td></td><td>{escape(_('as it is'))}</td><td>{escape(_('tried'))} ({moved})</td></tr>"
        note = escape(_("Ranked among the regions of this snapshot, not nationally."))
        table = f'<table style="font-size:15px">{head}{cells}</table><small>{note}</small>'
        if without is None:
            return table
        told = [*holding_lines(self.scenario.name, before, after, without, _), duty_to_report(_)]
        return table + "".join(f"<p>{escape(line)}</p>" for line in told)

    def _predicate(self, outcome: Outcome) -> str:
        lower, upper = outcome.predicate_lower, outcome.predicate_upper
        told = self.language.label("predicate", lower) or "–"
        return told if lower == upper else f"{told}–{self.language.label('predicate', upper)}"

    def _place(self, outcome: Outcome) -> str:
        place = self.language.interval_of_counts(outcome.rank_low, outcome.rank_high)
        return f"{place} / {self.language.whole(outcome.ranked_count)}"

    def _chart(self) -> Any:
        """The index on the scale of the predicates; only its parameters change, so that it moves without being drawn
        anew. Its JavaScript comes with the software, not from elsewhere."""
        import altair as alt

        alt.JupyterChart.enable_offline()
        parameters = [alt.param(name=name, value=value) for name, value in self._drawn(self.desk.before).items()]
        bands: list[dict[str, Any]] = [
            {
                "low": float(band.lower),
                "high": float(band.upper),
                "predicate": self.language.label("predicate", band.code),
            }
            for band in sorted(self.frames.rulebook.predicates, key=lambda band: band.lower or 0)
            if band.lower is not None and band.upper is not None and band.lower < band.upper
        ]
        scale = alt.Scale(domain=[0, 100], nice=False)
        ground = alt.Chart(alt.Data(values=bands)).encode(
            x=alt.X("low:Q", scale=scale, title="IID"),
            x2="high:Q",
            color=alt.Color(
                "predicate:N",
                title=None,
                sort=None,
                scale=alt.Scale(domain=[band["predicate"] for band in bands], range=BAND_COLOURS[-len(bands) :]),
                legend=alt.Legend(orient="top"),
            ),
        )
        states = alt.Chart(alt.Data(values=[{"state": 0}, {"state": 1}])).transform_calculate(
            low="datum.state ? after_low : before_low",
            high="datum.state ? after_high : before_high",
            name=f"datum.state ? {self.language('tried')!r} : {self.language('as it is')!r}",
        )
        placed = states.encode(y=alt.Y("name:N", title=None, sort=None), x=alt.X("low:Q", scale=scale))
        drawn = (
            ground.mark_rect()
            + placed.mark_bar(height=7, color="#1d2733").encode(x2="high:Q")
            + placed.mark_tick(thickness=4, size=26, color="#1d2733")
        )
        title = f"{self.title}{' · ' + self.language('SIMULATED DATA') if self.frames.is_simulated else ''}"
        return alt.JupyterChart(drawn.add_params(*parameters).properties(width=640, height=70, title=title))

    def _draw(self, after: Outcome) -> None:
        for name, value in self._drawn(after).items():
            setattr(self.chart.params, name, value)

    def _drawn(self, after: Outcome) -> dict[str, float | None]:
        """The parameters of the chart: the bounds as they are, and those that are tried."""
        states = {"before": self.desk.before, "after": after}
        bounds = {
            f"{name}_{side}": value
            for name, one in states.items()
            for side, value in (("low", one.iid_lower), ("high", one.iid_upper))
        }
        return {name: None if value is None else float(value) for name, value in bounds.items()}

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self.box)
