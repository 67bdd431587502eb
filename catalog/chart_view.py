"""The charts of a statistics data set on the portal, as a resource view of our extension.

The rows are the DataStore's; the view is told once what they count, from where and under which
terms. A portal without the extension has no such view, and no chart.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from catalog.ckan import Portal, RefusedError
from catalog.dataset import DataSet
from catalog.files import sha256

VIEW_TYPE: Final = "seehaus_chart"
FIELD: Final = "chart_view_sha256"
"""The resource field that says what its chart view was told last."""
_TITLE: Final = "Diagramm"


def indicators_text(dataset: DataSet) -> str:
    """What the view is told: the indicators as one JSON text."""
    told = [asdict(one) for one in dataset.indicators]
    return json.dumps(told, ensure_ascii=False, sort_keys=True)


def chart_hash(dataset: DataSet) -> str:
    """By which it is known what the view was told; empty where there is nothing to draw."""
    if not dataset.indicators or not dataset.has_datastore:
        return ""
    return sha256(f"{VIEW_TYPE} {_TITLE} {indicators_text(dataset)}".encode())


def show_charts(portal: Portal, dataset: DataSet, csv: Mapping[str, Any]) -> None:
    """Give the table its chart view, or tell the one it has what changed.

    Args:
        portal: Where to.
        dataset: Whose figures.
        csv: The resource as the portal has it.

    Raises:
        PublishError: The portal refuses the view, though it knows its type.
    """
    if not (wanted := chart_hash(dataset)) or csv.get(FIELD) == wanted:
        return
    resource = {"id": str(csv["id"])}
    found = portal.call("resource_view_list", resource, dataset=dataset.name)
    ours = next((one for one in found if one["view_type"] == VIEW_TYPE), None)
    view = {
        "resource_id": resource["id"],
        "view_type": VIEW_TYPE,
        "title": _TITLE,
        "indicators": indicators_text(dataset),
    }
    try:
        if ours is None:
            portal.call("resource_view_create", view, dataset=dataset.name)
        else:
            known = {"id": ours["id"], **view}
            portal.call("resource_view_update", known, dataset=dataset.name)
    except RefusedError as error:
        # A CKAN without our extension does not know the type.
        if "view_type" not in error.fields:
            raise
