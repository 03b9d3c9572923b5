"""What each notebook may be asked: typed parameters, checked before a kernel starts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from warehouse.errors import WorkbenchError

ScoreKind = Literal["claimed", "verified", "final"]
LanguageCode = Literal["id", "en"]
Edition = int


class ParameterError(WorkbenchError):
    """A notebook was given a parameter that it does not know, or a value that is not allowed."""

    exit_code = 2


def _known_rulebook(name: str) -> str:
    from iga.rulebook import known_rulebooks

    if name and name not in known_rulebooks():
        raise ValueError(", ".join(known_rulebooks()))
    return name


class NotebookParameters(BaseModel):
    """Parameters that every notebook takes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rulebook: str = Field("", description="Rulebook to score by; empty: the edition's own, beside the estimate.")
    score: ScoreKind = Field("claimed", description="Which score.")
    lang: LanguageCode = Field("id", description="Language of the text.")
    snapshot: str = Field("", description="Id of the snapshot to read; empty: the current one.", pattern="^[0-9a-z]*$")

    _rulebook_is_known = field_validator("rulebook")(_known_rulebook)


def _known_city(text: str) -> str:
    from warehouse.region import resolve_city

    try:
        resolve_city(text)
    except WorkbenchError as error:
        raise ValueError(error.told()[2] or str(error)) from error
    return text


class CityIndexParameters(NotebookParameters):
    """One city in one edition."""

    city: str = Field(description="Name, alias or Kemendagri code.", examples=["bengkulu", "Kota Bengkulu", "17.71"])
    edition: Edition = Field(ge=2017, le=2100, description="Year of the award.", examples=["2017-2100"])

    _city_is_known = field_validator("city")(_known_city)


class CompareCitiesParameters(NotebookParameters):
    """Several cities over several editions."""

    cities: tuple[str, ...] = Field(
        min_length=1, description="Names, aliases or Kemendagri codes.", examples=["bengkulu, 33.71"]
    )
    editions: tuple[Edition, ...] = Field(min_length=1, description="Years of the award.", examples=["2023, 2024"])

    @field_validator("cities")
    @classmethod
    def _cities_are_known(cls, cities: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_known_city(city) for city in cities)


class NationalParameters(NotebookParameters):
    """All regions of the country in one edition."""

    edition: Edition = Field(ge=2017, le=2100, description="Year of the award.", examples=["2017-2100"])


class RobustnessParameters(CompareCitiesParameters):
    """Several cities over several editions, and how far what is uncertain may lie."""

    draws: int = Field(10_000, ge=100, le=200_000, description="Number of draws.", examples=["100-200000"])
    seed: int = Field(
        2026, ge=0, description="Seed of the draws: the same seed gives the same figures.", examples=["2026"]
    )
    weight_spread: float = Field(0.25, ge=0, lt=1, description="Spread of weights, 0.25 is +-25 %.", examples=["0.25"])
    level_error: float = Field(0.05, ge=0, le=0.5, description="Share of levels that are one off.", examples=["0.05"])


class ExplainParameters(NotebookParameters):
    """One city between two editions; `rulebook` is the one that both are computed under (empty: newest complete)."""

    city: str = Field(description="Name, alias or Kemendagri code.", examples=["bengkulu", "Kota Bengkulu", "17.71"])
    from_edition: Edition = Field(ge=2017, le=2100, description="The earlier edition.", examples=["2017-2100"])
    to_edition: Edition = Field(ge=2017, le=2100, description="The later edition.", examples=["2017-2100"])
    rules_from: str = Field("", description="Rulebook of the earlier edition; empty: that of both.")
    assume: str = Field("", description="Assumptions that differ: name=value; name=value.")

    _city_is_known = field_validator("city")(_known_city)
    _rules_from_is_known = field_validator("rules_from")(_known_rulebook)


class NextEditionParameters(CityIndexParameters):
    """The readiness and plans of one city for one edition."""

    on: date | None = Field(None, description="Day to stand on; empty: the day of the last load.")
    budget: int = Field(100, ge=0, description="Effort to plan within where the highest predicate stands already.")


class ChangesParameters(CityIndexParameters):
    """What changed in one city's season."""

    since: date | None = Field(None, description="Day to compare with; empty: the previous export.")
    until: date | None = Field(None, description="Day up to which; empty: now.")


class MayorBriefParameters(NextEditionParameters):
    """The brief of one city for one edition."""


class WeeklyProgressParameters(NextEditionParameters):
    """What changed in one city's season."""

    since: date | None = Field(None, description="Day to compare with; empty: the export before the last one.")


class ContestParameters(CityIndexParameters):
    """The contests of one city in one edition."""

    contest: str = Field("", description="Name of one contest; empty: all that are declared.", pattern="^[0-9a-z-]*$")


class PortfolioParameters(NotebookParameters):
    """The portfolio of one city."""

    city: str = Field(description="Name, alias or Kemendagri code.", examples=["bengkulu", "Kota Bengkulu", "17.71"])
    edition: Edition | None = Field(None, ge=2017, le=2100, description="Up to this edition; empty: the latest.")

    _city_is_known = field_validator("city")(_known_city)


REGISTRY: dict[str, type[NotebookParameters]] = {
    "city_index": CityIndexParameters,
    "compare_cities": CompareCitiesParameters,
    "national_ranking": NationalParameters,
    "mayor_brief": MayorBriefParameters,
    "weekly_progress": WeeklyProgressParameters,
    "next_edition": NextEditionParameters,
    "changes": ChangesParameters,
    "contest": ContestParameters,
    "portfolio": PortfolioParameters,
    "robustness": RobustnessParameters,
    "index_audit": RobustnessParameters,
    "research_panel": CompareCitiesParameters,
    "explain": ExplainParameters,
}


def parameters_of(notebook: str, values: Mapping[str, Any]) -> NotebookParameters:
    """The checked parameters of a notebook.

    Raises ParameterError that names the notebook, the first parameter at fault and what is allowed.
    """
    model = REGISTRY.get(notebook)
    if model is None:
        raise ParameterError(
            "No parameters are declared for notebook {notebook}",
            next_step="those that are declared: {known}",
            place="reports/parameters.py",
            notebook=notebook,
            known=", ".join(REGISTRY),
        )
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        raise _fault(notebook, model, dict(error.errors(include_url=False)[0])) from error


def _fault(notebook: str, model: type[NotebookParameters], fault: dict[str, Any]) -> ParameterError:
    name = str(fault["loc"][0]) if fault["loc"] else ""
    place = f"notebooks/{notebook}.ipynb"
    if name not in model.model_fields:
        return ParameterError(
            "Notebook {notebook} has no parameter {name}",
            next_step="its parameters: {known}",
            place=place,
            notebook=notebook,
            name=name,
            known=", ".join(model.model_fields),
        )
    if fault["type"] == "missing":
        return ParameterError(
            "Parameter {name} of notebook {notebook} is missing",
            next_step="allowed: {allowed}",
            place=place,
            notebook=notebook,
            name=name,
            allowed=_allowed(model, name, fault),
        )
    return ParameterError(
        "Parameter {name} of notebook {notebook} does not take {value}",
        next_step="allowed: {allowed}",
        place=place,
        notebook=notebook,
        name=name,
        value=repr(fault["input"]),
        allowed=_allowed(model, name, fault),
    )


def _allowed(model: type[NotebookParameters], name: str, fault: dict[str, Any]) -> str:
    """What a parameter takes: its choices, what its own check said, or examples."""
    field = model.model_fields[name]
    choices: tuple[str, ...] = get_args(field.annotation) if name in ("score", "lang") else ()
    told = str(fault.get("ctx", {}).get("error", ""))
    return ", ".join(choices) or told or ", ".join(str(given) for given in field.examples or [])
