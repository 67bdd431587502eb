"""Served rows: pages by keyset, and what belongs into them, all of one moment."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from catalog.oparl.objects import Related, Row
from catalog.oparl.query import FILTERS, ListQuery
from catalog.oparl.served import Served, microseconds, moment
from catalog.oparl.tables import KINDS

LONGEST_TEXT: Final = 200_000
"""Characters: a longer text is left out, for a page of files must stay within bounds."""
READS: Final[Mapping[str, frozenset[str]]] = {
    kind: frozenset({kind, *of})
    for kind, of in {
        **dict.fromkeys(KINDS, ()),
        "body": ("legislative_term",),
        "organization": ("membership",),
        "person": ("membership",),
        "meeting": ("agenda_item", "consultation", "file", "location"),
        "agenda_item": ("consultation", "file"),
        "paper": ("consultation", "file"),
    }.items()
}
"""Kind → the kinds whose rows its objects are made of."""

# Up to so many matches are sorted; more of them are met on the way along the ids soon enough.
_FEW: Final = 3_000
# All that belongs into them is left out with ``omit_internal``.
_BRIEF: Final = frozenset({"meeting", "paper", "person"})
_ALIVE: Final = "NOT is_deleted"
_GIVEN: Final = "(SELECT value FROM json_each(?))"


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
    """The served tables at one moment.

    Every question raises ``MovedError`` where they were brought up to date since.
    """

    def __init__(self, served: Served) -> None:
        """Begin now.

        Raises:
            OParlError: Nothing was published yet.
        """
        self._served = served
        self._generation = served.refresh()

    def _rows(self, kind: str, rest: str, values: Sequence[Any]) -> Sequence[Row]:
        return self._served.rows(kind, rest, values, self._generation)

    def _value(self, kind: str, what: str, rest: str, values: Sequence[Any]) -> Any:
        return self._served.value(kind, what, rest, values, self._generation)

    def state(self, kinds: Iterable[str], city_id: str | None) -> list[str]:
        """What changes with every row of some kinds in a city (None: in all), and with no text."""
        return [f"{kind} {self._served.of_city(kind, city_id)[1]}" for kind in sorted(kinds)]

    def text_state(self) -> str:
        """What changes with every text of a file."""
        return self._served.text_version()

    def one(self, kind: str, id_: str) -> Row | None:
        """One object, also a deleted one; None if there never was one."""
        city_id = id_.partition(":")[0]
        rows = self._rows(kind, "WHERE city_id = ? AND id = ?", [city_id, id_])
        return rows[0] if rows else None

    def bodies(self) -> Sequence[Row]:
        """All bodies, deleted ones included, by id."""
        return self._rows("body", "ORDER BY id", [])

    def page(self, kind: str, query: ListQuery, where: Mapping[str, str]) -> ListPage:
        """One page of a list.

        Args:
            kind: What is listed.
            query: Filters, size and where it begins.
            where: Columns and the values that they must have.
        """
        scope = " AND ".join([f"{column} = ?" for column in where] or ["true"])
        within = list[Any](where.values())
        filters = [FILTERS[name] for name in query.filters]
        values = [*within, *(microseconds(moment) for moment in query.filters.values())]
        alive = "true" if query.with_deleted else _ALIVE
        matching = " AND ".join([scope, *(f"{name} {sign} ?" for name, sign in filters), alive])
        total = self._value(kind, "count(*)", f"WHERE {matching}", values)
        newest = self._value(kind, "max(modified_at)", f"WHERE {scope}", within)
        # A plus takes the index from SQLite: of the filters where many match, else of the ids.
        walk, sort = ("+", "") if total > _FEW or not filters else ("", "+")
        met = " AND ".join([scope, *(f"{walk}{name} {sign} ?" for name, sign in filters), alive])
        rows = self._rows(
            kind,
            f"WHERE {met} AND {sort}id > ? ORDER BY {sort}id LIMIT ?",
            [*values, query.after, query.limit + 1],
        )
        shown = rows[: query.limit]
        last = shown[-1]["id"] if len(rows) > query.limit else ""
        return ListPage(shown, last, total, None if newest is None else moment(newest))

    def related(self, kind: str, rows: Iterable[Row], *, is_brief: bool = False) -> Related:
        """What belongs into the objects of some rows; of a brief one only what stays in it."""
        living = [row for row in rows if not row["is_deleted"]]
        ids = [row["id"] for row in living]
        if not ids or kind not in _RELATED or (is_brief and kind in _BRIEF):
            return Related()
        return _RELATED[kind](self, ids, living)

    def _of(
        self, kind: str, column: str, ids: Sequence[str], order: str = "id"
    ) -> dict[str, list[Row]]:
        """The rows of a kind that name one of some objects, by the object they name."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self._rows(kind, _naming(column, order), [list(ids)]):
            found[row[column]].append(row)
        return found

    def for_body(self, ids: Sequence[str], _: Sequence[Row]) -> Related:
        """The terms."""
        terms = self._of("legislative_term", "body_id", ids, "start_date NULLS FIRST, id")
        return Related({("legislative_term", "body"): terms})

    def for_organization(self, ids: Sequence[str], _: Sequence[Row]) -> Related:
        """The ids of the seats."""
        seats = self._of("membership", "organization_id", ids)
        found = {id_: [seat["id"] for seat in of] for id_, of in seats.items()}
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
        located = {row["id"]: row for row in self._rows("location", _naming("id"), [places])}
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
        with self._served.lake() as con:
            found = con.execute(_TEXTS, [list(published), LONGEST_TEXT]).fetchall()
        return Related(
            texts={file_id: text for file_id, text, sha256 in found if sha256 == published[file_id]}
        )


_TEXTS: Final = """
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
"""


def _naming(column: str, order: str = "id") -> str:
    return f"WHERE {column} IN {_GIVEN} AND {_ALIVE} ORDER BY {order}"


_RELATED: Final[Mapping[str, Callable[[Snapshot, Sequence[str], Sequence[Row]], Related]]] = {
    "body": Snapshot.for_body,
    "organization": Snapshot.for_organization,
    "person": Snapshot.for_person,
    "meeting": Snapshot.for_meeting,
    "agenda_item": Snapshot.for_agenda_item,
    "paper": Snapshot.for_paper,
    "file": Snapshot.for_file,
}
