"""Files that are made to break a reader: each costs itself, within the limits, and nothing else."""

import io
import struct
import threading
import time
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import psutil
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from ingestion.extract import Extracted, Extractor, Limits
from tests.integration.ingestion import ole

pytestmark = pytest.mark.integration

TEXT = "Der Stadtrat beschließt die Vorlage einstimmig."
LIMITS = Limits(memory=1024 * 2**20, cpu_seconds=2, wall_seconds=8.0)
# The limit is on the address space; what is resident is less. Starting takes a moment, too.
SLACK_SECONDS = 10.0
CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>"


def objects(*bodies: bytes) -> bytes:
    """A PDF of these objects, counted from 1, without a table of where they are."""
    told = b"".join(b"%d 0 obj\n%b\nendobj\n" % each for each in enumerate(bodies, start=1))
    return b"%PDF-1.4\n" + told + b"trailer<</Root 1 0 R>>\n"


def endless_tree() -> bytes:
    within = b"<</Type/Pages/Kids[%d 0 R]/Count 3/Parent %d 0 R>>"
    return objects(CATALOG, within % (3, 3), within % (2, 2))


def lying_count() -> bytes:
    return objects(CATALOG, b"<</Type/Pages/Kids[3 0 R]/Count 1000000>>", PAGE)


def many_objects() -> bytes:
    pages = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
    return objects(CATALOG, pages, PAGE, *[b"[]"] * 10**6)


def many_pages() -> bytes:
    kids = b"3 0 R " * 10**5
    return objects(CATALOG, b"<</Type/Pages/Kids[%b]/Count 100000>>" % kids, PAGE)


def deep_tree() -> bytes:
    kids = [b"<</Type/Pages/Kids[%d 0 R]/Count 1>>" % number for number in range(3, 5_000)]
    return objects(CATALOG, *kids, PAGE)


def drawn(box: bytes) -> bytes:
    """A page with a picture on it, so that it is rendered and recognised."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[%b]/Contents 4 0 R>>" % box
    stream = b"<</Length 15>>stream\n0 0 m 9 9 l S  \nendstream"
    return objects(CATALOG, b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page, stream)


def packed_stream() -> bytes:
    """A page whose content is a few hundred kilobytes that unpack to a hundred megabytes."""
    press = zlib.compressobj(6)
    piece = b"BT /F 9 Tf (aaaa) Tj ET\n" * 2**15
    told = b"".join(press.compress(piece) for _ in range(150)) + press.flush()
    page = PAGE.replace(b">>", b"/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>")
    return objects(
        CATALOG,
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        page,
        b"<</Filter/FlateDecode/Length %d>>stream\n%b\nendstream" % (len(told), told),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )


def png(side: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """A black picture: a few kilobytes for millions of pixels."""
    press = zlib.compressobj(6)
    row = bytes(1 + side // 8)
    body = b"".join(press.compress(row) for _ in range(side)) + press.flush()
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    told = ((b"IHDR", head), *chunks, (b"IDAT", body), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in told
    )


def zipped(members: dict[str, bytes | str]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in members.items():
            package.writestr(name, data)
    return target.getvalue()


def nested_zips() -> bytes:
    data = TEXT.encode()
    for _ in range(100):
        data = zipped({"a.zip": data})
    return data


def overlapping_zip() -> bytes:
    """One packed member, listed two thousand times: 16 GB out of a hundred kilobytes."""
    raw = b"a" * 8 * 2**20
    press = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = press.compress(raw) + press.flush()
    sizes = struct.pack("<III", zlib.crc32(raw), len(body), len(raw))
    member = struct.pack("<IHHHHH", 0x04034B50, 20, 0, 8, 0, 0) + sizes + b"\1\0\0\0x" + body
    entry = struct.pack("<IHHHHHH", 0x02014B50, 20, 20, 0, 8, 0, 0) + sizes + b"\1" + bytes(17)
    listed = (entry + b"x") * 2_000
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 2_000, 2_000, len(listed), len(member), 0)
    return member + listed + end


def docx(document: str) -> bytes:
    return zipped({"[Content_Types].xml": "<T/>", "word/document.xml": document})


def entity_bomb() -> bytes:
    told = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    return docx(f'<!DOCTYPE d [<!ENTITY e0 "ha">{told}]><d>&e9;</d>')


def outside_entity() -> bytes:
    return docx('<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d><t>&x;</t></d>')


MAIL = "From: a@example.org\nTo: b@example.org\nSubject: x\nMIME-Version: 1.0\n"


def nested_parts() -> bytes:
    opened = (f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(1_000))
    return f"{MAIL}{''.join(opened)}Content-Type: text/plain\n\nInnen\n".encode()


def nested_mails() -> bytes:
    outer = f"{MAIL}Content-Type: message/rfc822\n\n"
    return f"{outer * 1_000}Innen\n".encode()


def many_parts() -> bytes:
    part = "--b\nContent-Type: text/plain\nContent-Disposition: attachment\n\nx\n"
    return f'{MAIL}Content-Type: multipart/mixed; boundary="b"\n\n{part * 1_500}--b--\n'.encode()


def deep_storages() -> bytes:
    tree: ole.Tree = {"x": b"x"}
    for _ in range(600):
        tree = {"__attach_version1.0_#00000000": tree}
    return ole.written(tree, ole.OUTLOOK)


def many_frames() -> bytes:
    target = io.BytesIO()
    frames = [Image.new("1", (8, 8)) for _ in range(2_001)]
    frames[0].save(target, "TIFF", save_all=True, append_images=frames[1:])
    return target.getvalue()


def pdf(password: str | None = None) -> bytes:
    target = io.BytesIO()
    canvas = Canvas(target, invariant=True, encrypt=password)
    canvas.drawString(72, 700, TEXT)
    canvas.save()
    return target.getvalue()


DEEP = 10**6
# Name → how it is made, the statuses it may have (what takes long may be over before the limit on
# a fast machine), and what its reason must say.
CASES: dict[str, tuple[Callable[[], bytes], set[str], str]] = {
    "endless page tree": (endless_tree, {"no_text", "failed"}, ""),
    "lying page count": (lying_count, {"too_large"}, "1000000 pages, more than 2000"),
    "a million objects": (many_objects, {"no_text", "failed"}, ""),
    "a hundred thousand pages": (many_pages, {"too_large"}, "100000 pages, more than 2000"),
    "deep page tree": (deep_tree, {"no_text", "failed"}, ""),
    "huge page": (lambda: drawn(b"0 0 1e9 1e9"), {"no_text", "failed", "too_large"}, ""),
    "thin page": (lambda: drawn(b"0 0 .001 1e9"), {"no_text", "failed", "too_large"}, ""),
    "packed content": (packed_stream, {"failed", "too_large"}, ""),
    "no pages": (lambda: objects(CATALOG, b"<</Type/Pages/Kids[]/Count 0>>"), {"failed"}, "PDF"),
    "password": (lambda: pdf("geheim"), {"failed"}, "protected by a password"),
    "picture bomb": (lambda: png(20_000), {"too_large"}, "40000000 pixels"),
    "picture with a packed comment": (
        lambda: png(8, (b"zTXt", b"a\0\0" + zlib.compress(bytes(20 * 2**20), 9))),
        {"failed"},
        "not a readable picture",
    ),
    "many frames": (many_frames, {"too_large"}, "2001 pages, more than 2000"),
    "zip bomb": (lambda: zipped({"x": bytes(64 * 2**20)}), {"too_large"}, "300 times its size"),
    "nested zips": (nested_zips, {"too_large"}, "archives within archives"),
    "overlapping zip": (overlapping_zip, {"too_large"}, "unpacks to more"),
    "entity bomb": (entity_bomb, {"failed"}, "it is refused"),
    "outside entity": (outside_entity, {"failed"}, "it is refused"),
    "nested RTF": (
        lambda: b"{\\rtf1 " + b"{" * DEEP + b"a" + b"}" * DEEP + b"}",
        {"text", "failed"},
        "",
    ),
    "nested parts": (nested_parts, {"failed"}, "nested too deep"),
    "nested mails": (nested_mails, {"failed"}, "nested too deep"),
    "many parts": (many_parts, {"too_large", "failed"}, ""),
    "deep storages": (deep_storages, {"failed", "unsupported"}, ""),
    "nested HTML": (
        lambda: b"<html>" + b"<div>" * DEEP + TEXT.encode(),
        {"text", "failed", "too_large"},
        "",
    ),
    "empty": (bytes, {"failed"}, "an empty file"),
}


@dataclass
class Watch(Extractor):
    """Notes how long each file takes, and the most memory that a reader has."""

    seconds: list[float] = field(default_factory=list)
    memory: int = 0
    _is_over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        threading.Thread(target=self._look, daemon=True).start()
        return self

    def __exit__(self, *told: object) -> None:
        self._is_over.set()
        super().__exit__(None, None, None)

    def extract(self, data: bytes) -> Extracted:
        began = time.monotonic()
        found = super().extract(data)
        self.seconds.append(time.monotonic() - began)
        return found

    def _look(self) -> None:
        while not self._is_over.wait(0.05):
            for child in psutil.Process().children():
                try:
                    self.memory = max(self.memory, child.memory_info().rss)
                except psutil.NoSuchProcess:
                    continue


def is_worker(process: psutil.Process) -> bool:
    try:
        return "_document_worker" in " ".join(process.cmdline())
    except psutil.NoSuchProcess:  # over already, at most not asked about yet
        return False


Load = tuple[dict[str, Extracted], Watch]


@pytest.fixture(scope="module")
def load() -> Load:
    """All of them in one load, a good file after each."""
    with Watch(workers=2, limits=LIMITS) as extractor:
        files = (
            pair
            for name, (made, _, _) in CASES.items()
            for pair in ((name, made()), (f"after {name}", f"{TEXT} {name}".encode()))
        )
        return dict(extractor.map(files)), extractor


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_file_costs_itself(load: Load, name: str) -> None:
    found = load[0][name]
    _, statuses, reason = CASES[name]
    assert found.status in statuses
    assert reason in str(found.error)
    if found.status != "text":
        assert " → " in str(found.error)
        assert not any(found.pages)
    assert "root:" not in str(found)


def test_its_neighbours_are_read(load: Load) -> None:
    for name in CASES:
        neighbour = load[0][f"after {name}"]
        assert (neighbour.status, neighbour.pages) == ("text", (f"{TEXT} {name}",))


def test_the_limits_hold_and_nothing_stays_behind(load: Load) -> None:
    """Nothing is written on the way either: a reader can open no file (test_extract.py)."""
    _, extractor = load
    assert len(extractor.seconds) == 2 * len(CASES)
    most = LIMITS.wall_seconds + LIMITS.ocr_seconds + SLACK_SECONDS
    assert max(extractor.seconds) < most
    assert 0 < extractor.memory < LIMITS.memory
    assert not [child for child in psutil.Process().children() if is_worker(child)]


def test_names_that_lead_elsewhere_lead_nowhere() -> None:
    with Extractor(workers=1) as extractor:
        names = ("../../../../tmp/slip.txt", "/tmp/slip", "C:\\x\\slip.txt", "a/../../slip")
        found = extractor.extract(zipped(dict.fromkeys(names, TEXT)))
    assert [source.part for source in found.sources] == [
        *("tmp/slip.txt", "tmp/slip", "x/slip.txt", "a/slip")
    ]
    assert not Path("/tmp/slip").exists()
    assert not Path("/tmp/slip.txt").exists()


def test_a_name_that_lies_is_not_believed() -> None:
    """What a file is, its bytes say: in an archive as well."""
    with Extractor(workers=1) as extractor:
        found = extractor.extract(zipped({"Vorlage.docx": pdf(), "Bild.png": TEXT}))
    assert found.pages == (TEXT, TEXT)
    assert found.error is None
