"""What every crawl of linked pages does alike: go on after a failure, and say what failed."""

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from ingestion.http_errors import CircuitOpenError, FetchError, Problem, RobotsDisallowedError
from ingestion.record import Fetched, UnknownStructureError

T = TypeVar("T")


class Reporter(Protocol):
    """The part of the client that takes note of problems."""

    def report(self, problem: Problem) -> None:
        """Take note; the crawl is then not complete."""


def attempt(client: Reporter, ask: Callable[[], Fetched]) -> Fetched | None:
    """Ask for a page that the crawl can do without.

    Args:
        client: Takes note of the failure.
        ask: Sends the request.

    Returns:
        The answer, or None where it failed.

    Raises:
        CircuitOpenError: The host is left alone: asking on makes no sense.
        RobotsDisallowedError: The host does not want us.
    """
    try:
        return ask()
    except (CircuitOpenError, RobotsDisallowedError):
        raise
    except FetchError as error:
        client.report(error.problem)
        return None


def understood(read: Callable[[], Iterator[T]]) -> list[T]:
    """Read links out of an answer that is yielded anyway.

    Who stores the answer parses it again and reports what cannot be read, so it is not reported
    twice: what cannot be read here has no links.
    """
    found: list[T] = []
    try:
        found.extend(read())
    except UnknownStructureError:
        return found
    return found
