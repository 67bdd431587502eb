"""What a source's file says of Wegweiser Kommune and of a group of its indicators."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ingestion.fields import BaseUrl, Pace, Strict, type_of_region_level

Year = Annotated[int, Field(ge=1900, le=2199)]


class WegweiserAccess(Strict):
    """Where the service is.

    Attributes:
        url: Base of the service, e.g. ``https://…/data-api/rest/``.
        requests_per_second: How often it is asked at most.
    """

    system: Literal["wegweiser"]
    url: BaseUrl
    requests_per_second: Pace = 1.0


class WegweiserRequest(Strict):
    """What is asked for; the indicators' ``variable`` is their ``friendlyUrl``.

    Attributes:
        region_level: ``municipality``: the service names its regions by the AGS.
        first_year: From when on.
        last_year: Until when; years that are not there yet are asked for in vain.
    """

    system: Literal["wegweiser"]
    region_level: type_of_region_level = "municipality"
    first_year: Year = 2006
    last_year: Year

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_year < self.first_year:
            raise ValueError("last_year is before first_year; exchange them")
        return self
