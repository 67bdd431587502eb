"""What the parts of publishing know of a CKAN portal: how to call it and how it may fail."""

import io
from collections.abc import Mapping
from typing import Any, Protocol

Files = Mapping[str, tuple[str, io.BytesIO, str]]
Package = dict[str, Any]


class PublishError(RuntimeError):
    """A data set could not be published; its last good version stays.

    Attributes:
        dataset: Which one; empty where the portal as a whole is meant.
        step: What was being done.
    """

    def __init__(self, dataset: str, step: str, what: str, mend: str) -> None:
        """Name the place (data set and step), what happened there and the mend."""
        self.dataset, self.step, self.what, self.mend = dataset, step, what, mend
        super().__init__(f"{dataset or 'portal'}, {step}: {what} → {mend}")


class PortalAwayError(PublishError):
    """The portal does not answer, or only with server errors."""


class NotThereError(PublishError):
    """The portal has no such object or no such action."""


class RefusedError(PublishError):
    """The portal found the request invalid."""


class Portal(Protocol):
    """What talks to CKAN."""

    def call(
        self, action: str, data: Mapping[str, Any], *, dataset: str = "", files: Files | None = None
    ) -> Any:
        """Run one action; raises a ``PublishError`` of the kinds above."""
