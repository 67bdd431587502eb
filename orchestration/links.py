"""Whether what the published data name still answers: ``seehaus links`` and its weekly job."""

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Final, Literal

from catalog.links import Link, links
from ingestion.city import City
from ingestion.http import (
    CircuitOpenError,
    Client,
    FetchError,
    Hooks,
    HostNotAllowedError,
    HttpStatusError,
    QuietHoursError,
    RobotsDisallowedError,
    TooLargeError,
    shown,
)
from ingestion.http_guard import SharedGate, is_loopback, origin_of
from orchestration import publication
from orchestration.environment import cities, folder, kind
from orchestration.progress import step
from orchestration.settings import settings

OF_EACH: Final = 20
"""Addresses drawn of each column of each data set."""
_PACE: Final = 0.5
_GONE: Final = frozenset({404, 410})
_LIMIT: Final = 2**20
# One byte is enough to know that a file is there; who knows no ranges is cut off at the limit.
_HEADERS: Final = {"Range": "bytes=0-0"}

Verdict = Literal["good", "gone", "failed", "unchecked"]


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of one link.

    Attributes:
        verdict: ``good``; ``gone``: the server knows no such page; ``failed``: no answer or an
            error; ``unchecked``: it was not asked, ``why`` tells the rule.
        since: The day since which it is not good, where earlier looks found that too.
    """

    url: str
    dataset: str
    place: str
    verdict: Verdict
    why: str = ""
    since: str = ""

    @property
    def is_bad(self) -> bool:
        """Whether somebody has to look."""
        return self.verdict in {"gone", "failed"}


@dataclass(frozen=True, slots=True)
class Report:
    """All links of one look, by address."""

    day: dt.date
    links: tuple[Checked, ...]

    @property
    def bad(self) -> tuple[Checked, ...]:
        """Those that somebody has to look at."""
        return tuple(one for one in self.links if one.is_bad)

    @property
    def counts(self) -> dict[str, int]:
        """How many of each verdict."""
        return dict(sorted(Counter(one.verdict for one in self.links).items()))

    def lines(self) -> list[str]:
        """In words: each bad one with place, finding, mend and since when, then the counts."""
        told = [
            f"{one.url} ({one.dataset}, {one.place}): {one.why} (since {one.since})"
            for one in self.bad
        ]
        counts = ", ".join(f"{number} {verdict}" for verdict, number in self.counts.items())
        return [*told, f"links: {counts or 'none'}"]


def check(of_each: int = OF_EACH, *, today: dt.date | None = None) -> Report:
    """Look at the links of what is harmonised, at each server's pace, and keep what came of it.

    Args:
        of_each: See ``catalog.links.links``.
        today: Decides which rows are drawn; by default the day it is (UTC).
    """
    day = today or dt.datetime.now(dt.UTC).date()
    before = {one.url: one for one in _kept()}
    with step("links") as tell:
        found = links(publication.made(settings().public_url or "about:blank"), day, of_each)
        done: list[Checked] = []
        for one in _checked(found):
            done.append(_dated(one, before.get(one.url), day))
            tell(len(done), len(found), one.url)
    report = Report(day, tuple(sorted(done, key=lambda one: one.url)))
    _keep(report)
    return report


def _checked(found: Iterable[Link]) -> Iterator[Checked]:
    def server(link: Link) -> tuple[str, str, int]:
        return origin_of(link.url)

    odd, asked = [], []
    for link in found:
        try:
            origin_of(link.url)
        except HostNotAllowedError as error:
            odd.append(_said(link, "failed", f"{error.what} → {error.mend}"))
        else:
            asked.append(link)
    yield from odd
    is_sample = kind() == "sample"
    for (_, host, _), group in groupby(sorted(asked, key=server), key=server):
        if is_sample and not is_loopback(host):
            # Invented data: nobody is asked for what nobody published.
            yield from (_said(link, "unchecked", "sample world") for link in group)
            continue
        of_server = list(group)
        with _client(of_server[0].url, host) as client:
            yield from (_ask(client, link) for link in of_server)


def _client(url: str, host: str) -> Client:
    """A client for one server that remembers and keeps nothing of what it is answered."""
    city = next((one for one in cities().values() if _is_of(one, host)), None)
    council = city.council if city else None
    own = is_loopback(host)
    return Client(
        allowed=[url],
        user_agent=settings().user_agent,
        requests_per_second=(
            1_000 if own else min(_PACE, council.requests_per_second) if council else _PACE
        ),
        permission=bool(council and council.permission),
        ca_bundle=council.ca_bundle if council else None,
        max_bytes=_LIMIT,
        timeout=30,
        retries=1,
        is_quiet=council.is_quiet if council and not own else None,
        hooks=None if own else Hooks(gate=SharedGate(folder("pace"))),
    )


def _is_of(city: City, host: str) -> bool:
    council = city.council
    return bool(council) and any(
        origin_of(url)[1] == host for url in city.base_urls(council.system if council else None)
    )


def _ask(client: Client, link: Link) -> Checked:
    try:
        client.get(link.url, kind="link", headers=_HEADERS, conditional=False)
    except TooLargeError:
        return _said(link, "good")
    except QuietHoursError as error:
        return _said(link, "unchecked", str(error))
    except (RobotsDisallowedError, CircuitOpenError) as error:
        return _said(link, "unchecked", error.what)
    except FetchError as error:
        return _bad(link, error)
    return _said(link, "good")


def _bad(link: Link, error: FetchError) -> Checked:
    if isinstance(error, HttpStatusError):
        verdict: Verdict = "gone" if error.status in _GONE else "failed"
        return _said(link, verdict, f"{error.what} → {_mend(verdict)}")
    # A redirect may have led elsewhere: then that place is told too.
    is_same = error.url == shown(link.url)
    return _said(link, "failed", f"{error.what} → {error.mend}" if is_same else str(error))


def _mend(verdict: Verdict) -> str:
    if verdict == "gone":
        return "the next crawl takes it away; if it stays, the city's addresses have changed"
    return "look again later; if it stays, tell the operator"


def _said(link: Link, verdict: Verdict, why: str = "") -> Checked:
    return Checked(link.url, link.dataset, link.place, verdict, why)


def _dated(one: Checked, before: Checked | None, day: dt.date) -> Checked:
    if not one.is_bad:
        return one
    since = before.since if before and before.is_bad else day.isoformat()
    return Checked(one.url, one.dataset, one.place, one.verdict, one.why, since)


def _file() -> Path:
    return folder("published") / "links.json"


def _kept() -> list[Checked]:
    path = _file()
    if not path.exists():
        return []
    return [Checked(**one) for one in json.loads(path.read_text("utf-8"))["links"]]


def _keep(report: Report) -> None:
    path = _file()
    beside = path.with_suffix(".tmp")
    kept = {"day": report.day.isoformat(), "links": [asdict(one) for one in report.links]}
    beside.write_text(json.dumps(kept, ensure_ascii=False, indent=1), "utf-8")
    beside.replace(path)
