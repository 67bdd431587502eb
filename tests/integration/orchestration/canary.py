"""A canary in every place where somebody could read a text: planted, looked for, followed.

Three of them stand in the sample world's Mainz: one in a document that the source will take back,
one in the title of a paper whose deletion will be asked for, one is the name of a person who will
ask. The commands run as their users run them, each a process of its own.
"""

import gzip
import io
import re
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import pyarrow.parquet as pq
import pypdfium2
import pytest

from ingestion.sampleworld import Fault, World, agenda, papers
from ingestion.sampleworld.council import Council
from ingestion.sampleworld.papers import Paper, Section
from tests.e2e.pipeline import Home

CITY = "mainz"
TEXT = "Zwergkanarienvogelsatz"
TITLE = "Titelkanarienvogelwort"
GIVEN, FAMILY = "Wendeline", "Namenskanarienhuber"
NAME = f"{GIVEN} {FAMILY}"
# The search looks for stems in lower case: an index of words holds no more of them.
STEMS = {TEXT: b"zwergkanarienvogel", TITLE: b"titelkanarienvogel", NAME: b"namenskanarienhub"}

Reader = Callable[[], Iterator[tuple[str, bytes]]]
"""Gives (place, bytes) of everything outside the data folder: a portal."""


@dataclass(frozen=True)
class Planted:
    """Where the canaries are.

    Attributes:
        paper_id: The paper with the canary in its title, as ``<city>:<server id>``.
    """

    paper_id: str


def plant(council: Council, patch: pytest.MonkeyPatch) -> Planted:
    """Put the canaries into the sample world, as long as ``patch`` lives."""
    withdrawn = council.target(Fault.WITHDRAWN)
    hit = {withdrawn, papers.scanned_paper(council)}
    titled, named = [
        index for index in range(council.papers) if index not in hit and _is_plain(council, index)
    ][:2]
    told, wrote = papers.paper, papers.sections

    def called(words: dict[int, str]) -> Callable[[Council, int], Paper]:
        def paper(of: Council, index: int) -> Paper:
            made = told(of, index)
            word = words.get(index) if of.city == CITY else None
            return replace(made, title=f"{made.title}: {word}") if word else made

        return paper

    shown = {named: f"Ausstellung von {NAME}"}
    on_agendas, everywhere = called(shown), called({**shown, titled: TITLE})

    def sections(of: Council, about: Paper) -> list[Section]:
        said = {withdrawn: TEXT, named: f"Die Bilder sind von {FAMILY}, {GIVEN}"}
        words = said.get(about.index) if of.city == CITY else None
        more = (
            [Section("Finanzielle Auswirkungen", (f"{words} ist hier zu sehen.",))] if words else []
        )
        return [*wrote(of, about), *more]

    for module in [each for name, each in sys.modules.items() if "sampleworld" in name]:
        # Minutes are documents of their own: a request for a paper does not reach into them.
        paper = on_agendas if module is agenda else everywhere
        for old, new in ((told, paper), (wrote, sections)):
            for name in [name for name, value in vars(module).items() if value is old]:
                patch.setattr(module, name, new)
    return Planted(f"{CITY}:{council.paper_id(titled)}")


def _is_plain(council: Council, index: int) -> bool:
    """Whether a paper stands for itself: a supplement would take over its title."""
    return "Nachtrag" not in {council.kind(index), council.kind(index + 1)}


def holding(root: Path, *words: str, outside: Reader | None = None) -> list[str]:
    """Every place that holds a word, in any case: a file below a folder, or one outside."""
    stems = [STEMS.get(word, word.lower().encode()) for word in words]
    places = chain(_files(root), outside() if outside is not None else ())
    found = {place for place, body in places if any(stem in body.lower() for stem in stems)}
    return sorted(found)


def _files(root: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(each for each in root.rglob("*") if each.is_file()):
        place = str(path.relative_to(root))
        if {"duckdb_extensions", "portal"} & set(path.parts):
            continue  # programs
        yield place, place.encode()
        for body in unpacked(path.read_bytes()):
            yield place, body


def unpacked(body: bytes) -> Iterator[bytes]:
    """Bytes as they are, and what is packed in them: gzip, ZIP, Parquet, PDF."""
    yield body
    if body[:2] == b"\x1f\x8b":
        yield from unpacked(gzip.decompress(body))
    if body[:4] == b"PAR1":
        yield repr(pq.read_table(io.BytesIO(body)).to_pylist()).encode()
    if body[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            for name in packed.namelist():
                yield from unpacked(packed.read(name))
    if body[:5] == b"%PDF-":
        yield _text_of(body)


def _text_of(body: bytes) -> bytes:
    """All of a PDF's words, those that a line's end breaks put together."""
    with pypdfium2.PdfDocument(body) as document:
        pages = [page.get_textpage().get_text_range() for page in document]
    return re.sub(r"[\s\u00ad\ufffe-]+", "", "".join(pages)).encode()


def follow(home: Home, served: World, patch: pytest.MonkeyPatch, outside: Reader) -> None:
    """The whole story: planted, found everywhere, taken back or asked away, found nowhere.

    Args:
        home: A data folder without data, and the portal that it publishes to.
        served: The sample world that it reads.
        patch: Puts the sample world right again.
        outside: Reads the portal.
    """
    planted = plant(served.councils[CITY], patch)
    first = home.run(CITY)
    assert first.code == 0, first.said
    for word in (TEXT, TITLE, NAME):
        places = holding(home.data, word, outside=outside)
        # "public" is a link to the newest of the folders ".public-<hash>".
        folders = {re.split(r"[/-]", place)[0] for place in places}
        assert folders >= {"lake", "blobs", "index", ".public", "CKAN"}, (word, folders)

    served.faults.on(f"withdrawn@{CITY}")
    reason = ("--reason", "asked by letter")
    asked = home.seehaus("privacy", "delete", "paper", planted.paper_id, *reason)
    assert asked.code == 0, asked.said
    typed = NAME.replace(" ", "  ").upper()
    asked = home.seehaus("privacy", "delete-person", typed, "--city", CITY, *reason)
    assert asked.code == 0, asked.said
    assert FAMILY.lower() not in asked.said.lower()
    # The city still shows the paper and the name: no later run brings them back.
    for _ in range(2):
        done = home.run(CITY)
        assert done.code == 0, done.said
        for word in (TEXT, TITLE, NAME):
            assert holding(home.data, word, outside=outside) == [], word
