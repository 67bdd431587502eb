"""What a source's file says of a GENESIS web service and of one of its tables."""

from typing import Annotated, Literal

from pydantic import StringConstraints

from ingestion.fields import BaseUrl, Pace, Strict, type_of_region_level


class GenesisAccess(Strict):
    """Where the web service is.

    Attributes:
        url: Base of the service 2020, e.g. ``https://…/genesisws/rest/2020/``.
        requests_per_second: How often it is asked at most.
    """

    system: Literal["genesis"]
    url: BaseUrl
    requests_per_second: Pace = 1.0


class GenesisRequest(Strict):
    """What cuts a table to the city.

    Attributes:
        region_variable: The variable of the regions, e.g. ``KREISE``.
        region_level: Which of the city's keys is its member.
    """

    system: Literal["genesis"]
    region_variable: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{3,6}$")]
    region_level: type_of_region_level
