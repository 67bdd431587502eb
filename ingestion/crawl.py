"""One city, one system, whole: fetch, parse, load; and the city's documents after it."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from types import ModuleType
from typing import Any, Final, Protocol

from ingestion.city import City
from ingestion.document_load import DocumentsResult, load_documents
from ingestion.http import Client, FetchError, Problem
from ingestion.progress import Progress, silent
from ingestion.record import Fetched, Record, UnknownStructureError
from ingestion.store import Crawl, LoadResult, Store

__all__ = ["CrawlResult", "DocumentsResult", "System", "crawl_city", "load_documents"]

# These systems take ``since`` as "changed since": what they leave out is unchanged, not gone.
_ASKS_FOR_CHANGES: Final = frozenset({"oparl"})
# These systems have no list of everything: an older meeting that no list shows is not gone.
_SHOWS_A_PART: Final = frozenset({"sdnet"})


class System(Protocol):
    """What a module under ``ingestion.systems`` offers."""

    def fetch(self, city: City, since: dt.date | None, client: Client) -> Iterator[Fetched]:
        """Talk to the server."""

    def parse(self, fetched: Fetched) -> Iterator[Record]:
        """Read one answer."""


@dataclass(frozen=True)
class CrawlResult:
    """What a crawl did.

    Attributes:
        system: The kind of server.
        load: What was loaded.
        answers: Answers parsed.
        requests: Requests sent.
        not_modified: Answers that were the same as before.
        problems: What was reported.
        seconds: Wall time.
    """

    system: str
    load: LoadResult
    answers: int
    requests: int
    not_modified: int
    problems: tuple[Problem, ...]
    seconds: float

    @property
    def is_complete(self) -> bool:
        """Whether everything in the window was read without a problem."""
        return self.load.is_complete


def crawl_city(
    city: City,
    system_module: ModuleType | System,
    client: Client,
    store: Store,
    since: dt.date | None,
    *,
    progress: Progress = silent,
    accept_drop: bool = False,
) -> CrawlResult:
    """Crawl one system of a city and load what it tells.

    Args:
        city: The city.
        system_module: A module of ``ingestion.systems``; its last name part names the raw tables.
        client: Talks to the city's server, and remembers through ``StoredAnswers``.
        store: The city's store.
        since: First day of the window; None: everything.
        progress: Told after every answer.
        accept_drop: Load although much of what is known is missing.

    Returns:
        What was done. A crawl with problems is loaded, but proves nothing about absence.

    Raises:
        DropError: Too much of what is known is missing; nothing was written.
        LoadError: The lake could not be written.
    """
    system = _name(system_module)
    crawl = Crawl(system=system, since=since, accept_drop=accept_drop)
    feed = _Feed(city, system_module, client, crawl, progress)
    requests, not_modified, problems = client.requests, client.not_modified, len(client.problems)
    load = store.load(system, feed.records(problems, requests), crawl=crawl)
    return CrawlResult(
        system=system,
        load=load,
        answers=feed.answers,
        requests=client.requests - requests,
        not_modified=client.not_modified - not_modified,
        problems=tuple(client.problems[problems:]),
        seconds=(dt.datetime.now(dt.UTC) - crawl.started_at).total_seconds(),
    )


def _name(system_module: Any) -> str:
    return str(system_module.__name__).rpartition(".")[2]


class _Feed:
    """Yields a crawl's records and fills in what is known of the crawl when they end."""

    def __init__(
        self, city: City, system: Any, client: Client, crawl: Crawl, progress: Progress
    ) -> None:
        self._city, self._system, self._client = city, system, client
        self._crawl, self._progress = crawl, progress
        self.answers = 0

    def records(self, problems: int, requests: int) -> Iterator[Record]:
        for fetched in self._fetched():
            self.answers += 1
            self._progress(self.answers, f"{self._city.name}: {fetched.kind}")
            self._crawl.retrieved_at = fetched.retrieved_at
            yield from self._parsed(fetched)
        crawl, client = self._crawl, self._client
        crawl.requests = client.requests - requests
        crawl.problems = [asdict(each) for each in client.problems[problems:]]
        asks_for_changes = crawl.system in _ASKS_FOR_CHANGES and crawl.since is not None
        shows_all = crawl.system not in _SHOWS_A_PART and not asks_for_changes
        crawl.is_complete = not crawl.problems and shows_all

    def _fetched(self) -> Iterator[Fetched]:
        try:
            yield from self._system.fetch(self._city, self._crawl.since, self._client)
        except FetchError as error:
            # What came until here is loaded; the crawl is not complete, so nothing is missing.
            self._client.report(error.problem)

    def _parsed(self, fetched: Fetched) -> Iterator[Record]:
        """All records of a page or, if the page is not what the parser knows, none."""
        try:
            records = list(self._system.parse(fetched))
        except UnknownStructureError as error:
            self._client.report(Problem(error.url, error.what, error.mend))
            return
        yield from records
