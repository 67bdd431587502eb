"""How fast the council parsers read: pages a second of processor time, over three sizes of page.

Run ``python tests/benchmarks/bench_parse.py``. The pages are the sample world's and, where they
are at hand, the recorded ones. The last column is the exponent of the time over an agenda's length
(1: twice the items take twice the time).
"""

import datetime as dt
import json
import math
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from ingestion.record import Fetched, Record
from ingestion.systems import allris3, allris4, load, rubin, sdnet, sessionnet

SECONDS: Final = 0.5
SIZES: Final = (10, 100, 1000)
SAMPLES: Final = Path(
    os.environ.get("SEEHAUS_SAMPLES", Path(__file__).parents[3] / "shared" / "samples")
)
Parse = Callable[[Fetched], Iterator[Record]]


def fetched(kind: str, body: bytes, url: str) -> Fetched:
    return Fetched(url, kind, 200, {}, body, dt.datetime.now(dt.UTC))


def pages_per_second(parse: Parse, answer: Fetched) -> float:
    """Parse one page again and again for ``SECONDS``."""
    list(parse(answer))
    count, began = 0, time.process_time()
    while (spent := time.process_time() - began) < SECONDS:
        list(parse(answer))
        count += 1
    return count / spent


def sessionnet_agenda(items: int) -> Fetched:
    """An agenda of layout 6 with that many items, each with a paper, a vote and a document."""
    rows = "".join(
        f'<tr class="smc-t-r-l"><td class="tofnum"><span class="badge">Ö {n}</span></td>'
        f'<td class="tobetr"><div class="smc-card-header-title-simple">Punkt {n}</div>'
        '<p class="smc_field_smcdv0_box2_beschluss"><strong>Beschluss:</strong> ja</p></td>'
        f'<td class="tovo"><a href="vo0050.php?__kvonr={n}">BV/{n}/2026</a></td>'
        f'<td class="sidocs"><a href="getfile.php?id={n}&type=do">Vorlage</a></td></tr>'
        for n in range(1, items + 1)
    )
    html = (
        '<html><div class="smc_page_si0057_layout"><div class="sigrname">Stadtrat</div>'
        '<div class="sidat">03.09.2026</div><div class="yytime">15:00-22:00 Uhr</div>'
        f'<table class="smctablesitzung">{rows}</table></div></html>'
    )
    return fetched("agenda", html.encode(), "https://rat.example/si0057.php?__ksinr=1")


def allris4_agenda(items: int) -> Fetched:
    """An agenda with that many items, each with a paper and a document."""
    rows = "".join(
        f'<tr data-tt-id="{n}1"><td class="tonr"><a href="#" id="link_{n}">Ö {n}</a></td>'
        f'<td class="tobetreff"><a href="./to020?TOLFDNR={n}" id="betreff_{n}">Punkt {n}</a></td>'
        f'<td class="tovonr"><a href="./vo020?VOLFDNR={n}&amp;refresh=false">{n}/2026</a></td>'
        f'<td class="toDoc"><a class="doclink" href="./wicket/x/doc{n}.pdf">Vorlage</a></td></tr>'
        for n in range(1, items + 1)
    )
    html = (
        '<html><span id="sibetreff">Sitzung</span><span id="sigremium">Stadtrat</span>'
        '<span id="sidatum">03.09.2026</span><span id="sizeit">15:00</span>'
        f'<table id="toTreeTable"><tbody>{rows}</tbody></table></html>'
    )
    return fetched("agenda", html.encode(), "https://rat.example/to010?SILFDNR=1")


def allris3_agenda(items: int) -> Fetched:
    """An agenda with that many items, each with a result and a paper."""
    rows = "".join(
        f'<tr class="zl1{n % 2 + 1}"><td class="text4"><a href="to010.asp?SILFDNR=1&TOLFDNR={n}">'
        f'Ö&nbsp;{n}</a></td><td>&nbsp;</td><td><input class="il1_naz" title="beschlossen" /></td>'
        f'<td><a href="to020.asp?TOLFDNR={n}">Punkt {n}</a></td><td></td><td></td>'
        f'<td><a href="vo020.asp?VOLFDNR={n}">{n}/2026</a></td><td></td></tr>'
        for n in range(1, items + 1)
    )
    head = '<table><tr><td class="kb1">Datum:</td><td>Mo, 03.11.2025</td></tr></table>'
    html = f'<html><h1>Tagesordnung - Rat</h1>{head}<table class="tl1">{rows}</table></html>'
    return fetched("agenda", html.encode("cp1252"), "https://rat.example/to010.asp?SILFDNR=1")


def sdnet_agenda(items: int) -> Fetched:
    """An agenda with that many items, each with a paper."""
    rows = "".join(
        f'<tr class="top-oeff-data" data-vorgang-id="505_{n}">'
        f'<td class="column-topnrtext">{n}.</td>'
        f'<td class="column-bezeichnung">Punkt {n}</td><td class="column-nummer">{n}/2026</td>'
        f'<td class="column-dokumente"><a href="/vorgang/?__=V{n}">Vorgang</a></td></tr>'
        for n in range(1, items + 1)
    )
    html = (
        '<html><table class="table-details"><tr><th>Sitzung:</th><td>Rat, 6. Sitzung</td></tr>'
        "<tr><th>Termin:</th><td>Do, 03.09.2026 18:00 Uhr</td></tr></table>"
        f'<table class="table-top"><tbody>{rows}</tbody></table></html>'
    )
    return fetched("agenda", html.encode(), "https://rat.example/tops/?__=A")


def rubin_meeting(items: int) -> Fetched:
    """A meeting with that many items, each with a paper."""
    listed = [
        {
            "id": f"m|{n}|1",
            "vorlagennummer": str(n),
            "topart": "vl",
            "status": 1,
            "title": f"Punkt {n}",
            "topnummer": str(n),
            "submission": {"alias": f"{n}/2026"},
        }
        for n in range(1, items + 1)
    ]
    told = {"nummer": "m", "titel": "Rat", "datum": "2026-09-03", "agenda_items": listed}
    return fetched("meeting", json.dumps(told).encode(), "https://rat.example/api.php")


def main() -> None:
    out = sys.stdout.write
    for name, parse, make in (
        ("sessionnet agenda", sessionnet.parse, sessionnet_agenda),
        ("allris4 agenda", allris4.parse, allris4_agenda),
        ("allris3 agenda", allris3.parse, allris3_agenda),
        ("sdnet agenda", sdnet.parse, sdnet_agenda),
        ("rubin meeting", rubin.parse, rubin_meeting),
    ):
        speeds = [pages_per_second(parse, make(size)) for size in SIZES]
        exponent = math.log(speeds[0] / speeds[-1]) / math.log(SIZES[-1] / SIZES[0])
        told = ", ".join(
            f"{size} items {speed:,.0f}/s" for size, speed in zip(SIZES, speeds, strict=True)
        )
        out(f"{name:22} {told}, exponent {exponent:.2f}\n")
    for system in ("sessionnet", "allris4", "allris3", "sdnet", "rubin"):
        module = load(system)
        for file in sorted((SAMPLES / system).rglob("*.*")):
            body = file.read_bytes()
            kind = module.page_kind("", body) or ""
            speed = pages_per_second(module.parse, fetched(kind, body, f"file:{file.name}"))
            out(f"{system:12} {kind:10} {len(body) / 1024:6.1f} KiB {speed:8,.0f}/s {file.name}\n")


if __name__ == "__main__":
    main()
