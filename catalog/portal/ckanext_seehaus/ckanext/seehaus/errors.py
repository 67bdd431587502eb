"""What visitors read where a page could not be shown."""

from collections.abc import Mapping
from typing import Any, Final

_SERVER_ERROR: Final = 500
_SAID: Final[Mapping[int, tuple[tuple[str, str], tuple[str, str]]]] = {
    400: (
        ("Das hat nicht geklappt", "Die Adresse oder das Formular enthält etwas Unerwartetes."),
        ("That did not work", "The address or the form contains something unexpected."),
    ),
    403: (
        ("Hier ist kein Zugang", "Diese Seite ist nur für den Betrieb des Portals."),
        ("No access", "This page is only for those who run the portal."),
    ),
    404: (
        (
            "Seite nicht gefunden",
            "Unter dieser Adresse gibt es hier nichts (mehr). Vielleicht hilft die Suche weiter.",
        ),
        ("Page not found", "There is nothing at this address (any more). The search may help."),
    ),
    500: (
        (
            "Das Portal hat gerade eine Störung",
            "Es liegt nicht an Ihnen. Bitte versuchen Sie es in einigen Minuten noch einmal.",
        ),
        ("The portal has a fault", "It is not your doing. Please try again in a few minutes."),
    ),
}


def said(code: Any, content: Any, language: str) -> dict[str, Any]:
    """The words for an error.

    Args:
        code: The HTTP status; CKAN gives it in a list where it has caught an exception.
        content: What CKAN says; shown where there are no words of ours.
        language: ``de`` or another one, which gets English.

    Returns:
        ``title``, ``text`` and ``is_ours``, whether the fault is the portal's.
    """
    status = int(code[0] if isinstance(code, list) else code or _SERVER_ERROR)
    words = _SAID.get(min(_SERVER_ERROR, status))
    is_ours = status >= _SERVER_ERROR
    if words is None:
        title = "Das hat nicht geklappt" if language == "de" else "That did not work"
        return {"title": title, "text": str(content or ""), "is_ours": is_ours}
    german, english = words
    title, text = german if language == "de" else english
    return {"title": title, "text": text, "is_ours": is_ours}
