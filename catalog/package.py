"""A data set as CKAN's package dictionary, and whether the portal already says the same.

Fields beyond CKAN's own follow ckanext-dcat's scheming schema. A portal without it gets them as
``extras``, nested ones flattened to the names that ckanext-dcat reads there.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from catalog.dataset import Agent, DataSet, theme_uri
from catalog.distribution import Distribution
from catalog.vocabulary import (
    CONTRIBUTOR,
    FILE_TYPE,
    GERMAN,
    MEDIA_TYPE,
    MUNICIPALITY,
    PUBLIC,
    SHA256,
)

# CKAN's own package fields; every other one needs a schema or becomes an extra.
CORE: Final = frozenset(
    {"name", "title", "notes", "license_id", "owner_org", "tags", "groups", "url", "private"}
)
_NESTED: Final[Mapping[str, Mapping[str, str]]] = {
    "contact": {"name": "contact_name", "email": "contact_email", "url": "contact_url"},
    "publisher": {"name": "publisher_name", "email": "publisher_email", "url": "publisher_url"},
    "spatial_coverage": {"uri": "spatial_uri", "text": "spatial_text"},
    "temporal_coverage": {"start": "temporal_start", "end": "temporal_end"},
}
# Every field that ``_described`` may say and every name it may be flattened to: as an extra it is
# ours to change or to take away.
OURS: Final = frozenset(
    {
        "identifier",
        "modified",
        "frequency",
        "language",
        "theme",
        "publisher",
        "contact",
        "provenance",
        "spatial_coverage",
        "temporal_coverage",
        "political_geocoding_uri",
        "political_geocoding_level_uri",
        "applicable_legislation",
        "hvd_category",
        "references",
        "title_en",
        "notes_en",
        "quality",
        "quality_en",
        "version_notes",
        "series",
        "access_rights",
        "availability",
        "contributor_id",
        "license_attribution",
        *(name for names in _NESTED.values() for name in names.values()),
    }
)


def package(dataset: DataSet, schema: frozenset[str]) -> dict[str, Any]:
    """The package's fields, without resources; one that has nothing to say is empty.

    Args:
        dataset: What to say.
        schema: Field names of the portal's scheming schema; empty where it has none.
    """
    fields: dict[str, Any] = {
        "name": dataset.name,
        "title": dataset.title,
        "notes": dataset.notes,
        "license_id": dataset.licence.id,
        "owner_org": dataset.organization.id,
        "url": dataset.landing_page or "",
        "tags": [{"name": tag} for tag in dataset.tags],
        "groups": [{"name": theme} for theme in dataset.themes],
    }
    extras: dict[str, str] = {}
    for name, value in _described(dataset).items():
        if name in schema:
            fields[name] = value
        elif value:
            extras.update(_flat(name, value))
    fields["extras"] = [{"key": key, "value": value} for key, value in sorted(extras.items())]
    return fields


def _described(dataset: DataSet) -> dict[str, Any]:
    temporal = dataset.temporal
    return {
        "identifier": dataset.identifier,
        "modified": dataset.modified.isoformat(timespec="seconds") if dataset.modified else None,
        "frequency": dataset.frequency,
        "language": [GERMAN],
        "theme": [theme_uri(theme) for theme in dataset.themes],
        "publisher": [_agent(dataset.publisher)],
        "contact": [_agent(contact) for contact in dataset.contacts],
        "provenance": dataset.attribution,
        "spatial_coverage": [{"uri": place.uri, "text": place.name} for place in dataset.places],
        "political_geocoding_uri": [place.uri for place in dataset.places],
        "political_geocoding_level_uri": [MUNICIPALITY],
        "applicable_legislation": list(dataset.legislation),
        "hvd_category": list(dataset.hvd_categories),
        "references": list(dataset.references),
        "title_en": dataset.title_en,
        "notes_en": dataset.notes_en,
        "quality": dataset.quality.german,
        "quality_en": dataset.quality.english,
        "version_notes": dataset.version_notes,
        "access_rights": PUBLIC,
        "availability": dataset.availability,
        "contributor_id": [CONTRIBUTOR],
        "license_attribution": (
            dataset.attribution if dataset.licence.asks_for_attribution else None
        ),
        "series": [asdict(dataset.series)] if dataset.series else [],
        "temporal_coverage": (
            [{"start": temporal[0].isoformat(), "end": temporal[1].isoformat()}] if temporal else []
        ),
    }


def _agent(agent: Agent) -> dict[str, str]:
    email = {"email": agent.email} if agent.email else {}
    return {"name": agent.name, "url": agent.url, **email}


def _flat(name: str, value: Any) -> dict[str, str]:
    if name in _NESTED:
        # ckanext-dcat reads one of each from extras.
        names = _NESTED[name]
        return {names[key]: text for key, text in value[0].items() if key in names}
    if isinstance(value, list):
        return {name: json.dumps(value, ensure_ascii=False)}
    return {name: value}


def resource(dataset: DataSet, file: Distribution) -> dict[str, Any]:
    """One resource's fields, hash included, without the portal's ids."""
    return {
        "name": file.name,
        "description": file.description,
        "format": file.format,
        "mimetype": file.media_type,
        "file_type": FILE_TYPE + file.file_type,
        "media_type": MEDIA_TYPE + file.media_type if file.is_registered else "",
        "hash": file.sha256,
        "hash_algorithm": SHA256,
        "license": dataset.licence.uri,
        "availability": dataset.availability,
        "conforms_to": [file.conforms_to] if file.conforms_to else [],
        "part": file.key,
        **({"applicable_legislation": list(dataset.legislation)} if dataset.legislation else {}),
    }


def differs(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """The names of the fields in which the portal says something else than we do.

    Fields that only the portal knows are its own business; an empty one equals a missing one.
    """
    return [key for key, value in wanted.items() if _plain(key, value) != _found(key, found)]


def value_of(key: str, package_: Mapping[str, Any]) -> Any:
    """What a package says in one field, ours or the portal's, in the same plain form."""
    if key == "owner_org" and "organization" in package_:
        return _found(key, package_)
    return _plain(key, package_.get(key))


def _found(key: str, found: Mapping[str, Any]) -> Any:
    if key == "owner_org":
        return (found.get("organization") or {}).get("name")
    return _plain(key, found.get(key))


def _plain(key: str, value: Any) -> Any:
    if key in {"tags", "groups"}:
        return sorted(entry["name"] for entry in value or [])
    if key == "extras":
        return {one["key"]: one["value"] for one in value or [] if one["key"] in OURS}
    if isinstance(value, list) and value:
        return [_plain("", entry) for entry in value]
    if isinstance(value, Mapping):
        return {name: entry for name, entry in value.items() if entry not in ("", None)}
    return "" if is_empty(value) else value


def is_empty(value: object) -> bool:
    """Whether CKAN makes no difference between the value and none."""
    return value is None or value in ("", [])


def merged_extras(
    found: Sequence[Mapping[str, str]], wanted: Sequence[Mapping[str, str]]
) -> list[dict[str, str]]:
    """Our extras as wanted, and those of others as they are."""
    others = [dict(entry) for entry in found if entry["key"] not in OURS]
    return [*others, *(dict(entry) for entry in wanted)]
