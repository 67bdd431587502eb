"""What a file is, by its bytes alone; what the server declared is not asked."""

from typing import Final

PDF: Final = "application/pdf"
ZIP: Final = "application/zip"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ODT: Final = "application/vnd.oasis.opendocument.text"
RTF: Final = "application/rtf"
HTML: Final = "text/html"
PLAIN: Final = "text/plain"
MAIL: Final = "message/rfc822"
OLE: Final = "application/x-ole-storage"
PICTURES: Final = frozenset({"image/png", "image/jpeg", "image/tiff"})
UNKNOWN: Final = "application/octet-stream"

_MAGIC: Final = (
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE),
    (b"{\\rtf", RTF),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"GIF8", "image/gif"),
    (b"\x1f\x8b", "application/gzip"),
)
_WIDE: Final = (b"\xff\xfe", b"\xfe\xff")
_PRINTABLE: Final = bytes({*range(0x20, 0x100), *b"\t\n\r\f"})
# The lines with which mails begin; a letter that starts "From: …" has no second one.
_HEADERS: Final = (
    *(b"from:", b"to:", b"subject:", b"date:", b"received:", b"return-path:", b"message-id:"),
    *(b"mime-version:", b"delivered-to:", b"x-", b"content-type:", b"reply-to:", b"sender:"),
    *(b"cc:", b"dkim-signature:", b"content-transfer-encoding:", b"authentication-results:"),
)
_FEWEST_HEADERS: Final = 3
# A ZIP's first member starts at byte 30 with its name; OpenDocument puts its type there.
_FIRST_NAME: Final = 30


def sniff(data: bytes) -> str:
    """The media type by the first bytes; ``application/octet-stream`` where nothing fits."""
    head = data[:1024]
    if b"%PDF-" in head:
        return PDF
    for magic, mime_type in _MAGIC:
        if head.startswith(magic):
            return _packed(data) if mime_type == ZIP else mime_type
    return _written(head, data)


def _written(head: bytes, data: bytes) -> str:
    """What a file without a magic number is: some kind of text, or unknown."""
    if head.startswith(_WIDE):
        return PLAIN
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html")):
        return HTML
    if text.startswith(b"<?xml"):
        return HTML if b"<html" in text else "application/xml"
    if not head or head.translate(None, _PRINTABLE):
        return UNKNOWN
    return MAIL if _is_mail(data[:8192]) else PLAIN


def _packed(data: bytes) -> str:
    """An office document says by its members what it is; the names stand in the bytes as such."""
    if data[_FIRST_NAME:].startswith(b"mimetype" + ODT.encode()):
        return ODT
    # The directory of members is at the end, the first members' own headers are at the start.
    names = data[:4096] + data[-(2**16) :]
    is_word = b"[Content_Types].xml" in names and b"word/document.xml" in names
    return DOCX if is_word else ZIP


def _is_mail(head: bytes) -> bool:
    top = head.replace(b"\r\n", b"\n").partition(b"\n\n")[0].lower()
    lines = [line for line in top.split(b"\n") if line[:1] not in {b" ", b"\t", b""}]
    known = sum(line.startswith(_HEADERS) for line in lines)
    return known >= _FEWEST_HEADERS and all(b":" in line for line in lines)
