"""What a city asks for when it submits (its policy), as people state it, and what each part of it costs in index."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from rapidfuzz import fuzz, process

from analysis.season.frames import SeasonFrames
from iga.planning.candidates import Candidate, Policy
from iga.planning.single_valued_rules import PlanImpossible
from warehouse.errors import UnknownName
from warehouse.reference import affair_of, load_reference

NEAR = 3
"""Titles that are named where none fits."""


@dataclass(frozen=True)
class CityPolicy:
    """A policy in a city's own terms; maturities in hundredths, innovations by submission_id or whole title.

    `per_unit`: innovations that every unit with any must send. `at_least_x100`: nothing below is sent. `lock` and
    `withhold`: innovations that are sent, or held, in any case. `quota`: innovations per basic service (code or name).
    """

    per_unit: int = 0
    at_least_x100: int = 0
    lock: tuple[str, ...] = ()
    withhold: tuple[str, ...] = ()
    quota: Mapping[str, int] = field(default_factory=dict)

    @property
    def parts(self) -> dict[str, CityPolicy]:
        """The parts that ask for something, each as a policy of its own, by the code of its name."""
        whole = {
            "per_unit": CityPolicy(per_unit=self.per_unit) if self.per_unit else None,
            "at_least": CityPolicy(at_least_x100=self.at_least_x100) if self.at_least_x100 else None,
            "lock": CityPolicy(lock=self.lock) if self.lock else None,
            "withhold": CityPolicy(withhold=self.withhold) if self.withhold else None,
            "quota": CityPolicy(quota=self.quota) if self.quota else None,
        }
        return {name: part for name, part in whole.items() if part is not None}

    def under(self, frames: SeasonFrames, candidates: list[Candidate]) -> Policy:
        """The policy for the candidates of a season; what the ministry has rejected cannot be taken back.

        Raises UnknownName for an innovation or a basic service that is not there.
        """
        rejected = frozenset(one.key for one in candidates if one.rejection == 1)
        return Policy(
            minimum_per_unit={one.unit: self.per_unit for one in candidates if one.unit} if self.per_unit else {},
            minimum_maturity_x100=self.at_least_x100,
            locked=rejected | _keys(frames, self.lock),
            withheld=_keys(frames, self.withhold),
            service_quota={_service(frames, text): least for text, least in self.quota.items()},
        )


def costs_of(
    policy: CityPolicy, best_under: Callable[[CityPolicy], Fraction]
) -> tuple[dict[str, Fraction | None], Fraction]:
    """What each part of a policy costs alone, and all together, in points of the index (not rounded).

    `best_under` gives the best expected index under a policy. A part is None where no plan satisfies it alone. Raises
    PlanImpossible when none satisfies all together.
    """
    free = best_under(CityPolicy())
    costs: dict[str, Fraction | None] = {}
    for name, part in policy.parts.items():
        try:
            costs[name] = free - best_under(part)
        except PlanImpossible:
            costs[name] = None
    return costs, free - best_under(policy)


def _keys(frames: SeasonFrames, texts: tuple[str, ...]) -> frozenset[str]:
    titled: dict[str, list[str]] = {}
    for key, title in frames.submissions.select("submission_id", "title").iter_rows():
        titled.setdefault((title or "").casefold(), []).append(key)
    return frozenset(_key(frames, titled, text) for text in texts)


def _key(frames: SeasonFrames, titled: Mapping[str, list[str]], text: str) -> str:
    """Return the innovation that a text means. Raises UnknownName with near titles, or with those that bear it."""
    if text in set(frames.submissions["submission_id"]):
        return text
    matches = titled.get(text.strip().casefold(), [])
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise UnknownName(
            "{count} innovations of the season bear the title {text}",
            next_step="name one by its submission_id: {known}",
            count=len(matches),
            text=text,
            known=", ".join(matches),
        )
    titles = {
        key: f"{title} ({key})"
        for key, title in frames.submissions.select("submission_id", "title").iter_rows()
        if title is not None
    }
    raise UnknownName(
        "No innovation of the season has the id or the title {text}",
        next_step="near titles: {near}",
        text=text,
        near="; ".join(_near(text, titles)),
    )


def _near(text: str, names: Mapping[str, str]) -> list[str]:
    """Return the names that come nearest to a text, the nearest first."""
    ranked = process.extract(text, list(names.values()), scorer=fuzz.WRatio, processor=str.casefold, limit=NEAR)
    return [name for name, _score, _place in ranked]


def _service(frames: SeasonFrames, text: str) -> str:
    codes = frames.rulebook.basic_service_affairs
    code = text if text in codes else affair_of(text)
    if code is None or code not in codes:
        names = dict(load_reference("government_affair").select("affair_code", "name_id").iter_rows())
        raise UnknownName(
            "{text} is no basic service of this edition",
            next_step="use a name or its code: {known}",
            text=text,
            known="; ".join(f"{code} {names.get(code, '')}".strip() for code in codes),
        )
    return code
