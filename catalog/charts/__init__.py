"""Figures as accessible SVG: lines over time and bars by Vega-Lite without network, and a map.

Pure: the same chart, the same bytes. The package imports nothing else of ours.
"""

from catalog.charts.maps import Map, district_map
from catalog.charts.model import Chart, Language, Point, Series
from catalog.charts.numbers import number_text
from catalog.charts.svg import bar_chart, line_chart, png, stand_alone

__all__ = [
    "Chart",
    "Language",
    "Map",
    "Point",
    "Series",
    "bar_chart",
    "district_map",
    "line_chart",
    "number_text",
    "png",
    "stand_alone",
]
