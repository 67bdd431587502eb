"""How much a run changed: two snapshots of the lake, compared by content."""

from dataclasses import asdict, dataclass
from typing import Any, Final

from orchestration.lake import Lake

# When a row was seen is not what it says.
_VOLATILE: Final = ("first_seen_at", "last_seen_at", "retrieved_at")


@dataclass(frozen=True)
class Change:
    """Rows of a table now, and how many came or went (a changed row is one of each)."""

    rows: int
    added: int
    removed: int

    @property
    def total(self) -> int:
        """Rows that are not as they were."""
        return max(self.added, self.removed)

    def row(self) -> dict[str, Any]:
        """For tables."""
        return asdict(self)


def snapshot(lake: Lake) -> int:
    """The lake's newest snapshot id."""
    with lake.read() as con:
        row = con.execute("SELECT max(snapshot_id) FROM ducklake_snapshots('lake')").fetchone()
    return int(row[0]) if row and row[0] is not None else 0


def changed_rows(
    lake: Lake, tables: list[str], *, since: int, schema: str = "harmonised"
) -> dict[str, Change]:
    """Compare each table with what it was at snapshot ``since``; a new table is all added."""
    changes = {}
    with lake.read() as con:
        for table in tables:
            name = f'lake.{schema}."{table}"'
            columns = {row[0] for row in con.execute(f"DESCRIBE {name}").fetchall()}
            kept = ", ".join(f'"{column}"' for column in sorted(columns - set(_VOLATILE)))
            rows = _count(con, f"SELECT * FROM {name}")
            try:
                old = f"SELECT {kept} FROM {name} AT (VERSION => {since})"
                before = _count(con, old)
            except Exception as error:
                if "does not exist" not in str(error) and "Binder" not in type(error).__name__:
                    raise
                changes[table] = Change(rows, rows, 0)
                continue
            added = _count(con, f"SELECT {kept} FROM {name} EXCEPT ALL {old}")
            changes[table] = Change(rows, added, before + added - rows)
    return changes


def _count(con: Any, sql: str) -> int:
    row = con.execute(f"SELECT count(*) FROM ({sql})").fetchone()
    return int(row[0])


# Written on every crawl and check, read by no harmonised row that has no other change beside it.
_BOOKS: Final = frozenset(
    {"crawl", "fetch", "loaded", "checkpoint", "checkpoint_item", "check_result"}
)
# What is served is made from the harmonised tables, after them; no other table is called so.
_SERVED: Final = "published_"
# The first run makes the history after its build: that is no news for the second.
_MADE_LATE: Final = frozenset({"quality", "quality.check_result", "published"})


def is_untouched(lake: Lake, *, since: int) -> bool:
    """Whether no snapshot after ``since`` touched anything but bookkeeping.

    A snapshot that is not there any more (expired, or another lake) counts as touched, and so does
    every kind of change that is not known to be about rows of one table.
    """
    with lake.read() as con:
        books = {
            str(table_id)
            for name, table_id in con.execute(
                "SELECT table_name, table_id FROM ducklake_table_info('lake')"
            ).fetchall()
            if name in _BOOKS or name.startswith(_SERVED)
        }
        rows = con.execute(
            "SELECT snapshot_id, changes FROM ducklake_snapshots('lake') WHERE snapshot_id >= ?",
            [since],
        ).fetchall()
    if since not in {snapshot_id for snapshot_id, _ in rows}:
        return False
    touched = {
        table
        for snapshot_id, changes in rows
        if snapshot_id > since
        for tables in changes.values()
        for table in tables
    }
    served = {table for table in touched if table.startswith(f"published.{_SERVED}")}
    return touched <= books | _MADE_LATE | served
