"""What a source's file says of the statistics of the BA and of one of its tables."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ingestion.fields import BaseUrl, Pace, Strict, Text, type_of_region_level


class ArbeitsagenturAccess(Strict):
    """Where the service is.

    Attributes:
        url: Base of the tables as CSV, e.g. ``https://…/ct/v1/tableFetch/csv/``.
        requests_per_second: How often it is asked at most.
    """

    system: Literal["arbeitsagentur"]
    url: BaseUrl
    requests_per_second: Pace = 1.0


class ArbeitsagenturRow(Strict):
    """A row of the table: most labels come twice and mean what the row above says.

    Attributes:
        label: The words of the first column.
        variable: The code of what is counted; an indicator's ``variable``.
        member: Its member of ``RECHTSKREIS``; None: the total.
        unit: What it is counted in; the table does not say it.
    """

    label: Text
    variable: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9_]{2,20}$")]
    member: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9_]{2,20}$")] | None = None
    unit: Text


class ArbeitsagenturRequest(Strict):
    """What is asked for.

    Attributes:
        region_level: ``district``.
        table: The service's name of the table, e.g. ``EckwerteTabelleALOKr``.
        parameter: The name under which it takes the region.
        regions: The service's name of a region by its key; a region without one is not asked for.
        rows: Every row of the table in its order, or the load stops.
    """

    system: Literal["arbeitsagentur"]
    region_level: type_of_region_level = "district"
    table: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{3,60}$")]
    parameter: Text = "Kreis"
    regions: dict[Annotated[str, StringConstraints(pattern=r"^\d{2,12}$")], Text]
    rows: Annotated[tuple[ArbeitsagenturRow, ...], Field(min_length=1, max_length=200)]
