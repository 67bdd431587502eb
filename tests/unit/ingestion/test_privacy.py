"""The gate admits public files only, and a deletion request covers what hangs on an object."""

import pytest

from ingestion.city import City
from ingestion.privacy import Gate, is_held_back
from ingestion.record import File, Paper

FILE = File(
    id="9", url="http://x/9", name="Anlage", paper_id="2", meeting_id="3", agenda_item_id="4"
)


def test_a_public_file_is_admitted() -> None:
    assert Gate().admits(FILE)


def test_a_non_public_file_is_not() -> None:
    assert not Gate().admits(FILE.model_copy(update={"is_public": False}))


@pytest.mark.parametrize("parent", [("paper", "2"), ("agenda_item", "4")])
def test_a_file_on_something_non_public_is_not(parent: tuple[str, str]) -> None:
    assert not Gate().knowing({}, [parent]).admits(FILE)
    assert Gate().knowing({}, [(parent[0], "other")]).admits(FILE)


@pytest.mark.parametrize(
    "key",
    [("file", "9"), ("document", "9"), ("paper", "2"), ("meeting", "3"), ("agenda_item", "4")],
)
def test_a_deletion_request_covers_the_file(key: tuple[str, str]) -> None:
    assert not Gate().knowing({key: "deletion_request"}, []).admits(FILE)
    assert is_held_back(FILE, {key: "deletion_request"})
    assert not is_held_back(FILE, {key: "disappeared"})


def test_a_deletion_request_covers_the_object_itself() -> None:
    paper = Paper(id="2", url="http://x", name="Vorlage")
    assert is_held_back(paper, {("paper", "2"): "deletion_request"})
    assert not is_held_back(paper, {("file", "2"): "deletion_request"})


def test_the_offices_of_a_city_keep_their_addresses() -> None:
    city = City.model_validate(
        {
            "id": "mainz",
            "name": "Mainz",
            "ags": "07315000",
            "ars": "073150000000",
            "nuts3": "DEB35",
            "website": "https://www.mainz.de/",
            "licence": "dl-de/by-2-0",
            "publisher": {"name": "M", "url": "https://www.mainz.de/", "email": "a@mainz.de"},
        }
    )
    gated = Gate.of(city).redact(["amt@stadt.mainz.de", "x@evilmainz.de", "Tel. 06131 123456"])
    assert gated.pages == (
        "amt@stadt.mainz.de",
        "[E-Mail entfernt]",
        "Tel. [Telefonnummer entfernt]",
    )
    assert gated.hits == {"email": 1, "phone": 1}
    assert gated.is_redacted


@pytest.mark.parametrize("cut", [4, 9, 14, 19, 24])
def test_an_iban_across_a_page_break_is_taken_out_whole(cut: int) -> None:
    iban = "DE02 1203 0000 0000 2020 51"
    head, rest = iban[:cut].rstrip(), iban[cut:].lstrip()
    pages = (f"Konto {head}\nSeite 1 von 2", f"Stadt Mainz\n2 Haushalt 2026\n{rest}. Danke")
    gated = Gate().redact(pages)
    assert gated.pages == (
        "Konto [IBAN entfernt]\nSeite 1 von 2",
        "Stadt Mainz\n2 Haushalt 2026\n[IBAN entfernt]. Danke",
    )
    assert gated.hits == {"iban": 1}


def test_figures_around_a_page_break_stay() -> None:
    pages = ("Kosten in EUR: 1203 0000\nBV12 0815 2026", "0000 2020 51\nHaushaltsstelle 4711")
    gated = Gate().redact(pages)
    assert gated.pages == pages
    assert gated.hits == {}
