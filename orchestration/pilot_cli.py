"""``seehaus pilot``: the cities' reports on what they try out."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from orchestration.terminal import friendly

if TYPE_CHECKING:
    from ingestion.city import CityProblem

app = typer.Typer(help="Pilot reports: check, start a new one.", no_args_is_help=True)
console = Console()
errors = Console(stderr=True)


def problems_of(city_files: Sequence[Path]) -> "tuple[int, list[CityProblem]]":
    """Look at all reports beside some city files, which are valid.

    Returns:
        How many reports there are, and everything that is wrong in them.
    """
    from ingestion import pilot
    from ingestion.city import load

    count, problems = 0, []
    for city_file in city_files:
        city = load(city_file.stem, city_file.parent)
        for path in pilot.paths(city.id, city_file.parent):
            count += 1
            problems += pilot.check(path, city)
    for folder in sorted({path.parent for path in city_files}):
        problems += pilot.strays(folder)
    return count, problems


def _folder() -> Path:
    from ingestion.city import CITIES
    from orchestration.settings import settings

    return settings().cities or CITIES


@app.command("check")
def check(
    files: Annotated[list[Path] | None, typer.Argument(help="Reports; all by default.")] = None,
) -> None:
    """Validate pilot reports; every error names line and mend."""
    from ingestion import pilot
    from ingestion.city import load, load_all

    with friendly():
        if files:
            count, problems = len(files), []
            for path in files:
                # The report lies in <cities>/pilots/<city>/.
                city = load(path.resolve().parent.name, path.resolve().parents[2])
                problems += pilot.check(path, city)
        else:
            folder = _folder()
            found = [folder / f"{city.id}.yml" for city in load_all(folder)]
            count, problems = problems_of(found)
    for problem in problems:
        errors.print(str(problem), highlight=False, markup=False, soft_wrap=True)
    if problems:
        raise typer.Exit(1)
    console.print(f"{count} pilot reports are valid")


@app.command("new")
def new(
    city: Annotated[str, typer.Argument(help="The city's id.")],
    name: Annotated[str, typer.Argument(help="The file's name: lower case, a-z, 0-9, -.")],
    title: Annotated[str, typer.Option(prompt="Title")],
) -> None:
    """Start a pilot report: a file beside the city's, to be completed."""
    from ingestion import pilot
    from ingestion.city import load
    from ingestion.pilot_template import template

    with friendly():
        folder = _folder()
        known = load(city, folder)
        path = pilot.folder_of(known.id, folder) / f"{name}.md"
        text = template(title, known, path, dt.datetime.now(tz=dt.UTC).date())
    if path.exists():
        message = f"seehaus: {path} is there already → seehaus pilot check {path}"
        errors.print(message, style="red", highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(1)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    console.print(f"written {path}", highlight=False)
