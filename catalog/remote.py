"""A CKAN portal over HTTP, and what becomes of its failures. The only module that imports ckanapi.

What may pass by itself is tried again: no answer, half an answer, a server error, too many
requests; after a growing pause, or the one that the portal asks for. What will not pass is said
at once, with the mend.
"""

import threading
from collections.abc import Mapping
from typing import Any, Final

import ckanapi
import requests
import tenacity
from pydantic import SecretStr

from catalog.ckan import (
    Files,
    FullError,
    NotThereError,
    Package,
    PortalAwayError,
    PublishError,
    RefusedError,
    TokenError,
    TooLargeError,
)

_TIMEOUTS: Final = (10.0, 300.0)  # seconds to connect, to answer
_ATTEMPTS: Final = 5
# A portal that asks for a longer pause is away.
_LONGEST_PAUSE: Final = 120.0
_PAGE: Final = 1_000
_SERVER_ERROR: Final = 500
_TOO_MANY: Final = 429
_TOO_LARGE: Final = 413
_FULL: Final = 507
_READS: Final = ("_show", "_list", "_search")
_AWAY: Final = "see that it runs and is reachable, then publish again: only the rest is sent"


class _PassingError(requests.RequestException):
    """The portal answered with a status that may pass by itself."""

    def __init__(self, what: str, pause: float) -> None:
        super().__init__(what)
        self.pause = pause


class _LastingError(Exception):
    """The portal answered with a status that will not pass by itself."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


class Ckan:
    """One portal: every action tried again while the portal is away for a moment.

    Each thread has its own HTTP session. ``requests`` and ``writes`` count what was sent.
    """

    def __init__(
        self,
        url: str,
        token: SecretStr,
        *,
        user_agent: str = "Seehaus",
        patience: float = 8.0,
        timeouts: tuple[float, float] = _TIMEOUTS,
    ) -> None:
        """Connect to nothing yet.

        Args:
            url: The portal's address.
            token: An API token; it appears in no log and no message.
            user_agent: How to introduce ourselves.
            patience: The longest pause between two attempts, in seconds, where the portal asks
                for none.
            timeouts: Seconds to wait for a connection and for an answer.
        """
        self.url = url.rstrip("/")
        self._token, self._user_agent, self._patience = token, user_agent, patience
        self._timeouts = timeouts
        self._local = threading.local()
        self._lock, self._asking = threading.Lock(), threading.Lock()
        self._sessions: list[requests.Session] = []
        self._known: dict[str, bool] = {}
        self.requests = 0
        self.writes = 0

    def call(
        self, action: str, data: Mapping[str, Any], *, dataset: str = "", files: Files | None = None
    ) -> Any:
        """Run one action.

        Raises:
            PortalAwayError: No answer, or server errors, after all attempts.
            TokenError: The portal does not know the token.
            FullError: The portal has no room left.
            TooLargeError: It takes no request or file of this size.
            NotThereError: No such object or action.
            RefusedError: CKAN found the request invalid.
            PublishError: The token may not do this, or CKAN failed otherwise.
        """
        pauses = tenacity.wait_exponential_jitter(multiplier=0.2, max=self._patience, jitter=0.2)
        attempt = tenacity.Retrying(
            stop=lambda state: state.attempt_number >= _ATTEMPTS or _asks_for_too_long(state),
            wait=lambda state: max(pauses(state), _asked(state)),
            retry=tenacity.retry_if_exception_type(requests.RequestException),
            reraise=True,
        )
        try:
            return attempt(self._once, action, dict(data), files)
        except requests.RequestException as error:
            what = f"{self.url} does not answer ({type(error).__name__})"
            if isinstance(error, _PassingError):
                what = str(error)
            raise PortalAwayError(dataset, action, what, _AWAY) from None
        except _LastingError as error:
            raise _lasting(error.status, dataset, action) from None
        except ckanapi.NotFound as error:
            mend = "somebody took it away on the portal meanwhile: publish again"
            raise NotThereError(dataset, action, str(error) or "not found", mend) from None
        except ckanapi.ValidationError as error:
            raise _refused(error, dataset, action) from None
        except ckanapi.NotAuthorized as error:
            raise self._not_allowed(error, dataset, action) from None
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
            action, data, files=files, requests_kwargs={"timeout": self._timeouts}
        )

    def _not_allowed(self, error: Exception, dataset: str, action: str) -> PublishError:
        """Tell a token that may too little from one that has expired: CKAN answers both alike."""
        if not self._is_known():
            what = "the portal does not know the token (any more): it expired or was revoked"
            mend = "make a new one, set SEEHAUS_CKAN_TOKEN, publish again: only the rest is sent"
            return TokenError(dataset, action, f"not allowed: {what}", mend)
        mend = "give the token's user the right to edit this organisation and these groups"
        return PublishError(dataset, action, f"not allowed: {error}", mend)

    def _is_known(self) -> bool:
        """Whether the token still is somebody's; in doubt it is."""
        try:
            self._once("user_show", {}, None)
        except ckanapi.NotAuthorized:
            # Who is nobody has no account to show.
            return False
        except (requests.RequestException, ckanapi.CKANAPIError, _LastingError):
            return True
        return True

    @property
    def _remote(self) -> Any:
        if not hasattr(self._local, "remote"):
            session = requests.Session()
            session.hooks["response"].append(_judge)
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

    def knows(self, action: str) -> bool:
        """Whether the portal has this action; asked once.

        Raises:
            PublishError: The portal could not be asked.
        """
        # Those that ask meanwhile wait: one question is enough.
        with self._asking:
            if action not in self._known:
                try:
                    self.call("help_show", {"name": action})
                    self._known[action] = True
                except NotThereError:
                    self._known[action] = False
            return self._known[action]

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
        except PublishError as error:
            if error.stops:
                raise
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


def _judge(response: requests.Response, *_: Any, **__: Any) -> None:
    """Tell the statuses that may pass from those that last; leave CKAN's own to ckanapi."""
    status = response.status_code
    if status in {_TOO_LARGE, _FULL}:
        response.close()
        raise _LastingError(status)
    if status >= _SERVER_ERROR or status == _TOO_MANY:
        response.close()
        asked = response.headers.get("Retry-After", "")
        # A date instead of seconds is not worth a parser: our own pauses do.
        pause = float(asked) if asked.isascii() and asked.isdigit() else 0.0
        what = f"{response.url} answers {status}"
        what += f" and asks to come again in {pause:.0f} s" if pause else ""
        raise _PassingError(what, pause)


def _asked(state: tenacity.RetryCallState) -> float:
    """The pause that the portal asked for, in seconds."""
    error = state.outcome.exception() if state.outcome else None
    return error.pause if isinstance(error, _PassingError) else 0.0


def _asks_for_too_long(state: tenacity.RetryCallState) -> bool:
    return _asked(state) > _LONGEST_PAUSE


def _lasting(status: int, dataset: str, action: str) -> PublishError:
    if status == _FULL:
        mend = "make room on the portal, then publish again: only the rest is sent"
        return FullError(dataset, action, "the portal has no room left (507)", mend)
    mend = "let the web server before CKAN take larger requests, then publish again"
    return TooLargeError(dataset, action, "the portal takes no request of this size (413)", mend)


def _refused(error: ckanapi.ValidationError, dataset: str, action: str) -> PublishError:
    found = error.error_dict if isinstance(error.error_dict, dict) else {}
    if "upload" in str(found) and ("too large" in str(found) or "zu groß" in str(found)):
        mend = "raise ckan.max_resource_size on the portal, then publish again"
        return TooLargeError(dataset, action, "the portal takes no file of this size", mend)
    mend = "the portal's schema and the data set differ: see catalog/package.py"
    refused = RefusedError(dataset, action, f"refused: {error}", mend)
    refused.fields = frozenset(map(str, found))
    return refused
