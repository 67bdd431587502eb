"""A reverse proxy that sees every request to the portal and can do harm at a chosen one."""

import http.client
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import urlsplit

Hook = Callable[[int, str], bool]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: "Proxy"

    def log_message(self, *_: Any) -> None:
        """Keep the tests' output clean."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        action = self.path.rsplit("/", 1)[1]
        with self.server.lock:
            self.server.actions.append(action)
            number = len(self.server.actions)
        if not self.server.before(number, action):
            self.close_connection = True
            return
        upstream = http.client.HTTPConnection(self.server.host, timeout=60)
        headers = {key: value for key, value in self.headers.items() if key != "Host"}
        upstream.request("POST", self.path, body, {**headers, "Host": self.server.host})
        answer = upstream.getresponse()
        content = answer.read()
        upstream.close()
        if not self.server.after(number, action):
            self.close_connection = True
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.headers["Content-Type"])
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class Proxy(ThreadingHTTPServer):
    """Forwards to ``upstream``; a hook that says False cuts the connection."""

    daemon_threads = True

    def __init__(
        self,
        upstream: str,
        *,
        before: Hook = lambda _n, _a: True,
        after: Hook = lambda _n, _a: True,
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.host = urlsplit(upstream).netloc
        self.before, self.after = before, after
        self.actions: list[str] = []
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})

    def handle_error(self, *_: Any) -> None:
        """A client that was killed is what the tests want."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
        self.thread.join()
