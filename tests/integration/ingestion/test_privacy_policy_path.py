"""What a city's policy makes of one letter: from the bytes to the rows that go into the lake."""

from collections.abc import Iterator

import pytest

from ingestion.documents import Document, Extractor, Read, fetch_documents
from ingestion.personal_data import MARKERS
from ingestion.privacy import Decision, Gate
from ingestion.privacy_policy import Findings, Privacy, Treatment
from ingestion.record import File
from tests.integration.ingestion import council

pytestmark = pytest.mark.integration

NAME, NUMBER = "Erika Muster", "86 095 742 719"
LETTER = f"Die Petentin {NAME} fragt.\nIhre IdNr. {NUMBER} liegt vor."
PLAIN = "Finanzielle Auswirkungen\nDer Radweg kostet 100 Euro."


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor(workers=1) as made:
        yield made


class Nothing:
    """A lake that knows no document."""

    @staticmethod
    def finished(file_id: str) -> Document | None:
        del file_id
        return None


def policy(names: Treatment, numbers: Treatment) -> Privacy:
    return Privacy(citizen_names=names, findings=Findings(tax_number=numbers))


def read(extractor: Extractor, gate: Gate) -> tuple[Read, Read]:
    """The letter, and a document of the same paper that names nobody."""
    server = council.Council()
    server.add(1, LETTER)
    server.add(2, PLAIN)
    files = [
        File(url=f"{council.BASE}file/f{number}", name="Anlage", id=f"f{number}", paper_id="1")
        for number in (1, 2)
    ]
    with server.client() as client:
        found = fetch_documents(files, client, Nothing(), extractor, gate)
        letter, plain = sorted(found, key=lambda each: each.document.id)
    return letter, plain


@pytest.mark.parametrize(
    ("names", "numbers", "status", "shown"),
    [
        ("redact", "redact", "redacted", (False, False)),
        ("redact", "keep", "redacted", (False, True)),
        ("keep", "redact", "redacted", (True, False)),
        ("keep", "keep", "public", (True, True)),
        ("redact", "quarantine", "quarantined", None),
        ("quarantine", "keep", "quarantined", None),
    ],
)
def test_each_policy_over_the_whole_path(
    extractor: Extractor,
    names: Treatment,
    numbers: Treatment,
    status: str,
    shown: tuple[bool, bool] | None,
) -> None:
    letter, plain = read(extractor, Gate(policy=policy(names, numbers)))
    assert letter.document.privacy_status == status
    if shown is None:
        assert letter.pages == letter.sections == ()
        assert letter.document.page_count is None
        assert letter.document.title is None
        # The bytes stay: a reviewer reads them again.
        assert letter.document.sha256 is not None
    else:
        (page,) = letter.pages or ()
        assert (NAME in page.text, NUMBER in page.text) == shown
        assert (MARKERS["person_name"] not in page.text) == shown[0]
    # Whatever becomes of the letter, its neighbour passes untouched.
    assert plain.document.privacy_status == "public"
    assert [page.text for page in plain.pages or ()] == [PLAIN]
    assert len(plain.sections) == 1


@pytest.mark.parametrize(
    ("decision", "status", "number"),
    [("release", "redacted", True), ("redact", "redacted", False), ("reject", "quarantined", None)],
)
def test_a_reviewer_outranks_the_policy(
    extractor: Extractor, decision: Decision, status: str, number: bool | None
) -> None:
    gate = Gate(policy=policy("redact", "quarantine"))
    held, _ = read(extractor, gate)
    decided = Gate(policy=gate.policy, decisions={("f1", str(held.document.sha256)): decision})
    letter, _ = read(extractor, decided)
    assert letter.document.privacy_status == status
    texts = [page.text for page in letter.pages or ()]
    assert [NUMBER in text for text in texts] == ([] if number is None else [number])
    assert not any(NAME in text for text in texts)
