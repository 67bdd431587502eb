"""Attachments that are no PDF: office documents, text, archives, mails. Same input, same bytes."""

import io
import zipfile
from email.message import EmailMessage
from typing import Final
from xml.sax.saxutils import escape

from ingestion.formats.kinds import ODT
from ingestion.sampleworld.papers import MARK
from ingestion.sampleworld.pdf import Document

FORMATS: Final = ("pdf", "docx", "odt", "rtf", "txt", "zip", "eml")
_EPOCH: Final = (2000, 1, 1, 0, 0, 0)
_WORD: Final = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_OPEN: Final = "urn:oasis:names:tc:opendocument:xmlns"
_MAIN: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_RELATION: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_ASCII: Final = 128


def written(document: Document, name: str) -> bytes:
    """A document in one of ``FORMATS`` but PDF, or as ``html``, which a server must call so.

    Raises:
        KeyError: There is no such format.
    """
    return {
        "docx": docx,
        "odt": odt,
        "rtf": rtf,
        "txt": txt,
        "zip": archive,
        "eml": mail,
        "html": html,
    }[name](document)


def lines(document: Document) -> list[str]:
    """What the document says, line by line; a table's row is one line."""
    told = [document.title, *(f"{name}: {value}" for name, value in document.facts)]
    for section in document.sections:
        told += [section.heading, *section.paragraphs]
        told += [f"{number}. {text}" for number, text in enumerate(section.points, start=1)]
        told += [f"{left}\t{right}" for left, right in section.rows]
    return [*told, MARK]


def docx(document: Document) -> bytes:
    """As Word writes it, the least that opens."""
    body = "".join(
        "<w:p><w:r><w:t>" + escape(line).replace("\t", "</w:t><w:tab/><w:t>") + "</w:t></w:r></w:p>"
        for line in lines(document)
    )
    return _packed(
        {
            "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default '
            'Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships'
            f'+xml"/><Override PartName="/word/document.xml" ContentType="{_MAIN}"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
            f'Type="{_RELATION}/officeDocument" Target="word/document.xml"/></Relationships>',
            "word/document.xml": f'<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body>'
            "</w:document>",
        }
    )


def odt(document: Document) -> bytes:
    """As LibreOffice writes it, the least that opens."""
    body = "".join(
        f"<text:p>{escape(line).replace(chr(9), '<text:tab/>')}</text:p>"
        for line in lines(document)
    )
    return _packed(
        {
            "mimetype": ODT,
            "META-INF/manifest.xml": f'<m:manifest xmlns:m="{_OPEN}:manifest:1.0">'
            f'<m:file-entry m:full-path="/" m:media-type="{ODT}"/>'
            '<m:file-entry m:full-path="content.xml" m:media-type="text/xml"/></m:manifest>',
            "content.xml": f'<office:document-content xmlns:office="{_OPEN}:office:1.0" '
            f'xmlns:text="{_OPEN}:text:1.0" office:version="1.2"><office:body><office:text>{body}'
            "</office:text></office:body></office:document-content>",
        }
    )


def rtf(document: Document) -> bytes:
    """Rich Text, letters beyond ASCII as Unicode escapes."""
    told = "\\par\n".join(_rich(line) for line in lines(document))
    return ("{\\rtf1\\ansi\\ansicpg1252\\uc1 " + told + "\\par}").encode("ascii")


def _rich(line: str) -> str:
    for sign in "\\{}":
        line = line.replace(sign, f"\\{sign}")
    line = line.replace("\t", "\\tab ")
    return "".join(char if ord(char) < _ASCII else f"\\u{ord(char)}?" for char in line)


def txt(document: Document) -> bytes:
    """Plain text in Windows' code page, as old programs write it."""
    return "\r\n".join(lines(document)).encode("cp1252", "replace")


def html(document: Document) -> bytes:
    """A page of a city's web site, with what stands around the text on every one of them."""
    text = "".join(
        f"<h2>{escape(section.heading)}</h2>"
        + "".join(f"<p>{escape(each)}</p>" for each in (*section.paragraphs, *section.points))
        + "<table>"
        + "".join(
            f"<tr><td>{escape(left)}</td><td>{escape(right)}</td></tr>"
            for left, right in section.rows
        )
        + "</table>"
        for section in document.sections
    )
    facts = "".join(f"<p>{escape(name)}: {escape(value)}</p>" for name, value in document.facts)
    return (
        f'<!DOCTYPE html><html lang="de"><head><meta charset="utf-8"><title>'
        f"{escape(document.title)}</title><script>window.status = 1</script></head><body><nav>"
        f"<a href='/'>Startseite</a></nav><main><h1>{escape(document.title)}</h1>{facts}{text}"
        f"<p>{MARK}</p></main></body></html>"
    ).encode()


def archive(document: Document) -> bytes:
    """A ZIP with the document twice: to edit and to read."""
    return _packed({"Anlage.docx": docx(document), "Liesmich.txt": txt(document)})


def mail(document: Document) -> bytes:
    """A mail from one office to another, with the document attached."""
    message = EmailMessage()
    message["From"] = "Fachamt <fachamt@musterstadt.invalid>"
    message["To"] = "Sitzungsdienst <sitzungsdienst@musterstadt.invalid>"
    message["Subject"] = document.title
    message["Date"] = "Sat, 01 Jan 2000 00:00:00 +0000"
    message.set_content(f"Die Anlage liegt bei.\n\n{MARK}\n", cte="quoted-printable")
    message.add_attachment(docx(document), "application", "octet-stream", filename="Anlage.docx")
    # The library would draw the boundary by lot.
    message.set_boundary("=_seehaus")
    return message.as_bytes()


def _packed(members: dict[str, str | bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            package.writestr(info, data)
    return target.getvalue()
