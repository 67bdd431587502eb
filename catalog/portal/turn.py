"""One bring-up of a portal at a time, helpers that outlive a killed one included."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from catalog.portal.errors import PortalError

_POLL: Final = 0.1


@contextmanager
def turn(file: Path, seconds: float) -> Iterator[int]:
    """Wait for our turn; yields the descriptor that holds it.

    A helper program (uv, Maven, initdb, …) that inherits the descriptor keeps the turn while it
    runs. So when we are killed in the middle, the next bring-up waits for it instead of working
    on the same files.

    Args:
        file: The lock file; made when missing.
        seconds: How long to wait.

    Raises:
        PortalError: It is somebody else's turn for too long.
    """
    end = time.monotonic() + seconds
    with file.open("a") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > end:
                    raise PortalError(
                        f"{file} is held for over {seconds:.0f} s by another seehaus process"
                        " → wait for it or end it"
                    ) from None
            time.sleep(_POLL)
        yield lock.fileno()
