"""Empty in-memory DuckDBs that are used again, since opening one for the lake costs 0.3 s of CPU.

DuckDB checks the signature of each extension in every database that it opens. Whoever borrows one
attaches the lake to it and detaches it again; what is kept knows of no lake and holds no rows.

DuckDB remembers the Parquet files that it read or wrote, up to its memory limit and beyond the lake
that they belong to. So one that remembers much is closed instead: over the loads of a long history
it would grow to that limit.
"""

import os
from collections import deque
from threading import Lock
from typing import Final

import duckdb

_MOST_KEPT: Final = 6
# Of each; what a lake's catalog and small tables leave behind is less.
_MOST_BYTES: Final = 8 * 2**20
_REMEMBERED: Final = "SELECT sum(memory_usage_bytes)::BIGINT FROM duckdb_memory()"
_ATTACHED: Final = "SELECT count(*) FROM duckdb_databases() WHERE NOT internal"
_TABLES: Final = "SELECT table_name FROM duckdb_tables() WHERE temporary"
_VIEWS: Final = "SELECT view_name FROM duckdb_views() WHERE temporary AND NOT internal"

_lock = Lock()
_kept: deque[tuple[tuple[int, str], duckdb.DuckDBPyConnection]] = deque()


def take(settings: str) -> duckdb.DuckDBPyConnection | None:
    """One that was given back with the same settings, in this process; None: open your own."""
    wanted = (os.getpid(), settings)
    with _lock:
        for each in _kept:
            if each[0] == wanted:
                _kept.remove(each)
                return each[1]
    return None


def give(settings: str, con: duckdb.DuckDBPyConnection) -> bool:
    """Whether it is kept: only where it works, is small and nothing is attached; else close it."""
    try:
        attached = con.execute(_ATTACHED).fetchone()
        for (table,) in con.execute(_TABLES).fetchall():
            con.execute(f'DROP TABLE temp."{table}"')
        for (view,) in con.execute(_VIEWS).fetchall():  # Arrow tables that were registered
            con.unregister(view)
        remembered = con.execute(_REMEMBERED).fetchone()
    except duckdb.Error:  # closed, or broken by what was done with it last
        return False
    if attached != (1,) or remembered is None or remembered[0] > _MOST_BYTES:
        return False
    with _lock:
        _kept.append(((os.getpid(), settings), con))
        oldest = _kept.popleft()[1] if len(_kept) > _MOST_KEPT else None
    if oldest is not None:
        oldest.close()
    return True
