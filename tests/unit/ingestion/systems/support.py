"""What the tests of all systems do alike: answers, mutated pages, a client without a net."""

import contextlib
import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

import httpx
from hypothesis import strategies as st

from ingestion import city as cities
from ingestion.city import City
from ingestion.http import Client
from ingestion.record import Fetched, Record, UnknownStructureError
from ingestion.systems import System

T = TypeVar("T", bound=Record)
Edit = tuple[int, int, str]

NOW: Final = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)


def answer(body: bytes, kind: str, url: str, context: dict[str, str] | None = None) -> Fetched:
    """A server's answer."""
    return Fetched(url, kind, 200, {}, body, NOW, context or {})


def only(records: Iterable[Record], model: type[T]) -> list[T]:
    """The records of one type."""
    return [record for record in records if isinstance(record, model)]


def edits(longest: int, traps: Sequence[str]) -> st.SearchStrategy[list[Edit]]:
    """Up to six places of a page, how much goes there, and what comes instead."""
    instead = st.sampled_from(traps) | st.text(max_size=4)
    return st.lists(
        st.tuples(st.integers(0, longest), st.integers(0, 40), instead),
        max_size=6,
    )


def mutated(text: str, changes: Iterable[Edit]) -> str:
    """A page with such edits made; what no encoding can say becomes a question mark."""
    for place, length, words in changes:
        text = text[:place] + words + text[place + length :]
    return text.encode("utf-8", "replace").decode()


def outcome(read: Callable[[], list[Record]]) -> list[str]:
    """The records' hashes, or what was reported; any other exception fails the test."""
    try:
        return [record.content_sha256 for record in read()]
    except UnknownStructureError as error:
        return [error.url, error.what, error.mend]


def read_or_reported(system: System, kind: str, body: bytes, url: str) -> None:
    """Any bytes are read, or said not to be understood; any other exception fails the test."""
    system.page_kind("", body)
    with contextlib.suppress(UnknownStructureError):
        list(system.parse(answer(body, kind, url)))


def at(city_id: str, url: str) -> City:
    """A city whose council is at another address."""
    city = cities.load(city_id)
    assert city.council is not None
    return city.model_copy(update={"council": city.council.model_copy(update={"url": url})})


def client(url: str, serve: Callable[[httpx.Request], httpx.Response]) -> Client:
    """A client whose requests a function answers, without pause or another try."""
    return Client(
        allowed=[url],
        user_agent="t",
        requests_per_second=1e6,
        permission=True,
        retries=0,
        transport=httpx.MockTransport(serve),
    )
