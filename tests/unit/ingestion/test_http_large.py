"""What the client does for statistics services: JSON requests, files that are cut on the way."""

import datetime as dt
import json

import httpx
import pytest

from ingestion.http import Client, Cut, Hooks, HttpStatusError, TooLargeError

URL = "http://127.0.0.1:1/file.zip"
LATER = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)
FIRST = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


class Kept:
    """A memory of answers in a dict."""

    def __init__(self):
        self.rows = {}

    def lookup(self, url):
        return self.rows.get(url)

    def remember(self, fetched):
        self.rows[fetched.url] = Stored(fetched)


class Stored:
    def __init__(self, fetched):
        self.etag = fetched.headers.get("etag")
        self.last_modified = None
        self.sha256 = fetched.sha256
        self.retrieved_at = FIRST
        self._body = fetched.body

    def body(self):
        return self._body


def client(answer, answers=None):
    hooks = Hooks(now=lambda: LATER, sleep=lambda _: None, jitter=lambda: 0.0, resolve=None)
    return Client(
        allowed=["http://127.0.0.1:1/"],
        user_agent="Seehaus/0 (+https://example.org)",
        requests_per_second=1000,
        permission=True,
        answers=answers,
        transport=httpx.MockTransport(answer),
        hooks=hooks,
        max_bytes=100,
        retries=0,
    )


def test_a_file_is_cut_on_the_way_and_only_the_cut_is_kept():
    answers = Kept()
    cut = Cut("first ten", lambda file: file.read(10), max_bytes=10_000)
    with client(lambda _: httpx.Response(200, content=b"0123456789" * 500), answers) as asks:
        fetched = asks.get(URL, kind="bulk", cut=cut)
    assert fetched.body == b"0123456789"
    assert fetched.url == f"{URL}#first%20ten"
    assert list(answers.rows) == [fetched.url]


def test_the_name_of_the_cut_is_not_sent():
    asked = []

    def answer(request):
        asked.append(str(request.url))
        return httpx.Response(200, content=b"x")

    with client(answer) as asks:
        asks.get(URL, kind="bulk", cut=Cut("a", lambda file: file.read(), 10))
        asks.get(URL, kind="bulk", cut=Cut("b", lambda file: file.read(), 10))
    assert asked == [URL, URL]


def test_an_unchanged_file_is_the_stored_cut_with_the_day_it_came():
    answers = Kept()

    def answer(request):
        if request.headers.get("if-none-match") == '"1"':
            return httpx.Response(304)
        return httpx.Response(200, content=b"abc", headers={"etag": '"1"'})

    cut = Cut("a", lambda file: file.read(), 10)
    for is_known in (False, True):
        with client(answer, answers) as asks:
            fetched = asks.get(URL, kind="bulk", cut=cut)
        assert (fetched.body, fetched.not_modified) == (b"abc", is_known)
        assert fetched.first_retrieved_at == (FIRST if is_known else None)


def test_a_file_over_its_limit_is_refused():
    with (
        client(lambda _: httpx.Response(200, content=b"x" * 11)) as asks,
        pytest.raises(TooLargeError),
    ):
        asks.get(URL, kind="bulk", cut=Cut("a", lambda file: file.read(), 10))


def test_an_error_page_is_not_cut():
    def fail(_):
        raise AssertionError("cut although the server refused")

    with (
        client(lambda _: httpx.Response(404, content=b"no")) as asks,
        pytest.raises(HttpStatusError) as caught,
    ):
        asks.get(URL, kind="bulk", cut=Cut("a", fail, 10))
    assert caught.value.answer.body == b"no"


def test_json_is_posted_and_names_the_answer_without_the_secret():
    seen = []

    def answer(request):
        seen.append((request.headers["content-type"], json.loads(request.content)))
        return httpx.Response(200, content=b"x")

    with client(answer) as asks:
        fetched = asks.post_json(
            URL, {"b": [1], "a": "ü"}, kind="export", headers={"Authorization": "Basic c2VjcmV0"}
        )
    assert seen == [("application/json", {"a": "ü", "b": [1]})]
    assert "secret" not in fetched.url
    assert "c2VjcmV0" not in fetched.url
    assert "json=%7B%22a%22" in fetched.url
