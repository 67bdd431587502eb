"""A whole CKAN portal on this machine: CKAN, PostgreSQL, Valkey and Solr, below one folder.

No root, no Docker, no system service. ``up()`` installs what is missing, starts what does not run
and returns when CKAN answers; ``down()`` stops it all. Everything is kept in the folder, so a
portal that was killed at any moment comes up again with its data.
"""

import shutil
import signal
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from catalog.portal import backup, ckan, install, postgres, solr, valkey
from catalog.portal.archive import Manifest
from catalog.portal.bringup import Bringup, PortalInfo, Progress
from catalog.portal.config import Settings
from catalog.portal.errors import PortalError
from catalog.portal.ports import Ports
from catalog.portal.process import Server
from catalog.portal.turn import turn

_TURN_SECONDS: Final = 900


class Portal:
    """The portal below one folder. Nothing happens before a method is called."""

    def __init__(
        self, folder: Path, *, port: int | None = None, settings: Settings | None = None
    ) -> None:
        """Describe a portal.

        Args:
            folder: Everything of it lies below.
            port: Loopback port of CKAN; None: the same as last time, or a free one.
            settings: What its operator may choose.
        """
        self.folder = folder.expanduser().resolve()
        self._port = port
        self._settings = settings or Settings()

    def missing(self) -> list[str]:
        """Why the portal cannot run here, each line with the mend; empty when it can."""
        return install.missing(install.Jars(self.folder / "solr"))

    def up(self, progress: Progress = lambda _: None) -> PortalInfo:
        """Bring the portal up; returns at once when it is.

        Args:
            progress: Is told each step, in a few words.

        Raises:
            PortalError: Something is missing or failed; the message has the mend and the log. What
                this call started is stopped again.
        """
        if lacking := self.missing():
            raise PortalError("; ".join(lacking))
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._turn() as held:
            for name in ("run", "log"):
                (self.folder / name).mkdir(mode=0o700, exist_ok=True)
            before = {server.name for server in self._servers() if server.pid() is not None}
            try:
                bringup = Bringup(self.folder, self._port, self._settings, progress, held)
                return bringup.run()
            except BaseException:
                for server, how in self._stops():
                    if server.name not in before:
                        server.stop(how)
                raise

    def down(self) -> bool:
        """Stop the portal's processes, and only those; True when any ran."""
        if not self.folder.is_dir():
            return False
        with self._turn():
            return self._stop_all()

    def status(self) -> dict[str, object]:
        """What runs, as plain JSON: ``running``, ``url``, ``folder``, ``servers`` (pid, port)."""
        names = {"CKAN": "portal", "PostgreSQL": "postgres", "Valkey": "valkey", "Solr": "solr"}
        ports = Ports(self.folder / "ports.json")
        servers = {
            server.name: {"pid": server.pid(), "port": ports.get(names[server.name])}
            for server in self._servers()
        }
        url_file = self.folder / "run" / "url"
        token = self.folder / "publisher.token"
        return {
            "running": all(one["pid"] is not None for one in servers.values()),
            "url": url_file.read_text() if url_file.is_file() else None,
            "folder": str(self.folder),
            "token_file": str(token) if token.is_file() else None,
            "servers": servers,
        }

    def backup(self, target: Path) -> Manifest:
        """Copy databases, files and the signing key of the running portal into one file.

        Args:
            target: The archive; it holds secrets and gets mode 0600.

        Raises:
            PortalError: The portal does not run, or the file cannot be written.
        """
        with self._held():
            return backup.save(self.folder, target.expanduser().absolute())

    def restore(self, source: Path, progress: Progress = lambda _: None) -> Manifest:
        """Put a backup in place of everything that this portal holds, and bring it up.

        Args:
            source: What ``backup`` wrote, here or on another machine.
            progress: Is told each step.

        Raises:
            PortalError: The backup is broken or of a newer CKAN; the portal is as it was.
        """
        self.up(progress)
        with self._held():
            found = backup.load(self.folder, source.expanduser().absolute())
        self.up(progress)
        return found

    def reset(self) -> None:
        """Stop the portal and delete its data and passwords; what was installed stays."""
        if not self.folder.is_dir():
            return
        with self._turn():
            self._stop_all()
            shutil.rmtree(postgres.recorded_home(self.folder), ignore_errors=True)
            for name in ("postgres", "storage", "valkey", "ckan", "run", "log", "solr/home"):
                shutil.rmtree(self.folder / name, ignore_errors=True)
            for name in ("secrets.json", "publisher.token", "ckan.ini"):
                (self.folder / name).unlink(missing_ok=True)

    def remove(self) -> None:
        """Stop the portal and delete everything of it."""
        self.reset()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _stop_all(self) -> bool:
        stopped = [server.stop(how) for server, how in self._stops()]
        return any(stopped)

    def _held(self) -> AbstractContextManager[int]:
        """Our turn at a portal that is there."""
        if not self.folder.is_dir():
            raise PortalError(f"{self.folder}: no portal is there → seehaus portal up")
        return self._turn()

    def _turn(self) -> AbstractContextManager[int]:
        return turn(self.folder / "portal.lock", _TURN_SECONDS)

    def _stops(self) -> list[tuple[Server, signal.Signals]]:
        """The servers in the order they stop, each with the signal it wants."""
        return [
            (ckan.server(self.folder), signal.SIGTERM),
            (solr.server(self.folder), signal.SIGTERM),
            (valkey.server(self.folder), signal.SIGTERM),
            (postgres.server(self.folder, postgres.recorded_home(self.folder)), postgres.STOP),
        ]

    def _servers(self) -> list[Server]:
        return [server for server, _ in self._stops()]
