"""The search as the command line and the services use it."""

import datetime as dt
from dataclasses import asdict
from typing import Any

from orchestration.environment import folder
from orchestration.settings import settings


def embedder() -> Any:
    """The embedder of the settings: built in, or a folder with an ONNX model."""
    from indexes.embed import load_embedder  # noqa: PLC0415 - loads onnxruntime

    at = settings()
    return load_embedder(at.embedder, cache=folder("models"), threads=at.embed_threads)


def portal_url() -> str:
    """The portal's public address for links; empty when there is none."""
    from orchestration.status import published  # noqa: PLC0415

    return str(published().get("url", ""))


def search(question: str, *, k: int = 10, cities: list[str] | None = None) -> dict[str, Any]:
    """Search the index of this machine.

    Returns:
        ``took_ms`` and ``hits``, each hit a dict of ``indexes.search.Hit``'s fields.
    """
    from indexes.search import Index  # noqa: PLC0415

    index = Index.open(folder("index"), embedder=embedder(), portal_url=portal_url())
    result = index.search(question, k=k, cities=cities)
    hits = [
        {
            name: str(value) if isinstance(value, dt.date) else value
            for name, value in asdict(hit).items()
        }
        for hit in result.hits
    ]
    return {"took_ms": result.took_ms, "hits": hits}
