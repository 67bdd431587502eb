"""The ini file says what the operator chose, and nothing can be smuggled into it."""

import configparser
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.portal import install
from catalog.portal.config import Settings, ckan_ini
from catalog.portal.secret import NAMES

PORTS = {"portal": 20001, "postgres": 20002, "valkey": 20003, "solr": 20004}
SECRETS = {name: f"secret-{name}" for name in NAMES}


def read(text: str) -> dict[str, str]:
    parser = configparser.ConfigParser()
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(text)
    return dict(parser["app:main"])


def test_speaks_german_first_and_listens_where_it_should() -> None:
    options = read(ckan_ini(Path("/p"), Settings(), PORTS, SECRETS))

    assert options["ckan.locale_default"] == "de"
    assert options["ckan.locales_offered"].split()[0] == "de"
    assert options["ckan.site_url"] == "http://127.0.0.1:20001"
    assert options["solr_url"] == "http://127.0.0.1:20004/solr/ckan"
    assert options["sqlalchemy.url"].endswith("@127.0.0.1:20002/ckan")


def test_nobody_registers_and_no_third_party_hears_of_visitors() -> None:
    options = read(ckan_ini(Path("/p"), Settings(), PORTS, SECRETS))

    assert options["ckan.auth.create_user_via_web"] == "false"
    assert options["ckan.auth.create_user_via_api"] == "false"
    assert options["ckan.gravatar_default"] == "disabled"


def test_cookies_are_secure_on_a_public_address() -> None:
    public = Settings(site_url="https://daten.example.org/")

    options = read(ckan_ini(Path("/p"), public, PORTS, SECRETS))

    assert options["ckan.site_url"] == "https://daten.example.org"
    assert options["SESSION_COOKIE_SECURE"] == "true"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_no_title_breaks_out_of_its_line(title: str) -> None:
    options = read(ckan_ini(Path("/p"), Settings(title=f"Seehaus {title}"), PORTS, SECRETS))

    assert options["ckan.site_title"] == " ".join(f"Seehaus {title}".split())
    assert set(options) == set(read(ckan_ini(Path("/p"), Settings(), PORTS, SECRETS)))


def test_every_licence_has_a_german_title_and_a_dcat_ap_de_address() -> None:
    licences = json.loads((install.HERE / "licenses.json").read_text())

    assert {one["id"] for one in licences} == {
        "dl-de/by-2-0",
        "dl-de/zero-2-0",
        "cc-by/4.0",
        "cc-zero",
    }
    for one in licences:
        assert one["url"].startswith("http://dcat-ap.de/def/licenses/")
        assert one["title"]


@pytest.mark.parametrize("name", ["requirements.lock", "solr/jars.sha256", "solr/pom.xml"])
def test_locks_name_no_registry_and_no_machine(name: str) -> None:
    text = (install.HERE / name).read_text()

    assert "index-url" not in text
    assert "find-links" not in text
    assert "<repositor" not in text
    assert "/work" not in text
    assert "/home" not in text


def test_every_locked_python_package_has_a_hash() -> None:
    blocks = (install.HERE / "requirements.lock").read_text().split("\n    --hash")
    packages = [line for line in "".join(blocks).splitlines() if "==" in line]

    assert len(packages) > 50
    assert all("=sha256:" in line for line in packages)
    assert not any(line.startswith("psycopg2==") for line in packages)
