"""A backup is whole or it is refused, and nothing in it can reach outside its folder."""

import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from catalog.portal import PortalError, archive

CONTENT = {"ckan.dump": b"main", "datastore.dump": b"rows", "kept.json": b"{}", "storage/a": b"\0"}


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    files: dict[str, Path] = {}
    for name, body in CONTENT.items():
        files[name] = tmp_path / "from" / name
        files[name].parent.mkdir(parents=True, exist_ok=True)
        files[name].write_bytes(body)
    archive.write(tmp_path / "portal.tar", files, "2.12.0")
    return tmp_path / "portal.tar"


@pytest.fixture
def into(tmp_path: Path) -> Path:
    folder = tmp_path / "into"
    folder.mkdir()
    return folder


def test_what_was_written_is_read_and_private(whole: Path, into: Path) -> None:
    manifest = archive.read(whole, into)

    assert whole.stat().st_mode & 0o777 == 0o600
    assert manifest.ckan == "2.12.0"
    assert {name: (into / name).read_bytes() for name in manifest.members} == CONTENT
    assert list(whole.parent.glob("*.new")) == []


def _cut(body: bytes) -> bytes:
    return body[: len(body) // 3]


def _flipped(body: bytes) -> bytes:
    return body.replace(b"rows", b"rowz")


def _empty(_: bytes) -> bytes:
    return b""


def _no_tar(_: bytes) -> bytes:
    return b"PK\x03\x04" * 300


@pytest.mark.parametrize("broken", [_cut, _flipped, _empty, _no_tar])
def test_a_broken_one_is_refused(broken: Callable[[bytes], bytes], whole: Path, into: Path) -> None:
    whole.write_bytes(broken(whole.read_bytes()))

    with pytest.raises(PortalError, match="no whole backup"):
        archive.read(whole, into)


@pytest.mark.parametrize("name", ["../outside", "/tmp/outside", "storage/../../outside"])
def test_a_name_outside_is_refused(name: str, tmp_path: Path, into: Path) -> None:
    _forged(tmp_path / "forged.tar", CONTENT | {name: b"x"})

    with pytest.raises(PortalError, match="does not belong into it"):
        archive.read(tmp_path / "forged.tar", into)

    assert not (tmp_path / "outside").exists()


def test_one_of_a_later_format_says_so(tmp_path: Path, into: Path) -> None:
    _forged(tmp_path / "later.tar", CONTENT, format_=archive.FORMAT + 1)

    with pytest.raises(PortalError, match="restore it with the version that made it"):
        archive.read(tmp_path / "later.tar", into)


def test_one_without_a_database_is_refused(tmp_path: Path, into: Path) -> None:
    _forged(tmp_path / "half.tar", {k: v for k, v in CONTENT.items() if k != "datastore.dump"})

    with pytest.raises(PortalError, match=r"lacks datastore\.dump"):
        archive.read(tmp_path / "half.tar", into)


def _forged(target: Path, content: dict[str, bytes], format_: int = archive.FORMAT) -> None:
    sums = {name: (len(body), hashlib.sha256(body).hexdigest()) for name, body in content.items()}
    told = {"format": format_, "created": "2026-11-27", "ckan": "2.12.0", "files": sums}
    with tarfile.open(target, "w") as tar:
        for name, body in {"manifest.json": json.dumps(told).encode(), **content}.items():
            info = tarfile.TarInfo(name)
            info.size = len(body)
            tar.addfile(info, io.BytesIO(body))
