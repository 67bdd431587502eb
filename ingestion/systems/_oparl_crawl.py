"""One walk over an OParl server: its body, the body's lists, and what these only link to."""

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from ingestion.city import City
from ingestion.http import (
    CircuitOpenError,
    Client,
    FetchError,
    HttpStatusError,
    Problem,
    RobotsDisallowedError,
)
from ingestion.http_send import log
from ingestion.record import Fetched, UnknownStructureError
from ingestion.spill import SpilledSet
from ingestion.systems._oparl_filter import Filter
from ingestion.systems._oparl_json import Node, objects, read
from ingestion.systems._oparl_links import Links
from ingestion.systems._oparl_people import ags

LISTS: Final[Mapping[str, str]] = {
    "organization": "organization",
    "person": "person",
    "meeting": "meeting",
    "paper": "paper",
}
"""The lists that every body has, in the order in which they are asked."""
MORE_LISTS: Final[Mapping[str, str]] = {
    "legislative_term": "legislativeTermList",
    "membership": "membership",
    "location": "locationList",
    "agenda_item": "agendaItem",
    "consultation": "consultation",
    "file": "file",
}
"""The lists of OParl 1.1 and their fields: asked where their objects did not come embedded."""
FEW: Final = 20
"""So many links are followed one by one; for more the list is asked, if there is one."""
BARREN_PAGES: Final = 3
"""Pages in a row that bring nothing new, after which a list is taken as endless."""
NOTHING_CHANGED: Final = 802
"""The code some servers send with 404 for an empty answer to modified_since."""
MOST_FOLLOWED: Final = 50_000
"""Objects that one crawl asks for one by one, at most."""
FAILURES: Final = 20
"""Objects of a kind in a row that could not be had, after which the kind is left alone."""
TELLING: Final = 5
"""A list of fewer objects does not tell whether it leaves fields out."""

_REFUSED: Final = frozenset({401, 403})
# Of each group a list must have one field in one of its objects; a group is left aside where the
# body has a list of its own for it.
_REQUIRED: Final[Mapping[str, tuple[tuple[frozenset[str], str | None], ...]]] = {
    "organization": ((frozenset({"classification", "organizationtype", "shortname"}), None),),
    "person": ((frozenset({"familyname", "givenname", "membership"}), None),),
    "membership": ((frozenset({"person", "organization"}), None),),
    "location": (
        (frozenset({"description", "streetaddress", "room", "locality", "geojson"}), None),
    ),
    "meeting": ((frozenset({"start"}), None), (frozenset({"agendaitem"}), "agenda_item")),
    "paper": (
        (frozenset({"reference", "date", "papertype"}), None),
        (frozenset({"mainfile", "auxiliaryfile"}), "file"),
        (frozenset({"consultation"}), "consultation"),
    ),
    "agenda_item": ((frozenset({"name", "number"}), None),),
    "consultation": ((frozenset({"paper", "agendaitem"}), None),),
    "file": ((frozenset({"accessurl", "downloadurl"}), None),),
}


# A list's page, its JSON, and the objects in it.
_Told = tuple[Fetched, Any, list[Node]]


class Crawl:
    """One walk: what was seen, and what is still linked."""

    def __init__(self, client: Client, city: City, since: dt.date | None) -> None:
        """Ask nothing yet.

        Args:
            client: Sends the requests and takes note of problems.
            city: Whose body is looked for.
            since: Only what was modified from then on; None: everything.
        """
        self._client, self._city, self._since = client, city, since
        self._filter = Filter(since)
        self._links = Links(is_update=since is not None)
        self._details: dict[str, str] = {}
        self._refused: set[str] = set()
        self._failures: Counter[str] = Counter()
        self._moved: tuple[str, str] | None = None
        self._body: Node | None = None

    def run(self, first: Fetched) -> Iterator[Fetched]:
        """Everything there is, beginning with the answer of the city file's URL.

        Args:
            first: The System, a list of bodies, or the Body.

        Yields:
            Every answer, ``first`` included.

        Raises:
            CircuitOpenError: The host refused repeatedly and is left alone.
        """
        nodes = self._readable(first)
        self._moved = _moved(first.url, nodes)
        found = self._choose(first, nodes)
        if found is None:
            yield first
            return
        page, body = found
        if page is not first:
            yield first
        yield replace(page, context={"body": body.id or ""})
        self._body = body
        self._links.note(body, "body")
        if self._since is None:
            yield from self._lists(LISTS)
            yield from self._lists(MORE_LISTS)
        else:
            # What stands in a meeting or paper tells more than its own list: it has the last word.
            yield from self._lists(MORE_LISTS)
            yield from self._lists(LISTS)
        yield from self._linked()

    # -- the body ----------------------------------------------------------------------------

    def _choose(self, first: Fetched, nodes: list[Node]) -> tuple[Fetched, Node] | None:
        """The city's body and the page it stands on; None (reported) where that is not clear."""
        found = [(first, node) for node in nodes if node.kind == "body"]
        for system in (node for node in nodes if node.kind != "body"):
            found += [(first, node) for node in system.nodes("body")]
            for url in system.links("body"):
                found += [(page, node) for page, each in self._walk(url, "body") for node in each]
        if nodes and not found:
            found = self._guessed(first.url)
        ours = [(page, node) for page, node in found if _is_of(node, self._city)] or found
        if not nodes:
            return None  # who parses the first answer says why it cannot be read
        if len(ours) != 1:
            self._report(
                first.url,
                f"{len(ours)} bodies, none of them clearly {self._city.name}"
                f" (AGS {self._city.ags})",
                "write the URL of the city's Body object into council.url",
            )
            return None
        return self._whole(*ours[0])

    def _guessed(self, system: str) -> list[tuple[Fetched, Node]]:
        """Bodies where every vendor has them, although this System names none."""
        for name in ("body", "bodies"):
            try:
                page = self._client.get(urljoin(system, name), kind="body")
            except HttpStatusError as error:
                log.info("no bodies there", url=error.url, status=error.status)
                continue
            found = [node for node in self._readable(page) if node.kind == "body"]
            if found:
                return [(page, node) for node in found]
        return []

    def _whole(self, page: Fetched, body: Node) -> tuple[Fetched, Node]:
        """The body itself, where it was only named or embedded in the System."""
        has_lists = any(body.links(key) for key in LISTS.values())
        if has_lists and page.kind == "body":
            return page, body
        if has_lists and any(node.id == body.id for node in self._readable(page)):
            return page, body
        asked = self._ask(body.id, "body") if body.id else None
        if asked is None:
            return page, body
        return next(((asked, node) for node in self._readable(asked)), (page, body))

    # -- lists -------------------------------------------------------------------------------

    def _lists(self, lists: Mapping[str, str]) -> Iterator[Fetched]:
        assert self._body is not None
        for kind, key in lists.items():
            if lists is MORE_LISTS and not self._is_wanted(kind):
                continue
            for url in self._body.links(key):
                yield from self._pages(url, kind)

    def _is_wanted(self, kind: str) -> bool:
        """Whether a list brings what did not come embedded; of changes it always may."""
        is_missing = self._links.unresolved(kind) > FEW or not self._links.kinds[kind]
        return self._since is not None or is_missing

    def _pages(self, url: str, kind: str) -> Iterator[Fetched]:
        listed = SpilledSet()
        keys: Counter[str] = Counter()
        for page, nodes in self._walk(url, kind):
            about = self._links.about_files(nodes) if kind == "file" else {}
            yield replace(page, context=about) if about else page
            for node in nodes:
                self._links.note_listed(node, node.kind or kind)
                if node.id is not None and not node.is_deleted:
                    listed.add(node.id)
                    keys.update(node.keys)
        if len(listed) >= TELLING and self._is_poor(kind, keys):
            self._details.update(dict.fromkeys(listed, kind))

    def _is_poor(self, kind: str, keys: Mapping[str, int]) -> bool:
        """Whether a list leaves out fields that its objects must have somewhere."""
        assert self._body is not None
        return any(
            not group & keys.keys() and not (own and self._body.links(MORE_LISTS[own]))
            for group, own in _REQUIRED.get(kind, ())
        )

    def _walk(self, url: str, kind: str) -> Iterator[tuple[Fetched, list[Node]]]:
        """A list, page by page until there is no next one."""
        known = SpilledSet()
        asked: set[str] = set()
        barren = 0
        told = self._first_page(url, kind)
        while told is not None:
            page, content, nodes = told
            asked.add(page.url)
            names = {node.id or str(node.raw("accessUrl")) for node in nodes}
            fresh = {name for name in names if name not in known}
            known.update(fresh)
            barren = 0 if fresh else barren + 1
            yield page, nodes
            if barren == BARREN_PAGES:
                self._report(
                    page.url,
                    f"{BARREN_PAGES} pages in a row brought nothing new",
                    "the list has no end: tell the operator of the OParl server",
                )
                return
            following = _next(page.url, content)
            if following is None:
                return
            following = self._filter.kept(following) if kind != "body" else following
            told = None if following in asked else self._page(following, kind)
            asked.add(following)

    def _first_page(self, url: str, kind: str) -> _Told | None:
        """The first page, asked with the filter in the form that this server understands."""
        if kind == "body" or not self._filter.is_on:
            return self._page(url, kind)
        while self._filter.is_on:
            try:
                return self._told(self._filter.put(url), kind)
            except HttpStatusError as error:
                if _says_nothing_changed(error.answer.body):
                    return None
                if error.status in _REFUSED:
                    self._failed(error, kind)
                    return None
                self._filter.refused(error.status)
                log.info("filter refused", url=error.url, status=error.status)
            except CircuitOpenError:
                raise
            except FetchError as error:
                self._failed(error, kind)
                return None
            except UnknownStructureError as error:
                self._filter.refused()
                log.info("filter not understood", url=error.url, what=error.what)
        return self._page(url, kind)

    def _page(self, url: str, kind: str) -> _Told | None:
        """A page that can be read, or None where it failed (reported) or nothing changed."""
        try:
            return self._told(url, kind)
        except CircuitOpenError:
            raise
        except HttpStatusError as error:
            if not _says_nothing_changed(error.answer.body):
                self._failed(error, kind)
            return None
        except FetchError as error:
            self._failed(error, kind)
            return None
        except UnknownStructureError as error:
            self._report(error.url, error.what, error.mend)
            return None

    # -- what is only linked -----------------------------------------------------------------

    def _linked(self) -> Iterator[Fetched]:
        """What is linked instead of embedded, each once, and what that links in turn."""
        followed = 0
        for url, kind, context in self._open():
            if kind in self._refused:
                continue
            if followed == MOST_FOLLOWED:
                self._report(
                    url,
                    f"more than {MOST_FOLLOWED:,} objects are only linked",
                    "the rest was left out: ask the operator to switch on the lists of OParl 1.1",
                )
                return
            followed += 1
            page = self._ask(url, kind, context)
            if page is None:
                continue
            yield page
            for node in self._readable(page):
                self._links.note(node, node.kind or kind, context)

    def _open(self) -> Iterator[tuple[str, str, dict[str, str]]]:
        while self._details or self._links.left():
            details, self._details = self._details, {}
            for url, kind in details.items():
                yield url, kind, {}
            yield from self._links.take()

    def _ask(self, url: str, kind: str, context: dict[str, str] | None = None) -> Fetched | None:
        """One object, or None where it cannot be had (reported)."""
        try:
            page = self._client.get(self._here(url), kind=kind, context=context or {})
        except CircuitOpenError:
            raise
        except FetchError as error:
            self._failed(error, kind)
            return None
        if kind != "system" and any(node.kind == "system" for node in self._readable(page)):
            self._report(
                page.url,
                f"answers the System in place of a {kind}",
                "take the object as gone; if it is not, tell the operator of the OParl server",
            )
            return None
        self._failures[kind] = 0
        return page

    # -- answers -----------------------------------------------------------------------------

    def _told(self, url: str, kind: str) -> _Told:
        """A list's page with its content and objects.

        Raises:
            FetchError: If it cannot be had.
            UnknownStructureError: If it is no OParl, or the System in place of the list.
        """
        page = self._client.get(self._here(url), kind=kind)
        content = read(page.url, page.body)
        nodes = objects(page.url, content)
        if kind != "system" and any(node.kind == "system" for node in nodes):
            raise UnknownStructureError(
                page.url,
                f"answers the System in place of the list of {kind}",
                "the path is unknown to the server: tell its operator",
            )
        return page, content, nodes

    @staticmethod
    def _readable(page: Fetched) -> list[Node]:
        """Its objects; a page that cannot be read is reported by who parses it."""
        try:
            return objects(page.url, read(page.url, page.body))
        except UnknownStructureError:
            return []

    def _failed(self, error: FetchError, kind: str) -> None:
        """Report, and leave a kind alone that is refused or that fails again and again."""
        self._failures[kind] += 1
        status = error.status if isinstance(error, HttpStatusError) else None
        if status in _REFUSED:
            self._refused.add(kind)
            self._report(
                error.url,
                f"HTTP {status}: the server keeps every {kind} to itself",
                "nothing, if that is meant so; else ask the operator to open the list",
            )
            return
        self._client.report(error.problem)
        if isinstance(error, RobotsDisallowedError):
            self._refused.add(kind)
        elif self._failures[kind] == FAILURES:
            self._refused.add(kind)
            self._report(
                error.url,
                f"{FAILURES} objects in a row of the kind {kind} could not be had",
                "the others were not asked for: check whether the base URL has moved",
            )

    def _report(self, url: str, what: str, mend: str) -> None:
        self._client.report(Problem(url, what, mend))

    def _here(self, url: str) -> str:
        """Where an object is now, if the server has moved and its ids still name the old place."""
        if self._moved is not None and url.startswith(self._moved[0]):
            return self._moved[1] + url.removeprefix(self._moved[0])
        return url


def _moved(asked: str, nodes: list[Node]) -> tuple[str, str] | None:
    """Old and new base, where the entry point names another address as its own."""
    if len(nodes) != 1 or nodes[0].kind not in {"system", "body"} or nodes[0].id is None:
        return None
    told, here = urlsplit(nodes[0].id), urlsplit(asked)
    old, new = told.path.split("/"), here.path.split("/")
    while len(old) > 1 and len(new) > 1 and old[-1] == new[-1]:
        old.pop()
        new.pop()
    is_same_place = (told.hostname, old) == (here.hostname, new)
    if is_same_place or len(old) == len(told.path.split("/")):
        return None
    tail = "/" if len(old) < len(told.path.split("/")) else ""
    return (
        told._replace(path="/".join(old) + tail, query="", fragment="").geturl(),
        here._replace(path="/".join(new) + tail, query="", fragment="").geturl(),
    )


def _is_of(node: Node, city: City) -> bool:
    """Whether a body is the city's: its keys come with 7, 8, 9 and 12 digits."""
    if ags(node.text("ags")) == city.ags:
        return True
    digits = re.sub(r"\D", "", node.text("rgs") or "")
    return bool(digits) and (
        digits in {city.ars, city.ars.lstrip("0"), city.ags} or ags(digits) == city.ags
    )


def _next(url: str, content: Any) -> str | None:
    """The next page's URL."""
    if not isinstance(content, dict):
        return None
    links = Node(content, url).nodes("links")
    return links[0].url("next") if links else None


def _says_nothing_changed(body: bytes) -> bool:
    try:
        content: Any = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(content, dict) and content.get("code") in {
        NOTHING_CHANGED,
        str(NOTHING_CHANGED),
    }
