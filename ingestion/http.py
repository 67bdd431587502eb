"""The one polite HTTP client: every byte from a city's server comes through here.

It asks one host at its pace, obeys robots.txt unless the operator allowed the crawl, asks
conditionally, retries what may pass, gives up early where it is refused, and never leaves the
city's own hosts.
"""

import datetime as dt
import json
import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import urljoin, urlsplit

import httpx
from pydantic import SecretStr

from ingestion.http_errors import (
    CertificateError,
    CircuitOpenError,
    FetchError,
    HostNotAllowedError,
    HttpStatusError,
    Problem,
    QuietHoursError,
    RobotsDisallowedError,
    TooLargeError,
    UnreachableError,
    shown,
)
from ingestion.http_guard import HostGuard, Robots, origin_of, resolve
from ingestion.http_send import Sender, log
from ingestion.http_types import Answers, Cut, Hooks, Request, RunMemory, StoredAnswer
from ingestion.record import Fetched

__all__ = [
    "Answers",
    "CertificateError",
    "CircuitOpenError",
    "Client",
    "Cut",
    "FetchError",
    "Hooks",
    "HostNotAllowedError",
    "HttpStatusError",
    "Problem",
    "QuietHoursError",
    "RobotsDisallowedError",
    "RunMemory",
    "StoredAnswer",
    "TooLargeError",
    "UnreachableError",
    "shown",
]

MAX_CONNECTIONS: Final = 2
MAX_REDIRECTS: Final = 5
MAX_ROBOTS_BYTES: Final = 512 * 2**10

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class Client:
    """Asks the servers of one city. Use it as a context manager; not for several threads.

    Attributes:
        problems: What was reported during the crawl.
        not_modified: Answers that were the same as the stored one.
        memory: What this run was answered; shared with the run's other clients.
    """

    def __init__(  # noqa: PLR0913 - one keyword per rule of politeness; all but two have defaults
        self,
        *,
        allowed: Iterable[str],
        user_agent: str,
        requests_per_second: float = 1.0,
        permission: bool = False,
        answers: Answers | None = None,
        secrets: Mapping[str, SecretStr] | None = None,
        max_bytes: int = 100 * 2**20,
        timeout: float = 60,
        retries: int = 3,
        ca_bundle: Path | None = None,
        transport: httpx.BaseTransport | None = None,
        hooks: Hooks | None = None,
        memory: RunMemory | None = None,
        is_quiet: Callable[[dt.datetime], bool] | None = None,
    ) -> None:
        """Set the limits; nothing is sent yet.

        Args:
            allowed: Base URLs of the city; only their scheme, host and port are ever asked.
            user_agent: Who we are; its product name is matched against robots.txt.
            requests_per_second: Pace per host.
            permission: The operator allowed the crawl: robots.txt is not asked.
            answers: The memory of earlier crawls; None: every answer is new.
            secrets: What ``secret()`` hands out to a system.
            max_bytes: Largest body, as sent and decompressed.
            timeout: Seconds for connecting and between two pieces of an answer.
            retries: How often a passing failure is tried again.
            ca_bundle: Certificates (PEM) that are believed besides the usual ones, for a server
                that does not send its intermediate ones. Verification is never switched off.
            transport: Another way to send (tests); names are then not looked up.
            hooks: Clock, sleep and name resolution.
            memory: What other clients of the same run know; None: a memory of its own.
            is_quiet: Whether nothing is asked at a moment: the host's quiet hours.

        Raises:
            HostNotAllowedError: If an allowed URL is none.
            OSError: If the bundle cannot be read, or is none (``ssl.SSLError``).
        """
        self._hooks = hooks or Hooks(resolve=None if transport is not None else resolve)
        self._guard = HostGuard(allowed, self._hooks.resolve)
        self._interval = 1.0 / requests_per_second
        self._user_agent, self._permission = user_agent, permission
        self._answers, self._secrets = answers, dict(secrets or {})
        self._max_bytes = max_bytes
        self._http = httpx.Client(
            headers={"User-Agent": user_agent, "Accept-Encoding": "gzip"},
            timeout=timeout,
            verify=_trusting(ca_bundle) if ca_bundle is not None else True,
            transport=transport,
            follow_redirects=False,
            limits=httpx.Limits(max_connections=MAX_CONNECTIONS),
            # A proxy of the environment must not be asked for our own loopback servers.
            trust_env=not self._guard.only_loopback,
        )
        self._is_quiet = is_quiet
        self.memory = memory if memory is not None else RunMemory()
        self._robots = self.memory.robots
        self._sender = Sender(
            self._http,
            self._hooks,
            timeout=timeout,
            retries=retries,
            refused=self.memory.refused,
        )
        self.problems: list[Problem] = []
        self.not_modified = 0

    @property
    def requests(self) -> int:
        """Requests sent, retries, redirects and robots.txt included."""
        return self._sender.requests

    def __enter__(self) -> Self:
        """Nothing to open: connections come with the first request."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close every connection."""
        self._http.close()

    def secret(self, name: str) -> str | None:
        """A credential by name, or None where none is set; never log what this returns."""
        value = self._secrets.get(name)
        return value.get_secret_value() if value is not None else None

    def forget_session(self) -> None:
        """Drop the cookies: the next request begins a session of its own."""
        self._http.cookies.clear()

    def report(self, problem: Problem) -> None:
        """Note what went wrong without stopping the crawl."""
        log.warning("problem", url=problem.url, what=problem.what, mend=problem.mend)
        self.problems.append(problem)

    def get(  # noqa: PLR0913 - all but two have defaults
        self,
        url: str,
        *,
        kind: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        context: Mapping[str, str] | None = None,
        conditional: bool = True,
        essence: Callable[[bytes], bytes | None] | None = None,
        cut: Cut | None = None,
    ) -> Fetched:
        """Ask for a page.

        Args:
            url: Absolute URL.
            kind: Page kind of the system; goes into the answer.
            params: Added to the URL's query.
            headers: Added to the request.
            context: What the page may not repeat; goes into the answer.
            conditional: False where the answer depends on the session: it is then asked
                again even if it was asked before.
            essence: What of a body matters, as in ``post``.
            cut: What is kept of a file that is too large to be kept whole.

        Returns:
            The answer with status below 300, or the stored one where nothing changed.

        Raises:
            FetchError: In one of its kinds; ``HttpStatusError`` carries the answer.
        """
        if params:
            origin_of(url)
            url = str(httpx.URL(url).copy_merge_params(dict(params)))
        request = Request(
            "GET", url, kind, None, headers or {}, context or {}, conditional, essence, cut=cut
        )
        return self._ask(request)

    def post(  # noqa: PLR0913 - all keywords with defaults
        self,
        url: str,
        *,
        kind: str,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        context: Mapping[str, str] | None = None,
        conditional: bool = True,
        essence: Callable[[bytes], bytes | None] | None = None,
        known_as: str | None = None,
    ) -> Fetched:
        """Send a form.

        Args:
            url: Absolute URL.
            kind: Page kind of the system; goes into the answer.
            data: Form fields. They become part of the answer's ``url`` (it identifies the
                answer), so a credential belongs into ``headers``.
            headers: Added to the request.
            context: What the page may not repeat; goes into the answer.
            conditional: False where the answer depends on the session: it is then asked
                again even if it was asked before.
            essence: What of a body matters, where a server packs the same content anew each
                time: an answer of equal essence is the stored one. None out of it: a body that
                is not worth being remembered.
            known_as: The URL under which the answer is kept, where the form names something that
                is new each time (a job); None: that of URL and form.

        Returns:
            The answer with status below 300.

        Raises:
            FetchError: In one of its kinds; ``HttpStatusError`` carries the answer.
        """
        request = Request(
            "POST",
            url,
            kind,
            data or {},
            headers or {},
            context or {},
            conditional,
            essence,
            known_as=known_as,
        )
        return self._ask(request)

    def wait(self, seconds: float) -> None:
        """Rest, where a server wants to be asked again later."""
        self._hooks.sleep(seconds)

    def now(self) -> dt.datetime:
        """The client's clock, in UTC."""
        return self._hooks.now()

    def stored(
        self, named_url: str, *, kind: str, context: Mapping[str, str] | None = None
    ) -> Fetched | None:
        """The stored answer, where the server said by other means that nothing changed.

        Args:
            named_url: The URL under which the answer is kept.
            kind: Page kind of the system; goes into the answer.
            context: What the page may not repeat; goes into the answer.

        Returns:
            The answer, not modified; None where its bytes are not there any more.
        """
        request = Request("GET", named_url, kind, context=context or {})
        fetched = self._from_store(named_url, request)
        if fetched is not None:
            self.not_modified += 1
        return fetched

    def post_json(
        self,
        url: str,
        content: object,
        *,
        kind: str,
        headers: Mapping[str, str] | None = None,
        context: Mapping[str, str] | None = None,
    ) -> Fetched:
        """Send JSON; otherwise as ``post``.

        Args:
            url: Absolute URL.
            content: What JSON can say. It becomes part of the answer's ``url``, so a credential
                belongs into ``headers``.
            kind: Page kind of the system; goes into the answer.
            headers: Added to the request.
            context: What the page may not repeat; goes into the answer.

        Returns:
            The answer with status below 300.

        Raises:
            FetchError: In one of its kinds.
        """
        text = json.dumps(content, ensure_ascii=False, sort_keys=True)
        sent = {"Content-Type": "application/json", **(headers or {})}
        return self._ask(Request("POST", url, kind, None, sent, context or {}, json=text))

    @property
    def is_quiet(self) -> bool:
        """Whether nothing may be asked now."""
        return self._is_quiet is not None and self._is_quiet(self._hooks.now())

    def _ask(self, request: Request) -> Fetched:
        if not request.conditional:
            return self._follow(request)
        key = (request.method, request.named_url)
        known = self.memory.memo.answers.get(key) or self._answered_before(request)
        if known is not None:
            return replace(known, kind=request.kind, context=request.context)
        fetched = self._follow(request)
        self.memory.memo.keep(key, fetched)
        stored = self._answers.lookup(fetched.url) if self._answers else None
        if stored is not None and stored.sha256 == fetched.sha256:
            self.memory.note(request.named_url, fetched.url)
        return fetched

    def _answered_before(self, request: Request) -> Fetched | None:
        """The stored answer, where this run or an earlier part of its crawl asked already."""
        url = self.memory.answered.get(request.named_url)
        return self._from_store(url, request) if url is not None else None

    def _from_store(self, url: str, request: Request) -> Fetched | None:
        stored = self._answers.lookup(url) if self._answers else None
        body = stored.body() if stored is not None else None
        if stored is None or body is None:
            return None
        content_type = getattr(stored, "content_type", None)
        return Fetched(
            url=url,
            kind=request.kind,
            status=getattr(stored, "status", httpx.codes.OK),
            headers={"content-type": content_type} if content_type else {},
            body=body,
            retrieved_at=getattr(stored, "retrieved_at", None) or self._hooks.now(),
            context=request.context,
            not_modified=True,
            first_retrieved_at=getattr(stored, "retrieved_at", None),
        )

    def _follow(self, request: Request) -> Fetched:
        """Send and follow redirects by hand: each hop passes the host guard and robots.txt."""
        for _ in range(MAX_REDIRECTS + 1):
            url = self._guard.admit(request.url)
            request = replace(request, url=url)
            self._obey_robots(url)
            fetched = self._conditionally(request)
            target = fetched.headers.get("location")
            if fetched.status not in _REDIRECTS or target is None:
                return fetched
            request = _redirected(request, fetched.status, target)
        raise FetchError(
            request.url,
            f"redirects more than {MAX_REDIRECTS} times",
            "open the page in a browser: the server may want a session or a login",
        )

    def _conditionally(self, request: Request) -> Fetched:
        """Ask only for what changed; an unchanged answer comes back with the stored body."""
        named = request.named_url
        compares = request.conditional or request.essence is not None
        known = self._answers.lookup(named) if self._answers and compares else None
        headers = dict(request.headers)
        if known is not None and request.method == "GET" and request.conditional:
            if known.etag:
                headers["If-None-Match"] = known.etag
            if known.last_modified:
                headers["If-Modified-Since"] = known.last_modified
        fetched = self._send(replace(request, headers=headers))
        if fetched.status == httpx.codes.NOT_MODIFIED:
            body = known.body() if known is not None else None
            if body is None:  # purged from the store: ask as if for the first time
                return self._remembered(self._send(request))
            self.not_modified += 1
            return replace(fetched, body=body, not_modified=True, first_retrieved_at=_first(known))
        if known is not None and known.sha256 == fetched.sha256:
            self.not_modified += 1
            return replace(fetched, not_modified=True, first_retrieved_at=_first(known))
        if request.essence is not None:
            return self._compared(fetched, known, request.essence)
        return self._remembered(fetched)

    def _compared(
        self,
        fetched: Fetched,
        known: StoredAnswer | None,
        essence: Callable[[bytes], bytes | None],
    ) -> Fetched:
        """The stored answer where only the packing differs; other bytes than a result pass by."""
        matters = essence(fetched.body)
        if matters is None:
            return fetched
        stored = known.body() if known is not None else None
        if stored is not None and essence(stored) == matters:
            self.not_modified += 1
            return replace(
                fetched, body=stored, not_modified=True, first_retrieved_at=_first(known)
            )
        return self._remembered(fetched)

    def _remembered(self, fetched: Fetched) -> Fetched:
        if self._answers is not None and fetched.status not in _REDIRECTS:
            self._answers.remember(fetched)
        return fetched

    def _send(self, request: Request, limit: int | None = None) -> Fetched:
        if self.is_quiet:
            raise QuietHoursError(_root(request.url))
        robots = self._robots.get(_root(request.url))
        interval = max(self._interval, robots.delay if robots else 0.0)
        return self._sender.send(request, interval=interval, limit=limit or self._max_bytes)

    def _obey_robots(self, url: str) -> None:
        if self._permission:
            return
        root = _root(url)
        if root not in self._robots:
            self._robots[root] = self._read_robots(root)
        robots = self._robots[root]
        if robots.allows(url):
            return
        if robots.refusal:
            raise RobotsDisallowedError(
                url,
                f"robots.txt {robots.refusal}, so nothing may be asked",
                "run again later; if it stays, ask the operator to admit the crawler",
            )
        raise RobotsDisallowedError(
            url,
            "robots.txt forbids this page",
            "ask the operator; with his word, state it under council.permission in the city"
            " file (granted_by, granted_on, reference)",
        )

    def _read_robots(self, root: str) -> Robots:
        """robots.txt after RFC 9309: a missing one allows all, an unreachable one nothing."""
        url = f"{root}/robots.txt"
        try:
            for _ in range(MAX_REDIRECTS + 1):
                admitted = self._guard.admit(url)
                fetched = self._send(Request("GET", admitted, "robots"), MAX_ROBOTS_BYTES)
                target = fetched.headers.get("location")
                if fetched.status not in _REDIRECTS or target is None:
                    text = fetched.body.decode("utf-8-sig", errors="replace")
                    return Robots(text, self._user_agent)
                url = urljoin(admitted, target)
        except HttpStatusError as error:
            is_temporary = error.status >= httpx.codes.INTERNAL_SERVER_ERROR or (
                error.status == httpx.codes.TOO_MANY_REQUESTS
            )
            refusal = f"answered HTTP {error.status}" if is_temporary else None
            return Robots("", self._user_agent, refusal)
        except CertificateError:
            raise  # the whole host, and its mend is another
        except FetchError as error:
            return Robots("", self._user_agent, f"could not be read ({error.what})")
        return Robots("", self._user_agent, "redirects without end")


def _trusting(bundle: Path) -> ssl.SSLContext:
    """The usual authorities and those of a city's bundle; host names are checked as ever."""
    context = httpx.create_ssl_context()
    context.load_verify_locations(cafile=bundle)
    return context


def _first(known: StoredAnswer | None) -> dt.datetime | None:
    """When the stored answer came, where its memory says it."""
    return getattr(known, "retrieved_at", None)


def _root(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _redirected(request: Request, status: int, target: str) -> Request:
    """The next request of a redirect; a form becomes a GET unless the server says keep it."""
    url = urljoin(request.url, target)
    old, new = urlsplit(request.url), urlsplit(url)
    if old.query and not new.query and old.path.rstrip("/") == new.path.rstrip("/"):
        # Servers that only move to https, or add a slash, lose the query on the way.
        url = new._replace(query=old.query).geturl()
    headers = dict(request.headers)
    if origin_of(url) != origin_of(request.url):
        headers = {}  # credentials travel in headers: they stay with the host they are for
    if status in {307, 308} or request.method == "GET":
        return replace(request, url=url, headers=headers)
    return replace(request, url=url, headers=headers, method="GET", data=None, json=None)
