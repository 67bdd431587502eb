"""``python -m catalog.portal.relock``: write the portal's lock files anew (part of ``make lock``).

Python's from ``requirements.in``, Solr's from ``solr/pom.xml``: what came is pinned by hash, and
the difference is reviewed before it is committed.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from catalog.portal.errors import PortalError
from catalog.portal.install import HERE, JARS, LOCK, fetch_jars, sums, uv
from catalog.portal.turn import turn

_OPTIONS: Final = (
    "--quiet",
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--no-annotate",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--custom-compile-command=make lock",
    "--override=overrides.txt",
)


def python_packages() -> None:
    """Write ``requirements.lock``.

    Raises:
        PortalError: uv is missing.
    """
    tool = uv()
    if tool is None:
        raise PortalError("uv is missing → python -m pip install uv")
    subprocess.run(  # noqa: S603 - our own tool
        [*tool, "pip", "compile", *_OPTIONS, "requirements.in", "-o", LOCK.name],
        cwd=HERE,
        check=True,
    )


def jar_files() -> None:
    """Write ``solr/jars.sha256``.

    Raises:
        PortalError: Maven is missing, or failed.
    """
    maven = shutil.which("mvn")
    if maven is None:
        raise PortalError("Maven is missing, it fetches Solr → apt install maven")
    with tempfile.TemporaryDirectory() as scratch, turn(Path(scratch) / "lock", 1) as held:
        libraries = Path(scratch) / "lib"
        fetch_jars(maven, libraries, Path(scratch) / "maven.log", held)
        JARS.write_text(sums(libraries))


if __name__ == "__main__":
    python_packages()
    jar_files()
