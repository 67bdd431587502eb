"""Charts as they are drawn: structure, breaks, missing values, hostile labels, contrast."""

import datetime as dt
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

import catalog
from catalog.charts import Chart, Point, Series, bar_chart, line_chart, number_text, png
from catalog.charts.looks import DARK, DARK_PAPER, INK, LOOKS, PAPER, SOFT, style_sheet
from catalog.charts.numbers import spread, tick_decimals, ticks
from catalog.charts.segments import breaks, segments
from catalog.charts.svg import stand_alone

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '"><script>alert(1)</script>&\N{RIGHT-TO-LEFT OVERRIDE}'


def point(year: int, value: float | None, basis: str = "", note: str = "") -> Point:
    said = note or ("keine Angabe: geheim" if value is None else "")
    return Point(dt.date(year, 12, 31), f"31.12.{year}", value, said, basis)


def chart(*series: Series, lang: str = "de", decimals: int = 0) -> Chart:
    return Chart("Bevölkerung", "Personen", decimals, series, lang)  # type: ignore[arg-type]


BROKEN = Series(
    "Trier",
    (
        point(2019, 111_000.0, "Zensus 2011"),
        point(2020, None, "Zensus 2011"),
        point(2021, 112_000.5, "Zensus 2011"),
        point(2022, 103_000.0, "Zensus 2022"),
        point(2023, 103_986.0, "Zensus 2022", "vorläufig"),
    ),
)
MAINZ = Series("Mainz", tuple(point(year, 217_000.0 + year, "") for year in range(2019, 2024)))


def texts(root: Element) -> list[str]:
    """What is written; a tooltip is not."""
    return [
        (one.text or "") + "".join(line.text or "" for line in one.iter(f"{SVG}tspan"))
        for one in root.iter(f"{SVG}text")
    ]


def lines_of(root: Element, number: int) -> list[Element]:
    """The drawn runs of a series: stroked, not filled."""
    found = root.iter(f"{SVG}path")
    return [one for one in found if one.get("class") == f"l-s{number}" and not one.get("fill")]


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("draw", [line_chart, bar_chart])
def test_a_drawing_is_one_named_image_without_style_or_script(draw: object, narrow: bool) -> None:
    root = fromstring(draw(chart(MAINZ, BROKEN), narrow=narrow))  # type: ignore[operator]
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    named = {one.get("id"): one.text for one in root if one.get("id")}
    assert named[root.get("aria-labelledby")] == "Bevölkerung"
    described = named[root.get("aria-describedby")]
    assert described
    assert "Trier 31.12.2020: keine Angabe: geheim" in described
    drawn = {"svg", "g", "path", "line", "text", "tspan", "rect", "title", "desc"}
    for one in root.iter():
        assert one.tag.removeprefix(SVG) in drawn
        assert not {"style", "href", "onload", "aria-label"} & set(one.attrib)
        assert one is root or "role" not in one.attrib
    width, height = (float(root.get(name, "0")) for name in ("width", "height"))
    assert root.get("viewBox") == f"0 0 {width:g} {height:g}"
    assert width <= (370 if narrow else 940)


def test_a_line_ends_at_a_missing_value_and_at_a_break_of_basis() -> None:
    assert [len(run) for run in segments(BROKEN)] == [1, 1, 2]
    root = fromstring(line_chart(chart(BROKEN)))
    assert len(lines_of(root, 0)) == 3
    for run in lines_of(root, 0):
        assert run.get("d", "").count("L") <= 1


def test_a_break_is_an_upright_mark_with_its_label() -> None:
    found = breaks([BROKEN, MAINZ], yearly=True)
    assert [(one.at, one.before, one.basis) for one in found] == [
        (2021.5, "Zensus 2011", "Zensus 2022")
    ]
    root = fromstring(line_chart(chart(BROKEN, MAINZ)))
    assert "ab hier: Zensus 2022" in texts(root)
    marks = [one for one in root.iter(f"{SVG}line") if one.get("stroke-dasharray") == "3,3"]
    assert len(marks) == 1
    assert marks[0].get("x2", "0") == "0"
    assert fromstring(line_chart(chart(MAINZ))).find(f".//{SVG}line[@stroke-dasharray]") is None


def test_a_year_that_is_not_there_leaves_a_gap() -> None:
    years = (2015, 2016, 2017, 2020, 2021)
    holed = Series("Mainz", tuple(point(year, 5.0) for year in years))
    assert [len(run) for run in segments(holed)] == [3, 2]
    elections = Series("Mainz", tuple(point(year, 5.0) for year in (2004, 2009, 2014, 2019, 2024)))
    assert [len(run) for run in segments(elections)] == [5]


def test_a_period_without_value_has_a_cross_and_no_point() -> None:
    root = fromstring(line_chart(chart(BROKEN)))
    assert texts(root).count("\N{MULTIPLICATION SIGN}") == 1
    tips = [one.text for one in root.iter(f"{SVG}title")]
    assert "Trier, 31.12.2020: keine Angabe: geheim" in tips
    assert "Trier, 31.12.2023: 103.986 (vorläufig)" in tips
    markers = [one for one in root.iter(f"{SVG}path") if one.find(f"{SVG}title") is not None]
    assert len(markers) == 4
    assert [one.get("fill") for one in markers].count(PAPER) == 1  # hollow: provisional


def test_bars_name_what_is_missing_and_fake_no_zero() -> None:
    day = dt.date(2025, 6, 30)
    made = chart(
        Series("Mainz", (Point(day, "30.06.2025", None, "keine Angabe: geheim"),)),
        Series("Trier", (Point(day, "30.06.2025", 0.0),)),
        Series("Koblenz", (Point(day, "30.06.2025", 12_345.0),)),
    )
    root = fromstring(bar_chart(made))
    said = texts(root)
    assert "keine Angabe: geheim" in said
    assert "0" in said
    assert "12.345" in said
    bars = [one for one in root.iter(f"{SVG}path") if one.find(f"{SVG}title") is not None]
    drawn = {one[0].text: one for one in bars if one.get("class", "").startswith("f-s")}
    assert set(drawn) == {"Trier, 30.06.2025: 0", "Koblenz, 30.06.2025: 12.345"}
    assert "h0v" in drawn["Trier, 30.06.2025: 0"].get("d", "")


def test_negative_bars_start_at_zero() -> None:
    day = dt.date(2024, 12, 31)
    made = chart(
        Series("Mainz", (Point(day, "2024", -300.0),)),
        Series("Trier", (Point(day, "2024", 200.0),)),
    )
    said = texts(fromstring(bar_chart(made)))
    assert "\N{MINUS SIGN}300" in said
    assert "0" in said


@pytest.mark.parametrize("draw", [line_chart, bar_chart])
def test_hostile_labels_are_text(draw: object) -> None:
    made = Chart(HOSTILE, HOSTILE, 0, (Series(HOSTILE, MAINZ.points),))
    drawn = draw(made)  # type: ignore[operator]
    assert "<script" not in drawn
    assert HOSTILE in [one.text for one in fromstring(drawn).iter(f"{SVG}title")]


def test_each_series_differs_in_dash_and_marker_not_in_colour_alone() -> None:
    assert len({look.dash for look in LOOKS}) == len({look.shape for look in LOOKS}) == len(LOOKS)
    several = [Series(name, MAINZ.points) for name in ("a", "b", "c")]
    root = fromstring(line_chart(chart(*several)))
    dashes = [lines_of(root, number)[0].get("stroke-dasharray") for number in range(3)]
    assert len(set(dashes)) == 3
    assert texts(root).count("a") == 2  # at the line's end and in the legend


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_all_colours_have_contrast_on_light_and_dark_ground() -> None:
    for colour in (INK, SOFT, *(look.light for look in LOOKS)):
        assert contrast(colour, PAPER) >= 4.5, colour
    for colour in (DARK[INK], DARK[SOFT], *(look.dark for look in LOOKS)):
        assert contrast(colour, DARK_PAPER) >= 4.5, colour


def test_the_pages_style_sheet_holds_the_dark_colours() -> None:
    path = Path(catalog.__path__[0]) / "statistics_pages" / "static" / "statistics.css"
    assert style_sheet() in path.read_text(encoding="utf-8")


def test_a_file_of_its_own_brings_its_style() -> None:
    root = fromstring(stand_alone(line_chart(chart(MAINZ))))
    (style,) = root.iter(f"{SVG}style")
    assert "prefers-color-scheme:dark" in (style.text or "")
    assert png(line_chart(chart(MAINZ))).startswith(b"\x89PNG")


def test_the_same_chart_gives_the_same_bytes() -> None:
    from catalog.charts.svg import _element

    first = line_chart(chart(MAINZ, BROKEN))
    _element.cache_clear()
    assert line_chart(chart(MAINZ, BROKEN)) == first


@pytest.mark.parametrize(
    ("value", "decimals", "german", "english"),
    [
        (1234.5, 1, "1.234,5", "1,234.5"),
        (103986.0, 0, "103.986", "103,986"),
        (-8751.0, 0, "\N{MINUS SIGN}8.751", "\N{MINUS SIGN}8,751"),
        (-0.04, 1, "0,0", "0.0"),
        (0.0, 0, "0", "0"),
    ],
)
def test_numbers_have_the_readers_separators(
    value: float, decimals: int, german: str, english: str
) -> None:
    assert number_text(value, decimals, "de") == german
    assert number_text(value, decimals, "en") == english


def test_axes_have_the_readers_separators() -> None:
    assert "217.000" in texts(fromstring(line_chart(chart(MAINZ)))) or any(
        re.fullmatch(r"2\d\d\.\d{3}(,\d)?", one)
        for one in texts(fromstring(line_chart(chart(MAINZ))))
    )
    said = texts(fromstring(line_chart(chart(MAINZ, lang="en"))))
    assert any(re.fullmatch(r"2\d\d,\d{3}(\.\d)?", one) for one in said)


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9), st.integers(2, 9))
def test_ticks_are_around_the_values_and_rise(one: float, other: float, wanted: int) -> None:
    low, high = sorted((one, other))
    if high - low < max(abs(low), abs(high), 1.0) * 1e-9 and low != high:
        return
    axis = ticks(low, high, wanted)
    room = max(abs(low), abs(high), 1.0) * 1e-6
    assert axis[0] <= low + room
    assert axis[-1] >= high - room
    assert 2 <= len(axis) <= wanted + 2
    assert axis == sorted(set(axis))
    assert tick_decimals(axis) <= 7


@given(st.lists(st.floats(0, 100), max_size=8), st.floats(1, 30))
def test_labels_move_apart_and_stay_on_the_axis(places: Sequence[float], least: float) -> None:
    moved = spread(places, least, 0.0, 100.0)
    assert len(moved) == len(places)
    needed = min(least, 100.0 / max(len(places) - 1, 1))
    ordered = sorted(moved)
    assert all(-1e-6 <= at <= 100 + 1e-6 for at in ordered)
    assert all(after - one >= needed - 1e-6 for one, after in pairwise(ordered))


@pytest.mark.parametrize("count", [0, 9])
def test_what_cannot_be_told_apart_is_refused(count: int) -> None:
    series = tuple(Series(str(number), MAINZ.points) for number in range(count))
    with pytest.raises(ValueError, match="choose 1 to 8"):
        Chart("t", "u", 0, series)


def test_two_series_of_one_name_and_an_empty_chart_are_refused() -> None:
    with pytest.raises(ValueError, match="name them apart"):
        chart(MAINZ, MAINZ)
    with pytest.raises(ValueError, match="choose another period"):
        line_chart(chart(Series("Mainz", ())))
