"""The search page and its HTTP API."""

from indexes.app.application import create_app

__all__ = ["create_app"]
