"""Pages in a real browser: an app on a free port, and what an accessibility checker says of it."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from axe_playwright_python.sync_playwright import Axe
from starlette.types import ASGIApp

CHROMIUM = Path(os.environ.get("SEEHAUS_CHROMIUM", "/usr/bin/chromium"))
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """The app's address while it is served."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()  # from here on a request waits instead of being refused
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=10)


def assert_accessible(browser: Any, url: str, scheme: str) -> None:
    """axe finds nothing to mend on the page, in the light or the dark scheme."""
    page = browser.new_page(color_scheme=scheme)
    page.goto(url)
    assert_nothing_to_mend(page)
    page.close()


def assert_nothing_to_mend(page: Any) -> None:
    """axe finds nothing on a page as it is shown now."""
    found = Axe().run(page)
    assert found.response["violations"] == [], found.generate_report()
