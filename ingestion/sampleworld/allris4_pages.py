"""The HTML of ALLRIS net 4.1.7 (ids and classes as on the real pages, prose our own)."""

import calendar as calendars
import datetime as dt
from html import escape
from typing import Final

from ingestion.sampleworld.agenda import Item, consultations, items
from ingestion.sampleworld.bodies import Body, Meeting
from ingestion.sampleworld.council import Council
from ingestion.sampleworld.dice import WEEKDAYS, day
from ingestion.sampleworld.documents import meeting_files, shown_file
from ingestion.sampleworld.papers import MARK, Paper, attachments, sections
from ingestion.sampleworld.people import people_of

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip
_VERSION: Final = (
    '<meta name="description" content="ALLRIS net Version 4.1.7 (Nachbildung, Beispielwelt)" />'
)
FACTION: Final = "Fraktion/Gruppe"
"""The heading below which the list of committees shows the factions."""
_RESOURCE: Final = "./wicket/resource/org.apache.wicket.Application"


def _frame(title: str, body: str, script: str = "") -> str:
    return (
        f'<!DOCTYPE html><html lang="de"><head><meta charset="UTF-8"/>{_VERSION}'
        f"<title>{escape(title)}</title>{script}</head><body>\n"
        f'<div class="beispiel" role="note">{MARK}. Alle Inhalte sind erfunden.</div>\n'
        '<main id="pageContent" tabindex="-1" aria-label="Seiteninhalt" '
        'data-jumplink="Zum Inhalt">\n<div id="readOut">\n<div id="id6e">\n<div class="header">\n'
        f'<h1 class="title">{escape(title)}</h1>\n\n</div>\n</div>\n{body}\n</div>\n</main>'
        f"<footer>{MARK}</footer></body></html>\n"
    )


def _shell(title: str, address: str) -> str:
    """An empty frame whose script names the address of its rows."""
    script = (
        '<script type="text/javascript">\n/*<![CDATA[*/\nWicket.Event.add(window, "domready", '
        f'function(event) {{ Wicket.Ajax.ajax({{"u":"{address}","c":"id2a"}});;}});\n/*]]>*/\n'
        "</script>"
    )
    return _frame(title, '<div id="id2a"><div>Loading...</div></div>', script)


def _ajax(table: str) -> str:
    return (
        f'<ajax-response><component id="id2a" ><![CDATA[{table}]]></component>'
        '<header-contribution><![CDATA[<head xmlns:wicket="http://wicket.apache.org">'
        f"{_VERSION}</head>]]></header-contribution></ajax-response>"
    )


# -- calendar --------------------------------------------------------------------------------


def calendar(council: Council, number: int, query: str) -> str:
    """``si010``: an empty frame that names the address of its rows."""
    title = f"Sitzungskalender {council.town.name}"
    return _shell(title, f"./si010?{number}-1.0-&{query}")


def calendar_rows(council: Council, year: int, month: int) -> str:
    """The answer to the script: all days of the month, a day's further meetings undated."""
    meetings = council.month(year, month)
    rows = []
    for number in range(1, calendars.monthrange(year, month)[1] + 1):
        date = dt.date(year, month, number)
        todays = [each for each in meetings if each.date == date]
        rows += [_row(each, is_first=place == 0) for place, each in enumerate(todays)]
        if not todays:
            rows.append(_empty_row(date))
    heads = (("dateCol", "Datum"), ("time", "Uhrzeit"), ("textCol", "Sitzung"), ("raum", "Raum"))
    head = "\n\n".join(
        f'<th class="{name}" scope="col"><span>{label}</span></th>' for name, label in heads
    )
    table = (
        '<div id="id2a"><div id="id2c">\n'
        '<table id="id2d" class="calenderView hoverRow stickyHeader">\n'
        f"<caption>Kalender ({MARK})</caption>\n"
        f'<thead>\n\n<tr class="headers">\n\n{head}\n\n</tr>\n\n</thead>\n<tbody>\n'
        + "".join(rows)
        + "\n</tbody>\n</table>\n</div></div>"
    )
    return _ajax(table)


def _classes(date: dt.date) -> str:
    parity = "odd" if date.day % 2 else "even"
    return f"{_DAYS[date.weekday()].lower()} {parity}"


def _date_cell(date: dt.date) -> str:
    return (
        f'<td class="nowrapContent"><span class="dow">{_DAYS[date.weekday()]}</span>'
        f'<span class="dom">{date.day:02d}</span></td>'
    )


def _empty_row(date: dt.date) -> str:
    return (
        f'<tr class="{_classes(date)} emptyRow">\n{_date_cell(date)}\n'
        '<td colspan="3">\n<div> </div>\n</td>\n</tr>'
    )


def _row(meeting: Meeting, *, is_first: bool) -> str:
    same = "" if is_first else "sameday "
    cell = _date_cell(meeting.date) if is_first else '<td class="nowrapContent"></td>'
    name = escape(meeting.name) + (" - fällt aus" if meeting.is_cancelled else "")
    link = f'<a id="si_{meeting.id}">{name}</a>'
    if meeting.is_published:
        when = f" am {WEEKDAYS[meeting.date.weekday()][:2]}., {day(meeting.date)}"
        link = (
            f'<a href="./to010?SILFDNR={meeting.id}&amp;refresh=false" id="si_{meeting.id}" '
            f'data-simpletooltip-text="{when} um {meeting.start:%H:%M} Uhr." '
            f'class="js-simple-tooltip tooltipProvider">{name}</a>'
        )
    return (
        f'<tr class="{same}{_classes(meeting.date)}">\n{cell}\n<td class="time">\n'
        f"<div>{meeting.start:%H:%M}</div>\n</td>"
        f'<td class="textCol" data-bordercolor="transparent">\n<div>\n{link}\n</div>\n</td>'
        f'<td class="raum">\n<div>{escape(meeting.body.room)}</div>\n</td>\n</tr>'
    )


# -- agenda ----------------------------------------------------------------------------------


def _entry(label: str, span: str, value: str, number: int = 4) -> str:
    return (
        f'<dl>\n<dt class="colTitle">\n<span class="label">{label}:</span>\n</dt>\n'
        f'<dd class="colEntry">\n<span class="text{number}" id="{span}">{value}</span>\n</dd>\n'
        "</dl>"
    )


def _head(entries: list[str], documents: str) -> str:
    rows = "\n".join(f'<div class="row">\n{each}\n</div>' for each in entries)
    return (
        '<div id="head">\n<div id="headLeft">\n<div class="frameHeader">\n<h2>Grunddaten</h2>\n'
        f'</div>\n<div class="headLeftInner roundedBorder">\n{rows}\n</div>\n</div>\n'
        f'<div id="headRight">\n{documents}\n</div>\n</div>\n<div class="clear"></div>'
    )


def _doclink(file_id: int, label: str, tip: str) -> str:
    return (
        f'<a href="{_RESOURCE}/doc{file_id}.pdf" target="_blank" data-simpletooltip-text="Öffnet '
        f'PDF-Datei &#039;{escape(tip)}&#039; in neuem Fenster" '
        f'class="js-simple-tooltip doclink pdf">{escape(label)}</a>'
    )


def _panel(name: str, label: str, links: list[str], classes: str = "") -> str:
    entries = "".join(f"<li>\n{link}\n\n</li>" for link in links)
    return (
        f'<aside tabindex="-1" id="{name}"{classes} data-jumplink="Zu {label}">\n'
        f'<div class="frameHeader">\n<span>{label}</span>\n</div>\n'
        f'<ul class="headRightInner roundedBorder">\n{entries}\n</ul>\n</aside>'
    )


def agenda(council: Council, of: Meeting) -> str:
    """``to010``: the meeting's data and the tree of its items."""
    body = of.body
    weekday = WEEKDAYS[of.date.weekday()][:2]
    state = "Sitzung durchgeführt" if of.is_held else "Sitzung eingeladen"
    times = of.times.replace("-", " - ")
    entries = [
        _entry("Betreff", "sibetreff", f"\n<a><p>{escape(of.name)}</p></a>\n", 1),
        _entry(
            "Gremium",
            "sigremium",
            f'\n<a href="./gr020?GRLFDNR={body.id}">{escape(body.name)}</a>\n',
            1,
        ),
        _entry(
            "Datum",
            "sidatum",
            f'\n<a href="./si010?DD={of.date.day}&amp;MM={of.date.month}&amp;YY={of.date.year}">'
            f"{weekday}., {day(of.date)}</a>\n",
        ),
        _entry("Status", "sistatus", "gemischt").replace(
            "\n</dd>", f'\n<span class="text4" id="sistat">\n<a> ({state})</a>\n</span>\n</dd>'
        ),
        _entry("Uhrzeit", "sizeit", times),
        _entry("Anlass", "sianlass", "Sondersitzung" if of.is_special else "ordentliche Sitzung"),
        _entry("Raum", "siraum", escape(body.room)),
        _entry("Ort", "siort", escape(body.address)),
    ]
    bundle = (
        '<a href="#" id="sammeldoc" class="aktenmappe_indiv doclink js-simple-tooltip '
        'tooltipProvider" aria-haspopup="dialog">Sammeldokument individuell</a>'
    )
    links = [bundle] + [_doclink(number, name, name) for number, name in meeting_files(council, of)]
    columns = (
        "expandCloseCol",
        "tonr",
        "tobetreff",
        "attach",
        "tobahint",
        "tovonr",
        "toDoc",
        "tozunr",
    )
    heads = ("+/-", "TOP", "Betreff", "", "", "Vorlage", "", "Zuständigkeit")
    head = "\n\n".join(
        f'<th class="{name}" scope="col"><span>{label}</span></th>'
        for name, label in zip(columns, heads, strict=True)
    )
    table = (
        '<div id="mainContent">\n<div id="id7" class="toCollapsible">\n'
        '<h2 class="expandedTitle">Tagesordnung</h2>\n<div id="toTable" class="tree-theme-human">\n'
        '<table id="toTreeTable" class="dataTable captionVisible stickyHeader toTable">\n'
        '<caption class="rs_skip">Tagesordnung</caption>\n<thead>\n\n<tr class="headers">\n\n'
        f"{head}\n\n</tr>\n\n</thead>\n<tbody>\n{_rows(council, of)}\n</tbody>\n\n</table>\n"
        "</div>\n</div>\n</div>"
    )
    documents = _panel("dokumenteHeaderPanel", "Dokumente", links)
    return _frame(f"{body.name} - {day(of.date)}", _head(entries, documents) + table)


def _cells(*values: str) -> str:
    names = (
        "expandCloseCol",
        "tonr",
        "tobetreff",
        "attach",
        "tobahint",
        "tovonr",
        "toDoc",
        "tozunr",
    )
    padded = ("", *values)
    return "".join(
        f'<td class="{name}">\n{value}\n</td>' for name, value in zip(names, padded, strict=True)
    )


def _rows(council: Council, of: Meeting) -> str:
    listed = items(council, of)
    rows = [_part_row("Öffentlicher Teil", 0)]
    rows += [_item_row(council, of, each) for each in listed if each.is_public]
    closed = [each for each in listed if not each.is_public]
    if closed:
        rows.append(_part_row("Nichtöffentlicher Teil", 1))
        rows += [_item_row(council, of, each) for each in closed]
    return "".join(rows)


def _part_row(name: str, number: int) -> str:
    cells = _cells("", f"<div><p>{name}</p></div>", "", "", "", "", "")
    return f'<tr id="id79{number}" class="even beratung">\n{cells}\n</tr>'


def _item_row(council: Council, of: Meeting, item: Item) -> str:
    sign = "Ö" if item.is_public else "N"
    title = escape(item.name)
    above = f' data-tt-parent-id="{item.parent}"' if item.parent else ""
    number = (
        f'<div>\n<a href="#" id="link_{item.id}">{sign} {item.number}</a>'
        f'<span hidden="" class="wicket-ajax-indicator" id="link_{item.id}--ajax-indicator">'
        "</span>\n</div>"
    )
    name = f'<div>\n<a id="betreff_{item.id}">{title}</a>\n</div>'
    if item.is_public or item.result:
        late = f"Nachtrag vom {day(item.supplement)}" if item.supplement else ""
        late = late if item.is_public else escape(item.result or "")
        name = (
            f'<div>\n<a href="./to020?TOLFDNR={item.id}&amp;SILFDNR={of.id}" '
            f'id="betreff_{item.id}">{title}<span class="zusatzinfo">{late}</span> </a>\n</div>'
        )
    reference, document, role, attached = "", "", "", ""
    if item.paper is not None:
        reference = (
            f'<div>\n<a href="./vo020?VOLFDNR={item.paper.id}&amp;refresh=false&amp;TOLFDNR='
            f'{item.id}" id="vo_{item.id}">{escape(item.paper.reference)}</a>\n</div>'
        )
        main = [each for each in attachments(council, item.paper) if each.number == 0]
        if main:
            document = _document(main[0].id, "Vorlage")
        role = f"<div>{_role(council, of, item)}</div>"
        if any(each.number for each in attachments(council, item.paper)):
            attached = (
                f'<div>\n<img src="images/attach.svg" alt="{title} vorhanden" '
                'class="icon noTooltip js-simple-tooltip" role="presentation"/>\n</div>'
            )
    elif item.is_public:
        reference = f'<div>\n<a id="vo_{item.id}"></a>\n</div>'
    elif (leak := shown_file(council, of, item)) is not None:
        reference = f'<div>\n<a href="./vo020?VOLFDNR=1">{item.closed_reference}</a>\n</div>'
        document = _document(leak, f"Beschluss: {item.result}")
    parity = "odd" if item.position % 2 else "even"
    return (
        f'<tr id="id7a{item.position}" class="{parity} num{parity}" data-tt-id="{item.id}"'
        f"{above}>\n"
        f"{_cells(number, name, attached, '', reference, document, role)}\n</tr>"
    )


def _document(file_id: int, name: str) -> str:
    return (
        f'<div>\n<a href="{_RESOURCE}/doc{file_id}.pdf" target="_blank" '
        'class="pdfOhneLabel js-simple-tooltip doclink pdf" data-simpletooltip-text='
        f'"Öffnet PDF-Datei &#039;{escape(name)}&#039; in neuem Fenster"></a>\n\n</div>'
    )


def _role(council: Council, of: Meeting, item: Item) -> str:
    if item.paper is None or item.paper.kind in ("Unterrichtungsvorlage", "Anfrage"):
        return "Kenntnisnahme"
    last = council.forwarded(item.paper.index) or of
    return "Entscheidung" if last.id == of.id else "Vorberatung"


def item(of: Meeting, shown: Item) -> str:
    """``to020``: one item with its resolution and vote."""
    entries = [
        _entry("Betreff", "vobetreff", f"<a><p>{escape(shown.name)}</p></a>", 1),
        _entry("TOP", "toname", f"Ö {shown.number}"),
        _entry("Gremium", "togremium", escape(of.body.name)),
        _entry("Datum", "todatum", day(of.date)),
    ]
    if shown.result:
        entries.append(_entry("Beschlussart", "toBeschlussart", escape(shown.result)))
    parts = ""
    if shown.resolution:
        parts += _part(900_001, "Beschluss", [shown.resolution])
    if shown.vote:
        vote = shown.vote
        counted = f"Ja: {vote.yes}, Nein: {vote.no}, Enthaltungen: {vote.abstained}"
        parts += _part(900_002, "Abstimmungsergebnis", [counted])
    content = f'<div id="mainContent">\n{parts}</div>'
    return _frame(f"Ö {shown.number} - {day(of.date)}", _head(entries, "") + content)


# -- committees ------------------------------------------------------------------------------


def committees(council: Council, number: int) -> str:
    """``gr010``: an empty frame that names the address of its rows."""
    return _shell(f"Gremien {council.town.name}", f"./gr010?{number}-1.0-")


def committee_rows(council: Council) -> str:
    """The answer to the script: committees and factions, each kind below its heading."""
    groups: dict[str, list[tuple[int, str, int]]] = {}
    people = people_of(council)
    for body in council.bodies:
        seats = len(people.of_body(body.id))
        groups.setdefault(kind_of(body), []).append((body.id, body.name, seats))
    groups[FACTION] = [
        (each.id, each.name, len(people.of_faction(each.id))) for each in people.factions
    ]
    rows = ""
    for kind, listed in groups.items():
        rows += f'<tr class="odd group">\n<td>{kind}</td><td></td><td></td><td></td>\n</tr>'
        rows += "".join(
            f'<tr class="even">\n<td><div><a href="./gr020?GRLFDNR={number}">{escape(name)}</a>'
            f"</div></td><td>{seats}</td><td></td><td></td>\n</tr>"
            for number, name, seats in listed
        )
    heads = ("Name", "Mitglieder", "Letzte Sitzung", "Nächste Sitzung")
    return _ajax(_table("id2d", "Gremien", heads, rows))


def committee(council: Council, number: int) -> str | None:
    """``gr020``: a committee or faction with its members; None where there is none."""
    people = people_of(council)
    body = next((each for each in council.bodies if each.id == number), None)
    faction = next((each for each in people.factions if each.id == number), None)
    if body is None and faction is None:
        return None
    name = body.name if body else faction.name if faction else ""
    seats = people.of_body(number) if body else people.of_faction(number)
    rows = "".join(
        f'<tr class="even">\n<td><div><a href="./kp020?KPLFDNR={seat.person.id}">'
        f"{seat.person.form} {escape(seat.person.name)}</a></div></td><td>{seat.role}</td>"
        f"<td>{escape(seat.person.faction.name) if seat.person.faction else ''}</td>"
        f"<td>{day(seat.start)}</td><td>{day(seat.end) if seat.end else ''}</td>\n</tr>"
        for seat in seats
    )
    entries = [_entry("Gremium", "grname", escape(name), 1)]
    if body:
        entries.append(_entry("Kurzname", "grkurz", body.short))
    heads = ("Name", "Art der Mitarbeit", "Fraktion", "von", "bis")
    members = _table("id9", "Mitglieder", heads, rows)
    return _frame(name, _head(entries, "") + f'<div id="mainContent">{members}</div>')


def person(council: Council, number: int) -> str | None:
    """``kp020``: a person and where they sit; None where there is nobody."""
    people = people_of(council)
    shown = people.person(number)
    if shown is None:
        return None
    places = ((seat.body or seat.faction, seat.role) for seat in people.of_person(number))
    rows = "".join(
        f"<tr><td>{escape(place.name)}</td><td>{role}</td></tr>" for place, role in places if place
    )
    table = _table("id9", "Mitgliedschaften", ("Gremium", "Art der Mitarbeit"), rows)
    return _frame(f"{shown.form} {shown.name}", f'<div id="mainContent">{table}</div>')


def kind_of(body: Body) -> str:
    """The heading below which the list of committees shows a body."""
    return {"rat": "Rat", "orts": "Ortsbeirat"}.get(body.kind, "Ausschuss")


def _table(element: str, caption: str, heads: tuple[str, ...], rows: str) -> str:
    head = "".join(f'<th scope="col"><span>{each}</span></th>' for each in heads)
    return (
        f'<table id="{element}" class="dataTable captionVisible stickyHeader">\n'
        f'<caption class="rs_skip">{caption} ({MARK})</caption>\n<thead>\n<tr class="headers">'
        f"{head}</tr>\n</thead>\n<tbody>\n{rows}\n</tbody>\n</table>"
    )


# -- paper -----------------------------------------------------------------------------------


def paper(council: Council, of: Paper, number: int) -> str:
    """``vo020``: the paper's data, way, text and documents; ``number`` is the Wicket page's."""
    entries = [
        _entry("Betreff", "vobetreff", f"<p>{escape(of.title)}</p>", 1),
        _entry("Status", "vostatus", "öffentlich").replace(
            "\n</dd>",
            '\n<span class="text4" id="vostat">\n<a> (Vorlage freigegeben)</a>\n</span>\n</dd>',
        ),
        _entry("Vorlageart", "voart", escape(of.kind)),
        _entry("Datum", "vodatum", day(of.date)),
        _entry("Federführung", "vofamt", escape(of.office)),
        _entry("1. Berichterstattung", "voverfasser1", escape(of.originator)),
    ]
    listed = attachments(council, of)
    main = [_doclink(each.id, "Vorlage", "Vorlage") for each in listed if each.number == 0]
    extra = [each for each in listed if each.number]
    links = [
        f'<div>\n<a href="./vo020?{number}--anlagenHeaderPanel-attachmentsList-{place}-'
        f'attachment-link&amp;VOLFDNR={of.id}&amp;refresh=false" target="_blank" '
        f'class="js-simple-tooltip attlink {each.ending}">{escape(each.name)}</a>\n</div>'
        for place, each in enumerate(extra)
    ]
    documents = _panel("dokumenteHeaderPanel", "Dokumente", main)
    if links:
        documents += _panel("anlagenHeaderPanel", "Anlagen", links, ' class="attachments"')
    parts = "".join(
        _part(1_500_000 + place, each.heading, [*each.paragraphs, *each.points])
        for place, each in enumerate(sections(council, of))
    )
    content = f'<div id="mainContent">\n{_way(council, of)}\n{parts}</div>'
    return _frame(f"{of.kind} - {of.reference}", _head(entries, documents) + content)


def _way(council: Council, of: Paper) -> str:
    rows = []
    for place, (met, found, role) in enumerate(consultations(council, of)):
        color = "Erledigt" if met.is_held else "Geplant"
        date = f"{met.date.year} {_MONTHS[met.date.month - 1]} {met.date.day:02d}"
        rows.append(
            f'<tr id="idd1{place}" class="even">\n<td class="colorCol">\n<div>\n'
            '<span class="wfcolorDescIcon" data-iconcolor="#73D216">●</span>\n'
            f'<span class="wfcolorDesc">{color}</span>\n</div>\n</td><td>\n<div> </div>\n</td>'
            "<td>\n"
            f"<div>{escape(met.body.name)}</div>\n</td><td>\n<div>{role}</div>\n</td>"
            '<td class="toLink">\n<div> </div>\n</td>\n</tr>'
            f'<tr id="idd2{place}" class="odd">\n<td class="colorCol">\n<div> </div>\n</td>'
            f'<td class="date">\n<div>{date}</div>\n</td><td>\n<div>\n'
            f'<a href="./to010?SILFDNR={met.id}&amp;TOLFDNR={found.id}">{escape(met.name)}</a>\n'
            f'</div>\n</td><td>\n<div>\n<a href="./to020?TOLFDNR={found.id}">'
            f"{escape(found.result or '')}</a>\n</div>\n</td>"
            f'<td class="toLink">\n<div>\n<a href="./to020?TOLFDNR={found.id}" class="objAnchor">NA'
            "</a>\n</div>\n</td>\n</tr>"
        )
    heads = ("Status", "Datum", "Gremium", "Beschluss", "NA")
    head = "\n\n".join(f'<th scope="col"><span>{each}</span></th>' for each in heads)
    return (
        '<div id="idac">\n<h2 class="expandedTitle">Beratungsfolge</h2>\n'
        '<div id="bfTable" class="tree-theme-human">\n<table id="idcf" class="dataTable '
        'captionVisible stickyHeader bfTable nonStickyHeader">\n'
        '<caption class="rs_skip">Beratungsfolge</caption>\n<thead>\n\n<tr class="headers">\n\n'
        f"{head}\n\n</tr>\n\n</thead>\n<tbody>\n{''.join(rows)}\n\n</tbody>\n\n</table>\n</div>\n</div>"
    )


def _part(number: int, heading: str, lines: list[str]) -> str:
    said = "\n".join(
        f'<p style="margin-top:0pt; margin-bottom:11pt">\n<span>{escape(line)}</span>\n</p>'
        for line in lines
    )
    return (
        '<div class="compFull roundedBorder" >\n<div>\n'
        f'<h2 class="expandedTitle">{escape(heading)}</h2>\n'
        f'<div id="htm{number}" style="font-family:Carlito; font-size:11pt;" '
        f'class="docPart readOnly">\n<div>\n{said}\n</div>\n</div>\n</div>\n</div>'
    )
