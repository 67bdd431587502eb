"""How fast the OParl service answers; prints a table for ``docs/benchmarks.md``.

python tests/benchmarks/bench_oparl_out.py --sizes 10000 100000

Invented papers, each with a file and two consultations, lie in a lake of their own. Pages of 100
are asked in the process, over the whole service: state, rows, objects, JSON, gzip. The plain way,
in the same run, reads the same rows with what belongs into them by ``LIMIT … OFFSET`` of the lake,
makes the same objects, and writes them with Python's own ``json``: no HTTP, no gzip.
"""

import argparse
import json
import math
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from catalog import oparl
from catalog.oparl.addresses import Addresses, encoded
from catalog.oparl.objects import Objects, Related
from catalog.oparl.served import Served
from catalog.oparl.tables import KINDS
from orchestration.lake import Lake
from orchestration.settings import Settings
from tests import oparl_lake
from tests.oparl_client import BASE, service

LIMIT = 100
PAPERS = f"{BASE}/body/mainz/paper"


def filled(folder: Path, papers: int) -> tuple[Lake, float]:
    """A published lake, and the seconds of CPU that its first publication took."""
    lake = Lake.of(Settings(data=folder))
    few = {
        name: rows
        for name, rows in oparl_lake.rows().items()
        if name in {"city", "body", "organization", "person", "meeting"}
    }
    with lake.write() as con:
        con.begin()
        con.execute("CREATE SCHEMA harmonised")
        for table in oparl_lake.TABLES:
            oparl_lake.create(con, table, few.get(table, []))
        for table, select in {
            "paper": "'mainz:' || n AS paper_id, n || '/2026' AS reference, "
            "'Vorlage zur Sache ' || hash(n) AS name, 'Beschlussvorlage' AS paper_type, "
            "DATE '2001-01-01' + CAST(n % 9000 AS INTEGER) AS paper_date",
            "file": "'mainz:f' || n AS file_id, 'mainz:' || n AS paper_id, 'main_file' AS role, "
            "'https://ris.mainz.example/getfile?id=' || n AS access_url, "
            "'application/pdf' AS mime_type",
            "consultation": "'mainz:c' || n || '-' || step AS consultation_id, "
            "'mainz:' || n AS paper_id, 'mainz:1' AS meeting_id, 'mainz:70' AS organization_id, "
            "'Vorberatung' AS role",
        }.items():
            steps = ", range(2) AS steps(step)" if table == "consultation" else ""
            con.execute(
                f"INSERT INTO harmonised.{table} BY NAME SELECT {select}, 'mainz' AS city_id, "
                "'https://ris.mainz.example/' || n AS source_url, 'x' AS content_sha256 "
                f"FROM range(?) AS numbers(n){steps}",
                [papers],
            )
        con.commit()
        began = time.process_time()
        oparl.publish(con)
        return lake, time.process_time() - began


def seconds(ask: Callable[[], object], times: int) -> float:
    """The least CPU seconds that something takes, once warm: others use the machine too."""
    ask()
    taken = []
    for _ in range(times):
        began = time.process_time()
        ask()
        taken.append(time.process_time() - began)
    return min(taken)


def answered(client: TestClient, url: str, status: int = 200, tag: str = "") -> str:
    """Ask, and give the answer's tag."""
    answer = client.get(url, headers={"If-None-Match": tag} if tag else {})
    assert answer.status_code == status, answer.text[:500]
    if status == 200:
        assert len(answer.json()["data"]) == LIMIT
    return str(answer.headers["etag"])


def plainly(lake: Lake, offset: int) -> None:
    """A page by its number: the same objects, found by counting from the beginning."""
    objects = Objects(Addresses(BASE))
    with lake.read() as con:
        con.begin()
        table = KINDS["paper"].table
        wanted = "city_id = ? AND NOT is_deleted"
        con.execute(f"SELECT count(*) FROM {table} WHERE {wanted}", ["mainz"]).fetchall()
        rows = (
            con.execute(
                f"SELECT * FROM {table} WHERE {wanted} ORDER BY id LIMIT ? OFFSET ?",
                ["mainz", LIMIT, offset],
            )
            .to_arrow_table()
            .to_pylist()
        )
        ids = [row["id"] for row in rows]
        children: dict[tuple[str, str], dict[str, list[Any]]] = {}
        for kind in ("file", "consultation"):
            of = children.setdefault((kind, "paper"), {id_: [] for id_ in ids})
            for row in (
                con.execute(
                    f"SELECT * FROM {KINDS[kind].table} WHERE NOT is_deleted "
                    "AND paper_id IN (SELECT unnest(?::VARCHAR[])) ORDER BY id",
                    [ids],
                )
                .to_arrow_table()
                .to_pylist()
            ):
                of[row["paper_id"]].append(row)
        con.rollback()
    assert len(rows) == LIMIT
    made = [objects.make("paper", row, Related(children)) for row in rows]
    json.dumps({"data": made}, ensure_ascii=False).encode()


def copied(lake: Lake) -> Served:
    """A service's copies, made anew."""
    served = Served(lake)
    served.refresh()
    return served


def change(lake: Lake, papers: int) -> None:
    """Publish a new name of one paper in a hundred."""
    with lake.write() as con:
        con.execute(
            "UPDATE harmonised.paper SET name = name || '.' "
            "WHERE CAST(split_part(paper_id, ':', 2) AS INTEGER) % 100 = 0"
        )
        done = oparl.publish(con)
        assert done.changed == {"paper": papers // 100}


def measured(papers: int, times: int) -> list[tuple[str, float, float]]:
    """Name, seconds of the first page and of the last one, in several ways."""
    with tempfile.TemporaryDirectory() as folder:
        lake, published = filled(Path(folder), papers)
        ids = sorted(f"mainz:{number}" for number in range(papers))
        last = ids[-LIMIT - 1]
        urls = (PAPERS, f"{PAPERS}?after={encoded(last)}")
        found = [("first publication, whole", published, math.nan)]
        with service(lake) as client:
            pages = [seconds(lambda url=url: answered(client, url), times) for url in urls]
            found.append(("page of the service", *pages))
            tags = [answered(client, url) for url in urls]
            same = [
                seconds(lambda url=url, tag=tag: answered(client, url, 304, tag), times)
                for url, tag in zip(urls, tags, strict=True)
            ]
            found.append(("the same, not modified (304)", *same))
            changed = f"{PAPERS}?modified_since=2100-01-01T00:00:00Z"
            nothing = seconds(lambda: client.get(changed), times)
            found.append(("nothing changed since", nothing, math.nan))
            one = seconds(lambda: client.get(f"{BASE}/paper/mainz/{papers // 2}"), times)
            found.append(("one paper", one, math.nan))
        plain = [
            seconds(lambda at=at: plainly(lake, at), times)  # type: ignore[misc]
            for at in (0, papers - LIMIT)
        ]
        found.append(("the plain way, by OFFSET", *plain))
        began = time.process_time()
        served = copied(lake)
        found.append(("first question after a start", time.process_time() - began, math.nan))
        change(lake, papers)
        began = time.process_time()
        served.refresh()
        taken = time.process_time() - began
        found.append(("first question after 1 % of the papers changed", taken, math.nan))
        return found


def say(line: str) -> None:
    """One line, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--times", type=int, default=9)
    chosen = parser.parse_args()
    say("| papers | | first page | last page | last / first | a second |")
    say("|---|---|---|---|---|---|")
    for papers in chosen.sizes:
        for name, first, last in measured(papers, chosen.times):
            ratio = "" if math.isnan(last) else f"{last / first:.2f}"
            shown = "" if math.isnan(last) else f"{1000 * last:.1f} ms"
            speed = f"{1 / first:.0f}" if first < 1 else ""
            say(f"| {papers:,} | {name} | {1000 * first:.1f} ms | {shown} | {ratio} | {speed} |")


if __name__ == "__main__":
    main()
