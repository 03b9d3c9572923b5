"""The sheet "Cek Hitung": live formulas that compute an index again from its inputs, for an official to follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any, Literal

from iga.index.formula import count_points, divisor_of, index_of_total, mean_of, rounded
from reports.blocks.content import Bound, Calculation
from warehouse.language import Language

End = Literal["lower", "upper"]
COLUMNS: dict[End, int] = {"lower": 1, "upper": 2}
OTHER: dict[End, End] = {"lower": "upper", "upper": "lower"}
NOTE_COLUMN = 3
MARK_COLUMNS = {"scored": 5, "in_divisor": 6, "counted": 7}
FIRST_SERVICE = 8
LINES_OF_CALCULATION = 21
"""Rows from the end of the rules to the first innovation: headings, six inputs, eight results, the list's head."""


@dataclass
class Sheet:
    """A worksheet that is written from the top, remembering the row of each named line."""

    sheet: Any
    formats: dict[str, Any]
    ends: tuple[End, ...]
    row: int = 0
    rows: dict[str, int] = field(default_factory=dict)

    def cell(self, name: str, end: End) -> str:
        """The address of a line's value; of a single-valued calculation both ends are the same cell."""
        column = COLUMNS[end if len(self.ends) > 1 else "lower"]
        return f"${chr(ord('A') + column)}${self.rows[name] + 1}"

    def heading(self, text: str, *more: str) -> None:
        """A line of headings over a part of the sheet."""
        self.row += 1
        for column, words in enumerate((text, *more)):
            self.sheet.write_string(self.row, column, words, self.formats["head"])
        self.row += 1

    def line(self, name: str, label: str, values: Callable[[End], Any], note: str = "", form: str = "decimal") -> None:
        """A named line: for each end a number, or a formula with its value."""
        self.rows[name] = self.row
        self.sheet.write_string(self.row, 0, label, self.formats["text"])
        for end in self.ends:
            value = values(end)
            if isinstance(value, tuple):
                self.sheet.write_formula(self.row, COLUMNS[end], value[0], self.formats[form], _plain(value[1]))
            elif value is not None:
                self.sheet.write_number(self.row, COLUMNS[end], _plain(value), self.formats[form])
        self.sheet.write_string(self.row, NOTE_COLUMN, note, self.formats["note"])
        self.row += 1


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Fraction | Decimal) else value


def write_check(sheet: Any, told: Calculation, language: Language, formats: dict[str, Any]) -> None:
    """Write one calculation: rules, inputs, the calculation in live formulas, and the list of innovations below.

    Formulas refer to cells of this sheet only. Their values are written along, so that a viewer that does not compute
    shows them too. Where the rules do not suffice, the sheet says which are missing.
    """
    _ = language
    ends: tuple[End, ...] = ("lower", "upper") if _is_range(told) else ("lower",)
    page = Sheet(sheet, formats, ends)
    sheet.set_column(0, 0, 64)
    sheet.set_column(1, 1, 16)
    sheet.set_column(2, 2, 16 if len(ends) > 1 else 2)
    sheet.set_column(3, 3, 60)
    sheet.write_string(0, 0, _("Check of the calculation: {title}").format(title=told.title), formats["title"])
    mark = f"{_('SIMULATED DATA')} · " if told.is_simulated else ""
    sheet.write_string(1, 0, f"{mark}{told.label}", formats["mark" if told.is_simulated else "note"])
    page.row = 2
    if not told.is_computed:
        sheet.write_string(3, 0, _("not computed"), formats["head"])
        for row, gap in enumerate(told.gaps, start=4):
            sheet.write_string(row, 0, gap, formats["text"])
        return
    _write_rules(page, told, _)
    _write_calculation(page, told, _)
    _write_innovations(page, told, _)


def _is_range(told: Calculation) -> bool:
    bounds = [told.spd, told.iid, *told.rules.values(), *(one.maturity for one in told.innovations if one.is_scored)]
    unknown = any("?" in one.affairs for one in told.innovations if one.is_counted)
    return unknown or any(bound.lower != bound.upper for bound in bounds)


def _headings(page: Sheet, first: str, last: str, language: Language) -> None:
    values = [language("Lowest"), language("Highest")] if len(page.ends) > 1 else [language("Value"), ""]
    page.heading(first, *values, last)


def _write_rules(page: Sheet, told: Calculation, language: Language) -> None:
    _ = language
    _headings(page, _("Rules (rulebook {rulebook})").format(rulebook=told.rulebook), _("Remark"), _)
    for name, stated in told.rules.items():
        note = "" if stated.lower is not None else _("not known")
        bound = _required(told) if name == "basic_services_required" else stated
        form = "decimal" if name == "count_weight" else "number"
        page.line(name, _.label("parameter", name), partial(getattr, bound), note, form)


def _required(told: Calculation) -> Bound:
    """How many basic services must be covered; where it is not known, from none to more than there are."""
    stated = told.rules["basic_services_required"]
    most = Decimal(len(told.services) + 1)
    return stated if stated.lower is not None else Bound(lower=Decimal(0), upper=most)


def _write_calculation(page: Sheet, told: Calculation, language: Language) -> None:
    """Inputs and calculation; the list that the sums refer to follows below, so its place is reckoned first."""
    _, exact = language, _Exact(told)
    first = page.row + LINES_OF_CALCULATION
    place = _Places(first, first + max(1, len(told.innovations)) - 1, len(page.ends), len(told.services))

    _headings(page, _("Inputs (from the files of the city)"), _("Remark"), _)
    page.line("spd", _("SPD (points)"), lambda end: getattr(told.spd, end), _("Score of the regional government unit"))
    page.line(
        "sum",
        _("Sum of maturities"),
        lambda end: (f"=SUMPRODUCT({place.marks('scored')},{place.maturities(end)})", exact.total(end)),
        _("Of the innovations that are scored, in the list below"),
    )
    # The account of the season counts those in quarantine apart: here they widen the index, and their count says so.
    scored = _("Innovations scored, with those in quarantine") if told.has_quarantined else _("Innovations scored")
    labels = {"scored": scored, "in_divisor": _("Innovations in the divisor")}
    for name, label in labels.items():
        summed = (f"=SUM({place.marks(name)})", exact.count(name))
        page.line(name, label, lambda _end, summed=summed: summed, form="number")  # type: ignore[misc]
    page.line(
        "counted",
        _("Innovations counted"),
        lambda end: (f"=SUM({place.marks('counted')}){exact.less(end)}", exact.counted(end)),
        form="number",
    )
    page.line(
        "services",
        _("Basic services covered"),
        lambda end: (place.services(end), exact.services(end)),
        _("By the innovations counted; an unknown affair may cover one more"),
        "number",
    )

    _headings(page, _("Calculation"), _("How"), _)
    page.line(
        "divisor",
        _("Divisor"),
        lambda end: (f"=MAX({page.cell('divisor_minimum', end)},{page.cell('in_divisor', end)})", exact.divisor(end)),
        _("The innovations in the divisor, at least the least divisor"),
        "number",
    )
    page.line(
        "mean",
        _("Mean maturity"),
        lambda end: (f"={page.cell('sum', end)}/{page.cell('divisor', OTHER[end])}", exact.mean(end)),
        _("Sum of maturities / divisor"),
    )
    page.line(
        "count",
        _("Count score"),
        lambda end: (_count_formula(page, told, end), exact.count_score(end)),
        _("Weight × innovations counted (up to the cap), if enough basic services are covered; else 0"),
    )
    page.line(
        "sid",
        _("SID"),
        lambda end: (f"={page.cell('mean', end)}+{page.cell('count', end)}", exact.mean(end) + exact.count_score(end)),
        _("Mean maturity + count score"),
    )
    page.line(
        "total",
        _("Total"),
        lambda end: (f"={page.cell('spd', end)}+{page.cell('sid', end)}", exact.points(end)),
        _("SPD + SID"),
    )
    page.line(
        "iid",
        _("IID"),
        lambda end: (_index_formula(page, end), exact.index(end)),
        _("100 × total / highest total, rounded half up to two decimals (in whole numbers, so that nothing is lost)"),
        "result",
    )
    page.line("reported", _("IID in the report"), lambda end: getattr(told.iid, end))
    page.line(
        "agrees",
        _("Check"),
        lambda end: (
            f'=IF(ROUND({page.cell("iid", end)}-{page.cell("reported", end)},4)=0,"{_("agrees")}","{_("DIFFERS")}")',
            _("agrees") if exact.index(end) == getattr(told.iid, end) else _("DIFFERS"),
        ),
        form="text",
    )
    page.row = first - 2


def _count_formula(page: Sheet, told: Calculation, end: End) -> str:
    """The points for the number of innovations; without its formula 0 or its maximum."""
    if told.rules["count_weight"].lower is None or told.rules["count_cap"].lower is None:
        most = "0" if end == "lower" else page.cell("count_maximum", "upper")
        return f"=IF({page.cell('counted', end)}=0,0,{most})"
    some = f"{page.cell('count_weight', end)}*MIN({page.cell('counted', end)},{page.cell('count_cap', end)})"
    is_met = f"{page.cell('services', end)}>={page.cell('basic_services_required', OTHER[end])}"
    return f"=IF({page.cell('counted', end)}=0,0,IF({is_met},{some},0))"


def _index_formula(page: Sheet, end: End) -> str:
    """Half-up in whole hundredths: INT((20000 n + d m) / (2 d m)) / 100, n = (SPD + count) d + sum, m the maximum."""
    other = OTHER[end]
    hundredths = {name: f"ROUND(100*{page.cell(name, end)},0)" for name in ("spd", "count", "sum")}
    divisor, most = page.cell("divisor", other), f"ROUND(100*{page.cell('total_maximum', other)},0)"
    points = f"(({hundredths['spd']}+{hundredths['count']})*{divisor}+{hundredths['sum']})"
    return f"=INT((20000*{points}+{divisor}*{most})/(2*{divisor}*{most}))/100"


@dataclass(frozen=True)
class _Places:
    """Where the list stands: its rows (from 0), and the columns of marks, maturities and services."""

    first: int
    last: int
    ends: int
    service_count: int

    def column(self, place: int) -> str:
        from xlsxwriter.utility import xl_col_to_name

        name = xl_col_to_name(place)
        return f"${name}${self.first + 1}:${name}${self.last + 1}"

    def marks(self, name: str) -> str:
        return self.column(MARK_COLUMNS[name])

    def maturities(self, end: End) -> str:
        return self.column(COLUMNS[end if self.ends > 1 else "lower"])

    def services(self, end: End) -> str:
        """How many service columns have an innovation that counts; at the upper end unknown affairs may add some."""
        counted = self.marks("counted")
        each = [
            f"(SUMPRODUCT({counted},{self.column(FIRST_SERVICE + place)})>0)" for place in range(self.service_count)
        ]
        known = "+".join(each)
        if end == "lower":
            return f"={known}"
        unknown = f"SUMPRODUCT({counted},{self.column(FIRST_SERVICE + self.service_count)})"
        return f"=MIN({self.service_count},{known}+{unknown})"


def _write_innovations(page: Sheet, told: Calculation, language: Language) -> None:
    _ = language
    codes = [*(code for code, _name in told.services), "?"]
    maturity = _("Maturity")
    two = [f"{maturity} ({_('Lowest')})", f"{maturity} ({_('Highest')})"]
    heads = [_("Innovation"), *(two if len(page.ends) > 1 else [maturity, ""]), _("Unit"), _("Stage")]
    heads += [_("Scored"), _("In the divisor"), _("Counted")]
    heads += [*(f"{code} {name}" for code, name in told.services), _("Affair not known")]
    head_row = page.row + 1
    sheet, formats = page.sheet, page.formats
    sheet.write_string(page.row, 0, _("Innovations (1 yes, 0 or empty no)"), formats["bold"])
    sheet.set_row(head_row, 56)
    for column, text in enumerate(heads):
        sheet.write_string(head_row, column, text, formats["head"])
    place_of = {code: column for column, code in enumerate(codes, start=FIRST_SERVICE)}
    for row, one in enumerate(told.innovations, start=head_row + 1):
        sheet.write_string(row, 0, one.title, formats["text"])
        for end in page.ends:
            sheet.write_number(row, COLUMNS[end], float(getattr(one.maturity, end)), formats["decimal"])
        sheet.write_string(row, 3, one.unit, formats["text"])
        sheet.write_string(row, 4, one.stage, formats["text"])
        for name, column in MARK_COLUMNS.items():
            sheet.write_number(row, column, int(getattr(one, f"is_{name}")), formats["number"])
        for code in one.affairs:
            if code in place_of:
                sheet.write_number(row, place_of[code], 1, formats["number"])
    if told.innovations:
        # What is empty keeps the line of its row.
        empty = {"type": "blanks", "format": formats["empty"]}
        last = head_row + len(told.innovations)
        sheet.conditional_format(head_row + 1, FIRST_SERVICE, last, FIRST_SERVICE + len(codes) - 1, empty)
    sheet.set_column(4, FIRST_SERVICE + len(codes) - 1, 13)
    sheet.autofilter(head_row, 0, head_row + max(1, len(told.innovations)), len(heads) - 1)


class _Exact:
    """The same calculation by `iga.index.formula`: the values that the formulas are written with."""

    def __init__(self, told: Calculation) -> None:
        self.told = told

    def _rule(self, name: str, end: End) -> Fraction:
        return Fraction(getattr(self.told.rules[name], end) or 0)

    def total(self, end: End) -> Fraction:
        scored = [one for one in self.told.innovations if one.is_scored]
        return sum((Fraction(getattr(one.maturity, end)) for one in scored), Fraction(0))

    def count(self, name: str) -> int:
        return sum(1 for one in self.told.innovations if getattr(one, f"is_{name}"))

    def counted(self, end: End) -> int:
        return self.count("counted") - self._doubtful(end)

    def less(self, end: End) -> str:
        """What the lower end leaves out of the sum: innovations whose stage or status could not be read."""
        return f"-{self._doubtful(end)}" if self._doubtful(end) else ""

    def _doubtful(self, end: End) -> int:
        return sum(1 for one in self.told.innovations if one.is_counted_at_most) if end == "lower" else 0

    def services(self, end: End) -> int:
        counted = [one for one in self.told.innovations if one.is_counted]
        known = len({code for one in counted for code in one.affairs if code != "?"})
        unknown = sum(1 for one in counted if "?" in one.affairs)
        return known if end == "lower" else min(len(self.told.services), known + unknown)

    def divisor(self, end: End) -> Fraction:
        return divisor_of(Fraction(self.count("in_divisor")), self._rule("divisor_minimum", end))

    def mean(self, end: End) -> Fraction:
        return mean_of(self.total(end), self.divisor(OTHER[end]))

    def count_score(self, end: End) -> Fraction:
        counted = self.counted(end)
        rules = self.told.rules
        if counted == 0:
            return Fraction(0)
        if rules["count_weight"].lower is None or rules["count_cap"].lower is None:
            return Fraction(0) if end == "lower" else self._rule("count_maximum", "upper")
        required = getattr(_required(self.told), OTHER[end])
        weight, cap = self._rule("count_weight", end), self._rule("count_cap", end)
        return count_points(Fraction(counted), self.services(end), weight, cap, required)

    def points(self, end: End) -> Fraction:
        return Fraction(getattr(self.told.spd, end)) + self.mean(end) + self.count_score(end)

    def index(self, end: End) -> Decimal:
        return rounded(index_of_total(self.points(end), self._rule("total_maximum", OTHER[end])))
