"""``seehaus parse`` over every kind of page of every system, and over every recorded answer."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import Result
from pydantic import SecretStr
from typer.testing import CliRunner

from ingestion import city as cities
from ingestion.city import City
from ingestion.http import Client
from ingestion.record import OBJECT_TYPES, Fetched
from ingestion.sampleworld import World, world
from ingestion.sampleworld.statistics_apis import BA, WEGWEISER
from ingestion.systems import SYSTEMS, load, parse_saved
from orchestration.cli import app
from tests.integration.ingestion.systems.test_council_samples import BASE
from tests.integration.ingestion.systems.test_council_samples import PAGES as COUNCIL_PAGES
from tests.integration.ingestion.test_genesis_samples import BROKEN, TABLES
from tests.integration.ingestion.test_oparl_samples import EXPECTED as OPARL
from tests.integration.ingestion.test_statistics_apis import heimat, own
from tests.unit.project.source_pages import kinds as documented

pytestmark = pytest.mark.integration

NEIGHBOURS: Final = ("allris3", "sdnet", "rubin")
# Whose server of the sample world speaks a system; of SessionNet both layouts.
SERVERS: Final = {
    "mainz": "sessionnet",
    "ludwigshafen": "sessionnet",
    "trier": "allris4",
    "musterstadt": "oparl",
    "statistics": "genesis",
    **{name: name for name in NEIGHBOURS},
}
# Statistics services beside the office's own web service.
SERVICES: Final = (
    "table_file",
    "gv_isys",
    "inkar",
    "wegweiser",
    "arbeitsagentur",
    "ogc_features",
    "meine_heimat",
)
BA_ENTRY: Final = "BA-ALO-KR"
ACCOUNT: Final = {
    "meine_heimat_username": SecretStr("konto"),
    "meine_heimat_password": SecretStr("streng-geheim"),
}
KINDS: Final = [(system, kind) for system in SYSTEMS for kind in load(system).PAGES]
# Pages that only lead on: an empty list is what there is to be seen.
NO_RECORDS: Final = {
    ("sessionnet", "start"),
    ("allris4", "calendar_page"),
    ("allris4", "committees_page"),
    ("allris3", "start"),
    ("sdnet", "calendar_page"),
    ("oparl", "system"),
    ("wegweiser", "region_list"),
    ("wegweiser", "indicator_list"),
}
# What their columns mean stands in the source's entry alone, and the error says so.
BY_ENTRY: Final = {("arbeitsagentur", "table"), ("ogc_features", "items")}
# A city's name and figures: there is no umlaut in them.
PLAIN: Final = {"genesis", "wegweiser", "meine_heimat", *(system for system, _ in BY_ENTRY)}
# Nothing on the page itself says what it is: the kind has to be named, and the error names them.
NO_KIND: Final = {("sessionnet", "start")}

NOT_PARSED: Final = {
    **{
        f"genesis/{code}__metadata_table_de.json": "a table's description; the table is read alone"
        for code in (
            "11111-02-01-4",
            "12411-01-01-4",
            "13111-01-03-4",
            "32121-01-02-4",
            "41312-01-01-4",
            "52411-02-01-4",
        )
    },
    "genesis/genesis-guest-logincheck__HTTP200.json": "an answer about a login, never asked for",
    "genesis/genesis-guest-qualitysigns.json": "the legend of signs; the parser knows them",
    "genesis/regionalstatistik-guest-qualitysigns.json": "the same legend of another office",
}


@dataclass(frozen=True)
class Page:
    """One answer of the sample world and where it came from."""

    server: str
    answer: Fetched


def city_of(served: World, server: str, system: str) -> City:
    urls = served.ready()["cities"]
    if server in urls:
        return cities.load(server).with_urls(urls[server])
    if server == "statistics":
        return statistics_city(served, system)
    told = cities.load("mainz").model_dump(mode="json")
    told["council"] |= {"system": SERVERS[server], "url": served.url(server)}
    if server == "musterstadt":
        told |= {"ags": "07999999", "ars": "079990000999", "statistics": []}
    return City.model_validate(told)


def statistics_city(served: World, system: str) -> City:
    """Trier, which has districts; with those services that the sample world's list leaves out."""
    if system == "meine_heimat":
        return heimat(served)
    if system == "wegweiser":
        years = "{first_year: 2006, last_year: 2030}"
        url = served.api_url(WEGWEISER)
        return own("trier", url, "system: wegweiser", years, "bevoelkerung")
    urls = served.ready()["cities"]["trier"]
    if system == "arbeitsagentur":
        urls = {"statistics": {BA_ENTRY: served.api_url(BA)}}
    return cities.load("trier").with_urls(urls)


@dataclass(frozen=True)
class Crawls:
    """What crawls of all servers of the sample world were answered.

    Attributes:
        pages: System and kind → the fullest answer of that kind from each server.
        types: System and kind → the types of the records of all its answers.
    """

    pages: dict[tuple[str, str], list[Page]]
    types: dict[tuple[str, str], set[str]]


@pytest.fixture(scope="module")
def crawls() -> Crawls:
    found: dict[tuple[str, str], list[Page]] = {}
    types: dict[tuple[str, str], set[str]] = {}
    with world(seed=1, papers=20, neighbours=NEIGHBOURS) as served:
        for server, system in (*SERVERS.items(), *(("statistics", each) for each in SERVICES)):
            city, fullest = city_of(served, server, system), {}
            with Client(
                allowed=city.base_urls(),
                user_agent="Seehaus/0.1",
                requests_per_second=1e6,
                secrets=ACCOUNT,
            ) as client:
                for answer in load(system).fetch(city, None, client):
                    records = load(system).parse(answer)
                    told = {record.object_type for record in records}
                    types.setdefault((system, answer.kind), set()).update(told)
                    known = fullest.get(answer.kind)
                    if known is None or len(known.body) < len(answer.body):
                        fullest[answer.kind] = answer
            for kind, answer in fullest.items():
                found.setdefault((system, kind), []).append(Page(server, answer))
    for key, inner in list(_embedded(found)):
        found[key] = inner
        types[key] = {each.object_type for each in load("oparl").parse(inner[0].answer)}
    return Crawls(found, types)


@pytest.fixture(scope="module")
def pages(crawls: Crawls) -> dict[tuple[str, str], list[Page]]:
    return crawls.pages


def _embedded(
    found: dict[tuple[str, str], list[Page]],
) -> Iterator[tuple[tuple[str, str], list[Page]]]:
    """The objects of OParl that come inside of others, each as a page of its own."""
    (paper,), (meeting,) = found["oparl", "paper"], found["oparl", "meeting"]
    (person,), (body,) = found["oparl", "person"], found["oparl", "body"]
    papers, meetings = _objects(paper), _objects(meeting)
    for kind, of, thing in (
        ("file", paper, papers[0]["mainFile"]),
        ("consultation", paper, next(each for each in papers if "consultation" in each)),
        ("agenda_item", meeting, next(each for each in meetings if "agendaItem" in each)),
        ("location", meeting, meetings[0]["location"]),
        ("membership", person, _objects(person)[0]["membership"][0]),
        ("legislative_term", body, _objects(body)[0]["legislativeTerm"][0]),
    ):
        inner = thing.get(kind if kind != "agenda_item" else "agendaItem", thing)
        told = inner[0] if isinstance(inner, list) else inner
        answer = Fetched(
            of.answer.url, kind, 200, {}, json.dumps(told).encode(), of.answer.retrieved_at
        )
        yield ("oparl", kind), [Page(of.server, answer)]


def _objects(page: Page) -> list[dict[str, Any]]:
    told = json.loads(page.answer.body)
    found: list[dict[str, Any]] = told.get("data", [told])
    return found


def seehaus_parse(*arguments: str) -> Result:
    done: Result = CliRunner().invoke(app, ["parse", *arguments])
    return done


def read(done: Result) -> list[dict[str, Any]]:
    """The records that were printed: a JSON list, each valid for its type, umlauts readable."""
    assert done.exit_code == 0, done.output
    told: list[dict[str, Any]] = json.loads(done.stdout)
    for record in told:
        kind = record["object_type"]
        values = {name: value for name, value in record.items() if name != "object_type"}
        assert OBJECT_TYPES[kind].model_validate(values).content() == values
    assert "\\u00" not in done.stdout
    assert not any(broken in done.stdout for broken in ("Ã", "�"))
    return told


@pytest.mark.parametrize(("system", "kind"), KINDS)
def test_every_kind_of_page_can_be_read_by_hand(
    pages: dict[tuple[str, str], list[Page]], tmp_path: Path, system: str, kind: str
) -> None:
    assert pages.get((system, kind)), f"no server of the sample world has a page {kind}"
    file = tmp_path / "answer"
    for page in pages[system, kind]:
        file.write_bytes(page.answer.body)
        named = seehaus_parse(system, str(file), "--page", kind, "--url", page.answer.url)
        if (system, kind) in BY_ENTRY:
            assert named.exit_code == 1
            assert "in the source's file" in " ".join(named.stderr.split())
            continue
        records = read(named)
        assert bool(records) == ((system, kind) not in NO_RECORDS), page.server
        # The page tells itself what it is, or the error tells which kinds there are.
        alone = seehaus_parse(system, str(file), "--url", page.answer.url)
        if (system, kind) in NO_KIND:
            assert alone.exit_code == 1
            assert f"{page.answer.url}: " in alone.stderr.replace("\n", "")
            assert ", ".join(load(system).PAGES) in " ".join(alone.stderr.split())
        else:
            assert read(alone) == records


# Told by recorded pages or others' notes only: no server of the sample world writes it like this.
ELSEWHERE: Final = {
    ("sessionnet", "paper"): {"consultation"},
    ("allris4", "agenda"): {"organization"},
    ("allris4", "item"): {"file"},
    ("oparl", "agenda_item"): {"vote"},
    ("genesis", "tablefile"): {"rejected_row"},
    ("table_file", "table"): {"rejected_row"},
    ("gv_isys", "directory"): {"rejected_row"},
    ("inkar", "bulk"): {"rejected_row"},
    ("wegweiser", "export"): {"rejected_row"},
    ("arbeitsagentur", "table"): {"rejected_row"},
    ("meine_heimat", "export"): {"rejected_row"},
    ("ogc_features", "items"): {"observation", "rejected_row"},
}


@pytest.mark.parametrize(("system", "kind"), KINDS)
def test_the_page_in_the_docs_tells_the_records_that_come(
    crawls: Crawls, system: str, kind: str
) -> None:
    told = documented(system)[kind]
    assert crawls.types[system, kind] | ELSEWHERE.get((system, kind), set()) == told


@pytest.mark.parametrize("sample", COUNCIL_PAGES)
def test_recorded_pages_give_no_other_records_than_the_docs_tell(
    samples: Path, sample: str
) -> None:
    system = sample.partition("/")[0]
    found = parse_saved(system, (samples / sample).read_bytes(), url=BASE[system])
    told = documented(system)[COUNCIL_PAGES[sample]]
    assert {record.object_type for record in found} <= told


@pytest.mark.parametrize("system", SYSTEMS)
def test_umlauts_are_shown_as_they_are(
    pages: dict[tuple[str, str], list[Page]], tmp_path: Path, system: str
) -> None:
    file, shown = tmp_path / "answer", ""
    for kind in load(system).PAGES:
        for page in pages[system, kind]:
            file.write_bytes(page.answer.body)
            url = ("--url", page.answer.url)
            shown += seehaus_parse(system, str(file), "--page", kind, *url).stdout
    assert system in PLAIN or any(letter in shown for letter in "äöüÄÖÜß")


@pytest.mark.parametrize("system", SYSTEMS)
def test_what_is_no_page_is_told_with_place_and_mend(tmp_path: Path, system: str) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Sehr geehrte Damen und Herren,", encoding="utf-8")
    # A page that only leads on yields nothing, whatever it says.
    kinds = [kind for kind in load(system).PAGES if (system, kind) not in NO_RECORDS]
    for arguments in ((), *(("--page", kind) for kind in kinds)):
        done = seehaus_parse(system, str(file), *arguments)
        said = " ".join(done.stderr.split())
        assert (done.exit_code, done.stdout) == (1, ""), (arguments, done.output)
        assert said.startswith("seehaus: file:letter.txt: "), (arguments, said)
        assert " → " in said
        assert "Traceback" not in said
    done = seehaus_parse(system, str(file), "--page", "postcard")
    assert done.exit_code == 1
    assert ", ".join(load(system).PAGES) in " ".join(done.stderr.split())


def samples_of(folder: Path) -> set[str]:
    """Every recorded answer of a system's server, by its path."""
    return {
        path.relative_to(folder).as_posix()
        for system in SYSTEMS
        for path in (folder / system).rglob("*")
        if path.is_file()
    }


PARSED: Final = {
    *COUNCIL_PAGES,
    *(f"oparl/{name}" for name in OPARL),
    *(f"genesis/{name}" for name in TABLES),
}
# Tables of thousands of rows are read in test_genesis_samples: here one of each layout.
LAYOUTS: Final = {layout: name for name, (*_, layout) in TABLES.items()}
REFUSED: Final = {f"genesis/{name}": what for name, what in BROKEN.items()}


def test_every_recorded_answer_is_read_refused_or_left_out_with_a_reason(samples: Path) -> None:
    """A new sample fails here until it has its parser, or a reason why nobody reads it."""
    assert samples_of(samples) == {*PARSED, *REFUSED, *NOT_PARSED}
    assert not PARSED & (REFUSED.keys() | NOT_PARSED.keys())
    assert all(NOT_PARSED.values())


@pytest.mark.parametrize(
    "sample",
    [*COUNCIL_PAGES, *(f"oparl/{each}" for each in OPARL)]
    + [f"genesis/{each}" for each in LAYOUTS.values()],
)
def test_a_recorded_answer_can_be_read_by_hand(samples: Path, sample: str) -> None:
    system = sample.partition("/")[0]
    url = ("--url", BASE[system]) if system in BASE else ()
    found = read(seehaus_parse(system, str(samples / sample), *url))
    if "systems/" not in sample:  # an OParl System only leads on
        assert found


@pytest.mark.parametrize("sample", REFUSED)
def test_a_broken_answer_is_refused_by_hand_too(samples: Path, sample: str) -> None:
    done = seehaus_parse("genesis", str(samples / sample), "--page", "tablefile")
    assert (done.exit_code, done.stdout) == (1, "")
    said = " ".join(done.stderr.split())
    assert REFUSED[sample] in said
    assert " → " in said


def test_the_command_names_every_system() -> None:
    help_text = CliRunner().invoke(app, ["parse", "--help"], env={"COLUMNS": "300"}).output
    (line,) = (line for line in help_text.splitlines() if "sessionnet" in line)
    assert [system for system in SYSTEMS if system not in line] == []
