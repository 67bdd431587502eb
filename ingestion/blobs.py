"""Bytes by their hash: every answer and every file, once, in a folder or a bucket.

A blob is written beside its place and renamed into it, so a killed run leaves no half blob; what is
read is hashed again, so a damaged one is never used.
"""

import hashlib
import os
import re
import uuid
from pathlib import Path
from typing import Any, Final

import fsspec
from fsspec.implementations.local import LocalFileSystem

_SHA256: Final = re.compile(r"[0-9a-f]{64}")


class BlobError(RuntimeError):
    """A blob is missing or damaged; the message names it and the mend."""


class Blobs:
    """A content-addressed store below one folder or ``s3://bucket/prefix``.

    The path of a blob is ``<root>/ab/cd/<sha256>``: 65,536 folders, so 350,000 files and as many
    pages stay listable on every file system.
    """

    def __init__(self, root: str | Path, **options: Any) -> None:
        """Open (and for a local folder, make) the store.

        Args:
            root: A folder or any address fsspec knows.
            options: What fsspec needs to open it, e.g. ``endpoint_url``.
        """
        self._fs, self._root = fsspec.core.url_to_fs(str(root), **options)
        self._is_local = isinstance(self._fs, LocalFileSystem)

    def put(self, data: bytes) -> str:
        """Keep bytes; those that are there already are not written again.

        Returns:
            Their SHA-256, 64 hex digits, which is the key for everything else here.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        path = self._path(sha256)
        if self._fs.exists(path) and self._fs.size(path) == len(data):
            return sha256
        if self._is_local:
            self._put_local(Path(path), data)
        else:
            # An object store shows an object only when all of it has arrived.
            self._fs.pipe_file(path, data)
        return sha256

    @staticmethod
    def _put_local(path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{os.getpid()}.{uuid.uuid4().hex}")
        try:
            beside.write_bytes(data)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)

    def get(self, sha256: str) -> bytes:
        """The bytes of a hash.

        Raises:
            BlobError: There is no such blob, or its bytes have another hash.
        """
        path = self._path(sha256)
        try:
            data: bytes = self._fs.cat_file(path)
        except FileNotFoundError:
            message = f"{path}: no such blob → fetch its URL again"
            raise BlobError(message) from None
        if hashlib.sha256(data).hexdigest() != sha256:
            raise BlobError(f"{path}: damaged (its bytes have another hash) → fetch its URL again")
        return data

    def has(self, sha256: str) -> bool:
        """Whether a blob of this hash is there (its bytes are only checked by ``get``)."""
        return bool(self._fs.exists(self._path(sha256)))

    def delete(self, sha256: str) -> None:
        """Remove a blob; one that is not there is fine (a purge may be run twice)."""
        path = self._path(sha256)
        if self._fs.exists(path):
            self._fs.rm_file(path)

    def _path(self, sha256: str) -> str:
        # Hashes come back from tables and arguments: nothing else may become a path.
        if not _SHA256.fullmatch(sha256):
            raise BlobError(f"{sha256!r}: not a SHA-256 → pass 64 lower-case hex digits")
        return f"{self._root}/{sha256[:2]}/{sha256[2:4]}/{sha256}"
