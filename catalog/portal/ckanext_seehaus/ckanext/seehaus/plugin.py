"""Look, pages and notices of the portal; everything else is CKAN's own."""

from pathlib import Path
from typing import Any, Final

from ckan import plugins
from ckan.common import CKANConfig
from ckan.config.declaration import Declaration, Key
from ckan.lib.helpers import get_translated
from ckan.lib.pagination import Page
from ckan.lib.plugins import DefaultPermissionLabels, DefaultTranslation
from ckan.plugins import toolkit
from ckan.types import CKANApp
from ckanext.dcat.interfaces import IDCATURIGenerator
from ckanext.seehaus import errors, pages, search_link, series, use
from ckanext.seehaus.labels import label, theme
from ckanext.seehaus.publishing import seehaus_publish
from dominate import tags
from flask import Blueprint, g, has_request_context

_ICONS: Final = frozenset(
    path.stem for path in (Path(__file__).parent / "public" / "seehaus" / "icons").glob("*.svg")
)


def _search_url() -> str:
    """Address of the search over the council documents; empty: no link is shown."""
    return str(toolkit.config.get("seehaus.search_url") or "")


def _search_link(package: dict[str, Any]) -> str:
    """Where to search in the documents that a data set is about; empty: nowhere."""
    return search_link.link(_search_url(), package)


def _sample_data() -> bool:
    """Whether the council data of this portal are invented."""
    return bool(toolkit.config.get("seehaus.sample_data"))


def _cities() -> list[dict[str, Any]]:
    """The organisations with data, the network last: a city that joins appears by itself."""
    found = toolkit.get_action("organization_list")(
        {}, {"all_fields": True, "sort": "title asc", "limit": 1000}
    )
    filled = [one for one in found if one["package_count"]]
    return sorted(filled, key=lambda one: one["name"] == search_link.NETWORK)


def _themes() -> list[dict[str, Any]]:
    """The groups with data, by title."""
    found = toolkit.get_action("group_list")(
        {}, {"all_fields": True, "sort": "title asc", "limit": 1000}
    )
    return [one for one in found if one["package_count"]]


def _newest(count: int) -> list[dict[str, Any]]:
    """The data sets that changed last."""
    found = toolkit.get_action("package_search")(
        {}, {"rows": count, "sort": "metadata_modified desc"}
    )
    return list(found["results"])


def _icon(name: str, otherwise: str) -> str:
    """Address of the picture for a theme; ``otherwise`` where there is none of its own."""
    return toolkit.h.url_for_static(f"/seehaus/icons/{name if name in _ICONS else otherwise}.svg")


def _said(data: dict[str, Any], field: str) -> Any:
    """What a data set says in one field, in the visitor's language where it says it in both."""
    english = data.get(f"{field}_en") if toolkit.h.lang() == "en" else None
    return english or get_translated(data, field)


def _title(package: Any) -> str:
    """A data set's title in the visitor's language."""
    if not isinstance(package, dict):
        return str(package.title or package.name)
    return str(_said(package, "title") or package["name"])


def _excerpt(package: dict[str, Any], length: int) -> str:
    """The beginning of a description, without the words that all sample data begin with."""
    paragraphs = str(_said(package, "notes") or "").split("\n\n")
    if paragraphs[0].startswith(("**Beispieldaten", "**Sample data")):
        paragraphs = paragraphs[1:]
    return str(toolkit.h.markdown_extract("\n\n".join(paragraphs), extract_length=length))


def _is_sample(package: dict[str, Any]) -> bool:
    return str(package.get("notes") or "").startswith("**Beispieldaten")


def _theme(group: dict[str, Any]) -> str:
    """A theme's title in the visitor's language."""
    title = group.get("title") or group.get("display_name") or group["name"]
    return theme(str(group["name"]), str(title), toolkit.h.lang())


def _facet(item: dict[str, Any]) -> str:
    """A filter's words, whole: a line may break."""
    language = toolkit.h.lang()
    if item["name"] == search_link.NETWORK:
        return "Alle Städte zusammen" if language == "de" else "All cities together"
    return theme(str(item["name"]), str(item["display_name"]), language)


def _arrow(side: str, words: str) -> tags.span:
    return tags.span(
        tags.i(cls=f"fa-solid fa-chevron-{side}", aria_hidden="true"),
        tags.span(words, cls="visually-hidden"),
    )


def _pager(page: Page, **parameters: Any) -> str:
    """CKAN's links to other pages, with names for the two that are only an arrow."""
    german = toolkit.h.lang() == "de"
    return page.pager(
        symbol_previous=_arrow("left", "Vorige Seite" if german else "Previous page"),
        symbol_next=_arrow("right", "Nächste Seite" if german else "Next page"),
        **parameters,
    )


def _named(facets: dict[str, Any]) -> dict[str, Any]:
    german = toolkit.h.lang() == "de"
    names = {
        "organization": "Städte" if german else "Cities",
        "groups": "Themen" if german else "Themes",
        "tags": "Schlagwörter" if german else "Keywords",
        "license_id": "Lizenzen" if german else "Licences",
    }
    return facets | {name: names[name] for name in names if name in facets}


class SeehausPlugin(plugins.SingletonPlugin, DefaultTranslation, DefaultPermissionLabels):
    """Templates, static files, pages, the count of uses, one action and a few settings."""

    plugins.implements(plugins.IActions)
    plugins.implements(plugins.IBlueprint)
    plugins.implements(plugins.IConfigurer)
    plugins.implements(plugins.IConfigDeclaration)
    plugins.implements(plugins.IFacets, inherit=True)
    plugins.implements(plugins.IMiddleware, inherit=True)
    plugins.implements(plugins.IPackageController, inherit=True)
    plugins.implements(plugins.IPermissionLabels)
    plugins.implements(plugins.ITemplateHelpers)
    plugins.implements(plugins.ITranslation)
    plugins.implements(IDCATURIGenerator, inherit=True)

    def update_config(self, config: CKANConfig) -> None:
        """Put our templates before CKAN's."""
        toolkit.add_template_directory(config, "templates")
        toolkit.add_public_directory(config, "public")

    def declare_config_options(self, declaration: Declaration, key: Key) -> None:
        """Declare ``seehaus.*``; an undeclared option would be a start-up warning."""
        declaration.declare(key.seehaus.search_url, "")
        declaration.declare_bool(key.seehaus.sample_data, default=False)
        declaration.declare(key.seehaus.operator, "")
        declaration.declare(key.seehaus.privacy_authority, "")

    def get_blueprint(self) -> list[Blueprint]:
        """Imprint and its sister pages, series of data sets, and the statistics of use."""
        return [pages.blueprint, series.blueprint, use.blueprint]

    def make_middleware(self, app: CKANApp, config: CKANConfig) -> CKANApp:
        """Count uses behind every answer."""
        del config
        app.after_request(use.count)
        return app

    def dataset_facets(self, facets_dict: dict[str, Any], package_type: str) -> dict[str, Any]:
        """Name the filters of the search as the pages do."""
        del package_type
        return _named(facets_dict)

    def group_facets(
        self, facets_dict: dict[str, Any], group_type: str, package_type: str | None
    ) -> dict[str, Any]:
        """The same on a theme's page."""
        del group_type, package_type
        return _named(facets_dict)

    def organization_facets(
        self, facets_dict: dict[str, Any], organization_type: str, package_type: str | None
    ) -> dict[str, Any]:
        """The same on a city's page."""
        del organization_type, package_type
        return _named(facets_dict)

    def before_dataset_index(self, pkg_dict: dict[str, Any]) -> dict[str, Any]:
        """Let Solr find a data set by its series."""
        return pkg_dict | series.indexed(pkg_dict)

    def get_user_dataset_labels(self, user_obj: Any) -> list[str]:
        """Ask once per request which data sets somebody may see.

        CKAN asks for each of its actions anew, up to ten times in a request that publishes, and
        each time looks through the whole tree of organisations.
        """
        if not has_request_context():
            return list(super().get_user_dataset_labels(user_obj))
        known: dict[str, list[str]] = g.setdefault("seehaus_labels", {})
        who = str(user_obj.id) if user_obj else ""
        if who not in known:
            known[who] = list(super().get_user_dataset_labels(user_obj))
        return list(known[who])

    def get_actions(self) -> dict[str, Any]:
        """Name the actions that CKAN does not have by itself."""
        return {"seehaus_publish": seehaus_publish}

    def get_helpers(self) -> dict[str, Any]:
        """Name the functions that the templates use."""
        return {
            "seehaus_search_url": _search_url,
            "seehaus_search_link": _search_link,
            "seehaus_sample_data": _sample_data,
            "seehaus_cities": _cities,
            "seehaus_themes": _themes,
            "seehaus_newest": _newest,
            "seehaus_icon": _icon,
            "seehaus_label": label,
            "seehaus_theme": _theme,
            "seehaus_facet": _facet,
            "seehaus_excerpt": _excerpt,
            "seehaus_is_sample": _is_sample,
            # In place of CKAN's own of these names: its templates call them.
            "get_translated": _said,
            "dataset_display_name": _title,
            "seehaus_error": errors.said,
            "seehaus_pager": _pager,
            "seehaus_page_title": pages.title,
            "seehaus_use": use.of,
            "seehaus_use_days": lambda: use.DAYS,
        }

    def dataset_uri(self, dataset_dict: dict[str, Any], default_uri: str) -> str:
        """Give a data set the address of its page: its id changes with the portal."""
        name, stem = dataset_dict.get("name"), default_uri.rpartition("/dataset/")
        return f"{stem[0]}/dataset/{name}" if name and stem[1] else default_uri
