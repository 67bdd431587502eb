"""The HTML of SessionNet's layout 6 (classes and ids as on the real pages, prose our own)."""

import calendar as calendars
import datetime as dt
from collections.abc import Sequence
from html import escape
from typing import Final

from ingestion.sampleworld.agenda import Item, consultations, items
from ingestion.sampleworld.bodies import Meeting
from ingestion.sampleworld.council import Council
from ingestion.sampleworld.dice import MONTHS, WEEKDAYS, add_months, day
from ingestion.sampleworld.documents import closed_file, leaks, meeting_files
from ingestion.sampleworld.papers import MARK, Paper, attachments
from ingestion.sampleworld.sessionnet_people import PeoplePages


def _frame(council: Council, page: str, title: str, body: str) -> str:
    name = escape(council.town.name)
    return (
        '<!DOCTYPE html><html lang="de"><head><meta charset="utf-8">'
        '<meta name="author" content="Nachbildung von SessionNet Version 5.4.7 bi (Layout 6)">'
        '<meta name="sessionnet" content="V:050407"/>'
        f"<title>SessionNet | {escape(title)}</title></head>\n"
        '<body id="smc_body" class="smc-body">'
        f'<div id="wrapper" class="smclayout smc_page_{page}_layout">\n'
        '<div class="alert alert-warning smc-beispiel" role="note">'
        f"{MARK}. Alle Inhalte sind erfunden.</div>\n"
        f'<h1 class="smc_h1">Bürgerinformationssystem der Stadt {name} - {escape(title)}</h1>\n'
        f'<div id="page-content" role="main" aria-label="Informationen">\n{body}\n</div>\n'
        '<footer aria-label="Fusszeile mit Seiteninformationen"><div id="smcmenubottom">'
        '<ul class="list-inline"><li><a  href="/dateien/datenschutz.pdf">Datenschutz</a></li>'
        '<li><a  href="/dateien/barrierefreiheit.pdf" class="smce-a-u">Barrierefreiheit</a></li>'
        f"</ul></div><p>{MARK}</p></footer></div></body></html>\n"
    )


PEOPLE: Final = PeoplePages(_frame, "", has_dates=False)


def _document(file_id: int, name: str, ending: str = "pdf") -> str:
    number = f"0009{file_id:010d}"
    tip = f"Dokument Download Dateityp: {ending}"
    label = f'title="{tip}" aria-label="{tip}"'
    href = f'href="getfile.php?id={file_id}&type=do"'
    return (
        f'<div id="smcy{number}" class="smc-dg-ds-1 col-lg-6 smc-d-el">'
        f'<div id="smcb{number}" class="smc-xxdat smc-default default smc-box-type-1 smc-dg-b1">'
        '<div class="smc-doc-content smcc-s1-n smce-m-1">'
        f'<div id="smcg{number}"  class="smc-action-group smc-action-group-lg ml-auto" '
        f'role="group"><a {href} {label} role="button" class="btn btn-blue" id="smcs{number}" >'
        '<i role="button" class="smc smc-download" aria-hidden="true"></i></a></div>'
        '<div class="smc-el-h smc-link-normal smc_datatype_do smc-t-r991">'
        f'<a {href} {label} class="smce-a-u smc-link-normal smc_datatype_do smc-t-r991" >'
        f"{escape(name)}</a></div></div></div>\n</div>"
    )


def _documents(files: Sequence[tuple[int, str] | tuple[int, str, str]], classes: str) -> str:
    if not files:
        return ""
    inner = "\n".join(_document(*each) for each in files)
    return f'<div class="{classes} smc-documents smc-pr-n">\n{inner}\n<!--SMCPHDOCFCT--></div>'


def _tabs(active: str, tabs: list[tuple[str, str]]) -> str:
    made = []
    for href, label in tabs:
        state = ' active smc-ct1" aria-selected="true' if href.startswith(active) else ""
        made.append(
            f'<li class="nav-item{state}"><a  href="{href}" title="{label}" '
            f'aria-label="{label}" class="smce-a-u nav-link" >{label}</a></li>'
        )
    inner = "".join(made)
    return f'<ul class="nav nav-tabs smcnoprint" id="smcregister">\n{inner}\n</ul>'


def _grid(page: str, number: int, rows: list[tuple[str, str, str]]) -> str:
    lines = "\n".join(
        f'<div class="smc-table-row"><div class="smc-table-cell smc-cell-head {key}_title">'
        f'{label}</div><div class="smc-table-cell {key}">{value}</div>\n</div>'
        for key, label, value in rows
    )
    return (
        f'<div id="smc_page_{page}_contenttable{number}" class="smc-table smc-table-striped '
        f'smccontenttable smc_page_{page}_contenttable">\n{lines}\n</div>'
    )


# -- calendar --------------------------------------------------------------------------------


def calendar(council: Council, year: int, month: int) -> str:
    """``si0040``: one row per day, more rows where a day has several meetings."""
    meetings = council.month(year, month)
    rows = []
    for number in range(1, calendars.monthrange(year, month)[1] + 1):
        date = dt.date(year, month, number)
        todays: list[Meeting | None] = [each for each in meetings if each.date == date]
        for place, meeting in enumerate(todays or [None]):
            rows.append(_day(council, date, meeting, is_first=place == 0))
    here = dt.date(year, month, 1)
    steps = "".join(
        f'<li class="nav-item"><a  href="si0040.php?__cjahr={other.year}&__cmonat={other.month}'
        f'&__canz=1&__cselect=0" class="smce-a-u nav-link">{label}</a></li>'
        for other, label in ((add_months(here, -1), "zurück"), (add_months(here, 1), "weiter"))
    )
    number = 1 + (year + month) % 3
    table = (
        f'<ul class="nav nav-pills">{steps}</ul><br />\n'
        f'<!-- table-responsive --><table id="smc_page_si0040_contenttable{number}" '
        'class="table table-striped smc-table smc-table-striped smc-table-responsive '
        'smctablesitzungen">\n<tbody>\n' + "\n".join(rows) + "\n</tbody></table>"
        "<!-- /table-responsive -->"
    )
    return _frame(council, "si0040", f"Kalender {year} {MONTHS[month - 1]}", table)


def _day(council: Council, date: dt.date, meeting: Meeting | None, *, is_first: bool) -> str:
    name = WEEKDAYS[date.weekday()]
    free = date.weekday() > 4  # noqa: PLR2004 - Saturday, Sunday
    kind = "holiday smc-status-holiday" if free else "weekday"
    short = f'<a title="{name}" class="{kind}">{name[:2]}</a>'
    number = f'<span class="weekday">{date.day}</span>'
    shown = number if is_first else ""
    small = "" if meeting else " smc-table-cell-small"
    wide = "l" if meeting else "n"
    files = meeting_files(council, meeting) if meeting else []
    return (
        f'<tr><td data-label="&nbsp;" class="smc-table-cell-block-991 smc-table-cell-heading '
        f'smc_fct_day_991">{number} {short}</td>'
        f'<td data-label="&nbsp;" class="smc-t-cn991{small} smc_fct_day">{shown}</td>'
        f'<td data-label="&nbsp;" class="smc-t-cn991{small} smc_fct_daytext">{short}</td>'
        f'<td data-label="Sitzung" class="smc-t-c{wide}991 silink">{_entry(meeting)}</td>'
        f'<td data-label="Mandant" class="smc-t-c{wide}991 pagel"></td>'
        f'<td data-label="Dokumente" class="smc-t-c{wide}991 sidocs">'
        f"{_documents(files, 'smc-dg-c-3-12 smce-do-1')}</td>\n</tr>"
    )


def _entry(meeting: Meeting | None) -> str:
    if meeting is None:
        return ""
    label = f"Details anzeigen: {escape(meeting.body.name)} {day(meeting.date)}"
    name = escape(meeting.body.name)
    if meeting.is_published:
        link = (
            f'<a href="si0056.php?__ksinr={meeting.id}" title="{label}" aria-label="{label}" '
            f'class="smce-a-u smc-link-normal smc_doc smc_datatype_si" >{name}</a>'
        )
    else:
        link = (
            f'<a  href="si0050.php?__ksinr={meeting.id}" title="{label}" aria-label="{label}" '
            f'class="smce-a-u smc-link-normal smc_doc smc_datatype_si" >{name}</a>'
        )
    place = f"{escape(meeting.body.room)}, {escape(meeting.body.address)}"
    off = '<li class="list-inline-item smc-si-cancelled">fällt aus</li>'
    return (
        f'<div class="smc-el-h ">{link}</div><ul class="list-inline smc-detail-list">'
        f'<li class="list-inline-item">{meeting.times}&nbsp;Uhr</li>'
        f"{off if meeting.is_cancelled else ''}"
        f'<li class="list-inline-item">{place}</li></ul>'
    )


# -- agenda ----------------------------------------------------------------------------------


def _head(meeting: Meeting, page: str) -> str:
    off = " (fällt aus)" if meeting.is_cancelled else ""
    return _grid(
        page,
        1,
        [
            ("siname", "Sitzung", escape(meeting.reference + off)),
            ("sigrname", "Gremium", escape(meeting.body.name)),
            ("siort", "Raum", f"{escape(meeting.body.room)}, {escape(meeting.body.address)}"),
            ("sidat", "Datum", day(meeting.date)),
            ("yytime", "Zeit", f"{meeting.times}&nbsp;Uhr"),
        ],
    )


def _meeting_tabs(meeting: Meeting, active: str) -> str:
    tabs = [(f"si0050.php?__ksinr={meeting.id}", "Informationen")]
    if meeting.is_published:
        tabs += [
            (f"si0056.php?__ksinr={meeting.id}", "TOP-Liste"),
            (f"si0057.php?__ksinr={meeting.id}", "Tagesordnung"),
        ]
    return _tabs(active, tabs)


def meeting(council: Council, of: Meeting) -> str:
    """``si0050``: the meeting's data without its agenda."""
    body = _meeting_tabs(of, "si0050") + _head(of, "si0050")
    body += _documents(meeting_files(council, of), "smc-dg-c-1-10 row")
    return _frame(council, "si0050", f"{of.body.name} - {day(of.date)}", body)


def agenda(council: Council, of: Meeting) -> str:
    """``si0057``: the meeting's data, documents and items, public and closed part."""
    listed = items(council, of)
    number = 2 + of.index % 3
    rows = [_part("Öffentlicher Teil:", of.id)]
    rows += [_item(council, each, None) for each in listed if each.is_public]
    closed = [each for each in listed if not each.is_public]
    if closed:
        rows.append(_part("Nicht öffentlicher Teil:", of.id + 1))
        leak = closed_file(council, of) if leaks(of) else None
        rows += [_item(council, each, leak if each.closed_reference else None) for each in closed]
    files = meeting_files(council, of)
    body = (
        f"{_meeting_tabs(of, 'si0057')}\n{_head(of, 'si0057')}\n"
        f'<h2 class="mb-0 card-header-title">{len(files)} Dokumente</h2>'
        f"{_documents(files, 'smc-dg-c-1-10 row')}\n"
        f'<!-- table-responsive --><table id="smc_page_si0057_contenttable{number}" '
        'class="table table-striped smc-table smc-table-striped smc-table-responsive '
        'smctablesitzung">\n<tbody>\n' + "\n".join(rows) + "\n</tbody></table>"
        "<!-- /table-responsive -->"
    )
    title = f"{of.body.name} - {day(of.date)} - {of.times} Uhr"
    return _frame(council, "si0057", title, body)


def _part(name: str, number: int) -> str:
    return (
        '<tr class="smc-t-r-l"><td class="totrenn" colspan="4">'
        f'<h2 id="smc_dv_next{number}">{name}</h2></td>\n</tr>'
    )


def _item(council: Council, item: Item, leak: int | None) -> str:
    sign = "Ö" if item.is_public else "NÖ"
    late = ""
    if item.supplement is not None:
        late = (
            f' <span class="smcf_tondat">Nachtrag: {day(item.supplement)}</span> '
            '<span class="smcf_tondat_star">*</span>'
        )
    return (
        f'<tr class="smc-t-r-l"><td class="tofnum"><span class="badge">{sign} {item.number}{late}'
        '</span></td><td class="tobetr">'
        f'<div class="margin-bottom smc-card-header-title-simple">{escape(item.name)}</div>'
        f"{_results(item)}</td>{_reference(item)}"
        f'<td class="smc-t-cl991 sidocs">{_item_files(council, item, leak)}</td>\n</tr>'
    )


def _results(item: Item) -> str:
    said = []
    if item.result:
        said.append(
            '<p class="smc_field_smcdv0_box2_beschluss margin-bottom-0 margin-top-0">'
            f"<strong>Beschluss:</strong> {escape(item.result)}</p>"
        )
    if item.vote:
        said.append(
            '<p class="smc_field_smcdv0_box2_abstimmung margin-bottom-0 margin-top-0">'
            f"<strong>Abstimmung:</strong>  Ja:&nbsp;{item.vote.yes}, Nein:&nbsp;{item.vote.no}, "
            f"Enthaltung:&nbsp;{item.vote.abstained}, Befangen:&nbsp;0</p>"
        )
    inner = "".join(said)
    return f'\n<div class="smc-table-cell-box-normal">{inner}</div>' if said else ""


def _reference(item: Item) -> str:
    if item.paper is not None:
        label = f"Vorlage anzeigen: {escape(item.name)}"
        return (
            '<td data-label="Vorlage" class="smc-t-cl991 tovo"> '
            f'<a  href="vo0050.php?__kvonr={item.paper.id}" title="{label}" '
            f'aria-label="{label}" class="smce-a-u smc-link-procedure smc_doc smc_field_voname '
            f'smcnowrap smc_datatype_vo" >{escape(item.paper.reference)}</a></td>'
        )
    if item.closed_reference is not None:
        words = escape(item.closed_reference)
        if item.result:
            words = f'<a  href="vo0050.php?__kvonr=1">{words}</a>'
        return f'<td data-label="Vorlage" class="smc-t-cl991 tovo">{words}</td>'
    return '<td class="toxx">&nbsp;</td>'


def _item_files(council: Council, item: Item, leak: int | None) -> str:
    if item.paper is not None:
        return _documents(_paper_files(council, item.paper), "smc-dg-c-3-12 smce-do-1")
    return _documents([(leak, "Vorlage")], "smc-dg-c-3-12 smce-do-1") if leak else ""


# -- paper -----------------------------------------------------------------------------------


def _paper_files(council: Council, of: Paper) -> list[tuple[int, str, str]]:
    return [(each.id, each.name, each.ending) for each in attachments(council, of)]


def _paper_tabs(of: Paper, active: str) -> str:
    return _tabs(
        active,
        [
            (f"vo0050.php?__kvonr={of.id}", "Informationen"),
            (f"vo0053.php?__kvonr={of.id}", "Beratungen"),
        ],
    )


def _kind(council: Council, of: Paper) -> str:
    """Koblenz numbers its types: ``02_Unterrichtungsvorlage``."""
    if council.city != "koblenz":
        return of.kind
    kinds = ("Beschlussvorlage", "Unterrichtungsvorlage", "Antrag", "Anfrage", "Nachtrag")
    return f"{kinds.index(of.kind) + 1:02d}_{of.kind}"


def paper(council: Council, of: Paper) -> str:
    """``vo0050``: the paper's data and documents."""
    rows = [
        ("vobetr", "Betreff", escape(of.title)),
        ("voname", "Vorlage", escape(of.reference)),
        ("vovaname", "Art", escape(_kind(council, of))),
        ("vodat", "Datum", day(of.date)),
        ("voamname", "Federführend", escape(of.office)),
        ("voverfasser", "Einreicher", escape(of.originator)),
    ]
    body = (
        f"{_paper_tabs(of, 'vo0050')}\n{_grid('vo0050', 1, rows)}\n"
        f"{_documents(_paper_files(council, of), 'smc-dg-c-1-10 row')}"
    )
    return _frame(council, "vo0050", f"Vorlage {of.title}", body)


def way(council: Council, of: Paper) -> str:
    """``vo0053``: the meetings that deal with the paper."""
    rows = []
    for met, item, role in consultations(council, of):
        sign = f"Ö {item.number}"
        rows.append(
            f'<tr class="smc-t-r-l"><td class="sidat">{day(met.date)}</td>'
            f'<td class="silink"><a  href="si0057.php?__ksinr={met.id}" '
            f'class="smce-a-u smc-link-normal smc_doc smc_datatype_si" >{escape(met.body.name)}'
            f'</a><a  href="kp0040.php?__kgrnr={met.body.id}">Gremium</a></td>'
            f'<td class="tofnum"><span class="badge">{sign}</span></td>'
            f'<td class="bfart">{role}</td>'
            f'<td class="bfstatus">{escape(item.result or "")}</td></tr>'
        )
    table = (
        '<table id="smc_page_vo0053_contenttable1" class="table table-striped smc-table '
        'smc-table-striped smc-table-responsive smctableberatungen">\n<tbody>\n'
        + "\n".join(rows)
        + "\n</tbody></table>"
    )
    return _frame(
        council, "vo0053", f"Beratungen {of.reference}", _paper_tabs(of, "vo0053") + table
    )
