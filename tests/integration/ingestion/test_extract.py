"""Documents read in child processes: a hostile file costs one file and nothing else."""

import io
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from ingestion import extract
from ingestion.extract import Extractor, Limits

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
    assert "OCR" in str(found.error)


@pytest.mark.parametrize(
    ("data", "status", "error"),
    [
        (b"<!DOCTYPE html><title>503</title>", "unsupported", "text/html"),
        (b"PK\x03\x04", "unsupported", "application/zip"),
        (b"", "unsupported", "application/octet-stream"),
        (b"%PDF-1.7 and nothing else", "failed", "not a readable PDF"),
        (pdf(TEXT)[:400], "failed", "not a readable PDF"),
        (pdf(TEXT, password="geheim"), "failed", "password"),
    ],
    ids=["html", "zip", "empty", "header", "truncated", "password"],
)
def test_what_cannot_be_read_says_why(
    extractor: Extractor, data: bytes, status: str, error: str
) -> None:
    found = extractor.extract(data)
    assert (found.status, found.pages) == (status, ())
    assert error in str(found.error)
    assert "→" in str(found.error)


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
        "read = worker._pages\n" + "\n".join(lines) + "\nworker._pages = lambda data, most: "
        "(read if data == worker._WARM_UP else other)(data, most)\n"
        "worker.main(*(int(argument) for argument in sys.argv[1:]))\n"
    )
    return script


def test_a_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    script = worker_with(
        tmp_path,
        "def other(data, most):",
        "    if data.endswith(b'hostile'): os.kill(os.getpid(), signal.SIGSEGV)",
        "    return read(data, most)",
    )
    with pytest.MonkeyPatch.context() as patch, Extractor(workers=1) as fragile:
        patch.setattr(extract, "_WORKER", script)
        documents = [(1, pdf(TEXT)), (2, b"%PDF-1.4 hostile"), (3, pdf(TEXT))]
        results = dict(fragile.map(documents))
    assert [results[key].status for key in (1, 2, 3)] == ["text", "failed", "text"]
    assert "the reader died on it (exit -11)" in str(results[2].error)


def test_a_worker_that_hangs_is_ended_in_time(tmp_path: Path) -> None:
    script = tmp_path / "worker.py"
    script.write_text("import time\ntime.sleep(600)\n")
    limits = Limits(wall_seconds=0.3)
    with pytest.MonkeyPatch.context() as patch, Extractor(workers=1, limits=limits) as extractor:
        patch.setattr(extract, "_WORKER", script)
        assert "took longer than 0.3 s" in str(extractor.extract(pdf(TEXT)).error)


def test_a_worker_may_not_open_write_start_or_use_much_memory(tmp_path: Path) -> None:
    script = worker_with(
        tmp_path,
        "def attempt(action):",
        "    try: action(); return 'possible'",
        "    except BaseException as error: return type(error).__name__",
        "def other(data, most):",
        "    return [attempt(lambda: open('/etc/passwd')),",
        f"        attempt(lambda: open({str(tmp_path / 'written')!r}, 'w')),",
        "        attempt(lambda: bytearray(2**31)), ' '.join(os.environ) or 'no environment']",
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
