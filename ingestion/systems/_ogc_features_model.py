"""What a source's file says of an OGC service of districts and of one of its collections."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from ingestion.fields import BaseUrl, Pace, Strict, Text, type_of_region_level

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,120}$")]


class OgcAccess(Strict):
    """Where the service is.

    Attributes:
        url: ``api``: the base above ``collections/``; ``wfs``: the service's own address.
        protocol: OGC API Features, or WFS 2.0.
        parameters: What the address needs besides, e.g. a map file.
        requests_per_second: How often it is asked at most.
    """

    system: Literal["ogc_features"]
    url: BaseUrl
    protocol: Literal["api", "wfs"] = "api"
    endpoint: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_./-]{0,120}$")] = ""
    parameters: dict[Name, Text] = Field(default_factory=dict)
    requests_per_second: Pace = 1.0


class OgcMeasure(Strict):
    """A property that is a figure.

    Attributes:
        variable: Its code; an indicator's ``variable``.
        unit: What it is counted in.
    """

    variable: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9_]{2,20}$")]
    unit: Text


class OgcRequest(Strict):
    """What is asked for, and what its properties are: all of them, or the load stops.

    Attributes:
        region_level: ``ars``: whose districts these are.
        collection: The collection or feature type.
        key: The property with the district's own number.
        name: The property with its name.
        measures: The properties that are figures, by name.
        as_of: The property with the day of the figures; without one they are of the day on which
            the answer came.
        ignored: The properties that are not read.
        bbox: West, south, east and north of the city, in degrees; what lies outside is refused.
        page_size: Features asked for at a time.
        max_features: More than these are refused.
    """

    system: Literal["ogc_features"]
    region_level: type_of_region_level = "ars"
    collection: Name
    key: Text
    name: Text
    measures: dict[str, OgcMeasure] = Field(default_factory=dict)
    as_of: Text | None = None
    ignored: tuple[Text, ...] = ()
    bbox: tuple[float, float, float, float]
    page_size: Annotated[int, Field(ge=1, le=10_000)] = 200
    max_features: Annotated[int, Field(ge=1, le=100_000)] = 2_000

    @model_validator(mode="after")
    def _is_a_box(self) -> Self:
        west, south, east, north = self.bbox
        if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):  # noqa: PLR2004
            raise ValueError("bbox is west, south, east, north in degrees; put them in this order")
        return self
