"""The portal's German words in place of CKAN's, and what it says where a page fails."""

import gettext
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.pofile import read_po

from catalog import vocabulary
from catalog.portal import install

EXTENSION = Path(install.EXTENSION) / "ckanext" / "seehaus"
WORDS = EXTENSION / "i18n" / "de" / "LC_MESSAGES" / "ckanext-seehaus.po"


def _module(name: str) -> ModuleType:
    """One of the extension's modules; the rest of the extension needs CKAN."""
    spec = importlib.util.spec_from_file_location(f"seehaus_{name}", EXTENSION / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def errors() -> ModuleType:
    return _module("errors")


@pytest.fixture(scope="module")
def labels() -> ModuleType:
    return _module("labels")


def test_what_ckan_reads_is_what_the_words_say() -> None:
    with WORDS.open("rb") as file:
        written = read_po(file)
    with WORDS.with_suffix(".mo").open("rb") as file:
        read = gettext.GNUTranslations(file)
    messages = [one for one in written if one.id]
    assert messages
    for one in messages:
        if isinstance(one.id, tuple):
            assert [read.ngettext(*one.id, n) for n in (1, 2)] == list(one.string)
        else:
            assert read.gettext(one.id) == one.string


def test_the_words_name_no_place_for_a_value_that_ckan_does_not_fill() -> None:
    with WORDS.open("rb") as file:
        messages = [one for one in read_po(file) if one.id]
    for one in messages:
        pairs = zip(one.id, one.string, strict=True) if one.pluralizable else [(one.id, one.string)]
        for english, german in pairs:
            places = set(re.findall(r"\{\w*\}|%\(\w+\)s", english))
            assert set(re.findall(r"\{\w*\}|%\(\w+\)s", german)) <= places, english


@pytest.mark.parametrize(
    ("code", "title", "is_ours"),
    [
        (404, "Seite nicht gefunden", False),
        (403, "Hier ist kein Zugang", False),
        ([500], "Das Portal hat gerade eine Störung", True),
        (503, "Das Portal hat gerade eine Störung", True),
        (None, "Das Portal hat gerade eine Störung", True),
    ],
)
def test_an_error_is_said_in_german(
    errors: ModuleType, code: object, title: str, is_ours: bool
) -> None:
    said = errors.said(code, "The requested URL was not found on the server.", "de")
    assert (said["title"], said["is_ours"]) == (title, is_ours)
    assert "URL" not in said["text"]
    assert errors.said(code, "", "en")["title"] != title


def test_an_error_without_words_of_ours_keeps_ckans(errors: ModuleType) -> None:
    assert errors.said(413, "Zu groß", "de")["text"] == "Zu groß"


def test_every_term_that_data_sets_use_has_words(labels: ModuleType) -> None:
    """No raw address of a vocabulary is left for people to read."""
    terms = [
        *(vocabulary.THEME + theme.upper() for theme in vocabulary.THEMES),
        *(vocabulary.AVAILABILITY + one for one in ("AVAILABLE", "EXPERIMENTAL")),
        *(vocabulary.FREQUENCY + one for one in ("ANNUAL", "DAILY", "NEVER")),
        *(vocabulary.FILE_TYPE + one for one in ("CSV", "PARQUET", "GEOJSON")),
        f"{vocabulary.MEDIA_TYPE}text/csv",
        f"{vocabulary.REGIONAL_KEY}073150000000",
        "http://data.europa.eu/bna/c_e1da4e07",
        "https://musterdatenkatalog.de/def/musterdatensatz/bevoelkerungsstruktur/einwohnerzahl",
        vocabulary.GERMAN,
        vocabulary.PUBLIC,
        vocabulary.SHA256,
        vocabulary.HVD_REGULATION,
        vocabulary.MUNICIPALITY,
        vocabulary.CONTRIBUTOR,
    ]
    for language in ("de", "en"):
        raw = [term for term in terms if "://" in labels.label(term, language)]
        assert raw == []
    assert labels.label("https://www.mainz.de/", "de") == "https://www.mainz.de/"


def test_themes_have_english_titles(labels: ModuleType) -> None:
    for name, title in vocabulary.THEMES.items():
        assert labels.theme(name, title, "de") == title
        assert labels.theme(name, title, "en") != title
    assert labels.theme("eigenes", "Eigenes Thema", "en") == "Eigenes Thema"
