"""Processes that we start and stop: each with a pid file, a log and an end."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil


class ProcessError(RuntimeError):
    """A process did not come up; the message carries the end of its log."""


class Child:
    """One process of ours: started once, found again by its pid file, stopped by pid.

    The pid file also holds the process's start time, so that a pid that the system gave to
    somebody else is never taken for ours.
    """

    def __init__(self, name: str, command: Sequence[str], folder: Path) -> None:
        """Name it; ``folder`` takes ``<name>.pid`` and ``<name>.log``."""
        self.name, self.command, self.folder = name, list(command), folder
        self.pid_file, self.log = folder / f"{name}.pid", folder / f"{name}.log"

    def _process(self) -> psutil.Process | None:
        try:
            saved = json.loads(self.pid_file.read_text())
            process = psutil.Process(saved["pid"])
            alive = abs(process.create_time() - saved["started"]) < 1
            alive = alive and process.status() != psutil.STATUS_ZOMBIE
        except (OSError, ValueError, KeyError, psutil.Error):
            return None
        return process if alive else None

    @property
    def pid(self) -> int | None:
        """The process's id while it runs."""
        process = self._process()
        return process.pid if process else None

    def start(self, env: Mapping[str, str] | None = None) -> None:
        """Start it unless it runs already."""
        if self._process():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            started = subprocess.Popen(  # noqa: S603 - our own commands only
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, **(env or {})},
            )
        started.returncode = 0  # it may outlive us on purpose: no warning about a running child
        self.pid_file.write_text(
            json.dumps(
                {"pid": started.pid, "started": psutil.Process(started.pid).create_time()},
            ),
        )

    def wait(self, ready: Callable[[], bool], seconds: float) -> None:
        """Wait until ``ready()``.

        Raises:
            ProcessError: It ended, or was not ready in time.
        """
        end = time.monotonic() + seconds
        while not ready():
            if not self._process():
                raise ProcessError(f"{self.name} ended at its start → {self.log}\n{self.tail()}")
            if time.monotonic() > end:
                raise ProcessError(
                    f"{self.name} was not ready in {seconds:.0f} s → {self.log}\n{self.tail()}",
                )
            time.sleep(0.1)

    def tail(self, lines: int = 15) -> str:
        """The last lines of the log."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def stop(self, seconds: float = 15) -> bool:
        """End it and its children: politely, then for good. False where it did not run."""
        process = self._process()
        if process is None:
            self.pid_file.unlink(missing_ok=True)
            return False
        family = [process, *process.children(recursive=True)]
        process.send_signal(signal.SIGTERM)
        _, alive = psutil.wait_procs(family, timeout=seconds)
        for left in alive:
            left.kill()
        psutil.wait_procs(alive, timeout=5)
        self.pid_file.unlink(missing_ok=True)
        return True


def python(*arguments: str) -> list[str]:
    """A command that runs this environment's Python."""
    return [sys.executable, *arguments]
