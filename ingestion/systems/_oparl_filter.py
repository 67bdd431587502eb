"""``modified_since`` in the form that a server understands: they disagree about dates in URLs."""

import datetime as dt
from typing import Final
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

NAME: Final = "modified_since"

_SERVER_ERROR: Final = 500
_UTC: Final = "+00:00"


class Filter:
    """The filter of one crawl, learnt from what the server refuses.

    Never with fractions of a second, which some servers reject. The first form has no plus sign,
    which some misread; then come the colon as it is, an offset encoded, an offset as it is; in
    the end the list is asked whole.
    """

    def __init__(self, since: dt.date | None) -> None:
        """Prepare every form; ``since`` is a day (in UTC) or a moment, None: no filter."""
        moment = _in_utc(since) if since is not None else ""
        with_offset = moment.replace("Z", _UTC)
        self._is_learnt = False
        self._forms = (
            [
                quote(moment, safe=""),
                quote(moment, safe=":"),
                quote(with_offset, safe=""),
                quote(with_offset, safe=":+"),
            ]
            if moment
            else []
        )

    @property
    def is_on(self) -> bool:
        """Whether there is a form left that the server did not refuse."""
        return bool(self._forms)

    def put(self, url: str) -> str:
        """The URL with the filter in the form that holds now."""
        return _with(url, self._forms[0]) if self._forms else url

    def kept(self, following: str) -> str:
        """A ``next`` with the filter: dropped from it, or in a form that the server refuses."""
        if not self._is_learnt:
            return self.put(following)
        parts = urlsplit(following)
        pairs = [pair for pair in parts.query.split("&") if not pair.startswith(f"{NAME}=")]
        return self.put(urlunsplit(parts._replace(query="&".join(pairs))))

    def refused(self, status: int | None = None) -> None:
        """Go to the next form; a server that breaks over the filter gets none at all.

        Args:
            status: The HTTP status of the refusal; None: the answer was not understood.
        """
        self._is_learnt = True
        if status is None or status >= _SERVER_ERROR:
            self._forms.clear()
        else:
            self._forms.pop(0)


def _in_utc(since: dt.date) -> str:
    if isinstance(since, dt.datetime):
        aware = since if since.tzinfo is not None else since.replace(tzinfo=dt.UTC)
        return aware.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{since.isoformat()}T00:00:00Z"


def _with(url: str, value: str) -> str:
    parts = urlsplit(url)
    if NAME in {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}:
        return url
    return urlunsplit(
        parts._replace(query="&".join(filter(None, (parts.query, f"{NAME}={value}"))))
    )
