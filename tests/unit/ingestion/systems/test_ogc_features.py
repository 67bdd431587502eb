"""Districts as GeoJSON: areas that can be trusted, declared properties, hostile collections."""

import datetime as dt
import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.record import Place, UnknownStructureError
from ingestion.systems import ogc_features
from ingestion.systems._geojson import MAX_POSITIONS, polygons
from tests.unit.ingestion.systems.statistics import (
    fetched,
    observations,
    only_known_errors,
    read,
    rejections,
)

BOX = [6.5, 49.6, 6.8, 49.9]
REQUEST = {
    "system": "ogc_features",
    "collection": "bezirke",
    "key": "nr",
    "name": "bezirk",
    "measures": {"einwohner": {"variable": "EINW", "unit": "Anzahl"}},
    "as_of": "stand",
    "ignored": ["farbe"],
    "bbox": BOX,
}
RING = [[6.6, 49.7], [6.7, 49.7], [6.7, 49.8], [6.6, 49.7]]
AREA = {"type": "Polygon", "coordinates": [RING]}
ABOUT = {"nr": 11, "bezirk": "Mitte", "einwohner": 9_876, "stand": "2025-12-31", "farbe": "rot"}


def feature(geometry=AREA, **about):
    return {"type": "Feature", "geometry": geometry, "properties": ABOUT | about}


def page(*features, **more):
    content = {"type": "FeatureCollection", "features": list(features)} | more
    return fetched(json.dumps(content), "items", region="072110000000", request=json.dumps(REQUEST))


def test_a_district_is_a_place_with_its_figures():
    place, found = read(ogc_features, page(feature()))
    assert isinstance(place, Place)
    assert place.id == "072110000000-11@2025-12-31"
    assert (place.level, place.parent_ars) == ("city_district", "072110000000")
    assert (place.name, place.ags) == ("Mitte", None)
    assert json.loads(place.geometry) == AREA
    assert (found.region_code, found.value) == ("072110000000-11", 9_876)
    assert (found.unit, found.time) == ("Anzahl", dt.date(2025, 12, 31))


def test_heights_are_left_out_and_parts_are_kept():
    parts = {
        "type": "MultiPolygon",
        "coordinates": [[[[*corner, 130.5] for corner in RING]], [RING]],
    }
    place = read(ogc_features, page(feature(parts)))[0]
    assert json.loads(place.geometry)["coordinates"] == [[RING], [RING]]


def test_a_missing_figure_is_a_sign():
    (found,) = observations(read(ogc_features, page(feature(einwohner=None))))
    assert (found.value, found.sign) == (None, "null")


@pytest.mark.parametrize(
    ("geometry", "reason"),
    [
        (None, "has no geometry"),
        ({"type": "Point", "coordinates": [6.6, 49.7]}, "instead of a polygon"),
        ({"type": "Polygon", "coordinates": []}, "no rings"),
        ({"type": "Polygon", "coordinates": [RING[:3]]}, "a ring of 3 corners"),
        ({"type": "Polygon", "coordinates": [[*RING[:3], [6.6, 49.71]]]}, "not closed"),
        ({"type": "Polygon", "coordinates": [[[49.7, 6.6]] * 4]}, "outside of the city"),
        ({"type": "Polygon", "coordinates": [[[2_548_000, 5_513_000]] * 4]}, "outside"),
        ({"type": "Polygon", "coordinates": [[["6.6", 49.7]] * 4]}, "no pair of numbers"),
        ({"type": "Polygon", "coordinates": [[[True, 49.7]] * 4]}, "no pair of numbers"),
        ({"type": "Polygon", "coordinates": [[[10**400, 49.7]] * 4]}, "no pair of numbers"),
        ({"type": "Polygon", "coordinates": [[[6.6]] * 4]}, "no pair of numbers"),
        ({"type": "Polygon", "coordinates": {"a": 1}}, "no rings"),
        ({"type": "MultiPolygon", "coordinates": [[]]}, "no rings"),
    ],
)
def test_an_area_that_cannot_be_trusted_is_rejected_with_its_figures(geometry, reason):
    found = read(ogc_features, page(feature(geometry), feature(nr=12)))
    assert len(observations(found)) == 1
    assert reason in rejections(found)[0]


def test_an_area_of_too_many_corners_is_rejected():
    ring = [[6.6, 49.7]] * (MAX_POSITIONS + 1)
    with pytest.raises(ValueError, match="corners"):
        polygons({"type": "Polygon", "coordinates": [ring]}, None)


def test_not_a_number_is_no_coordinate():
    ring = [[math.nan, 49.7]] * 4
    with pytest.raises(ValueError, match="no pair of numbers"):
        polygons({"type": "Polygon", "coordinates": [ring]}, None)


@pytest.mark.parametrize(
    ("about", "reason"),
    [
        ({"nr": "../etc"}, "no usable key"),
        ({"nr": True}, "no usable key"),
        ({"nr": None}, "no usable key"),
        ({"bezirk": " "}, "no usable name"),
        ({"bezirk": "x" * 201}, "no usable name"),
        ({"bezirk": "\ud800"}, "no text"),
        ({"stand": "gestern"}, "no year"),
        ({"stand": "2025-02-30"}, "day is out of range"),
        ({"einwohner": "viele"}, "EINW: no number"),
        ({"einwohner": math.inf}, "EINW: no finite number"),
    ],
)
def test_a_property_that_cannot_be_read_is_rejected(about, reason):
    assert reason in rejections(read(ogc_features, page(feature(**about))))[0]


@pytest.mark.parametrize("stand", ["2025-12-31T00:00:00Z", "31.12.2025", 2025, "2025"])
def test_days_in_the_forms_that_servers_write(stand):
    assert read(ogc_features, page(feature(stand=stand)))[0].valid_on == dt.date(2025, 12, 31)


def test_the_same_district_twice_is_rejected():
    found = read(ogc_features, page(feature(), feature()))
    assert "a second time" in rejections(found)[0]


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (fetched("<ExceptionReport/>", "items"), "HTML or XML"),
        (fetched("[]", "items"), "no FeatureCollection"),
        (fetched("{", "items"), "not JSON"),
        (fetched("[" * 100_000, "items"), "not JSON"),
        (fetched('{"type":"FeatureCollection","features":{}}', "items"), "no list"),
        (fetched('{"type":"FeatureCollection","features":[]}', "items"), "not declared"),
        (page(feature(neu=1)), "unknown properties ['neu']"),
        (page({"type": "Feature", "properties": {"nr": 1}}), "missing"),
        (page("feature"), "no feature"),
        (page(feature(), crs={"properties": {"name": "EPSG:25832"}}), "instead of WGS 84"),
    ],
)
def test_a_page_that_is_not_what_it_was_is_refused(answer, what):
    with pytest.raises(UnknownStructureError) as caught:
        read(ogc_features, answer)
    assert what in str(caught.value)


def test_a_saved_page_is_known_by_itself():
    assert ogc_features.page_kind("x", page(feature()).body) == "items"
    assert ogc_features.page_kind("x", b"{}") is None


VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=10,
)
GEOMETRY = st.fixed_dictionaries(
    {"type": st.sampled_from(["Polygon", "MultiPolygon", "Point"]), "coordinates": VALUE}
)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries({}, optional=dict.fromkeys(ABOUT, VALUE)), min_size=1, max_size=3
    ),
    VALUE | GEOMETRY,
    st.binary(max_size=100),
)
def test_anything(abouts, geometry, noise):
    answer = page(*(feature(geometry, **about) for about in abouts))
    only_known_errors(ogc_features, answer)
    only_known_errors(ogc_features, page(feature(), geometry, noise.hex()))
    only_known_errors(ogc_features, fetched(noise, "items", request=json.dumps(REQUEST)))


LONGITUDE, LATITUDE = st.floats(BOX[0], BOX[2]), st.floats(BOX[1], BOX[3])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(LONGITUDE, LATITUDE), min_size=3, max_size=20))
def test_every_closed_ring_in_the_city_is_kept_to_the_centimetre(corners):
    ring = [list(corner) for corner in [*corners, corners[0]]]
    read_back = json.loads(polygons({"type": "Polygon", "coordinates": [ring]}, tuple(BOX)))
    for kept, given_ in zip(read_back["coordinates"][0], ring, strict=True):
        assert kept == pytest.approx(given_, abs=1e-7)
