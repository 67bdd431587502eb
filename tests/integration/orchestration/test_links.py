"""Links of what is published, asked for at a server of this machine."""

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from typer.testing import CliRunner

from catalog.dataset import DataSet, datasets
from orchestration import environment, links, publication
from orchestration.cli import app
from tests.unit.catalog import world

pytestmark = pytest.mark.integration

DAY = dt.date(2026, 11, 27)
STATUS = {"/gut": 200, "/weg": 404, "/kaputt": 500, "/riesig": 200}
asked: list[str] = []


class _Server(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        asked.append(self.path)
        if self.path == "/robots.txt":
            self._say(200, b"User-agent: *\nDisallow: /verboten\n")
        elif self.path == "/fort":
            self.send_response(302)
            self.send_header("Location", "https://www.example.org/")
            self.end_headers()
        else:
            self._say(
                STATUS.get(self.path, 200), b"x" * (3 * 2**20 if self.path == "/riesig" else 2)
            )

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def base(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    asked.clear()
    monkeypatch.setattr(links, "folder", lambda name: _made(tmp_path / name))
    monkeypatch.setattr(links, "kind", lambda: "sample")
    with serving() as base:
        yield base


def _made(path: Path) -> Path:
    path.mkdir(exist_ok=True)
    return path


def publish(monkeypatch: pytest.MonkeyPatch, *urls: str) -> None:
    """Let the papers of the harmonised tables lie at these addresses."""
    tables = world.tables(len(urls))

    def made(url: str) -> Iterator[DataSet]:
        sets = datasets(tables, world.dictionary(), world.cities(), portal_url=url)
        return world.with_urls(sets, list(urls))

    monkeypatch.setattr(publication, "made", made)


def verdicts(report: links.Report, base: str) -> dict[str, str]:
    return {
        one.url.removeprefix(base): one.verdict for one in report.links if one.url.startswith(base)
    }


def test_each_link_gets_its_verdict(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = ["/gut", "/weg", "/kaputt", "/riesig", "/verboten", "/fort"]
    publish(monkeypatch, *(base + path for path in paths), "http://name:wort@rat.example/")

    report = links.check(today=DAY)

    assert verdicts(report, base) == {
        "/gut": "good",
        "/weg": "gone",
        "/kaputt": "failed",
        "/riesig": "good",
        "/verboten": "unchecked",
        "/fort": "failed",
    }
    assert "/verboten" not in asked
    (odd,) = [one for one in report.links if "rat.example" in one.url]
    assert (odd.verdict, odd.since) == ("failed", "2026-11-27")
    # The sample world's data name real addresses: nobody is asked for what is invented.
    others = {one.why for one in report.links if one.verdict == "unchecked" and base not in one.url}
    assert others == {"sample world"}


def test_a_bad_link_says_since_when_until_it_is_good_again(
    base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(monkeypatch, f"{base}/weg", f"{base}/gut")
    links.check(today=DAY)

    (bad,) = links.check(today=DAY + dt.timedelta(days=7)).bad
    assert (bad.url, bad.since) == (f"{base}/weg", "2026-11-27")

    monkeypatch.setitem(STATUS, "/weg", 200)
    assert links.check(today=DAY + dt.timedelta(days=14)).bad == ()


def test_the_command_tells_the_bad_ones_and_fails(
    base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(monkeypatch, f"{base}/weg", f"{base}/gut")

    said = CliRunner().invoke(app, ["links"])
    assert said.exit_code == 1
    assert f"{base}/weg (" in said.output
    assert "HTTP 404 → the next crawl takes it away" in said.output

    told = CliRunner().invoke(app, ["links", "--json"])
    (bad,) = json.loads(told.output[told.output.index("{") :])["bad"]
    assert bad["verdict"] == "gone"


def test_a_citys_own_pace_and_permission_hold_for_its_links() -> None:
    city = next(iter(environment.cities().values()))
    assert city.council is not None
    host = str(city.council.url.host)

    with links._client(str(city.council.url), host) as client:
        assert client._interval >= 1 / city.council.requests_per_second
        assert client._answers is None
