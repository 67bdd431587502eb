"""Pages that compare the cities in figures: charts, tables, downloads, without a script."""

from catalog.statistics_pages.application import PATH, FiguresSource, routes

__all__ = ["PATH", "FiguresSource", "routes"]
