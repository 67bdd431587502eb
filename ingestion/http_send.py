"""Sends one request as often as is polite, and reads its answer within limits."""

import datetime as dt
import logging
import tempfile
import zlib
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

import httpx
import structlog
from tenacity import RetryCallState, Retrying, retry_if_exception

from ingestion.http_errors import (
    CertificateError,
    CircuitOpenError,
    FetchError,
    HttpStatusError,
    TooLargeError,
    UnreachableError,
    shown,
)
from ingestion.http_types import Hooks, Request
from ingestion.record import Fetched

LONGEST_RETRY_AFTER: Final = 120.0
"""Seconds; a server that wants a longer rest gets it: the run goes on without the page."""
FIRST_BACK_OFF: Final = 2.0
LONGEST_BACK_OFF: Final = 30.0
REFUSALS_TO_OPEN: Final = 5
"""Refusals (403, 429, 503) in a row after which a host is left alone."""
SLOWEST_ANSWER: Final = 10
"""An answer that still drips after this many time-outs is given up."""
USUAL_BYTES: Final = 100 * 2**20
"""An answer that may be larger may take longer, in proportion."""

_REFUSALS: Final = frozenset({403, 429, 503})
_ONE_RETRY: Final = frozenset({429, 503})
_RETRIED: Final = frozenset({408, 425, 429, 500, 502, 503, 504})

# Bound to the standard library's logger: silent unless somebody turns DEBUG on, and never on
# stdout, where commands print their results.
log: structlog.stdlib.BoundLogger = structlog.wrap_logger(
    logging.getLogger("seehaus.http"),
    wrapper_class=structlog.stdlib.BoundLogger,
    processors=[
        structlog.stdlib.filter_by_level,
        structlog.processors.KeyValueRenderer(
            key_order=["event", "method", "url"], drop_missing=True
        ),
    ],
)


class Sender:
    """Paces, retries and reads; leaves a host alone that refuses repeatedly.

    Attributes:
        requests: Requests sent, retries included.
    """

    def __init__(
        self,
        http: httpx.Client,
        hooks: Hooks,
        *,
        timeout: float,
        retries: int,
        refused: dict[str, int] | None = None,
    ) -> None:
        """Take the connection pool, how patient to be, and which hosts refused before."""
        self._http, self._hooks = http, hooks
        self._timeout, self._retries = timeout, retries
        self._refused = refused if refused is not None else {}
        self.requests = 0

    def send(self, request: Request, *, interval: float, limit: int) -> Fetched:
        """Send, and try again what may pass.

        Args:
            request: What to send; its URL was admitted before.
            interval: Seconds between two requests to the host.
            limit: Bytes, as sent and decompressed.

        Returns:
            The answer with a status below 400.

        Raises:
            FetchError: In one of its kinds.
        """
        retrying = Retrying(
            retry=retry_if_exception(_may_pass),
            stop=self._enough,
            wait=self._pause,
            sleep=self._hooks.sleep,
            reraise=True,
        )
        return retrying(self._send_once, request, interval, limit)

    def _enough(self, state: RetryCallState) -> bool:
        error = state.outcome.exception() if state.outcome else None
        once = isinstance(error, HttpStatusError) and error.status in _ONE_RETRY
        return state.attempt_number > (min(self._retries, 1) if once else self._retries)

    def _pause(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, HttpStatusError) and error.retry_after is not None:
            return error.retry_after
        grown = FIRST_BACK_OFF * 2.0 ** (state.attempt_number - 1)
        return min(grown, LONGEST_BACK_OFF) * (0.5 + self._hooks.jitter())

    def _send_once(self, request: Request, interval: float, limit: int) -> Fetched:
        host = urlsplit(request.url).netloc
        self._refuse_if_open(request.url, host)
        self._hooks.gate.wait(host, interval, self._hooks.clock, self._hooks.sleep)
        self.requests += 1
        started = self._hooks.clock()
        try:
            with self._http.stream(
                request.method,
                request.url,
                data=request.data,
                content=request.json,
                headers=dict(request.headers),
            ) as response:
                body = self._body(request, response, limit)
        except httpx.HTTPError as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise CertificateError(
                    request.url,
                    "the certificate cannot be verified",
                    "if the server only fails to send an intermediate certificate, save it beside"
                    " the city file as PEM and name it there: council.ca_bundle",
                ) from None
            # The message of httpx may quote the URL, and that a secret: only its kind is told.
            raise UnreachableError(
                request.url,
                f"no complete answer ({type(error).__name__})",
                "check the network, the URL in the city file and whether the server is up",
            ) from None
        fetched = Fetched(
            url=request.named_url,
            kind=request.kind,
            status=response.status_code,
            headers={name.lower(): value for name, value in response.headers.items()},
            body=body,
            retrieved_at=self._hooks.now(),
            context=request.context,
        )
        log.debug(
            "answer",
            method=request.method,
            url=shown(request.url),
            status=fetched.status,
            bytes=len(body),
            seconds=round(self._hooks.clock() - started, 3),
        )
        return self._judged(fetched, host)

    def _judged(self, fetched: Fetched, host: str) -> Fetched:
        if fetched.status in _REFUSALS:
            self._refused[host] = self._refused.get(host, 0) + 1
        elif fetched.status < httpx.codes.BAD_REQUEST:
            self._refused[host] = 0
        if fetched.status >= httpx.codes.BAD_REQUEST:
            raise HttpStatusError(fetched, retry_after(fetched, self._hooks.now()))
        return fetched

    def _refuse_if_open(self, url: str, host: str) -> None:
        if self._refused.get(host, 0) >= REFUSALS_TO_OPEN:
            raise CircuitOpenError(
                url,
                f"not asked: {host} refused {REFUSALS_TO_OPEN} requests in a row",
                "run again later, slower (requests_per_second), or ask the operator",
            )

    def _body(self, request: Request, response: httpx.Response, limit: int) -> bytes:
        """The body; of a file that is cut only what is kept, without holding it in memory."""
        if request.cut is None or response.status_code != httpx.codes.OK:
            return b"".join(self._read(request.url, response, limit))
        with tempfile.TemporaryFile() as file:
            for piece in self._read(request.url, response, request.cut.max_bytes):
                file.write(piece)
            file.seek(0)
            return request.cut.read(file)

    def _read(self, url: str, response: httpx.Response, limit: int) -> Iterator[bytes]:
        """The body, decompressed, given up as soon as it passes the limit or the time."""
        announced = response.headers.get("content-length", "")
        if announced.isascii() and announced.isdigit() and int(announced) > limit:
            raise _too_large(url, limit)
        if response.is_stream_consumed:  # a transport of the tests handed it over in one piece
            if len(response.content) > limit:
                raise _too_large(url, limit)
            yield response.content
            return
        encoding = response.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in {"identity", "", "gzip", "x-gzip"}:
            raise FetchError(
                url, f"sent as {encoding}, which was not asked for", "tell the operator"
            )
        yield from self._pieces(url, response, limit, is_packed="gzip" in encoding)

    def _pieces(
        self, url: str, response: httpx.Response, limit: int, *, is_packed: bool
    ) -> Iterator[bytes]:
        unpack = zlib.decompressobj(wbits=31) if is_packed else None
        patience = SLOWEST_ANSWER * max(1.0, limit / USUAL_BYTES)
        last = self._hooks.clock() + patience * self._timeout
        size = 0
        for piece in response.iter_raw():
            try:
                # One byte more than there is room for, never the whole of a gzip bomb.
                part = unpack.decompress(piece, limit + 1 - size) if unpack else piece
            except zlib.error:
                raise FetchError(url, "broken gzip", "run again; then tell the operator") from None
            size += len(part)
            if max(size, response.num_bytes_downloaded) > limit:
                raise _too_large(url, limit)
            yield part
            if unpack and unpack.eof:
                break  # whatever follows the end of the packed content is none of it
            if self._hooks.clock() > last:
                raise FetchError(url, "drips too slowly to be read", "run again later")
        if unpack is not None and not unpack.eof and response.num_bytes_downloaded:
            raise FetchError(url, "gzip cut off", "run again; then tell the operator")


def _may_pass(error: BaseException) -> bool:
    if isinstance(error, HttpStatusError):
        return error.status in _RETRIED and (error.retry_after or 0) <= LONGEST_RETRY_AFTER
    return isinstance(error, UnreachableError) and not isinstance(error, CertificateError)


def _too_large(url: str, limit: int) -> TooLargeError:
    return TooLargeError(
        url,
        f"larger than {limit:,} bytes",
        "look at the document by hand; raise the limit only if it is what it says",
    )


def retry_after(fetched: Fetched, now: dt.datetime) -> float | None:
    """Seconds to wait by the Retry-After header, which is a number or a date; None without."""
    text = fetched.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=dt.UTC)
    return max(0.0, (when - now).total_seconds())
