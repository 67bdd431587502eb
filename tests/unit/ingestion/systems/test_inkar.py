"""INKAR's bulk file: keys, numbers, hostile ZIPs; that a large file costs no memory."""

import csv
import datetime as dt
import io
import json
import tracemalloc
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.record import UnknownStructureError
from ingestion.systems import inkar, parse_saved
from ingestion.systems._inkar_file import COLUMNS, Wanted, cut, key, rows
from tests.unit.ingestion.systems.statistics import (
    fetched,
    observations,
    only_known_errors,
    read,
    rejections,
)

URL = "https://statistik.example/inkar_2025.zip"
UNITS = json.dumps({"a_bev65um": "%", "q_alo": "%"})


def line(**changes: str) -> list[str]:
    cells = dict(
        zip(
            COLUMNS,
            ("LRB", "12", "a_bev65um", "Einwohner", "Kreise", "7211000", "Trier", "2022", "18,42"),
            strict=True,
        )
    )
    return list((cells | changes).values())


def packed(*lines: list[str], header=COLUMNS, name="inkar_2025.csv", more=(), **how) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(lines)
    return zipped((name, text.getvalue().encode("utf-8-sig")), *more, **how)


def zipped(*members: tuple[str, bytes], when=(2025, 9, 30, 0, 0, 0)) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members:
            archive.writestr(zipfile.ZipInfo(name, when), body, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def answer(body: bytes, **context: str):
    return fetched(body, "bulk", **({"region": "07211", "units": UNITS} | context))


def test_a_row_is_an_observation():
    (found,) = observations(read(inkar, answer(packed(line()))))
    assert (found.region_code, found.variable_code, found.value) == ("07211", "a_bev65um", 18.42)
    assert (found.time, found.time_text) == (dt.date(2022, 12, 31), "2022")
    assert (found.unit, found.value_raw, found.sign) == ("%", "18,42", None)
    assert found.vintage == dt.date(2025, 9, 30)


@pytest.mark.parametrize(
    ("spatial", "text", "expected"),
    [
        ("Kreise", "7211", "07211"),
        ("Kreise", "07211", "07211"),
        ("Kreise", "7211000", "07211"),
        ("Kreise", "07211000", "07211"),
        ("Kreise", "11000000", "11000"),
        ("Kreise", "07211001", None),
        ("Kreise", "721", None),
        ("Kreise", "", None),
        ("Kreise", "\uff17211", None),
        ("Gemeinden", "7211000", "07211000"),
        ("Gemeinden", "07211000", "07211000"),
        ("Gemeinden", "072110000", None),
    ],
)
def test_keys_with_and_without_their_zeros(spatial, text, expected):
    assert key(spatial, text) == expected


def test_only_the_region_and_the_indicators_are_read():
    body = packed(
        line(),
        line(Kennziffer="7315000"),
        line(Kuerzel="q_other"),
        line(Raumbezug="Gemeinden"),
        line(Bereich="ZOM"),
        line(Kuerzel="q_alo", Wert="6,03"),
    )
    found = observations(read(inkar, answer(body)))
    assert [(each.variable_code, each.value) for each in found] == [
        ("a_bev65um", 18.42),
        ("q_alo", 6.03),
    ]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"Wert": ""}, "empty value"),
        ({"Wert": "18.4.2"}, "neither a number"),
        ({"Wert": "1,5E-02"}, "neither a number"),
        ({"Zeitbezug": "2018/2022"}, "no year"),
        ({"Zeitbezug": "\uff12\uff10\uff12\uff12"}, "no year"),
    ],
)
def test_a_row_that_cannot_be_read_is_rejected_with_its_reason(changes, reason):
    found = read(inkar, answer(packed(line(), line(**{"Zeitbezug": "2021"} | changes))))
    assert len(observations(found)) == 1
    assert reason in rejections(found)[0]


def test_a_cell_that_comes_twice_is_loaded_once():
    found = read(inkar, answer(packed(line(), line(Wert="19,0"))))
    assert [each.value for each in observations(found)] == [18.42]
    assert "a second time" in rejections(found)[0]


def test_not_available_is_a_sign_and_no_number():
    (found,) = observations(read(inkar, answer(packed(line(Wert="NA")))))
    assert (found.value, found.sign) == (None, "NA")


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"PK\x03\x04 no zip", "cannot be read"),
        (b"<html>", "cannot be read"),
        (zipped(("other.csv", b"x")), "0 files"),
        (zipped(("inkar_2025.csv", b"x"), ("a/inkar_2024.csv", b"x")), "2 files"),
        (zipped(("inkar_2025.csv", b"")), "empty"),
        (zipped(("inkar_2025.csv", b"\xff\xfe;;")), "not UTF-8"),
        (zipped(("inkar_2025.csv", b"x" * 100_000)), "a line of more than"),
        (packed(line()[:-1]), "8 fields"),
        (packed(line(), header=COLUMNS[:-1]), "missing columns 'Wert'"),
        (packed(line(), header=(*COLUMNS, "Aggregat")), "unknown columns 'Aggregat'"),
        (packed(line(Kennziffer="7315000")), "no row of what was asked for"),
    ],
)
def test_a_file_that_is_not_what_it_was_is_refused(body, what):
    with pytest.raises(UnknownStructureError) as caught:
        read(inkar, answer(body))
    assert what in str(caught.value)
    assert caught.value.mend


def test_columns_may_stand_in_another_order():
    order = [COLUMNS[-1], *COLUMNS[:-1]]
    cells = dict(zip(COLUMNS, line(), strict=True))
    (found,) = observations(read(inkar, answer(packed([cells[n] for n in order], header=order))))
    assert found.value == 18.42


def test_a_packing_that_cannot_be_read_is_named():
    body = bytearray(packed(line()))
    for magic, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        body[body.index(magic) + offset] = 9  # Deflate64
    with pytest.raises(UnknownStructureError, match="packed in a way that cannot be read here"):
        read(inkar, answer(bytes(body)))


def test_a_cut_file_gives_the_records_of_the_whole_one():
    whole = packed(
        line(),
        line(Kuerzel="q_alo", Indikator='mit "Zitat"; und\nZeilenende'),
        line(Kennziffer="1001000"),
        more=[("Hinweise.txt", b"x")],
    )
    wanted = Wanted(region="07211", variables=frozenset({"a_bev65um", "q_alo"}))
    small = cut(URL, io.BytesIO(whole), wanted)
    assert small == cut(URL, io.BytesIO(whole), wanted)
    assert b"1001000" not in zipfile.ZipFile(io.BytesIO(small)).read("inkar_2025.csv")
    assert read(inkar, answer(small)) == read(inkar, answer(whole))


def test_a_large_file_is_read_in_little_memory():
    rest = b"LRB;1;q_other;Anderer Indikator;Kreise;1001000;Flensburg;2022;1,0\r\n" * 400_000
    head = ";".join(COLUMNS).encode() + b"\r\n" + ";".join(line()).encode() + b"\r\n"
    body = io.BytesIO(zipped(("inkar_2025.csv", head + rest)))
    size = len(rest)
    del rest
    tracemalloc.start()
    try:
        wanted = Wanted(region="07211", variables=frozenset({"a_bev65um"}))
        assert len(list(rows(URL, body, wanted))) == 1
        assert len(cut(URL, body, wanted)) < 1_000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < size / 10


def test_a_saved_file_is_known_by_itself():
    body = packed(line())
    assert inkar.page_kind("file:x", body) == "bulk"
    assert inkar.page_kind("file:x", zipped(("a.csv", b"x"))) is None
    assert inkar.page_kind("file:x", b"no") is None
    assert len(parse_saved("inkar", body)) == 1


def test_the_same_bytes_give_the_same_records():
    one = answer(packed(line()))
    other = replace(one, retrieved_at=one.retrieved_at + dt.timedelta(days=9))
    assert read(inkar, one) == read(inkar, other)


CELL = st.text(st.characters(codec="utf-8"), max_size=12)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(CELL, min_size=9, max_size=9), max_size=6))
def test_any_cells(cells):
    only_known_errors(inkar, fetched(packed(*cells), "bulk", section="", spatial=""))
    only_known_errors(
        inkar, answer(packed(*(line(Zeitbezug=each[0], Wert=each[1]) for each in cells)))
    )


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 10_000), st.binary(max_size=8))
def test_any_bytes(noise, at, change):
    only_known_errors(inkar, answer(noise))
    only_known_errors(inkar, answer(b"PK\x03\x04" + noise))
    body = bytearray(packed(line(), line(Zeitbezug="2021")))
    at %= len(body)
    body[at : at + len(change)] = change
    only_known_errors(inkar, answer(bytes(body)))
