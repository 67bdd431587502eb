"""The 36 things that OParl servers do: a test per case, over loopback HTTP, by its number.

Each crawls the same small council twice, without and with the fault of that number, and says what
may differ. Nothing may where no rest is stated.
"""

import datetime as dt
import inspect
import re
import socket
import sys
import urllib.robotparser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from ingestion.answers import StoredAnswers
from ingestion.blobs import Blobs
from ingestion.crawl import CrawlResult, crawl_city
from ingestion.documents import Extractor, fetch_documents
from ingestion.http import CertificateError, Client, RobotsDisallowedError
from ingestion.privacy import Gate
from ingestion.record import File, Tombstone
from ingestion.sampleworld import World, world
from ingestion.sampleworld.oparl_faults import OparlFault
from ingestion.sampleworld.oparl_twists import CANARIES, DELETED, LONG
from ingestion.store import DropError, Store
from ingestion.systems import oparl
from ingestion.tables import arrow_schema
from orchestration.lake import Lake

sys.path.insert(0, str(Path(__file__).parent))

from oparl_world import (
    CITY,
    Crawled,
    Difference,
    city,
    client,
    crawl,
    difference,
    make_chain,
    tls_front,
)

pytestmark = pytest.mark.integration

SINCE = dt.date(2026, 3, 1)
NOTHING = Difference(set(), set(), {})


@pytest.fixture(scope="module")
def served() -> Iterator[World]:
    with world(seed=1, papers=20) as made:
        yield made


@pytest.fixture(autouse=True)
def _all_is_well_again(served: World) -> Iterator[None]:
    yield
    served.faults.clear()


@pytest.fixture(scope="module")
def whole(served: World) -> Crawled:
    """The council as a server without faults tells it."""
    found = crawl(city(served.url(CITY)))
    assert found.problems == []
    return found


@pytest.fixture(scope="module")
def changes(served: World) -> Crawled:
    """What changed since ``SINCE``, from a server without faults."""
    found = crawl(city(served.url(CITY)), SINCE)
    assert found.problems == []
    assert 0 < len(found.of("paper")) < 20
    return found


@contextmanager
def fault(served: World, number: int) -> Iterator[OparlFault]:
    """Switch on the one fault of a number, for this city only."""
    (chosen,) = (each for each in OparlFault if each.number == number)
    served.faults.on(f"{chosen}@{CITY}")
    yield chosen
    served.faults.off(chosen)


def crawled(served: World, number: int, since: dt.date | None = None, **options) -> Crawled:
    with fault(served, number):
        return crawl(city(served.url(CITY)), since, **options)


def asked(served: World, number: int, path: str, **options) -> httpx.Response:
    """What the server answers with the fault on: the fault must be there to be survived."""
    with fault(served, number):
        root = served.url(CITY).removesuffix("/oparl/system")
        return httpx.get(f"{root}{path}", **options)


def test_every_case_has_its_fault_and_its_test() -> None:
    numbers = list(range(1, 37))
    assert sorted(each.number for each in OparlFault) == numbers
    named = [re.match(r"test_case_(\d\d)_", name) for name in globals()]
    assert sorted({int(match[1]) for match in named if match}) == numbers


def test_case_01_an_empty_answer_is_404(served: World, changes: Crawled) -> None:
    assert asked(
        served, 1, "/oparl/body/1/person?modified_since=2026-03-01T00:00:00Z"
    ).json()["code"] == 802  # fmt: skip
    found = crawled(served, 1, SINCE)
    assert difference(changes, found) == NOTHING
    assert found.problems == []


def test_case_02_a_list_is_a_bare_array(served: World, whole: Crawled) -> None:
    assert len(asked(served, 2, "/oparl/body/1/person").json()) == 87
    found = crawled(served, 2)
    assert difference(whole, found) == NOTHING
    assert found.problems == []


def test_case_03_deleted_objects_without_a_type_stand_on_every_list(
    served: World, whole: Crawled
) -> None:
    found = crawled(served, 3)
    told = difference(whole, found)
    root = served.url(CITY).removesuffix("system")
    kinds = ("organization", "person", "meeting", "paper")
    gone = {("tombstone", f"{kind}:{root}{kind}/{DELETED}") for kind in kinds}
    assert told == Difference(set(), gone, {})
    for record in found.of("tombstone").values():
        assert isinstance(record, Tombstone)
        assert record.deleted_id.endswith(f"/{record.deleted_object_type}/{DELETED}")
    assert found.problems == []


def test_case_04_the_list_of_bodies_is_one_object(served: World, whole: Crawled) -> None:
    assert "ags" in asked(served, 4, "/oparl/bodies").json()
    found = crawled(served, 4)
    assert difference(whole, found) == NOTHING
    assert found.problems == []


def test_case_05_keys_of_7_and_9_digits_name_one_body_of_two(served: World, whole: Crawled) -> None:
    bodies = asked(served, 5, "/oparl/bodies").json()["data"]
    assert [body["ags"] for body in bodies] == ["079999980", "7999999"]
    found = crawled(served, 5)
    (body,) = found.of("body").values()
    assert difference(whole, found) == Difference(set(), set(), {("body", "ars"): {body.id}})
    assert found.problems == []


def test_case_06_locations_are_urls_and_the_reverse(served: World, whole: Crawled) -> None:
    found = crawled(served, 6)
    # The line about the place stands nowhere on the page; the place itself is still there.
    told = {("meeting", "location"): set(whole.of("meeting"))}
    assert difference(whole, found) == Difference(set(), set(), told)
    assert not any(CANARIES[2] in record.model_dump_json() for record in found.records.values())
    assert found.problems == []


def test_case_07_scalars_and_arrays_are_swapped(served: World, whole: Crawled) -> None:
    found = crawled(served, 7)
    assert difference(whole, found) == NOTHING
    assert found.problems == []


def test_case_08_broken_file_urls_still_give_the_files(served: World, whole: Crawled) -> None:
    files = [each for each in whole.of("file").values() if isinstance(each, File)]
    of_paper = next(each for each in files if each.paper_id)
    of_meeting = next(each for each in files if each.meeting_id)
    at = city(served.url(CITY))
    with client(at) as talk:
        before = [oparl.fetch_file(each, talk).sha256 for each in (of_paper, of_meeting)]
    with fault(served, 8), client(at) as talk:
        found = crawl(at)
        told = difference(whole, found)
        assert (told.lost, told.gained, set(told.changed)) == (set(), set(), {("file", "url")})
        broken = [found.of("file")[each.id] for each in (of_paper, of_meeting)]
        assert broken[1].url.endswith(".eml.pdf")
        assert "/files/rim/" in broken[0].url
        assert httpx.get(broken[0].url.replace("files/", "files//")).status_code == 404
        assert httpx.get(broken[1].url).status_code == 404
        assert [oparl.fetch_file(each, talk).sha256 for each in broken] == before
    assert found.problems == []


def test_case_09_slow_strict_and_redirecting(served: World, changes: Crawled) -> None:
    served.faults.slow_seconds = 0.02
    assert asked(served, 9, "/oparl/body/1/paper?limit=5").status_code == 400
    assert asked(served, 9, "/oparl/body/1/paper?modified_since=2026-01-01").status_code == 503
    assert asked(served, 9, "/oparl/body/1/paper").status_code == 301
    found = crawled(served, 9, SINCE)
    # The filter breaks the server, so everything is asked: more than what changed, never less.
    told = difference(changes, found)
    assert told.lost == set()
    assert told.changed == {}
    assert len(found.of("paper")) == 20
    assert found.problems == []
    assert inspect.signature(Client).parameters["timeout"].default > 38


def test_case_10_a_spurious_500_passes(served: World, whole: Crawled) -> None:
    assert asked(served, 10, "/oparl/body/1/file").status_code == 500
    found = crawled(served, 10)
    assert difference(whole, found) == NOTHING
    assert found.problems == []


def test_case_11_control_characters_in_json(served: World, whole: Crawled) -> None:
    with pytest.raises(ValueError, match="control character"):
        asked(served, 11, "/oparl/body/1/paper").json()
    found = crawled(served, 11)
    assert difference(whole, found) == NOTHING
    assert found.problems == []


def test_case_12_names_that_say_nothing(served: World, whole: Crawled) -> None:
    found = crawled(served, 12)
    told = difference(whole, found)
    assert (told.lost, told.gained) == (set(), set())
    assert set(told.changed) == {
        ("paper", "name"),
        ("organization", "short_name"),
        ("organization", "website"),
    }
    assert all(each.name == each.reference for each in found.of("paper").values())
    assert {each.short_name for each in found.of("organization").values()} == {None}
    assert {each.website for each in found.of("organization").values()} == {None}
    assert found.problems == []


def test_case_13_vendors_types_and_keys(served: World, whole: Crawled) -> None:
    listed = asked(served, 13, "/oparl/body/1/organization").json()["data"]
    assert {each["type"] for each in listed} == {"gr", "at"}
    found = crawled(served, 13)
    assert difference(whole, found) == NOTHING
    assert found.problems == []


def test_case_14_next_drops_the_filter(served: World, changes: Crawled) -> None:
    query = "modified_since=2020-01-01T00:00:00Z"
    following = asked(served, 14, f"/oparl/body/1/meeting?{query}").json()["links"]["next"]
    assert "modified_since" not in following
    early = dt.date(2020, 1, 1)
    before = crawl(city(served.url(CITY)), early)
    found = crawled(served, 14, early)
    assert difference(before, found) == NOTHING
    assert any("page=2&modified_since=" in page.url for page in found.pages)
    assert difference(changes, crawled(served, 14, SINCE)) == NOTHING
    assert found.problems == []


def test_case_15_careless_fields(served: World, whole: Crawled) -> None:
    found = crawled(served, 15)

    def same(value: object) -> object:
        return (
            re.sub(r"/oparl/(\w+)\?id=", r"/oparl/\1/", value) if isinstance(value, str) else value
        )

    assert any("?id=" in id_ for _, id_ in found.records)
    assert difference(whole, found, same) == NOTHING
    assert found.problems == []


def test_case_16_a_limit_would_truncate(served: World, whole: Crawled) -> None:
    cut = asked(served, 16, "/oparl/body/1/person?limit=5").json()
    assert (len(cut["data"]), "next" in cut["links"]) == (5, False)
    found = crawled(served, 16)
    assert difference(whole, found) == NOTHING
    assert not any("limit=" in page.url for page in found.pages)
    assert found.problems == []


def test_case_17_an_html_page_with_200(served: World, whole: Crawled) -> None:
    found = crawled(served, 17)
    # Persons of the lost pages are followed from their seats; that a page is broken is told once.
    assert difference(whole, found) == NOTHING
    (problem,) = found.problems
    assert problem.url.endswith("/person?page=2")
    assert problem.what == "an HTML page instead of JSON"


def test_case_18_a_server_that_needs_dates_raw(served: World, changes: Crawled) -> None:
    query = "modified_since=2026-03-01T00%3A00%3A00Z"
    assert asked(served, 18, f"/oparl/body/1/paper?{query}").status_code == 400
    found = crawled(served, 18, SINCE)
    assert difference(changes, found) == NOTHING
    assert any("modified_since=2026-03-01T00:00:00Z" in page.url for page in found.pages)
    # Per host: another server is asked encoded.
    filtered = [page.url for page in changes.pages if "modified_since=" in page.url]
    assert filtered
    assert all("modified_since=2026-03-01T00%3A00%3A00Z" in url for url in filtered)
    assert found.problems == []


def test_case_19_a_server_that_rejects_fractions(served: World, changes: Crawled) -> None:
    query = "modified_since=2026-03-01T00:00:00.000001Z"
    assert asked(served, 19, f"/oparl/body/1/paper?{query}").status_code == 400
    found = crawled(served, 19, dt.datetime(2026, 3, 1, 0, 0, 0, 1, tzinfo=dt.UTC))
    assert difference(changes, found) == NOTHING
    assert found.problems == []


def test_case_20_a_list_without_end(served: World, whole: Crawled) -> None:
    found = crawled(served, 20)
    assert difference(whole, found) == NOTHING
    (problem,) = found.problems
    assert problem.what == "3 pages in a row brought nothing new"
    assert sum("/body/1/paper" in page.url for page in found.pages) == 4


def test_case_21_a_moved_base_and_members_only(served: World, whole: Crawled) -> None:
    at = city(served.url(CITY).replace("/oparl/", "/neu/oparl/"))
    with fault(served, 21):
        assert httpx.get(served.url(CITY)).status_code == 404
        found = crawl(at)
    told = difference(whole, found)
    # Ids stay what they were; only persons are kept back, and asked for once.
    assert told == Difference({("person", id_) for id_ in whole.of("person")}, set(), {})
    (problem,) = found.problems
    assert "HTTP 401: the server keeps every person to itself" in problem.what


def test_case_22_meetings_end_before_they_begin(served: World, whole: Crawled) -> None:
    found = crawled(served, 22)
    ended = {id_ for id_, each in whole.of("meeting").items() if each.end_at is not None}
    assert ended
    assert difference(whole, found) == Difference(set(), set(), {("meeting", "end_at"): ended})
    assert {each.end_at for each in found.of("meeting").values()} == {None}
    assert found.problems == []


def test_case_23_papers_without_content_main_file_and_own_reference(
    served: World, whole: Crawled
) -> None:
    found = crawled(served, 23)
    told = difference(whole, found)
    root = served.url(CITY).removesuffix("system")
    assert told.lost == set()
    assert told.gained == {("tombstone", f"paper:{root}paper/{DELETED}")}
    assert set(told.changed) == {("file", "role"), ("paper", "reference")}
    assert {each.role for each in found.of("file").values() if each.paper_id} == {"auxiliary_file"}
    assert len(found.of("paper")) == 20
    assert found.problems == []


def test_case_24_oparl_1_0_as_rubin_speaks_it(served: World, whole: Crawled) -> None:
    assert "body" not in asked(served, 24, "/oparl/system").json()
    assert asked(served, 24, "/oparl/nowhere/at/all").json()["name"].startswith("Beispielwelt")
    found = crawled(served, 24)
    told = difference(whole, found)
    assert (told.lost, told.gained) == (set(), set())
    assert set(told.changed) == {("location", "latitude"), ("location", "longitude")}
    (problem,) = found.problems
    assert "an error object: Interner Fehler" in problem.what
    everything = crawled(served, 24, SINCE)
    assert everything.of("paper").keys() == whole.of("paper").keys()


def test_case_25_objects_that_are_linked_but_not_listed(served: World, whole: Crawled) -> None:
    found = crawled(served, 25)
    told = difference(whole, found)
    last = max(whole.of("paper"))
    files = {("file", id_) for id_, each in whole.of("file").items() if each.paper_id == last}
    assert told == Difference({("paper", last)} | files, set(), {})
    (problem,) = found.problems
    assert (problem.url, problem.what) == (last, "HTTP 404")


def test_case_26_cycles_and_embedded_objects_without_id(served: World, whole: Crawled) -> None:
    found = crawled(served, 26)
    told = difference(whole, found)
    assert {kind for kind, _ in told.lost | told.gained} == {"file", "legislative_term"}
    assert told.changed == {}
    # A file without an id is known by its address, a term by its body and place.
    before = {each.url for each in whole.of("file").values()}
    assert {each.id for each in found.of("file").values()} == before
    (term,) = found.of("legislative_term")
    assert term.endswith("/body/1#legislativeTerm-1")
    assert found.problems == []


def test_case_27_unsorted_lists_of_poor_objects(served: World, whole: Crawled) -> None:
    listed = asked(served, 27, "/oparl/body/1/paper").json()["data"]
    assert all("reference" not in each for each in listed)
    assert listed[0]["id"] > listed[-1]["id"]
    found = crawled(served, 27)
    assert difference(whole, found) == NOTHING
    assert found.problems == []


def test_case_28_an_incomplete_tls_chain(served: World, whole: Crawled, tmp_path: Path) -> None:
    chain = make_chain(tmp_path)

    def is_cut() -> bool:
        return served.faults.has(OparlFault.INCOMPLETE_CHAIN, CITY)

    with tls_front(served, chain, is_cut) as url:
        at = city(url)
        assert crawl(at, ca_bundle=chain.root).problems == []
        with fault(served, 28):
            for bundle in (None, chain.root):
                with (
                    client(at, ca_bundle=bundle) as talk,
                    pytest.raises(CertificateError, match=r"council\.ca_bundle"),
                ):
                    talk.get(url, kind="system")
            found = crawl(at, ca_bundle=chain.bundle)

    def same(value: object) -> object:
        base = url.removesuffix("oparl/system")
        here = served.url(CITY).removesuffix("oparl/system")
        return value.replace(base, here) if isinstance(value, str) else value

    assert difference(whole, found, same) == NOTHING
    assert found.problems == []


def test_case_29_a_firewall_with_status_200(served: World) -> None:
    found = crawled(served, 29)
    assert found.records == {}
    (problem,) = found.problems
    assert problem.what == "the page of a firewall instead of JSON"
    assert "ask the operator to admit the crawler" in problem.mend


def test_case_30_strings_longer_than_any_column(served: World, whole: Crawled) -> None:
    found = crawled(served, 30)
    told = difference(whole, found)
    assert told == Difference(set(), set(), {("paper", "name"): set(whole.of("paper"))})
    for id_, each in found.of("paper").items():
        assert each.name == f"{whole.of('paper')[id_].name}{LONG}"
        row = each.model_dump()
        schema = arrow_schema(type(each))
        assert schema.field("name").type in {"string", "large_string"}
        assert len(row["name"]) > 20_000
    assert found.problems == []


def test_case_31_a_content_type_that_lies(served: World, whole: Crawled) -> None:
    file = next(each for each in whole.of("file").values() if each.role == "main_file")
    at = city(served.url(CITY))

    def text() -> list[str]:
        with client(at) as talk, Extractor(workers=1) as extractor:
            (read,) = fetch_documents([file], talk, Unknown(), extractor, Gate.of(at))
            assert read.document.mime_type == "application/pdf"
            return [page.text for page in read.pages or ()]

    before = text()
    found = crawled(served, 31)
    assert set(difference(whole, found).changed) == {("file", "mime_type")}
    with fault(served, 31):
        assert httpx.get(file.url).headers["content-type"].startswith("text/html")
        assert text() == before
    assert before
    assert found.problems == []


class Unknown:
    """A lake that knows no document."""

    def finished(self, file_id: str) -> None:
        del file_id


def test_case_32_a_wildcard_in_robots(served: World, whole: Crawled) -> None:
    at = city(served.url(CITY))
    with fault(served, 32), client(at) as talk:
        found = crawl(at)
        file = next(iter(found.of("file").values()))
        text = httpx.get(served.url(CITY).replace("/oparl/system", "/robots.txt")).text
        reader = urllib.robotparser.RobotFileParser()
        reader.parse(text.splitlines())
        # What the standard library would do, and what is right.
        assert reader.can_fetch("Seehaus", file.url)
        with pytest.raises(RobotsDisallowedError):
            oparl.fetch_file(file, talk)
        assert talk.get(f"{served.url(CITY)}?as=.pdf.json", kind="system").status == 200
    told = difference(whole, found)
    assert (told.lost, told.gained, set(told.changed)) == (set(), set(), {("file", "url")})
    assert found.problems == []


def test_case_33_dates_without_offset_or_time(served: World, whole: Crawled) -> None:
    found = crawled(served, 33)
    told = difference(whole, found)
    first = next(id_ for id_ in whole.of("meeting") if id_.endswith("/10000"))
    assert (told.lost, told.gained) == (set(), set())
    assert told.changed.pop(("meeting", "date_text")) == set(whole.of("meeting"))
    assert told.changed == {("meeting", "start_at"): {first}, ("meeting", "has_time"): {first}}
    start = found.of("meeting")[first].start_at
    assert start.date() == whole.of("meeting")[first].start_at.date()
    assert (start.hour, found.of("meeting")[first].has_time) == (0, False)
    assert found.problems == []


def test_case_34_a_next_to_a_foreign_host_and_a_redirect_without_query(
    served: World, whole: Crawled
) -> None:
    lost = asked(served, 34, "/oparl/body/1/membership?page=2")
    assert (lost.status_code, "?" in lost.headers["location"]) == (301, False)
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.settimeout(0.2)
        served.faults.foreign = f"http://127.0.0.1:{trap.getsockname()[1]}/oparl/person?page=2"
        found = crawled(served, 34)
        with pytest.raises(TimeoutError):
            trap.accept()
    assert difference(whole, found) == NOTHING
    (problem,) = found.problems
    assert "host that the city file does not name" in problem.what
    metadata = "http://169.254.169.254/latest/meta-data/"
    served.faults.foreign = metadata
    assert [problem.url for problem in crawled(served, 34).problems] == [metadata]


def test_case_35_mass_disappearance_stops_at_the_brake(
    served: World, make_store: Callable[[str], Store], lake: Lake, tmp_path: Path
) -> None:
    at = city(served.url(CITY))
    current = "SELECT count(*) AS n FROM raw_mainz.oparl_{} WHERE _dlt_valid_to IS NULL"

    def run() -> CrawlResult:
        store = make_store("mainz")
        with client(at, answers=StoredAnswers(store, Blobs(tmp_path / "blobs"))) as talk:
            return crawl_city(at, oparl, talk, store, None)

    def count(kind: str) -> int:
        return lake.arrow(current.format(kind)).to_pylist()[0]["n"]

    def gone() -> list[str]:
        rows = lake.arrow("SELECT object_type, reason FROM raw_mainz.tombstone").to_pylist()
        return [f"{row['object_type']} {row['reason']}" for row in rows]

    assert run().is_complete
    before = {kind: count(kind) for kind in ("paper", "meeting", "file", "person")}
    with fault(served, 35), pytest.raises(DropError, match="20 of 20 paper"):
        run()
    assert {kind: count(kind) for kind in before} == before
    # A single object goes after two complete crawls without it, not after one.
    served.faults.on(f"withdrawn@{CITY}")
    assert run().is_complete
    assert gone() == []
    assert run().is_complete
    assert gone() == ["file disappeared"]
    assert count("file") == before["file"] - 1


def test_case_36_private_contacts_never_get_in(served: World, whole: Crawled) -> None:
    page = asked(served, 36, "/oparl/body/1/person").text
    assert all(canary in page for canary in CANARIES)
    for since in (None, dt.date(2020, 1, 1)):
        found = crawled(served, 36, since)
        told = "".join(record.model_dump_json() for record in found.records.values())
        assert not any(canary in told for canary in CANARIES)
        assert not any("/home" in page.url for page in found.pages)
        assert found.problems == []
    assert difference(whole, crawled(served, 36)) == NOTHING
