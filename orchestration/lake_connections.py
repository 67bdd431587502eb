"""dlt's connections to the lake, used again: it asks for a new one in every job of a load.

A load of four tables asks for twelve. dlt detaches the lake before it gives one back.
"""

from typing import Any

import duckdb
from dlt.common.configuration import configspec
from dlt.destinations.impl.duckdb.configuration import DuckDbConnectionPool
from dlt.destinations.impl.ducklake.configuration import DuckLakeCredentials

from orchestration import databases

__all__ = ["KeptCredentials"]


class _Pool(DuckDbConnectionPool):
    # What dlt sets for a whole database: the same for all that it borrows from one pool.
    _settings: str = ""

    def borrow_conn(
        self,
        global_config: dict[str, Any] | None = None,
        local_config: dict[str, Any] | None = None,
        pragmas: list[str] | None = None,
    ) -> duckdb.DuckDBPyConnection:
        self._settings = repr((self.credentials.global_config, global_config))
        con = databases.take(self._settings)
        if con is None:
            return super().borrow_conn(global_config or {}, local_config or {}, pragmas or [])
        with self._conn_lock:
            self._conn_borrows += 1
            self._apply_local_config(con, local_config or {}, pragmas or [])
        return con

    def return_conn(self, borrowed_conn: duckdb.DuckDBPyConnection) -> int:
        if not databases.give(self._settings, borrowed_conn):
            return super().return_conn(borrowed_conn)
        with self._conn_lock:
            self._conn_borrows -= 1
            return self._conn_borrows


@configspec(init=False)
class KeptCredentials(DuckLakeCredentials):
    """The lake's address for dlt, with connections that are used again."""

    def on_resolved(self) -> None:
        """Called by dlt when the address is complete."""
        self.conn_pool = _Pool(self, always_open_connection=True)
