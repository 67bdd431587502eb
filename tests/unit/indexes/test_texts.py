import dataclasses
import datetime as dt
import json
from pathlib import Path

import pytest

import indexes.app
from indexes.app.texts import TEXTS, date_text, number_text
from indexes.passages import KINDS
from indexes.search import Hit, SearchResult


def test_both_languages_say_the_same_things() -> None:
    assert TEXTS["de"].keys() == TEXTS["en"].keys()
    for name in ("kinds", "kind_names", "errors"):
        assert TEXTS["de"][name].keys() == TEXTS["en"][name].keys()
    assert tuple(TEXTS["de"]["kinds"]) == KINDS


def test_every_error_of_a_query_has_a_text() -> None:
    described = json.loads(Path(indexes.app.__path__[0], "openapi.json").read_text())
    codes = described["components"]["schemas"]["Error"]["properties"]["error"]["enum"]
    assert set(codes) - set(TEXTS["de"]["errors"]) == {"k", "mismatch"}


@pytest.mark.parametrize("model", [Hit, SearchResult])
def test_the_api_describes_what_it_sends(model: type) -> None:
    described = json.loads(Path(indexes.app.__path__[0], "openapi.json").read_text())
    properties = described["components"]["schemas"][model.__name__]["properties"]
    assert list(properties) == [field.name for field in dataclasses.fields(model)]


def test_writes_dates_and_numbers_as_people_do() -> None:
    day = dt.date(2026, 3, 1)
    assert (date_text(day, "de"), date_text(day, "en")) == ("1. März 2026", "1 March 2026")
    assert number_text(1_234_567.891, 2, "persons", "de") == "1.234.567,89 Personen"
    assert number_text(1_234.0, 0, "persons", "en") == "1,234 persons"
    assert number_text(None, 0, "persons", "de") == "kein Wert veröffentlicht"
