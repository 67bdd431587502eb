"""The systems' own words and the shared vocabularies: what means the same gets the same code."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import duckdb
import jinja2
import pytest

pytestmark = pytest.mark.integration

TRANSFORMS = Path(__file__).parents[3] / "transforms"
SEEDS = TRANSFORMS / "seeds"
VOCABULARIES = ("paper_types", "organization_types", "vote_results", "consultation_roles")


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


WORDINGS = read(Path(__file__).with_name("wordings.csv"))


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE wordings AS SELECT * FROM read_csv(?, all_varchar=true)",
            [str(SEEDS / "wordings.csv")],
        )
        connection.execute('ALTER TABLE wordings ALTER "rank" TYPE integer')
        yield connection


def codes(con: duckdb.DuckDBPyConnection, vocabulary: str, words: list[str]) -> dict[str, str]:
    """What the macro that the models use says of some words."""
    macros = "".join((TRANSFORMS / "macros" / name).read_text("utf-8") for name in _MACROS)
    environment = jinja2.Environment(autoescape=False, undefined=jinja2.StrictUndefined)
    template = environment.from_string(
        macros + f"{{{{ codes('{vocabulary}', 'wording', 'said') }}}}"
    )
    con.execute("CREATE OR REPLACE TABLE said AS SELECT unnest(?) AS wording", [words])
    sql = template.render({"ref": lambda name: name})
    return dict(con.execute(f"SELECT wording, code FROM {sql}").fetchall())


_MACROS = ("text.sql", "codes.sql")


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_known_wordings_get_their_code(con: duckdb.DuckDBPyConnection, vocabulary: str) -> None:
    expected = {row["wording"]: row["code"] for row in WORDINGS if row["vocabulary"] == vocabulary}
    assert len(expected) > 20
    found = codes(con, vocabulary, list(expected))
    assert {word: found.get(word, "") for word in expected} == expected


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_case_umlauts_and_blanks_do_not_matter(
    con: duckdb.DuckDBPyConnection, vocabulary: str
) -> None:
    words = [row["wording"] for row in WORDINGS if row["vocabulary"] == vocabulary]
    plain = codes(con, vocabulary, words)
    for change in (
        str.upper,
        lambda word: f"  {word}.",
        lambda word: word.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue"),
        lambda word: word.replace("ä", "a\u0308").replace("ö", "o\u0308").replace("ü", "u\u0308"),
    ):
        changed = codes(con, vocabulary, [change(word) for word in words])
        assert {word: changed.get(change(word)) for word in plain} == plain


def test_every_code_is_a_term_and_every_term_can_be_reached() -> None:
    terms = {name: {row["code"] for row in read(SEEDS / f"{name}.csv")} for name in VOCABULARIES}
    reached: dict[str, set[str]] = defaultdict(set)
    ranks: dict[str, list[str]] = defaultdict(list)
    for row in read(SEEDS / "wordings.csv"):
        reached[row["vocabulary"]].add(row["code"])
        ranks[row["vocabulary"]].append(row["rank"])
    assert reached == terms
    assert all(len(set(each)) == len(each) for each in ranks.values())
    tested = {
        name: {row["code"] for row in WORDINGS if row["vocabulary"] == name} - {""}
        for name in VOCABULARIES
    }
    assert tested == terms


def test_the_four_cities_kinds_of_paper_are_the_same_codes(con: duckdb.DuckDBPyConnection) -> None:
    """SessionNet and ALLRIS name the same kinds of paper in words of their own."""
    mainz = ("Beschlussvorlage", "Antrag", "Anfrage", "Mitteilung", "Nachtrag")
    koblenz = ("Beschlussvorlage", "Antrag", "Anfrage", "Unterrichtungsvorlage", "Nachtrag")
    trier = ("Vorlage", "Antrag der Fraktion", "Mündliche Anfrage", "Information", "Ergänzung")
    ludwigshafen = ("Sitzungsvorlage", "Anträge", "Anfragen", "Kenntnisnahme", "1. Ergänzung")
    for city in (mainz, koblenz, trier, ludwigshafen):
        found = codes(con, "paper_types", list(city))
        assert [found.get(word) for word in city] == [
            "proposal",
            "motion",
            "question",
            "notice",
            "supplement",
        ]
