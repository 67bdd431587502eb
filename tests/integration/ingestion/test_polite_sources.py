"""OParl and GENESIS over real HTTP, against the sample world."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from pydantic import SecretStr

from ingestion.city import City, load
from ingestion.http import Client
from ingestion.record import Fetched, Observation, Record, UnknownStructureError
from ingestion.sampleworld import World, world
from ingestion.sampleworld.genesis import TABLE
from ingestion.systems import genesis, oparl

pytestmark = pytest.mark.integration


@dataclass
class Kept:
    """What an earlier crawl left: an ``Answers`` in memory."""

    answers: dict[str, Fetched] = field(default_factory=dict)

    @dataclass
    class Stored:
        fetched: Fetched

        @property
        def etag(self) -> str | None:
            return self.fetched.headers.get("etag")

        @property
        def last_modified(self) -> str | None:
            return self.fetched.headers.get("last-modified")

        @property
        def sha256(self) -> str:
            return self.fetched.sha256

        def body(self) -> bytes:
            return self.fetched.body

    def lookup(self, url: str) -> "Kept.Stored | None":
        found = self.answers.get(url)
        return self.Stored(found) if found else None

    def remember(self, fetched: Fetched) -> None:
        self.answers[fetched.url] = fetched


@pytest.fixture(scope="module")
def running() -> Iterator[World]:
    with world(seed=1, papers=20) as made:
        yield made


def client(city: City, **options) -> Client:
    return Client(
        allowed=city.base_urls(), user_agent="Seehaus/0.1", requests_per_second=50, **options
    )


def asking(name: str, made: World) -> City:
    """A city that asks for one table."""
    told = made.ready()["cities"][name]
    return load(name).with_urls(told | {"statistics": {TABLE: told["statistics"][TABLE]}})


def mainz(made: World) -> City:
    return asking("mainz", made)


def figures(city: City, talk: Client) -> list[Record]:
    return [each for page in genesis.fetch(city, None, talk) for each in genesis.parse(page)]


def test_the_figures_of_a_city_are_true(running):
    city = mainz(running)
    with client(city) as talk:
        records = figures(city, talk)
        assert talk.problems == []
    assert all(isinstance(record, Observation) for record in records)
    assert {record.region_code for record in records} == {"07315"}
    values = {(record.time.year, record.dimensions): record.value for record in records}
    assert values[2024, "{}"] == 224684
    assert values[2024, '{"GES": "GESM"}'] == 109498
    assert len(records) >= city.expect["observation"].min


def test_every_city_gets_its_own_region_only(running):
    for name, region in (("trier", "07211"), ("koblenz", "07111"), ("ludwigshafen", "07314")):
        city = asking(name, running)
        with client(city) as talk:
            assert {record.region_code for record in figures(city, talk)} == {region}


def test_the_second_run_finds_nothing_new(running):
    city, memory = mainz(running), Kept()
    with client(city, answers=memory) as talk:
        first = figures(city, talk)
        assert talk.not_modified == 0
    with client(city, answers=memory) as talk:
        second = figures(city, talk)
        assert talk.not_modified == 1
    assert first == second


def test_a_wrong_password_is_told(running):
    city = mainz(running)
    secrets = {"genesis_username": SecretStr("x"), "genesis_password": SecretStr("falsch")}
    with client(city, secrets=secrets) as talk:
        assert figures(city, talk) == []
        (problem,) = talk.problems
    assert "login is refused" in problem.what
    assert "SEEHAUS_GENESIS_PASSWORD" in problem.mend
    assert "falsch" not in str(problem)


def test_a_revision_comes_as_another_vintage(running):
    city = asking("trier", running)
    with client(city) as talk:
        new = figures(city, talk)
    with world(seed=1, papers=20, faults=["old_vintage"]) as made:
        before = asking("trier", made)
        with client(before) as talk:
            old = figures(before, talk)
    day = dt.date(2023, 12, 31)
    truths = {
        record.vintage: record.value
        for record in (*old, *new)
        if record.time == day and record.dimensions == "{}"
    }
    assert sorted(truths.values()) == [103986, 112737]
    assert not {record.id for record in old} & {record.id for record in new}


def test_a_shifted_table_yields_nothing():
    with world(seed=1, papers=20, faults=["shifted_table"]) as made:
        city = mainz(made)
        with client(city) as talk:
            (page,) = genesis.fetch(city, None, talk)
    with pytest.raises(UnknownStructureError):
        next(genesis.parse(page))


def test_a_broken_office_is_told():
    with world(seed=1, papers=20, faults=["html_500"]) as made:
        city = mainz(made)
        with client(city, retries=0) as talk:
            assert figures(city, talk) == []
    assert [problem.what for problem in talk.problems] == ["HTTP 500"]


def test_an_outage_is_told_and_passes_with_the_next_run():
    with world(seed=1, papers=20, faults=["outage"]) as made:
        city = mainz(made)
        with client(city) as talk:
            missed = figures(city, talk)
        # Two requests are refused, and a 503 is tried again only once.
        assert (missed, [problem.what for problem in talk.problems]) == ([], ["HTTP 503"])
        with client(city) as talk:
            assert figures(city, talk)
        assert talk.problems == []


def musterstadt(made: World) -> City:
    values = load("mainz").model_dump(mode="json")
    values["council"] |= {"system": "oparl", "url": made.ready()["oparl"]}
    return City.model_validate(values).with_urls({"council": made.ready()["oparl"]})


def test_a_whole_council_is_read_over_oparl(running):
    city = musterstadt(running)
    with client(city) as talk:
        records = [each for page in oparl.fetch(city, None, talk) for each in oparl.parse(page)]
        assert talk.problems == []
    by_id = {(record.object_type, record.id): record for record in records}
    counts = Counter(kind for kind, _ in by_id)
    assert counts["paper"] == 20
    for kind in ("organization", "meeting", "agenda_item", "consultation", "file"):
        assert counts[kind] > 0
    for record in by_id.values():
        for name in ("meeting_id", "paper_id"):
            target = getattr(record, name, None)
            assert target is None or (name.removesuffix("_id"), target) in by_id
        if record.object_type == "agenda_item" and not record.is_public:
            assert record.resolution_text is None


def test_a_later_crawl_asks_for_changes_only(running):
    city = musterstadt(running)
    with client(city) as talk:
        pages = list(oparl.fetch(city, dt.date(2100, 1, 1), talk))
        assert talk.problems == []
    records = [each for page in pages for each in oparl.parse(page)]
    assert [record for record in records if record.object_type == "paper"] == []
