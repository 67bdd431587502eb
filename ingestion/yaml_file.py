"""YAML files that people write: read with their line numbers, every finding with its mend."""

import difflib
import re
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError, RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError

type_of_location = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class FileProblem:
    """One thing that is wrong in a YAML file of ours.

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


class FileError(ValueError):
    """A file is not valid.

    Attributes:
        problems: Every finding, in the order of the file.
    """

    def __init__(self, problems: Sequence[FileProblem]) -> None:
        """Put all findings into the message, one a line."""
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


def read_text(path: Path, *, most: int, alone: str) -> tuple[str, list[FileProblem]]:
    """The text of a file, or why it cannot be had.

    Args:
        path: Where it lies.
        most: Bytes that it may have.
        alone: What one file is about, told where it has more.
    """
    try:
        if path.stat().st_size <= most:
            return path.read_text(encoding="utf-8"), []
        what, mend = f"larger than {most:,} bytes", f"one file is {alone}"
    except OSError as error:
        what, mend = error.strerror or "cannot be read", "check the path and its rights"
    except UnicodeDecodeError as error:
        what, mend = f"byte {error.start} is not UTF-8", "save the file as UTF-8"
    return "", [FileProblem(path, 1, 1, "", what, mend)]


def parse_mapping(
    text: str, path: Path, *, like: str, first: str = "name"
) -> tuple[CommentedMap | None, list[FileProblem]]:
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
        mark = _tagged(text)
        content = yaml.load(text) if mark is None else None
        if isinstance(content, CommentedMap):
            return content, []
        what, mend = "not a mapping of fields", f"begin with `{first}: …`"
        if mark is not None:
            what, mend = "a value with a type of its own (`!…`)", "write the value without it"
    except DuplicateKeyError as error:
        what, mark = str(error.problem).partition(" with value")[0], error.problem_mark
        mend = "keep one of the two entries"
    except MarkedYAMLError as error:
        what = " ".join(filter(None, (error.context, error.problem))) or "not YAML"
        mark = error.problem_mark or error.context_mark
        mend = "check indentation, colons and quotes of this line and the one before"
    except (YAMLError, RecursionError, ValueError) as error:
        what, mend = f"not YAML ({type(error).__name__})", f"compare with {like}"
    return None, [FileProblem(path, *_position(mark), "", what, mend)]


def _tagged(text: str) -> Any:
    """Where a value says its type (``!!int``, ``!x``): no file of ours needs it; None: nowhere."""
    marks = (event.start_mark for event in YAML().parse(text) if getattr(event, "tag", None))
    return next(marks, None)


class _Constructor(RoundTripConstructor):
    """Leaves dates as text: the model reads them, and knows the line of an impossible one."""

    def construct_yaml_timestamp(self, node: Any, values: Any = None) -> Any:
        del values
        return self.construct_scalar(node)


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", _Constructor.construct_yaml_timestamp)


def _position(mark: Any) -> tuple[int, int]:
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)


_TAG_ERRORS: Final = frozenset({"union_tag_invalid", "union_tag_not_found"})
"""The field that tells which of several models this is, is wrong or missing."""


def translated(
    path: Path,
    content: CommentedMap,
    detail: ErrorDetails,
    *,
    model: type[BaseModel],
    mends: Mapping[str, str],
    like: str,
) -> FileProblem:
    """One of pydantic's findings with its place in the file and a mend.

    Args:
        path: The file.
        content: What ``parse_mapping`` read.
        detail: The finding.
        model: What the file's content had to be.
        mends: What to write, by a field's name.
        like: What to compare the file with, where nothing better is known.
    """
    told = tuple(part for part in detail["loc"] if part != "[key]")
    if detail["type"] in _TAG_ERRORS:
        told = (*told, str(detail["ctx"]["discriminator"]).strip("'"))
    location, _ = _walked(told, model)
    line, column = place(content, location)
    what, mend = _explained(detail, told, model)
    mend = mend or mends.get(_name(location)) or ""
    mend = mend or f"compare with {like}"
    return FileProblem(path, line, column, ".".join(map(str, location)), what, mend)


def place(content: CommentedMap, location: type_of_location) -> tuple[int, int]:
    """Line and column of a field; for a missing one those of what should contain it."""
    node: Any = content
    line, column = 0, 0
    for part in location:
        if isinstance(node, CommentedMap) and part in node:
            line, column = node.lc.key(part)
        elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
            line, column = node.lc.item(part)
        else:
            continue  # a field that is not there
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
        known = sorted(_walked(location[:-1], model)[1].model_fields)
        return "unknown field", meant(name, known) or f"fields here: {', '.join(known)}"
    if kind == "missing":
        return "is missing", f"add `{name}: …`"
    if name in {"ags", "ars", "region"} and isinstance(value, int):
        return "was read as a number and lost its leading zeros", f'put it in quotes: {name}: "…"'
    expected = str(detail.get("ctx", {}).get("expected", ""))
    if name == "licence" and kind == "literal_error":
        known = re.findall(r"'([^']+)'", expected)
        mend = meant(str(value), known) or f"write one of {', '.join(known)}"
        return "is no licence we know", mend
    if kind == "literal_error":
        return "is none of the known values", f"write {expected}"
    if kind in _TAG_ERRORS:
        kinds = re.findall(r"'([^']+)'", str(detail["ctx"].get("expected_tags", "")))
        near = meant(str(detail["ctx"].get("tag", "")), kinds)
        what, own_mend = "is none of the known values", near or f"write one of {', '.join(kinds)}"
    else:
        what, _, own_mend = detail["msg"].removeprefix("Value error, ").partition("; ")
    return what, own_mend


def meant(name: str, known: Sequence[str]) -> str:
    """A suggestion for a name that is none of those known; empty if none is near."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"did you mean `{near[0]}`?" if near else ""


def _walked(
    told: type_of_location, model: type[BaseModel]
) -> tuple[type_of_location, type[BaseModel]]:
    """Pydantic's place of a finding without the tags of unions, and the model that is there."""
    location: list[int | str] = []
    variants: dict[str, type[BaseModel]] = {}
    for part in told:
        if isinstance(part, str) and part in variants:
            model, variants = variants[part], {}
            continue
        location.append(part)
        if isinstance(part, str) and part in model.model_fields:
            field = model.model_fields[part]
            tag = field.discriminator if isinstance(field.discriminator, str) else None
            variants = _variants(field.annotation, tag)
            model = _model_in(field.annotation) or model
    return tuple(location), model


def _variants(annotation: Any, tag: str | None) -> dict[str, type[BaseModel]]:
    """The models of a union by the tag that tells them apart; none where it is no union."""
    if tag is not None:
        found = (each for each in typing.get_args(annotation) if tag in each.model_fields)
        return {
            str(name): each
            for each in found
            for name in typing.get_args(each.model_fields[tag].annotation)
        }
    for argument in typing.get_args(annotation):
        named = next((each for each in getattr(argument, "__metadata__", ()) if _tag(each)), None)
        inner = typing.get_args(argument)[0] if named is not None else argument
        if variants := _variants(inner, _tag(named)):
            return variants
    return {}


def _tag(metadata: Any) -> str | None:
    found = getattr(metadata, "discriminator", None)
    return found if isinstance(found, str) else None


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(argument) for argument in typing.get_args(annotation))
    return next((model for model in found if model is not None), None)
