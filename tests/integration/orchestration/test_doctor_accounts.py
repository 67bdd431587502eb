"""The doctor asks each statistics service whether it takes our account, and tells no secret."""

from collections.abc import Iterator
from typing import Any

import pytest

from ingestion.city import load
from ingestion.sampleworld import world
from ingestion.sampleworld.genesis import BASE
from orchestration import doctor, environment
from orchestration.settings import settings

pytestmark = pytest.mark.integration

TABLES = {
    "12411-01-01-4": "/genesisws/rest/2020/",
    "11111-02-01-4": "/genesisWS/rest/2020/",
    "1000A-0001": "/api/rest/2020/",
}


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    with world(seed=1, papers=20) as made:
        yield made.statistics_url.removesuffix(f"{BASE}/")


@pytest.fixture
def found(served: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    urls = {"statistics": {code: f"{served}{path}" for code, path in TABLES.items()}}
    city = load("mainz").with_urls(urls)
    monkeypatch.setattr(environment, "cities", lambda: {"mainz": city})

    def look(**variables: str) -> dict[str, doctor.Finding]:
        for name, value in variables.items():
            monkeypatch.setenv(f"SEEHAUS_{name}", value)
        settings.cache_clear()
        return {
            each.what.removeprefix("account "): each
            for each in doctor.examine()
            if each.what.startswith("account ")
        }

    yield look
    settings.cache_clear()


def test_each_service_has_an_account_of_its_own(found: Any) -> None:
    told = found(
        GENESIS_USERNAME="ich",
        GENESIS_PASSWORD="falsch",
        GENESIS_ONLINE_USERNAME="geheimes-token",
    )
    assert {name: each.level for name, each in told.items()} == {
        "genesis": "missing",
        "genesis_online": "ok",
        "zensus": "note",
    }
    assert "check SEEHAUS_GENESIS_USERNAME and SEEHAUS_GENESIS_PASSWORD" in told["genesis"].detail
    assert "SEEHAUS_GENESIS_ONLINE_PASSWORD" in told["genesis_online"].detail
    assert "SEEHAUS_ZENSUS_USERNAME" in told["zensus"].detail
    said = " ".join(each.detail for each in told.values())
    assert "falsch" not in said
    assert "geheimes-token" not in said


def test_an_account_that_is_right_is_signed_in(found: Any) -> None:
    told = found(ZENSUS_USERNAME="ich", ZENSUS_PASSWORD="richtig")["zensus"]
    assert (told.level, told.detail.startswith("signed in at ")) == ("ok", True)


def test_a_password_without_a_name_is_told(found: Any) -> None:
    told = found(ZENSUS_PASSWORD="richtig")["zensus"]
    assert (told.level, told.detail) == (
        "missing",
        "a password and no user name → set SEEHAUS_ZENSUS_USERNAME",
    )
