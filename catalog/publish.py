"""Data sets to a CKAN portal, as a diff. The only module that imports ckanapi.

A run without changes asks four questions and writes nothing. A data set that fails keeps its last
good version and is named in the result; the others go on.
"""

import contextlib
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import ckanapi
import requests
import tenacity
from pydantic import SecretStr

from catalog.ckan import (
    Files,
    NotThereError,
    Package,
    PortalAwayError,
    PublishError,
    RefusedError,
)
from catalog.dataset import DataSet, Organization
from catalog.sending import Outcome, Sender
from catalog.vocabulary import THEMES

_TIMEOUTS: Final = (10, 300)  # seconds to connect, to answer
_ATTEMPTS: Final = 5
_PAGE: Final = 1_000
_SERVER_ERROR: Final = 500
_TOO_MANY: Final = 429
_READS: Final = ("_show", "_list", "_search")
_AWAY: Final = "see that it runs and is reachable, then publish again: only the rest is sent"


class _ServerError(requests.RequestException):
    """The portal answered with a status that may pass by itself."""


class Ckan:
    """One portal: every action tried again while the portal is away for a moment.

    Each thread has its own HTTP session. ``requests`` and ``writes`` count what was sent.
    """

    def __init__(
        self, url: str, token: SecretStr, *, user_agent: str = "Seehaus", patience: float = 8.0
    ) -> None:
        """Connect to nothing yet.

        Args:
            url: The portal's address.
            token: An API token; it appears in no log and no message.
            user_agent: How to introduce ourselves.
            patience: The longest pause between two attempts, in seconds.
        """
        self.url = url.rstrip("/")
        self._token, self._user_agent, self._patience = token, user_agent, patience
        self._local = threading.local()
        self._lock = threading.Lock()
        self._sessions: list[requests.Session] = []
        self.requests = 0
        self.writes = 0

    def call(
        self, action: str, data: Mapping[str, Any], *, dataset: str = "", files: Files | None = None
    ) -> Any:
        """Run one action.

        Raises:
            PortalAwayError: No answer, or server errors, after all attempts.
            NotThereError: No such object or action.
            RefusedError: CKAN found the request invalid.
            PublishError: The token may not do this, or CKAN failed otherwise.
        """
        attempt = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(_ATTEMPTS),
            wait=tenacity.wait_exponential_jitter(multiplier=0.2, max=self._patience, jitter=0.2),
            retry=tenacity.retry_if_exception_type(requests.RequestException),
            reraise=True,
        )
        try:
            return attempt(self._once, action, dict(data), files)
        except requests.RequestException as error:
            what = f"{self.url} does not answer ({type(error).__name__})"
            if isinstance(error, _ServerError):
                what = str(error)
            raise PortalAwayError(dataset, action, what, _AWAY) from None
        except ckanapi.NotFound as error:
            raise NotThereError(dataset, action, str(error) or "not found", _AWAY) from None
        except ckanapi.ValidationError as error:
            mend = "the portal's schema and the data set differ: see catalog/package.py"
            raise RefusedError(dataset, action, f"refused: {error}", mend) from None
        except ckanapi.NotAuthorized as error:
            mend = "give the token's user the right to edit this organisation and these groups"
            raise PublishError(dataset, action, f"not allowed: {error}", mend) from None
        except ckanapi.CKANAPIError as error:
            mend = "see the portal's log, and whether SEEHAUS_CKAN_URL is a CKAN"
            raise PublishError(dataset, action, str(error)[:500], mend) from None

    def _once(self, action: str, data: dict[str, Any], files: Files | None) -> Any:
        with self._lock:
            self.requests += 1
            self.writes += not action.endswith(_READS)
        for _, stream, _ in (files or {}).values():
            stream.seek(0)
        return self._remote.call_action(
            action, data, files=files, requests_kwargs={"timeout": _TIMEOUTS}
        )

    @property
    def _remote(self) -> Any:
        if not hasattr(self._local, "remote"):
            session = requests.Session()
            session.hooks["response"].append(_passing)
            with self._lock:
                self._sessions.append(session)
            self._local.remote = ckanapi.RemoteCKAN(
                self.url,
                apikey=self._token.get_secret_value(),
                user_agent=self._user_agent,
                session=session,
            )
        return self._local.remote

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        with self._lock:
            sessions, self._sessions = self._sessions, []
            self._local = threading.local()
        for session in sessions:
            session.close()

    def packages(self) -> dict[str, Package]:
        """Every data set that the token may see, by name, with its resources and hashes."""
        found: dict[str, Package] = {}
        start = 0
        while True:
            answer = self.call(
                "package_search",
                {
                    "fq": "dataset_type:dataset",
                    "rows": _PAGE,
                    "start": start,
                    "sort": "name asc",
                    "include_private": True,
                },
            )
            found.update((one["name"], one) for one in answer["results"])
            start += len(answer["results"])
            if not answer["results"] or start >= answer["count"]:
                return found

    def schema(self) -> frozenset[str]:
        """The fields of the portal's dataset schema; empty where it has no ckanext-scheming."""
        try:
            answer = self.call("scheming_dataset_schema_show", {"type": "dataset"})
        except PortalAwayError:
            raise
        except PublishError:
            return frozenset()
        return frozenset(one["field_name"] for one in answer["dataset_fields"])

    def groups(self, action: str) -> dict[str, Package]:
        """Organisations (``organization_list``) or groups (``group_list``) by name."""
        found: dict[str, Package] = {}
        offset = 0
        while True:
            page = self.call(
                action, {"all_fields": True, "limit": _PAGE, "offset": offset, "sort": "name"}
            )
            found.update((one["name"], one) for one in page)
            offset += len(page)
            # CKAN caps a page at its own limit, so only an empty one is the end.
            if not page:
                return found


def _passing(response: requests.Response, *_: Any, **__: Any) -> None:
    """Turn a server error into one that is tried again."""
    if response.status_code >= _SERVER_ERROR or response.status_code == _TOO_MANY:
        response.close()
        what = f"{response.url} answers {response.status_code}"
        raise _ServerError(what)


@dataclass
class PublishResult:
    """What one publication did.

    Attributes:
        created: Names of new data sets; likewise ``updated``, ``unchanged`` and ``blocked``.
        differences: Data set name to what differed (in a dry run: what would be sent).
        urls: Data set name to its page, for all that are on the portal.
        problems: One error per data set that failed; its last good version stays.
        requests: How many requests were sent, and how many of them wrote.
    """

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    blocked: list[str] = field(default_factory=list)
    differences: dict[str, tuple[str, ...]] = field(default_factory=dict)
    rows_upserted: int = 0
    rows_deleted: int = 0
    urls: dict[str, str] = field(default_factory=dict)
    problems: list[PublishError] = field(default_factory=list)
    requests: int = 0
    writes: int = 0

    def raise_for_problems(self) -> None:
        """Raise the first problem, if any.

        Raises:
            PublishError: Names data set, step and mend.
        """
        if self.problems:
            raise self.problems[0]


def publish(
    datasets: Iterable[DataSet],
    portal: Ckan,
    *,
    state: Path,
    progress: Callable[[str], None] = lambda _: None,
    blocked: Collection[tuple[str, str]] = (),
    dry_run: bool = False,
    workers: int = 4,
) -> PublishResult:
    """Bring the portal to what the data sets say, sending only what differs.

    Args:
        datasets: Made one after the other, at most ``2 * workers`` in memory at a time.
        portal: Where to.
        state: Folder of what was last published; losing it costs one full reload per change.
        progress: Told one line per data set.
        blocked: City and table whose checks failed: their data sets, and the one over all cities,
            keep their last good version.
        dry_run: Only find out what would be sent.
        workers: How many data sets are sent at once; measured on two busy cores, 22 data sets took
            79 s with one, 38 s with two and 27 s with four.

    Returns:
        What was done; look at ``problems``.

    Raises:
        PublishError: The portal could not even be asked what it has.
    """
    try:
        result = _publish(
            datasets, _Run(portal, state, dry_run=dry_run), progress, blocked, workers
        )
    finally:
        portal.close()
    result.requests, result.writes = portal.requests, portal.writes
    for names in (result.created, result.updated, result.unchanged, result.blocked):
        names.sort()
    result.problems.sort(key=lambda problem: problem.dataset)
    return result


def _publish(
    datasets: Iterable[DataSet],
    run: "_Run",
    progress: Callable[[str], None],
    blocked: Collection[tuple[str, str]],
    workers: int,
) -> PublishResult:
    result = run.result
    pending: dict[Future[Outcome], DataSet] = {}
    with ThreadPoolExecutor(workers) as pool:
        for dataset in datasets:
            if _is_blocked(dataset, blocked):
                result.blocked.append(dataset.name)
                progress(f"{dataset.name}: checks failed, the last good version stays")
                run.link(dataset.name)
                continue
            if len(pending) >= 2 * workers:
                run.collect(pending, progress)
            pending[pool.submit(run.send, dataset)] = dataset
        while pending:
            run.collect(pending, progress)
    return result


def _is_blocked(dataset: DataSet, blocked: Collection[tuple[str, str]]) -> bool:
    if dataset.city_id is not None:
        return (dataset.city_id, dataset.table.name) in blocked
    return any(table == dataset.table.name for _, table in blocked)


class _Run:
    """One publication: what the portal had at its beginning, and what has become of it."""

    def __init__(self, portal: Ckan, state: Path, *, dry_run: bool) -> None:
        self.portal, self.dry_run = portal, dry_run
        self.result = PublishResult()
        self.packages = portal.packages()
        self.organizations = portal.groups("organization_list")
        self.groups = portal.groups("group_list")
        self.sender = Sender(portal, portal.schema(), state, dry_run=dry_run)
        self.lock = threading.Lock()
        self.away: PortalAwayError | None = None

    def send(self, dataset: DataSet) -> Outcome:
        if self.away is not None:
            raise PortalAwayError(dataset.name, "not tried", self.away.what, self.away.mend)
        found = self.packages.get(dataset.name)
        if not self.dry_run and (found is not None or dataset.rows.num_rows):
            with self.lock:
                self._ensure(dataset)
        return self.sender.send(dataset, found)

    def _ensure(self, dataset: DataSet) -> None:
        """Make the organisation and the groups, once."""
        self._organization(dataset.organization, dataset.name)
        for theme in dataset.themes:
            if theme not in self.groups:
                fields = {"name": theme, "title": THEMES[theme]}
                self.groups[theme] = self._make("group", fields, dataset.name)

    def _organization(self, organization: Organization, dataset: str) -> None:
        fields = {"title": organization.title, "description": organization.description}
        found = self.organizations.get(organization.id)
        if found is None:
            found = self._make("organization", {"name": organization.id, **fields}, dataset)
        elif any(found.get(key) != value for key, value in fields.items()):
            wanted = {"id": organization.id, **fields}
            found = self.portal.call("organization_patch", wanted, dataset=dataset)
        self.organizations[organization.id] = found

    def _make(self, kind: str, fields: dict[str, Any], dataset: str) -> Package:
        try:
            return dict(self.portal.call(f"{kind}_create", fields, dataset=dataset))
        except RefusedError:
            # Made by a request whose answer was lost.
            name = {"id": fields["name"]}
            with contextlib.suppress(NotThereError):
                return dict(self.portal.call(f"{kind}_show", name, dataset=dataset))
            raise

    def collect(
        self, pending: dict[Future[Outcome], DataSet], progress: Callable[[str], None]
    ) -> None:
        """Take in what has ended; waits for at least one."""
        done, _ = wait(pending, return_when=FIRST_COMPLETED)
        for future in done:
            dataset = pending.pop(future)
            try:
                outcome = future.result()
            except PublishError as error:
                if isinstance(error, PortalAwayError):
                    self.away = error
                self.result.problems.append(error)
                progress(str(error))
            else:
                self._note(outcome)
                progress(f"{outcome.name}: {outcome.what}")
            self.link(dataset.name)

    def _note(self, outcome: Outcome) -> None:
        getattr(self.result, outcome.what).append(outcome.name)
        if outcome.differences:
            self.result.differences[outcome.name] = outcome.differences
        self.result.rows_upserted += outcome.rows_upserted
        self.result.rows_deleted += outcome.rows_deleted

    def link(self, name: str) -> None:
        if name in self.packages or name in self.result.created:
            self.result.urls[name] = f"{self.portal.url}/dataset/{name}"
