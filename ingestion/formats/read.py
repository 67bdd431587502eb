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
    paged,
    pdf,
    plain,
    rtf,
    web,
)

_MENDS: Final = {
    kinds.OLE: "an old Office or Outlook file is not read → publish it as PDF or DOCX",
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
    kind = kinds.sniff(data)
    if kind == kinds.PDF:
        return pdf.read(data, budget, engine)
    if kind in kinds.PICTURES:
        return ocr.read_picture(data, budget, engine, kind)
    if kind == kinds.ZIP:
        return _zip(data, budget, engine)
    if kind == kinds.MAIL:
        return _mail(data, budget, engine)
    simple = {
        kinds.DOCX: office.read_docx,
        kinds.ODT: office.read_odt,
        kinds.RTF: rtf.read,
        kinds.HTML: web.read,
        kinds.PLAIN: plain.read,
    }.get(kind)
    if simple is None:
        raise UnsupportedError(_MENDS.get(kind, f"{kind} is not read → publish it as PDF"))
    return simple(data, budget)


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
