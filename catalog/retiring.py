"""Data sets of a city that left: they stay at their address as they were last, and say so.

Nothing else about them changes: who cited one still finds it, and a city that comes back gets
them back by an ordinary publication.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any, Final

from catalog.ckan import Package
from catalog.package import OURS, merged_extras
from catalog.vocabulary import FREQUENCY

NEVER: Final = f"{FREQUENCY}NEVER"
"""How often a data set of a city that left is updated; by it a second run knows it."""


def notice(city: str, last: str) -> str:
    """The German sentence before the description.

    Args:
        city: Its name.
        last: When the data were fetched last, as ISO date or instant; empty where nobody knows.
    """
    when = f" vom {dt.date.fromisoformat(last[:10]):%d.%m.%Y}" if last else ""
    return (
        f"**Wird nicht mehr aktualisiert.** {city} nimmt am Seehaus nicht mehr teil; hier steht "
        f"der letzte Stand{when}."
    )


def notice_en(city: str, last: str) -> str:
    """The same in English."""
    when = f" of {dt.date.fromisoformat(last[:10]):%Y-%m-%d}" if last else ""
    return (
        f"**No longer updated.** {city} no longer takes part in Seehaus; this is the last "
        f"version{when}."
    )


def retirement(found: Package, schema: Collection[str]) -> dict[str, Any]:
    """The fields that a package gets when its city has left; none where it has them already.

    Args:
        found: The portal's package.
        schema: Field names of the portal's dataset schema, see ``catalog.package``.
    """
    extras = {one["key"]: one["value"] for one in found.get("extras") or ()}
    if _said("frequency", found, extras) == NEVER:
        return {}
    organization = found.get("organization") or {}
    city = str(organization.get("title") or organization.get("name") or found["name"])
    last = str(_said("modified", found, extras))
    fields = {"notes": f"{notice(city, last)}\n\n{found.get('notes') or ''}".rstrip()}
    told = {
        "frequency": NEVER,
        "notes_en": f"{notice_en(city, last)}\n\n{_said('notes_en', found, extras)}".rstrip(),
    }
    fields |= {name: value for name, value in told.items() if name in schema}
    others = {name: value for name, value in told.items() if name not in schema}
    if not others:
        return fields
    ours = {name: value for name, value in extras.items() if name in OURS} | others
    wanted = [{"key": key, "value": value} for key, value in sorted(ours.items())]
    return {**fields, "extras": merged_extras(found.get("extras") or [], wanted)}


def _said(name: str, found: Mapping[str, Any], extras: Mapping[str, str]) -> Any:
    return found.get(name) or extras.get(name) or ""
