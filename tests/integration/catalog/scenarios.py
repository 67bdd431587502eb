"""The scenarios of publishing, run over the fake portal here and over the real one in e2e."""

import hashlib
import os
import random
import secrets
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pytest
import requests
from pydantic import SecretStr

from catalog.ckan import PortalAwayError, PublishError
from catalog.publish import PublishResult
from catalog.remote import Ckan
from catalog.retiring import NEVER
from tests.integration.catalog.proxy import Proxy
from tests.integration.catalog.publishing import FEW, edition, once, snapshot, with_papers
from tests.integration.catalog.reader import Reader
from tests.unit.catalog import world

ROOT = Path(__file__).parents[3]
CANARY = "Kanarienvogel"
few = partial(once, names=FEW)
_undisturbed: dict[tuple[str, str], dict[str, Any]] = {}


def undisturbed(url: str, token: str, state: Path, tables: dict[str, Any]) -> dict[str, Any]:
    """What readers see after a publication that nothing disturbed; the same for every test."""
    rows = [(name, table.to_pylist()) for name, table in sorted(tables.items())]
    key = url, hashlib.sha256(repr(rows).encode()).hexdigest()
    if key not in _undisturbed:
        suffix = secrets.token_hex(4)
        assert few(url, token, state.with_name("undisturbed"), suffix, tables).problems == []
        _undisturbed[key] = snapshot(url, token, suffix)
    return _undisturbed[key]


def packages(url: str, token: str) -> dict[str, dict[str, Any]]:
    """All packages of the portal by name."""
    portal = Ckan(url, SecretStr(token))
    try:
        return portal.packages()
    finally:
        portal.close()


def is_atomic(url: str, token: str) -> bool:
    """Whether the portal has our extension."""
    portal = Ckan(url, SecretStr(token))
    try:
        return portal.knows("seehaus_publish")
    finally:
        portal.close()


def create_then_nothing(url: str, token: str, state: Path, suffix: str) -> None:
    """The first run creates everything, the second sends nothing, the state lost or not."""
    first = once(url, token, state, suffix, world.tables())
    assert first.problems == []
    assert len(first.created) == 13
    assert first.rows_upserted == 2 * (2 * 3 + 2 + 9)  # every row once per city, once for all
    second = once(url, token, state, suffix, world.tables())
    third = once(url, token, state.with_name("lost"), suffix, world.tables())
    for again in (second, third):
        assert (again.created, again.updated, again.problems) == ([], [], [])
        assert len(again.unchanged) == 13
        assert again.writes == 0
        assert again.requests <= 7
    seen = snapshot(url, token, suffix)
    assert all(not package["private"] for package in seen.values())
    paper = seen["mainz-paper"]
    csv, parquet, *others = paper["resources"]
    assert [csv["name"], parquet["name"]] == ["CSV", "Parquet"]
    assert [one["name"] for one in others] == ["CSV für Excel", "JSON Lines", "Datenpaket"]
    assert all(one["file"] == one["hash"] for one in others)
    assert csv["file"] == csv["hash"]
    assert parquet["file"] == parquet["hash"]
    assert len(csv["rows"]) == 3
    types = {field["id"]: field["type"] for field in csv["fields"]}
    assert types["paper_date"] == "date"
    assert types["retrieved_at"] == "timestamp"
    assert "originator" not in types
    assert "frei erfunden" in paper["notes"]
    assert "frei erfunden" not in seen["mainz-observation"]["notes"]


def one_row_changes(url: str, token: str, state: Path, suffix: str) -> None:
    """One changed row is one upsert per table that has it; a vanished one is gone everywhere."""
    few(url, token, state, suffix, world.tables())
    rows = world.papers("mainz", 3) + world.papers("trier", 3)
    rows[0]["main_text"] = CANARY
    foreseen = few(url, token, state, suffix, with_papers(rows), dry_run=True)
    assert (foreseen.rows_upserted, foreseen.writes) == (2, 0)
    changed = few(url, token, state, suffix, with_papers(rows))
    names = sorted(f"{city}-paper-{suffix}" for city in ("mainz", "alle"))
    assert changed.updated == names
    assert (changed.rows_upserted, changed.rows_deleted) == (2, 0)
    # Per data set one request; without our extension one upsert and one revision.
    assert changed.writes == (2 if is_atomic(url, token) else 4)
    assert CANARY in str(snapshot(url, token, suffix)["alle-paper"])
    withdrawn = few(url, token, state, suffix, with_papers(rows[1:]))
    assert (withdrawn.rows_upserted, withdrawn.rows_deleted) == (0, 2)
    assert CANARY not in str(snapshot(url, token, suffix))
    for name in names:
        for resource in packages(url, token)[name]["resources"]:
            address = resource["url"]
            address = address if "://" in address else f"{url}{address}"
            body = requests.get(address, timeout=30).content
            assert body
            assert CANARY.encode() not in body


def state_lost(url: str, token: str, state: Path, suffix: str) -> None:
    """Without the state folder a change is a full reload that also deletes what vanished."""
    few(url, token, state, suffix, world.tables())
    rows = world.papers("mainz", 2) + world.papers("trier", 3)
    reload = few(url, token, state.with_name("other"), suffix, with_papers(rows))
    assert reload.problems == []
    # Our extension makes the table anew: nobody counts what was in the old one.
    deleted = 0 if is_atomic(url, token) else 2
    assert (reload.rows_upserted, reload.rows_deleted) == (2 + 5, deleted)
    seen = snapshot(url, token, suffix)
    assert len(seen["mainz-paper"]["resources"][0]["rows"]) == 2
    assert len(seen["alle-paper"]["resources"][0]["rows"]) == 5


def foreign_rows(url: str, token: str, state: Path, suffix: str) -> None:
    """A row that somebody put into the table by hand is found by the count and swept out."""
    few(url, token, state, suffix, world.tables())
    table = packages(url, token)[f"mainz-paper-{suffix}"]["resources"][0]["id"]
    extra = [{"paper_id": "mainz:foreign", "name": "x"}]
    portal = Ckan(url, SecretStr(token))
    foreign = {"resource_id": table, "force": True, "records": extra, "method": "upsert"}
    portal.call("datastore_upsert", foreign)
    portal.close()
    rows = world.papers("mainz", 3) + world.papers("trier", 3)
    rows[0]["name"] = "Anders"
    assert few(url, token, state, suffix, with_papers(rows)).problems == []
    assert len(snapshot(url, token, suffix)["mainz-paper"]["resources"][0]["rows"]) == 3


def blocked_stays(url: str, token: str, state: Path, suffix: str) -> None:
    """A data set whose checks failed keeps its last version, and so does the one over all."""
    few(url, token, state, suffix, world.tables(3))
    before = snapshot(url, token, suffix)
    said: list[str] = []
    result = few(
        url,
        token,
        state,
        suffix,
        world.tables(5),
        blocked={("mainz", "paper")},
        progress=said.append,
    )
    assert result.blocked == sorted([f"alle-paper-{suffix}", f"mainz-paper-{suffix}"])
    assert result.updated == [f"trier-paper-{suffix}"]
    assert f"mainz-paper-{suffix}" in result.urls
    assert any("mainz-paper" in line and "checks failed" in line for line in said)
    after = snapshot(url, token, suffix)
    assert after["mainz-paper"] == before["mainz-paper"]
    assert after["alle-paper"] == before["alle-paper"]
    assert after["trier-paper"] != before["trier-paper"]


def a_city_leaves(url: str, token: str, state: Path, suffix: str) -> None:
    """Its data sets stay as they were and say so once; when it comes back they are as before."""
    few(url, token, state, suffix, world.tables())
    before = snapshot(url, token, suffix)
    staying = world.cities().filter(pc.field("city_id") != "trier")

    def publish_without(**options: Any) -> PublishResult:
        return few(url, token, state, suffix, world.tables(), staying, **options)

    names = sorted(f"{one}-{suffix}" for one in before if one.startswith("trier-"))
    foreseen = publish_without(dry_run=True)
    assert (foreseen.retired, foreseen.writes) == (names, 0)
    assert [one.name for one in foreseen.differences[names[0]].fields] == [
        "frequency",
        "notes",
        "notes_en",
    ]
    assert snapshot(url, token, suffix) == before
    # Who did not publish them does not speak for them.
    other = state.with_name("other")
    assert few(url, token, other, suffix, world.tables(), staying).retired == []

    left = publish_without()
    assert (left.retired, left.problems) == (names, [])
    after = snapshot(url, token, suffix)
    assert set(after) == set(before)
    notice = "**Wird nicht mehr aktualisiert.** Trier nimmt am Seehaus nicht mehr teil"
    for name, was in before.items():
        if name.startswith("trier-"):
            assert after[name]["notes"].startswith(f"{notice}; hier steht der letzte Stand vom 01.")
            assert after[name]["notes"].endswith(was["notes"])
            assert {**after[name], "notes": ""} == {**was, "notes": ""}
    package = packages(url, token)[f"trier-paper-{suffix}"]
    assert package["frequency"] == NEVER
    assert package["notes_en"].startswith("**No longer updated.** Trier no longer takes part")
    again = publish_without()
    assert (again.retired, again.writes) == ([], 0)

    back = few(url, token, state, suffix, world.tables())
    assert set(names) < set(back.updated)
    assert snapshot(url, token, suffix) == before


def killed_at(url: str, token: str, state: Path, suffix: str, number: int, moment: str) -> int:
    """Kill a publication with SIGKILL at its n-th request, then run again undisturbed.

    Returns:
        How many requests the killed run had sent.
    """
    few(url, token, state, suffix, world.tables(3))
    child: list[subprocess.Popen[bytes]] = []

    def kill(count: int, _action: str) -> bool:
        if count < number:
            return True
        child[0].send_signal(signal.SIGKILL)
        return False

    with Proxy(url, **{moment: kill}) as proxy:
        child.append(_child(proxy.url, token, state, suffix, papers=6))
        ended = child[0].wait(timeout=60)
        sent = len(proxy.actions)
    if sent < number:
        assert ended == 0
        return sent
    assert ended == -signal.SIGKILL
    # What readers see in between is the old or the new publication of each data set, files whole.
    for package in snapshot(url, token, suffix).values():
        for resource in package["resources"]:
            assert resource["file"] == resource["hash"]
    # The source took a row back that the killed run may have sent already.
    tables = with_papers(world.papers("mainz", 5) + world.papers("trier", 4))
    again = few(url, token, state, suffix, tables)
    assert again.problems == []
    assert snapshot(url, token, suffix) == undisturbed(url, token, state, tables)
    assert few(url, token, state, suffix, tables).writes == 0
    return sent


def first_run_killed_at(url: str, token: str, state: Path, suffix: str, number: int) -> None:
    """Kill the very first publication; nothing half is public, and the next run completes it."""

    def kill(count: int, _action: str) -> bool:
        if count < number:
            return True
        child[0].send_signal(signal.SIGKILL)
        return False

    child: list[subprocess.Popen[bytes]] = []
    with Proxy(url, after=kill) as proxy:
        child.append(_child(proxy.url, token, state, suffix, papers=3))
        assert child[0].wait(timeout=60) == -signal.SIGKILL
    ours = [one for name, one in packages(url, token).items() if name.endswith(f"-{suffix}")]
    for package in ours:
        is_done = all(resource.get("hash") for resource in package["resources"])
        assert package["private"] is not is_done
    again = few(url, token, state, suffix, world.tables(3))
    assert again.problems == []
    assert snapshot(url, token, suffix) == undisturbed(url, token, state, world.tables(3))
    assert few(url, token, state, suffix, world.tables(3)).writes == 0


def killed_under_readers(
    url: str, token: str, state: Path, suffix: str, *, kills: int, seed: int
) -> None:
    """Kill publications at random moments while somebody reads; each reading is one edition.

    A publication that is over before its moment comes does not count: another one is tried.
    """
    sys.stdout.write(f"seed {seed}\n")
    chance = random.Random(seed)
    few(url, token, state, suffix, edition(2))
    names = [f"{city}-paper-{suffix}" for city in ("mainz", "alle")]
    killed: list[str] = []
    tries = 0
    with Reader(url, names) as reader:
        while len(killed) < kills:
            tries += 1
            assert tries <= 3 * kills, killed
            number, pause = chance.randint(7, 10), chance.uniform(0, 0.3)
            ended, actions = _killed_at(
                url, token, state, suffix, papers=f"e{2 + tries}", number=number, pause=pause
            )
            if ended == -signal.SIGKILL:
                killed.append(f"{actions[-1]} ({len(actions)}) + {pause:.3f} s")
        assert few(url, token, state, suffix, edition(3 + tries)).problems == []
        reader.wait_for(f"Fassung {3 + tries}")
    sys.stdout.write(f"killed {killed}; read {reader.read} times, {reader.again} again\n")
    assert reader.mixed == []
    assert reader.read > kills
    assert snapshot(url, token, suffix) == undisturbed(url, token, state, edition(3 + tries))
    assert few(url, token, state, suffix, edition(3 + tries)).writes == 0


def _killed_at(
    url: str, token: str, state: Path, suffix: str, *, papers: str, number: int, pause: float
) -> tuple[int, list[str]]:
    """Publish in a process that is killed so long after its n-th request.

    Returns:
        How it ended, and the actions that it had asked for.
    """
    child: list[subprocess.Popen[bytes]] = []
    clocks: list[threading.Timer] = []

    def strike(count: int, _action: str) -> bool:
        # The request goes on its way: the kill comes before, while or after it is served.
        if count == number:
            clocks.append(threading.Timer(pause, child[0].kill))
            clocks[0].start()
        return True

    with Proxy(url, before=strike) as proxy:
        child.append(_child(proxy.url, token, state, suffix, papers=papers))
        ended = child[0].wait(timeout=120)
        for clock in clocks:
            clock.cancel()
        return ended, list(proxy.actions)


def _child(
    url: str, token: str, state: Path, suffix: str, *, papers: int | str
) -> subprocess.Popen[bytes]:
    # Started only once the list holds it: the first request comes seconds later.
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.integration.catalog.publishing",
            url,
            str(state),
            suffix,
            str(papers),
        ],
        cwd=ROOT,
        env={**os.environ, "PUBLISH_TOKEN": token, "NO_PROXY": "127.0.0.1"},
        stderr=subprocess.DEVNULL,
    )


def away_in_the_middle(url: str, token: str, state: Path, suffix: str) -> None:
    """The portal goes away for good: each data set says so, soon, and the next run converges."""
    few(url, token, state, suffix, world.tables(3))
    before = snapshot(url, token, suffix)
    with Proxy(url, before=lambda count, _: count < 9) as proxy:
        began = time.monotonic()
        broken = few(proxy.url, token, state, suffix, world.tables(6))
        assert time.monotonic() - began < 20
    assert broken.problems
    assert all(isinstance(problem, PortalAwayError) for problem in broken.problems)
    first = next(one for one in broken.problems if one.step != "not tried")
    assert first.dataset.endswith(suffix)
    assert "does not answer" in str(first)
    assert "→" in str(first)
    assert all(token not in str(problem) for problem in broken.problems)
    with pytest.raises(PublishError):
        broken.raise_for_problems()
    assert set(snapshot(url, token, suffix)) == set(before)
    assert few(url, token, state, suffix, world.tables(6)).problems == []
    assert snapshot(url, token, suffix) == undisturbed(url, token, state, world.tables(6))


def lost_answers(url: str, token: str, state: Path, suffix: str) -> None:
    """Of the first answers every third is lost when the portal did its work: nothing comes twice.

    Not for ever: of requests side by side one could else lose each of its tries.
    """
    with Proxy(url, after=lambda count, _: count > 12 or count % 3 != 0) as proxy:
        result = few(proxy.url, token, state, suffix, world.tables())
    assert result.problems == []
    assert snapshot(url, token, suffix) == undisturbed(url, token, state, world.tables())
