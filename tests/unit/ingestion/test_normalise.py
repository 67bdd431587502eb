"""A page's text as it is stored, and what a file is by its bytes."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.extract import normalise
from ingestion.formats.kinds import sniff


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ver-\nkehr", "Verkehr"),
        ("Ver\ufffekehr", "Verkehr"),
        ("Ver\u00ad\nkehr", "Verkehr"),
        ("Verkehrs-\nund Bauausschuss", "Verkehrs- und Bauausschuss"),
        ("Rhein-\nMosel-Halle", "Rhein-Mosel-Halle"),
        ("2024-\n2025", "2024-2025"),
        ("Punkte:\n- eins\n- zwei", "Punkte:\n- eins\n- zwei"),
        ("Finanz\u00adausschuss", "Finanzausschuss"),
        ("ﬁnanziell  und\u00a0ﬂach", "finanziell und flach"),
        ("Mu\u0308ller", "Müller"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("eins\n\n\n\n\nzwei  \n", "eins\n\nzwei"),
        ("null\x00breit\u200b\ufeff", "nullbreit"),
        ("links\u202erechts", "linksrechts"),
        ("halb\ud800", "halb?"),
    ],
)
def test_normalise(text: str, expected: str) -> None:
    assert normalise(text) == expected


@settings(deadline=None)
@given(st.text(st.sampled_from("ab-\n \u00ad\ufffe\u0002ä1A\u200b\u0308ﬁ\r\t"), max_size=40))
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@settings(deadline=None)
@given(st.text())
def test_what_comes_out_can_be_stored(text: str) -> None:
    page = normalise(text)
    page.encode()
    assert unicodedata.is_normalized("NFC", page)
    assert not any(
        char != "\n" and unicodedata.category(char) in {"Cc", "Cn", "Cs"} for char in page
    )


@pytest.mark.parametrize(
    ("data", "mime_type"),
    [
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\n\n%PDF-1.4", "application/pdf"),
        (b"\xef\xbb\xbf  <!DOCTYPE HTML><html>", "text/html"),
        (b"<?xml version='1.0'?><html>", "text/html"),
        (b"<?xml version='1.0'?><a/>", "application/xml"),
        (b"PK\x03\x04...", "application/zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"Sehr geehrte Damen", "text/plain"),
        (b"\x00\x01\x02", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_the_bytes_say_what_a_file_is(data: bytes, mime_type: str) -> None:
    assert sniff(data) == mime_type
