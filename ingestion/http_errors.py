"""What can go wrong between us and a city's server: each error names the place and the mend."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ingestion.record import Fetched

SECRET_NAMES: Final = ("password", "passwort", "token", "apikey", "api_key", "username", "secret")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that did not stop the crawl but has to be told.

    Attributes:
        url: Where it happened, no secret in it.
        what: What was found there.
        mend: What to do about it.
    """

    url: str
    what: str
    mend: str

    def __str__(self) -> str:
        """One line: place, finding, mend."""
        return f"{self.url}: {self.what} → {self.mend}"


def shown(url: str) -> str:
    """The URL as it may be logged: no user info, no value of a secret-looking parameter.

    Args:
        url: Any text that was meant as a URL.

    Returns:
        The same URL with ``…`` in place of what must not be seen.
    """
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        pairs = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return "(not a URL)"
    hidden = [name for name, _ in pairs if any(word in name.lower() for word in SECRET_NAMES)]
    query = parts.query
    if hidden:
        query = urlencode([(name, "…" if name in hidden else value) for name, value in pairs])
    return urlunsplit((parts.scheme, host, parts.path, query, ""))


class FetchError(Exception):
    """An answer could not be had.

    Attributes:
        url: Where, no secret in it.
        what: What happened.
        mend: What to do about it.
    """

    def __init__(self, url: str, what: str, mend: str) -> None:
        """Name the place, the finding and the mend."""
        self.url, self.what, self.mend = shown(url), what, mend
        super().__init__(f"{self.url}: {what} → {mend}")

    @property
    def problem(self) -> Problem:
        """The same as a value, to be reported and stored."""
        return Problem(self.url, self.what, self.mend)


class RobotsDisallowedError(FetchError):
    """robots.txt forbids the page and the city file states no permission."""


class HostNotAllowedError(FetchError):
    """The URL leads away from the city's own hosts, or into a private network."""


class TooLargeError(FetchError):
    """The answer is larger than the limit, as sent or after decompression."""


class UnreachableError(FetchError):
    """No answer at all: name resolution, connection, TLS, time-out, broken transfer."""


class CertificateError(UnreachableError):
    """The server's certificate cannot be verified; asking again does not help."""


class CircuitOpenError(FetchError):
    """The host refused repeatedly; it is left alone for the rest of the run."""


class QuietHoursError(Exception):
    """The city's quiet hours have begun: no failure, the run stops and the next one goes on.

    Not a ``FetchError``: nothing is wrong with the page that was not asked for.
    """

    def __init__(self, host: str) -> None:
        """Name the host."""
        super().__init__(f"{host}: quiet hours have begun → the next run goes on from here")


STATUS_MENDS: Final[dict[int, str]] = {
    400: "check the parameters of the request against the server's documentation",
    401: "check the user name and password of this source (SEEHAUS_… variables)",
    403: "the server refuses programs: ask the operator and note the permission in the city file",
    404: "check the base URL in the city file, or take the object as gone",
    410: "nothing: the server says the object was deleted",
    429: "lower requests_per_second in the city file and run again later",
    503: "run again later; if it stays, ask the operator to admit the crawler",
}


class HttpStatusError(FetchError):
    """The server answered with an error status.

    Attributes:
        status: The HTTP status.
        answer: The whole answer; some servers say in the body what they mean.
        retry_after: Seconds the server asked us to wait, if it did.
    """

    def __init__(self, answer: Fetched, retry_after: float | None = None) -> None:
        """Take place and status from the answer."""
        mend = STATUS_MENDS.get(answer.status, "run again later; if it stays, tell the operator")
        super().__init__(answer.url, f"HTTP {answer.status}", mend)
        self.status, self.answer, self.retry_after = answer.status, answer, retry_after
