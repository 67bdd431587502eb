"""Votes as German minutes put them: "Ja: 20, Nein: 3, Enthaltungen: 2", "einstimmig"."""

import re
from dataclasses import dataclass
from typing import Final

from ingestion.record import Vote

_YES: Final = r"(?:Ja(?:-?\s?stimmen)?|dafür)"
_NO: Final = r"(?:Nein(?:-?\s?stimmen)?|Gegenstimmen?|dagegen)"
_ABSTAINED: Final = r"(?:(?:Stimm)?enthaltung(?:en)?|Enth\.?)"
_NOTHING: Final = frozenset({"kein", "keine", "ohne", "-", "\u2013"})
_ONE: Final = frozenset({"eine", "einer"})
_UNANIMOUS: Final = re.compile(r"\beinstimmig|\beinmütig", re.IGNORECASE)
_SPLIT: Final = re.compile(
    r"\bnicht\s+einstimmig|\bmehrheitlich|\bmit\s+(?:Stimmen)?mehrheit", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Counted:
    """What a text says of a vote; None where it does not say it."""

    yes: int | None = None
    no: int | None = None
    abstained: int | None = None
    is_unanimous: bool | None = None


def read(*texts: str | None) -> Counted | None:
    """Read a vote out of the texts that tell of it.

    Args:
        texts: The vote's own line, the item's result; the first that gives a count wins.

    Returns:
        What they say; None where none of them says anything about a vote.
    """
    said = [text for text in texts if text]
    yes, no, abstained = (
        next((count for text in said if (count := _count(text, word)) is not None), None)
        for word in (_YES, _NO, _ABSTAINED)
    )
    whole = " ".join(said)
    is_unanimous: bool | None = None
    if (yes and no) or _SPLIT.search(whole):
        is_unanimous = False
    elif _UNANIMOUS.search(whole):
        is_unanimous = True
    if (yes, no, abstained, is_unanimous) == (None, None, None, None):
        return None
    return Counted(yes, no, abstained, is_unanimous)


def record(
    item_id: str,
    url: str,
    meeting_id: str | None,
    *,
    result: str | None,
    vote_text: str | None,
    resolution_text: str | None = None,
) -> Vote | None:
    """The vote of a public agenda item, where the page tells of one.

    Args:
        item_id: The item's id; the vote's own as well.
        url: The page that tells.
        meeting_id: The meeting's id.
        result: The item's result in the page's words.
        vote_text: The page's line about the vote.
        resolution_text: The resolution; some servers put the counts there.

    Returns:
        The record, or None.
    """
    counted = read(vote_text, result, resolution_text)
    if counted is None:
        return None
    return Vote(
        id=item_id,
        url=url,
        agenda_item_id=item_id,
        meeting_id=meeting_id,
        yes_count=counted.yes,
        no_count=counted.no,
        abstention_count=counted.abstained,
        is_unanimous=counted.is_unanimous,
        result=result,
        vote_text=vote_text,
    )


def _count(text: str, word: str) -> int | None:
    """The number that stands after "Ja:" or before "Ja-Stimmen"."""
    after = re.search(rf"\b{word}\s*[:=]\s*(\d{{1,4}}|-|\u2013)", text, re.IGNORECASE)
    if after:
        return _number(after[1])
    before = re.search(
        rf"(?<![\d.,])(\d{{1,4}}|kein|keine|ohne|eine|einer)\s+{word}\b", text, re.IGNORECASE
    )
    return _number(before[1]) if before else None


def _number(words: str) -> int:
    if words.lower() in _NOTHING:
        return 0
    return 1 if words.lower() in _ONE else int(words)
