"""What the client is handed and keeps: memory of earlier crawls, clock, answers of this run."""

import datetime as dt
import random
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Final, Protocol
from urllib.parse import quote, urlencode

from ingestion.http_guard import Gate, RateGate, Robots, resolve
from ingestion.loaded import Loaded
from ingestion.record import Fetched
from ingestion.spill import SpilledMap

MEMO_BYTES: Final = 8 * 2**20
MEMO_ANSWER_BYTES: Final = 2 * 2**20
# What an answer costs beside its body: addresses, headers, the objects around them.
MEMO_ANSWER_COST: Final = 2_000

_GATE: Final = RateGate()


class StoredAnswer(Protocol):
    """What was answered to a URL before."""

    @property
    def etag(self) -> str | None:
        """The answer's ETag, as sent."""

    @property
    def last_modified(self) -> str | None:
        """The answer's Last-Modified, as sent."""

    @property
    def sha256(self) -> str:
        """Hash of the body."""

    # An answer may also carry ``status``, ``retrieved_at`` and ``content_type``: with them it
    # stands for itself where the same crawl has asked already.

    def body(self) -> bytes | None:
        """The stored bytes; None where they were purged."""


class Answers(Protocol):
    """The memory of earlier crawls."""

    def lookup(self, url: str) -> StoredAnswer | None:
        """The newest answer to this URL, if there is one."""

    def remember(self, fetched: Fetched) -> None:
        """Keep a fresh answer."""


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the client needs from the world; tests put their own in.

    Attributes:
        clock: Monotonic seconds.
        now: Wall time in UTC.
        sleep: Sleeps for seconds.
        jitter: A factor between 0 and 1.
        resolve: Addresses of a host name; None: names are not looked up.
        gate: Who keeps the pace; one for the process, so that two crawls of a host share it.
    """

    clock: Callable[[], float] = time.monotonic
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random
    resolve: Callable[[str], list[str]] | None = resolve
    gate: Gate = _GATE


@dataclass(frozen=True, slots=True)
class Cut:
    """What is kept of a file that is too large to be kept whole.

    Attributes:
        name: Says what is kept; together with the URL it identifies the answer.
        read: Makes the answer's body out of the file, which lies on disk.
        max_bytes: Largest file, as sent and decompressed.
    """

    name: str
    read: Callable[[BinaryIO], bytes]
    max_bytes: int


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the client keeps it while it follows redirects and retries."""

    method: str
    url: str
    kind: str
    data: Mapping[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    context: Mapping[str, str] = field(default_factory=dict)
    conditional: bool = True
    essence: Callable[[bytes], bytes | None] | None = None
    json: str | None = None
    cut: Cut | None = None
    known_as: str | None = None

    @property
    def named_url(self) -> str:
        """The URL with what was posted or cut out: it identifies the answer in our own tables."""
        if self.known_as is not None:
            return self.known_as
        if self.cut is not None:
            return f"{self.url}#{quote(self.cut.name)}"
        fields = {"json": self.json} if self.json is not None else self.data
        return self.url if self.method == "GET" else named(self.url, fields)


def named(url: str, data: Mapping[str, str] | None) -> str:
    """The URL under which the answer to a form is kept: no two forms share one."""
    if not data:
        return url
    joint = "&" if "?" in url else "?"
    return f"{url}{joint}{urlencode(data)}"


@dataclass(slots=True)
class RunMemory:
    """What one run knows of a city's servers; shared by its clients (council, documents).

    Attributes:
        memo: Small answers of this run.
        answered: What was answered, in this run or an earlier part of its crawl: the URL that was
            asked → the URL under which the answer is kept. Nobody asks for it again. It grows
            with the crawl and does not lie in memory.
        fresh: The part of ``answered`` that no checkpoint holds yet.
        robots: robots.txt per origin.
        refused: Refusals in a row per host; many enough, and the host is left alone.
        loaded: What the lake holds of answers whose rows last, by the answer's URL.
    """

    memo: "Memo" = field(default_factory=lambda: Memo())  # noqa: PLW0108 - it is defined below
    answered: SpilledMap = field(default_factory=SpilledMap)
    fresh: dict[str, str] = field(default_factory=dict)
    robots: dict[str, Robots] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    loaded: Mapping[str, Loaded] = field(default_factory=dict)

    def note(self, asked: str, answered: str) -> None:
        """Take note of an answer."""
        self.answered[asked] = self.fresh[asked] = answered

    def take_fresh(self) -> dict[str, str]:
        """What was answered since this was called last."""
        taken, self.fresh = self.fresh, {}
        return taken


@dataclass(slots=True)
class Memo:
    """Small answers of this run, the newest ``MEMO_BYTES`` of them.

    It only spares the look into the blobs: that nothing is asked for twice is what
    ``RunMemory.answered`` is for. So it need not grow with what a run reads.
    """

    answers: "OrderedDict[tuple[str, str], Fetched]" = field(default_factory=OrderedDict)
    size: int = 0

    def drop(self, key: tuple[str, str]) -> None:
        """Forget an answer: it is asked for again."""
        self.size -= _cost(self.answers.pop(key)) if key in self.answers else 0

    def keep(self, key: tuple[str, str], fetched: Fetched) -> None:
        """Keep a small answer; drop the oldest ones where the room is used up."""
        if len(fetched.body) > MEMO_ANSWER_BYTES:
            return
        self.drop(key)
        self.answers[key] = fetched
        self.size += _cost(fetched)
        while self.size > MEMO_BYTES:
            _, oldest = self.answers.popitem(last=False)
            self.size -= _cost(oldest)


def _cost(fetched: Fetched) -> int:
    """About so many bytes an answer takes in memory."""
    return len(fetched.body) + MEMO_ANSWER_COST
