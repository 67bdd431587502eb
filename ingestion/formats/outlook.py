"""Outlook's messages (.msg): streams in an OLE file, by olefile.

Each property is a stream whose name is its number and type in [MS-OXPROPS]; attachments and
messages within messages are storages. Who wrote to whom is not read.
"""

import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import olefile

from ingestion.formats import Budget, UnreadableError, plain

_SUBJECT: Final = "0037"
_BODY: Final = "1000"
_HTML: Final = "1013"
_RTF: Final = "1009"
_DATA: Final = "3701"
_NAMES: Final = ("3707", "3704", "3001")
_ATTACHED: Final = "__attach_version1.0_#"
_WITHIN: Final = "__substg1.0_3701000D"
_UNICODE: Final = "001F"
_NARROW: Final = "001E"
_BINARY: Final = "0102"
_DAMAGE: Final = (OSError, ValueError, IndexError, KeyError, TypeError, AttributeError)


@dataclass(slots=True)
class Letter:
    """A message.

    Attributes:
        subject: None where it has none.
        text: Its text; None where it has none, or only HTML.
        html: The same as HTML.
        is_rich: Whether its text is there as packed RTF only.
        attached: Names and what is attached: bytes, another message, or None for a mere link.
    """

    subject: str | None = None
    text: str | None = None
    html: bytes | None = None
    is_rich: bool = False
    attached: list[tuple[str, "bytes | Letter | None"]] = field(default_factory=list)


def parse(data: bytes, budget: Budget) -> Letter:
    """Read a message with all that is attached.

    Args:
        data: The file.
        budget: Bytes and members are taken off.

    Raises:
        UnreadableError: Damaged.
        TooLargeError: It holds more than is left.
    """
    # Never the bytes themselves: short ones are taken for a file's name.
    with _damage(), olefile.OleFileIO(io.BytesIO(data)) as ole:
        return _Reader(ole, budget).letter([])


@contextlib.contextmanager
def _damage() -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise UnreadableError(f"not a readable Outlook message ({type(error).__name__})") from None


class _Reader:
    def __init__(self, ole: olefile.OleFileIO, budget: Budget) -> None:
        self._ole, self._budget = ole, budget
        self._paths = ole.listdir(streams=True, storages=True)

    def letter(self, place: list[str]) -> Letter:
        text = self._text(place, _BODY)
        html = self._bytes(place, f"{_HTML}{_BINARY}")
        written = self._text(place, _HTML)
        found = Letter(
            subject=" ".join((self._text(place, _SUBJECT) or "").split()) or None,
            text=text,
            html=html or (written.encode() if written else None),
            is_rich=self._has(place, f"__substg1.0_{_RTF}{_BINARY}"),
        )
        for path in self._paths:
            if path[:-1] == place and path[-1].startswith(_ATTACHED):
                self._budget.take_member()
                found.attached.append(self._attached(path))
        return found

    def _attached(self, place: list[str]) -> tuple[str, bytes | Letter | None]:
        name = next(filter(None, (self._text(place, each) for each in _NAMES)), "?")
        if self._has(place, _WITHIN):
            return name, self.letter([*place, _WITHIN])
        return name, self._bytes(place, f"{_DATA}{_BINARY}")

    def _has(self, place: list[str], name: str) -> bool:
        return bool(self._ole.exists([*place, name]))

    def _text(self, place: list[str], number: str) -> str | None:
        wide = self._bytes(place, f"{number}{_UNICODE}")
        if wide is not None:
            return wide.decode("utf-16-le", "replace")
        narrow = self._bytes(place, f"{number}{_NARROW}")
        return None if narrow is None else plain.decode(narrow)

    def _bytes(self, place: list[str], name: str) -> bytes | None:
        path = [*place, f"__substg1.0_{name}"]
        if self._ole.get_type(path) != olefile.STGTY_STREAM:
            return None
        self._budget.take_bytes(self._ole.get_size(path))
        return bytes(self._ole.openstream(path).read())
