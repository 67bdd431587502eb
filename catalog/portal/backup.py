"""Copies of a whole portal: databases, uploaded files, and the key that signs its tokens.

The search index is no part of it: it is built from the database again.
"""

import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

from catalog.portal import archive, ckan, postgres, solr
from catalog.portal.archive import DATABASES, KEPT, STORAGE, Manifest
from catalog.portal.errors import PortalError
from catalog.portal.install import Venv
from catalog.portal.ports import Ports
from catalog.portal.secret import load_or_make, write_private

_NAMES: Final = dict(zip(DATABASES, (postgres.MAIN, postgres.DATASTORE), strict=True))
# ``admin`` is the password whose hash the database holds.
_SECRETS: Final = ("secret_key", "admin")
_TOKEN: Final = "publisher.token"  # noqa: S105 - the file's name
_SWAP: Final = """
select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}';
drop database "{name}";
alter database "{name}_restored" rename to "{name}";
"""


def save(folder: Path, target: Path) -> Manifest:
    """Copy the portal in ``folder`` while it runs; the caller holds its lock.

    Args:
        folder: The portal's; its PostgreSQL runs.
        target: The archive.

    Raises:
        PortalError: The portal does not run, or the archive cannot be written.
    """
    with _Tools(folder) as tools, _scratch(folder) as scratch:
        files: dict[str, Path] = {}
        for member, database in _NAMES.items():
            files[member] = scratch / member
            with files[member].open("wb") as out:
                tools.run("pg_dump", "--format=custom", f"--dbname={database}", out=out)
        files |= _linked(folder / "storage", scratch / "storage")
        secrets = load_or_make(folder / "secrets.json")
        kept = {name: secrets[name] for name in _SECRETS}
        files[KEPT] = scratch / KEPT
        write_private(
            files[KEPT], json.dumps(kept | {"token": (folder / _TOKEN).read_text().strip()})
        )
        return archive.write(target, files, tools.ckan_version())


def load(folder: Path, source: Path) -> Manifest:
    """Put an archive in place of what the portal in ``folder`` holds; the caller holds its lock.

    Everything is unpacked, verified and loaded beside the old content first; only then the two
    change places. CKAN is stopped from then on, and the search index is gone: bring it up again.

    Raises:
        PortalError: The archive is broken or of a newer CKAN, or the portal does not run; the old
            content is untouched.
    """
    with _Tools(folder) as tools, _scratch(folder) as scratch:
        manifest = archive.read(source, scratch)
        ours = tools.ckan_version()
        if _numbers(manifest.ckan) > _numbers(ours):
            raise PortalError(
                f"{source} is of CKAN {manifest.ckan}, here is {ours} → update Seehaus first"
            )
        kept = _kept(scratch / KEPT, source)
        for member, database in _NAMES.items():
            tools.recreate(database)
            tools.run(
                "pg_restore",
                "--exit-on-error",
                f"--dbname={database}_restored",
                str(scratch / member),
            )
        # From here on nothing is expected to fail: renames and small files.
        ckan.server(folder).stop(signal.SIGTERM)
        solr.server(folder).stop(signal.SIGTERM)
        for database in _NAMES.values():
            tools.sql(_SWAP.format(name=database))
        _replace(scratch / STORAGE.rstrip("/"), folder / "storage", scratch / "old-storage")
        _keep(folder, kept)
        shutil.rmtree(folder / "solr" / "home", ignore_errors=True)
        for name in ("setup-key", "ckan-key"):
            (folder / "run" / name).unlink(missing_ok=True)
    return manifest


class _Tools:
    """PostgreSQL's programs for the portal's running cluster."""

    def __init__(self, folder: Path) -> None:
        self._packages = Venv(folder / "venv").packages if (folder / "venv").is_dir() else None
        port = Ports(folder / "ports.json").get("postgres")
        running = postgres.server(folder, postgres.recorded_home(folder)).pid() is not None
        if self._packages is None or port is None or not running:
            raise PortalError(f"the portal in {folder} does not run → seehaus portal up")
        secrets = load_or_make(folder / "secrets.json")
        self._port = port
        self._cluster = postgres.Postgres(folder, self._packages, secrets)
        self._made: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # What was restored but not put in place goes again; after the swap there is none.
        for database in self._made:
            self.sql(f'drop database if exists "{database}_restored";')

    def ckan_version(self) -> str:
        assert self._packages is not None
        found = next(self._packages.glob("ckan-*.dist-info"))
        return found.name.removeprefix("ckan-").removesuffix(".dist-info")

    def recreate(self, database: str) -> None:
        """An empty database to restore into, beside the one in use."""
        self.sql(f'drop database if exists "{database}_restored";')
        self._made.append(database)
        self.sql(
            f'create database "{database}_restored" owner {postgres.OWNER} template template0;'
        )

    def sql(self, statements: str) -> None:
        self._call(self._cluster.psql(self._port), given=statements)

    def run(self, program: str, *arguments: str, out: object = None) -> None:
        self._call([*self._cluster.tool(program, self._port), *arguments], out=out)

    def _call(self, command: list[str], *, given: str = "", out: object = None) -> None:
        done = subprocess.run(  # noqa: S603 - the wheel's own programs
            command,
            input=given.encode(),
            stdout=out if out is not None else subprocess.DEVNULL,  # type: ignore[call-overload]
            stderr=subprocess.PIPE,
            env=self._cluster.psql_env(),
            check=False,
        )
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip()
            raise PortalError(
                f"{Path(command[0]).name} failed: {said} → mend that and run it again; "
                "the portal is as it was"
            )


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A private folder on the portal's own disk, so that renames and links work."""
    with tempfile.TemporaryDirectory(dir=folder, prefix="backup-") as made:
        yield Path(made)


def _linked(storage: Path, into: Path) -> dict[str, Path]:
    """A second name for each uploaded file: CKAN replaces files by renaming, never in place."""
    found: dict[str, Path] = {}
    for path in sorted(storage.rglob("*")) if storage.is_dir() else []:
        if path.is_file() and not path.is_symlink() and not path.name.endswith("~"):
            name = path.relative_to(storage)
            link = into / name
            link.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(path, link)
            except FileNotFoundError:
                continue  # taken away in this moment
            found[f"{STORAGE}{name.as_posix()}"] = link
    return found


def _kept(file: Path, source: Path) -> dict[str, str]:
    wanted = {*_SECRETS, "token"}
    try:
        told = json.loads(file.read_text())
    except ValueError:
        told = None
    if not isinstance(told, dict) or set(told) != wanted:
        raise PortalError(f"{source}: {KEPT} is not what we wrote → take another backup")
    return {str(name): str(value) for name, value in told.items()}


def _keep(folder: Path, kept: dict[str, str]) -> None:
    secrets = load_or_make(folder / "secrets.json")
    secrets |= {name: kept[name] for name in _SECRETS}
    write_private(folder / "secrets.json", json.dumps(secrets, indent=2) + "\n")
    write_private(folder / _TOKEN, kept["token"])


def _replace(new: Path, place: Path, old: Path) -> None:
    new.mkdir(exist_ok=True)
    if place.exists():
        place.rename(old)
    new.rename(place)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
