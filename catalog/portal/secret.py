"""The portal's passwords: made once at random, kept in one file that only its owner can read."""

import json
import os
import secrets
from pathlib import Path
from typing import Final

from catalog.portal.errors import PortalError

# secret_key signs CKAN's sessions and API tokens: a new one would end them all.
NAMES: Final = (
    "secret_key",
    "postgres",
    "ckan",
    "datastore_reader",
    "valkey",
    "solr",
    "admin",
    "cluster",
)


def write_private(path: Path, text: str) -> None:
    """Write a file with mode 0600, replacing it whole."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    new.replace(path)


def load_or_make(path: Path) -> dict[str, str]:
    """The passwords by name; missing ones are made and kept.

    Raises:
        PortalError: The file is there but is not what we wrote.
    """
    known: object = {}
    if path.is_file():
        try:
            known = json.loads(path.read_text())
        except ValueError:
            known = None
    if not isinstance(known, dict) or not all(isinstance(v, str) for v in known.values()):
        raise PortalError(f"{path} is broken → restore it, or delete the whole folder around it")
    made = {name: str(known.get(name) or secrets.token_urlsafe(32)) for name in NAMES}
    if made != known:
        write_private(path, json.dumps(made, indent=2) + "\n")
    return made
