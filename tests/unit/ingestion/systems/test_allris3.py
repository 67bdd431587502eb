"""ALLRIS 3's traps, each on the smallest page that has it; and pages that nobody wrote."""

import datetime as dt
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
from ingestion.systems import allris3
from ingestion.systems.allris3 import agenda
from ingestion.systems.allris3.fetch import essence
from tests.unit.ingestion.systems import support
from tests.unit.ingestion.systems.support import only

BASE = "https://rat.example/bi/"
OCTOBER = {"year": "2026", "month": "10"}


def answer(html: str, kind: str, url: str = BASE, context: dict[str, str] | None = None) -> Fetched:
    return support.answer(html.encode("cp1252", "replace"), kind, url, context)


def read(
    html: str, kind: str, url: str = BASE, context: dict[str, str] | None = None
) -> list[Record]:
    return list(allris3.parse(answer(html, kind, url, context)))


def page(program: str, body: str, title: str = "", number: str = "") -> str:
    own = f'<meta name="objectID" content="{number}" />' if number else ""
    return (
        '<html><head><meta http-equiv="content-type" content="text/html; charset=iso-8859-1" />'
        f'{own}</head><body><div id="allriscontainer" class="{program}"><div id="risname">'
        f"<h1>{title}</h1></div>{body}</div></body></html>"
    )


def rows(*cells: str) -> str:
    listed = "".join(f'<tr class="zl1{n % 2 + 1}">{each}</tr>' for n, each in enumerate(cells))
    return f'<table class="tl1"><tr class="zk1"><th>TOP</th></tr>{listed}</table>'


def label(name: str, value: str) -> str:
    return f'<tr><td class="kb1">{name}:</td>\n<td class="text1">{value}</td></tr>'


def text(code: str, words: str) -> str:
    return (
        f'<!-- ### {code}1.rtf --><a name="allris{code}"></a><?xml version="1.0"?><!DOCTYPE html>'
        f"<html><head><title></title></head><body> <hr /><div><p>{words}</p></div></body></html>"
    )


# -- calendar --------------------------------------------------------------------------------


def day(weekday: str, number: str, time: str, name: str, room: str = "Saal") -> str:
    cells = (weekday, number, time, "", name, room)
    return "".join(f'<td class="text2">{cell}</td>' for cell in cells)


def linked(number: int, name: str = "Sitzung des Rates") -> str:
    return f'<a href="to010.asp?SILFDNR={number}&amp;x=1">{name}</a>'


def test_a_calendar_passes_days_on_and_knows_meetings_without_an_agenda() -> None:
    html = page(
        "si010",
        rows(
            day("Do", "1", "18:00 - 20:15", linked(7)),
            day("&nbsp;", "&nbsp;", "19.30 Uhr", linked(8, "Ortsrat (fällt aus)")),
            day("Fr", "2", "", "Bauausschuss"),
        ),
    )
    first, second, third = only(read(html, "calendar", context=OCTOBER), Meeting)
    assert (first.id, first.name, first.url) == (
        "7",
        "Sitzung des Rates",
        f"{BASE}to010.asp?SILFDNR=7",
    )
    assert first.end_at is not None
    assert first.end_at.isoformat() == "2026-10-01T20:15:00+02:00"
    assert (second.date_text, second.name, second.is_cancelled) == ("01.10.2026", "Ortsrat", True)
    assert (second.has_time, second.location) == (True, "Saal")
    assert (third.id, third.has_agenda, third.has_time) == ("2026-10-02-bauausschuss", False, False)


def test_a_responsive_calendar_and_a_range_with_full_dates_read_alike() -> None:
    link = linked(9).replace("to010", "to010_r")
    row = f"<tr><td>03.09.2026</td><td>18:00</td><td>{link}</td></tr>"
    html = page("si010", f'<table class="calenderView"><tbody>{row}</tbody></table>')
    (meeting,) = only(read(html, "calendar", f"{BASE}si010_r.asp?MM=9&YY=2026"), Meeting)
    assert (meeting.id, meeting.date_text) == ("9", "03.09.2026")
    assert meeting.url == f"{BASE}to010_r.asp?SILFDNR=9"


@pytest.mark.parametrize(
    ("html", "context", "what"),
    [
        (page("si010", rows(day("Do", "1", "", linked(1)))), {}, "does not tell its month"),
        (page("si010", rows(day("Fr", "1", "", linked(1)))), OCTOBER, "01.10.2026 is no Fr"),
        (page("si010", rows(day("Do", "41", "", linked(1)))), OCTOBER, "day is '41'"),
        (page("si010", rows(day("Do", "1", "27:00", linked(1)))), OCTOBER, "hour"),
        (page("si010", rows(day("", "", "", linked(1)))), OCTOBER, "no name or no day"),
        (page("si010", "<p>Fehler</p>"), OCTOBER, "no calendar"),
        ("Zugriff verweigert (Programm si010.asp).<br>", OCTOBER, "does not release"),
        (page("si010", rows(day("Do", "1", "", linked(1))))[:-9], OCTOBER, "cut off"),
    ],
)
def test_a_calendar_that_cannot_be_read_is_reported(
    html: str, context: dict[str, str], what: str
) -> None:
    with pytest.raises(UnknownStructureError, match=what) as caught:
        read(html, "calendar", context=context)
    assert caught.value.mend


# -- agenda ----------------------------------------------------------------------------------

AGENDA = f"{BASE}to010.asp?SILFDNR=5"
HEAD = (
    "<table>"
    + "".join(
        label(name, value)
        for name, value in {
            "Bezeichnung": "Sitzung des Rates",
            "Gremium": '<a href="au020.asp?T1=x&amp;AULFDNR=3">Rat</a>',
            "Datum": "Mo, 03.11.2025",
            "Status": "öffentlich/nichtöffentlich",
            "Zeit": "18:00 - 19:45",
            "Raum": "Saal",
            "Ort": "Markt 1",
        }.items()
    )
    + "</table>"
)


def item(number: str, subject: str, result: str = "", paper: str = "", key: int = 0) -> str:
    form = f'<input class="il1_naz" title="{result}" />' if result else ""
    sign = f'<a href="to010.asp?SILFDNR=5&TOLFDNR={key}&BES=1">{number}</a>' if key else number
    return (
        f'<td class="text4">{sign}</td><td>&nbsp;</td><td>{form}</td><td>{subject}</td>'
        f"<!--{key} --><td>&nbsp;</td><td>&nbsp;</td><td>{paper}</td><td>&nbsp;</td>"
    )


def to010(*items: str, head: str = HEAD) -> str:
    return page("to010", head + rows(*items), "Tagesordnung - Sitzung des Rates", "5")


PAPER_LINK = '<a href="vo020.asp?VOLFDNR=77">22-1</a>'


def test_items_are_public_only_where_their_number_says_so() -> None:
    html = to010(
        item("Ö&nbsp;1", "Offen", "(offen)", key=1),
        item('<span title="Nachtrags-TOP">Ö&nbsp;2</span>', "Spät", "beschlossen", PAPER_LINK, 2),
        item("N&nbsp;1", "Grundstück", "beschlossen", PAPER_LINK.replace("77", "78"), 3),
        item("3", "Ohne Zeichen", "beschlossen", PAPER_LINK.replace("77", "78"), 4),
    )
    first, late, closed, unmarked = only(read(html, "agenda", AGENDA), AgendaItem)
    assert (first.is_public, first.result, first.paper_id) == (True, None, None)
    assert (late.is_supplement, late.result, late.paper_id) == (True, "beschlossen", "77")
    for each in (closed, unmarked):
        assert each.is_public is False
        assert (each.result, each.paper_id, each.paper_reference) == (None, None, None)
    assert [number for number, _ in agenda.paper_links(answer(html, "agenda", AGENDA))] == ["77"]


def test_an_unmarked_item_is_public_where_the_whole_meeting_is() -> None:
    html = to010(
        item("1", "Bürger", key=1),
        item("N 2", "Zu", key=2),
        head=HEAD.replace("öffentlich/nichtöffentlich", "öffentlich"),
    )
    assert [each.is_public for each in only(read(html, "agenda", AGENDA), AgendaItem)] == [
        True,
        False,
    ]


def test_the_title_is_found_without_a_page_of_its_own() -> None:
    note = 'Eingaben <span title="Zusatzinfo">(neu)</span>'
    wide, narrow = item("Ö&nbsp;1", note, key=1), "<td>Ö 2</td><td>x</td><td>Verschiedenes</td>"
    found = only(read(to010(wide, narrow), "agenda", AGENDA), AgendaItem)
    assert [each.name for each in found] == ["Eingaben", "Verschiedenes"]
    assert found[1].id == "5-o-2"


def test_a_repeated_number_stays_two_items() -> None:
    html = to010(item("Ö 1", "a", key=1), item("Ö 1", "a", key=1))
    assert [each.id for each in only(read(html, "agenda", AGENDA), AgendaItem)] == ["1", "1-2"]


def test_forms_and_links_to_the_document_program_are_one_document() -> None:
    form = (
        '<form action="do027.asp"><input type="hidden" name="DOLFDNR" value="9" />'
        '<input type="hidden" name="options" value="64" /><input type="submit" value="TO" '
        'title="Nachtragstagesordnung (Öffnet PDF-Datei in neuem Fenster)" /></form>'
    )
    link = '<a href="do027.asp?DOLFDNR=9&amp;options=64&amp;sid=1">Tagesordnung</a>'
    (file,) = only(read(to010(head=HEAD + form + link), "agenda", AGENDA), File)
    assert file.url == f"{BASE}do027.asp?DOLFDNR=9&options=64"
    assert (file.id, file.name, file.role) == ("9", "Nachtragstagesordnung", "invitation")


def test_committees_are_numbered_each_for_themselves() -> None:
    (committee,) = only(read(to010(), "agenda", AGENDA), Organization)
    assert (committee.id, committee.classification) == ("au-3", "Ausschuss")
    assert committee.url == f"{BASE}au020.asp?AULFDNR=3"


@pytest.mark.parametrize(
    ("html", "what"),
    [
        (page("to010", HEAD, number="5"), "no agenda"),
        (to010().replace('content="5"', ""), "no number of its meeting"),
        (to010(item("Ö 1", "", key=1)), "no title"),
        (to010(head=HEAD.replace("03.11.2025", "")), "no date"),
        (to010(head=HEAD.replace("03.11.2025", "31.11.2025")), "day is out of range"),
    ],
)
def test_an_agenda_that_cannot_be_read_is_reported(html: str, what: str) -> None:
    with pytest.raises(UnknownStructureError, match=what):
        read(html, "agenda")


# -- item ------------------------------------------------------------------------------------


def to020(number: str = "Ö&nbsp;2.1", texts: str = "") -> str:
    head = (
        '<table><tr><td class="text1"><a href="to010.asp?SILFDNR=5">Sitzung</a></td></tr>'
        + label("TOP", number)
        + label("Beschlussart", "ungeändert beschlossen")
        + '<tr><td><a href="vo020.asp?VOLFDNR=77">22-1 Der Titel</a></td></tr></table>'
    )
    body = f"<table><tr><td>{head}{texts}</td></tr></table>"
    return page("to020", body, "Auszug - Radweg", "8")


def test_an_item_s_page_tells_resolution_and_vote_and_no_debate() -> None:
    texts = (
        text("WP", "Frau Muster spricht.")
        + text("BS", "Der Rat beschließt.")
        + text("AE", "Ja-Stimmen: 12, Nein-Stimmen: 3, Enthaltungen: 1")
    )
    told = {"position": "4", "is_supplement": "true", "name": "Radweg Nord"}
    records = read(to020(texts=texts), "item", context=told)
    (found,), (vote,) = only(records, AgendaItem), only(records, Vote)
    assert (found.id, found.meeting_id, found.position, found.name) == ("8", "5", 4, "Radweg Nord")
    assert (found.resolution_text, found.paper_id) == ("Der Rat beschließt.", "77")
    assert (found.paper_reference, found.is_supplement) == ("22-1", True)
    assert (vote.id, vote.yes_count, vote.no_count, vote.abstention_count) == ("8", 12, 3, 1)
    assert not any("Muster" in each.model_dump_json() for each in records)


def test_a_closed_item_s_page_is_kept_bare() -> None:
    records = read(to020("N&nbsp;1", text("BS", "geheim")), "item")
    (found,) = only(records, AgendaItem)
    assert (found.is_public, found.result, found.resolution_text) == (False, None, None)
    assert found.paper_id is None
    assert only(records, Vote) == []


def test_an_item_s_page_without_a_meeting_is_reported() -> None:
    with pytest.raises(UnknownStructureError, match="no item with number"):
        read(to020().replace("to010", "xx"), "item")


# -- paper -----------------------------------------------------------------------------------

PAPER = f"{BASE}vo020.asp?VOLFDNR=9"
WAY = (
    '<tr><td class="kb1" colspan="4">Beratungsfolge:</td></tr><tr><td colspan="4"><table>'
    '<tr class="zl12"><td bgcolor="x" title="Erledigt"></td><td class="text1">Bauausschuss</td>'
    '<td class="text1">Vorberatung</td></tr>'
    '<tr class="zl12"><td bgcolor="x" title="Erledigt"></td><td class="text2">01.10.2026&nbsp;</td>'
    '<td><form action="to010.asp?topSelected=41"></form></td>'
    '<td><a href="to010.asp?SILFDNR=4">Sitzung</a></td><td class="text3">empfohlen</td></tr>'
    '<tr class="zl12"><td bgcolor="x" title="Geplant"></td><td class="text1">Rat</td>'
    '<td class="text1"></td></tr>'
    '<tr class="zl12"><td bgcolor="x" title="Geplant"></td><td class="text1">Kreistag</td></tr>'
    "</table></td></tr>"
)
ATTACHED = (
    '<a href="___tmp/{0}/01/Plan.pdf">Plan</a><a href="___tmp/{0}/01/Plan.pdf">Plan (4,5 KB)</a>'
)


def vo020(more: str = "", status: str = "öffentlich", texts: str = "") -> str:
    head = (
        label("Betreff", "Radweg<br />Antrag")
        + f'<tr><td class="kb1">Status:</td><td>{status}</td><td class="kb1">Vorlage-Art:</td>'
        "<td>Antrag</td></tr>" + label("Federführend", "Amt 1") + WAY
    )
    body = f"<table><tr><td><table>{head}</table>{more}<hr />{texts}</td></tr></table>"
    return page("vo020", body, "Drucksache - 22-1&nbsp;", "9")


def test_a_paper_its_texts_and_its_way() -> None:
    texts = (
        text("SV", "Lage.")
        + text("BV", "Beschluss.")
        + '<table class="tk1"><tr><td>Anlagen</td></tr></table>'
    )
    records = read(vo020(texts=texts), "paper")
    (found,) = only(records, Paper)
    assert (found.id, found.name, found.reference) == ("9", "Radweg Antrag", "22-1")
    assert (found.paper_type, found.under_direction_of) == ("Antrag", "Amt 1")
    assert found.main_text == "Sachverhalt\nLage.\n\nBeschlussvorschlag\nBeschluss."
    first, council, district = only(records, Consultation)
    assert (first.organization_name, first.role, first.result) == (
        "Bauausschuss",
        "Vorberatung",
        "empfohlen",
    )
    assert (first.meeting_id, first.agenda_item_id, first.date) == ("4", "41", dt.date(2026, 10, 1))
    assert [(each.organization_name, each.state, each.date) for each in (council, district)] == [
        ("Rat", "Geplant", None),
        ("Kreistag", "Geplant", None),
    ]


def test_an_attachment_has_one_lasting_address_whatever_folder_serves_it() -> None:
    (first,) = only(read(vo020(ATTACHED.format("a-1/b")), "paper", PAPER), File)
    (again,) = only(read(vo020(ATTACHED.format("c-2/d")), "paper", PAPER), File)
    assert first == again
    assert first.url.startswith(f"{PAPER}#anlage-")
    assert (first.name, first.web_url, first.mime_type) == ("Plan", PAPER, "application/pdf")
    one, two = (vo020(ATTACHED.format(folder)).encode() for folder in ("a-1/b", "c-2/d"))
    assert essence(one) == essence(two)
    # Nobody's page takes longer than its length.
    assert essence(b"___tmp/" * 300_000) == b"___tmp/"


def test_two_attachments_of_one_name_stay_two() -> None:
    more = '<a href="___tmp/a/1.pdf">Plan</a><a href="___tmp/a/2.pdf">Plan</a>'
    assert len({each.id for each in only(read(vo020(more), "paper", PAPER), File)}) == 2


def test_a_closed_paper_shows_no_text_and_its_files_are_closed() -> None:
    records = read(
        vo020(ATTACHED.format("a"), status="nichtöffentlich", texts=text("SV", "geheim")), "paper"
    )
    assert [(each.is_public, each.main_text) for each in only(records, Paper)] == [(False, None)]
    assert [each.is_public for each in only(records, File)] == [False]


@pytest.mark.parametrize(
    ("html", "what"),
    [
        (vo020(status=""), "does not say whether it is public"),
        (vo020().replace("Radweg<br />Antrag", ""), "no paper with a subject"),
        (vo020().replace('content="9"', ""), "no paper with a number"),
        (vo020().replace("01.10.2026", "01.13.2026"), "month must be"),
        (vo020().replace("Bauausschuss", ""), "neither committee nor date"),
        (vo020('<a href="___tmp/a/1.pdf"></a>'), "no name or no address"),
        (vo020(texts=text("SV", "x")[:-7]), "cut off"),
    ],
)
def test_a_paper_that_cannot_be_read_is_reported(html: str, what: str) -> None:
    with pytest.raises(UnknownStructureError, match=what):
        read(html, "paper")


# -- committees ------------------------------------------------------------------------------


def member(name: str, role: str, number: int = 1) -> str:
    return (
        f'<td></td><td></td><td><a href="kp020.asp?KPLFDNR={number}">{name}</a></td>'
        f'<td class="text1"><div>{role}</div></td><td class="text4"><div>Fraktion A</div></td>'
    )


def test_members_have_names_and_seats_and_nothing_else() -> None:
    reach = "<h3>Anschrift</h3><td class='text4'>040 12345</td><a href='mailto:a@b.example'>a@b</a>"
    seats = rows(
        member("Muster, Eva", "Vorsitz"),
        member("Muster, Eva", "Mitglied"),
        member("Jan Test", "", 2),
    )
    records = read(page("au020", reach + seats, "Bauausschuss&nbsp;", "3"), "committee")
    assert [(each.id, each.name) for each in only(records, Organization)] == [
        ("au-3", "Bauausschuss")
    ]
    first, _, third = only(records, Person)
    assert (first.name, first.family_name, first.given_name) == ("Eva Muster", "Muster", "Eva")
    assert (third.name, third.family_name) == ("Jan Test", None)
    assert [(each.id, each.role) for each in only(records, Membership)] == [
        ("au-3-1", "Vorsitz"),
        ("au-3-1-2", "Mitglied"),
        ("au-3-2", None),
    ]
    assert "12345" not in "".join(each.model_dump_json() for each in records)


def test_a_list_of_committees_names_each_once() -> None:
    link = (
        '<td><a href="au020.asp?AULFDNR=3&amp;T1=x">Rat</a><a href="mailto:x@y.example">x</a></td>'
    )
    found = read(page("au010", rows(link, link, "<td>leer</td>")), "committees")
    assert [each.id for each in only(found, Organization)] == ["au-3"]


@pytest.mark.parametrize(
    ("kind", "html", "what"),
    [
        ("committees", page("au010", "<p>nichts</p>"), "no list of committees"),
        ("committee", page("au020", "", "Rat"), "no committee with a number"),
        ("committee", page("zz020", "", "Rat", "3"), "no committee with a number"),
        ("committee", page("au020", rows("<td>x</td>"), "Rat", "3"), "no number or no name"),
        ("person", page("kp020", ""), "is no page of ALLRIS 3"),
    ],
)
def test_what_is_no_committee_is_reported(kind: str, html: str, what: str) -> None:
    with pytest.raises(UnknownStructureError, match=what):
        read(html, kind)


def test_a_page_tells_its_kind() -> None:
    kinds = {"si010": "calendar", "to020": "item", "fr020": "committee", "au010": "committees"}
    assert {
        program: allris3.page_kind("", page(program, "").encode()) for program in kinds
    } == kinds
    assert allris3.page_kind(f"{BASE}to010_r.asp?SILFDNR=1", b"<html>") == "agenda"
    assert read(page("allris.net", ""), "start") == []


# -- pages that nobody wrote -------------------------------------------------------------------

SEEDS = {
    "calendar": page("si010", rows(day("Do", "1", "18:00", linked(7)))),
    "agenda": to010(item("Ö&nbsp;1", "a", "beschlossen", PAPER_LINK, 1), item("N 1", "b", key=2)),
    "item": to020(texts=text("BS", "Ja: 3") + text("AE", "einstimmig")),
    "paper": vo020(ATTACHED.format("a"), texts=text("SV", "Lage.")),
    "committees": page("au010", rows('<td><a href="au020.asp?AULFDNR=3">Rat</a></td>')),
    "committee": page("au020", rows(member("Muster, Eva", "Vorsitz")), "Rat", "3"),
}
TRAPS = [
    "<",
    ">",
    '"',
    "\0",
    "</td>",
    "<table>",
    "٣",
    "31.02.2026",
    "25:99",
    "<!--",
    "&#0;",
    "</html>",
]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(sorted(SEEDS)),
    support.edits(2500, TRAPS),
    st.sampled_from([AGENDA, BASE, PAPER, f"{BASE}si010.asp?MM=99&YY=0", "http://[", "file:x"]),
)
def test_a_mutated_page_is_read_or_reported(
    kind: str, edits: list[tuple[int, int, str]], url: str
) -> None:
    html = support.mutated(SEEDS[kind], edits)
    again = partial(read, html, kind, url, OCTOBER)
    assert support.outcome(again) == support.outcome(again)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(allris3.PAGES), st.binary(max_size=300))
def test_any_bytes_are_read_or_reported(kind: str, body: bytes) -> None:
    support.read_or_reported(allris3, kind, body, BASE)
