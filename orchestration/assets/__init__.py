"""One thin layer each: raw, documents, harmonised, published, indexed."""

from typing import Any

import dagster as dg

Result = dg.MaterializeResult[Any]
"""What our assets return: metadata only, the data itself is in the lake."""
