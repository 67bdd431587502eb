"""Statistics sources: what is valid, every mistake with line and mend, and the seeds of them."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.city import load_all
from ingestion.derived import load_derived
from ingestion.seeds import seeds
from ingestion.statistics import (
    SOURCES,
    SourceFileError,
    check,
    entries,
    load_sources,
    read_sources,
)
from ingestion.systems._genesis_model import GenesisRequest

ROOT = Path(__file__).parents[3]
SEEDS = ROOT / "transforms" / "seeds"
GOOD = """\
name: Ein Amt
page: https://amt.example.org/
licence: dl-de/by-2-0
attribution: Ein Amt
is_redistributable: true
access: {system: genesis, url: https://amt.example.org/rest/}
signs:
  - sign: "-"
    position: value
    obs_status: O
    meaning: {de: nichts vorhanden, en: nothing}
dimensions:
  - variable: GES
    dimension: SEX
    label: {de: Geschlecht, en: Sex}
    members:
      - {code: GESM, member: M, label: {de: männlich, en: male}}
tables:
  - code: 99-01
    title: {de: Einwohner, en: Residents}
    request: {region_variable: KREISE, region_level: district}
    theme: soci
    accrual: ANNUAL
    seen: documented
    bases:
      - basis: census-2022
        period_from: 2022-05-15
        evidence: Amt
    indicators:
      - id: residents
        variable: EW
        label: {de: Einwohner, en: Residents}
        definition: {de: "Einwohner, \\"alle\\""}
        unit: persons
        source_units: [Anzahl, number]
        factor: 1000
        measure_type: stock
"""


@dataclass(frozen=True)
class Keys:
    ags: str
    ars: str


MAINZ = Keys("07315000", "073150000000")
KREUZNACH = Keys("07133006", "071330006006")


def write(folder: Path, text: str = GOOD, name: str = "office.yml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def line_of(text: str) -> int:
    return GOOD[: GOOD.index(text)].count("\n") + 1


def test_the_networks_list_is_valid() -> None:
    assert [check(path) for path in sorted(SOURCES.glob("*.yml"))] == [
        [] for _ in SOURCES.glob("*.yml")
    ]
    assert "regionalstatistik" in load_sources()


def test_a_source_is_read_as_it_stands(tmp_path: Path) -> None:
    write(tmp_path)
    source = load_sources(tmp_path)["office"]
    (table,) = source.tables
    assert (source.id, source.access.system, table.code) == ("office", "genesis", "99-01")
    assert isinstance(table.request, GenesisRequest)
    assert table.request.region_variable == "KREISE"
    assert (table.indicators[0].factor, table.indicators[0].decimals) == (1000, 0)


@pytest.mark.parametrize(
    ("old", "new", "field", "what", "mend"),
    [
        ("theme: soci", "theme: soci\n    tema: x", "tables.0.tema", "unknown field", "`theme`?"),
        ("[Anzahl, number]", "[]", "tables.0.indicators.0.source_units", "no entry", "at least"),
        ("obs_status: O", "obs_status: X", "signs.0.obs_status", "none of", "'A'"),
        ("accrual: ANNUAL", "accrual: yearly", "tables.0.accrual", "none of", "'ANNUAL'"),
        ("licence: dl-de/by-2-0", "licence: dl-de/by", "licence", "no licence", "dl-de/by-2-0"),
        ("code: 99-01", "code: '9'", "tables.0.code", "match pattern", "the source's own code"),
        ("theme: soci", "theme: people", "tables.0.theme", "none of", "'soci'"),
        ("unit: persons", "unit: Personen", "tables.0.indicators.0.unit", "pattern", "persons"),
        ("factor: 1000", "factor: 0", "tables.0.indicators.0.factor", "greater than 0", "another"),
        (
            "region_level: district",
            "region_level: kreis",
            "tables.0.request.region_level",
            "none of the known values",
            "'district'",
        ),
        (
            "https://amt.example.org/rest/",
            "https://amt.example.org/rest",
            "access.url",
            "ends with /",
            "ends with /",
        ),
        (
            "period_from: 2022-05-15",
            "period_from: bald",
            "tables.0.bases.0.period_from",
            "",
            "2022",
        ),
        ("member: M,", "member: männlich,", "dimensions.0.members.0.member", "pattern", "_T"),
    ],
)
def test_a_mistake_is_told_with_line_and_mend(
    tmp_path: Path, old: str, new: str, field: str, what: str, mend: str
) -> None:
    (problem,) = check(write(tmp_path, GOOD.replace(old, new, 1)))
    assert problem.field == field
    assert what in problem.what
    assert mend in problem.mend
    assert problem.line == line_of(old) + new.count("\n")


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ('  - {sign: "-", position: value, obs_status: O, meaning: {de: a, en: b}}\n', "sign - of"),
        ("      - {code: GESM, member: F, label: {de: a, en: b}}\n", "member GESM of GES of"),
    ],
)
def test_what_is_named_twice_is_told_at_the_second_place(
    tmp_path: Path, more: str, what: str
) -> None:
    before = "dimensions:\n" if "sign" in more else "tables:\n"
    (problem,) = check(write(tmp_path, GOOD.replace(before, more + before)))
    assert what in problem.what
    assert problem.line == line_of(before)


def test_two_sources_do_not_share_a_table_or_an_indicator(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, GOOD, "second.yml")
    with pytest.raises(SourceFileError) as caught:
        load_sources(tmp_path)
    assert [(each.file.name, each.what.partition(" is")[0]) for each in caught.value.problems] == [
        ("second.yml", "table 99-01"),
        ("second.yml", "indicator residents"),
        ("second.yml", "variable EW of 99-01"),
    ]
    assert "office.yml:" in caught.value.problems[0].what


def test_a_denominator_must_be_an_indicator(tmp_path: Path) -> None:
    text = GOOD.replace("        factor", "        denominator: resident\n        factor")
    (problem,) = check(write(tmp_path, text))
    assert problem.mend == "did you mean `residents`?"


@pytest.mark.parametrize(
    ("level", "mainz", "kreuznach"),
    [
        ("district", "07315", None),
        ("municipality", "07315000", "07133006"),
        ("ars", "073150000000", "071330006006"),
        ("state", "07", "07"),
        ("none", "", ""),
    ],
)
def test_the_region_is_the_citys_own_key(
    tmp_path: Path, level: str, mainz: str, kreuznach: str | None
) -> None:
    write(tmp_path, GOOD.replace("district", level))
    sources = load_sources(tmp_path).values()
    assert [entry.region for entry in entries(MAINZ, sources)] == [mainz]
    # A town within a district must not bear the district's figures.
    found = [entry.region for entry in entries(KREUZNACH, sources)]
    assert found == ([] if kreuznach is None else [kreuznach])
    assert entries(MAINZ, sources, {"99-01"}) == ()


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_seeds_say_what_the_yaml_says(tmp_path: Path) -> None:
    write(tmp_path)
    made = seeds(load_sources(tmp_path).values(), load_derived())
    (indicator,) = rows(made["indicators"])
    assert indicator["source_id"] == "office"
    assert indicator["definition_de"] == 'Einwohner, "alle"'
    assert (indicator["source_units"], indicator["factor"]) == ("Anzahl|number", "1000")
    (basis,) = rows(made["bases"])
    assert (basis["period_from"], basis["period_to"]) == ("2022-05-15", "")
    (table,) = rows(made["statistic_tables"])
    assert table["page_url"] == "https://amt.example.org/"
    assert table["accrual"].endswith("/frequency/ANNUAL")
    assert rows(made["sources"])[0]["is_redistributable"] == "true"
    assert all("\r" not in text for text in made.values())


def test_the_seeds_in_the_repository_are_those_of_the_sources() -> None:
    sources = {each.source.id: each.source for each in read_sources()}
    for city in load_all():
        sources |= {entry.source.id: entry.source for entry in city.statistics}
    for name, text in seeds(sources.values(), load_derived()).items():
        assert (SEEDS / f"{name}.csv").read_bytes() == text.encode(), f"{name} → seehaus docs"


def test_the_docs_tell_what_was_seen() -> None:
    page = (ROOT / "docs" / "sources" / "statistics.md").read_text("utf-8")
    told = {
        cells[1]: (cells[3], {name for name in cells[4].split(", ") if name.startswith("*")})
        for line in page.splitlines()
        if len(cells := [cell.strip() for cell in line.split("|")]) == 6
    }
    for table in load_sources()["regionalstatistik"].tables:
        assumed = {f"*{each.variable}*" for each in table.indicators if each.seen == "assumed"}
        assert told[table.code] == (table.seen, assumed)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.integers(0, len(GOOD)))
def test_any_text_is_a_source_or_is_told_why_not(text: str, at: int) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "office.yml"
        path.write_text(GOOD[:at] + text + GOOD[at:], encoding="utf-8", errors="replace")
        problems = check(path)
    lines = (GOOD[:at] + text + GOOD[at:]).count("\n") + len(text) + 2
    assert all(problem.mend and 1 <= problem.line <= lines for problem in problems)
