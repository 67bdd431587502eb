"""The OParl service over a lake: every object, lists, filters, changes, and what stays inside."""

import datetime as dt
import gzip
import json
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from catalog import oparl
from catalog.oparl.addresses import Addresses
from catalog.oparl.tables import KINDS, LISTS, Outgoing
from ingestion.city import City, load
from ingestion.http import Client
from ingestion.systems import oparl as read_oparl
from orchestration.changes import is_untouched, snapshot
from orchestration.lake import Lake
from tests import oparl_lake
from tests.oparl_client import BASE, Object, Schemas, everything, get, listed, pages, service
from tests.oparl_lake import Plain, publish

pytestmark = pytest.mark.integration
FIRST = dt.datetime(2026, 11, 2, 6, tzinfo=dt.UTC)
LATER = dt.datetime(2026, 11, 9, 6, tzinfo=dt.UTC)
SINCE = "2026-11-05T00:00:00Z"

REFERENCES = {
    **{f"{kind}_id": kind for kind in KINDS},
    "parent_id": "organization",
}
# Said by the city file, by a file's bytes, or in a field of its own in each kind's record.
FROM_ELSEWHERE = {"licence_id", "size_bytes", "sha256", "source_url"}

# Most tests need no lake, only its tables; those that need one say so.
Store = Lake | Plain


def is_behind(lake: Store) -> bool:
    with lake.write() as con:
        return oparl.is_behind(con)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plain]:
    """Published once."""
    tables = Plain(tmp_path_factory.mktemp("oparl") / "tables.duckdb")
    publish(tables, FIRST)
    yield tables
    tables.close()


@pytest.fixture(scope="module")
def client(tables: Plain) -> TestClient:
    return service(tables)


@pytest.fixture(scope="module")
def objects(client: TestClient) -> list[Object]:
    """All that is served, asked once."""
    return everything(client)


@pytest.fixture
def changing(tables: Plain, tmp_path: Path) -> Iterator[Plain]:
    """Tables of the test's own, published once."""
    own = tables.copy(tmp_path / "tables.duckdb")
    yield own
    own.close()


def ids(objects: list[Object]) -> list[str]:
    return [each["id"] for each in objects]


def refill(lake: Store, change: Callable[[dict[str, list[oparl_lake.Row]]], None]) -> None:
    """Build the harmonised tables anew, otherwise."""
    told = oparl_lake.rows()
    before = oparl_lake.rows()
    change(told)
    with lake.write() as con:
        for table in told:
            if told[table] != before[table]:
                oparl_lake.create(con, table, told[table])


# -- every object -----------------------------------------------------------------------------


def test_every_object_is_valid(objects: list[Object], samples: Path) -> None:
    """By the official schemas, embedded objects by theirs."""
    schemas = Schemas(samples)
    for told in objects:
        schemas.check(told)
    assert schemas.checked == schemas.names


def test_every_link_leads_to_the_object_that_it_names(
    client: TestClient, objects: list[Object]
) -> None:
    known = {told["id"]: told for told in objects}
    for told in objects:
        # An address holds no character that must be escaped.
        assert quote(urlsplit(told["id"]).path, safe="/~") == urlsplit(told["id"]).path
        own = get(client, told["id"])
        assert own == told
        for name, value in told.items():
            for each in value if isinstance(value, list) else [value]:
                is_list = name in LISTS or (name, told["type"][-4:]) == ("body", "stem")
                if isinstance(each, str) and each.startswith(f"{BASE}/") and not is_list:
                    if name in {"meeting", "consultation"} and each.count("/") == 8:
                        get(client, each)
                    else:
                        assert each in known, (told["id"], name)


def test_an_embedded_object_is_the_one_of_the_list_but_for_a_file_s_text(
    objects: list[Object],
) -> None:
    known = {told["id"]: told for told in objects}
    count = 0
    for told in known.values():
        for value in told.values():
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, dict) and "id" in each:
                    whole = {k: v for k, v in known[each["id"]].items() if k != "text"}
                    assert each == whole
                    count += 1
    assert count > 15


def assert_same(of: Outgoing, row: oparl_lake.Row, came: Any, at: Addresses) -> None:
    """A record has every field of a row; one that it has no field for is the body it hangs on."""
    renamed = {"paper_date": "date", "consultation_date": "date", "website_url": "website"}
    if of.kind == "file":
        renamed["access_url"] = "url"
    for name in {*of.columns, *of.inside} - FROM_ELSEWHERE:
        value = row.get(name)
        if value is not None and name in REFERENCES:
            value = at.of(REFERENCES[name], value)
        if of.kind == "file" and name == "role":
            value = value or "auxiliary_file"  # in OParl no file hangs on an object without a role
        if name != "body_id":
            assert getattr(came, renamed.get(name, name)) == value, (of.kind, row[of.key], name)


def test_our_own_client_reads_what_went_out(client: TestClient, tables: Plain) -> None:
    """Every served field of every row; through the lake: ``test_oparl_round_trip``."""

    def send(request: httpx.Request) -> httpx.Response:
        answer = client.get(str(request.url))
        return httpx.Response(answer.status_code, content=answer.content)

    values = load("mainz").model_dump(mode="json") | {"statistics": []}
    values["council"] |= {"system": "oparl", "url": f"{BASE}/system"}
    city = City.model_validate(values)
    found: dict[tuple[str, str], Any] = {}
    with Client(
        allowed=city.base_urls(),
        user_agent="t",
        requests_per_second=1e6,
        transport=httpx.MockTransport(send),
    ) as asks:
        for page in read_oparl.fetch(city, None, asks):
            for record in read_oparl.parse(page):
                found[record.object_type, record.id] = record
        assert asks.problems == []
    at = Addresses(BASE)
    for of in KINDS.values():
        for row in oparl_lake.rows()[of.kind]:
            if row["city_id"] == "mainz":
                came = found.pop((of.kind, str(at.of(of.kind, row[of.key]))))
                assert_same(of, row, came, at)
    assert {kind for kind, _ in found} <= {"vote"}


def test_what_may_not_leave_does_not(objects: list[Object], tables: Plain) -> None:
    assert "CANARY" not in json.dumps(objects)
    with tables.read() as con:
        for of in KINDS.values():
            assert "CANARY" not in str(con.execute(f"SELECT * FROM {of.table}").fetchall())


def test_a_file_says_how_its_bytes_are_known(client: TestClient) -> None:
    """Whoever fetches it from the city sees whether it is the one that was read here."""
    told = get(client, "/file/mainz/f1")
    assert (told["size"], told["seehaus:sha256"]) == (9, "ab" * 32)
    assert "seehaus:sha256" not in get(client, "/file/mainz/f2")


def test_a_file_has_the_text_that_the_gate_let_through(client: TestClient) -> None:
    assert get(client, "/file/mainz/f1")["text"] == "Radwege von der Neustadt\fzum Rhein."
    for id_ in ("f2", "f3", "f4"):  # none, empty, longer than a page of a list bears
        assert "text" not in get(client, f"/file/mainz/{id_}")


# -- lists ------------------------------------------------------------------------------------


@settings(max_examples=5)
@given(st.integers(1, 30), st.booleans())
def test_pages_of_any_size_give_the_whole_list_once(
    client: TestClient, limit: int, brief: bool
) -> None:
    told = list(
        pages(client, f"/body/mainz/paper?limit={limit}&omit_internal={str(brief).lower()}")
    )
    found = [each["id"] for page in told for each in page["data"]]
    assert found == sorted(found)
    assert len(found) == len(set(found)) == 24
    assert {page["pagination"]["totalElements"] for page in told} == {24}
    assert all(len(page["data"]) == limit for page in told[:-1])
    assert any("consultation" in each for page in told for each in page["data"]) is not brief
    assert all(page["links"]["first"] == told[0]["links"]["self"] for page in told)


def test_filters_hold_on_every_page(changing: Plain) -> None:
    def change(rows: dict[str, list[oparl_lake.Row]]) -> None:
        for row in rows["paper"]:
            if row["paper_id"] >= "mainz:210":
                row["name"] += " (neu)"
        rows["paper"] = [row for row in rows["paper"] if row["paper_id"] != "mainz:205"]
        rows["paper"].append(oparl_lake.row("paper", "mainz", "999", name="Neu"))

    refill(changing, change)
    assert is_behind(changing)
    publish(changing, LATER)
    assert not is_behind(changing)
    with service(changing) as client:
        path = "/body/mainz/paper?limit=3&"
        gone = f"{BASE}/paper/mainz/205"
        changed = listed(client, f"{path}modified_since={SINCE}")
        assert gone in ids(changed)
        assert {each["id"].rpartition("/")[2] for each in changed} == {
            "205",
            "999",
            *(str(number) for number in range(210, 223)),
        }
        assert [each for each in changed if each.get("deleted")] == [
            {
                "id": gone,
                "type": "https://schema.oparl.org/1.1/Paper",
                "created": "2026-11-02T06:00:00+00:00",
                "modified": "2026-11-09T06:00:00+00:00",
                "deleted": True,
            }
        ]
        assert ids(listed(client, f"{path}created_since={SINCE}")) == [f"{BASE}/paper/mainz/999"]
        old = listed(client, f"{path}modified_until={SINCE}")
        assert len(old) == 10
        assert listed(client, f"{path}created_since={SINCE}&modified_until={SINCE}") == []
        whole = ids(listed(client, path))
        assert gone not in whole
        assert len(whole) == 24
        assert get(client, gone)["deleted"] is True


def test_an_organisation_has_lists_of_its_own(client: TestClient) -> None:
    council = get(client, "/organization/mainz/~bmFtZTpzdGFkdHJhdA")
    assert ids(listed(client, council["meeting"])) == [f"{BASE}/meeting/mainz/1"]
    assert ids(listed(client, council["consultation"])) == [f"{BASE}/consultation/mainz/c1"]
    get(client, council["meeting"].removesuffix("meeting") + "paper", 404)


# -- HTTP -------------------------------------------------------------------------------------


def test_an_answer_that_is_known_is_not_sent_again(client: TestClient) -> None:
    url = f"{BASE}/body/mainz/paper?limit=5"
    first = client.get(url)
    tag = first.headers["etag"]
    assert parsedate_to_datetime(first.headers["last-modified"]) == FIRST
    assert first.headers["cache-control"] == "public, no-cache"
    for known in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        again = client.get(url, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get(url, headers={"If-None-Match": '"other"'}).status_code == 200
    assert client.head(url).headers["etag"] == tag
    assert client.head(url, headers={"If-None-Match": tag}).status_code == 304
    nothing = client.get(f"{BASE}/paper/mainz/11", headers={"If-None-Match": "*"})
    assert nothing.status_code == 404


def test_a_kept_answer_serves_others_than_who_asked(client: TestClient) -> None:
    """A shared cache may hand it to a page of another site, and to who does not unpack."""
    url = f"{BASE}/paper/mainz/10"
    first = client.get(url)
    again = client.get(url, headers={"If-None-Match": first.headers["etag"]})
    short = client.get(f"{BASE}/paper/mainz/200")
    assert len(short.content) < 500 < len(first.content)
    for answer in (first, again, short):
        assert answer.headers["vary"] == "Accept-Encoding"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cache-control"] == "public, no-cache"


def test_a_tag_is_one_of_the_question_however_it_is_written(client: TestClient) -> None:
    def tag(path: str) -> str:
        return str(client.get(BASE + path).headers["etag"])

    papers = "/body/mainz/paper"
    assert tag(f"{papers}?limit=500&other=1") == tag(f"{papers}?limit=200")
    assert tag(f"{papers}?modified_since=2026-01-01T01:00:00%2B01:00") == tag(
        f"{papers}?modified_since=2026-01-01T00:00:00Z"
    )
    others = ("", "?limit=3", "?omit_internal=true", "?modified_since=2026-01-01T00:00:00Z")
    different = {tag(papers + other) for other in others}
    different |= {tag(path) for path in ("/system", "/body", "/body/mainz", "/body/trier")}
    different |= {tag("/paper/mainz/10"), tag("/paper/mainz/10?omit_internal=true")}
    assert len(different) == 10
    elsewhere = TestClient(
        Starlette(routes=[Mount(oparl.PATH, client.app.routes[0].app)]),  # type: ignore[attr-defined]
        base_url="https://daten.example",
    )
    assert elsewhere.get(f"{BASE}{papers}").headers["etag"] == tag(papers)


def test_answers_are_compressed_and_open_to_pages_of_others(client: TestClient) -> None:
    headers = {"Accept-Encoding": "gzip", "Origin": "https://a.example"}
    with client.stream("GET", f"{BASE}/body/mainz/paper", headers=headers) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert len(raw) * 4 < len(gzip.decompress(raw))
    assert "Accept-Encoding" in answer.headers["vary"]
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "etag" in answer.headers["access-control-expose-headers"].lower()
    asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}
    asked["Access-Control-Request-Headers"] = "if-none-match"
    preflight = client.options(f"{BASE}/system", headers=asked)
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert preflight.headers["access-control-allow-headers"] == "*"
    assert "GET" in preflight.headers["access-control-allow-methods"]


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/body/mainz/paper?limit=x", 400, "limit"),
        ("/body/mainz/paper?after=%00", 400, "links.next"),
        ("/body/mainz/paper?modified_since=heute", 400, "2026-01-31T08:00:00"),
        ("/paper/mainz/10?omit_internal=x", 400, "true oder false"),
        ("/body/mainz/papers", 404, "organization, person, meeting"),
        ("/body/atlantis", 404, "/system"),
        ("/body/atlantis/paper", 404, "/system"),
        ("/paper/mainz/11", 404, "/system"),
        ("/paper/mainz/" + quote("10' OR '1'='1"), 404, "/system"),
        ("/body/mainz/paper/10", 404, "/system"),
        ("/nowhere", 404, "/system"),
        ("/body/mainz/paper?" + "x" * 4001, 414, "4000"),
    ],
)
def test_what_cannot_be_answered_says_what_to_do(
    client: TestClient, path: str, status: int, said: str
) -> None:
    told = get(client, path, status)
    assert told["type"] == "https://schema.oparl.org/1.1/Error"
    assert said in told["message"]
    assert "→" in told["message"]
    assert told["debug"]


def test_nothing_can_be_written(client: TestClient) -> None:
    answer = client.post(f"{BASE}/body/mainz/paper", json={})
    assert answer.status_code == 405
    assert "GET" in answer.json()["message"]


def test_the_entrance_leads_to_the_system(client: TestClient) -> None:
    answer = client.get(f"{BASE}/", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, f"{BASE}/system")


def test_without_a_public_address_ids_begin_with_the_asked_one(
    tables: Plain,
) -> None:
    app = Starlette(routes=[Mount(oparl.PATH, oparl.create_app(tables))])
    told = TestClient(app, base_url="http://127.0.0.1:8080").get(f"{oparl.PATH}/system").json()
    assert told["id"] == "http://127.0.0.1:8080/oparl/v1.1/system"
    assert told["website"] == "http://127.0.0.1:8080/"


# -- changes ----------------------------------------------------------------------------------


@pytest.mark.long
def test_over_a_lake_an_unchanged_publication_writes_nothing(tmp_path: Path) -> None:
    """And none of them is a reason to build the harmonised tables anew."""
    lake = oparl_lake.lake_in(tmp_path)
    client = service(lake)
    told = get(client, "/system", 503)
    assert "später" in told["message"]
    assert "seehaus run" in told["debug"]
    assert str(tmp_path) not in json.dumps(told)
    built = snapshot(lake)
    assert not is_behind(lake)
    publish(lake, FIRST)
    once = snapshot(lake)
    assert once > built
    assert publish(lake, LATER).total == 0
    assert not is_behind(lake)
    assert snapshot(lake) == once
    assert is_untouched(lake, since=built)
    assert get(client, "/paper/mainz/10")["modified"] == "2026-11-02T06:00:00+00:00"
    refill(lake, lambda rows: rows["paper"].pop())
    assert not is_untouched(lake, since=built)


def test_what_changes_inside_an_object_changes_its_modified(changing: Plain) -> None:
    def change(rows: dict[str, list[oparl_lake.Row]]) -> None:
        rows["file"] = [row for row in rows["file"] if row["file_id"] != "mainz:f6"]
        rows["membership"][2]["role"] = "Vorsitz"
        rows["location"][0]["room"] = "Saal 2"
        rows["legislative_term"].pop()
        # Redacted afterwards: the source said nothing new.
        rows["document_page"][1] = oparl_lake.page("f1", 1, "Radwege von [geschwärzt]")

    refill(changing, change)
    publish(changing, LATER)
    with service(changing) as client:
        changed = {
            each["id"].removeprefix(BASE)
            for name in LISTS
            for each in listed(client, f"/body/mainz/{name}?modified_since={SINCE}")
        }
        assert changed == {
            "/file/mainz/f1",
            "/file/mainz/f6",
            "/paper/mainz/10",
            "/agendaItem/mainz/100",
            "/meeting/mainz/1",
            "/location/mainz/l1",
            "/membership/mainz/m3",
            "/person/mainz/~bmFtZTpvdHRvLWFtdG1hbm4",
            "/organization/mainz/70",
            "/legislativeTerm/mainz/t1",
        }
        assert get(client, "/body/mainz")["modified"] == "2026-11-09T06:00:00+00:00"
        assert get(client, "/body/trier")["modified"] == "2026-11-02T06:00:00+00:00"
        assert "resolutionFile" not in get(client, "/agendaItem/mainz/100")
        assert "geschwärzt" in get(client, "/file/mainz/f1")["text"]


def test_an_object_that_comes_back_is_the_old_one(changing: Plain) -> None:
    refill(changing, lambda rows: rows["paper"].clear())
    publish(changing, LATER)
    refill(changing, lambda rows: rows["paper"].reverse())
    again = LATER + dt.timedelta(days=1)
    publish(changing, again)
    told = get(service(changing), "/paper/mainz/10")
    assert (told["created"], told["modified"]) == (
        "2026-11-02T06:00:00+00:00",
        "2026-11-10T06:00:00+00:00",
    )
    assert "deleted" not in told


def test_a_city_that_is_gone_is_told_as_deleted(changing: Plain) -> None:
    def change(rows: dict[str, list[oparl_lake.Row]]) -> None:
        for table, of in rows.items():
            rows[table] = [row for row in of if row["city_id"] != "trier"]

    refill(changing, change)
    publish(changing, LATER)
    with service(changing) as client:
        assert ids(listed(client, "/body")) == [f"{BASE}/body/mainz"]
        assert get(client, "/body/trier")["deleted"] is True
        told = listed(client, f"/body/trier/paper?modified_since={SINCE}")
        assert [each["deleted"] for each in told] == [True]


def test_a_held_city_keeps_what_was_served_but_for_what_is_withdrawn(
    changing: Plain,
) -> None:
    def change(rows: dict[str, list[oparl_lake.Row]]) -> None:
        rows["paper"] = [{**row, "name": "CANARY"} for row in rows["paper"][1:]]
        rows["file"], rows["consultation"] = [], []
        rows["document_page"] = [oparl_lake.page("f1", 1, "CANARY")]
        rows["tombstone"] = [
            oparl_lake.row("tombstone", "mainz", f"{kind}:{id_}", object_type=kind)
            | {"object_id": f"mainz:{id_}"}
            for kind, id_ in (("paper", "10"), ("file", "f4"))
        ]

    refill(changing, change)
    done = publish(changing, LATER, held={("mainz", "paper"), ("mainz", "observation")})
    assert done.held == ("mainz",)
    assert "mainz" in done.text()
    with service(changing) as client:
        # The paper, and what hangs on it; the other city is up to date.
        assert get(client, "/paper/mainz/10")["deleted"] is True
        for path in ("/file/mainz/f1", "/file/mainz/f4", "/consultation/mainz/c1"):
            assert get(client, path)["deleted"] is True
        assert get(client, "/paper/mainz/200")["name"] == "Bericht 200"
        meeting = get(client, "/meeting/mainz/1")
        assert "invitation" not in meeting
        assert meeting["resultsProtocol"]["id"] == f"{BASE}/file/mainz/f5"
        assert meeting["modified"] == "2026-11-09T06:00:00+00:00"
        assert "CANARY" not in json.dumps(
            [each for each in everything(client) if "mainz" in each["id"]]
        )
        assert listed(client, "/body/trier/paper")[0]["name"] == "CANARY"
    publish(changing, LATER + dt.timedelta(days=1))
    assert get(service(changing), "/paper/mainz/200")["name"] == "CANARY"


def test_a_text_that_is_newer_than_the_publication_is_not_shown(
    changing: Plain,
) -> None:
    pages_ = [oparl_lake.page("f1", 1, "CANARY")]
    refill(changing, lambda rows: rows.update(document_page=pages_))
    with service(changing) as client:
        assert "text" not in get(client, "/file/mainz/f1")
        publish(changing, LATER)
        assert get(client, "/file/mainz/f1")["text"] == "CANARY"


def test_a_column_that_came_later_is_filled(changing: Plain) -> None:
    with changing.write() as con:
        con.execute(f"ALTER TABLE {KINDS['paper'].table} DROP COLUMN state")
    publish(changing, LATER)
    assert get(service(changing), "/paper/mainz/10")["seehaus:state"] == "beschlossen"
