"""What a source's file says of INKAR and of one of its tables."""

from typing import Annotated, Literal

from pydantic import StringConstraints

from ingestion.fields import BaseUrl, Pace, Strict, Text, type_of_region_level


class InkarAccess(Strict):
    """Where the bulk file is.

    Attributes:
        url: The folder of the editions.
        edition: The file of the newest one; a new one is a change of this line.
        requests_per_second: How often it is asked at most.
    """

    system: Literal["inkar"]
    url: BaseUrl
    edition: Annotated[str, StringConstraints(pattern=r"^inkar_\d{4}\.zip$")]
    requests_per_second: Pace = 1.0


class InkarRequest(Strict):
    """What cuts the file to the city.

    Attributes:
        region_level: ``district`` for ``Kreise``, ``municipality`` for ``Gemeinden``.
        spatial: The ``Raumbezug`` of the rows.
        section: The ``Bereich``; ``LRB`` is the regional monitoring.
    """

    system: Literal["inkar"]
    region_level: type_of_region_level
    spatial: Text = "Kreise"
    section: Text = "LRB"
