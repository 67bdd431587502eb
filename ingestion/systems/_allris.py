"""What ALLRIS 3 and ALLRIS 4 tell alike, whatever their pages look like."""

from dataclasses import dataclass

from ingestion.record import Meeting
from ingestion.systems._crawl import said


@dataclass(frozen=True, slots=True)
class Entry:
    """One meeting of the calendar and where its agenda is, if it is published."""

    meeting: Meeting
    agenda_url: str | None

    @property
    def context(self) -> dict[str, str]:
        """What the agenda page may not repeat."""
        meeting = self.meeting
        return said(
            {
                "SILFDNR": meeting.id,
                "name": meeting.name,
                "date": meeting.date_text,
                "time": meeting.time_text,
                "location": meeting.location,
                "is_cancelled": "true" if meeting.is_cancelled else None,
            }
        )
