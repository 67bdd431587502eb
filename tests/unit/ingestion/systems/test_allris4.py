"""ALLRIS 4's traps, each on the smallest page that has it; and pages that nobody wrote."""

import datetime as dt
from collections.abc import Callable
from functools import partial

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion import city as cities
from ingestion.http import Client, FetchError, HttpStatusError
from ingestion.record import (
    AgendaItem,
    Consultation,
    Fetched,
    File,
    Meeting,
    Membership,
    Organization,
    Paper,
    Person,
    Record,
    UnknownStructureError,
    Vote,
)
from ingestion.systems import allris4
from ingestion.systems.allris4 import agenda as agendas
from ingestion.systems.allris4 import committee as committees
from tests.unit.ingestion.systems import support
from tests.unit.ingestion.systems.support import only

BASE = "https://rat.example/public/"


def answer(html: str, kind: str, url: str = BASE, context: dict[str, str] | None = None) -> Fetched:
    return support.answer(html.encode(), kind, url, context)


def read(
    html: str, kind: str, url: str = BASE, context: dict[str, str] | None = None
) -> list[Record]:
    return list(allris4.parse(answer(html, kind, url, context)))


# -- calendar --------------------------------------------------------------------------------


def rows(*meetings: str) -> str:
    table = f'<table class="calenderView"><tbody>{"".join(meetings)}</tbody></table>'
    return (
        '<?xml version="1.0"?><ajax-response><component id="id2a" >'
        f"<![CDATA[<div>{table}</div>]]></component><header-contribution><![CDATA[<head/>]]>"
        "</header-contribution></ajax-response>"
    )


def row(day: str, link: str, time: str = "17:00", weekday: str = "") -> str:
    date = f'<span class="dow">{weekday}</span><span class="dom">{day}</span>' if day else ""
    return (
        f'<tr><td class="nowrapContent">{date}</td><td class="time">{time}</td>'
        f'<td class="textCol">{link}</td><td class="raum">Saal</td></tr>'
    )


def published(number: int, tooltip: str = "") -> str:
    return (
        f'<a href="./to010?SILFDNR={number}&amp;refresh=false" id="si_{number}" '
        f'data-simpletooltip-text="{tooltip}">Sitzung des Rates</a>'
    )


OCTOBER = {"year": "2026", "month": "10"}


def test_undated_rows_inherit_the_day_even_of_an_empty_row() -> None:
    html = rows(
        row("01", published(1, " am Do., 01.10.2026 um 17:00 Uhr."), weekday="Thu"),
        row("08", "Herbstferien", weekday="Thu"),
        row("", '<a id="si_2">Sitzung des Ortsbeirats - fällt aus</a>', time=""),
    )
    first, second = only(read(html, "calendar"), Meeting)
    assert (first.id, first.has_agenda, first.url) == (
        "1",
        True,
        f"{BASE}to010?SILFDNR=1&refresh=false",
    )
    assert (second.date_text, second.has_time, second.has_agenda) == ("08.10.2026", False, False)
    assert (second.name, second.is_cancelled) == ("Sitzung des Ortsbeirats", True)
    assert second.url == f"{BASE}si010?MM=10&YY=2026"


def test_the_month_comes_from_the_request_where_no_tooltip_has_it() -> None:
    html = rows(row("02", '<a id="si_2">Rat</a>'))
    by_context = read(html, "calendar", context=OCTOBER)
    by_address = read(html, "calendar", f"{BASE}si010?0-1.0-&MM=10&YY=2026")
    assert only(by_context, Meeting)[0].date_text == "02.10.2026"
    assert by_context == by_address


@pytest.mark.parametrize(
    ("html", "context", "what"),
    [
        (rows(row("02", '<a id="si_2">Rat</a>')), {}, "month"),
        (rows(row("02", '<a id="si_2">Rat</a>')), {"year": "2026", "month": "13"}, "no month"),
        (rows(row("32", '<a id="si_2">Rat</a>')), OCTOBER, "day is '32'"),
        (rows(row("02", '<a id="si_2">Rat</a>', weekday="Mon")), OCTOBER, "no Mon"),
        (rows(row("02", '<a id="si_2">Rat</a>', time="26:00")), OCTOBER, "hour"),
        (rows(row("", '<a id="si_2">Rat</a>')), OCTOBER, "no number, name or day"),
        (rows(row("02", '<a id="si_2"></a>')), OCTOBER, "no number, name or day"),
        (rows(row("02", published(2, " am 31.09.2026"))), OCTOBER, "day is out of range"),
        ("<html><h1>Fehler</h1></html>", OCTOBER, "no calendar"),
        (
            "<ajax-response><redirect><![CDATA[./si010]]></redirect></ajax-response>",
            OCTOBER,
            "session is over",
        ),
        (rows(row("02", "x"))[:300], OCTOBER, "cut off"),
    ],
)
def test_a_calendar_that_cannot_be_read_is_reported(
    html: str, context: dict[str, str], what: str
) -> None:
    with pytest.raises(UnknownStructureError, match=what) as caught:
        read(html, "calendar", context=context)
    assert caught.value.mend


def test_sessions_and_wicket_callbacks_are_no_part_of_a_meeting() -> None:
    html = rows(
        row("01", published(1).replace("to010?", "to010;jsessionid=A1.b-c?4&amp;")),
        row("02", '<a id="silink_2" href="./si010?3-1.ILinkListener-link">Rat</a>'),
    )
    first, second = only(read(html, "calendar", context=OCTOBER), Meeting)
    assert (first.id, first.url) == ("1", f"{BASE}to010?SILFDNR=1&refresh=false")
    assert (second.id, second.has_agenda) == ("2", False)


# -- agenda ----------------------------------------------------------------------------------

HEAD = (
    '<h1 class="title">Stadtrat - 21.10.2026</h1><span id="sibetreff"><p>Sitzung des Rates</p>'
    '</span><span id="sigremium"><a href="./gr020?GRLFDNR=1">Stadtrat</a></span>'
    '<span id="sidatum">Mi., 21.10.2026</span><span id="sistat"><a> (abgesagt)</a></span>'
    '<span id="sizeit">17:00 - 19:30</span><span id="siraum">Saal</span><span id="siort">Ort</span>'
    '<aside id="dokumenteHeaderPanel"><a class="doclink" href="#">individuell</a>'
    '<a class="doclink" href="./wicket/resource/x/doc5.pdf">Niederschrift</a></aside>'
)
URL = f"{BASE}to010?SILFDNR=1000264&refresh=false"


def item(number: str, name: str, tolfdnr: str = "", more: str = "") -> str:
    key = f' data-tt-id="{tolfdnr}1"' if tolfdnr else ""
    link = f'<a href="#" id="link_{tolfdnr}">{number}</a>' if tolfdnr else number
    cells = f'<td class="tonr">{link}</td><td class="tobetreff"><div>{name}</div></td>{more}'
    return f"<tr{key}>{cells}</tr>"


def agenda(body: str, head: str = HEAD) -> str:
    return (
        f'<html><body><main id="pageContent">{head}<table id="toTreeTable"><tbody>{body}'
        "</tbody></table></main></body></html>"
    )


def test_parts_numbers_and_the_stricter_word() -> None:
    document = '<td><a class="doclink pdf" href="./wicket/resource/x/doc{}.pdf"></a></td>'
    body = (
        item("", "Öffentlicher Teil")
        + item("Ö 1", '<a id="betreff_7">a<span class="zusatzinfo">neu</span></a>', "7")
        + item("N 2", "b", "8", document.format(80))
        + item("", "Nichtöffentlicher Teil")
        + item("Ö 3", "c", "9")
        + item("N 4", "d")
        + item("N 4", "e")
    )
    records = read(agenda(body), "agenda", URL)
    items = only(records, AgendaItem)
    assert [(each.id, each.name, each.is_public) for each in items] == [
        ("7", "a", True),
        ("8", "b", False),
        ("9", "c", False),
        ("1000264-n-4", "d", False),
        ("1000264-n-4-5", "e", False),
    ]
    assert [each.section for each in items][:3] == [
        "Öffentlicher Teil",
        "Öffentlicher Teil",
        "Nichtöffentlicher Teil",
    ]
    files = only(records, File)
    assert [(each.id, each.role, each.is_public) for each in files] == [
        ("5", "results_protocol", True),
        ("80", "auxiliary_file", False),
    ]


def branch(number: str, name: str, key: str, parent: str = "", more: str = "") -> str:
    above = f' data-tt-parent-id="{parent}"' if parent else ""
    return (
        f'<tr data-tt-id="{key}"{above}><td class="tonr"><a id="link_{key}">{number}</a></td>'
        f'<td class="tobetreff">{name}</td>{more}</tr>'
    )


def test_an_item_is_as_closed_as_the_one_it_hangs_on() -> None:
    body = (
        item("", "Öffentlicher Teil")
        + branch("Ö 1", "a", "1")
        + branch("Ö 1.1", "b", "2", "1")
        + branch("N 2", "c", "3")
        + branch("Ö 2.1", "d", "4", "3")
        + branch("Ö 2.1.1", "e", "5", "4")
    )
    items = only(read(agenda(body), "agenda", URL), AgendaItem)
    assert [(each.position, each.number, each.is_public) for each in items] == [
        (1, "Ö 1", True),
        (2, "Ö 1.1", True),
        (3, "N 2", False),
        (4, "Ö 2.1", False),
        (5, "Ö 2.1.1", False),
    ]
    with pytest.raises(UnknownStructureError, match="hangs on an item that is not above it"):
        read(agenda(branch("Ö 1.1", "b", "2", "1") + branch("Ö 1", "a", "1")), "agenda", URL)


def test_what_came_onto_the_agenda_late_is_a_supplement() -> None:
    body = (
        item("Ö 1", "Nachtrag zur Vorlage 1/26", "1")
        + item("Ö 2 Nachtrag", "b", "2")
        + item("Ö 3", '<a id="betreff_3">c<span class="zusatzinfo">Nachtrag vom 1.</span></a>', "3")
        + item("", "Nachtragstagesordnung")
        + item("Ö 4", "d", "4")
        + item("", "Nichtöffentlicher Teil")
        + item("N 1", "e", "5")
    )
    items = only(read(agenda(body), "agenda", URL), AgendaItem)
    assert [(each.number, each.name, each.is_supplement) for each in items] == [
        ("Ö 1", "Nachtrag zur Vorlage 1/26", False),
        ("Ö 2", "b", True),
        ("Ö 3", "c", True),
        ("Ö 4", "d", True),
        ("N 1", "e", False),
    ]


def test_results_are_read_where_the_agenda_has_a_column_for_them() -> None:
    heads = "<thead><tr><th>TOP</th><th>Betreff</th><th>Beschlussart</th></tr></thead>"
    body = item("Ö 1", "a", "7", "<td>einstimmig beschlossen</td>") + item(
        "N 1", "b", "8", "<td>einstimmig beschlossen</td>"
    )
    html = agenda(body).replace("<tbody>", f"{heads}<tbody>")
    records = read(html, "agenda", URL)
    assert [each.result for each in only(records, AgendaItem)] == ["einstimmig beschlossen", None]
    assert [(each.id, each.is_unanimous) for each in only(records, Vote)] == [("7", True)]


def test_a_withheld_meeting_has_no_records() -> None:
    html = "<html><body><p>Keine Information verfügbar oder nicht berechtigt.</p></body></html>"
    assert read(html, "agenda", URL) == []


def test_the_pages_of_items_are_asked_for_once_there_is_something_to_see() -> None:
    link = '<a id="betreff_{0}" href="./to020?3&amp;TOLFDNR={0}&amp;SILFDNR=1000264">x</a>'
    icon = '<td class="attach"><img src="images/attach.svg"></td>'
    body = (
        item("Ö 1", link.format(7), "7")
        + item("Ö 2", link.format(8), "8", icon)
        + item("Ö 3", "no page", "9")
        + item("N 1", link.format(10), "10", icon)
    )
    page = answer(agenda(body), "agenda", URL)
    before, after = (
        [(url, told.id) for url, told in agendas.item_pages(page, day)]
        for day in (dt.date(2026, 10, 20), dt.date(2026, 10, 21))
    )
    address = f"{BASE}to020?TOLFDNR={{0}}&SILFDNR=1000264"
    assert before == [(address.format(8), "8")]
    assert after == [(address.format(7), "7"), (address.format(8), "8")]


def test_the_head_of_a_meeting() -> None:
    records = read(
        agenda(item("Ö 1", "a", "7")), "agenda", f"{BASE}to010?4&SILFDNR=3&refresh=false"
    )
    (meeting,) = only(records, Meeting)
    assert (meeting.id, meeting.url) == ("3", f"{BASE}to010?SILFDNR=3&refresh=false")
    assert (meeting.is_cancelled, meeting.state) == (True, "abgesagt")
    assert (meeting.location, meeting.organization_id) == ("Saal, Ort", "1")
    assert meeting.end_at is not None
    assert only(records, Organization)[0].url == f"{BASE}gr020?GRLFDNR=1"


@pytest.mark.parametrize(
    ("html", "what"),
    [
        ("<html><body><h1 class='title'>Fehler</h1></body></html>", "no agenda"),
        (agenda(item("Ö 1", "", "7")), "no title"),
        (agenda(item("Ö 1", "a", "7"), head=""), "no name or no date"),
        (agenda(item("Ö 1", "a", "7"), head=HEAD.replace("21.10.", "32.10.")), "day"),
    ],
)
def test_an_agenda_that_cannot_be_read_is_reported(html: str, what: str) -> None:
    with pytest.raises(UnknownStructureError, match=what):
        read(html, "agenda", URL)


# -- item ------------------------------------------------------------------------------------

ITEM = f"{BASE}to020?TOLFDNR=7&SILFDNR=1000264"
TOLD = AgendaItem(
    id="7", url=URL, meeting_id="1000264", position=4, number="Ö 2", name="a", is_public=True
)


def box(heading: str, words: str, hint: str = "") -> str:
    return (
        f'<div class="compFull"><div><h2>{heading}</h2><a data-simpletooltip-text="{hint}"></a>'
        f'<div class="docPart"><p>{words}</p></div></div></div>'
    )


def item_page(more: str = "", number: str = "Ö 2", result: str = "geändert beschlossen") -> str:
    return (
        '<html><body><main id="pageContent"><h1 class="title">x</h1>'
        f'<span id="vobetreff"><a><p>a</p></a></span><span id="toname">{number}</span>'
        f'<span id="toBeschlussart">{result}</span>{more}</main></body></html>'
    )


def test_an_item_s_page_adds_resolution_and_vote_to_what_the_agenda_told() -> None:
    parts = (
        box("Beschlussvorschlag", "Vorschlag.")
        + box("Beschluss", "Beschlossen wird:</p><p>Eins.")
        + box("", "Ja: 20, Nein: 3, Enthaltungen: 2", hint="Abstimmungsergebnis aufklappen")
        + box("Wortprotokoll", "Eine Person sagt etwas zum Beschluss.")
    )
    html = item_page(parts)
    records = read(html, "item", ITEM, {"item": TOLD.model_dump_json()})
    (found,) = only(records, AgendaItem)
    assert found == TOLD.model_copy(
        update={
            "url": ITEM,
            "result": "geändert beschlossen",
            "resolution_text": "Beschlossen wird:\nEins.",
            "vote_text": "Ja: 20, Nein: 3, Enthaltungen: 2",
        }
    )
    (vote,) = only(records, Vote)
    assert (vote.id, vote.meeting_id, vote.yes_count, vote.no_count, vote.abstention_count) == (
        "7",
        "1000264",
        20,
        3,
        2,
    )
    # Without the agenda nobody knows where the item stands; the vote is a vote all the same.
    assert read(html, "item", ITEM) == [vote]


def test_a_closed_or_withheld_item_tells_nothing() -> None:
    words = box("Beschluss", "Geheim.") + attachment(3, "Plan")
    told = {"item": TOLD.model_dump_json()}
    assert read(item_page(words, number="N 2"), "item", ITEM, told) == []
    closed = item_page(words + '<span id="tostatus">nichtöffentlich</span>')
    assert read(closed, "item", ITEM, told) == []
    assert read("<html><p>Keine Informationen verfügbar</p></html>", "item", ITEM, told) == []


def test_the_documents_of_an_item_hang_on_it() -> None:
    document = '<a class="doclink" href="./wicket/resource/x/doc5.pdf">Beschlussauszug</a>'
    unfolded = attachment(3, "Plan").replace("-attachment-link", "-cell-link")
    records = read(item_page(document + attachment(3, "Plan") + unfolded), "item", ITEM)
    files = only(records, File)
    assert [(each.name, each.role, each.agenda_item_id, each.meeting_id) for each in files] == [
        ("Beschlussauszug", "resolution_file", "7", "1000264"),
        ("Plan", "auxiliary_file", "7", "1000264"),
    ]
    # Items and papers are numbered apart, so their attachments must not meet.
    assert files[1].id.startswith("to7-")
    assert files[1].url == f"{ITEM}#{files[1].id}"


@pytest.mark.parametrize(
    ("html", "url", "what"),
    [
        ("<html><h1 class='title'>Fehler</h1></html>", ITEM, "with a subject"),
        (item_page(), BASE, "with a number"),
    ],
)
def test_an_item_that_cannot_be_read_is_reported(html: str, url: str, what: str) -> None:
    with pytest.raises(UnknownStructureError, match=what):
        read(html, "item", url)


# -- committees ------------------------------------------------------------------------------

COMMITTEE = f"{BASE}gr020?GRLFDNR=4"


def committee_rows(*lines: str, more: str = "") -> str:
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return (
        '<?xml version="1.0"?><ajax-response><component id="id2a" ><![CDATA[<table><thead><tr>'
        f"<th>Name</th></tr></thead><tbody>{body}</tbody></table>{more}]]></component>"
        "</ajax-response>"
    )


def seats(*lines: str, heads: str = "Name|Art der Mitarbeit|Fraktion|von|bis") -> str:
    head = "".join(f"<th>{name}</th>" for name in heads.split("|")) if heads else ""
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return (
        '<html><body><main id="pageContent"><h1 class="title">Bauausschuss</h1>'
        f'<span id="grkurz">BA</span><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody>'
        "</table></main></body></html>"
    )


def seat(number: int, name: str, *cells: str) -> str:
    link = f'<a href="./kp020;jsessionid=A?1&amp;KPLFDNR={number}">{name}</a>'
    return "".join(f"<td>{cell}</td>" for cell in (link, *cells))


def test_the_list_of_committees_says_of_which_kind_each_is() -> None:
    html = committee_rows(
        "<td>Ausschüsse</td><td></td>",
        '<td><a href="./gr020;jsessionid=A?2-1&amp;GRLFDNR=4">Bauausschuss</a></td><td>12</td>',
        '<td><a href="./gr020?GRLFDNR=4">Bauausschuss</a></td><td>12</td>',
        "<td>Ein Beirat ohne Seite</td><td>3</td>",
        "<td>Fraktionen</td><td></td>",
        '<td><a href="./gr020?GRLFDNR=9">Die Fraktion</a></td><td>7</td>',
    )
    found = only(read(html, "committees", f"{BASE}gr010?0-1.0-"), Organization)
    assert [(each.id, each.name, each.classification, each.url) for each in found] == [
        ("4", "Bauausschuss", "Ausschüsse", COMMITTEE),
        ("9", "Die Fraktion", "Fraktionen", f"{BASE}gr020?GRLFDNR=9"),
    ]


@pytest.mark.parametrize(
    ("html", "what"),
    [
        (committee_rows("<td>Ausschüsse</td>"), "no list of committees"),
        (committee_rows('<td><a href="./gr020?GRLFDNR=4"></a></td>'), "no number or no name"),
        (
            committee_rows(
                '<td><a href="./gr020?GRLFDNR=4">A</a></td>',
                more='<script>"u":"./gr010?0-1.0-navigator-next"</script>',
            ),
            "goes on on another page",
        ),
        (
            "<ajax-response><redirect><![CDATA[./gr010]]></redirect></ajax-response>",
            "session is over",
        ),
    ],
)
def test_a_list_of_committees_that_cannot_be_read_is_reported(html: str, what: str) -> None:
    with pytest.raises(UnknownStructureError, match=what):
        read(html, "committees")


def test_a_committee_with_its_members() -> None:
    html = seats(
        seat(1, "Frau Dr. Helene Brand", "Vorsitz", "Die Fraktion", "01.07.2024", ""),
        seat(2, "Berg, Prof. Dr. Anna Lena", "beratendes Mitglied", "", "01.07.2024", "30.06.2025"),
        seat(1, "Frau Dr. Helene Brand", "Mitglied", "", "01.07.2019", "30.06.2024"),
        seat(1, "Frau Dr. Helene Brand", "Mitglied", "", "01.07.2019", "30.06.2024"),
        seat(3, "", "Mitglied", "", "", ""),
    )
    context = {"name": "Ausschuss für Bau", "classification": "Ausschüsse"}
    records = read(html, "committee", COMMITTEE, context)
    (found,) = only(records, Organization)
    assert (found.id, found.name, found.short_name, found.classification) == (
        "4",
        "Ausschuss für Bau",
        "BA",
        "Ausschüsse",
    )
    people = {each.id: each for each in only(records, Person)}
    assert {id_: each.name for id_, each in people.items()} == {
        "1": "Dr. Helene Brand",
        "2": "Prof. Dr. Anna Lena Berg",
    }
    assert (people["2"].family_name, people["2"].given_name) == ("Berg", "Anna Lena")
    assert people["1"].url == f"{BASE}kp020?KPLFDNR=1"
    told = only(records, Membership)
    assert len({each.id for each in told}) == 3
    assert [(each.person_id, each.role, each.has_voting_right) for each in told] == [
        ("1", "Vorsitz", None),
        ("2", "beratendes Mitglied", False),
        ("1", "Mitglied", None),
    ]
    assert (told[0].on_behalf_of, told[0].start_date) == ("Die Fraktion", dt.date(2024, 7, 1))
    assert told[1].end_date == dt.date(2025, 6, 30)


def test_the_second_column_is_the_role_where_columns_have_no_heading() -> None:
    records = read(seats(seat(1, "A B", "Vorsitz"), heads=""), "committee", COMMITTEE)
    assert [each.role for each in only(records, Membership)] == ["Vorsitz"]


@pytest.mark.parametrize(
    ("html", "url", "what"),
    [
        ("<html><h1 class='title'>Fehler</h1></html>", COMMITTEE, "no committee on this page"),
        (seats(seat(1, "A B")), BASE, "no committee on this page"),
        (seats(seat(1, "A B", "x", "", "31.02.2024")), COMMITTEE, "day is out of range"),
        (seats("<td><a href='./kp020?KPLFDNR=x'>A</a></td>"), COMMITTEE, "has no number"),
    ],
)
def test_a_committee_that_cannot_be_read_is_reported(html: str, url: str, what: str) -> None:
    with pytest.raises(UnknownStructureError, match=what):
        read(html, "committee", url)


def test_a_committee_that_is_known_is_not_told_by_the_agenda() -> None:
    known = Organization(id="1", url=f"{BASE}gr020?GRLFDNR=1", name="Stadtrat")
    context = {"organizations": committees.told([known])}
    records = read(agenda(item("Ö 1", "a", "7")), "agenda", URL, context)
    assert only(records, Organization) == []
    assert only(records, Meeting)[0].organization_id == "1"


# -- paper -----------------------------------------------------------------------------------

PAPER = f"{BASE}vo020?VOLFDNR=9&refresh=false"
PARTS = (
    '<div><h2 class="expandedTitle">Begründung</h2><div class="docPart"><p>Erstens.</p>'
    "<p>&#xa0;</p><p>Zweitens.</p></div></div>"
)


def attachment(number: int, name: str, place: int = 0) -> str:
    return (
        f'<a class="attlink pdf" href="./vo020?{number}--anlagenHeaderPanel-attachmentsList-{place}'
        f'-attachment-link&amp;VOLFDNR=9&amp;refresh=false">{name}</a>'
    )


def paper(more: str = "", status: str = "öffentlich") -> str:
    return (
        '<html><body><main id="pageContent"><h1 class="title">Antrag - Eil - 469/2026</h1>'
        f'<span id="vobetreff"><p>Betreff</p></span><span id="vostatus">{status}</span>'
        f"<span id='vofamt'>Amt</span>{more}</main></body></html>"
    )


def test_a_paper_with_its_words() -> None:
    (found,) = only(read(paper(PARTS), "paper", PAPER), Paper)
    assert (found.reference, found.paper_type) == ("469/2026", "Antrag - Eil")
    assert found.main_text == "Begründung\nErstens.\nZweitens."


def test_a_closed_paper_shows_no_text_and_its_files_are_closed() -> None:
    document = '<a class="doclink" href="./wicket/resource/x/doc5.pdf">Vorlage</a>'
    records = read(
        paper(PARTS + document + attachment(3, "Plan"), status="nichtöffentlich"), "paper", PAPER
    )
    assert [(each.is_public, each.main_text) for each in only(records, Paper)] == [(False, None)]
    assert [each.is_public for each in only(records, File)] == [False, False]


@pytest.mark.parametrize("status", ["", "in Arbeit"])
def test_a_paper_that_does_not_say_whether_it_is_public_is_reported(status: str) -> None:
    with pytest.raises(UnknownStructureError, match="does not say whether it is public"):
        read(paper(status=status), "paper", PAPER)


def test_wicket_s_page_numbers_change_no_record() -> None:
    names = attachment(3, "Plan") + attachment(3, "Plan", 1) + attachment(3, "Foto", 2)
    records = read(paper(names), "paper", PAPER)
    again = read(paper(names.replace("?3--", "?17--")), "paper", PAPER)
    assert records == again
    files = only(records, File)
    assert len({each.id for each in files}) == 3
    assert all(each.id.startswith("9-") and each.web_url == PAPER for each in files)


def test_the_way_of_a_paper() -> None:
    heads = "".join(
        f"<th>{name}</th>" for name in ("Status", "Datum", "Gremium", "Beschluss", "NA")
    )

    def line(*cells: str) -> str:
        return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"

    body = (
        line('<span class="wfcolorDesc">Erledigt</span>', " ", "Bauausschuss", "Vorberatung", "")
        + line("", "2026 Sep 30", '<a href="./to010?SILFDNR=4&amp;TOLFDNR=5">x</a>', "vertagt", "")
        + line("", "2026 Oct 07", '<a href="./to010?SILFDNR=6&amp;TOLFDNR=7">x</a>', "", "")
        + line('<span class="wfcolorDesc">Geplant</span>', " ", "Stadtrat", "Entscheidung", "")
    )
    head = f"<thead><tr>{heads}</tr></thead>"
    table = f'<div id="bfTable"><table>{head}<tbody>{body}</tbody></table></div>'
    steps = only(read(paper(table), "paper", PAPER), Consultation)
    assert [
        (each.organization_name, each.date_text, each.agenda_item_id, each.role, each.result)
        for each in steps
    ] == [
        ("Bauausschuss", "2026 Sep 30", "5", "Vorberatung", "vertagt"),
        ("Bauausschuss", "2026 Oct 07", "7", "Vorberatung", None),
        ("Stadtrat", None, None, "Entscheidung", None),
    ]
    assert [each.is_authoritative for each in steps] == [False, False, True]
    known = Organization(id="12", url=BASE, name="Stadtrat")
    context = {"organizations": committees.told([known])}
    named = only(read(paper(table), "paper", PAPER, context), Consultation)
    assert [each.organization_id for each in named] == [None, None, "12"]
    with pytest.raises(UnknownStructureError, match="no month"):
        read(paper(table.replace("2026 Sep 30", "2026 Xyz 30")), "paper", PAPER)
    with pytest.raises(UnknownStructureError, match="has the columns"):
        read(paper(table.replace("Gremium", "Station")), "paper", PAPER)


def test_a_withheld_paper_has_no_records() -> None:
    assert read("<html><p>Keine Information verfügbar</p></html>", "paper", PAPER) == []


def test_a_page_tells_its_kind() -> None:
    kinds = {
        "calendar": rows(),
        "agenda": agenda(""),
        "paper": paper(),
        "item": item_page(),
        "committees": committee_rows('<td><a href="./gr020?GRLFDNR=4">A</a></td>'),
        "committee": seats(seat(1, "A B")),
        "calendar_page": '<script>{"u":"./si010?0-1.0-&MM=10&YY=2026"}</script>',
        "committees_page": '<script>{"u":"./gr010;jsessionid=A?0-1.0-"}</script>',
    }
    assert {kind: allris4.page_kind("", html.encode()) for kind, html in kinds.items()} == {
        kind: kind for kind in kinds
    }
    assert allris4.page_kind("", b"\xff") is None
    with pytest.raises(UnknownStructureError, match="name one of"):
        read("", "person")


# -- fetch -------------------------------------------------------------------------------------


class Server:
    """A server with one meeting and paper a month; its first session ends too early."""

    def __init__(self) -> None:
        self.pages = 0
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        name = request.url.path.rsplit("/", 1)[-1]
        query = request.url.query.decode()
        if name == "gr010":
            return httpx.Response(404)
        if name == "si010" and "-1.0-" not in query:
            self.pages += 1
            script = (
                f'Wicket.Ajax.ajax({{"u":"./si010?{self.pages}-1.0-&amp;{query}","c":"id2a"}});'
            )
            return httpx.Response(
                200, text=f"<script>{script}</script></html>", headers={"set-cookie": "J=1; path=/"}
            )
        if name == "si010" and self.pages == 1:
            text = "<ajax-response><redirect><![CDATA[./si010]]></redirect></ajax-response>"
            return httpx.Response(200, text=text)
        if name == "si010":
            return httpx.Response(
                200, text=rows(row("02", published(int(request.url.params["MM"]))))
            )
        if name == "to010":
            links = (
                '<td class="tovonr"><a href="./vo020?VOLFDNR=9&amp;refresh=false">1/26</a></td>',
                '<td class="tovonr"><a href="./vo020?VOLFDNR=8&amp;refresh=false">2/26</a></td>',
            )
            return httpx.Response(
                200, text=agenda(item("Ö 1", "a", "7", links[0]) + item("N 1", "b", "8", links[1]))
            )
        return httpx.Response(200, text=paper(attachment(self.pages, "Plan")))


def client_of(server: Server) -> Client:
    return support.client(BASE, server)


def test_the_crawl_speaks_wicket_and_begins_again_when_the_session_ends() -> None:
    city = support.at("trier", BASE)
    server = Server()
    month = dt.date.today() + dt.timedelta(days=80)  # noqa: DTZ011 - the crawl's last month or so
    with client_of(server) as client:
        answers = list(allris4.fetch(city, month, client))
    assert client.problems == []
    assert [each.kind for each in answers][:3] == ["calendar_page", "calendar", "agenda"]
    assert [each.url for each in answers if each.kind == "paper"] == [PAPER]
    called = [each for each in server.asked if b"-1.0-" in each.url.query]
    assert called[0].url.params["MM"] == called[1].url.params["MM"]
    for request in called:
        assert request.headers["wicket-ajax"] == "true"
        assert request.headers["wicket-ajax-baseurl"].startswith("si010?MM=")
        assert request.headers["x-requested-with"] == "XMLHttpRequest"
        assert request.headers["cookie"] == "J=1"


TRIER = cities.load("trier")


def crawled(serve: Callable[[httpx.Request], httpx.Response]) -> tuple[list[Fetched], list[str]]:
    """The answers of a crawl over the last days of the window, and what was reported."""
    city = support.at("trier", BASE)
    month = dt.date.today() + dt.timedelta(days=80)  # noqa: DTZ011 - the crawl's last month or so
    client = support.client(BASE, serve)
    with client:
        answers = list(allris4.fetch(city, month, client))
        return answers, [problem.what for problem in client.problems]


@pytest.mark.parametrize(
    "refusal", [(404, ""), (410, ""), (200, "<html>Fehler</html>")], ids=["404", "410", "page"]
)
def test_an_item_s_page_is_asked_for_after_its_agenda(refusal: tuple[int, str]) -> None:
    link = '<a id="betreff_{0}" href="./to020?TOLFDNR={0}&amp;SILFDNR=1">x</a>'
    icon = '<td class="attach"><img src="images/attach.svg"></td>'
    page = agenda(item("Ö 1", link.format(7), "7", icon) + item("Ö 2", link.format(8), "8", icon))
    asked: list[str] = []

    def serve(request: httpx.Request) -> httpx.Response:
        name = request.url.path.rsplit("/", 1)[-1]
        if name == "si010":
            return shown(rows(row("02", published(1))).replace("ajax-response", "html"))
        if name == "gr010":
            return httpx.Response(404)
        asked.append(name)
        if name == "to010":
            return shown(page)
        # The server knows who came from the agenda; the cookie of the calendar is not enough.
        if asked.count("to010") < 2:
            return httpx.Response(refusal[0], text=refusal[1])
        return shown(item_page(number="Ö " + request.url.params["TOLFDNR"]))

    answers, problems = crawled(serve)
    assert problems == []
    items = [each for each in answers if each.kind == "item"]
    assert [record.id for each in items for record in only(list(allris4.parse(each)), AgendaItem)][
        :2
    ] == ["7", "8"]
    assert asked[:5] == ["to010", "to020", "to010", "to020", "to020"]


def test_what_helps_no_item_is_tried_once_an_agenda() -> None:
    link = '<a id="betreff_{0}" href="./to020?TOLFDNR={0}&amp;SILFDNR=1">x</a>'
    icon = '<td class="attach"><img src="images/attach.svg"></td>'
    lines = [item(f"Ö {n}", link.format(n), str(n), icon) for n in range(1, 6)]
    asked: list[str] = []

    def serve(request: httpx.Request) -> httpx.Response:
        name = request.url.path.rsplit("/", 1)[-1]
        asked.append(name)
        if name == "si010":
            return shown(rows(row("02", published(1))).replace("ajax-response", "html"))
        if name == "to010":
            return shown(agenda("".join(lines)))
        return httpx.Response(404) if name == "gr010" else shown("<html>Fehler</html>")

    answers, _ = crawled(serve)
    assert len([each for each in answers if each.kind == "item"]) == 5
    assert (asked.count("to010"), asked.count("to020")) == (2, 6)


@pytest.mark.parametrize(("status", "problems"), [(404, 0), (410, 0), (500, 1)])
def test_a_server_without_a_list_of_committees_is_no_failure(status: int, problems: int) -> None:
    def serve(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("gr010"):
            return httpx.Response(status)
        return shown(rows().replace("ajax-response", "html"))

    _, told = crawled(serve)
    assert len(told) == problems


def test_rows_that_stay_away_are_reported_once() -> None:
    def serve(request: httpx.Request) -> httpx.Response:
        query = request.url.query.decode()
        if request.url.path.endswith("gr010"):
            return httpx.Response(404)
        if "-1.0-" in query:
            return httpx.Response(410)
        return shown(f'<script>{{"u":"./si010?0-1.0-&amp;{query}"}}</script></html>')

    answers, told = crawled(serve)
    assert answers == []
    assert told
    assert set(told) == {"HTTP 410"}


def script(*responses: httpx.Response) -> tuple[Client, list[httpx.Request]]:
    """A client whose server gives these answers in turn, and the requests it got."""
    asked: list[httpx.Request] = []
    left = list(responses)

    def serve(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return left.pop(0)

    client = support.client(BASE, serve)
    return client, asked


def shown(text: str) -> httpx.Response:
    return httpx.Response(200, text=text, headers={"set-cookie": "J=1; path=/"})


PDF = httpx.Response(200, content=b"%PDF-1.7 x", headers={"content-type": "text/html"})
NOTHING = shown("<html><p>Fehler</p></html>")
(PLAN,) = only(read(paper(attachment(3, "Plan")), "paper", PAPER), File)
DOCUMENT = '<a class="doclink" href="./wicket/resource/x/doc5.pdf">Vorlage</a>'
(MAIN,) = only(read(paper(DOCUMENT), "paper", PAPER), File)


def test_an_attachment_is_found_by_its_name_wherever_it_moved() -> None:
    moved = paper(attachment(8, "Foto") + attachment(8, "Plan", 1))
    client, asked = script(shown(moved), PDF)
    with client:
        assert allris4.fetch_file(PLAN, client).body.startswith(b"%PDF")
    assert "vo020?8--anlagenHeaderPanel-attachmentsList-1-" in str(asked[1].url)


@pytest.mark.parametrize(
    "refusal", [httpx.Response(404), httpx.Response(410), NOTHING], ids=["404", "410", "page"]
)
def test_a_session_that_ended_is_begun_again_once(refusal: httpx.Response) -> None:
    page = paper(attachment(3, "Plan"))
    client, asked = script(shown(page), refusal, shown(page.replace("?3--", "?0--")), PDF)
    with client:
        assert allris4.fetch_file(PLAN, client).body.startswith(b"%PDF")
    assert [request.headers.get("cookie") for request in asked] == [None, "J=1", None, "J=1"]
    client, asked = script(shown(page), refusal, shown(page), refusal)
    with client, pytest.raises(FetchError, match="in its place") as caught:
        allris4.fetch_file(PLAN, client)
    # Nobody said that the file is gone, so it must not be taken for withdrawn.
    assert not isinstance(caught.value, HttpStatusError)
    assert len(asked) == 4


def test_a_redirect_to_the_page_is_no_attachment() -> None:
    page = shown(paper(attachment(3, "Plan")))
    away = httpx.Response(302, headers={"location": "./vo020?VOLFDNR=9&refresh=false"})
    client, _ = script(page, away, page, page, PDF)
    with client:
        assert allris4.fetch_file(PLAN, client).body.startswith(b"%PDF")


def test_an_attachment_that_the_page_no_longer_has_is_a_problem() -> None:
    client, asked = script(shown(paper()), NOTHING)
    with client, pytest.raises(FetchError, match="no longer has the attachment") as caught:
        allris4.fetch_file(PLAN, client)
    assert not isinstance(caught.value, HttpStatusError)
    assert len(asked) == 2


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_is_gone_twice_takes_its_attachments_with_it(status: int) -> None:
    client, asked = script(httpx.Response(status), httpx.Response(status))
    with client, pytest.raises(HttpStatusError):
        allris4.fetch_file(PLAN, client)
    assert len(asked) == 2


def test_a_document_needs_no_page() -> None:
    client, asked = script(PDF)
    with client:
        assert allris4.fetch_file(MAIN, client).body.startswith(b"%PDF")
    assert [str(request.url) for request in asked] == [MAIN.url]


@pytest.mark.parametrize("refusal", [httpx.Response(404), NOTHING], ids=["404", "page"])
def test_a_document_that_is_listed_is_asked_for_from_its_page(refusal: httpx.Response) -> None:
    client, asked = script(refusal, shown(paper(DOCUMENT)), PDF)
    with client:
        assert allris4.fetch_file(MAIN, client).body.startswith(b"%PDF")
    assert asked[2].headers["referer"] == PAPER
    client, _ = script(refusal, shown(paper(DOCUMENT)), refusal)
    with client, pytest.raises(FetchError, match="is listed, but") as caught:
        allris4.fetch_file(MAIN, client)
    assert not isinstance(caught.value, HttpStatusError)


@pytest.mark.parametrize(
    ("page", "is_gone"),
    [
        (shown(paper()), True),
        (httpx.Response(410), True),
        (NOTHING, False),
        (httpx.Response(500), False),
    ],
    ids=["not listed", "page gone", "error page", "server error"],
)
def test_a_document_is_gone_only_by_the_word_of_its_page(
    page: httpx.Response, is_gone: bool
) -> None:
    client, _ = script(httpx.Response(404), page)
    with client, pytest.raises(FetchError) as caught:
        allris4.fetch_file(MAIN, client)
    error = caught.value
    assert (isinstance(error, HttpStatusError) and error.status == 404) is is_gone


# -- pages that nobody wrote --------------------------------------------------------------------

SEEDS = {
    "calendar": rows(row("01", published(1, " am Do., 01.10.2026 um 17:00 Uhr."), weekday="Thu")),
    "calendar_page": '<script>{"u":"./si010?0-1.0-&MM=10&YY=2026"}</script></html>',
    "agenda": agenda(item("", "Öffentlicher Teil") + item("Ö 1", "a", "7")),
    "paper": paper(PARTS + attachment(3, "Plan")),
    "item": item_page(box("Beschluss", "Ja.") + box("Abstimmungsergebnis", "Ja: 2, Nein: 1")),
    "committees": committee_rows(
        "<td>Ausschüsse</td><td></td>", '<td><a href="./gr020?GRLFDNR=4">A</a></td><td>3</td>'
    ),
    "committees_page": '<script>{"u":"./gr010?0-1.0-"}</script></html>',
    "committee": seats(seat(1, "Frau Dr. A B", "Vorsitz", "F", "01.07.2024", "")),
}
TRAPS = ["<", ">", '"', "\0", "</td>", "<table>", "]]>", "٣", "31.02.2026", "25:99", "<!--", "&#0;"]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(sorted(SEEDS)),
    support.edits(1500, TRAPS),
    st.sampled_from(
        [URL, BASE, PAPER, ITEM, COMMITTEE, f"{BASE}si010?MM=99&YY=0", "http://[", "file:x"]
    ),
)
def test_a_mutated_page_is_read_or_reported(
    kind: str, edits: list[tuple[int, int, str]], url: str
) -> None:
    html = support.mutated(SEEDS[kind], edits)
    again = partial(read, html, kind, url)
    assert support.outcome(again) == support.outcome(again)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(allris4.PAGES), st.binary(max_size=300))
def test_any_bytes_are_read_or_reported(kind: str, body: bytes) -> None:
    support.read_or_reported(allris4, kind, body, BASE)
