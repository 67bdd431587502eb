"""Free loopback ports, kept in a file so that the portal's address stays the same."""

import json
import random
import socket
import threading
import time
from collections.abc import Collection
from pathlib import Path
from typing import Final

# Below the range from which Linux takes ports for outgoing connections (32768 and up), so that
# none of those takes our port while the portal is down.
_RANGE: Final = range(20_000, 32_000)
_TRIES: Final = 200
# A killed server is gone from the process table a moment before the system closes its sockets.
_LET_GO: Final = 3.0
_POLL: Final = 0.02


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        # As servers do: a port whose last connections are still closing counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def is_let_go(port: int, seconds: float = _LET_GO) -> bool:
    """Whether the port is free, now or within ``seconds``: whoever ended just now still lets go."""
    end = time.monotonic() + seconds
    while not is_free(port):
        if time.monotonic() > end:
            return False
        time.sleep(_POLL)
    return True


def free_port(taken: Collection[int]) -> int:
    """A free loopback port that is none of ``taken``.

    Raises:
        OSError: None of many tries was free.
    """
    for _ in range(_TRIES):
        port = random.choice(_RANGE)  # noqa: S311 - not a secret
        if port not in taken and is_free(port):
            return port
    raise OSError(f"no free port found in {_RANGE}: close some servers on this machine")


class Ports:
    """The ports of a portal, by server name, in ``ports.json``."""

    def __init__(self, file: Path) -> None:
        """Read the file, or begin with none; a broken file counts as none."""
        self._file = file
        self._lock = threading.Lock()
        self._ports: dict[str, int] = {}
        try:
            read = json.loads(file.read_text())
        except (FileNotFoundError, ValueError):
            return
        if isinstance(read, dict):
            self._ports = {str(k): v for k, v in read.items() if isinstance(v, int)}

    def get(self, name: str) -> int | None:
        """The port kept for a server, if any."""
        return self._ports.get(name)

    def choose(self, name: str, wanted: int | None = None) -> int:
        """The port for a server that is about to start: ``wanted``, the kept one, or a new one.

        Raises:
            OSError: The wanted port is taken by another program.
        """
        with self._lock:
            if wanted is not None and not is_let_go(wanted):
                raise OSError(f"port {wanted} for {name} is taken → choose another, or none")
            port = wanted or self._kept_or_new(name)
            if self._ports.get(name) != port:
                self._ports[name] = port
                new = self._file.with_suffix(".new")
                new.write_text(json.dumps(self._ports, indent=2) + "\n")
                new.replace(self._file)
            return port

    def _kept_or_new(self, name: str) -> int:
        kept = self._ports.get(name)
        if kept is not None and is_let_go(kept):
            return kept
        return free_port({port for other, port in self._ports.items() if other != name})
