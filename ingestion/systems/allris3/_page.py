"""What every ALLRIS 3 page has in common: its program's name, its labels, its documents."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingestion.record import Fetched, Organization, UnknownStructureError
from ingestion.systems import _html, _words
from ingestion.systems._page import LabelledPage

# The programs' names, without the ``_r`` of the responsive edition and a calendar's ``_e``, ``_j``.
KINDS: Final[Mapping[str, str]] = {
    "allris.net": "start",
    "si010": "calendar",
    "to010": "agenda",
    "to020": "item",
    "vo020": "paper",
    "au010": "committees",
    "fr010": "committees",
    "au020": "committee",
    "fr020": "committee",
    "pa020": "committee",
    "pa021": "committee",
}
CLASSES: Final[Mapping[str, str]] = {"au": "Ausschuss", "fr": "Fraktion", "pa": "Parlament"}
_PROGRAM: Final = re.compile(
    r"""id\s*=\s*["']allriscontainer["']\s+class\s*=\s*["'](allris\.net|[a-z]{2}\d{3})""",
    re.IGNORECASE,
)
_ADDRESS: Final = re.compile(r"(allris\.net|[a-z]{2}\d{3})(?:_[a-z])?\.asp$", re.IGNORECASE)
_COMMITTEE: Final = re.compile(r"\b(au|fr|pa)02\d(?:_[a-z])?\.asp\?", re.IGNORECASE)
_REFUSED: Final = re.compile(r"Zugriff verweigert \(Programm ([^)\s]{1,80})\)", re.IGNORECASE)
_OPENED: Final = re.compile(r"<html\b", re.IGNORECASE)
_CLOSED: Final = re.compile(r"</html\s*>", re.IGNORECASE)
_ROWS: Final = frozenset({"zl11", "zl12"})
_WINDOW: Final = re.compile(r"\s*\((?:Öffnet|Oeffnet)\b.*$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Page(LabelledPage):
    """One page, parsed; ``fields`` are the cells beside its labels (``td.kb1``), first one first.

    A label that stands twice (an item's page: the meeting's status, then the paper's) is in
    ``fields`` as the first says it.
    """

    GUIDE = "allris3"

    @property
    def heading(self) -> tuple[str, str]:
        """What kind of thing the heading names and which: ``("Drucksache", "22-2362")``."""
        words = _html.text(_html.first(self.root, "#risname h1", "h1", "title"))
        kind, _, name = words.partition(" - ")
        return kind, name

    def own_id(self, name: str) -> str | None:
        """Read the page's own number: its address, what was asked for, what its head says."""
        told = _html.attribute(self.root.css_first("meta[name=objectID]"), "content")
        return (
            _html.query_id(self.url, name)
            or self.fetched.context.get(name)
            or _html.query_id(f"?{urlencode({name: told})}", name)
        )

    def own_address(self, program: str, name: str, number: str) -> str:
        """The page's address with its number only; saved pages get the program's name."""
        address = f"{program}.asp?{name}={number}"
        if _html.query_id(self.url, name) == number:
            return _html.only(self.url, name)
        return _html.absolute(self.url, address) or address


def open_page(fetched: Fetched) -> Page:
    """Parse an answer.

    Raises:
        UnknownStructureError: The program is not released, or the page is cut off, or it is too
            large or too deep to be one of these pages.
    """
    text = _html.decode(fetched.body, fetched.headers)
    if match := _REFUSED.search(text[:2000]):
        raise UnknownStructureError(
            fetched.url,
            f"the server does not release its program {match[1]}",
            "ask the operator which programs are public; the menu of allris.net.asp names them",
        )
    root = _html.tree(fetched)
    # The texts of papers are whole HTML documents within the page: their ends are not its end.
    if len(_OPENED.findall(text)) > len(_CLOSED.findall(text)):
        raise UnknownStructureError(
            fetched.url, "the page is cut off: it has no end", "ask for the page again"
        )
    return Page(fetched, root, _fields(root))


def kind_of(url: str, body: bytes) -> str | None:
    """Which kind of page this is, by its container's class, else by its address."""
    match = _PROGRAM.search(_html.decode(body[: 2**20], {}))
    if match is None:
        match = _ADDRESS.search(url.partition("?")[0])
    return KINDS.get(match[1].lower()) if match else None


def program(href: str) -> str:
    """The program a link leads to, without its edition: ``to010`` of ``to010_r.asp?SILFDNR=1``."""
    match = _ADDRESS.search(href.partition("?")[0])
    return match[1].lower() if match else ""


def links(root: LexborNode | LexborHTMLParser, wanted: str, number: str) -> Iterator[LexborNode]:
    """The links below a node that lead to a program and carry a number."""
    for link in root.css(f"a[href*='{wanted}']"):
        href = _html.attribute(link, "href")
        if program(href) == wanted and _html.query_id(href, number):
            yield link


def rows(table: LexborNode | None) -> Iterator[LexborNode]:
    """The rows of a list that stand for something: no head, no ruler, no spacer."""
    is_classic = "tl1" in _html.attribute(table, "class").split()
    for row in table.css("tr") if table is not None else ():
        classes = set(_html.attribute(row, "class").split())
        if classes & _ROWS if is_classic else row.css_first("td") is not None:
            yield row


def organization_of(href: str) -> tuple[str, str] | None:
    """Id and address's query of a committee's or faction's link: ``("au-235", "AULFDNR=235")``.

    Committees, factions and the council are numbered each for themselves, so the kind stands
    before the number.
    """
    match = _COMMITTEE.search(href)
    if match is None:
        return None
    kind = match[1].lower()
    name = f"{kind.upper()}LFDNR"
    number = _html.query_id(href, name)
    return (f"{kind}-{number}", name) if number else None


def organization(page: Page, link: LexborNode | None) -> Organization | None:
    """The committee that a link names; None where the link leads to none."""
    href, name = _html.attribute(link, "href"), _html.text(link)
    found = organization_of(href)
    url = _html.absolute(page.url, href)
    if found is None or url is None or not name:
        return None
    return Organization(
        id=found[0],
        url=_html.only(url, found[1]),
        name=name,
        classification=CLASSES[found[0][:2]],
    )


def documents(root: LexborNode | LexborHTMLParser, page: Page) -> Iterator[tuple[str, str, str]]:
    """Find the documents that the document program (``do027``) serves.

    Classic pages send a form to it, responsive ones link it; the address is the same.

    Yields:
        File id (``DOLFDNR``), address and name, each id once.
    """
    taken: set[str] = set()
    for node in root.css("form[action*=do027], a[href*=do027]"):
        values = _form(node) if node.tag == "form" else _link(node)
        file_id = _html.query_id(f"?{urlencode(values)}", "DOLFDNR")
        target = _html.attribute(node, "action" if node.tag == "form" else "href").partition("?")[0]
        kept = {key: values[key] for key in ("DOLFDNR", "options", "typ") if key in values}
        url = _html.absolute(page.url, f"{target}?{urlencode(kept)}")
        if file_id is None or url is None or file_id in taken:
            continue
        taken.add(file_id)
        yield file_id, url, _document_name(node) or f"Dokument {file_id}"


def _form(node: LexborNode) -> dict[str, str]:
    return {
        _html.attribute(each, "name"): _html.attribute(each, "value")
        for each in node.css("input[type=hidden]")
    }


def _link(node: LexborNode) -> dict[str, str]:
    href = _html.attribute(node, "href")
    told = {key: _html.query_id(href, key) for key in ("DOLFDNR", "options", "typ")}
    return {key: value for key, value in told.items() if value}


def _document_name(node: LexborNode) -> str:
    button = node.css_first("input[type=submit]") if node.tag == "form" else None
    if button is None:
        return _html.text(node)
    # The hint says more than the button: "Nachtragstagesordnung" where it says "Aktuelle TO".
    hint = _WINDOW.sub("", _html.attribute(button, "title"))
    return hint or _html.attribute(button, "value")


def _fields(root: LexborHTMLParser) -> dict[str, LexborNode]:
    found: dict[str, LexborNode] = {}
    for label in root.css("td.kb1"):
        cell = label.next
        while cell is not None and not cell.is_element_node:
            cell = cell.next
        words = _html.text(label).rstrip(": ")
        if words and cell is not None and cell.tag == "td":
            found.setdefault(words, cell)
    return found


def media_type(url: str) -> str | None:
    """The media type of an attachment, by the ending of its address."""
    return _words.media_type(url.partition("?")[0].rpartition(".")[2])
