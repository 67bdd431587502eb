"""Derived indicators: ``ingestion/derived.yml`` says what is computed from which figures, and how.

The file is the network's, as the sources are: a rate, a share or a change is an entry there, and
dbt computes it (model ``derived_observation``) by the seed that ``seehaus docs`` makes of it.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, ValidationError, model_validator

from ingestion.fields import Strict
from ingestion.statistics_model import ConceptCode, Id, LongText, MemberCode, Source, Words
from ingestion.yaml_file import FileError, FileProblem, parse_mapping, place, translated

DERIVED: Final = Path(__file__).parent / "derived.yml"

_LIKE: Final = "the other entries of ingestion/derived.yml"
_MENDS: Final[Mapping[str, str]] = {
    "indicator": "the id of an indicator of ingestion/sources",
    "dimensions": "concepts and members, e.g. {SEX: F}",
    "period": "same, same_year or year_before",
    "factor": "a whole number above 0, e.g. 1000 for a figure per 1,000",
    "decimals": "a whole number from 0 to 6",
    "label": "{de: …, en: …}",
    "computed": "{de: …, en: …}",
}


class Texts(Strict):
    """A sentence in both languages."""

    de: LongText
    en: LongText


class Input(Strict):
    """Figures of one indicator.

    Attributes:
        indicator: Its id.
        dimensions: The members that are meant, by their concept; any other breakdown stays.
    """

    indicator: Id
    dimensions: dict[ConceptCode, MemberCode] = Field(default_factory=dict)


class DerivedIndicator(Strict):
    """What is computed from two figures of one place.

    Attributes:
        id: Ours, unique among all indicators.
        label: A short name.
        definition: What it says.
        computed: How it is computed, in words for people.
        method: ``ratio``: the factor times numerator by denominator. ``difference``: the factor
            times what the figure has more than a year earlier; ``change``: that by the earlier one.
        numerator: What is divided, or what changes.
        denominator: By what is divided, for a ratio only.
        breakdown: ``same``: the denominator is broken down as the numerator is; ``total``: not at
            all, so that each kind of waste is per head of everybody.
        period: Which of the denominator's periods counts: ``same``, the last one that ends in the
            ``same_year``, or in the ``year_before``. None for changes.
        factor: 1000 for a figure per 1,000; 100 for per cent.
        unit: Of the result.
        measure_type: ``ratio``, ``share`` or ``change``.
        decimals: The result is rounded to them, a half away from zero.
    """

    id: Id
    label: Words
    definition: Texts
    computed: Texts
    method: Literal["ratio", "change", "difference"] = "ratio"
    numerator: Input
    denominator: Input | None = None
    breakdown: Literal["same", "total"] = "same"
    period: Literal["same", "same_year", "year_before"] | None = None
    factor: Annotated[int, Field(gt=0, le=1_000_000)] = 1
    unit: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    measure_type: Literal["ratio", "share", "change"]
    decimals: Annotated[int, Field(ge=0, le=6)]

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        is_ratio = self.method == "ratio"
        if is_ratio and (self.denominator is None or self.period is None):
            raise ValueError("a ratio has a denominator and a rule for its period; add both")
        if not is_ratio and (self.denominator or self.period or self.breakdown == "total"):
            raise ValueError(
                "a change is of the figure itself; take denominator, period and breakdown out"
            )
        return self

    @property
    def inputs(self) -> tuple[Input, Input]:
        """The figure and what it is held against, in both cases a year's change is of itself."""
        return self.numerator, self.denominator or self.numerator


class DerivedFile(Strict):
    """The whole file."""

    indicators: Annotated[tuple[DerivedIndicator, ...], Field(min_length=1)]


class DerivedFileError(FileError):
    """The file is not valid; ``problems`` has every finding, in its order."""


@cache
def load_derived(path: Path = DERIVED) -> tuple[DerivedIndicator, ...]:
    """The network's derived indicators, in the order of the file.

    Raises:
        DerivedFileError: With every finding, if the file is not valid.
    """
    content, problems = parse_mapping(
        path.read_text(encoding="utf-8"), path, like=_LIKE, first="indicators"
    )
    if content is None:
        raise DerivedFileError(problems)
    try:
        found = DerivedFile.model_validate(content).indicators
    except ValidationError as error:
        raise DerivedFileError(
            [
                translated(path, content, detail, model=DerivedFile, mends=_MENDS, like=_LIKE)
                for detail in error.errors()
            ]
        ) from None
    ids = [each.id for each in found]
    twice = [
        FileProblem(
            path,
            *place(content, ("indicators", number, "id")),
            f"indicators.{number}.id",
            f"{each.id} is another one's id too",
            "give each its own",
        )
        for number, each in enumerate(found)
        if each.id in ids[:number]
    ]
    if twice:
        raise DerivedFileError(twice)
    return found


def unknown(indicators: tuple[DerivedIndicator, ...], sources: Mapping[str, Source]) -> list[str]:
    """What the derived indicators name and no source has, or has under the same id.

    Args:
        indicators: All derived ones.
        sources: The network's, by their ids.

    Returns:
        One sentence with its mend per finding; none if everything is known.
    """
    known = {
        indicator.id
        for source in sources.values()
        for table in source.tables
        for indicator in table.indicators
    }
    concepts = {
        (dimension.dimension, member.member)
        for source in sources.values()
        for dimension in source.dimensions
        for member in dimension.members
    }
    found = [
        f"{each.id}: no source has an indicator {one.indicator} → add its table, or correct the id"
        for each in indicators
        for one in each.inputs
        if one.indicator not in known
    ]
    found += [
        f"{each.id}: no source has {concept} {member} → see the dimensions in ingestion/sources"
        for each in indicators
        for one in each.inputs
        for concept, member in one.dimensions.items()
        if (concept, member) not in concepts
    ]
    found += [
        f"{each.id}: a source's indicator has that id → choose another"
        for each in indicators
        if each.id in known
    ]
    return list(dict.fromkeys(found))
