"""The sample world over HTTP: protocols, marks, determinism, faults, processes."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import jsonschema
import pytest
from selectolax.lexbor import LexborHTMLParser

from ingestion.sampleworld import Fault, World, world
from ingestion.sampleworld.genesis import TABLE
from ingestion.sampleworld.papers import MARK, file_id

pytestmark = pytest.mark.integration

AJAX = {"Wicket-Ajax": "true", "X-Requested-With": "XMLHttpRequest"}
RIGHT = {"username": "beispiel", "password": "beispiel"}
ASKED = {"name": TABLE, "format": "ffcsv", "regionalkey": "07211"}
SESSIONNET = ("mainz", "koblenz", "ludwigshafen")


@pytest.fixture(scope="module")
def served() -> Iterator[World]:
    with world(seed=3, papers=24) as made:
        yield made


@pytest.fixture
def http(served: World) -> Iterator[httpx.Client]:
    with httpx.Client(follow_redirects=True) as client:
        yield client
    served.faults.clear()


def pages(served: World, http: httpx.Client, city: str) -> Iterator[str]:
    """All pages of a SessionNet or ALLRIS council."""
    base, council = served.url(city), served.councils[city]
    months = sorted({(each.date.year, each.date.month) for each in council.meetings})
    for year, month in months:
        if city == "trier":
            yield http.get(f"{base}si010?MM={month}&YY={year}").text
        else:
            yield http.get(f"{base}si0040.php?__cjahr={year}&__cmonat={month}").text
    agenda = "to0040.php" if city == "ludwigshafen" else "si0057.php"
    for meeting in council.meetings:
        if meeting.is_published and city == "trier":
            yield http.get(f"{base}to010?SILFDNR={meeting.id}&refresh=false").text
        elif city != "trier":
            yield http.get(f"{base}{agenda}?__ksinr={meeting.id}").text
    for index in range(council.paper_count):
        number = council.paper_id(index)
        if city == "trier":
            yield http.get(f"{base}vo020?VOLFDNR={number}&refresh=false").text
        else:
            yield http.get(f"{base}vo0050.php?__kvonr={number}").text
            yield http.get(f"{base}vo0053.php?__kvonr={number}").text


@pytest.mark.parametrize("city", [*SESSIONNET, "trier"])
def test_every_page_is_html_and_bears_the_mark(
    served: World, http: httpx.Client, city: str
) -> None:
    for text in pages(served, http, city):
        assert MARK in text
        body = LexborHTMLParser(text).body
        assert body is not None
        assert len(body.text()) > 100


def test_two_worlds_serve_the_same_bytes(served: World, http: httpx.Client) -> None:
    with world(seed=3, papers=24) as other, httpx.Client(follow_redirects=True) as fresh:
        for city in (*SESSIONNET, "trier"):
            assert list(pages(served, http, city)) == list(pages(other, fresh, city))


def test_sessionnet_wants_a_cookie(served: World) -> None:
    with httpx.Client() as fresh:
        first = fresh.get(f"{served.url('mainz')}si0040.php")
        assert first.status_code == 302
        assert "PHPSESSID" in first.cookies


def test_unchanged_answers_are_304(served: World, http: httpx.Client) -> None:
    council = served.councils["mainz"]
    for path in ("si0040.php", f"getfile.php?id={file_id(council, 0, 0)}&type=do"):
        first = http.get(served.url("mainz") + path)
        again = http.get(
            served.url("mainz") + path, headers={"If-None-Match": first.headers["etag"]}
        )
        assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


def test_the_wicket_calendar_needs_headers_and_session(served: World, http: httpx.Client) -> None:
    base = served.url("trier")
    page = http.get(f"{base}si010?MM=10&YY=2026")
    found = re.search(r'"u":"\./([^"]+)"', page.text)
    assert found
    rows = http.get(base + found[1], headers=AJAX)
    assert rows.headers["content-type"].startswith("text/xml")
    assert "calenderView" in rows.text
    with httpx.Client() as fresh:
        assert fresh.get(base + found[1]).status_code == 302
        assert "<redirect>" in fresh.get(base + found[1], headers=AJAX).text


def test_the_committees_of_allris_need_headers_and_session_too(
    served: World, http: httpx.Client
) -> None:
    base = served.url("trier")
    found = re.search(r'"u":"\./(gr010[^"]+)"', http.get(f"{base}gr010").text)
    assert found
    rows = http.get(base + found[1], headers=AJAX).text
    listed = {int(number) for number in re.findall(r"gr020\?GRLFDNR=(\d+)", rows)}
    assert {each.id for each in served.councils["trier"].bodies} < listed
    with httpx.Client() as fresh:
        assert "<redirect>" in fresh.get(base + found[1], headers=AJAX).text
    page = http.get(f"{base}gr020?GRLFDNR={min(listed)}").text
    person = re.search(r"kp020\?KPLFDNR=\d+", page)
    assert person
    assert "Mitgliedschaften" in http.get(base + person[0]).text
    assert http.get(f"{base}gr020?GRLFDNR=99").url.path == "/public/noauth"


def test_sessions_of_allris_end_in_the_middle_where_the_fault_is_on(
    served: World, http: httpx.Client
) -> None:
    base = served.url("trier")
    served.faults.on("expired_sessions@trier")
    told = []
    for _ in range(9):
        found = re.search(r'"u":"\./(gr010[^"]+)"', http.get(f"{base}gr010").text)
        assert found
        answer = http.get(base + found[1], headers=AJAX)
        told.append((answer.status_code, "GRLFDNR" in answer.text))
    # The third refusal is a page in place of the rows.
    assert sorted(told) == [(200, False), *[(200, True)] * 6, (404, False), (410, False)]


def test_oparl_is_valid(served: World, http: httpx.Client, samples: Path) -> None:
    schemas = {
        path.stem: json.loads(path.read_text()) for path in (samples / "oparl-schema").glob("*")
    }
    checked = 0

    def check(thing: dict[str, object]) -> None:
        nonlocal checked
        jsonschema.validate(thing, schemas[str(thing["type"]).rpartition("/")[2]])
        checked += 1
        for value in thing.values():
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, dict) and "schema.oparl.org" in str(each.get("type")):
                    check(each)

    system = http.get(served.url("musterstadt")).json()
    check(system)
    body = http.get(system["body"]).json()["data"][0]
    check(body)
    lists = [url for url in body.values() if isinstance(url, str) and "/body/1/" in url]
    assert len(lists) == 10
    for url in lists:
        following: str | None = f"{url}?limit=10"
        total = 0
        while following:
            answer = http.get(following).json()
            for thing in answer["data"]:
                check(thing)
            total += len(answer["data"])
            following = answer["links"].get("next")
            assert following is None or "limit=10" in following
        assert total == answer["pagination"]["totalElements"]
        assert http.get(thing["id"]).json() == thing
    assert checked > 800


def test_oparl_tells_what_changed(served: World, http: httpx.Client) -> None:
    council = served.councils["musterstadt"]
    root = served.url("musterstadt").removesuffix("system")
    since = {"modified_since": f"{served.today}T00:00:00+01:00"}
    assert http.get(f"{root}body/1/file", params=since).json()["data"] == []
    served.faults.on("withdrawn")
    gone = http.get(f"{root}body/1/file", params=since).json()["data"]
    assert [each["deleted"] for each in gone] == [True]
    assert (
        http.get(
            f"{root}file/{file_id(council, council.target(Fault.WITHDRAWN), 0)}/data"
        ).status_code
        == 410
    )


def table(served: World, http: httpx.Client, **more: str) -> httpx.Response:
    return http.post(f"{served.statistics_url}data/tablefile", headers=RIGHT, data=ASKED | more)


def rows(answer: httpx.Response) -> str:
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return archive.read(archive.namelist()[0]).decode("utf-8-sig")


def test_genesis_serves_the_true_figures(served: World, http: httpx.Client) -> None:
    assert ";;Insgesamt;104342;" in rows(table(served, http))
    both = rows(table(served, http, startyear="2023"))
    assert ";;Insgesamt;103986;" in both
    assert len(both.splitlines()) == 7
    served.faults.on("old_vintage")
    assert ";;Insgesamt;112737;" in rows(table(served, http))
    served.faults.clear()
    served.faults.on("shifted_table")
    assert "MeasureUnitNotFound!" in rows(table(served, http))
    served.faults.clear()
    served.faults.on("html_500")
    assert table(served, http).status_code == 500


def test_genesis_refuses_as_the_real_one(served: World, http: httpx.Client) -> None:
    url = f"{served.statistics_url}data/tablefile"
    nobody = http.post(url, data=ASKED)
    wrong = http.post(url, data=ASKED, headers=RIGHT | {"password": "falsch"})
    assert (nobody.status_code, nobody.json()["Code"]) == (401, 15)
    assert (wrong.status_code, wrong.json()["Code"]) == (404, 2)
    assert http.post(url, data=ASKED | {"name": "9"}, headers=RIGHT).json()["Status"]["Code"] == 90
    assert http.get(url, headers=RIGHT).status_code == 405


@pytest.mark.parametrize("city", SESSIONNET)
def test_faults_do_what_they_say(served: World, http: httpx.Client, city: str) -> None:
    base, council = served.url(city), served.councils[city]

    def of(fault: Fault) -> str:
        return f"{base}vo0050.php?__kvonr={council.paper_id(council.target(fault))}"

    def document(fault: Fault) -> str:
        return f"{base}getfile.php?id={file_id(council, council.target(fault), 0)}&type=do"

    http.get(f"{base}si0040.php")
    whole = http.get(document(Fault.TRUNCATED_PDF)).content
    title = http.get(of(Fault.CHANGED)).text
    for fault in ("html_200", "truncated_pdf", "withdrawn", "changed", "outage"):
        served.faults.on(f"{fault}@{city}")
    assert "Es ist ein Fehler aufgetreten" in http.get(of(Fault.HTML_200)).text
    cut = http.get(document(Fault.TRUNCATED_PDF)).content
    assert whole.startswith(cut)
    assert b"%%EOF" not in cut
    assert http.get(document(Fault.WITHDRAWN)).status_code == 404
    listed = str(file_id(council, council.target(Fault.WITHDRAWN), 0))
    assert f"id={listed}&" not in http.get(of(Fault.WITHDRAWN)).text
    assert "(Neufassung)" in http.get(of(Fault.CHANGED)).text
    answers = [http.get(of(Fault.OUTAGE)) for _ in range(3)]
    assert [each.status_code for each in answers] == [503, 503, 200]
    assert answers[0].headers["retry-after"] == "1"
    served.faults.clear()
    assert http.get(of(Fault.CHANGED)).text == title


def test_a_slow_host_is_slow_and_a_dead_one_dead(served: World, http: httpx.Client) -> None:
    url = f"{served.url('mainz')}robots.txt"
    served.faults.on("slow@mainz")
    started = time.monotonic()
    assert http.get(url).status_code == 200
    assert time.monotonic() - started >= served.faults.slow_seconds
    served.faults.on("down@mainz")
    assert http.get(url).status_code == 503


def start(ready: Path, *more: str) -> subprocess.Popen[bytes]:
    ready_before = ready.stat().st_mtime_ns if ready.exists() else 0
    command = [sys.executable, "-m", "ingestion.sampleworld", "--ready", str(ready), *more]
    process = subprocess.Popen(command)
    deadline = time.monotonic() + 60
    while not ready.exists() or ready.stat().st_mtime_ns == ready_before:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return process


def test_the_process_tells_its_addresses_keeps_its_ports_and_stops(tmp_path: Path) -> None:
    ready = tmp_path / "world.json"
    told = []
    for _ in range(2):
        process = start(ready, "--papers", "20")
        try:
            told.append(json.loads(ready.read_text()))
            urls = [each["council"] for each in told[-1]["cities"].values()]
            with httpx.Client(follow_redirects=True) as client:
                assert client.get(urls[0]).status_code == 200
                assert client.get(told[-1]["oparl"]).json()["oparlVersion"].endswith("/1.1/")
            assert told[-1]["pid"] == process.pid
        finally:
            os.kill(process.pid, signal.SIGTERM)
            code = process.wait(20)
        assert code in (0, -signal.SIGTERM)
    assert told[0]["ports"] == told[1]["ports"]
    assert told[0]["cities"] == told[1]["cities"]


def test_a_wrong_fault_ends_with_one_line() -> None:
    command = [sys.executable, "-m", "ingestion.sampleworld", "--faults", "flood"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
