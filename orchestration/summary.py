"""The summary at the end of a run, for people."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from orchestration.status import COUNTED

_MARK = re.compile(r"</?mark>")
_COLOURS: Final = {"incomplete": "yellow", "held back": "red", "failed": "red"}


def show(console: Console, figures: Mapping[str, Any]) -> None:
    """Print the figures of ``status.figures()``."""
    _cities(console, figures["cities"])
    _sources(console, figures)
    _portal(console, figures["portal"])
    last = figures["last_run"]
    if last:
        if last.get("answer"):
            answer(console, last["answer"])
        _changes(console, last)
    lake = figures["lake"]
    console.print(f"[bold]Lake[/]  catalog {lake['catalog']}\n      tables  {lake['storage']}")


def _cities(console: Console, cities: Mapping[str, Mapping[str, Any]]) -> None:
    table = Table(title="The cities", title_justify="left")
    table.add_column("city")
    labels = [*COUNTED, "passages"]
    for label in labels:
        table.add_column(label.replace("_", " "), justify="right")
    for city in cities.values():
        table.add_row(city["name"], *(f"{city[label]:,}" for label in labels))
    totals = [sum(city[label] for city in cities.values()) for label in labels]
    table.add_section()
    table.add_row("together", *(f"{total:,}" for total in totals))
    console.print(table)


def _sources(console: Console, figures: Mapping[str, Any]) -> None:
    """Which sources are not well: one line each, with place, finding, mend and since when."""
    names = {city_id: city["name"] for city_id, city in figures["cities"].items()}
    told = [
        f"[{_COLOURS[each['outcome']]}]{each['outcome']}[/]  "
        + escape(
            f"{names[city_id]}, {source}, since {_minute(each['since'])}: "
            f"{each['where']}: {each['what']} → {each['mend']}{_more(each)}"
        )
        for city_id, sources in figures["sources"].items()
        for source, each in sources.items()
        if each["outcome"] != "ok"
    ]
    told += [
        f"[{_COLOURS['held back']}]held back[/]  "
        + escape(f"{names.get(city_id, city_id)}, publication, since {_minute(each['since'])}: ")
        + escape(each["message"])
        for city_id, failed in figures["held_back"].items()
        for each in failed
    ]
    for line in told:
        console.print(line, highlight=False, soft_wrap=True)
    ran = sum(len(sources) for sources in figures["sources"].values())
    if ran and not told:
        console.print(f"[green]All {ran} sources were read whole by their last run.[/]")


def _more(outcome: Mapping[str, Any]) -> str:
    more = f", and {outcome['problems'] - 1} more" if outcome["problems"] > 1 else ""
    good = _minute(outcome["good_at"]) if outcome["good_at"] else "never"
    return f" (last whole: {good}{more})"


def _minute(moment: str) -> str:
    return moment[:16].replace("T", " ")


def _portal(console: Console, portal: Mapping[str, Any]) -> None:
    if not portal:
        console.print("[yellow]Nothing published yet[/]")
        return
    console.print(f"[bold]Data sets[/] ({len(portal['datasets'])})")
    for data_set in portal["datasets"]:
        # One line each, never folded: addresses are there to be clicked and copied.
        line = f"{data_set['rows']:>9,}  {data_set['url']}"
        console.print(line, highlight=False, soft_wrap=True)
    if portal.get("catalogue"):
        line = f"[bold]Static DCAT-AP.de catalogue[/]  {portal['catalogue']}"
        console.print(line, highlight=False, soft_wrap=True)
    if portal.get("note"):
        console.print(f"[yellow]{portal['note']}[/]")


def answer(console: Console, found: Mapping[str, Any]) -> None:
    """Print an answer: question, hits with their words marked, links."""
    from indexes.app.texts import TEXTS  # noqa: PLC0415 - loads pyarrow

    kinds = TEXTS["de"]["kind_names"]
    lines: list[Text] = []
    for number, hit in enumerate(found["hits"], 1):
        head = Text(f"{number}. ", style="bold")
        head.append(str(hit["title"]), style="bold")
        where = ", ".join(
            str(part)
            for part in (kinds[hit["kind"]], hit["city_name"], hit["reference"], hit["date"])
            if part
        )
        page = f", Seite {hit['page']}" if hit.get("page") else ""
        page += f", {hit['section']}" if hit.get("section") else ""
        snippet = Text("   ")
        snippet.append_text(marked(hit["snippet_html"]))
        links = [link for link in (hit["source_url"], hit["file_url"], hit["dataset_url"]) if link]
        lines += [head, Text(f"   {where}{page}"), snippet]
        lines += [Text(f"   {link}", style="blue") for link in links]
    title = f"„{found['question']}“  ({found['took_ms']:.0f} ms)"
    console.print(Panel(Text("\n").join(lines), title=title, title_align="left"))


def marked(html: str) -> Text:
    """A snippet's ``<mark>`` words in bold; entities resolved."""
    from html import unescape  # noqa: PLC0415

    text = Text()
    for index, part in enumerate(re.split(r"<mark>(.*?)</mark>", html)):
        text.append(unescape(_MARK.sub("", part)), style="bold yellow" if index % 2 else "")
    return text


def _changes(console: Console, last: Mapping[str, Any]) -> None:
    table = Table(title="Seconds per step", title_justify="left")
    table.add_column("step")
    table.add_column("s", justify="right")
    for name, seconds in last["seconds"].items():
        table.add_row(name, f"{seconds:.1f}")
    console.print(table)
    total = sum(last["changes"].values())
    told = ", ".join(f"{layer} {rows:,}" for layer, rows in last["changes"].items())
    if total:
        console.print(f"[bold]Changed[/]  {told}")
    else:
        console.print("[bold green]Nothing changed[/]: every layer is as the last run left it.")
    _problems(console, last["problems"])


def _problems(console: Console, problems: Sequence[str]) -> None:
    for problem in problems:
        console.print(f"[red]problem[/]  {problem}", highlight=False)
