"""An OParl load that goes on walks the lists again and hands on what is not in the lake yet."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import oparl_world

from ingestion.sampleworld import world
from ingestion.systems import oparl
from ingestion.window import Window

pytestmark = pytest.mark.integration


def test_what_is_loaded_is_not_handed_on_again() -> None:
    with world(seed=1, papers=40) as served:
        of = oparl_world.city(served.url(oparl_world.CITY))
        walked: list[list[str]] = []
        reached: list[str] = []
        for loaded in ([], None):
            names = reached[: len(reached) // 2] if loaded is None else loaded
            window = Window(kind="first", loaded=frozenset(names), reached=reached.append)
            with oparl_world.client(of) as client:
                walked.append([page.url for page in oparl.fetch(of, window, client)])
                assert client.problems == []
    whole, rest = walked
    assert reached == whole + rest
    assert rest == whole[len(whole) // 2 :]
    assert len(rest) > 3
