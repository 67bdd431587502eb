"""GeoJSON (RFC 7946) of districts: pages of features, and polygons that can be trusted."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ingestion.record import Fetched
from ingestion.systems._statistics_rows import decoded, refused

MAX_POSITIONS: Final = 200_000
"""Of one district; the finest survey of one has some thousands."""
MAX_FEATURES: Final = 100_000
DECIMALS: Final = 7
"""Of a degree: one centimetre."""

_CRS: Final = ("CRS84", "EPSG::4326", "EPSG:4326", "EPSG/0/4326")
_RING: Final = 4
_PAIR: Final = 2

type_of_box = tuple[float, float, float, float]


def collection(fetched: Fetched) -> dict[str, Any]:
    """An answer as a collection of features.

    Raises:
        UnknownStructureError: If it is none, has too many features, or is in degrees of another
            reference system.
    """
    text = decoded(fetched.url, fetched.body)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise refused(fetched.url, f"not JSON ({type(error).__name__})") from error
    if not isinstance(found, dict) or found.get("type") != "FeatureCollection":
        raise refused(fetched.url, "no FeatureCollection")
    features = found.get("features")
    if not isinstance(features, list) or len(features) > MAX_FEATURES:
        raise refused(fetched.url, f"no list of up to {MAX_FEATURES:,} features")
    crs = found.get("crs")
    if crs is not None and not str(_name_of(crs)).endswith(_CRS):
        raise refused(
            fetched.url,
            f"coordinates of {str(_name_of(crs))[:80]!r} instead of WGS 84",
            "ask for CRS84: check protocol and parameters in the source's file",
        )
    return found


def _name_of(crs: Any) -> Any:
    """The name of an old-style ``crs`` member."""
    properties = crs.get("properties") if isinstance(crs, dict) else None
    return properties.get("name") if isinstance(properties, dict) else None


def properties(fetched: Fetched, feature: Any, row_no: int, declared: set[str]) -> dict[str, Any]:
    """A feature's properties.

    Raises:
        UnknownStructureError: If they are not exactly the declared ones.
    """
    found = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(found, dict) or feature.get("type") != "Feature":
        raise refused(fetched.url, f"entry {row_no} is no feature")
    if set(found) != declared:
        unknown, missing = sorted(set(found) - declared), sorted(declared - set(found))
        what = f"feature {row_no}: unknown properties {unknown!r:.200}, missing {missing!r:.200}"
        raise refused(
            fetched.url,
            what,
            "look at the answer and correct the properties of the collection in the source's file",
        )
    return found


def polygons(geometry: Any, box: type_of_box | None) -> str:
    """A district's area as GeoJSON text: rings closed, west and south first, nothing else in it.

    Args:
        geometry: A Polygon or MultiPolygon, untrusted; heights are left out.
        box: West, south, east and north of the city in degrees; None: anywhere on earth.

    Raises:
        ValueError: If it is none of the two, a ring is not closed or too short, or a corner is no
            pair of numbers or lies outside of the box.
    """
    if not isinstance(geometry, Mapping):
        raise ValueError("has no geometry")  # noqa: TRY004 - one error for a feature
    kind, found = geometry.get("type"), geometry.get("coordinates")
    if kind not in {"Polygon", "MultiPolygon"}:
        raise ValueError(f"a geometry of type {str(kind)[:40]!r} instead of a polygon")
    parts = _list(found, "no polygons") if kind == "MultiPolygon" else [found]
    room = [MAX_POSITIONS]
    read = [
        [_ring(ring, box or (-180, -90, 180, 90), room) for ring in _list(part, "no rings")]
        for part in parts
    ]
    content = {"type": kind, "coordinates": read if kind == "MultiPolygon" else read[0]}
    return json.dumps(content, separators=(",", ":"))


def _list(value: Any, what: str) -> Sequence[Any]:
    if not isinstance(value, list) or not value:
        raise ValueError(what)
    return value


def _ring(ring: Any, box: type_of_box, room: list[int]) -> list[list[float]]:
    positions = _list(ring, "an empty ring")
    room[0] -= len(positions)
    if room[0] < 0:
        raise ValueError(f"more than {MAX_POSITIONS:,} corners")
    read = [_position(each, box) for each in positions]
    if len(read) < _RING:
        raise ValueError(f"a ring of {len(read)} corners")
    if read[0] != read[-1]:
        raise ValueError("a ring that is not closed")
    return read


def _position(position: Any, box: type_of_box) -> list[float]:
    pair = _list(position, "a corner without coordinates")[:_PAIR]
    if len(pair) < _PAIR or not all(_is_number(each) for each in pair):
        raise ValueError(f"a corner that is no pair of numbers: {position!r:.60}")
    west, south, east, north = box
    longitude, latitude = (round(float(each), DECIMALS) for each in pair)
    if not (west <= longitude <= east and south <= latitude <= north):
        raise ValueError(f"a corner outside of the city: {longitude}, {latitude}")
    return [longitude, latitude]


def _is_number(value: Any) -> bool:
    is_real = isinstance(value, int | float) and not isinstance(value, bool)
    return is_real and abs(value) <= 1e9 and math.isfinite(value)  # noqa: PLR2004 - no degree is
