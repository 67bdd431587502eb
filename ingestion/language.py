"""In which language a document is written: offline, by py3langid's model."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

# What council documents come in; fewer candidates make fewer mistakes on short texts.
LANGUAGES: Final = ("de", "en", "fr", "it", "nl", "pl", "ru", "tr", "uk", "ar", "es")
_FEWEST_LETTERS: Final = 60
_ENOUGH: Final = 4_000


def language(pages: Sequence[str]) -> str | None:
    """The language of a document.

    Args:
        pages: Its texts.

    Returns:
        A code of ISO 639-1; None where there are too few words to say.
    """
    text = " ".join(page[:_ENOUGH] for page in pages[:_ENOUGH])[:_ENOUGH]
    if sum(char.isalpha() for char in text) < _FEWEST_LETTERS:
        return None
    return str(_model().classify(text)[0])


@cache
def _model() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - a second

    model = LanguageIdentifier.from_model_file(MODEL_FILE)
    model.set_languages(list(LANGUAGES))
    return model
