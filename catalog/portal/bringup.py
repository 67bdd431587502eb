"""Bringing a portal up: what has to happen, in which order, and what is already there."""

import hashlib
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from catalog.portal import ckan, postgres, solr, valkey
from catalog.portal.config import Settings, ckan_ini
from catalog.portal.errors import PortalError
from catalog.portal.install import Jars, Venv
from catalog.portal.ports import Ports, is_free
from catalog.portal.process import Server
from catalog.portal.secret import load_or_make, write_private

Progress = Callable[[str], None]

SERVERS: Final = ("portal", "postgres", "valkey", "solr")


@dataclass(frozen=True)
class PortalInfo:
    """Where a running portal is."""

    url: str
    """Its public address."""
    token_file: Path
    """API token of the publisher (no sysadmin; makes organisations, groups and data sets)."""
    secrets_file: Path
    """JSON with all passwords; ``admin`` is the one of the sysadmin account ``admin``."""
    folder: Path


def _sha(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _read(file: Path) -> str | None:
    return file.read_text() if file.is_file() else None


class Bringup:
    """One ``up()``: the caller holds the portal's lock, its folders ``run`` and ``log`` exist."""

    def __init__(
        self, folder: Path, port: int | None, settings: Settings, progress: Progress, held: int
    ) -> None:
        """See :class:`catalog.portal.portal.Portal`; ``held``: see :func:`turn.turn`."""
        self._held = held
        self._folder = folder
        self._wanted = port
        self._settings = settings
        self._progress = progress
        self._began = time.monotonic()
        self._secrets = load_or_make(folder / "secrets.json")
        self._ports = Ports(folder / "ports.json")
        self._venv = Venv(folder / "venv")
        self._jars = Jars(folder / "solr")

    def run(self) -> PortalInfo:
        """Bring it up; see ``Portal.up``."""
        if self._is_up():
            return self._info()
        self._prepare()
        with ThreadPoolExecutor(max_workers=2, thread_name_prefix="portal") as pool:
            jars = pool.submit(self._install_jars)
            self._install_venv()
            search = pool.submit(self._start_solr, jars)
            self._start_valkey()
            database, is_new = self._start_postgres()
            # A new portal has nothing to search, so its set-up need not wait for Solr.
            if not is_new:
                search.result()
            self._start_ckan(database, search)
        return self._info()

    def _say(self, what: str) -> None:
        self._progress(f"{what} ({time.monotonic() - self._began:.1f} s)")

    def _info(self) -> PortalInfo:
        return PortalInfo(
            url=self._url(),
            token_file=self._folder / "publisher.token",
            secrets_file=self._folder / "secrets.json",
            folder=self._folder,
        )

    def _url(self) -> str:
        return self._settings.site_url.rstrip("/") or f"http://127.0.0.1:{self._port('portal')}"

    def _port(self, name: str) -> int:
        port = self._ports.get(name)
        if port is None:
            raise PortalError(
                f"{self._folder}/ports.json: no port of {name} → portal down, then up"
            )
        return port

    def _ini(self) -> str:
        ports = {name: self._port(name) for name in SERVERS}
        return ckan_ini(self._folder, self._settings, ports, self._secrets)

    # Keys: what a running or set-up part was made from. Another key means: make it again.

    def _solr(self) -> solr.Solr:
        packages = self._venv.packages
        return solr.Solr(self._folder, self._jars.folder, packages, self._secrets["solr"])

    def _ckan_key(self) -> str:
        return _sha(self._ini(), self._venv.key(), str(self._settings.workers))

    def _setup_key(self) -> str:
        plugins = " ".join(self._settings.plugins)
        return _sha(self._venv.key(), plugins, self._secrets["cluster"], self._solr().key())

    def _is_up(self) -> bool:
        """Whether everything runs as it should, with these settings."""
        if not (self._venv.is_complete() and self._jars.is_complete()):
            return False
        if any(self._ports.get(name) is None for name in SERVERS):
            return False
        if self._wanted not in (None, self._ports.get("portal")):
            return False
        run = self._folder / "run"
        return (
            _read(run / "ckan-key") == self._ckan_key()
            and _read(run / "setup-key") == self._setup_key()
            and _read(run / "solr-key") == self._solr().key()
            and (self._folder / "publisher.token").is_file()
            and ckan.answers(self._port("portal"))
            # Last: an orphaned worker still answers for a moment after its master was killed.
            and all(server.pid() is not None for server in self._servers().values())
        )

    def _servers(self) -> dict[str, Server]:
        return {
            "portal": ckan.server(self._folder),
            "postgres": postgres.server(self._folder, postgres.recorded_home(self._folder)),
            "valkey": valkey.server(self._folder),
            "solr": solr.server(self._folder),
        }

    def _prepare(self) -> None:
        """Clear away what killed servers left behind, and settle the ports.

        A worker whose master was killed still holds the port for a while.
        """
        for name, server in self._servers().items():
            pid = server.pid()
            if pid is None:
                server.sweep()
            self._choose(name, pid)
        for name in ("ckan", "storage"):
            (self._folder / name).mkdir(exist_ok=True)

    def _choose(self, name: str, pid: int | None) -> int:
        """The port of a server: its own while it runs, else a free one."""
        wanted = self._wanted if name == "portal" else None
        kept = self._ports.get(name)
        if pid is not None and kept is not None and wanted in (None, kept):
            return kept
        try:
            return self._ports.choose(name, wanted)
        except OSError as error:
            raise PortalError(str(error)) from error

    def _launch(self, name: str, start: Callable[[int], None]) -> None:
        """Start a server on its port; on another one when somebody took it in the meantime."""
        port = self._choose(name, None)
        try:
            start(port)
        except PortalError:
            if is_free(port) or (name == "portal" and self._wanted is not None):
                raise
            start(self._choose(name, None))

    def _install_jars(self) -> None:
        if not self._jars.is_complete():
            self._jars.install(self._folder / "log" / "install-solr.log", self._held)
            self._say("Solr fetched")

    def _install_venv(self) -> None:
        if not self._venv.is_complete():
            # Files that a running CKAN reads are about to change.
            ckan.server(self._folder).stop()
            self._venv.install(self._folder / "log" / "install-ckan.log", self._held)
            self._say("CKAN installed")

    def _start_valkey(self) -> None:
        if valkey.server(self._folder).pid() is None:
            password = self._secrets["valkey"]
            packages = self._venv.packages
            self._launch(
                "valkey", lambda port: valkey.start(self._folder, packages, port, password)
            )
            self._say("Valkey runs")

    def _start_postgres(self) -> tuple[postgres.Postgres, bool]:
        database = postgres.Postgres(self._folder, self._venv.packages, self._secrets)
        is_new = False
        if database.server().pid() is None:
            is_new = database.create(self._held)
            # CKAN's pooled connections went with the old PostgreSQL.
            ckan.server(self._folder).stop()
            self._launch("postgres", database.start)
            self._say("PostgreSQL runs")
        return database, is_new

    def _start_solr(self, jars: Future[None]) -> None:
        jars.result()
        engine, process = self._solr(), solr.server(self._folder)
        key_file = self._folder / "run" / "solr-key"
        if process.pid() is not None and _read(key_file) == engine.key():
            return
        process.stop()
        if engine.configure():
            # The set-up fills an empty index from the database.
            (self._folder / "run" / "setup-key").unlink(missing_ok=True)

        def start(port: int) -> None:
            process.start(engine.command(port), {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"})
            process.wait(lambda: engine.answers(port), 90)

        self._launch("solr", start)
        key_file.write_text(engine.key())
        self._say("Solr runs")

    def _start_ckan(self, database: postgres.Postgres, search: Future[None]) -> None:
        process, run = ckan.server(self._folder), self._folder / "run"
        token = self._folder / "publisher.token"
        if _read(run / "setup-key") != self._setup_key() or not token.is_file():
            process.stop()
            write_private(self._folder / "ckan.ini", self._ini())
            ckan.bootstrap(
                self._folder,
                self._venv,
                database.psql(self._port("postgres")),
                database.psql_env(),
                self._secrets["admin"],
                self._held,
            )
            self._say("databases, accounts and token are set up")
        search.result()
        (run / "setup-key").write_text(self._setup_key())
        if process.pid() is not None and _read(run / "ckan-key") == self._ckan_key():
            process.wait(lambda: ckan.answers(self._port("portal")), 120)
            return
        process.stop()

        def start(port: int) -> None:
            write_private(self._folder / "ckan.ini", self._ini())
            ckan.start(self._folder, self._venv, port, self._settings.workers)

        self._launch("portal", start)
        (run / "ckan-key").write_text(self._ckan_key())
        (run / "url").write_text(self._url())
        self._say(f"CKAN answers at {self._url()}")
