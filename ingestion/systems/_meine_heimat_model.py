"""What a source's file says of "Meine Heimat" and of a group of its features."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ingestion.fields import BaseUrl, Pace, Strict, Text, type_of_region_level

MAX_YEARS = 200
"""From the first to the last; the service is asked for ten at a time."""
Year = Annotated[int, Field(ge=1900, le=2199)]


class MeineHeimatAccess(Strict):
    """Where the service is; its account stands in the settings only.

    Attributes:
        url: Base of the service, e.g. ``https://…/api/v1/``.
        requests_per_second: How often it is asked at most.
    """

    system: Literal["meine_heimat"]
    url: BaseUrl
    requests_per_second: Pace = 1.0


class MeineHeimatColumns(Strict):
    """The columns of the export by what stands in them; all of them, or the load stops."""

    region: Text = "ARS"
    year: Text = "Jahr"
    variable: Text = "Lfdnr"
    value: Text = "Wert"
    region_label: Text | None = None
    label: Text | None = None
    unit: Text | None = None


class MeineHeimatRequest(Strict):
    """What is asked for; the indicators' ``variable`` is their ``Lfdnr``.

    Attributes:
        region_level: ``ars``: the service names its regions by twelve digits.
        first_year: From when on.
        last_year: Until when.
        columns: The columns of the export.
    """

    system: Literal["meine_heimat"]
    region_level: type_of_region_level = "ars"
    first_year: Year
    last_year: Year
    columns: MeineHeimatColumns = MeineHeimatColumns()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.first_year <= self.last_year < self.first_year + MAX_YEARS:
            raise ValueError("last_year is before first_year; exchange them")
        return self
