"""Everything a new portal needs inside CKAN, in one process (each ``ckan …`` call costs 3 s).

Safe to run again: it creates what is missing and changes nothing else. Reads a JSON object from
standard input: ``token_file`` and, where nobody else sees to the rights and to the administrator
(CKAN's official image does), ``admin_password``, ``psql`` (command line that runs SQL as the
database's superuser; its password comes by the environment) and ``databases``.
"""

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

from ckan import model
from ckan.cli import CKANConfigLoader
from ckan.cli.db import _migrate_plugins, _run_migrations
from ckan.config.middleware import make_app
from ckan.lib import i18n
from ckan.lib.search import query_for, rebuild
from ckan.plugins import toolkit
from ckanext.datastore.cli import permissions_sql

ADMIN = "admin"
PUBLISHER = "publisher"
TOKEN = "publisher"  # noqa: S105 - the token's name


def _user(name: str, password: str, *, sysadmin: bool) -> None:
    """Create the account unless it is there."""
    if model.User.get(name) is not None:
        return
    toolkit.get_action("user_create")(
        {"ignore_auth": True, "user": ""},
        {"name": name, "email": f"{name}@example.org", "password": password},
    )
    user = model.User.get(name)
    user.sysadmin = sysadmin
    model.repo.commit_and_remove()


def _token(path: Path) -> None:
    """Write a fresh API token of the publisher, and take back earlier ones."""
    context = {"ignore_auth": True, "user": PUBLISHER}
    for old in toolkit.get_action("api_token_list")(dict(context), {"user_id": PUBLISHER}):
        toolkit.get_action("api_token_revoke")(dict(context), {"jti": old["id"]})
    made = toolkit.get_action("api_token_create")(dict(context), {"user": PUBLISHER, "name": TOKEN})
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(made["token"])
    new.replace(path)


def _index() -> None:
    """Fill Solr again where it knows another number of data sets than the database."""
    stored = model.Session.query(model.Package).filter_by(state="active").count()
    if stored and query_for(model.Package).run({"q": "*:*", "rows": 0})["count"] != stored:
        rebuild(clear=True)


def _permissions(psql: list[str], names: dict[str, str]) -> None:
    """Give the DataStore's reader what it may read."""
    owner = names["owner"]
    subprocess.run(  # noqa: S603 - our own psql
        psql,
        text=True,
        check=True,
        stdout=subprocess.DEVNULL,
        input=permissions_sql(names["main"], names["datastore"], owner, owner, names["reader"]),
    )


def _words() -> None:
    """Put CKAN's German words where its scripts look for them.

    ``ckan translation js`` does the same for every language that CKAN has, which takes a minute.
    """
    folder = Path(i18n.get_js_translations_dir())
    folder.mkdir(parents=True, exist_ok=True)
    source = Path(i18n.get_ckan_i18n_dir())
    entries = i18n._get_js_translation_entries(str(source / "ckan.pot"))  # noqa: SLF001
    words = str(source / "de" / "LC_MESSAGES" / "ckan.po")
    i18n._build_js_translation("de", [words], entries, str(folder / "de.js"))  # noqa: SLF001


def main(task: dict[str, Any]) -> None:
    """Migrate, give the DataStore its rights, make accounts and the token."""
    app = make_app(CKANConfigLoader(os.environ["CKAN_INI"]).get_config())
    with app._wsgi_app.test_request_context():  # noqa: SLF001 - as CKAN's own commands do
        _run_migrations(None, "head")
        _migrate_plugins(apply=True)
        if "psql" in task:
            _permissions(task["psql"], task["databases"])
        if "admin_password" in task:
            _user(ADMIN, task["admin_password"], sysadmin=True)
        _user(PUBLISHER, secrets.token_urlsafe(32), sysadmin=False)
        if not Path(task["token_file"]).exists():
            _token(Path(task["token_file"]))
        _words()
        _index()


if __name__ == "__main__":
    main(json.load(sys.stdin))
