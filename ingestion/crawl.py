"""One city, one system: fetch, parse, load in portions; and the city's documents after it.

A crawl walks over milestones (a month, a page of a list). After enough answers, or time, the next
milestone ends a portion: its records, its answers and a checkpoint are committed together. Between
two milestones only the answers are committed. A run that dies is run again: it skips the milestones
that are loaded, reads the answers after them from the store, and asks for the rest.
"""

import datetime as dt
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from types import ModuleType
from typing import Any, Final, Protocol

from ingestion.absence import LASTING
from ingestion.bookkeeping import Unfinished
from ingestion.city import City
from ingestion.document_load import DocumentsResult, load_documents
from ingestion.http import Client, FetchError, Problem, QuietHoursError
from ingestion.loaded import STATE, UNASKED, Loaded, fingerprint
from ingestion.progress import Progress, silent
from ingestion.record import Fetched, Record, UnknownStructureError
from ingestion.store import Crawl, LoadResult, Store
from ingestion.window import Month, Window

__all__ = ["CrawlResult", "DocumentsResult", "Portions", "System", "crawl_city", "load_documents"]

# These systems can be asked for changes: what they leave out is then unchanged, not gone.
_ASKS_FOR_CHANGES: Final = frozenset({"oparl"})
# These systems have no list of everything: an older meeting that no list shows is not gone.
_SHOWS_A_PART: Final = frozenset({"sdnet"})

_MONTH: Final = re.compile(r"\d{4}-\d{2}", re.ASCII)

# An unfinished crawl that began longer ago than this begins anew: what it saw is too old.
_OLDEST: Final[Mapping[str, dt.timedelta]] = {
    "first": dt.timedelta(days=60),
    "full": dt.timedelta(days=14),
    "increment": dt.timedelta(hours=12),
}


@dataclass(frozen=True, slots=True)
class Portions:
    """How much may be lost and done again.

    Attributes:
        answers: Answers after which the next milestone ends a portion.
        records: The same in records: a page of a list brings hundreds, and a portion waits in
            memory.
        seconds: The same by the clock.
        kept_answers: Answers that may wait for their commit in the middle of a portion.
        kept_seconds: The same by the clock.
    """

    answers: int = 1_000
    records: int = 25_000
    seconds: float = 600
    kept_answers: int = 200
    kept_seconds: float = 60


class System(Protocol):
    """What a module under ``ingestion.systems`` offers."""

    def fetch(
        self, city: City, since: Window | dt.date | None, client: Client
    ) -> Iterator[Fetched]:
        """Talk to the server."""

    def parse(self, fetched: Fetched) -> Iterator[Record]:
        """Read one answer."""


@dataclass(frozen=True)
class CrawlResult:
    """What a crawl did in this run.

    Attributes:
        system: The kind of server.
        load: What was loaded, all portions together.
        answers: Answers that were understood, now or when the same was loaded; those that were not
            are among the problems.
        requests: Requests sent.
        not_modified: Answers that were the same as before.
        problems: What was reported.
        seconds: Wall time.
        window: What was asked for.
        portions: Portions that are in the lake, those of earlier runs included.
        resumed_from: When the crawl began that this run went on with; None: it began here.
        stopped: Why the crawl did not come to its end; None: it did.
    """

    system: str
    load: LoadResult
    answers: int
    requests: int
    not_modified: int
    problems: tuple[Problem, ...]
    seconds: float
    window: Window = field(default_factory=Window)
    portions: int = 1
    resumed_from: dt.datetime | None = None
    stopped: str | None = None

    @property
    def is_complete(self) -> bool:
        """Whether everything in the window was read without a problem."""
        return self.load.is_complete


def crawl_city(  # noqa: PLR0913 - three keywords with defaults
    city: City,
    system_module: ModuleType | System,
    client: Client,
    store: Store,
    since: Window | dt.date | None,
    *,
    progress: Progress = silent,
    accept_drop: bool = False,
    portions: Portions | None = None,
) -> CrawlResult:
    """Crawl one system of a city and load what it tells; go on with a crawl that was broken off.

    Args:
        city: The city.
        system_module: A module of ``ingestion.systems``; its last name part names the raw tables.
        client: Talks to the city's server, and remembers through ``StoredAnswers``.
        store: The city's store.
        since: What to ask for; a bare day: everything from it on; None: everything.
        progress: Told after every answer.
        accept_drop: Load although much of what is known is missing.
        portions: When to commit.

    Returns:
        What was done. A crawl with problems is loaded, but proves nothing about absence. Where
        the host is left alone or its quiet hours begin, the next run goes on from there.

    Raises:
        DropError: Too much of what is known is missing; nothing was taken away.
        LoadError: The lake could not be written.
    """
    began = dt.datetime.now(dt.UTC)
    system = _name(system_module)
    window = Window.of(since)
    crawl = _begun(store, system, window, client)
    crawl.accept_drop = accept_drop
    client.memory.loaded = store.loaded(system)
    requests, not_modified, problems = client.requests, client.not_modified, len(client.problems)
    feed = _Feed(
        city,
        system_module,
        client,
        crawl,
        window,
        progress,
        portions or Portions(),
        store.keep_answers,
    )
    is_complete = False
    while not feed.is_over:
        is_complete = store.load(system, feed.portion(), crawl=crawl).is_complete
    return CrawlResult(
        system=system,
        load=LoadResult(crawl.totals, is_complete),
        answers=feed.answers,
        requests=client.requests - requests,
        not_modified=client.not_modified - not_modified,
        problems=tuple(client.problems[problems:]),
        seconds=(dt.datetime.now(dt.UTC) - began).total_seconds(),
        window=window,
        portions=crawl.portions,
        resumed_from=crawl.started_at if crawl.resumed_at else None,
        stopped=feed.stopped,
    )


def _name(system_module: Any) -> str:
    return str(system_module.__name__).rpartition(".")[2]


def _begun(store: Store, system: str, window: Window, client: Client) -> Crawl:
    """The crawl to go on with, if one like it was broken off not too long ago, else a new one."""
    crawl = Crawl(
        system=system,
        since=window.first,
        until=window.last,
        kind=window.kind,
        changed_since=window.changed_since,
    )
    found = store.unfinished(system)
    if found is None:
        return crawl
    if not is_same(found, window, crawl.started_at):
        store.forget(system)
        return crawl
    crawl.resumed_at, crawl.started_at = crawl.started_at, found.started_at
    crawl.before, crawl.requests_before = found.problems, found.requests
    crawl.portions, crawl.has_checkpoint = found.portions, True
    window.loaded = frozenset(found.milestones)
    for pairs in store.answered(system):
        client.memory.answered.update(pairs)
    return crawl


def is_same(found: Unfinished, window: Window, now: dt.datetime) -> bool:
    """Whether an unfinished crawl asked for the same, and not too long ago."""
    return (
        (found.kind, found.since, found.until, found.changed_since)
        == (window.kind, window.first, window.last, window.changed_since)
    ) and now - found.started_at < _OLDEST[found.kind]


class _Feed:
    """Yields a crawl's records portion by portion, and fills in what is known of the crawl."""

    def __init__(  # noqa: PLR0913, PLR0917 - what a crawl is made of
        self,
        city: City,
        system: Any,
        client: Client,
        crawl: Crawl,
        window: Window,
        progress: Progress,
        portions: Portions,
        keep: Callable[[Crawl], None],
    ) -> None:
        self._city, self._system, self._client = city, system, client
        self._crawl, self._window, self._progress = crawl, window, progress
        self._portions, self._keep = portions, keep
        self.answers, self._came = 0, 0
        self.is_over = False
        self.stopped: str | None = None
        self._in_portion, self._records, self._is_due = 0, 0, False
        self._portion_at = self._kept_at = time.monotonic()
        self._milestones: set[str] = set()
        # What the client counted before is not ours.
        self._first_problem, self._first_request = len(client.problems), client.requests
        self._told_problems = self._first_problem
        window.reached = self._reached
        self._held: Fetched | None = None
        self._fetched = self._walk()

    def portion(self) -> Iterator[Record]:
        """The records up to a milestone after enough answers, or up to the end of the walk."""
        self._in_portion, self._records, self._is_due = 0, 0, False
        self._portion_at = self._kept_at = time.monotonic()
        while (fetched := self._next()) is not None:
            self._crawl.retrieved_at = fetched.retrieved_at
            self._crawl.page_kind = fetched.kind
            self._crawl.page_sha256 = fetched.sha256
            yield from self._parsed(fetched)
            self._keep_answers()
        self._close()

    def _next(self) -> Fetched | None:
        """The next answer of this portion; None where it ends. The walk itself may end there."""
        if self._held is None:
            self._held = next(self._fetched, None)
            self.is_over = self._held is None
        if self._held is None or self._is_due:
            return None
        fetched, self._held = self._held, None
        self._came += 1
        self._in_portion += 1
        self._progress(self._came, f"{self._city.name}: {fetched.kind}")
        return fetched

    def _reached(self, name: str) -> None:
        """A milestone: what was yielded until here is a whole."""
        problems = len(self._client.problems)
        if problems == self._told_problems:
            self._milestones.add(name)  # one with problems is walked again by who goes on
        self._told_problems = problems
        much = self._portions
        self._is_due = (
            self._in_portion >= much.answers
            or self._records >= much.records
            or time.monotonic() - self._portion_at > much.seconds
        )

    def _keep_answers(self) -> None:
        """Commit the answers of a portion that takes long."""
        fresh, much = len(self._client.memory.fresh), self._portions
        waited = time.monotonic() - self._kept_at
        if fresh >= much.kept_answers or (fresh and waited > much.kept_seconds):
            self._tell()
            self._crawl.is_ended = False
            self._keep(self._crawl)
            self._kept_at = time.monotonic()

    def _close(self) -> None:
        """Tell the store what this portion is."""
        crawl = self._crawl
        self._tell()
        crawl.milestones, self._milestones = self._milestones, set()
        crawl.span = _span(crawl.milestones, self._window)
        crawl.is_last = self.is_over
        crawl.is_ended = self.is_over and self.stopped is None
        asks_for_changes = (
            crawl.system in _ASKS_FOR_CHANGES and self._window.changed_since is not None
        )
        is_clean = not crawl.problems and not crawl.before
        shows_all = crawl.system not in _SHOWS_A_PART and not asks_for_changes
        crawl.is_complete = crawl.is_ended and is_clean and shows_all

    def _tell(self) -> None:
        crawl, client = self._crawl, self._client
        crawl.requests = client.requests - self._first_request
        crawl.problems = [asdict(each) for each in client.problems[self._first_problem :]]
        crawl.answered = client.memory.take_fresh()

    def _walk(self) -> Iterator[Fetched]:
        try:
            yield from self._system.fetch(self._city, self._window, self._client)
        except FetchError as error:
            # What came until here is loaded; the crawl is not complete, so nothing is missing.
            self._client.report(error.problem)
            self.stopped = str(error)
        except QuietHoursError as error:
            self.stopped = str(error)

    def _parsed(self, fetched: Fetched) -> Iterator[Record]:
        """All records of a page or, if the page is not what the parser knows, none.

        None either of a page whose records are in the lake and stay there: it is only counted.
        """
        known = self._client.memory.loaded.get(fetched.url)
        print_ = fingerprint(fetched) if known is not None and fetched.not_modified else None
        if known is not None and known.fingerprint == print_:
            # It was understood when it was loaded: a source that only says so again has not failed.
            self.answers += 1
            self._crawl.count_known(known)
            self._note_loaded(fetched, known.counts)
            return
        try:
            records = list(self._system.parse(fetched))
        except UnknownStructureError as error:
            problem = Problem(error.url, error.what, error.mend)
            # A page that belongs to two months is read with both, and told of once.
            if problem not in self._client.problems[self._first_problem :]:
                self._client.report(problem)
            return
        self.answers += 1
        self._records += len(records)
        yield from records
        kinds = Counter(record.object_type for record in records)
        if kinds and kinds.keys() <= LASTING:
            self._note_loaded(fetched, kinds)

    def _note_loaded(self, fetched: Fetched, counts: Mapping[str, int]) -> None:
        """With this portion the answer is in the lake; once a day is often enough to know."""
        state = fetched.context.get(STATE, "")
        now = Loaded(fingerprint(fetched), state, dict(counts), dt.datetime.now(dt.UTC))
        known = self._client.memory.loaded.get(fetched.url)
        if fetched.context.get(UNASKED) and known is not None:
            return
        is_news = known is None or replace(known, asked_at=now.asked_at) != now
        if is_news or (known is not None and known.asked_at.date() < now.asked_at.date()):
            self._crawl.loaded[fetched.url] = now


def _span(milestones: Iterable[str], window: Window) -> tuple[dt.date, dt.date] | None:
    """The days of a portion's months, those before the window left out; None without months."""
    months = [Month(int(name[:4]), int(name[5:])) for name in milestones if _MONTH.fullmatch(name)]
    if window.first is not None:
        begins = window.first.replace(day=1)
        months = [month for month in months if month.first_day >= begins]
    if not months:
        return None
    first = min(each.first_day for each in months)
    if window.kind == "increment" and window.first is not None:
        first = max(first, window.first)
    return first, max(each.last_day for each in months)
