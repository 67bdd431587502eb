"""Reading HTML: text, addresses, encodings, and pages made to hurt."""

import datetime as dt
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from ingestion.record import Fetched, UnknownStructureError
from ingestion.systems import _html


def fetched(body: bytes, content_type: str = "text/html") -> Fetched:
    now = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
    return Fetched("https://a.example/", "page", 200, {"content-type": content_type}, body, now)


def test_text_parts_blocks_and_leaves_out_scripts() -> None:
    html = (
        "<div>Ja:&nbsp;4,<br>Nein:\u202f0<script>x</script><ul><li>a</li><li>b</li></ul>"
        "<b>Wort</b>teil<!-- c --><i class=x>weg</i></div>"
    )
    node = LexborHTMLParser(html).css_first("div")
    assert _html.text(node, without=".x") == "Ja: 4, Nein: 0 a b Wortteil"
    assert _html.paragraphs(node).splitlines() == ["Ja: 4,", "Nein: 0", "a", "b", "Wortteilweg"]
    assert _html.text(None) == ""


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("Größe".encode(), "text/html"),
        (b"\xef\xbb\xbf" + "Größe".encode(), "text/html; charset=iso-8859-1"),
        ("Größe".encode("latin-1"), "text/html; charset=ISO-8859-1"),
        ("Größe".encode("latin-1"), "text/html"),
        (b"<meta charset='windows-1252'>" + "Größe".encode("cp1252"), "text/html"),
        ("Größe".encode(), "text/html; charset=rot13"),
        (b"Gr\x00" + "öße".encode(), "text/html; charset=utf-8"),
    ],
)
def test_decode(body: bytes, content_type: str) -> None:
    assert _html.decode(body, {"content-type": content_type}).endswith("Größe")


@given(st.binary(max_size=400), st.text(max_size=40))
def test_decode_never_raises(body: bytes, content_type: str) -> None:
    assert "\0" not in _html.decode(body, {"content-type": content_type})


@given(st.text(max_size=60), st.text(max_size=60))
def test_addresses_never_raise(base: str, href: str) -> None:
    _html.absolute(base, href)
    _html.only(href, "id")
    _html.page_name(href)
    number = _html.query_id(href, "id")
    assert number is None or number.isdigit()


@pytest.mark.parametrize(
    "href", ["", "#", "javascript:alert(1)", "data:,x", "http://[", "mailto:a@b.c"]
)
def test_what_is_no_link(href: str) -> None:
    assert _html.absolute("https://a.example/x/", href) is None


def test_addresses() -> None:
    base = "https://a.example/bi/si0040.php?__cjahr=2026"
    assert _html.absolute(base, "si0057.php?__ksinr=1") == (
        "https://a.example/bi/si0057.php?__ksinr=1"
    )
    assert _html.page_name(base) == "si0040"
    assert _html.query_id("vo0050.asp?__kvonr=32100&voselect=21804", "voselect") == "21804"
    assert _html.query_id("vo0050.asp?__kvonr=abc", "__kvonr") is None
    assert _html.only(f"{base}&x=1#y", "__cjahr") == base


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"<html><body><table><tr><td>half", "cut off"),
        (b"<div>" * 200_000 + b"</html>", "tags open"),
        (b"<div></b>" * 100_000 + b"</html>", "tags open"),
        (b"<p><b id=1>x</p>" * 10_000 + b"</html>", "tags open"),
        (b"x" * (16 * 2**20) + b"</html>", "bytes"),
    ],
)
def test_hostile_pages_are_refused_at_once(body: bytes, what: str) -> None:
    began = time.perf_counter()
    with pytest.raises(UnknownStructureError, match=what):
        _html.tree(fetched(body))
    assert time.perf_counter() - began < 5


def test_a_long_page_is_no_hostile_page() -> None:
    body = b"<html><table>" + b"<tr><td><p>x<br></td></tr>" * 20_000 + b"</table></html>"
    assert len(_html.tree(fetched(body)).css("td")) == 20_000
