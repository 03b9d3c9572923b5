"""What the notebook `explain` may be asked."""

from __future__ import annotations

from pydantic import Field, field_validator

from reports.pages.parameters import Edition, NotebookParameters, known_city, known_rulebook


class ExplainParameters(NotebookParameters):
    """One city between two editions; `rulebook` is the one that both are computed under (empty: newest complete)."""

    city: str = Field(description="Name, alias or Kemendagri code.", examples=["bengkulu", "Kota Bengkulu", "17.71"])
    from_edition: Edition = Field(ge=2017, le=2100, description="The earlier edition.", examples=["2017-2100"])
    to_edition: Edition = Field(ge=2017, le=2100, description="The later edition.", examples=["2017-2100"])
    rules_from: str = Field("", description="Rulebook of the earlier edition; empty: that of both.")
    assume: str = Field("", description="Assumptions that differ: name=value; name=value.")

    _city_is_known = field_validator("city")(known_city)
    _rules_from_is_known = field_validator("rules_from")(known_rulebook)
