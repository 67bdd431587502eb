"""OParl 1.0 and 1.1: the door to every council system that has the interface switched on."""

import datetime as dt
from collections.abc import Iterator
from typing import Final

from ingestion.city import City
from ingestion.http import Client, HttpStatusError
from ingestion.record import Fetched, File, Record, RejectedRow, UnknownStructureError
from ingestion.systems._oparl_crawl import Crawl
from ingestion.systems._oparl_json import KINDS, objects, read
from ingestion.systems._oparl_records import records
from ingestion.window import Window

PAGES: Final[tuple[str, ...]] = KINDS

_GONE: Final = frozenset({404, 410})
_MAIL_AS_PDF: Final = ".eml.pdf"


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
        FetchError: If the system itself cannot be had, or the host is left alone.
    """
    if city.council is None:
        return
    first = client.get(str(city.council.url), kind="system")
    window = Window.of(since)
    for page in Crawl(client, city, window.changed_since).run(first):
        # Whoever goes on with a crawl walks the whole way again, over the answers that are kept,
        # and hands on only what is not in the lake yet.
        if page.url not in window.loaded:
            yield page
            window.reached(page.url)


def fetch_file(file: File, client: Client) -> Fetched:
    """Ask for a document.

    Args:
        file: A file as ``parse`` yielded it.
        client: Sends the requests.

    Returns:
        The document. One vendor names mails ``x.eml.pdf`` and serves them as ``x.eml`` only.

    Raises:
        FetchError: It could not be had.
    """
    try:
        return client.get(file.url, kind="file")
    except HttpStatusError as error:
        if error.status not in _GONE or not file.url.endswith(_MAIL_AS_PDF):
            raise
        return client.get(file.url.removesuffix(".pdf"), kind="file")


def parse(fetched: Fetched) -> Iterator[Record]:
    """The records of a list page or of a single object.

    Args:
        fetched: A JSON answer; its kind says what objects without a type are. Its context may
            name the one ``body`` of a list that is the city's.

    Yields:
        Body, LegislativeTerm, Organization, Person, Membership, Location, Meeting, AgendaItem,
        Vote, Paper, Consultation, File, Tombstone; a RejectedRow for what lacks an id or what it
        hangs on.

    Raises:
        UnknownStructureError: If the answer is not OParl: HTML, broken JSON, an error object.
    """
    ours = fetched.context.get("body")
    found = objects(fetched.url, read(fetched.url, fetched.body))
    for number, node in enumerate(found, start=1):
        kind = node.kind or fetched.kind
        if kind == "body" and ours is not None and node.id != ours:
            continue
        for record in records(node, kind, fetched.context):
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
