"""Ports are free ones, and stay the same while they are."""

import json
import socket
import threading
from pathlib import Path

import pytest

from catalog.portal.ports import Ports, free_port, is_free

pytestmark = pytest.mark.integration


@pytest.fixture
def taken() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_taken_port_is_not_free(taken: int) -> None:
    assert not is_free(taken)


def test_ports_lie_below_those_for_outgoing_connections() -> None:
    assert 20_000 <= free_port(()) < 32_000


def test_the_same_port_again(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"

    port = Ports(file).choose("solr")

    assert Ports(file).choose("solr") == port
    assert json.loads(file.read_text()) == {"solr": port}


def test_another_port_when_somebody_took_it(tmp_path: Path, taken: int) -> None:
    file = tmp_path / "ports.json"
    file.write_text(json.dumps({"solr": taken}))

    assert Ports(file).choose("solr") != taken


def test_the_same_port_when_a_killed_server_still_lets_go_of_it(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    server = socket.create_server(("127.0.0.1", free_port(())))
    port = server.getsockname()[1]
    file.write_text(json.dumps({"portal": port}))
    soon = threading.Timer(0.3, server.close)
    soon.start()

    assert Ports(file).choose("portal") == port

    soon.join()


def test_the_wanted_port_or_an_error(tmp_path: Path, taken: int) -> None:
    ports = Ports(tmp_path / "ports.json")
    free = free_port(())

    assert ports.choose("portal", free) == free
    with pytest.raises(OSError, match=f"port {taken} for portal is taken"):
        ports.choose("portal", taken)


def test_a_broken_file_counts_as_none(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    file.write_text("{")

    assert Ports(file).get("solr") is None
    assert Ports(file).choose("solr")
