"""How gently the cities' servers are asked, counted at the wire: through Dagster, on loopback."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import httpx
import pytest

from ingestion import city as cities
from ingestion.city import City
from ingestion.http import MAX_CONNECTIONS, Client, Hooks, RunMemory
from ingestion.http_guard import RateGate
from ingestion.http_send import REFUSALS_TO_OPEN
from ingestion.record import File
from ingestion.sampleworld import World, world
from ingestion.systems import load
from orchestration import environment
from tests.integration.orchestration.faulty import Seen, seen
from tests.integration.orchestration.test_parse import NEIGHBOURS, SERVERS, city_of

pytestmark = pytest.mark.integration

# Without its cookie SessionNet answers its first page with another one: asked for once more.
FOR_A_COOKIE: Final = "si0040.php?"


class Refusing:
    """A server whose robots.txt allows all, and that refuses everything else."""

    def __init__(self, status: int) -> None:
        self.status = status
        self.asked: list[str] = []
        self.open: set[int] = set()
        self.most_open = 0

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Answer on loopback; gives the base URL."""
        told = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                told.open.add(id(self))
                told.most_open = max(told.most_open, len(told.open))

            def finish(self) -> None:
                told.open.discard(id(self))
                super().finish()

            def do_GET(self) -> None:
                told.asked.append(self.path)
                is_robots = self.path == "/robots.txt"
                body = b"User-agent: *\nAllow: /\n" if is_robots else b"nein"
                self.send_response(200 if is_robots else told.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Seen]:
    with seen(tmp_path) as made:
        yield made


@pytest.mark.parametrize(
    "status",
    [pytest.param(403, marks=pytest.mark.long), 429, pytest.param(503, marks=pytest.mark.long)],
)
def test_a_host_that_refuses_again_and_again_is_left_alone_and_status_says_so(
    fresh: Seen, tmp_path: Path, status: int
) -> None:
    server = Refusing(status)
    with server.serving() as url:
        file = tmp_path / "world.json"
        told = json.loads(file.read_text(encoding="utf-8"))
        told["cities"]["mainz"]["council"] = url
        file.write_text(json.dumps(told), encoding="utf-8")
        environment.cities.cache_clear()
        ran = fresh.run("mainz", ["council"])
        asked = list(server.asked)
    assert asked[0] == "/robots.txt"
    # The walk over years of months goes on; not one request does.
    assert len(asked) == 1 + REFUSALS_TO_OPEN
    assert not ran.is_success
    said, shown = fresh.status()
    council = said["sources"]["mainz"]["council"]
    assert council["outcome"] == "failed"
    assert council["what"] == f"not asked: {url[7:-1]} refused {REFUSALS_TO_OPEN} requests in a row"
    assert "requests_per_second" in council["mend"]
    assert council["good_at"] is None
    assert f"failed  Mainz, council, since {council['since'][:16].replace('T', ' ')}" in shown
    assert "(last whole: never" in shown
    assert server.most_open <= MAX_CONNECTIONS


def test_the_run_asks_for_everything_only_where_it_is_told_to(fresh: Seen) -> None:
    first = fresh.run("mainz", ["council"], full=False)
    later = fresh.run("mainz", ["council"], full=False)
    whole = fresh.run("mainz", ["council"], full=True)
    kinds = [each.metadata["council"]["kind"] for each in (first, later, whole)]
    assert kinds == ["first", "increment", "full"]
    requests = [each.metadata["council"]["requests"] for each in (first, later, whole)]
    assert requests[1] < requests[2]


@pytest.fixture(scope="module")
def served() -> Iterator[World]:
    with world(seed=1, papers=20, neighbours=NEIGHBOURS) as made:
        yield made


def noting(client: Client, asked: Counter[tuple[str, str, bytes]]) -> None:
    """Count every request that leaves the client, as it stands on the wire."""

    def note(request: httpx.Request) -> None:
        asked[request.method, str(request.url), request.read()] += 1

    client._http.event_hooks = {"request": [note]}


@pytest.mark.parametrize("server", SERVERS)
def test_no_request_goes_out_twice_within_a_run(served: World, server: str) -> None:
    """Pages and then the files, by two clients that share the run's memory, as two assets do."""
    city, system = city_of(served, server, SERVERS[server]), load(SERVERS[server])
    asked: Counter[tuple[str, str, bytes]] = Counter()
    memory = RunMemory()
    files: dict[str, File] = {}
    with client_of(city, memory) as client:
        noting(client, asked)
        for answer in system.fetch(city, None, client):
            for record in system.parse(answer):
                if isinstance(record, File) and record.is_public is not False:
                    files[record.id] = record
        assert client.problems == []
    fetch_file: Callable[[File, Client], object] | None = getattr(system, "fetch_file", None)
    with client_of(city, memory) as client:
        noting(client, asked)
        for file in list(files.values())[:20]:
            if fetch_file is None:
                client.get(file.url, kind="file")
            elif not file.web_url:  # a fleeting address costs its page each time
                fetch_file(file, client)
    assert sum(asked.values()) >= 1
    twice = {f"{method} {url}": count for (method, url, _), count in asked.items() if count > 1}
    if SERVERS[server] == "sessionnet":
        ((request, count),) = twice.items()
        assert (FOR_A_COOKIE in request, count) == (True, 2)
    else:
        assert twice == {}


def client_of(city: City, memory: RunMemory) -> Client:
    return Client(
        allowed=city.base_urls(),
        user_agent="Seehaus/0.1",
        requests_per_second=1e6,
        memory=memory,
        hooks=Hooks(sleep=lambda _: None, gate=RateGate()),
    )


def test_a_city_of_the_real_world_has_the_pace_of_its_file_and_its_quiet_hours() -> None:
    """What the client of a run is made with; the sample world alone is asked without a pace."""
    for city in cities.load_all():
        assert city.council is not None
        quiet = city.model_copy(
            update={"council": city.council.model_copy(update={"quiet_hours": "00:00-23:59"})}
        )
        with environment.client(quiet, city.council.system, environment.store(quiet)) as client:
            assert client._interval == 1.0 / city.council.requests_per_second
            assert client._permission is (city.council.permission is not None)
            assert client._is_quiet is not None
