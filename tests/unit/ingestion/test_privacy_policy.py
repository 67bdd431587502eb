"""The section ``privacy`` of a city file: safe without it; every mistake is told with a mend."""

from pathlib import Path

import pytest

from ingestion import city_template
from ingestion.city import check_text
from ingestion.personal_data import KINDS
from ingestion.privacy_policy import Findings, Privacy

TEXT = city_template.template("Musterstadt", "07315000")


def section(*lines: str) -> str:
    return TEXT + "\nprivacy:\n" + "\n".join(f"  {line}" for line in lines) + "\n"


def test_nothing_is_kept_by_default() -> None:
    assert not Privacy().kinds("keep")
    assert Privacy().kinds("redact") | Privacy().kinds("quarantine") == set(KINDS) - {
        "deleted_name"
    }
    assert set(Findings.model_fields) == set(KINDS) - {"person_name", "deleted_name"}
    assert Privacy().stamp == ""


def test_the_templates_example_is_valid() -> None:
    start = TEXT.index("# privacy:")
    example = TEXT[start:].replace("# ", "", 1).replace("\n# ", "\n").replace("\n#", "\n")
    assert check_text(TEXT[:start] + example, Path("muster.yml")) == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("citizen_names: hide", "write 'redact', 'quarantine' or 'keep'"),
        ("findings: {emails: keep}", "did you mean `email`?"),
        ("citizens: keep", "unknown field"),
        ("mail_domains: [post@example.org]", "a domain like"),
        ('phones: ["12"]', "one dials it, e.g. 06131 12"),
        ('phones: ["12 34 56"]', "lacks its area code"),
        ('phones: ["0613"]', "too short"),
        ("addresses: [Rathaus]", "street and number"),
        ('ibans: ["DE00 1203 0000 0000 2020 51"]', "is no IBAN"),
        ("public_names: [Seghers]", "given and family name"),
        ("review: Amt", "an address like datenschutz@example.org"),
    ],
)
def test_a_mistake_is_told_with_line_and_mend(line: str, said: str) -> None:
    text = section(line)
    (problem,) = check_text(text, Path("muster.yml"))
    assert said in str(problem)
    assert problem.line == len(text.splitlines())
    assert problem.field.startswith("privacy.")


def test_what_is_official_is_read_as_it_is_compared() -> None:
    policy = Privacy(
        mail_domains=("Stadtwerke.example",),
        phones=("06131 12", "+49 651 7", "0049 261 129"),
        addresses=("Rathausplatz  1",),
        ibans=("DE02 1203 0000 0000 2020 51",),
    )
    official = policy.official("https://www.example.org/")
    assert official.domains == {"example.org", "stadtwerke.example"}
    assert official.phones == ("49613112", "496517", "49261129")
    assert official.addresses == {"Rathausplatz 1"}
    assert official.ibans == {"DE02120300000000202051"}
    assert policy.stamp
    assert Privacy(review="a@example.org").stamp == ""
