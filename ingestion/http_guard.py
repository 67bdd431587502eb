"""Where the crawler may go (hosts, robots.txt) and how fast (one token per host)."""

import ipaddress
import math
import re
import socket
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import SplitResult, urlsplit, urlunsplit

import httpx
from filelock import FileLock
from protego import Protego

from ingestion.http_errors import HostNotAllowedError

PORTS: Final = {"http": 80, "https": 443}
LONGEST_QUEUE: Final = 100
"""Slots; so many requests never wait for one host at once."""
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9.-]")
LONGEST_CRAWL_DELAY: Final = 30.0
"""Seconds; a robots.txt that asks for more would stop a crawl of thousands of pages for good."""

type_of_origin = tuple[str, str, int]


def resolve(host: str) -> list[str]:
    """The addresses of a host name; none where it cannot be resolved here (behind a proxy)."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return sorted({str(entry[4][0]) for entry in found})


def is_loopback(host: str) -> bool:
    """Whether the host is this machine by name or literal address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def origin_of(url: str) -> type_of_origin:
    """Scheme, host and port of a URL.

    Raises:
        HostNotAllowedError: For anything but plain http or https without user info.
    """
    mend = "use an http or https URL without user name and password"
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme.lower(), parts.hostname, parts.port
        sent = httpx.URL(url)
    except (ValueError, httpx.InvalidURL) as error:
        raise HostNotAllowedError(url, "not a URL", mend) from error
    if scheme not in PORTS or not host:
        raise HostNotAllowedError(url, "neither http nor https", mend)
    if "@" in parts.netloc or sent.userinfo:
        raise HostNotAllowedError(url, "carries a user name or password", mend)
    if (sent.scheme, sent.host.lower(), sent.port) != (
        scheme,
        host,
        None if port == PORTS[scheme] else port,
    ):
        # What is checked here must be what the client connects to.
        raise HostNotAllowedError(url, "names a host that can be read in two ways", mend)
    return scheme, host, port or PORTS[scheme]


class HostGuard:
    """Admits only the origins of the city's own URLs, and none that resolves inwards."""

    def __init__(
        self, allowed: Iterable[str], resolve: Callable[[str], list[str]] | None = resolve
    ) -> None:
        """Take the base URLs of a city; ``resolve=None`` where no socket is opened at all."""
        self.origins = frozenset(origin_of(url) for url in allowed)
        self._resolve = resolve
        self._checked: set[str] = set()

    @property
    def only_loopback(self) -> bool:
        """Whether every allowed origin is this machine (the sample world)."""
        return all(is_loopback(host) for _, host, _ in self.origins)

    def admit(self, url: str) -> str:
        """Check a URL before it is requested, also every redirect and every ``next`` link.

        Args:
            url: Absolute URL, untrusted.

        Returns:
            The URL to request: without fragment, and with https where only that is allowed
            (servers hand out their ids with http and redirect).

        Raises:
            HostNotAllowedError: If the origin is foreign or the address private.
        """
        scheme, host, port = origin_of(url)
        parts: SplitResult = urlsplit(url)._replace(fragment="")
        secure = ("https", host, PORTS["https"])
        is_default_port = port == PORTS[scheme]
        if (scheme, host, port) not in self.origins:
            if scheme == "http" and is_default_port and secure in self.origins:
                parts = parts._replace(scheme="https", netloc=parts.netloc.removesuffix(":80"))
            elif not (
                scheme == "https"
                and is_default_port
                and ("http", host, PORTS["http"]) in self.origins
            ):
                raise HostNotAllowedError(
                    url,
                    "leads to a host that the city file does not name",
                    "check the link; only scheme, host and port of the city's own URLs are asked",
                )
        self._refuse_private(url, host)
        return urlunsplit(parts)

    def _refuse_private(self, url: str, host: str) -> None:
        if self._resolve is None or host in self._checked or is_loopback(host):
            return
        try:
            addresses = [str(ipaddress.ip_address(host))]
        except ValueError:
            addresses = self._resolve(host)
        for address in addresses:
            if not ipaddress.ip_address(address.partition("%")[0]).is_global:
                raise HostNotAllowedError(
                    url,
                    "resolves to an address inside a private network",
                    "check the name servers and the URL in the city file",
                )
        self._checked.add(host)


class Gate(Protocol):
    """Who keeps the pace."""

    def wait(
        self,
        host: str,
        interval: float,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        """Take the next free slot of a host and sleep until it comes."""


class RateGate:
    """One request at a time and not more than so many a second, per host and process."""

    def __init__(self) -> None:
        """Start with every host free."""
        self._lock = threading.Lock()
        self._next: dict[str, float] = {}

    def wait(
        self,
        host: str,
        interval: float,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        """Take the next free slot of a host and sleep until it comes.

        Args:
            host: Host and port.
            interval: Seconds between two requests.
            clock: Monotonic seconds.
            sleep: Sleeps for seconds.
        """
        with self._lock:
            now = clock()
            start = max(now, self._next.get(host, -math.inf))
            self._next[host] = start + interval
        if start > now:
            sleep(start - now)


class SharedGate:
    """The same over all processes of a machine: a host's next free slot stands in a locked file.

    The clock must be the machine's own monotonic one, which all its processes share. A slot that
    lies further ahead than any queue of ours is from before a restart, and void.
    """

    def __init__(self, folder: Path) -> None:
        """Keep one file per host in ``folder``, which is made if it is missing."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def wait(
        self,
        host: str,
        interval: float,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        """Take the next free slot of a host and sleep until it comes.

        Args:
            host: Host and port.
            interval: Seconds between two requests.
            clock: Monotonic seconds, of the machine.
            sleep: Sleeps for seconds.
        """
        name = _UNSAFE.sub("_", host)
        slot = self._folder / f"{name}.next"
        with FileLock(self._folder / f"{name}.lock"):
            now = clock()
            start = max(now, _slot(slot, latest=now + LONGEST_QUEUE * max(interval, 1.0)))
            slot.write_text(repr(start + interval))
        if start > now:
            sleep(start - now)


def _slot(file: Path, *, latest: float) -> float:
    """The next free slot; the past where the file is new, damaged or from before a restart."""
    try:
        told = float(file.read_text())
    except (FileNotFoundError, ValueError):
        return -math.inf
    return told if told <= latest else -math.inf


class Robots:
    """The robots.txt of one origin, read with protego (it knows wildcards and ``$``)."""

    def __init__(self, text: str, user_agent: str, refusal: str | None = None) -> None:
        """Take the file's text, or the reason why everything is refused."""
        self._rules = Protego.parse(text)
        # Rules name the product ("Seehaus"), not version and comment.
        self._agent = user_agent.partition("/")[0].strip() or "*"
        self.refusal = refusal

    def allows(self, url: str) -> bool:
        """Whether the page may be asked for."""
        return self.refusal is None and bool(self._rules.can_fetch(url, self._agent))

    @property
    def delay(self) -> float:
        """Seconds between requests that the file asks for, 0 if it does not; capped."""
        asked = self._rules.crawl_delay(self._agent)
        return min(float(asked or 0), LONGEST_CRAWL_DELAY)
