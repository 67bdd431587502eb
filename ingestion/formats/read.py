"""Any file to pages: by what it is; archives and mails member by member, within one budget."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage, MIMEPart
from typing import Final

from ingestion.formats import (
    Budget,
    Content,
    Page,
    ProtectedError,
    TooLargeError,
    UnreadableError,
    UnsupportedError,
    archive,
    kinds,
    ocr,
    office,
    outlook,
    paged,
    pdf,
    plain,
    rtf,
    slides,
    web,
)

_MENDS: Final = {
    kinds.DOC: "an old Word file (.doc) is not read → publish it as PDF or DOCX",
    kinds.XLS: "an old Excel file (.xls) is not read → publish it as XLSX or CSV",
    kinds.PPT: "an old PowerPoint file (.ppt) is not read → publish it as PDF or PPTX",
    kinds.OLE: "an old Office file is not read → publish it as PDF or DOCX",
}
# What an office package cannot be without: a ZIP that only holds one shows its names as well.
_MAIN_PART: Final = {
    kinds.DOCX: "word/document.xml",
    kinds.XLSX: "xl/workbook.xml",
    kinds.PPTX: "ppt/presentation.xml",
}


def read(data: bytes, budget: Budget, engine: ocr.Engine | None) -> Content:
    """Read one file.

    Args:
        data: The bytes.
        budget: What it may use; what it used is taken off.
        engine: Recognises pages that are pictures; None: they stay without text.

    Returns:
        Its pages.

    Raises:
        TooLargeError: It needs more than is left.
        ProtectedError: It is encrypted.
        UnreadableError: It is damaged.
        UnsupportedError: Nothing reads this kind.
    """
    if not data:
        raise UnreadableError("an empty file")
    kind = _kind(data)
    if kind in kinds.PICTURES:
        return ocr.read_picture(data, budget, engine, kind)
    seeing = {
        kinds.PDF: pdf.read,
        kinds.ZIP: _zip,
        kinds.MAIL: _mail,
        kinds.OUTLOOK: _outlook,
    }.get(kind)
    if seeing is not None:
        return seeing(data, budget, engine)
    simple = {
        kinds.DOCX: office.read_docx,
        kinds.ODT: office.read_odt,
        kinds.ODS: office.read_ods,
        kinds.ODP: office.read_odp,
        kinds.XLSX: slides.read_xlsx,
        kinds.PPTX: slides.read_pptx,
        kinds.RTF: rtf.read,
        kinds.HTML: web.read,
        kinds.PLAIN: plain.read,
    }.get(kind)
    if kind == kinds.OLE and kinds.is_cut(data):
        raise UnreadableError("an Office or Outlook file that is cut short")
    if simple is None:
        raise UnsupportedError(_MENDS.get(kind, f"{kind} is not read → publish it as PDF"))
    return simple(data, budget)


def _kind(data: bytes) -> str:
    kind = kinds.sniff(data)
    part = _MAIN_PART.get(kind)
    if part is not None and part not in archive.opened(data).NameToInfo:
        return kinds.ZIP
    return kind


def _zip(data: bytes, budget: Budget, engine: ocr.Engine | None) -> Content:
    whole = Content(kinds.ZIP)
    with _deeper(budget), archive.opened(data) as package:
        for member in archive.members(package, budget):
            try:
                inner = archive.unpacked(package, member, budget)
            except (ProtectedError, UnreadableError) as error:
                _leave(whole, str(error) or "protected by a password")
                continue
            _take(whole, inner, archive.display_name(member), budget, engine)
    return _whole(whole)


def _mail(data: bytes, budget: Budget, engine: ocr.Engine | None) -> Content:
    """A mail: its subject, its text, then what is attached. Who wrote to whom is not kept."""
    whole = Content(kinds.MAIL)
    try:
        message = message_from_bytes(data, policy=policy.default)
        assert isinstance(message, EmailMessage)
        whole.title = " ".join(str(message.get("subject", "")).split()) or None
        body = message.get_body(("plain", "html"))
        with _deeper(budget):
            if body is not None:
                _text_of_mail(whole, body, budget)
            for attached in message.iter_attachments():
                budget.take_member()
                inner = _payload(attached)
                budget.take_bytes(len(inner))
                name = archive.clean_name(attached.get_filename() or attached.get_content_type())
                _take(whole, inner, name, budget, engine)
    except (MessageError, LookupError, ValueError, TypeError, AttributeError) as error:
        raise UnreadableError(f"not a readable mail ({type(error).__name__})") from None
    return _whole(whole)


def _text_of_mail(whole: Content, body: MIMEPart, budget: Budget) -> None:
    text = _payload(body)
    # The charset is named in the mail; a wrong one costs letters, not the mail.
    charset = body.get_content_charset() or "utf-8"
    try:
        written = text.decode(charset, "replace")
    except LookupError:
        written = plain.decode(text)
    if body.get_content_type() == kinds.HTML:
        pages = web.read(written.encode(), budget).pages
    else:
        pages = paged([written], budget)
    if whole.title:
        pages[0].text = f"{whole.title}\n\n{pages[0].text}"
    whole.pages += pages


def _outlook(data: bytes, budget: Budget, engine: ocr.Engine | None) -> Content:
    whole = Content(kinds.OUTLOOK)
    letter = outlook.parse(data, budget)
    whole.title = letter.subject
    _letter(whole, letter, budget, engine)
    return _whole(whole)


def _letter(
    whole: Content, letter: outlook.Letter, budget: Budget, engine: ocr.Engine | None
) -> None:
    """A message's text, then what is attached; messages within it the same way."""
    with _deeper(budget):
        _text_of_letter(whole, letter, budget)
        for given, inner in letter.attached:
            name = archive.clean_name(given)
            if isinstance(inner, bytes):
                _take(whole, inner, name, budget, engine)
            elif inner is None:
                _leave(whole, "it is only referred to")
            else:
                within = Content(kinds.OUTLOOK)
                _letter(within, inner, budget, engine)
                _add(whole, within, name)


def _text_of_letter(whole: Content, letter: outlook.Letter, budget: Budget) -> None:
    if letter.text and letter.text.strip():
        pages = paged([letter.text], budget)
    elif letter.html:
        pages = web.read(letter.html, budget).pages
    elif letter.is_rich:
        whole.problems.append("the message's own text is packed RTF")
        return
    else:
        pages = [Page("")] if letter.subject else []
    if letter.subject and pages:
        pages[0].text = f"{letter.subject}\n\n{pages[0].text}"
    whole.pages += pages


def _payload(part: MIMEPart) -> bytes:
    if part.get_content_maintype() == "message":
        inner = part.get_payload(0)
        return inner.as_bytes() if isinstance(inner, EmailMessage) else b""
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


@contextlib.contextmanager
def _deeper(budget: Budget) -> Iterator[None]:
    if budget.depth < 1:
        raise TooLargeError("archives within archives, too deep")
    budget.depth -= 1
    try:
        yield
    finally:
        budget.depth += 1


def _take(
    whole: Content, inner: bytes, name: str, budget: Budget, engine: ocr.Engine | None
) -> None:
    """Add a member's pages, or say what became of it; only the budget's end ends it all."""
    try:
        content = read(inner, budget, engine)
    except (ProtectedError, UnreadableError, UnsupportedError) as error:
        _leave(whole, (str(error) or "protected by a password").partition(" → ")[0])
        return
    _add(whole, content, name)


def _add(whole: Content, content: Content, name: str) -> None:
    whole.parts += 1
    whole.problems += [f"file {whole.parts}: {problem}" for problem in content.problems]
    whole.pages += [
        replace(page, part=f"{name}/{page.part}" if page.part else name) for page in content.pages
    ]


def _leave(whole: Content, why: str) -> None:
    whole.parts += 1
    whole.problems.append(f"file {whole.parts}: {why}")


def _whole(whole: Content) -> Content:
    if not whole.pages and whole.parts:
        raise UnsupportedError(f"{whole.problems[0]} → publish it as PDF")
    whole.pages = whole.pages or [Page("")]
    return whole
