import datetime as dt
import json
from pathlib import Path
from types import ModuleType

import pytest

from indexes.build import build
from indexes.embed import BuiltinE5
from indexes.passages import passages
from indexes.query import QueryError
from indexes.search import Index, MismatchError, NoIndexError, kept_passages

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("index")


@pytest.fixture(scope="module")
def index(corpus: ModuleType, folder: Path) -> Index:
    embedder = BuiltinE5(folder / "model")
    build(passages(corpus.tables()), folder, embedder)
    return Index.open(folder, embedder, portal_url="http://portal.example/")


@pytest.mark.parametrize(
    ("query", "paper"),
    [
        ("Wo entstehen neue Fahrradstraßen?", "mainz:101"),
        ("Radwege", "mainz:101"),
        ("Renovierung einer Sporthalle", "mainz:102"),
        ("Heizen ohne Gas", "trier:201"),
        ("Plätze im Kindergarten", "trier:202"),
        ("Was hilft gegen Überschwemmungen am Fluss?", "koblenz:301"),
        ("Bücher ausleihen am Wochenende", "koblenz:302"),
        ("Schulden der Stadt und Steuern", "ludwigshafen:401"),
    ],
)
def test_finds_the_paper_by_meaning(query: str, paper: str, index: Index) -> None:
    assert index.search(query, kinds=["paper", "agenda_item"], k=1).hits[0].paper_id == paper


def test_a_hit_leads_to_the_page_the_source_and_the_data_set(index: Index) -> None:
    (hit,) = index.search("Kosten und Baubeginn des Radverkehrskonzepts", k=1).hits
    assert (hit.paper_id, hit.file_id, hit.page) == ("mainz:101", "mainz:9101", 2)
    assert hit.file_url == "https://ris.mainz.example/file/9101.pdf#page=2"
    assert hit.source_url == "https://ris.mainz.example/paper/101"
    assert hit.dataset_url == "http://portal.example/dataset/mainz-paper"
    assert (hit.date, hit.organization) == (dt.date(2026, 8, 1), "Verkehrsausschuss")
    assert "<mark>Kosten</mark>" in hit.snippet_html


@pytest.mark.parametrize("query", ["0815/2026", "Was ist aus 815/2026 geworden?", "DS 0815 / 2026"])
def test_an_exact_reference_comes_first(query: str, index: Index) -> None:
    first, second = index.search(query, k=2).hits
    assert first.reference == "0815/2026"
    assert first.score > second.score + 0.5


def test_a_reference_outside_the_filter_is_not_found(index: Index) -> None:
    hits = index.search("0815/2026", cities=["trier"]).hits
    assert {hit.city_id for hit in hits} == {"trier"}


def test_an_agenda_items_number_lifts_it(index: Index) -> None:
    hit = index.search("TOP 5 Stadtrat", k=1).hits[0]
    assert (hit.kind, hit.number) == ("agenda_item", "Ö 5")


def test_a_statistic_shows_its_newest_number(index: Index) -> None:
    hit = index.search("Wie viele Menschen wohnen in Trier?", kinds=["statistic"], k=1).hits[0]
    assert (hit.city_id, hit.value, hit.value_unit) == ("trier", 101_001.0, "persons")
    assert hit.value_date == dt.date(2023, 12, 31)


def test_filters_hold(index: Index) -> None:
    hits = index.search("Stadt", cities=["koblenz", "trier"], kinds=["paper"], k=50).hits
    assert {hit.city_id for hit in hits} == {"koblenz", "trier"}
    assert {hit.kind for hit in hits} == {"paper"}


def test_a_filter_that_nothing_passes_finds_nothing(index: Index) -> None:
    assert index.search("Radweg", cities=["worms"]).hits == ()


def test_each_paper_comes_once(index: Index) -> None:
    papers = [hit.paper_id for hit in index.search("Stadt", k=50).hits if hit.paper_id]
    assert len(papers) == len(set(papers)) == 7


def test_says_when_no_word_was_found(index: Index) -> None:
    assert index.search("Radverkehr", k=1).has_words
    assert not index.search("cycling", k=1).has_words


def test_the_longest_query_is_searched_and_a_longer_one_refused(index: Index) -> None:
    assert index.search("Radweg " * 71).hits
    with pytest.raises(QueryError, match="at most 500"):
        index.search("Radweg " * 72)


@pytest.mark.parametrize("k", [0, 51])
def test_refuses_a_number_of_hits_out_of_range(k: int, index: Index) -> None:
    with pytest.raises(ValueError, match="1 to 50"):
        index.search("Radweg", k=k)


def test_says_so_when_there_is_no_index(corpus: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(NoIndexError, match="no index yet"):
        Index.open(tmp_path, corpus.CountingEmbedder())


@pytest.mark.usefixtures("index")
def test_another_model_is_refused_with_the_mend(corpus: ModuleType, folder: Path) -> None:
    with pytest.raises(MismatchError, match=r"model multilingual-e5-small, here counting.*build"):
        Index.open(folder, corpus.CountingEmbedder())


@pytest.mark.parametrize("name", ["passage_maker", "lexical", "format", "weights_sha256"])
def test_another_version_is_refused(name: str, corpus: ModuleType, tmp_path: Path) -> None:
    embedder = corpus.CountingEmbedder()
    build(passages(corpus.tables()), tmp_path, embedder)
    path = tmp_path / "current" / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {name: "old"}))
    with pytest.raises(MismatchError, match=r"built with .* old, here"):
        Index.open(tmp_path, embedder)


def test_a_new_version_is_used_at_once(corpus: ModuleType, tmp_path: Path) -> None:
    embedder = corpus.CountingEmbedder()
    build(passages(corpus.tables()), tmp_path, embedder)
    open_index = Index.open(tmp_path, embedder)
    assert open_index.search("Seilbahn").version == 1
    made = corpus.rows()
    made["document_page"].append(
        {"file_id": "mainz:9101", "city_id": "mainz", "page": 3, "text": "Eine Seilbahn kommt."}
    )
    build(passages(corpus.tables(made)), tmp_path, embedder)
    answer = open_index.search("Seilbahn", k=1)
    assert (answer.version, answer.hits[0].page) == (2, 3)


def test_a_hostile_source_gets_no_link(corpus: ModuleType, tmp_path: Path) -> None:
    made = corpus.rows()
    made["paper"][0]["source_url"] = "javascript:alert(1)"
    made["file"][0]["access_url"] = "data:text/html,x"
    made["document_page"][0]["text"] = "<script>alert(1)</script> Fahrradstraße"
    embedder = corpus.CountingEmbedder()
    build(passages(corpus.tables(made)), tmp_path, embedder)
    hits = Index.open(tmp_path, embedder).search("alert script", k=50).hits
    hit = next(one for one in hits if one.paper_id == "mainz:101")
    assert (hit.source_url, hit.file_url) == (None, None)
    assert "<script" not in hit.snippet_html


def test_a_citys_passages_can_be_kept_for_the_next_index(
    corpus: ModuleType, tmp_path: Path
) -> None:
    table = passages(corpus.tables())
    assert kept_passages(tmp_path, ["trier"]).num_rows == 0
    build(table, tmp_path, corpus.CountingEmbedder())
    kept = kept_passages(tmp_path, ["trier", "worms"])
    wanted = [row for row in table.to_pylist() if row["city_id"] == "trier"]
    assert kept.to_pylist() == wanted
    assert kept.schema == table.schema


def test_passages_of_another_maker_are_not_kept(corpus: ModuleType, tmp_path: Path) -> None:
    build(passages(corpus.tables()), tmp_path, corpus.CountingEmbedder())
    path = tmp_path / "current" / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"passage_maker": "0"}))
    assert kept_passages(tmp_path, ["trier"]).num_rows == 0


def test_a_pilot_report_is_one_hit_with_its_best_section(
    corpus: ModuleType, tmp_path: Path
) -> None:
    made = corpus.rows()
    other = {"pilot_report_id": "trier:scan", "city_id": "trier", "title": "Alte Akten lesen"}
    made["pilot_report"] = [corpus.PILOT, corpus.PILOT | other]
    embedder = corpus.CountingEmbedder()
    build(passages(corpus.tables(made)), tmp_path, embedder)
    index = Index.open(tmp_path, embedder, portal_url="http://portal.example")
    found = index.search("Wie viele Arbeitstage?", kinds=["pilot_report"], k=9).hits
    assert {hit.pilot_report_id for hit in found} == {"mainz:suche", "trier:scan"}
    assert len(found) == 2
    (hit,) = index.search("Arbeitstage", kinds=["pilot_report"], cities=["mainz"], k=9).hits
    assert (hit.kind, hit.city_name, hit.title) == ("pilot_report", "Mainz", "Vorlagen finden")
    assert (hit.section, hit.date) == ("Aufwand", dt.date(2026, 6, 30))
    assert (hit.source_url, hit.file_url) == (None, None)
    assert hit.dataset_url == "http://portal.example/dataset/alle-pilot-report"
    assert "<mark>Arbeitstage</mark>" in hit.snippet_html
