"""A specification drawn, and made fit to stand in a page: named, small, without style or script.

Vega's own SVG carries colours, roles and labels of a page with scripts. What comes out here has
one role (``img``), one name and one description; its colours are classes of a style sheet over
fixed ones, so that it follows the reader's light or dark scheme under a policy that allows no
inline style.
"""

from functools import lru_cache
from hashlib import sha256
from typing import Any, Final
from xml.etree import ElementTree as ET

import vl_convert
from defusedxml.ElementTree import fromstring

from catalog.charts.bars import bars
from catalog.charts.frame import NARROW, WIDE
from catalog.charts.lines import lines
from catalog.charts.looks import LOOKS, NAMES, PAPER, style_sheet
from catalog.charts.model import Chart
from catalog.charts.words import description

SVG: Final = "http://www.w3.org/2000/svg"
_VEGA_LITE: Final = "5.21"
# As wide as the font that the texts were measured in, on every system that has one of them.
FONTS: Final = "Arimo, 'Liberation Sans', Arial, Helvetica, sans-serif"
_DRAWN: Final = frozenset({"svg", "g", "path", "line", "text", "tspan", "rect"})
_KEPT: Final = frozenset(
    {"x", "x1", "x2", "y", "y1", "y2", "dx", "dy", "width", "height", "viewBox", "d", "transform"}
    | {"fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap"}
    | {"stroke-linejoin", "stroke-miterlimit", "stroke-opacity", "opacity", "text-anchor"}
    | {"font-size", "font-style", "font-weight"}
)
_CLASSES: Final = NAMES | {look.light: f"s{index}" for index, look in enumerate(LOOKS)}
_LOCALES: Final[dict[str, Any]] = {"de": "de-DE", "en": "en-GB"}


def line_chart(chart: Chart, *, narrow: bool = False) -> str:
    """Lines over time, with breaks of basis drawn and gaps where there is no value.

    Args:
        chart: What to draw.
        narrow: For a screen of 360 pixels instead of 900.

    Returns:
        An ``<svg>`` element to stand in a page; the page's style sheet may hold
        ``looks.style_sheet()``.
    """
    return _element(chart, "lines", narrow=narrow)


def bar_chart(chart: Chart, *, narrow: bool = False) -> str:
    """Bars per city for the newest periods, the missing ones named; see ``line_chart``."""
    return _element(chart, "bars", narrow=narrow)


def stand_alone(svg: str) -> str:
    """The same drawing as a file of its own: with its style sheet and ground."""
    head, _, rest = svg.partition(">")
    style = f".f-paper{{fill:{PAPER}}}{style_sheet()}svg{{background:{PAPER}}}"
    dark = "@media (prefers-color-scheme:dark){svg{background:#182226}}"
    return f"{head}><style>{style}{dark}</style>{rest}"


def png(svg: str, scale: float = 1.5) -> bytes:
    """A drawing as pixels on white, for places that show no SVG."""
    head, _, rest = svg.partition(">")
    ground = f'<rect width="100%" height="100%" fill="{PAPER}"/>'
    return vl_convert.svg_to_png(f"{head}>{ground}{rest}", scale=scale)


@lru_cache(maxsize=256)
def _element(chart: Chart, kind: str, *, narrow: bool) -> str:
    size = NARROW if narrow else WIDE
    make = lines if kind == "lines" else bars
    if not any(one.points for one in chart.series):
        raise ValueError(f"{chart.title}: no figures to draw → choose another period or city")
    drawn = vl_convert.vegalite_to_svg(
        make(chart, size),
        vl_version=_VEGA_LITE,
        format_locale=_LOCALES[chart.lang],
        allowed_base_urls=[],
    )
    root = fromstring(drawn)
    _clean(root)
    return _named(root, chart, kind, narrow=narrow)


def _named(root: ET.Element, chart: Chart, kind: str, *, narrow: bool) -> str:
    digest = sha256(repr((chart, kind, narrow)).encode()).hexdigest()[:8]
    name = f"c{digest}"
    title, desc = ET.Element("title", {"id": f"{name}t"}), ET.Element("desc", {"id": f"{name}d"})
    title.text, desc.text = chart.title, description(chart, kind)
    root.insert(0, title)
    root.insert(1, desc)
    root.set("xmlns", SVG)
    root.set("class", "chart narrow" if narrow else "chart wide")
    root.set("role", "img")
    root.set("lang", chart.lang)
    root.set("font-family", FONTS)
    root.set("aria-labelledby", f"{name}t")
    root.set("aria-describedby", f"{name}d")
    return ET.tostring(root, encoding="unicode")


def _clean(element: ET.Element) -> None:
    """Keep what is drawn, name what is coloured, turn a mark's label into its tooltip."""
    element.tag = element.tag.rpartition("}")[2]
    for child in list(element):
        if child.tag.rpartition("}")[2] in _DRAWN and child.get("display") != "none":
            _clean(child)
        else:
            element.remove(child)
    said = element.get("aria-label") if element.tag in {"path", "text"} else None
    classes = [
        f"{prefix}-{_CLASSES[colour]}"
        for prefix, name in (("f", "fill"), ("l", "stroke"))
        if (colour := element.get(name, "").lower()) in _CLASSES
    ]
    for name in [name for name in element.attrib if name not in _KEPT]:
        del element.attrib[name]
    if element.get("fill", "none") not in {"none", "transparent"}:
        # The legend's markers take the dash of their line, which leaves nothing of them.
        element.attrib.pop("stroke-dasharray", None)
    if classes:
        element.set("class", " ".join(classes))
    if said:
        tip = ET.SubElement(element, "title")
        tip.text = said
