"""Table files: shapes, figures, columns and what stops a load; invented tables only."""

import csv
import datetime as dt
import io
import json
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ingestion.record import Fetched, Observation, RejectedRow, UnknownStructureError
from ingestion.systems import table_file
from ingestion.systems._grid import Cell, letter, number_of
from ingestion.systems._table_file_model import TableFileRequest
from ingestion.systems._table_rows import Signs, figure
from ingestion.systems._table_times import day_of
from tests.unit.ingestion.systems.xlsx_files import sheet_of, xlsx

NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
SIGNS = {"value": ["-", ".", "..."], "quality": ["p", "r", "()"]}
KEY = {"role": "region_key", "header": "AGS", "digits": 8}
YEAR = {"role": "time", "header": "Jahr", "form": "year", "time_code": "JAHR"}
COUNT = {"role": "measure", "header": "Anzahl", "variable": "X", "label": "Anzahl", "unit": "Stück"}
SEX = {
    "role": "dimension",
    "header": "Geschlecht",
    "variable": "GES",
    "codes": {"männlich": "GESM", "weiblich": "GESW", "insgesamt": ""},
}
LONG = {
    "system": "table_file",
    "file": "t.csv",
    "format": "csv",
    "encoding": "iso-8859-1",
    "separator": ";",
    "decimal": ",",
    "thousands": ".",
    "columns": [KEY, YEAR, SEX, COUNT],
}
HEADER = "AGS;Jahr;Geschlecht;Anzahl"


def layout(base=LONG, **changes) -> TableFileRequest:
    return TableFileRequest.model_validate(base | changes)


def context(declared: TableFileRequest) -> dict[str, str]:
    return {
        "table": "t-1",
        "label": "Eine Tabelle",
        "page": "https://x.example/seite",
        "region": "",
        "layout": declared.model_dump_json(),
        "signs": json.dumps(SIGNS),
    }


def read(body: bytes | str, declared: TableFileRequest | None = None, **told: str) -> list:
    declared = declared or layout()
    data = body.encode(declared.encoding or "utf-8") if isinstance(body, str) else body
    named = context(declared) | told
    return list(
        table_file.parse(Fetched("https://x.example/t", "table", 200, {}, data, NOW, named))
    )


def refused(body: bytes | str, declared: TableFileRequest | None = None) -> str:
    with pytest.raises(UnknownStructureError) as caught:
        read(body, declared)
    assert caught.value.mend
    assert caught.value.url.startswith("https://x.example/t")
    return str(caught.value)


def outcome(body: bytes, declared: TableFileRequest) -> object:
    """The records, or the mend of the refusal; anything else is an error of ours."""
    try:
        return read(body, declared)
    except UnknownStructureError as error:
        return error.mend


def facts(records: list) -> list[tuple]:
    return [
        (row.region_code, row.time.isoformat(), row.dimensions, row.value)
        if isinstance(row, Observation)
        else row.reason
        for row in records
    ]


# A long CSV as municipal offices publish it


def test_a_row_becomes_an_observation_with_all_that_it_says():
    lines = (
        f"{HEADER}\n07315000;2023;männlich;1.234.567,50\n"
        "07315000;2024;weiblich;-\n07315000;2024;insgesamt;7 p\n"
    )
    men, women, total = read(lines)
    assert men.model_dump(exclude={"id"}) == {
        "url": "https://x.example/seite",
        "table_code": "t-1",
        "statistic_code": "t-1",
        "statistic_label": "Eine Tabelle",
        "region_code": "07315000",
        "region_label": "",
        "variable_code": "X",
        "variable_label": "Anzahl",
        "unit": "Stück",
        "dimensions": '{"GES": "GESM"}',
        "dimension_labels": '{"GES": "männlich"}',
        "time_code": "JAHR",
        "time": dt.date(2023, 12, 31),
        "time_text": "2023",
        "value_raw": "1.234.567,50",
        "value": 1234567.5,
        "sign": None,
        "quality": None,
        "row_no": 2,
        "layout": "csv_wide",
        "vintage": NOW.date(),
    }
    assert (women.value, women.sign, women.value_raw) == (None, "-", "-")
    assert (total.value, total.quality, total.dimensions) == (7.0, "p", "{}")
    assert len({row.id for row in (men, women, total)}) == 3


def test_only_the_region_asked_for_is_read():
    lines = f"{HEADER}\n07315000;2023;männlich;1\n07211000;2023;unbekannt;2\n"
    assert facts(read(lines, region="07315000")) == [
        ("07315000", "2023-12-31", '{"GES": "GESM"}', 1.0)
    ]
    with pytest.raises(UnknownStructureError, match="no row for region 07111000 in 2 rows"):
        read(lines, region="07111000")


def test_every_row_is_loaded_or_rejected_with_its_reason():
    rows = [
        ("07315000;2023;männlich;1", None),
        ("07315000;2023;männlich;2", "second time"),
        ("7315000;2023;weiblich;3", "no key of 8 digits"),
        ("07315000;23;weiblich;4", "no year: '23'"),
        ("07315000;2023;divers;5", "unknown member 'divers'"),
        ("07315000;2023;weiblich;12.34", "groups of digits"),
        ("07315000;2023;weiblich;1,2,3", "neither a figure"),
        ("07315000;2023;weiblich;", "empty value"),
        (";2023;weiblich;9", "no key"),
        ("1,01132E+12;2023;weiblich;9", "has cut the digits"),
    ]
    records = read("\n".join((HEADER, *(row for row, _ in rows))) + "\n\n")
    assert len(records) == len(rows)
    for number, (record, (row, reason)) in enumerate(zip(records, rows, strict=True), start=2):
        assert record.row_no == number
        if reason is None:
            assert isinstance(record, Observation)
        else:
            assert isinstance(record, RejectedRow)
            assert reason in record.reason
            assert json.loads(record.row) == row.split(";")
            assert record.source == "t-1"


def test_footnotes_and_what_comes_after_the_table_are_told_apart():
    declared = layout(footnotes=[r"\d\) "], end=r"Quelle:")
    lines = f"{HEADER}\n07315000;2023;männlich;1\n1) vorläufig;;;\nQuelle: Amt;a;b;c;d;e\nfoo\n"
    assert [type(row).__name__ for row in read(lines, declared)] == ["Observation"]
    # Without the declaration they are rows like others, and nothing is lost in silence.
    assert "column E has values and no header" in refused(lines)
    undeclared = read(lines.rpartition("Quelle")[0])
    assert [type(row).__name__ for row in undeclared] == ["Observation", "RejectedRow"]


def test_a_footnote_with_a_figure_is_a_row():
    declared = layout(footnotes=["0"])
    assert facts(read(f"{HEADER}\n07315000;2023;männlich;1\n", declared))


def test_an_empty_figure_may_mean_that_nothing_is_published():
    two = [KEY, YEAR, COUNT, COUNT | {"header": "Davon", "variable": "Y"}]
    declared = layout(columns=two, empty="absent")
    lines = "AGS;Jahr;Anzahl;Davon\n07315000;2023;1;\n07315000;2024;;\n"
    first, second = read(lines, declared)
    assert (first.variable_code, first.value) == ("X", 1.0)
    assert second.reason == "no figure in any column"


def test_a_long_table_may_name_what_it_counts_and_its_unit():
    columns = [
        {"role": "region_name", "header": "Stadt", "names": {"Mainz": "07315000"}},
        YEAR,
        {
            "role": "variable",
            "header": "Merkmal",
            "codes": {
                "Haushalte": {"variable": "HH", "unit": "Anzahl"},
                "Fläche": {"variable": "F"},
            },
        },
        {"role": "value", "header": "Wert"},
        {"role": "unit", "header": "Einheit"},
        {"role": "quality", "header": "Q"},
    ]
    declared = layout(columns=columns)
    lines = (
        "Stadt;Jahr;Merkmal;Wert;Einheit;Q\nMainz;2023;Haushalte;1;;p\nMainz;2023;Fläche;2,5;ha;\n"
        "Mainz;2024;Haushalte;;;.\nMainz;2024;Vögel;1;;\nMainz;2024;Fläche;1;ha;?\nBonn;2023;Fläche;1;;\n"
    )
    first, second, third, *bad = read(lines, declared)
    assert (first.variable_code, first.unit, first.quality) == ("HH", "Anzahl", "p")
    assert (second.variable_code, second.unit, second.variable_label) == ("F", "ha", "Fläche")
    assert (third.value, third.sign, third.value_raw, third.quality) == (None, ".", "", None)
    assert first.layout == "csv_long"
    reasons = ["unknown name 'Vögel'", "unknown mark beside", "unknown region 'Bonn'"]
    assert [reason in row.reason for row, reason in zip(bad, reasons, strict=True)] == [True] * 3


def test_a_key_may_be_taken_out_of_a_longer_one():
    key = {
        "role": "region_key",
        "header": "Schlüssel",
        "digits": 13,
        "pattern": r"000(\d{3})0{7}",
        "prefix": "07",
        "lost_zeros": True,
        "others": "skip",
    }
    declared = layout(
        columns=[key, COUNT],
        region_level="district",
        time="22.03.2026",
        time_form="date",
        time_code="STAG",
    )
    lines = "Schlüssel;Anzahl\n3150000000;5\n1010000000000;6\n0003150101100;7\n2,7315E+12;1\n"
    first, broken = read(lines, declared)
    assert (first.region_code, first.time, first.value) == ("07315", dt.date(2026, 3, 22), 5.0)
    # What a spreadsheet has destroyed is never taken for a row of another level.
    assert "has cut the digits" in broken.reason


def test_a_key_may_stand_in_several_columns():
    parts = [
        {"role": "region_part", "header": "Land", "digits": 2},
        {"role": "region_part", "header": "Kreis", "digits": 3},
        {"role": "region_part", "header_pattern": r"Gem(einde)?", "digits": 3},
    ]
    declared = layout(columns=[*parts, YEAR, COUNT])
    lines = (
        "Gem;Kreis;Land;Jahr;Anzahl\n000;315;07;2023;1\n;315;07;2023;2\n;;07;2023;3\n"
        "00;315;07;2023;4\n"
    )
    first, rejected = read(lines, declared)
    assert (first.region_code, first.value) == ("07315000", 1.0)
    assert "has not 3 digits" in rejected.reason


def test_kinds_of_rows_and_columns_may_be_left_out():
    columns = [
        KEY,
        YEAR,
        {"role": "only", "header": "Art", "values": ["G"]},
        COUNT | {"header": "CDU", "at": "D"},
        {"role": "skips", "pattern": ".* Prozent", "reason": "worked out of the votes"},
    ]
    declared = layout(columns=columns)
    lines = (
        "AGS;Jahr;Art;CDU;CDU Prozent;CDU Prozent\n07315000;2023;G;5;1,0;2,0\n07315000;2023;U;3;;\n"
    )
    (row,) = read(lines, declared)
    assert row.value == 5.0
    assert "fits the pattern" in refused("AGS;Jahr;Art;CDU\n07315000;2023;G;5\n", declared)


def test_a_file_about_one_region_takes_the_one_that_is_asked_for():
    declared = layout(columns=[YEAR, COUNT], region="file")
    lines = "Jahr;Anzahl\n2023;1\n"
    assert facts(read(lines, declared, region="07211000"))[0][0] == "07211000"
    assert "names no region" in read(lines, declared)[0].reason


def test_cells_may_be_filled_from_above():
    declared = layout(columns=[KEY | {"fill_down": True}, YEAR | {"fill_down": True}, SEX, COUNT])
    lines = f"{HEADER}\n07315000;2023;männlich;1\n;;weiblich;2\n07211000;;männlich;3\n"
    assert [fact[:2] for fact in facts(read(lines, declared))] == [
        ("07315000", "2023-12-31"),
        ("07315000", "2023-12-31"),
        ("07211000", "2023-12-31"),
    ]


# Wide tables


def test_years_may_be_columns_and_grow():
    years = {"role": "years", "pattern": r"(?P<time>\d{4})", "variable": "X", "label": "X"}
    declared = layout(columns=[KEY, years])
    records = read("AGS;2022;2023\n07315000;1;-\n", declared)
    assert [(row.time.year, row.value, row.sign) for row in records] == [
        (2022, 1.0, None),
        (2023, None, "-"),
    ]
    assert len(read("AGS;2022;2023;2024\n07315000;1;2;3\n", declared)) == 3
    assert "'2023*' is not declared" in refused("AGS;2022;2023*\n07315000;1;2\n", declared)
    assert "'2022' stands in columns B, C" in refused("AGS;2022;2022\n07315000;1;2\n", declared)
    assert "no column's header fits" in refused("AGS;Jahr\n07315000;1\n", declared)


WIDE = {
    "system": "table_file",
    "file": "t.xlsx",
    "format": "xlsx",
    "sheet": "Daten",
    "header_rows": [2, 3],
    "region_level": "district",
    "columns": [
        {"role": "region_key", "header": "Schlüssel", "digits": 5, "lost_zeros": True},
        {"role": "skip", "header": "Stadt", "reason": "the key says it"},
        *(
            {
                "role": "measure",
                "header": f"{year} | {sex}",
                "variable": "BEV",
                "label": "Bevölkerung",
                "time": year,
                "dimensions": {"GES": code},
                "labels": {"GES": sex},
            }
            for year in ("2023", "2024")
            for sex, code in (("männlich", "GESM"), ("weiblich", "GESW"))
        ),
    ],
    "footnotes": [r"\d\)"],
}
SHEET = (
    ["Bevölkerung am 31.12."],
    ["Schlüssel", "Stadt", "2023", None, "2024", None],
    [None, None, "männlich", "weiblich", "männlich", "weib\u00adlich"],
    [7315, "Mainz", 77.430000000000007, 2, "-", 1e21],
    ["07211", "Trier", 1, 2, b'<c r="@cell" t="e"><v>#REF!</v></c>', None],
    ["1) Fußnote"],
)
MERGES = ("A1:F1", "A2:A3", "B2:B3", "C2:D2", "E2:F2")


def test_a_wide_xlsx_with_a_header_of_two_rows():
    records = read(xlsx(SHEET, merges=MERGES), layout(WIDE))
    mainz = [row for row in records if row.row_no == 4]
    assert [(row.time.year, row.dimensions, row.value, row.value_raw) for row in mainz] == [
        (2023, '{"GES": "GESM"}', 77.43, "77.43"),
        (2023, '{"GES": "GESW"}', 2.0, "2"),
        (2024, '{"GES": "GESM"}', None, "-"),
        (2024, '{"GES": "GESW"}', 1e21, "1000000000000000000000"),
    ]
    assert {row.region_code for row in records if isinstance(row, Observation)} == {
        "07315",
        "07211",
    }
    reasons = [row.reason for row in records if isinstance(row, RejectedRow)]
    assert reasons == [
        "2024 | männlich: a spreadsheet's error in place of a figure: '#REF!'",
        "2024 | weiblich: empty value",
    ]
    assert {row.layout for row in records if isinstance(row, Observation)} == {"xlsx_wide"}


def test_zeros_are_put_back_only_where_it_is_declared():
    columns = [{**WIDE["columns"][0], "lost_zeros": False}, *WIDE["columns"][1:]]
    records = read(xlsx(SHEET, merges=MERGES), layout(WIDE, columns=columns))
    assert [row.reason for row in records if row.row_no == 4] == [
        "Schlüssel: '7315' is no key of 5 digits for a district"
    ]


def test_merged_cells_below_the_header_are_every_rows():
    sheet = [
        ["AGS", "Jahr", "Anzahl"],
        ["07315000", 2023, 1],
        [None, 2024, 2],
        ["07211000", 2024, 5],
    ]
    base = {
        "system": "table_file",
        "file": "t.xlsx",
        "format": "xlsx",
        "sheet": "Daten",
        "columns": [KEY, YEAR, COUNT],
    }
    merged = read(xlsx(sheet, merges=["A2:A3", "C2:C3"]), layout(base))
    assert [fact[0] for fact in facts(merged)] == ["07315000", "07315000", "07211000"]
    # A figure is only its own row's, whatever is merged.
    assert [row.value for row in merged] == [1.0, 2.0, 5.0]
    bare = read(xlsx(sheet), layout(base))
    assert "no key" in bare[1].reason


def test_a_csv_header_of_two_rows_may_be_filled():
    columns = [KEY, *(COUNT | {"header": f"{y} | Zahl", "time": y} for y in ("2023", "2024"))]
    declared = layout(columns=columns, header_rows=[1, 2], fill_header=True)
    lines = "AGS;2023;\n;Zahl;Zahl\n07315000;1;2\n"
    assert "missing" in refused(lines, declared)
    lines = "AGS;2023;2024\nAGS;Zahl;Zahl\n07315000;1;2\n"
    assert [row.time.year for row in read(lines, declared)] == [2023, 2024]
    columns = [
        KEY,
        *(COUNT | {"header": f"2023 | {n}", "time": "2023", "variable": n} for n in "AB"),
    ]
    declared = layout(columns=columns, header_rows=[1, 2], fill_header=True)
    assert len(read("AGS;2023;\nAGS;A;B\n07315000;1;2\n", declared)) == 2


# Declared columns: all, or the load stops


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (
            "AGS;Jahr;Geschlecht;Anzal",
            ["column 'Anzahl' is missing (nearest: 'Anzal')", "column D"],
        ),
        ("AGS;Jahr;Geschlecht", ["column 'Anzahl' is missing"]),
        ("AGS;Jahr;Geschlecht;Anzahl;Neu", ["column E 'Neu' is not declared", "role: skip"]),
        ("AGS;Jahr;Geschlecht;Anzahl;", ["column E has values and no header", "at: E"]),
        ("AGS;Jahr;Geschlecht;Anzahl;Anzahl", ["'Anzahl' stands in columns D, E", "at: …"]),
        ("a;b;c;d", ["is missing", "is not declared"]),
        (";;;", ["row 1 is empty where the header"]),
    ],
)
def test_another_header_loads_nothing_and_says_where_and_what_to_do(header, said):
    text = refused(f"{header}\n07315000;2023;männlich;1;9\n")
    for words in said:
        assert words in text
    assert "row 1" in text


def test_columns_may_stand_in_any_order():
    assert facts(read("Anzahl;Geschlecht;AGS;Jahr\n1;männlich;07315000;2023\n")) == facts(
        read(f"{HEADER}\n07315000;2023;männlich;1\n")
    )


def test_a_repeated_header_is_told_apart_by_its_place():
    columns = [
        KEY,
        YEAR,
        COUNT | {"header": "CDU", "at": "C"},
        {"role": "skip", "header": "CDU", "at": "D", "reason": "the share, worked out from it"},
    ]
    declared = layout(columns=columns)
    (row,) = read("AGS;Jahr;CDU;CDU\n07315000;2023;5;0,1\n", declared)
    assert row.value == 5.0
    moved = refused("AGS;CDU;CDU;Jahr\n07315000;5;0,1;2023\n", declared)
    assert "column D is 'Jahr' where 'CDU' is declared" in moved
    more = refused("AGS;Jahr;CDU;CDU;CDU\n07315000;2023;5;0,1;3\n", declared)
    assert "column E 'CDU' is not declared" in more


def test_of_many_findings_the_first_are_told():
    header = ";".join(f"x{number}" for number in range(30))
    values = ";".join("1" * 30)
    assert "; and 29 more → " in refused(f"{header}\n{values}\n")


# Bytes: encodings, quotes, line ends, ZIPs


def test_a_declared_encoding_is_checked():
    good = f"{HEADER}\n07315000;2023;männlich;1\n"
    assert "it is utf-8" in refused(good.encode("utf-8"))
    assert "byte order mark of utf-8" in refused(good.encode("utf-8-sig"))
    assert "is not utf-8" in refused(good.encode("latin-1"), layout(encoding="utf-8"))
    assert "letters of windows-1252" in refused(good.replace("1\n", "\u2013\n").encode("cp1252"))
    assert "no byte order mark" in refused(good.encode("utf-16-le"), layout(encoding="utf-16"))
    for encoding, body in (
        ("utf-8", good.encode("utf-8-sig")),
        ("utf-8", good.encode("utf-8")),
        ("utf-16", good.encode("utf-16")),
        ("windows-1252", good.encode("cp1252")),
    ):
        assert facts(read(body, layout(encoding=encoding)))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_make_no_difference(end):
    lines = f"{HEADER}\n07315000;2023;männlich;1\r\n07315000;2024;männlich;2{end}"
    assert [row.row_no for row in read(lines.replace("\n", end, 1))] == [2, 3]


def test_a_quote_that_never_ends_hides_no_rows():
    assert "not CSV as declared" in refused(f'{HEADER}\n"07315000;2023;männlich;1\nx;y;z;1\n')
    assert len(read(f'{HEADER}\n"07315000";2023;"männlich";"1"\n')) == 1
    assert "a NUL" in refused(f"{HEADER}\n07315000;2023;\x00;1\n")


def zipped(**members: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name.replace("_", "."), body)
    return target.getvalue()


def test_a_file_may_be_in_a_zip():
    body = f"{HEADER}\n07315000;2023;männlich;1\n".encode("latin-1")
    assert len(read(zipped(a_csv=body))) == 1
    assert len(read(zipped(a_csv=body, b_csv=b"x"), layout(member="a.csv"))) == 1
    assert "2 files in the ZIP" in refused(zipped(a_csv=body, b_csv=b"x"))
    assert "0 files in the ZIP" in refused(zipped(a_csv=body), layout(member="c.csv"))
    assert "no ZIP, where a member" in refused(body, layout(member="a.csv"))
    assert "not a readable ZIP" in refused(zipped(a_csv=body)[:-30])
    book = xlsx(SHEET, merges=MERGES)
    assert len(read(zipped(a_xlsx=book), layout(WIDE))) == 8


def test_zip_bombs_end_at_the_limit():
    assert "300 times its size" in refused(zipped(a_csv=b"0" * 50_000_000))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<!doctype html><html></html>", "an HTML page"),
        (b"", "is empty where the header"),
        (xlsx(SHEET), "declared csv, but it is application/vnd.openxml"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "declared csv|a NUL|letters"),
    ],
)
def test_what_is_no_csv_is_refused(body, said):
    text = refused(body)
    assert any(each in text for each in said.split("|"))


# Hostile workbooks

CELL = '<c r="A1" t="inlineStr"><is><t>AGS</t></is></c>'


@pytest.mark.parametrize(
    ("book", "said"),
    [
        (b"PK\x03\x04", "not a readable ZIP"),
        (xlsx(SHEET, parts={"xl/vbaProject.bin": b"x"}), "with macros"),
        (xlsx(SHEET, sheet="Andere"), "its sheets are: 'Andere'"),
        (xlsx([], sheet_xml="<worksheet><sheetData>"), "not readable XML"),
        (
            xlsx([], sheet_xml='<!DOCTYPE x [<!ENTITY a "b">]><worksheet>&a;</worksheet>'),
            "it is refused",
        ),
        (xlsx([], sheet_xml=sheet_of('<row r="9999999">' + CELL + "</row>")), "after row 0"),
        (xlsx([], sheet_xml=sheet_of('<row r="2"/><row r="1"/>')), "after row 2"),
        (xlsx([], sheet_xml=sheet_of('<row r="x"/>')), "'x' after row"),
        (xlsx([], sheet_xml=sheet_of('<row r="1"><c r="A2"><v>1</v></c></row>')), "cell 'A2'"),
        (xlsx([], sheet_xml=sheet_of('<row r="1"><c r="XFD1"><v>1</v></c></row>')), "column XFD"),
        (xlsx([], sheet_xml=sheet_of('<row r="1"><c r="A1"><v>NaN</v></c></row>')), "'NaN'"),
        (xlsx([], sheet_xml=sheet_of('<row r="1"><c r="A1"><v>1e999</v></c></row>')), "'1e999'"),
        (xlsx([], sheet_xml=sheet_of('<row r="1"><c t="s"><v>7</v></c></row>')), "not there"),
        (xlsx([], parts={"xl/_rels/workbook.xml.rels": b"<r/>"}), "it has no xl"),
        (xlsx(SHEET, merges=["A1:ZZZZ9"]), "merged cells"),
        (xlsx(SHEET, merges=["A2:ALL1000000"] * 2_100), "more than 4,000,000 merged cells"),
        (xlsx(SHEET, parts={"xl/worksheets/sheet1.xml": b"0" * 50_000_000}), "300 times"),
    ],
)
def test_a_hostile_workbook_is_refused(book, said):
    assert said in refused(book, layout(WIDE))


def test_a_claimed_size_and_empty_cells_cost_nothing():
    rows = '<row r="1048576"><c r="XFD1048576" s="1"/></row>'
    book = xlsx([], sheet_xml=sheet_of(rows))
    assert "is empty where the header" in refused(book, layout(WIDE))


def test_formulas_are_not_worked_out():
    stored = b'<c r="@cell"><f>[1]Andere!A1*2</f><v>42</v></c>'
    empty = b'<c r="@cell"><f>WEBSERVICE("https://x.example")</f></c>'
    base = {
        "system": "table_file",
        "file": "t.xlsx",
        "format": "xlsx",
        "sheet": "Daten",
        "columns": [KEY, YEAR, COUNT],
    }
    sheet = [["AGS", "Jahr", "Anzahl"], ["07315000", 2023, stored], ["07315000", 2024, empty]]
    first, second = read(xlsx(sheet), layout(base))
    assert first.value == 42.0
    assert "formula without a stored value" in second.reason


@settings(deadline=None, max_examples=80)
@given(st.binary(max_size=400), st.sampled_from(["utf-8", "iso-8859-1", "windows-1252", "utf-16"]))
def test_any_bytes_as_a_csv_are_read_or_refused(body, encoding):
    assert outcome(body, layout(encoding=encoding))


@settings(deadline=None, max_examples=80)
@given(st.data())
def test_any_damage_to_a_workbook_is_read_or_refused(data):
    book = xlsx(SHEET, merges=MERGES)
    name = data.draw(st.sampled_from([None, *zipfile.ZipFile(io.BytesIO(book)).namelist()]))
    part = bytearray(book if name is None else zipfile.ZipFile(io.BytesIO(book)).read(name))
    for _ in range(data.draw(st.integers(1, 4))):
        part[data.draw(st.integers(0, len(part) - 1))] = data.draw(st.integers(0, 255))
    damaged = bytes(part)
    if name is not None:
        damaged = xlsx(SHEET, merges=MERGES, parts={name: damaged})
    assert outcome(damaged, layout(WIDE))


@settings(deadline=None, max_examples=80)
@given(st.text(alphabet="<>/ =\"'abcrtvsf0123456789ABC:&;!-é", max_size=200))
def test_any_sheet_of_a_workbook_is_read_or_refused(inner):
    assert outcome(xlsx([], sheet_xml=sheet_of(inner)), layout(WIDE))


# Any shape comes back


_VALUES = st.one_of(
    st.integers(-(10**9), 10**9).map(float),
    st.integers(-(10**7), 10**7).map(lambda number: number / 100),
    st.sampled_from(["-", ".", "..."]),
)


@settings(deadline=None, max_examples=60)
@given(
    st.dictionaries(
        st.tuples(st.sampled_from(["07315000", "07211000"]), st.integers(1990, 2030)),
        st.tuples(_VALUES, _VALUES),
        min_size=1,
        max_size=12,
    ),
    st.permutations(["AGS", "Jahr", "A", "B"]),
    st.sampled_from([(",", "."), (".", None), (",", " "), (",", None)]),
    st.booleans(),
)
def test_a_table_of_any_shape_comes_back(table, order, marks, as_xlsx):
    def written(value) -> object:
        if isinstance(value, str):
            return value
        if as_xlsx:
            return value
        text = f"{value:,.2f}"
        return text.translate({ord(","): marks[1] or "", ord("."): marks[0]})

    rows = [order]
    for (key, year), (a, b) in table.items():
        cells = {"AGS": key, "Jahr": str(year), "A": written(a), "B": written(b)}
        rows.append([cells[name] for name in order])
    columns = [KEY, YEAR, *(COUNT | {"header": name, "variable": name} for name in "AB")]
    if as_xlsx:
        declared = layout(
            {
                "system": "table_file",
                "file": "t.xlsx",
                "format": "xlsx",
                "sheet": "Daten",
                "columns": columns,
            }
        )
        body = xlsx(rows)
    else:
        declared = layout(columns=columns, decimal=marks[0], thousands=marks[1])
        text = io.StringIO()
        csv.writer(text, delimiter=";").writerows(rows)
        body = text.getvalue().encode("latin-1")
    found = {
        (row.region_code, row.time.year, row.variable_code): row.value
        if row.sign is None
        else row.sign
        for row in read(body, declared)
    }
    expected = {
        (key, year, name): value
        for (key, year), pair in table.items()
        for name, value in zip("AB", pair, strict=True)
    }
    assert found == expected


@settings(deadline=None)
@given(st.text(max_size=15))
def test_a_cell_is_a_figure_a_sign_or_refused(text):
    signs = Signs(frozenset(SIGNS["value"]), frozenset(SIGNS["quality"]))
    try:
        value, sign, _ = figure(Cell(text), layout(), signs)
    except ValueError:
        return
    assert (value is None) == (sign is not None)
    assert sign is None or sign in signs.instead


@pytest.mark.parametrize(
    ("text", "value", "quality"),
    [("1.234", 1234.0, None), ("(12)", 12.0, "()"), ("12,5r", 12.5, "r"), ("-3", -3.0, None)],
)
def test_figures_and_marks_beside_them(text, value, quality):
    signs = Signs(frozenset(SIGNS["value"]), frozenset(SIGNS["quality"]))
    assert figure(Cell(text), layout(), signs) == (value, None, quality)


@pytest.mark.parametrize(
    "text", ["1.5", "1.2345", "12.34.567", "1,2,3", "\u0665", "1e5", "p", "()"]
)
def test_a_wrong_mark_is_never_a_thousandfold_figure(text):
    signs = Signs(frozenset(SIGNS["value"]), frozenset(SIGNS["quality"]))
    with pytest.raises(ValueError, match=r"figure|groups"):
        figure(Cell(text), layout(), signs)


# Times


@pytest.mark.parametrize(
    ("text", "form", "day"),
    [
        ("2024", "year", "2024-12-31"),
        ("31.12.2024", "date", "2024-12-31"),
        ("1.2.2024", "date", "2024-02-01"),
        ("2024-02-29", "date", "2024-02-29"),
        ("45657", "serial_date", "2024-12-31"),
        ("2024-02", "month", "2024-02-29"),
        ("2/2023", "month", "2023-02-28"),
        ("März 2024", "month", "2024-03-31"),
        ("2024-Q4", "quarter", "2024-12-31"),
        ("Q1 2024", "quarter", "2024-03-31"),
        ("2/2024", "quarter", "2024-06-30"),
        ("III/2024", "quarter", "2024-09-30"),
        ("IV/2024", "quarter", "2024-12-31"),
    ],
)
def test_times_are_the_last_day_of_their_period(text, form, day):
    assert day_of(text, form).isoformat() == day


@settings(deadline=None)
@given(st.text(max_size=12), st.sampled_from(["year", "date", "serial_date", "month", "quarter"]))
def test_other_times_are_refused(text, form):
    try:
        day = day_of(text, form)
    except ValueError as error:
        said = str(error)
    else:
        said = f"{form.replace('_', ' ')} of {day}"
        assert 1800 <= day.year < 2200
    assert form.replace("_", " ") in said


@settings(deadline=None)
@given(st.integers(1, 18_278))
def test_columns_have_names(number):
    assert number_of(letter(number)) == number


# Vintage


@pytest.mark.parametrize(
    ("told", "day"),
    [
        ("Tue, 10 Mar 2026 09:00:00 GMT", dt.date(2026, 3, 10)),
        ("Tue, 10 Mar 2099 09:00:00 GMT", NOW.date()),
        ("gestern", NOW.date()),
        (None, NOW.date()),
    ],
)
def test_figures_stand_as_of_the_day_the_file_was_changed(told, day):
    headers = {} if told is None else {"last-modified": told}
    body = f"{HEADER}\n07315000;2023;männlich;1\n".encode("latin-1")
    fetched = Fetched("https://x.example/t", "table", 200, headers, body, NOW, context(layout()))
    (row,) = table_file.parse(fetched)
    assert row.vintage == day


def test_a_file_without_its_entry_is_refused():
    with pytest.raises(UnknownStructureError, match="no table of ingestion/sources"):
        next(table_file.parse(Fetched("file:x", "table", 200, {}, b"a;b", NOW, {})))


# Entries


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"encoding": None}, "an encoding and a separator"),
        ({"sheet": "x"}, "and no sheet"),
        ({"thousands": ","}, "the same mark"),
        ({"header_rows": [2, 1]}, "not in their order"),
        ({"first_row": 1}, "within the header"),
        ({"footnotes": ["("]}, "not a regular expression"),
        ({"end": "("}, "not a regular expression"),
        ({"file": "../x"}, "leads away"),
        ({"file": "https://x.example/y"}, "file"),
        ({"columns": [KEY, YEAR, SEX]}, "needs figures"),
        ({"columns": [KEY, KEY | {"header": "B"}, YEAR, COUNT]}, "one column names the region"),
        ({"columns": [YEAR, COUNT]}, "one column names the region"),
        ({"columns": [KEY, COUNT]}, "each figure needs one time"),
        ({"time": "2023"}, "each figure needs one time"),
        ({"columns": [KEY, YEAR, YEAR | {"header": "J"}, COUNT]}, "two columns are the time"),
        ({"columns": [KEY, YEAR, COUNT, COUNT]}, "two entries"),
        ({"columns": [KEY, YEAR, COUNT, COUNT | {"at": "D"}]}, "not in another"),
        ({"columns": [KEY, YEAR, {"role": "value", "header": "W"}]}, "go together"),
        ({"columns": [KEY | {"pattern": r"\d"}, YEAR, COUNT]}, "exactly one group"),
        ({"columns": [KEY | {"header": ""}, YEAR, COUNT]}, "needs its letter"),
        ({"columns": [KEY | {"header_pattern": "A"}, YEAR, COUNT]}, "the same twice"),
        ({"columns": [KEY, YEAR, COUNT, {"role": "skips", "pattern": "("}]}, "not a regular"),
        (
            {"columns": [{"role": "region_part", "header": "K", "digits": 5}, YEAR, COUNT]},
            "have 5 digits together",
        ),
        ({"columns": [KEY, YEAR, COUNT | {"dimensions": {"A": "B"}}]}, "labels name other"),
        ({"columns": [KEY, YEAR, COUNT | {"role": "guess"}]}, "role"),
        (
            {
                "columns": [
                    {"role": "region_name", "header": "S", "names": {"M": "07"}},
                    YEAR,
                    COUNT,
                ]
            },
            "no municipality",
        ),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_an_entry_that_contradicts_itself_is_told(changes, said):
    with pytest.raises(ValidationError, match=said):
        layout(**changes)
