"""The front matter of a pilot report, and the record that is kept of it."""

import datetime as dt
import mimetypes
import re
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    EmailStr,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from ingestion.fields import PublicUrl
from ingestion.personal_data import Official, find
from ingestion.personal_data.name_words import given_names
from ingestion.record import Record

PILOTS: Final = "pilots"
"""The name under which the store knows these reports, as it knows ``sessionnet``."""
MAX_ATTACHMENT: Final = 10 * 2**20
ATTACHMENTS: Final = ("csv", "json", "md", "ods", "odt", "pdf", "png", "txt", "xlsx")
"""What a report may have beside it, by the end of the file's name."""
EXAMPLE: Final = "Beispiel: "
"""An invented report says so in its title, wherever that is shown."""
EXAMPLE_DOMAIN: Final = "example.org"
"""Where an invented report is answered for: nobody gets mail for it."""

Area = Literal[
    "administration",
    "building",
    "citizen_services",
    "climate",
    "council",
    "culture",
    "education",
    "mobility",
    "safety",
    "social",
]
"""Ids of transforms/seeds/pilot_areas.csv."""
Outcome = Literal["adopted", "continued", "stopped"]
"""Ids of transforms/seeds/pilot_outcomes.csv."""

Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=5, max_length=200, pattern=r"^[^\n]*$")
]
# One letter or a given name before the family name: a mailbox of somebody, not of an office.
_INITIAL: Final = re.compile(r"[a-z][._-][a-zäöüß-]{2,}")
_PERSON: Final = re.compile(r"\b(?:Herrn?|Frau|Hr\.|Fr\.|Dr\.|Prof\.)(?:\s|$)")


@dataclass(frozen=True, slots=True)
class Place:
    """What the front matter is checked against.

    Attributes:
        folder: The city's reports; attachments lie in it.
        official: What belongs to the city's offices.
    """

    folder: Path
    official: Official


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Contact(_Strict):
    """Whom another city asks: an office and its mailbox, never somebody by name."""

    office: Line
    email: EmailStr

    @field_validator("office")
    @classmethod
    def _is_an_office(cls, text: str) -> str:
        if _PERSON.search(text) or find(text):
            raise ValueError("names somebody or a way to reach them; write the office alone")
        return text

    @field_validator("email")
    @classmethod
    def _is_an_offices(cls, address: str, info: ValidationInfo) -> str:
        """A mailbox at the city's own domain that nobody's name stands before."""
        local, _, domain = address.lower().rpartition("@")
        if isinstance(info.context, Place):
            known = [*sorted(info.context.official.domains), EXAMPLE_DOMAIN]
            if not any(domain == own or domain.endswith(f".{own}") for own in known):
                raise ValueError(
                    f"is no address of the city's; write one at {', '.join(known[:-1])},"
                    " or add the domain to `privacy: mail_domains` of the city file"
                )
        words = re.split(r"[._+-]", local)
        if _INITIAL.fullmatch(local) or any(word.title() in given_names() for word in words):
            raise ValueError("looks like a person's; write the office's mailbox, e.g. hauptamt@…")
        return address


class Effort(_Strict):
    """What it took, as far as it can be counted; the section ``Aufwand`` says the rest."""

    person_days: Annotated[float, Field(ge=0, le=20_000, allow_inf_nan=False)]
    cost_eur: Annotated[float, Field(ge=0, le=100_000_000, allow_inf_nan=False)]


class Attachment(_Strict):
    """A file beside the report."""

    file: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    title: Line

    @field_validator("file")
    @classmethod
    def _is_there(cls, name: str, info: ValidationInfo) -> str:
        if isinstance(info.context, Place):
            _found(info.context.folder, name)
        return name

    def facts(self, folder: Path) -> dict[str, Any]:
        """What is published of it: names, type, size in bytes and the bytes' SHA-256."""
        path = _found(folder, self.file)
        with path.open("rb") as stream:
            sha256 = file_digest(stream, "sha256").hexdigest()
        return {
            "file_name": self.file,
            "title": self.title,
            "mime_type": mimetypes.guess_type(path.name)[0] or "application/octet-stream",
            "size_bytes": path.stat().st_size,
            "sha256": sha256,
        }


def _found(folder: Path, name: str) -> Path:
    """An attachment's file; below the folder, also behind links."""
    if "\0" in name or "\\" in name:
        raise ValueError("is no path; write a file's name with / between folders")
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ValueError(f"{name} lies outside of the city's folder; put it beside the report")
    if path.suffix.lower().removeprefix(".") not in ATTACHMENTS:
        raise ValueError(f"{name} is of no kind that is taken; use {', '.join(ATTACHMENTS)}")
    if not path.is_file():
        raise ValueError(f"{name} is not there; put it beside the report, or mend its name")
    if path.stat().st_size > MAX_ATTACHMENT:
        raise ValueError(f"{name} is larger than {MAX_ATTACHMENT:,} bytes; shorten or split it")
    return path


class PilotFile(_Strict):
    """The front matter of one report."""

    example: bool = False
    title: Line
    area: Area
    outcome: Outcome
    date: dt.date
    start: dt.date
    end: dt.date | None = None
    contact: Contact
    effort: Effort
    page: PublicUrl | None = None
    attachments: tuple[Attachment, ...] = ()

    @field_validator("date", "start", "end")
    @classmethod
    def _is_plausible(cls, day: dt.date | None) -> dt.date | None:
        if day is not None and not 1990 <= day.year <= 2100:  # noqa: PLR2004 - years
            raise ValueError("is not a year of such a pilot")
        return day

    @field_validator("start")
    @classmethod
    def _began_before_the_report(cls, day: dt.date, info: ValidationInfo) -> dt.date:
        if (reported := info.data.get("date")) is not None and day > reported:
            raise ValueError("lies after the report's date; `date` is when the report was written")
        return day

    @field_validator("end")
    @classmethod
    def _ended_after_its_start(cls, day: dt.date | None, info: ValidationInfo) -> dt.date | None:
        start = info.data.get("start")
        if day is not None and start is not None and day < start:
            raise ValueError("lies before the start; leave it out while the pilot goes on")
        return day

    @field_validator("attachments")
    @classmethod
    def _are_different(cls, files: tuple[Attachment, ...]) -> tuple[Attachment, ...]:
        if len({each.file for each in files}) < len(files):
            raise ValueError("a file is named twice; keep one entry per file")
        return files

    @field_validator("title")
    @classmethod
    def _says_what_is_invented(cls, title: str, info: ValidationInfo) -> str:
        if title.startswith(EXAMPLE.strip()) != info.data.get("example", False):
            raise ValueError(
                f"does not fit `example`; begin it with `{EXAMPLE}` where that is true, and only"
                " there"
            )
        return title

    @field_validator("contact")
    @classmethod
    def _answers_for_what_is_true(cls, contact: Contact, info: ValidationInfo) -> Contact:
        is_invented = contact.email.lower().endswith(f"@{EXAMPLE_DOMAIN}")
        if is_invented != info.data.get("example", False):
            raise ValueError(
                f"does not fit `example`; an address at {EXAMPLE_DOMAIN} is for invented reports,"
                " and these have no other"
            )
        return contact


class PilotReport(Record):
    """What a city tries out, as it documents it; ``id`` is the file's name without its end.

    The texts are plain: Markdown's marks are read, not kept. ``attachments`` is a JSON list of
    ``file_name``, ``title``, ``mime_type``, ``size_bytes`` and ``sha256``. ``url`` is the pilot's
    public page, where it has one, else the city's.
    """

    object_type: ClassVar[str] = "pilot_report"
    web_url: str | None = None
    title: str
    area: str
    outcome: str
    date: dt.date
    start_date: dt.date
    end_date: dt.date | None = None
    contact_office: str
    contact_email: str
    person_days: float
    cost_eur: float
    background: str | None = None
    tried: str
    result: str
    effort: str
    advice: str | None = None
    attachments: str = "[]"
    is_example: bool = False
    is_redacted: bool = False
