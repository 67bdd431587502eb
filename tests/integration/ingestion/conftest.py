"""A lake of its own for every test, and stores over it."""

import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from ingestion.store import Store
from orchestration.lake import Lake

with warnings.catch_warnings():
    # sqlglot's wheel warns of its own helper on the first import; ours to survive, not to mend.
    warnings.simplefilter("ignore", DeprecationWarning)
    import dlt  # noqa: F401


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    root = tmp_path / "lake"
    root.mkdir()
    return Lake(
        root=root, catalog=f"sqlite:///{root / 'catalog.sqlite'}", storage=f"{root / 'tables'}/"
    )


@pytest.fixture
def make_store(lake: Lake, tmp_path: Path) -> Callable[[str], Store]:
    def make(city_id: str = "mainz") -> Store:
        return Store(
            city_id,
            destination=lake.dlt_destination(),
            read=lake.read,
            write=lake.write,
            lock=lake.lock,
            pipelines=tmp_path / "pipelines",
        )

    return make


@pytest.fixture
def store(make_store: Callable[[str], Store]) -> Store:
    return make_store("mainz")
