"""Entity tags (RFC 9110, 8.8.3) of answers, from what they depend on instead of their bytes.

They are weak: the same content leaves compressed and as it is, and nobody asks for parts of it. A
tag changes with every change of a row that the answer may be made of, so also with one that does
not show; never the other way round.
"""

import hashlib
from functools import cache
from pathlib import Path

from catalog import vocabulary


def tag(address: str, *state: str) -> str:
    """The tag of the answer at an address.

    Args:
        address: Whole and normalised: filters, size, place, and the base that ids begin with.
        state: What else the answer depends on.
    """
    told = "\n".join((_software(), address, *state))
    return f'W/"{hashlib.sha256(told.encode()).hexdigest()[:32]}"'


def is_known(now: str, if_none_match: str) -> bool:
    """Whether one of a client's tags is this one, by weak comparison; ``*`` is not looked at."""
    return now.removeprefix("W/") in {
        each.strip().removeprefix("W/") for each in if_none_match.split(",")
    }


@cache
def _software() -> str:
    """What makes answers of rows: another version of it makes others of the same rows."""
    files = (*sorted(Path(__file__).parent.glob("*.py")), Path(vocabulary.__file__))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
