"""Which notebooks there are and what each may be asked: typed parameters, checked before a kernel starts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from iga.errors import MendableError, Sentence
from iga.reasons import slip_of
from reports.pages.changes.parameters import ChangesParameters
from reports.pages.city_index.parameters import CityIndexParameters
from reports.pages.compare_cities.parameters import CompareCitiesParameters
from reports.pages.contest.parameters import ContestParameters
from reports.pages.explain.parameters import ExplainParameters
from reports.pages.mayor_brief.parameters import MayorBriefParameters
from reports.pages.national_ranking.parameters import NationalParameters
from reports.pages.next_edition.parameters import NextEditionParameters
from reports.pages.own_index.parameters import OwnIndexParameters
from reports.pages.parameters import NotebookParameters, ParameterError
from reports.pages.portfolio.parameters import PortfolioParameters
from reports.pages.robustness.parameters import RobustnessParameters
from reports.pages.weekly_progress.parameters import WeeklyProgressParameters

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
    "own_index": OwnIndexParameters,
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
            next_step="those that exist: {known}",
            place="reports/pages/registry.py",
            notebook=notebook,
            known=", ".join(REGISTRY),
        )
    return checked_by(model, notebook, values, f"notebooks/{notebook}.ipynb")


Asked = TypeVar("Asked", bound=BaseModel)


def checked_by(model: type[Asked], notebook: str, values: Mapping[str, Any], place: str) -> Asked:
    """Return the values as the parameters of a notebook whose model is known.

    Raises ParameterError that names the notebook, the first parameter at fault and what is allowed.
    """
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        raise _fault(notebook, model, error, place) from error


def _fault(notebook: str, model: type[BaseModel], error: ValidationError, place: str) -> ParameterError:
    fault: dict[str, Any] = dict(error.errors(include_url=False)[0])
    name = str(fault["loc"][0]) if fault["loc"] else ""
    if name not in model.model_fields:
        return ParameterError(
            "Notebook {notebook} has no parameter {name}",
            next_step="its parameters: {known}",
            place=place,
            notebook=notebook,
            name=name,
            known=", ".join(model.model_fields) or "-",
        )
    if fault["type"] == "missing":
        return ParameterError(
            "Parameter {name} of notebook {notebook} is missing",
            next_step="allowed: {allowed}",
            place=place,
            notebook=notebook,
            name=name,
            allowed=_allowed(model, name, error),
        )
    given = fault["input"]
    return ParameterError(
        "Parameter {name} of notebook {notebook} does not take {value}",
        next_step="allowed: {allowed}",
        place=place,
        notebook=notebook,
        name=name,
        value=str(given) if isinstance(given, date) else repr(given),
        allowed=_allowed(model, name, error),
    )


def _allowed(model: type[BaseModel], name: str, error: ValidationError) -> str | Sentence:
    """What a parameter takes: its choices, what its own check said, examples, or what its type asks for."""
    field, fault = model.model_fields[name], error.errors(include_url=False)[0]
    choices: tuple[str, ...] = get_args(field.annotation) if name in ("score", "lang") else ()
    refused = fault.get("ctx", {}).get("error")
    told = refused.what if isinstance(refused, MendableError) else str(refused or "")
    return ", ".join(choices) or told or ", ".join(str(given) for given in field.examples or []) or slip_of(error)[1]
