"""What the commands share: errors in one line, the live display, quiet libraries."""

import atexit
import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TextIO

import structlog
import typer
from rich.console import Console

from orchestration.progress import BarSink, use
from orchestration.settings import SettingsError, settings


def _expected() -> tuple[type[Exception], ...]:
    """The errors whose message names the place and the mend: no traceback for them."""
    from catalog.ckan import PublishError  # noqa: PLC0415
    from catalog.figures import FiguresError  # noqa: PLC0415
    from catalog.portal import PortalError  # noqa: PLC0415
    from catalog.site import SiteError  # noqa: PLC0415
    from indexes.errors import IndexesError  # noqa: PLC0415
    from ingestion.blobs import BlobError  # noqa: PLC0415
    from ingestion.city import CityFileError  # noqa: PLC0415
    from ingestion.http import FetchError  # noqa: PLC0415
    from orchestration.dbt import DbtError  # noqa: PLC0415
    from orchestration.lake import LakeError  # noqa: PLC0415
    from orchestration.pipeline import OtherDataError, RunError  # noqa: PLC0415
    from orchestration.privacy import PrivacyError  # noqa: PLC0415
    from orchestration.processes import ProcessError  # noqa: PLC0415
    from orchestration.verdict import ChecksFailedError  # noqa: PLC0415

    return (
        BlobError,
        ChecksFailedError,
        CityFileError,
        DbtError,
        FetchError,
        FiguresError,
        IndexesError,
        LakeError,
        OtherDataError,
        PortalError,
        PrivacyError,
        ProcessError,
        PublishError,
        RunError,
        SettingsError,
        SiteError,
    )


@contextmanager
def friendly() -> Iterator[None]:
    """Turn an expected error into one message on standard error and exit code 1."""
    try:
        configure_logging()
        yield
    except KeyboardInterrupt:
        Console(stderr=True).print("seehaus: stopped")
        raise typer.Exit(130) from None
    except Exception as error:
        if not isinstance(error, _expected()):
            raise
        Console(stderr=True, soft_wrap=True).print(
            f"seehaus: {error}",
            style="red",
            highlight=False,
            markup=False,
        )
        raise typer.Exit(1) from None


def write_json(found: object) -> None:
    """Figures for programs, on standard output."""
    sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=2, default=str) + "\n")


def configure_logging() -> None:
    """Our log at the level of the settings, on standard error; libraries at WARNING."""
    level = getattr(logging, settings().log_level)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=_standard_error()),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)


@cache
def _standard_error() -> TextIO:
    """Our own handle, whatever libraries put in the place of ``sys.stderr``."""
    handle = os.fdopen(os.dup(2), "w", buffering=1)
    atexit.register(handle.close)
    return handle


@contextmanager
def display() -> Iterator[None]:
    """The live display where somebody looks, log lines elsewhere."""
    # Its own handle on the terminal: what libraries print is sent elsewhere meanwhile.
    console = Console(file=sys.stdout)
    if not console.is_terminal:
        yield
        return
    sink = BarSink(console)
    use(sink)
    with sink.live():
        yield
