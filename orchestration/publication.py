"""Harmonised tables to the outside: the static catalogue always, CKAN where there is one."""

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import pyarrow as pa
from pyarrow import parquet

from catalog import site
from catalog.ckan import PublishError
from catalog.dataset import DataSet, datasets
from catalog.dictionary import Dictionary
from catalog.publish import PublishResult
from catalog.publish import publish as to_ckan
from catalog.remote import Ckan
from orchestration import dbt, differences, verdict
from orchestration.environment import folder, portal_target
from orchestration.lake import lake
from orchestration.progress import Tell, step
from orchestration.report import current
from orchestration.settings import settings

Held = Collection[tuple[str, str]]
"""City and harmonised table whose checks failed: their last good version stays."""

_READ: Final = ("source", "statistic_table")


@dataclass
class Publication:
    """What was published, for the summary and for Dagster."""

    url: str = ""
    note: str = ""
    catalogue: str = ""
    ckan: PublishResult | None = None
    rows: dict[str, int] = field(default_factory=dict)

    def text(self) -> str:
        """In words."""
        lines = [f"static catalogue: {self.catalogue}"] if self.catalogue else []
        if self.ckan:
            done = self.ckan
            lines.append(
                f"{self.url}: {len(done.created)} created, {len(done.updated)} updated, "
                f"{len(done.unchanged)} unchanged, {len(done.blocked)} held back, "
                f"{len(done.retired)} retired; "
                f"{done.rows_upserted} rows sent, {done.rows_deleted} deleted",
            )
            lines += [f"  {line}" for line in differences.table(done)]
            lines += [f"  problem: {line}" for line in _together(done.problems)]
        if self.note:
            lines.append(self.note)
        return "\n".join(lines)


def _together(problems: Iterable[PublishError]) -> list[str]:
    """One line per cause: a portal that is away is one problem, not one per data set."""
    by_cause: dict[tuple[str, str], list[PublishError]] = {}
    for problem in problems:
        by_cause.setdefault((problem.what, problem.mend), []).append(problem)
    return [
        str(alike[0]) if len(alike) == 1 else f"{len(alike)} data sets: {what} → {mend}"
        for (what, mend), alike in by_cause.items()
    ]


def dictionary() -> Dictionary:
    """What the harmonised tables are, from dbt's manifest."""
    return Dictionary.from_manifest(dbt.manifest())


def tables(of: Dictionary) -> dict[str, pa.Table]:
    """The tables that publishing reads, in one consistent snapshot of the lake."""
    at = lake()
    have = at.tables("harmonised")
    wanted = [table.name for table in of if table.publish or table.name in _READ]
    with at.read() as con:
        con.execute("BEGIN")
        return {
            name: con.execute(f'SELECT * FROM lake.harmonised."{name}"').to_arrow_table()  # noqa: S608 - names from the manifest
            for name in wanted
            if name in have
        }


def made(url: str) -> Iterator[DataSet]:
    """Every data set, one after the other."""
    of = dictionary()
    read = tables(of)
    checks = verdict.checked(lake())
    yield from datasets(read, of, read["city"], portal_url=url, checks=checks)


def public_folder() -> Path:
    """Where the static catalogue lies; serve it as it is."""
    return settings().root / "public"


def write_catalogue(held: Held = ()) -> site.SiteResult:
    """Write the static DCAT-AP.de catalogue with its files; unchanged, nothing is written."""
    # Until somebody says where the folder is served, its own address is the true one.
    url = settings().public_url or f"{public_folder().as_uri()}/"
    with step("static catalogue", current().seconds) as tell:
        sets = _watched(made(url), tell)
        return site.write(sets, public_folder(), base_url=url, blocked=held)


def _watched(sets: Iterable[DataSet], tell: Tell) -> Iterator[DataSet]:
    for done, one in enumerate(sets, 1):
        yield one
        tell(done, None, one.name)


def publish_ckan(held: Held = (), *, dry_run: bool = False) -> Publication:
    """Bring the portal to what is harmonised; without a portal say so and do nothing."""
    from orchestration.demo import await_portal  # noqa: PLC0415 - imports this module's callers

    done = Publication(catalogue=str(public_folder() / "index.html"))
    why_not = await_portal()
    target = portal_target()
    if target is None:
        done.note = why_not or "no portal → `seehaus portal up`, or set SEEHAUS_CKAN_URL"
        save(done, _pages_of_catalogue())
        return done
    done.url = target.url
    with step("publish to CKAN", current().seconds) as tell:
        portal = Ckan(target.url, target.token, user_agent=settings().user_agent)
        told = 0

        def progress(message: str) -> None:
            nonlocal told
            told += 1
            tell(told, None, message)

        def counted(sets: Iterable[DataSet]) -> Iterator[DataSet]:
            for one in sets:
                done.rows[one.name] = one.rows.num_rows
                # One history of changes for both: the static catalogue's, which is written first.
                yield replace(one, version_notes=site.changes_of(public_folder(), one.name))

        done.ckan = to_ckan(
            counted(made(target.url)),
            portal,
            state=folder("published") / "state",
            progress=progress,
            blocked=held,
            dry_run=dry_run,
        )
    if not dry_run:
        save(done, done.ckan.urls)
    return done


def _pages_of_catalogue() -> dict[str, str]:
    """Without a portal the static catalogue's own folders are where the data sets are."""
    sets = sorted((public_folder() / "dataset").glob("*"))
    return {path.name: str(path) for path in sets}


def save(done: Publication, urls: dict[str, str]) -> None:
    """Keep what is where for the summary."""
    path: Path = folder("published") / "summary.json"
    rows = done.rows or {name: _rows(Path(where)) for name, where in urls.items()}
    summary = {
        "url": done.url,
        "note": done.note,
        "catalogue": done.catalogue,
        "datasets": [
            {"name": name, "rows": rows.get(name, 0), "url": url}
            for name, url in sorted(urls.items())
        ],
    }
    beside = path.with_suffix(".tmp")
    beside.write_text(json.dumps(summary, ensure_ascii=False, indent=1))
    beside.replace(path)


def _rows(data_set: Path) -> int:
    return int(parquet.read_metadata(data_set / f"{data_set.name}.parquet").num_rows)


def publish(*, dry_run: bool = False) -> Publication:
    """What ``seehaus publish`` does: catalogue, OParl, portal, with the last checks' verdict."""
    from orchestration import oparl  # noqa: PLC0415 - publishes with what this module reads

    held = verdict.held(lake())
    if not dry_run:
        write_catalogue(held)
        oparl.publish(held)
    return publish_ckan(held, dry_run=dry_run)
