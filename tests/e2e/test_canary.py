"""The canaries of tests/integration/orchestration, with the real CKAN: DataStore, files, search."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from catalog.portal import PortalInfo
from ingestion.sampleworld import world
from ingestion.sampleworld.server import write_ready
from tests.e2e.pipeline import PAPERS, SEED, Home, ckan
from tests.integration.orchestration import canary

pytestmark = [
    pytest.mark.portal,
    pytest.mark.slow,
    pytest.mark.long,
    pytest.mark.timeout(1800),
]


def in_the_portal(portal: PortalInfo) -> Iterator[tuple[str, bytes]]:
    """Every place of the portal: what its API tells, its files, its search, its storage."""
    for name in ckan(portal, "package_list"):
        package = ckan(portal, "package_show", id=name)
        yield f"CKAN/{name}", repr(package).encode()
        for resource in package["resources"]:
            place = f"CKAN/{name}/{resource['name']}"
            if resource["datastore_active"]:
                found = ckan(portal, "datastore_search", resource_id=resource["id"], limit=32000)
                yield f"{place} (DataStore)", repr(found["records"]).encode()
            for body in canary.unpacked(requests.get(resource["url"], timeout=60).content):
                yield place, body
    for word in canary.STEMS:
        if ckan(portal, "package_search", q=word.split()[-1])["count"]:
            yield "CKAN/search", word.encode()
    # A file that CKAN replaced or deleted must not stay on its disk.
    for path in sorted(each for each in (portal.folder / "storage").rglob("*") if each.is_file()):
        for body in canary.unpacked(path.read_bytes()):
            yield f"CKAN/storage/{path.name}", body


def test_the_canaries_are_nowhere(
    portal: PortalInfo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "data", portal)
    home = home.with_(SEEHAUS_CITY_URLS=str(home.ready))
    with world(SEED, PAPERS) as made:
        write_ready(made, home.ready)
        canary.follow(home, made, monkeypatch, lambda: in_the_portal(portal))
