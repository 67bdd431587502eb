"""A council server of three page kinds in one process: the tests change what it answers."""

import datetime as dt
import hashlib
import io
import json
from collections.abc import Iterator
from typing import Any

import httpx
from reportlab.pdfgen.canvas import Canvas

from ingestion.city import City
from ingestion.http import Client, FetchError, Hooks
from ingestion.record import Fetched, File, Paper, Record, UnknownStructureError

BASE = "http://council.example/"

CITY = City.model_validate(
    {
        "id": "mainz",
        "name": "Mainz",
        "ags": "07315000",
        "ars": "073150000000",
        "nuts3": "DEB35",
        "website": "https://www.mainz.de/",
        "publisher": {"name": "Mainz", "url": "https://www.mainz.de/", "email": "a@mainz.de"},
        "licence": "dl-de/by-2-0",
        "council": {"system": "sessionnet", "url": BASE, "since": "2020-01-01"},
    }
)


def pdf(*pages: str) -> bytes:
    """A PDF with these texts, one line each; the same bytes for the same texts."""
    target = io.BytesIO()
    canvas = Canvas(target, invariant=True)
    for page in pages:
        for number, line in enumerate(page.split("\n")):
            canvas.drawString(72, 780 - 16 * number, line)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


class Council:
    """Answers ``/papers`` with JSON and ``/file/<id>`` with bytes; counts what it was asked."""

    def __init__(self) -> None:
        self.papers: dict[str, dict[str, Any]] = {}
        self.files: dict[str, dict[str, Any]] = {}
        self.bytes: dict[str, bytes | int] = {}
        self.asked: list[str] = []

    def add(self, number: int, *pages: str, **file: Any) -> None:
        """One paper with one PDF; no pages: no file."""
        name = str(number)
        self.papers[name] = {"id": name, "name": f"Vorlage {name}"}
        if pages:
            self.files[f"f{name}"] = {"id": f"f{name}", "paper_id": name} | file
            self.bytes[f"f{name}"] = pdf(*pages)

    def client(self, **options: Any) -> Client:
        return Client(
            allowed=[BASE],
            user_agent="test",
            requests_per_second=10_000,
            permission=True,
            retries=0,
            transport=httpx.MockTransport(self._answer),
            hooks=Hooks(sleep=lambda _: None, resolve=None),
            **options,
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        if request.url.path == "/papers":
            body = json.dumps({"papers": self.papers, "files": self.files})
            return httpx.Response(200, text=body)
        body = self.bytes.get(request.url.path.rpartition("/")[2], 404)
        if isinstance(body, int):
            return httpx.Response(body)
        etag = f'"{hashlib.sha256(body).hexdigest()}"'
        if request.headers.get("if-none-match") == etag:
            return httpx.Response(304)
        return httpx.Response(200, content=body, headers={"etag": etag})


def fetch(city: City, since: dt.date | None, client: Client) -> Iterator[Fetched]:
    try:
        yield client.get(f"{BASE}papers", kind="papers", conditional=False)
    except FetchError as error:
        client.report(error.problem)


def parse(fetched: Fetched) -> Iterator[Record]:
    try:
        page = json.loads(fetched.body)
    except ValueError:
        raise UnknownStructureError(fetched.url, "not JSON", "tell us") from None
    for paper in page["papers"].values():
        yield Paper(url=fetched.url, **paper)
    for file in page["files"].values():
        yield File(url=f"{BASE}file/{file['id']}", name="Anlage", **file)
