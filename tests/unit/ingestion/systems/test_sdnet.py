"""SD.NET RIM's traps, each on the smallest page that has it; and pages that nobody wrote."""

import datetime as dt
from functools import partial

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.record import (
    AgendaItem,
    Consultation,
    Fetched,
    File,
    Meeting,
    Paper,
    Record,
    UnknownStructureError,
    Vote,
)
from ingestion.systems import sdnet
from ingestion.systems.sdnet import agenda, papers
from ingestion.systems.sdnet import paper as paper_page
from tests.unit.ingestion.systems import support
from tests.unit.ingestion.systems.support import only

BASE = "https://rat.example/"
TOPS = f"{BASE}tops/?__=AAA"


def answer(html: str, kind: str, url: str = BASE, context: dict[str, str] | None = None) -> Fetched:
    return support.answer(html.encode(), kind, url, context)


def read(
    html: str, kind: str, url: str = BASE, context: dict[str, str] | None = None
) -> list[Record]:
    return list(sdnet.parse(answer(html, kind, url, context)))


def details(**rows: str) -> str:
    told = "".join(
        f'<tr><th scope="row">{name}:</th><td>{value}</td></tr>' for name, value in rows.items()
    )
    return f'<table class="table-details">{told}</table>'


def document(token: str, name: str, icon: str = "vorlage-link") -> str:
    return (
        f'<a class="link-element" href="{BASE}sdnetrim/{token}/{name}.pdf">'
        f'<span class="{icon}"></span>'
        f"<span>{name} (exportiert: 18.09.2026) (125 KB)</span></a>"
    )


# -- calendar --------------------------------------------------------------------------------


def calendar(*events: str) -> str:
    return "\r\n".join(["BEGIN:VCALENDAR", *events, "END:VCALENDAR", ""])


def event(start: str, name: str = "Rat", more: str = "") -> str:
    lines = [
        "BEGIN:VEVENT",
        f"DTSTART{start}",
        f"SUMMARY:{name}",
        *([more] if more else []),
        "END:VEVENT",
    ]
    return "\r\n".join(lines)


def test_an_export_tells_day_time_place_and_where_the_agenda_is() -> None:
    told = (
        f"LOCATION:Rathaus\\, Saal\r\nDESCRIPTION:Link zur Tagesordnung: {TOPS[:30]}\r\n"
        f" {TOPS[30:]}\\n\\nBemerkung:\\nDie Sitzung entfällt!"
    )
    html = calendar(
        event(";TZID=Europe/Berlin:20261013T180000", "Ausschuss für Schule\\, Sport", told),
        event(":20261103T170000Z", "Rat"),
        event(";VALUE=DATE:20261201", "Rat (fällt aus)"),
    )
    first, second, third = only(read(html, "calendar"), Meeting)
    assert (first.id, first.url) == ("2026-10-13-ausschuss-fur-schule-sport", TOPS)
    assert (first.name, first.location) == ("Ausschuss für Schule, Sport", "Rathaus, Saal")
    assert (first.is_cancelled, first.has_agenda) == (True, True)
    assert first.start_at is not None
    assert second.start_at is not None
    assert first.start_at.isoformat() == "2026-10-13T18:00:00+02:00"
    assert second.start_at.isoformat() == "2026-11-03T18:00:00+01:00"
    assert (second.has_agenda, second.url) == (False, BASE)
    assert (third.has_time, third.name, third.is_cancelled) == (False, "Rat", True)


def test_an_agenda_on_another_host_is_none() -> None:
    html = calendar(event(":20261103T170000", "Rat", "DESCRIPTION:https://evil.example/tops/?__=X"))
    assert [each.has_agenda for each in only(read(html, "calendar"), Meeting)] == [False]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("<html>Fehler</html>", "no iCalendar"),
        (calendar(event(":20261103T170000"))[:-16], "cut off"),
        (calendar(event(":20261103T170000").replace("END:VEVENT", "")), "has no end"),
        (calendar(event(":morgen")), "time is 'morgen'"),
        (calendar(event(":20261303T170000")), "is no time"),
        (calendar(event(":20261103T170000", "")), "has no name"),
    ],
)
def test_an_export_that_cannot_be_read_is_reported(text: str, what: str) -> None:
    with pytest.raises(UnknownStructureError, match=what) as caught:
        read(text, "calendar")
    assert caught.value.mend


# -- list of papers --------------------------------------------------------------------------


def row(when: str = "Di, 29.09.2026 18:00 Uhr", committee: str = "Rat") -> str:
    link = f'<a href="{TOPS}" title="Zur Sitzung vom {when}">{when}</a><br><span>{committee}</span>'
    return f'<tr><td class="column-betreff">79/2026</td><td class="column-termin">{link}</td></tr>'


def listing(*rows: str, following: str = "") -> str:
    return f"<html><table>{''.join(rows)}</table>{following}</html>"


def test_a_list_names_each_meeting_once_and_its_next_page() -> None:
    unplanned = '<tr><td class="column-betreff">80/2026</td><td class="column-termin"></td></tr>'
    html = listing(row(), row(), unplanned, following=f'<a href="{BASE}vorlagen?__=P2">&gt;</a>')
    (meeting,) = only(read(html, "papers"), Meeting)
    assert (meeting.id, meeting.url, meeting.has_agenda) == ("2026-09-29-rat", TOPS, True)
    assert papers.next_page(answer(html, "papers")) == f"{BASE}vorlagen?__=P2"
    assert papers.next_page(answer(listing(row()), "papers")) is None


@pytest.mark.parametrize(
    ("html", "what"),
    [
        ("<html><p>Fehler</p></html>", "no list of papers"),
        (listing(row(committee="")), "has no committee"),
        (listing(row("bald")), "holds no date"),
        (listing(row("31.09.2026")), "day is out of range"),
    ],
)
def test_a_list_that_cannot_be_read_is_reported(html: str, what: str) -> None:
    with pytest.raises(UnknownStructureError, match=what):
        read(html, "papers")


# -- agenda ----------------------------------------------------------------------------------

HEAD = details(
    Sitzung="Ausschuss für Schule, Sport, 6. Sitzung",
    Termin="Do, 03.09.2026 18:00 Uhr",
    Ort="Rathaus",
    Niederschrift=document("t1", "Öffentliche Niederschrift", "document-link"),
)
LATE = '<table class="table-data table-top.tischvorlagen"><tr><td>x</td></tr></table>'


def item(
    kind: str, number: str, name: str, reference: str = "", key: str = "", docs: str = ""
) -> str:
    data = f' data-vorgang-id="{key}"' if key else ""
    return (
        f'<tr class="row-0 original {kind}"{data}><td class="column-topnrtext">{number}</td>'
        f'<td class="column-bezeichnung">{name}</td><td class="column-nummer">{reference}</td>'
        f'<td class="column-dokumente">{docs}</td></tr>'
    )


def tops(*items: str, head: str = HEAD) -> str:
    table = f'<table class="table-data table-top"><tbody>{"".join(items)}</tbody></table>'
    return f'<html><h1 class="heading">Sitzung</h1>{head}{LATE}{table}</html>'


VORGANG = f'<a href="{BASE}vorgang/?__=V1">Vorgang</a>'


def test_items_are_keyed_by_their_row_and_papers_by_their_number() -> None:
    html = tops(
        item("top-oeff-head", "", "Öffentliche Sitzung"),
        item(
            "top-oeff-data", "1.", "Mitteilungen", "&nbsp;", "200_1", document("a", "Beschlusstext")
        ),
        item(
            "top-oeff-data", "2.", "Radweg", "79/2026", "505_2", document("b", "Vorlage") + VORGANG
        ),
        item("top-noeff-head", "", "Nichtöffentliche Sitzung"),
        item(
            "top-noeff-data",
            "1.",
            "Grundstück",
            "90/2026",
            "505_3",
            document("c", "Geheim") + VORGANG,
        ),
        item("row-1", "2.", "Ohne Zeichen", "91/2026"),
    )
    records = read(html, "agenda", TOPS)
    meeting = only(records, Meeting)[0]
    assert (meeting.id, meeting.reference) == (
        "2026-09-03-ausschuss-fur-schule-sport",
        "6. Sitzung",
    )
    notes, paper, closed, unmarked = only(records, AgendaItem)
    assert notes.id == f"{meeting.id}-200_1"
    assert (paper.id, paper.paper_id) == (f"{meeting.id}-79-2026", "79-2026")
    assert (paper.paper_reference, paper.section) == ("79/2026", "Öffentliche Sitzung")
    for each in (closed, unmarked):
        assert (each.is_public, each.paper_id, each.paper_reference) == (False, None, None)
    assert closed.section == "Nichtöffentliche Sitzung"
    assert [(each.role, each.agenda_item_id) for each in only(records, File)] == [
        ("results_protocol", None),
        ("resolution_file", notes.id),
    ]
    assert "Geheim" not in "".join(each.model_dump_json() for each in records)
    assert list(agenda.paper_links(answer(html, "agenda", TOPS))) == [
        ("79-2026", f"{BASE}vorgang/?__=V1")
    ]


def test_a_meeting_without_a_table_has_no_agenda_yet() -> None:
    (meeting,) = only(read(f"<html>{HEAD}</html>", "agenda", TOPS), Meeting)
    assert meeting.has_agenda is False


def test_the_calendar_fills_in_what_the_page_does_not_repeat() -> None:
    told = {"committee": "Rat", "date": "03.09.2026", "is_cancelled": "true"}
    (meeting,) = only(read("<html></html>", "agenda", TOPS, told), Meeting)
    assert (meeting.id, meeting.is_cancelled) == ("2026-09-03-rat", True)


@pytest.mark.parametrize(
    ("html", "what"),
    [
        ("<html><p>Fehler</p></html>", "no meeting with a committee"),
        (tops(item("top-oeff-data", "1.", "")), "no title"),
        (tops(head=HEAD.replace("03.09.2026", "heute")), "holds no date"),
        (tops(head=HEAD.replace("18:00", "28:00")), "hour must be"),
        (tops(head=HEAD.replace("exportiert: 18.09", "exportiert: 38.09")), "day is out of range"),
        (tops()[:-7], "cut off"),
    ],
)
def test_an_agenda_that_cannot_be_read_is_reported(html: str, what: str) -> None:
    with pytest.raises(UnknownStructureError, match=what):
        read(html, "agenda", TOPS)


# -- paper -----------------------------------------------------------------------------------


def step(when: str, committee: str, resolution: str = "", vote: str = "", link: str = TOPS) -> str:
    day = f'<a href="{link}">{when}</a>' if link else when
    return (
        f'<tr data-vorgang-id="200_9"><td class="column-beginn">{day}</td>'
        f'<td class="column-gremium"><span>{committee}</span></td>'
        f'<td class="column-beschluss">{resolution}</td>'
        f'<td class="column-ergebnis">{vote}</td></tr>'
    )


def vorgang(*steps: str, heading: str = "Vorgang T 02/325/26", **fields: str) -> str:
    told = details(**({"Vorlage": "T 02/325/26", "Betreff": "Radweg<br />Nord"} | fields))
    table = f'<table class="table-data table-vorgang"><tbody>{"".join(steps)}</tbody></table>'
    return f'<html><h1 class="heading">{heading}</h1>{told}{table}</html>'


def test_a_paper_its_way_and_the_votes_on_it() -> None:
    docs = document("x1", "Vorlage") + document(
        "x2", "Plan", "attachment-link vorlage-attachment-link"
    )
    html = vorgang(
        step(
            "Di, 01.09.2026 16:30 Uhr", "Bauausschuss", "empfohlen", "12 Ja-Stimmen, 3 Nein-Stimmen"
        ),
        step("Di, 29.09.2026 16:30 Uhr", "Rat", "", "Einstimmig, 0 Enthaltungen"),
        step("Mi, 30.09.2026", "Hauptausschuss", "", "einstimmig", link=""),
        step("", "Kreistag", link=""),
        Dokument=docs,
        Federführung="Amt 1",
    )
    records = read(html, "paper")
    (found,) = only(records, Paper)
    assert (found.id, found.reference, found.name) == ("t-02-325-26", "T 02/325/26", "Radweg Nord")
    assert (found.paper_type, found.under_direction_of) == ("Vorlage", "Amt 1")
    steps = only(records, Consultation)
    assert [(each.meeting_id, each.result) for each in steps] == [
        ("2026-09-01-bauausschuss", "empfohlen"),
        ("2026-09-29-rat", "Einstimmig, 0 Enthaltungen"),
        (None, "einstimmig"),
        (None, None),
    ]
    assert steps[0].agenda_item_id == "2026-09-01-bauausschuss-t-02-325-26"
    votes = only(records, Vote)
    assert [(each.yes_count, each.no_count, each.is_unanimous) for each in votes] == [
        (12, 3, False),
        (None, None, True),
    ]
    main, plan = only(records, File)
    assert (main.role, main.name, main.date) == ("main_file", "Vorlage", dt.date(2026, 9, 18))
    assert (plan.role, plan.mime_type) == ("auxiliary_file", "application/pdf")
    assert [each.meeting.id for each in paper_page.meetings(answer(html, "paper"))] == [
        "2026-09-01-bauausschuss",
        "2026-09-29-rat",
    ]


def test_no_id_is_made_of_an_opaque_token() -> None:
    html = vorgang(step("01.09.2026", "Rat", "x"), Dokument=document("token1", "Vorlage"))
    other = html.replace("token1", "token2").replace("__=AAA", "__=BBB")
    ids = [
        [each.id for each in read(text, "paper", f"{BASE}vorgang/?__={n}")]
        for n, text in enumerate((html, other))
    ]
    assert ids[0] == ids[1]


def test_a_number_split_over_both_cells_is_read_from_the_heading() -> None:
    html = vorgang(heading="Vorgang 926/XI.", Vorlage="926 /XI.")
    (found,) = only(read(html, "paper"), Paper)
    assert (found.id, found.paper_type) == ("926-xi", "Vorlage")


def test_a_closed_paper_s_files_are_closed() -> None:
    records = read(vorgang(Status="nichtöffentlich", Dokument=document("x", "V")), "paper")
    assert [each.is_public for each in only(records, File)] == [False]


@pytest.mark.parametrize(
    ("html", "what"),
    [
        ("<html><p>Fehler</p></html>", "no paper with a subject"),
        (vorgang(heading="Fehler", Vorlage=""), "no paper with a number"),
        (vorgang(step("01.09.2026", "")), "has no committee"),
        (vorgang(step("bald", "Rat")), "holds no date"),
    ],
)
def test_a_paper_that_cannot_be_read_is_reported(html: str, what: str) -> None:
    with pytest.raises(UnknownStructureError, match=what):
        read(html, "paper")


def test_a_page_tells_its_kind() -> None:
    kinds = {
        "calendar": calendar(),
        "calendar_page": '<button data-export-url="/x"></button>',
        "papers": listing(row()),
        "agenda": tops(),
        "paper": vorgang(),
    }
    assert {kind: sdnet.page_kind("", html.encode()) for kind, html in kinds.items()} == {
        kind: kind for kind in kinds
    }
    with pytest.raises(UnknownStructureError, match="name one of"):
        read("", "person")


# -- fetch -------------------------------------------------------------------------------------


def test_a_paper_leads_to_the_earlier_meeting_that_no_list_shows() -> None:
    early, late = f"{BASE}tops/?__=EARLY", f"{BASE}tops/?__=LATE"
    matter = item("top-oeff-data", "1.", "Radweg", "T 02/325/26", "505_1", VORGANG)
    pages = {
        "/vorlagen": listing(row().replace(TOPS, late)),
        "/tops/?__=LATE": tops(matter, head=details(Sitzung="Rat", Termin="29.09.2026 18:00 Uhr")),
        "/tops/?__=EARLY": tops(matter, head=details(Sitzung="Ausschuss", Termin="01.09.2026")),
        "/vorgang/?__=V1": vorgang(
            step("01.09.2026", "Ausschuss", link=early), step("29.09.2026", "Rat", link=late)
        ),
        "/termine/ics/SD.NET_RIM.ics": calendar(),
    }
    asked: list[str] = []

    def serve(request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode()
        asked.append(path)
        return httpx.Response(200, text=pages[path]) if path in pages else httpx.Response(404)

    city = support.at("mainz", BASE)

    def kinds(since: dt.date) -> list[str]:
        with support.client(BASE, serve) as client:
            found = [each.kind for each in sdnet.fetch(city, since, client)]
        assert client.problems == []
        return found

    assert kinds(dt.date(2026, 8, 1)) == ["calendar", "papers", *2 * ["agenda", "paper"]]
    assert asked.count("/vorgang/?__=V1") == 1
    assert kinds(dt.date(2026, 9, 20)) == ["calendar", "papers", "agenda", "paper"]


def test_a_hostile_export_takes_no_longer_than_its_length() -> None:
    with pytest.raises(UnknownStructureError, match="has no end"):
        read(calendar("BEGIN:VEVENT\r\n" * 300_000), "calendar")


# -- pages that nobody wrote -------------------------------------------------------------------

SEEDS = {
    "calendar": calendar(
        event(";TZID=Europe/Berlin:20261013T180000", "Rat", f"DESCRIPTION:{TOPS}")
    ),
    "papers": listing(row()),
    "agenda": tops(item("top-oeff-data", "1.", "Radweg", "79/2026", "505_2", VORGANG)),
    "paper": vorgang(step("01.09.2026", "Rat", "x", "Ja: 3"), Dokument=document("x", "V")),
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
    "http://[",
    "&#0;",
    ":",
]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(sorted(SEEDS)),
    support.edits(1500, TRAPS),
    st.sampled_from([BASE, TOPS, "file:x", "http://[", "https://rat.example/%"]),
)
def test_a_mutated_page_is_read_or_reported(
    kind: str, edits: list[tuple[int, int, str]], url: str
) -> None:
    html = support.mutated(SEEDS[kind], edits)
    again = partial(read, html, kind, url)
    assert support.outcome(again) == support.outcome(again)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sdnet.PAGES), st.binary(max_size=300))
def test_any_bytes_are_read_or_reported(kind: str, body: bytes) -> None:
    support.read_or_reported(sdnet, kind, body, BASE)
