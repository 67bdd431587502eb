"""OParl 1.1 objects of an invented council, each made when it is asked for."""

import datetime as dt
import mimetypes
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import ClassVar, Final

from ingestion.sampleworld.agenda import Item, consultations, item_place, items
from ingestion.sampleworld.bodies import Meeting
from ingestion.sampleworld.documents import meeting_files, shown_file
from ingestion.sampleworld.faults import Fault
from ingestion.sampleworld.oparl_people import BERLIN, SCHEMA, PeopleThings, Thing
from ingestion.sampleworld.papers import MARK, Paper, attachments, file_id, paper

_LICENCE: Final = "https://www.govdata.de/dl-de/zero-2-0"


class Objects(PeopleThings):
    """All objects under one address, e.g. ``http://127.0.0.1:8000``."""

    LISTS: ClassVar[tuple[str, ...]] = (
        "organization",
        "person",
        "meeting",
        "paper",
        "agendaitem",
        "consultation",
        "file",
        "location",
        "legislativeterm",
        "membership",
    )

    def numbers(
        self, kind: str, *, with_deleted: bool = False, since: dt.date | None = None
    ) -> Sequence[int]:
        """The numbers of a list's objects, in a fixed order.

        Args:
            kind: The list.
            with_deleted: Withdrawn files too.
            since: What certainly changed before that day may be left out.
        """
        key = ("numbers", kind, with_deleted, since)
        return self.council.kept(key, lambda: self._numbers(kind, with_deleted, since))

    def _numbers(
        self,
        kind: str,
        with_deleted: bool,  # noqa: FBT001
        since: dt.date | None,
    ) -> Sequence[int]:
        council = self.council
        papers, meetings = partial(self._papers, since), partial(self._meetings, since)
        makers: dict[str, Callable[[], Sequence[int]]] = {
            "bodies": lambda: (1,),
            "legislativeterm": lambda: (1,),
            "organization": lambda: [
                *(body.id for body in council.bodies),
                *(faction.id for faction in self.people.factions),
            ],
            "location": lambda: [body.id for body in council.bodies],
            "person": lambda: [person.id for person in self.people.persons],
            "membership": lambda: [seat.id for seat in self.people.seats],
            "meeting": lambda: [meeting.id for meeting in meetings()],
            "paper": lambda: [council.paper_id(index) for index in papers()],
            "agendaitem": lambda: [
                item.id
                for meeting in meetings()
                for item in items(council, meeting)
                if _is_told(item)
            ],
            "consultation": lambda: [
                number for index in papers() for number in self._consultation_numbers(index)
            ],
            "file": lambda: self._file_numbers(papers(), meetings(), with_deleted=with_deleted),
        }
        return makers[kind]()

    def _papers(self, since: dt.date | None) -> Iterator[int]:
        """The papers that may have changed since a day; told by their meeting, none is made."""
        for index in range(self.council.paper_count):
            if since is None or self._newest(index) >= since:
                yield index

    def _newest(self, index: int) -> dt.date:
        """A day after which a paper has not changed: it is older than its first meeting."""
        return self._changed_by_fault(index) or self.council.home(index).date

    def _meetings(self, since: dt.date | None) -> Iterator[Meeting]:
        for meeting in self.council.meetings:
            if since is None or self._meeting_changed(meeting) >= since:
                yield meeting

    def _file_numbers(
        self, papers: Iterable[int], meetings: Iterable[Meeting], *, with_deleted: bool
    ) -> list[int]:
        council = self.council
        found = [number for each in meetings for number, _ in meeting_files(council, each)]
        for index in papers:
            found += [each.id for each in attachments(council, paper(council, index))]
            if with_deleted and council.hits(Fault.WITHDRAWN, index):
                found.append(file_id(council, index, 0))
        return found

    def listed(self, kind: str, number: int) -> Thing:
        """The object of a list's number."""
        singular = "body" if kind == "bodies" else kind
        found = self.find(singular, number)
        assert found is not None, f"{kind} {number} is listed but not there"
        return found

    def find(self, kind: str, number: int) -> Thing | None:
        """One object; None where there is none of that kind and number."""
        makers = {
            "body": self._body,
            "legislativeterm": self._term,
            "organization": self._organization,
            "location": self._location,
            "person": self._person,
            "membership": self._membership,
            "meeting": self._meeting,
            "agendaitem": self._agenda_item,
            "paper": self._paper,
            "consultation": self._consultation,
            "file": self._file,
        }
        maker = makers.get(kind)
        return None if maker is None else maker(number)

    def system(self) -> Thing:
        """The entry point."""
        made = self._thing("system", 1, "System", self.council.first_day)
        return made | {
            "id": f"{self._root}/system",
            "oparlVersion": SCHEMA,
            "license": _LICENCE,
            "body": f"{self._root}/bodies",
            "name": f"Beispielwelt {self.council.town.name}: {MARK}",
            "contactEmail": "ratsinfo@musterstadt.example",
            "contactName": "Sitzungsdienst (erfunden)",
            "website": "https://musterstadt.example/",
            "vendor": "https://musterstadt.example/",
            "product": "https://musterstadt.example/",
        }

    def _body(self, number: int) -> Thing | None:
        if number != 1:
            return None
        made = self._thing("body", 1, "Body", self.council.first_day)
        lists = {kind: f"{self._root}/body/1/{kind}" for kind in self.LISTS}
        return made | {
            "system": f"{self._root}/system",
            "shortName": "Musterstadt",
            "name": f"Stadt {self.council.town.name}",
            "website": "https://musterstadt.example/",
            "license": _LICENCE,
            "ags": "07999999",
            "rgs": "079990000999",
            "contactName": MARK,
            "classification": "Stadt",
            "organization": lists["organization"],
            "person": lists["person"],
            "meeting": lists["meeting"],
            "paper": lists["paper"],
            "legislativeTerm": [self._term(1)],
            "legislativeTermList": lists["legislativeterm"],
            "agendaItem": lists["agendaitem"],
            "consultation": lists["consultation"],
            "file": lists["file"],
            "locationList": lists["location"],
            "membership": lists["membership"],
            "mainOrganization": self._url("organization", 1),
        }

    def _meeting(self, number: int) -> Thing | None:
        of = self.council.meeting(number)
        if of is None:
            return None
        state = "durchgeführt" if of.is_held else "eingeladen" if of.is_published else "terminiert"
        files = [self._file(each) for each, _ in meeting_files(self.council, of)]
        made = self._thing("meeting", number, "Meeting", self._meeting_changed(of)) | {
            "name": of.name,
            "meetingState": "ausgefallen" if of.is_cancelled else state,
            "cancelled": of.is_cancelled,
            "start": dt.datetime.combine(of.date, of.start, BERLIN).isoformat(),
            "organization": [self._url("organization", of.body.id)],
            "location": self._location(of.body.id),
            "agendaItem": [
                self._agenda_thing(of, item) for item in items(self.council, of) if _is_told(item)
            ],
        }
        if of.is_held:
            made["end"] = dt.datetime.combine(of.date, of.end, BERLIN).isoformat()
        if files:
            made["invitation"] = files[0]
        if len(files) > 1:
            made["resultsProtocol"] = files[1]
        return made

    def _meeting_changed(self, of: Meeting) -> dt.date:
        if of.is_special:
            return self.council.today
        lead = dt.timedelta(days=-1) if of.is_held else dt.timedelta(days=10)
        return min(of.date - lead, self.council.today - dt.timedelta(days=1))

    def _agenda_item(self, number: int) -> Thing | None:
        index, place = item_place(self.council, number)
        if not 0 <= index < len(self.council.meetings):
            return None
        of = self.council.meetings[index]
        listed = items(self.council, of)
        if place >= len(listed) or not _is_told(listed[place]):
            return None
        return self._agenda_thing(of, listed[place])

    def _agenda_thing(self, of: Meeting, item: Item) -> Thing:
        made = self._thing("agendaitem", item.id, "AgendaItem", self._meeting_changed(of)) | {
            "meeting": self._url("meeting", of.id),
            "number": item.number,
            "order": item.position,
            "name": item.name,
            "public": item.is_public,
        }
        if (leak := shown_file(self.council, of, item)) is not None:
            file = self._file_thing(leak, f"Beschluss: {item.result}", of.date)
            way = self._thing("consultation", leak, "Consultation", of.date)
            way |= {"paper": self._url("paper", 1), "role": item.closed_reference}
            made |= {"resolutionFile": file, "auxiliaryFile": [file], "consultation": [way]}
        if item.paper is not None:
            made["consultation"] = self._url(
                "consultation", self._consultation_number(item.paper.index, of)
            )
        if item.result:
            made["result"] = item.result
        if item.resolution:
            votes = item.vote
            counted = (
                f" Ja: {votes.yes}, Nein: {votes.no}, Enthaltungen: {votes.abstained}."
                if votes
                else ""
            )
            made["resolutionText"] = item.resolution + counted
        return made

    def _changed(self, of: Paper) -> dt.date:
        return self._changed_by_fault(of.index) or of.date

    def _changed_by_fault(self, index: int) -> dt.date | None:
        hit = any(self.council.hits(fault, index) for fault in (Fault.CHANGED, Fault.WITHDRAWN))
        return self.council.today if hit else None

    def _paper(self, number: int) -> Thing | None:
        index = self.council.paper_index(number)
        if index is None:
            return None
        of = paper(self.council, index)
        made = self._thing("paper", number, "Paper", of.date)
        made["modified"] = self._thing("paper", number, "Paper", self._changed(of))["modified"]
        files = [(each.number, self._file(each.id)) for each in attachments(self.council, of)]
        made |= {
            "body": self._url("body", 1),
            "name": of.title,
            "reference": of.reference,
            "date": of.date.isoformat(),
            "paperType": of.kind,
            "keyword": [of.topic],
            "underDirectionOf": [self._url("organization", self.council.home(index).body.id)],
            "consultation": [
                self._consultation(each) for each in self._consultation_numbers(index)
            ],
            "auxiliaryFile": [file for place, file in files if place],
        }
        main = [file for place, file in files if not place]
        return made | ({"mainFile": main[0]} if main else {})

    def _consultation_numbers(self, index: int) -> list[int]:
        forwarded = self.council.forwarded(index)
        return [index * 2 + 1] + ([index * 2 + 2] if forwarded else [])

    def _consultation_number(self, index: int, of: Meeting) -> int:
        return index * 2 + (1 if self.council.home(index).id == of.id else 2)

    def _consultation(self, number: int) -> Thing | None:
        index, place = divmod(number - 1, 2)
        if not 0 <= index < self.council.paper_count:
            return None
        of = paper(self.council, index)
        way = consultations(self.council, of)
        if place >= len(way):
            return None
        met, item, role = way[place]
        return self._thing("consultation", number, "Consultation", of.date) | {
            "paper": self._url("paper", of.id),
            "agendaItem": self._url("agendaitem", item.id),
            "meeting": self._url("meeting", met.id),
            "organization": [self._url("organization", met.body.id)],
            "authoritative": role == "Entscheidung",
            "role": role,
        }

    def _file(self, number: int) -> Thing | None:
        council = self.council
        if number >= council.id_base + 2_000_000:
            index = (number - council.id_base - 2_000_000) // 4
            if index >= len(council.meetings):
                return None
            met = council.meetings[index]
            names = dict(meeting_files(council, met))
            if number not in names:
                return None
            made = self._file_thing(number, names[number], self._meeting_changed(met))
            return made | {"meeting": [self._url("meeting", met.id)]}
        index = (number - council.id_base - 400_000) // 8
        if not 0 <= index < council.paper_count:
            return None
        of = paper(council, index)
        listed = {each.id: each for each in attachments(council, of)}
        if number not in listed:
            return self.withdrawn(number)
        is_new = council.hits(Fault.CHANGED, index)
        changed = council.today if is_new else of.date
        made = self._file_thing(number, listed[number].name, changed)
        name = f"{number}.{listed[number].ending}"
        made |= {"fileName": name, "mimeType": mimetypes.guess_type(name)[0]}
        return made | {"paper": [self._url("paper", of.id)]}

    def _file_thing(self, number: int, name: str, changed: dt.date) -> Thing:
        url = f"{self._url('file', number)}/data"
        return self._thing("file", number, "File", changed) | {
            "name": name,
            "fileName": f"{number}.pdf",
            "mimeType": "application/pdf",
            "date": changed.isoformat(),
            "accessUrl": url,
            "downloadUrl": url,
        }

    def withdrawn(self, number: int) -> Thing | None:
        """The remains of a withdrawn file; None where no such file was withdrawn."""
        council = self.council
        index = (number - council.id_base - 400_000) // 8
        is_hit = 0 <= index < council.paper_count and council.hits(Fault.WITHDRAWN, index)
        if not is_hit or number != file_id(council, index, 0):
            return None
        made = self._thing("file", number, "File", council.today)
        # The schema demands accessUrl of a deleted file too.
        return made | {"deleted": True, "accessUrl": f"{self._url('file', number)}/data"}


def _is_told(item: Item) -> bool:
    """Most servers leave closed items out; one that tells too much lists them too."""
    return item.is_public or item.result is not None
