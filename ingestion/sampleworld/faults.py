"""What can go wrong on purpose: each fault is one thing that real servers were seen doing."""

from collections.abc import Iterable
from enum import StrEnum

from ingestion.sampleworld.oparl_faults import OparlFault


class Fault(StrEnum):
    """A named fault. Those that hit one object hit the same one in every world of that seed."""

    OUTAGE = "outage"
    """The first ``Faults.outage_requests`` requests of one paper's page and of every statistics
    table answer 503 with ``Retry-After: 1``; afterwards all is well."""

    DOWN = "down"
    """Every request (robots.txt included) answers 503 with ``Retry-After: 1`` while it is on."""

    HTML_200 = "html_200"
    """One paper's page is an error page with HTTP 200."""

    BROKEN_HTML = "broken_html"
    """One agenda's page ends in the middle of a tag of its first table row."""

    TRUNCATED_PDF = "truncated_pdf"
    """One paper's main document ends after 40 % of its bytes."""

    WITHDRAWN = "withdrawn"
    """One paper's main document is gone (404, OParl 410 with a ``deleted`` object) and is listed
    nowhere any more; the paper itself stays."""

    CHANGED = "changed"
    """One paper has a new title (it ends with "(Neufassung)"), other amounts and another text."""

    NEW_MEETING = "new_meeting"
    """A special council meeting nine days after today, with two papers of its own."""

    SHIFTED_TABLE = "shifted_table"
    """The statistics table comes in the old wide layout with its rows shifted and
    ``MeasureUnitNotFound!`` in the header."""

    HTML_500 = "html_500"
    """The statistics server answers an HTML page with HTTP 500."""

    OLD_VINTAGE = "old_vintage"
    """The statistics server still has last year's table: 31.12.2023 on the census basis of 2011."""

    TOO_LARGE = "too_large"
    """One statistics table is given as a job's result only (``genesis.LARGE``)."""

    JOB_FAILS = "job_fails"
    """Jobs of the statistics server end without a result."""

    BUSY = "busy"
    """Every other request to the statistics server is one too many at a time (``Code`` 6)."""

    WIDE_DE = "wide_de"
    """Statistics tables come in the German layout of 2024."""

    WIDE_EN = "wide_en"
    """Statistics tables come in the English layout of 2024, which repeats header names."""

    QUALITY_COLUMN = "quality_column"
    """Statistics tables have a column of quality signs."""

    PRIVATE_DATA = "private_data"
    """One paper's main document names an invented citizen with e-mail, IBAN, phone number, date of
    birth and home address (``papers.CANARY``)."""

    CLOSED_SHOWN = "closed_shown"
    """Agendas tell of closed items what they must not: result, resolution and vote
    (``papers.CLOSED_RESULT``), the paper, and once its document (``papers.CLOSED_CANARY``)."""

    EXPIRED_SESSIONS = "expired_sessions"
    """ALLRIS forgets a visitor's session just before every third request that needs one (rows of
    calendar and committees, attachments), and says so in turn with 410, an error page and 404."""

    SLOW = "slow"
    """Every answer takes ``Faults.slow_seconds`` longer."""


def named(name: str) -> "Fault | OparlFault":
    """The fault of this name.

    Raises:
        ValueError: There is none.
    """
    return OparlFault(name) if name.startswith("oparl_") else Fault(name)


class Faults:
    """Which faults are on, for all cities or some; may be switched while the world serves.

    A specification is a fault's name, with ``@city`` for one city only: ``changed@trier``. The
    statistics server is the city ``statistics``.

    Attributes:
        slow_seconds: How much later answers are while ``slow`` is on.
        outage_requests: How many requests an outage lasts.
        foreign: Where a foreign ``next`` leads.
        version: Counts the switches: what was made under another is out of date.
    """

    def __init__(self, specifications: Iterable[str] = ()) -> None:
        """Switch on what ``specifications`` name.

        Raises:
            ValueError: A name is none of the faults; the message lists them all.
        """
        self.slow_seconds = 0.25
        self.outage_requests = 2
        # Where the OParl server's foreign ``next`` leads: the address that clouds keep secrets at.
        self.foreign = "http://169.254.169.254/latest/meta-data/"
        self._on: dict[StrEnum, frozenset[str]] = {}
        self._served: dict[str, int] = {}
        self.version = 0
        for text in specifications:
            self.on(text)

    def on(self, specification: str) -> None:
        """Switch one fault on, everywhere or (``name@city``) for one more city."""
        name, _, city = specification.strip().partition("@")
        try:
            fault = named(name)
        except ValueError:
            known = ", ".join([*Fault, *OparlFault])
            raise ValueError(
                f"fault {name!r}: there is no such fault → use one of {known}"
            ) from None
        self.version += 1
        cities = self._on.get(fault)
        self._on[fault] = frozenset() if not city else (cities or frozenset()) | {city}
        if fault is Fault.OUTAGE:
            self._served.clear()

    def off(self, fault: str) -> None:
        """Switch one fault off everywhere."""
        self.version += 1
        self._on.pop(named(fault), None)

    def clear(self) -> None:
        """Switch all faults off."""
        self.version += 1
        self._on.clear()

    def has(self, fault: Fault | OparlFault, city: str) -> bool:
        """Whether the fault is on for this city."""
        if fault not in self._on:
            return False
        cities = self._on[fault]
        return not cities or city in cities

    def is_out(self, city: str, path: str) -> bool:
        """Whether this request falls into the outage of a path that is hit by it."""
        if not self.has(Fault.OUTAGE, city):
            return False
        key = f"{city} {path}"
        self._served[key] = self._served.get(key, 0) + 1
        return self._served[key] <= self.outage_requests
