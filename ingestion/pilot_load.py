"""A city's pilot reports into the raw layer: through the privacy gate, with history and tombstones.

The folder is the source's own word: a file that is gone is a report that was deleted. One that is
not valid is still there: its last good version stays, and the run tells what is wrong with it.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from ingestion import pilot
from ingestion.absence import drops
from ingestion.bookkeeping import Crawl, columns_of
from ingestion.city import City, CityProblem
from ingestion.city_model import CITIES
from ingestion.http import Problem
from ingestion.pilot_model import PILOTS, PilotReport
from ingestion.privacy import Gate
from ingestion.record import Record, Tombstone
from ingestion.store import DropError, LoadResult, Store
from ingestion.tables import table_name

_KIND: Final = PilotReport.object_type
# What is written freely, in the order in which the gate reads it.
_TEXTS: Final = ("title", *pilot.SECTIONS.values())


@dataclass(frozen=True)
class PilotsResult:
    """What a load of a city's reports did.

    Attributes:
        load: What was written.
        reports: Reports that are there and may be shown.
        left_out: Names of files that do not belong here: invented ones in production, true ones in
            the sample world.
        problems: What is wrong with the others.
    """

    load: LoadResult
    reports: int
    left_out: tuple[str, ...]
    problems: tuple[Problem, ...]

    @property
    def changed(self) -> int:
        """Reports that are new, changed or gone."""
        return sum(each.new + each.changed + each.removed for each in self.load.counts.values())


@dataclass
class _Found:
    """What the folder holds."""

    reports: list[PilotReport] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    # Files that are there, but cannot be shown as they are.
    unread: set[str] = field(default_factory=set)
    quarantined: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)


def load_pilots(
    city: City, store: Store, cities: Path = CITIES, *, accept_drop: bool = False
) -> PilotsResult:
    """Read, check, redact and load the reports of a city.

    Args:
        city: The city; where its content is the sample world's, only invented reports are loaded,
            and nowhere else are they.
        store: The city's store.
        cities: The folder of the city files.
        accept_drop: Load although many of the known reports are gone.

    Returns:
        What was done. A report with a problem keeps its last good version; one that the city's
        policy quarantines has none.

    Raises:
        DropError: More than a tenth (and more than five) of the known reports are gone at once;
            nothing was written.
        LoadError: The lake could not be written.
    """
    found = _found(city, cities)
    known = _known(store)
    there = {report.id for report in found.reports} | found.unread | found.quarantined
    gone = known - there
    if not accept_drop and (few := drops({_KIND: known}, {_KIND: gone} if gone else {})):
        lost, all_ = few[_KIND]
        raise DropError(
            f"{city.id}: {lost} of {all_} pilot reports are gone from "
            f"{pilot.folder_of(city.id, cities)} → nothing was written; see whether SEEHAUS_CITIES "
            f"names the right folder, and only if they are really gone run `seehaus run --city "
            f"{city.id} --accept-drop`"
        )
    crawl = Crawl(PILOTS, accept_drop=accept_drop)
    crawl.problems = [asdict(each) for each in found.problems]
    crawl.is_complete = not found.problems
    crawl.retire = {(_KIND, id_) for id_ in found.quarantined}
    loaded = store.load(PILOTS, _records(city, found.reports, gone), crawl=crawl)
    return PilotsResult(loaded, len(found.reports), tuple(found.left_out), tuple(found.problems))


def _found(city: City, cities: Path) -> _Found:
    found = _Found()
    gate = Gate.of(city)
    for path in pilot.paths(city.id, cities):
        try:
            report = pilot.read(path, city)
        except pilot.PilotError as error:
            found.unread.add(path.stem)
            found.problems += [_problem(each) for each in error.problems]
            continue
        if report.is_example != city.is_sample:
            found.left_out.append(path.name)
            continue
        shown, kinds = _gated(report, gate)
        if shown is not None:
            found.reports.append(shown)
        else:
            found.quarantined.add(report.id)
            what = f"holds what the city's policy quarantines ({', '.join(kinds)})"
            found.problems.append(Problem(str(path), what, "write the report without it"))
    return found


def _problem(found: CityProblem) -> Problem:
    name = f"{found.field}: " if found.field else ""
    return Problem(f"{found.file}:{found.line}:{found.column}", f"{name}{found.what}", found.mend)


def _gated(report: PilotReport, gate: Gate) -> tuple[PilotReport | None, tuple[str, ...]]:
    """The report with personal data taken out; None where somebody must look first."""
    texts = {name: text for name in _TEXTS if (text := getattr(report, name)) is not None}
    gated = gate.redact(list(texts.values()))
    if gated.is_quarantined:
        return None, tuple(gated.hits)
    clean = dict(zip(texts, gated.pages, strict=True))
    return report.model_copy(update={**clean, "is_redacted": gated.is_redacted}), ()


def _known(store: Store) -> set[str]:
    """The reports that the lake shows now."""
    table = table_name(PILOTS, _KIND)
    with store.read() as con:
        if table not in columns_of(con, store.schema):
            return set()
        rows = con.execute(
            f"SELECT id FROM {store.schema}.{table} WHERE _dlt_valid_to IS NULL"  # noqa: S608 - names are ours
        ).fetchall()
    return {id_ for (id_,) in rows}


def _records(city: City, reports: list[PilotReport], gone: set[str]) -> Iterator[Record]:
    yield from reports
    for id_ in sorted(gone):
        yield Tombstone(
            id=f"{_KIND}:{id_}",
            url=str(city.website),
            deleted_object_type=_KIND,
            deleted_id=id_,
            reason="deleted",
        )
