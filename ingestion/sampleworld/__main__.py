"""``python -m ingestion.sampleworld --ready FILE``: serve until SIGTERM."""

import argparse
import datetime as dt
import sys
from collections.abc import Sequence
from pathlib import Path

from ingestion.sampleworld.council import MAX_PAPERS, MIN_PAPERS, TODAY
from ingestion.sampleworld.faults import Fault
from ingestion.sampleworld.oparl_faults import OparlFault
from ingestion.sampleworld.server import (
    NEIGHBOURS,
    build,
    known_ports,
    listen,
    server,
    write_ready,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line, bind, tell in the ready file, serve."""
    asked = _parser().parse_args(arguments)
    try:
        faults = [each for each in asked.faults.split(",") if each]
        neighbours = [each for each in asked.neighbours.split(",") if each]
        made = build(asked.seed, asked.papers, faults, asked.today, neighbours)
        wanted = known_ports(asked.ports or asked.ready) if asked.ports or asked.ready else {}
    except ValueError as error:
        sys.stderr.write(f"sampleworld: {error}\n")
        return 2
    sockets = listen(made, wanted)
    serving = server(made)
    if asked.ready is not None:
        for each in sockets:
            # The backlog takes requests from now on, so whoever reads the file may connect.
            each.listen(128)
        write_ready(made, asked.ready)
    serving.run(sockets)
    return 0


def _parser() -> argparse.ArgumentParser:
    known = ", ".join([*Fault, *OparlFault])
    parser = argparse.ArgumentParser(
        prog="python -m ingestion.sampleworld", description="Invented councils on loopback."
    )
    parser.add_argument("--ready", type=Path, help="JSON written when listening; ports are reused")
    parser.add_argument("--ports", type=Path, help="ready file of an earlier world: same ports")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--papers", type=int, default=40, help=f"papers per city, {MIN_PAPERS} to {MAX_PAPERS}"
    )
    parser.add_argument(
        "--today", type=dt.date.fromisoformat, default=TODAY, help=f"default {TODAY}"
    )
    parser.add_argument("--faults", default="", help=f"comma-separated, name[@city]: {known}")
    parser.add_argument(
        "--neighbours", default="", help=f"comma-separated: {', '.join(NEIGHBOURS)}"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
