"""What goes out as OParl comes in again: our client reads our server, row by row the same."""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
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
from catalog.oparl.tables import KINDS, Outgoing
from ingestion.city import City, load
from ingestion.crawl import crawl_city
from ingestion.http import Client
from ingestion.sampleworld import world
from ingestion.store import Store, city_row
from ingestion.systems import load as system
from orchestration.lake import Lake

pytestmark = [pytest.mark.integration, pytest.mark.long, pytest.mark.timeout(900)]

# Three systems: SessionNet, ALLRIS 4, and the sample world's OParl server in a city's place.
CITIES: Final = {"mainz": "mainz", "trier": "trier", "koblenz": "musterstadt"}
PAPERS: Final = 20
# What hangs on the bytes of documents, which the second lake did not ask the city for.
_OF_BYTES: Final = frozenset({"size_bytes"})

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
    values = load(id_).model_dump(mode="json") | {"statistics": [], "expect": {}}
    values["council"] |= {"url": url}
    if council_system:
        values["council"] |= {"system": council_system}
    if CITIES[id_] == "musterstadt":
        values |= {"ags": "07999999", "ars": "079990000999"}
    return City.model_validate(values)


def fill(lake: Lake, of: City, folder: Path) -> None:
    """Crawl a city's council into the raw tables."""
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
    with Client(
        allowed=of.base_urls(), user_agent="t", requests_per_second=1e6, retries=0
    ) as client:
        result = crawl_city(of, system(of.council.system), client, store, None)
    assert result.problems == ()


def build(lake: Lake, run_dbt: Callable[..., str], systems: Mapping[str, str]) -> None:
    """Harmonise what is needed here."""
    wanted = [f"+{table}" for table in (*KINDS, "city", "document_page", "tombstone", "vote")]
    known = [{"city_id": city_id, "systems": [name]} for city_id, name in systems.items()]
    kinds = ["--resource-type", "model", "--resource-type", "seed"]
    run_dbt(lake, "build", "--quiet", *kinds, "--select", *wanted, cities=known)


@dataclass(frozen=True)
class Trip:
    """A lake, and the one that was filled from its service."""

    out: Lake
    back: Lake


@pytest.fixture(scope="module")
def trip(
    make_lake: Callable[[str], Lake],
    run_dbt: Callable[..., str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Trip:
    out, back = make_lake("out"), make_lake("back")
    systems = {}
    with world(seed=1, papers=PAPERS) as served:
        for id_, source in CITIES.items():
            of = city(id_, served.url(source), "oparl" if source == "musterstadt" else "")
            fill(out, of, tmp_path_factory.mktemp(id_))
            assert of.council is not None
            systems[id_] = of.council.system
    build(out, run_dbt, systems)
    with out.write() as con:
        oparl.publish(con)
    with serving(out) as url:
        for id_ in CITIES:
            fill(back, city(id_, url, "oparl"), tmp_path_factory.mktemp(f"{id_}-back"))
    build(back, run_dbt, dict.fromkeys(CITIES, "oparl"))
    return Trip(out, back)


def compared(of: Outgoing) -> list[str]:
    return [name for name in (of.key, "city_id", *of.columns, *of.inside) if name not in _OF_BYTES]


def rows(lake: Lake, of: Outgoing) -> dict[str, Row]:
    """By id; ids and references as the first lake has them, and a city's one body without name."""
    told = lake.arrow(f"SELECT {', '.join(compared(of))} FROM harmonised.{of.kind}").to_pylist()
    mapped = [{name: first_id(value) for name, value in row.items()} for row in told]
    for row in mapped:
        if "body_id" in row:
            row["body_id"] = f"{row['city_id']}:body"
    assert len({row[of.key] for row in mapped}) == len(mapped)
    return {row[of.key]: row for row in mapped}


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
    went, came = (rows(lake, KINDS[kind]) for lake in (trip.out, trip.back))
    assert went
    assert came.keys() == went.keys()
    different = {
        (name, id_): (value, came[id_][name])
        for id_, row in went.items()
        for name, value in row.items()
        if came[id_][name] != value
    }
    assert different == {}
