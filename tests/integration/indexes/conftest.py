import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def corpus() -> ModuleType:
    """The invented council world."""
    path = Path(__file__).parents[2] / "unit" / "indexes" / "corpus.py"
    spec = importlib.util.spec_from_file_location("indexes_corpus", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
