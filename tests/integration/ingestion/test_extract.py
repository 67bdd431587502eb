"""Documents read in child processes: a hostile file costs one file and nothing else."""

import io
import random
import zipfile
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from ingestion import extract
from ingestion.extract import Extractor, Limits
from ingestion.formats import kinds, ocr
from ingestion.sampleworld.pdf import scan
from ingestion.sampleworld.vocabulary import common

pytestmark = pytest.mark.integration


def pdf(*pages: str, password: str | None = None) -> bytes:
    target = io.BytesIO()
    canvas = Canvas(target, invariant=True, encrypt=password)
    for page in pages:
        for number, line in enumerate(page.split("\n")):
            canvas.drawString(72, 780 - 16 * number, line)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


TEXT = "Der Stadtrat beschließt die Vorlage einstimmig."


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor() as made:
        yield made


def test_pages_in_their_order(extractor: Extractor) -> None:
    found = extractor.extract(
        pdf(f"{TEXT}\nDas ist der Ver-\nkehrsausschuss.", "Zweite Seite hier.")
    )
    assert found.status == "text"
    assert found.error is None
    assert found.pages == (f"{TEXT}\nDas ist der Verkehrsausschuss.", "Zweite Seite hier.")


def test_a_page_written_from_below_is_read_from_above(extractor: Extractor) -> None:
    target = io.BytesIO()
    canvas = Canvas(target)
    lines = [f"Zeile {number} der Niederschrift" for number in range(12)]
    for number, line in reversed(list(enumerate(lines))):
        canvas.drawString(72, 780 - 30 * number, line)
    canvas.save()
    assert extractor.extract(target.getvalue()).pages == ("\n".join(lines),)


def test_a_scan_has_no_text(extractor: Extractor) -> None:
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4)
    for _ in range(3):
        canvas.rect(50, 50, 400, 600, fill=1)
        canvas.drawString(300, 20, "3")
        canvas.showPage()
    canvas.save()
    found = extractor.extract(target.getvalue())
    assert (found.status, len(found.pages)) == ("no_text", 3)
    assert "no text in it" in str(found.error)


@pytest.mark.parametrize(
    ("data", "status", "error"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "failed", "cut short"),
        (b"PK\x03\x04", "failed", "not a readable ZIP"),
        (b"", "failed", "an empty file"),
        (b"%PDF-1.7 and nothing else", "failed", "not a readable PDF"),
        (pdf(TEXT)[:400], "failed", "not a readable PDF"),
        (pdf(TEXT, password="geheim"), "failed", "password"),
    ],
    ids=["doc", "zip", "empty", "header", "truncated", "password"],
)
def test_what_cannot_be_read_says_why(
    extractor: Extractor, data: bytes, status: str, error: str
) -> None:
    found = extractor.extract(data)
    assert (found.status, found.pages) == (status, ())
    assert error in str(found.error)
    assert "→" in str(found.error)


def test_a_scan_is_recognised_with_its_confidence(extractor: Extractor) -> None:
    """Tesseract with German is in the lock: without it this fails."""
    assert ocr.data_folder() is not None, ocr.MISSING
    found = extractor.extract(scan(common().scan, "Mainz"))
    assert found.status == "text"
    assert "Der Anliegerkreis bittet darum" in found.pages[0]
    (source,) = found.sources
    assert source.method == "ocr"
    assert source.confidence is not None
    assert 0.8 < source.confidence <= 1
    assert found.error is None


@pytest.mark.parametrize("turn", [90, 180, 270])
@pytest.mark.parametrize("kind", ["PNG", "PDF"])
def test_a_scan_that_lies_on_its_side_or_head_is_turned_upright(
    extractor: Extractor, kind: str, turn: int
) -> None:
    target = io.BytesIO()
    page = pypdfium2.PdfDocument(scan(common().scan, "Mainz"))[0]
    upright = page.render(scale=150 / 72, grayscale=True).to_pil()
    upright.rotate(turn, expand=True).save(target, kind, dpi=(150, 150), resolution=150)
    found = extractor.extract(target.getvalue())
    assert found.status == "text"
    assert "Der Anliegerkreis bittet darum" in found.pages[0]
    assert found.sources[0].confidence is not None
    assert found.sources[0].confidence > 0.8


def test_without_recognition_a_scan_says_so() -> None:
    with Extractor(workers=1, with_ocr=False) as extractor:
        found = extractor.extract(scan(common().scan, "Mainz"))
    assert (found.status, found.pages, found.is_without_ocr) == ("no_text", ("",), True)
    assert "1 of 1 pages are scans without text → seehaus doctor" in str(found.error)


def docx(*paragraphs: str) -> bytes:
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    return zipped(
        {
            "[Content_Types].xml": b"<Types/>",
            "word/document.xml": f'<w:document xmlns:w="{space}"><w:body>{body}'
            "</w:body></w:document>".encode(),
        }
    )


def odt(*paragraphs: str) -> bytes:
    space = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
    body = "".join(f"<t:p>{text}</t:p>" for text in paragraphs)
    mime = b"application/vnd.oasis.opendocument.text"
    return zipped({"mimetype": mime, "content.xml": f'<d xmlns:t="{space}">{body}</d>'.encode()})


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        for name, data in members.items():
            package.writestr(name, data, zipfile.ZIP_STORED if name == "mimetype" else method)
    return target.getvalue()


def mail() -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = "a@example.org", "b@example.org"
    message["Subject"], message["Date"] = "Stellungnahme", "Wed, 25 Nov 2026 10:00:00 +0100"
    message.set_content(TEXT)
    message.add_attachment(pdf(TEXT), "application", "pdf", filename="Anlage.pdf")
    return message.as_bytes()


RTF = rb"{\rtf1\ansi\ansicpg1252 Der Stadtrat beschlie\'dft die Vorlage einstimmig.\par}"


@pytest.mark.parametrize(
    ("data", "mime_type"),
    [
        (docx(TEXT), kinds.DOCX),
        (odt(TEXT), kinds.ODT),
        (RTF, kinds.RTF),
        (f"<html><p>{TEXT}</p><script>x</script></html>".encode(), kinds.HTML),
        (TEXT.encode(), kinds.PLAIN),
        (TEXT.encode("cp1252"), kinds.PLAIN),
        (TEXT.encode("utf-16"), kinds.PLAIN),
    ],
    ids=["docx", "odt", "rtf", "html", "utf-8", "cp1252", "utf-16"],
)
def test_formats(extractor: Extractor, data: bytes, mime_type: str) -> None:
    found = extractor.extract(data)
    assert (found.status, found.mime_type, found.pages) == ("text", mime_type, (TEXT,))


def test_containers_give_their_members_in_order_with_their_names(extractor: Extractor) -> None:
    packed = zipped(
        {
            "b.docx": docx(TEXT),
            "../../x/a.pdf": pdf(TEXT),
            "alt.doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        }
    )
    found = extractor.extract(packed)
    assert found.pages == (TEXT, TEXT)
    assert [source.part for source in found.sources] == ["b.docx", "x/a.pdf"]
    assert "file 3: an Office or Outlook file that is cut short" in str(found.error)
    sent = extractor.extract(mail())
    assert sent.mime_type == kinds.MAIL
    assert sent.pages == (f"Stellungnahme\n\n{TEXT}", TEXT)
    assert [source.part for source in sent.sources] == [None, "Anlage.pdf"]
    assert "example.org" not in str(sent)


def nested(depth: int) -> bytes:
    data = TEXT.encode()
    for _ in range(depth):
        data = zipped({"x": data})
    return data


def test_hostile_files_cost_one_file_each(extractor: Extractor) -> None:
    bomb = b'<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><d>&b;</d>'
    entities = zipped({"[Content_Types].xml": b"<T/>", "word/document.xml": bomb})
    deep = zipped({"[Content_Types].xml": b"", "word/document.xml": b"<a>" * 10_000})
    picture = io.BytesIO()
    Image.new("1", (9_000, 9_000)).save(picture, "PNG")
    cases = {
        "bomb": (zipped({"x": bytes(30 * 2**20)}), "too_large"),
        "many": (zipped({str(number): b"" for number in range(1_100)}), "too_large"),
        "nested": (nested(5), "too_large"),
        "entities": (entities, "failed"),
        "deep": (deep, "too_large"),
        "picture": (picture.getvalue(), "too_large"),
        "truncated": (docx(*[TEXT] * 50)[:300], "failed"),
    }
    documents = [
        pair
        for number, (name, (data, _)) in enumerate(cases.items())
        for pair in ((name, data), (f"good {number}", TEXT.encode()))
    ]
    found = dict(extractor.map(documents))
    assert {name: found[name].status for name in cases} == {
        name: status for name, (_, status) in cases.items()
    }
    assert all("→" in str(found[name].error) for name in cases)
    assert all(each.status == "text" for name, each in found.items() if name.startswith("good"))


def test_columns_of_prose_are_read_one_after_the_other_and_tables_line_by_line(
    extractor: Extractor,
) -> None:
    left = [f"Linke Spalte mit Text in Zeile {number} der Seite" for number in range(6)]
    right = [f"Rechte Spalte mit Text in Zeile {number} hier" for number in range(6)]
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4)
    for number, (one, other) in enumerate(zip(left, right, strict=True)):
        canvas.drawString(60, 700 - 16 * number, one)
        canvas.drawString(330, 700 - 16 * number, other)
    canvas.showPage()
    for number in range(6):
        canvas.drawString(60, 700 - 16 * number, f"Posten {number}")
        canvas.drawString(330, 700 - 16 * number, f"{number}.000 Euro")
    canvas.save()
    columns, table = extractor.extract(target.getvalue()).pages
    assert columns.split("\n") == left + right
    assert table.split("\n") == [f"Posten {number} {number}.000 Euro" for number in range(6)]


def test_limits_of_size_and_pages() -> None:
    with Extractor(workers=1, limits=Limits(size=2**20, pages=2)) as extractor:
        assert extractor.extract(b"%PDF-" + bytes(2**20)).status == "too_large"
        assert "larger than 1 MiB" in str(extractor.extract(b"%PDF-" + bytes(2**20)).error)
        many = extractor.extract(pdf("a", "b", "c"))
        assert many.status == "too_large"
        assert "3 pages, more than 2" in str(many.error)


def worker_with(folder: Path, *lines: str) -> Path:
    """The worker's script with another way to read a document, the warm-up left as it is."""
    script = folder / "worker.py"
    script.write_text(
        "import importlib.util, os, signal, sys\n"
        f"spec = importlib.util.spec_from_file_location('worker', {str(extract._WORKER)!r})\n"
        "worker = importlib.util.module_from_spec(spec); spec.loader.exec_module(worker)\n"
        "read = worker.read\n" + "\n".join(lines) + "\nworker.read = lambda data, budget, engine: "
        "(read if data in worker._WARM_UP else other)(data, budget, engine)\n"
        "worker.main(worker.json.loads(sys.argv[1]))\n"
    )
    return script


def test_a_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    script = worker_with(
        tmp_path,
        "def other(data, budget, engine):",
        "    if data.endswith(b'hostile'): os.kill(os.getpid(), signal.SIGSEGV)",
        "    return read(data, budget, engine)",
    )
    with pytest.MonkeyPatch.context() as patch, Extractor(workers=1) as fragile:
        patch.setattr(extract, "_WORKER", script)
        documents = [(1, pdf(TEXT)), (2, b"%PDF-1.4 hostile"), (3, pdf(TEXT))]
        results = dict(fragile.map(documents))
    assert [results[key].status for key in (1, 2, 3)] == ["text", "failed", "text"]
    assert "the reader died on it (exit -11)" in str(results[2].error)


@pytest.mark.parametrize("answer", [b"", b"no JSON", b'{"mime_type": 1}', b"[]"])
def test_a_worker_that_answers_nonsense_costs_one_file(tmp_path: Path, answer: bytes) -> None:
    script = tmp_path / "worker.py"
    script.write_text(
        "import sys\n"
        "size = int.from_bytes(sys.stdin.buffer.read(8), 'big'); sys.stdin.buffer.read(size)\n"
        f"answer = {answer!r}\n"
        "for _ in range(2_000 if not answer else 1):\n"
        "    sys.stdout.buffer.write(len(answer).to_bytes(8, 'big') + answer)\n"
    )
    with pytest.MonkeyPatch.context() as patch, Extractor(workers=1) as extractor:
        patch.setattr(extract, "_WORKER", script)
        found = extractor.extract(pdf(TEXT))
    assert found.status == "failed"
    assert "→ open it by hand, it may be hostile" in str(found.error)


def test_a_worker_that_hangs_is_ended_in_time(tmp_path: Path) -> None:
    script = tmp_path / "worker.py"
    script.write_text("import time\ntime.sleep(600)\n")
    limits = Limits(wall_seconds=0.3)
    with pytest.MonkeyPatch.context() as patch, Extractor(workers=1, limits=limits) as extractor:
        patch.setattr(extract, "_WORKER", script)
        assert "took longer than 0.3 s" in str(extractor.extract(pdf(TEXT)).error)


def test_a_worker_that_gets_on_is_waited_for(tmp_path: Path) -> None:
    script = worker_with(
        tmp_path,
        "import time",
        "def other(data, budget, engine):",
        "    until = time.process_time() + 1.2",
        "    while time.process_time() < until: pass",
        "    return read(data, budget, engine)",
    )
    limits = Limits(wall_seconds=0.5)
    with pytest.MonkeyPatch.context() as patch, Extractor(workers=1, limits=limits) as extractor:
        patch.setattr(extract, "_WORKER", script)
        assert extractor.extract(pdf(TEXT)).status == "text"


def test_a_worker_may_not_open_write_start_or_use_much_memory(tmp_path: Path) -> None:
    script = worker_with(
        tmp_path,
        "def attempt(action):",
        "    try: action(); return 'possible'",
        "    except BaseException as error: return type(error).__name__",
        "def other(data, budget, engine):",
        "    told = [attempt(lambda: open('/etc/passwd')),",
        f"        attempt(lambda: open({str(tmp_path / 'written')!r}, 'w')),",
        "        attempt(lambda: bytearray(2**31)), ' '.join(os.environ) or 'no environment']",
        "    pages = [worker.pdf.Page(text) for text in told]",
        "    return sys.modules['ingestion.formats'].Content('application/pdf', pages)",
    )
    with pytest.MonkeyPatch.context() as patch, Extractor(workers=1) as extractor:
        patch.setattr(extract, "_WORKER", script)
        opened, written, memory, environment = extractor.extract(pdf(TEXT)).pages
    assert (opened, written, memory) == ("OSError", "OSError", "MemoryError")
    assert "SEEHAUS" not in environment
    assert "PATH" not in environment
    assert not (tmp_path / "written").exists()


def test_mutated_files_never_raise_and_never_stop_the_next_one(extractor: Extractor) -> None:
    chance = random.Random(7)
    whole = pdf(*[TEXT] * 3)

    def mutated() -> bytes:
        data = bytearray(whole)
        for _ in range(chance.randint(1, 60)):
            data[chance.randrange(9, len(data))] = chance.randrange(256)
        return bytes(data[: chance.randint(len(data) // 2, len(data))])

    results = list(extractor.map((number, mutated()) for number in range(40)))
    assert [key for key, _ in results] == list(range(40))
    assert {found.status for _, found in results} <= {"text", "no_text", "failed", "too_large"}
    assert extractor.extract(whole).status == "text"


def test_workers_are_replaced_after_their_share_of_documents() -> None:
    with Extractor(workers=1, limits=Limits(documents=2)) as extractor:
        statuses = [found.status for _, found in extractor.map((n, pdf(TEXT)) for n in range(5))]
    assert statuses == ["text"] * 5


def test_the_same_bytes_are_read_once() -> None:
    asked: list[bytes] = []

    class Counting(Extractor):
        def extract(self, data: bytes) -> extract.Extracted:
            asked.append(data)
            return super().extract(data)

    with Counting(workers=2) as extractor:
        found = dict(extractor.map([(1, pdf(TEXT)), (2, RTF), (3, pdf(TEXT)), (4, RTF)]))
    assert len(asked) == 2
    assert found[1] is found[3]
    assert found[2] is found[4]


@pytest.mark.parametrize("workers", [1, 3])
def test_the_number_of_workers_changes_nothing(extractor: Extractor, workers: int) -> None:
    documents = [pdf(TEXT), docx(TEXT), mail(), RTF, scan(common().scan, "Trier"), nested(2)]
    with Extractor(workers=workers) as other:
        assert list(other.map(enumerate(documents))) == list(extractor.map(enumerate(documents)))
