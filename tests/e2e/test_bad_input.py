"""What goes wrong outside: a clear message, and the last good data and publication stay.

The tests build on each other's leavings as little as they can: each begins with the fixture
``good``, which brings lake, CKAN and index back to what the demo left.
"""

import re
import shutil
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import TypeVar

import pytest
import requests
import yaml

from ingestion.blobs import Blobs
from ingestion.city import CITIES as CITY_FILES
from ingestion.sampleworld import Fault, World
from ingestion.sampleworld.papers import CLOSED_CANARY, attachments, paper
from tests.e2e.pipeline import Home, ckan, difference, lasting, publication
from tests.integration.catalog.proxy import Proxy

pytestmark = [pytest.mark.portal, pytest.mark.slow, pytest.mark.timeout(1800)]

# What papers.CANARY says of a private citizen, in the forms a search would try.
PRIVATE = (
    "korbinian.zwetschgenbaum",
    "DE02 1203",
    "DE02120300000000202051",
    "5550147",
    "17.03.1961",
    "1961-03-17",
    "Musterzeile 12",
)
HISTORY = re.compile(r"object[-_]change$")
T = TypeVar("T")
CLOSED = (CLOSED_CANARY, "Quittenfrosch")


@pytest.fixture
def good(demo, sampleworld: World) -> Home:
    """The demo's home as the demo left it."""
    home: Home = demo.home
    as_it_was = (
        present(home.harmonised()) == present(demo.harmonised)
        and home.passages() == demo.passages
        and present(lasting(publication(home.portal))) == present(lasting(demo.published))
    )
    if not as_it_was:
        done = home.run()
        assert done.code == 0, done.said
        assert difference(present(demo.harmonised), present(home.harmonised())) == {}
        published = present(lasting(publication(home.portal)))
        assert difference(present(lasting(demo.published)), published) == {}
    return home


def present(found: Mapping[str, T]) -> dict[str, T]:
    """What is so now, without the history: a change that was taken back stays in there."""
    return {name: each for name, each in found.items() if not HISTORY.search(name)}


def left(home: Home) -> dict[str, object]:
    """Everything that a failed run must not touch; of what is published, times included."""
    return {
        "index": home.index_version(),
        **{f"table {name}": rows for name, rows in home.harmonised().items()},
        **{f"CKAN {name}": found for name, found in publication(home.portal).items()},
        **{f"file {name}": sha256 for name, sha256 in home.static().items()},
    }


def the_problem(problems: list[str], *words: str) -> str:
    """The one problem that names all these; it says how to mend it."""
    found = [each for each in problems if all(word in each for word in words)]
    assert len(found) == 1, f"{words}: {found} of {problems}"
    assert " → " in found[0]
    return found[0]


def everything(home: Home) -> Iterator[tuple[str, str]]:
    """Every place where somebody could read a text: (place, what stands there)."""
    with home.lake.read() as con:
        tables = con.execute(
            "SELECT table_schema, table_name FROM information_schema.tables "
            "WHERE table_catalog = 'lake'"
        ).fetchall()
        for schema, table in tables:
            rows = con.execute(f'SELECT * FROM lake."{schema}"."{table}"').fetchall()
            yield f"lake {schema}.{table}", repr(rows)
    for name in ckan(home.portal, "package_list"):
        package = ckan(home.portal, "package_show", id=name)
        yield f"CKAN {name}", repr(package)
        for resource in package["resources"]:
            if resource["datastore_active"]:
                found = ckan(
                    home.portal, "datastore_search", resource_id=resource["id"], limit=32000
                )
                yield f"DataStore {name}", repr(found["records"])
            data = requests.get(resource["url"], timeout=60).content
            yield f"file {resource['url']}", _readable(data)
    folders = ("dagster", "dbt", "index", "public", "published", "quality", "runs", "sampleworld")
    for path in chain.from_iterable((home.data / name).rglob("*") for name in folders):
        if path.is_file():
            yield f"file {path.relative_to(home.data)}", _readable(path.read_bytes())


def _readable(data: bytes) -> str:
    if data[:4] == b"PAR1":
        import io

        import pyarrow.parquet as pq

        return repr(pq.read_table(io.BytesIO(data)).to_pylist())
    return data.decode("utf-8", "replace")


@pytest.mark.long
def test_broken_answers_change_nothing(demo, good: Home, sampleworld: World) -> None:
    """Half a page, an error page with 200, half a PDF, a statistics server in trouble."""
    before = left(good)
    council = sampleworld.councils["mainz"]
    agenda = council.meetings[council.target(Fault.BROKEN_HTML)]
    page = council.paper_id(council.target(Fault.HTML_200))
    half = attachments(council, paper(council, council.target(Fault.TRUNCATED_PDF)))[0]
    for fault in ("broken_html@mainz", "html_200@mainz", "truncated_pdf@mainz", "html_500"):
        sampleworld.faults.on(fault)
    done = good.run("mainz")
    assert done.code == 2, done.said
    problems = good.account()["problems"]
    the_problem(problems, "mainz: ", sampleworld.url("mainz"), f"ksinr={agenda.id}")
    the_problem(problems, "mainz: ", sampleworld.url("mainz"), f"kvonr={page}")
    the_problem(problems, "mainz: ", f"id={half.id}", "the last good text stays")
    the_problem(problems, "mainz: ", "12411-01-01-4", "500")
    assert len(problems) == 4
    for problem in problems:
        assert problem[:60] in done.out
    assert difference(before, left(good)) == {}


@pytest.mark.long
def test_what_must_not_be_shown_is_nowhere(demo, good: Home, sampleworld: World) -> None:
    """A shifted table, a citizen's data, a withdrawn file and the closed items' texts."""
    before = publication(good.portal)
    observations = good.harmonised()["observation"]
    council = sampleworld.councils["mainz"]
    file = attachments(council, paper(council, council.target(Fault.WITHDRAWN)))[0]
    file_id, paper_id = (
        f"mainz:{file.id}",
        f"mainz:{council.paper_id(council.target(Fault.WITHDRAWN))}",
    )
    (known,) = good.rows("SELECT * FROM harmonised.file WHERE file_id = ?", file_id)
    blobs = Blobs(good.data / "blobs")
    assert blobs.has(known["sha256"])
    assert any(file_id in row for row in before["mainz-document-page"].rows)
    assert any(file_id in row for row in good.passages())

    for fault in ("shifted_table", "private_data@mainz", "withdrawn@mainz"):
        sampleworld.faults.on(fault)
    done = good.run("mainz")
    assert done.code == 2, done.said
    the_problem(good.account()["problems"], "mainz: ", "12411-01-01-4")
    assert len(good.account()["problems"]) == 1
    after = publication(good.portal)

    # The shifted table: the figures stay.
    assert good.harmonised()["observation"] == observations
    assert after["mainz-observation"] == before["mainz-observation"]
    for name in before:
        if name.partition("-")[0] not in ("mainz", "alle"):
            assert after[name] == before[name]

    # The withdrawn file: gone, its paper stays.
    assert not good.rows("SELECT * FROM harmonised.document_page WHERE file_id = ?", file_id)
    assert not any(f'"{file_id}#' in row for row in after["mainz-document-page"].rows)
    assert not any(f'"{file_id}#' in row for row in after["alle-document-page"].rows)
    assert not any(f'"{file_id}"' in row for row in good.passages())
    assert not blobs.has(known["sha256"])
    assert any(f'"{paper_id}"' in row for row in after["mainz-paper"].rows)
    text = re.compile(re.escape(known["sha256"]))
    assert not any(text.search(row) for row in after["mainz-file"].rows)

    # The citizen and the closed items: nowhere, but the paper that names the citizen is there.
    target = attachments(council, paper(council, council.target(Fault.PRIVATE_DATA)))[0]
    (redacted,) = good.rows("SELECT * FROM harmonised.file WHERE file_id = ?", f"mainz:{target.id}")
    assert redacted["privacy_status"] == "redacted"
    places = [
        f"{place}: {word}"
        for place, text in everything(good)
        for word in (*PRIVATE, *CLOSED)
        if word in text
    ]
    assert places == []
    assert not any(word in done.out + done.err for word in PRIVATE)


class Cut:
    """Lets the first so many changes of the portal through, then cuts every connection."""

    def __init__(self, changes: int) -> None:
        self.changes = changes

    def __call__(self, _number: int, action: str) -> bool:
        if self.changes and not action.endswith(("_show", "_list", "_search")):
            self.changes -= 1
        return self.changes > 0


@pytest.mark.long
def test_ckan_away(demo, good: Home, sampleworld: World) -> None:
    """Not there at all, then cut off in the middle; the next one brings it all."""
    before = publication(good.portal)
    sampleworld.faults.on("changed@mainz")
    nobody = good.with_(SEEHAUS_CKAN_URL="http://127.0.0.1:9")
    done = nobody.run("mainz")
    assert done.code == 1, done.said
    assert "the last publication stays" in done.err
    assert "http://127.0.0.1:9" in done.err
    assert "Traceback" not in done.err
    assert publication(good.portal) == before
    # Publishing and indexing are siblings: the search has the new paper already.
    assert any("(Neufassung)" in row for row in good.passages())

    with Proxy(good.portal.url, before=Cut(changes=9)) as proxy:
        done = good.with_(SEEHAUS_CKAN_URL=proxy.url).seehaus("publish")
    assert done.code == 1, done.said
    assert f"{proxy.url} does not answer" in done.out
    assert "publish again: only the rest is sent" in done.out
    assert "Traceback" not in done.err
    # Every data set is whole: publication() compares files, hashes and rows of each.
    assert sorted(publication(good.portal)) == sorted(before)

    done = good.seehaus("publish")
    assert done.code == 0, done.said
    after = publication(good.portal)
    assert any("(Neufassung)" in row for row in after["mainz-paper"].rows)
    assert after["trier-paper"].rows == before["trier-paper"].rows
    again = good.seehaus("publish")
    assert "0 created, 0 updated" in again.out, again.said
    assert publication(good.portal) == after


@pytest.mark.long
def test_no_portal_at_all_is_said_in_one_line(demo, good: Home) -> None:
    done = good.with_(SEEHAUS_CKAN_URL=None, SEEHAUS_CKAN_TOKEN_FILE=None).seehaus("publish")
    assert done.code == 0, done.said
    assert "no portal → `seehaus portal up`, or set SEEHAUS_CKAN_URL" in done.out
    assert (good.data / "public" / "index.html").is_file()


@pytest.fixture
def strict(good: Home, tmp_path: Path) -> Path:
    """City files that expect more papers of Mainz than there are."""
    folder = tmp_path / "cities"
    shutil.copytree(CITY_FILES, folder)
    path = folder / "mainz.yml"
    said = yaml.safe_load(path.read_text())
    path.write_text(path.read_text().replace("paper: {min: 10}", "paper: {min: 1000}"))
    assert yaml.safe_load(path.read_text()) != said
    return folder


@pytest.mark.long
def test_a_city_that_fails_its_checks_is_held_back_alone(
    demo, good: Home, sampleworld: World, strict: Path
) -> None:
    """Then a full disk while the index that puts it right is written."""
    before, passages = publication(good.portal), good.passages()
    sampleworld.faults.on("changed@mainz")
    sampleworld.faults.on("changed@trier")
    done = good.with_(SEEHAUS_CITIES=str(strict)).run("mainz", "trier")
    assert done.code == 2, done.said
    problem = the_problem(good.account()["problems"], "harmonised.paper, mainz: 20 rows")
    assert "expected 1000" in problem
    after = publication(good.portal)
    assert after["mainz-paper"] == before["mainz-paper"]
    assert after["alle-paper"] == before["alle-paper"]
    assert any("(Neufassung)" in row for row in after["trier-paper"].rows)

    def of_mainz(rows: list[str]) -> list[str]:
        return [row for row in rows if '"city_id": "mainz"' in row]

    assert of_mainz(good.passages()) == of_mainz(passages)
    assert any("(Neufassung)" in row for row in good.passages())

    sampleworld.faults.clear()
    killed = good.killed("search index", 0, "run", "--full", "--city", "mainz", "--city", "trier")
    assert killed.code == -9, killed.said
    version = good.index_version()
    full = good.seehaus("index", most_bytes=100_000)
    assert full.code == 1, full.said
    assert str(good.data / "index") in full.err
    assert " → " in full.err
    assert "Traceback" not in full.err
    assert good.index_version() == version
    found = good.seehaus("search", "Neufassung")
    assert found.code == 0, found.said
    mended = good.seehaus("index")
    assert mended.code == 0, mended.said
    assert good.passages() == demo.passages
    assert good.seehaus("publish").code == 0
    assert lasting(publication(good.portal)) == lasting(demo.published)


@pytest.mark.long
def test_a_failure_that_is_nobodys_stops_everything(demo, good: Home) -> None:
    before = left(good)
    shift = "UPDATE lake.harmonised.paper SET paper_date = paper_date {} INTERVAL 400 YEAR"
    check = "from orchestration.checks import check_all; check_all('{}')"
    try:
        with good.lake.write() as con:
            con.execute(shift.format("-"))
        assert good.python("-c", check.format("wrong")).code == 0
        for command in ("publish", "index"):
            done = good.seehaus(command)
            assert done.code == 1, done.said
            assert "checks failed, the last publication stays" in done.err
            assert "harmonised.paper" in done.err
            assert " → " in done.err
            assert "Traceback" not in done.err
    finally:
        with good.lake.write() as con:
            con.execute(shift.format("+"))
        assert good.python("-c", check.format("right")).code == 0
    assert difference(before, left(good)) == {}


@pytest.mark.long
def test_an_unknown_key_in_a_city_file(demo, good: Home, tmp_path: Path) -> None:
    before = left(good)
    folder = tmp_path / "cities"
    shutil.copytree(CITY_FILES, folder)
    path = folder / "mainz.yml"
    lines = path.read_text().splitlines()
    line = next(number for number, text in enumerate(lines, 1) if text.startswith("website:"))
    lines[line - 1] = lines[line - 1].replace("website:", "wbesite:")
    path.write_text("\n".join(lines) + "\n")
    for command in (("city", "check"), ("run",)):
        done = good.with_(SEEHAUS_CITIES=str(folder)).seehaus(*command)
        assert done.code == 1, done.said
        assert f"{path}:{line}:" in done.err
        assert "wbesite" in done.err
        assert "website" in done.err.partition(" → ")[2]
        assert "Traceback" not in done.err
    assert difference(before, left(good)) == {}
