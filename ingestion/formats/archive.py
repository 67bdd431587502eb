"""ZIP archives: members by name and in order, within limits that their headers cannot lie about."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from ingestion.formats import Budget, ProtectedError, TooLargeError, UnreadableError

_CHUNK: Final = 2**16
# A member may grow this much; small ones are not worth a look.
_GROWTH: Final = 300
_SMALL: Final = 2**20
_ENCRYPTED: Final = 0x1
_LONGEST_NAME: Final = 120
# What operating systems leave in archives.
_LITTER: Final = re.compile(
    r"(?:^|/)(?:__MACOSX/|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\._)", re.IGNORECASE
)
_DAMAGE: Final = (
    *(zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError),
    *(ValueError, OSError, RuntimeError, LookupError),
)


def opened(data: bytes) -> zipfile.ZipFile:
    """An archive in memory.

    Raises:
        UnreadableError: Not a ZIP, or damaged.
    """
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except _DAMAGE as error:
        raise UnreadableError(f"not a readable ZIP ({type(error).__name__})") from None


def members(archive: zipfile.ZipFile, budget: Budget) -> Iterator[zipfile.ZipInfo]:
    """The files of an archive in its order, without folders and litter.

    Raises:
        TooLargeError: More files than are left.
    """
    for member in archive.infolist():
        if not member.is_dir() and not _LITTER.search(member.filename):
            budget.take_member()
            yield member


def unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, budget: Budget) -> bytes:
    """A member's bytes, counted while they come.

    Raises:
        TooLargeError: More bytes than are left, or than any real file packs.
        ProtectedError: The member is encrypted.
        UnreadableError: It is damaged.
    """
    if member.flag_bits & _ENCRYPTED:
        raise ProtectedError
    most = max(_SMALL, member.compress_size * _GROWTH)
    found = bytearray()
    try:
        with archive.open(member) as stream:
            while piece := stream.read(_CHUNK):
                budget.take_bytes(len(piece))
                found += piece
                if len(found) > most:
                    raise TooLargeError(f"it unpacks to more than {_GROWTH} times its size")
    except _DAMAGE as error:
        raise UnreadableError(f"a damaged member ({type(error).__name__})") from None
    return bytes(found)


def display_name(member: zipfile.ZipInfo) -> str:
    """A member's name to show: never a path that leads anywhere.

    Old programs wrote names in DOS's code page without saying so; ZipFile reads those as such.
    """
    pieces = [
        piece
        for piece in PurePosixPath(member.filename.replace("\\", "/")).parts
        if piece not in {"/", ".", ".."} and not piece.endswith(":")
    ]
    return clean_name("/".join(pieces))


def clean_name(name: str) -> str:
    """A name of somebody else's file: printable, short, never empty."""
    shown = "".join(char for char in name if char.isprintable()).strip()
    return shown[-_LONGEST_NAME:] or "?"
