"""A data set as Croissant 1.0: what a machine-learning tool needs to load it.

Columns are read from the CSV file; Parquet lies beside it for those who want types as they are.
"""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from catalog.dataset import DataSet
from catalog.distribution import Distribution

CONFORMS_TO: Final = "http://mlcommons.org/croissant/1.0"
# The context that the specification prescribes, word for word: consumers compare it.
_CONTEXT: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "@language": "de",
        "@vocab": "https://schema.org/",
        "citeAs": "cr:citeAs",
        "column": "cr:column",
        "conformsTo": "dct:conformsTo",
        "cr": "http://mlcommons.org/croissant/",
        "data": {"@id": "cr:data", "@type": "@json"},
        "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
        "dct": "http://purl.org/dc/terms/",
        "examples": {"@id": "cr:examples", "@type": "@json"},
        "extract": "cr:extract",
        "field": "cr:field",
        "fileObject": "cr:fileObject",
        "fileProperty": "cr:fileProperty",
        "fileSet": "cr:fileSet",
        "format": "cr:format",
        "includes": "cr:includes",
        "isLiveDataset": "cr:isLiveDataset",
        "jsonPath": "cr:jsonPath",
        "key": "cr:key",
        "md5": "cr:md5",
        "parentField": "cr:parentField",
        "path": "cr:path",
        "rai": "http://mlcommons.org/croissant/RAI/",
        "recordSet": "cr:recordSet",
        "references": "cr:references",
        "regex": "cr:regex",
        "repeated": "cr:repeated",
        "replace": "cr:replace",
        "sc": "https://schema.org/",
        "separator": "cr:separator",
        "source": "cr:source",
        "subField": "cr:subField",
        "transform": "cr:transform",
    }
)
_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "string": "sc:Text",
        "integer": "sc:Integer",
        "number": "sc:Float",
        "boolean": "sc:Boolean",
        "date": "sc:Date",
        "datetime": "sc:DateTime",
    }
)


def croissant_bytes(dataset: DataSet, address: str) -> bytes:
    """The data set's Croissant file.

    Args:
        dataset: What to describe.
        address: The data set's; its files lie below it.
    """
    described: dict[str, Any] = {
        "@context": dict(_CONTEXT),
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": dataset.name,
        "alternateName": dataset.title,
        "description": dataset.notes,
        "url": address,
        "identifier": dataset.identifier,
        "license": dataset.licence.url,
        "citeAs": dataset.attribution,
        "inLanguage": "de",
        "isLiveDataset": True,
        "keywords": list(dataset.tags),
        "creator": {
            "@type": "sc:Organization",
            "name": dataset.publisher.name,
            "url": dataset.publisher.url,
        },
        "spatialCoverage": [place.name for place in dataset.places],
        "distribution": [
            _file(dataset.file("csv"), address),
            _file(dataset.file("parquet"), address),
        ],
        "recordSet": [_records(dataset)],
    }
    if dataset.modified:
        described["dateModified"] = dataset.modified.isoformat(timespec="seconds")
        described["version"] = f"{dataset.modified:%Y.%m.%d}"
    if dataset.temporal:
        start, end = dataset.temporal
        described["temporalCoverage"] = f"{start.isoformat()}/{end.isoformat()}"
    return (json.dumps(described, ensure_ascii=False, indent=1) + "\n").encode()


def _file(file: Distribution, address: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": file.file_name,
        "name": file.file_name,
        "description": file.description,
        "contentUrl": f"{address}/{file.file_name}",
        "contentSize": f"{len(file.body)} B",
        "encodingFormat": file.media_type,
        "sha256": file.sha256,
    }


def _records(dataset: DataSet) -> dict[str, Any]:
    name, csv = dataset.table.name, dataset.file("csv").file_name
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": dataset.table.description_de,
        "key": [{"@id": f"{name}/{key}"} for key in dataset.table.keys],
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{name}/{column.name}",
                "name": column.name,
                "description": column.description_de,
                "dataType": _TYPES[column.kind.frictionless],
                "source": {
                    "fileObject": {"@id": csv},
                    "extract": {"column": column.name},
                },
            }
            for column in dataset.table.published
        ],
    }
