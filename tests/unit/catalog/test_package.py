"""A data set as CKAN's package, and the comparison with what the portal has."""

from catalog.dataset import DataSet, datasets
from catalog.package import differs, merged_extras, package, resource
from tests.unit.catalog import world

SCHEMA = frozenset({"title", "publisher", "contact", "theme", "temporal_coverage", "identifier"})


def one(name: str = "mainz-observation") -> DataSet:
    found = datasets(world.tables(), world.dictionary(), world.cities(), portal_url=world.PORTAL)
    return next(dataset for dataset in found if dataset.name == name)


def test_fields_of_the_schema_are_fields_and_the_rest_extras() -> None:
    fields = package(one(), SCHEMA)
    assert fields["publisher"] == [
        {
            "name": "Stadt Mainz",
            "url": "https://www.mainz.example/amt",
            "email": "offen@mainz.example",
        }
    ]
    assert fields["groups"] == [{"name": "soci"}]
    extras = {extra["key"]: extra["value"] for extra in fields["extras"]}
    assert extras["hvd_category"] == '["http://data.europa.eu/bna/c_e1da4e07"]'
    assert "publisher_name" not in extras
    assert "private" not in fields


def test_a_field_that_has_nothing_to_say_is_emptied() -> None:
    fields = package(one("mainz-file"), SCHEMA)
    assert fields["temporal_coverage"] == []
    assert differs({"temporal_coverage": []}, {}) == []
    stale = {"temporal_coverage": [{"start": "2020-01-01"}]}
    assert differs({"temporal_coverage": []}, stale) == ["temporal_coverage"]


def test_what_ckan_adds_is_no_difference() -> None:
    wanted = package(one(), SCHEMA)
    found = {
        **wanted,
        "owner_org": "an id",
        "organization": {"name": "mainz"},
        "tags": [{"name": tag["name"], "id": "x"} for tag in reversed(wanted["tags"])],
        "groups": [{"name": "soci", "title": "Bevölkerung und Gesellschaft"}],
        "extras": [*reversed(wanted["extras"]), {"key": "theirs", "value": "1"}],
        "url": None,
        "maintainer": "jemand",
    }
    assert differs(wanted, found) == []
    assert differs(wanted, {**found, "title": "Von Hand"}) == ["title"]
    assert differs(wanted, {**found, "organization": {"name": "trier"}}) == ["owner_org"]


def test_extras_of_others_stay_and_ours_go_when_they_became_fields() -> None:
    found = [{"key": "theirs", "value": "1"}, {"key": "hvd_category", "value": "old"}]
    wanted = [{"key": "references", "value": "new"}]
    assert merged_extras(found, wanted) == [found[0], wanted[0]]
    assert differs({"extras": []}, {"extras": found}) == ["extras"]
    assert differs({"extras": []}, {"extras": found[:1]}) == []


def test_resources_carry_hash_and_licence() -> None:
    dataset = one()
    csv, parquet, *_ = (resource(dataset, file) for file in dataset.distributions)
    assert (csv["format"], parquet["format"]) == ("CSV", "Parquet")
    assert len(csv["hash"]) == 64
    assert csv["license"] == "http://dcat-ap.de/def/licenses/dl-by-de/2.0"
    assert csv["applicable_legislation"]
