"""Quiet hours, the pace of a whole machine, and nothing asked twice within a run."""

import datetime as dt
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

from ingestion.city import load
from ingestion.city_model import Council
from ingestion.http import (
    CircuitOpenError,
    Client,
    FetchError,
    Hooks,
    HttpStatusError,
    QuietHoursError,
    RunMemory,
)
from ingestion.http_guard import RateGate, SharedGate

BASE = "https://ris.example.org/"


class Server:
    def __init__(self, status: int = 200) -> None:
        self.asked: list[str] = []
        self.status = status

    def client(self, **options) -> Client:
        def answer(request: httpx.Request) -> httpx.Response:
            self.asked.append(request.url.path)
            return httpx.Response(self.status, text="x")

        hooks = Hooks(clock=lambda: 0.0, sleep=lambda _: None, resolve=None, gate=RateGate())
        return Client(
            allowed=[BASE],
            user_agent="t",
            permission=True,
            transport=httpx.MockTransport(answer),
            hooks=hooks,
            **options,
        )


def council(**fields) -> Council:
    of = load("mainz").council
    assert of is not None
    return Council.model_validate(of.model_dump() | fields)


@pytest.mark.parametrize(
    ("hours", "moment", "is_quiet"),
    [
        ("07:00-09:00", "2026-07-01T05:00:00+00:00", True),  # 07:00 in summer
        ("07:00-09:00", "2026-12-01T05:30:00+00:00", False),  # 06:30 in winter
        ("07:00-09:00", "2026-12-01T08:00:00+00:00", False),  # 09:00: they are over
        ("22:00-05:00", "2026-12-01T22:00:00+00:00", True),
        ("22:00-05:00", "2026-12-01T03:59:00+00:00", True),
        ("22:00-05:00", "2026-12-01T12:00:00+00:00", False),
        (None, "2026-12-01T12:00:00+00:00", False),
    ],
)
def test_quiet_hours_are_the_citys(hours: str | None, moment: str, is_quiet: bool) -> None:
    assert council(quiet_hours=hours).is_quiet(dt.datetime.fromisoformat(moment)) is is_quiet


@pytest.mark.parametrize("hours", ["7-9", "07:00-25:00", "07:00-07:00", "07:00", "²7:00-09:00"])
def test_other_words_are_no_hours(hours: str) -> None:
    with pytest.raises(ValidationError, match="no hours of a day; write from and to"):
        council(quiet_hours=hours)


def test_nothing_is_asked_in_quiet_hours_and_that_is_no_problem() -> None:
    server = Server()
    with server.client(is_quiet=lambda _: True) as client:
        assert client.is_quiet
        with pytest.raises(QuietHoursError, match="the next run goes on"):
            client.get(f"{BASE}a", kind="page")
        assert client.problems == []
    assert server.asked == []
    assert not issubclass(QuietHoursError, FetchError)


def test_clients_of_a_run_ask_for_nothing_twice() -> None:
    server, memory = Server(), RunMemory()
    for kind in ("council", "documents"):
        with server.client(memory=memory) as client:
            assert client.get(f"{BASE}a", kind=kind).kind == kind
    assert server.asked == ["/a"]


def test_the_circuit_stays_open_for_the_run_and_a_403_is_not_tried_again() -> None:
    server, memory = Server(403), RunMemory()
    with server.client(memory=memory) as client:
        for number in range(5):
            with pytest.raises(HttpStatusError):
                client.get(f"{BASE}{number}", kind="page")
        assert len(server.asked) == 5
    with server.client(memory=memory) as client, pytest.raises(CircuitOpenError, match="not asked"):
        client.get(f"{BASE}again", kind="page")
    assert len(server.asked) == 5


def test_two_processes_share_a_hosts_pace(tmp_path: Path) -> None:
    now = [100.0]
    slept: list[float] = []
    for _ in range(3):  # a gate each: as separate processes have
        SharedGate(tmp_path).wait("ris.example.org:443", 2.0, lambda: now[0], slept.append)
    SharedGate(tmp_path).wait("other.example.org", 2.0, lambda: now[0], slept.append)
    assert slept == [2.0, 4.0]


@pytest.mark.parametrize("left", ["1e12", "nonsense", ""])
def test_a_slot_from_before_a_restart_is_void(tmp_path: Path, left: str) -> None:
    (tmp_path / "ris.example.org.next").write_text(left)
    SharedGate(tmp_path).wait("ris.example.org", 1.0, lambda: 5.0, lambda _: pytest.fail("slept"))
    assert float((tmp_path / "ris.example.org.next").read_text()) == 6.0
