"""Small XLSX workbooks for tests, made here: cells, merged areas, and what no program writes."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from ingestion.systems._grid import letter

_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def xlsx(
    rows: Sequence[Sequence[object]],
    *,
    sheet: str = "Daten",
    merges: Sequence[str] = (),
    parts: Mapping[str, bytes] | None = None,
    sheet_xml: str | None = None,
) -> bytes:
    """A workbook of one sheet.

    Text goes into the shared strings, numbers into the cells, a ``bytes`` value is
    the cell's XML with ``@cell`` for its name.

    Args:
        rows: The sheet's rows from the first; None is an empty cell.
        sheet: Its name.
        merges: Areas like ``A1:B2``.
        parts: Further members of the package, or others in place of its own.
        sheet_xml: The sheet as it is, instead of ``rows``.
    """
    strings: dict[str, int] = {}
    lines = []
    for number, row in enumerate(rows, start=1):
        cells = [
            _cell(f"{letter(column)}{number}", value, strings)
            for column, value in enumerate(row, start=1)
        ]
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    areas = "".join(f'<mergeCell ref="{area}"/>' for area in merges)
    xml = sheet_xml or (
        f'<worksheet xmlns="{_MAIN}"><dimension ref="A1:XFD1048576"/><sheetData>{"".join(lines)}'
        f"</sheetData>{f'<mergeCells>{areas}</mergeCells>' if areas else ''}</worksheet>"
    )
    texts = "".join(f"<si><t>{escape(text)}</t></si>" for text in strings)
    members = {
        "[Content_Types].xml": b'<Types xmlns="x"/>',
        "xl/workbook.xml": (
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet '
            f'name="{escape(sheet)}" sheetId="1" r:id="rId1"/></sheets></workbook>'
        ).encode(),
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1" '
            'Target="worksheets/sheet1.xml" Type="worksheet"/></Relationships>'
        ).encode(),
        "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}">{texts}</sst>'.encode(),
        "xl/worksheets/sheet1.xml": xml.encode(),
        **(parts or {}),
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, body in members.items():
            member = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            package.writestr(member, body, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def sheet_of(inner: str) -> str:
    """A sheet's XML around its rows."""
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{inner}</sheetData></worksheet>'


def _cell(reference: str, value: object, strings: dict[str, int]) -> str:
    if value is None:
        return f'<c r="{reference}" s="1"/>'
    if isinstance(value, bytes):
        return value.decode().replace("@cell", reference)
    if isinstance(value, int | float):
        return f'<c r="{reference}"><v>{value!r}</v></c>'
    index = strings.setdefault(str(value), len(strings))
    return f'<c r="{reference}" t="s"><v>{index}</v></c>'
