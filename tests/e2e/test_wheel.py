"""The wheel, installed elsewhere, has everything: city files, models, rules, pages."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

CHECK = """
import json, pathlib
import orchestration
from orchestration.environment import TRANSFORMS, cities
from quality import suite
home = pathlib.Path(orchestration.__file__).parents[1]
print(json.dumps({
    "home": str(home),
    "cities": sorted(cities()),
    "models": len(list(TRANSFORMS.rglob("harmonised/*.sql"))),
    "rules": suite.tables(),
    "pages": [path.name for path in (home / "indexes" / "app" / "templates").glob("*")],
}))
"""


@pytest.mark.slow
def test_the_wheel_works_where_it_is_installed(tmp_path):
    import json

    environment = {**os.environ, "SEEHAUS_DATA": str(tmp_path / "data")}
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", str(tmp_path)]
    subprocess.run([*build, str(ROOT)], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    # The locked libraries are borrowed from this environment, our own packages are not.
    place = tmp_path / "elsewhere"
    install = [sys.executable, "-m", "uv", "pip", "install", "-q", "--no-deps", "--target"]
    subprocess.run([*install, str(place), str(wheel)], check=True, capture_output=True)
    done = subprocess.run(
        [sys.executable, "-c", CHECK],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(place)},
    )
    found = json.loads(done.stdout)
    assert found["home"] == str(place)
    assert found["cities"] == ["koblenz", "ludwigshafen", "mainz", "trier"]
    assert found["models"] >= 15
    assert "paper" in found["rules"]
    assert found["pages"]
    listed = subprocess.run(
        [sys.executable, "-m", "dbt.cli.main", "--version"],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert "1.11" in listed.stdout + listed.stderr
    parsed = subprocess.run(
        [
            sys.executable,
            "-c",
            "from orchestration import dbt; print(len(dbt.manifest()['nodes']))",
        ],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(place)},
    )
    assert int(parsed.stdout) > 30
    assert not (place / "transforms" / "target").exists()
    assert not (place / "transforms" / "logs").exists()
