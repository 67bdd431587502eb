"""Kinds of field that the YAML files of the project share: city files, statistics sources."""

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, HttpUrl, StringConstraints

LICENCES: Final = ("dl-de/by-2-0", "dl-de/zero-2-0", "cc-by/4.0", "cc-zero")
"""Ids of transforms/seeds/licences.csv; only what may be passed on under them is published."""


def plain(url: HttpUrl) -> HttpUrl:
    """A URL without user name and password.

    Raises:
        ValueError: If it carries one of them.
    """
    if url.username is not None or url.password is not None:
        raise ValueError("carries a user name or password; set those by SEEHAUS_* variables")
    return url


def base(url: HttpUrl) -> HttpUrl:
    """A URL to which names can be added.

    Raises:
        ValueError: If it does not end with / or has a query or fragment.
    """
    if not (url.path or "").endswith("/") or url.query or url.fragment:
        raise ValueError("a base URL ends with / and has neither ? nor #")
    return url


Pace = Annotated[float, Field(gt=0, le=50)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
PublicUrl = Annotated[HttpUrl, AfterValidator(plain)]
BaseUrl = Annotated[HttpUrl, AfterValidator(plain), AfterValidator(base)]

type_of_region_level = Literal["district", "municipality", "ars", "state", "none"]
"""Which key cuts a table to a city: the first five digits of its AGS, the AGS, the ARS, the first
two digits; ``none``: the table is asked for as a whole."""


class Strict(BaseModel):
    """A part of a YAML file: unknown fields are mistakes, and what was read does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)
