"""What is known of a city's files lies outside of memory and is told as from a dictionary."""

from typing import Any

from ingestion.document_known import KnownFiles, Stored
from ingestion.documents import Document
from ingestion.privacy import Gate
from ingestion.record import File


def file(id_: str, **more: Any) -> File:
    return File.model_validate(
        {"id": id_, "url": f"https://rat.example/{id_}", "name": "Vorlage"} | more
    )


def stored(id_: str, pages: int = 2, **more: Any) -> Stored:
    values = {"text_status": "text", "privacy_status": "public", "page_count": 2} | more
    document = Document(id=id_, url=f"https://rat.example/{id_}", file_id=id_, **values)
    return Stored(document=document, pages=pages)


def test_files_come_in_the_order_told_without_those_that_are_held_back() -> None:
    known = KnownFiles(Gate(non_public=frozenset({("paper", "closed")})))
    known.put_in_order(["c", "a", "d", "b"])
    known.take_files([file("a"), file("b", is_public=False)])
    known.take_files([file("c", name="Anlage"), file("d", paper_id="closed")])
    assert list(known.files()) == [file("c", name="Anlage"), file("a")]
    assert (known.admitted, known.held_back) == (2, 2)


def test_a_document_is_finished_when_all_its_pages_and_sections_are_there() -> None:
    known = KnownFiles(Gate())
    whole, half = stored("a"), stored("b", pages=1)
    known.take_documents([whole, half, stored("c", section_count=1)])
    assert known.stored("a") == whole
    assert known.stored("b") == half
    assert known.finished("a") == whole.document
    assert [known.finished(id_) for id_ in ("b", "c", "unknown")] == [None, None, None]


def test_files_of_settled_documents_are_left_out_unless_they_were_met() -> None:
    known = KnownFiles(Gate())
    known.put_in_order(["met", "new", "half", "old", "settled"], ["met", "new"])
    known.take_files([file(id_) for id_ in ("met", "new", "half", "old", "settled")])
    known.take_documents([stored(id_) for id_ in ("met", "old", "settled")])
    known.take_documents([stored("half", pages=1)])
    assert known.leave_out(lambda document, _: document.file_id != "old") == 1
    assert [each.id for each in known.files()] == ["met", "new", "half", "old"]
    assert list(known.to_hide()) == []


def test_what_is_still_shown_of_files_that_are_not_admitted_is_to_be_hidden() -> None:
    known = KnownFiles(Gate())
    known.put_in_order(["a", "b"])
    known.take_files([file("a"), file("b", is_public=False)])
    gone = stored("gone", privacy_status="withdrawn")
    known.take_documents([stored("a"), stored("b"), stored("unlisted"), gone])
    assert [document.id for document in known.to_hide()] == ["b", "unlisted"]
