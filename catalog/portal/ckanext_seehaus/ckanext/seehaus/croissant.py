"""Croissant: what ckanext-dcat says, with the types and the key that it leaves out or mistakes."""

from typing import Any, Final

from ckan.plugins import toolkit
from ckanext.datastore.backend import postgres
from ckanext.dcat.profiles.croissant import CR, SCHEMA, CroissantProfile
from rdflib import Literal, URIRef

# A field without a type makes the whole file invalid.
_TYPES: Final = {
    "bool": SCHEMA.Boolean,
    "date": SCHEMA.Date,
    "timestamp": SCHEMA.DateTime,
    "json": SCHEMA.Text,
}


class SeehausCroissantProfile(CroissantProfile):  # type: ignore[misc]
    """Data sets of Seehaus as Croissant 1.0."""

    def graph_from_dataset(self, dataset_dict: dict[str, Any], dataset_ref: URIRef) -> None:
        """Add everything that is said about one data set."""
        super().graph_from_dataset(dataset_dict, dataset_ref)
        if attribution := dataset_dict.get("license_attribution"):
            self.g.set((dataset_ref, CR.citeAs, Literal(attribution)))
        if modified := dataset_dict.get("modified"):
            version = str(modified)[:10].replace("-", ".")
            self.g.set((dataset_ref, SCHEMA.version, Literal(version)))

    def _recordset_graph(
        self, dataset_ref: URIRef, resource_ref: URIRef, resource_dict: dict[str, Any]
    ) -> None:
        super()._recordset_graph(dataset_ref, resource_ref, resource_dict)
        records = URIRef(f"{resource_dict.get('id')}/records")
        if (records, None, None) not in self.g:
            return
        told = toolkit.get_action("datastore_info")(
            {"ignore_auth": True}, {"id": resource_dict["id"]}
        )
        # Every index counts as a key there, and ours are for those who filter: the key is unique.
        self.g.remove((records, CR.key, None))
        with postgres.get_read_engine().connect() as connection:
            keys = postgres._get_unique_key(  # noqa: SLF001 - as the DataStore's own upsert does
                {"connection": connection}, {"resource_id": resource_dict["id"]}
            )
        for key in keys:
            self.g.add((records, CR.key, URIRef(f"{records}/{key}")))
        for field in told["fields"]:
            node = URIRef(f"{records}/{field['id']}")
            if field["type"] in _TYPES:
                self.g.set((node, CR.dataType, _TYPES[field["type"]]))
            if notes := (field.get("info") or {}).get("notes"):
                self.g.set((node, SCHEMA.description, Literal(notes)))
