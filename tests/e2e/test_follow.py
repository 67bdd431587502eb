"""One paper and one figure from the city's server to the portal and the search: one id."""

import csv
import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest
from selectolax.lexbor import LexborHTMLParser
from starlette.testclient import TestClient

from indexes.app import create_app
from indexes.embed import load_embedder
from ingestion.blobs import Blobs
from ingestion.sampleworld import World
from ingestion.sampleworld.genesis import TABLE
from tests.e2e.pipeline import Home, ckan, datastore, download, of_csv

pytestmark = [pytest.mark.portal, pytest.mark.slow, pytest.mark.timeout(1800)]

_KEY_DATE = "2024-12-31"
_SEXES = {"GES=TOTAL": "{}", "GES=GESM": '{"SEX":"M"}', "GES=GESW": '{"SEX":"F"}'}


def in_the_portal(home: Home, name: str, **key: str) -> dict[str, Any]:
    """The one row of a data set with this key: the same in DataStore, CSV and Parquet."""
    package = ckan(home.portal, "package_show", id=name)
    files = {each["name"]: each for each in package["resources"]}
    (column, wanted), *_ = key.items()
    found = ckan(
        home.portal, "datastore_search", resource_id=files["CSV"]["id"], filters=json.dumps(key)
    )
    (row,) = found["records"]
    assert len(datastore(home.portal, files["CSV"])) > 1
    (line,) = [each for each in of_csv(download(files["CSV"])) if each[column] == wanted]
    table = pq.read_table(io.BytesIO(download(files["Parquet"]))).to_pylist()
    (typed,) = [each for each in table if each[column] == wanted]
    assert line["content_sha256"] == typed["content_sha256"] == row["content_sha256"]
    static = home.data / "public" / "dataset" / name
    assert (static / f"{name}.csv").read_bytes() == download(files["CSV"])
    stored: dict[str, Any] = row
    return stored


def test_a_paper_keeps_its_id(demo, sampleworld: World) -> None:
    home: Home = demo.home
    # The city's server: the paper's own page, found through a meeting's page.
    base = sampleworld.url("mainz")
    meetings = home.rows("SELECT url FROM raw_mainz.sessionnet_meeting WHERE has_agenda")
    with httpx.Client(follow_redirects=True) as browser:
        browser.get(base)  # as everywhere: pages come only to those who have a cookie
        pages = (browser.get(meeting["url"]).content for meeting in meetings)
        link = next(
            str(node.attributes["href"])
            for content in pages
            for node in LexborHTMLParser(content).css("a[href*='vo0050.php']")
        )
        page = browser.get(base + link)
    server_id = link.partition("kvonr=")[2].partition("&")[0]
    assert page.status_code == 200
    assert server_id.isdigit()

    # Its bytes, as they were fetched.
    sha256 = hashlib.sha256(page.content).hexdigest()
    (fetched,) = home.rows("SELECT * FROM raw_mainz.fetch WHERE sha256 = ?", sha256)
    assert server_id in fetched["url"]
    assert Blobs(home.data / "blobs").get(sha256) == page.content

    # Raw, harmonised.
    (raw,) = home.rows(
        "SELECT * FROM raw_mainz.sessionnet_paper WHERE id = ? AND _dlt_valid_to IS NULL", server_id
    )
    assert raw["name"] in LexborHTMLParser(page.content).text()
    paper_id = f"mainz:{server_id}"
    (harmonised,) = home.rows("SELECT * FROM harmonised.paper WHERE paper_id = ?", paper_id)
    assert harmonised["name"] == raw["name"]
    assert harmonised["content_sha256"] == raw["content_sha256"]

    # The portal: of the city and of all cities.
    for name in ("mainz-paper", "alle-paper"):
        row = in_the_portal(home, name, paper_id=paper_id)
        assert row["name"] == raw["name"]
        assert row["source_url"] == harmonised["source_url"] == raw["url"]
        assert row["content_sha256"] == raw["content_sha256"]

    # The search.
    asked = home.seehaus("search", raw["name"], "--city", "mainz", "--json")
    assert asked.code == 0, asked.said
    hit = json.loads(asked.out)["hits"][0]
    assert hit["paper_id"] == paper_id
    assert hit["source_url"] == raw["url"]
    assert hit["dataset_url"] == f"{home.portal.url}/dataset/mainz-paper"
    # Its file leads to the same document: the server still hands out the bytes that were read.
    (file,) = home.rows("SELECT * FROM harmonised.file WHERE file_id = ?", hit["file_id"])
    assert file["paper_id"] == paper_id
    assert hit["file_url"].startswith(file["access_url"])
    document = httpx.get(file["access_url"]).content
    assert hashlib.sha256(document).hexdigest() == file["sha256"]


def figures(body: bytes) -> list[dict[str, str]]:
    """The rows of the statistics office's ZIP."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        (name,) = archive.namelist()
        text = archive.read(name).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def test_an_observation_keeps_its_id(demo, sampleworld: World) -> None:
    home: Home = demo.home
    answer = httpx.post(
        f"{sampleworld.statistics_url}data/tablefile",
        headers={"username": "beispiel", "password": "beispiel"},
        data={"name": TABLE, "format": "ffcsv", "regionalkey": "07315", "startyear": "2024"},
    )
    (told,) = [
        row
        for row in figures(answer.content)
        if row["time"] == _KEY_DATE and not row["2_variable_attribute_code"]
    ]
    assert told["1_variable_attribute_code"] == "07315"

    # Raw, and the bytes behind it.
    (raw,) = home.rows(
        "SELECT * FROM raw_mainz.genesis_observation WHERE _dlt_valid_to IS NULL "
        "AND table_code = ? AND time = ?::date AND dimensions = '{}'",
        TABLE,
        _KEY_DATE,
    )
    assert raw["value_raw"] == told["value"]
    observation_id = f"mainz:{raw['id']}"
    (row,) = home.rows(
        "SELECT o.*, r.sha256 FROM harmonised.observation AS o "
        "JOIN harmonised.retrieval AS r USING (retrieval_id) WHERE observation_id = ?",
        observation_id,
    )
    stored = figures(Blobs(home.data / "blobs").get(row["sha256"]))
    assert told in stored

    # Harmonised, portal.
    assert row["value"] == float(told["value"])
    assert row["content_sha256"] == raw["content_sha256"]
    for name in ("mainz-observation", "alle-observation"):
        published = in_the_portal(home, name, observation_id=observation_id)
        assert published["value"] == row["value"]
        assert published["retrieval_id"] == row["retrieval_id"]
        assert published["content_sha256"] == raw["content_sha256"]

    # The search, over HTTP: the hit's data set holds the row.
    app = create_app(
        home.data / "index",
        portal_url=home.portal.url,
        embedder=lambda: load_embedder("builtin", cache=home.data / "models", threads=0),
    )
    with TestClient(app) as client:
        query = {"q": "Wie viele Einwohner hat Mainz?", "city": "mainz", "kind": "statistic"}
        hits = client.get("/api/search", params=query).json()["hits"]
    # Other indicators of the city are hits as well.
    (hit,) = (each for each in hits if each["indicator_id"] == row["indicator_id"])
    assert hit["value"] == row["value"]
    assert hit["value_date"] == _KEY_DATE
    name = hit["dataset_url"].removeprefix(f"{home.portal.url}/dataset/")
    assert in_the_portal(home, name, observation_id=observation_id)["value"] == hit["value"]


def test_the_figures_are_the_statistics_offices(demo, samples: Path) -> None:
    """Every observation of the newest key date, in CKAN, against the recorded real tables."""
    with (samples / "four_cities_facts.csv").open(encoding="utf-8") as lines:
        facts = {
            (f"{row['ags'][:5]}0000000", _SEXES[row["dimensions"]]): float(row["value_raw"])
            for row in csv.DictReader(lines)
            if row["indicator_source_code"] == "12411:BEVSTD"
            and row["period_raw"] == _KEY_DATE
            and row["dimensions"] in _SEXES
        }
    assert len(facts) == 12
    published = {
        (row["ars"], row["dimensions"]): row["value"]
        for row in map(json.loads, demo.published["alle-observation"].rows)
        if (row["indicator_id"], row["period_end_date"]) == ("population", _KEY_DATE)
    }
    assert published == facts
