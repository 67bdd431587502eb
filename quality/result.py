"""What a rule found, as a plain value: no Great Expectations needed to read it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["error", "warn"]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The outcome of one rule over one harmonised table.

    Attributes:
        table: The harmonised table, without its schema.
        rule: The rule's name, unique within the table; ``volume_<city>`` for a city's bounds.
        column: The column that the rule is about; None where it is about the table.
        success: Whether the data keep the rule.
        severity: ``error`` stops what comes after, ``warn`` only tells.
        observed: What was found, in words: ``3 of 120``, ``0.94``.
        failing_rows: At most 20 rows: the key columns and the offending value, nothing else.
        rows_checked: How many rows the rule looked at, those with no value left out.
        message: Why the rule exists, what was found and what to do.
        evidence: Great Expectations' own result as JSON; the Data Docs are built from it.
    """

    table: str
    rule: str
    column: str | None
    success: bool
    severity: Severity
    observed: str
    failing_rows: list[dict[str, Any]]
    rows_checked: int
    message: str
    evidence: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def blocks(self) -> bool:
        """Whether publishing and indexing must wait."""
        return not self.success and self.severity == "error"
