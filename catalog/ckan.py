"""What the parts of publishing know of a CKAN portal: how to call it and how it may fail."""

import io
from collections.abc import Collection, Mapping
from typing import Any, ClassVar, Protocol

Files = Mapping[str, tuple[str, io.BytesIO, str]]
Package = dict[str, Any]


class PublishError(RuntimeError):
    """A data set could not be published; its last good version stays.

    Attributes:
        dataset: Which one; empty where the portal as a whole is meant.
        step: What was being done.
        stops: Whether the data sets that are left need not be tried: they would fail alike.
    """

    stops: ClassVar[bool] = False

    def __init__(self, dataset: str, step: str, what: str, mend: str) -> None:
        """Name the place (data set and step), what happened there and the mend."""
        self.dataset, self.step, self.what, self.mend = dataset, step, what, mend
        super().__init__(f"{dataset or 'portal'}, {step}: {what} → {mend}")


class PortalAwayError(PublishError):
    """The portal does not answer, or only with server errors."""

    stops = True


class TokenError(PublishError):
    """The portal no longer knows the token."""

    stops = True


class FullError(PublishError):
    """The portal has no room left."""

    stops = True


class TooLargeError(PublishError):
    """The portal takes no file or request of this size."""


class NotThereError(PublishError):
    """The portal has no such object or no such action."""


class RefusedError(PublishError):
    """The portal found the request invalid.

    Attributes:
        fields: What it found wrong.
    """

    fields: Collection[str] = ()


class Portal(Protocol):
    """What talks to CKAN."""

    def call(
        self, action: str, data: Mapping[str, Any], *, dataset: str = "", files: Files | None = None
    ) -> Any:
        """Run one action; raises a ``PublishError`` of the kinds above."""

    def knows(self, action: str) -> bool:
        """Whether the portal has this action; asked once."""
