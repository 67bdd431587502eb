"""What was withdrawn, and whom a request covers, is nowhere after one run: files and portal."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.portal import PortalInfo
from ingestion.sampleworld import world
from ingestion.sampleworld.server import write_ready
from tests.e2e.pipeline import PAPERS, SEED, Home
from tests.integration.catalog.fake_ckan import TOKEN, FakeCkan
from tests.integration.orchestration import canary

pytestmark = [
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.long,
    pytest.mark.timeout(1800),
]


@pytest.fixture
def ckan() -> Iterator[FakeCkan]:
    with FakeCkan() as server:
        yield server


@pytest.fixture
def home(tmp_path: Path, ckan: FakeCkan) -> Home:
    token = tmp_path / "token"
    token.write_text(TOKEN)
    token.chmod(0o600)
    at = PortalInfo(url=ckan.url, token_file=token, secrets_file=token, folder=tmp_path)
    made = Home(tmp_path / "data", at)
    return made.with_(SEEHAUS_CITY_URLS=str(made.ready))


def test_the_canaries_are_nowhere(
    home: Home, ckan: FakeCkan, monkeypatch: pytest.MonkeyPatch
) -> None:
    def outside() -> Iterator[tuple[str, bytes]]:
        tables = {name: held for name, held in vars(ckan.store).items() if isinstance(held, dict)}
        for what, held in tables.items():
            for name, value in held.items():
                whole = value if isinstance(value, bytes) else repr(value).encode()
                for body in canary.unpacked(whole):
                    yield f"CKAN/{what}/{name}", body

    with world(SEED, PAPERS) as made:
        write_ready(made, home.ready)
        canary.follow(home, made, monkeypatch, outside)
