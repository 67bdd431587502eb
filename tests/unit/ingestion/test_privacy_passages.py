"""How much of what is personal the gate finds, and how much of the rest it leaves alone.

Measured on invented passages (``privacy_passages.txt``). The thresholds are what the set reaches,
rounded down: a change of a rule that finds less, or hides more, fails here.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from ingestion.personal_data import KINDS, Hit, Holders, Kind, Official, find_all
from ingestion.privacy import Gate
from ingestion.privacy_policy import Findings, Privacy, Treatment

PASSAGES: Final = Path(__file__).with_name("privacy_passages.txt")
COUNCIL: Final = (
    ("Erika Sandmann", "Sandmann"),
    ("Tobias Krell", "Krell"),
    ("Dr. Ute Brackmann", "Brackmann"),
    ("Jonas Feldner", "Feldner"),
    ("Helga Reuss", "Reuss"),
    ("Klaus Müller", "Müller"),
    ("Sabine Wirtz", "Wirtz"),
)
TOWN: Final = Official(
    domains=frozenset({"beispielhausen.de"}),
    phones=("49613112",),
    addresses=frozenset({"Rathausplatz 1"}),
    ibans=frozenset({"DE27100777770209299700"}),
    holders=Holders.of(COUNCIL),
)
_MARK: Final = re.compile(r"⟦(?P<kind>[a-z_]+)\|(?P<text>[^⟧]*)⟧")
_FEWEST: Final = 200


def passages() -> Iterator[tuple[str, list[Hit]]]:
    """Each passage's text and what is to be found in it."""
    for line in PASSAGES.read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        pieces: list[str] = []
        labels: list[Hit] = []
        at = length = 0
        marked = line.replace("⏎", "\n")
        for mark in _MARK.finditer(marked):
            pieces += [marked[at : mark.start()], mark["text"]]
            start = length + mark.start() - at
            length = start + len(mark["text"])
            kind: Kind = mark["kind"]  # type: ignore[assignment]
            labels.append(Hit(start, length, kind))
            at = mark.end()
        yield "".join([*pieces, marked[at:]]), labels


def meets(one: Hit, other: Hit) -> bool:
    return one.kind == other.kind and one.start < other.end and other.start < one.end


def measured() -> tuple[dict[str, tuple[int, int, int]], list[str]]:
    """Kind → (labelled and found, labelled, found wrongly); and each mistake in words."""
    right, labelled, wrong = Counter[str](), Counter[str](), Counter[str]()
    mistakes = []
    for text, labels in passages():
        (hits,) = find_all([text], TOWN)
        for label in labels:
            labelled[label.kind] += 1
            if any(meets(label, hit) for hit in hits):
                right[label.kind] += 1
            else:
                mistakes.append(f"missed {label.kind}: {text[label.start : label.end]!r}: {text!r}")
        for hit in hits:
            if not any(meets(label, hit) for label in labels):
                wrong[hit.kind] += 1
                mistakes.append(f"wrong {hit.kind}: {text[hit.start : hit.end]!r}: {text!r}")
    kinds = [kind for kind in KINDS if labelled[kind] or wrong[kind]]
    return {kind: (right[kind], labelled[kind], wrong[kind]) for kind in kinds}, mistakes


def table(found: dict[str, tuple[int, int, int]]) -> str:
    lines = [f"{'kind':<20}{'labelled':>9}{'found':>7}{'wrong':>7}{'precision':>11}{'recall':>8}"]
    for kind, (right, labelled, wrong) in found.items():
        precision = right / (right + wrong) if right + wrong else 1.0
        recall = right / labelled if labelled else 1.0
        lines.append(f"{kind:<20}{labelled:>9}{right:>7}{wrong:>7}{precision:>11.3f}{recall:>8.3f}")
    return "\n".join(lines)


# Kind → (precision, recall) that must be kept.
REACHED: Final[dict[str, tuple[float, float]]] = {
    "email": (1.0, 1.0),
    "phone": (1.0, 0.93),
    "iban": (1.0, 1.0),
    "bank_account": (1.0, 1.0),
    "birth_date": (1.0, 1.0),
    "home_address": (1.0, 1.0),
    "person_name": (1.0, 0.94),
    "identity_document": (1.0, 1.0),
    "tax_number": (1.0, 1.0),
    "social_insurance": (1.0, 1.0),
    "licence_plate": (1.0, 1.0),
}


def test_the_set_is_large_and_has_both_sides() -> None:
    found = list(passages())
    assert len({text for text, _ in found}) == len(found) >= _FEWEST
    assert sum(not labels for _, labels in found) >= _FEWEST / 3
    assert {label.kind for _, labels in found for label in labels} == REACHED.keys()


def test_precision_and_recall_stay_what_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    found, mistakes = measured()
    with capsys.disabled():
        print("\n" + table(found))  # noqa: T201 - the figures are the point
    for kind, (right, labelled, wrong) in found.items():
        precision, recall = REACHED[kind]
        said = "\n".join(mistakes)
        assert right >= precision * (right + wrong), said
        assert right >= recall * labelled, said
    right, labelled, wrong = (sum(figures) for figures in zip(*found.values(), strict=True))
    assert right / (right + wrong) >= 0.99
    assert right / labelled >= 0.95


@pytest.mark.parametrize("treatment", ["redact", "keep"])
def test_the_gate_takes_out_what_the_rules_find(treatment: Treatment) -> None:
    """What is labelled is nowhere in the gate's text, or all of it where the city keeps it."""
    policy = Privacy(
        citizen_names=treatment,
        findings=Findings(**dict.fromkeys(Findings.model_fields, treatment)),
    )
    gate = Gate(official=TOWN, policy=policy)
    for text, _ in passages():
        gated = gate.redact([text])
        found = find_all([text], TOWN)[0]
        if treatment == "keep":
            assert gated.pages == (text,)
        elif found:
            assert all(text[hit.start : hit.end] not in gated.pages[0] for hit in found if hit)
        else:
            assert gated.pages == (text,)
