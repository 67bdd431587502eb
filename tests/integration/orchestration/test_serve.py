"""The one server: what lies where in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from orchestration import environment
from orchestration.serve import application
from orchestration.settings import settings

pytestmark = [pytest.mark.integration, pytest.mark.long]


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setenv("SEEHAUS_DATA", str(tmp_path))
    for cached in (settings, environment.cities):
        cached.cache_clear()
    yield TestClient(application())
    for cached in (settings, environment.cities):
        cached.cache_clear()


def test_the_address_of_oparl_without_its_last_stroke_leads_to_the_system(
    client: TestClient,
) -> None:
    answer = client.get("/oparl/v1.1")
    assert [each.headers["location"].rpartition("/oparl")[2] for each in answer.history] == [
        "/v1.1/",
        "/v1.1/system",
    ]
    # Nothing was published here yet.
    assert (answer.status_code, answer.json()["type"][-5:]) == (503, "Error")
