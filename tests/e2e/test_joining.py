"""A municipality joins with one YAML file: from its OParl server to data sets and a search hit."""

import json
import os
import subprocess
import sys

import pytest

from ingestion.sampleworld import world
from ingestion.sampleworld.papers import paper
from ingestion.statistics import load_sources

PAPERS = 20


def seehaus(environment, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "orchestration.cli", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(300)
def test_one_file_brings_a_city_from_oparl_to_the_search(tmp_path):
    cities = tmp_path / "cities"
    cities.mkdir()
    environment = {
        "SEEHAUS_DATA": str(tmp_path / "data"),
        "SEEHAUS_CITIES": str(cities),
        "SEEHAUS_CKAN_URL": "",
        "SEEHAUS_CITY_URLS": "",
    }
    environment = {name: value for name, value in environment.items() if value}
    with world(papers=PAPERS) as servers:
        url = f"{servers.url('musterstadt').split('/oparl')[0].rstrip('/')}/oparl/system"
        new = ("--name", "Musterstadt am See", "--ags", "07999999", "--system", "oparl")
        seehaus(environment, "city", "new", "musterstadt", *new, "--url", url)
        file = cities / "musterstadt.yml"
        # No statistics office here, and our own machine needs no politeness.
        text = file.read_text(encoding="utf-8").replace("per_second: 1 ", "per_second: 50 ")
        codes = [table.code for source in load_sources().values() for table in source.tables]
        text += f"\nstatistics:\n  without: [{', '.join(codes)}]\n"
        file.write_text(text, encoding="utf-8")
        assert "1 city files are valid" in seehaus(environment, "city", "check")
        seehaus(environment, "run")
        figures = json.loads(seehaus(environment, "status", "--json"))
        first = paper(servers.councils["musterstadt"], 0)
    found = figures["cities"]["musterstadt"]
    assert found["papers"] == PAPERS
    assert min(found[label] for label in ("meetings", "files", "pages", "passages")) > 0
    assert figures["last_run"]["problems"] == []
    names = {one["name"] for one in figures["portal"]["datasets"]}
    assert {"musterstadt-paper", "musterstadt-file", "alle-paper"} <= names
    answer = json.loads(seehaus(environment, "search", first.title, "--json", "--limit", "3"))
    assert first.title in {hit["title"] for hit in answer["hits"]}
    assert {hit["city_id"] for hit in answer["hits"]} == {"musterstadt"}
