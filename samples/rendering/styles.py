"""The faces and the paragraph styles of the PDF papers."""

from pathlib import Path

from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_LEFT, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import cm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FONT, BOLD, ITALIC = "LensSerif-Regular", "LensSerif-Bold", "LensSerif-Italic"

_BASE = ParagraphStyle(
    "base",
    fontName=FONT,
    fontSize=11,
    leading=13.6,
    alignment=TA_LEFT,
    bulletFontName=FONT,
    bulletFontSize=11,
    allowWidows=0,
    allowOrphans=0,
)
_PROSE = ParagraphStyle("prose", _BASE, alignment=TA_JUSTIFY, spaceBefore=7)
_CENTRED = ParagraphStyle("centred", _BASE, alignment=TA_CENTER)
_SMALL = ParagraphStyle("small", _BASE, fontSize=9.5, leading=11.5)
STYLES = {
    "emblem": ParagraphStyle("emblem", _CENTRED, fontName=BOLD, fontSize=9.5, leading=12),
    "emblem small": ParagraphStyle("emblem small", _CENTRED, fontSize=8, leading=10),
    "body name": ParagraphStyle("body name", _CENTRED, fontName=BOLD),
    "cover left": _CENTRED,
    "symbol": ParagraphStyle("symbol", _BASE, fontName=BOLD, alignment=TA_RIGHT),
    "cover right": ParagraphStyle("cover right", _BASE, alignment=TA_RIGHT),
    "title": ParagraphStyle("title", _CENTRED, fontName=BOLD, fontSize=12, leading=15, spaceBefore=16),
    "item of agenda": ParagraphStyle("item of agenda", _CENTRED, spaceBefore=8),
    "summary": ParagraphStyle("summary", _CENTRED, fontName=BOLD, spaceAfter=5),
    "summary label": ParagraphStyle("summary label", _BASE, fontName=BOLD, spaceBefore=5, spaceAfter=2),
    "summary text": ParagraphStyle("summary text", _PROSE, spaceBefore=0),
    "heading": ParagraphStyle("heading", _BASE, fontName=BOLD, spaceBefore=13, spaceAfter=2, keepWithNext=1),
    "annex": ParagraphStyle("annex", _BASE, alignment=TA_RIGHT),
    "annex title": ParagraphStyle("annex title", _CENTRED, fontName=BOLD, spaceBefore=12, spaceAfter=12),
    "paragraph": _PROSE,
    "numbered": ParagraphStyle("numbered", _PROSE, firstLineIndent=1 * cm),
    "item": ParagraphStyle("item", _PROSE, spaceBefore=4, leftIndent=1.9 * cm, bulletIndent=1 * cm),
    "cell": _SMALL,
    "cell mark": ParagraphStyle("cell mark", _SMALL, fontName=ITALIC),
    "header cell": ParagraphStyle("header cell", _SMALL, fontName=BOLD),
}


def register_fonts(folder: Path) -> None:
    """Make the three faces in a folder known to reportlab."""
    for name in (FONT, BOLD, ITALIC):
        pdfmetrics.registerFont(TTFont(name, folder / f"{name}.ttf"))
