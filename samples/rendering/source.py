"""The source of a paper: a YAML head between two lines of dashes, then the text, blocks apart by blank lines.

A block that starts with `1.` is a paragraph, numbered through the whole paper; lines that start with `-` are
lettered items; lines between bars are a ruled table with its header first; `#` is a heading; `=== I | TITLE`
begins an annex; anything else is a paragraph without a number.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import yaml
from pydantic import BaseModel, ConfigDict

Language: TypeAlias = Literal["en", "fr"]
PartKind: TypeAlias = Literal["heading", "paragraph", "numbered", "item", "table", "annex"]
_LANGUAGES: dict[str, Language] = {"E": "en", "F": "fr"}
_ITEM_HEADING = re.compile(r"(?:Item|Point) (?P<item>\S+)")
_NO_BREAK_SPACE = "\u00a0"
_APOSTROPHE = "\u2019"


class Strict(BaseModel):
    """A frozen value from YAML; an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Summary(Strict):
    """The SUMMARY box of a working document."""

    purpose: str
    action: str


class AgendaRow(Strict):
    """One item of an agenda; `documents` are the papers of the item, only in an agenda itself."""

    item: str
    title: str
    action: str | None = None
    documents: str | None = None


class Cover(Strict):
    """The head of a source: what the cover of the paper says, and `shows`, what the paper is there for."""

    symbol: str
    format: Literal["pdf", "scan", "docx"] = "pdf"
    body: str
    action_body: str | None = None
    sessions: str
    marks: tuple[str, ...] = ()
    meeting: str
    date: str
    title: str
    item: str | None = None
    kind: str
    shows: str
    summary: Summary | None = None
    agenda: tuple[AgendaRow, ...] = ()

    @property
    def language(self) -> Language:
        """The language that the letter of the symbol names."""
        return _LANGUAGES[self.symbol[6]]

    @property
    def running_symbol(self) -> str:
        """The symbol as running heads print it, without the last letter."""
        return self.symbol.rstrip("abcdefgh")

    @property
    def year(self) -> str:
        """The year of the paper, four digits."""
        return self.date.rstrip(".")[-4:]

    @property
    def file_name(self) -> str:
        """The name of the rendered file."""
        return f"{self.symbol}.{'docx' if self.format == 'docx' else 'pdf'}"

    @property
    def addressee(self) -> str:
        """The body as the words "Action required of the …" name it."""
        return self.action_body or self.body.title()


@dataclass(frozen=True)
class Part:
    """A block of the text; `number` as printed (`1.`, `(a)`, `II`), `rows` of a table, header first."""

    kind: PartKind
    text: str = ""
    number: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Paper:
    """A paper as written: its cover and its parts in order."""

    cover: Cover
    parts: tuple[Part, ...]

    def paragraph_range(self, item: str) -> str:
        """Return the range of paragraphs under the heading of an agenda item, such as `3 - 7`.

        Raises `ValueError` where no heading names the item.
        """
        numbers: list[str] = []
        inside = False
        for part in self.parts:
            if part.kind == "heading":
                match = _ITEM_HEADING.match(part.text)
                inside = bool(match and match["item"] == item)
            elif inside and part.kind == "numbered":
                numbers.append(part.number.rstrip("."))
        if not numbers:
            raise ValueError(f"{self.cover.symbol}: no heading for agenda item {item}")
        return numbers[0] if len(numbers) == 1 else f"{numbers[0]} - {numbers[-1]}"


class Words(Strict):
    """What the layout prints in one language."""

    mark: str
    copyright: str
    note: str
    item: str
    summary: str
    purpose: str
    action: str
    agenda: tuple[str, str, str]
    agenda_documents: tuple[str, str, str]
    annex_to: str
    subject: str


class Layout(Strict):
    """The words of the layout: emblem lines in both languages, and the rest by language."""

    emblem: tuple[tuple[str, str], ...]
    languages: dict[Language, Words]


def read_layout(path: Path) -> Layout:
    """Return the words of the layout from their YAML file."""
    return Layout.model_validate(yaml.safe_load(_typeset(path.read_text(encoding="utf-8"))))


def read_paper(path: Path) -> Paper:
    """Return the paper in a source file; raises `ValueError` (pydantic's too) where it is malformed."""
    _, head, text = path.read_text(encoding="utf-8").split("---\n", 2)
    cover = Cover.model_validate(yaml.safe_load(_typeset(head)))
    blocks = [block.strip().splitlines() for block in re.split(r"\n\s*\n", text) if block.strip()]
    return Paper(cover, tuple(_parts(blocks)))


def agenda_rows(paper: Paper, words: Words) -> list[tuple[str, tuple[str, ...], str]]:
    """Return the agenda as item, lines (title, action mark) and paragraphs or documents; header first."""
    documents = any(row.documents for row in paper.cover.agenda)
    header = words.agenda_documents if documents else words.agenda
    rows: list[tuple[str, tuple[str, ...], str]] = [(header[0], (header[1],), header[2])]
    for row in paper.cover.agenda:
        lines: tuple[str, ...] = (row.title, row.action) if row.action else (row.title,)
        rows.append((row.item, lines, (row.documents or "") if documents else paper.paragraph_range(row.item)))
    return rows


def _parts(blocks: Sequence[Sequence[str]]) -> list[Part]:
    parts: list[Part] = []
    paragraph = 0
    for lines in blocks:
        first, text = lines[0], _typeset(" ".join(lines))
        if first.startswith("=== "):
            number, title = text.removeprefix("=== ").split(" | ", 1)
            parts.append(Part("annex", title, number))
        elif first.startswith("# "):
            parts.append(Part("heading", text.removeprefix("# ")))
        elif first.startswith("| "):
            rows = [_typeset(line.strip("| ")).split(" | ") for line in lines]
            parts.append(Part("table", rows=tuple(tuple(row) for row in rows)))
        elif first.startswith("- "):
            letters = zip("abcdefghij", lines, strict=False)
            parts += [Part("item", _typeset(line.removeprefix("- ")), f"({letter})") for letter, line in letters]
        elif first.startswith("1. "):
            paragraph += 1
            parts.append(Part("numbered", text.removeprefix("1. "), f"{paragraph}."))
        else:
            parts.append(Part("paragraph", text))
    return parts


def _typeset(text: str) -> str:
    """Put curly apostrophes, and no-break spaces where a line must not break: French punctuation, numbers."""
    text = text.replace("'", _APOSTROPHE)
    text = re.sub(r"(?<=\S) (?=[;?!»%]|:(?:\s|$))", _NO_BREAK_SPACE, text)
    text = re.sub(r"(?<=\d) (?=\d{3}\b)", _NO_BREAK_SPACE, text)
    return re.sub(r"(?<=«) |(?<=\bM\.) |(?<=\bM[rs]\.) |(?<=\bMme) ", _NO_BREAK_SPACE, text)
