"""The HTML of SessionNet's old layout 4 (Ludwigshafen): tables, ``to0040`` is the agenda."""

import datetime as dt
from collections.abc import Sequence
from html import escape
from typing import Final

from ingestion.sampleworld.agenda import Item, consultations, items
from ingestion.sampleworld.bodies import Meeting
from ingestion.sampleworld.council import Council
from ingestion.sampleworld.dice import MONTHS, add_months, day
from ingestion.sampleworld.documents import closed_file, leaks, meeting_files
from ingestion.sampleworld.papers import MARK, Paper, attachments
from ingestion.sampleworld.sessionnet_people import PeoplePages


def _frame(council: Council, page: str, title: str, body: str) -> str:
    return (
        '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN" '
        '"http://www.w3.org/TR/html4/loose.dtd"><html lang="de" ><head>'
        '<meta http-equiv="content-type" content="text/html; charset=UTF-8">'
        '<meta name="Generator" content="Nachbildung von SessionNet Version 5.3.3 bi (Layout 4)">'
        f'<meta name="sessionnet" content="V:050303"><title>SessionNet | {escape(title)}</title>'
        f'</head>\n<body class="smc_body" ><div id="smclayout" class="smclayout smc_page_{page}'
        f'_layout"><!-- start smclayout -->\n<p class="smc_beispiel">{MARK}. '
        f"Stadt {escape(council.town.name)}, alle Inhalte sind erfunden.</p>\n"
        f'<h1 class="smc_h1">{escape(title)}</h1>\n{body}\n'
        '<div id="smcfooter"><small class="smc_small"><a  href="/dateien/datenschutz.pdf">'
        f"Datenschutz</a></small> {MARK}</div><!-- ende smclayout --></div></body></html>\n"
    )


PEOPLE: Final = PeoplePages(_frame, "smc_field_", has_dates=True)


def _table(page: str, number: int, summary: str, rows: str) -> str:
    return (
        f'<table id="smc_page_{page}_contenttable{number}" class="smccontenttable smc_page_{page}'
        f'_contenttable" cellspacing="0" cellpadding="0" summary="Inhalt der Tabelle: {summary}">'
        f"<tbody>\n{rows}\n</tbody></table>"
    )


def _documents(files: Sequence[tuple[int, str] | tuple[int, str, str]]) -> str:
    if not files:
        return "&nbsp;"
    rows = []
    for file_id, name, *endings in files:
        kind = endings[0] if endings else "pdf"
        title = escape(name)
        link = f'<a href="getfile.php?id={file_id}&type=do&" title="{title}"'
        rows.append(
            f'<tr><td class="smc_doc">{link} aria-label="{title}" class="smce-a-u" '
            f'target="_blank" ><img src="im/{kind}.gif" class="smcimg16 smcimgdoc" '
            f'alt="Dokument anzeigen: {title}" ></a></td>'
            f'<td class="smc_doc smcdocname smcdocname1">{link} class="smce-a-u" '
            f'target="_blank" >{title}</a></td><td class="smc_doc smcdocfunktionen"></td></tr>'
        )
    return f'<table class="smcdocbox smcdocboxright"><tbody>{"".join(rows)}</tbody></table>'


def calendar(council: Council, year: int, month: int) -> str:
    """``si0040``: only the days that have meetings; the day stands in the day's first row."""
    rows = []
    shown: dt.date | None = None
    for number, meeting in enumerate(council.month(year, month)):
        date = f"{meeting.date.day}&nbsp;" if meeting.date != shown else "&nbsp;"
        shown = meeting.date
        odd = 1 + number % 2
        files = meeting_files(council, meeting)
        box = f'<td  class="smcnoprint">{_documents(files)}</td>' if files else ""
        rows.append(
            f'<tr valign="top"  class="smcrow{odd} smcrowsi{odd}"><td class="smc_fct_day">{date}'
            f'</td><td class="smcnowrap smc_field_yytime">{meeting.times}&nbsp;Uhr&nbsp;</td>'
            f'<td class="smc_td smc_field_silink">{_entry(meeting)}</td>{box}</tr>'
        )
    here = dt.date(year, month, 1)
    steps = " ".join(
        f'<a  href="si0040.php?__cjahr={other.year}&__cmonat={other.month}" class="smce-a-u">'
        f"{label}</a>"
        for other, label in ((add_months(here, -1), "zurück"), (add_months(here, 1), "weiter"))
    )
    name = f"{MONTHS[month - 1]} {year}"
    body = f"<p>{steps}</p>" + _table("si0040", 1, f"Sitzungen Termine: {name}", "\n".join(rows))
    return _frame(council, "si0040", f"Sitzungen {name}", body)


def _entry(meeting: Meeting) -> str:
    name = escape(meeting.body.name)
    off = " <em>fällt aus</em>" if meeting.is_cancelled else ""
    if not meeting.is_published:
        return f"{name}{off}"
    label = f"Details anzeigen: {name} {day(meeting.date)}"
    return (
        f'<a href="to0040.php?__ksinr={meeting.id}" title="{label}" aria-label="{label}" '
        f'class="smce-a-u smc-link-normal smc_doc smc_datatype_si" >{name}</a>{off}'
    )


def _head(of: Meeting, page: str) -> str:
    rows = (
        ("smc_field_siname", "Sitzung", escape(of.reference)),
        ("smc_field_sigrname", "Gremium", escape(of.body.name)),
        ("smc_field_sidat", "Datum", day(of.date)),
        ("smc_field_yytime", "Zeit", f"{of.times}&nbsp;Uhr"),
        ("smc_field_siort", "Ort", f"{escape(of.body.room)}, {escape(of.body.address)}"),
    )
    inner = "\n".join(
        f'<tr><td class="smclabel smclabel_{key}">{label}:&nbsp;</td>'
        f'<td class="smctext {key}">{value}</td></tr>'
        for key, label, value in rows
    )
    return _table(page, 1, "Sitzungsdaten", inner)


def meeting(council: Council, of: Meeting) -> str:
    """``si0050``: the meeting's data without its agenda."""
    body = _head(of, "si0050") + _documents(meeting_files(council, of))
    return _frame(council, "si0050", f"{of.body.name} {day(of.date)}", body)


def agenda(council: Council, of: Meeting) -> str:
    """``to0040``: group rows part the public from the closed items, result rows follow an item."""
    listed = items(council, of)
    rows = [_group(f"&Ouml;ffentlicher Teil: Beginn {of.start:%H:%M}&nbsp;Uhr")]
    rows += [_item(council, each, of, None) for each in listed if each.is_public]
    closed = [each for each in listed if not each.is_public]
    if closed:
        rows.append(_group("Nicht &ouml;ffentlicher Teil"))
        leak = closed_file(council, of) if leaks(of) else None
        rows += [
            _item(council, each, of, leak if each.closed_reference else None) for each in closed
        ]
    number = 2 + of.index % 2
    body = f"{_head(of, 'to0040')}\n{_documents(meeting_files(council, of))}\n" + _table(
        "to0040", number, "Tagesordnungspunkte der Sitzung", "\n".join(rows)
    )
    return _frame(council, "to0040", f"{of.body.name} {day(of.date)}", body)


def _group(name: str) -> str:
    return (
        '<tr class="smcrowh smc-table-group"><td colspan="7"  class="smcrowh smc-table-group">'
        f"{name}</td></tr>"
    )


def _item(council: Council, item: Item, of: Meeting, leak: int | None) -> str:
    odd = 1 + item.position % 2
    number = item.number
    if item.supplement is not None:
        number = (
            f'<span class="smctopadd">{item.number} <span class="smcf_tondat">Nachtrag: '
            f'{day(item.supplement)}</span> <span class="smcf_tondat_star">*</span></span>'
        )
    link, files = "&nbsp;", [(leak, "Vorlage", "pdf")] if leak else []
    if item.paper is not None:
        title = f"Vorlage anzeigen: {escape(item.name)}"
        link = (
            f' <a href="vo0050.php?__kvonr={item.paper.id}&voselect={of.id}" title="{title}" '
            f'aria-label="{title}" class="smce-a-u smc-link-normal" >'
            f"{escape(item.paper.reference)}</a>"
        )
        files = [(each.id, each.name, each.ending) for each in attachments(council, item.paper)]
    elif item.closed_reference is not None:
        link = escape(item.closed_reference)
        link = f'<a href="vo0050.php?__kvonr=1">{link}</a>' if item.result else link
    cell = f'<td  class="smcrow{odd} smc_toph smc_toph{odd}">'
    row = (
        f'<tr valign="top" id="smc_contol_to_1_{item.id}"  class="smcrow{odd} smc_toph '
        f'smc_toph{odd}">\n<td  class="smcrow{odd} smc_tophn smc_tophn{odd}">{number}</td>'
        f'<td colspan="3"  class="smcrow{odd} smc_topht smc_topht{odd}">{escape(item.name)}</td>'
        f"{cell}{link}</td>{cell}&nbsp;</td>\n<!--TABLE.DOC-->\n"
        f"{cell}{_documents(files)}</td>\n</tr>"
    )
    said = []
    if item.result:
        said.append(("Beschluss: ", escape(item.result)))
    if item.vote:
        votes = (
            f" Ja:&nbsp;{item.vote.yes}, Nein:&nbsp;{item.vote.no}, "
            f"Enthaltungen:&nbsp;{item.vote.abstained}, Befangen:&nbsp;0"
        )
        said.append(("Abstimmung: ", votes))
    return row + "".join(_result(odd, *each) for each in said)


def _result(odd: int, label: str, text: str) -> str:
    classes = f"smcrow{odd} smc_tophz smc_tophz{odd}"
    return (
        f'\n<tr valign="top"   class="{classes}"><td  class="{classes}">&nbsp;</td>'
        f'<td  class="{classes} smc_topr">{label}</td><td  class="{classes}">{text}</td>'
        f'<td colspan="3"  class="{classes}">&nbsp;</td><td  class="{classes}">&nbsp;</td></tr>'
    )


def paper(council: Council, of: Paper) -> str:
    """``vo0050``: the paper's data and documents."""
    rows = (
        ("vobetr", "Betreff", escape(of.title)),
        ("voname", "Vorlage", escape(of.reference)),
        ("vovaname", "Art", escape(of.kind)),
        ("vodat", "Datum", day(of.date)),
        ("voamname", "Federf&#252;hrend", escape(of.office)),
    )
    inner = "\n".join(
        f'<tr><td class="smclabel {key}_title">{label}:&nbsp;</td>'
        f'<td class="smctext {key}">{value}</td></tr>'
        for key, label, value in rows
    )
    files = [(each.id, each.name, each.ending) for each in attachments(council, of)]
    tabs = f'<p><a  href="vo0053.php?__kvonr={of.id}" class="smce-a-u">Beratungen</a></p>'
    body = _table("vo0050", 1, "Vorlage", inner) + tabs + _documents(files)
    return _frame(council, "vo0050", f"Vorlage {of.title}", body)


def way(council: Council, of: Paper) -> str:
    """``vo0053``: the meetings that deal with the paper."""
    rows = "\n".join(
        f'<tr class="smcrow1"><td class="smc_field_sidat">{day(met.date)}</td>'
        f'<td class="smc_field_silink"><a href="to0040.php?__ksinr={met.id}" '
        f'class="smce-a-u smc-link-normal smc_datatype_si" >{escape(met.body.name)}</a></td>'
        f'<td class="smc_tophn">{item.number}</td><td class="smc_field_bfart">{role}</td>'
        f'<td class="smc_field_bfstatus">{escape(item.result or "")}</td></tr>'
        for met, item, role in consultations(council, of)
    )
    body = _table("vo0053", 1, "Beratungsfolge", rows)
    return _frame(council, "vo0053", f"Beratungen {of.reference}", body)
