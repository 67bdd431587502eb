"""A crawl of the sample world as the store would see it."""

import datetime as dt
from dataclasses import dataclass, field
from typing import TypeVar

from ingestion.city import City
from ingestion.http import Client
from ingestion.record import Fetched, Record, UnknownStructureError
from ingestion.systems import System

T = TypeVar("T", bound=Record)


@dataclass
class Crawled:
    """What the store would keep of a crawl: the last record of each object."""

    answers: list[Fetched] = field(default_factory=list)
    records: dict[tuple[str, str], Record] = field(default_factory=dict)
    misunderstood: list[UnknownStructureError] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def of(self, model: type[T]) -> list[T]:
        """The records of one type."""
        return [record for record in self.records.values() if isinstance(record, model)]

    def by_id(self, model: type[T]) -> dict[str, T]:
        """The same by their ids."""
        return {record.id: record for record in self.of(model)}


def crawl(system: System, city: City, first: dt.date, client: Client) -> Crawled:
    """Ask for everything from a day on, and parse it."""
    found = Crawled()
    with client:
        for answer in system.fetch(city, first, client):
            found.answers.append(answer)
            try:
                for record in system.parse(answer):
                    found.records[record.object_type, record.id] = record
            except UnknownStructureError as error:
                found.misunderstood.append(error)
        found.problems = [str(problem) for problem in client.problems]
    return found
