"""One file that holds a whole portal: what lies in it, checked byte by byte before it is used.

A tar file with ``manifest.json`` first: format, CKAN's version, moment, and size and SHA-256 of
every other member. Nothing of it is believed before all sums are right.
"""

import datetime as dt
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from catalog.portal.errors import PortalError

FORMAT: Final = 1
DATABASES: Final = ("ckan.dump", "datastore.dump")
KEPT: Final = "kept.json"
"""What must outlive the portal's own folder: the key that signs tokens, and the token."""
STORAGE: Final = "storage/"
_MANIFEST: Final = "manifest.json"
_LARGEST_MANIFEST: Final = 200 * 2**20
_BLOCK: Final = 2**20


@dataclass(frozen=True)
class Manifest:
    """What an archive says of itself.

    Attributes:
        created: When it was made, UTC.
        ckan: CKAN's version.
        members: Size in bytes and SHA-256 by name.
    """

    created: dt.datetime
    ckan: str
    members: Mapping[str, tuple[int, str]]


def write(target: Path, files: Mapping[str, Path], ckan: str) -> Manifest:
    """Write an archive with mode 0600; it appears by one rename, whole.

    Args:
        target: Where to; an existing file is replaced.
        files: File by member name.
        ckan: CKAN's version.

    Raises:
        PortalError: It cannot be written there.
    """
    members = {name: _sum(path) for name, path in sorted(files.items())}
    manifest = Manifest(dt.datetime.now(dt.UTC).replace(microsecond=0), ckan, members)
    beside = target.with_name(f"{target.name}.new")
    try:
        beside.unlink(missing_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as out, tarfile.open(fileobj=out, mode="w") as tar:
            _add(tar, _MANIFEST, _json(manifest))
            for name in members:
                with files[name].open("rb") as file:
                    info = tarfile.TarInfo(name)
                    info.size, info.mode = members[name][0], 0o600
                    tar.addfile(info, file)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(target)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise PortalError(f"{target}: {error} → name a place with room and rights") from error
    return manifest


def read(source: Path, into: Path) -> Manifest:
    """Unpack an archive into an empty folder, and believe it only when every sum is right.

    Args:
        source: The archive.
        into: An empty folder; after an error it may hold a part.

    Raises:
        PortalError: It is no archive of ours, is cut short or changed, or names places outside.
    """
    try:
        with tarfile.open(source, "r:") as tar:
            manifest = _manifest(tar, source)
            found = dict(_unpacked(tar, into, manifest, source))
    except (OSError, tarfile.TarError) as error:
        raise _broken(source, str(error)) from error
    wrong = sorted(name for name, sums in manifest.members.items() if found.get(name) != sums)
    if wrong:
        raise _broken(source, f"{len(wrong)} members are missing or changed, first {wrong[0]}")
    return manifest


def _manifest(tar: tarfile.TarFile, source: Path) -> Manifest:
    first = tar.next()
    if first is None or first.name != _MANIFEST or first.size > _LARGEST_MANIFEST:
        raise _broken(source, "it does not begin with a manifest")
    file = tar.extractfile(first)
    try:
        told: dict[str, Any] = json.loads(file.read() if file else b"")
        if told["format"] != FORMAT:
            raise PortalError(
                f"{source}: format {told['format']}, this version reads {FORMAT}"
                " → restore it with the version that made it"
            )
        members = {str(name): (int(size), str(sha)) for name, (size, sha) in told["files"].items()}
        created = dt.datetime.fromisoformat(told["created"])
        manifest = Manifest(created, str(told["ckan"]), members)
    except (ValueError, KeyError, TypeError) as error:
        raise _broken(source, "its manifest cannot be read") from error
    if lacking := sorted({*DATABASES, KEPT} - set(members)):
        raise _broken(source, f"it lacks {', '.join(lacking)}")
    return manifest


def _unpacked(
    tar: tarfile.TarFile, into: Path, manifest: Manifest, source: Path
) -> Iterator[tuple[str, tuple[int, str]]]:
    for member in tar:
        if member.name == _MANIFEST:
            continue
        target = into / member.name
        if member.name not in manifest.members or not member.isreg() or not _inside(target, into):
            raise _broken(source, f"{member.name} does not belong into it")
        target.parent.mkdir(parents=True, exist_ok=True)
        file = tar.extractfile(member)
        if file is not None:
            with target.open("xb") as out:
                yield member.name, _copied(file, out)


def _inside(path: Path, folder: Path) -> bool:
    return Path(os.path.normpath(path)).is_relative_to(folder) and ".." not in path.parts


def _copied(file: Any, out: BinaryIO) -> tuple[int, str]:
    sha, size = hashlib.sha256(), 0
    while block := file.read(_BLOCK):
        sha.update(block)
        size += len(block)
        out.write(block)
    return size, sha.hexdigest()


def _sum(path: Path) -> tuple[int, str]:
    with path.open("rb") as file, open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device
        return _copied(file, nowhere)


def _json(manifest: Manifest) -> bytes:
    told = {
        "format": FORMAT,
        "created": manifest.created.isoformat(),
        "ckan": manifest.ckan,
        "files": manifest.members,
    }
    return json.dumps(told, indent=1).encode()


def _add(tar: tarfile.TarFile, name: str, body: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(body), 0o600
    tar.addfile(info, io.BytesIO(body))


def _broken(source: Path, what: str) -> PortalError:
    return PortalError(f"{source} is no whole backup: {what} → take another one; nothing changed")
