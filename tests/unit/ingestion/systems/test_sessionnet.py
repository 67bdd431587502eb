"""SessionNet's traps, each on the smallest page that has it; and pages that nobody wrote."""

import dataclasses
import datetime as dt
from collections.abc import Callable
from functools import partial

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.http import Client
from ingestion.record import (
    AgendaItem,
    Consultation,
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
from ingestion.systems import sessionnet
from ingestion.systems.sessionnet import committee
from tests.unit.ingestion.systems import support
from tests.unit.ingestion.systems.support import only

BASE = "https://rat.example/bi/"
MONTHS = ("Jan", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez")


def page(name: str, body: str, *, title: str = "SessionNet | Seite", head: str = "") -> str:
    return (
        f'<!DOCTYPE html><html><head><meta name="sessionnet" content="V:050407"/><title>{title}'
        f'</title></head><body><div id="wrapper" class="smclayout smc_page_{name}_layout">{head}'
        f"{body}</div><footer><a href='dateien/getfile.pdf'>x</a>"
        '<a  href="/datenschutz.pdf">Datenschutz</a></footer></body></html>'
    )


def read(
    html: str, kind: str, url: str = BASE, context: dict[str, str] | None = None
) -> list[Record]:
    return list(sessionnet.parse(support.answer(html.encode(), kind, url, context)))


# -- calendar --------------------------------------------------------------------------------


def day_row(day: str, cell: str, name: str = "") -> str:
    return (
        f'<tr><td class="smc_fct_day">{day}</td><td class="smc_fct_daytext">{name}</td>'
        f'<td class="silink">{cell}</td></tr>'
    )


def calendar(rows: str, title: str = "SessionNet | Kalender 2026 September") -> str:
    table = f'<table id="smc_page_si0040_contenttable3"><tbody>{rows}</tbody></table>'
    return page("si0040", table, title=title)


LINKED = (
    '<div class="smc-el-h "><a  href="si0057.php?__ksinr=7" class="smc_datatype_si">Stadtrat</a>'
    '</div><ul class="smc-detail-list"><li>17:00&nbsp;Uhr</li><li>fällt aus</li><li>Saal</li></ul>'
)


def test_a_second_meeting_of_a_day_has_no_day_of_its_own() -> None:
    rows = day_row("3", LINKED, "Do") + day_row("&nbsp;", "<div>Bauausschuss</div>")
    first, second = only(read(calendar(rows), "calendar"), Meeting)
    assert first.start_at is not None
    assert first.start_at.isoformat() == "2026-09-03T17:00:00+02:00"
    assert (first.id, first.is_cancelled, first.has_agenda) == ("7", True, True)
    assert (first.name, first.location) == ("Stadtrat", "Saal")
    assert (second.id, second.has_time, second.has_agenda) == (
        "2026-09-03-bauausschuss",
        False,
        False,
    )
    assert second.url == BASE


def test_a_cancelled_meeting_may_be_a_sentence() -> None:
    row = '<tr><td class="smc_fct_day">4</td><td class="tename">{}</td></tr>'.format(
        "Die Sitzung des Sportausschusses fällt aus."
    )
    (meeting,) = only(read(calendar(row), "calendar"), Meeting)
    assert (meeting.name, meeting.is_cancelled) == ("Sitzung des Sportausschusses", True)
    assert meeting.organization_name is None


def test_a_meeting_without_an_agenda_has_a_page_of_its_data() -> None:
    cell = LINKED.replace("si0057", "si0050")
    (meeting,) = only(read(calendar(day_row("3", cell)), "calendar"), Meeting)
    assert (meeting.has_agenda, meeting.url) == (False, f"{BASE}si0050.php?__ksinr=7")


def test_the_number_of_a_calendar_entry_serves_where_there_is_no_link() -> None:
    row = (
        '<tr><td class="smc_fct_day">4</td><td class="silink">Kreistag</td>'
        '<td><a href="yvcs.asp?key=88">Termin</a></td></tr>'
    )
    assert read(calendar(row), "calendar")[0].id == "88"


@pytest.mark.parametrize(
    ("html", "what"),
    [
        (calendar(day_row("31", LINKED)), "day is '31'"),
        (calendar(day_row("x", LINKED)), "day is 'x'"),
        (calendar(day_row("", LINKED)), "no day"),
        (calendar(day_row("3", LINKED, "Mo")), "is no Mo"),
        (calendar(day_row("3", LINKED.replace("17:00", "27:00"))), "hour"),
        (calendar(day_row("3", LINKED), title="SessionNet | Sitzungen"), "month"),
        (page("si0040", "<p>Wartung</p>"), "no calendar"),
        ("<html><title>Fehler</title><h1>Fehler</h1></html>", "no SessionNet page"),
        (calendar("")[:200], "cut off"),
    ],
)
def test_a_calendar_that_cannot_be_read_is_reported(html: str, what: str) -> None:
    with pytest.raises(UnknownStructureError, match=what) as caught:
        read(html, "calendar")
    assert caught.value.url == BASE
    assert caught.value.mend


def test_the_month_may_come_from_the_request() -> None:
    html = calendar(day_row("3", LINKED), title="SessionNet | Sitzungen")
    by_address = read(html, "calendar", f"{BASE}si0040.php?__cjahr=2026&__cmonat=9")
    by_context = read(html, "calendar", context={"year": "2026", "month": "9"})
    assert only(by_address, Meeting)[0].date_text == only(by_context, Meeting)[0].date_text


# -- agenda ----------------------------------------------------------------------------------

HEAD = (
    '<div><div class="smc-table-cell siname">2026/1/SR (fällt aus)</div>'
    '<div class="smc-table-cell sigrname"><a href="kp0040.php?__kgrnr=12">Stadtrat</a></div>'
    '<div class="smc-table-cell sidat">03.09.2026</div>'
    '<div class="smc-table-cell yytime">15:00-14:00&nbsp;Uhr</div></div>'
)
DOCUMENT = '<a href="getfile.php?id={}&type=do" title="Dokument Download Dateityp: pdf">{}</a>'


def section(name: str) -> str:
    return f'<tr><td class="totrenn"><h2>{name}</h2></td></tr>'


def item(number: str, name: str, more: str = "") -> str:
    return (
        f'<tr><td class="tofnum"><span class="badge">{number}</span></td>'
        f'<td class="tobetr"><div class="smc-card-header-title-simple">{name}</div></td>{more}</tr>'
    )


def agenda(rows: str, head: str = HEAD) -> str:
    table = f'<table id="smc_page_si0057_contenttable9" class="smctablesitzung">{rows}</table>'
    return page("si0057", table, head=head)


URL = f"{BASE}si0057.php?__ksinr=9693"


def test_the_stricter_word_about_the_public_holds() -> None:
    files = "<td>" + DOCUMENT.format(1, "Vorlage") + "</td>"
    rows = (
        section("Öffentlicher Teil:")
        + item("Ö 1", "offen", files.replace("id=1", "id=11"))
        + item("NÖ 1", "zu, mitten im offenen Teil", files.replace("id=1", "id=12"))
        + section("Nicht öffentlicher Teil:")
        + item("Ö 2", "offen genannt, aber im geschlossenen Teil", files)
        + item("N 3", "zu")
        + section("Öffentlicher Teil, Fortsetzung:")
        + item("Nachtrag 4", "offen")
    )
    records = read(agenda(rows), "agenda", URL)
    items = only(records, AgendaItem)
    assert [each.is_public for each in items] == [True, False, False, False, True]
    assert [each.position for each in items] == [1, 2, 3, 4, 5]
    assert {each.id: each.is_public for each in only(records, File)} == {
        "11": True,
        "12": False,
        "1": False,
    }


def test_items_without_a_number_of_the_server_get_a_stable_one() -> None:
    rows = item("Ö 1", "a") + item("Ö 1", "b") + item("NÖ 1", "c") + item("", "d")
    ids = [each.id for each in only(read(agenda(rows), "agenda", URL), AgendaItem)]
    assert ids[:3] == ["9693-o1", "9693-o1-2", "9693-no1"]
    assert len(set(ids)) == 4
    assert ids == [each.id for each in only(read(agenda(rows), "agenda", URL), AgendaItem)]


def test_a_supplement_stands_in_the_number_but_not_in_the_id() -> None:
    late = 'Ö 3.1 <span class="smcf_tondat">Nachtrag: 01.09.2026</span> <span>*</span>'
    (found,) = only(read(agenda(item(late, "a")), "agenda", URL), AgendaItem)
    assert (found.number, found.id) == ("Ö 3.1", "9693-o3.1")
    assert found.is_supplement


def test_results_are_told_apart() -> None:
    boxes = "".join(
        f'<p class="smc_field_smcdv0_box2_{name}"><strong>{label}:</strong> {value}</p>'
        for name, label, value in (
            ("beschluss", "Beschluss", "ungeändert beschlossen"),
            ("abstimmung", "Abstimmung", "Ja:&nbsp;20, Nein:&nbsp;4"),
            ("text", "Beschlusstext", "Der Rat beschließt: ja."),
            ("neu", "Bemerkung", "steht sonst nirgends"),
        )
    )
    (found,) = only(read(agenda(item("Ö 1", "a", f"<td>{boxes}</td>")), "agenda", URL), AgendaItem)
    assert (found.result, found.vote_text, found.resolution_text) == (
        "ungeändert beschlossen",
        "Ja: 20, Nein: 4",
        "Der Rat beschließt: ja.",
    )


def test_the_head_of_a_meeting() -> None:
    records = read(agenda(item("Ö 1", "a")), "agenda", URL)
    (meeting,) = only(records, Meeting)
    assert (meeting.reference, meeting.is_cancelled) == ("2026/1/SR", True)
    assert (meeting.organization_id, meeting.organization_name) == ("12", "Stadtrat")
    assert meeting.end_at is not None
    assert meeting.end_at.isoformat() == "2026-09-04T14:00:00+02:00"
    assert [each.name for each in only(records, Organization)] == ["Stadtrat"]


def test_the_calendar_s_words_reach_the_agenda() -> None:
    html = agenda(item("1", "a"), head="<h1>Stadtrat 03.09.2026</h1>")
    context = {"__ksinr": "5", "time": "16:00 Uhr", "location": "Saal", "is_cancelled": "true"}
    (meeting,) = only(read(html, "agenda", BASE, context), Meeting)
    assert (meeting.id, meeting.name, meeting.time_text, meeting.location) == (
        "5",
        "Stadtrat",
        "16:00 Uhr",
        "Saal",
    )
    assert meeting.is_cancelled


def test_a_meeting_without_an_agenda_is_still_a_meeting() -> None:
    html = page("si0050", DOCUMENT.format(4, "Einladung"), head=HEAD)
    meeting, document = only(read(html, "agenda", URL), Meeting)[0], read(html, "agenda", URL)[-1]
    assert (meeting.has_agenda, document.id) == (False, "4")


def test_documents_are_those_of_this_server_s_getfile() -> None:
    links = (
        DOCUMENT.format(1, "")
        + DOCUMENT.format(1, "Einladung")
        + '<a href="https://other.example/getfile.php?id=2&type=do">fremd</a>'
        + '<a href="getfile.php?type=do">ohne Nummer</a><a href="x.pdf">PDF</a>'
        + DOCUMENT.format(3, "")
    )
    files = only(read(agenda(item("1", "a"), head=HEAD + links), "agenda", URL), File)
    assert [(each.id, each.name) for each in files] == [("1", "Einladung"), ("3", "Dokument 3")]
    assert files[0].mime_type == "application/pdf"
    assert files[0].role == "invitation"


@pytest.mark.parametrize(
    ("html", "url", "what"),
    [
        (page("si0057", "<p>leer</p>", head=HEAD), URL, "no agenda"),
        (agenda(item("Ö 1", "")), URL, "no title"),
        (agenda(item("Ö 1", "a")), BASE, "meeting's number"),
        (agenda(item("Ö 1", "a"), head=HEAD.replace("03.09.", "32.09.")), URL, "day"),
        (agenda(item("Ö 1", "a"), head=""), URL, "no name or no date"),
    ],
)
def test_an_agenda_that_cannot_be_read_is_reported(html: str, url: str, what: str) -> None:
    with pytest.raises(UnknownStructureError, match=what):
        read(html, "agenda", url)


# -- paper, consultations, committees -----------------------------------------------------------


def test_a_paper_needs_its_number_and_subject() -> None:
    html = page("vo0050", '<div class="vobetr">Betreff</div><div class="vodat">1.9.2026</div>')
    (paper,) = only(read(html, "paper", f"{BASE}vo0050.php?__kvonr=1"), Paper)
    assert (paper.name, paper.date) == ("Betreff", dt.date(2026, 9, 1))
    with pytest.raises(UnknownStructureError, match="number"):
        read(html, "paper")
    with pytest.raises(UnknownStructureError, match="subject"):
        read(page("vo0050", ""), "paper", f"{BASE}vo0050.php?__kvonr=1")


def test_a_closed_paper_shows_no_text() -> None:
    html = page(
        "vo0050",
        '<div class="vobetr">B</div><div class="vostatus">nichtöffentlich</div>'
        f'<div class="vobetext">geheim</div>{DOCUMENT.format(1, "x")}',
    )
    records = read(html, "paper", f"{BASE}vo0050.php?__kvonr=1")
    assert [each.main_text for each in only(records, Paper)] == [None]
    assert [each.is_public for each in only(records, File)] == [False]


def test_steps_as_cards_and_as_rows() -> None:
    cards = "".join(
        f'<div class="card card-light"><h2><button class="btn-link">{words}'
        f'<span class="smc-badges">2 Dok.</span></button></h2>{link}</div>'
        for words, link in (
            ("Informationen", ""),
            (
                "03.09.2026 Stadtrat TOP Ö 3 öffentlich - ungeändert beschlossen",
                '<a href="si0057.php?__ksinr=9" title="Details anzeigen">x</a>',
            ),
            ("01.10.2026 Bauausschuss", ""),
        )
    )
    rows = (
        '<table id="smc_page_vo0053_contenttable1"><tr><th>Datum</th></tr><tr><td class="sidat">'
        '05.10.2026</td><td class="silink"><a href="si0057.php?__ksinr=10">Rat</a></td>'
        '<td class="bfart">Entscheidung</td><td class="bfstatus">vertagt</td></tr></table>'
    )
    html = page("vo0053", cards + rows)
    steps = only(read(html, "consultations", f"{BASE}vo0053.php?__kvonr=1"), Consultation)
    assert [
        (each.meeting_id, each.organization_name, each.state, each.result) for each in steps
    ] == [
        ("9", "Stadtrat", "öffentlich", "ungeändert beschlossen"),
        (None, "Bauausschuss", None, None),
        ("10", "Rat", None, "vertagt"),
    ]
    assert steps[2].role == "Entscheidung"


def test_committees_of_a_list_and_of_their_own_page() -> None:
    rows = (
        '<table class="smc-table"><tr><td><a  href="kp0040.php?__kgrnr=2">Rat</a></td></tr>'
        '<tr><td><a href="kp0040.php?__kgrnr=3">Bau</a><a href="si0046.php?__kgrnr=3">S</a></td>'
        "</tr></table>"
    )
    listed = read(page("gr0040", rows), "committee")
    assert [each.id for each in listed] == ["2", "3"]
    head = "<h1>Bürgerinformationssystem der Stadt X -  Bauausschuss</h1>"
    (single,) = read(page("kp0040", "", head=head), "committee", f"{BASE}kp0040.php?__kgrnr=3")
    assert isinstance(single, Organization)
    assert (single.id, single.name) == ("3", "Bauausschuss")


MEMBERS = (
    '<table><tr><td class="smcfield_puname">Vorsitz:</td></tr><tr><td class="pename">'
    '<a  href="pe0051.asp?__kpenr=7">Frau Dr. Ida Muster</a></td><td class="pepartei">Grau</td>'
    '<td class="amname">Ratsmitglied</td></tr><tr><td class="smcfield_puname">mit beratender '
    'Stimme:</td></tr><tr><td class="pename">Jo Ohneseite</td><td class="pepartei"></td>'
    '<td class="amname">Beratendes Mitglied</td></tr></table><table><tr><td class="pename">'
    '<a href="pe0051.asp?__kpenr=7">Frau Dr. Ida Muster</a></td><td class="amname">Mitglied</td>'
    '<td class="mgadat">01.02.2015</td><td class="mgedat">03.04.2019</td></tr></table>'
)


def test_members_present_and_past_have_seats_and_only_the_linked_are_persons() -> None:
    records = read(page("kp0040", MEMBERS), "committee", f"{BASE}kp0040.asp?__kgrnr=2")
    (person,) = only(records, Person)
    assert (person.id, person.name, person.title) == ("7", "Dr. Ida Muster", "Dr.")
    assert (person.form_of_address, person.faction) == ("Frau", "Grau")
    now, advising, past = only(records, Membership)
    assert (now.id, now.role, now.person_id) == ("2-7", "Vorsitz", "7")
    assert (advising.person_id, advising.has_voting_right) == (None, False)
    assert (past.id, past.end_date) == ("2-7-20150201", dt.date(2019, 4, 3))


def test_a_person_s_page_gives_the_same_seats_and_no_way_to_reach_them() -> None:
    rows = "".join(
        f'<tr><td><a href="kp0040.php?__kgrnr=2">Rat</a></td><td class="amname">Mitglied</td>'
        f'<td class="mgadat">{start}</td><td class="mgedat">{end}</td></tr>'
        for start, end in (("01.02.2015", "03.04.2019"), ("01.07.2024", ""))
    )
    private = '<div class="peemail">ida@example.org</div><td class="petel">0261 1</td>'
    html = page("pe0051", f"<table>{rows}</table>{private}", head="<h1>Dr. Ida Muster</h1>")
    context = {"role:2-7-20240701": "Vorsitz", "vote:2-7-20240701": "true", "faction": "Grau"}
    records = read(html, "person", f"{BASE}pe0051.php?__kpenr=7", context)
    past, now = only(records, Membership)
    assert (past.id, past.role, past.has_voting_right) == ("2-7-20150201", "Mitglied", None)
    assert (now.id, now.role, now.has_voting_right) == ("2-7-20240701", "Vorsitz", True)
    assert (now.start_date, now.on_behalf_of) == (dt.date(2024, 7, 1), "Grau")
    assert not any("example.org" in str(each) or "0261" in str(each) for each in records)
    with pytest.raises(UnknownStructureError, match="no person with a number"):
        read(html, "person")


def seats_of(context: dict[str, str]) -> dict[str, tuple[dt.date | None, dt.date | None]]:
    records = read(page("kp0040", MEMBERS), "committee", f"{BASE}kp0040.asp?__kgrnr=2", context)
    mine = [each for each in only(records, Membership) if each.person_id == "7"]
    return {each.id: (each.start_date, each.end_date) for each in mine}


def test_a_row_without_days_takes_them_from_the_person_s_page_else_from_its_term() -> None:
    past = {"2-7-20150201": (dt.date(2015, 2, 1), dt.date(2019, 4, 3))}
    began = {"began:2-7": "2015-02-01/2019-04-03 2024-07-01/"}
    assert seats_of({}) == {"2-7": (None, None), **past}
    assert seats_of(began) == {"2-7-20240701": (dt.date(2024, 7, 1), None), **past}
    # A page that could not be had may have told a day: until then the seat is not told.
    assert seats_of({"began:2-7": "?"}) == past
    term = {"term": "2019-07-01/2024-06-30"}
    bounds = (dt.date(2019, 7, 1), dt.date(2024, 6, 30))
    assert seats_of(term) == {"2-7-20190701": bounds, **past}
    assert seats_of(began | term) == {"2-7-20190701": bounds, **past}
    joined = {"began:2-7": "2020-01-01/2024-06-30 2024-07-01/"}
    assert "2-7-20200101" in seats_of(joined | term)


def test_seats_without_a_beginning_are_told_apart_by_their_end() -> None:
    rows = "".join(
        f'<tr><td><a href="kp0040.php?__kgrnr=2">Rat</a></td><td class="mgedat">{end}</td></tr>'
        for end in ("30.06.2014", "30.06.2019")
    )
    html = page("pe0051", f"<table>{rows}</table>", head="<h1>Ida Muster</h1>")
    told = only(read(html, "person", f"{BASE}pe0051.php?__kpenr=7"), Membership)
    assert [each.id for each in told] == ["2-7-20140630", "2-7"]


def test_the_menu_of_terms_names_the_past_ones() -> None:
    menu = "".join(
        f'<a class="dropdown-item smcfiltermenu{more}" title="{title}" '
        f'href="kp0040.asp?__cwpnr={number}&amp;__cselect=0&amp;__kgrnr=2">x</a>'
        for number, title, more in (
            (8, "von 01.11.2025", "selected"),
            (6, "von 01.11.2020 bis 31.10.2025", ""),
            (5, "von 01.06.2014 bis 31.10.2020", ""),
            (9, "von 01.11.2030 bis 31.10.2035", ""),
            (7, "von 01.01.1990", ""),
        )
    )
    body = page("kp0040", menu + MEMBERS).encode()
    answer = support.answer(body, "committee", f"{BASE}kp0040.asp?__kgrnr=2")
    assert list(committee.term_links(answer, dt.date(2026, 1, 1))) == [
        ("2014-06-01/2020-10-31", f"{BASE}kp0040.asp?__cwpnr=5&__cselect=0&__kgrnr=2"),
        ("2020-11-01/2025-10-31", f"{BASE}kp0040.asp?__cwpnr=6&__cselect=0&__kgrnr=2"),
    ]
    broken = answer.body.replace(b"01.06.2014", b"31.06.2014")
    with pytest.raises(UnknownStructureError, match="date is new"):
        list(committee.term_links(dataclasses.replace(answer, body=broken), dt.date(2026, 1, 1)))


def test_factions_of_the_list_stand_under_their_heading() -> None:
    rows = (
        '<table class="smc-table"><tr><td>Gremien</td></tr><tr><td>'
        '<a href="kp0040.php?__kgrnr=2">Rat</a></td><td class="gradat">01.07.2024</td></tr>'
        '<tr><td>Fraktionen</td></tr><tr><td><a href="kp0040.php?__kgrnr=9">Grau</a></td></tr>'
        "</table>"
    )
    rat, grau = only(read(page("gr0040", rows), "committee"), Organization)
    assert (rat.organization_type, rat.start_date) == ("Gremium", dt.date(2024, 7, 1))
    assert grau.organization_type == "Fraktion"


def test_votes_are_told_of_public_items_only_in_both_layouts() -> None:
    box = '<td><p class="smc_field_smcdv0_box2_abstimmung"><strong>Abstimmung:</strong> Ja: 3, Nein: 1</p></td>'  # noqa: E501
    new = read(agenda(item("Ö 1", "a", box) + item("NÖ 1", "b", box)), "agenda", URL)
    (vote,) = only(new, Vote)
    assert (vote.agenda_item_id, vote.yes_count, vote.no_count) == ("9693-o1", 3, 1)
    rows = (
        '<tr id="smc_contol_to_1_5"><td class="smc_tophn">1</td><td class="smc_topht">a</td></tr>'
        '<tr><td class="smc_tophz smc_topr">Abstimmung: </td><td class="smc_tophz">einstimmig'
        "</td></tr>"
    )
    old = page("to0040", f'<table id="smc_page_to0040_contenttable1">{rows}</table>', head=HEAD)
    (vote,) = only(read(old, "agenda", URL.replace("si0057", "to0040")), Vote)
    assert (vote.id, vote.is_unanimous) == ("5", True)


def test_a_moved_meeting_says_so_in_its_state() -> None:
    cell = LINKED.replace("fällt aus", "verlegt auf 04.09.2026")
    (meeting,) = only(read(calendar(day_row("3", cell)), "calendar"), Meeting)
    assert (meeting.state, meeting.is_cancelled) == ("verlegt auf 04.09.2026", False)
    assert meeting.location == "Saal"


def test_consultations_name_committee_item_and_who_decides() -> None:
    row = (
        '<tr><td class="sidat">05.10.2026</td><td class="silink"><a href="si0057.php?__ksinr=10">'
        'Rat</a><a href="kp0040.php?__kgrnr=2">x</a></td><td class="tofnum">Ö 3</td>'
        '<td class="bfart">{}</td></tr>'
    )
    html = page(
        "vo0050",
        '<div class="vobetr">B</div><table id="smc_page_vo0050_contenttable2">'
        f"{row.format('Entscheidung')}{row.format('Vorberatung').replace('=10', '=11')}</table>",
    )
    first, second = only(read(html, "paper", f"{BASE}vo0050.php?__kvonr=1"), Consultation)
    assert (first.organization_id, first.agenda_item_number) == ("2", "Ö 3")
    assert (first.agenda_item_id, first.state) == ("10-o3", "öffentlich")
    assert (first.is_authoritative, second.is_authoritative) == (True, False)


def test_a_page_tells_its_kind() -> None:
    assert sessionnet.page_kind("", agenda("").encode()) == "agenda"
    assert sessionnet.page_kind(f"{BASE}vo0050.asp?__kvonr=1", b"<html>") == "paper"
    assert sessionnet.page_kind("file:x.html", b"\xff\x00") is None
    with pytest.raises(UnknownStructureError, match="name one of start, calendar"):
        read(agenda(""), "people")


# -- fetch -------------------------------------------------------------------------------------


def crawl(answer: Callable[[httpx.Request], httpx.Response]) -> tuple[list[str], Client]:
    city = support.at("koblenz", BASE)
    client = support.client(BASE, answer)
    month = dt.date.today() + dt.timedelta(days=80)  # noqa: DTZ011 - the crawl's last month or so
    with client:
        pages = [
            f"{each.kind} {each.url.removeprefix(BASE)}"
            for each in sessionnet.fetch(city, month, client)
        ]
    return pages, client


def html_for(request: httpx.Request, *, ending: str = "php") -> str:
    name = request.url.path.rsplit("/", 1)[-1].partition(".")[0]
    number = request.url.params.get("__ksinr", "")
    if name == "si0040":
        query = request.url.params
        title = f"Kalender {query['__cjahr']} {MONTHS[int(query['__cmonat']) - 1]}"
        cells = (
            '<div class="smc-el-h"><a class="smc_datatype_si" '
            f'href="si0056.{ending}?__ksinr={query["__cmonat"]}&smcspf=4">Rat</a></div>'
        )
        return calendar(day_row("3", cells), title=f"SessionNet | {title}")
    if name == "si0056":
        tab = (
            f'<ul id="smcregister"><li><a href="si0057.{ending}?__ksinr={number}">TO</a></li></ul>'
        )
        return page("si0056", "<p>schrittweise</p>", head=tab + HEAD)
    if name == "si0057":
        links = (
            f'<td><a href="vo0050.{ending}?__kvonr=1&smcspf=4">V/1</a></td>',
            f'<td><a href="vo0050.{ending}?__kvonr=2">V/2</a></td>',
        )
        return agenda(item("Ö 1", "a", links[0]) + item("NÖ 1", "b", links[1]))
    if name == "vo0050":
        return page(name, '<div class="vobetr">B</div>')
    return f'<a href="si0040.{ending}?__cmandant=2">Kalender</a></html>'


def test_the_crawl_follows_links_learns_the_agenda_page_and_leaves_closed_papers() -> None:
    pages, client = crawl(lambda request: httpx.Response(200, text=html_for(request, ending="asp")))
    assert client.problems == []
    assert pages[0] == "start "
    agendas = [each for each in pages if each.startswith("agenda ")]
    assert agendas[0].startswith("agenda si0056.asp?__ksinr=")
    assert all(each.startswith("agenda si0057.asp?__ksinr=") for each in agendas[1:])
    assert [each for each in pages if "vo0050" in each] == ["paper vo0050.asp?__kvonr=1"]


def test_the_cookie_page_is_passed_once() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if "smc" in request.headers.get("cookie", "") or not request.url.path.endswith(".php"):
            return httpx.Response(200, text=html_for(request))
        if "cookie" in request.url.path:
            return httpx.Response(200, text="<html>Cookie</html>", headers={"set-cookie": "smc=1"})
        return httpx.Response(302, headers={"location": f"{BASE}ycookie.php"})

    def with_page(request: httpx.Request) -> httpx.Response:
        if "ycookie" in request.url.path:
            return httpx.Response(200, text="<html></html>", headers={"set-cookie": "smc=1"})
        return answer(request)

    pages, client = crawl(with_page)
    assert client.problems == []
    assert any(each.startswith("paper vo0050.php") for each in pages)
    assert not any("ycookie" in each for each in pages)


def test_a_failing_agenda_is_reported_and_left_out() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith(("/bi/", "si0057.php")):
            return httpx.Response(404)
        return httpx.Response(200, text=html_for(request))

    pages, client = crawl(answer)
    assert not any("start" in each or "si0057" in each for each in pages)
    assert any("calendar si0040.php" in each for each in pages)
    assert {problem.what for problem in client.problems} == {"HTTP 404"}


def test_a_session_lost_in_mid_crawl_is_taken_up_again() -> None:
    lost: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if "vo0050" in request.url.path and not lost:
            lost.append(str(request.url))
            return httpx.Response(302, headers={"location": f"{BASE}si0050.php?__ksinr=1"})
        return httpx.Response(200, text=html_for(request))

    pages, client = crawl(answer)
    assert client.problems == []
    assert lost
    assert [each for each in pages if each.startswith("paper")] == ["paper vo0050.php?__kvonr=1"]


def test_an_agenda_that_leads_to_the_meeting_s_data_is_asked_for_once() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if "si0050" in request.url.path:
            tab = '<ul id="smcregister"><li><a href="si0057.php?__ksinr={}">TO</a></li></ul>'
            number = request.url.params["__ksinr"]
            return httpx.Response(200, text=page("si0050", "", head=tab.format(number) + HEAD))
        if "si0057" in request.url.path:
            asked.append(str(request.url))
            number = request.url.params["__ksinr"]
            return httpx.Response(302, headers={"location": f"{BASE}si0050.php?__ksinr={number}"})
        return httpx.Response(200, text=html_for(request).replace("si0056", "si0057"))

    pages, client = crawl(answer)
    assert client.problems == []
    assert any(each.startswith("agenda si0050.php") for each in pages)
    assert len(asked) == len(set(asked))


# -- pages that nobody wrote --------------------------------------------------------------------

SEEDS = {
    "calendar": calendar(day_row("3", LINKED, "Do") + day_row("", "Rat")),
    "agenda": agenda(section("Öffentlich") + item("Ö 1", "a", f"<td>{DOCUMENT}</td>")),
    "paper": page("vo0050", '<div class="vobetr">B</div><div class="vodat">1.9.2026</div>'),
    "consultations": page("vo0053", '<div class="card-light"><h2>03.09.2026 Rat</h2></div>'),
    "person": page("pe0051", MEMBERS, head="<h1>Ida Muster</h1>"),
    "committee": page("kp0040", MEMBERS),
    "list": page("gr0040", '<table class="smc-table"><a href="?__kgrnr=1">R</a></table>'),
}
TRAPS = [
    "<",
    ">",
    '"',
    "\0",
    "</td>",
    "<table>",
    "99",
    "٣",
    "31.02.2026",
    "25:99 Uhr",
    "<!--",
    "&#0;",
]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(sorted(SEEDS)),
    support.edits(2000, TRAPS),
    st.sampled_from([URL, BASE, f"{BASE}?__kvonr=1&__kgrnr=2&__kpenr=7", "http://[", "file:x"]),
)
def test_a_mutated_page_is_read_or_reported(
    kind: str, edits: list[tuple[int, int, str]], url: str
) -> None:
    html = support.mutated(SEEDS[kind], edits)
    kind = "committee" if kind == "list" else kind
    again = partial(read, html, kind, url)
    assert support.outcome(again) == support.outcome(again)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sessionnet.PAGES), st.binary(max_size=300))
def test_any_bytes_are_read_or_reported(kind: str, body: bytes) -> None:
    support.read_or_reported(sessionnet, kind, body, BASE)
