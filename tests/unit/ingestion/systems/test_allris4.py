"""ALLRIS 4's traps, each on the smallest page that has it; and pages that nobody wrote."""

import contextlib
import datetime as dt
from typing import TypeVar

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion import city as cities
from ingestion.http import Client, FetchError
from ingestion.record import (
    AgendaItem,
    Consultation,
    Fetched,
    File,
    Meeting,
    Organization,
    Paper,
    Record,
    UnknownStructureError,
)
from ingestion.systems import allris4

BASE = "https://rat.example/public/"
T = TypeVar("T", bound=Record)


def answer(html: str, kind: str, url: str = BASE, context: dict[str, str] | None = None) -> Fetched:
    now = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
    return Fetched(url, kind, 200, {}, html.encode(), now, context or {})


def read(
    html: str, kind: str, url: str = BASE, context: dict[str, str] | None = None
) -> list[Record]:
    return list(allris4.parse(answer(html, kind, url, context)))


def only(records: list[Record], model: type[T]) -> list[T]:
    return [record for record in records if isinstance(record, model)]


def outcome(html: str, kind: str, url: str) -> list[str]:
    """The records' hashes, or what was reported; any other exception fails the test."""
    try:
        return [record.content_sha256 for record in read(html, kind, url)]
    except UnknownStructureError as error:
        return [error.url, error.what, error.mend]


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
    with pytest.raises(UnknownStructureError, match="no month"):
        read(paper(table.replace("2026 Sep 30", "2026 Xyz 30")), "paper", PAPER)


def test_a_page_tells_its_kind() -> None:
    kinds = {
        "calendar": rows(),
        "agenda": agenda(""),
        "paper": paper(),
        "calendar_page": '<script>{"u":"./si010?0-1.0-&MM=10&YY=2026"}</script>',
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
    return Client(
        allowed=[BASE],
        user_agent="t",
        requests_per_second=1e6,
        permission=True,
        retries=0,
        transport=httpx.MockTransport(server),
    )


def test_the_crawl_speaks_wicket_and_begins_again_when_the_session_ends() -> None:
    known = cities.load("trier")
    assert known.council is not None
    council = known.council.model_copy(update={"url": BASE})
    city = known.model_copy(update={"council": council})
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


def test_an_attachment_that_is_gone_is_an_error() -> None:
    (file,) = only(read(paper(attachment(3, "Plan")), "paper", PAPER), File)
    other = file.model_copy(update={"url": file.url.replace("List-0", "List-5")})
    server = Server()
    with client_of(server) as client:
        allris4.fetch_file(file, client)
        assert "vo020?0--anlagen" in str(server.asked[-1].url)
        with pytest.raises(FetchError, match="no longer has the attachment"):
            allris4.fetch_file(other, client)


# -- pages that nobody wrote --------------------------------------------------------------------

SEEDS = {
    "calendar": rows(row("01", published(1, " am Do., 01.10.2026 um 17:00 Uhr."), weekday="Thu")),
    "calendar_page": '<script>{"u":"./si010?0-1.0-&MM=10&YY=2026"}</script></html>',
    "agenda": agenda(item("", "Öffentlicher Teil") + item("Ö 1", "a", "7")),
    "paper": paper(PARTS + attachment(3, "Plan")),
}
TRAPS = ["<", ">", '"', "\0", "</td>", "<table>", "]]>", "٣", "31.02.2026", "25:99", "<!--", "&#0;"]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(sorted(SEEDS)),
    st.lists(
        st.tuples(
            st.integers(0, 1500), st.integers(0, 40), st.sampled_from(TRAPS) | st.text(max_size=4)
        ),
        max_size=6,
    ),
    st.sampled_from([URL, BASE, PAPER, f"{BASE}si010?MM=99&YY=0", "http://[", "file:x"]),
)
def test_a_mutated_page_is_read_or_reported(
    kind: str, edits: list[tuple[int, int, str]], url: str
) -> None:
    html = SEEDS[kind]
    for place, length, text in edits:
        html = html[:place] + text + html[place + length :]
    html = html.encode("utf-8", "replace").decode()
    assert outcome(html, kind, url) == outcome(html, kind, url)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(allris4.PAGES), st.binary(max_size=300))
def test_any_bytes_are_read_or_reported(kind: str, body: bytes) -> None:
    now = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
    allris4.page_kind("", body)
    with contextlib.suppress(UnknownStructureError):
        list(allris4.parse(Fetched(BASE, kind, 200, {}, body, now)))
