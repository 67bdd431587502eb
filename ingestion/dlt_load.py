"""The only file that runs dlt: typed Arrow tables into one dataset, in one load package.

dlt's own state is never trusted: its working folder is removed before each load, so nothing that a
killed run left is loaded late; it finds its schema again in the lake.
"""

import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

# Read by dlt when it starts: no telemetry, no log lines between ours, and no rows left behind in
# the staging dataset, where a purge would not look.
_ENVIRONMENT: Final = {
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "RUNTIME__LOG_LEVEL": "ERROR",
    "LOAD__TRUNCATE_STAGING_DATASET": "true",
}


# dlt waits one second for an SQLite catalog that is being written; a busy machine needs longer.
_BUSY: Final = "database is locked"
_PAUSES: Final = (1.0, 3.0, 9.0)


class LoadError(RuntimeError):
    """dlt could not load; the lake holds what it held, or some of the tables' new rows."""


def load_tables(
    dataset: str, tables: Mapping[str, pa.Table], *, destination: Any, pipelines: Path
) -> None:
    """Merge changed rows into their tables; the caller holds the lake's lock.

    Args:
        dataset: The lake's schema, e.g. ``raw_mainz``.
        tables: Per table name its new and changed rows, with ``id`` (unique in the table) and
            ``content_sha256``. A row whose ``id`` is there already ends the current version.
        destination: dlt's destination.
        pipelines: A folder for dlt's working files.

    Raises:
        LoadError: The load failed. Tables are merged one after the other, each in a transaction:
            some may be in. Loading the same rows again is safe.
    """
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    from dlt.pipeline.exceptions import PipelineStepFailed  # noqa: PLC0415 - one second of import

    for pause in (*_PAUSES, None):
        try:
            _run(dataset, tables, destination, pipelines)
        except PipelineStepFailed as error:
            if pause is None or _BUSY not in str(error).lower():
                raise LoadError(
                    f"{dataset}: loading {', '.join(tables)} failed in dlt's {error.step} step "
                    f"({error.exception}) → mend what it names (disk, lake settings) and run "
                    "again; nothing is doubled"
                ) from error
            time.sleep(pause)
        else:
            return


def _run(dataset: str, tables: Mapping[str, pa.Table], destination: Any, pipelines: Path) -> None:
    """One load, from nothing that an earlier one left on this machine."""
    import dlt  # noqa: PLC0415

    shutil.rmtree(pipelines / dataset, ignore_errors=True)
    pipelines.mkdir(parents=True, exist_ok=True)
    pipeline = dlt.pipeline(
        dataset, destination=destination, dataset_name=dataset, pipelines_dir=str(pipelines)
    )
    resources = [
        dlt.resource(
            [rows],
            name=name,
            merge_key="id",
            write_disposition={
                "disposition": "merge",
                "strategy": "scd2",
                "row_version_column_name": "content_sha256",
            },
        )
        for name, rows in tables.items()
    ]
    pipeline.run(resources)
