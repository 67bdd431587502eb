"""City files: one YAML file is one city, whole.

The file's name is the city's id everywhere: lake dataset, Dagster partition, CKAN organisation.
Reading one either gives a ``City`` or says what is wrong: file, line, column and the mend.
"""

import difflib
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError, RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from ingestion.city_model import (
    CITIES,
    CITY_ID,
    LICENCES,
    Bounds,
    City,
    CityFile,
    Council,
    Permission,
    Publisher,
    StatisticTable,
)

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
    "StatisticTable",
    "check",
    "check_text",
    "load",
    "load_all",
    "parse_mapping",
    "translated",
]

MAX_BYTES: Final = 64 * 2**10
"""A city file has some 50 lines; a larger one is something else."""

type_of_location = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class CityProblem:
    """One thing that is wrong in a city file.

    Attributes:
        file: Where.
        line: Counted from 1.
        column: Counted from 1.
        field: Dotted name, empty for the file as a whole.
        what: What is wrong.
        mend: What to write instead.
    """

    file: Path
    line: int
    column: int
    field: str
    what: str
    mend: str

    def __str__(self) -> str:
        """As compilers write it, so that editors jump there."""
        name = f"{self.field}: " if self.field else ""
        return f"{self.file}:{self.line}:{self.column}: {name}{self.what} → {self.mend}"


class CityFileError(ValueError):
    """The city file is not valid.

    Attributes:
        problems: Every finding, in the order of the file.
    """

    def __init__(self, problems: Sequence[CityProblem]) -> None:
        """Put all findings into the message, one a line."""
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


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
        mend = _meant(city_id, known) or f"known cities: {', '.join(known) or 'none'}"
        raise CityFileError([CityProblem(path, 1, 1, "", "there is no such city file", mend)])
    city, problems = _read(path)
    if city is None:
        raise CityFileError(problems)
    return city


def load_all(folder: Path = CITIES) -> list[City]:
    """Read every city of a folder, sorted by id.

    Raises:
        CityFileError: With the findings of all files, if one is not valid or there is none.
    """
    read = [_read(path) for path in sorted(folder.glob("*.yml"))]
    problems = [problem for _, found in read for problem in found]
    if not read:
        mend = "set SEEHAUS_CITIES to a folder of city files, or run `seehaus city new`"
        problems = [CityProblem(folder, 1, 1, "", "no city file (*.yml) in this folder", mend)]
    if problems:
        raise CityFileError(problems)
    return [city for city, _ in read if city is not None]


def check(path: Path) -> list[CityProblem]:
    """Everything that is wrong in one city file, in the order of the file; none if valid."""
    return _read(path)[1]


def check_text(text: str, path: Path) -> list[CityProblem]:
    """The same for a text that is not written yet; ``path`` is where it would be."""
    return _interpreted(text, path)[1]


def _read(path: Path) -> tuple[City | None, list[CityProblem]]:
    """The file as a city, or what is wrong in it."""
    try:
        if path.stat().st_size <= MAX_BYTES:
            return _interpreted(path.read_text(encoding="utf-8"), path)
        what, mend = f"larger than {MAX_BYTES:,} bytes", "one file is one city"
    except OSError as error:
        what, mend = error.strerror or "cannot be read", "check the path and its rights"
    except UnicodeDecodeError as error:
        what, mend = f"byte {error.start} is not UTF-8", "save the file as UTF-8"
    return None, [CityProblem(path, 1, 1, "", what, mend)]


def _interpreted(text: str, path: Path) -> tuple[City | None, list[CityProblem]]:
    content, problems = parse_mapping(text, path)
    problems = [*_name_problems(path), *problems]
    if content is None or problems:
        return None, problems
    try:
        file = CityFile.model_validate(content, context=path.parent)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=True)
        problems = [translated(path, content, detail) for detail in details]
        return None, sorted(problems, key=lambda problem: (problem.line, problem.column))
    return City.model_validate(file.model_dump() | {"id": path.stem}), []


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
    text: str, path: Path, *, like: str = "another city file", first: str = "name"
) -> tuple[CommentedMap | None, list[CityProblem]]:
    """The YAML with its line numbers, or why it cannot be read.

    Args:
        text: YAML.
        path: Where it is from.
        like: What to compare it with.
        first: The field that it begins with.
    """
    yaml = YAML(typ="rt")
    yaml.Constructor = _Constructor
    mark = None
    try:
        content = yaml.load(text)
        if isinstance(content, CommentedMap):
            return content, []
        what, mend = "not a mapping of fields", f"begin with `{first}: …`"
    except DuplicateKeyError as error:
        what, mark = str(error.problem).partition(" with value")[0], error.problem_mark
        mend = "keep one of the two entries"
    except MarkedYAMLError as error:
        what = " ".join(filter(None, (error.context, error.problem))) or "not YAML"
        mark = error.problem_mark or error.context_mark
        mend = "check indentation, colons and quotes of this line and the one before"
    except (YAMLError, RecursionError, ValueError) as error:
        what, mend = f"not YAML ({type(error).__name__})", f"compare with {like}"
    return None, [CityProblem(path, *_position(mark), "", what, mend)]


class _Constructor(RoundTripConstructor):
    """Leaves dates as text: the model reads them, and knows the line of an impossible one."""

    def construct_yaml_timestamp(self, node: Any, values: Any = None) -> Any:
        del values
        return self.construct_scalar(node)


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", _Constructor.construct_yaml_timestamp)


def _position(mark: Any) -> tuple[int, int]:
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)


def translated(
    path: Path,
    content: CommentedMap,
    detail: ErrorDetails,
    *,
    model: type[BaseModel] = CityFile,
    mends: Mapping[str, str] | None = None,
    like: str = "another city file",
) -> CityProblem:
    """One of pydantic's findings with its place in the file and a mend.

    Args:
        path: The file.
        content: What ``parse_mapping`` read.
        detail: The finding.
        model: What the file's content had to be.
        mends: What to write, by a field's name; None: those of city files.
        like: What to compare the file with, where nothing better is known.
    """
    location = tuple(part for part in detail["loc"] if part != "[key]")
    line, column = _place(content, location)
    what, mend = _explained(detail, location, model)
    mend = mend or (_MENDS if mends is None else mends).get(_name(location)) or ""
    mend = mend or f"compare with {like}"
    return CityProblem(path, line, column, ".".join(map(str, location)), what, mend)


def _place(content: CommentedMap, location: type_of_location) -> tuple[int, int]:
    """Line and column of a field; for a missing one those of what should contain it."""
    node: Any = content
    line, column = 0, 0
    for part in location:
        if isinstance(node, CommentedMap) and part in node:
            line, column = node.lc.key(part)
        elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
            line, column = node.lc.item(part)
        else:
            break
        node = node[part]
    return line + 1, column + 1


def _name(location: type_of_location) -> str:
    # An entry of a list is named by its list.
    names = [str(part) for part in location if isinstance(part, str)]
    return names[-1] if names else ""


def _explained(
    detail: ErrorDetails, location: type_of_location, model: type[BaseModel]
) -> tuple[str, str]:
    """Pydantic's finding in words its maintainer can act on; the mend may be empty."""
    name = _name(location)
    kind, value = detail["type"], detail["input"]
    if kind == "extra_forbidden":
        known = sorted(_model_at(location[:-1], model).model_fields)
        return "unknown field", _meant(name, known) or f"fields here: {', '.join(known)}"
    if kind == "missing":
        return "is missing", f"add `{name}: …`"
    if name in {"ags", "ars", "region"} and isinstance(value, int):
        return "was read as a number and lost its leading zeros", f'put it in quotes: {name}: "…"'
    if name == "licence":
        mend = _meant(str(value), LICENCES) or f"write one of {', '.join(LICENCES)}"
        return "is no licence we know", mend
    if kind == "literal_error":
        expected = str(detail.get("ctx", {}).get("expected", ""))
        return "is none of the known values", f"write {expected}"
    what = detail["msg"].removeprefix("Value error, ")
    what, _, own_mend = what.partition("; ")
    return what, own_mend


_MENDS: Final[Mapping[str, str]] = {
    "ags": 'eight digits in quotes, e.g. "07315000"',
    "ars": 'twelve digits in quotes, e.g. "073150000000"',
    "region": 'five, eight or twelve digits in quotes, e.g. "07315"',
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


def _meant(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"did you mean `{near[0]}`?" if near else ""


def _model_at(location: type_of_location, model: type[BaseModel]) -> type[BaseModel]:
    """The model whose fields are allowed at a place of the file."""
    for part in location:
        if isinstance(part, str) and part in model.model_fields:
            model = _model_in(model.model_fields[part].annotation) or model
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(argument) for argument in typing.get_args(annotation))
    return next((model for model in found if model is not None), None)
