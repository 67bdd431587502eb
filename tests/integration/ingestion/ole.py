"""Writes OLE files (compound files, version 3) as Outlook and the old Office do."""

import struct
from collections.abc import Mapping

Tree = Mapping[str, "bytes | Tree"]
"""Names of streams with their bytes, and of storages with what is in them."""

OUTLOOK = bytes.fromhex("0b0d020000000000c000000000000046")
_SECTOR, _MINI, _LEAST = 512, 64, 4096
_END, _FREE, _FAT, _NONE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFF


def written(tree: Tree, root_class: bytes = bytes(16)) -> bytes:
    """A file with these streams; small ones lie in the mini stream, as the format wants it."""
    entries: list[tuple[str, int, bytes | None, int]] = [("Root Entry", 5, None, _NONE)]
    siblings: dict[int, int] = {}
    _listed(tree, 0, entries, siblings)
    mini, mini_table, sectors, table = bytearray(), [], bytearray(), []
    places = [
        _placed(data, mini, mini_table, _MINI)
        if data is not None and len(data) < _LEAST
        else _placed(data, sectors, table, _SECTOR)
        for _, _, data, _ in entries
    ]
    places[0] = _placed(bytes(mini), sectors, table, _SECTOR)
    directory = b"".join(
        _entry(entry, siblings.get(at, _NONE))
        + (root_class if at == 0 else bytes(16))
        + struct.pack("<IQQIII", 0, 0, 0, places[at], len(mini if at == 0 else entry[2] or b""), 0)
        for at, entry in enumerate(entries)
    )
    directory_at = _placed(directory, sectors, table, _SECTOR)
    mini_bytes = struct.pack(f"<{len(mini_table)}I", *mini_table)
    mini_at = _placed(mini_bytes, sectors, table, _SECTOR, b"\xff")
    count = 1
    while (len(table) + count) * 4 > count * _SECTOR:
        count += 1
    fat_at = len(table)
    table += [_FAT] * count
    table += [_FREE] * (-len(table) % (_SECTOR // 4))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6xIII", 0x3E, 3, 0xFFFE, 9, 6, 0, count, directory_at)
    header += struct.pack("<IIIIII", 0, _LEAST, mini_at, -(-len(mini_bytes) // _SECTOR), _END, 0)
    header += struct.pack("<109I", *[*range(fat_at, fat_at + count), *[_FREE] * (109 - count)])
    return header + bytes(sectors) + struct.pack(f"<{len(table)}I", *table)


def _listed(
    tree: Tree,
    parent: int,
    entries: list[tuple[str, int, bytes | None, int]],
    siblings: dict[int, int],
) -> None:
    """Put a storage's children into the directory, each the next one's right sibling."""
    before = _NONE
    for name in sorted(tree, key=lambda each: (len(each), each.upper())):
        value, at = tree[name], len(entries)
        entries.append((name, 2 if isinstance(value, bytes) else 1, None, _NONE))
        if before == _NONE:
            entries[parent] = (*entries[parent][:3], at)
        else:
            siblings[before] = at
        before = at
        if isinstance(value, bytes):
            entries[at] = (name, 2, value, _NONE)
        else:
            _listed(value, at, entries, siblings)


def _placed(
    data: bytes | None, room: bytearray, table: list[int], size: int, filler: bytes = b"\0"
) -> int:
    """Append data in whole sectors, chain them in the table; the first one's number."""
    if not data:
        return _END
    first, count = len(table), -(-len(data) // size)
    table += [*range(first + 1, first + count), _END]
    room += data + filler * (-len(data) % size)
    return first


def _entry(entry: tuple[str, int, bytes | None, int], sibling: int) -> bytes:
    """A directory entry up to its class."""
    name, kind, _, child = entry
    wide = name.encode("utf-16-le") + b"\0\0"
    return struct.pack("<64sHBBIII", wide, len(wide), kind, 1, _NONE, sibling, child)


def message(
    subject: str, text: str, attached: Mapping[str, "bytes | Tree"], html: bytes | None = None
) -> Tree:
    """A message with what is attached: files, or messages."""
    told: dict[str, bytes | Tree] = {
        "__properties_version1.0": bytes(32),
        "__substg1.0_0037001F": subject.encode("utf-16-le"),
        "__substg1.0_0C1F001F": "absender@example.org".encode("utf-16-le"),
    }
    if text:
        told["__substg1.0_1000001F"] = text.encode("utf-16-le")
    if html:
        told["__substg1.0_10130102"] = html
    for number, (name, inner) in enumerate(attached.items()):
        kind = "0102" if isinstance(inner, bytes) else "000D"
        told[f"__attach_version1.0_#{number:08X}"] = {
            "__properties_version1.0": bytes(8),
            "__substg1.0_3707001F": name.encode("utf-16-le"),
            f"__substg1.0_3701{kind}": inner,
        }
    return told
