"""Gets ALLRIS 4's documents, whatever became of the session that their links belong to.

A document has an address of its own (``docNNN.pdf``); an attachment has one only in the session
that was just given its page. Neither is taken for withdrawn because a session ended: the page that
lists it is opened again in a new session, once per file, and has the last word.
"""

from typing import Final
from urllib.parse import urldefrag

from ingestion.formats.kinds import sniff
from ingestion.http import Client, FetchError, HttpStatusError
from ingestion.record import Fetched, File
from ingestion.systems import _html
from ingestion.systems.allris4._page import attachments, documents, kind_of, open_page, passing
from ingestion.systems.allris4._wicket import is_forgotten

_HTML: Final = "text/html"
_KIND: Final = "file"
# The pages that list documents: anything else in their place says nothing about a file.
_LISTING: Final = frozenset({"agenda", "item", "paper"})


def fetch_file(file: File, client: Client) -> Fetched:
    """Ask for a document; an attachment within a session that was just given its page.

    Args:
        file: A file as ``parse`` yielded it; ``web_url`` is the page that lists it.
        client: Sends the requests and keeps the cookie.

    Returns:
        The document.

    Raises:
        FetchError: It could not be had this time.
        HttpStatusError: With 404 or 410 only where the server has taken the file back: the file,
            and in a session of its own also the page, are not there.
        UnknownStructureError: The page that lists it is none.
    """
    if file.web_url is None or not urldefrag(file.url).fragment:
        return _document(file, client)
    try:
        return _attachment(file, client, file.web_url)
    except _Expired:
        client.forget_session()
    try:
        return _attachment(file, client, file.web_url)
    except _Expired as error:
        raise error.final from None


class _Expired(Exception):  # noqa: N818 - no failure of its own: it says what to try next
    """The session may have ended; ``final`` is what to say where a new one brings no more."""

    def __init__(self, final: FetchError) -> None:
        super().__init__(str(final))
        self.final = final


def _attachment(file: File, client: Client, page_url: str) -> Fetched:
    """Open the page and follow its link to the attachment."""
    try:
        answer = client.get(page_url, kind="paper", conditional=False, essence=passing)
    except HttpStatusError as error:
        if is_forgotten(error):
            raise _Expired(error) from error
        raise
    page = open_page(answer)
    owner = file.id.partition("-")[0]
    found = next((each for each in attachments(page, owner) if each.id == file.id), None)
    if found is None:
        raise _Expired(_lost(file, page_url))
    try:
        fetched = client.get(found.address, kind=_KIND, conditional=False)
    except HttpStatusError as error:
        if is_forgotten(error):
            raise _Expired(_refused(file, page_url, f"HTTP {error.status}")) from error
        raise
    # Redirected to the page: nobody asks for an attachment by that name in this session.
    if fetched.url != found.address or _is_page(file, fetched):
        raise _Expired(_refused(file, page_url, "a page"))
    return fetched


def _document(file: File, client: Client) -> Fetched:
    """Ask for a document by its address; where that fails, the page that lists it decides."""
    try:
        fetched = client.get(file.url, kind=_KIND)
    except HttpStatusError as error:
        if file.web_url is None or not is_forgotten(error):
            raise
        return _again(file, client, file.web_url, error)
    if not _is_page(file, fetched):
        return fetched
    refusal = _refused(file, file.url, "a page")
    if file.web_url is None:
        raise refusal
    return _again(file, client, file.web_url, refusal)


def _again(file: File, client: Client, page_url: str, refusal: FetchError) -> Fetched:
    """Open the page in a new session and ask once more; ``refusal`` if it lists the file no more.

    Some servers hand a document out only to whom their own page sends there.
    """
    client.forget_session()
    if not _is_listed(file, client, page_url, refusal):
        raise refusal
    headers = {"Referer": page_url}
    try:
        fetched = client.get(file.url, kind=_KIND, headers=headers, conditional=False)
    except HttpStatusError as error:
        if is_forgotten(error):
            raise _refused(file, page_url, f"HTTP {error.status}") from error
        raise
    if _is_page(file, fetched):
        raise _refused(file, page_url, "a page")
    return fetched


def _is_listed(file: File, client: Client, page_url: str, refusal: FetchError) -> bool:
    try:
        answer = client.get(page_url, kind="page", conditional=False, essence=passing)
    except HttpStatusError as error:
        # The page went with the file: the server's own word.
        raise refusal if is_forgotten(error) else error from error
    page = open_page(answer)
    if kind_of(_html.decode(answer.body, answer.headers)) not in _LISTING:
        raise _refused(file, page_url, "no page that lists documents")
    return any(file_id == file.id for file_id, _, _ in documents(page.root, page))


def _is_page(file: File, fetched: Fetched) -> bool:
    """Whether the bytes are a page although the file is none; what the server declares may lie."""
    return file.mime_type != _HTML and sniff(fetched.body) == _HTML


def _lost(file: File, page_url: str) -> FetchError:
    return FetchError(
        page_url,
        f"the page no longer has the attachment {file.name!r}",
        "crawl the city's papers again: it was renamed or taken away",
    )


def _refused(file: File, url: str, answer: str) -> FetchError:
    return FetchError(
        url,
        f"{file.name!r} is listed, but the server answers {answer} in its place",
        "run again later; if it stays, tell the operator",
    )
