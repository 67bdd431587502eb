"""Who runs the portal: gaps are named, and a wrong file says what is wrong in it."""

from pathlib import Path

import pytest

from catalog.portal import Operator, PortalError, load_operator
from catalog.portal.config import Settings, ckan_ini
from catalog.portal.secret import NAMES

FILLED = """\
name: Stadt Musterstadt
street: Rathausplatz 1
town: 55555 Musterstadt
represented_by: Maria Muster
email: opendata@musterstadt.de
phone: "+49 6131 0000"
responsible: Maria Muster
privacy_officer: Die Beauftragte
privacy_email: datenschutz@musterstadt.de
log_days: 0
enforcement: Schlichtungsstelle
accessibility_checked: 2026-11-27
"""


def test_a_filled_file_leaves_no_gap(tmp_path: Path) -> None:
    file = tmp_path / "operator.yaml"
    file.write_text(FILLED)

    assert load_operator(file).missing() == {}


def test_every_gap_is_named_with_its_page() -> None:
    gaps = Operator(name="Stadt Musterstadt").missing()

    assert "name" not in gaps
    assert gaps["phone"] == "impressum"
    assert gaps["log_days"] == "datenschutz"
    assert gaps["enforcement"] == "barrierefreiheit"


def test_a_page_of_ones_own_has_no_gaps() -> None:
    gaps = Operator(pages={"impressum": "**Wir**"}).missing()

    assert set(gaps.values()) == {"datenschutz", "barrierefreiheit"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("telefon: 1", "telefon"),
        ("email: nobody", "email"),
        ("log_days: -1", "log_days"),
        ("pages: {agb: x}", "pages.agb"),
        ("- a list", "file"),
        ("a: [", "readable YAML"),
    ],
)
def test_a_wrong_file_says_where(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "operator.yaml"
    file.write_text(text)

    with pytest.raises(PortalError, match=said):
        load_operator(file)


def test_markdown_of_many_lines_stays_on_one_line_of_the_ini_file() -> None:
    ports = {"portal": 1, "postgres": 2, "valkey": 3, "solr": 4}
    settings = Settings(operator=Operator(pages={"ki": "# KI\n\nsecret = 100 %\n"}))

    text = ckan_ini(Path("/p"), settings, ports, dict.fromkeys(NAMES, "x"))

    (line,) = [one for one in text.splitlines() if one.startswith("seehaus.operator")]
    assert r"\n\nsecret = 100 %%" in line
