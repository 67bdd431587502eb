"""One run of everything: each city's sources, then the network, through Dagster in this process."""

import signal
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from typing import Any, Final

from orchestration import instance, purge, report
from orchestration.environment import cities, folder
from orchestration.progress import step
from orchestration.report import Report
from orchestration.status import report_path

_NETWORK: Final = "network"
_SIGNALS_AT_ONCE: Final = 4096
_SILENT: Final = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class RunError(RuntimeError):
    """A run ended without its result; names the steps that failed and where to read on."""


class OtherDataError(RuntimeError):
    """The data folder holds the other kind of data (sample world or production)."""


def claim(kind: str) -> None:
    """Keep invented and real data apart: a data folder belongs to one of them for good.

    Args:
        kind: ``sample`` or ``production``.

    Raises:
        OtherDataError: The folder belongs to the other kind.
    """
    path = folder("runs") / "kind"
    if not path.exists():
        path.write_text(kind)
    if (have := path.read_text().strip()) != kind:
        raise OtherDataError(
            f"{path.parents[1]} holds {have} data, this is a {kind} run"
            " → set SEEHAUS_DATA to another folder",
        )


def run(
    only: Sequence[str] | None = None, *, accept_drop: bool = False, full: bool = False
) -> Report:
    """Load the cities one after the other, then harmonise, check, publish and index.

    A city whose load fails is named among the problems; the others and the network go on with
    the data that is there.

    Args:
        only: City ids; all by default.
        accept_drop: Somebody looked: what these cities' servers do not show any more is gone.
        full: Ask for everything again, not only for what is near today.

    Returns:
        The account of the run, saved beside the data.

    Raises:
        RunError: The network run failed: nothing new was published.
    """
    account = report.current()
    instance.home()
    with step("start Dagster", account.seconds):
        import dagster as dg  # noqa: PLC0415 - seconds of import

        from orchestration.definitions import defs  # noqa: PLC0415
        from orchestration.jobs import ACCEPT_DROP, FULL, run_tags  # noqa: PLC0415

        dagster = dg.DagsterInstance.get()
        wanted = {ACCEPT_DROP: accept_drop, FULL: full}
        extra = {tag: "yes" for tag, is_wanted in wanted.items() if is_wanted}
    try:
        # The terminal shows the progress display; what Dagster and dbt say goes to their logs.
        with (
            (folder("runs") / "dbt.log").open("a") as words,
            redirect_stdout(words),
            _noted_signals() as noted,
        ):
            city_job = defs.resolve_job_def("city")
            for city_id in only or sorted(cities()):
                result = city_job.execute_in_process(
                    run_config=_SILENT,
                    instance=dagster,
                    partition_key=city_id,
                    tags=run_tags(city_id, city_job.name) | extra,
                    raise_on_error=False,
                )
                _stop_if_interrupted(result, noted)
                account.problems += [f"{city_id}: {line}" for line in failures(result)]
                account.save(report_path())
            result = defs.resolve_job_def(_NETWORK).execute_in_process(
                run_config=_SILENT,
                instance=dagster,
                raise_on_error=False,
            )
            _stop_if_interrupted(result, noted)
        if result.success:
            # Behind publication and index: what they replaced is a version like every other.
            with step("purge", account.seconds):
                done = purge.purge()
            if done.is_rewritten:
                purge.note(done)
        else:
            lines = failures(result)
            account.problems += lines
            raise RunError(
                "the network run failed, the last publication stays:\n  "
                + "\n  ".join(lines)
                + f"\n  → {instance.log_file()}",
            )
    finally:
        account.save(report_path())
    account.finished = True
    account.save(report_path())
    return account


@contextmanager
def _noted_signals() -> Iterator[socket.socket]:
    """Note every signal: Dagster drops a Ctrl-C that comes between two steps of a run."""
    heard, told = socket.socketpair()
    with heard, told:
        heard.settimeout(0)
        told.settimeout(0)
        before = signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
        try:
            yield heard
        finally:
            signal.set_wakeup_fd(before)


def _stop_if_interrupted(result: Any, noted: socket.socket) -> None:
    """Pass Ctrl-C or SIGTERM on: Dagster takes it as the end of one run, we as the end of all."""
    try:
        told = noted.recv(_SIGNALS_AT_ONCE)
    except BlockingIOError:
        told = b""
    canceled = any(event.event_type_value == "PIPELINE_CANCELED" for event in result.all_events)
    if canceled or {signal.SIGINT, signal.SIGTERM} & set(told):
        raise KeyboardInterrupt


def failures(result: Any) -> list[str]:
    """One line per failed step of an in-process run: the innermost error's own words."""
    lines = []
    for event in result.all_events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            while error and error.cause:
                error = error.cause
            lines.append(f"{event.step_key}: {(error.message if error else '').strip()}")
    return lines
