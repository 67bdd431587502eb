"""The addresses that the published data sets name, and which of them are looked at today. Pure.

What the catalogue says of a data set (publisher, contact, source, licence) is looked at every
time. Rows name hundreds of thousands of pages and files: of each column a few are drawn, others
every day, so that a server whose addresses changed is noticed and none is burdened. The draw is by
address, so a data set of all cities draws none that its cities' own do not.
"""

import datetime as dt
import hashlib
import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import pyarrow.compute as pc

from catalog.dataset import DataSet

_SUFFIX: Final = "_url"


@dataclass(frozen=True, slots=True, order=True)
class Link:
    """An address and the first place that names it.

    Attributes:
        dataset: The data set that names it.
        place: Which of its fields, or the column of its rows.
    """

    url: str
    dataset: str
    place: str


def links(sets: Iterable[DataSet], day: dt.date, of_each: int) -> list[Link]:
    """Every address of the catalogue once, and as many of each column of addresses.

    Args:
        sets: What is published.
        day: Decides which rows are drawn; the same day draws the same ones.
        of_each: How many different addresses are drawn of a column of a data set.

    Returns:
        Sorted by address; the first data set by name is the one that is named.
    """
    found: dict[str, Link] = {}
    for link in (link for one in sets for link in _of(one, day, of_each)):
        if link.url not in found or link < found[link.url]:
            found[link.url] = link
    return sorted(found.values())


def _of(dataset: DataSet, day: dt.date, of_each: int) -> Iterator[Link]:
    said = [("publisher", dataset.publisher.url), ("licence", dataset.licence.url)]
    said += [("contact", contact.url) for contact in dataset.contacts]
    if dataset.landing_page:
        said.append(("landing page", dataset.landing_page))
    yield from (Link(url, dataset.name, place) for place, url in said if _is_web(url))
    for name in dataset.rows.column_names:
        if name.endswith(_SUFFIX):
            drawn = _drawn(pc.unique(dataset.rows[name]).to_pylist(), day, of_each)
            yield from (Link(url, dataset.name, f"rows, {name}") for url in drawn)


def _drawn(urls: Iterable[str | None], day: dt.date, count: int) -> list[str]:
    salt = day.isoformat()

    def rank(url: str) -> str:
        return hashlib.sha256(f"{salt} {url}".encode()).hexdigest()

    different = (url for url in urls if url and _is_web(url))
    return heapq.nsmallest(count, different, key=rank)


def _is_web(url: str) -> bool:
    try:
        return urlsplit(url).scheme in {"http", "https"}
    except ValueError:
        return False
