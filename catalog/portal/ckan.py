"""CKAN itself, served by gunicorn out of its own virtual environment."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import httpx

from catalog.portal import postgres
from catalog.portal.errors import with_log
from catalog.portal.install import Venv
from catalog.portal.process import Server

# The default of 2 s cuts the connections of a publisher that thinks for a while.
_KEEP_ALIVE: Final = "75"
_THREADS: Final = "4"


def server(folder: Path) -> Server:
    """CKAN's process of the portal in ``folder``."""
    return Server("CKAN", folder / "ckan", folder / "run" / "ckan.pid", folder / "log" / "ckan.log")


def environment(folder: Path, venv: Venv) -> dict[str, str]:
    """Environment of everything that runs CKAN's code; nothing of ours leaks into it."""
    magic = venv.packages / "pylibmagic"
    kept = {name: os.environ[name] for name in ("HOME", "TMPDIR") if name in os.environ}
    return kept | {
        "PATH": f"{venv.folder / 'bin'}:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "PYTHONUTF8": "1",
        "PYTHONNOUSERSITE": "1",
        # CKAN's dependencies warn of their own futures.
        "PYTHONWARNINGS": "ignore",
        "CKAN_INI": str(folder / "ckan.ini"),
        # libmagic with its own data, whatever the system has or lacks.
        "LD_LIBRARY_PATH": str(magic),
        "MAGIC": str(magic / "magic.mgc"),
    }


def bootstrap(
    folder: Path,
    venv: Venv,
    psql: list[str],
    psql_env: Mapping[str, str],
    admin_password: str,
    held: int,
) -> None:
    """Migrate the databases, make the accounts and the publisher's token.

    Args:
        folder: The portal's folder.
        venv: CKAN's environment.
        psql: Command line that runs SQL from standard input as the database's superuser.
        psql_env: Its environment, with the password.
        admin_password: For the sysadmin account ``admin``.
        held: See :func:`catalog.portal.turn.turn`.

    Raises:
        PortalError: It failed; the message ends with its log.
    """
    log = folder / "log" / "bootstrap.log"
    task = {
        "admin_password": admin_password,
        "token_file": str(folder / "publisher.token"),
        "psql": psql,
        "databases": {
            "main": postgres.MAIN,
            "datastore": postgres.DATASTORE,
            "owner": postgres.OWNER,
            "reader": postgres.READER,
        },
    }
    with log.open("ab") as out:
        done = subprocess.run(  # noqa: S603 - our own program
            [venv.python, "-m", "ckanext.seehaus.bootstrap"],
            input=json.dumps(task).encode(),
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=folder / "ckan",
            env=environment(folder, venv) | {"PGPASSWORD": psql_env["PGPASSWORD"]},
            pass_fds=(held,),
            check=False,
        )
    if done.returncode:
        raise with_log("CKAN: setting up its databases failed", log)


def start(folder: Path, venv: Venv, port: int, workers: int) -> None:
    """Start gunicorn and wait for CKAN's answer.

    Raises:
        PortalError: It did not start; the message ends with its log.
    """
    options = {
        "bind": f"127.0.0.1:{port}",
        "workers": str(workers),
        "worker-class": "gthread",
        "threads": _THREADS,
        "timeout": "300",
        "graceful-timeout": "3",
        "keep-alive": _KEEP_ALIVE,
    }
    if Path("/dev/shm").is_dir():  # noqa: S108 - where gunicorn's heartbeat should lie
        options["worker-tmp-dir"] = "/dev/shm"  # noqa: S108
    flags = [part for name, value in options.items() for part in (f"--{name}", value)]
    process = server(folder)
    process.start(
        [
            venv.folder / "bin" / "gunicorn",
            *flags,
            "--no-control-socket",
            "ckanext.seehaus.wsgi:application",
        ],
        environment(folder, venv),
    )
    process.wait(lambda: answers(port), 120)


def answers(port: int) -> bool:
    """Whether CKAN answers there."""
    try:
        said = httpx.get(
            f"http://127.0.0.1:{port}/api/3/action/status_show", timeout=30, trust_env=False
        )
    except httpx.TransportError:
        return False
    return said.status_code == httpx.codes.OK
