"""Served rows out of the lake, in one snapshot: pages by keyset, and what belongs into them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol

import duckdb
from duckdb import DuckDBPyConnection

from catalog.oparl.objects import Related, Row
from catalog.oparl.query import FILTERS, ListQuery
from catalog.oparl.tables import KINDS, OParlError

LONGEST_TEXT: Final = 200_000
"""Characters: a longer text is left out, for a page of files must stay within bounds."""


class Tables(Protocol):
    """Where the served tables are."""

    def read(self) -> AbstractContextManager[DuckDBPyConnection]:
        """A read-only connection whose current database has them."""


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of a list.

    Attributes:
        rows: In the order of their ids.
        last: The id of the last row where another page follows; else empty.
        total: Objects on all pages.
        modified_at: The newest change of the whole list, deletions included; None: it is empty.
    """

    rows: Sequence[Row]
    last: str
    total: int
    modified_at: Any


class Snapshot:
    """The served tables at one moment."""

    def __init__(self, con: DuckDBPyConnection) -> None:
        """Read through ``con``, which is in a transaction."""
        self._con = con

    def _rows(self, sql: str, parameters: Sequence[Any]) -> list[dict[str, Any]]:
        found = self._con.execute(sql, list(parameters)).to_arrow_table()
        return list(found.to_pylist())

    def one(self, kind: str, id_: str) -> Row | None:
        """One object, also a deleted one; None if there never was one."""
        rows = self._rows(f"SELECT * FROM {KINDS[kind].table} WHERE id = ?", [id_])
        return rows[0] if rows else None

    def bodies(self) -> list[dict[str, Any]]:
        """All bodies, deleted ones included, by id."""
        return self._rows(f"SELECT * FROM {KINDS['body'].table} ORDER BY id", [])

    def page(self, kind: str, query: ListQuery, where: Mapping[str, str]) -> ListPage:
        """One page of a list.

        Args:
            kind: What is listed.
            query: Filters, size and where it begins.
            where: Columns and the values that they must have.
        """
        table = KINDS[kind].table
        scope = " AND ".join([f"{column} = ?" for column in where] or ["true"])
        conditions, values = [scope], list[Any](where.values())
        for name, moment in query.filters.items():
            column, comparison = FILTERS[name]
            conditions.append(f"{column} {comparison} ?")
            values.append(moment)
        if not query.with_deleted:
            conditions.append("NOT is_deleted")
        wanted = " AND ".join(conditions)
        counted = self._rows(
            f"SELECT count(*) FILTER ({wanted}) AS total, max(modified_at) AS modified_at "
            f"FROM {table} WHERE {scope}",
            [*values, *where.values()],
        )[0]
        rows = self._rows(
            f"SELECT * FROM {table} WHERE {wanted} AND id > ? ORDER BY id LIMIT ?",
            [*values, query.after, query.limit + 1],
        )
        shown = rows[: query.limit]
        last = shown[-1]["id"] if len(rows) > query.limit else ""
        return ListPage(shown, last, counted["total"], counted["modified_at"])

    def related(self, kind: str, rows: Iterable[Row]) -> Related:
        """What belongs into the objects of some rows."""
        alive = [row for row in rows if not row["is_deleted"]]
        ids = [row["id"] for row in alive]
        if not ids or kind not in _RELATED:
            return Related()
        return _RELATED[kind](self, ids, alive)

    def _of(
        self, kind: str, column: str, ids: Sequence[str], order: str = "id"
    ) -> dict[str, list[Row]]:
        """The rows of a kind that name one of some objects, by the object they name."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self._rows(
            f"SELECT * FROM {KINDS[kind].table} "
            f"WHERE {column} IN (SELECT unnest(?::VARCHAR[])) AND NOT is_deleted ORDER BY {order}",
            [list(ids)],
        ):
            found[row[column]].append(row)
        return found

    def for_body(self, ids: Sequence[str], _: Sequence[Row]) -> Related:
        """The terms."""
        terms = self._of("legislative_term", "body_id", ids, "start_date NULLS FIRST, id")
        return Related({("legislative_term", "body"): terms})

    def for_organization(self, ids: Sequence[str], _: Sequence[Row]) -> Related:
        """The ids of the seats."""
        found: dict[str, list[str]] = defaultdict(list)
        for row in self._rows(
            f"SELECT id, organization_id FROM {KINDS['membership'].table} "
            "WHERE organization_id IN (SELECT unnest(?::VARCHAR[])) AND NOT is_deleted ORDER BY id",
            [list(ids)],
        ):
            found[row["organization_id"]].append(row["id"])
        return Related(memberships=found)

    def for_person(self, ids: Sequence[str], _: Sequence[Row]) -> Related:
        """The seats."""
        return Related({("membership", "person"): self._of("membership", "person_id", ids)})

    def for_paper(self, ids: Sequence[str], _: Sequence[Row]) -> Related:
        """Files and consultations."""
        return Related(
            {
                ("file", "paper"): self._of("file", "paper_id", ids),
                ("consultation", "paper"): self._of("consultation", "paper_id", ids),
            }
        )

    def for_meeting(self, ids: Sequence[str], rows: Sequence[Row]) -> Related:
        """Agenda, files and place."""
        items = self._of("agenda_item", "meeting_id", ids, "position, id")
        inner = self._for_items([item["id"] for of in items.values() for item in of])
        places = sorted({row["location_id"] for row in rows if row["location_id"]})
        children = {
            **inner.children,
            ("agenda_item", "meeting"): items,
            ("file", "meeting"): self._of("file", "meeting_id", ids),
        }
        located = {id_: found[0] for id_, found in self._of("location", "id", places).items()}
        return Related(children, consultations=inner.consultations, locations=located)

    def for_agenda_item(self, ids: Sequence[str], _: Sequence[Row]) -> Related:
        """Files and consultation."""
        return self._for_items(ids)

    def _for_items(self, ids: Sequence[str]) -> Related:
        steps = self._of("consultation", "agenda_item_id", ids)
        return Related(
            {("file", "agenda_item"): self._of("file", "agenda_item_id", ids)},
            consultations={id_: found[0]["id"] for id_, found in steps.items()},
        )

    def for_file(self, _: Sequence[str], rows: Sequence[Row]) -> Related:
        """The texts, as the privacy gate left them.

        They lie in the harmonised pages. A text that is not the one of the publication (a check
        holds the new one back, or it is being built) is left out.
        """
        published = {row["id"]: row["text_sha256"] for row in rows if row["text_sha256"]}
        if not published:
            return Related()
        found = self._rows(
            """
            SELECT file_id, text, text_sha256 FROM (
                SELECT file_id,
                    string_agg(text, chr(12) ORDER BY page, part, content_sha256) AS text,
                    sha256(string_agg(content_sha256, '' ORDER BY page, part, content_sha256))
                        AS text_sha256
                FROM (
                    SELECT *, sum(length(text)) OVER (PARTITION BY file_id) AS characters
                    FROM harmonised.document_page
                    WHERE file_id IN (SELECT unnest(?::VARCHAR[])) AND text IS NOT NULL
                )
                WHERE characters <= ?
                GROUP BY file_id
            )
            """,
            [list(published), LONGEST_TEXT],
        )
        return Related(
            texts={
                row["file_id"]: row["text"]
                for row in found
                if row["text_sha256"] == published[row["file_id"]]
            }
        )


_RELATED: Final[Mapping[str, Callable[[Snapshot, Sequence[str], Sequence[Row]], Related]]] = {
    "body": Snapshot.for_body,
    "organization": Snapshot.for_organization,
    "person": Snapshot.for_person,
    "meeting": Snapshot.for_meeting,
    "agenda_item": Snapshot.for_agenda_item,
    "paper": Snapshot.for_paper,
    "file": Snapshot.for_file,
}


@contextmanager
def snapshot(tables: Tables) -> Iterator[Snapshot]:
    """The served tables as they are now, the same for every question within.

    Raises:
        OParlError: Nothing was published yet.
    """
    with tables.read() as con:
        con.begin()
        try:
            yield Snapshot(con)
        except duckdb.CatalogException as error:
            raise OParlError(
                "no council data published yet → seehaus run (or `seehaus publish`)"
            ) from error
        finally:
            con.rollback()
