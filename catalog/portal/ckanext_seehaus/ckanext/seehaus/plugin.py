"""Look and notices of the portal; everything else is CKAN's own."""

from typing import Any

from ckan import plugins
from ckan.common import CKANConfig
from ckan.config.declaration import Declaration, Key
from ckan.plugins import toolkit
from ckanext.dcat.interfaces import IDCATURIGenerator
from ckanext.seehaus.labels import label
from ckanext.seehaus.publishing import seehaus_publish


def _search_url() -> str:
    """Address of the search over the council documents; empty: no link is shown."""
    return str(toolkit.config.get("seehaus.search_url") or "")


def _sample_data() -> bool:
    """Whether the council data of this portal are invented."""
    return bool(toolkit.config.get("seehaus.sample_data"))


def _cities() -> list[dict[str, Any]]:
    """The organisations with data, by title: a city that joins appears by itself."""
    found = toolkit.get_action("organization_list")(
        {}, {"all_fields": True, "sort": "title asc", "limit": 1000}
    )
    return [one for one in found if one["package_count"]]


class SeehausPlugin(plugins.SingletonPlugin):
    """Templates, static files, three settings and one action."""

    plugins.implements(plugins.IActions)
    plugins.implements(plugins.IConfigurer)
    plugins.implements(plugins.IConfigDeclaration)
    plugins.implements(plugins.ITemplateHelpers)
    plugins.implements(IDCATURIGenerator, inherit=True)

    def update_config(self, config: CKANConfig) -> None:
        """Put our templates before CKAN's."""
        toolkit.add_template_directory(config, "templates")
        toolkit.add_public_directory(config, "public")

    def declare_config_options(self, declaration: Declaration, key: Key) -> None:
        """Declare ``seehaus.*``; an undeclared option would be a start-up warning."""
        declaration.declare(key.seehaus.search_url, "")
        declaration.declare_bool(key.seehaus.sample_data, default=False)

    def get_actions(self) -> dict[str, Any]:
        """Name the actions that CKAN does not have by itself."""
        return {"seehaus_publish": seehaus_publish}

    def get_helpers(self) -> dict[str, Any]:
        """Name the functions that the templates use."""
        return {
            "seehaus_search_url": _search_url,
            "seehaus_sample_data": _sample_data,
            "seehaus_cities": _cities,
            "seehaus_label": label,
        }

    def dataset_uri(self, dataset_dict: dict[str, Any], default_uri: str) -> str:
        """Give a data set the address of its page: its id changes with the portal."""
        name, stem = dataset_dict.get("name"), default_uri.rpartition("/dataset/")
        return f"{stem[0]}/dataset/{name}" if name and stem[1] else default_uri
