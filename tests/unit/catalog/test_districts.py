"""Districts beside each other: their order, and which of them were there."""

import datetime as dt
from dataclasses import replace

from catalog.districts import District, map_of, named_columns, period_id, periods, ranked
from catalog.figures import Figure, Indicator

ARS = "072110000000"
INDICATOR = Indicator(
    id="residents",
    label_de="Bevölkerung",
    label_en="Population",
    definition_de="Personen",
    unit="persons",
    decimals=0,
    table_code="T",
    table_de="T",
    table_en="T",
    source_name="Stadt",
    licence_id="dl-de/by-2-0",
    attribution="Stadt",
    is_open=True,
)


def district(key: str, **more: object) -> District:
    return replace(District(f"{ARS}-{key}", "trier", f"Bezirk {key}"), **more)  # type: ignore[arg-type]


def figure(key: str, value: float | None, year: int = 2024) -> Figure:
    day = dt.date(year, 12, 31)
    return Figure(
        city_id="trier",
        city="Trier",
        ars=f"{ARS}-{key}",
        dimensions={},
        labels={},
        start=day,
        end=day,
        period_type="date",
        value=value,
        status="A" if value is not None else "Q",
        raw="." if value is None else str(value),
        basis="",
        vintage=day,
        source_url="https://www.example/",
    )


def test_the_largest_stands_first_and_what_has_no_value_last() -> None:
    places = [district(key) for key in ("11", "12", "13", "14", "15")]
    figures = [figure("11", 5.0), figure("12", None), figure("13", -7.0), figure("14", 9.0)]
    rows = ranked(places, figures)
    assert [(one.number, one.district.key, one.value) for one in rows] == [
        (1, "14", 9.0),
        (2, "11", 5.0),
        (3, "13", -7.0),
        (4, "12", None),
        (5, "15", None),
    ]
    assert [one.figure is None for one in rows] == [False, False, False, False, True]


def test_a_district_that_was_dissolved_before_is_not_missing_but_keeps_its_old_figures() -> None:
    places = [district("11"), district("71", last_day=dt.date(2023, 12, 31))]
    assert [one.district.key for one in ranked(places, [figure("11", 5.0)])] == ["11"]
    old = ranked(places, [figure("71", 9.0, 2023)])
    assert [one.district.key for one in old] == ["71", "11"]


def test_periods_are_listed_from_the_newest() -> None:
    flow = replace(figure("11", 1.0), start=dt.date(2024, 1, 1), period_type="year")
    found = periods([figure("11", 1.0, 2022), flow, figure("12", 1.0, 2022)], "de")
    assert found == {"2024-01-01_2024-12-31": "2024", "2022-12-31": "31.12.2022"}
    assert period_id(flow) == "2024-01-01_2024-12-31"


def test_without_outlines_of_what_has_figures_there_is_no_map() -> None:
    square = '{"type":"Polygon","coordinates":[[[6,49],[7,49],[7,50],[6,49]]]}'
    rows = ranked([district("11"), district("12", outline=square)], [figure("11", 5.0)])
    assert map_of(INDICATOR, "Trier", rows, "de", "fehlt") is None
    rows = ranked([district("11", outline=square), district("12")], [figure("11", 5.0)])
    made = map_of(INDICATOR, "Trier", rows, "de", "fehlt")
    assert made is not None
    assert made.title == "Bevölkerung: Trier, 31.12.2024"
    assert [one.name for one in made.areas] == ["Bezirk 11"]


def test_a_file_for_programs_names_the_district() -> None:
    columns = named_columns({f"{ARS}-11": "Mitte"})
    assert columns["name"](INDICATOR, figure("11", 1.0)) == "Mitte"
    assert columns["ars"](INDICATOR, figure("11", 1.0)) == f"{ARS}-11"
