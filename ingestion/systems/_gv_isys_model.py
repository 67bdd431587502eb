"""What a source's file says of the directory of municipalities (GV-ISys)."""

from typing import Annotated, Literal

from pydantic import StringConstraints

from ingestion.fields import BaseUrl, Pace, Strict


class GvIsysAccess(Strict):
    """Where the workbooks are.

    Attributes:
        url: What all of their addresses begin with.
        requests_per_second: How often the server is asked at most.
    """

    system: Literal["gv_isys"]
    url: BaseUrl
    requests_per_second: Pace = 1.0


class GvIsysRequest(Strict):
    """One workbook; what it is a snapshot of, it says itself.

    Attributes:
        file: Its address, below the source's ``access.url``.
        region_level: The key by which the city and what it belongs to are found in it.
    """

    system: Literal["gv_isys"]
    file: Annotated[str, StringConstraints(pattern=r"^[^\s#:/.][^\s#:]{0,299}$")]
    region_level: Literal["ars"] = "ars"
