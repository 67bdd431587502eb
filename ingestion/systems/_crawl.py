"""What every crawl of linked pages does alike: go on after a failure, and say what failed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from ingestion.city import City
from ingestion.city_model import Council
from ingestion.http_errors import CircuitOpenError, FetchError, Problem, RobotsDisallowedError
from ingestion.record import Fetched, UnknownStructureError

T = TypeVar("T")


class Reporter(Protocol):
    """The part of the client that takes note of problems."""

    def report(self, problem: Problem) -> None:
        """Take note; the crawl is then not complete."""


def council_of(city: City) -> tuple[Council, str]:
    """The council of a city file, and its server's address with a slash at its end.

    Raises:
        ValueError: The city file has no council.
    """
    if city.council is None:
        raise ValueError(f"{city.id}: no council in the city file → add its system and url")
    return city.council, f"{str(city.council.url).removesuffix('/')}/"


def no_page(fetched: Fetched, what: str, pages: Sequence[str]) -> UnknownStructureError:
    """The error for an answer whose kind the system's parser does not know.

    Args:
        fetched: The answer.
        what: What it is not, e.g. ``page of ALLRIS 3``.
        pages: The kinds there are.
    """
    return UnknownStructureError(
        fetched.url, f"{fetched.kind!r} is no {what}", f"name one of {', '.join(pages)}"
    )


def said(told: Mapping[str, str | None]) -> dict[str, str]:
    """Of what may be handed on in ``Fetched.context`` that which says something."""
    return {name: value for name, value in told.items() if value}


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
