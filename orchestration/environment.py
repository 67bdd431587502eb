"""What a run has at hand: cities, clients, stores, portal, index. Joins the other packages."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr

import orchestration
from ingestion.answers import StoredAnswers
from ingestion.blobs import Blobs
from ingestion.city import CITIES, City, load_all
from ingestion.http import Client, Hooks, RunMemory
from ingestion.http_guard import SharedGate
from ingestion.store import Store
from orchestration.lake import lake
from orchestration.settings import Settings, settings

TRANSFORMS: Final = Path(orchestration.__file__).parents[1] / "transforms"


_NO_PACE: Final = 100_000.0
_memories: dict[tuple[str, str, str], RunMemory] = {}


@cache
def cities() -> dict[str, City]:
    """All city files by id; with the sample world's addresses where it is in use."""
    at = settings()
    found = load_all(at.cities or CITIES)
    if at.city_urls is None:
        return {city.id: city for city in found}
    told = json.loads(at.city_urls.read_text())["cities"]
    return {city.id: city.with_urls(told[city.id]) if city.id in told else city for city in found}


def folder(name: str) -> Path:
    """A folder of this machine's state, made if missing."""
    path = settings().root / name
    path.mkdir(parents=True, exist_ok=True)
    return path


def kind() -> str:
    """Whose data the data folder holds: ``sample``, ``production``, or empty if nobody's yet."""
    path = folder("runs") / "kind"
    return path.read_text().strip() if path.exists() else ""


def secrets(at: Settings) -> Mapping[str, SecretStr]:
    """What the sources may ask for, by name."""
    named = {
        "genesis_username": at.genesis_username,
        "genesis_password": at.genesis_password,
        "genesis_online_username": at.genesis_online_username,
        "genesis_online_password": at.genesis_online_password,
        "zensus_username": at.zensus_username,
        "zensus_password": at.zensus_password,
        "meine_heimat_username": at.meine_heimat_username,
        "meine_heimat_password": at.meine_heimat_password,
    }
    return {name: value for name, value in named.items() if value is not None}


@dataclass(frozen=True)
class PortalTarget:
    """A CKAN that we may write to."""

    url: str
    token: SecretStr


def portal_target() -> PortalTarget | None:
    """The CKAN of the settings, else the local one if it runs, else None (static catalogue)."""
    at = settings()
    if at.ckan_url is not None:
        token = at.ckan_token
        if token is None and at.ckan_token_file is not None:
            token = SecretStr(at.ckan_token_file.read_text().strip())
        if token is None:
            raise ValueError(
                "SEEHAUS_CKAN_URL is set but no token → set SEEHAUS_CKAN_TOKEN_FILE (mode 0600)",
            )
        return PortalTarget(str(at.ckan_url).rstrip("/"), token)
    status = local_portal().status()
    if not status.get("running"):
        return None
    token = SecretStr(Path(status["token_file"]).read_text().strip())
    return PortalTarget(str(status["url"]), token)


def local_portal() -> Any:
    """The CKAN that this machine can run for itself."""
    from catalog.portal import Portal  # noqa: PLC0415 - only the portal's commands need it

    return Portal(folder("portal"), settings=portal_settings())


def portal_settings() -> Any:
    """What the settings choose about a portal of our own, on this machine or in containers."""
    from catalog.portal import Settings as PortalSettings  # noqa: PLC0415 - as above

    at = settings()
    return PortalSettings(
        site_url=at.portal_url,
        search_url=at.search_url or f"http://127.0.0.1:{at.search_port}",
        sample_data=at.city_urls is not None or kind() == "sample",
        operator=portal_operator(),
    )


def portal_operator() -> Any:
    """Who runs the local portal, as far as its file says.

    Raises:
        PortalError: The file of ``SEEHAUS_OPERATOR`` is wrong.
    """
    from catalog.portal import Operator, load_operator  # noqa: PLC0415 - as above

    file = settings().operator
    return Operator() if file is None else load_operator(file.expanduser())


def blobs() -> Blobs:
    """Where the bytes of every answer lie."""
    at = settings()
    return Blobs(at.blobs or folder("blobs"))


def store(city: City) -> Store:
    """The raw dataset of a city."""
    at = lake()
    return Store(
        city.id,
        destination=at.dlt_destination(),
        read=at.read,
        write=at.write,
        lock=at.lock,
        pipelines=folder("dlt"),
    )


def _memory(run_id: str, city_id: str, system: str) -> RunMemory:
    """What this process's clients of one run, city and system share; that of old runs goes."""
    for key in [key for key in _memories if key[0] != run_id]:
        del _memories[key]
    return _memories.setdefault((run_id, city_id, system), RunMemory())


def client(city: City, system: str, into: Store, run_id: str | None = None) -> Client:
    """A polite client for the hosts of one source of a city; knows what was answered before.

    Args:
        city: The city.
        system: The kind of server.
        into: The city's store.
        run_id: Clients of the same run ask for nothing that another one was answered.
    """
    at = settings()
    council = city.council if city.council and city.council.system == system else None
    servers = [council] if council else city.statistics_of(system)
    rates = [server.requests_per_second for server in servers]
    return Client(
        allowed=city.base_urls(system),
        user_agent=at.user_agent,
        # Politeness is for the cities' servers; the sample world is this machine's own.
        requests_per_second=_NO_PACE if city.is_sample else min(rates),
        permission=bool(council and council.permission),
        ca_bundle=council.ca_bundle if council else None,
        answers=StoredAnswers(into, blobs()),
        secrets=secrets(at),
        memory=_memory(run_id, city.id, system) if run_id else None,
        is_quiet=council.is_quiet if council and not city.is_sample else None,
        # The pace holds between all processes of this machine.
        hooks=None if city.is_sample else Hooks(gate=SharedGate(folder("pace"))),
    )


def dbt_variables() -> dict[str, Any]:
    """The list of cities for the dbt macros; no SQL for a new one."""
    return {
        "cities": [
            {
                "city_id": city.id,
                "systems": sorted(
                    {*city.statistics_systems, *([city.council.system] if city.council else [])}
                ),
            }
            for city in cities().values()
        ],
    }
