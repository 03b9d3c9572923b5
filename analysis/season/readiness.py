"""The readiness of one city's season on a day: units, gaps sorted by what they bring, coverage, eligibility, pace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from typing import Any

import polars as pl

from analysis.season.account import Account, account_of, on_its_day, own_rules, register_of, season_targets
from analysis.season.assignment import Assignments, named_or_numbered, read_assignments
from analysis.season.followup import State, read_states
from analysis.season.frames import SeasonFrames, read_season_frames
from analysis.season.targets import Deadline, Stated, Targets, as_hundredths
from iga.planning.gaps_and_pace import (
    BurnDown,
    Pace,
    burn_down,
    design_words,
    missing_documents,
    pace_of,
)
from iga.planning.hold import expected_index
from iga.rulebook import Rulebook
from warehouse.home import Home
from warehouse.language import Language
from warehouse.snapshot import Snapshot

GAP_SCHEMA: dict[str, Any] = {
    "gap_id": pl.String,
    "kind": pl.String,
    "unit_id": pl.String,
    "parent": pl.String,
    "unit_name": pl.String,
    "innovation": pl.String,
    "indicator": pl.String,
    "document": pl.String,
    "is_mandatory": pl.Boolean,
    "points": pl.Decimal(12, 2),
    "index_gain": pl.Decimal(12, 4),
    "state": pl.String,
    "promised_date": pl.Date,
}


@dataclass(frozen=True)
class Readiness:
    """What stands and what is missing on a day; empty frames and None where the data or a target is not there.

    `account` has the facts of the season, each once. `gaps`: one row per thing to do, greatest gain of the index first.
    `services`: the basic services with the number of innovations that are counted. `lacking`: codes of what is not
    known (register, threshold, required, levels, deadline, history, design_words, design_words_partly).
    """

    account: Account
    frames: SeasonFrames
    on: date
    targets: Targets
    threshold: Stated | None
    gaps: pl.DataFrame
    services: pl.DataFrame
    pace: Pace | None
    lacking: tuple[str, ...]
    register: pl.DataFrame
    people: Assignments

    @property
    def units(self) -> pl.DataFrame:
        """Return one row per unit of the register: what was received of it, what it owes."""
        return self.account.units

    @property
    def ineligible(self) -> pl.DataFrame:
        """Return the innovations that the edition's own rules do not accept, or cannot judge, with the causes."""
        return self.account.ineligible

    @property
    def counts(self) -> dict[date, int]:
        """Return how many innovations stood on each day that brought a list."""
        return self.account.standing

    @property
    def deadline(self) -> Deadline | None:
        """Return the next deadline."""
        return self.account.deadline

    @property
    def below_threshold(self) -> int | None:
        """Return how many scored innovations lie below the threshold on the scale of their own edition."""
        value = self.account["innovations_below_threshold"].value
        return None if value is None else int(value)

    def burn_down(self) -> pl.DataFrame:
        """What is still missing by day: `BurnDown`'s fields; empty where no number is needed."""
        points: list[BurnDown] = []
        if self.pace is not None and self.deadline is not None:
            points = burn_down(self.counts, self.pace, self.on, self.deadline.day)
        rows = [
            {
                name: Decimal(round(value * 10)).scaleb(-1) if isinstance(value, Fraction) else value
                for name, value in vars(one).items()
            }
            for one in points
        ]
        return pl.DataFrame(rows, schema=BURN_DOWN_SCHEMA)


BURN_DOWN_SCHEMA: dict[str, Any] = {
    "day": pl.Date,
    "remaining": pl.Int64,
    **dict.fromkeys(("needed", "forecast", "forecast_low", "forecast_high"), pl.Decimal(12, 1)),
}


def read_readiness(
    snapshot: Snapshot,
    home: Home,
    region_code: str,
    edition: int,
    on: date,
    *,
    score_kind: str = "claimed",
    rulebook: Rulebook | None = None,
    threshold: Decimal | None = None,
    lang: str = "id",
) -> Readiness:
    """The readiness of a city for an edition. A `threshold` given here stands instead of the one on file.

    Raises UnknownName when the snapshot holds nothing of the season.
    """
    with on_its_day(snapshot, region_code, edition, on) as known:
        return _readiness(known, home, region_code, edition, on, score_kind, rulebook, threshold, lang)


def _readiness(
    snapshot: Snapshot,
    home: Home,
    region_code: str,
    edition: int,
    on: date,
    score_kind: str,
    rulebook: Rulebook | None,
    threshold: Decimal | None,
    lang: str,
) -> Readiness:
    frames = read_season_frames(snapshot, region_code, edition, score_kind=score_kind, rulebook=rulebook)
    account = account_of(snapshot, home, frames, on, threshold=threshold, lang=lang)
    targets = season_targets(snapshot, home, region_code, edition, on=on)
    stated = targets.threshold if threshold is None else Stated(threshold, edition, "--threshold")
    register = register_of(snapshot, region_code, edition)
    designs = dict(snapshot.sql(_DESIGNS, {"region_code": region_code, "edition": edition}).iter_rows())
    reader = _Reader(frames, targets, stated, register, designs, lang)
    states = read_states(home, region_code, edition)
    return Readiness(
        account=account,
        frames=frames,
        on=on,
        targets=targets,
        threshold=stated,
        gaps=_with_states(reader.gaps(account), states),
        services=reader.services(snapshot.sql("select * from government_affair order by affair_code")),
        pace=_pace(account, targets),
        lacking=reader.lacking(account),
        register=register,
        people=read_assignments(home, region_code, register),
    )


def _pace(account: Account, targets: Targets) -> Pace | None:
    """The pace of the account beside the number that units still owe; None without a deadline ahead."""
    if account.deadline is None:
        return None
    reported, pace = account["innovations_reported"].count, account["pace_per_day"].value
    owed = (
        None if account.units.is_empty() or not targets.required else int(account.units["missing"].fill_null(0).sum())
    )
    return pace_of(
        account.standing,
        None if owed is None else reported + owed,
        account.on,
        account.deadline.day,
        current=reported,
        rate=None if pace is None else account.pace,
    )


# The design is checked where a file states it as such: what stands under "Deskripsi" alone has no minimum.
_DESIGNS = """
select s.submission_id, s.description
from store.submission as s
left join lineage as l
    on l.table_name = 'submission' and l.row_id = s.submission_id and l.column_name = 'description'
    and l.source_column = 'description'
join source_row as r on r.source_id = coalesce(l.source_id, s.source_id)
join source_column as c on c.file_sha256 = r.file_sha256 and c.field_name = 'description'
where s.region_code = $region_code and s.edition = $edition and s.description is not null
  and c.header ilike '%rancang bangun%'
"""


@dataclass(frozen=True)
class _Reader:
    frames: SeasonFrames
    targets: Targets
    threshold: Stated | None
    register: pl.DataFrame
    designs: dict[str, str]
    lang: str

    @property
    def threshold_x100(self) -> int | None:
        return None if self.threshold is None else as_hundredths(self.threshold.value)

    def gaps(self, account: Account) -> pl.DataFrame:
        rows = [*self._unit_gaps(account), *self._document_gaps(), *self._design_gaps()]
        frame = pl.DataFrame(rows, schema=GAP_SCHEMA)
        return frame.sort("index_gain", "is_mandatory", "gap_id", descending=[True, True, False], nulls_last=True)

    def _unit_gaps(self, account: Account) -> list[dict[str, Any]]:
        """One gap per unit that owes innovations; its gain is what they bring if they come at the threshold.

        Of a unit that an unresolved name may mean nobody can say what it owes.
        """
        gain = self._gain_of_one_more()
        return [
            {
                "gap_id": _gap_id("unit", row["unit_id"]),
                "kind": "no_innovation" if row["unit_id"] in account.silent_ids else "too_few_innovations",
                "unit_id": row["unit_id"],
                "parent": row["parent"],
                "unit_name": row["unit_name"],
                "innovation": None,
                "indicator": None,
                "document": None,
                "is_mandatory": True,
                "points": None if self.threshold is None else row["missing"] * self.threshold.value,
                "index_gain": None if gain is None else _places(gain * row["missing"]),
            }
            for row in account.units.filter(pl.col("missing") > 0).iter_rows(named=True)
            if row["unit_id"] not in account.open_ids
        ]

    def _gain_of_one_more(self) -> Fraction | None:
        if self.threshold_x100 is None:
            return None
        from iga.planning.candidates import Candidate

        sent = self._sent()
        spd = self.frames.spd_x100()[0]
        more = (*sent, Candidate("\0one more", self.threshold_x100))
        return expected_index(more, spd, self.frames.terms) - expected_index(sent, spd, self.frames.terms)

    def _sent(self) -> tuple[Any, ...]:
        keys = set(self.frames.reported()["submission_id"])
        return tuple(one for one in self.frames.candidates() if one.key in keys)

    def _document_gaps(self) -> list[dict[str, Any]]:
        levels = self.frames.levels()
        terms = self.frames.terms
        if not levels:
            return []
        divisor = self.frames.position().divisor
        parents = dict(self.register.select("unit_id", "parent").iter_rows())
        groups = {group.number: group for group in self.frames.rulebook.sid_groups}
        found = []
        for row in self.frames.scored().iter_rows(named=True):
            for raised in missing_documents(row["submission_id"], levels.get(row["submission_id"], {}), terms.rulebook):
                group = groups[raised.indicator]
                name = group.name_id if self.lang == "id" else group.name_en
                found.append(
                    {
                        "gap_id": _gap_id("document", row["innovation_id"], raised.indicator),
                        "kind": "missing_document",
                        "unit_id": row["unit_id"],
                        "parent": parents.get(row["unit_id"], row["unit_name"]),
                        "unit_name": row["unit_name"],
                        "innovation": row["title"],
                        "indicator": f"{group.number}. {name}",
                        "document": group.members[0].evidence,
                        "is_mandatory": group.members[0].is_mandatory,
                        "points": Decimal(raised.points_x100).scaleb(-2),
                        "index_gain": _places(terms.index(Fraction(raised.points_x100, divisor))),
                    }
                )
        return found

    @property
    def _least_words(self) -> int | None:
        """The least words of a design by the rules of the edition itself: those of another do not apply."""
        rules = own_rules(self.frames)
        return None if rules is None or rules.eligibility is None else rules.eligibility.design_minimum_words

    def _design_gaps(self) -> list[dict[str, Any]]:
        """One gap per innovation whose design has fewer words than the edition asks for; unknown designs have none."""
        least = self._least_words
        if least is None:
            return []
        _ = Language(self.lang)
        parents = dict(self.register.select("unit_id", "parent").iter_rows())
        found = []
        for row in self.frames.reported().iter_rows(named=True):
            words = design_words(self.designs.get(row["submission_id"]))
            if words is None or words >= least:
                continue
            text = _("design too short: {words} of {least} words")
            found.append(
                {
                    "gap_id": _gap_id("design", row["innovation_id"]),
                    "kind": "short_design",
                    "unit_id": row["unit_id"],
                    "parent": parents.get(row["unit_id"], row["unit_name"]),
                    "unit_name": row["unit_name"],
                    "innovation": row["title"],
                    "indicator": _("Design (rancang bangun)"),
                    "document": text.format(words=words, least=least),
                    "is_mandatory": True,
                    "points": None,
                    "index_gain": None,
                }
            )
        return found

    def services(self, affairs: pl.DataFrame) -> pl.DataFrame:
        codes = list(self.frames.rulebook.basic_service_affairs)
        counted = dict.fromkeys(codes, 0)
        for one in self._sent():
            for code in one.services if one.is_scored_stage else ():
                counted[code] += 1
        names = dict(affairs.select("affair_code", "name_id" if self.lang == "id" else "name_en").iter_rows())
        return pl.DataFrame(
            {
                "affair_code": codes,
                "name": [names.get(code, code) for code in codes],
                "innovation_count": [counted[code] for code in codes],
            }
        )

    def lacking(self, account: Account) -> tuple[str, ...]:
        reported = self.frames.reported()["submission_id"]
        unknown = 0 if self._least_words is None else sum(key not in self.designs for key in reported)
        codes = {
            "register": self.register.is_empty(),
            "threshold": self.threshold is None,
            "required": not self.targets.required,
            "levels": not self.frames.levels(),
            "deadline": account.deadline is None,
            "history": len(account.standing) < 2,
            "design_words": self._least_words is not None and unknown == reported.len(),
            "design_words_partly": 0 < unknown < reported.len(),
        }
        return tuple(code for code, is_lacking in codes.items() if is_lacking)


def _with_states(gaps: pl.DataFrame, states: dict[str, State]) -> pl.DataFrame:
    known = [states.get(key, State(key)) for key in gaps["gap_id"]]
    return gaps.with_columns(
        pl.Series("state", [one.state for one in known], dtype=pl.String),
        pl.Series("promised_date", [one.promised_date for one in known], dtype=pl.Date),
    )


def _gap_id(*parts: str | None) -> str:
    return sha256("|".join(part or "" for part in parts).encode()).hexdigest()[:8]


def _places(index: Fraction) -> Decimal:
    return Decimal(round(index * 10000)).scaleb(-4)


@dataclass(frozen=True)
class Addressed:
    """What is asked of one contact person (None: of a unit that has none), with the units it is asked of."""

    person: str | None
    gaps: pl.DataFrame

    @property
    def units(self) -> list[str]:
        """Return the names of the units, in the order of what is asked."""
        return self.gaps["unit_name"].unique(maintain_order=True).to_list()

    def message(self, readiness: Readiness, language: Language) -> str:
        """Return the one text that says what is missing."""
        return _message(readiness, self.gaps, self.units, language)


def addressed_of(readiness: Readiness, asked: pl.DataFrame) -> list[Addressed]:
    """Return what is asked by contact person, and by unit where nobody is named; what is verified is left out."""
    contacts = readiness.people.contacts
    people = [contacts.get(unit_id) for unit_id in asked["unit_id"]]
    # A person and a unit may bear one name.
    keys = [person if person else f"\0{unit}" for person, unit in zip(people, asked["unit_name"], strict=True)]
    gaps = asked.with_columns(
        pl.Series("person", people, dtype=pl.String), pl.Series("key", keys, dtype=pl.String)
    ).filter(pl.col("state") != "verified")
    return [
        Addressed(part["person"][0], part.drop("person", "key"))
        for _, part in gaps.group_by("key", maintain_order=True)
    ]


def messages_of(
    readiness: Readiness, asked: pl.DataFrame, language: Language, *, with_names: bool = False
) -> pl.DataFrame:
    """One short text per contact person of whom something is asked.

    Columns: contact, parent, unit_count, gap_count, index_gain, text. `asked` is what the plan asks for, with the
    columns of `gaps`: a text asks for nothing else. A unit without a contact person is written to itself. Names stand
    only where they are asked for.
    """
    told = named_or_numbered(readiness.people.contacts.values(), "Contact", language, with_names=with_names)
    rows = [
        {
            "contact": told[addressed.person] if addressed.person else addressed.units[0],
            "parent": "; ".join(addressed.gaps["parent"].drop_nulls().unique(maintain_order=True)),
            "unit_count": len(addressed.units),
            "gap_count": addressed.gaps.height,
            # What brings an amount that nobody knows brings no zero.
            "index_gain": addressed.gaps["index_gain"].sum() if addressed.gaps["index_gain"].count() else None,
            "text": addressed.message(readiness, language),
        }
        for addressed in addressed_of(readiness, asked)
    ]
    frame = pl.DataFrame(rows, schema=MESSAGE_SCHEMA)
    return frame.sort("index_gain", "contact", descending=[True, False], nulls_last=True)


MESSAGE_SCHEMA: dict[str, Any] = {
    "contact": pl.String,
    "parent": pl.String,
    "unit_count": pl.Int64,
    "gap_count": pl.Int64,
    "index_gain": pl.Decimal(12, 4),
    "text": pl.String,
}

NAMED_UNITS = 3
NAMED_DOCUMENTS = 3


def _message(readiness: Readiness, gaps: pl.DataFrame, units: list[str], language: Language) -> str:
    more = f" (+{len(units) - NAMED_UNITS})" if len(units) > NAMED_UNITS else ""
    addressed = ", ".join(str(unit) for unit in units[:NAMED_UNITS]) + more
    if readiness.deadline:
        day = language.date(readiness.deadline.day)
        parts = [language("{unit}: please complete before {day}.").format(unit=addressed, day=day)]
    else:
        parts = [language("{unit}: please complete what follows.").format(unit=addressed)]
    owing = gaps.filter(pl.col("innovation").is_null())
    documents = gaps.filter(pl.col("kind") == "missing_document")
    sheets = gaps.filter(pl.col("kind") == "fill_sheet")
    designs = gaps.filter(pl.col("kind") == "short_design")
    if owing.height and len(units) == 1:
        parts.append(language("Not all required innovations have been received."))
    elif owing.height:
        parts.append(
            language.ngettext(
                "Of {count} unit not all required innovations have been received.",
                "Of {count} units not all required innovations have been received.",
                owing.height,
            ).format(count=owing.height)
        )
    first = documents.head(NAMED_DOCUMENTS).iter_rows(named=True)
    if documents.height:
        text = language.ngettext(
            "{count} document is missing: {first}.",
            "{count} documents are missing, first: {first}.",
            documents.height,
        )
        named = "; ".join(f"{row['innovation']}: {row['indicator']}" for row in first)
        parts.append(text.format(count=documents.height, first=named))
    if sheets.height:
        text = language("{count} control sheet(s) are to be filled in, first: {first}.")
        named = "; ".join(str(title) for title in sheets["innovation"].head(NAMED_DOCUMENTS))
        parts.append(text.format(count=sheets.height, first=named))
    if designs.height:
        text = language("{count} design(s) are too short, first: {first}.")
        named = "; ".join(str(title) for title in designs["innovation"].head(NAMED_DOCUMENTS))
        parts.append(text.format(count=designs.height, first=named))
    return " ".join(parts)


def by_mentor(
    readiness: Readiness, asked: pl.DataFrame, language: Language, *, with_names: bool = False
) -> pl.DataFrame:
    """What is asked for with the mentor of its unit in front: mentor, then the columns of `gaps`; mentors one by one.

    Empty where nobody mentors. What is asked of units without a mentor stands last, under "no mentor".
    """
    mentors = readiness.people.mentors
    told = named_or_numbered(mentors.values(), "Mentor", language, with_names=with_names)
    gaps = asked.filter(pl.col("state") != "verified")
    if not mentors:
        gaps = gaps.clear()
    held = [told[mentors[unit_id]] if unit_id in mentors else None for unit_id in gaps["unit_id"]]
    order = {name: place for place, name in enumerate(told.values())}
    places = [len(order) if name is None else order[name] for name in held]
    return (
        gaps.with_columns(
            pl.Series("mentor", [name or language("no mentor") for name in held], dtype=pl.String),
            pl.Series("place", places, dtype=pl.Int64),
        )
        .sort("place", maintain_order=True)
        .select("mentor", *readiness.gaps.columns)
    )
