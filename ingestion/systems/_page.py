"""What a page of any council system is: where it was read, its tree, and errors that name it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingestion.record import Fetched, UnknownStructureError
from ingestion.systems import _dates, _html


@dataclass(frozen=True, slots=True)
class Page:
    """One page, parsed.

    Attributes:
        GUIDE: The system's page of ``docs/sources``.
        fetched: The answer.
        root: Its tree.
    """

    GUIDE: ClassVar[str]

    fetched: Fetched
    root: LexborHTMLParser

    @property
    def url(self) -> str:
        """Where the page was read."""
        return self.fetched.url

    def error(self, what: str, mend: str = "") -> UnknownStructureError:
        """An error that names this page."""
        mend = mend or f"compare the page with docs/sources/{self.GUIDE}.md"
        return UnknownStructureError(self.url, what, mend)

    def day(self, words: str) -> dt.date:
        """The one day that the words name.

        Raises:
            UnknownStructureError: They name none, or an impossible one.
        """
        try:
            return _dates.the_date(words)
        except ValueError as error:
            raise self.error(str(error), "report the page: its date is new") from error


@dataclass(frozen=True, slots=True)
class LabelledPage(Page):
    """One page whose facts stand beside labels; ``fields``: label → the cell beside it."""

    fields: Mapping[str, LexborNode]

    def field(self, *labels: str) -> str:
        """Read the cell beside the first of the labels that is there; nothing if none is."""
        node = next((self.fields[label] for label in labels if label in self.fields), None)
        return _html.text(node)
