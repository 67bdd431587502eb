"""How often a data set is used: one number per day and kind, and nothing about who used it.

The request is looked at to tell what it asks for and whether a crawler sends it; none of it is
kept. People who are logged in (the publisher among them) are not counted.
"""

import csv
import io
import logging
import re
from collections.abc import Iterator
from typing import Any, Final

from ckan import model
from ckan.plugins import toolkit
from flask import Blueprint, Response, request
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

log = logging.getLogger(__name__)

DAYS: Final = 30
_MOST_SHOWN: Final = 200
_KINDS: Final = {
    "dataset.read": "view",
    # Where content is negotiated, this route shows the page in place of CKAN's own.
    "dcat.read_dataset": "view",
    "resource.read": "view",
    "dataset_resource.read": "view",
    "resource.download": "download",
    "dataset_resource.download": "download",
    "datastore.dump": "download",
}
_ACTIONS: Final = {"package_show": "id", "datastore_search": "resource_id"}
_CRAWLER: Final = re.compile(r"bot|crawl|spider|slurp|preview|monitor|seehaus", re.IGNORECASE)
_PUBLIC: Final = "p.state = 'active' and not p.private and p.type = 'dataset'"
_COUNT: Final = text(f"""
    insert into seehaus_use (day, dataset, kind, count)
    select (now() at time zone 'Europe/Berlin')::date, p.name, :kind, 1
      from package p
     where {_PUBLIC} and (p.id = :id or p.name = :id
        or p.id = (select r.package_id from resource r where r.id = :id and r.state = 'active'))
     limit 1
    on conflict (day, dataset, kind) do update set count = seehaus_use.count + 1
""")  # noqa: S608 - constants of ours
_SUMS: Final = f"""
    select p.name, p.title,
           coalesce(sum(u.count) filter (where u.kind = 'view'), 0) as view,
           coalesce(sum(u.count) filter (where u.kind = 'download'), 0) as download,
           coalesce(sum(u.count) filter (where u.kind = 'api'), 0) as api
      from package p
      join seehaus_use u on u.dataset = p.name
     where {_PUBLIC} and u.day > (now() at time zone 'Europe/Berlin')::date - :days
"""  # noqa: S608 - constants of ours
_ALL: Final = text(f"""
    select u.day, u.dataset, u.kind, u.count
      from seehaus_use u
      join package p on p.name = u.dataset
     where {_PUBLIC}
     order by u.day, u.dataset, u.kind
""")  # noqa: S608 - constants of ours

blueprint = Blueprint("seehaus_use", __name__)


def count(response: Response) -> Response:
    """Count what was just answered, where it is the use of a data set."""
    if response.status_code not in {200, 302} or request.method not in {"GET", "POST"}:
        return response
    found = _asked()
    if found is None or _is_crawler() or toolkit.current_user.is_authenticated:
        return response
    kind, what = found
    try:
        with model.meta.engine.begin() as connection:
            connection.execute(_COUNT, {"kind": kind, "id": what})
    except SQLAlchemyError as error:
        # A page that was answered is worth more than its number.
        log.warning("use of %s is not counted: %s", what, type(error).__name__)
    return response


def _asked() -> tuple[str, str] | None:
    """Kind of use and the data set or resource that the request names."""
    arguments = request.view_args or {}
    endpoint = request.endpoint or ""
    if endpoint in _KINDS:
        # A download in pieces is one download.
        if not request.headers.get("Range", "bytes=0-").startswith("bytes=0-"):
            return None
        named = arguments.get("resource_id") or arguments.get("id") or arguments.get("_id")
        # With a format (``.ttl``), it is for programs.
        kind = "api" if arguments.get("_format") else _KINDS[endpoint]
        return (kind, str(named)) if named else None
    parameter = _ACTIONS.get(str(arguments.get("logic_function")))
    if endpoint != "api.action" or parameter is None:
        return None
    body = request.get_json(silent=True) if request.method == "POST" else None
    named = request.args.get(parameter) or (body.get(parameter) if isinstance(body, dict) else None)
    return ("api", named) if isinstance(named, str) else None


def _is_crawler() -> bool:
    return _CRAWLER.search(request.headers.get("User-Agent", "")) is not None


def of(dataset: str) -> dict[str, int]:
    """Uses of a data set during the last ``DAYS`` days by kind; empty: none."""
    sums = text(f"{_SUMS} and p.name = :dataset group by p.name, p.title")
    row = model.Session.execute(sums, {"days": DAYS, "dataset": dataset}).mappings().first()
    return {kind: int(row[kind]) for kind in ("view", "download", "api")} if row else {}


def most_used() -> list[dict[str, Any]]:
    """The data sets of the last ``DAYS`` days, the most used first."""
    sums = text(f"{_SUMS} group by p.name, p.title order by sum(u.count) desc, p.name limit :most")
    found = model.Session.execute(sums, {"days": DAYS, "most": _MOST_SHOWN}).mappings()
    return [dict(row) for row in found]


@blueprint.route("/nutzung")
def page() -> str:
    """What was used, for people."""
    return str(toolkit.render("seehaus/nutzung.html", {"rows": most_used(), "days": DAYS}))


@blueprint.route("/nutzung.csv")
def table() -> Response:
    """The same for programs: every day, ``day,dataset,kind,count``."""
    return Response(_lines(), mimetype="text/csv")


def _lines() -> Iterator[str]:
    yield "day,dataset,kind,count\n"
    with model.meta.engine.connect() as connection:
        for row in connection.execution_options(stream_results=True).execute(_ALL):
            line = io.StringIO()
            csv.writer(line, lineterminator="\n").writerow(row)
            yield line.getvalue()
