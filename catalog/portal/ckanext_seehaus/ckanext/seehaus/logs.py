"""How CKAN's log lines look."""

import logging
import re
from typing import Final

_CREDENTIALS: Final = re.compile(r"(?<=://)[^/@\s]*:[^/@\s]*(?=@)")


class RedactingFormatter(logging.Formatter):
    """Leaves passwords out of addresses: pysolr's errors and SQLAlchemy's contain them."""

    def format(self, record: logging.LogRecord) -> str:
        """The finished text, traceback included, without ``user:password``."""
        return _CREDENTIALS.sub("***", super().format(record))
