"""What a rules file may say: one YAML file per harmonised table, checked before anything runs.

Keys, references, not-null and accepted values are dbt's and stand nowhere here. What is left is
what needs a judgement: volumes, ranges, patterns, plausible change, freshness.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from quality.result import Severity

RULES: Final = Path(__file__).parent / "rules"

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{2,60}$")]
Sql = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=10)]

Expectation = Literal[
    "expect_column_values_to_be_between",
    "expect_column_values_to_match_regex",
    "expect_column_values_to_be_in_set",
    "expect_column_value_lengths_to_be_between",
]


class RulesError(ValueError):
    """A rules file is missing or not valid: names file, line and mend."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Arguments(_Strict):
    """What the expectation is given.

    ``mostly`` is the share of rows, from 0 to 1, that is enough.
    """

    min_value: float | None = None
    max_value: float | None = None
    regex: str | None = None
    value_set: tuple[str | int | float | bool, ...] | None = None
    mostly: Annotated[float, Field(gt=0, le=1)] = 1.0

    @model_validator(mode="after")
    def _regex_compiles(self) -> Self:
        if self.regex is not None:
            try:
                re.compile(self.regex)
            except re.error as error:
                raise ValueError(f"regex {self.regex!r}: {error}") from None
        return self

    def given(self) -> dict[str, Any]:
        """Only what was said."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in self.model_dump(exclude_unset=True).items()
        }


_NEEDS: Final[Mapping[str, frozenset[str]]] = {
    "expect_column_values_to_be_between": frozenset({"min_value", "max_value"}),
    "expect_column_value_lengths_to_be_between": frozenset({"min_value", "max_value"}),
    "expect_column_values_to_match_regex": frozenset({"regex"}),
    "expect_column_values_to_be_in_set": frozenset({"value_set"}),
}


class Rule(_Strict):
    """One rule.

    Either it looks at every row of the table: then ``value`` is an SQL expression over the table's
    columns (the column itself if left out; take a length or a date difference rather than text) and
    ``where`` says which rows count. Or ``query`` makes rows of its own, e.g. one per city, with
    the ``keys`` and a column ``value``.
    """

    name: Name
    severity: Severity
    column: str | None = None
    value: Sql | None = None
    where: Sql | None = None
    query: Sql | None = None
    keys: tuple[str, ...] = ()
    expectation: Expectation
    arguments: Arguments
    why: Text
    mend: Text

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.query and (self.value or self.where or not self.keys):
            raise ValueError("`query` stands alone, with `keys`: leave `value` and `where` out")
        if not self.query and (self.keys or not (self.value or self.column)):
            raise ValueError("name a `column` or a `value` (`keys` belong to a `query`)")
        needs = _NEEDS[self.expectation]
        given = set(self.arguments.given()) - {"mostly"}
        if not given or not given <= needs:
            raise ValueError(f"`arguments` of {self.expectation}: {' and/or '.join(sorted(needs))}")
        return self


class Rules(_Strict):
    """All rules of one table.

    Attributes:
        key: The columns that name a failing row.
        volume: How severe a row count outside of the city's bounds is.
    """

    key: Annotated[tuple[str, ...], Field(min_length=1)]
    volume: Severity = "error"
    rules: tuple[Rule, ...] = ()

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        names = [rule.name for rule in self.rules]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"more than one rule is called {', '.join(twice)}")
        return self


def load(table: str, folder: Path = RULES) -> Rules:
    """Read one table's rules.

    Args:
        table: The harmonised table, without its schema.
        folder: Where the files lie.

    Raises:
        RulesError: The file is missing, is no YAML, or says what no rule may say.
    """
    path = folder / f"{table}.yml"
    if not path.is_file():
        raise RulesError(f"{path}: missing → write the rules of {table}, at least its `key`")
    text = path.read_text(encoding="utf-8")
    try:
        tree = YAML(typ="rt").load(text)
    except YAMLError as error:
        mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
        what = error.problem if isinstance(error, MarkedYAMLError) else str(error).splitlines()[0]
        raise RulesError(f"{path}:{mark.line + 1 if mark else 1}: {what} → mend the YAML") from None
    try:
        return Rules.model_validate(_plain(tree))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "file"
        raise RulesError(
            f"{path}:{_line(tree, first['loc'])}: {place}: {first['msg']}"
            f" → see the rules beside it, or class Rule in {Path(__file__).name}"
        ) from None


def tables(folder: Path = RULES) -> list[str]:
    """The tables that have rules, sorted."""
    return sorted(path.stem for path in folder.glob("*.yml"))


def _plain(tree: Any) -> Any:
    """Ruamel's round-trip nodes as plain Python."""
    if isinstance(tree, Mapping):
        return {str(key): _plain(value) for key, value in tree.items()}
    if isinstance(tree, str):
        return str(tree)
    if isinstance(tree, Sequence):
        return [_plain(value) for value in tree]
    if isinstance(tree, dt.date):
        return tree.isoformat()
    return tree


def _line(tree: Any, location: Sequence[str | int]) -> int:
    """The line (from 1) of the deepest part of the location that the file has."""
    line = 1
    for part in location:
        try:
            where = tree.lc.item(part) if isinstance(tree, CommentedSeq) else tree.lc.key(part)
            line, tree = where[0] + 1, tree[part]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
    return line
