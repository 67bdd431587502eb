"""Talks to one GENESIS web service 2020: signs in, asks for tables, their state and their jobs.

Regionalstatistik, GENESIS-Online and the census of 2022 speak the same; their bases tell them
apart, and each has an account of its own. Credentials travel in headers only.
"""

import datetime as dt
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from ingestion.http import Client, HttpStatusError, Problem
from ingestion.http_types import named
from ingestion.record import Fetched
from ingestion.systems._genesis_status import (
    BUSY,
    NOT_SIGNED_IN,
    TOO_LARGE,
    UNKNOWN,
    WRONG_CREDENTIALS,
    RefusedError,
    problem,
    read_json,
    status,
    variables,
)

GUEST: Final = "GAST"
ACCOUNTS: Final[Mapping[str, str]] = {"/genesisWS/": "genesis_online", "/api/": "zensus"}
"""By the beginning of a base's path (its case matters); everything else is ``genesis``."""
BUSY_PAUSES: Final = (5.0, 15.0, 45.0)
"""Seconds before a request is tried again that was one too many at a time."""
JOB_PAUSES: Final = (5.0, 10.0, 20.0, 40.0, *[60.0] * 25)
"""Seconds between two looks at a job; after all of them, half an hour, it is given up."""
PAGE_LENGTH: Final = 2500

_JOB: Final = r"(?<![0-9A-Za-z_-]){code}_[0-9]{{4,20}}(?![0-9])"
"""The name of a job's result, as the service's words carry it."""
_SIGNED_IN: Final = ("erfolgreich", "successful")
_WRONG: Final = ("nutzername", "passwort", "password", "user name", "username", "berechtigt")
_FAILED: Final = ("fehler", "abgebrochen", "error", "cancel", "failed")


@dataclass(frozen=True, slots=True)
class TableInfo:
    """What ``metadata/table`` says of a table.

    Attributes:
        title: Its title, lines joined.
        first: First period, as the service writes it.
        last: Last period.
        updated: When the table was changed last; new figures alone do not move it.
        valid: As the service says it.
    """

    title: str
    first: str
    last: str
    updated: str
    valid: str

    @property
    def state(self) -> str:
        """All of it as one text: another text is another state."""
        return json.dumps([self.title, self.first, self.last, self.updated, self.valid])


def account_of(url: str) -> str:
    """Whose credentials are used at a base: the first part of their settings."""
    path = urlsplit(url).path
    return next((name for begin, name in ACCOUNTS.items() if path.startswith(begin)), "genesis")


@dataclass
class Service:
    """One service under one account.

    Attributes:
        url: Its base.
        client: Sends.
        language: In which it is asked to answer.
    """

    url: str
    client: Client
    language: str = "de"
    _headers: dict[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Take the account's credentials."""
        username = self.client.secret(f"{self.account}_username")
        password = self.client.secret(f"{self.account}_password")
        self.is_guest = username is None
        # A token stands in place of the user name, and the password is empty.
        self.is_token = username is not None and not password
        self._headers = {
            "username": username or GUEST,
            "password": GUEST if self.is_guest else password or "",
        }

    @property
    def account(self) -> str:
        """Whose credentials are used: the first part of their settings."""
        return account_of(self.url)

    def login_problem(self) -> Problem | None:
        """Why nothing should be asked under this account; None: it can be.

        The service answers 200 always: its text is what counts. A guest is not asked about: the
        answer to one is a system error, and still small tables are open to everybody.
        """
        if self.is_guest:
            return None
        url = f"{self.url}helloworld/logincheck"
        try:
            answer = read_json(self._ask("helloworld/logincheck", {"language": self.language}).body)
        except RefusedError as refused:
            is_sure = refused.code in {WRONG_CREDENTIALS, NOT_SIGNED_IN}
            return refused.problem if is_sure else None
        text = str((answer or {}).get("Status", ""))
        is_named_guest = str((answer or {}).get("Username", "")).upper() == GUEST
        if not _says(text, _SIGNED_IN):
            is_wrong = _says(text, _WRONG) or is_named_guest
        else:
            is_wrong = is_named_guest
        if not is_wrong:
            return None  # signed in, or not sure: then the tables themselves will tell
        username, password = variables(self.account)
        what = "was let in as a guest only" if is_named_guest else f"the login is refused: {text}"
        return Problem(url, what[:300], f"check {username} and {password}")

    def tablefile(
        self,
        form: Mapping[str, str],
        context: Mapping[str, str],
        essence: Callable[[bytes], bytes | None],
    ) -> Fetched:
        """A table's file, as a job where it is too large for one answer.

        Args:
            form: What to ask for.
            context: Goes into the answer.
            essence: What of the file matters.

        Returns:
            The file under the URL of its form, whichever way it came.

        Raises:
            RefusedError: The service says why it gives none.
            FetchError: There was no answer.
        """
        try:
            return self._ask("data/tablefile", form, context, essence=essence)
        except RefusedError as refused:
            if refused.code not in TOO_LARGE:
                raise
            return self._by_job(refused, form, context, essence)

    def info(self, code: str) -> TableInfo | None:
        """What the service says of a table; None where it does not tell.

        Raises:
            FetchError: There was no answer.
        """
        try:
            answer = self._ask("metadata/table", {"name": code, "area": "all"})
        except RefusedError:
            return None
        told = (read_json(answer.body) or {}).get("Object")
        if not isinstance(told, dict):
            return None
        time = told.get("Time")
        time = time if isinstance(time, dict) else {}
        return TableInfo(
            title=_joined(told.get("Content")),
            first=_joined(time.get("From")),
            last=_joined(time.get("To")),
            updated=_joined(told.get("Updated")),
            valid=_joined(told.get("Valid")),
        )

    def modified_since(self, day: dt.date) -> frozenset[str] | None:
        """Codes of tables and statistics that are new or were updated since a day.

        Returns:
            The codes; None where the service does not tell, or not all of them.

        Raises:
            FetchError: There was no answer.
        """
        form = {"selection": "*", "date": f"{day:%d.%m.%Y}", "pagelength": str(PAGE_LENGTH)}
        try:
            answer = self._ask("catalogue/modifieddata", form)
        except RefusedError as refused:
            return frozenset() if refused.code in UNKNOWN else None
        found = list(_codes(answer.body))
        return frozenset(found) if len(found) < PAGE_LENGTH else None

    def listed(self, code: str) -> frozenset[str] | None:
        """The tables of the same statistic that the catalogue knows; None if it does not tell.

        Raises:
            FetchError: There was no answer.
        """
        form = {"selection": f"{code.partition('-')[0]}*", "area": "all", "pagelength": "500"}
        try:
            answer = self._ask("catalogue/tables", form)
        except RefusedError as refused:
            return frozenset() if refused.code in UNKNOWN else None
        return frozenset(_codes(answer.body))

    def _by_job(
        self,
        refused: RefusedError,
        form: Mapping[str, str],
        context: Mapping[str, str],
        essence: Callable[[bytes], bytes | None],
    ) -> Fetched:
        code = form["name"]
        url = f"{self.url}data/tablefile"
        if self.is_guest or self.is_token:
            username, password = variables(self.account)
            who = "guests" if self.is_guest else "a token"
            what = f"table {code}: too large for one answer, and jobs are refused to {who}"
            mend = f"set {username} and {password} to a user name and its password"
            raise RefusedError(refused.code, refused.words, Problem(url, what, mend))
        known_as = named(url, {**form, "language": self.language})
        job = _job_in(refused.words, code)
        if job is None:
            try:
                # A table that is not that large after all comes at once.
                asked = {**form, "job": "true"}
                return self._ask(
                    "data/tablefile", asked, context, essence=essence, known_as=known_as
                )
            except RefusedError as told:
                if told.code not in TOO_LARGE:
                    raise
                job, refused = _job_in(told.words, code), told
        if job is None:
            what = f"table {code}: status {refused.code}, and no job is named: {refused.words}"
            mend = "run again later, and tell the office if it stays so"
            raise RefusedError(refused.code, refused.words, Problem(url, what[:300], mend))
        self._await(job, code)
        result = {"name": job, "area": "all", "compress": "false", "format": "ffcsv"}
        return self._ask("data/resultfile", result, context, essence=essence, known_as=known_as)

    def _await(self, job: str, code: str) -> None:
        """Look, ever more seldom, whether a job's result is there."""
        form = {"selection": job, "area": "all", "pagelength": "100"}
        for pause in JOB_PAUSES:
            self.client.wait(pause)
            if job in self._entries("catalogue/results", form):
                return
            state = self._entries("catalogue/jobs", form).get(job, "")
            if _says(state, _FAILED):
                what = f"table {code}: the office's job ended with {state[:80]!r}"
                mend = "run again later; if it stays, name a narrower region in ingestion/sources"
                raise RefusedError(-1, state, Problem(f"{self.url}catalogue/jobs", what, mend))
        what = f"table {code}: job {job} was not done after {sum(JOB_PAUSES) / 60:.0f} minutes"
        mend = "run again later: a new job is made then"
        raise RefusedError(104, "", Problem(f"{self.url}catalogue/results", what, mend))

    def _entries(self, method: str, form: Mapping[str, str]) -> dict[str, str]:
        """A list's codes with their states; empty while there is none."""
        try:
            answer = self._ask(method, form)
        except RefusedError as refused:
            if refused.code not in UNKNOWN:
                raise
            return {}
        return {str(each.get("Code")): str(each.get("State") or "") for each in _list(answer.body)}

    def _ask(
        self,
        method: str,
        form: Mapping[str, str],
        context: Mapping[str, str] | None = None,
        *,
        essence: Callable[[bytes], bytes | None] | None = None,
        known_as: str | None = None,
    ) -> Fetched:
        """Post a form; a service that is busy is asked again.

        Raises:
            RefusedError: It answered with a status that is an error.
            FetchError: There was no answer, or one without a status.
        """
        for pause in (*BUSY_PAUSES, None):
            try:
                return self._once(method, form, context, essence, known_as)
            except RefusedError as refused:
                if refused.code != BUSY or pause is None:
                    raise
                self.client.wait(pause)
        raise AssertionError  # pragma: no cover - the last round returns or raises

    def _once(
        self,
        method: str,
        form: Mapping[str, str],
        context: Mapping[str, str] | None,
        essence: Callable[[bytes], bytes | None] | None,
        known_as: str | None,
    ) -> Fetched:
        url = f"{self.url}{method}"
        what = f"table {form['name']}" if "name" in form else method
        is_file = essence is not None
        try:
            fetched = self.client.post(
                url,
                kind="tablefile" if is_file else method.partition("/")[2],
                data={**form, "language": self.language},
                headers=self._headers,
                context=context,
                # Only files are remembered: the rest is true for a moment.
                conditional=is_file and known_as is None,
                essence=essence or _nothing,
                known_as=known_as,
            )
        except HttpStatusError as error:
            told = status(error.answer.body)
            if told is None:
                raise
            raise RefusedError(*told, problem(url, what, *told, self.account)) from None
        told = status(fetched.body)
        if told is not None and (is_file or told[0] != 0):
            # Asked again, the service may say something else.
            self.client.memory.memo.drop(("POST", fetched.url))
            raise RefusedError(*told, problem(url, what, *told, self.account))
        return fetched


def _nothing(body: bytes) -> None:
    """Nothing of such an answer is worth being remembered."""
    del body


def _job_in(words: str, code: str) -> str | None:
    found = re.search(_JOB.format(code=re.escape(code)), words, re.ASCII)
    return found[0] if found else None


def _says(text: str, words: tuple[str, ...]) -> bool:
    lowered = text.lower()
    return any(word in lowered for word in words)


def _joined(value: Any) -> str:
    return " ".join(str(value or "").split())[:500]


def _list(body: bytes) -> Iterator[Mapping[str, Any]]:
    told = (read_json(body) or {}).get("List")
    for each in told if isinstance(told, list) else ():
        if isinstance(each, dict):
            yield each


def _codes(body: bytes) -> Iterator[str]:
    for each in _list(body):
        yield str(each.get("Code", ""))
