"""What the notebook `compare_cities` may be asked."""

from __future__ import annotations

from pydantic import Field, field_validator

from reports.pages.parameters import Edition, NotebookParameters, known_city


class CompareCitiesParameters(NotebookParameters):
    """Several cities over several editions."""

    cities: tuple[str, ...] = Field(
        min_length=1, description="Names, aliases or Kemendagri codes.", examples=["bengkulu, 33.71"]
    )
    editions: tuple[Edition, ...] = Field(min_length=1, description="Years of the award.", examples=["2023, 2024"])

    @field_validator("cities")
    @classmethod
    def _cities_are_known(cls, cities: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(known_city(city) for city in cities)
