"""Charts of the statistics as a resource view: drawn here, without a script, as on ``/statistik``.

The publication makes the view and tells it what the figures count (``catalog/chart_view.py``); the
figures are read from the DataStore, so the chart shows what the table holds.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from ckan import plugins
from ckan.plugins import toolkit
from ckanext.seehaus import chart_rows

from catalog.charts import Language
from catalog.figures import Figure, Indicator, unit_text
from catalog.figures.selection import Selection, SelectionError, selection
from catalog.figures.texts import TEXTS
from catalog.figures.view import chart_part, table_part

NAME: Final = "seehaus_chart"
_FIRST: Final = "population"


class _Wrong(Exception):  # noqa: N818 - what the reader is told, not a fault
    """What was asked for cannot be shown; its text is for the reader."""


class ChartView(plugins.SingletonPlugin):
    """The view type ``seehaus_chart``."""

    plugins.implements(plugins.IResourceView, inherit=True)

    def info(self) -> dict[str, Any]:
        """How CKAN names the view, and what it keeps of it."""
        german = toolkit.h.lang() == "de" if toolkit.request else True
        return {
            "name": NAME,
            "title": "Diagramm" if german else "Chart",
            "default_title": "Diagramm",
            "icon": "chart-line",
            # Part of the page: its own style sheet, its own words, no frame to get lost in.
            "iframed": False,
            "requires_datastore": True,
            "schema": {
                "indicators": [toolkit.get_validator("ignore_missing"), _indicators_text],
            },
        }

    def can_view(self, data_dict: Mapping[str, Any]) -> bool:
        """Only what the publication says is a table of figures."""
        resource = data_dict["resource"]
        return bool(resource.get("datastore_active") and resource.get("chart_view_sha256"))

    def setup_template_variables(
        self, context: Mapping[str, Any], data_dict: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Everything that the page says."""
        del context
        lang: Language = "en" if toolkit.h.lang() == "en" else "de"
        known = _known(data_dict["resource_view"])
        table = chart_rows.table_of(data_dict["resource"], data_dict["package"])
        told = {"t": TEXTS[lang], "lang": lang, "wrong": "", "one": None, "indicators": {}}
        try:
            have = chart_rows.indicators(table)
            shown = {one.id: one for one in known if one.id in have}
            told["indicators"] = {id_: one.label(lang) for id_, one in shown.items()}
            return told | _chosen(table, shown, lang)
        except _Wrong as wrong:
            return told | {"wrong": str(wrong)}
        except toolkit.ObjectNotFound:
            # The table is being made.
            return told | {"wrong": TEXTS[lang]["errors"]["not_ready"]}

    def view_template(self, context: Mapping[str, Any], data_dict: Mapping[str, Any]) -> str:
        """The page's part."""
        del context, data_dict
        return "seehaus/chart_view.html"

    def form_template(self, context: Mapping[str, Any], data_dict: Mapping[str, Any]) -> str:
        """The form for administrators, who have nothing to fill in."""
        del context, data_dict
        return "seehaus/chart_form.html"


def _indicators_text(value: object) -> str:
    """A validator: what the publication tells, as one JSON text."""
    try:
        _read(str(value))
    except (TypeError, ValueError) as error:
        raise toolkit.Invalid(f"no indicators of Seehaus: {error}") from None
    return str(value)


def _read(text: str) -> list[Indicator]:
    return [Indicator(**one) for one in json.loads(text)]


def _known(view: Mapping[str, Any]) -> list[Indicator]:
    return _read(str(view.get("indicators") or "[]"))


def _chosen(
    table: chart_rows.Table, shown: Mapping[str, Indicator], lang: Language
) -> dict[str, Any]:
    """What is drawn, from what the address asks for."""
    params = toolkit.request.args
    wanted = params.get("indicator") or (_FIRST if _FIRST in shown else next(iter(shown), ""))
    one = shown.get(wanted)
    if one is None:
        raise _Wrong(TEXTS[lang]["errors"]["unknown"] if shown else TEXTS[lang]["nothing"])
    known = chart_rows.offered(table, one.id)
    named = known.named(lang)
    try:
        # Of another indicator there may be other cities and breakdowns: then all are shown.
        chosen = replace(selection(params, known.cities, list(named)), lang=lang)
    except SelectionError as error:
        said = str(TEXTS[lang]["errors"][error.code])
        raise _Wrong(said.format(known=", ".join(error.known))) from None
    found = chart_rows.figures(table, one.id, known, chosen.cities, chosen.breakdown)
    return _shown(table, one, known, chosen, found)


def _is_page(url: str) -> bool:
    return url.startswith(("http://", "https://"))


def _shown(
    table: chart_rows.Table,
    one: Indicator,
    known: chart_rows.Offered,
    chosen: Selection,
    found: list[Figure],
) -> dict[str, Any]:
    lang, figures = chosen.lang, chosen.of(found)
    cities = {city: known.cities[city] for city in chosen.cities}
    filters = {
        "indicator_id": one.id,
        "ars": [known.keys[city] for city in chosen.cities],
        "dimensions": list(known.texts[chosen.breakdown]),
    }
    return {
        "one": one,
        "unit": unit_text(one.unit, lang),
        "definition": one.definition(lang),
        "chosen": chosen,
        "cities": known.cities,
        "breakdowns": known.named(lang),
        "chart": chart_part(one, figures, cities, chosen),
        "table": table_part(one, figures, cities, lang),
        "sources": sorted({url for each in figures if _is_page(url := each.source_url or "")}),
        "download": toolkit.url_for(
            "datastore.dump", resource_id=table.resource_id, filters=json.dumps(filters), bom="true"
        ),
    }
