"""Statistics sources: one YAML file in ``ingestion/sources`` is one source, with all its tables.

The file's name is the source's id. The list is the network's: every city asks for every table that
covers it. Reading a file either gives a ``Source`` or says what is wrong: file, line, column, mend.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final, Protocol

from pydantic import ValidationError
from ruamel.yaml.comments import CommentedMap

from ingestion.fields import type_of_region_level
from ingestion.statistics_model import Source, SourceFile, StatisticEntry
from ingestion.yaml_file import (
    FileError,
    FileProblem,
    meant,
    parse_mapping,
    place,
    read_text,
    translated,
    type_of_location,
)

SOURCES: Final = Path(__file__).parent / "sources"
MAX_BYTES: Final = 2 * 2**20
"""A source of a hundred tables has some 300 KiB."""

_LIKE: Final = "another file of ingestion/sources"
_MENDS: Final = {
    "id": "a-z, 0-9 and _ only, beginning with a letter",
    "code": "the source's own code of the table, e.g. 12411-01-01-4",
    "member": "capital letters, digits, _ and -, e.g. M; the total is _T",
    "dimension": "a concept in capital letters, e.g. SEX",
    "unit": "a harmonised unit, e.g. persons",
    "source_units": "a list of spellings, e.g. [Anzahl, number]",
    "page": "an http(s) URL without user name and password",
    "url": "an http(s) URL without user name and password that ends with /",
    "requests_per_second": "a number above 0, at most 50; 1 is polite",
    "label": "{de: …, en: …}",
    "title": "{de: …, en: …}",
    "meaning": "{de: …, en: …}",
    "definition": "{de: …}, with en where it is translated",
    "period_from": "a date like 2022-05-15",
    "period_to": "a date like 2022-05-15",
    "vintage_from": "a date like 2025-01-01",
    "vintage_to": "a date like 2025-01-01",
}


class SourceFileError(FileError):
    """A source's file is not valid; ``problems`` has every finding, in the order of the file."""


class Keys(Protocol):
    """The keys of a municipality."""

    @property
    def ags(self) -> str:
        """Eight digits."""

    @property
    def ars(self) -> str:
        """Twelve digits."""


@dataclass(frozen=True, slots=True)
class Read:
    """A source and where it was read, so that what is found later knows its line."""

    path: Path
    content: CommentedMap
    prefix: type_of_location
    source: Source = field(repr=False)

    def problem(self, location: type_of_location, what: str, mend: str) -> FileProblem:
        """A finding at a place of the source."""
        at = (*self.prefix, *location)
        name = ".".join(map(str, at))
        return FileProblem(self.path, *place(self.content, at), name, what, mend)


@cache
def read_sources(folder: Path = SOURCES) -> tuple[Read, ...]:
    """The network's sources with the places where they were read, sorted by their ids.

    Args:
        folder: Where their files lie.

    Raises:
        SourceFileError: With the findings of all files, if one is not valid or two clash.
    """
    read = [_read(path) for path in sorted(folder.glob("*.yml"))]
    problems = [problem for _, found in read for problem in found]
    sources = tuple(each for each, _ in read if each is not None)
    problems = problems or clashes(sources)
    if problems:
        raise SourceFileError(problems)
    return sources


def load_sources(folder: Path = SOURCES) -> dict[str, Source]:
    """The network's sources by their ids, sorted.

    Args:
        folder: Where their files lie.

    Raises:
        SourceFileError: With the findings of all files, if one is not valid or two clash.
    """
    return {each.source.id: each.source for each in read_sources(folder)}


def check(path: Path) -> list[FileProblem]:
    """Everything that is wrong in one source's file, in the order of the file; none if valid."""
    source, problems = _read(path)
    return problems if source is None else clashes([source])


def named(source_id: str, file: SourceFile) -> Source:
    """A source's file together with its id."""
    return Source.model_validate(dict(file) | {"id": source_id})


def entries(
    keys: Keys, sources: Iterable[Source], without: Container[str] = ()
) -> tuple[StatisticEntry, ...]:
    """What a city is asked for by: each table that covers it, once.

    Args:
        keys: The city's AGS and ARS.
        sources: The network's and its own.
        without: Codes of tables that are left out.

    Returns:
        In the order of the sources and their tables. A table of districts has nothing for a town
        within a district: its figures would be those of the district.
    """
    return tuple(
        StatisticEntry(source=source, table=table, region=region, access=source.access)
        for source in sources
        for table in source.tables
        if table.code not in without
        and (region := _region(keys, table.request.region_level)) is not None
    )


def _region(keys: Keys, level: type_of_region_level) -> str | None:
    """The city's key on a level of regions; None where it has none of its own."""
    known = {
        "district": keys.ags[:5] if keys.ags.endswith("000") else None,
        "municipality": keys.ags,
        "ars": keys.ars,
        "state": keys.ags[:2],
        "none": "",
    }
    return known[level]


def clashes(read: Sequence[Read]) -> list[FileProblem]:
    """What is named twice, within a source or by two of them; told at the later place.

    Args:
        read: Sources in the order in which they came.
    """
    problems: list[FileProblem] = []
    places: dict[tuple[str, ...], str] = {}
    for each in read:
        for key, location in _names(each.source):
            if key in places:
                what = f"{key[0]} {' of '.join(key[1:])} is there already ({places[key]})"
                problems.append(each.problem(location, what, "keep one of the two entries"))
            else:
                line, _ = place(each.content, (*each.prefix, *location))
                places[key] = f"{each.path.name}:{line}"
    problems.extend(_dangling(read))
    return sorted(problems, key=lambda problem: (problem.file, problem.line, problem.column))


def _names(source: Source) -> Iterator[tuple[tuple[str, ...], type_of_location]]:
    """Everything in a source that must be there once, with its place."""
    yield ("source", source.id), ()
    for number, sign in enumerate(source.signs):
        yield ("sign", sign.sign, source.id), ("signs", number)
    for number, dimension in enumerate(source.dimensions):
        for at, member in enumerate(dimension.members):
            key = ("member", member.code, dimension.variable, source.id)
            yield key, ("dimensions", number, "members", at)
    for number, table in enumerate(source.tables):
        yield ("table", table.code), ("tables", number)
        for at, indicator in enumerate(table.indicators):
            location = ("tables", number, "indicators", at)
            yield ("indicator", indicator.id), location
            yield ("variable", indicator.variable, table.code), location


def _dangling(read: Sequence[Read]) -> Iterator[FileProblem]:
    """Denominators that are no indicators."""
    known = [
        indicator.id
        for each in read
        for table in each.source.tables
        for indicator in table.indicators
    ]
    for each in read:
        for number, table in enumerate(each.source.tables):
            for at, indicator in enumerate(table.indicators):
                if indicator.denominator not in {None, *known}:
                    name = str(indicator.denominator)
                    yield each.problem(
                        ("tables", number, "indicators", at, "denominator"),
                        f"{name} is no indicator",
                        meant(name, known) or "write the id of one, or take it out",
                    )


def _read(path: Path) -> tuple[Read | None, list[FileProblem]]:
    """The file as a source, or what is wrong in it."""
    text, problems = read_text(path, most=MAX_BYTES, alone="one source")
    return (None, problems) if problems else _interpreted(text, path)


def _interpreted(text: str, path: Path) -> tuple[Read | None, list[FileProblem]]:
    content, problems = parse_mapping(text, path, like=_LIKE)
    if content is None:
        return None, problems
    try:
        source = Source.model_validate({**content, "id": path.stem})
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=True)
        problems = [
            translated(path, content, detail, model=SourceFile, mends=_MENDS, like=_LIKE)
            for detail in details
        ]
        return None, sorted(problems, key=lambda problem: (problem.line, problem.column))
    return Read(path, content, (), source), []
