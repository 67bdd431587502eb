"""XML of strangers: no document type, no entities, nothing from outside, no tree in memory."""

from collections.abc import Mapping
from typing import Final, Protocol
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from ingestion.formats import TooLargeError, UnreadableError

_DEEPEST: Final = 500


class Reader(Protocol):
    """Is told of everything in document order; names come without their namespaces."""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def data(self, text: str) -> None:
        """Text, maybe a piece of it."""


class _Target:
    """What the parser talks to: counts how deep it is, takes namespaces off."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._depth = 0
        self.data = reader.data

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise TooLargeError(f"elements more than {_DEEPEST} deep")
        self._reader.start(_local(tag), {_local(name): value for name, value in attributes.items()})

    def end(self, tag: str) -> None:
        self._depth -= 1
        self._reader.end(_local(tag))

    def close(self) -> None:
        """The parser asks for it."""


def walk(data: bytes, reader: Reader) -> None:
    """Tell a reader what an XML file holds.

    Args:
        data: The file.
        reader: Told of elements and text in their order.

    Raises:
        UnreadableError: Not XML, or XML that declares a document type or entities.
        TooLargeError: Elements within elements, too deep.
    """
    parser = DefusedXMLParser(target=_Target(reader), forbid_dtd=True)
    try:
        parser.feed(data)
        parser.close()
    except ParseError as error:
        raise UnreadableError(f"not readable XML ({error})") from None
    except DefusedXmlException as error:
        raise UnreadableError(f"XML with {type(error).__name__}: it is refused") from None


def _local(name: str) -> str:
    return name.rpartition("}")[2]
