"""One server for what people and programs read: search, statistics, OParl."""

import json
import os
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse
from starlette.routing import Mount, Route

from catalog import oparl as council
from catalog import statistics_pages
from indexes.app import SecurityHeaders, create_app
from orchestration import oparl, searching
from orchestration.environment import folder, kind
from orchestration.lake import lake
from orchestration.statistics import Statistics


def application() -> Starlette:
    """The search at ``/``, the statistics below ``/statistik``, the council data as OParl.

    What people read goes out under the headers of pages; OParl is for programs of others and has
    its own.
    """
    portal_url = searching.portal_url()
    search = create_app(
        folder("index"),
        portal_url=portal_url,
        embedder=searching.embedder,
        sample_data=kind() == "sample",
        statistics_path=statistics_pages.PATH,
        oparl_path=council.PATH,
    )
    pages = statistics_pages.routes(Statistics(lake()), portal_url=portal_url)
    for_people = Starlette(
        routes=[*pages, Mount("/", search)], middleware=[Middleware(SecurityHeaders)]
    )
    return Starlette(
        routes=[
            Route(council.PATH, lambda _: RedirectResponse(f"{council.PATH}/")),
            Mount(council.PATH, oparl.service()),
            Mount("/", for_people),
        ]
    )


def serve(host: str, port: int, ready: Path | None = None) -> None:
    """Serve until SIGTERM or Ctrl-C.

    Args:
        host: The address to listen on.
        port: 0 takes a free one.
        ready: Where to write ``{"url": …}`` once it listens.
    """
    config = uvicorn.Config(
        application(),
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
