"""A small lake of harmonised statistics: four cities, breaks of basis, signs, vintages."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pyarrow as pa

from orchestration.lake import Lake
from orchestration.settings import Settings

NAMES = {
    "koblenz": ("Koblenz", "071110000000", 113_000.0),
    "ludwigshafen": ("Ludwigshafen am Rhein", "073140000000", 172_000.0),
    "mainz": ("Mainz", "073150000000", 217_000.0),
    "trier": ("Trier", "072110000000", 110_000.0),
}
HOSTILE = "<script>alert(1)</script>"
VINTAGE = dt.date(2025, 4, 1)

Row = dict[str, Any]


def _square(west: float, south: float) -> list[list[float]]:
    east, north = round(west + 0.03, 2), round(south + 0.03, 2)
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def _observation(city: str, indicator: str, day: dt.date, value: float | None, **more: Any) -> Row:
    row: Row = {
        "city_id": city,
        "ars": NAMES[city][1],
        "indicator_id": indicator,
        "dimensions": "{}",
        "dimension_labels": "{}",
        "period_start_date": day,
        "period_end_date": day,
        "period_type": "date",
        "basis": None,
        "vintage_date": VINTAGE,
        "value": value,
        "unit": "persons",
        "obs_status": "A" if value is not None else "O",
        "value_raw": "-" if value is None else f"{value:.0f}",
        "source_url": "https://www.regionalstatistik.example/12411-01-01-4",
    }
    return row | more


def _population(city: str) -> list[Row]:
    rows = []
    for year in range(2008, 2025):
        day = dt.date(year, 12, 31)
        basis = "census-1987" if year < 2011 else "census-2011" if year < 2022 else "census-2022"
        value = NAMES[city][2] + (year - 2008) * 400 - (5000 if year >= 2022 else 0)
        status = "P" if year == 2024 else "A"
        more: Row = {"basis": basis, "obs_status": status}
        if (city, year) == ("trier", 2015):
            rows.append(_observation(city, "population", day, None, value_raw=".", basis=basis))
            rows[-1]["obs_status"] = "Q"
            continue
        rows.append(_observation(city, "population", day, value, **more))
        for member, label in (("F", "weiblich"), ("M", "männlich")):
            half = more | {
                "dimensions": json.dumps({"SEX": member}),
                "dimension_labels": json.dumps({"Geschlecht": label}),
            }
            rows.append(_observation(city, "population", day, value / 2, **half))
    return rows


def _employees(city: str) -> list[Row]:
    """Trap: ``-`` for a year that was not delivered; a true zero beside it."""
    return [
        _observation(city, "employees", dt.date(2023, 6, 30), 0.0 if city == "trier" else 60_000.0),
        _observation(city, "employees", dt.date(2024, 6, 30), 61_000.0),
        _observation(city, "employees", dt.date(2025, 6, 30), None),
    ]


# Outlines of two squares, of a district in two parts, and of none.
_OUTLINES = {
    "11": {"type": "Polygon", "coordinates": [_square(6.60, 49.72)]},
    "12": {"type": "Polygon", "coordinates": [_square(6.63, 49.72)]},
    "21": {
        "type": "MultiPolygon",
        "coordinates": [[_square(6.60, 49.75)], [_square(6.66, 49.75)]],
    },
    "31": {"type": "Polygon", "coordinates": [_square(6.63, 49.75)]},
    "41": None,
}
DISTRICTS = {
    "11": ("Mitte", 24_310.0),
    "12": (f"Nord {HOSTILE}", 6_875.0),
    "21": ("Süd", None),
    "31": ("Ost", 17_402.0),
    "41": ("West", 21_125.0),
    "51": ("Neu", 0.0),
}
"""Trier's, by their numbers: name and people at the end of 2024; one is confidential."""


def _places() -> list[Row]:
    rows: list[Row] = [
        {
            "ars": ars,
            "city_id": city,
            "name": name,
            "level": "urban_district",
            "geometry": None,
            "valid_to_date": None,
        }
        for city, (name, ars, _) in NAMES.items()
    ]
    for key, outline in (*_OUTLINES.items(), ("51", None), ("61", None), ("71", None)):
        rows.append(
            {
                "ars": f"{NAMES['trier'][1]}-{key}",
                "city_id": "trier",
                "name": DISTRICTS.get(key, ("Alt" if key == "71" else "Feyen",))[0],
                "level": "city_district",
                "geometry": json.dumps(outline) if outline else None,
                # One was dissolved before the newest figures, one has none.
                "valid_to_date": dt.date(2023, 12, 31) if key == "71" else None,
            }
        )
    return rows


def _district_figures() -> list[Row]:
    rows = []
    years = [(key, people, year) for key, (_, people) in DISTRICTS.items() for year in (2023, 2024)]
    for key, people, year in (*years, ("71", 9_000.0, 2023)):
        value = people - 100 if people and year == 2023 else people
        row = _observation("trier", "residents", dt.date(year, 12, 31), value)
        row["ars"] += f"-{key}"
        if value is None:
            row |= {"value_raw": ".", "obs_status": "Q"}
        rows.append(row)
    return rows


def tables() -> dict[str, list[Row]]:
    """The rows of the harmonised tables that the figures are read from."""
    attribution = "© Statistische Ämter des Bundes und der Länder; Daten verändert"
    current = [row for city in NAMES for row in (*_population(city), *_employees(city))]
    current += _district_figures()
    current.append(
        _observation("mainz", "rent", dt.date(2024, 12, 31), 9.5, period_type="year", unit="eur")
    )
    indicators = [
        ("population", "Bevölkerung", "Population", "T1", "persons", 0),
        ("employees", f"Beschäftigte {HOSTILE}", "Employees", "T1", "persons", 0),
        ("rent", "Miete", "Rent", "T2", "eur", 2),
        ("residents", "Bevölkerung der Stadtteile", "Residents", "T1", "persons", 0),
        ("population_change", "Veränderung", "Change", None, "percent", 1),
    ]
    return {
        "city": [
            {"city_id": city, "name": name, "ars": ars} for city, (name, ars, _) in NAMES.items()
        ],
        "source": [
            {
                "source_id": f"s{number}",
                "name": name,
                "licence_id": licence,
                "attribution": attribution,
                "is_redistributable": is_open,
                "sign_legend": json.dumps({".": "unbekannt oder geheim", "-": "nichts vorhanden"}),
            }
            for number, (name, licence, is_open) in enumerate(
                [("Regionaldatenbank", "dl-de/by-2-0", True), ("Makler", "other-closed", False)], 1
            )
        ],
        "statistic_table": [
            {
                "table_code": f"T{number}",
                "source_id": f"s{number}",
                "title_de": "Bevölkerung nach Geschlecht",
                "title_en": "Population by sex",
                "theme": "soci",
            }
            for number in (1, 2)
        ],
        "indicator": [
            {
                "indicator_id": id_,
                "label_de": de,
                "label_en": en,
                "definition_de": "Personen am Stichtag",
                "derived_from": "population" if table is None else None,
                "computed_de": "100 * Zuwachs / Bestand" if table is None else None,
                "computed_en": "100 * growth / stock" if table is None else None,
                "unit": unit,
                "measure_type": "stock",
                "denominator": None,
                "source_id": {"T1": "s1", "T2": "s2"}.get(table or ""),
                "table_code": table,
                "variable_code": id_.upper(),
                "decimals": decimals,
            }
            for id_, de, en, table, unit, decimals in indicators
        ],
        "place": _places(),
        "observation_current": current,
        "derived_observation": [
            {
                "city_id": "mainz",
                "ars": NAMES["mainz"][1],
                "indicator_id": "population_change",
                "dimensions": "{}",
                "dimension_labels": "{}",
                "period_start_date": dt.date(year, 12, 31),
                "period_end_date": dt.date(year, 12, 31),
                "period_type": "date",
                "basis": None if year == 2022 else "census-2022",
                "is_break": year == 2022,
                "vintage_date": VINTAGE,
                "value": None if year == 2022 else 0.2,
                "unit": "percent",
                "obs_status": "M" if year == 2022 else "A",
                "source_url": "https://www.regionalstatistik.example/12411-01-01-4",
            }
            for year in (2022, 2023, 2024)
        ],
        "vintage_difference": [
            {
                "city_id": "trier",
                "ars": NAMES["trier"][1],
                "indicator_id": "population",
                "dimensions": dimensions,
                "period_start_date": dt.date(2023, 12, 31),
                "period_end_date": dt.date(2023, 12, 31),
                "old_vintage_date": dt.date(2024, 12, 1),
                "new_vintage_date": VINTAGE,
                "old_value": 112_737.0,
                "new_value": 103_986.0,
                "difference": -8751.0,
                "difference_pct": -7.762,
                "is_basis_change": True,
            }
            for dimensions in ("{}",)
        ],
    }


def write(lake: Lake, rows: dict[str, list[Row]]) -> None:
    """Put the tables into the lake's harmonised schema."""
    kinds = {
        bool: "BOOLEAN",
        int: "INTEGER",
        float: "DOUBLE",
        dt.date: "DATE",
        dt.datetime: "TIMESTAMPTZ",
    }
    with lake.write() as con:
        con.execute("BEGIN")
        con.execute("CREATE SCHEMA IF NOT EXISTS lake.harmonised")
        for table, each in rows.items():
            names = list(each[0])
            found = {
                name: next((type(row[name]) for row in each if row[name] is not None), str)
                for name in names
            }
            columns = ", ".join(f"{name} {kinds.get(found[name], 'VARCHAR')}" for name in names)
            con.execute(f"CREATE OR REPLACE TABLE lake.harmonised.{table} ({columns})")
            told = pa.Table.from_pylist(each)  # noqa: F841 - DuckDB finds it by its name
            con.execute(f"INSERT INTO lake.harmonised.{table} BY NAME SELECT * FROM told")
        con.execute("COMMIT")


def lake_in(folder: Path) -> Lake:
    """A lake in ``folder`` with the figures above, checked and passed."""
    from orchestration.verdict import Judged, record
    from quality.result import CheckResult

    lake = Lake.of(Settings(data=folder, _env_file=None))
    write(lake, tables())
    passed = CheckResult(
        table="observation_current",
        rule="row_count",
        column=None,
        severity="error",
        success=True,
        observed="1",
        rows_checked=1,
        message="",
        failing_rows=[],
    )
    record(lake, "run", [Judged(passed)])
    return lake
