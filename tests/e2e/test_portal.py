"""A real CKAN with real PostgreSQL, Valkey and Solr: up, used, killed, down, up again."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import rdflib

from catalog.portal import Portal, PortalError, PortalInfo, Settings

pytestmark = [pytest.mark.portal, pytest.mark.timeout(300)]

DCAT = rdflib.Namespace("http://www.w3.org/ns/dcat#")
DCT = rdflib.Namespace("http://purl.org/dc/terms/")
# The session's portal also holds what the pipeline's tests publish: these tests look at their own.
OWN = {"fq": "organization:probe"}
BANNER = "Die Ratsdaten auf diesem Portal sind frei erfunden"
LISTENING = "0A"
Action = Callable[..., Any]


@pytest.fixture
def client(portal: PortalInfo) -> Iterator[httpx.Client]:
    token = {"Authorization": portal.token_file.read_text()}
    with httpx.Client(base_url=portal.url, headers=token, timeout=60, trust_env=False) as one:
        yield one


@pytest.fixture
def action(client: httpx.Client) -> Action:
    def call(name: str, /, **data: object) -> Any:
        said = client.post(f"/api/3/action/{name}", json=data)
        assert said.status_code == 200, said.text
        return said.json()["result"]

    return call


@pytest.fixture
def dataset(action: Action) -> str:
    """One published data set with a DataStore table; made once, there ever after."""
    name = "probe-paper"
    if name in action("package_list"):
        return name
    action("organization_create", name="probe", title="Probestadt")
    action("group_create", name="probe-thema", title="Probethema")
    action(
        "package_create",
        name=name,
        title="Vorlagen der Probestadt",
        title_en="Papers of Probestadt",
        notes="Beschlüsse über Schulgebäude und Bebauungspläne.",
        notes_en="Decisions about school buildings.",
        owner_org="probe",
        license_id="dl-de/by-2-0",
        groups=[{"name": "probe-thema"}],
        publisher=[{"name": "Stadt Probe", "url": "https://probe.example.org/"}],
    )
    table = action(
        "datastore_create",
        resource={"package_id": name, "name": "CSV", "format": "CSV"},
        fields=[
            {"id": "paper_id", "type": "text", "info": {"label": "Vorlage"}},
            {"id": "cost_eur", "type": "numeric"},
            {"id": "paper_date", "type": "date"},
        ],
        primary_key=["paper_id"],
        records=[{"paper_id": "probe:1", "cost_eur": "12.50", "paper_date": "2026-03-01"}],
    )
    resource = action("resource_show", id=table["resource_id"])
    views = action(
        "resource_create_default_resource_views", resource=resource, create_datastore_views=True
    )
    assert [view["view_type"] for view in views] == ["datatables_view"]
    return name


def rows(action: Action, dataset: str) -> list[dict[str, Any]]:
    resource = action("package_show", id=dataset)["resources"][0]
    found: list[dict[str, Any]] = action("datastore_search", resource_id=resource["id"])["records"]
    return found


def pids(server: Portal) -> dict[str, int]:
    servers = server.status()["servers"]
    assert isinstance(servers, dict)
    return {name: one["pid"] for name, one in servers.items()}


def ports(server: Portal) -> dict[str, int]:
    kept: dict[str, int] = json.loads((server.folder / "ports.json").read_text())
    return kept


@dataclass(frozen=True)
class Told:
    """Command lines and logs, and which secrets stand in them."""

    texts: list[str]
    found: list[str]


def secrets_told(server: Portal, client: httpx.Client) -> Told:
    """What a reader of the process list and of the logs learns; the logs are private."""
    secrets = [*json.loads((server.folder / "secrets.json").read_text()).values()]
    secrets.append(client.headers["Authorization"])
    log = server.folder / "log"
    assert log.stat().st_mode & 0o077 == 0
    texts = [Path(f"/proc/{pid}/cmdline").read_text() for pid in pids(server).values()]
    texts += [path.read_text("utf-8", "replace") for path in log.glob("*.log")]
    return Told(texts, [secret for secret in secrets for text in texts if secret in text])


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


def listeners() -> dict[int, set[str]]:
    """Addresses (hexadecimal) by listening TCP port."""
    found: dict[int, set[str]] = {}
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            _, local, _, state, *_ = line.split()
            if state == LISTENING:
                address, port = local.split(":")
                found.setdefault(int(port, 16), set()).add(address)
    return found


def test_status_names_every_server(portal_server: Portal, portal: PortalInfo) -> None:
    status = portal_server.status()

    assert status["running"] is True
    assert status["url"] == portal.url
    assert set(pids(portal_server)) == {"CKAN", "PostgreSQL", "Valkey", "Solr"}
    assert all(map(is_alive, pids(portal_server).values()))
    json.dumps(status)


def test_a_second_up_returns_at_once(portal_server: Portal, portal: PortalInfo) -> None:
    before, began = pids(portal_server), time.monotonic()

    assert portal_server.up() == portal

    assert time.monotonic() - began < 2
    assert pids(portal_server) == before


def test_the_publisher_publishes_without_being_sysadmin(action: Action, dataset: str) -> None:
    assert rows(action, dataset) == [
        {"_id": 1, "paper_id": "probe:1", "cost_eur": 12.5, "paper_date": "2026-03-01"}
    ]


def test_the_publisher_is_no_sysadmin(client: httpx.Client) -> None:
    said = client.post("/api/3/action/config_option_update", json={"ckan.site_title": "Übernommen"})

    assert said.status_code == 403


@pytest.mark.parametrize(
    "words", ["Schulgebaeude", "Schulgebäuden", "bebauungsplan", "Vorlage", "name:probe-*"]
)
def test_solr_finds_german_words_in_every_form(action: Action, dataset: str, words: str) -> None:
    found = action("package_search", q=words, **OWN, **{"facet.field": ["organization", "groups"]})

    assert [one["name"] for one in found["results"]] == [dataset]
    assert found["facets"] == {"organization": {"probe": 1}, "groups": {"probe-thema": 1}}


def test_dcat_says_title_and_licence(client: httpx.Client, dataset: str) -> None:
    graph = rdflib.Graph().parse(data=client.get("/catalog.ttl").text, format="turtle")

    (subject,) = graph.subjects(DCT.title, rdflib.Literal("Vorlagen der Probestadt", lang="de"))
    (distribution,) = graph.objects(subject, DCAT.distribution)
    licence = rdflib.URIRef("http://dcat-ap.de/def/licenses/dl-by-de/2.0")
    assert (distribution, DCT.license, licence) in graph
    assert client.get(f"/dataset/{dataset}.jsonld").json()


def test_pages_are_german_and_say_that_the_data_are_samples(
    client: httpx.Client, dataset: str
) -> None:
    for path in ("/", "/dataset/", f"/dataset/{dataset}", "/organization/probe", "/about"):
        page = client.get(path)
        assert page.status_code == 200, path
        assert '<html lang="de"' in page.text, path
        assert BANNER in page.text, path
    assert "Probestadt" in client.get("/").text
    assert "Herausgeber" in client.get(f"/dataset/{dataset}").text
    missing = client.get("/gibt-es-nicht")
    assert missing.status_code == 404
    assert "Seite nicht gefunden" in missing.text
    assert "The requested URL" not in missing.text
    nothing = client.get("/dataset/", params={"q": "xyzzynichtda"}).text
    assert "Keine Datensätze zu „xyzzynichtda“ gefunden" in nothing
    assert "Für diese Suche wurden keine" not in nothing
    assert "Angemeldet bleiben" in client.get("/user/login").text
    # The words of scripts come from elsewhere.
    assert client.get("/api/i18n/de").json()["Add Filter"] == [None, "Filter hinzufügen"]


def test_english_pages_say_what_the_data_set_says_in_english(
    client: httpx.Client, dataset: str
) -> None:
    german, english = (client.get(f"{where}/dataset/{dataset}").text for where in ("", "/en"))
    found = client.get("/en/dataset/", params={"q": f"name:{dataset}"}).text

    assert "<title>Papers of Probestadt" in english
    assert "Decisions about school buildings." in english
    assert "Papers of Probestadt" in found
    assert "Papers of Probestadt" not in german
    assert "Decisions about school buildings." not in german


def test_everything_listens_on_loopback_only(portal_server: Portal, portal: PortalInfo) -> None:
    assert portal.url == f"http://127.0.0.1:{ports(portal_server)['portal']}"
    heard = listeners()
    for name, port in ports(portal_server).items():
        assert heard[port] == {"0100007F"}, name


def test_no_server_lets_a_stranger_in(portal_server: Portal, portal: PortalInfo) -> None:
    kept = ports(portal_server)
    solr = f"http://127.0.0.1:{kept['solr']}/solr/ckan/select?q=*:*"
    assert httpx.get(solr, trust_env=False).status_code == 401
    with socket.create_connection(("127.0.0.1", kept["valkey"]), timeout=5) as talk:
        talk.sendall(b"PING\r\n")
        assert talk.recv(64).startswith(b"-NOAUTH")
    psql = next(portal.folder.glob("venv/lib/python3*/site-packages/*/pginstall/bin/psql"))
    where = ["-h", "127.0.0.1", "-p", str(kept["postgres"]), "-U", "postgres", "-w"]
    said = subprocess.run(
        [psql, *where, "-c", "select 1"],
        env={"PGPASSWORD": "pass"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "password authentication failed" in said.stderr


def test_files_with_secrets_are_private(portal: PortalInfo) -> None:
    for name in ("secrets.json", "publisher.token", "ckan.ini", "valkey/valkey.conf"):
        assert (portal.folder / name).stat().st_mode & 0o077 == 0, name


@pytest.mark.parametrize("name", ["CKAN", "Solr", "Valkey", "PostgreSQL"])
def test_a_killed_server_is_healed_and_no_secret_is_told(
    portal_server: Portal, client: httpx.Client, action: Action, dataset: str, name: str
) -> None:
    before = pids(portal_server)
    os.kill(before[name], signal.SIGKILL)
    while is_alive(before[name]):
        time.sleep(0.01)
    if name == "Solr":
        # CKAN's tracebacks contain the address of Solr, and Solr's address contains its password.
        assert client.get("/").status_code == 500

    portal_server.up()

    after = pids(portal_server)
    assert after[name] not in {None, before[name]}
    assert all(after[other] == before[other] for other in before if other not in {name, "CKAN"})
    assert rows(action, dataset)
    assert action("package_search", q="Schulgebäude", **OWN)["count"] == 1
    told = secrets_told(portal_server, client)
    assert told.found == []
    if name == "Solr":
        assert any("//***@127.0.0.1" in text for text in told.texts)


def test_down_leaves_no_process_and_two_ups_at_once_bring_the_data_back(
    portal_server: Portal, portal: PortalInfo, action: Action, dataset: str
) -> None:
    before = rows(action, dataset)
    session = [pid for pid in pids(portal_server).values() if pid]

    assert portal_server.down()

    assert not any(map(is_alive, session))
    assert not portal_server.status()["running"]
    assert not set(ports(portal_server).values()) & set(listeners())
    assert not portal_server.down()
    began = time.monotonic()
    seen: list[PortalInfo] = []
    both = [threading.Thread(target=lambda: seen.append(portal_server.up())) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert time.monotonic() - began < 30
    assert seen == [portal, portal]
    assert portal_server.status()["running"] is True
    assert rows(action, dataset) == before
    assert action("package_search", q="Schulgebäude", **OWN)["count"] == 1


@pytest.mark.long
def test_a_backup_brings_a_lost_portal_back(
    portal_server: Portal, client: httpx.Client, action: Action, dataset: str, tmp_path: Path
) -> None:
    if len(action("package_show", id=dataset)["resources"]) == 1:
        made = client.post(
            "/api/3/action/resource_create",
            data={"package_id": dataset, "name": "Anlage", "format": "TXT"},
            files={"upload": ("anlage.txt", "Größe".encode())},
        )
        assert made.status_code == 200, made.text
    client.get(f"/dataset/{dataset}", headers={"Authorization": ""})
    before = action("package_show", id=dataset), rows(action, dataset)
    counted = client.get("/nutzung.csv").text
    file, broken = tmp_path / "portal.tar", tmp_path / "broken.tar"

    portal_server.backup(file)

    broken.write_bytes(file.read_bytes()[:-20_000])
    with pytest.raises(PortalError, match="no whole backup"):
        portal_server.restore(broken)
    assert (action("package_show", id=dataset), rows(action, dataset)) == before

    portal_server.reset()  # as on another machine: nothing is left, passwords and ports are new
    info = portal_server.restore(file) and portal_server.up()

    token = {"Authorization": info.token_file.read_text()}
    assert token["Authorization"] == client.headers["Authorization"]
    with httpx.Client(base_url=info.url, headers=token, timeout=60, trust_env=False) as again:
        shown = again.get("/api/3/action/package_show", params={"id": dataset}).json()["result"]
        found = again.get("/api/3/action/package_search", params={"q": "Schulgebäude", **OWN})
        table, upload = sorted(shown["resources"], key=lambda one: one["name"] != "CSV")
        kept = again.get(
            "/api/3/action/datastore_search", params={"resource_id": table["id"]}
        ).json()["result"]["records"]
        path = httpx.URL(upload["url"]).path
        assert again.get(path).content == "Größe".encode()
        assert again.get("/nutzung.csv").text == counted
        edited = again.post("/api/3/action/package_patch", json={"id": dataset, "version": "2"})
    assert shown["metadata_created"] == before[0]["metadata_created"]
    assert kept == before[1]
    assert found.json()["result"]["count"] == 1
    assert edited.status_code == 200, edited.text


def test_other_settings_reach_the_pages(portal_server: Portal, client: httpx.Client) -> None:
    before = pids(portal_server)
    search = "http://127.0.0.1:9/suche"

    Portal(portal_server.folder, settings=Settings(search_url=search)).up()

    assert search in client.get("/").text
    assert BANNER not in client.get("/").text
    after = pids(portal_server)
    assert [name for name in before if before[name] != after[name]] == ["CKAN"]
    portal_server.up()


@pytest.mark.slow
def test_an_up_that_is_killed_anywhere_is_simply_run_again(
    tmp_path: Path, portal: PortalInfo
) -> None:
    # Below a folder that, when we are root, PostgreSQL's account cannot enter.
    tmp_path.chmod(0o700)
    server = Portal(tmp_path / "portal")
    program = "import sys, pathlib; from catalog.portal import Portal; "
    program += "Portal(pathlib.Path(sys.argv[1])).up()"
    try:
        for seconds in (1.0, 3.0, 6.0):
            up = subprocess.Popen([sys.executable, "-c", program, str(server.folder)])
            time.sleep(seconds)
            up.kill()
            up.wait()

        info = server.up()

        assert info.url != portal.url
        said = httpx.get(f"{info.url}/api/3/action/package_list", trust_env=False)
        assert said.json()["result"] == []
        assert info.token_file.is_file()
    finally:
        server.remove()
    assert not server.folder.exists()


def test_a_failed_start_is_told_with_its_log_and_leaves_nothing_then_a_lost_index_is_built_again(
    portal_server: Portal, portal: PortalInfo, action: Action, dataset: str
) -> None:
    portal_server.down()
    broken = Portal(portal.folder, settings=Settings(plugins=("no_such_plugin",)))

    with pytest.raises(PortalError, match="no_such_plugin"):
        broken.up()

    assert not [pid for pid in pids(portal_server).values() if pid]
    shutil.rmtree(portal_server.folder / "solr" / "home")
    portal_server.up()
    found = action("package_search", q="Schulgebäude", **OWN)["results"]
    assert [one["name"] for one in found] == [dataset]
