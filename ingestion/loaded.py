"""Which answers are in the lake already: the same bytes give the same records, once.

Rows of statistics last: none of them goes because a later answer leaves it out. So an answer that
is known, and was loaded as it stands, need not be read and compared again. What was only fetched,
or refused by the parser, is not loaded and is read again by every run.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ingestion.record import Fetched

STATE: Final = "state"
"""Name in an answer's context of what the server itself says of the state of its data."""
UNASKED: Final = "unasked"
"""Name in an answer's context that says: it is the stored one, the server was not asked for it."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """An answer whose records are all in the lake.

    Attributes:
        fingerprint: Hash of what the parser saw: the bytes and what the request was about.
        state: What the server said of the state of these data, empty if nothing.
        counts: Records per object type.
        asked_at: When the server was last asked for the data themselves.
    """

    fingerprint: str
    state: str
    counts: Mapping[str, int]
    asked_at: dt.datetime


def fingerprint(fetched: Fetched) -> str:
    """Hash of all that ``parse()`` makes its records of; equal ones give equal records."""
    context = {
        name: value for name, value in fetched.context.items() if name not in {STATE, UNASKED}
    }
    text = json.dumps([fetched.kind, fetched.sha256, context], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
