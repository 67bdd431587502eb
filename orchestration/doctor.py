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
        _genesis(),
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
    if settings().ckan_url is not None:
        return [Finding("portal", "ok", f"publishes to {settings().ckan_url}")]
    missing = environment.local_portal().missing()
    if missing:
        return [
            Finding("portal", "note", f"{reason}; without it: the static catalogue")
            for reason in missing
        ]
    return [Finding("portal", "ok", "Java and Maven are there for a local CKAN")]


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


def _genesis() -> Finding:
    if settings().genesis_username is None:
        detail = "guest access → SEEHAUS_GENESIS_USERNAME and _PASSWORD for large tables"
        return Finding("GENESIS account", "note", detail)
    return Finding("GENESIS account", "ok", "set")
