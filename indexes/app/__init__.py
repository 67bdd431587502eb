"""The search page and its HTTP API."""

from indexes.app.application import create_app
from indexes.app.headers import SecurityHeaders

__all__ = ["SecurityHeaders", "create_app"]
