"""What goes out as OParl comes in again: our client reads our server, row by row the same.

Four cities and a fifth one whose server speaks OParl itself; their documents, read by both lakes
from the city's own server; votes; and what was deleted. What cannot come back is named in
``NOT_SERVED`` and ``has_address``; docs/oparl.md says why.
"""

import datetime as dt
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from catalog import oparl
from catalog.oparl.addresses import object_id
from catalog.oparl.tables import KINDS
from ingestion.city import City, load
from ingestion.crawl import crawl_city
from ingestion.document_load import load_documents
from ingestion.extract import Extractor
from ingestion.http import Client
from ingestion.privacy import Gate
from ingestion.sampleworld import world
from ingestion.store import Store, city_row
from ingestion.systems import load as system
from orchestration.lake import Lake

pytestmark = [pytest.mark.integration, pytest.mark.long, pytest.mark.timeout(1800)]

# SessionNet (both layouts), ALLRIS 4, and the sample world's OParl server as a city of its own.
CITIES: Final = {
    "mainz": "mainz",
    "trier": "trier",
    "koblenz": "koblenz",
    "ludwigshafen": "ludwigshafen",
    "musterstadt": "musterstadt",
}
PAPERS: Final = 20
# Of a file's bytes and of what was read out of them; both lakes asked the city for them.
OF_BYTES: Final = (
    "file_id",
    "size_bytes",
    "sha256",
    "mime_type",
    "page_count",
    "text_status",
    "title",
    "language",
)
# When the city was asked, and what a row was hashed of: each lake has its own.
OWN: Final = frozenset({"retrieved_at", "first_seen_at", "last_seen_at", "content_sha256"})
# No OParl field and none of ours: titles of files may name persons, and what a source's list says
# of itself is no object (docs/oparl.md, "What comes back").
NOT_SERVED: Final = {"file": ("name",), "vote": ("source_url",)}

Row = dict[str, Any]


@contextmanager
def serving(lake: Lake) -> Iterator[str]:
    """The service on loopback; gives the address of the System."""
    app = Starlette(routes=[Mount(oparl.PATH, oparl.create_app(lake))])
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="critical", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([bound],), daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        yield f"http://127.0.0.1:{bound.getsockname()[1]}{oparl.PATH}/system"
        server.should_exit = True
        thread.join(20)


def city(id_: str, url: str, council_system: str = "") -> City:
    """A city whose council is at ``url``; nothing else of it is asked."""
    source = "koblenz" if id_ == "musterstadt" else id_
    values = load(source).model_dump(mode="json") | {"statistics": [], "expect": {}, "id": id_}
    values["council"] |= {"url": url}
    if council_system:
        values["council"] |= {"system": council_system}
    if id_ == "musterstadt":
        values |= {"ags": "07999999", "ars": "079990000999"}
    return City.model_validate(values)


def fill(lake: Lake, of: City, folder: Path, files: str = "", since: dt.date | None = None) -> None:
    """Crawl a city's council into the raw tables, and read its documents.

    Args:
        lake: Where to.
        of: The city.
        folder: For the loads' own state.
        files: Another server that may be asked, for documents.
        since: What to ask for; None: everything.
    """
    store = Store(
        of.id,
        destination=lake.dlt_destination(),
        read=lake.read,
        write=lake.write,
        lock=lake.lock,
        pipelines=folder / "pipelines",
    )
    store.city(city_row(of))
    assert of.council is not None
    allowed = [*of.base_urls(), *([files] if files else [])]
    with (
        Client(allowed=allowed, user_agent="t", requests_per_second=1e6, retries=0) as client,
        Extractor(with_ocr=False) as extractor,
    ):
        result = crawl_city(of, system(of.council.system), client, store, since)
        assert result.problems == ()
        load_documents(of, client, store, extractor, Gate.of(of))


def build(lake: Lake, run_dbt: Callable[..., str], systems: Mapping[str, str]) -> None:
    """Harmonise what is needed here."""
    wanted = [f"+{table}" for table in (*KINDS, "city", "document_page", "tombstone", "vote")]
    known = [{"city_id": city_id, "systems": [name]} for city_id, name in systems.items()]
    kinds = ["--resource-type", "model", "--resource-type", "seed"]
    run_dbt(lake, "build", "--quiet", *kinds, "--select", *wanted, cities=known)


@dataclass(frozen=True)
class Trip:
    """A lake, the one that was filled from its service, and what is needed to go on."""

    out: Lake
    back: Lake
    crawl_back: Callable[[dt.date | None], None]


@pytest.fixture(scope="module")
def trip(
    make_lake: Callable[[str], Lake],
    run_dbt: Callable[..., str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Trip]:
    out, back = make_lake("out"), make_lake("back")
    folders = {id_: tmp_path_factory.mktemp(f"{id_}-back") for id_ in CITIES}
    systems = {}
    with world(seed=1, papers=PAPERS) as served, serving(out) as url:
        for id_, source in CITIES.items():
            of = city(id_, served.url(source), "oparl" if source == "musterstadt" else "")
            fill(out, of, tmp_path_factory.mktemp(id_))
            assert of.council is not None
            systems[id_] = of.council.system
        build(out, run_dbt, systems)
        with out.write() as con:
            oparl.publish(con)

        def crawl_back(since: dt.date | None) -> None:
            for id_, source in CITIES.items():
                fill(back, city(id_, url, "oparl"), folders[id_], served.url(source), since)
            build(back, run_dbt, dict.fromkeys(CITIES, "oparl"))

        crawl_back(None)
        yield Trip(out, back, crawl_back)


def rows(lake: Lake, table: str, columns: Iterable[str]) -> dict[str, Row]:
    """By id; ids and references as the first lake has them, and a city's one body without name."""
    told = lake.arrow(f"SELECT {', '.join(columns)} FROM harmonised.{table}").to_pylist()
    mapped = [{name: first_id(value) for name, value in row.items()} for row in told]
    for row in mapped:
        if "body_id" in row:
            row["body_id"] = f"{row['city_id']}:body"
    key = next(iter(columns))
    assert len({row[key] for row in mapped}) == len(mapped)
    return {row[key]: row for row in mapped}


def differences(
    went: Mapping[str, Row], came: Mapping[str, Row]
) -> dict[tuple[str, str], tuple[Any, Any]]:
    """Column and id → the two values."""
    assert came.keys() == went.keys()
    return {
        (name, id_): (value, came[id_][name])
        for id_, row in went.items()
        for name, value in row.items()
        if came[id_][name] != value
    }


def first_id(value: Any) -> Any:
    """The id in the first lake of what the second one knows by its address."""
    if not isinstance(value, str) or oparl.PATH not in value:
        return value
    city_id, _, address = value.partition(":")
    *_, last, key = address.split("/")
    if last == "body":  # it has the city's name in its address, not its own
        return f"{city_id}:{last}"
    assert last == city_id
    return object_id(city_id, key)


@pytest.mark.parametrize("kind", KINDS)
def test_what_comes_back_is_what_went_out(kind: str, trip: Trip) -> None:
    of = KINDS[kind]
    columns = dict.fromkeys((of.key, "city_id", *of.columns, *of.inside))
    for name in OF_BYTES[1:] if kind == "file" else ():
        columns.pop(name, None)
    went, came = (rows(lake, kind, columns) for lake in (trip.out, trip.back))
    # The cities' own systems tell of no terms; the OParl server does.
    told = {"musterstadt"} if kind == "legislative_term" else set(CITIES)
    assert {row["city_id"] for row in went.values()} == told
    assert differences(went, came) == {}


def test_votes_come_back(trip: Trip) -> None:
    """They are no objects of OParl: they are read again out of the items' own words."""
    columns = [
        name
        for name in trip.out.arrow("SELECT * FROM harmonised.vote LIMIT 0").column_names
        if name not in OWN and name not in NOT_SERVED["vote"]
    ]
    went, came = (rows(lake, "vote", columns) for lake in (trip.out, trip.back))
    assert {row["city_id"] for row in went.values()} >= {"mainz", "trier"}
    assert any(row["yes_count"] for row in went.values())
    assert differences(went, came) == {}


def has_address(file: Row) -> bool:
    """Whether a file has an address of its own: ALLRIS 4 gives some only within a session."""
    return "#" not in file["access_url"]


def test_files_have_the_sizes_and_hashes_that_they_had(trip: Trip) -> None:
    """The second lake asked the city itself, at the addresses that it was told."""
    columns = (*OF_BYTES, "access_url", "city_id")
    went, came = (rows(lake, "file", columns) for lake in (trip.out, trip.back))
    went = {id_: row for id_, row in went.items() if has_address(row) and row["sha256"]}
    assert {row["city_id"] for row in went.values()} == set(CITIES)
    assert differences(went, {id_: came[id_] for id_ in went}) == {}


def test_what_was_deleted_is_told_and_goes(trip: Trip) -> None:
    """A paper of each city with its files and steps: in the second lake it ends as a tombstone."""
    with trip.out.write() as con:
        lost = {
            str(id_)
            for (id_,) in con.execute(
                "SELECT min(paper_id) FROM harmonised.paper GROUP BY city_id"
            ).fetchall()
        }
        assert len(lost) == len(CITIES)
        for table in ("file", "consultation", "paper"):
            con.execute(
                f"DELETE FROM harmonised.{table} WHERE paper_id IN (SELECT unnest(?::VARCHAR[]))",
                [list(lost)],
            )
        con.execute(
            "UPDATE harmonised.agenda_item SET paper_id = NULL "
            "WHERE paper_id IN (SELECT unnest(?::VARCHAR[]))",
            [list(lost)],
        )
        done = oparl.publish(con)
    assert done.gone["paper"] == len(CITIES)
    assert done.gone["file"]
    trip.crawl_back(dt.datetime.now(dt.UTC).date())
    for kind in ("paper", "file", "consultation"):
        ids = (f"{kind}_id",)
        went, came = (rows(lake, kind, ids) for lake in (trip.out, trip.back))
        assert came.keys() == went.keys(), kind
    told = rows(trip.back, "tombstone", ("tombstone_id", "object_type", "object_id", "reason"))
    gone = {
        row["object_id"]: row["reason"] for row in told.values() if row["object_type"] == "paper"
    }
    assert gone.keys() == lost
