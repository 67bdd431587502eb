"""ALLRIS 3's page of one agenda item (``to020``): what was decided, and how it was voted on.

The minutes of the debate (``allrisWP``) name who spoke, citizens too: they are not read.
"""

from collections.abc import Iterator

from ingestion.record import AgendaItem, Fetched, Record
from ingestion.systems import _html, _votes, _words
from ingestion.systems.allris3._page import links, open_page
from ingestion.systems.allris3._texts import section
from ingestion.systems.allris3.agenda import committee_of, without_result


def records(fetched: Fetched) -> Iterator[Record]:
    """Read the item and its vote, and the committee.

    Position and supplement come from the agenda (``Fetched.context``); a page that was saved
    alone holds one item, at position 1.

    Raises:
        UnknownStructureError: It is no item's page.
    """
    page = open_page(fetched)
    item_id = page.own_id("TOLFDNR")
    meeting = next(links(page.root, "to010", "SILFDNR"), None)
    meeting_id = _html.query_id(_html.attribute(meeting, "href"), "SILFDNR")
    context = fetched.context
    name = context.get("name") or page.heading[1]
    number = page.field("TOP")
    if item_id is None or meeting_id is None or not name or not number:
        raise page.error(
            "the page has no item with number, title and meeting",
            "parse it with the address it was fetched from (to020.asp?TOLFDNR=1049839)",
        )
    if (committee := committee_of(page)) is not None:
        yield committee
    position = context.get("position", "")
    item = AgendaItem(
        id=item_id,
        url=page.own_address("to020", "TOLFDNR", item_id),
        meeting_id=meeting_id,
        position=int(position) if position.isascii() and position.isdigit() else 1,
        number=number,
        name=name,
        is_public=not _words.is_closed_number(number),
        is_supplement=context.get("is_supplement") == "true",
    )
    if not item.is_public:
        yield item
        return
    paper = next(links(page.root, "vo020", "VOLFDNR"), None)
    result = without_result(page.field("Beschlussart"))
    resolution, vote_text = section(page, "BS"), section(page, "AE")
    yield item.model_copy(
        update={
            "result": result,
            "resolution_text": resolution,
            "vote_text": vote_text,
            "paper_id": _html.query_id(_html.attribute(paper, "href"), "VOLFDNR"),
            # The link names the paper by its number and its subject.
            "paper_reference": _html.text(paper).partition(" ")[0] or None,
        }
    )
    vote = _votes.record(
        item_id,
        item.url,
        meeting_id,
        result=result,
        vote_text=vote_text,
        resolution_text=resolution,
    )
    if vote is not None:
        yield vote
