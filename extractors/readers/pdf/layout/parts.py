"""Parts: the lines of a PDF that become one block."""

from dataclasses import dataclass, field
from itertools import groupby

from extractors.document import BlockKind, BlockPart, Box, around
from extractors.readers.pdf.layout.style import TableArea
from extractors.readers.pdf.pdfium.coordinates import rounded
from extractors.readers.pdf.text.lines import Line

_MIN_CAPITALS = 5


@dataclass(slots=True)
class Part:
    """The lines of one block; `carried` are those on later pages, each with its page.

    `starts` are the offsets in `text` at which its lines begin, on later pages too.

    `right` is where its last line may end.

    `beside` says that it does not stand upright on a page that is read as if turned, `declared` is the level of a
    heading as the file declares it, 0 for an entry of a table of contents.
    """

    page: int
    lines: list[Line]
    kind: BlockKind = "paragraph"
    carried: list[tuple[int, Line]] = field(default_factory=list)
    number: str | None = None
    text: str = ""
    starts: list[int] = field(default_factory=list)
    level: int | None = None
    table: TableArea | None = None
    right: float = 0.0
    beside: bool = False
    declared: int | None = None

    @property
    def box(self) -> Box:
        """The box on the part's own page, to a hundredth of a point."""
        if self.table:
            return rounded(self.table.box)
        return rounded(around([line.box for line in self.lines]) if len(self.lines) > 1 else self.lines[0].box)

    @property
    def last_page(self) -> int:
        """The page that its last line stands on."""
        return self.carried[-1][0] if self.carried else self.page

    @property
    def last_line(self) -> Line:
        """Its last line."""
        return self.carried[-1][1] if self.carried else self.lines[-1]

    @property
    def all_lines(self) -> list[Line]:
        """Its lines on all pages."""
        return [*self.lines, *(line for _, line in self.carried)]

    @property
    def placed_lines(self) -> list[tuple[int, int, Box]]:
        """The page of each of its lines, the offset in the text at which it starts, and its box; none of a lone one."""
        if len(self.starts) < 2:  # noqa: PLR2004 - a part that is no text has none
            return []
        pages = [*(self.page for _ in self.lines), *(page for page, _ in self.carried)]
        return list(zip(pages, self.starts, (line.box for line in self.all_lines), strict=True))

    def join(self, text: str, other: "Part", at: int) -> None:
        """Add the lines of another part, whose text begins at an offset of the joined text."""
        own, others = len(self.lines), len(other.lines)
        starts = [at + one for one in other.starts]
        self.starts = [*self.starts[:own], *starts[:others], *self.starts[own:], *starts[others:]]
        self.text, self.lines, self.carried = text, self.lines + other.lines, self.carried + other.carried

    @property
    def pages(self) -> list[BlockPart]:
        """Its parts by page, with their boxes to a hundredth of a point; none where it stands on one page."""
        if not self.carried:
            return []
        found = [BlockPart(start=0, page=self.page, box=self.box)]
        starts = iter(self.starts[len(self.lines) :])
        for page, lines in groupby(self.carried, key=lambda one: one[0]):
            boxes = [(next(starts), line.box) for _, line in lines]
            found.append(BlockPart(start=boxes[0][0], page=page, box=rounded(around(box for _, box in boxes))))
        return found

    def cut(self, start: int, end: int) -> None:
        """Note that characters of the text are left out, by their offsets: the lines behind start earlier."""
        self.starts = [one - max(0, min(one, end) - start) for one in self.starts]

    @property
    def look(self) -> tuple[float, bool, bool]:
        """What headings of one depth share: size to half a point, capitals, weight."""
        line = self.lines[0]
        return round(2 * line.size) / 2, in_capitals(self.text), line.bold


def in_capitals(text: str) -> bool:
    """Return whether a text is words in capitals, and not just a symbol or a date."""
    if text.upper() != text or text.lower() == text:  # scripts of other alphabets have no capitals
        return False
    words = [word for word in text.split() if word.isalpha()]
    capitals = sum(map(len, words))
    return capitals >= _MIN_CAPITALS and capitals > 0.6 * len(text.replace(" ", ""))
