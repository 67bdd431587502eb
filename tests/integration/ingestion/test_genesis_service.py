"""The statistics office over loopback: jobs, refusals, what is not asked again, and no secret."""

import csv
import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from ingestion.answers import StoredAnswers
from ingestion.blobs import Blobs
from ingestion.city import City, load
from ingestion.crawl import Portions, crawl_city
from ingestion.http import Client, Hooks
from ingestion.record import Fetched, Observation
from ingestion.sampleworld import World, world
from ingestion.sampleworld.genesis import BASES, LARGE, TABLE, served_tables
from ingestion.sampleworld.genesis_answers import written, zipped
from ingestion.sampleworld.genesis_figures import NEW, REGIONS, figures, state, tables
from ingestion.store import Store
from ingestion.systems import genesis

pytestmark = pytest.mark.integration

USER, PASSWORD = "wera-nutzer", "streng-geheim"
SECRETS = {"genesis_username": SecretStr(USER), "genesis_password": SecretStr(PASSWORD)}
TOKEN = {"genesis_username": SecretStr("abcdef0123456789")}


@pytest.fixture(scope="module")
def running() -> Iterator[World]:
    with world(seed=1, papers=20) as made:
        yield made


@pytest.fixture
def office(running: World) -> Iterator[World]:
    running.faults.clear()
    yield running
    running.faults.clear()


class Waits:
    """Sleeps that only are noted."""

    def __init__(self) -> None:
        self.told: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.told.append(seconds)


def city_of(made: World, *codes: str, name: str = "mainz", base: str = BASES[0]) -> City:
    url = made.statistics_url.replace(BASES[0], base)
    return load(name).with_urls({"statistics": dict.fromkeys(codes or served_tables(), url)})


def client(city: City, waits: Waits | None = None, **options) -> Client:
    hooks = Hooks(sleep=waits or Waits())
    return Client(
        allowed=city.base_urls("genesis"),
        user_agent="Seehaus/0.1",
        requests_per_second=10_000,
        permission=True,
        hooks=hooks,
        retries=0,
        **options,
    )


def read(city: City, talk: Client) -> list[Observation]:
    return [each for page in genesis.fetch(city, None, talk) for each in genesis.parse(page)]


def test_every_table_of_the_office_is_the_published_one(office):
    city = city_of(office)
    with client(city, secrets=SECRETS) as talk:
        found = read(city, talk)
        assert talk.problems == []
    told = {(each.table_code, each.variable_code, each.time_text): 0 for each in found}
    assert {code for code, *_ in told} == set(served_tables())
    expected = Counter(
        (each.table, each.variable, each.time, each.value)
        for each in state(NEW)
        if each.region == "07315"
    )
    assert (
        Counter(
            (each.table_code, each.variable_code, each.time_text, each.value_raw) for each in found
        )
        == expected
    )


def test_a_table_that_is_too_large_comes_as_a_job(office):
    city = city_of(office, LARGE)
    with client(city, secrets=SECRETS) as talk:
        (at_once,) = genesis.fetch(city, None, talk)
    office.faults.on("too_large")
    waits = Waits()
    with client(city, waits, secrets=SECRETS) as talk:
        (by_job,) = genesis.fetch(city, None, talk)
        assert talk.problems == []
    assert list(genesis.parse(by_job)) == list(genesis.parse(at_once))
    # Kept under the form's address: a job's name is new each time.
    assert by_job.url == at_once.url
    pauses = [each for each in waits.told if each >= 1]
    assert pauses == sorted(pauses)
    assert len(pauses) > 1


def test_a_job_that_ends_without_a_result_is_told(office):
    office.faults.on("too_large")
    office.faults.on("job_fails")
    city = city_of(office, LARGE)
    with client(city, secrets=SECRETS) as talk:
        assert list(genesis.fetch(city, None, talk)) == []
        (problem,) = talk.problems
    assert "'Abgebrochen'" in problem.what


def test_a_job_that_is_never_done_is_given_up(office, monkeypatch):
    monkeypatch.setattr("ingestion.systems._genesis_service.JOB_PAUSES", (1.0,))
    office.faults.on("too_large")
    city = city_of(office, LARGE)
    with client(city, secrets=SECRETS) as talk:
        assert list(genesis.fetch(city, None, talk)) == []
        (problem,) = talk.problems
    assert "was not done" in problem.what


@pytest.mark.parametrize("secrets", [TOKEN, {}], ids=["token", "guest"])
def test_jobs_are_not_even_asked_for_by_token_or_guest(office, secrets):
    office.faults.on("too_large")
    city = city_of(office, LARGE, TABLE)
    with client(city, secrets=secrets) as talk:
        (page,) = genesis.fetch(city, None, talk)
        (problem,) = talk.problems
    assert page.context["table"] == TABLE
    assert "jobs are refused" in problem.what
    assert "SEEHAUS_GENESIS_PASSWORD" in problem.mend


def test_one_request_too_many_is_asked_again_later(office):
    office.faults.on("busy")
    city = city_of(office, TABLE)
    waits = Waits()
    with client(city, waits, secrets=SECRETS) as talk:
        assert len(read(city, talk)) == 6
        assert talk.problems == []
    assert 5.0 in waits.told


def test_a_table_that_is_gone_is_looked_for_in_the_catalogue(office):
    city = city_of(office, TABLE)
    (entry,) = city.statistics
    gone = entry.model_copy(
        update={"table": entry.table.model_copy(update={"code": "12411-01-01-5"})}
    )
    far = entry.model_copy(update={"region": "01001"})
    city = city.model_copy(update={"statistics": (gone, far)})
    with client(city, secrets=SECRETS) as talk:
        assert list(genesis.fetch(city, None, talk)) == []
        first, second = talk.problems
    assert "status 90" in first.what
    assert f"those of its statistic are: {TABLE}" in first.mend
    assert "status 104" in second.what
    assert "is in the catalogue" in second.mend


@pytest.mark.parametrize(
    ("base", "account"), list(zip(BASES, ("genesis", "genesis_online", "zensus"), strict=True))
)
def test_each_service_has_an_account_of_its_own(office, base, account):
    city = city_of(office, TABLE, base=base)
    wrong = {f"{account}_username": SecretStr("x"), f"{account}_password": SecretStr("falsch")}
    with client(city, secrets=SECRETS | wrong) as talk:
        assert list(genesis.fetch(city, None, talk)) == []
        (problem,) = talk.problems
    assert f"SEEHAUS_{account.upper()}_PASSWORD" in problem.mend
    with client(city, secrets={}) as talk:
        assert len(list(genesis.fetch(city, None, talk))) == 1


@pytest.mark.parametrize("layout", ["wide_de", "wide_en", "quality_column"])
def test_s1_every_layout_gives_the_rows_of_the_long_one(office, layout):
    codes = [code for code in served_tables() if code != "52411-02-01-4"]
    city = city_of(office, *codes)
    ours = {"layout", "row_no", "time_text", "variable_label", "dimension_labels"}

    def rows() -> dict[str, dict[str, object]]:
        with client(city) as talk:
            return {each.id: each.model_dump(exclude=ours) for each in read(city, talk)}

    long = rows()
    office.faults.on(layout)
    assert rows() == long
    assert {each["vintage"] for each in long.values()} == {NEW}


# What is in the lake already


@pytest.fixture
def crawled(make_store: Callable[[str], Store], tmp_path: Path):
    store = make_store("mainz")

    def crawl(city: City, secrets=SECRETS):
        answers = StoredAnswers(store, Blobs(tmp_path / "blobs"))
        with client(city, secrets=secrets, answers=answers) as talk:
            return crawl_city(city, genesis, talk, store, None, portions=Portions(records=20))

    crawl.store = store
    crawl.folder = tmp_path
    return crawl


def test_an_unchanged_table_is_not_asked_for_and_stays_as_it_is(office, crawled, monkeypatch):
    city = city_of(office)
    first = crawled(city)
    assert first.is_complete
    assert first.portions > 1
    seen = first.load.counts["observation"].seen
    assert first.load.counts["observation"].new == seen
    # The load was at a time after the newest figures: nothing is new since.
    monkeypatch.setattr("ingestion.systems.genesis.LONGEST_REST", dt.timedelta(days=9999))
    parsed = []
    monkeypatch.setattr(genesis, "parse", lambda page: parsed.append(page) or [])
    second = crawled(city)
    assert parsed == []
    assert second.load.counts["observation"].unchanged == seen
    assert not second.load.has_changed
    assert second.is_complete
    # What is known counts as read: else one table's problem would be the failure of all of them.
    assert second.answers == first.answers > 1
    # login, changes, one description per table: no table.
    assert second.requests == 2 + len(city.statistics)
    assert second.not_modified == len(city.statistics)
    with crawled.store.read() as con:
        (rows,) = con.execute(
            "SELECT count(*) FROM raw_mainz.genesis_observation WHERE _dlt_valid_to IS NULL"
        ).fetchone()
        gone = con.execute("SELECT count(*) FROM raw_mainz.tombstone").fetchone()
    assert (rows, gone) == (seen, (0,))


def test_a_guest_asks_again_and_reads_nothing_again(office, crawled, monkeypatch):
    city = city_of(office, TABLE)
    first = crawled(city, secrets={})
    monkeypatch.setattr(genesis, "parse", lambda page: pytest.fail(f"parsed {page.url}"))
    second = crawled(city, secrets={})
    assert second.requests == first.requests == 1
    assert second.load.counts["observation"].unchanged == 6


def test_a_revision_is_loaded_beside_what_was_published_before(office, crawled):
    city = city_of(office, TABLE, name="trier")
    office.faults.on("old_vintage")
    before = crawled(city)
    office.faults.clear()
    after = crawled(city)
    assert before.load.counts["observation"].new == 6
    assert after.load.counts["observation"].new == 6
    with crawled.store.read() as con:
        values = con.execute(
            "SELECT vintage, value FROM raw_mainz.genesis_observation "
            "WHERE _dlt_valid_to IS NULL AND time = '2023-12-31' AND dimensions = '{}' ORDER BY 1"
        ).fetchall()
    assert [value for _, value in values] == [112737, 103986]


def test_s7_a_refused_table_is_told_by_every_run_and_the_good_rows_stay(office, crawled):
    city = city_of(office, TABLE)
    crawled(city)
    office.faults.on("shifted_table")
    # The office says nothing is new; somebody asks all the same.
    for _ in range(2):
        result = crawled(city, secrets={})
        (problem,) = result.problems
        assert "header" in problem.what or "shifted" in problem.what or "column" in problem.what
        assert not result.load.has_changed
    office.faults.clear()
    assert not crawled(city).load.has_changed


def test_s10_no_secret_is_anywhere(office, crawled, caplog):
    caplog.set_level("DEBUG")
    office.faults.on("too_large")
    result = crawled(city_of(office))
    assert result.is_complete
    with crawled.store.read() as con:
        for (name,) in con.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'raw_mainz'"
        ).fetchall():
            text = str(con.execute(f"SELECT * FROM raw_mainz.{name}").fetchall())
            assert PASSWORD not in text
            assert USER not in text
    for path in crawled.folder.rglob("*"):
        if path.is_file():
            body = path.read_bytes()
            assert PASSWORD.encode() not in body
            assert USER.encode() not in body
    assert PASSWORD not in caplog.text
    assert USER not in caplog.text


# Every figure that is known


def known_facts(samples: Path) -> dict[str, set[tuple[str, ...]]]:
    """All facts out of GENESIS tables, per table; the shifted table of 2024 is none."""
    found: dict[str, set[tuple[str, ...]]] = {}
    with (samples / "four_cities_facts.csv").open(encoding="utf-8", newline="") as source:
        for row in csv.DictReader(source):
            file = row["sample_file"]
            table = file.rpartition("/")[2][:13]
            if not file.startswith("genesis"):
                continue
            if table == "52411-02-01-4" and "history" in file:
                continue
            day, _, rest = row["period_raw"].partition(".")
            month, _, year = rest.partition(".")
            time = f"{year}-{month}-{day}" if rest else day
            parts = (part.partition("=") for part in row["dimensions"].split("|"))
            members = ";".join(sorted(f"{k}={v}" for k, _, v in parts if k and v != "TOTAL"))
            made = re.search(r"__(\d{4}-\d\d-\d\d)__", file)
            vintage = made[1] if made else "2026-03-10"
            unit = row["unit"].replace("_", " ")
            measure = row["indicator_source_code"].partition(":")[2]
            fact = (vintage, row["ags"][:5], measure, members, time, row["value_raw"], unit)
            found.setdefault(table, set()).add(fact)
    return found


FACTS = {
    "11111-02-01-4": 16,
    "12411-01-01-4": 60,
    "13111-01-03-4": 96,
    "32121-01-02-4": 140,
    "41312-01-01-4": 44,
    "52411-02-01-4": 20,
}


def test_every_known_fact_of_the_four_cities_is_read_as_it_is(samples):
    """Each vintage of each table as the office had it on that day, through ``parse``."""
    facts = known_facts(samples)
    assert {table: len(found) for table, found in facts.items()} == FACTS
    for table, found in facts.items():
        for vintage in {each[0] for each in found}:
            on = dt.date.fromisoformat(vintage)
            body = zipped(table, written(tables()[table], state(on, table)), on)
            now = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)
            page = Fetched("file:t", "tablefile", 200, {}, body, now, {"table": table})
            read_back = {
                (
                    each.vintage.isoformat(),
                    each.region_code,
                    each.variable_code,
                    ";".join(f"{k}={v}" for k, v in json.loads(each.dimensions).items()),
                    each.time_text,
                    each.value_raw,
                    each.unit,
                )
                for each in genesis.parse(page)
            }
            expected = {each for each in found if each[0] == vintage}
            assert expected <= read_back, (table, vintage, expected - read_back)


def test_the_offices_figures_are_all_of_the_four_cities():
    assert {each.region for each in figures()} == set(REGIONS)
    assert len({(*each.key, each.vintage) for each in figures()}) == len(figures())
