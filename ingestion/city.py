"""City files: one YAML file is one city, whole.

The file's name is the city's id everywhere: lake dataset, Dagster partition, CKAN organisation.
Reading one either gives a ``City`` or says what is wrong: file, line, column and the mend.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml.comments import CommentedMap

from ingestion.city_model import (
    CITIES,
    CITY_ID,
    Bounds,
    City,
    CityFile,
    Council,
    Permission,
    Publisher,
)
from ingestion.fields import LICENCES
from ingestion.statistics import Read, SourceFileError, clashes, entries, named, read_sources
from ingestion.statistics_model import StatisticEntry
from ingestion.yaml_file import FileError, FileProblem, meant, place, read_text
from ingestion.yaml_file import parse_mapping as _parse_mapping
from ingestion.yaml_file import translated as _translated

__all__ = [
    "CITIES",
    "CITY_ID",
    "LICENCES",
    "Bounds",
    "City",
    "CityFile",
    "CityFileError",
    "CityProblem",
    "Council",
    "Permission",
    "Publisher",
    "StatisticEntry",
    "check",
    "check_text",
    "load",
    "load_all",
    "parse_mapping",
    "translated",
]

MAX_BYTES: Final = 64 * 2**10
"""A city file has some 50 lines; a larger one is something else."""
_LIKE: Final = "another city file"

CityProblem = FileProblem


class CityFileError(FileError):
    """The city file is not valid; ``problems`` has every finding, in the order of the file."""


def load(city_id: str, folder: Path = CITIES) -> City:
    """Read one city.

    Args:
        city_id: The file's stem.
        folder: Where the city files lie.

    Raises:
        CityFileError: If there is no such file or it is not valid.
    """
    path = folder / f"{city_id}.yml"
    if not CITY_ID.fullmatch(city_id) or not path.is_file():
        known = sorted(file.stem for file in folder.glob("*.yml"))
        mend = meant(city_id, known) or f"known cities: {', '.join(known) or 'none'}"
        raise CityFileError([CityProblem(path, 1, 1, "", "there is no such city file", mend)])
    read = _read(path)
    if read.city is None:
        raise CityFileError(read.problems)
    return read.city


def load_all(folder: Path = CITIES) -> list[City]:
    """Read every city of a folder, sorted by id.

    Raises:
        CityFileError: With the findings of all files, if one is not valid or there is none.
    """
    read = [_read(path) for path in sorted(folder.glob("*.yml"))]
    # What is wrong in a source is found with every city, and told once.
    problems = list(dict.fromkeys(problem for each in read for problem in each.problems))
    if not read:
        mend = "set SEEHAUS_CITIES to a folder of city files, or run `seehaus city new`"
        problems = [CityProblem(folder, 1, 1, "", "no city file (*.yml) in this folder", mend)]
    # Codes and ids are unique over the sources of all cities: a figure tells its table by them.
    if not problems:
        problems = clashes([*read_sources(), *(own for each in read for own in each.own)])
    if problems:
        raise CityFileError(problems)
    return [each.city for each in read if each.city is not None]


def check(path: Path) -> list[CityProblem]:
    """Everything that is wrong in one city file, in the order of the file; none if valid."""
    return list(_read(path).problems)


def check_text(text: str, path: Path) -> list[CityProblem]:
    """The same for a text that is not written yet; ``path`` is where it would be."""
    return list(_interpreted(text, path).problems)


@dataclass(frozen=True, slots=True)
class _ReadCity:
    """What came of a file: the city and its own sources, or what is wrong."""

    city: City | None = None
    problems: Sequence[CityProblem] = ()
    own: Sequence[Read] = ()


def _read(path: Path) -> _ReadCity:
    """The file as a city, or what is wrong in it."""
    text, problems = read_text(path, most=MAX_BYTES, alone="one city")
    return _ReadCity(problems=problems) if problems else _interpreted(text, path)


def _interpreted(text: str, path: Path) -> _ReadCity:
    content, problems = parse_mapping(text, path)
    problems = [*_name_problems(path), *problems]
    if content is None or problems:
        return _ReadCity(problems=problems)
    try:
        file = CityFile.model_validate(content, context=path.parent)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=True)
        problems = [translated(path, content, detail) for detail in details]
        problems.sort(key=lambda problem: (problem.line, problem.column))
        return _ReadCity(problems=problems)
    try:
        network = read_sources()
    except SourceFileError as error:
        return _ReadCity(problems=list(error.problems))
    own = [
        Read(path, content, ("statistics", "sources", id_), named(id_, source))
        for id_, source in file.statistics.sources.items()
    ]
    problems = [*_without_problems(file, network, path, content), *clashes([*network, *own])]
    if problems:
        return _ReadCity(problems=problems)
    sources = [each.source for each in (*network, *own)]
    asked = entries(file, sources, file.statistics.without)
    return _ReadCity(
        City.model_validate(dict(file) | {"id": path.stem, "statistics": asked}), own=own
    )


def _without_problems(
    file: CityFile, network: Sequence[Read], path: Path, content: CommentedMap
) -> Iterator[CityProblem]:
    """Tables that are left out of a list that does not have them."""
    codes = [table.code for each in network for table in each.source.tables]
    for number, code in enumerate(file.statistics.without):
        if code not in codes:
            at = ("statistics", "without", number)
            what = f"{code} is no table of the network's list"
            mend = meant(code, codes) or "see the tables in ingestion/sources, or take it out"
            yield CityProblem(path, *place(content, at), ".".join(map(str, at)), what, mend)


def _name_problems(path: Path) -> Iterator[CityProblem]:
    if not CITY_ID.fullmatch(path.stem) or path.suffix != ".yml":
        yield CityProblem(
            path,
            1,
            1,
            "",
            "the file's name is the city's id and cannot be used as one",
            "name it with a-z, 0-9 and _ only, beginning with a letter, ending in .yml",
        )


def parse_mapping(
    text: str, path: Path, *, like: str = _LIKE, first: str = "name"
) -> tuple[CommentedMap | None, list[CityProblem]]:
    """``yaml_file.parse_mapping`` with the words for city files."""
    return _parse_mapping(text, path, like=like, first=first)


def translated(
    path: Path,
    content: CommentedMap,
    detail: ErrorDetails,
    *,
    model: type[BaseModel] = CityFile,
    mends: Mapping[str, str] | None = None,
    like: str = _LIKE,
) -> CityProblem:
    """``yaml_file.translated`` with the words for city files."""
    chosen = _MENDS if mends is None else mends
    return _translated(path, content, detail, model=model, mends=chosen, like=like)


_MENDS: Final[Mapping[str, str]] = {
    "ags": 'eight digits in quotes, e.g. "07315000"',
    "ars": 'twelve digits in quotes, e.g. "073150000000"',
    "statistics": "take the entry out: every city is asked for by the tables of ingestion/sources;"
    " what differs stands under `without` or `sources`",
    "nuts3": "DE and three characters, e.g. DEB35",
    "wikidata": "Q and digits, e.g. Q1720",
    "since": "a date like 2020-01-01",
    "window_days_back": "a whole number of days, 0 to 365; 14 is usual",
    "window_days_ahead": "a whole number of days, 0 to 730; 90 is usual",
    "reconcile_days": "a whole number of days, 1 to 90; 7 is usual",
    "quiet_hours": 'from and to in quotes, e.g. "07:00-09:00"',
    "granted_on": "a date like 2026-01-31",
    "url": "an http(s) URL without user name and password; a base URL ends with /",
    "website": "an http(s) URL without user name and password",
    "email": "an address like opendata@example.org",
    "page": "an http(s) URL without user name and password",
    "ca_bundle": "the path of a PEM file, relative to the city file",
    "mail_domains": "a domain like stadt-beispiel.de, without @",
    "phones": "the beginning of an office's number as one dials it, e.g. 06131 12",
    "addresses": "an office's street and house number, e.g. Rathausplatz 1",
    "ibans": "an office's account, e.g. DE02 1203 0000 0000 2020 51",
    "review": "an address like datenschutz@example.org",
    "requests_per_second": "a number above 0, at most 50; 1 is polite",
}
