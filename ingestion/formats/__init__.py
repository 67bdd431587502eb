"""How each kind of file becomes pages of text. Runs only in the worker, behind its limits.

One module per kind of file, each with one function from bytes to ``Content``. Nothing here opens a
file, follows a link or starts a process: everything comes as bytes and goes as text.
"""

from dataclasses import dataclass, field
from typing import Final, Literal

Method = Literal["text_layer", "ocr"]

# Formats without pages are cut at a paragraph's end, so that no page is longer than this.
_LONGEST_PAGE: Final = 20_000


class TooLargeError(Exception):
    """The document needs more of something than one document may have."""


class UnreadableError(Exception):
    """The bytes are not what they look like, or are damaged."""


class ProtectedError(Exception):
    """The document is encrypted."""


class UnsupportedError(Exception):
    """Nothing here reads this kind of file; the message is the mend."""


@dataclass(slots=True)
class Page:
    """One page as it was read.

    Attributes:
        text: In reading order, not normalised.
        method: Whether the file had the text, or it was recognised.
        confidence: How sure the recognition is, from 0 to 1.
        part: Name of the container's member that the page is from.
        is_scan: Whether it has no text but a picture that nobody recognised.
    """

    text: str
    method: Method = "text_layer"
    confidence: float | None = None
    part: str | None = None
    is_scan: bool = False


@dataclass(slots=True)
class Content:
    """What a file says.

    Attributes:
        mime_type: Of the bytes themselves.
        pages: In their order.
        title: The document's own title, if it has one.
        parts: How many members a container has; 0 where the file is none.
        problems: What could not be read of it, without names or words from the file.
    """

    mime_type: str
    pages: list[Page] = field(default_factory=list)
    title: str | None = None
    parts: int = 0
    problems: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Budget:
    """What is left for one document, containers' members together.

    Attributes:
        pages: Pages.
        unpacked: Bytes that come out of archives.
        members: Members of archives and mails.
        depth: Archives within archives.
        ocr_pages: Pages to recognise.
        picture: Pixels of one picture.
    """

    pages: int = 2_000
    unpacked: int = 200 * 2**20
    members: int = 1_000
    depth: int = 3
    ocr_pages: int = 300
    picture: int = 40_000_000

    def take_pages(self, count: int) -> None:
        """Take pages off.

        Raises:
            TooLargeError: There are not so many left.
        """
        if count > self.pages:
            raise TooLargeError(f"{count} pages, more than {self.pages}")
        self.pages -= count

    def take_member(self) -> None:
        """Take one member off.

        Raises:
            TooLargeError: There is none left.
        """
        if self.members < 1:
            raise TooLargeError("it holds more files than a document may")
        self.members -= 1

    def take_bytes(self, count: int) -> None:
        """Take unpacked bytes off.

        Raises:
            TooLargeError: There are not so many left.
        """
        if count > self.unpacked:
            raise TooLargeError("it unpacks to more than a document may")
        self.unpacked -= count


def paged(texts: list[str], budget: Budget) -> list[Page]:
    """Texts as pages, cut where one is longer than a page may be.

    Args:
        texts: The file's own pages; one where its format has none.
        budget: Pages are taken off.

    Returns:
        At least one page.

    Raises:
        TooLargeError: More pages than are left.
    """
    pieces = [piece for text in texts for piece in _cut(text)] or [""]
    budget.take_pages(len(pieces))
    return [Page(piece) for piece in pieces]


def _cut(text: str) -> list[str]:
    pieces = []
    while len(text) > _LONGEST_PAGE:
        at = text.rfind("\n", _LONGEST_PAGE // 2, _LONGEST_PAGE)
        at = _LONGEST_PAGE if at < 0 else at
        pieces.append(text[:at])
        text = text[at:].lstrip("\n")
    return [*pieces, text]
