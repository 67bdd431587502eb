"""The only module that touches Great Expectations: ephemeral, silent, imported when needed.

Its import takes seconds, so nothing here runs at import. Analytics are off and no file is written
to the home folder or the working directory.
"""

import json
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

import pyarrow as pa

SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Expected:
    """One expectation of a frame: its type, the column of the frame and its arguments."""

    name: str
    expectation: str
    column: str
    arguments: Mapping[str, Any]
    note: str
    is_critical: bool


@contextmanager
def library() -> Iterator[ModuleType]:
    """Great Expectations, with its own warnings kept from ours (it imports deprecated modules)."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations  # noqa: PLC0415 - four to six seconds

        yield great_expectations


def validate(
    frame: pa.Table, expected: Sequence[Expected], keys: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Check one frame.

    Args:
        frame: Only the columns that are needed: the keys and one column per expectation.
        expected: What to check.
        keys: The columns that name a row in the result.

    Returns:
        Per expectation's name Great Expectations' result as JSON, with at most ``SHOWN`` failing
        rows.
    """
    if not expected:
        return {}
    with library() as gx:
        from great_expectations.expectations import registry  # noqa: PLC0415

        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        suite = gx.ExpectationSuite(name="rules")
        for each in expected:
            implementation: Any = registry.get_expectation_impl(each.expectation)
            suite.add_expectation(
                implementation(
                    column=each.column,
                    **each.arguments,
                    notes=each.note,
                    meta={"rule": each.name},
                    severity="critical" if each.is_critical else "warning",
                )
            )
        batch = (
            context.data_sources.add_pandas("seehaus")
            .add_dataframe_asset("frame")
            .add_batch_definition_whole_dataframe("whole")
            .get_batch({"dataframe": frame.to_pandas()})
        )
        validated = batch.validate(
            suite,
            result_format={
                "result_format": "SUMMARY",
                "unexpected_index_column_names": list(keys),
                "partial_unexpected_count": SHOWN,
            },
        )
        found = [
            json.loads(json.dumps(result.to_json_dict(), default=_plain))
            for result in validated.results
        ]
    return {result["expectation_config"]["meta"]["rule"]: result for result in found}


def _plain(value: Any) -> Any:
    """NumPy's numbers and whatever else a frame held, as JSON knows it."""
    return value.item() if hasattr(value, "item") else str(value)
