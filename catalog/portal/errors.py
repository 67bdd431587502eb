"""What goes wrong with the portal, said with the mend."""

from pathlib import Path
from typing import Final

_TAIL_LINES: Final = 15
_TAIL_BYTES: Final = 16_384


class PortalError(RuntimeError):
    """The portal cannot do what was asked; the message names the place and the mend."""


def tail(log: Path) -> str:
    """The last lines of a log, indented, for an error message; empty when there is none."""
    if not log.is_file():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
        lines = file.read().decode("utf-8", "replace").splitlines()[-_TAIL_LINES:]
    return "\n".join(f"    {line}" for line in lines)


def with_log(what: str, log: Path) -> PortalError:
    """An error whose message ends with the tail of ``log``."""
    return PortalError(f"{what} → the whole log: {log}\n{tail(log)}".rstrip())
