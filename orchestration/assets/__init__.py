"""One thin layer each: raw, documents, harmonised, published, indexed."""

from typing import TYPE_CHECKING, Any, TypeAlias

import dagster as dg

if TYPE_CHECKING:
    Result: TypeAlias = dg.MaterializeResult[Any]
else:
    # Dagster knows the bare class only, where an asset returns the results of its checks too.
    Result = dg.MaterializeResult
    """What our assets return: metadata only, the data itself is in the lake."""
