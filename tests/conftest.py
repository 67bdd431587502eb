"""What every test may ask for."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parents[1]

# How fast an example runs says something about the machine, not about the code. What lands is
# judged on the same examples every time; everybody else looks for new ones.
_CALM = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("here", **_CALM)
settings.register_profile("ci", derandomize=True, **_CALM)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "here")


@pytest.hookimpl(tryfirst=True)  # xdist's own hook reads these marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With several workers: the tests of the one portal share one, every other file stays whole."""
    for item in items:
        place = item.path.relative_to(ROOT / "tests")
        group = "e2e" if place.parts[0] == "e2e" else str(place)
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="session")
def samples() -> Path:
    """The recorded answers of real servers; they lie beside the project, never in it."""
    folder = Path(os.environ.get("SEEHAUS_SAMPLES", ROOT.parent / "shared" / "samples"))
    if not folder.is_dir():
        pytest.skip(f"no recorded answers at {folder} (set SEEHAUS_SAMPLES)")
    return folder
