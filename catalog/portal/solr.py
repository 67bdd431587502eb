"""Apache Solr with CKAN's schema: its home folder, its command line, its answer."""

import base64
import hashlib
import json
import secrets as random
import shutil
from pathlib import Path
from typing import Final

import httpx

from catalog.portal.errors import PortalError
from catalog.portal.install import HERE, digest, java
from catalog.portal.process import Server
from catalog.portal.secret import write_private

_FILES: Final = HERE / "solr"
_CORE: Final = "ckan"
USER: Final = "ckan"
# CKAN stems English. "German2" also reads "ae" as "ä": the same word either way of writing it.
_STEMMER: Final = ('language="English"', 'language="German2"')
_HEAP: Final = "384m"


def server(folder: Path) -> Server:
    """Solr's process of the portal in ``folder``."""
    return Server("Solr", folder / "solr", folder / "run" / "solr.pid", folder / "log" / "solr.log")


class Solr:
    """Solr's home below the portal's folder, and how to start it."""

    def __init__(self, folder: Path, libraries: Path, packages: Path, password: str) -> None:
        """``libraries``: the jars; ``packages``: CKAN's site-packages; ``password``: Solr's."""
        self._home = folder / "solr" / "home"
        self._libraries = libraries
        self._schema = packages / "ckan" / "config" / "solr" / "schema.xml"
        self._password = password

    def key(self) -> str:
        """Changes whenever schema or configuration do."""
        return f"{digest(self._schema)} {digest(_FILES)}"

    def configure(self) -> bool:
        """Write its home where it is missing or outdated; True when it was, and is empty now.

        Raises:
            PortalError: CKAN's schema is not the one we know how to make German.
        """
        core, marker = self._home / _CORE, self._home / "seehaus-key"
        if marker.is_file() and marker.read_text() == self.key():
            return False
        schema = self._schema.read_text()
        if _STEMMER[0] not in schema:
            raise PortalError(
                f"{self._schema}: no {_STEMMER[0]} in it → adapt catalog/portal/solr.py"
            )
        shutil.rmtree(self._home, ignore_errors=True)
        conf = core / "conf"
        conf.mkdir(parents=True)
        (conf / "schema.xml").write_text(schema.replace(*_STEMMER))
        shutil.copy(_FILES / "solrconfig.xml", conf)
        for name in ("protwords.txt", "synonyms.txt"):
            (conf / name).touch()
        (core / "core.properties").write_text(f"name={_CORE}\n")
        (self._home / "solr.xml").write_text("<solr/>\n")
        write_private(self._home / "security.json", json.dumps(_security(self._password)))
        marker.write_text(self.key())
        return True

    def command(self, port: int) -> list[str]:
        """Its command line.

        Raises:
            PortalError: There is no Java.
        """
        program = java()
        if program is None:
            raise PortalError("Java is missing, Solr needs it → apt install maven")
        machine = [
            "-Djava.net.preferIPv4Stack=true",
            f"-Xmx{_HEAP}",
            "-Xms64m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
        ]
        properties = {
            "solr.solr.home": self._home,
            "solr.install.dir": self._home,
            "solr.log.dir": self._home,
            "log4j2.configurationFile": _FILES / "log4j2.xml",
            # Nothing listens for remote management.
            "com.sun.management.jmxremote": "false",
        }
        return [
            program,
            *machine,
            *(f"-D{name}={value}" for name, value in properties.items()),
            "-cp",
            f"{self._libraries}/*",
            "org.eclipse.jetty.xml.XmlConfiguration",
            str(_FILES / "jetty.xml"),
            f"solr.port={port}",
        ]

    def answers(self, port: int) -> bool:
        """Whether the core answers."""
        try:
            said = httpx.get(
                f"{url(port)}/admin/ping",
                params={"wt": "json"},
                auth=(USER, self._password),
                timeout=5,
                trust_env=False,
            )
        except httpx.TransportError:
            return False
        return said.status_code == httpx.codes.OK and said.json().get("status") == "OK"


def url(port: int) -> str:
    """Address of the core."""
    return f"http://127.0.0.1:{port}/solr/{_CORE}"


def _security(password: str) -> dict[str, object]:
    """Solr's security.json: one account that may do everything, nobody else anything."""
    salt = random.token_bytes(32)
    once = hashlib.sha256(salt + password.encode()).digest()
    stored = " ".join(
        base64.b64encode(part).decode() for part in (hashlib.sha256(once).digest(), salt)
    )
    return {
        "authentication": {
            "class": "solr.BasicAuthPlugin",
            "blockUnknown": True,
            "credentials": {USER: stored},
        },
        "authorization": {
            "class": "solr.RuleBasedAuthorizationPlugin",
            "permissions": [{"name": "all", "role": "admin"}],
            "user-role": {USER: "admin"},
        },
    }
