"""Somebody who reads data sets again and again, without a token, while they are published."""

import hashlib
import io
import threading
import time
from typing import Any, Self

import polars as pl
import requests


class Reader:
    """A thread that reads metadata, rows, files and the metadata again.

    A reading during which the metadata changed is thrown away, as is one of a file that does not
    have the hash that the metadata name: docs/decisions/0011-atomic-publishing.md. Every other one
    must be whole: metadata, rows and files of one edition.

    Attributes:
        read: How many whole readings there were.
        again: How many were thrown away.
        mixed: What was wrong in the others.
    """

    def __init__(self, url: str, names: list[str]) -> None:
        self.url, self.names = url, names
        self.read = self.again = 0
        self.mixed: list[str] = []
        self.latest: dict[str, str] = {}
        self._over = threading.Event()
        self._session = requests.Session()
        self._thread = threading.Thread(target=self._go)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._session.close()

    def wait_for(self, edition: str) -> None:
        """Wait until every data set was read whole in this edition."""
        until = time.monotonic() + 30
        while {self.latest.get(name) for name in self.names} != {edition}:
            assert time.monotonic() < until, (self.latest, self.mixed)
            assert self._thread.is_alive()
            time.sleep(0.05)

    def _go(self) -> None:
        while not self._over.is_set():
            for name in self.names:
                self._look(name)

    def _ask(self, action: str, **data: Any) -> Any:
        answer = self._session.post(f"{self.url}/api/3/action/{action}", json=data, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]

    def _look(self, name: str) -> None:
        package = self._ask("package_show", id=name)
        named = {one["name"]: one for one in package["resources"]}
        csv, parquet = named["CSV"], named["Parquet"]
        found = self._ask("datastore_search", resource_id=csv["id"], limit=30_000)
        bodies = [self._file(one) for one in (csv, parquet)]
        hashes = [hashlib.sha256(body).hexdigest() for body in bodies]
        if self._ask("package_show", id=name) != package or hashes != [
            csv["hash"],
            parquet["hash"],
        ]:
            self.again += 1
            return
        told = {(row["paper_id"], row["reference"]) for row in found["records"]}
        frames = [pl.read_csv(io.BytesIO(bodies[0])), pl.read_parquet(io.BytesIO(bodies[1]))]
        if any(set(frame.select("paper_id", "reference").rows()) != told for frame in frames):
            self.mixed.append(f"{name}: {sorted(told)} and {frames[0]['reference'].to_list()}")
        editions = {reference for _, reference in told}
        if len(editions) != 1:
            self.mixed.append(f"{name}: {sorted(editions)}")
        self.read += 1
        self.latest[name] = min(editions)

    def _file(self, resource: dict[str, Any]) -> bytes:
        url = resource["url"] if "://" in resource["url"] else f"{self.url}{resource['url']}"
        answer = self._session.get(url, timeout=60)
        assert answer.status_code == 200, url
        return answer.content
