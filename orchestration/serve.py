"""One server for what people and programs read: the search page and its API."""

import json
import os
from pathlib import Path

import uvicorn

from indexes.app import create_app
from orchestration import searching
from orchestration.environment import folder, kind


def serve(host: str, port: int, ready: Path | None = None) -> None:
    """Serve until SIGTERM or Ctrl-C.

    Args:
        host: The address to listen on.
        port: 0 takes a free one.
        ready: Where to write ``{"url": …}`` once it listens.
    """
    app = create_app(
        folder("index"),
        portal_url=searching.portal_url(),
        embedder=searching.embedder,
        sample_data=kind() == "sample",
    )
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,  # a line per request would hold the question
        server_header=False,
    )
    server = uvicorn.Server(config)
    socket = config.bind_socket()
    socket.listen()  # bound alone still refuses: who reads the ready file may connect at once
    if ready:
        bound = socket.getsockname()
        beside = ready.with_suffix(".tmp")
        beside.write_text(json.dumps({"url": f"http://{bound[0]}:{bound[1]}", "pid": os.getpid()}))
        beside.replace(ready)
    server.run(sockets=[socket])
