"""What a request covers is known again by what it says, however it is spelled and numbered."""

import pytest

from ingestion.personal_data import DeletedNames
from ingestion.personal_data.deleted import digest, parts_of
from ingestion.privacy_prints import Prints, of_bytes, of_paper, of_person
from ingestion.record import Meeting, Paper, Person

SALT = "ab" * 16
PAPER = of_paper(SALT, "Antrag zur Hundewiese", "0815/2026")
ERIKA = of_person(SALT, "Erika Muster-Vogt")
PRINTS = Prints(SALT, frozenset({str(PAPER), str(ERIKA), of_bytes(SALT, "f" * 64)}))


@pytest.mark.parametrize(
    ("name", "reference", "known"),
    [
        ("Antrag zur Hundewiese", "0815/2026", True),
        ("  ANTRAG zur\nHundewiese ", "0815-2026", True),
        ("Antrag zur Hundewiese!", "0815 / 2026", True),
        ("Antrag zur Hundewiese", "0816/2026", False),
        ("Antrag zur Katzenwiese", "0815/2026", False),
        ("Antrag zur Hundewiese", None, False),
        ("", "0815/2026", False),
    ],
)
def test_a_paper_with_another_id(name: str, reference: str | None, known: bool) -> None:
    paper = Paper(id="another", url="http://x", name=name, reference=reference)
    assert PRINTS.knows(paper) is known
    assert not Prints().knows(paper)


def test_a_person_with_another_id() -> None:
    assert PRINTS.knows(Person(id="9", url="u", name="Dr. MUSTER VOGT, Erika"))
    assert not PRINTS.knows(Person(id="9", url="u", name="Erika Muster"))
    assert not PRINTS.knows(Meeting(id="9", url="u", name="Erika Muster-Vogt"))


def test_the_same_bytes() -> None:
    assert PRINTS.knows_bytes("f" * 64)
    assert not PRINTS.knows_bytes("e" * 64)
    assert not PRINTS.knows_bytes(None)
    # With another salt the same hash is another one: no list made elsewhere fits.
    assert of_bytes("cd" * 16, "f" * 64) not in PRINTS.digests


def names(*asked: str) -> DeletedNames:
    found: dict[int, set[str]] = {}
    for name in asked:
        found.setdefault(len(parts_of(name)), set()).add(digest(name, SALT))
    return DeletedNames(SALT, {number: frozenset(some) for number, some in found.items()})


@pytest.mark.parametrize(
    "written",
    [
        "Jörg Müller-Groß",
        "JÖRG MÜLLER-GROSS",
        "Joerg Mueller-Gross",
        "Müller-Groß, Jörg",
        "Müller Groß, Jörg",
        "Jörg  Müller-Groß",
        "Jörg\nMüller-Groß",
        "Jörg\u00a0Müller-Groß",
        "Jo\u0308rg Mu\u0308ller-Groß",  # decomposed, as some PDF writers do it
        "Jörg Karl Müller-Groß",
        "Jörg K. Müller-Groß",
    ],
)
def test_a_name_in_another_spelling(written: str) -> None:
    deleted = names(" jörg   MÜLLER-Groß ")
    text, count = deleted.without(f"Der Künstler {written} stellt aus.")
    assert (text, count) == ("Der Künstler [Name gelöscht] stellt aus.", 1)
    assert deleted.are_in(f"<b>{written}</b>".encode())


@pytest.mark.parametrize(
    "text",
    [
        "Jörg Müller und Karl Groß",
        "Jörg. Müller-Groß, nein",
        "der Müller jörg groß",
        "Jörg Karl Otto Müller-Groß",
        "",
    ],
)
def test_other_names_stay(text: str) -> None:
    deleted = names("Jörg Müller-Groß")
    assert deleted.without(text) == (text, 0)
    assert not deleted.are_in(text.encode())


def test_the_html_of_a_page_is_read() -> None:
    deleted = names("Jörg Müller")
    assert deleted.are_in(b"<td>J&ouml;rg&nbsp;M&uuml;ller</td>")
    assert deleted.are_in('{"name": "Jörg Müller"}'.encode())
    assert not deleted.are_in(b"%PDF-1.7\0" + "Jörg Müller".encode())
    assert not DeletedNames().are_in("Jörg Müller".encode())
