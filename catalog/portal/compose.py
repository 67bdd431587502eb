"""The same portal in containers: a folder for Docker Compose with CKAN's official images.

What the operator chose, the extension, the versions and the passwords are those of ``portal up``;
only the places differ.
"""

import json
import re
import shutil
from pathlib import Path
from typing import Final

from catalog.portal import postgres
from catalog.portal.config import LICENCES, Places, Settings, database_urls, ini
from catalog.portal.errors import PortalError
from catalog.portal.install import EXTENSION, HERE, LOCK, copy_extension
from catalog.portal.secret import load_or_make, write_private

_FILES: Final = HERE / "compose"
# What the image does not hold; everything that these need is held to our lock file.
_ADDED: Final = ("ckanext-dcat", "ckanext-scheming", "defusedxml", "vl-convert-python")
_PIN: Final = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)", re.MULTILINE)
_SOLR: Final = "http://solr:8983/solr/ckan"
_DATABASE: Final = "postgres:5432"
ADMIN: Final = "admin"


def write(folder: Path, settings: Settings) -> None:
    """Write the folder, or bring it up to date; its passwords stay.

    Args:
        folder: Where to; private, for it holds passwords.
        settings: The operator's choices.

    Raises:
        PortalError: The portal has no public address, or the folder holds something else.
    """
    if not settings.site_url.startswith(("http://", "https://")):
        raise PortalError(
            "the portal in containers needs its public address"
            " → set SEEHAUS_PORTAL_URL, e.g. https://daten.example.org"
        )
    if folder.exists() and any(folder.iterdir()) and not (folder / "compose.yaml").is_file():
        raise PortalError(f"{folder} holds something else → name an empty folder")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.copytree(_FILES, folder, dirs_exist_ok=True)
    # Only now: a copied folder takes the mode of its source.
    folder.chmod(0o700)
    secrets = load_or_make(folder / "secrets.json")
    extension = folder / "ckan" / EXTENSION.name
    shutil.rmtree(extension, ignore_errors=True)
    copy_extension(extension)
    shutil.copy(LICENCES, folder)
    pins = dict(_PIN.findall(LOCK.read_text()))
    _say(folder / "ckan" / "requirements.txt", [f"{name}=={pins[name]}" for name in _ADDED])
    _say(folder / "ckan" / "constraints.txt", [f"{name}=={pin}" for name, pin in pins.items()])
    places = Places(
        site_url=settings.site_url.rstrip("/"),
        database=_DATABASE,
        valkey="valkey:6379",
        solr_url=_SOLR,
        storage=Path("/var/lib/ckan"),
        licences=Path("/run/seehaus") / LICENCES.name,
    )
    _for_container(folder / "ckan.ini", ini(places, settings, secrets))
    _for_container(folder / "databases.sql", postgres.databases_sql(secrets))
    _for_container(folder / "postgres.password", secrets["postgres"])
    _for_container(
        folder / "valkey.conf", f'requirepass {secrets["valkey"]}\nsave ""\nappendonly no\n'
    )
    # Compose reads it before any container runs, so it stays ours alone.
    write_private(folder / "ckan.env", _environment(settings, secrets))


def _environment(settings: Settings, secrets: dict[str, str]) -> str:
    """What the image's start script asks for, beyond the ini file."""
    main, writer, _ = database_urls(_DATABASE, secrets)
    values = {
        "CKAN__PLUGINS": " ".join(settings.plugins),
        "CKAN_SITE_URL": settings.site_url.rstrip("/"),
        "CKAN_SQLALCHEMY_URL": main,
        "CKAN_DATASTORE_WRITE_URL": writer,
        "CKAN_SOLR_URL": _SOLR,
        "CKAN_SYSADMIN_NAME": ADMIN,
        "CKAN_SYSADMIN_PASSWORD": secrets["admin"],
        "CKAN_SYSADMIN_EMAIL": f"{ADMIN}@example.org",
        # A data set with its rows is one request.
        "UWSGI_HARAKIRI": "300",
    }
    return "".join(f"{name}={json.dumps(value)}\n" for name, value in values.items())


def _say(path: Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines) + "\n")


def _for_container(path: Path, text: str) -> None:
    """A file that a container's own account reads; the folder around it keeps others out."""
    write_private(path, text)
    path.chmod(0o644)
