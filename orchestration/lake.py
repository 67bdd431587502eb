"""The one place that opens the lake: DuckLake; SQLite catalog and local folder by default.

Everybody else gets connections or Arrow tables from here and knows tables, not storage. On the
SQLite catalog every write holds an flock: three unlocked writers lost a fifth of their commits.
"""

import datetime as dt
import json
import os
import sqlite3
import threading
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
from filelock import FileLock, Timeout

from orchestration import databases
from orchestration.settings import Settings, settings
from orchestration.versions import Snapshot, Versions

NAME: Final = "lake"
_EXTENSIONS: Final = (
    "ducklake",
    "sqlite_scanner",
    "postgres_scanner",
    "httpfs",
    "icu",
)
_LOCK_SECONDS: Final = 900
# From the catalog itself: the information schema would bind every view of the lake, for seconds.
_METADATA: Final = f"__ducklake_metadata_{NAME}"
_TABLES: Final = " UNION ALL ".join(
    f"SELECT {kind}_name FROM {_METADATA}.ducklake_{kind} AS thing "  # noqa: S608 - constants
    f"JOIN {_METADATA}.ducklake_schema AS home USING (schema_id) "
    "WHERE thing.end_snapshot IS NULL AND home.end_snapshot IS NULL AND home.schema_name = ?"
    for kind in ("table", "view")
)
_readers: dict[tuple[int, int, "Lake"], duckdb.DuckDBPyConnection] = {}
_readers_lock = threading.Lock()


class LakeError(RuntimeError):
    """The lake cannot be opened or locked; the message names the place and the mend."""


@dataclass(frozen=True)
class Lake:
    """One lake: its catalog, its storage and the folder of this machine's state.

    Attributes:
        root: The folder for extensions, lock and (by default) catalog and data.
        catalog: ``sqlite:///path`` or ``postgres://…``.
        storage: A folder or ``s3://bucket/prefix/``.
        memory: Most that one DuckDB takes before it spills to disk, e.g. ``4GB``.
    """

    root: Path
    catalog: str
    storage: str
    memory: str = Settings.model_fields["lake_memory"].default

    @classmethod
    def of(cls, at: Settings) -> "Lake":
        """The lake that the settings name, its folder made if it is missing."""
        root = at.root / "lake"
        root.mkdir(parents=True, exist_ok=True)
        return cls(
            root=root,
            catalog=at.lake_catalog or f"sqlite:///{root / 'catalog.sqlite'}",
            storage=at.lake_storage or f"{root / 'tables'}/",
            memory=at.lake_memory,
        )

    @property
    def is_sqlite(self) -> bool:
        """Whether the catalog is the embedded one, which needs the flock."""
        return self.catalog.startswith("sqlite")

    @cached_property
    def extensions(self) -> Path:
        """DuckDB's signed extensions out of their wheels, in a private folder (no download)."""
        folder = self.root / "duckdb_extensions"
        folder.mkdir(parents=True, exist_ok=True)
        version = f"v{duckdb.__version__}"
        have = {path.stem.removesuffix(".duckdb_extension") for path in folder.rglob("*")}
        missing = [name for name in _EXTENSIONS if name not in have]
        if missing:
            with FileLock(folder / ".lock"), duckdb.connect(config=_config(folder)) as con:
                for name in missing:
                    wheel = files(f"duckdb_extension_{name}")
                    path = wheel / "extensions" / version / f"{name}.duckdb_extension"
                    con.execute(f"INSTALL '{path}'")
        return folder

    @property
    def config(self) -> dict[str, Any]:
        """DuckDB's settings for whoever opens the lake (dlt, dbt, we)."""
        shared = _config(self.extensions) | {
            "memory_limit": self.memory,
            "temp_directory": str(self.root / "spilled"),
        }
        # The catalog's tables are small: threads that share one cost four times what they save.
        return shared | ({"sqlite_disable_multithreaded_scans": "true"} if self.is_sqlite else {})

    @property
    def attach(self) -> str:
        """The DuckLake address: ``ducklake:sqlite:/path`` or ``ducklake:postgres:…``."""
        if self.is_sqlite:
            return f"ducklake:sqlite:{self.catalog.removeprefix('sqlite:///')}"
        return f"ducklake:{self.catalog}"

    @property
    def attach_options(self) -> dict[str, str]:
        """What belongs into the parentheses of ATTACH."""
        options = {"DATA_PATH": self.storage}
        if self.is_sqlite:
            options |= {"META_JOURNAL_MODE": "WAL", "META_BUSY_TIMEOUT": "30000"}
        else:
            options["METADATA_SCHEMA"] = "public"
        return options

    def dbt_environment(self) -> dict[str, str]:
        """What ``transforms/profiles.yml`` reads; target and logs stay out of the checkout."""
        options = {
            key: int(value) if value.isdigit() else value
            for key, value in self.attach_options.items()
        }
        return {
            "DBT_ENV_SECRET_LAKE": self.attach,
            "SEEHAUS_DBT_ATTACH_OPTIONS": json.dumps(options),
            "SEEHAUS_DBT_CONFIG": json.dumps(self.config),
            "DBT_TARGET_PATH": str(self.root.parent / "dbt" / "target"),
            "DBT_LOG_PATH": str(self.root.parent / "dbt" / "logs"),
        }

    def _connect(self, *, read_only: bool) -> duckdb.DuckDBPyConnection:
        con = databases.take(repr(self.config)) or duckdb.connect(config=self.config)
        options = [
            f"{key} {value if value.isdigit() else _quoted(value)}"
            for key, value in self.attach_options.items()
        ]
        if read_only:
            options.append("READ_ONLY")
        con.execute("SET TimeZone = 'UTC'")
        con.execute(f"ATTACH {_quoted(self.attach)} AS {NAME} ({', '.join(options)})")
        con.execute(f"USE {NAME}")
        return con

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the lake for writing; other processes wait, a killed one lets go by itself.

        Raises:
            LakeError: Another process has held the lake for a quarter of an hour.
        """
        if not self.is_sqlite:
            yield
            return
        path = self.root / ".write-lock"
        try:
            with FileLock(path, timeout=_LOCK_SECONDS, is_singleton=True):
                yield
        except Timeout:
            message = f"{path}: held by another process → end it, or wait (`fuser {path}`)"
            raise LakeError(message) from None

    @contextmanager
    def write(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection that may write, under the lock; ``lake`` is the current database."""
        with self.lock():
            con = self._connect(read_only=False)
            try:
                yield con
            finally:
                self._let_go(con)

    def _let_go(self, con: duckdb.DuckDBPyConnection) -> None:
        """Detach the lake; what its user left unfinished is undone, as closing would undo it."""
        with suppress(duckdb.Error):
            con.execute("ROLLBACK")
        with suppress(duckdb.Error):
            con.execute(f"USE memory; DETACH {NAME}")
        if not databases.give(repr(self.config), con):
            con.close()

    @contextmanager
    def read(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A read-only connection; sees one consistent snapshot per statement or transaction."""
        self.create()
        con = self._reader().cursor()
        try:
            # What a connection is set to is not handed on to its cursors.
            con.execute(f"SET TimeZone = 'UTC'; USE {NAME}")
            yield con
        finally:
            con.close()

    def _reader(self) -> duckdb.DuckDBPyConnection:
        """This process's one attachment for reading: attaching takes longer than most queries."""
        with _readers_lock:
            # A child process, and a catalog that was put in the old one's place, need their own.
            file = Path(self.catalog.removeprefix("sqlite:///")) if self.is_sqlite else None
            key = (os.getpid(), file.stat().st_ino if file else 0, self)
            if key not in _readers:
                _readers[key] = self._connect(read_only=True)
            return _readers[key]

    def create(self) -> None:
        """Make the catalog if there is none yet (a read-only ATTACH cannot)."""
        if self.is_sqlite and not Path(self.catalog.removeprefix("sqlite:///")).exists():
            with self.write():
                pass

    def arrow(self, sql: str, parameters: list[Any] | None = None) -> pa.Table:
        """Run one query, read-only, and hand its rows over as an Arrow table."""
        with self.read() as con:
            return con.execute(sql, parameters or []).to_arrow_table()

    def tables(self, schema: str) -> set[str]:
        """The names of a schema's tables and views; empty where there is no such schema."""
        with self.read() as con:
            rows = con.execute(_TABLES, [schema, schema]).fetchall()
        return {name for (name,) in rows}

    def metadata(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the catalog's own tables; ``{}`` stands for their database."""
        self.create()
        con = self._reader().cursor()
        try:
            return con.execute(sql.format(_METADATA)).fetchall()
        finally:
            con.close()

    def newest(self) -> Snapshot:
        """Number and moment of the newest snapshot: a tenth of a millisecond on SQLite."""
        sql = "SELECT snapshot_id, snapshot_time FROM {} ORDER BY snapshot_id DESC LIMIT 1"
        if not self.is_sqlite:
            ((number, moment),) = self.metadata(sql.format("{}.ducklake_snapshot"))
            return number, moment
        self.create()
        # Through DuckDB it would be the whole table.
        file = Path(self.catalog.removeprefix("sqlite:///")).absolute().as_uri()
        with closing(sqlite3.connect(f"{file}?mode=ro", uri=True, timeout=30)) as con:
            ((number, text),) = con.execute(sql.format("ducklake_snapshot")).fetchall()
        return number, dt.datetime.fromisoformat(text)

    def version(self, tables: Collection[str]) -> str:
        """A text that changes with every change of these tables; see ``Versions.of``."""
        return self._versions.of(self, tables)

    @cached_property
    def _versions(self) -> Versions:
        return Versions()

    def dlt_destination(self) -> Any:
        """The lake as dlt's destination; dataset = schema (``raw_<city>``)."""
        import dlt  # noqa: PLC0415 - one second of import, only loads need it

        from orchestration.lake_connections import KeptCredentials  # noqa: PLC0415

        os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
        self.create()
        credentials = KeptCredentials(
            NAME,
            catalog=self.catalog,
            storage=self.storage if "://" in self.storage else f"file://{self.storage}",
            metadata_schema="public" if not self.is_sqlite else None,
        )
        credentials.global_config = self.config
        credentials.resolve()  # dlt takes resolved credentials as they are
        return dlt.destinations.ducklake(credentials=credentials)


def _config(extensions: Path) -> dict[str, Any]:
    return {"extension_directory": str(extensions), "autoinstall_known_extensions": "false"}


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def lake() -> Lake:
    """The lake of this process's settings."""
    return Lake.of(settings())
