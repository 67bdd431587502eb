"""Every rule of politeness, against a server that is a function; no clock is waited for."""

import datetime as dt
import gzip
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from ingestion.http import (
    CircuitOpenError,
    Client,
    FetchError,
    Hooks,
    HostNotAllowedError,
    HttpStatusError,
    Problem,
    RobotsDisallowedError,
    TooLargeError,
    UnreachableError,
    shown,
)
from ingestion.http_guard import RateGate
from ingestion.http_send import REFUSALS_TO_OPEN, retry_after
from ingestion.http_types import Memo
from ingestion.record import Fetched

BASE = "https://ris.example.org/"
NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
Handler = Callable[[httpx.Request], httpx.Response]


@dataclass
class World:
    """A server out of answers, and a clock that only sleeping moves."""

    answer: Handler
    robots: httpx.Response = field(default_factory=lambda: httpx.Response(404))
    at: float = 0.0
    slept: list[float] = field(default_factory=list)
    asked: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if request.url.path == "/robots.txt":
            return self.robots
        return self.answer(request)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds

    def client(self, **options) -> Client:
        hooks = Hooks(
            clock=lambda: self.at,
            now=lambda: NOW,
            sleep=self.sleep,
            jitter=lambda: 0.5,
            resolve=options.pop("resolve", None),
            gate=RateGate(),
        )
        given = {"allowed": [BASE], "user_agent": "Seehaus/0.1 (+https://x)", "permission": True}
        return Client(transport=httpx.MockTransport(self), hooks=hooks, **(given | options))

    @property
    def paths(self) -> list[str]:
        return [request.url.raw_path.decode() for request in self.asked]


def serve(*answers: httpx.Response) -> World:
    """A world that gives these answers one after the other, the last one for ever."""
    queue = list(answers)
    return World(lambda _: queue.pop(0) if len(queue) > 1 else queue[0])


class Streamed(httpx.SyncByteStream):
    """A body that comes in pieces, as over a network."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        yield from self.pieces


@dataclass
class Stored:
    sha256: str
    content: bytes | None
    etag: str | None = None
    last_modified: str | None = None

    def body(self) -> bytes | None:
        return self.content


@dataclass
class Remembered:
    """An ``Answers`` in memory."""

    known: dict[str, Stored] = field(default_factory=dict)
    fresh: list[Fetched] = field(default_factory=list)

    def lookup(self, url: str) -> Stored | None:
        return self.known.get(url)

    def remember(self, fetched: Fetched) -> None:
        self.fresh.append(fetched)
        headers = fetched.headers
        self.known[fetched.url] = Stored(
            fetched.sha256, fetched.body, headers.get("etag"), headers.get("last-modified")
        )


def test_an_answer_carries_what_the_parser_needs():
    world = serve(httpx.Response(200, content=b"page", headers={"X-Layout": "6"}))
    fetched = world.client().get(
        f"{BASE}si0040.php", kind="calendar", params={"__cjahr": "2026"}, context={"month": "11"}
    )
    assert fetched.url == f"{BASE}si0040.php?__cjahr=2026"
    assert (fetched.kind, fetched.status, fetched.body) == ("calendar", 200, b"page")
    assert fetched.headers["x-layout"] == "6"
    assert fetched.context == {"month": "11"}
    assert fetched.retrieved_at == NOW
    assert world.asked[0].headers["user-agent"] == "Seehaus/0.1 (+https://x)"


def test_the_pace_of_a_host_is_kept():
    world = serve(httpx.Response(200))
    client = world.client(requests_per_second=0.5)
    for number in range(3):
        client.get(f"{BASE}{number}", kind="page")
    assert world.slept == [2.0, 2.0]
    assert client.requests == 3


def test_two_clients_of_one_process_share_the_pace():
    world = serve(httpx.Response(200))
    first, second = world.client(), world.client()
    object.__setattr__(second._hooks, "gate", first._hooks.gate)
    first.get(f"{BASE}a", kind="page")
    second.get(f"{BASE}b", kind="page")
    assert world.slept == [1.0]


def test_nothing_is_asked_twice_in_a_run():
    world = serve(httpx.Response(200, content=b"x"))
    client = world.client()
    client.get(f"{BASE}a", kind="agenda", context={"n": "1"})
    again = client.get(f"{BASE}a", kind="paper", context={"n": "2"})
    assert len(world.asked) == 1
    assert (again.kind, again.context, again.body) == ("paper", {"n": "2"}, b"x")


def test_forms_differ_by_their_fields_and_sessions_are_asked_anew():
    world = serve(httpx.Response(200, content=b"x"))
    client = world.client()
    client.post(f"{BASE}f", kind="form", data={"name": "1"})
    other = client.post(f"{BASE}f", kind="form", data={"name": "2"})
    client.post(f"{BASE}f", kind="form", data={"name": "2"})
    client.get(f"{BASE}wicket", kind="calendar", conditional=False)
    client.get(f"{BASE}wicket", kind="calendar", conditional=False)
    assert other.url == f"{BASE}f?name=2"
    assert [request.content for request in world.asked] == [b"name=1", b"name=2", b"", b""]


def test_the_memory_of_a_run_is_bounded(monkeypatch):
    monkeypatch.setattr("ingestion.http_types.MEMO_BYTES", 16)
    monkeypatch.setattr("ingestion.http_types.MEMO_ANSWER_BYTES", 6)
    monkeypatch.setattr("ingestion.http_types.MEMO_ANSWER_COST", 3)
    memo = Memo()
    for number, size in enumerate((4, 4, 4, 7)):
        memo.keep(("GET", str(number)), Fetched("u", "k", 200, {}, b"x" * size, NOW))
    assert [url for _, url in memo.answers] == ["1", "2"]
    assert memo.size == 2 * (4 + 3)


def test_cookies_of_a_session_are_kept():
    world = serve(httpx.Response(200, headers={"set-cookie": "PHPSESSID=1"}), httpx.Response(200))
    client = world.client()
    client.get(f"{BASE}a", kind="page")
    client.get(f"{BASE}b", kind="page")
    assert world.asked[1].headers["cookie"] == "PHPSESSID=1"


# robots.txt


def test_robots_is_obeyed_with_wildcards_and_asked_once():
    rules = httpx.Response(200, text="User-agent: *\nDisallow: /*.pdf$\n")
    world = World(lambda _: httpx.Response(200), robots=rules)
    client = world.client(permission=False)
    client.get(f"{BASE}a", kind="page")
    client.get(f"{BASE}a.pdf?download=1", kind="file")
    with pytest.raises(RobotsDisallowedError, match=r"robots.txt forbids.*council.permission"):
        client.get(f"{BASE}a.pdf", kind="file")
    assert world.paths.count("/robots.txt") == 1


def test_robots_names_our_product():
    rules = "User-agent: *\nDisallow:\n\nUser-agent: Seehaus\nDisallow: /\n"
    world = World(lambda _: httpx.Response(200), robots=httpx.Response(200, text=rules))
    with pytest.raises(RobotsDisallowedError):
        world.client(permission=False).get(f"{BASE}a", kind="page")


def test_permission_of_the_operator_stands_above_robots():
    rules = httpx.Response(200, text="User-agent: *\nDisallow: /\n")
    world = World(lambda _: httpx.Response(200), robots=rules)
    assert world.client(permission=True).get(f"{BASE}a", kind="page").status == 200
    assert world.paths == ["/a"]


def test_crawl_delay_slows_down():
    rules = httpx.Response(200, text="User-agent: *\nCrawl-delay: 7\nDisallow:\n")
    world = World(lambda _: httpx.Response(200), robots=rules)
    client = world.client(permission=False)
    client.get(f"{BASE}a", kind="page")
    client.get(f"{BASE}b", kind="page")
    assert world.slept == [1.0, 7.0]


@pytest.mark.parametrize("status", [404, 403, 410])
def test_a_missing_robots_allows_all(status):
    world = World(lambda _: httpx.Response(200), robots=httpx.Response(status))
    assert world.client(permission=False).get(f"{BASE}a", kind="page").status == 200


@pytest.mark.parametrize("status", [500, 503, 429])
def test_an_unreachable_robots_allows_nothing(status):
    world = World(lambda _: httpx.Response(200), robots=httpx.Response(status))
    with pytest.raises(RobotsDisallowedError, match=rf"robots.txt answered HTTP {status}"):
        world.client(permission=False).get(f"{BASE}a", kind="page")
    assert "/a" not in world.paths


# Retries


def test_a_passing_failure_is_tried_again_with_growing_pauses():
    world = serve(httpx.Response(500), httpx.Response(502), httpx.Response(200, content=b"ok"))
    fetched = world.client(requests_per_second=50).get(f"{BASE}a", kind="page")
    assert fetched.body == b"ok"
    assert world.slept == [2.0, 4.0]


def test_a_lasting_failure_ends_and_carries_the_answer():
    world = serve(httpx.Response(500, content=b'{"Code": 15}'))
    with pytest.raises(HttpStatusError, match="HTTP 500") as caught:
        world.client(retries=2).get(f"{BASE}a", kind="page")
    assert len(world.asked) == 3
    assert caught.value.status == 500
    assert caught.value.answer.body == b'{"Code": 15}'
    assert caught.value.problem == Problem(
        f"{BASE}a", "HTTP 500", "run again later; if it stays, tell the operator"
    )


@pytest.mark.parametrize(("status", "times"), [(403, 1), (404, 1), (410, 1), (429, 2), (503, 2)])
def test_refusals_are_hardly_tried_again(status, times):
    world = serve(httpx.Response(status))
    with pytest.raises(HttpStatusError):
        world.client(retries=3).get(f"{BASE}a", kind="page")
    assert len(world.asked) == times


@pytest.mark.parametrize(
    ("header", "pause"),
    [("9", 9.0), ("Sun, 22 Nov 2026 12:00:31 GMT", 31.0), ("Sun, 22 Nov 2026 11:00:00 GMT", 0.0)],
)
def test_retry_after_is_honoured(header, pause):
    world = serve(httpx.Response(503, headers={"retry-after": header}), httpx.Response(200))
    world.client(requests_per_second=50).get(f"{BASE}a", kind="page")
    assert world.slept[0] == pause


def test_a_long_retry_after_is_not_waited_for():
    world = serve(httpx.Response(429, headers={"retry-after": "3600"}))
    with pytest.raises(HttpStatusError):
        world.client().get(f"{BASE}a", kind="page")
    assert (len(world.asked), world.slept) == (1, [])


def test_nonsense_in_retry_after_is_ignored():
    world = serve(httpx.Response(503, headers={"retry-after": "soon"}), httpx.Response(200))
    world.client(requests_per_second=50).get(f"{BASE}a", kind="page")
    assert world.slept == [2.0]


def test_a_lost_connection_is_tried_again_and_told_without_its_message():
    def broken(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(f"secret in {request.url}", request=request)

    world = World(broken)
    with pytest.raises(UnreachableError, match="ConnectError") as caught:
        world.client(retries=1).get(f"{BASE}a?token=abc", kind="page")
    assert len(world.asked) == 2
    assert "abc" not in str(caught.value)


def test_a_host_that_keeps_refusing_is_left_alone():
    world = serve(httpx.Response(403))
    client = world.client(requests_per_second=50)
    for number in range(REFUSALS_TO_OPEN):
        with pytest.raises(HttpStatusError):
            client.get(f"{BASE}{number}", kind="page")
    with pytest.raises(CircuitOpenError, match=r"ris.example.org refused 5 requests"):
        client.get(f"{BASE}next", kind="page")
    assert len(world.asked) == REFUSALS_TO_OPEN


def test_a_good_answer_closes_the_circuit_again():
    refuse = iter([403] * 4 + [200] + [403] * 4 + [200])
    world = World(lambda _: httpx.Response(next(refuse)))
    client = world.client(requests_per_second=50)
    statuses = []
    for number in range(10):
        try:
            statuses.append(client.get(f"{BASE}{number}", kind="page").status)
        except HttpStatusError as error:
            statuses.append(error.status)
    assert statuses == [403] * 4 + [200] + [403] * 4 + [200]


# Conditional requests


def test_an_unchanged_page_comes_back_with_the_stored_body():
    memory = Remembered()
    first = serve(httpx.Response(200, content=b"old", headers={"etag": '"1"'}))
    first.client(answers=memory).get(f"{BASE}a", kind="page")
    second = serve(httpx.Response(304))
    client = second.client(answers=memory)
    fetched = client.get(f"{BASE}a", kind="page")
    assert second.asked[0].headers["if-none-match"] == '"1"'
    assert (fetched.status, fetched.body, fetched.not_modified) == (304, b"old", True)
    assert (client.not_modified, len(memory.fresh)) == (1, 1)


def test_last_modified_is_sent_back():
    when = "Sat, 21 Nov 2026 10:00:00 GMT"
    memory = Remembered({f"{BASE}a": Stored("0", b"old", last_modified=when)})
    world = serve(httpx.Response(200, content=b"new"))
    fetched = world.client(answers=memory).get(f"{BASE}a", kind="page")
    assert world.asked[0].headers["if-modified-since"] == when
    assert (fetched.body, fetched.not_modified) == (b"new", False)
    assert memory.fresh == [fetched]


def test_equal_bytes_are_unchanged_also_without_304():
    memory = Remembered()
    world = serve(httpx.Response(200, content=b"same"))
    world.client(answers=memory).get(f"{BASE}a", kind="page")
    assert world.client(answers=memory).get(f"{BASE}a", kind="page").not_modified
    assert len(memory.fresh) == 1


def test_a_purged_body_is_asked_for_as_if_new():
    memory = Remembered({f"{BASE}a": Stored("0", None, etag='"1"')})
    world = serve(httpx.Response(304), httpx.Response(200, content=b"again"))
    fetched = world.client(answers=memory).get(f"{BASE}a", kind="page")
    assert (fetched.body, fetched.not_modified) == (b"again", False)
    assert "if-none-match" not in world.asked[1].headers


def test_the_same_content_packed_anew_is_unchanged():
    memory = Remembered()
    essence = lambda body: body[1:] or None  # noqa: E731
    first = serve(httpx.Response(200, content=b"1abc"))
    first.client(answers=memory).post(f"{BASE}f", kind="t", data={"n": "1"}, essence=essence)
    second = serve(httpx.Response(200, content=b"2abc"))
    fetched = second.client(answers=memory).post(
        f"{BASE}f", kind="t", data={"n": "1"}, essence=essence
    )
    assert (fetched.body, fetched.not_modified, len(memory.fresh)) == (b"1abc", True, 1)
    third = serve(httpx.Response(200, content=b"x"))
    fetched = third.client(answers=memory).post(
        f"{BASE}f", kind="t", data={"n": "1"}, essence=essence
    )
    assert (fetched.body, len(memory.fresh)) == (b"x", 1)


# Limits


def test_a_body_over_the_limit_is_given_up():
    world = serve(httpx.Response(200, stream=Streamed(b"x" * 60, b"x" * 60)))
    with pytest.raises(TooLargeError, match="larger than 100 bytes"):
        world.client(max_bytes=100).get(f"{BASE}a", kind="file")


def test_an_announced_size_over_the_limit_is_not_even_read():
    class Untouched(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            raise AssertionError("was read")

    headers = {"content-length": "1000"}
    world = serve(httpx.Response(200, headers=headers, stream=Untouched()))
    with pytest.raises(TooLargeError):
        world.client(max_bytes=100).get(f"{BASE}a", kind="file")


def test_a_gzip_bomb_is_given_up_at_the_limit():
    bomb = gzip.compress(b"0" * 10_000_000)
    headers = {"content-encoding": "gzip"}
    world = serve(httpx.Response(200, headers=headers, stream=Streamed(bomb)))
    with pytest.raises(TooLargeError):
        world.client(max_bytes=1000).get(f"{BASE}a", kind="file")


def test_a_gzip_stream_without_end_or_content_is_given_up():
    class Endless(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield gzip.compress(b"")[:10]
            while True:
                yield b"\x00\x00\x00\xff\xff" * 10  # empty stored blocks

    headers = {"content-encoding": "gzip"}
    world = serve(httpx.Response(200, headers=headers, stream=Endless()))
    with pytest.raises(TooLargeError):
        world.client(max_bytes=1000).get(f"{BASE}a", kind="file")


def test_what_follows_the_packed_content_is_ignored():
    headers = {"content-encoding": "gzip"}
    packed = gzip.compress(b"hello")
    world = serve(httpx.Response(200, headers=headers, stream=Streamed(packed, b"garbage")))
    assert world.client().get(f"{BASE}a", kind="page").body == b"hello"


def test_gzip_is_unpacked():
    packed = gzip.compress(b"hello" * 100)
    headers = {"content-encoding": "gzip"}
    world = serve(httpx.Response(200, headers=headers, stream=Streamed(packed[:9], packed[9:])))
    assert world.client().get(f"{BASE}a", kind="page").body == b"hello" * 100


@pytest.mark.parametrize(
    ("encoding", "body", "what"),
    [
        ("gzip", b"not gzip", "broken gzip"),
        ("gzip", gzip.compress(b"hello" * 100, mtime=0)[:20], "gzip cut off"),
        ("br", b"...", "which was not asked for"),
    ],
)
def test_a_broken_encoding_is_told(encoding, body, what):
    headers = {"content-encoding": encoding}
    world = serve(httpx.Response(200, headers=headers, stream=Streamed(body)))
    with pytest.raises(FetchError, match=what):
        world.client().get(f"{BASE}a", kind="page")


def test_an_answer_that_drips_for_ever_is_given_up():
    world = World(lambda _: httpx.Response(200))

    class Dripping(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            while True:
                world.at += 50
                yield b"x"

    world.answer = lambda _: httpx.Response(200, stream=Dripping())
    with pytest.raises(FetchError, match="too slowly"):
        world.client(timeout=60).get(f"{BASE}a", kind="page")


# Hosts and redirects


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "https://ris.example.org:8443/a",
        "https://ris.example.org.evil.example/",
        "ftp://ris.example.org/a",
        "file:///etc/passwd",
        "https://user:pw@ris.example.org/a",
        "https://[::1/",
        "//ris.example.org/a",
        "https://@ris.example.org/a",
        "https://ris.example.org\\@evil.example/",
        "https://evil.example\\.ris.example.org/",
        "https://ris.example.org/\x00",
        "https://ris.example.org/" + "a" * 70_000,
        "https://ris.example.org:99999/",
    ],
)
def test_other_hosts_ports_and_schemes_are_refused(url):
    world = serve(httpx.Response(200))
    with pytest.raises(HostNotAllowedError) as caught:
        world.client().get(url, kind="page")
    assert world.asked == []
    assert "pw" not in str(caught.value)


def test_http_is_raised_to_https():
    world = serve(httpx.Response(200))
    fetched = world.client().get("http://ris.example.org/a#part", kind="page")
    assert fetched.url == f"{BASE}a"


def test_a_name_that_resolves_inwards_is_refused():
    world = serve(httpx.Response(200))
    for address in ("10.0.0.5", "127.0.0.1", "169.254.169.254", "::1", "fe80::1%eth0"):
        client = world.client(resolve=lambda _, found=address: ["93.184.216.34", found])
        with pytest.raises(HostNotAllowedError, match="private network"):
            client.get(f"{BASE}a", kind="page")
    assert world.asked == []


def test_a_loopback_base_url_may_be_asked():
    world = serve(httpx.Response(200))
    client = world.client(allowed=["http://127.0.0.1:8080/"], resolve=lambda _: ["127.0.0.1"])
    assert client.get("http://127.0.0.1:8080/x", kind="page").status == 200
    with pytest.raises(HostNotAllowedError):
        client.get("http://127.0.0.1:8081/x", kind="page")


def test_a_redirect_to_a_foreign_host_is_refused():
    world = serve(httpx.Response(302, headers={"location": "https://evil.example/"}))
    with pytest.raises(HostNotAllowedError, match=r"evil.example"):
        world.client().get(f"{BASE}a", kind="page")
    assert len(world.asked) == 1


def test_a_redirect_that_loses_the_query_gets_it_back():
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/list":
            return httpx.Response(301, headers={"location": "/list/"})
        return httpx.Response(200)

    fetched = World(answer).client().get(f"{BASE}list?page=2", kind="page")
    assert fetched.url == f"{BASE}list/?page=2"


def test_redirects_end():
    world = World(lambda r: httpx.Response(302, headers={"location": f"{r.url.path}x"}))
    with pytest.raises(FetchError, match="redirects more than 5 times"):
        world.client(requests_per_second=50).get(f"{BASE}a", kind="page")
    assert len(world.asked) == 6


def test_robots_is_asked_on_every_hop():
    rules = httpx.Response(200, text="User-agent: *\nDisallow: /inner\n")
    world = World(lambda _: httpx.Response(302, headers={"location": "/inner"}), robots=rules)
    with pytest.raises(RobotsDisallowedError):
        world.client(permission=False).get(f"{BASE}a", kind="page")
    assert "/inner" not in world.paths


@pytest.mark.parametrize(("status", "method"), [(303, "GET"), (302, "GET"), (307, "POST")])
def test_a_redirected_form(status, method):
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/f":
            return httpx.Response(status, headers={"location": "/g"})
        return httpx.Response(200)

    world = World(answer)
    world.client().post(f"{BASE}f", kind="form", data={"a": "1"})
    assert world.asked[1].method == method
    assert world.asked[1].content == (b"a=1" if method == "POST" else b"")


def test_credentials_stay_with_their_host():
    other = "https://files.example.org/"

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "ris.example.org":
            return httpx.Response(302, headers={"location": other})
        return httpx.Response(200)

    world = World(answer)
    world.client(allowed=[BASE, other]).get(f"{BASE}a", kind="p", headers={"password": "geheim"})
    assert "password" in world.asked[0].headers
    assert "password" not in world.asked[1].headers


GUARDED = serve(httpx.Response(200))
GUARDED_CLIENT = GUARDED.client()


@settings(deadline=None)
@given(st.text(max_size=60))
def test_no_text_gets_past_the_guard(text):
    for url in (text, f"https:{text}", f"https://{text}", f"{BASE[:-1]}{text}"):
        try:
            GUARDED_CLIENT.get(url, kind="page", params={"a": "1"})
        except HostNotAllowedError:
            continue
    assert {request.url.host for request in GUARDED.asked} <= {"ris.example.org"}


@settings(deadline=None)
@given(st.text(max_size=30))
def test_any_retry_after_is_seconds_or_nothing(text):
    fetched = Fetched("u", "k", 503, {"retry-after": text}, b"", NOW)
    seconds = retry_after(fetched, NOW)
    assert seconds is None or seconds >= 0


# Secrets


def test_secrets_are_handed_out_by_name_only():
    client = serve(httpx.Response(200)).client(secrets={"token": SecretStr("geheim")})
    assert client.secret("token") == "geheim"
    assert client.secret("other") is None
    assert "geheim" not in repr(client.__dict__)


def test_no_secret_in_a_log_or_an_error(caplog):
    caplog.set_level(logging.DEBUG, logger="seehaus.http")
    world = serve(httpx.Response(200), httpx.Response(404))
    client = world.client()
    client.get(f"{BASE}a?apikey=geheim", kind="page", headers={"password": "geheim"})
    with pytest.raises(HttpStatusError) as caught:
        client.get(f"{BASE}b?token=geheim", kind="page")
    client.report(caught.value.problem)
    assert "ris.example.org/a" in caplog.text
    assert "geheim" not in caplog.text
    assert "geheim" not in str(caught.value)
    assert client.problems == [caught.value.problem]


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("https://u:p@h.example/a?x=1#f", "https://h.example/a?x=1"),
        ("https://h.example/?password=1&name=2", "https://h.example/?password=%E2%80%A6&name=2"),
        ("https://[broken", "(not a URL)"),
    ],
)
def test_what_of_a_url_may_be_shown(url, seen):
    assert shown(url) == seen
