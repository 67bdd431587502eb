"""What the portal is made of: CKAN's virtual environment and Solr's jar files.

Both come from lock files with hashes, and both are reused until their lock changes. A marker is
written last, so an interrupted installation is seen and made again.
"""

import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from catalog.portal.errors import PortalError, with_log

HERE: Final = Path(__file__).parent
LOCK: Final = HERE / "requirements.lock"
EXTENSION: Final = HERE / "ckanext_seehaus"
# What the extension's charts are drawn with, the same as the pages of the statistics; relative to
# the folder that holds our packages.
ROOT: Final = HERE.parents[1]
SHARED: Final = (
    Path("catalog/__init__.py"),
    Path("catalog/charts"),
    Path("catalog/figures"),
    Path("catalog/vocabulary.py"),
)
POM: Final = HERE / "solr" / "pom.xml"
JARS: Final = HERE / "solr" / "jars.sha256"
COPY_GOAL: Final = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
_OLDEST_JAVA: Final = 17


def digest(*paths: Path) -> str:
    """SHA-256 over the names and contents of files and folders (without caches)."""
    sha = hashlib.sha256()
    for path in paths:
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                sha.update(f"{file.relative_to(path)}\0".encode())
                sha.update(hashlib.sha256(file.read_bytes()).digest())
    return sha.hexdigest()


def java() -> str | None:
    """The ``java`` to use: JAVA_HOME's, else the PATH's."""
    home = os.environ.get("JAVA_HOME")
    if home and (Path(home) / "bin" / "java").is_file():
        return str(Path(home) / "bin" / "java")
    return shutil.which("java")


def java_version(program: str) -> int | None:
    """Major version of a Java runtime, or None when it does not say."""
    said = subprocess.run(  # noqa: S603 - the user's own java
        [program, "-version"], capture_output=True, text=True, check=False
    )
    found = re.search(r'version "(?:1\.)?(\d+)', said.stderr + said.stdout)
    return int(found.group(1)) if found else None


def uv() -> list[str] | None:
    """Command line of uv: the one in our environment, else the PATH's."""
    if importlib.util.find_spec("uv") is not None:
        return [sys.executable, "-m", "uv"]
    found = shutil.which("uv")
    return [found] if found else None


def _run(command: list[str], log: Path, what: str, cwd: Path, held: int) -> None:
    """Run a tool with its output in ``log``.

    Raises:
        PortalError: It failed; the message ends with its last lines.
    """
    # VIRTUAL_ENV is ours, not CKAN's: uv must not be led astray by it.
    env = {k: v for k, v in os.environ.items() if k not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        done = subprocess.run(  # noqa: S603 - fixed programs
            command,
            stdout=out,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=env,
            cwd=cwd,
            pass_fds=(held,),
            check=False,
        )
    if done.returncode:
        raise with_log(f"{what} failed: is the network there? Then run it again", log)


def copy_extension(into: Path) -> None:
    """Copy our CKAN extension, with what it shares with us, as one installable folder."""
    without = shutil.ignore_patterns("__pycache__")
    shutil.copytree(EXTENSION, into, ignore=without)
    for path in SHARED:
        if (ROOT / path).is_dir():
            shutil.copytree(ROOT / path, into / path, ignore=without)
        else:
            (into / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, into / path)


def extension_digest() -> str:
    """Changes whenever what ``copy_extension`` copies changes."""
    return digest(EXTENSION, *(ROOT / path for path in SHARED))


class Venv:
    """CKAN's own virtual environment below the portal's folder."""

    def __init__(self, folder: Path) -> None:
        """``folder``: the virtual environment itself."""
        self.folder = folder
        self.python = folder / "bin" / "python"
        self._done = folder / "seehaus-lock"
        self._extended = folder / "seehaus-extension"

    @property
    def packages(self) -> Path:
        """The site-packages folder."""
        return next(self.folder.glob("lib/python3*/site-packages"))

    def key(self) -> str:
        """Changes whenever lock file, Python version or extension change."""
        return f"{_python_key()} {extension_digest()}"

    def is_complete(self) -> bool:
        """Whether what is installed is what the lock file and the extension say."""
        return self._locked() and self._has_extension()

    def _locked(self) -> bool:
        return self._done.is_file() and self._done.read_text() == _python_key()

    def _has_extension(self) -> bool:
        return self._extended.is_file() and self._extended.read_text() == extension_digest()

    def install(self, log: Path, held: int) -> None:
        """Install what is missing.

        Args:
            log: Gets uv's output.
            held: See :func:`catalog.portal.turn.turn`.

        Raises:
            PortalError: uv failed; the message ends with its last lines.
        """
        tool = uv()
        if tool is None:
            raise PortalError("uv is missing → python -m pip install uv")
        parent = self.folder.parent
        if not self._locked():
            if self.folder.exists():
                shutil.rmtree(self.folder)
            make = [*tool, "venv", "--quiet", "--python", sys.executable, str(self.folder)]
            _run(make, log, "making CKAN's virtual environment", parent, held)
            pip = [*tool, "pip", "install", "--quiet", "--python", str(self.python)]
            _run(
                [*pip, "--require-hashes", "--no-deps", "-r", str(LOCK)],
                log,
                "installing CKAN",
                parent,
                held,
            )
            self._done.write_text(_python_key())
        if not self._has_extension():
            self._extend(tool, log, held)

    def _extend(self, tool: list[str], log: Path, held: int) -> None:
        """Install our CKAN extension from a copy: setuptools builds beside the sources."""
        with tempfile.TemporaryDirectory(dir=self.folder) as scratch:
            source = Path(scratch) / "ckanext_seehaus"
            copy_extension(source)
            pip = [*tool, "pip", "install", "--quiet", "--python", str(self.python)]
            how = ["--no-deps", "--no-build-isolation", "--no-index", "--no-cache", "--reinstall"]
            _run(
                [*pip, *how, str(source)],
                log,
                "installing ckanext-seehaus",
                self.folder.parent,
                held,
            )
        self._extended.write_text(extension_digest())


def _python_key() -> str:
    major, minor = sys.version_info[:2]
    return f"{digest(LOCK)} {major}.{minor}"


class Jars:
    """Solr's jar files from Maven Central, in a folder named after the lock."""

    def __init__(self, folder: Path) -> None:
        """``folder``: where Solr's things lie."""
        self.folder = folder / f"lib-{digest(POM, JARS)[:12]}"

    def is_complete(self) -> bool:
        """Whether they are there: the folder appears by one rename, whole."""
        return self.folder.is_dir()

    def install(self, log: Path, held: int) -> None:
        """Fetch and verify them unless they are there.

        Args:
            log: Gets Maven's output.
            held: See :func:`catalog.portal.turn.turn`.

        Raises:
            PortalError: Maven is missing or failed, or a file is not the locked one.
        """
        if self.is_complete():
            return
        maven = shutil.which("mvn")
        if maven is None:
            raise PortalError("Maven is missing, it fetches Solr → apt install maven")
        parent = self.folder.parent
        parent.mkdir(parents=True, exist_ok=True)
        for old in [*parent.glob("lib-*"), *parent.glob("fetch-*")]:
            shutil.rmtree(old)
        with tempfile.TemporaryDirectory(dir=parent, prefix="fetch-") as scratch:
            fetch_jars(maven, Path(scratch) / "lib", log, held)
            verify(Path(scratch) / "lib", JARS)
            (Path(scratch) / "lib").rename(self.folder)


def fetch_jars(maven: str, into: Path, log: Path, held: int) -> None:
    """Let Maven copy Solr's jar files into a folder; the user's own Maven settings hold."""
    command = [maven, "--batch-mode", "--quiet", "--strict-checksums", "--file", str(POM)]
    # Maven takes the home folder from the account, not from HOME.
    if not os.access(pwd.getpwuid(os.getuid()).pw_dir, os.W_OK):
        command.append(f"-Dmaven.repo.local={into.parent / 'repository'}")
    _run(
        [*command, COPY_GOAL, f"-DoutputDirectory={into}"], log, "fetching Solr", into.parent, held
    )


def sums(folder: Path) -> str:
    """The lock of a folder of jars, as ``sha256sum`` writes it."""
    return "".join(
        f"{hashlib.sha256(jar.read_bytes()).hexdigest()}  {jar.name}\n"
        for jar in sorted(folder.glob("*.jar"))
    )


def verify(folder: Path, lock: Path) -> None:
    """Compare the jars with the lock file.

    Raises:
        PortalError: A file is missing, unknown, or another one than locked.
    """
    wrong = set(sums(folder).splitlines()) ^ set(lock.read_text().splitlines())
    if wrong:
        names = ", ".join(sorted({line.split()[-1] for line in wrong}))
        raise PortalError(f"Solr's files are not the locked ones ({names}) → make lock, and look")


def missing(libraries: Jars) -> list[str]:
    """Why the portal cannot run here, each with the mend; empty when it can."""
    said = []
    if not sys.platform.startswith("linux"):
        said.append("The local portal needs Linux → set SEEHAUS_CKAN_URL to a portal elsewhere")
    program = java()
    if program is None:
        said.append(f"Java ≥ {_OLDEST_JAVA} is missing, Solr needs it → apt install maven")
    else:
        version = java_version(program)
        if version is None or version < _OLDEST_JAVA:
            said.append(
                f"{program} is Java {version or '?'}, Solr needs ≥ {_OLDEST_JAVA}"
                " → apt install openjdk-17-jre-headless"
            )
    if not libraries.is_complete() and shutil.which("mvn") is None:
        said.append("Maven is missing, it fetches Solr → apt install maven")
    if uv() is None:
        said.append("uv is missing, it installs CKAN → python -m pip install uv")
    return said
