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
OUTLOOK: Final = "application/vnd.ms-outlook"
DOC: Final = "application/msword"
XLS: Final = "application/vnd.ms-excel"
PPT: Final = "application/vnd.ms-powerpoint"
_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
XLSX: Final = f"{_OFFICE}.spreadsheetml.sheet"
PPTX: Final = f"{_OFFICE}.presentationml.presentation"
ODS: Final = "application/vnd.oasis.opendocument.spreadsheet"
ODP: Final = "application/vnd.oasis.opendocument.presentation"
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
_OPEN: Final = (ODT, ODS, ODP)
# The part that makes an office package one of its kind.
_PARTS: Final = (
    (b"word/document.xml", DOCX),
    (b"xl/workbook.xml", XLSX),
    (b"ppt/presentation.xml", PPTX),
)
# An OLE file's root names the program by a class; where it does not, its streams tell.
_ROOT_SECTOR: Final = slice(48, 52)
_CLASS: Final = slice(80, 96)
_CLASSES: Final = {
    bytes.fromhex("0b0d020000000000c000000000000046"): OUTLOOK,
    bytes.fromhex("0609020000000000c000000000000046"): DOC,
    bytes.fromhex("2008020000000000c000000000000046"): XLS,
    bytes.fromhex("108d81649b4fcf1186ea00aa00b929e8"): PPT,
}
# A message may hold the other files, so it is asked for first.
_STREAMS: Final = (
    ("__properties_version1.0", OUTLOOK),
    ("WordDocument", DOC),
    ("PowerPoint Document", PPT),
    ("Workbook", XLS),
)


def sniff(data: bytes) -> str:
    """The media type by the first bytes; ``application/octet-stream`` where nothing fits."""
    head = data[:1024]
    if b"%PDF-" in head:
        return PDF
    for magic, mime_type in _MAGIC:
        if head.startswith(magic):
            closer = {ZIP: _packed, OLE: _of_program}.get(mime_type)
            return closer(data) if closer else mime_type
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
    first = data[_FIRST_NAME : _FIRST_NAME + 80]
    for mime_type in _OPEN:
        if first.startswith(b"mimetype" + mime_type.encode()):
            return mime_type
    # The directory of members is at the end, the first members' own headers are at the start.
    names = data[:4096] + data[-(2**16) :]
    if b"[Content_Types].xml" in names:
        for part, mime_type in _PARTS:
            if part in names:
                return mime_type
    return ZIP


def _of_program(data: bytes) -> str:
    """Which program wrote an OLE file: by its root's class, else by the names of its streams."""
    root = _root(data)
    known = _CLASSES.get(data[root : root + 128][_CLASS])
    if known:
        return known
    for name, mime_type in _STREAMS:
        if name.encode("utf-16-le") in data:
            return mime_type
    return OLE


def _is_mail(head: bytes) -> bool:
    top = head.replace(b"\r\n", b"\n").partition(b"\n\n")[0].lower()
    lines = [line for line in top.split(b"\n") if line[:1] not in {b" ", b"\t", b""}]
    known = sum(line.startswith(_HEADERS) for line in lines)
    return known >= _FEWEST_HEADERS and all(b":" in line for line in lines)


def is_cut(data: bytes) -> bool:
    """Whether an OLE file ends before the list of what is in it."""
    return _root(data) >= len(data)


def _root(data: bytes) -> int:
    sector = 4096 if data[30:31] == b"\x0c" else 512
    return (int.from_bytes(data[_ROOT_SECTOR], "little") + 1) * sector
