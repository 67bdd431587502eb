"""From a data set of the councils to the search over the same documents. Knows no CKAN."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

NETWORK: Final = "seehaus"
"""The organisation of the data sets that hold all cities."""

# The search tells papers, items and meetings apart; whatever else comes from a council leads to
# all of them.
KINDS: Final[Mapping[str, str]] = {
    "paper": "paper",
    "agenda-item": "agenda_item",
    "meeting": "meeting",
    "pilot-report": "pilot_report",
}
COUNCIL: Final = frozenset(
    {
        "agenda-item",
        "body",
        "consultation",
        "document-page",
        "document-section",
        "file",
        "legislative-term",
        "location",
        "meeting",
        "membership",
        "organization",
        "paper",
        "person",
        "pilot-report",
        "tombstone",
        "vote",
    }
)


def link(search: str, package: Mapping[str, Any]) -> str:
    """Where to search in the documents that a data set is about.

    Args:
        search: Address of the search page; empty: there is none.
        package: The data set, with ``name`` and ``organization``.

    Returns:
        The address with city and kind chosen; empty where there is nothing to search in.
    """
    owner = str((package.get("organization") or {}).get("name", ""))
    prefix = "alle-" if owner == NETWORK else f"{owner}-"
    table = str(package["name"]).removeprefix(prefix)
    if not search or table not in COUNCIL:
        return ""
    # A data set's name has hyphens where the city's id has underscores.
    city = {"city": owner.replace("-", "_")} if owner != NETWORK else {}
    kind = {"kind": KINDS[table]} if table in KINDS else {}
    chosen = urlencode({**city, **kind})
    return f"{search.rstrip('/')}/{'?' if chosen else ''}{chosen}"
