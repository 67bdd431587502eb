"""The map of districts as it is drawn: outlines, circles, crosses, hostile names."""

import json
import math
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from catalog.charts import Map, district_map
from catalog.charts.looks import DARK, GRID, INK, LOOKS, SOFT
from catalog.charts.maps import Area, largest, polygons
from tests.unit.catalog.charts.test_charts import HOSTILE, SVG, contrast


def square(west: float, south: float, side: float = 0.03) -> list[list[float]]:
    east, north = west + side, south + side
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def outline(*rings: list[list[float]]) -> str:
    return json.dumps({"type": "Polygon", "coordinates": list(rings)})


def drawn(*values: float | None, names: tuple[str, ...] = ()) -> Element:
    areas = tuple(
        Area(
            number,
            names[number - 1] if names else f"Bezirk {number}",
            value,
            "keine Angabe: geheim" if value is None else "",
            outline(square(6.6 + 0.03 * number, 49.72)),
        )
        for number, value in enumerate(values, start=1)
    )
    root: Element = fromstring(district_map(Map("Trier", "Personen", 0, areas)))
    return root


def circles(root: Element) -> list[tuple[str, float, str]]:
    return [
        (one[0].text or "", float(one.get("r", "0")), one.get("fill", ""))
        for one in root.iter(f"{SVG}circle")
    ]


def texts(root: Element) -> list[str]:
    return [one.text or "" for one in root.iter(f"{SVG}text")]


def test_a_map_is_one_named_image_without_style_or_script() -> None:
    root = drawn(400.0, None, 100.0)
    assert root.get("role") == "img"
    named = {one.get("id"): one.text for one in root if one.get("id")}
    assert named[root.get("aria-labelledby")] == "Trier"
    said = named[root.get("aria-describedby")] or ""
    assert "Größter Wert: 1 Bezirk 1: 400, kleinster Wert: 3 Bezirk 3: 100" in said
    assert "2 Bezirk 2: keine Angabe: geheim" in said
    assert "in der Tabelle, mit denselben Nummern" in said
    for one in root.iter():
        assert one.tag.removeprefix(SVG) in {"svg", "path", "circle", "text", "title", "desc"}
        assert not {"style", "href", "onload"} & set(one.attrib)
    assert float(root.get("width", "0")) <= 364


def test_the_area_of_a_circle_is_the_value() -> None:
    sizes = {said: size for said, size, _ in circles(drawn(400.0, 100.0))}
    assert math.isclose(sizes["1 Bezirk 1: 400"], 2 * sizes["2 Bezirk 2: 100"], abs_tol=0.1)


def test_a_missing_value_is_a_cross_a_zero_nothing_and_a_negative_one_hollow() -> None:
    root = drawn(-400.0, None, 0.0)
    ((said, _, fill),) = circles(root)
    assert said == "1 Bezirk 1: \N{MINUS SIGN}400"
    assert fill == "#ffffff"
    assert texts(root).count("\N{MULTIPLICATION SIGN}") == 1
    assert sorted(one for one in texts(root) if one.isdigit()) == ["1", "2", "3"]


def test_the_table_names_every_district_by_its_number() -> None:
    root = drawn(*(float(number) for number in range(1, 31)))
    assert {int(one) for one in texts(root)} == set(range(1, 31))


def test_hostile_names_are_text() -> None:
    root = drawn(1.0, names=(HOSTILE,))
    assert f"1 {HOSTILE}: 1" in [one.text for one in root.iter(f"{SVG}title")]
    assert root.find(f".//{SVG}script") is None


def test_north_is_above_and_degrees_have_their_length() -> None:
    areas = (
        Area(1, "Süd", 1.0, "", outline(square(6.6, 49.72))),
        Area(2, "Nord", 1.0, "", outline(square(6.6, 49.75))),
    )
    root = fromstring(district_map(Map("Trier", "Personen", 0, areas)))
    south, north = (float(one.get("cy", "0")) for one in root.iter(f"{SVG}circle"))
    assert north < south
    width, height = (float(root.get(name, "0")) - 24 for name in ("width", "height"))
    assert math.isclose(width / height, math.cos(math.radians(49.75)) / 2, rel_tol=0.01)


def test_the_number_stands_inside_of_a_bent_district_and_beside_its_hole() -> None:
    bent = [[0, 0], [3, 0], [3, 1], [1, 1], [1, 3], [0, 3], [0, 0]]
    holed = outline(square(0.0, 5.0, 3.0), square(1.0, 6.0, 1.0))
    areas = (Area(1, "L", 1.0, "", outline(bent)), Area(2, "O", 1.0, "", holed))
    root = fromstring(district_map(Map("t", "Personen", 0, areas)))
    found = {one[0].text: one for one in root.iter(f"{SVG}circle")}
    scale = 340.0 / 8  # the two are eight degrees high
    x, y = (float(found["1 L: 1"].get(name, "0")) - 12 for name in ("cx", "cy"))
    longitude, latitude = x / scale / math.cos(math.radians(4)), 8 - y / scale
    assert 0 < longitude < 3
    assert 0 < latitude < 3
    assert longitude < 1 or latitude < 1
    x, y = (float(found["2 O: 1"].get(name, "0")) - 12 for name in ("cx", "cy"))
    longitude, latitude = x / scale / math.cos(math.radians(4)), 8 - y / scale
    assert not (1 < longitude < 2 and 6 < latitude < 7)


def test_a_district_in_two_parts_is_one_outline() -> None:
    parts = json.dumps(
        {"type": "MultiPolygon", "coordinates": [[square(6.6, 49.7)], [square(6.7, 49.7)]]}
    )
    root = fromstring(district_map(Map("t", "u", 0, (Area(1, "zwei", 5.0, "", parts),))))
    (path,) = root.iter(f"{SVG}path")
    assert path.get("d", "").count("M") == 2
    assert len(circles(root)) == 1


def test_a_fine_survey_stays_small() -> None:
    ring = [
        [6.6 + 0.01 * math.cos(at / 5000), 49.7 + 0.01 * math.sin(at / 5000)]
        for at in range(31_415)
    ]
    areas = (Area(1, "rund", 5.0, "", outline([*ring, ring[0]])),)
    assert len(district_map(Map("t", "u", 0, areas))) < 60_000


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"type":"Point","coordinates":[1,2]}', "null"])
def test_what_is_no_polygon_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="load the districts again"):
        polygons(text)


def test_without_outlines_there_is_no_map() -> None:
    with pytest.raises(ValueError, match="show the table alone"):
        district_map(Map("t", "u", 0, ()))
    assert largest(Map("t", "u", 0, (Area(1, "a", None, "x", outline(square(0, 0))),))) is None


def test_what_stands_on_an_area_has_contrast_to_it() -> None:
    assert contrast(INK, GRID) >= 4.5
    assert contrast(DARK[INK], DARK[GRID]) >= 4.5
    for light, dark in ((LOOKS[0].light, LOOKS[0].dark), (SOFT, DARK[SOFT])):
        assert contrast(light, GRID) >= 3
        assert contrast(dark, DARK[GRID]) >= 3
