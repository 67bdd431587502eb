"""``seehaus stats``: the figures, their breaks and their vintages in the terminal."""

import csv
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from orchestration.terminal import friendly, write_json

if TYPE_CHECKING:
    from catalog.figures import Figure, Indicator
    from orchestration.statistics import Statistics

app = typer.Typer(
    help="Statistics: list indicators, show figures, compare vintages.", no_args_is_help=True
)
console = Console()
errors = Console(stderr=True)

AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
_NOT_THERE = 1


def _fail(message: str) -> typer.Exit:
    errors.print(f"seehaus: {message}", style="red", highlight=False, markup=False, soft_wrap=True)
    return typer.Exit(_NOT_THERE)


def _statistics() -> "Statistics":
    from orchestration.lake import lake
    from orchestration.statistics import Statistics

    return Statistics(lake())


@app.command("list")
def list_indicators(as_json: AsJson = False) -> None:
    """Indicators that have figures: unit, table, source, periods, cities."""
    from orchestration import stats_report

    with friendly():
        at = _statistics()
        indicators, spans = at.indicators(), at.spans()
    if as_json:
        write_json([_told(one) | _span(spans[one.id]) for one in indicators.values()])
    else:
        stats_report.indicators(console, indicators, spans)


def _told(one: "Indicator") -> dict[str, Any]:
    return asdict(one) | {"legend": dict(one.legend)}


def _span(span: dict[str, Any]) -> dict[str, Any]:
    return {name: span[name] for name in ("first", "last", "cities", "figures")}


@app.command()
def show(
    indicator: Annotated[str, typer.Argument(help="E.g. population; seehaus stats list.")],
    city: Annotated[list[str] | None, typer.Option(help="Only these cities.")] = None,
    dimension: Annotated[
        list[str] | None, typer.Option(help="Of a breakdown, e.g. SEX=F; the total by default.")
    ] = None,
    first: Annotated[int | None, typer.Option("--from", help="First year.")] = None,
    last: Annotated[int | None, typer.Option("--to", help="Last year.")] = None,
    as_json: AsJson = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Comma, decimal point, the schema's names.")
    ] = False,
) -> None:
    """Figures of an indicator as table and plot: breaks of basis marked, missing values named."""
    from orchestration import stats_report

    with friendly():
        at = _statistics()
        one = _known(indicator, at.indicators())
        figures = at.figures(one.id)
        cities = _cities(at.cities(), city or [])
    wanted = _dimensions(dimension or [])
    _check_dimensions(one.id, wanted, figures)
    shown = [
        figure
        for figure in figures
        if figure.city_id in cities
        and dict(figure.dimensions) == wanted
        and (first is None or figure.end.year >= first)
        and (last is None or figure.end.year <= last)
    ]
    if as_json:
        write_json([asdict(figure) for figure in shown])
    elif as_csv:
        _write_csv(one, shown)
    elif not shown:
        raise _fail(f"{one.id}: no figures for this choice → fewer of --city, --from and --to")
    else:
        stats_report.show(console, one, shown, cities)


def _known(wanted: str, known: "dict[str, Indicator]") -> "Indicator":
    from catalog.figures import nearest

    if wanted in known:
        return known[wanted]
    near = ", ".join(one.id for one in nearest(wanted, known, "de"))
    mend = f"did you mean {near}?" if near else "seehaus stats list"
    raise _fail(f"{wanted}: no such indicator → {mend}")


def _cities(known: dict[str, str], wanted: list[str]) -> dict[str, str]:
    if unknown := sorted(set(wanted) - set(known)):
        raise _fail(f"no such city: {', '.join(unknown)} → one of {', '.join(sorted(known))}")
    return {city: name for city, name in known.items() if city in wanted or not wanted}


def _dimensions(pairs: list[str]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        name, equals, member = pair.partition("=")
        if not (name and equals and member):
            raise _fail(f"--dimension {pair}: no breakdown → write NAME=MEMBER, e.g. SEX=F")
        found[name] = member
    return found


def _check_dimensions(indicator: str, wanted: dict[str, str], figures: "list[Figure]") -> None:
    known = {tuple(sorted(figure.dimensions.items())) for figure in figures}
    if wanted and tuple(sorted(wanted.items())) not in known:
        some = sorted("+".join(f"{k}={v}" for k, v in each) for each in known if each)
        raise _fail(
            f"{indicator}: no breakdown {wanted} → one of {', '.join(some[:20]) or 'the total'}"
        )


def _write_csv(one: "Indicator", figures: "list[Figure]") -> None:
    from catalog.figures import PROGRAM_COLUMNS

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(PROGRAM_COLUMNS)
    writer.writerows([make(one, figure) for make in PROGRAM_COLUMNS.values()] for figure in figures)


@app.command()
def vintages(
    wanted: Annotated[str, typer.Argument(metavar="TABLE|INDICATOR", help="Code or id.")],
    city: Annotated[list[str] | None, typer.Option(help="Only these cities.")] = None,
    as_json: AsJson = False,
) -> None:
    """What a source changed between two vintages: old, new, difference; changes of basis apart."""
    from orchestration import stats_report

    with friendly():
        at = _statistics()
        known = at.indicators()
        if wanted not in {one.table_code for one in known.values()}:
            _known(wanted, known)
        cities = _cities(at.cities(), city or [])
        found = [row for row in at.differences(wanted) if row["city_id"] in cities]
    if as_json:
        write_json(found)
    else:
        stats_report.vintages(console, wanted, found)
