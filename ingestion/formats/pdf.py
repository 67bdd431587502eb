"""PDF by pdfium: text in reading order, and pictures of pages for the recognition."""

import itertools
import math
from statistics import median
from typing import Final

import pypdfium2
from pypdfium2 import raw

from ingestion.formats import Budget, Content, Page, ProtectedError, UnreadableError, ocr
from ingestion.formats.kinds import PDF

Rect = tuple[float, float, float, float]
"""Left, bottom, right, top, in points from the page's lower left corner."""

# A page of a scan may carry a stamp or a page number; a page of text has more than this.
LETTERS_PER_PAGE: Final = 16
# Lines whose upper edges are closer than this are one line, in points.
_LINE_POINTS: Final = 3.0
# From this share of jumps back up the page on, the order of the content stream is not trusted.
_JUMP_SHARE: Final = 0.35
# A leap down the page after which something else is written: from the letterhead to the footer.
_GAP_POINTS: Final = 200.0
_FEWEST_RECTS: Final = 3
_MOST_RECTS: Final = 5_000
# Columns of prose: so many lines each, so wide, and filled so far; a table's are not.
_COLUMN_LINES: Final = 4
_COLUMN_POINTS: Final = 100.0
_COLUMN_FILLED: Final = 0.6
_POINTS_PER_INCH: Final = 72
WARM_UP: Final = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>
endobj
4 0 obj<</Length 60>>stream
BT /F 9 Tf 9 70 Td (a) Tj 0 -30 Td (b) Tj 0 50 Td (c) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
"""


def read(data: bytes, budget: Budget, engine: ocr.Engine | None) -> Content:
    """The pages of a PDF; one broken page costs one page.

    Raises:
        ProtectedError: It needs a password.
        UnreadableError: It is damaged.
        TooLargeError: More pages than a document may have.
    """
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if raw.FPDF_GetLastError() == raw.FPDF_ERR_PASSWORD:
            raise ProtectedError from None
        raise UnreadableError(f"not a readable PDF ({error})") from None
    try:
        budget.take_pages(len(document))
        pages = [_page(document, index, budget, engine) for index in range(len(document))]
        title = str(document.get_metadata_value("Title")).strip()
    finally:
        document.close()
    return Content(PDF, pages, title=title or None)


def _page(
    document: pypdfium2.PdfDocument, index: int, budget: Budget, engine: ocr.Engine | None
) -> Page:
    try:
        page = document[index]
    except pypdfium2.PdfiumError:
        return Page("")
    try:
        text_page = page.get_textpage()
        try:
            text = _in_reading_order(text_page)
        finally:
            text_page.close()
        if sum(char.isalnum() for char in text) > LETTERS_PER_PAGE or not _has_objects(page):
            return Page(text)
        seen = _recognised(page, budget, engine)
        # A stamp that the file has as text is better than one that was guessed at.
        return Page(text, is_scan=seen.is_scan) if len(seen.text) <= len(text) else seen
    finally:
        page.close()


def _has_objects(page: pypdfium2.PdfPage) -> bool:
    return int(raw.FPDFPage_CountObjects(page)) > 0


def _recognised(page: pypdfium2.PdfPage, budget: Budget, engine: ocr.Engine | None) -> Page:
    if engine is None or not engine.is_there or budget.ocr_pages < 1:
        return Page("", is_scan=True)
    budget.ocr_pages -= 1
    width, height = page.get_size()
    if not (width > 0 and height > 0):
        return Page("")
    wanted = ocr.DPI / _POINTS_PER_INCH
    scale = min(wanted, math.sqrt(budget.picture / (width * height)))
    bitmap = page.render(scale=scale, grayscale=True)
    try:
        dpi = max(70, round(scale * _POINTS_PER_INCH))
        return engine.recognise(bitmap.to_pil(), dpi)
    finally:
        bitmap.close()


def _in_reading_order(text_page: pypdfium2.PdfTextPage) -> str:
    """The page's text: as the file has it or, where that jumps about, by where it stands."""
    text = str(text_page.get_text_range())
    count = text_page.count_rects()
    if not _FEWEST_RECTS <= count <= _MOST_RECTS:
        return text
    rects: list[Rect] = [text_page.get_rect(index) for index in range(count)]
    blocks = in_columns(rects)
    if len(blocks) == 1 and not _jumps(rects):
        blocks = in_runs(rects)
        if list(itertools.chain(*blocks)) == rects:
            return text
    return "\n".join(
        " ".join(str(text_page.get_text_bounded(*rect)).strip() for rect in line)
        for block in blocks
        for line in in_lines(block)
    )


def _jumps(rects: list[Rect]) -> bool:
    """Whether the file's order goes back up the page too often to be a reader's."""
    jumps = sum(
        1
        for before, after in itertools.pairwise(rects)
        if after[3] > before[3] + _LINE_POINTS and after[1] >= before[3]
    )
    return jumps > _JUMP_SHARE * len(rects)


def in_runs(rects: list[Rect]) -> list[list[Rect]]:
    """The file's order, but what was written first and stands below all that follows comes last.

    Letterheads, footers and footnotes are often written before the text. Pieces beside each other
    stay as the file has them: which is first, only the file knows. Where nothing is beside
    anything, what stands above is first.
    """
    stacked = sorted(rects, key=lambda rect: -rect[3])
    if all(below[3] <= above[1] for above, below in itertools.pairwise(stacked)):
        return [stacked]
    runs: list[list[Rect]] = [rects[:1]]
    for before, after in itertools.pairwise(rects):
        is_up = after[1] >= before[3]
        if is_up or before[1] - after[3] > _GAP_POINTS:
            runs.append([])
        runs[-1].append(after)
    sorted_: list[list[Rect]] = []
    for run in runs:
        bottom = min(rect[1] for rect in run)
        at = len(sorted_)
        while at and max(rect[3] for rect in sorted_[at - 1]) <= bottom + _LINE_POINTS:
            at -= 1
        sorted_.insert(at, run)
    return sorted_


def in_lines(rects: list[Rect]) -> list[list[Rect]]:
    """Pieces of text as lines from above, each from the left."""
    lines: list[list[Rect]] = []
    for rect in sorted(rects, key=lambda each: (-each[3], each[0])):
        if lines and abs(lines[-1][0][3] - rect[3]) < _LINE_POINTS:
            lines[-1].append(rect)
        else:
            lines.append([rect])
    return [sorted(line, key=lambda each: each[0]) for line in lines]


def in_columns(rects: list[Rect]) -> list[list[Rect]]:
    """Pieces of text as blocks in reading order: what spans the page, and columns of prose.

    A table has gutters too, but its cells do not fill their columns as prose does: it stays one
    block, to be read line by line.

    Returns:
        One block where the page has no columns.
    """
    gutter = _gutter(rects)
    if gutter is None:
        return [rects]
    right = [rect for rect in rects if rect[0] >= gutter - _LINE_POINTS]
    top, bottom = max(rect[3] for rect in right), min(rect[1] for rect in right)
    across = [rect for rect in rects if rect[0] < gutter - _LINE_POINTS and rect[2] > gutter]
    # What stands above or below the columns is a block of its own.
    above = [rect for rect in rects if rect[1] >= top and rect not in right] + [
        rect for rect in across if rect[3] > top
    ]
    below = [rect for rect in rects if rect[3] <= bottom and rect not in right]
    outside = {*above, *below}
    left = [rect for rect in rects if rect not in outside and rect not in right]
    blocks = [list(dict.fromkeys(above)), left, *in_columns(right), below]
    return [block for block in blocks if block]


def _gutter(rects: list[Rect]) -> float | None:
    """The left edge of the second column of prose; None where there is none."""
    edges: dict[int, int] = {}
    for rect in rects:
        edges[round(rect[0] / _LINE_POINTS)] = edges.get(round(rect[0] / _LINE_POINTS), 0) + 1
    for edge in sorted(edge for edge, count in edges.items() if count >= _COLUMN_LINES):
        at = edge * _LINE_POINTS
        right = [rect for rect in rects if rect[0] >= at - _LINE_POINTS]
        top, bottom = max(rect[3] for rect in right), min(rect[1] for rect in right)
        beside = [
            rect
            for rect in rects
            if rect[0] < at - _LINE_POINTS and rect[1] < top and rect[3] > bottom
        ]
        if (
            beside
            and max(rect[2] for rect in beside) <= at + _LINE_POINTS
            and _is_prose(beside)
            and _is_prose(right)
        ):
            return at
    return None


def _is_prose(column: list[Rect]) -> bool:
    lines = [line[-1][2] - line[0][0] for line in in_lines(column)]
    width = max(rect[2] for rect in column) - min(rect[0] for rect in column)
    return (
        len(lines) >= _COLUMN_LINES
        and width >= _COLUMN_POINTS
        and median(lines) >= _COLUMN_FILLED * width
    )
