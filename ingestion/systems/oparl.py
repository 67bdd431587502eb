"""OParl 1.0 and 1.1: the door to every council system that has the interface switched on."""

import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ingestion.city import City
from ingestion.http import Client, FetchError, HttpStatusError, Problem
from ingestion.record import Fetched, Record, RejectedRow, UnknownStructureError
from ingestion.systems._crawl import attempt
from ingestion.systems._oparl_json import KINDS, UNREAD, Node, objects, read
from ingestion.systems._oparl_records import FILES, records, rejected
from ingestion.window import Window

PAGES: Final[tuple[str, ...]] = KINDS
LISTS: Final = ("organization", "meeting", "paper")
"""The lists of a body, in the order in which they are asked; the rest hangs in their objects."""
BARREN_PAGES: Final = 3
"""Pages in a row that bring nothing new, after which a list is taken as endless."""
NOTHING_CHANGED: Final = 802
"""The code some servers send with 404 for an empty answer to modified_since."""

_LINKED: Final[Mapping[str, tuple[str, ...]]] = {
    "meeting": ("agendaItem",),
    "paper": ("consultation",),
    "agenda_item": ("consultation",),
}
_KIND_OF: Final = {"agendaItem": "agenda_item", "consultation": "consultation"}


def fetch(city: City, since: Window | dt.date | None, client: Client) -> Iterator[Fetched]:
    """Ask the system, its body of this city, and the body's lists.

    Args:
        city: The city; ``council.url`` is the System object, or the Body itself.
        since: The window, of which a server of this kind takes ``changed_since``; a bare day:
            only what was modified from it on; None: everything.
        client: Talks to the server; links to foreign hosts are refused there.

    Yields:
        Every page and every object that is linked instead of embedded.

    Raises:
        FetchError: If the system itself cannot be had.
    """
    if city.council is None:
        return
    first = client.get(str(city.council.url), kind="system")
    yield first
    window = Window.of(since)
    crawl = _Crawl(client, window.changed_since)
    for body in crawl.bodies(first, city):
        for kind in LISTS:
            for url in body.links(kind):
                for page in crawl.pages(url, kind):
                    yield page
                    window.reached(page.url)
    yield from crawl.linked()


def parse(fetched: Fetched) -> Iterator[Record]:
    """The records of a list page or of a single object.

    Args:
        fetched: A JSON answer; its kind says what objects without a type are.

    Yields:
        Organization, Meeting, AgendaItem, Paper, Consultation, File, Tombstone; a RejectedRow
        for an object without an id.

    Raises:
        UnknownStructureError: If the answer is not OParl: HTML, broken JSON, an error object.
    """
    found = objects(fetched.url, read(fetched.url, fetched.body))
    for number, node in enumerate(found, start=1):
        kind = node.kind or fetched.kind
        if node.type in UNREAD:
            found_here: Iterable[Record] = [rejected(node, kind, f"a {node.type} is not read")]
        else:
            found_here = records(node, kind, fetched.context)
        for record in found_here:
            if isinstance(record, RejectedRow):
                yield record.model_copy(update={"id": f"{record.id}#{number}", "row_no": number})
            else:
                yield record


def page_kind(url: str, body: bytes) -> str | None:
    """The kind of the first object that tells; None if nothing does."""
    try:
        found = objects(url, read(url, body))
    except UnknownStructureError:
        return None
    return next((node.kind for node in found if node.kind), None)


class _Crawl:
    """One walk over a server: what was seen, and what is still linked."""

    def __init__(self, client: Client, since: dt.date | None) -> None:
        self._client = client
        # In UTC with Z: some servers misread the plus sign of an offset, others its encoding.
        self._filter = {"modified_since": f"{since}T00:00:00Z"} if since else {}
        self._seen: set[str] = set()
        self._links: dict[str, tuple[str, dict[str, str]]] = {}

    def bodies(self, first: Fetched, city: City) -> list[Node]:
        """The bodies of this city, out of a System, a list of bodies or a Body."""
        nodes = self._readable(first)
        if not nodes:
            return []
        found = [node for node in nodes if node.kind == "body"]
        for system in nodes:
            if system.kind == "body":
                continue
            found += system.nodes("body")
            for url in system.links("body"):
                found += self._objects(url)
        ours = [node for node in found if _is_of(node, city)] or found
        if len(ours) != 1:
            self._client.report(
                Problem(
                    first.url,
                    f"{len(ours)} bodies, none of them clearly {city.name} (AGS {city.ags})",
                    "write the URL of the city's Body object into council.url",
                )
            )
            return []
        return ours

    def pages(self, url: str, kind: str) -> Iterator[Fetched]:
        """A list, page by page until there is no next one."""
        barren = 0
        asked: set[str] = set()
        following: str | None = _with(url, self._filter)
        while following is not None and following not in asked:
            asked.add(following)
            page = self._page(following, kind)
            if page is None:
                return
            yield page
            content = read(page.url, page.body)
            before = len(self._seen)
            for node in objects(page.url, content):
                self._note(node, node.kind or kind)
            barren = barren + 1 if len(self._seen) == before else 0
            if barren == BARREN_PAGES:
                self._client.report(
                    Problem(
                        page.url,
                        f"{BARREN_PAGES} pages in a row brought nothing new",
                        "the list has no end: tell the operator of the OParl server",
                    )
                )
                return
            following = _next(page.url, content, self._filter)

    def linked(self) -> Iterator[Fetched]:
        """What is linked instead of embedded, each once, and what that links in turn."""
        while self._links:
            url, (kind, context) = self._links.popitem()
            if url in self._seen:
                continue
            self._seen.add(url)
            page = attempt(self._client, partial(self._client.get, url, kind=kind, context=context))
            if page is None:
                continue
            yield page
            for node in self._readable(page):
                self._note(node, node.kind or kind)

    def _page(self, url: str, kind: str) -> Fetched | None:
        """A page that can be read, or None where it failed (reported) or nothing changed."""
        try:
            page = self._client.get(url, kind=kind)
            objects(page.url, read(page.url, page.body))
        except HttpStatusError as error:
            if not _says_nothing_changed(error.answer.body):
                self._client.report(error.problem)
            return None
        except FetchError as error:
            self._client.report(error.problem)
            return None
        except UnknownStructureError as error:
            self._client.report(Problem(error.url, error.what, error.mend))
            return None
        return page

    def _objects(self, url: str) -> list[Node]:
        page = self._page(url, "body")
        return self._readable(page) if page is not None else []

    @staticmethod
    def _readable(page: Fetched) -> list[Node]:
        """Its objects; a page that cannot be read is reported by who parses it."""
        try:
            return objects(page.url, read(page.url, page.body))
        except UnknownStructureError:
            return []

    def _note(self, node: Node, kind: str, inherited: Mapping[str, str] | None = None) -> None:
        """Remember an object as seen, and what it links to as still to be asked."""
        id_ = node.id
        if id_ is not None:
            self._seen.add(id_)
        if node.is_deleted:
            return
        about = {**(inherited or {}), **({f"{kind}_id": id_} if id_ else {})}
        if kind == "agenda_item" and node.flag("public") is False:
            return  # P1: what hangs on a closed item is not asked for
        for key, role in FILES.get(kind, {}).items():
            for url in node.links(key):
                self._links.setdefault(url, ("file", {**about, "role": role}))
        for key in _LINKED.get(kind, ()):
            for url in node.links(key):
                self._links.setdefault(url, (_KIND_OF[key], {}))
            for each in node.nodes(key):
                self._note(each, _KIND_OF[key], about)


def _is_of(node: Node, city: City) -> bool:
    """Whether a body is the city's: its keys come with 7, 8, 9 and 12 digits."""
    for key in ("ags", "rgs"):
        digits = re.sub(r"\D", "", node.text(key) or "")
        if digits in {city.ags, city.ars, city.ags.lstrip("0"), city.ars.lstrip("0")}:
            return True
        if digits[:8] == city.ags and not digits[8:].strip("0"):
            return True
    return False


def _next(url: str, content: Any, filters: Mapping[str, str]) -> str | None:
    """The next page's URL, with the filters that a server may have dropped from it."""
    if not isinstance(content, dict):
        return None
    links = Node(content, url).nodes("links")
    following = links[0].url("next") if links else None
    return _with(following, filters) if following else None


def _with(url: str, filters: Mapping[str, str]) -> str:
    parts = urlsplit(url)
    present = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    added = urlencode([(name, value) for name, value in filters.items() if name not in present])
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, added)))))


def _says_nothing_changed(body: bytes) -> bool:
    try:
        content: Any = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(content, dict) and content.get("code") in {
        NOTHING_CHANGED,
        str(NOTHING_CHANGED),
    }
