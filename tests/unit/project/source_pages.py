"""The tables of ``docs/sources``, for the tests that hold them against the code."""

import re
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[3] / "docs" / "sources"
_ROW: Final = re.compile(r"^\| `(\w+)` \| (.+) \| (.+) \|$", re.MULTILINE)


def section(system: str, heading: str) -> str:
    """What stands below a heading of a system's page; empty where there is none."""
    text = (FOLDER / f"{system}.md").read_text(encoding="utf-8")
    return text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def kinds(system: str) -> dict[str, set[str]]:
    """Kind of page → the types of the records that the page says come from it."""
    rows = _ROW.findall(section(system, "From page to record"))
    return {kind: set(re.findall(r"`(\w+)`", records)) for kind, _, records in rows}
