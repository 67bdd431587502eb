"""A simple map of districts: outlines, and in each a circle whose area is its value.

A circle, not a shade: counts in areas of different size mislead as shades, and a size is seen
without colour. Each district is named by its number in the table beside the map.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Final
from xml.etree import ElementTree as ET

from catalog.charts.looks import GRID, INK, LOOKS, NAMES, PAPER, SOFT
from catalog.charts.model import Language
from catalog.charts.numbers import number_text
from catalog.charts.svg import FONTS, SVG
from catalog.charts.words import unit_phrase

Position = tuple[float, float]
Ring = tuple[Position, ...]

_SIDE: Final = 340.0
_ROOM: Final = 12.0
_LARGEST, _SMALLEST = 30.0, 7.0
_INSIDE: Final = 10.0
"""From this radius on a number stands in its circle, else beside it."""
_SCANS: Final = (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8)
_MISSING: Final = "\N{MULTIPLICATION SIGN}"
_MANY: Final = 6
_COLOURS: Final = NAMES | {LOOKS[0].light: "s0"}
_TEXTS: Final = {
    "de": {
        "kind": "Karte mit {n} Stadtteilen, die Fläche der Kreise ist der Wert, {unit}",
        "most": "Größter Wert: {said}",
        "least": "kleinster Wert: {said}",
        "same": "Alle Werte stehen auch in der Tabelle, mit denselben Nummern.",
    },
    "en": {
        "kind": "Map of {n} districts, the area of the circles is the value, {unit}",
        "most": "Largest value: {said}",
        "least": "smallest value: {said}",
        "same": "All values are in the table as well, under the same numbers.",
    },
}


@dataclass(frozen=True, slots=True)
class Area:
    """A district on the map.

    Attributes:
        number: By which the table names it.
        name: Any text; it is escaped where it is drawn.
        value: In the map's unit; None where there is none.
        note: Why there is no value, or what limits it.
        outline: GeoJSON, Polygon or MultiPolygon in degrees of WGS 84, as the lake keeps it.
    """

    number: int
    name: str
    value: float | None
    note: str
    outline: str


@dataclass(frozen=True, slots=True)
class Map:
    """Everything that a map shows; hashable, so that a drawing can be kept.

    Attributes:
        title: What is shown, for people who cannot see it.
        unit: As people say it: ``Personen``.
        areas: At least one.
    """

    title: str
    unit: str
    decimals: int
    areas: tuple[Area, ...]
    lang: Language = "de"


def said(shown: Map, area: Area) -> str:
    """A district and its value in words, as its tooltip has it."""
    if area.value is None:
        return f"{area.number} {area.name}: {area.note}"
    number = number_text(area.value, shown.decimals, shown.lang)
    limit = f" ({area.note})" if area.note else ""
    return f"{area.number} {area.name}: {number}{limit}"


def largest(shown: Map) -> Area | None:
    """The district with the largest circle; None where no district has a value."""
    known = [one for one in shown.areas if one.value is not None]
    return max(known, key=lambda one: abs(one.value or 0.0), default=None)


@lru_cache(maxsize=64)
def district_map(shown: Map) -> str:
    """Draw the map.

    Args:
        shown: What to draw.

    Returns:
        An ``<svg>`` element to stand in a page, up to 364 pixels wide and high, without style and
        script; the page's style sheet may hold ``looks.style_sheet()``. A negative value is a
        hollow circle, a missing one a cross.

    Raises:
        ValueError: There is nothing to draw, or an outline is no polygon.
    """
    if not shown.areas:
        raise ValueError(f"{shown.title}: no outlines to draw → show the table alone")
    shapes = [polygons(one.outline) for one in shown.areas]
    drawn, width, height = _projected(shapes)
    root = _root(shown, width, height)
    for area, parts in zip(shown.areas, drawn, strict=True):
        path = "".join(_path(ring) for part in parts for ring in part)
        group = ET.SubElement(root, "path", {"d": path, "fill-rule": "evenodd"})
        _paint(group, fill=GRID, stroke=SOFT, width="1.2")
        ET.SubElement(group, "title").text = said(shown, area)
    most = max((abs(one.value) for one in shown.areas if one.value is not None), default=0.0)
    radius = min(_LARGEST, max(_SMALLEST, 0.4 * math.sqrt(width * height / len(drawn))))
    # The largest circles first: a small one is never hidden below another.
    order = sorted(
        zip(shown.areas, drawn, strict=True), key=lambda pair: -abs(pair[0].value or 0.0)
    )
    for area, parts in order:
        size = radius * math.sqrt(abs(area.value) / most) if area.value and most else 0.0
        _mark(root, shown, area, _middle(parts), size)
    return ET.tostring(root, encoding="unicode")


def polygons(outline: str) -> tuple[tuple[Ring, ...], ...]:
    """The polygons of a GeoJSON text, each as its rings.

    Raises:
        ValueError: It is no Polygon or MultiPolygon.
    """
    try:
        found = json.loads(outline)
        inner = found["coordinates"]
        parts = {"Polygon": [inner], "MultiPolygon": inner}[found["type"]]
        return tuple(
            tuple(tuple((float(x), float(y)) for x, y in ring) for ring in part) for part in parts
        )
    except (KeyError, TypeError, ValueError) as error:
        message = f"outline {outline[:60]!r} is no polygon → load the districts again"
        raise ValueError(message) from error


def _projected(
    shapes: Sequence[Sequence[Sequence[Ring]]],
) -> tuple[list[list[list[Ring]]], float, float]:
    """Degrees to pixels, north above; a degree of longitude is as long as it is at that latitude.

    Returns:
        The shapes, and width and height of all together with some room around.
    """
    points = [point for parts in shapes for part in parts for ring in part for point in ring]
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    narrow = math.cos(math.radians((south + north) / 2))
    scale = _SIDE / max((east - west) * narrow, north - south, 1e-9)

    def put(point: Position) -> Position:
        x = _ROOM + (point[0] - west) * narrow * scale
        y = _ROOM + (north - point[1]) * scale
        # To half a pixel: fine surveys stay small on the page, and neighbours still meet.
        return round(2 * x) / 2, round(2 * y) / 2

    drawn = [
        [[tuple(dict.fromkeys(put(point) for point in ring)) for ring in part] for part in parts]
        for parts in shapes
    ]
    width = (east - west) * narrow * scale + 2 * _ROOM
    return drawn, round(width, 1), round((north - south) * scale + 2 * _ROOM, 1)


def _path(ring: Ring) -> str:
    return "M" + "L".join(f"{x:g},{y:g}" for x, y in ring) + "Z"


def _middle(parts: Sequence[Sequence[Ring]]) -> Position:
    """A place well inside of the largest part: the middle of the widest of some level lines."""
    part = max(parts, key=lambda one: _size(one[0]))
    low, high = min(y for _, y in part[0]), max(y for _, y in part[0])
    best, place = -1.0, part[0][0]
    for share in _SCANS:
        # Not through a corner: there a line would be counted twice.
        level = low + (high - low) * share + 1e-6
        cuts = sorted(cut for ring in part for cut in _cuts(ring, level))
        for left, right in zip(cuts[::2], cuts[1::2], strict=False):
            if right - left > best + 1e-6:
                best, place = right - left, ((left + right) / 2, level)
    return round(place[0], 1), round(place[1], 1)


def _cuts(ring: Ring, level: float) -> list[float]:
    """Where a level line crosses a ring."""
    sides = zip(ring, (*ring[1:], ring[0]), strict=True)
    return [
        x + (level - y) * (to_x - x) / (to_y - y)
        for (x, y), (to_x, to_y) in sides
        if (y > level) != (to_y > level)
    ]


def _size(ring: Ring) -> float:
    sides = zip(ring, (*ring[1:], ring[0]), strict=True)
    return abs(sum(x * to_y - to_x * y for (x, y), (to_x, to_y) in sides))


def _mark(root: ET.Element, shown: Map, area: Area, at: Position, radius: float) -> None:
    """A district's circle or cross, and its number."""
    x, y = at
    hollow = area.value is not None and area.value < 0
    if radius:
        circle = ET.SubElement(
            root, "circle", {"cx": f"{x:g}", "cy": f"{y:g}", "r": f"{radius:.1f}"}
        )
        _paint(circle, fill=PAPER if hollow else LOOKS[0].light, stroke=LOOKS[0].light, width="1.6")
        ET.SubElement(circle, "title").text = said(shown, area)
    inside = radius >= _INSIDE
    if area.value is None:
        _text(root, f"{x:g}", f"{y + 5:g}", _MISSING, SOFT)
    # Without a circle and without a cross there is a zero: its number stands in its place.
    side = 0.0 if inside or area.value == 0 else max(radius, 4.0) + 4
    colour = PAPER if inside and not hollow else INK
    number = _text(root, f"{x + side:g}", f"{y + 4.5:g}", str(area.number), colour)
    if side:
        number.set("text-anchor", "start")


def _text(root: ET.Element, x: str, y: str, content: str, colour: str) -> ET.Element:
    text = ET.SubElement(root, "text", {"x": x, "y": y, "text-anchor": "middle"})
    text.set("font-size", "13")
    text.set("font-weight", "600")
    text.set("fill", colour)
    text.set("class", f"f-{_COLOURS[colour]}")
    text.text = content
    return text


def _paint(element: ET.Element, *, fill: str, stroke: str, width: str) -> None:
    element.set("fill", fill)
    element.set("stroke", stroke)
    element.set("stroke-width", width)
    element.set("class", f"f-{_COLOURS[fill]} l-{_COLOURS[stroke]}")


def _root(shown: Map, width: float, height: float) -> ET.Element:
    name = f"m{sha256(repr(shown).encode()).hexdigest()[:8]}"
    root = ET.Element(
        "svg",
        {
            "xmlns": SVG,
            "class": "chart map",
            "viewBox": f"0 0 {width:g} {height:g}",
            "width": f"{width:g}",
            "height": f"{height:g}",
            "role": "img",
            "lang": shown.lang,
            "font-family": FONTS,
            "aria-labelledby": f"{name}t",
            "aria-describedby": f"{name}d",
        },
    )
    ET.SubElement(root, "title", {"id": f"{name}t"}).text = shown.title
    ET.SubElement(root, "desc", {"id": f"{name}d"}).text = description(shown)
    return root


def description(shown: Map) -> str:
    """The map in words, for people who cannot see it."""
    texts = _TEXTS[shown.lang]
    known = [one for one in shown.areas if one.value is not None]
    unit = unit_phrase(shown.unit, shown.lang)
    parts = [texts["kind"].format(n=len(shown.areas), unit=unit)]
    if known:
        most = max(known, key=lambda one: one.value or 0.0)
        least = min(known, key=lambda one: one.value or 0.0)
        ends = [texts["most"].format(said=said(shown, most))]
        ends += [texts["least"].format(said=said(shown, least))] if len(known) > 1 else []
        parts.append(", ".join(ends))
    missing = [said(shown, one) for one in shown.areas if one.value is None]
    parts += missing[:_MANY] + (["…"] if len(missing) > _MANY else [])
    return ". ".join(part.rstrip(".") for part in [*parts, texts["same"]]) + "."
