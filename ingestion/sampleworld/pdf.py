"""Documents as PDF: text pages by reportlab, scans and photos (images without text) by Pillow.

Same input, same bytes: no clock, no random ids.
"""

import io
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import reportlab
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.enums import TA_JUSTIFY
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Frame,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

from ingestion.sampleworld.papers import MARK, Section

_BODY: Final = ParagraphStyle(
    "body", fontName="Helvetica", fontSize=10.5, leading=15, alignment=TA_JUSTIFY, spaceAfter=6
)
_CELL: Final = ParagraphStyle("cell", parent=_BODY, spaceAfter=0, alignment=0)
_HEAD: Final = ParagraphStyle(
    "head", fontName="Helvetica-Bold", fontSize=12, leading=16, spaceBefore=10, spaceAfter=4
)
_TITLE: Final = ParagraphStyle("title", parent=_HEAD, fontSize=15, leading=19, spaceAfter=8)
_FONT: Final = Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"


@dataclass(frozen=True, slots=True)
class Document:
    """What is printed: a title, lines of data about it, sections."""

    city: str
    title: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    key: str


def render(document: Document) -> bytes:
    """Print a document on A4 pages with header, footer, mark and page numbers."""
    target = io.BytesIO()

    def frame(canvas: Canvas, template: Any) -> None:
        width, height = A4
        canvas.setFont("Helvetica", 8.5)
        canvas.drawString(25 * mm, height - 14 * mm, f"Stadt {document.city}")
        canvas.drawRightString(width - 20 * mm, height - 14 * mm, document.key)
        canvas.line(25 * mm, height - 16 * mm, width - 20 * mm, height - 16 * mm)
        canvas.drawString(25 * mm, 12 * mm, MARK)
        canvas.drawRightString(width - 20 * mm, 12 * mm, f"Seite {template.page}")

    template = BaseDocTemplate(
        target,
        pagesize=A4,
        invariant=1,
        title=document.title,
        author=f"Stadt {document.city} (erfunden)",
        subject=MARK,
        lang="de-DE",
    )
    area = Frame(25 * mm, 20 * mm, A4[0] - 45 * mm, A4[1] - 42 * mm, 0, 0, 0, 0)
    template.addPageTemplates([PageTemplate("page", [area], onPage=frame)])
    template.build(_story(document))
    return target.getvalue()


def _story(document: Document) -> list[Any]:
    story: list[Any] = [Paragraph(_escape(document.title), _TITLE)]
    if document.facts:
        story += [_table(document.facts), Spacer(1, 4 * mm)]
    for section in document.sections:
        story.append(Paragraph(_escape(section.heading), _HEAD))
        story += [Paragraph(_escape(text), _BODY) for text in section.paragraphs]
        story += [
            Paragraph(f"{number}. {_escape(text)}", _BODY)
            for number, text in enumerate(section.points, start=1)
        ]
        if section.rows:
            story.append(_table(section.rows, lined=True))
    return story


def _table(rows: tuple[tuple[str, str], ...], *, lined: bool = False) -> Table:
    cells = [
        [Paragraph(_escape(left), _CELL), Paragraph(_escape(right), _CELL)] for left, right in rows
    ]
    widths = (100 * mm, 60 * mm) if lined else (40 * mm, 120 * mm)
    style: list[tuple[Any, ...]] = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("TOPPADDING", (0, 0), (-1, -1), 1),
    ]
    if lined:
        style.append(("LINEBELOW", (0, 0), (-1, -1), 0.3, "#888888"))
    return Table(cells, colWidths=widths, style=TableStyle(style), hAlign="LEFT")


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def scan(lines: tuple[str, ...], city: str) -> bytes:
    """One page as a scanner delivers it: only an image, a little askew, no text layer."""
    page = _lettered(lines, city).rotate(0.7, fillcolor=250, resample=Image.Resampling.BILINEAR)
    target = io.BytesIO()
    # Pillow would write the clock into the file.
    epoch = time.gmtime(946_684_800)
    page.save(target, "PDF", resolution=150.0, creationDate=epoch, modDate=epoch, quality=60)
    return target.getvalue()


def photo(lines: tuple[str, ...], city: str) -> bytes:
    """A picture of a page, taken with the camera on its side."""
    target = io.BytesIO()
    _lettered(lines, city).rotate(90, expand=True).save(target, "PNG", dpi=(150, 150))
    return target.getvalue()


def _lettered(lines: tuple[str, ...], city: str) -> Image.Image:
    page = Image.new("L", (1240, 1754), 250)
    pen = ImageDraw.Draw(page)
    font = ImageFont.truetype(str(_FONT), 34)
    small = ImageFont.truetype(str(_FONT), 22)
    pen.text((140, 160), f"Stadt {city}", font=font, fill=30)
    for number, line in enumerate(lines):
        pen.text((140, 320 + 64 * number), line, font=font, fill=40)
    pen.text((140, 1660), MARK, font=small, fill=60)
    return page
