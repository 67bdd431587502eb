import errno
import json
import resource
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pytest
from filelock import FileLock

from indexes import build as building
from indexes.build import BuildError, BuildResult, build
from indexes.passages import passages
from indexes.search import Index

pytestmark = pytest.mark.integration


def files(folder: Path) -> dict[str, bytes]:
    """Every file of the current version but the time of building."""
    found = {}
    current = folder / "current"
    for path in sorted(current.rglob("*")):
        if path.is_file():
            found[str(path.relative_to(current))] = path.read_bytes()
    manifest = json.loads(found["manifest.json"])
    for varying in ("built_at", "version", "texts_vanished"):
        del manifest[varying]
    return found | {"manifest.json": json.dumps(manifest).encode()}


def versions(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "versions").iterdir())


def with_paper(corpus: ModuleType, text: str) -> pa.Table:
    made = corpus.rows()
    made["paper"][0]["main_text"] = text
    return passages(corpus.tables(made))


def test_builds_once_and_then_nothing(corpus: ModuleType, tmp_path: Path) -> None:
    embedder = corpus.CountingEmbedder()
    table = passages(corpus.tables())
    told: list[tuple[int, int, str]] = []
    first = build(table, tmp_path, embedder, lambda *step: told.append(step))
    size = table.num_rows
    assert first == BuildResult(size, size, 0, 0, changed=True, version=1)
    assert (size, size, "embedding passages") in told
    embedder.texts.clear()
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "versions").rglob("*")}
    again = build(passages(corpus.tables()), tmp_path, embedder)
    assert again == BuildResult(size, 0, size, 0, changed=False, version=1)
    assert embedder.texts == []
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "versions").rglob("*")}


def test_embeds_only_what_is_new(corpus: ModuleType, tmp_path: Path) -> None:
    embedder = corpus.CountingEmbedder()
    table = passages(corpus.tables())
    build(table, tmp_path, embedder)
    embedder.texts.clear()
    made = corpus.rows()
    made["document_page"].append(
        {"file_id": "mainz:9101", "city_id": "mainz", "page": 3, "text": "Ganz neue Seite."}
    )
    result = build(passages(corpus.tables(made)), tmp_path, embedder)
    assert result == BuildResult(table.num_rows + 1, 1, table.num_rows, 0, changed=True, version=2)
    assert embedder.texts == ["Ganz neue Seite."]
    assert versions(tmp_path) == ["1", "2"]
    assert (tmp_path / "current").resolve() == tmp_path / "versions" / "2"


def test_keeps_two_versions(corpus: ModuleType, tmp_path: Path) -> None:
    made = corpus.rows()
    for page in range(3, 7):
        made["document_page"].append(
            {"file_id": "mainz:9101", "city_id": "mainz", "page": page, "text": f"Seite {page}"}
        )
        build(passages(corpus.tables(made)), tmp_path, corpus.CountingEmbedder())
    assert versions(tmp_path) == ["3", "4"]


def test_a_withdrawn_text_is_nowhere_afterwards(corpus: ModuleType, tmp_path: Path) -> None:
    canary = "Kanarienvogelstraße"
    build(with_paper(corpus, f"In der {canary} wohnt wer."), tmp_path, corpus.CountingEmbedder())
    assert any(canary.encode() in path.read_bytes() for path in tmp_path.rglob("*.arrow"))
    result = build(passages(corpus.tables()), tmp_path, corpus.CountingEmbedder())
    assert result.removed == 0  # the paper is still there, its text is another
    assert versions(tmp_path) == ["2"]
    for path in tmp_path.rglob("*"):
        if path.is_file():
            raw = path.read_bytes().lower()
            assert canary.encode().lower() not in raw, path
            assert b"kanar" not in raw, path


def test_a_build_killed_behind_the_swap_is_tidied_up_by_the_next(
    corpus: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(with_paper(corpus, "Geht bald wieder."), tmp_path, corpus.CountingEmbedder())
    with monkeypatch.context() as patch:
        patch.setattr(building, "_tidy", lambda *_: None)
        build(passages(corpus.tables()), tmp_path, corpus.CountingEmbedder())
    assert versions(tmp_path) == ["1", "2"]
    assert not build(passages(corpus.tables()), tmp_path, corpus.CountingEmbedder()).changed
    assert versions(tmp_path) == ["2"]


def test_a_killed_build_goes_on_where_it_was(
    corpus: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "_BATCH", 5)
    table = passages(corpus.tables())

    class Dying(corpus.CountingEmbedder):  # type: ignore[name-defined,misc]
        def passages(self, texts: Any) -> Any:
            if len(self.texts) >= 10:
                raise KeyboardInterrupt
            return super().passages(texts)

    with pytest.raises(KeyboardInterrupt):
        build(table, tmp_path, Dying())
    embedder = corpus.CountingEmbedder()
    result = build(table, tmp_path, embedder)
    assert (result.embedded, result.reused) == (table.num_rows - 10, 10)
    undisturbed = tmp_path / "undisturbed"
    build(table, undisturbed, corpus.CountingEmbedder())
    assert files(tmp_path) == files(undisturbed)


@pytest.mark.parametrize("module", ["dense", "lexical.Lexical"])
def test_a_full_disk_leaves_the_old_index(
    module: str, corpus: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(passages(corpus.tables()), tmp_path, corpus.CountingEmbedder())
    before = files(tmp_path)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(f"indexes.{module}.{'write' if module == 'dense' else 'save'}", full)
    with pytest.raises(BuildError, match=r"No space left.*untouched.*make room"):
        build(with_paper(corpus, "Neuer Text."), tmp_path, corpus.CountingEmbedder())
    assert files(tmp_path) == before
    assert versions(tmp_path) == ["1"]


_CHILD = """
import importlib.util, resource, signal, sys
from pathlib import Path
corpus_path, folder, limit = sys.argv[1:]
spec = importlib.util.spec_from_file_location("corpus", corpus_path)
corpus = importlib.util.module_from_spec(spec)
spec.loader.exec_module(corpus)
from indexes.build import BuildError, build
from indexes.passages import passages
made = corpus.rows()
made["paper"][0]["main_text"] = " ".join(f"Wort{number}" for number in range(4000))
table = passages(corpus.tables(made))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
try:
    build(table, Path(folder), corpus.CountingEmbedder())
except BuildError as error:
    print(error)
    sys.exit(7)
"""


@pytest.mark.parametrize("limit", [20_000, 40_000, 80_000])
def test_a_real_write_error_leaves_the_old_index(
    limit: int, corpus: ModuleType, tmp_path: Path
) -> None:
    build(passages(corpus.tables()), tmp_path, corpus.CountingEmbedder())
    before = files(tmp_path)
    assert corpus.__file__
    child = subprocess.run(
        [sys.executable, "-c", _CHILD, corpus.__file__, str(tmp_path), str(limit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 7, child.stderr
    assert "untouched" in child.stdout
    assert files(tmp_path) == before
    assert versions(tmp_path) == ["1"]
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


def test_two_builds_at_once_are_refused(corpus: ModuleType, tmp_path: Path) -> None:
    with (
        FileLock(tmp_path / "lock"),
        pytest.raises(BuildError, match="another build"),
    ):
        build(passages(corpus.tables()), tmp_path, corpus.CountingEmbedder())


def test_other_columns_are_refused(corpus: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="columns"):
        build(pa.table({"text": ["x"]}), tmp_path, corpus.CountingEmbedder())


@pytest.mark.parametrize(("limits", "kind"), [((5, 100), "sq8"), ((5, 6), "hnsw")])
def test_a_bigger_index_answers_the_same(
    limits: tuple[int, int], kind: str, corpus: ModuleType, tmp_path: Path
) -> None:
    table, embedder = passages(corpus.tables()), corpus.CountingEmbedder()
    build(table, tmp_path / "flat", embedder)
    build(table, tmp_path / kind, embedder, flat_up_to=limits[0], sq8_up_to=limits[1])
    flat, other = Index.open(tmp_path / "flat", embedder), Index.open(tmp_path / kind, embedder)
    assert (flat.manifest["dense"], other.manifest["dense"]) == ("flat", kind)
    for query in ("Fahrradstraße", "Wärme im Stadtteil", "Haushalt 2027"):
        wanted = [hit.passage_id for hit in flat.search(query, k=20).hits]
        assert [hit.passage_id for hit in other.search(query, k=20).hits] == wanted


def test_an_empty_table_is_an_index_without_hits(corpus: ModuleType, tmp_path: Path) -> None:
    embedder = corpus.CountingEmbedder()
    result = build(passages({}), tmp_path, embedder)
    assert (result.total, result.changed) == (0, True)
    answer = Index.open(tmp_path, embedder).search("Radweg")
    assert (answer.hits, answer.has_words) == ((), False)
