"""What every test may ask for."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).parents[1]

# How fast an example runs says something about the machine, not about the code. What lands is
# judged on the same examples every time; everybody else looks for new ones.
_CALM = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("here", **_CALM)
settings.register_profile("ci", derandomize=True, **_CALM)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "here")


class _OnePortal(LoadScopeScheduling):  # type: ignore[misc]
    """Deals tests out: those of the one portal to one worker, the others a file at a time."""

    def _split_scope(self, nodeid: str) -> str:
        return "e2e" if nodeid.startswith("tests/e2e/") else nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> _OnePortal:
    """With several workers (``-n 2``), only one of them may use the session's portal."""
    return _OnePortal(config, log)


@pytest.fixture(scope="session")
def samples() -> Path:
    """The recorded answers of real servers; they lie beside the project, never in it."""
    folder = Path(os.environ.get("SEEHAUS_SAMPLES", ROOT.parent / "shared" / "samples"))
    if not folder.is_dir():
        pytest.skip(f"no recorded answers at {folder} (set SEEHAUS_SAMPLES)")
    return folder
