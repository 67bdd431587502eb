"""``seehaus stats``: the figures, their breaks and their vintages in the terminal."""

import csv
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from orchestration.terminal import friendly, write_json

if TYPE_CHECKING:
    from catalog.districts import Ranked
    from catalog.figures import Columns, Figure, Indicator
    from orchestration.statistics import Statistics

app = typer.Typer(
    help="Statistics: list indicators, show figures and districts, compare vintages.",
    no_args_is_help=True,
)
console = Console()
errors = Console(stderr=True)

AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
_NOT_THERE = 1
_DISTRICTS = "seehaus stats districts"


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
        below = at.spans(districts=True)
    if as_json:
        write_json([_told(one) | _span(spans[one.id]) for one in indicators.values()])
        return
    stats_report.indicators(console, indicators, spans)
    if below:
        of = ", ".join(sorted({city for span in below.values() for city in span["cities"]}))
        console.print(f"Zahlen von Stadtteilen ({of}): {_DISTRICTS} CITY", highlight=False)


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
        one = _known(indicator, at.indicators(districts=True))
        figures = at.figures(one.id)
        below = at.spans(districts=True).get(one.id)
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
    elif not figures and below:
        city_id = below["cities"][0]
        raise _fail(f"{one.id}: only districts have figures → {_DISTRICTS} {city_id} {one.id}")
    elif not shown:
        raise _fail(f"{one.id}: no figures for this choice → fewer of --city, --from and --to")
    else:
        stats_report.show(console, one, shown, cities)


@app.command()
def districts(
    city: Annotated[str, typer.Argument(help="Whose districts, e.g. trier.")],
    indicator: Annotated[
        str | None, typer.Argument(help="Without one, those that have figures of districts.")
    ] = None,
    dimension: Annotated[
        list[str] | None, typer.Option(help="Of a breakdown, e.g. SEX=F; the total by default.")
    ] = None,
    year: Annotated[int | None, typer.Option(help="The newest figures of this year.")] = None,
    as_json: AsJson = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Comma, decimal point, the schema's names.")
    ] = False,
) -> None:
    """Figures of a city's districts for one period, the largest first, as table and bars."""
    from catalog.districts import named_columns, ranked
    from orchestration import stats_report

    with friendly():
        at = _statistics()
        (name,) = _cities(at.cities(), [city]).values()
        spans = {
            id_: span for id_, span in at.spans(districts=True).items() if city in span["cities"]
        }
        known = {id_: one for id_, one in at.indicators(districts=True).items() if id_ in spans}
        if not known:
            raise _fail(f"{city}: no figures of districts → docs/sources/ogc_features.md")
        if indicator is None:
            _list_of_districts(city, known, spans, as_json=as_json)
            return
        one = _known(indicator, known, f"{_DISTRICTS} {city}")
        figures = [each for each in at.figures(one.id, districts=True) if each.city_id == city]
        places = [each for each in at.districts().values() if each.city_id == city]
    rows = ranked(places, _newest(one.id, figures, _dimensions(dimension or []), year))
    if as_json:
        write_json([_district(row) for row in rows])
    elif as_csv:
        columns = named_columns({each.ars: each.name for each in places})
        _write_csv(one, [row.figure for row in rows if row.figure], columns)
    else:
        stats_report.districts(console, one, name, rows)


def _list_of_districts(
    city: str, known: "dict[str, Indicator]", spans: dict[str, Any], *, as_json: bool
) -> None:
    from orchestration import stats_report

    if as_json:
        write_json([_told(one) | _span(spans[one.id]) for one in known.values()])
        return
    stats_report.indicators(console, known, spans)
    console.print(f"{_DISTRICTS} {city} KENNZAHL", highlight=False)


def _newest(
    indicator: str, figures: "list[Figure]", wanted: dict[str, str], year: int | None
) -> "list[Figure]":
    """The figures of a breakdown for the newest period that there is (in a year)."""
    from catalog.districts import period_id, periods

    _check_dimensions(indicator, wanted, figures)
    of_breakdown = [each for each in figures if dict(each.dimensions) == wanted]
    there = [each for each in of_breakdown if year in {None, each.end.year}]
    if not there:
        years = ", ".join(sorted({str(each.end.year) for each in of_breakdown}))
        mend = f"--year is one of {years}" if years else "name a breakdown with --dimension"
        raise _fail(f"{indicator}: no figures for this choice → {mend}")
    newest = next(iter(periods(there, "de")))
    return [each for each in there if period_id(each) == newest]


def _district(row: "Ranked") -> dict[str, Any]:
    place = {"ars": row.district.ars, "name": row.district.name, "number": row.number}
    return place | {"figure": asdict(row.figure) if row.figure else None}


def _known(
    wanted: str, known: "dict[str, Indicator]", listing: str = "seehaus stats list"
) -> "Indicator":
    from catalog.figures import nearest

    if wanted in known:
        return known[wanted]
    near = ", ".join(one.id for one in nearest(wanted, known, "de"))
    mend = f"did you mean {near}?" if near else listing
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


def _write_csv(one: "Indicator", figures: "list[Figure]", columns: "Columns | None" = None) -> None:
    from catalog.figures import PROGRAM_COLUMNS

    columns = columns or PROGRAM_COLUMNS
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([make(one, figure) for make in columns.values()] for figure in figures)


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
        known = at.indicators(districts=True)
        if wanted not in {one.table_code for one in known.values()}:
            _known(wanted, known)
        cities = _cities(at.cities(), city or [])
        found = [row for row in at.differences(wanted) if row["city_id"] in cities]
    if as_json:
        write_json(found)
    else:
        stats_report.vintages(console, wanted, found)
