"""Ask an OParl service for all that it has, and hold it against the official schemas."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from catalog import oparl
from catalog.oparl.tables import LISTS

BASE = f"https://daten.example{oparl.PATH}"

Object = dict[str, Any]


def service(tables: Any) -> TestClient:
    """The service over a lake, or over what is opened as one."""
    app = Starlette(routes=[Mount(oparl.PATH, oparl.create_app(tables, public_url=BASE))])
    return TestClient(app, base_url="https://daten.example")


def get(client: TestClient, url: str, status: int = 200, **headers: str) -> Any:
    answer = client.get(url if url.startswith("http") else BASE + url, headers=headers)
    assert answer.status_code == status, answer.text[:2000]
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


def pages(client: TestClient, url: str) -> Iterator[Object]:
    following: str | None = url if url.startswith("http") else BASE + url
    while following:
        page = get(client, following)
        yield page
        following = page["links"].get("next")


def listed(client: TestClient, url: str) -> list[Object]:
    return [each for page in pages(client, url) for each in page["data"]]


def everything(client: TestClient) -> list[Object]:
    """All objects that can be reached from the System."""
    system = get(client, "/system")
    bodies = listed(client, system["body"])
    found = [system, *bodies]
    for body in bodies:
        for name in LISTS:
            found += listed(client, body[name])
    return found


class Schemas:
    """The official schemas of OParl 1.1; a test without them is skipped."""

    def __init__(self, samples: Path) -> None:
        self._schemas = {
            path.stem: json.loads(path.read_text())
            for path in (samples / "oparl-schema").glob("*.json")
        }
        if not self._schemas:
            pytest.skip("the official schemas are not among the samples")
        formats = jsonschema.Draft7Validator.FORMAT_CHECKER
        self._validators = {
            name: jsonschema.Draft7Validator(schema, format_checker=formats)
            for name, schema in self._schemas.items()
        }
        self.checked: set[str] = set()

    @property
    def names(self) -> set[str]:
        """All types that there are."""
        return set(self._schemas)

    def check(self, told: Object) -> None:
        """See that an object is valid, and what is embedded in it is what belongs there."""
        type_ = told["type"].rpartition("/")[2]
        self._validators[type_].validate(told)
        assert told["created"] <= told["modified"]
        self.checked.add(type_)
        for name, value in told.items():
            inner = self._schemas[type_]["properties"].get(name, {})
            wanted = inner.get("schema") or inner.get("items", {}).get("schema")
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, dict) and "type" in each and "id" in each:
                    assert each["type"].endswith(f"/{str(wanted).removesuffix('.json')}"), name
                    self.check(each)
