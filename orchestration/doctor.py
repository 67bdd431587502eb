"""What is missing on this machine, each with the mend."""

import shutil
import socket
import sys
from dataclasses import dataclass
from typing import Final

from orchestration import environment
from orchestration.settings import settings

_LEAST_FREE_GIB: Final = 5


@dataclass(frozen=True)
class Finding:
    """One thing looked at. ``level`` is ok, note (works without) or missing."""

    what: str
    level: str
    detail: str


def examine() -> list[Finding]:
    """Look at everything that a run needs."""
    return [
        _python(),
        _disk(),
        _loopback(),
        _cities(),
        _sources(),
        *_portal(),
        _recognition(),
        _chromium(),
        *_accounts(),
    ]


def _python() -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Finding("Python", "ok", version)


def _disk() -> Finding:
    root = settings().root
    root.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(root).free / 2**30
    if free < _LEAST_FREE_GIB:
        detail = f"{free:.1f} GiB free at {root} → free some, or set SEEHAUS_DATA"
        return Finding("disk", "missing", detail)
    return Finding("disk", "ok", f"{free:.0f} GiB free at {root}")


def _loopback() -> Finding:
    try:
        with socket.create_server(("127.0.0.1", 0)):
            return Finding("loopback", "ok", "ports can be opened on 127.0.0.1")
    except OSError as error:
        return Finding("loopback", "missing", f"{error} → allow servers on 127.0.0.1")


def _cities() -> Finding:
    from ingestion.city import CityFileError  # noqa: PLC0415

    try:
        found = environment.cities()
    except CityFileError as error:
        return Finding("city files", "missing", str(error))
    return Finding("city files", "ok", ", ".join(sorted(found)))


def _sources() -> Finding:
    from ingestion.statistics import SourceFileError, load_sources  # noqa: PLC0415

    try:
        found = load_sources()
    except SourceFileError as error:
        return Finding("statistics sources", "missing", str(error))
    told = ", ".join(f"{id_} ({len(source.tables)} tables)" for id_, source in found.items())
    return Finding("statistics sources", "ok", told)


def _portal() -> list[Finding]:
    from catalog.portal import PortalError  # noqa: PLC0415

    if settings().ckan_url is not None:
        return [Finding("portal", "ok", f"publishes to {settings().ckan_url}")]
    try:
        missing = environment.local_portal().missing()
        gaps = environment.portal_operator().missing()
    except PortalError as error:
        return [Finding("portal", "missing", str(error))]
    if missing:
        return [
            Finding("portal", "note", f"{reason}; without it: the static catalogue")
            for reason in missing
        ]
    found = [Finding("portal", "ok", "Java and Maven are there for a local CKAN")]
    if gaps:
        told = f"not filled in: {', '.join(gaps)} → SEEHAUS_OPERATOR, before the public sees them"
        found.append(Finding("legal pages", "note", told))
    return found


def _recognition() -> Finding:
    from ingestion.formats import ocr  # noqa: PLC0415

    if settings().ocr == "off":
        return Finding("text recognition", "note", "switched off → SEEHAUS_OCR=auto")
    if ocr.data_folder() is None:
        return Finding("text recognition", "note", f"{ocr.MISSING}; without it scans have no text")
    return Finding("text recognition", "ok", "Tesseract with German")


def _chromium() -> Finding:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path:
        return Finding("browser", "ok", f"{path} (tests only)")
    return Finding("browser", "note", "no chromium: browser tests skip → apt install chromium")


def _accounts() -> list[Finding]:
    """The account of each statistics service that a table is asked for at."""
    from ingestion.city import CityFileError  # noqa: PLC0415
    from ingestion.systems import genesis  # noqa: PLC0415

    try:
        cities = environment.cities().values()
    except CityFileError:
        return []  # told by another finding
    urls = {str(entry.url) for city in cities for entry in city.statistics_of("genesis")}
    return [_account(name, url) for name, url in sorted(genesis.accounts(urls).items())]


def _account(name: str, url: str) -> Finding:
    """Whether a service takes our credentials; no value of a setting is ever told."""
    from ingestion.http import Client, FetchError  # noqa: PLC0415
    from ingestion.systems import genesis  # noqa: PLC0415

    what, at = f"account {name}", settings()
    username, password = (f"{name}_{part}" for part in ("username", "password"))
    secrets = environment.secrets(at)
    if username not in secrets:
        setting = f"SEEHAUS_{username.upper()}"
        if password in secrets:
            detail = f"a password and no user name → set {setting}"
            return Finding(what, "missing", detail)
        return Finding(
            what, "note", f"guest access at {url} → {setting} and _PASSWORD for all of it"
        )
    try:
        with Client(
            allowed=[url], user_agent=at.user_agent, requests_per_second=1, secrets=secrets
        ) as client:
            problem = genesis.login_problem(url, client)
    except FetchError as error:
        return Finding(what, "note", f"set, and not checked: {error.problem.what}")
    if problem is not None:
        return Finding(what, "missing", f"{problem.what} → {problem.mend}")
    if password not in secrets:
        detail = f"a token → SEEHAUS_{password.upper()} too for tables that are made as jobs"
        return Finding(what, "ok", detail)
    return Finding(what, "ok", f"signed in at {url}")
