"""What is served is what the lake has now: tags, copies, and questions that cost a page."""

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from catalog.oparl.objects import Objects
from catalog.oparl.query import ListQuery
from catalog.oparl.reading import READS, Snapshot
from catalog.oparl.served import MovedError, Served
from catalog.oparl.tables import KINDS, LISTS
from tests import oparl_lake
from tests.oparl_client import BASE, everything, get, listed, service
from tests.oparl_lake import Plain, Row, publish

pytestmark = pytest.mark.integration
FIRST = dt.datetime(2026, 11, 2, 6, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
Rows = dict[str, list[Row]]


def refill(tables: Plain, told: Rows) -> None:
    with tables.write() as con:
        for table in told:
            oparl_lake.create(con, table, told[table])


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plain]:
    """Published once; nobody changes it."""
    tables = Plain(tmp_path_factory.mktemp("served") / "tables.duckdb")
    publish(tables, FIRST)
    yield tables
    tables.close()


@pytest.fixture
def tables(published: Plain, tmp_path: Path) -> Iterator[Plain]:
    """The test's own."""
    own = published.copy(tmp_path / "tables.duckdb")
    yield own
    own.close()


def addresses() -> list[str]:
    """One of every kind of question."""
    lists = [f"/body/mainz/{name}" for name in LISTS]
    objects = [
        "/organization/mainz/70",
        "/person/mainz/601",
        "/membership/mainz/m1",
        "/meeting/mainz/1",
        "/agendaItem/mainz/100",
        "/paper/mainz/10",
        "/consultation/mainz/c1",
        "/file/mainz/f1",
        "/location/mainz/l1",
        "/legislativeTerm/mainz/t1",
    ]
    of_one = [f"/organization/mainz/70/{name}" for name in ("meeting", "consultation")]
    return ["/system", "/body", "/body/mainz", *lists, *objects, *of_one]


# -- tags -------------------------------------------------------------------------------------


def asked(client: TestClient, path: str, tag: str = "") -> Any:
    return client.get(BASE + path, headers={"If-None-Match": tag} if tag else {})


@pytest.mark.parametrize("path", addresses())
def test_what_is_known_is_told_before_anything_is_made(
    published: Plain, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = service(published)
    tag = asked(client, path).headers["etag"]

    def fail(*_: Any, **__: Any) -> Any:
        raise AssertionError

    for name in ("make", "system"):
        monkeypatch.setattr(Objects, name, fail)
    for name in ("page", "related"):
        monkeypatch.setattr(Snapshot, name, fail)
    monkeypatch.setattr(Served, "lake", fail)
    assert asked(client, path, tag).status_code == 304


def changed(kind: str) -> Callable[[Rows], None]:
    """Another value in a column of every row of Mainz."""
    column = {
        "membership": "role",
        "consultation": "role",
        "file": "mime_type",
        "location": "room",
        "person": "faction",
    }.get(kind, "name")

    def change(told: Rows) -> None:
        for row in told[kind]:
            if row["city_id"] == "mainz":
                row[column] = f"{row.get(column)} (neu)"

    return change


def gone(kind: str) -> Callable[[Rows], None]:
    """No row of Mainz; withdrawn, or no longer public."""

    def change(told: Rows) -> None:
        told[kind] = [row for row in told[kind] if row["city_id"] != "mainz"]

    return change


def test_an_answer_that_is_another_one_has_another_tag(tables: Plain) -> None:
    """Whatever changes, and wherever it shows, no copy of what was before is taken for the new."""
    told = oparl_lake.rows()
    steps = [(changed, kind) for kind in KINDS]
    steps += [(gone, kind) for kind in ("file", "membership", "agenda_item", "paper", "person")]
    with service(tables) as client:
        before = {path: asked(client, path) for path in addresses()}
        for change, kind in steps:
            change(kind)(told)
            refill(tables, {kind: told[kind]})
            assert publish(tables, FIRST).total
            fresh, others = service(tables), 0
            for path, old in before.items():
                new, whole = asked(client, path, old.headers.get("etag", "")), asked(fresh, path)
                if new.status_code == 304:
                    assert whole.content == old.content, (kind, path)
                else:
                    assert new.status_code == whole.status_code, (kind, path)
                    assert new.content == whole.content, (kind, path)
                    assert new.status_code == 404 or new.headers["etag"] != old.headers["etag"]
                    others += whole.content != old.content
                before[path] = whole
            assert others >= 2, kind  # the object and its list at least


def test_another_city_s_change_leaves_tags_as_they_are(tables: Plain) -> None:
    with service(tables) as client:
        before = {path: asked(client, path).headers["etag"] for path in addresses()}
        told = oparl_lake.rows()
        told["paper"] = [row for row in told["paper"] if row["city_id"] == "mainz"]
        refill(tables, told)
        assert publish(tables, FIRST + DAY).gone == {"paper": 1}
        same = [path for path, tag in before.items() if asked(client, path, tag).status_code == 304]
        # Texts lie in a table of all cities, which these tables take for written.
        assert len(same) > 12
        assert "/body/mainz/person" in same


def test_a_text_that_came_or_went_without_a_publication_has_another_tag(tables: Plain) -> None:
    with service(tables) as client:
        first = asked(client, "/file/mainz/f1")
        assert "text" in first.json()
        told = oparl_lake.rows()
        told["document_page"] = []
        refill(tables, told)
        second = asked(client, "/file/mainz/f1", first.headers["etag"])
        assert second.status_code == 200
        assert "text" not in second.json()
        refill(tables, oparl_lake.rows())
        third = asked(client, "/file/mainz/f1", second.headers["etag"])
        assert third.json() == first.json()


def test_an_answer_is_made_of_the_kinds_that_its_tag_is_made_of(
    published: Plain, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: set[str] = set()
    rows, value = Served.rows, Served.value

    def noting(function: Any) -> Any:
        def called(self: Served, kind: str, *values: Any) -> Any:
            read.add(kind)
            return function(self, kind, *values)

        return called

    monkeypatch.setattr(Served, "rows", noting(rows))
    monkeypatch.setattr(Served, "value", noting(value))
    client = service(published)
    by_segment = {of.segment: of.kind for of in KINDS.values()}
    for path in addresses():
        read.clear()
        get(client, path)
        segment, last = path.split("/")[1], path.rpartition("/")[2]
        name = last if segment == "body" or last in {"meeting", "consultation"} else segment
        kind = LISTS.get(name) or by_segment.get(name, "body")
        # Whose list it is only says whether there is one.
        around = {"body", "organization"} if last in LISTS else set()
        assert kind in read, path
        assert read <= READS[kind] | around, path


# -- copies -----------------------------------------------------------------------------------


KIND = st.sampled_from(sorted(set(KINDS) - {"body"}))


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(KIND, st.booleans()), min_size=1, max_size=4))
def test_copies_that_were_kept_up_to_date_are_those_that_are_made_anew(
    published: Plain, tmp_path: Path, steps: list[tuple[str, bool]]
) -> None:
    file = tmp_path / "kept.duckdb"
    file.unlink(missing_ok=True)
    own = published.copy(file)
    client = service(own)
    everything(client)
    told = oparl_lake.rows()
    for kind, is_gone in steps:
        (gone if is_gone else changed)(kind)(told)
        refill(own, told)
        publish(own, FIRST)  # a clock that stands still
    fresh = service(own)
    assert everything(client) == everything(fresh)
    for name in LISTS:
        path = f"/body/mainz/{name}?modified_since=2000-01-01T00:00:00Z&limit=7"
        assert listed(client, path) == listed(fresh, path)
    own.close()


class Switched:
    """Tables that can be put back to what they were: a lake from a backup."""

    def __init__(self, tables: Plain) -> None:
        self.now = tables
        self._times = 0

    def put(self, tables: Plain) -> None:
        self.now = tables
        self._times += 1

    @contextmanager
    def read(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self.now.read() as con:
            yield con

    def version(self, tables: Any) -> str:
        return f"{self._times} {self.now.version(tables)}"


def test_a_lake_that_was_put_back_is_served_as_it_was(tables: Plain, published: Plain) -> None:
    told = oparl_lake.rows()
    told["paper"].append(oparl_lake.row("paper", "mainz", "999", name="Neu"))
    told["paper"][0]["name"] = "Anders"
    refill(tables, told)
    publish(tables, FIRST + DAY)
    switched = Switched(tables)
    with service(switched) as client:
        assert get(client, "/paper/mainz/10")["name"] == "Anders"
        tag = asked(client, "/paper/mainz/10").headers["etag"]
        switched.put(published)
        assert get(client, "/paper/mainz/10")["name"] == "Radwege in der Neustadt"
        assert asked(client, "/paper/mainz/10", tag).status_code == 200
        get(client, "/paper/mainz/999", 404)
        assert everything(client) == everything(service(published))


def test_a_column_that_came_later_is_copied(tables: Plain) -> None:
    with service(tables) as client:
        assert get(client, "/paper/mainz/10")["seehaus:state"] == "beschlossen"
        with tables.write() as con:
            con.execute(f"ALTER TABLE {KINDS['paper'].table} DROP COLUMN state")
        # Of a version of the software that did not serve it.
        assert "seehaus:state" not in get(client, "/paper/mainz/10")
        publish(tables, FIRST + DAY)
        assert get(client, "/paper/mainz/10")["seehaus:state"] == "beschlossen"


def test_publications_have_moments_of_their_own_that_only_grow(tables: Plain) -> None:
    """A clock that was put back hides nothing from whoever asks for changes since."""
    client = service(tables)
    moments = [get(client, "/paper/mainz/10")["modified"]]
    for number in range(3):
        told = oparl_lake.rows()
        told["paper"][0]["name"] = f"Name {number}"
        refill(tables, told)
        publish(tables, FIRST - number * DAY)
        moments.append(get(client, "/paper/mainz/10")["modified"])
    assert moments == [f"2026-11-02T06:00:0{second}+00:00" for second in range(4)]


def test_an_answer_is_of_one_moment(tables: Plain) -> None:
    served = Served(tables)
    before = Snapshot(served)
    assert before.page("paper", ListQuery(), {"city_id": "mainz"}).total == 24
    told = oparl_lake.rows()
    told["paper"].pop(0)
    refill(tables, told)
    publish(tables, FIRST + DAY)
    assert Snapshot(served).page("paper", ListQuery(), {"city_id": "mainz"}).total == 23
    for ask in (
        lambda: before.page("paper", ListQuery(), {"city_id": "mainz"}),
        lambda: before.one("paper", "mainz:10"),
        before.bodies,
    ):
        with pytest.raises(MovedError):
            ask()


def test_whoever_asks_while_it_is_published_has_the_old_or_the_new(
    tables: Plain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A publication in the midst of every first try: the answer is begun again."""
    page = Snapshot.page
    tries = 0

    def late(self: Snapshot, *values: Any) -> Any:
        nonlocal tries
        tries += 1
        if tries == 1:
            told = oparl_lake.rows()
            told["paper"][0]["name"] = told["file"][0]["mime_type"] = "neu"
            refill(tables, told)
            publish(tables, FIRST + DAY)
            Snapshot(self._served)
        return page(self, *values)

    monkeypatch.setattr(Snapshot, "page", late)
    (told, *_) = listed(service(tables), "/body/mainz/paper")
    assert tries == 2
    assert (told["name"], told["mainFile"]["mimeType"]) == ("neu", "neu")


def test_many_ask_at_once(tables: Plain) -> None:
    client = service(tables)
    wrong: list[object] = []

    def ask() -> None:
        try:
            for number in range(12):
                told = get(client, f"/body/mainz/paper?limit={1 + number}")
                if len({told["data"][0]["name"], told["data"][0]["mainFile"]["mimeType"]}) != 1:
                    wrong.append(told["data"][0])
        except BaseException as error:
            wrong.append(error)
            raise

    def change(number: int) -> None:
        told = oparl_lake.rows()
        told["paper"][0]["name"] = told["file"][0]["mime_type"] = f"Stand {number}"
        told["file"][1]["mime_type"] = f"Stand {number}"
        refill(tables, told)
        publish(tables, FIRST + number * DAY)

    change(1)
    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(2, 5):
        change(number)
    for thread in threads:
        thread.join()
    assert wrong == []


# -- questions --------------------------------------------------------------------------------


def test_no_question_reads_a_whole_table(published: Plain, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page costs a page, however long the list is; bodies are as many as cities."""
    plans: list[tuple[str, str]] = []
    ask = Served._asked

    def explained(self: Served, sql: str, values: Any, generation: int) -> Any:
        plan = ask(self, f"EXPLAIN QUERY PLAN {sql}", values, generation)
        plans.extend((sql, step) for *_, step in plan)
        return ask(self, sql, values, generation)

    monkeypatch.setattr(Served, "_asked", explained)
    client = service(published)
    filters = ("", "?limit=3&modified_since=2000-01-01T00:00:00Z", "?created_until=2099-01-01")
    for path in addresses():
        for filtered in filters:
            get(client, path + filtered)
    assert len(plans) > 60
    scans = {sql for sql, step in plans if step.startswith("SCAN") and "json_each" not in step}
    assert {sql for sql in scans if "published_body" not in sql} == set()
    sorts = {sql for sql, step in plans if "ORDER BY" in step}
    walks = {sql for sql in sorts if " LIMIT " in sql and "+id" not in sql}
    assert {sql for sql in walks if "published_body" not in sql} == set()


@pytest.mark.parametrize("few", [0, 3_000])
def test_both_ways_along_a_filtered_list_are_the_same(
    published: Plain, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.oparl.reading._FEW", few)
    client = service(published)
    for filtered in ("modified_since=2026-01-01T00:00:00Z", "created_until=2027-01-01"):
        told = listed(client, f"/body/mainz/paper?limit=5&{filtered}")
        assert [each["id"] for each in told] == sorted(each["id"] for each in told)
        assert len(told) == 24
