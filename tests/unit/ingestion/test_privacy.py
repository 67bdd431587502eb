"""The gate admits public files only, and a deletion request covers what hangs on an object."""

import datetime as dt

import pytest

from ingestion.city import City
from ingestion.documents import _read
from ingestion.extract import Extracted, Source
from ingestion.personal_data import DeletedNames, Holders
from ingestion.personal_data.deleted import digest
from ingestion.privacy import Decision, Gate, Known, bare, is_held_back
from ingestion.privacy_policy import Findings, Privacy
from ingestion.record import AgendaItem, Consultation, Fetched, File, Membership, Paper, Record

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


def test_of_what_is_closed_only_the_printed_title_stays() -> None:
    item = AgendaItem(
        id="4",
        url="u",
        meeting_id="3",
        position=1,
        number="N 1",
        name="Grundstück",
        is_public=False,
        section="Nichtöffentlicher Teil",
    )
    said = {"result": "a", "resolution_text": "b", "vote_text": "c"}
    told = item.model_copy(update={**said, "paper_id": "2", "paper_reference": "NÖ 1"})
    assert bare(told) == item
    assert bare(opened := told.model_copy(update={"is_public": True})) is opened
    closed = bare(FILE.model_copy(update={"is_public": False, "name": "Kaufvertrag"}))
    assert "Kaufvertrag" not in closed.model_dump_json()
    assert closed.id == FILE.id
    assert bare(FILE) is FILE


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


LETTER = "Die Bürgerin Erika Muster, IdNr. 86 095 742 719, bittet um Antwort."


def test_a_number_of_the_states_stops_the_document() -> None:
    gated = Gate().redact(["Seite 1", LETTER])
    assert gated.is_quarantined
    assert gated.pages == ()
    assert gated.hits == {"person_name": 1, "tax_number": 1}


@pytest.mark.parametrize(
    ("decision", "page"),
    [
        (
            "release",
            "Die Bürgerin [Name entfernt], IdNr. 86 095 742 719, bittet um Antwort.",
        ),
        (
            "redact",
            "Die Bürgerin [Name entfernt], IdNr. [Steuernummer entfernt], bittet um Antwort.",
        ),
    ],
)
def test_a_reviewer_lets_a_document_pass(decision: Decision, page: str) -> None:
    gated = Gate().redact([LETTER], decision)
    assert gated.pages == (page,)
    assert not gated.is_quarantined


def test_a_rejected_document_stays_away() -> None:
    assert Gate().redact(["Nichts Persönliches."], "reject").is_quarantined


def test_the_city_decides_what_becomes_of_a_kind() -> None:
    kept = Gate(policy=Privacy(citizen_names="keep", findings=Findings(tax_number="keep")))
    assert kept.redact([LETTER]).pages == (LETTER,)
    stopped = Gate(policy=Privacy(citizen_names="quarantine"))
    assert stopped.redact(["Die Bürgerin Erika Muster fragt."]).is_quarantined
    assert not stopped.redact(["Ein Bürger fragt."]).is_quarantined


def test_a_finding_shows_where_and_never_what() -> None:
    (name, number) = Gate().findings(["", LETTER])
    assert (name.page, name.kind, name.treatment) == (2, "person_name", "redact")
    assert (number.kind, number.treatment) == ("tax_number", "quarantine")
    for finding in (name, number):
        assert "Muster" not in finding.context
        assert "86 095" not in finding.context
        assert "bittet um Antwort" in finding.context


def test_office_holders_keep_their_names_and_not_their_own_addresses() -> None:
    holders = Holders.of([("Dr. Erika Muster", "Muster")])
    gate = Gate().knowing({}, [], Known(holders=holders))
    page = "Einwohnerfragestunde\nFrau Muster antwortet Herrn Max Kolbe. Privat: e.muster@web.de"
    assert gate.redact([page]).pages[0].splitlines() == [
        "Einwohnerfragestunde",
        "Frau Muster antwortet Herrn [Name entfernt]. Privat: [E-Mail entfernt]",
    ]
    # Another person of the same family name is nobody's office holder.
    assert gate.redact(["Der Bürger Max Muster fragt."]).hits == {"person_name": 1}


def test_a_name_that_one_page_tells_goes_from_all() -> None:
    gated = Gate().redact(["Vermerk: Erika Muster hat angerufen.", "Die Petentin Erika Muster"])
    assert gated.pages == (
        "Vermerk: [Name entfernt] hat angerufen.",
        "Die Petentin [Name entfernt]",
    )


SALT = "00" * 16


@pytest.mark.parametrize(
    "text",
    [
        "Der Künstler {} stellt aus.",
        "Beschluss zu {}: vertagt",
        "{}",
        "Von der Stadtvertreterin {}, Berichterstatterin",
    ],
)
@pytest.mark.parametrize("name", ["Erika Muster", "Muster, Erika", "ERIKA MUSTER", "Erika\nMuster"])
def test_a_deleted_name_is_found_by_its_hash_everywhere(text: str, name: str) -> None:
    deleted = DeletedNames(SALT, {2: frozenset({digest("Dr. Erika Muster", SALT)})})
    redacted, count = deleted.without(text.format(name))
    assert (redacted, count) == (text.format("[Name gelöscht]"), 1)
    assert deleted.without("Erika Mustermann und Max Muster") == (
        "Erika Mustermann und Max Muster",
        0,
    )
    gate = Gate().knowing({}, [], Known(deleted=deleted))
    assert gate.redact([text.format(name)]).hits.get("deleted_name") == 1


def test_the_stamp_changes_with_policy_decision_and_names() -> None:
    assert Gate().stamp("1", "a") == ""
    city = Gate(policy=Privacy(citizen_names="keep"))
    decided = Gate(decisions={("1", "a"): "release"})
    named = Gate(deleted=DeletedNames(SALT, {2: frozenset({"x"})}))
    stamps = {city.stamp("1", "a"), decided.stamp("1", "a"), named.stamp("1", "a"), ""}
    assert len(stamps) == 4
    # Other bytes are another document: the decision says nothing of them.
    assert decided.stamp("1", "b") == ""


@pytest.mark.parametrize(
    ("record", "held"),
    [
        (Consultation(id="1", url="u", paper_id="2"), True),
        (Membership(id="1", url="u", person_id="7"), True),
        (Membership(id="1", url="u", person_id="8"), False),
        (AgendaItem(id="1", url="u", meeting_id="9", position=1, name="n", is_public=True), False),
        (AgendaItem(id="1", url="u", meeting_id="3", position=1, name="n", is_public=True), True),
    ],
)
def test_what_hangs_on_a_request_is_held_back(record: Record, held: bool) -> None:
    keys = [("paper", "2"), ("person", "7"), ("meeting", "3")]
    assert is_held_back(record, dict.fromkeys(keys, "deletion_request")) is held
    assert not is_held_back(record, dict.fromkeys(keys, "gone"))


@pytest.mark.parametrize(
    ("heading", "gone"),
    [
        ("TOP 3 Anfrage von Frau Sommer, Telefon 0171 5550147", "0171 5550147"),
        ("Tagesordnungspunkt 4 Erstattung auf DE02 1203 0000 0000 2020 51", "DE02"),
        ("Begründung: bitte an korbinian.zwetschgenbaum@example.org", "korbinian"),
    ],
)
def test_headings_are_cut_from_the_redacted_text(heading: str, gone: str) -> None:
    """What a section's heading and text say stands on the redacted pages, word for word."""
    lines = ["Vorlage 12/2026", heading, "Der Rat berät darüber.", "Beschluss", "Es wird gebaut."]
    file = File(id="7", url="http://x/7", name="Vorlage", paper_id="1")
    at = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
    fetched = Fetched(
        url=file.url, kind="file", status=200, headers={}, body=b"%PDF", retrieved_at=at
    )
    extracted = Extracted("application/pdf", ("\n".join(lines),), "text", sources=(Source(),))
    read = _read(file, fetched, extracted, Gate())
    assert read.pages
    (page,) = read.pages
    assert gone not in page.text
    assert len(read.sections) == 2
    for section in read.sections:
        assert gone not in f"{section.heading} {section.text}"
        assert section.heading in page.text
        assert all(line in page.text for line in (section.text or "").split("\n"))
