"""City files: what is valid, and that every mistake is told with its line and its mend."""

import json
from pathlib import Path

import certifi
import pytest
from pydantic import ValidationError

from ingestion.city import CITIES, CityFileError, check, load, load_all
from ingestion.city_template import city_schema, template
from ingestion.http import HostNotAllowedError
from ingestion.http_guard import HostGuard

CITY_KEYS = {
    "koblenz": ("07111000", "071110000000", "DEB11", "sessionnet"),
    "ludwigshafen": ("07314000", "073140000000", "DEB34", "sessionnet"),
    "mainz": ("07315000", "073150000000", "DEB35", "sessionnet"),
    "trier": ("07211000", "072110000000", "DEB21", "allris4"),
}
GOOD = (CITIES / "mainz.yml").read_text(encoding="utf-8")


@pytest.fixture
def write(tmp_path):
    def write(text: str, name: str = "mainz.yml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_the_four_cities_are_valid_and_true():
    cities = load_all()
    assert [city.id for city in cities] == sorted(CITY_KEYS)
    for city in cities:
        assert city.council is not None
        keys = (city.ags, city.ars, city.nuts3, city.council.system)
        assert keys == CITY_KEYS[city.id]
        assert city.licence == "dl-de/by-2-0"
        tables = [entry.table.code for entry in city.statistics]
        assert len(tables) == len(set(tables))
        first = city.statistics_of("genesis")[0]
        assert (first.table.code, first.region) == ("12411-01-01-4", city.ags[:5])
        assert not city.is_sample
        # Nobody gave his word yet: robots.txt is obeyed everywhere.
        assert city.council.permission is None


def test_one_city_by_its_id():
    city = load("trier")
    assert city.name == "Trier"
    assert str(city.council.url) == "https://gremieninfo.trier.de/public/"
    assert city.base_urls("genesis") == [
        "https://www.regionalstatistik.de/genesisws/rest/2020/",
        "https://ergebnisse.zensus2022.de/api/rest/2020/",
    ]
    assert city.council.zone.key == "Europe/Berlin"


def test_an_unknown_city_gets_a_suggestion():
    with pytest.raises(CityFileError, match=r"no such city file → did you mean `mainz`\?"):
        load("mianz")


def test_an_id_never_leaves_the_folder():
    with pytest.raises(CityFileError):
        load("../cities/mainz")


def test_an_empty_folder_says_what_to_do(tmp_path):
    with pytest.raises(CityFileError, match=r"no city file.*SEEHAUS_CITIES"):
        load_all(tmp_path)


def test_load_all_names_every_broken_file(write, tmp_path):
    write(GOOD.replace("nuts3: DEB35", "nuts3: B35"), "one.yml")
    write(GOOD.replace("licence:", "license:"), "two.yml")
    with pytest.raises(CityFileError) as caught:
        load_all(tmp_path)
    assert {problem.file.name for problem in caught.value.problems} == {"one.yml", "two.yml"}


def line_of(text: str) -> int:
    return GOOD[: GOOD.index(text)].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "field", "what", "mend"),
    [
        ('"07315000"', "07315000", "ags", "lost its leading zeros", 'in quotes: ags: "…"'),
        ('"07315000"', '"7315000"', "ags", "should match pattern", "eight digits in quotes"),
        ('"073150000000"', '"072110000000"', "ars", "does not fit the AGS", "07315····000"),
        ("wikidata:", "wikidate:", "wikidate", "unknown field", "did you mean `wikidata`?"),
        (
            "requests_per_second:",
            "requests_per_secund:",
            "council.requests_per_secund",
            "unknown field",
            "did you mean `requests_per_second`?",
        ),
        ("licence: dl-de/by-2-0", "licence: dl-de/by-2.0", "licence", "no licence", "dl-de/by-2-0"),
        ("licence: dl-de/by-2-0", "licence: mine", "licence", "no licence", "write one of"),
        ("system: sessionnet", "system: sesionnet", "council.system", "none of", "'sessionnet'"),
        ("https://bi.mainz.de/", "ftp://bi.mainz.de/", "council.url", "URL scheme", "http(s)"),
        ("https://bi.mainz.de/", "https://u:p@bi.mainz.de/", "council.url", "password", "SEEHAUS_"),
        ("https://bi.mainz.de/", "https://bi.mainz.de/bi", "council.url", "ends with /", "base"),
        (
            "requests_per_second: 1",
            "requests_per_second: 500",
            "council.requests_per_second",
            "less than or equal to 50",
            "1 is polite",
        ),
        ("since: 2024-01-01", "since: 2024-13-01", "council.since", "date", "a date like"),
        ("opendata@mainz.de", "opendata", "publisher.email", "email", "an address like"),
        ("meeting: {min: 10}", "meetings: {min: 10}", "expect", "no table", "meeting"),
        (
            "paper: {min: 10}",
            "paper: {min: 10, max: 1}",
            "expect.paper",
            "max is smaller",
            "compare",
        ),
    ],
)
def test_a_mistake_is_told_with_line_and_mend(write, old, new, field, what, mend):
    assert old in GOOD
    problems = check(write(GOOD.replace(old, new, 1)))
    assert [problem.field for problem in problems] == [field]
    problem = problems[0]
    assert what in problem.what
    assert mend in problem.mend
    if field not in {"statistics", "expect"}:
        assert problem.line == line_of(old.strip())
    assert str(problem).startswith(f"{problem.file}:{problem.line}:{problem.column}: {field}: ")


def test_a_missing_field_is_told_where_it_belongs(write):
    problems = check(write(GOOD.replace("  name: Landeshauptstadt Mainz\n", "")))
    assert [(p.field, p.what, p.line) for p in problems] == [
        ("publisher.name", "is missing", line_of("publisher:"))
    ]


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(write):
    text = GOOD.replace('"07315000"', "07315000").replace("system: sessionnet", "system: x")
    problems = check(write(text.replace("nuts3: DEB35", "nuts3: DE")))
    assert [problem.field for problem in problems] == ["ags", "nuts3", "council.system"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (GOOD.replace("website:", "   website:", 1), "mapping values are not allowed"),
        (GOOD + "name: Mainz\n", 'duplicate key "name"'),
        ("- a\n- b\n", "not a mapping"),
        ("name: !!int\n", "a value with a type of its own"),
        ("name: !x Mainz\n", "a value with a type of its own"),
        ("", "not a mapping"),
        ("name: [unclosed\n", "expected"),
        ("a" * 70_000, "larger than"),
        ("[" * 3_000, "expected"),
        ("name: !!python/object/apply:os.system [true]\n", ""),
    ],
)
def test_what_is_no_yaml_is_told(write, text, what):
    problems = check(write(text))
    assert problems
    assert what in problems[0].what


def test_a_duplicate_key_names_the_second_line(write):
    (problem,) = check(write(GOOD + "name: Mainz\n"))
    assert problem.line == GOOD.count("\n") + 1


def test_bytes_that_are_not_utf8_are_told(tmp_path):
    path = tmp_path / "mainz.yml"
    path.write_bytes("name: Köln\n".encode("latin-1"))
    assert check(path)[0].mend == "save the file as UTF-8"


def test_a_missing_file_is_told(tmp_path):
    assert "No such file" in check(tmp_path / "mainz.yml")[0].what


@pytest.mark.parametrize("name", ["Mainz.yml", "bad-kreuznach.yml", "1mainz.yml", "mainz.yaml"])
def test_a_file_name_that_is_no_id_is_told(write, name):
    assert "cannot be used" in check(write(GOOD, name))[0].what


def test_a_hostile_alias_bomb_ends_quickly(write):
    layers = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)]
    assert check(write("\n".join(layers)))


def test_with_urls_moves_a_city_to_the_sample_world():
    city = load("mainz")
    moved = city.with_urls(
        {
            "council": "http://127.0.0.1:4001/",
            "statistics": {"12411-01-01-4": "http://127.0.0.1:4005/genesisws/rest/2020/"},
        }
    )
    assert moved.is_sample
    assert moved.is_loopback
    assert not city.is_loopback
    assert moved.base_urls() == [
        "http://127.0.0.1:4001/",
        "http://127.0.0.1:4005/genesisws/rest/2020/",
    ]
    assert moved.council.requests_per_second == 50
    assert (moved.id, moved.ags, moved.expect) == (city.id, city.ags, city.expect)
    assert str(moved.statistics[0].page) == str(city.statistics_of("genesis")[0].page)


def test_a_city_without_an_own_district_has_no_figures_of_districts(write):
    text = template("Bad Kreuznach", "07133006", ars="071330006006")
    town = load("bad_kreuznach", write(text, "bad_kreuznach.yml").parent)
    assert not [entry for entry in town.statistics if entry.region == "07133"]


def test_tables_are_left_out_by_their_code(write, tmp_path):
    write(GOOD + "statistics:\n  without: [12411-01-01-4]\n")
    tables = {entry.table.code for entry in load("mainz", tmp_path).statistics}
    assert tables == {entry.table.code for entry in load("mainz").statistics} - {"12411-01-01-4"}


def test_a_table_that_nobody_asks_for_cannot_be_left_out(write):
    (problem,) = check(write(GOOD + "statistics:\n  without: [12411-01-01-5]\n"))
    assert (problem.field, problem.line) == ("statistics.without.0", GOOD.count("\n") + 2)
    assert "no table of the network's list" in problem.what
    assert problem.mend == "did you mean `12411-01-01-4`?"


def test_a_list_of_tables_as_it_was_once_is_told(write):
    (problem,) = check(write(GOOD + "statistics:\n  - system: genesis\n"))
    assert problem.field == "statistics"
    assert "take the entry out" in problem.mend


OWN = """\
statistics:
  sources:
    own_office:
      name: Statistikstelle
      page: https://statistik.example.org/
      licence: dl-de/by-2-0
      attribution: Statistikstelle
      is_redistributable: true
      access: {system: genesis, url: https://statistik.example.org/rest/}
      tables:
        - code: own-1
          title: {de: Einwohner, en: Residents}
          request: {region_variable: GEMEIN, region_level: municipality}
          theme: soci
          accrual: ANNUAL
          seen: documented
          indicators:
            - id: own_residents
              variable: EW
              label: {de: Einwohner, en: Residents}
              definition: {de: Einwohner}
              unit: persons
              source_units: [Anzahl]
              measure_type: stock
"""


def test_two_cities_do_not_call_their_own_tables_the_same(write, tmp_path):
    write(GOOD + OWN, "one.yml")
    write(GOOD + OWN.replace("own_office", "other_office"), "two.yml")
    with pytest.raises(CityFileError) as told:
        load_all(tmp_path)
    found = [problem.what for problem in told.value.problems]
    assert any("table own-1 is there already (one.yml:" in what for what in found)
    assert any("indicator own_residents is there already" in what for what in found)
    assert {problem.file.name for problem in told.value.problems} == {"two.yml"}


def test_a_city_brings_its_own_source(write, tmp_path):
    write(GOOD + OWN)
    city = load("mainz", tmp_path)
    entry = city.statistics[-1]
    assert (entry.source.id, entry.table.code, entry.region) == ("own_office", "own-1", "07315000")
    assert str(entry.page) == "https://statistik.example.org/"
    assert "https://statistik.example.org/rest/" in city.base_urls("genesis")


@pytest.mark.parametrize(
    ("old", "new", "field", "what"),
    [
        ("own-1", "12411-01-01-4", "tables.0", "table 12411-01-01-4 is there already"),
        ("id: own_residents", "id: population", "tables.0.indicators.0", "population is there"),
        ("GEMEIN,", "gemein,", "tables.0.request.region_variable", "should match pattern"),
        ("own_office", "regionalstatistik", "", "source regionalstatistik is there already"),
        ("licence: dl-de/by-2-0", "licence: mine", "licence", "no licence we know"),
        ("system: genesis", "system: genesys", "access.system", "none of the known values"),
    ],
)
def test_a_mistake_in_an_own_source_is_told_at_its_place(write, old, new, field, what):
    text = GOOD + OWN.replace(old, new)
    problems = check(write(text))
    source = "regionalstatistik" if "regional" in new else "own_office"
    found = {problem.field: problem for problem in problems}
    problem = found[".".join(filter(None, ("statistics.sources", source, field)))]
    assert what in problem.what
    assert problem.line > GOOD.count("\n") + 1


def test_with_urls_refuses_what_is_no_url():
    with pytest.raises(ValidationError):
        load("mainz").with_urls({"council": "nowhere"})


def test_the_hosts_of_a_city_are_all_that_may_be_asked():
    guard = HostGuard(load("mainz").base_urls(), resolve=None)
    assert guard.admit("https://bi.mainz.de/si0040.php") == "https://bi.mainz.de/si0040.php"
    with pytest.raises(HostNotAllowedError):
        guard.admit("https://buergerinfo.koblenz.de/")


def test_a_new_city_file_is_valid_as_it_comes(write):
    text = template("Bad Kreuznach", "07133006", ars="071330006006")
    assert check(write(text, "bad_kreuznach.yml")) == []
    assert load("bad_kreuznach", write(text, "bad_kreuznach.yml").parent).ags == "07133006"


def test_a_new_city_file_quotes_hostile_names(write):
    text = template('Ort: "x" #y', "07133006")
    assert load("ort", write(text, "ort.yml").parent).name == 'Ort: "x" #y'


def test_a_new_city_file_refuses_wrong_keys():
    with pytest.raises(CityFileError, match="eight digits in quotes"):
        template("Mainz", "7315000")
    with pytest.raises(CityFileError, match="one of"):
        template("Mainz", "07315000", licence="mine")


def test_the_schema_for_editors_knows_every_field():
    schema = city_schema()
    assert json.loads(json.dumps(schema)) == schema
    assert set(schema["required"]) >= {"name", "ags", "ars", "licence", "publisher"}
    assert schema["additionalProperties"] is False


COUNCIL = "council:\n"


def test_a_bundle_of_certificates_is_found_beside_the_city_file(write, tmp_path):
    (tmp_path / "chain.pem").write_bytes(Path(certifi.where()).read_bytes())
    assert GOOD.count(COUNCIL) == 1
    write(GOOD.replace(COUNCIL, f"{COUNCIL}  ca_bundle: chain.pem\n"), "mainz.yml")
    found = load("mainz", tmp_path).council.ca_bundle
    assert found == tmp_path / "chain.pem"


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_a_bundle_that_cannot_be_read_is_told_with_its_line(write, tmp_path, content):
    if content is not None:
        (tmp_path / "chain.pem").write_bytes(content)
    path = write(GOOD.replace(COUNCIL, f"{COUNCIL}  ca_bundle: chain.pem\n"), "mainz.yml")
    (problem,) = check(path)
    assert problem.field == "council.ca_bundle"
    assert "no certificates can be read from chain.pem" in problem.what
    assert "PEM" in problem.mend
    assert problem.line == GOOD[: GOOD.index(COUNCIL)].count("\n") + 2
