"""more!rubin's calendar and the corporations that share a server."""

from collections.abc import Iterator

from ingestion.record import Body, Fetched, Meeting, Record
from ingestion.systems import _html, _words
from ingestion.systems.rubin._json import Node, error, location, place, read, server_id, span
from ingestion.window import is_before


def bodies(fetched: Fetched) -> Iterator[Body]:
    """Read the corporations (``id=organizations&action=bodies``).

    Raises:
        UnknownStructureError: It is no list of corporations.
    """
    content = read(fetched)
    if not isinstance(content, list):
        raise error(fetched, "there is no list of corporations")
    for each in content:
        node = Node(each) if isinstance(each, dict) else Node({})
        number, name = node.text("id"), node.text("name")
        if number is None or name is None:
            raise error(fetched, "a corporation has no id or no name")
        yield Body(id=number, url=_html.only(fetched.url), name=name, short_name=number)


def records(fetched: Fetched) -> Iterator[Record]:
    """Read the meetings of a calendar with their rooms, in its order.

    Meetings of factions and drafts are none of the council's public meetings and are left out.

    Raises:
        UnknownStructureError: It is no calendar, or a meeting of it cannot be read.
    """
    for node in listed(fetched):
        met = meeting(fetched, node)
        if is_before(fetched.context, met.start_at):
            continue
        room = location(fetched, node.node("room"))
        if room is not None:
            yield room
        yield met


def listed(fetched: Fetched) -> list[Node]:
    """The public meetings of a calendar as the server tells them.

    Raises:
        UnknownStructureError: It is no calendar.
    """
    content = read(fetched)
    if not isinstance(content, dict) or not isinstance(content.get("meetings"), list):
        raise error(fetched, "there is no calendar in this answer")
    if any(not isinstance(each, dict) for each in content["meetings"]):
        raise error(fetched, "a meeting of the calendar is no object")
    found = Node(content).nodes("meetings")
    return [
        node for node in found if not node.flag("fraktionssitzung") and not node.flag("is_draft")
    ]


def meeting(fetched: Fetched, node: Node) -> Meeting:
    """One meeting, of a calendar or of its own answer.

    Raises:
        UnknownStructureError: It has no number, no name or no day.
    """
    number, name = node.text("nummer"), node.text("titel")
    if number is None or name is None:
        raise error(
            fetched, f"the meeting {(name or number or '')[:60]!r} has no number or no name"
        )
    start_at, end_at, has_time = span(fetched, node)
    room = location(fetched, node.node("room"))
    committee = next(iter(node.nodes("committees")), Node({}))
    url = _html.absolute(fetched.url, node.text("full_url") or "")
    return Meeting(
        id=server_id(number),
        # The query is the crawl's own: it would change with every window.
        url=url or _html.only(fetched.url),
        name=_words.without_cancellation(name),
        reference=server_id(number),
        organization_id=committee.text("Kuerzel", "id") or node.text("gremium_1"),
        organization_name=committee.text("Bezeichnung", "name"),
        start_at=start_at,
        end_at=end_at,
        has_time=has_time,
        date_text=node.text("datum"),
        time_text=node.text("beginn") if has_time else None,
        location=place(room),
        location_id=room.id if room else None,
        is_cancelled=_words.is_cancelled(name),
        has_agenda=bool(node.nodes("agenda_items")),
    )
