"""One server of the portal as a process of its own: start, find again, stop.

A started server is the leader of a session of its own, and its working directory is a folder of
the portal. Its pid is kept in a file; a process is ours only when both the session and the working
directory fit, so neither a pid that the system gave to somebody else after a reboot nor a shell
that somebody opened in the folder is ever taken for it. Needs Linux (``/proc``).
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from catalog.portal.errors import with_log

_PROC: Final = Path("/proc")
_POLL: Final = 0.05
_KILL_AFTER: Final = 5.0
_BIRTH: Final = 30.0
# The outer shell ends at once, so the server belongs to init and outlives us without a zombie.
# The server's own pid is written before it becomes the server: dying in between loses nothing.
# (Descriptor 3, because the shell gives a background command /dev/null as standard input.)
_LAUNCH: Final = (
    'exec 3>&0; setsid sh -c \'printf "%s\\n" "$$" >&3; exec "$@" 3>&- </dev/null\' launch "$@" &'
)


@dataclass(frozen=True)
class Account:
    """The account a server runs as when we are root."""

    name: str
    uid: int
    gid: int


def _stat(pid: int) -> tuple[str, int] | None:
    """State letter and session of a process; None when it is gone."""
    try:
        text = (_PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name in brackets may hold blanks and brackets itself.
    fields = text.rpartition(")")[2].split()
    return fields[0], int(fields[3])


def _folder(pid: int) -> str:
    """Working directory of a process; empty when it is gone or not ours to see."""
    try:
        return str((_PROC / str(pid) / "cwd").readlink())
    except (FileNotFoundError, PermissionError, ProcessLookupError):
        return ""


@dataclass(frozen=True)
class Server:
    """One server process: its name, its working directory, its pid file and its log."""

    name: str
    home: Path
    pid_file: Path
    log: Path

    def _recorded(self) -> int | None:
        try:
            return int(self.pid_file.read_text())
        except (FileNotFoundError, ValueError):
            return None

    def pids(self) -> list[int]:
        """Every living process of this server, the leader and its children."""
        session = self._recorded()
        if session is None:
            return []
        home = str(self.home)
        found = []
        for entry in _PROC.iterdir():
            if not entry.name.isdigit():
                continue
            pid = int(entry.name)
            stat = _stat(pid)
            if stat is None or stat[1] != session or stat[0] in "ZX":
                continue
            cwd = _folder(pid)
            if cwd == home or cwd.startswith((f"{home}/", f"{home} (deleted)")):
                found.append(pid)
        return sorted(found)

    def pid(self) -> int | None:
        """The pid of the server itself, or None when it does not run."""
        session = self._recorded()
        return session if session in self.pids() else None

    def start(
        self,
        command: Sequence[str | Path],
        env: Mapping[str, str],
        account: Account | None = None,
    ) -> None:
        """Start the server; returns as soon as it has a pid, see :meth:`wait`.

        Args:
            command: Program and arguments, absolute paths.
            env: Its whole environment.
            account: The account it runs as; None: ours.

        Raises:
            PortalError: It did not even get a pid.
        """
        self.sweep()
        for folder in (self.pid_file.parent, self.log.parent, self.home):
            folder.mkdir(parents=True, exist_ok=True)
        with self.pid_file.open("w+b") as pid_file, self.log.open("ab") as log:
            subprocess.run(  # noqa: S603 - our own command line
                ["/bin/sh", "-c", _LAUNCH, "launch", *map(str, command)],
                stdin=pid_file,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.home,
                env=dict(env),
                user=None if account is None else account.uid,
                group=None if account is None else account.gid,
                extra_groups=None if account is None else [],
                umask=0o077,
                check=True,
            )
        end = time.monotonic() + _BIRTH
        while self._recorded() is None:
            if time.monotonic() > end:
                raise with_log(f"{self.name}: did not start", self.log)
            time.sleep(_POLL)

    def wait(self, ready: Callable[[], bool], seconds: float) -> None:
        """Wait until ``ready()``.

        Raises:
            PortalError: The server ended, or is not ready after ``seconds``.
        """
        end = time.monotonic() + seconds
        while not ready():
            if self.pid() is None:
                raise with_log(f"{self.name}: ended while it started", self.log)
            if time.monotonic() > end:
                raise with_log(f"{self.name}: no answer after {seconds:.0f} s", self.log)
            time.sleep(_POLL)

    def stop(self, how: signal.Signals = signal.SIGTERM, seconds: float = 20) -> bool:
        """Ask the server to stop, wait, and end by force what stays; True when it ran."""
        pid = self.pid()
        if pid is not None:
            os.kill(pid, how)
            self._gone(seconds)
        swept = self.sweep()
        self.pid_file.unlink(missing_ok=True)
        return pid is not None or swept

    def sweep(self) -> bool:
        """End by force what is left of this server; True when there was something."""
        left = self.pids()
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue  # it ended by itself between the look and the kill
        if left and not self._gone(_KILL_AFTER):
            raise with_log(f"{self.name}: processes {self.pids()} do not end", self.log)
        return bool(left)

    def _gone(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while self.pids():
            if time.monotonic() > end:
                return False
            time.sleep(_POLL)
        return True
