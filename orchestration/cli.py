"""The ``seehaus`` command. Heavy imports wait until a command needs them."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from orchestration.pilot_cli import app as pilot_app
from orchestration.pilot_cli import problems_of
from orchestration.portal_cli import app as portal_app
from orchestration.privacy_cli import app as privacy_app
from orchestration.stats_cli import app as stats_app
from orchestration.terminal import display, friendly, write_json

app = typer.Typer(
    name="seehaus",
    help="Open-data lakehouse of Mainz, Trier, Koblenz and Ludwigshafen.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
city_app = typer.Typer(help="City files: check, list, start a new one.", no_args_is_help=True)
app.add_typer(city_app, name="city")
app.add_typer(portal_app, name="portal")
app.add_typer(privacy_app, name="privacy")
app.add_typer(pilot_app, name="pilot")
app.add_typer(stats_app, name="stats")

console = Console()
errors = Console(stderr=True)

Papers = Annotated[int, typer.Option(help="Papers per city in the sample world.", min=1)]
Seed = Annotated[int, typer.Option(help="Seed of the sample world.")]
Faults = Annotated[str, typer.Option(help="Faults of the sample world, separated by commas.")]


def fail(message: str, code: int = 1) -> typer.Exit:
    """Say what went wrong on standard error; the caller raises what comes back."""
    errors.print(f"seehaus: {message}", style="red", highlight=False, markup=False)
    return typer.Exit(code)


@app.command()
def demo(papers: Papers = 40, seed: Seed = 1, faults: Faults = "") -> None:
    """Do the main job once, end to end, against the sample world and a real local CKAN."""
    from orchestration import demo as demonstration

    with friendly():
        demonstration.demo(console, papers=papers, seed=seed, faults=faults, keep=False)


@app.command()
def up(papers: Papers = 40, seed: Seed = 1) -> None:
    """The demo, left running: Dagster UI, CKAN portal and search page, until Ctrl-C."""
    from orchestration import services

    with friendly():
        services.up(console, papers=papers, seed=seed)


@app.command()
def run(
    city: Annotated[list[str] | None, typer.Option(help="Only these cities.")] = None,
    accept_drop: Annotated[
        bool,
        typer.Option("--accept-drop", help="What the named cities miss is gone: you looked."),
    ] = False,
    full: Annotated[
        bool,
        typer.Option("--full", help="Ask the councils for everything again (reconciliation)."),
    ] = False,
) -> None:
    """The production run: the cities' real servers, harmonise, check, publish, index."""
    from orchestration import pipeline, report, status, summary
    from orchestration.settings import settings

    with friendly():
        pipeline.claim("production" if settings().city_urls is None else "sample")
        report.begin()
        known_cities(city or [])
        if accept_drop and not city:
            raise fail("--accept-drop is for one city you looked at → add --city NAME")
        with display():
            account = pipeline.run(city, accept_drop=accept_drop, full=full)
        summary.show(console, status.figures())
    if account.problems:
        raise typer.Exit(2)


@app.command()
def doctor() -> None:
    """Say what is missing on this machine, each with the mend."""
    from orchestration.doctor import examine

    signs = {"ok": "[green]✓[/]", "note": "[yellow]![/]", "missing": "[red]✗[/]"}
    findings = examine()
    for finding in findings:
        console.print(
            f"{signs[finding.level]} {finding.what:<16} {finding.detail}", highlight=False
        )
    if any(finding.level == "missing" for finding in findings):
        raise typer.Exit(1)


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """The figures: per city, lake, portal, index and the last run."""
    from orchestration import status as figures
    from orchestration import summary

    with friendly():
        found = figures.figures()
    if as_json:
        write_json(found)
    else:
        summary.show(console, found)


@app.command()
def history(
    object_id: Annotated[str, typer.Argument(help="<city>:<server id>, e.g. mainz:20023.")],
    kind: Annotated[str | None, typer.Option("--type", help="E.g. paper; all by default.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """What changed when in one object of a city: names of fields, never their content."""
    from orchestration import history as versions

    with friendly():
        try:
            found = versions.of(object_id, kind)
        except ValueError as error:
            raise fail(str(error)) from None
    if as_json:
        write_json(found)
    elif not found:
        raise fail(f"{object_id}: nothing is known of it → seehaus status tells what is loaded")
    else:
        for each in found:
            fields = ", ".join(each["changed_fields"])
            console.print(
                f"{each['changed_at']:%Y-%m-%d %H:%M}  {each['object_type']:<14} "
                f"{each['change']:<9} {fields}",
                highlight=False,
            )


@app.command()
def parse(
    system: Annotated[
        str,
        typer.Argument(
            help="sessionnet, allris4, allris3, sdnet, rubin, oparl, genesis, table_file, inkar, "
            "wegweiser, meine_heimat, arbeitsagentur, gv_isys or ogc_features."
        ),
    ],
    file: Annotated[Path, typer.Argument(help="A saved answer; - for standard input.")],
    page: Annotated[
        str | None, typer.Option(help="The kind of page, where it cannot tell.")
    ] = None,
    url: Annotated[str | None, typer.Option(help="Where the answer came from.")] = None,
) -> None:
    """Show what a parser sees: a saved answer in, one JSON list of records out."""
    from ingestion import systems
    from ingestion.record import UnknownStructureError

    try:
        body = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise fail(f"{file}: {error.strerror} → name a file that can be read") from None
    try:
        records = systems.parse_saved(system, body, page=page, url=url or f"file:{file.name}")
    except (UnknownStructureError, ValueError) as error:
        raise fail(str(error)) from None
    found = [{"object_type": record.object_type, **record.content()} for record in records]
    write_json(found)


@app.command()
def search(
    question: str,
    limit: Annotated[int, typer.Option("--limit", "-k", min=1, max=100)] = 5,
    city: Annotated[list[str] | None, typer.Option(help="Only these cities.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Search the council papers of all cities."""
    from orchestration import searching, summary

    with friendly():
        known_cities(city or [])
        found = searching.search(question, k=limit, cities=city)
    if as_json:
        write_json(found)
    else:
        summary.answer(console, {"question": question, **found})


@app.command()
def publish(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the difference.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Publish what is harmonised: static catalogue, and CKAN where there is one."""
    from orchestration import differences, publication

    with friendly(), display():
        result = publication.publish(dry_run=dry_run)
    if as_json:
        write_json(differences.for_programs(result.ckan) if result.ckan else {"note": result.note})
    else:
        console.print(result.text(), highlight=False, markup=False, soft_wrap=True)
    if result.ckan is not None and result.ckan.problems:
        raise typer.Exit(1)


@app.command()
def links(
    of_each: Annotated[
        int, typer.Option("--of-each", min=1, help="Addresses drawn of each column of rows.")
    ] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Look whether the addresses in what is published still answer; exit code 1 if one does not."""
    from dataclasses import asdict

    from orchestration import links as checker

    with friendly(), display():
        report = checker.check(of_each)
    if as_json:
        bad = [asdict(one) for one in report.bad]
        write_json({"day": report.day, "counts": report.counts, "bad": bad})
    else:
        for line in report.lines():
            console.print(line, highlight=False, markup=False, soft_wrap=True)
    if report.bad:
        raise typer.Exit(1)


@app.command()
def index() -> None:
    """Build the search index from what is harmonised."""
    from orchestration import indexing, verdict
    from orchestration.lake import lake

    with friendly(), display():
        result = indexing.build(verdict.held(lake()))
    console.print(result.text())


@app.command()
def serve(
    host: str = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 takes a free one.")] = 8080,
    ready: Annotated[Path | None, typer.Option(help="Written when it listens.")] = None,
) -> None:
    """Serve the search page, its API and the statistics."""
    from orchestration import serve as server

    with friendly():
        server.serve(host, port, ready)


@app.command()
def dagster(
    part: Annotated[Literal["webserver", "daemon"], typer.Argument(help="Which of the two.")],
    host: Annotated[str, typer.Option(help="Where the web server listens.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Its port.")] = 3000,
) -> None:
    """Run one of Dagster's two services in the foreground, for a service manager."""
    from orchestration import services

    is_web = part == "webserver"
    with friendly():
        services.become(
            services.webserver_command(host, port) if is_web else services.daemon_command()
        )


@app.command()
def docs(
    check: Annotated[bool, typer.Option("--check", help="Only fail when out of date.")] = False,
) -> None:
    """Write what is generated: data dictionary, command reference, seeds of statistics."""
    from orchestration import documentation

    with friendly():
        stale = documentation.write(check=check)
    if check and stale:
        raise fail("out of date: " + ", ".join(stale) + " → make docs")
    for path in stale:
        console.print(f"written {path}", highlight=False)


@city_app.command("check")
def city_check(
    files: Annotated[list[Path] | None, typer.Argument(help="City files; all by default.")] = None,
) -> None:
    """Validate city files, their pilot reports and the network's statistics sources.

    Every error names line and mend.
    """
    from ingestion import city as city_files
    from ingestion.statistics import SourceFileError, load_sources
    from orchestration.settings import settings

    where = settings().cities or city_files.CITIES
    paths = files or sorted(where.glob("*.yml"))
    if not paths:
        raise fail(f"{where}: no city file there → seehaus city new NAME")
    try:
        sources = len(load_sources())
    except SourceFileError as error:
        sources, problems = 0, list(error.problems)
    else:
        problems = [problem for path in paths for problem in city_files.check(path)]
        if not problems and not files:
            # What one city's own sources call like another's shows only beside it.
            try:
                city_files.load_all(where)
            except city_files.CityFileError as error:
                problems = list(error.problems)
    reports, wrong = problems_of(paths) if not problems else (0, [])
    problems += wrong
    for problem in problems:
        errors.print(str(problem), highlight=False, markup=False, soft_wrap=True)
    if problems:
        raise typer.Exit(1)
    told = f", {reports} pilot reports" if reports else ""
    console.print(f"{len(paths)} city files are valid{told}, {sources} statistics sources too")


@city_app.command("list")
def city_list() -> None:
    """The cities and their systems."""
    from orchestration.environment import cities

    with friendly():
        for city in cities().values():
            system = (
                f"{city.council.system} at {city.council.url}" if city.council else "no council"
            )
            console.print(f"{city.id:<16} {city.name:<24} {system}", highlight=False)


@city_app.command("new")
def city_new(
    city_id: Annotated[str, typer.Argument(help="The file's name: lower case, a-z, 0-9, _.")],
    name: Annotated[str, typer.Option(prompt="Name")],
    ags: Annotated[str, typer.Option(prompt="AGS (8 digits)")],
    system: Annotated[
        str,
        typer.Option(prompt="Council system (oparl, sessionnet, allris4, allris3, sdnet, rubin)"),
    ] = "oparl",
    url: Annotated[str, typer.Option(prompt="Its base URL")] = "",
    folder: Annotated[
        Path | None, typer.Option(help="Where to; the city folder by default.")
    ] = None,
) -> None:
    """Start a city file for a municipality that joins."""
    from ingestion import city as city_files
    from ingestion.city_template import template
    from orchestration.settings import settings

    path = (folder or settings().cities or city_files.CITIES) / f"{city_id}.yml"
    if path.exists():
        raise fail(f"{path} is there already → seehaus city check {path}")
    with friendly():
        named = {"system": system, "url": url} if url else {"system": system}
        text = template(name, ags, **named)
    path.write_text(text, encoding="utf-8")
    problems = city_files.check(path)
    for problem in problems:
        errors.print(str(problem), highlight=False, markup=False, soft_wrap=True)
    console.print(f"written {path}", highlight=False)


def known_cities(wanted: list[str]) -> None:
    """Stop when a city is named that has no file."""
    from orchestration.environment import cities

    if unknown := sorted(set(wanted) - set(cities())):
        raise fail(f"no such city: {', '.join(unknown)} → one of {', '.join(sorted(cities()))}")


if __name__ == "__main__":
    app()
