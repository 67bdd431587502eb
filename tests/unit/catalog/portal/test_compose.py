"""The portal in containers is the one of ``portal up``, at other places."""

import configparser
import json
import stat
from pathlib import Path

import pytest
import yaml

from catalog.portal import compose, install
from catalog.portal.config import Settings, ckan_ini
from catalog.portal.errors import PortalError

SETTINGS = Settings(site_url="https://daten.example.org/", search_url="https://suche.example.org")
# What differs between the two: where things are.
PLACES = {
    "ckan.site_url",
    "ckan.storage_path",
    "sqlalchemy.url",
    "ckan.datastore.write_url",
    "ckan.datastore.read_url",
    "ckan.redis.url",
    "solr_url",
    "licenses_group_url",
    "ckanext.dcat.base_uri",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "portal"
    compose.write(made, SETTINGS)
    return made


def options(text: str) -> dict[str, str]:
    parser = configparser.ConfigParser()
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(text)
    return dict(parser["app:main"])


def secrets(folder: Path) -> dict[str, str]:
    return dict(json.loads((folder / "secrets.json").read_text()))


def test_all_options_but_the_places_are_those_of_the_local_portal(folder: Path) -> None:
    ports = dict.fromkeys(("portal", "postgres", "valkey", "solr"), 1)
    local = options(ckan_ini(Path("/p"), SETTINGS, ports, secrets(folder)))
    inside = options((folder / "ckan.ini").read_text())

    assert set(local) == set(inside)
    assert {name for name in local if local[name] != inside[name]} <= PLACES
    assert inside["ckan.site_url"] == "https://daten.example.org"
    assert "127.0.0.1" not in " ".join(inside[name] for name in PLACES)


def test_every_server_that_ckan_is_told_of_is_a_service(folder: Path) -> None:
    made = yaml.safe_load((folder / "compose.yaml").read_text())
    inside = options((folder / "ckan.ini").read_text())

    for option, host in (
        ("sqlalchemy.url", "@postgres:5432/"),
        ("ckan.redis.url", "@valkey:6379/"),
        ("solr_url", "//solr:8983/"),
    ):
        assert host in inside[option]
        assert host.strip("@/").partition(":")[0] in made["services"]
    assert made["networks"]["inside"] == {"internal": True}
    assert [name for name, one in made["services"].items() if "ports" in one] == ["ckan"]


def test_whatever_is_mounted_or_copied_is_there(folder: Path) -> None:
    made = yaml.safe_load((folder / "compose.yaml").read_text())
    mounted = [
        part.partition(":")[0]
        for service in made["services"].values()
        for part in service.get("volumes", ())
        if part.startswith("./")
    ]
    mounted += [one["file"] for one in made["secrets"].values()]
    mounted += [made["services"]["ckan"]["env_file"]]
    copied = [
        f"ckan/{name}"
        for line in (folder / "ckan" / "Dockerfile").read_text().splitlines()
        if line.startswith("COPY")
        for name in line.split()[1:-1]
    ]

    assert len(mounted) == 6
    assert len(copied) == 5
    assert all((folder / name).exists() for name in [*mounted, *copied])


def test_images_and_packages_have_the_versions_of_the_local_portal(folder: Path) -> None:
    pins = (install.HERE / "requirements.in").read_text()
    image = (folder / "ckan" / "Dockerfile").read_text()
    added = (folder / "ckan" / "requirements.txt").read_text().split()

    assert "FROM ckan/ckan-base:2.12.0-" in image
    assert "ckan[requirements]==2.12.0" in pins
    assert added
    assert all(f"\n{pin}\n" in pins for pin in added)
    constraints = (folder / "ckan" / "constraints.txt").read_text()
    assert "rdflib==" in constraints
    assert "--hash" not in constraints


def test_the_extension_comes_with_what_its_charts_are_drawn_with(folder: Path) -> None:
    inside = folder / "ckan" / "ckanext_seehaus"

    assert (inside / "ckanext" / "seehaus" / "chart_view.py").is_file()
    shipped = {path.relative_to(inside / "catalog") for path in inside.glob("catalog/**/*.py")}
    assert {Path("charts/svg.py"), Path("figures/view.py"), Path("vocabulary.py")} < shipped
    # Nothing else of ours: the rest needs packages that CKAN's environment has not.
    assert {path.parts[0] for path in shipped} == {
        "__init__.py",
        "charts",
        "figures",
        "vocabulary.py",
    }
    plugins = options((folder / "ckan.ini").read_text())["ckan.plugins"].split()
    assert "seehaus_chart" in plugins


def test_passwords_stay_in_the_private_folder_and_for_good(folder: Path) -> None:
    before = secrets(folder)
    open_files = ["compose.yaml", "ckan/Dockerfile", "ckan/start.sh", "ckan/accounts.sh"]

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "ckan.env").stat().st_mode) == 0o600
    for name in open_files:
        text = (folder / name).read_text()
        assert not any(secret in text for secret in before.values())

    compose.write(folder, SETTINGS)
    assert secrets(folder) == before


def test_no_address_and_no_foreign_folder(tmp_path: Path) -> None:
    with pytest.raises(PortalError, match="set SEEHAUS_PORTAL_URL"):
        compose.write(tmp_path / "portal", Settings())
    (tmp_path / "mine.txt").touch()
    with pytest.raises(PortalError, match="holds something else → name an empty folder"):
        compose.write(tmp_path, SETTINGS)
