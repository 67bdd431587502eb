"""Bytes by their hash, in a folder and in a bucket-like file system."""

import hashlib
from pathlib import Path

import pytest

from ingestion.blobs import BlobError, Blobs

pytestmark = pytest.mark.integration
DATA = b"Vorlage"
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(params=["folder", "bucket"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    bucket = f"memory://{tmp_path.name}/blobs"
    return Blobs(tmp_path / "blobs" if request.param == "folder" else bucket)


def test_put_has_get_delete(blobs: Blobs) -> None:
    assert not blobs.has(SHA256)
    assert blobs.put(DATA) == SHA256
    assert blobs.put(DATA) == SHA256
    assert blobs.has(SHA256)
    assert blobs.get(SHA256) == DATA
    blobs.delete(SHA256)
    blobs.delete(SHA256)
    assert not blobs.has(SHA256)
    with pytest.raises(BlobError, match="no such blob → fetch its URL again"):
        blobs.get(SHA256)


def test_an_empty_answer_is_a_blob_too(blobs: Blobs) -> None:
    assert blobs.get(blobs.put(b"")) == b""


def test_a_damaged_blob_is_refused_and_healed(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    blobs.put(DATA)
    path = tmp_path / SHA256[:2] / SHA256[2:4] / SHA256
    path.write_bytes(b"Vor")
    with pytest.raises(BlobError, match="damaged"):
        blobs.get(SHA256)
    blobs.put(DATA)
    assert blobs.get(SHA256) == DATA


def test_a_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        Blobs(tmp_path).put(DATA)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("key", ["../../etc/passwd", "", "A" * 64, SHA256[:-1], SHA256 + "\n"])
def test_only_a_hash_is_a_key(tmp_path: Path, key: str) -> None:
    with pytest.raises(BlobError, match="not a SHA-256"):
        Blobs(tmp_path).get(key)
