"""Pilot reports: what is valid, and that every mistake is told with its line and its mend."""

import csv
import datetime as dt
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import jinja2
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from indexes.passages import PILOT_SECTIONS
from ingestion import pilot
from ingestion.city import CITIES, CityProblem, load, load_all
from ingestion.markdown_text import plain
from ingestion.pilot import PilotError
from ingestion.pilot_model import MAX_ATTACHMENT, Area, Outcome, PilotReport
from ingestion.pilot_template import template
from ingestion.tables import arrow_schema

TRANSFORMS = Path(__file__).parents[3] / "transforms"
SEEDS = TRANSFORMS / "seeds"
GOOD = """\
---
title: Vorlagen finden
area: council
outcome: adopted
date: 2026-06-30
start: 2026-01-12
end: 2026-05-29
contact:
  office: Hauptamt, Ratsbüro
  email: ratsbuero@mainz.de
effort:
  person_days: 24.5
  cost_eur: 0
attachments:
  - file: fragen.csv
    title: Die Testfragen
---

## Was wurde erprobt

Eine **Suche** nach der Bedeutung, siehe [Bericht](https://www.mainz.de/suche).

## Ergebnis

1. Von 60 Fragen
   fand sie 47.
2. Beträge fand sie nicht.

## Aufwand

24,5 Tage.
"""
MAINZ = load("mainz")


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write(text: str | bytes = GOOD, name: str = "suche.md") -> Path:
        (tmp_path / "fragen.csv").write_text("frage,treffer\nwo,1\n")
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


def test_a_valid_report(write: Callable[..., Path]) -> None:
    report = pilot.read(write(), MAINZ)
    body = b"frage,treffer\nwo,1\n"
    assert report.content() == {
        "id": "suche",
        "url": "https://www.mainz.de/",
        "web_url": None,
        "title": "Vorlagen finden",
        "area": "council",
        "outcome": "adopted",
        "date": "2026-06-30",
        "start_date": "2026-01-12",
        "end_date": "2026-05-29",
        "contact_office": "Hauptamt, Ratsbüro",
        "contact_email": "ratsbuero@mainz.de",
        "person_days": 24.5,
        "cost_eur": 0.0,
        "background": None,
        "tried": "Eine Suche nach der Bedeutung, siehe Bericht (https://www.mainz.de/suche).",
        "result": "1. Von 60 Fragen fand sie 47.\n2. Beträge fand sie nicht.",
        "effort": "24,5 Tage.",
        "advice": None,
        "attachments": json.dumps(
            [
                {
                    "file_name": "fragen.csv",
                    "title": "Die Testfragen",
                    "mime_type": "text/csv",
                    "size_bytes": len(body),
                    "sha256": hashlib.sha256(body).hexdigest(),
                }
            ]
        ),
        "is_example": False,
        "is_redacted": False,
    }


def test_the_same_file_gives_the_same_report_also_with_windows_lines(
    write: Callable[..., Path],
) -> None:
    first = pilot.read(write(), MAINZ)
    again = pilot.read(write("\ufeff" + GOOD.replace("\n", "\r\n")), MAINZ)
    assert first.content_sha256 == again.content_sha256


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("area: council", "area: rat", 3, "area: is none of the known values → write 'admin"),
        ("outcome: adopted", "outcom: adopted", 4, "unknown field → did you mean `outcome`?"),
        ("title: Vorlagen finden\n", "", 1, "title: is missing → add `title: …`"),
        ("2026-06-30", "2026-13-30", 5, "→ a date like 2026-01-31"),
        ("2026-06-30", "1026-06-30", 5, "not a year of such a pilot → a date like 2026-01-31"),
        ("2026-01-12", "2026-07-01", 6, "start: lies after the report's date"),
        ("2026-05-29", "2025-05-29", 7, "end: lies before the start"),
        ("Hauptamt, Ratsbüro", "Frau Muster, Ratsbüro", 9, "contact.office: names somebody"),
        ("Hauptamt, Ratsbüro", "Ratsbüro, Tel. 0170 1234567", 9, "contact.office: names somebody"),
        (
            "ratsbuero@mainz.de",
            "ratsbuero@gmail.com",
            10,
            "no address of the city's → write one",
        ),
        ("ratsbuero@mainz.de", "sabine.muster@mainz.de", 10, "looks like a person's"),
        ("ratsbuero@mainz.de", "s.muster@mainz.de", 10, "looks like a person's"),
        ("ratsbuero@mainz.de", "ratsbuero", 10, "→ an office's mailbox"),
        ("ratsbuero@mainz.de", "ratsbuero@example.org", 8, "contact: does not fit `example`"),
        ("person_days: 24.5", "person_days: -1", 12, "→ days of work as a number"),
        ("cost_eur: 0", "cost_eur: .nan", 13, "→ euros as a number"),
        ("cost_eur: 0", "cost_eur: 0\n  cost_eur: 1", 14, "keep one of the two entries"),
        ("fragen.csv", "nicht-da.csv", 15, "nicht-da.csv is not there"),
        ("fragen.csv", "../../etc/passwd.txt", 15, "lies outside of the city's folder"),
        ("fragen.csv", "/etc/hostname.txt", 15, "lies outside of the city's folder"),
        ("fragen.csv", "suche.exe", 15, "of no kind that is taken → use csv"),
        ("title: Vorlagen finden", 'title: "Beispiel: Vorlagen"', 2, "does not fit `example`"),
        ("area: council", "area: council\nexample: true", 2, "title: does not fit `example`"),
        ("area: council", "area: council\npage: javascript:alert(1)", 4, "→ an http(s) URL"),
        ("area: council", "area: [council", 4, "indentation, colons and quotes"),
        ("**Suche**", "<b>Suche</b>", 21, "HTML: `<b>` → write Markdown"),
        ("## Ergebnis", "<script>alert(1)</script>\n\n## Ergebnis", 23, "HTML: `<script>"),
        ("**Suche**", "![Bild](bild.png)", 21, "an image → list it under `attachments`"),
        ("https://www.mainz.de/suche", "ftp://mainz.de/x", 21, "a link to `ftp://mainz.de/x`"),
        ("## Ergebnis", "## Resultat", 23, "unknown section `Resultat` → use `## Ausgangslage`"),
        ("## Aufwand\n\n24,5 Tage.\n", "", 18, "section `Aufwand` is missing → add the heading"),
        ("24,5 Tage.\n", "", 29, "section `Aufwand` is empty"),
        ("## Aufwand", "## Ergebnis", 29, "section `Ergebnis` is there twice"),
        ("## Was wurde", "# Vorlagen\n\n## Was wurde", 19, "a heading of the first level"),
        ("## Was wurde", "Vorwort\n\n## Was wurde", 19, "text before the first section"),
        ("Beträge", "Betr\x00äge", 27, "control character (U+0000) → delete it"),
        ("Beträge", "Betr\u202eäge", 27, "control character (U+202E) → delete it"),
    ],
)
def test_every_mistake_is_told_with_line_and_mend(
    write: Callable[..., Path], old: str, new: str, line: int, told: str
) -> None:
    assert GOOD.count(old) == 1
    path = write(GOOD.replace(old, new))
    found = [str(problem) for problem in pilot.check(path, MAINZ)]
    assert any(text.startswith(f"{path}:{line}:") and told in text for text in found), found
    assert all(" → " in text and not text.endswith(" → ") for text in found)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"", "no front matter"),
        (b"# Bericht\n", "no front matter → begin with a line `---`"),
        (b"---\ntitle: x\n", "the front matter does not end"),
        (b"---\n- eins\n---\n", "not a mapping of fields → begin with `title: "),
        (b"---\ntitle: \xff\n---\n", "byte 11 is not UTF-8 → save the file as UTF-8"),
        (b"---\n---\n" + b"x" * 70_000, "larger than 65,536 bytes → put the long part"),
    ],
)
def test_what_is_no_report_at_all(write: Callable[..., Path], text: bytes, told: str) -> None:
    with pytest.raises(PilotError) as caught:
        pilot.read(write(text), MAINZ)
    assert told in str(caught.value)


@pytest.mark.parametrize("name", ["Suche.md", "suche_2.md", "suche.txt", f"{'a' * 81}.md"])
def test_the_files_name_is_the_id(write: Callable[..., Path], name: str) -> None:
    (problem,) = pilot.check(write(name=name), MAINZ)
    assert "cannot be used as one → name it with a-z, 0-9 and -" in str(problem)


def test_a_link_out_of_the_folder_and_a_large_attachment(write: Callable[..., Path]) -> None:
    path = write()
    outside = path.parent.parent / "outside.csv"
    outside.write_text("geheim")
    (path.parent / "fragen.csv").unlink()
    (path.parent / "fragen.csv").symlink_to(outside)
    (problem,) = pilot.check(path, MAINZ)
    assert "lies outside of the city's folder" in str(problem)
    (path.parent / "fragen.csv").unlink()
    with (path.parent / "fragen.csv").open("wb") as file:
        file.truncate(MAX_ATTACHMENT + 1)
    (problem,) = pilot.check(path, MAINZ)
    assert "fragen.csv is larger than 10,485,760 bytes → shorten or split it" in str(problem)


def test_a_mailbox_at_a_domain_of_the_city_file_is_an_offices(write: Callable[..., Path]) -> None:
    path = write(GOOD.replace("ratsbuero@mainz.de", "ratsbuero@stadtwerke.example"))
    assert pilot.check(path, MAINZ)
    privacy = MAINZ.privacy.model_copy(update={"mail_domains": ("stadtwerke.example",)})
    assert pilot.check(path, MAINZ.model_copy(update={"privacy": privacy})) == []


def test_the_examples_are_valid_invented_and_tell_what_failed() -> None:
    found = [(city, pilot.read(path, city)) for city in load_all() for path in pilot.paths(city.id)]
    assert [city.id for city, _ in found] == ["koblenz", "ludwigshafen", "mainz", "trier"]
    for _, report in found:
        assert report.is_example
        assert report.title.startswith("Beispiel: ")
        assert report.contact_email.endswith("@example.org")
        assert report.person_days > 0
        assert len(report.result) > 500
    assert {report.outcome for _, report in found} == {"adopted", "continued", "stopped"}
    assert len({report.area for _, report in found}) == 4
    assert list(pilot.strays()) == []


def test_strays_are_told(tmp_path: Path) -> None:
    (tmp_path / "mainz.yml").touch()
    (tmp_path / "pilots" / "mainz" / "alt").mkdir(parents=True)
    (tmp_path / "pilots" / "mainz" / "alt" / "suche.md").touch()
    (tmp_path / "pilots" / "mayence").mkdir()
    first, second = pilot.strays(tmp_path)
    assert "a report in a folder below → move it up" in str(first)
    assert "no city of this name has a file → move it to one of mainz" in str(second)


@pytest.mark.parametrize(("seed", "codes"), [("pilot_areas", Area), ("pilot_outcomes", Outcome)])
def test_codes_are_those_of_the_seeds(seed: str, codes: object) -> None:
    with (SEEDS / f"{seed}.csv").open(encoding="utf-8") as lines:
        assert [row["code"] for row in csv.DictReader(lines)] == list(get_args(codes))


def test_sections_are_the_same_in_reader_record_and_index() -> None:
    assert {field: heading for heading, field in pilot.SECTIONS.items()} == PILOT_SECTIONS
    assert set(pilot.SECTIONS.values()) <= PilotReport.model_fields.keys()


def test_the_raw_columns_are_the_records_fields() -> None:
    class Returned(Exception):  # noqa: N818 - as dbt's own return ends a macro
        pass

    def give(columns: dict[str, str]) -> None:
        raise Returned(columns)

    macro = (TRANSFORMS / "macros" / "raw_columns.sql").read_text("utf-8")
    text = macro + "{{ raw_columns('pilot_report') }}"
    with pytest.raises(Returned) as caught:
        jinja2.Environment(autoescape=False).from_string(text).render({"return": give})
    assert set(caught.value.args[0]) == set(arrow_schema(PilotReport).names)


def test_a_new_report_is_valid_and_says_what_to_write(tmp_path: Path) -> None:
    path = tmp_path / "suche.md"
    text = template('Suche: "alles" finden', MAINZ, path, dt.date(2026, 11, 25))
    path.write_text(text, encoding="utf-8")
    assert pilot.check(path, MAINZ) == []
    report = pilot.read(path, MAINZ)
    assert report.title == 'Suche: "alles" finden'
    assert report.contact_email == "opendata@mainz.de"
    front = yaml.safe_load(text.split("---\n")[1])
    assert front["date"] == dt.date(2026, 11, 25)
    for code in (*get_args(Area), *get_args(Outcome)):
        assert code in text
    with pytest.raises(PilotError, match="title"):
        template("Kurz", MAINZ, path, dt.date(2026, 11, 25))


def read_or_told(body: bytes) -> None:
    """Nothing but a whole report or findings with a place and a mend."""
    problems: list[CityProblem] = []
    report = None
    try:
        report = pilot.parse(body, CITIES / "pilots" / "mainz" / "suche.md", MAINZ)
    except PilotError as error:
        problems = list(error.problems)
    assert (report is None) == bool(problems)
    lines = body.count(b"\n") + 2
    assert all(1 <= each.line <= lines and each.mend for each in problems)
    assert report is None or all((report.tried, report.result, report.effort))


_YAML = st.text("abc:-\n #'\"[]{}&*!|>%@0123456789.,äß", max_size=120)
_MARKDOWN = st.text("ab#*_`<>![]()\n -1.&;~|\\/:äß\t", max_size=300)


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_anything_is_a_report_or_an_error(body: bytes) -> None:
    read_or_told(body)


@settings(max_examples=80, deadline=None)
@given(front=_YAML, field=st.sampled_from(["title", "date", "contact", "effort", "attachments"]))
def test_any_front_matter_is_read_or_an_error(front: str, field: str) -> None:
    read_or_told(f"---\n{front}\n---\n".encode())
    head, _, rest = GOOD.partition(f"{field}:")
    read_or_told(f"{head}{field}: {front.strip()}\n{rest.partition(chr(10))[2]}".encode())


@settings(max_examples=80, deadline=None)
@given(_MARKDOWN)
def test_any_markdown_is_read_or_an_error_and_no_tag_gets_through(text: str) -> None:
    front = GOOD.partition("attachments:")[0] + "---\n"
    needed = "## Was wurde erprobt\n\nA.\n\n## Aufwand\n\nB.\n\n## Ergebnis\n\n"
    read_or_told(f"{front}{needed}{text}".encode())
    assert isinstance(plain(MarkdownIt("commonmark").parse(text)), str)


@given(st.lists(st.text("abcäöß 019,.", min_size=1).map(str.strip).filter(bool), min_size=1))
def test_plain_paragraphs_stay_as_they_are(paragraphs: list[str]) -> None:
    # A letter first: a number with a dot would begin a list.
    told = "\n\n".join(f"W {' '.join(text.split())}" for text in paragraphs)
    assert plain(MarkdownIt("commonmark").parse(told)) == told


def test_lists_code_and_breaks_as_plain_text() -> None:
    text = "- eins\n- zwei\n  1. a\n  2. b\n\nDanach  \nnoch `x < y` und <https://a.example/b>\n"
    text += "\n    Kode\n"
    assert plain(MarkdownIt("commonmark").parse(text)) == (
        "- eins\n- zwei\n  1. a\n  2. b\n\nDanach\nnoch x < y und https://a.example/b\n\nKode"
    )
