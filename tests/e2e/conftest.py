"""The real things: one portal for the whole session."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from catalog.portal import Portal, PortalInfo, Settings
from ingestion.sampleworld import World
from tests.e2e.pages import CHROMIUM, FLAGS
from tests.e2e.pipeline import (
    PAPERS,
    SEED,
    Done,
    Home,
    Published,
    Rows,
    publication,
    serving,
)

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def portal_server() -> Iterator[Portal]:
    """A CKAN portal of the tests' own, empty; what it installed is kept for the next session."""
    folder = Path(os.environ.get("SEEHAUS_TEST_PORTAL") or ROOT / "data" / "test-portal")
    server = Portal(folder, settings=Settings(sample_data=True))
    if lacking := server.missing():
        reason = "; ".join(lacking)
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    server.reset()
    server.up()
    yield server
    server.down()


@pytest.fixture
def portal(portal_server: Portal) -> PortalInfo:
    """The running portal: its address and the publisher's token."""
    return portal_server.up()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real browser."""
    if not CHROMIUM.is_file():
        message = f"no browser at {CHROMIUM} (apt-get install chromium, or set SEEHAUS_CHROMIUM)"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield opened
        opened.close()


@dataclass(frozen=True)
class Demo:
    """What ``seehaus demo`` did, twice in a row, and what lay there after each."""

    home: Home
    first: Done
    second: Done
    status: dict[str, Any]
    status_again: dict[str, Any]
    published: dict[str, Published]
    published_again: dict[str, Published]
    static: dict[str, str]
    static_again: dict[str, str]
    harmonised: dict[str, Rows]
    harmonised_again: dict[str, Rows]
    passages: Rows
    passages_again: Rows


def _left(home: Home) -> tuple[Any, ...]:
    found = publication(home.portal)
    return home.status(), found, home.static(), home.harmonised(), home.passages()


@pytest.fixture(scope="session")
def demo(portal_server: Portal, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """One demo for all tests of the pipeline, run twice over the session's portal."""
    home = Home(tmp_path_factory.mktemp("demo") / "data", portal_server.up())
    command = ("demo", "--papers", str(PAPERS), "--seed", str(SEED))
    first = home.seehaus(*command)
    assert first.code == 0, first.said
    before = _left(home)
    second = home.seehaus(*command)
    assert second.code == 0, second.said
    pairs = [one for pair in zip(before, _left(home), strict=True) for one in pair]
    # From now on the tests serve the world themselves, at the same addresses.
    return Demo(home.with_(SEEHAUS_CITY_URLS=str(home.ready)), first, second, *pairs)


@pytest.fixture(scope="session")
def served(demo: Demo) -> Iterator[World]:
    """The demo's sample world, served by the tests."""
    with serving(demo.home) as world:
        yield world


@pytest.fixture
def sampleworld(served: World) -> Iterator[World]:
    """The demo's sample world without faults; those that a test switches on go with it."""
    served.faults.clear()
    yield served
    served.faults.clear()
