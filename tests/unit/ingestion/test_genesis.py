"""GENESIS tables: numbers and signs, hostile ZIPs, shifted rows; invented tables only."""

import csv
import datetime as dt
import io
import json
import zipfile

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from ingestion.city import City, load
from ingestion.http import Client, Hooks
from ingestion.record import Fetched, Observation, RejectedRow, UnknownStructureError
from ingestion.systems import genesis, parse_saved
from ingestion.systems._genesis_table import SIGNS, day, number

NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
LONG = (
    "statistics_code;statistics_label;time_code;time_label;time;1_variable_code;1_variable_label;"
    "1_variable_attribute_code;1_variable_attribute_label;2_variable_code;2_variable_label;"
    "2_variable_attribute_code;2_variable_attribute_label;value;value_unit;value_variable_code;"
    "value_variable_label"
)
WIDE_DE = (
    "Statistik_Code;Statistik_Label;Zeit_Code;Zeit_Label;Zeit;1_Merkmal_Code;1_Merkmal_Label;"
    "1_Auspraegung_Code;1_Auspraegung_Label;2_Merkmal_Code;2_Merkmal_Label;2_Auspraegung_Code;"
    "2_Auspraegung_Label;BEVSTD__Bevoelkerungsstand__Anzahl"
)
WIDE_EN = (
    "statistics_code;statistics_label;time_code;time_label;time;1_variable_code;1_variable_label;"
    "1_variable_code;1_variable_code;2_variable_code;2_variable_label;2_variable_code;"
    "2_variable_code;BEVSTD__Bevoelkerungsstand__Anzahl"
)


def long(value="5", *, member="GESM", label="männlich", region="07315", time="2024-12-31") -> str:
    return (
        f"12411;Fortschreibung;STAG;Stichtag;{time};KREISE;Kreise;{region};Mainz;GES;Geschlecht;"
        f"{member};{label};{value};Anzahl;BEVSTD;Bevölkerungsstand"
    )


def table(*rows: str, header: str = LONG) -> bytes:
    return ("\n".join((header, *rows)) + "\n").encode("utf-8-sig")


def zipped(
    *members: tuple[str, bytes], when: tuple[int, int, int, int, int, int] = (2026, 3, 10, 9, 0, 0)
) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members:
            archive.writestr(zipfile.ZipInfo(name, when), body, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def read(body: bytes, **context: str) -> list:
    named = {"table": "12411-01-01-4"} | context
    return list(genesis.parse(Fetched("file:t", "tablefile", 200, {}, body, NOW, named)))


# Numbers


@settings(deadline=None)
@given(st.integers(-(10**12), 10**12))
def test_whole_numbers(value):
    assert number(str(value), ",") == (float(value), None, "0" if value == 0 else None)


@settings(deadline=None)
@given(st.integers(1, 10**9), st.text("0123456789", min_size=1, max_size=4))
def test_both_languages_give_the_same_number(whole, fraction):
    german = number(f"{whole},{fraction}", ",")
    assert german == number(f"{whole}.{fraction}", ".")
    assert german == number(f"{whole}.{fraction}", None)
    assert german[0] == float(f"{whole}.{fraction}")


@settings(deadline=None)
@given(st.integers(0, 10**9))
def test_the_other_languages_mark_is_refused(whole):
    with pytest.raises(ValueError, match="decimal mark"):
        number(f"{whole}.5", ",")
    with pytest.raises(ValueError, match="decimal mark"):
        number(f"{whole},5", ".")


@pytest.mark.parametrize("sign", sorted(SIGNS))
def test_a_sign_has_no_value_not_even_the_dash(sign):
    assert number(sign, ",") == (None, sign, None)


@settings(deadline=None)
@given(st.integers(1, 10**9), st.sampled_from("prse"))
def test_marks_beside_a_number_are_its_quality(value, mark):
    assert number(f"{value}{mark}", ",") == (float(value), None, mark)
    assert number(f"({value})", ",") == (float(value), None, "()")


@settings(deadline=None)
@given(st.text(max_size=20))
def test_a_cell_is_a_number_a_known_sign_or_refused(text):
    try:
        value, sign, _ = number(text, ",")
    except ValueError:
        return
    assert (value is None) == (sign is not None)
    assert sign is None or sign in SIGNS


@pytest.mark.parametrize("text", ["", "1.234,5", "--", "(5", "5)", "1e5", "nan", "5 q", "\u0665"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(ValueError, match=r"neither|empty|decimal"):
        number(text, ",")


@settings(deadline=None)
@given(st.dates(dt.date(1000, 1, 1)))
def test_days_of_both_layouts(value):
    assert day(value.isoformat()) == value
    assert day(f"{value:%d.%m.}{value.year:04}") == value
    assert day(f"{value.year:04}") == dt.date(value.year, 12, 31)


@pytest.mark.parametrize("text", ["", "2024-13-01", "31.02.2024", "2024/25", "24", "2024-12"])
def test_other_times_are_refused(text):
    with pytest.raises(ValueError, match=r"."):
        day(text)


# One table in three layouts


def test_the_three_layouts_give_the_same_rows():
    cells = [("", "Insgesamt", "9"), ("GESM", "männlich", "4"), ("GESW", "weiblich", "-")]
    german = table(
        *(
            f"12411;Fortschreibung;STAG;Stichtag;31.12.2024;KREISE;Kreise;07315;      Mainz;"
            f"GES;Geschlecht;{code};{label};{value}"
            for code, label, value in cells
        ),
        header=WIDE_DE,
    )
    english = table(
        *(
            f"12411;Fortschreibung;STAG;Stichtag;2024-12-31;KREISE;Kreise;07315;      Mainz;"
            f"GES;Geschlecht;{code};{label.replace('Insgesamt', 'Total')};{value}"
            for code, label, value in cells
        ),
        header=WIDE_EN,
    )
    newest = table(*(long(value, member=code, label=label) for code, label, value in cells))
    read_all = [read(german), read(english), read(zipped(("t.csv", newest)))]
    assert [rows[0].layout for rows in read_all] == ["wide_de", "wide_en", "long"]
    facts = [
        [row.model_dump(exclude={"layout", "variable_label", "time_text"}) for row in rows]
        for rows in (read(german), read(english), read(newest))
    ]
    assert facts[0] == facts[1] == facts[2]
    total, men, women = read(newest)
    assert (total.dimensions, total.value, total.region_label) == ("{}", 9.0, "Mainz")
    assert (men.dimensions, men.dimension_labels) == ('{"GES": "GESM"}', '{"GES": "männlich"}')
    assert (women.value, women.sign, women.value_raw) == (None, "-", "-")


def test_the_quality_column_is_read_beside_the_value():
    rows = [long("5") + ";p", long("-", member="GESW") + ";-", long("", member="GESX") + ";..."]
    first, second, third = read(table(*rows, header=LONG + ";value_q"))
    assert (first.value, first.quality) == (5.0, "p")
    assert (second.sign, second.quality) == ("-", None)
    assert (third.value, third.sign, third.value_raw) == (None, "...", "")


def test_a_wide_table_with_several_measures():
    header = WIDE_DE.replace("BEVSTD__Bevoelkerungsstand__Anzahl", "") + (
        "ISV006__Verfahren__Anzahl;FOR002__voraussichtliche_Forderungen__Tsd._EUR"
    )
    row = "52411;Insolvenzen;JAHR;Jahr;2023;KREISE;Kreise;07315;Mainz;GES;Sex;;Insgesamt;7;1,5"
    first, second = read(table(row, header=header), table="52411-02-01-4")
    assert (first.variable_code, first.unit, first.value) == ("ISV006", "Anzahl", 7.0)
    assert (second.variable_code, second.unit, second.value) == ("FOR002", "Tsd. EUR", 1.5)
    assert second.variable_label == "voraussichtliche Forderungen"
    assert first.id != second.id
    assert first.row_no == second.row_no == 1


def test_the_decimal_mark_follows_the_language_of_the_answer():
    total = {"member": "", "label": "Total"}
    (english,) = read(table(long("1.5", **total)))
    assert english.value == 1.5
    (rejected,) = read(table(long("1,5", **total)))
    assert isinstance(rejected, RejectedRow)
    (german,) = read(table(long("1,5")), language="de")
    assert german.value == 1.5


# Every row is loaded or rejected: rule S2


def test_rows_that_cannot_be_read_are_rejected_with_the_reason():
    rows = [
        long("5"),
        long("five", member="GESW"),
        long("6", time="gestern"),
        long("7", region=""),
        long("5"),
        long("\u0665", member="GESX"),
    ]
    records = read(table(*rows))
    assert len(records) == len(rows)
    good, *bad = records
    assert isinstance(good, Observation)
    reasons = ["known sign", "form of time", "no region", "second time"]
    for number_, (record, reason) in enumerate(zip(bad, reasons, strict=False), start=2):
        assert isinstance(record, RejectedRow)
        assert reason in record.reason
        assert record.row_no == number_
        assert json.loads(record.row)[0] == "12411"
        assert record.source == "12411-01-01-4"


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["07315", "07211", "073150000000", "DG"]),
            st.sampled_from(["", "GESM", "GESW"]),
            st.one_of(st.integers().map(str), st.sampled_from([*SIGNS, "?", ""]), st.text()),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_s2_no_row_is_ever_lost(rows):
    target = io.StringIO()
    writer = csv.writer(target, delimiter=";")
    writer.writerow(LONG.split(";"))
    for region, member, value in rows:
        fields = long("{}", member=member, region=region).split(";")
        writer.writerow([value if field == "{}" else field for field in fields])
    body = target.getvalue().encode("utf-8", "replace")
    records = read(body)
    assert sorted(record.row_no for record in records) == list(range(1, len(rows) + 1))
    ids = [record.id for record in records]
    assert len(ids) == len(set(ids))


# Regions


def test_only_the_region_asked_for_is_read_and_keys_stay_text():
    body = table(long("1", region="07315"), long("2", region="07211"), long("3", region="07315000"))
    assert [row.region_code for row in read(body)] == ["07315", "07211", "07315000"]
    assert [row.value for row in read(body, region="07315")] == [1.0]
    assert [row.value for row in read(body, region="07315000")] == [3.0]


def test_an_answer_without_the_region_is_refused():
    with pytest.raises(UnknownStructureError, match="no row for region 07111"):
        read(table(long("1")), region="07111")


# What cannot be trusted as a whole: rule S7


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"<!doctype html><html></html>", "an HTML page"),
        (b"", "empty table"),
        (b"a;b;c\n1;2;3\n", "no known layout"),
        (table(long("1"), "KREISE;Kreise;07315;Mainz" + ";" * 13), "row 2 is shifted"),
        (table(long("1"), long("2").replace("12411", "12412")), "row 2 is shifted"),
        (table(long("1"), long("2")[:40]), "row 2 has"),
        (table("x", header=WIDE_DE.replace("__Anzahl", "__MeasureUnitNotFound!")), "no measure"),
        (table("x", header=WIDE_DE.rpartition(";")[0]), "no value column"),
        (table("x", header=LONG + ";value_q;more"), "value"),
        ("12411;Bevölkerung".encode("latin-1"), "not UTF-8"),
        (zipped(("a.csv", b""), ("b.csv", b"")), "2 members"),
        (zipped(), "not"),
        (zipped(("t.csv", table(long())))[:-40], "cannot be read"),
        (b'{"Status": {"Code": 98, "Content": "zu gross"}}', "status 98"),
        (b'{"Code": 15, "Content": "nicht berechtigt"}', "status 15"),
        (b'{"broken', "no known layout"),
    ],
)
def test_s7_an_answer_that_is_no_table_is_refused(body, what):
    with pytest.raises(UnknownStructureError, match=what) as caught:
        read(body)
    assert caught.value.mend


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from([table(long()), zipped(("t.csv", table(long()))), b"PK\x03\x04", b"{", b""]),
    st.integers(0, 400),
    st.binary(max_size=40),
    st.booleans(),
)
def test_hostile_bytes_are_records_or_refused(good, at, noise, is_cut):
    body = good[:at] + noise + (b"" if is_cut else good[at + len(noise) :])
    try:
        records = read(body)
    except UnknownStructureError:
        return
    assert records
    assert all(isinstance(each, Observation | RejectedRow) for each in records)


def test_a_zip_bomb_is_refused(monkeypatch):
    monkeypatch.setattr("ingestion.systems._genesis_table.MAX_TABLE_BYTES", 1000)
    with pytest.raises(UnknownStructureError, match="more than 1,000 bytes"):
        read(zipped(("t.csv", b"0" * 1_000_000)))


def test_a_members_name_is_never_a_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (row,) = read(zipped(("../../etc/12411-01-01-4.csv", table(long()))), table="")
    assert row.table_code == "12411-01-01-4"
    assert list(tmp_path.iterdir()) == []


# Which vintage, and which id


def test_the_vintage_is_the_day_the_server_made_the_file():
    (row,) = read(zipped(("t.csv", table(long()))))
    assert row.vintage == dt.date(2026, 3, 10)
    (row,) = read(zipped(("t.csv", table(long())), when=(1980, 1, 1, 0, 0, 0)))
    assert row.vintage == NOW.date()
    (row,) = read(table(long()))
    assert row.vintage == NOW.date()


def test_a_revision_has_another_id_and_an_order_has_not():
    old = read(zipped(("t.csv", table(long("1"), long("2", member="GESW")))))
    turned = read(zipped(("t.csv", table(long("2", member="GESW"), long("1")))))
    later = read(zipped(("t.csv", table(long("3"))), when=(2026, 6, 1, 0, 0, 0)))
    told = [{row.id: row.content_sha256 for row in rows} for rows in (old, turned)]
    assert told[0] == told[1]
    assert [row.row_no for row in turned] == [1, 2]
    assert later[0].id not in {row.id for row in old}


def test_a_saved_answer_tells_its_table_by_name():
    (row,) = parse_saved("genesis", table(long()), name="12411-01-01-4_2026.csv")
    assert row.table_code == "12411-01-01-4"
    (row,) = parse_saved("genesis", zipped(("12411-01-01-4.csv", table(long()))), name="x.zip")
    assert (row.table_code, row.url) == ("12411-01-01-4", "file:x.zip")


# Fetching


def mainz() -> City:
    """Mainz, asking for one table only."""
    city = load("mainz")
    return city.model_copy(update={"statistics": tuple(city.statistics_of("genesis")[:1])})


def client(answer, **secrets: str) -> Client:
    return Client(
        allowed=mainz().base_urls("genesis"),
        user_agent="Seehaus/0.1",
        requests_per_second=50,
        permission=True,
        secrets={name: SecretStr(value) for name, value in secrets.items()},
        transport=httpx.MockTransport(answer),
        retries=0,
        hooks=Hooks(sleep=lambda _: None, resolve=None),
    )


def test_the_table_of_the_city_file_is_asked_for():
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if request.url.path.endswith("logincheck"):
            return httpx.Response(200, json={"Status": "Sie wurden erfolgreich angemeldet"})
        if request.url.path.endswith("metadata/table"):
            return httpx.Response(200, json={"Status": {"Code": 0}, "Object": {"Updated": "1"}})
        return httpx.Response(200, content=zipped(("t.csv", table(long()))))

    with client(answer, genesis_username="nutzer", genesis_password="geheim") as talk:
        (fetched,) = genesis.fetch(mainz(), dt.date(2026, 1, 1), talk)
    *_, request = asked
    methods = [each.url.path.rpartition("2020/")[2] for each in asked]
    assert methods == ["helloworld/logincheck", "metadata/table", "data/tablefile"]
    assert request.method == "POST"
    assert request.url.path == "/genesisws/rest/2020/data/tablefile"
    assert (request.headers["username"], request.headers["password"]) == ("nutzer", "geheim")
    form = httpx.QueryParams(request.content.decode())
    assert form["name"] == "12411-01-01-4"
    assert (form["regionalvariable"], form["regionalkey"]) == ("KREISE", "07315")
    assert form["format"] == "ffcsv"
    assert "geheim" not in fetched.url
    (row,) = genesis.parse(fetched)
    assert row.url.startswith("https://www.regionalstatistik.de/genesis/online?operation=table")
    assert "geheim" not in row.model_dump_json()


def test_without_credentials_the_guest_asks():
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers["username"])
        return httpx.Response(200, content=zipped(("t.csv", table(long()))))

    list(genesis.fetch(mainz(), None, client(answer)))
    assert asked == ["GAST"]


@pytest.mark.parametrize(
    ("status", "body", "what", "mend"),
    [
        (401, {"Code": 15, "Content": "Sie sind nicht berechtigt"}, "status 15", "USERNAME"),
        (404, {"Code": 2, "Content": "Nutzernamen"}, "status 2", "PASSWORD"),
        (200, {"Status": {"Code": 90, "Content": "nicht vorhanden"}}, "status 90", "code"),
        (200, {"Status": {"Code": 98, "Content": "zu gross"}}, "jobs are refused", "USERNAME"),
        (200, {"Status": {"Code": -1, "Content": "kein Datenquader"}}, "status -1", "selection"),
        (200, {"Status": {"Code": 6, "Content": "parallel"}}, "status 6", "later"),
        (500, "<html>", "HTTP 500", "later"),
    ],
)
def test_what_the_service_refuses_is_told_with_the_mend(status, body, what, mend):
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    with client(lambda _: httpx.Response(status, content=content)) as talk:
        assert list(genesis.fetch(mainz(), None, talk)) == []
    (problem,) = talk.problems
    assert what in problem.what
    assert mend in problem.mend


def test_the_same_figures_packed_anew_are_unchanged():
    essence = genesis._essence
    old = zipped(("a_1.csv", table(long("1"), long("2", member="GESW"))))
    new = zipped(
        ("a_2.csv", table(long("2", member="GESW"), long("1"))), when=(2026, 4, 1, 0, 0, 0)
    )
    assert old != new
    assert essence(old) == essence(new)
    assert essence(old) != essence(zipped(("a_1.csv", table(long("3")))))
    assert essence(b"<html>") is None
    assert essence(b'{"Status": {"Code": 90}}') is None
    assert essence(b"PK\x03\x04broken") is None
