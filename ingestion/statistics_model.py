"""The fields of a statistics source: one YAML file says everything about it.

A system adds its access and its request (``ingestion/systems/_<kind>_model.py``) to the two unions
here; everything else is the same for all of them.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, HttpUrl, StringConstraints, model_validator

from ingestion.fields import PublicUrl, Strict, Text
from ingestion.systems._genesis_model import GenesisAccess, GenesisRequest

# A second system makes them `Annotated[A | B, Field(discriminator="system")]`.
Access = GenesisAccess
Request = GenesisRequest

type_of_licence = Literal[
    "dl-de/by-2-0",
    "dl-de/zero-2-0",
    "cc-by/4.0",
    "cc-by-sa/4.0",
    "cc-zero",
    "other-closed",
]
type_of_theme = Literal[
    "agri",
    "econ",
    "educ",
    "ener",
    "envi",
    "gove",
    "heal",
    "intr",
    "just",
    "regi",
    "soci",
    "tech",
    "tran",
]
type_of_measure = Literal["stock", "flow", "price", "ratio"]
type_of_evidence = Literal["recorded", "documented", "assumed"]


def _filled(items: tuple[Any, ...]) -> tuple[Any, ...]:
    # Not a length in the schema: that is told as well where an item is wrong.
    if not items:
        raise ValueError("has no entry; write at least one")
    return items


Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,59}$")]
SourceId = Id
TableCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z_.-]{1,59}$")]
Code = Annotated[str, StringConstraints(pattern=r"^\S(?:.{0,78}\S)?$")]
"""A source's own code, as it writes it."""
ConceptCode = Annotated[str, StringConstraints(pattern=r"^[A-Z_][A-Z0-9_]{0,39}$")]
"""A code of ours, written as SDMX writes them."""
MemberCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9_][A-Z0-9_-]{0,39}$")]
TOTAL: MemberCode = "_T"
"""The member that is all others together (SDMX): such a row is a total, without the dimension."""
LongText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]


class Words(Strict):
    """A label in both languages."""

    de: Text
    en: Text


class Definition(Strict):
    """What exactly is counted; English where somebody translated it."""

    de: LongText
    en: LongText | None = None


class Sign(Strict):
    """A sign of the source's legend.

    Attributes:
        sign: As it stands in the cell.
        position: ``value``: in place of a number; ``quality``: beside one.
        obs_status: SDMX CL_OBS_STATUS, one of transforms/seeds/observation_statuses.csv.
        value: The number that it stands for, only where the source declares one.
        meaning: The legend's words.
    """

    sign: Annotated[str, StringConstraints(min_length=1, max_length=20)]
    position: Literal["value", "quality"]
    obs_status: Literal["A", "E", "L", "M", "N", "O", "P", "Q", "U"]
    value: float | None = None
    meaning: Words

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.position == "quality" and self.value is not None:
            raise ValueError("stands beside a number and has a value itself; take `value` out")
        return self


class Member(Strict):
    """One value of a variable: the source's code and ours."""

    code: Code
    member: MemberCode
    label: Words


class Dimension(Strict):
    """A variable of the source as a dimension of the shared vocabulary."""

    variable: Code
    dimension: ConceptCode
    label: Words
    members: Annotated[tuple[Member, ...], AfterValidator(_filled)]


class Basis(Strict):
    """On which census a table's figures rest; what is left out is unbounded."""

    basis: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,39}$")]
    period_from: dt.date | None = None
    period_to: dt.date | None = None
    vintage_from: dt.date | None = None
    vintage_to: dt.date | None = None
    evidence: LongText

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for name in ("period", "vintage"):
            first, last = getattr(self, f"{name}_from"), getattr(self, f"{name}_to")
            if first is not None and last is not None and last < first:
                raise ValueError(f"{name}_to is before {name}_from; exchange them")
        return self


class Indicator(Strict):
    """What a value variable of a table counts.

    Attributes:
        id: Ours, unique over all sources.
        variable: The source's code of the value.
        variable_label: What the source calls it; a cell with another label is rejected. Needed
            where the code is assumed: a wrong guess must not bring another figure.
        label: A short name.
        definition: What exactly is counted.
        unit: The harmonised unit.
        source_units: The spellings of the one unit that the source may use.
        factor: From the source's unit to ours.
        measure_type: ``stock``, ``flow``, ``price`` or ``ratio``.
        denominator: Indicator that it is a share of, None for counts.
        decimals: Of the harmonised figure.
        seen: ``recorded``, ``documented`` or ``assumed`` where that differs from the table's.
    """

    id: Id
    variable: Code
    variable_label: Text | None = None
    label: Words
    definition: Definition
    unit: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    source_units: Annotated[tuple[Text, ...], AfterValidator(_filled)]
    factor: Annotated[float, Field(gt=0)] = 1
    measure_type: type_of_measure
    denominator: Id | None = None
    decimals: Annotated[int, Field(ge=0, le=6)] = 0
    seen: type_of_evidence | None = None

    @model_validator(mode="after")
    def _says_what_an_assumed_code_is_called(self) -> Self:
        if self.seen == "assumed" and self.variable_label is None:
            raise ValueError("the code is assumed and has no `variable_label`; add the source's")
        return self


class Table(Strict):
    """A table of the source.

    Attributes:
        code: The source's own code (or ours where it has none), unique over all sources.
        title: What the table is called.
        page: Its public page, None: the source's.
        request: What the system needs to ask for it.
        theme: Code of the EU's data themes, in lower case.
        mdk_uri: Its concept in the Musterdatenkatalog.
        hvd_category: Its category among the high-value data sets.
        accrual: Code of the EU's frequencies.
        seen: Whether an answer was recorded, or only its documentation is known.
        note: What somebody who reads the figures should know.
        bases: On which census its figures rest.
        indicators: Every value variable.
    """

    code: TableCode
    title: Words
    page: PublicUrl | None = None
    request: Request
    theme: type_of_theme
    mdk_uri: HttpUrl | None = None
    hvd_category: HttpUrl | None = None
    accrual: Literal[
        "ANNUAL", "ANNUAL_2", "QUARTERLY", "MONTHLY", "TRIENNIAL", "QUADRENNIAL", "IRREG", "NEVER"
    ]
    seen: Literal["recorded", "documented"]
    note: LongText | None = None
    bases: tuple[Basis, ...] = ()
    indicators: Annotated[tuple[Indicator, ...], AfterValidator(_filled)]


class SourceFile(Strict):
    """A statistics source as its file says it."""

    name: Text
    page: PublicUrl
    licence: type_of_licence
    attribution: Text
    is_redistributable: bool
    access: Access
    signs: tuple[Sign, ...] = ()
    dimensions: tuple[Dimension, ...] = ()
    tables: Annotated[tuple[Table, ...], AfterValidator(_filled)]

    @model_validator(mode="before")
    @classmethod
    def _requests_of_the_system(cls, values: Any) -> Any:
        """A request's kind is its source's: no table has to repeat it."""
        if not isinstance(values, Mapping):
            return values
        access, tables = values.get("access"), values.get("tables")
        system = access.get("system") if isinstance(access, Mapping) else None
        if system is None or not isinstance(tables, list):
            return values
        return {**values, "tables": [_with_system(table, system) for table in tables]}


def _with_system(table: Any, system: Any) -> Any:
    request = table.get("request") if isinstance(table, Mapping) else None
    if not isinstance(request, Mapping):
        return table
    return {**table, "request": {"system": system, **request}}


class Source(SourceFile):
    """A statistics source together with its id (the file's stem)."""

    id: SourceId


class StatisticEntry(Strict):
    """One table of one source, cut to one city.

    Attributes:
        source: Whose it is.
        table: What is asked for.
        region: The city's key by the request's ``region_level``; empty: the whole table.
        access: Where it is asked for: the source's access, or the sample world's.
    """

    source: Source
    table: Table
    region: str
    access: Access

    @property
    def system(self) -> str:
        """The kind of server."""
        return self.access.system

    @property
    def url(self) -> HttpUrl:
        """Its base URL."""
        return self.access.url

    @property
    def requests_per_second(self) -> float:
        """How often it is asked at most."""
        return self.access.requests_per_second

    @property
    def page(self) -> HttpUrl:
        """The public page that people are sent to."""
        return self.table.page or self.source.page

    def at(self, url: str, requests_per_second: float) -> Self:
        """The same table on another server.

        Raises:
            pydantic.ValidationError: If the URL is none.
        """
        moved = {"url": url, "requests_per_second": requests_per_second}
        access = type(self.access).model_validate(self.access.model_dump() | moved)
        return self.model_copy(update={"access": access})
