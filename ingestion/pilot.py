"""Pilot reports: one Markdown file beside the city files is one pilot, as its city documents it.

``pilots/<city>/<report>.md`` has front matter in YAML and sections with fixed headings. Reading one
gives either a ``PilotReport`` or everything that is wrong: file, line, column and the mend.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token
from pydantic import ValidationError

from ingestion.city import City, CityFileError, CityProblem, parse_mapping, translated
from ingestion.city_model import CITIES
from ingestion.markdown_text import LINKS, destinations, plain
from ingestion.pilot_model import ATTACHMENTS, PilotFile, PilotReport, Place

__all__ = ["SECTIONS", "PilotError", "PilotReport", "check", "folder_of", "paths", "read", "strays"]

MAX_BYTES: Final = 64 * 2**10
"""A report is a page or two; what is longer belongs into an attachment."""
SECTIONS: Final = {
    "Ausgangslage": "background",
    "Was wurde erprobt": "tried",
    "Ergebnis": "result",
    "Aufwand": "effort",
    "Empfehlung": "advice",
}
"""Heading → field, in the order of a new report."""
NEEDED: Final = ("Was wurde erprobt", "Ergebnis", "Aufwand")
NAME: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
MOST_NAME: Final = 80

_FENCE: Final = "---"
_LIKE: Final = "docs/sources/pilot_report.md"
# Control characters, and those that turn the direction of a line.
_CONTROL: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]"
)
_MENDS: Final = {
    "title": "one line of 5 to 200 characters",
    "date": "a date like 2026-01-31",
    "start": "a date like 2026-01-31",
    "end": "a date like 2026-01-31; leave it out while the pilot goes on",
    "office": "the office in 5 to 200 characters, e.g. Hauptamt, Ratsbüro",
    "email": "an office's mailbox, e.g. hauptamt@stadt-beispiel.de",
    "person_days": "days of work as a number, e.g. 12.5",
    "cost_eur": "euros as a number, e.g. 1900; 0 where nothing was bought",
    "page": "an http(s) URL without user name and password",
    "attachments": "a list of `file:` and `title:`",
    "file": "the name of a file beside the report",
    "example": "true or false",
}


class PilotError(CityFileError):
    """A pilot report is not valid; ``problems`` has every finding, in the order of the file."""


def folder_of(city_id: str, cities: Path = CITIES) -> Path:
    """Where the reports of a city lie: beside its file.

    Args:
        city_id: The city.
        cities: The folder of the city files.
    """
    return cities / "pilots" / city_id


def paths(city_id: str, cities: Path = CITIES) -> list[Path]:
    """The files of a city's reports, sorted; none where the city has no folder for them."""
    return sorted(folder_of(city_id, cities).glob("*.md"))


def strays(cities: Path = CITIES) -> Iterator[CityProblem]:
    """What lies in the reports' folder and would never be read: told, not passed over.

    Args:
        cities: The folder of the city files.
    """
    known = {path.stem for path in cities.glob("*.yml")}
    for path in sorted((cities / "pilots").glob("*")):
        if path.name not in known or not path.is_dir():
            what = "no city of this name has a file"
            yield CityProblem(path, 1, 1, "", what, f"move it to one of {', '.join(sorted(known))}")
        else:
            for deeper in sorted(path.glob("*/**/*.md")):
                mend = "move it up: reports lie in the city's folder itself"
                yield CityProblem(deeper, 1, 1, "", "a report in a folder below", mend)


def check(path: Path, city: City) -> list[CityProblem]:
    """Everything that is wrong in one report, in the order of the file; none if it is valid."""
    try:
        read(path, city)
    except PilotError as error:
        return list(error.problems)
    return []


def read(path: Path, city: City) -> PilotReport:
    """Read one report; its attachments are looked at, too.

    Args:
        path: ``<report>.md`` in the city's folder.
        city: Whose it is.

    Returns:
        What it says, not yet behind the privacy gate.

    Raises:
        PilotError: It cannot be read or is not valid.
    """
    try:
        if path.stat().st_size <= MAX_BYTES:
            return parse(path.read_bytes(), path, city)
        what, mend = f"larger than {MAX_BYTES:,} bytes", "put the long part into an attachment"
    except OSError as error:
        what, mend = error.strerror or "cannot be read", "check the path and its rights"
    raise PilotError([CityProblem(path, 1, 1, "", what, mend)])


def parse(body: bytes, path: Path, city: City) -> PilotReport:
    """The same for bytes that were read already.

    Args:
        body: The file's content.
        path: Where it lies: its name is the report's id, attachments lie beside it.
        city: Whose it is.

    Raises:
        PilotError: The report is not valid.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        what = f"byte {error.start} is not UTF-8"
        raise PilotError([CityProblem(path, 1, 1, "", what, "save the file as UTF-8")]) from None
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    problems = [*_name_problems(path), *_character_problems(path, text)]
    if problems:
        raise PilotError(problems)
    front, begin = _front(text, path)
    file, found = _front_matter(front, path, city)
    sections, wrong = _sections(text.split("\n")[begin:], begin, path)
    problems = sorted([*found, *wrong], key=lambda each: (each.line, each.column))
    if file is None or problems:
        raise PilotError(problems)
    return _report(path, city, file, sections)


def _report(path: Path, city: City, file: PilotFile, sections: dict[str, str]) -> PilotReport:
    page = str(file.page) if file.page else None
    attachments = [each.facts(path.parent) for each in file.attachments]
    return PilotReport(
        id=path.stem,
        url=page or str(city.website),
        web_url=page,
        title=file.title,
        area=file.area,
        outcome=file.outcome,
        date=file.date,
        start_date=file.start,
        end_date=file.end,
        contact_office=file.contact.office,
        contact_email=file.contact.email,
        person_days=file.effort.person_days,
        cost_eur=file.effort.cost_eur,
        attachments=json.dumps(attachments, ensure_ascii=False),
        is_example=file.example,
        **sections,  # type: ignore[arg-type]  # the fields of SECTIONS are texts
    )


def _name_problems(path: Path) -> Iterator[CityProblem]:
    if path.suffix != ".md" or len(path.stem) > MOST_NAME or not NAME.fullmatch(path.stem):
        what = "the file's name is the report's id and cannot be used as one"
        mend = f"name it with a-z, 0-9 and -, at most {MOST_NAME} characters, ending in .md"
        yield CityProblem(path, 1, 1, "", what, mend)


def _character_problems(path: Path, text: str) -> Iterator[CityProblem]:
    if match := _CONTROL.search(text):
        before = text[: match.start()]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        what = f"an invisible control character (U+{ord(match[0]):04X})"
        yield CityProblem(path, line, column, "", what, "delete it")


def _front(text: str, path: Path) -> tuple[str, int]:
    """The YAML at its own lines, and how many lines of the file lie before the sections."""
    lines = text.split("\n")
    ends = [number for number, line in enumerate(lines) if line.rstrip() == _FENCE]
    if ends[:1] != [0] or len(ends) == 1:
        what = "no front matter" if ends[:1] != [0] else "the front matter does not end"
        mend = f"begin with a line `{_FENCE}`, then fields, then again `{_FENCE}`"
        raise PilotError([CityProblem(path, 1, 1, "", what, mend)])
    return "\n".join(["", *lines[1 : ends[1]]]), ends[1] + 1


def _front_matter(front: str, path: Path, city: City) -> tuple[PilotFile | None, list[CityProblem]]:
    content, problems = parse_mapping(front, path, like=_LIKE, first="title")
    if content is None:
        return None, problems
    place = Place(path.parent, city.privacy.official(str(city.website)))
    try:
        return PilotFile.model_validate(content, context=place), []
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=True)
        return None, [
            translated(path, content, detail, model=PilotFile, mends=_MENDS, like=_LIKE)
            for detail in details
        ]


@dataclass(frozen=True, slots=True)
class _Finder:
    """Says where in the file something is wrong."""

    path: Path
    begin: int

    def at(self, token: Token | None, what: str, mend: str) -> CityProblem:
        line = (token.map[0] if token is not None and token.map else 0) + self.begin + 1
        return CityProblem(self.path, line, 1, "", what, mend)


def _sections(
    lines: Sequence[str], begin: int, path: Path
) -> tuple[dict[str, str], list[CityProblem]]:
    """Field → plain text, and what is wrong in the Markdown."""
    finder = _Finder(path, begin)
    # HTML is parsed, so that it is found; it is never let through.
    tokens = MarkdownIt("commonmark", {"html": True}).parse("\n".join(lines))
    problems = [*_forbidden(tokens, finder)]
    parts, wrong = _cut(tokens, finder)
    problems += wrong
    # Each part begins with its heading: text and end.
    texts = {heading: plain(part[2:]) for heading, part in parts.items()}
    for heading, text in texts.items():
        if not text:
            mend = "write what there is to say, or take the heading out"
            problems.append(finder.at(parts[heading][0], f"section `{heading}` is empty", mend))
    for heading in NEEDED:
        if heading not in texts:
            what = f"section `{heading}` is missing"
            problems.append(finder.at(None, what, f"add the heading `## {heading}` and its text"))
    return {SECTIONS[heading]: text for heading, text in texts.items()}, problems


def _cut(
    tokens: Sequence[Token], finder: _Finder
) -> tuple[dict[str, list[Token]], list[CityProblem]]:
    """The tokens of each known section: the heading's text and end, then what stands under it."""
    parts: dict[str, list[Token]] = {}
    problems: list[CityProblem] = []
    part: list[Token] | None = None
    for number, token in enumerate(tokens):
        if token.type == "heading_open" and token.level == 0 and token.tag in {"h1", "h2"}:
            part = []
            problems += _opened(token, tokens[number + 1].content, part, parts, finder)
        elif part is None:
            mend = f"put it under one of the headings: {_headings()}"
            problems.append(finder.at(token, "text before the first section", mend))
            part = []
        else:
            part.append(token)
    return parts, problems


def _opened(
    token: Token,
    heading: str,
    part: list[Token],
    parts: dict[str, list[Token]],
    finder: _Finder,
) -> Iterator[CityProblem]:
    """Begin a section, unless its heading cannot be one."""
    if token.tag == "h1":
        mend = "the title stands in the front matter; write sections with ##"
        yield finder.at(token, "a heading of the first level", mend)
    elif heading not in SECTIONS:
        yield finder.at(token, f"unknown section `{heading[:60]}`", f"use {_headings()}")
    elif heading in parts:
        yield finder.at(token, f"section `{heading}` is there twice", "put both texts into one")
    else:
        parts[heading] = part


def _headings() -> str:
    return ", ".join(f"`## {heading}`" for heading in SECTIONS)


def _forbidden(tokens: Sequence[Token], finder: _Finder) -> Iterator[CityProblem]:
    """HTML, images and links that lead nowhere public."""
    for block in tokens:
        for token in (block, *(block.children or ())):
            if token.type in {"html_block", "html_inline"}:
                what = f"HTML: `{token.content.strip()[:40]}`"
                yield finder.at(block, what, "write Markdown; `<` alone as `&lt;`")
            elif token.type == "image":
                mend = f"list it under `attachments` ({', '.join(ATTACHMENTS)})"
                yield finder.at(block, "an image", mend)
        for target in destinations(block):
            if not target.startswith(LINKS):
                what = f"a link to `{target[:60]}`"
                yield finder.at(block, what, "link to http(s) addresses only")
