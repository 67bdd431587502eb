"""The static catalogue as a folder, and against the official shapes of DCAT-AP.de."""

import json
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from rdflib import Graph, URIRef
from rdflib.namespace import DCAT, DCTERMS

from catalog import site
from catalog.dataset import datasets
from catalog.dcat import DCAT_3
from tests.shapes import results, with_vocabularies
from tests.unit.catalog import world

pytestmark = pytest.mark.integration

BASE = "https://daten.example/offen"


def write(folder: Path, tables: dict[str, pa.Table] | None = None, **options: Any):
    found = datasets(tables or world.tables(), world.dictionary(), world.cities(), portal_url=BASE)
    return site.write(found, folder, base_url=BASE, **options)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


# rdflib's own reader of JSON-LD still uses what rdflib has deprecated.
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
def test_what_lies_in_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "public"
    result = write(folder)
    assert (result.changed, result.datasets, result.kept) == (True, 25, ())
    names = set(contents(folder))
    assert {"catalog.ttl", "catalog.jsonld", "index.html"} < names
    for file in ("mainz-paper.csv", "mainz-paper.parquet", "datapackage.json", "dataset.ttl"):
        assert f"dataset/mainz-paper/{file}" in names
    turtle = Graph().parse(folder / "catalog.ttl")
    linked = Graph().parse(folder / "catalog.jsonld", format="json-ld")
    assert set(turtle) == set(linked)
    assert len(list(turtle.objects(None, DCAT.dataset))) == 25
    for url in turtle.objects(None, DCAT.downloadURL):
        assert str(url).removeprefix(f"{BASE}/") in names
    package = json.loads((folder / "dataset/mainz-paper/datapackage.json").read_bytes())
    assert package["licenses"][0]["name"] == "dl-de/by-2-0"


def test_a_series_lies_where_its_data_sets_say(tmp_path: Path) -> None:
    folder = tmp_path / "public"
    write(folder)
    whole = Graph().parse(folder / "catalog.ttl")
    of = URIRef(f"{BASE}/dataset/mainz-paper")
    (series,) = whole.objects(of, DCAT_3.inSeries)
    told = Graph().parse(folder / str(series).removeprefix(f"{BASE}/") / "series.ttl")
    assert set(told.objects(series, DCAT_3.seriesMember)) == {
        of,
        URIRef(f"{BASE}/dataset/trier-paper"),
    }
    assert set(told.objects(series, DCTERMS.title)) == set(whole.objects(series, DCTERMS.title))
    every = set(whole.objects(None, DCAT_3.inSeries))
    assert all((folder / str(one).removeprefix(f"{BASE}/")).is_dir() for one in every)


def test_the_page_is_german_links_the_files_and_says_what_is_invented(tmp_path: Path) -> None:
    write(tmp_path / "public")
    page = (tmp_path / "public" / "index.html").read_text("utf-8")
    assert '<html lang="de">' in page
    assert page.count("<h1>") == 1
    assert 'href="dataset/mainz-paper/mainz-paper.csv"' in page
    assert "<strong>Beispieldaten, frei erfunden.</strong>" in page
    groups = re.findall(r'<a href="#(stadt-\d+)">(.*?)</a> \((\d+)\)', page)
    assert [name for _, name, _ in groups] == ["Alle Städte", "Mainz", "Neu Stadt", "Trier"]
    assert sum(int(count) for _, _, count in groups) == page.count("<article")
    for place, name, _ in groups:
        assert f'<h2 id="{place}">{name}</h2>' in page
    assert "<script" not in page


def test_a_second_run_writes_nothing_and_another_place_gets_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "public"
    write(folder)
    target = folder.readlink()
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert write(folder).changed is False
    assert folder.readlink() == target
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
    write(tmp_path / "elsewhere")
    assert contents(tmp_path / "elsewhere") == contents(folder)


def test_what_was_withdrawn_is_on_the_disk_no_more(tmp_path: Path) -> None:
    canary = "Kanarienvogel"
    rows = world.papers("mainz", 3)
    rows[0]["main_text"] = canary
    write(tmp_path / "public", {**world.tables(), "paper": world.table("paper", rows)})
    assert canary.encode() in b"".join(contents(tmp_path).values())
    kept = tmp_path / "public" / "dataset" / "mainz-file" / "mainz-file.csv"
    inode = kept.stat().st_ino
    write(tmp_path / "public", {**world.tables(), "paper": world.table("paper", rows[1:])})
    assert canary.encode() not in b"".join(contents(tmp_path).values())
    assert kept.stat().st_ino == inode
    assert len(list(tmp_path.iterdir())) == 2
    write(tmp_path / "public", {**world.tables(), "paper": world.table("paper", [])})
    assert not (tmp_path / "public" / "dataset" / "mainz-paper").exists()


def test_blocked_data_sets_stay_as_they_were(tmp_path: Path) -> None:
    folder = tmp_path / "public"
    write(folder)
    before = contents(folder)
    result = write(folder, world.tables(5), blocked={("mainz", "paper")})
    assert result.kept == ("mainz-paper", "alle-paper")
    after = contents(folder)
    for name in ("mainz-paper", "alle-paper"):
        for file in (f"{name}.csv", "dataset.ttl"):
            assert after[f"dataset/{name}/{file}"] == before[f"dataset/{name}/{file}"]
    assert (
        after["dataset/trier-paper/trier-paper.csv"]
        != before["dataset/trier-paper/trier-paper.csv"]
    )
    nothing_yet = write(tmp_path / "new", blocked={("mainz", "paper")})
    assert nothing_yet.datasets == 23


def test_the_data_sets_of_a_city_that_left_stay_and_say_so(tmp_path: Path, samples: Path) -> None:
    folder = tmp_path / "public"
    write(folder)
    before = contents(folder)
    cities = world.cities()
    staying = cities.filter(pc.field("city_id") != "trier")

    def write_without() -> site.SiteResult:
        found = datasets(world.tables(), world.dictionary(), staying, portal_url=BASE)
        return site.write(found, folder, base_url=BASE)

    left = write_without()
    after = contents(folder)
    assert "trier-paper" in left.retired
    assert all(name.startswith("trier-") for name in left.retired)
    gone = {name for name in before if name.startswith("dataset/trier-")} - set(after)
    assert gone == set()
    csv = "dataset/trier-paper/trier-paper.csv"
    assert after[csv] == before[csv]
    whole = Graph().parse(data=after["catalog.ttl"])
    node = URIRef(f"{BASE}/dataset/trier-paper")
    said = {text.language: str(text) for text in whole.objects(node, DCTERMS.description)}
    assert said["de"].startswith("**Wird nicht mehr aktualisiert.** Trier nimmt am Seehaus nicht")
    assert said["en"].startswith("**No longer updated.** Trier no longer")
    assert str(whole.value(node, DCTERMS.accrualPeriodicity)).endswith("/frequency/NEVER")
    assert "Trier nimmt am Seehaus nicht mehr teil" in after["index.html"].decode()
    shapes = sorted((samples / "dcat-ap-de" / "shapes_v3.0").glob("*.ttl"))
    found = results(with_vocabularies(whole, samples), shapes)
    assert {severity for severity, _ in found} == {"Warning"}
    again = write_without()
    assert (again.changed, again.retired) == (False, left.retired)
    write(folder)
    assert contents(folder) == before


def test_what_an_ended_run_left_does_not_matter(tmp_path: Path) -> None:
    folder = tmp_path / "public"
    write(folder)
    whole = contents(folder)
    version = tmp_path / folder.readlink()
    folder.unlink()
    (version / "index.html").unlink()
    (tmp_path / f"{version.name}.99.tmp").mkdir()
    write(folder)
    assert contents(folder) == whole
    assert len(list(tmp_path.iterdir())) == 2


def test_a_folder_of_others_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "public").mkdir()
    with pytest.raises(site.SiteError, match="is no catalogue of ours → move it away"):
        write(tmp_path / "public")


def test_shapes_3_0(tmp_path: Path, samples: Path) -> None:
    write(tmp_path / "public")
    graph = with_vocabularies(Graph().parse(tmp_path / "public" / "catalog.ttl"), samples)
    shapes = sorted((samples / "dcat-ap-de" / "shapes_v3.0").glob("*.ttl"))
    assert len(shapes) == 5
    # One warning per data set: the 2.0 conventions still want what 3.0 calls deprecated.
    assert results(graph, shapes) == {("Warning", "politicalGeocodingURI"): 25}


def test_the_shapes_do_find_what_is_wrong(tmp_path: Path, samples: Path) -> None:
    write(tmp_path / "public")
    graph = with_vocabularies(Graph().parse(tmp_path / "public" / "catalog.ttl"), samples)
    node = URIRef(f"{BASE}/dataset/mainz-paper")
    publisher = URIRef("http://purl.org/dc/terms/publisher")
    graph.remove((node, publisher, None))
    shapes = sorted((samples / "dcat-ap-de" / "shapes_v3.0").glob("*.ttl"))
    assert results(graph, shapes)["Violation", "publisher"] >= 1


def test_conventions_2_0(tmp_path: Path, samples: Path) -> None:
    write(tmp_path / "public")
    graph = with_vocabularies(Graph().parse(tmp_path / "public" / "catalog.ttl"), samples)
    shapes = sorted((samples / "dcat-ap-de" / "shapes_v2.0").glob("*.ttl"))
    violations = {
        path for (severity, path), _ in results(graph, shapes).items() if severity == "Violation"
    }
    # Where 2.0 and 3.0 contradict each other we follow 3.0: the type of byteSize, SPDX's own
    # algorithms. "None" are regional keys, whose vocabulary is not at hand.
    assert violations == {"byteSize", "inScheme", "None"}
