"""Every fault of the sample world, through Dagster, after a good first load.

Of each: whether the run succeeds, what the check of each source says, that the last good data stay
where something could not be read, and that ``seehaus status`` names city, finding, since and mend.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import pytest

from ingestion.sampleworld.faults import Fault
from ingestion.sampleworld.oparl_faults import OparlFault
from tests.integration.orchestration.faulty import OPARL, SOURCES, Ran, Seen, rows, seen

pytestmark = pytest.mark.integration


@dataclass(frozen=True)
class Ends:
    """How a run with a fault has to end.

    Attributes:
        told: Source → outcome, and a word of the finding and of the mend; not named: ``ok``.
        changed: Sources that have to bring something new or take something away.
        city: The city that is run.
    """

    told: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    city: str = "mainz"


def musterstadt(outcome: str, what: str, mend: str, *changed: str) -> Ends:
    """Musterstadt's council ends like this."""
    return Ends({"council": (outcome, what, mend)}, changed, OPARL)


WELL: Final = Ends(city=OPARL)
NEWS: Final = Ends(changed=("council",), city=OPARL)
LATER: Final = "run again later"

ENDS: Final[dict[StrEnum, Ends]] = {
    Fault.OUTAGE: Ends(
        {
            "council": ("incomplete", "HTTP 503", LATER),
            "statistics": ("failed", "HTTP 503", LATER),
        }
    ),
    Fault.DOWN: Ends(
        {
            "council": ("failed", "robots.txt answered HTTP 503", LATER),
            "documents": ("ok", "", ""),
        }
    ),
    Fault.HTML_200: Ends({"council": ("incomplete", "", "")}),
    Fault.BROKEN_HTML: Ends({"council": ("incomplete", "", "")}),
    Fault.TRUNCATED_PDF: Ends({"documents": ("incomplete", "the last good text stays", "")}),
    Fault.WITHDRAWN: Ends(changed=("council", "documents")),
    Fault.CHANGED: Ends(changed=("council", "documents")),
    Fault.NEW_MEETING: Ends(changed=("council", "documents")),
    Fault.SHIFTED_TABLE: Ends({"statistics": ("incomplete", "", "")}),
    Fault.HTML_500: Ends({"statistics": ("incomplete", "HTTP 500", LATER)}),
    # Some tables of today have no figure yet on the day of last year's.
    Fault.OLD_VINTAGE: Ends({"statistics": ("incomplete", "", "")}, changed=("statistics",)),
    Fault.TOO_LARGE: Ends({"statistics": ("incomplete", "jobs are refused to guests", "")}),
    Fault.JOB_FAILS: Ends(),
    Fault.BUSY: Ends(),
    # The same figures; these layouts say less of them (no codes of the units' variables).
    Fault.WIDE_DE: Ends(changed=("statistics",)),
    Fault.WIDE_EN: Ends(changed=("statistics",)),
    Fault.QUALITY_COLUMN: Ends(),
    Fault.PRIVATE_DATA: Ends(changed=("documents",)),
    Fault.EXPIRED_SESSIONS: Ends(city="trier"),
    Fault.SLOW: Ends(),
    # The world shows what it must not; none of it gets past the gate.
    Fault.CLOSED_SHOWN: Ends(),
    OparlFault.EMPTY_IS_404: WELL,
    OparlFault.BARE_LIST: WELL,
    OparlFault.DELETED_WITHOUT_TYPE: WELL,
    OparlFault.BODY_IS_ONE_OBJECT: WELL,
    OparlFault.AGS_OF_ANY_LENGTH: NEWS,
    OparlFault.LOCATION_SWAPPED: NEWS,
    OparlFault.SCALAR_FOR_ARRAY: WELL,
    OparlFault.BROKEN_FILE_URLS: Ends(changed=("council", "documents"), city=OPARL),
    OparlFault.SLOW_AND_STRICT: WELL,
    OparlFault.SPURIOUS_500: WELL,
    OparlFault.CONTROL_CHARACTERS: WELL,
    OparlFault.NAMES_OF_NOTHING: NEWS,
    OparlFault.VENDOR_TYPES: WELL,
    OparlFault.NEXT_DROPS_FILTER: WELL,
    # Every id is another: to us a relaunched site, and the brake is right to ask somebody.
    OparlFault.CARELESS_FIELDS: musterstadt("held back", "20 of 20 paper", "--accept-drop"),
    OparlFault.LIMIT_TRUNCATES: WELL,
    OparlFault.HTML_200: musterstadt("incomplete", "an HTML page instead of JSON", LATER),
    OparlFault.RAW_DATES: WELL,
    OparlFault.NO_MICROSECONDS: WELL,
    OparlFault.ENDLESS_NEXT: musterstadt("incomplete", "3 pages in a row brought nothing new", ""),
    OparlFault.MOVED_AND_MEMBERS_ONLY: musterstadt("failed", "HTTP 404", "check the base URL"),
    OparlFault.END_BEFORE_START: NEWS,
    OparlFault.PAPERS_IN_DISORDER: NEWS,
    OparlFault.RUBIN: musterstadt("incomplete", "an error object", ""),
    OparlFault.LINKED_NOT_LISTED: musterstadt("incomplete", "HTTP 404", ""),
    OparlFault.CYCLES_AND_NO_IDS: musterstadt("held back", "62 of 62 file", "--accept-drop"),
    OparlFault.POOR_UNSORTED_LISTS: WELL,
    # Asks a TLS front, which test_oparl_cases has; over plain HTTP there is no chain to be cut.
    OparlFault.INCOMPLETE_CHAIN: WELL,
    OparlFault.FIREWALL: musterstadt("failed", "firewall", "operator"),
    OparlFault.LONG_STRINGS: NEWS,
    OparlFault.LYING_CONTENT_TYPE: NEWS,
    OparlFault.ROBOTS_WILDCARD: Ends(
        {"documents": ("incomplete", "robots.txt forbids this page", "council.permission")},
        ("council",),
        OPARL,
    ),
    OparlFault.DATES_WITHOUT_OFFSET: NEWS,
    OparlFault.FOREIGN_NEXT: musterstadt(
        "incomplete", "leads to a host that the city file does not name", "check the link"
    ),
    OparlFault.MASS_DISAPPEARANCE: musterstadt("held back", "20 of 20 paper", "--accept-drop"),
    OparlFault.PRIVATE_CONTACT: WELL,
}
# One of each kind of ending, in every run of the tests; the others in those that take long.
SHORT: Final = (
    Fault.DOWN,
    Fault.HTML_200,
    OparlFault.HTML_200,
    OparlFault.MASS_DISAPPEARANCE,
)


@pytest.fixture(scope="module")
def council(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """Councils alone, without their documents: what every run of the tests has time for."""
    with seen(tmp_path_factory.mktemp("councils")) as made:
        yield made


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    with seen(tmp_path_factory.mktemp("faults")) as made:
        yield made


# Those of the statistics server, which is not one city's.
OF_STATISTICS: Final = {
    Fault.SHIFTED_TABLE,
    Fault.HTML_500,
    Fault.OLD_VINTAGE,
    Fault.TOO_LARGE,
    Fault.JOB_FAILS,
    Fault.BUSY,
    Fault.WIDE_DE,
    Fault.WIDE_EN,
    Fault.QUALITY_COLUMN,
}


def sources_of(fault: StrEnum) -> tuple[str, ...]:
    """The sources that a fault may touch."""
    return tuple(SOURCES) if ENDS[fault].city == "mainz" else ("council", "documents")


def with_fault(world: Seen, fault: StrEnum, sources: Iterable[str]) -> Ran:
    """A run of the city that a fault is for, the fault on for it alone."""
    city = ENDS[fault].city
    of_statistics = fault in OF_STATISTICS
    place = "musterstadt" if city == OPARL else city
    try:
        world.world.faults.on(str(fault) if of_statistics else f"{fault}@{place}")
        if fault is Fault.OUTAGE:
            world.world.faults.on(f"{fault}@statistics")
        return world.run(city, sources)
    finally:
        world.world.faults.clear()


def test_every_fault_has_its_ending() -> None:
    assert set(ENDS) == {*Fault, *OparlFault}


@pytest.mark.parametrize("fault", SHORT, ids=str)
def test_a_council_survives_it_with_the_right_status(council: Seen, fault: StrEnum) -> None:
    survives(council, fault, ("council",))


def test_the_others_go_on_and_the_next_run_mends_it(council: Seen) -> None:
    """A server that is away costs its own city's run and nothing else.

    Before the tests of the other world: from its start on, settings lead to that one.
    """
    only = ("council",)
    council.good("mainz", only)
    council.good(OPARL, only)
    council.world.faults.on("down@mainz")
    try:
        ends = [council.run(city, only).is_success for city in ("mainz", OPARL, "mainz")]
    finally:
        council.world.faults.clear()
    assert ends == [False, True, False]
    said, _ = council.status()
    away, well = (said["sources"][city]["council"] for city in ("mainz", OPARL))
    assert (away["outcome"], well["outcome"]) == ("failed", "ok")
    assert away["good_at"] <= away["since"] <= away["at"]
    assert council.run("mainz", only).is_success
    said, shown = council.status()
    mended = said["sources"]["mainz"]["council"]
    assert (mended["outcome"], mended["where"], mended["problems"]) == ("ok", None, 0)
    assert "failed" not in shown
    assert "All 2 sources were read whole by their last run." in shown


@pytest.mark.long
@pytest.mark.parametrize("fault", ENDS, ids=str)
def test_every_fault_is_survived_with_the_right_status(world: Seen, fault: StrEnum) -> None:
    survives(world, fault, sources_of(fault))


def survives(world: Seen, fault: StrEnum, sources: tuple[str, ...]) -> None:
    """Run with the fault after a good load, and hold everything against what has to be said."""
    ends = ENDS[fault]
    expected = {source: ends.told[source] for source in sources if source in ends.told}
    changed = [source for source in ends.changed if source in sources]
    world.good(ends.city, sources)
    before = rows(ends.city)
    ran = with_fault(world, fault, sources)
    said, shown = world.status()
    found = said["sources"][ends.city]
    assert {source: each["outcome"] for source, each in found.items()} == {
        source: expected[source][0] if source in expected else "ok" for source in sources
    }
    failed = [
        source for source, each in found.items() if each["outcome"] in {"failed", "held back"}
    ]
    assert ran.is_success == (not failed)
    assert len(ran.failed) == len(failed)
    for source, (outcome, what, mend) in expected.items():
        if outcome == "ok":
            continue
        told = found[source]
        assert told["where"]
        assert what in told["what"], told
        assert mend in told["mend"], told
        assert told["good_at"] <= told["since"] <= told["at"]
        # Dagster and the text say the same in one line.
        line = f"{told['where']}: {told['what']} → {told['mend']}"
        name = said["cities"][ends.city]["name"]
        assert f"{outcome}  {name}, {source}, since {told['since'][:16].replace('T', ' ')}" in shown
        assert line in shown
        if outcome == "incomplete":
            passed, severity, description = ran.checks[source]
            assert (passed, severity) == (False, "WARN")
            assert description.startswith(f"{ends.city}: {line}")
            assert ran.metadata[source]["outcome"] == "incomplete"
        else:
            assert any(line in each for each in ran.failed)
    for source in sources:
        if source in ran.metadata and found[source]["outcome"] == "ok":
            assert ran.checks[source][0]
    assert [source for source, each in ran.metadata.items() if each["changed"]] == [
        source for source in ran.metadata if source in changed
    ]
    if not changed:
        assert rows(ends.city) == before
