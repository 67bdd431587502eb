"""The HTML of ALLRIS 3.9 (classes and labels as on the real pages, prose our own)."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from ingestion.sampleworld.agenda import Item, consultations, items
from ingestion.sampleworld.bodies import Meeting
from ingestion.sampleworld.council import Council
from ingestion.sampleworld.dice import WEEKDAYS, day
from ingestion.sampleworld.documents import meeting_files, shown_file
from ingestion.sampleworld.papers import MARK, Paper, Section, attachments, sections
from ingestion.sampleworld.people import Seat

_MENU: Final = "".join(
    f'<li><a href="{href}">{name}</a></li>'
    for href, name in (
        ("allris.net.asp", "Home"),
        ("au010.asp?T1=Aussch%FCsse&amp;AU=Ausschuss", "Ausschüsse"),
        ("fr010.asp?SELECT=1&amp;FR=Fraktion", "Fraktionen"),
        ("si010_e.asp", "Kalender"),
        ("vo040.asp", "Übersicht"),
    )
)
_FIRST, _LAST = 1, 12


def _frame(program: str, title: str, body: str, number: int | None = None) -> str:
    own = f'<meta name="objectID" content="{number}" />' if number is not None else ""
    return (
        '<?xml version="1.0" encoding="iso-8859-1"?>\n<html lang="de"><head>'
        '<meta http-equiv="content-type" content="text/html; charset=iso-8859-1" />'
        f"<title>{escape(title)}</title>"
        '<meta name="description" content="ALLRIS net Version 3.9.5 (Nachbildung, Beispielwelt)" />'
        f'{own}</head><body><div>\n<div id="allriscontainer" class="{program}">'
        f'<div id="rismenu"><ul id="menu">{_MENU}</ul></div>\n'
        f'<div id="risname"><h1>{escape(title)}&nbsp;&nbsp;</h1></div>\n'
        f'<div id="rismain">{body}</div>\n<div id="risfoot"><p>{MARK}</p></div>'
        "</div></div></body>\n</html>"
    )


def start(council: Council) -> str:
    """``allris.net.asp``: the menu is what matters."""
    return _frame("allris.net", f"Bürgerinfo {council.town.name}", f"<p>{MARK}</p>")


# -- calendar --------------------------------------------------------------------------------


def calendar(council: Council, year: int, month: int) -> str:
    """``si010_e``: the month's meetings, a day's further ones undated."""
    meetings = council.month(year, month) if _FIRST <= month <= _LAST else []
    rows, before = [], None
    for number, meeting in enumerate(meetings):
        rows.append(_calendar_row(meeting, number, is_first=meeting.date != before))
        before = meeting.date
    head = '<tr class="zk1"><th>&nbsp;</th><th>Tag</th><th>Zeit</th><th>&nbsp;</th></tr>'
    return _frame("si010", "Sitzungstermine", _list(head, rows))


def _calendar_row(meeting: Meeting, number: int, *, is_first: bool) -> str:
    weekday = WEEKDAYS[meeting.date.weekday()][:2] if is_first else "&nbsp;"
    date = str(meeting.date.day) if is_first else "&nbsp;"
    note = " (fällt aus)" if meeting.is_cancelled else ""
    name = escape(meeting.name) + note
    form = "&nbsp;"
    if meeting.is_published:
        name = f'<a href="to010.asp?SILFDNR={meeting.id}">{name}</a>'
        form = _button("to010.asp", "SILFDNR", meeting.id, "il1_to", "Tagesordnung")
    return (
        f'<tr class="{_class(number)}"><td class="text1">{weekday}</td>'
        f'<td class="text2">{date}</td><td class="text2">{_times(meeting)}</td>'
        f"<td>{form}</td><td>{name}</td><td>{escape(meeting.body.room)}</td></tr>"
    )


# -- agenda and item -------------------------------------------------------------------------


def agenda(council: Council, meeting: Meeting) -> str:
    """``to010``: head, documents, items; a closed one says so and links what it must not."""
    files = "".join(
        _button("do027.asp", "DOLFDNR", file_id, "il2_p", f"{name} (Öffnet PDF-Datei)")
        for file_id, name in meeting_files(council, meeting)
    )
    rows = [
        _item_row(meeting, each, shown_file(council, meeting, each))
        for each in items(council, meeting)
    ]
    head = '<tr class="zk1"><th>TOP</th><th colspan="2">&nbsp;</th><th>Betreff</th></tr>'
    body = f"<table>{_meeting_head(meeting)}</table>{files}<hr />{_list(head, rows)}"
    return _frame("to010", f"Tagesordnung - {meeting.name}", body, meeting.id)


def _meeting_head(meeting: Meeting) -> str:
    body = meeting.body
    committee = f'<a href="au020.asp?T1=Ausschuss&amp;AULFDNR={body.id}">{escape(body.name)}</a>'
    return (
        _label("Bezeichnung", escape(meeting.name))
        + _label("Gremium", committee)
        + _label("Datum", f"{WEEKDAYS[meeting.date.weekday()][:2]}, {day(meeting.date)}")
        + _label("Status", "öffentlich/nichtöffentlich")
        + _label("Zeit", _times(meeting))
        + _label("Raum", escape(body.room))
        + _label("Ort", escape(body.address))
    )


def _item_row(meeting: Meeting, item: Item, leak: int | None) -> str:
    number = f"{'Ö' if item.is_public else 'N'}&nbsp;{item.number}"
    if item.supplement:
        number = f'<span title="Nachtrags-TOP">{number}</span>'
    name, form, paper = escape(item.name), "&nbsp;", ""
    if item.is_public or item.result:
        number = f'<a href="to010.asp?SILFDNR={meeting.id}&TOLFDNR={item.id}&BES=1">{number}</a>'
        name = f'<a href="to020.asp?TOLFDNR={item.id}">{name}</a>'
        result = item.result or "(offen)"
        form = _button("to020.asp", "TOLFDNR", item.id, "il1_naz", result)
    if item.paper is not None:
        paper = f'<a href="vo020.asp?VOLFDNR={item.paper.id}">{escape(item.paper.reference)}</a>'
    elif item.closed_reference:
        paper = f'<a href="vo020.asp?VOLFDNR=1">{escape(item.closed_reference)}</a>'
    if leak is not None:
        paper += _button("do027.asp", "DOLFDNR", leak, "il2_p", "Vorlage (Öffnet PDF-Datei)")
    return (
        f'<tr class="{_class(item.position)}"><td class="text4" nowrap="nowrap">{number}</td>'
        f"<td>&nbsp;</td><td>{form}</td><td>{name}</td><!--{item.id} --><td>&nbsp;</td>"
        f"<td>&nbsp;</td><td>{paper}</td><td>&nbsp;</td></tr>"
    )


def item(meeting: Meeting, of: Item) -> str:
    """``to020``: what became of an item, as texts below its head."""
    link = f'<a href="to010.asp?SILFDNR={meeting.id}">{escape(meeting.name)}</a>'
    paper = ""
    if of.paper is not None:
        named = f"{escape(of.paper.reference)} {escape(of.paper.title)}"
        paper = (
            f'<tr><td class="text1"><a href="vo020.asp?VOLFDNR={of.paper.id}">{named}</a></td></tr>'
        )
    head = (
        f'<tr><td class="text1" colspan="3">{link}</td></tr>'
        + _label("TOP", f"Ö&nbsp;{of.number}")
        + _label("Beschlussart", escape(of.result or "(offen)"))
        + _meeting_head(meeting)
        + paper
    )
    vote = (
        f"Ja-Stimmen: {of.vote.yes}, Nein-Stimmen: {of.vote.no}, Enthaltungen: {of.vote.abstained}"
        if of.vote
        else ""
    )
    texts = _text("WP", ("Es spricht Korbinian Zwetschgenbaum.",))
    texts += _text("BS", (of.resolution or "",)) + _text("AE", (vote,))
    return _frame("to020", f"Auszug - {of.name}", f"<table>{head}</table><hr />{texts}", of.id)


# -- paper -----------------------------------------------------------------------------------


def paper(council: Council, of: Paper, folder: str) -> str:
    """``vo020``: head, way, documents, the texts, and the attachments once more below them."""
    listed = attachments(council, of)
    main = "".join(
        _button("do027.asp", "DOLFDNR", each.id, "il2_p", "Vorlage (Öffnet PDF-Datei)")
        for each in listed
        if not each.number
    )
    extra = "".join(
        f'<tr><td class="text3"><a href="___tmp/{folder}/{each.id}.{each.ending}" target="_blank">'
        f"{escape(each.name)}{{size}}</a></td></tr>"
        for each in listed
        if each.number
    )
    head = (
        _label("Betreff", escape(of.title))
        + f'<tr><td class="kb1">Status:</td><td class="text3">öffentlich</td>'
        f'<td class="kb1">Vorlage-Art:</td><td class="text4">{of.kind}</td></tr>'
        + _label("Federführend", escape(of.office))
        + '<tr><td class="kb1" colspan="4">Beratungsfolge:</td></tr>'
        f'<tr><td colspan="4"><table>{_way(council, of)}</table></td></tr>'
    )
    written = sections(council, of)
    facts = [line for each in written[1:] for line in _lines(each)]
    texts = _text("SV", facts) + _text("BV", _lines(written[0]))
    body = (
        f"<table>{head}</table>{main}<table>{extra.format(size='')}</table><hr />{texts}"
        f'<table class="tk1">{extra.format(size=" (12 KB)")}</table>'
    )
    return _frame(
        "vo020", f"Vorlage - {of.reference}", f"<table><tr><td>{body}</td></tr></table>", of.id
    )


def _way(council: Council, of: Paper) -> str:
    rows = []
    for met, found, role in consultations(council, of):
        state = "Erledigt" if met.is_held else "Geplant"
        rows.append(
            f'<tr class="zl12"><td bgcolor="#73d216" title="{state}"></td>'
            f'<td class="text1" colspan="3">{escape(met.body.name)}</td>'
            f'<td class="text1" colspan="3">{role}</td></tr>'
            f'<tr class="zl12"><td bgcolor="#73d216" title="{state}"></td>'
            f'<td class="text2">{day(met.date)}&nbsp;</td>'
            f'<td><form action="to010.asp?topSelected={found.id}" method="post"></form></td>'
            f'<td><a href="to010.asp?SILFDNR={met.id}">{escape(met.name)}</a></td>'
            f'<td class="text3">{escape(found.result or "")}&nbsp;</td></tr>'
        )
    return "".join(rows)


# -- committees ------------------------------------------------------------------------------


def committees(program: str, rows: Iterable[tuple[str, str, int, str]]) -> str:
    """``au010``, ``fr010``: a list of (program, parameter, number, name)."""
    lines = [
        f'<tr class="{_class(place)}"><td><a href="{target}.asp?{name}={number}">'
        f"{escape(words)}</a></td></tr>"
        for place, (target, name, number, words) in enumerate(rows)
    ]
    return _frame(program, "Gremien", _list("", lines))


def committee(program: str, number: int, name: str, seats: Sequence[Seat]) -> str:
    """``au020``, ``fr020``: how to reach it (which nobody may keep), and its members."""
    rows = [
        f'<tr class="{_class(place)}"><td>&nbsp;</td><td>&nbsp;</td>'
        f'<td><a href="kp020.asp?KPLFDNR={seat.person.id}">'
        f"{escape(seat.person.family)}, {escape(seat.person.given)}</a></td>"
        f'<td class="text1"><div>{seat.role}</div></td><td class="text4"><div>'
        f"{escape(seat.person.faction.name if seat.person.faction else '')}</div></td></tr>"
        for place, seat in enumerate(seats)
    ]
    reach = "<h3>Anschrift</h3><p>Telefon 06131 5550100, gremium@example.org</p>"
    return _frame(program, name, f"{reach}<h3>Mitglieder</h3>{_list('', rows)}", number)


# -- parts -----------------------------------------------------------------------------------


def _list(head: str, rows: Sequence[str]) -> str:
    return f'<table class="tl1">{head}<tr><td colspan="8"><hr /></td></tr>{"".join(rows)}</table>'


def _class(number: int) -> str:
    return "zl11" if number % 2 else "zl12"


def _label(name: str, value: str) -> str:
    return f'<tr valign="top"><td class="kb1">{name}:</td><td class="text1">{value}</td></tr>'


def _times(meeting: Meeting) -> str:
    return meeting.times.replace("-", " - ")


def _button(program: str, name: str, number: int, kind: str, words: str) -> str:
    return (
        f'<form action="{program}" method="post"><input type="hidden" name="{name}" '
        f'value="{number}" /><input type="hidden" name="options" value="64" />'
        f'<input type="submit" class="{kind}" value="{escape(words)}" title="{escape(words)}" />'
        "</form>"
    )


def _lines(section: Section) -> list[str]:
    return [*section.paragraphs, *section.points]


def _text(code: str, lines: Iterable[str]) -> str:
    """A text as the real server puts it in: a whole document behind an anchor."""
    said = "".join(f'<p style="margin-top:0pt">{escape(line)}</p>' for line in lines)
    return (
        f'<!-- ### {code}1.rtf -->\n<a name="allris{code}"></a>\n<?xml version="1.0"?>'
        '<!DOCTYPE html><html><head><meta name="generator" content="x" /><title></title></head>'
        f"<body><div>{said}</div></body></html>"
    )
