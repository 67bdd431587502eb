"""How long work says how far it is."""

from collections.abc import Callable

Progress = Callable[[int, str], None]
"""Told the number of steps done and what is being done."""


def silent(done: int, message: str) -> None:
    """A progress callback that tells nobody."""
    del done, message
