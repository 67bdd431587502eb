"""CKAN's ini file, and Valkey's: pure text from settings, ports and passwords."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from catalog.portal import postgres, solr
from catalog.portal.operator_page import Operator

LICENCES: Final = Path(__file__).parent / "licenses.json"
PLUGINS: Final = (
    "seehaus",
    "seehaus_chart",
    "datastore",
    "datatables_view",
    "text_view",
    "image_view",
    "scheming_datasets",
    "dcat",
    "structured_data",
    "croissant",
)
_LOGGING: Final = """\
[loggers]
keys = root, ckan, ckanext
[handlers]
keys = console
[formatters]
keys = generic
[logger_root]
level = WARNING
handlers = console
[logger_ckan]
level = WARNING
handlers = console
qualname = ckan
propagate = 0
[logger_ckanext]
level = WARNING
handlers = console
qualname = ckanext
propagate = 0
[handler_console]
class = StreamHandler
args = (sys.stderr,)
level = NOTSET
formatter = generic
[formatter_generic]
class = ckanext.seehaus.logs.RedactingFormatter
format = %(asctime)s %(levelname)-5.5s [%(name)s] %(message)s
"""


@dataclass(frozen=True)
class Settings:
    """What an operator may choose about the portal."""

    title: str = "Seehaus – offene Daten"  # noqa: RUF001 - German typography
    site_url: str = ""
    """Public address; empty: the loopback address it listens on."""
    search_url: str = ""
    """Address of the search page; empty: no link to it."""
    sample_data: bool = False
    """Whether a notice says that the council data are invented."""
    operator: Operator = field(default_factory=Operator)
    """What the imprint and its sister pages say."""
    plugins: tuple[str, ...] = PLUGINS
    workers: int = 1


@dataclass(frozen=True, slots=True)
class Places:
    """Where CKAN finds what it works with.

    Attributes:
        site_url: Its own address, without a slash at the end.
        database: Host and port of PostgreSQL.
        valkey: Host and port of Valkey.
        solr_url: Address of Solr's core.
        storage: Folder of the uploaded files.
        licences: File with the licences' list.
    """

    site_url: str
    database: str
    valkey: str
    solr_url: str
    storage: Path
    licences: Path


def ckan_ini(
    folder: Path, settings: Settings, ports: Mapping[str, int], secrets: Mapping[str, str]
) -> str:
    """The whole ini file of CKAN on this machine.

    Args:
        folder: The portal's folder.
        settings: The operator's choices.
        ports: Port by server: portal, postgres, valkey, solr.
        secrets: Password by name, see ``secret.NAMES``.
    """
    places = Places(
        site_url=settings.site_url.rstrip("/") or f"http://127.0.0.1:{ports['portal']}",
        database=f"127.0.0.1:{ports['postgres']}",
        valkey=f"127.0.0.1:{ports['valkey']}",
        solr_url=solr.url(ports["solr"]),
        storage=folder / "storage",
        licences=LICENCES,
    )
    return ini(places, settings, secrets)


def database_urls(database: str, secrets: Mapping[str, str]) -> tuple[str, str, str]:
    """Addresses with passwords: CKAN's own database, the DataStore to write to and to read."""
    owner = f"postgresql://{postgres.OWNER}:{secrets['ckan']}@{database}"
    reader = f"postgresql://{postgres.READER}:{secrets['datastore_reader']}@{database}"
    return (
        f"{owner}/{postgres.MAIN}",
        f"{owner}/{postgres.DATASTORE}",
        f"{reader}/{postgres.DATASTORE}",
    )


def ini(places: Places, settings: Settings, secrets: Mapping[str, str]) -> str:
    """The whole ini file of CKAN, wherever it runs."""
    site_url = places.site_url
    main, writer, reader = database_urls(places.database, secrets)
    options = {
        "use": "egg:ckan",
        "SECRET_KEY": secrets["secret_key"],
        "SESSION_COOKIE_HTTPONLY": "true",
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": str(site_url.startswith("https://")).lower(),
        "ckan.site_id": "seehaus",
        "ckan.site_url": site_url,
        "ckan.site_title": settings.title,
        "ckan.site_logo": "",
        "ckan.locale_default": "de",
        "ckan.locales_offered": "de en",
        "ckan.locale_order": "de en",
        "ckan.display_timezone": "Europe/Berlin",
        # A gravatar would tell a third party who looks at what.
        "ckan.gravatar_default": "disabled",
        "ckan.plugins": " ".join(settings.plugins),
        "ckan.views.default_views": "datatables_view text_view image_view",
        "ckan.storage_path": places.storage,
        "ckan.max_resource_size": "500",
        # Nobody registers; the publisher makes the organisations and groups, no sysadmin needed.
        "ckan.auth.create_user_via_web": "false",
        "ckan.auth.create_user_via_api": "false",
        "ckan.auth.user_create_organizations": "true",
        "ckan.auth.user_create_groups": "true",
        "ckan.auth.public_user_details": "false",
        # Organisations lie side by side: looking for some below each of them is one query per
        # organisation, several times in every request of the publisher.
        "ckan.auth.roles_that_cascade_to_sub_groups": "",
        "sqlalchemy.url": main,
        "ckan.datastore.write_url": writer,
        "ckan.datastore.read_url": reader,
        "ckan.redis.url": f"redis://:{secrets['valkey']}@{places.valkey}/0",
        "solr_url": places.solr_url,
        "solr_user": solr.USER,
        "solr_password": secrets["solr"],
        "licenses_group_url": f"file://{places.licences}",
        "scheming.dataset_schemas": "ckanext.seehaus:dataset.yaml",
        "scheming.presets": "ckanext.scheming:presets.json ckanext.dcat.schemas:presets.yaml",
        "ckanext.dcat.rdf.profiles": "seehaus_dcat_ap_de",
        "ckanext.dcat.croissant.profiles": "seehaus_croissant",
        "ckanext.dcat.enable_content_negotiation": "true",
        # A licence belongs to the distribution in DCAT-AP; ours is said once, at the data set.
        "ckanext.dcat.resource.inherit.license": "true",
        "ckanext.dcat.base_uri": site_url,
        "seehaus.search_url": settings.search_url,
        "seehaus.sample_data": str(settings.sample_data).lower(),
        "seehaus.operator": settings.operator.model_dump_json(exclude_defaults=True),
        "seehaus.privacy_authority": settings.operator.privacy_authority,
    }
    lines = [f"{name} = {_one_line(value)}" for name, value in options.items()]
    return "\n".join(["[app:main]", *lines, "", _LOGGING])


def _one_line(value: object) -> str:
    """A value as the ini file takes it: one line, its percent signs doubled."""
    return " ".join(str(value).split()).replace("%", "%%")
