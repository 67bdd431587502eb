"""What the two councils that do not welcome programs get to see of us, and what we tell."""

import datetime as dt

import httpx
import pytest

from ingestion.city import City, load
from ingestion.http import Client, Hooks, RobotsDisallowedError
from ingestion.http_guard import RateGate
from ingestion.systems import load as load_system


def crawl(city: City, answer) -> tuple[list[str], str]:
    """Start a crawl; which paths were asked, and the refusal."""
    asked: list[str] = []

    def serve(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return answer(request)

    hooks = Hooks(clock=lambda: 0.0, sleep=lambda _: None, resolve=None, gate=RateGate())
    client = Client(
        allowed=city.base_urls(city.council.system),
        user_agent="Seehaus/0.1",
        permission=city.council.permission is not None,
        transport=httpx.MockTransport(serve),
        hooks=hooks,
    )
    with pytest.raises(RobotsDisallowedError) as caught:
        list(load_system(city.council.system).fetch(city, dt.date(2026, 11, 1), client))
    return asked, str(caught.value)


def test_trier_forbids_programs_and_is_left_alone():
    rules = httpx.Response(200, text="User-agent: *\nDisallow: /\n")
    asked, message = crawl(load("trier"), lambda _: rules)
    assert asked == ["/robots.txt"]
    assert "robots.txt forbids this page" in message
    assert "council.permission" in message


def test_ludwigshafens_firewall_is_not_bypassed():
    asked, message = crawl(load("ludwigshafen"), lambda _: httpx.Response(503))
    assert set(asked) == {"/robots.txt"}
    assert "HTTP 503" in message
    assert "ask the operator" in message
