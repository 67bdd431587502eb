"""What is known of a figure and of what it counts, and the words around it."""

import datetime as dt
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

from catalog.charts import Chart, Language, Point, Series, number_text
from catalog.vocabulary import licence


class FiguresError(RuntimeError):
    """There are no figures to show: not loaded yet, or held back; names the mend."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """What is counted, by whom, and under which terms.

    Attributes:
        unit: As in the harmonised schema: ``persons``.
        decimals: To show.
        table_code: The source's table; with ``source_name`` it is how the figure is cited. A
            derived indicator has those of all tables it is made from.
        computed_de: How a derived indicator is made; empty where the source publishes it.
        computed_en: The same in English.
        legend: The source's signs and what they mean.
        is_open: Whether figures may be passed on: only those are shown to the public.
    """

    id: str
    label_de: str
    label_en: str
    definition_de: str
    unit: str
    decimals: int
    table_code: str
    table_de: str
    table_en: str
    source_name: str
    licence_id: str
    attribution: str
    is_open: bool
    definition_en: str = ""
    computed_de: str = ""
    computed_en: str = ""
    theme: str = ""
    legend: Mapping[str, str] = field(default_factory=dict)

    def label(self, lang: Language) -> str:
        """Its name."""
        return self.label_en if lang == "en" else self.label_de

    def definition(self, lang: Language) -> tuple[str, Language]:
        """What is counted, and in which language that is said."""
        if lang == "en" and self.definition_en:
            return self.definition_en, "en"
        return self.definition_de, "de"

    def computed(self, lang: Language) -> str:
        """How it is computed; empty where it is published as it is."""
        return self.computed_en if lang == "en" else self.computed_de

    def table(self, lang: Language) -> str:
        """The title of its table."""
        return self.table_en if lang == "en" else self.table_de

    @property
    def licence_title(self) -> str:
        """The licence's name; its id where it is not one of the known open ones."""
        known = licence(self.licence_id)
        return known.title if known else self.licence_id

    @property
    def licence_url(self) -> str:
        """The licence's text; empty where it is not known."""
        known = licence(self.licence_id)
        return known.url if known else ""


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of ``observation_current`` with the names that people use.

    Attributes:
        dimensions: Breakdown by SDMX concept and member; empty: the total.
        labels: The same in German words.
        value: In the indicator's unit; None where ``status`` says why.
        status: SDMX observation status.
        raw: The cell as the source printed it.
        basis: Id of what it rests on (``census-2022``); empty: not a matter of bases.
        vintage: Day on which the source published it so.
        source_url: Page of the table.
        is_break: It rests on another basis than what it follows; a derived figure that would reach
            over the break has no value.
    """

    city_id: str
    city: str
    ars: str
    dimensions: Mapping[str, str]
    labels: Mapping[str, str]
    start: dt.date
    end: dt.date
    period_type: str
    value: float | None
    status: str
    raw: str
    basis: str
    vintage: dt.date
    source_url: str
    is_break: bool = False


_UNITS: Final[Mapping[str, tuple[str, str]]] = {
    "animals": ("Tiere", "animals"),
    "arrivals": ("Ankünfte", "arrivals"),
    "bed_places": ("Schlafgelegenheiten", "bed places"),
    "buildings": ("Gebäude", "buildings"),
    "dwellings": ("Wohnungen", "dwellings"),
    "establishments": ("Betriebe", "establishments"),
    "eur": ("Euro", "euros"),
    "euros": ("Euro", "euros"),
    "euros_per_person": ("Euro je Person", "euros per person"),
    "persons_per_km2": ("Personen je km²", "persons per km²"),
    "euros_per_square_metre": ("Euro je Quadratmeter", "euros per square metre"),
    "hectares": ("Hektar", "hectares"),
    "km2": ("km²", "km²"),
    "kilograms_per_head": ("Kilogramm je Person", "kilograms per person"),
    "municipalities": ("Gemeinden", "municipalities"),
    "nights": ("Übernachtungen", "nights"),
    "per_1000_inhabitants": ("je 1.000 Einwohner", "per 1,000 inhabitants"),
    "per_10000": ("je 10.000 Einwohner", "per 10,000 inhabitants"),
    "per_10000_inhabitants": ("je 10.000 Einwohner", "per 10,000 inhabitants"),
    "per_square_kilometre": ("je Quadratkilometer", "per square kilometre"),
    "percent": ("Prozent", "per cent"),
    "persons": ("Personen", "persons"),
    "persons_per_square_kilometre": ("Personen je km²", "persons per km²"),
    "proceedings": ("Verfahren", "proceedings"),
    "sales": ("Verkäufe", "sales"),
    "schools": ("Schulen", "schools"),
    "square_kilometres": ("Quadratkilometer", "square kilometres"),
    "square_metres": ("Quadratmeter", "square metres"),
    "taxpayers": ("Steuerpflichtige", "taxpayers"),
    "tonnes": ("Tonnen", "tonnes"),
    "votes": ("Stimmen", "votes"),
    "years": ("Jahre", "years"),
}
# The signs of German official statistics; a source's own legend says the same at length.
_SIGNS: Final[Mapping[str, tuple[str, str]]] = {
    ".": ("geheim oder unbekannt", "confidential or unknown"),
    "/": ("nicht sicher genug", "not reliable enough"),
    "...": ("folgt später", "will follow"),
    "x": ("nicht sinnvoll", "would make no sense"),
    "-": ("nicht vorhanden oder nicht geliefert", "none, or not delivered"),
}
_MISSING: Final[Mapping[str, tuple[str, str]]] = {
    "L": ("noch nicht geliefert", "not delivered yet"),
    "M": ("nicht sinnvoll", "would make no sense"),
    "O": ("kein Wert", "no value"),
    "Q": ("geheim", "confidential"),
}
_LIMITED: Final[Mapping[str, tuple[str, str]]] = {
    "E": ("geschätzt", "estimated"),
    "N": ("gerundet null", "rounds to zero"),
    "P": ("vorläufig", "provisional"),
    "U": ("unsicher", "unreliable"),
}
_OVER_A_BREAK: Final = ("Bruch der Grundlage", "break of basis")
_NO_VALUE: Final = ("keine Angabe", "no figure")
_TOTAL: Final = ("Insgesamt", "Total")
_NEAR: Final = 5
_CENSUS: Final = re.compile(r"census-(\d{4})")


def _in(pair: tuple[str, str], lang: Language) -> str:
    return pair[1] if lang == "en" else pair[0]


def unit_text(unit: str, lang: Language) -> str:
    """A unit in words; one that is not known stands for itself."""
    plain = unit.replace("_", " ")
    return _in(_UNITS.get(unit, (plain, plain)), lang)


def note_text(figure: Figure, lang: Language) -> str:
    """Why there is no value (``keine Angabe: geheim``), or what limits it (``vorläufig``)."""
    if figure.value is not None:
        return _in(_LIMITED.get(figure.status, ("", "")), lang)
    if figure.is_break and not figure.raw:
        return f"{_in(_NO_VALUE, lang)}: {_in(_OVER_A_BREAK, lang)}"
    said = _SIGNS.get(figure.raw.strip()) or _MISSING.get(figure.status)
    if not said:
        return _in(_NO_VALUE, lang)
    return f"{_in(_NO_VALUE, lang)}: {_in(said, lang)}"


def value_text(figure: Figure, decimals: int, lang: Language) -> str:
    """A figure as people read it, with what limits it."""
    note = note_text(figure, lang)
    if figure.value is None:
        return note
    shown = number_text(figure.value, decimals, lang)
    return f"{shown} ({note})" if note else shown


def day_text(day: dt.date, lang: Language) -> str:
    """A date: German ``31.12.2023``, else ISO."""
    return day.isoformat() if lang == "en" else f"{day:%d.%m.%Y}"


def period_text(figure: Figure, lang: Language) -> str:
    """The period of a figure: a day, a year, or from when to when."""
    if figure.period_type == "date" or figure.start == figure.end:
        return day_text(figure.end, lang)
    if figure.period_type == "year" and figure.start.year == figure.end.year:
        return str(figure.end.year)
    return f"{day_text(figure.start, lang)} \N{EN DASH} {day_text(figure.end, lang)}"


def basis_text(basis: str, lang: Language) -> str:
    """What a figure rests on: ``census-2022`` is ``Zensus 2022``."""
    census = _CENSUS.fullmatch(basis)
    if census:
        return f"{'Census' if lang == 'en' else 'Zensus'} {census[1]}"
    return basis


def breakdown_id(dimensions: Mapping[str, str]) -> str:
    """A breakdown as it stands in an address: ``AGE:Y00T05,SEX:F``; empty: the total."""
    return ",".join(f"{name}:{member}" for name, member in sorted(dimensions.items()))


def breakdown_text(labels: Mapping[str, str], lang: Language) -> str:
    """A breakdown in words; the members' labels are the source's, in German."""
    return ", ".join(labels.values()) or _in(_TOTAL, lang)


def breakdowns(figures: Iterable[Figure], lang: Language) -> dict[str, str]:
    """All breakdowns of an indicator, id to words; the total first."""
    return breakdowns_of(((one.dimensions, one.labels) for one in figures), lang)


def breakdowns_of(
    found: Iterable[tuple[Mapping[str, str], Mapping[str, str]]], lang: Language
) -> dict[str, str]:
    """The same from pairs of dimensions and their labels."""
    named = {breakdown_id(codes): breakdown_text(labels, lang) for codes, labels in found}
    return dict(sorted(named.items(), key=lambda item: (item[0].count(":"), item[0])))


def labels_of(text: str | None) -> dict[str, str]:
    """A JSON object of strings as it stands in ``dimensions`` and ``dimension_labels``."""
    found = json.loads(text or "{}")
    return {str(key): str(value) for key, value in found.items()}


def chart_of(
    indicator: Indicator, figures: Sequence[Figure], cities: Mapping[str, str], lang: Language
) -> Chart:
    """The chart that compares the cities.

    Args:
        indicator: What is shown.
        figures: Of one breakdown, at most one per city and period.
        cities: Id to name, in the order in which they are shown.
        lang: Of the words and numbers in it.
    """
    by_city: dict[str, list[Figure]] = {}
    for one in sorted(figures, key=lambda one: (one.end, one.start)):
        by_city.setdefault(one.city_id, []).append(one)
    series = tuple(
        Series(name, tuple(_point(one, lang) for one in by_city.get(city_id, [])))
        for city_id, name in cities.items()
    )
    labels = breakdown_text(figures[0].labels, lang) if figures else ""
    said = f"{indicator.label(lang)} ({labels})" if figures and figures[0].labels else ""
    title = f"{said or indicator.label(lang)}: {', '.join(cities.values())}"
    return Chart(title, unit_text(indicator.unit, lang), indicator.decimals, series, lang)


def _point(one: Figure, lang: Language) -> Point:
    return Point(
        one.end,
        period_text(one, lang),
        one.value,
        note_text(one, lang),
        basis_text(one.basis, lang),
    )


def nearest(wanted: str, known: Mapping[str, Indicator], lang: Language) -> list[Indicator]:
    """The indicators whose id or name is most like what was asked for; best first."""
    names = {one.label(lang).casefold(): one for one in known.values()}
    names |= {one.id: one for one in known.values()}
    found = get_close_matches(wanted[:80].casefold(), names, _NEAR, 0.4)
    return list({names[name].id: names[name] for name in found}.values())


Columns = Mapping[str, Callable[[Indicator, Figure], str]]
"""Names of columns, and what stands in them."""
PROGRAM_COLUMNS: Final[Columns] = {
    "city_id": lambda _, one: one.city_id,
    "ars": lambda _, one: one.ars,
    "indicator_id": lambda indicator, _: indicator.id,
    "dimensions": lambda _, one: breakdown_id(one.dimensions),
    "period_start_date": lambda _, one: one.start.isoformat(),
    "period_end_date": lambda _, one: one.end.isoformat(),
    "value": lambda _, one: "" if one.value is None else repr(one.value),
    "unit": lambda indicator, _: indicator.unit,
    "obs_status": lambda _, one: one.status,
    "value_raw": lambda _, one: one.raw,
    "basis": lambda _, one: one.basis,
    "vintage_date": lambda _, one: one.vintage.isoformat(),
    "table_code": lambda indicator, _: indicator.table_code,
    "attribution": lambda indicator, _: indicator.attribution,
    "licence_id": lambda indicator, _: indicator.licence_id,
}
"""The columns of a CSV for programs: the schema's names, decimal point, ISO dates."""
