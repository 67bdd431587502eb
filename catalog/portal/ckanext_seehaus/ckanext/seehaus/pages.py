"""The pages that a public portal must have; the words are in ``templates/seehaus``."""

import json
from typing import Any, Final

from ckan.plugins import toolkit
from flask import Blueprint

PAGES: Final = ("impressum", "datenschutz", "barrierefreiheit", "ki")
"""Each is an address, a template, and a key of the operator's own texts."""

TITLES: Final = {
    "impressum": ("Impressum", "Imprint"),
    "datenschutz": ("Datenschutz", "Privacy"),
    "barrierefreiheit": ("Barrierefreiheit", "Accessibility"),
    "ki": ("Hinweise zur KI", "About the AI"),
}

blueprint = Blueprint("seehaus", __name__)


def operator() -> dict[str, Any]:
    """Who runs the portal, as its settings say; empty fields are missing."""
    told = json.loads(toolkit.config.get("seehaus.operator") or "{}")
    told["privacy_authority"] = toolkit.config.get("seehaus.privacy_authority") or ""
    return dict(told)


def title(page: str, language: str) -> str:
    """A page's name in the visitor's language."""
    german, english = TITLES[page]
    return german if language == "de" else english


def _show(page: str) -> str:
    who = operator()
    own = who.get("pages", {}).get(page)
    return toolkit.render(f"seehaus/{page}.html", {"page_name": page, "operator": who, "own": own})


for _page in PAGES:
    blueprint.add_url_rule(f"/{_page}", _page, _show, defaults={"page": _page})
