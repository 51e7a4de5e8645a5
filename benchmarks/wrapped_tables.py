"""Generates papers by reportlab with one table without vertical rules, with wrapped cells and known content."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

PAPERS = 24
_WORDS = [
    "administration",
    "clearance",
    "customs",
    "data",
    "declaration",
    "exchange",
    "goods",
    "importer",
    "inspection",
    "interface",
    "licence",
    "manifest",
    "message",
    "officer",
    "origin",
    "permit",
    "platform",
    "procedure",
    "release",
    "risk",
    "schedule",
    "security",
    "service",
    "single",
    "standard",
    "tariff",
    "trader",
    "transit",
    "window",
    "working",
    "group",
    "certificate",
    "electronic",
    "harmonized",
    "national",
    "regional",
    "technical",
]


def write(folder: Path, papers: int = PAPERS, seed: int = 2013) -> Iterator[tuple[Path, list[list[list[str]]]]]:
    """Write the papers into a folder; yield each with the rows of its table."""
    for number in range(papers):
        chance = random.Random(seed + number)
        rows = _rows(chance)
        path = folder / f"wrapped-{number:02}.pdf"
        _draw(path, rows, chance)
        yield path, [rows]


def _rows(chance: random.Random) -> list[list[str]]:
    """Return a header and 5 to 12 rows of 3 to 5 columns: a key, texts that wrap, and often a figure."""
    texts = chance.randint(1, 3)
    figures = chance.randint(1 if texts == 1 else 0, 5 - texts - 1)
    header = ["Item", *(_phrase(chance, 1, 3) for _ in range(texts)), *(f"Year {2015 + x}" for x in range(figures))]
    rows = [header]
    for number in range(chance.randint(5, 12)):
        key = f"{number + 1}." if texts % 2 else f"{_phrase(chance, 1, 2)} {number + 1}"
        row = [key, *(_phrase(chance, 2, 22) for _ in range(texts))]
        rows.append(row + [f"{chance.randint(1, 99_999):,}" for _ in range(figures)])
    return rows


def _phrase(chance: random.Random, least: int, most: int) -> str:
    return " ".join(chance.choice(_WORDS) for _ in range(chance.randint(least, most))).capitalize()


def _draw(path: Path, rows: Sequence[Sequence[str]], chance: random.Random) -> None:
    from reportlab.lib import colors
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table

    size = chance.choice([8, 9, 10])
    plain = ParagraphStyle(
        "plain", fontName=chance.choice(["Helvetica", "Times-Roman"]), fontSize=size, leading=1.2 * size
    )
    bold = ParagraphStyle("bold", parent=plain, fontName="Helvetica-Bold")
    right = ParagraphStyle("right", parent=plain, alignment=2)
    prose = ParagraphStyle("prose", parent=plain, fontSize=11, leading=14, spaceAfter=8)
    cells = [
        [Paragraph(text, bold if y == 0 else right if text.replace(",", "").isdigit() else plain) for text in row]
        for y, row in enumerate(rows)
    ]
    shares = [0.7 if y == 0 else 2.0 if len(rows[1][y].split()) > 1 or y == 1 else 1.0 for y in range(len(rows[0]))]
    widths = [460 * share / sum(shares) for share in shares]
    style: list[Any] = [
        ("VALIGN", (0, 0), (-1, -1), chance.choice(["TOP", "TOP", "MIDDLE"])),
        ("LEFTPADDING", (0, 0), (-1, -1), 6),
    ]
    padding = chance.choice([1, 3, 5])
    style += [("TOPPADDING", (0, 0), (-1, -1), padding), ("BOTTOMPADDING", (0, 0), (-1, -1), padding)]
    rules = chance.choice(["none", "head", "rows"])
    if rules == "head":
        style += [(name, (0, 0), (-1, 0), 0.5, colors.black) for name in ("LINEABOVE", "LINEBELOW")]
    if rules == "rows":
        style += [("LINEBELOW", (0, 0), (-1, -1), 0.5, colors.black)]
    before, after = (f"{_phrase(chance, 30, 60)}." for _ in range(2))
    flow = [Paragraph(before, prose), Table(cells, widths, style=style), Spacer(1, 12), Paragraph(after, prose)]
    SimpleDocTemplate(str(path), pagesize=A4, title="Wrapped table").build(flow)
