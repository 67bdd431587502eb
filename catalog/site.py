"""The static catalogue: DCAT-AP.de, the data sets' files and one page, in one folder.

It needs no CKAN, only a web server. The folder's name is a link to a version beside it; a new
version is built whole and the link is turned in one step, so a reader never sees a half. Files
that did not change are hard links to the version before.
"""

import datetime as dt
import os
import re
import shutil
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from html import escape
from importlib.resources import files as package_files
from pathlib import Path
from typing import Final

import jinja2
import pyarrow.parquet as pq
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS, RDF, SKOS
from rdflib.term import Node

from catalog import croissant, dcat, versions
from catalog.dataset import Agent, DataSet

_ALL: Final = "Alle Städte"
_CHANGES: Final = "AENDERUNGEN.md"
_VERSION: Final = re.compile(r"[0-9a-f]{16}")


class SiteError(RuntimeError):
    """The folder cannot be written as a catalogue; names it and the mend."""


@dataclass(frozen=True, slots=True)
class SiteResult:
    """What was written.

    Attributes:
        changed: False where the folder already said exactly this.
        kept: Blocked data sets that stay as they were.
        retired: Those whose city has left: they stay, with a notice.
    """

    folder: Path
    changed: bool
    datasets: int
    kept: tuple[str, ...]
    retired: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Entry:
    """One data set in the new version: its files by name, and its graph."""

    name: str
    contents: dict[str, bytes]
    graph: Graph


def write(
    datasets: Iterable[DataSet],
    folder: Path,
    *,
    base_url: str,
    blocked: Collection[tuple[str, str]] = (),
    today: dt.date | None = None,
) -> SiteResult:
    """Write the catalogue unless it is there already.

    Args:
        datasets: Empty ones are left out: what was withdrawn is gone.
        folder: ``catalog.ttl``, ``catalog.jsonld``, ``index.html``, ``dataset/<name>/…`` and
            ``series/<name>/series.ttl`` appear in it. It must not exist yet or be ours.
        base_url: Where the folder will be served.
        blocked: City and table whose checks failed; their last version is taken over.
        today: The day that changes are noted under; by default today's, in UTC.

    Raises:
        SiteError: There is something else at ``folder``.
    """
    if folder.exists() and not folder.is_symlink():
        message = f"{folder}: is no catalogue of ours → move it away, or name another folder"
        raise SiteError(message)
    entries, kept, made, places = [], [], set(), set()
    for dataset in datasets:
        made.add(dataset.name)
        places |= {place.uri for place in dataset.places}
        if _is_blocked(dataset, blocked):
            entry = _earlier(folder, dataset.name)
            kept.append(dataset.name)
        else:
            noted = _noted(dataset, folder, today or dt.datetime.now(dt.UTC).date())
            entry = _entry(noted, base_url) if dataset.rows.num_rows else None
        if entry is not None:
            entries.append(entry)
    retired = list(_retired(folder, made, places))
    entries += retired
    contents = dict(_contents(entries, base_url))
    version = _version(contents)
    target = folder.with_name(f".{folder.name}-{version}")
    changed = not (folder.is_symlink() and folder.readlink().name == target.name)
    if changed:
        _build(contents, target, folder)
        _turn(folder, target)
    _sweep(folder, target)
    left = tuple(entry.name for entry in retired)
    return SiteResult(folder, changed, len(entries), tuple(kept), left)


def _is_blocked(dataset: DataSet, blocked: Collection[tuple[str, str]]) -> bool:
    if dataset.city_id is not None:
        return (dataset.city_id, dataset.table.name) in blocked
    return any(table == dataset.table.name for _, table in blocked)


def _entry(dataset: DataSet, base_url: str) -> _Entry:
    graph = dcat.dataset_graph(dataset, base_url)
    contents = {file.file_name: file.body for file in dataset.distributions}
    address = str(dcat.dataset_uri(base_url, dataset.name))
    contents[dcat.CROISSANT] = croissant.croissant_bytes(dataset, address)
    contents[_CHANGES] = f"{dataset.version_notes}\n".encode()
    contents["dataset.ttl"] = dcat.turtle(graph)
    return _Entry(dataset.name, contents, graph)


def _noted(dataset: DataSet, folder: Path, today: dt.date) -> DataSet:
    """The data set with what changed since the version that lies there."""
    path = folder / "dataset" / dataset.name / f"{dataset.name}.parquet"
    base = pq.read_table(path) if path.is_file() else None
    earlier = changes_of(folder, dataset.name)
    notes = versions.notes(earlier, base, dataset.rows, dataset.table.keys, today)
    return replace(dataset, version_notes=notes)


def changes_of(folder: Path, name: str) -> str:
    """What the catalogue says of a data set's changes; empty where it has no such data set."""
    path = folder / "dataset" / name / _CHANGES
    return path.read_text("utf-8").rstrip("\n") if path.is_file() else ""


def _earlier(folder: Path, name: str) -> _Entry | None:
    """A data set as the current version has it."""
    here = folder / "dataset" / name
    if not here.is_dir():
        return None
    contents = {path.name: path.read_bytes() for path in sorted(here.iterdir())}
    graph = dcat.new_graph().parse(data=contents["dataset.ttl"], format="turtle")
    return _Entry(name, contents, graph)


def _retired(folder: Path, made: Collection[str], places: Collection[str]) -> Iterator[_Entry]:
    """The data sets of cities that left, as they were last, with a notice."""
    if not places:
        return
    for name in sorted(path.name for path in (folder / "dataset").glob("*")):
        entry = None if name in made else _earlier(folder, name)
        if entry is None or any(uri in places for uri in dcat.places_of(entry.graph)):
            continue
        dcat.retire(entry.graph)
        entry.contents["dataset.ttl"] = dcat.turtle(entry.graph)
        yield entry


def _contents(entries: list[_Entry], base_url: str) -> Iterator[tuple[str, bytes]]:
    for entry in entries:
        for name, body in entry.contents.items():
            yield f"dataset/{entry.name}/{name}", body
    publisher = Agent("Seehaus, offene Daten der Städte", base_url)
    catalogue = dcat.catalogue_graph((entry.graph for entry in entries), base_url, publisher)
    for name, graph in dcat.series_graphs(catalogue):
        yield f"series/{name}/series.ttl", dcat.turtle(graph)
    yield "catalog.ttl", dcat.turtle(catalogue)
    yield "catalog.jsonld", dcat.json_ld(catalogue)
    yield "index.html", _page(entries)


def _page(entries: list[_Entry]) -> bytes:
    rows = []
    for entry in entries:
        (node,) = entry.graph.subjects(RDF.type, DCAT.Dataset)
        titles = entry.graph.objects(node, DCTERMS.title)
        notes = str(entry.graph.value(node, DCTERMS.description))
        rows.append(
            {
                "name": entry.name,
                "title": _german(titles),
                "whom": _whom(entry.graph),
                "paragraphs": [_bold(text) for text in notes.split("\n\n")[:3]],
                "files": [
                    (name, len(body))
                    for name, body in entry.contents.items()
                    if name != "dataset.ttl"
                ],
            }
        )
    source = (package_files("catalog") / "index.html.jinja").read_text("utf-8")
    template = jinja2.Environment(autoescape=True).from_string(source)
    return template.render(title=dcat.TITLE, description=dcat.DESCRIPTION, rows=rows).encode()


def _whom(graph: Graph) -> str:
    """The city that a data set is of, or all of them."""
    places = list(dcat.places_of(graph))
    if len(places) != 1:
        return _ALL
    return str(graph.value(URIRef(places[0]), SKOS.prefLabel))


def _german(texts: Iterable[Node]) -> str:
    return next(str(one) for one in texts if isinstance(one, Literal) and one.language == "de")


def _bold(markdown: str) -> str:
    """Our own Markdown, of which only bold and links occur, as safe HTML."""
    text = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", escape(markdown))
    return re.sub(r"\[([^\]]+)\]\((https?://[^)\s]+)\)", r'<a href="\2">\1</a>', text)


def _version(contents: dict[str, bytes]) -> str:
    digest = sha256()
    for name in sorted(contents):
        digest.update(f"{name}\0{sha256(contents[name]).hexdigest()}\n".encode())
    return digest.hexdigest()[:16]


def _build(contents: dict[str, bytes], target: Path, current: Path) -> None:
    beside = target.with_name(f"{target.name}.{os.getpid()}.tmp")
    shutil.rmtree(beside, ignore_errors=True)
    for name, body in contents.items():
        path, before = beside / name, current / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if before.is_file() and before.read_bytes() == body:
            os.link(before.resolve(), path)
        else:
            path.write_bytes(body)
    if target.exists():
        # A version that an ended run built, but did not turn to.
        shutil.rmtree(target)
    beside.rename(target)


def _turn(folder: Path, target: Path) -> None:
    link = folder.with_name(f".{folder.name}.{os.getpid()}.link")
    link.unlink(missing_ok=True)
    link.symlink_to(target.name)
    link.replace(folder)


def _sweep(folder: Path, target: Path) -> None:
    """Remove earlier versions and what ended runs left: withdrawn rows must be gone."""
    for path in folder.parent.glob(f".{folder.name}*"):
        rest = path.name.removeprefix(f".{folder.name}")
        is_version = rest.startswith("-") and _VERSION.match(rest[1:])
        if path == target or not (is_version or rest.endswith(".link")):
            continue
        if path.is_symlink():
            path.unlink()
        else:
            shutil.rmtree(path)
