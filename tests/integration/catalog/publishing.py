"""What the tests with the fake and with the real portal share.

Run as a program it publishes once, to be killed: ``URL STATE SUFFIX PAPERS``, the token in
``PUBLISH_TOKEN``.
"""

import dataclasses
import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import requests
from pydantic import SecretStr

from catalog.dataset import DataSet, datasets
from catalog.publish import PublishResult, publish
from catalog.remote import Ckan
from tests.unit.catalog import world

TABLES = ("paper", "file", "document_page", "observation")
# One with a DataStore and one of files only: enough where the number of data sets proves nothing,
# and every one costs a real portal about a second.
FEW = ("paper", "document_page")


def made(
    suffix: str,
    tables: dict[str, pa.Table],
    names: tuple[str, ...] = TABLES,
    cities: pa.Table | None = None,
) -> Iterator[DataSet]:
    """The world's data sets under names of their own, so that tests can share a portal."""
    who = world.cities() if cities is None else cities
    all_sets = datasets(tables, world.dictionary(), who, portal_url=world.PORTAL)
    for dataset in all_sets:
        if dataset.table.name in names:
            organization = dataclasses.replace(
                dataset.organization, id=f"{dataset.organization.id}-{suffix}"
            )
            yield dataclasses.replace(
                dataset, name=f"{dataset.name}-{suffix}", organization=organization
            )


def once(
    url: str,
    token: str,
    state: Path,
    suffix: str,
    tables: dict[str, pa.Table],
    cities: pa.Table | None = None,
    names: tuple[str, ...] = TABLES,
    **options: Any,
) -> PublishResult:
    """Publish once, with short pauses between attempts."""
    portal = Ckan(url, SecretStr(token), patience=0.3)
    return publish(made(suffix, tables, names, cities), portal, state=state, **options)


def with_papers(rows: list[dict[str, Any]]) -> dict[str, pa.Table]:
    """The world with other papers."""
    return {**world.tables(), "paper": world.table("paper", rows)}


def edition(papers: int) -> dict[str, pa.Table]:
    """The world with so many papers, each of which says of which edition it is."""
    rows = world.papers("mainz", papers) + world.papers("trier", papers)
    return with_papers([{**row, "reference": f"Fassung {papers}"} for row in rows])


def snapshot(url: str, token: str, suffix: str) -> dict[str, Any]:
    """What readers of the portal see, without ids and times of the portal's own."""
    portal = Ckan(url, SecretStr(token), patience=0.3)
    try:
        return _snapshot(portal, suffix)
    finally:
        portal.close()


def _snapshot(portal: Ckan, suffix: str) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for name, package in portal.packages().items():
        if name.endswith(f"-{suffix}"):
            seen[name.removesuffix(f"-{suffix}")] = {
                "private": package["private"],
                "title": package["title"],
                "notes": package["notes"],
                "tags": sorted(tag["name"] for tag in package["tags"]),
                "groups": sorted(group["name"] for group in package["groups"]),
                "resources": [_resource(portal, one, suffix) for one in package["resources"]],
            }
    return seen


def _resource(portal: Ckan, resource: dict[str, Any], suffix: str) -> dict[str, Any]:
    url = resource["url"] if "://" in resource["url"] else f"{portal.url}{resource['url']}"
    body = requests.get(url, timeout=30).content
    rows: list[Any] = []
    fields: list[Any] = []
    if resource.get("datastore_active"):
        found = portal.call("datastore_search", {"resource_id": resource["id"], "limit": 30_000})
        rows = sorted(
            tuple((k, str(v)) for k, v in row.items() if k != "_id") for row in found["records"]
        )
        fields = [field for field in found["fields"] if field["id"] != "_id"]
    said, file = resource["hash"], hashlib.sha256(body).hexdigest()
    if resource["name"] == "Datenpaket" and said == file:
        # The one file with the data set's name in it, which differs between tests.
        said = file = body.decode().replace(f"-{suffix}", "")
    return {
        "name": resource["name"],
        "hash": said,
        "file": file,
        "rows": rows,
        "fields": fields,
    }


if __name__ == "__main__":
    address, folder, ending, papers = sys.argv[1:]
    sent = once(
        address,
        os.environ["PUBLISH_TOKEN"],
        Path(folder),
        ending,
        edition(int(papers[1:])) if papers.startswith("e") else world.tables(int(papers)),
        names=FEW,
        workers=1,
    )
    sent.raise_for_problems()
