"""How far a long step is: whoever runs it in a terminal sees a bar, everybody else a log line."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Protocol

import structlog
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

_log = structlog.get_logger("seehaus")


class Sink(Protocol):
    """Takes what the steps tell."""

    def start(self, step: str) -> None:
        """A step begins."""

    def tell(self, step: str, done: int, total: int | None, message: str) -> None:
        """A step went on: ``done`` of ``total`` (unknown: None)."""

    def finish(self, step: str, seconds: float, *, ok: bool) -> None:
        """A step ended."""


class LogSink:
    """For daemons and CI: one line when a step begins and ends."""

    def start(self, step: str) -> None:
        """Log the beginning."""
        _log.info("step started", step=step)

    def tell(self, step: str, done: int, total: int | None, message: str) -> None:
        """Log at debug level only: a crawl tells of every page."""
        _log.debug("step", step=step, done=done, total=total, message=message)

    def finish(self, step: str, seconds: float, *, ok: bool) -> None:
        """Log the end."""
        _log.info("step finished", step=step, seconds=round(seconds, 1), ok=ok)


class BarSink:
    """For people: a live display with one line per step."""

    def __init__(self, console: Console) -> None:
        """Draw on ``console``; start and stop with the context manager ``live``."""
        self.progress = Progress(
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.description:<28}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[message]}"),
            console=console,
            redirect_stdout=False,
        )
        self._tasks: dict[str, TaskID] = {}

    @contextmanager
    def live(self) -> Iterator["BarSink"]:
        """Show the display while the block runs."""
        with self.progress:
            yield self

    def start(self, step: str) -> None:
        """Add the step's line."""
        self._tasks[step] = self.progress.add_task(step, total=None, message="")

    def tell(self, step: str, done: int, total: int | None, message: str) -> None:
        """Move the step's bar."""
        task = self._tasks.get(step)
        if task is not None:
            self.progress.update(task, completed=done, total=total, message=message[:60])

    def finish(self, step: str, seconds: float, *, ok: bool) -> None:  # noqa: ARG002 - the bar shows its own clock
        """Fill the bar, or mark the step as failed."""
        task = self._tasks.pop(step, None)
        if task is None:
            return
        done = max(int(self.progress.tasks[task].completed), 1)
        message = self.progress.tasks[task].fields["message"] if ok else "[red]failed"
        self.progress.update(task, completed=done, total=done, message=message)
        self.progress.stop_task(task)


_sink: Sink = LogSink()


def use(sink: Sink) -> None:
    """Send everything that follows to ``sink`` (process-wide)."""
    global _sink  # noqa: PLW0603 - one terminal, one display
    _sink = sink


Tell = Callable[[int, int | None, str], None]


@contextmanager
def step(name: str, seconds: dict[str, float] | None = None) -> Iterator[Tell]:
    """One named step: timed, shown, and finished whatever happens.

    Args:
        name: What the display shows.
        seconds: Where the wall time is added under ``name``.

    Yields:
        A function ``tell(done, total, message)``.
    """
    began = monotonic()
    _sink.start(name)
    ok = False
    try:
        yield lambda done, total, message: _sink.tell(name, done, total, message)
        ok = True
    finally:
        spent = monotonic() - began
        if seconds is not None:
            seconds[name] = round(seconds.get(name, 0.0) + spent, 2)
        _sink.finish(name, spent, ok=ok)
