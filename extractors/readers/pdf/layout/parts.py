"""Parts of a PDF: what becomes one block each."""

from dataclasses import dataclass, field

from extractors.document import BlockKind, Box
from extractors.readers.pdf.layout.style import TableArea
from extractors.readers.pdf.pdfium.coordinates import around, rounded
from extractors.readers.pdf.text.lines import Line

_MIN_CAPITALS = 5


@dataclass(slots=True)
class Part:
    """What becomes one block; `carried` are its lines on later pages, up to `carried_to`.

    `right` is where its last line may end.

    `beside` says that it does not stand upright on a page that is read as if turned, `declared` is the level of a
    heading as the file declares it, 0 for an entry of a table of contents.
    """

    page: int
    lines: list[Line]
    kind: BlockKind = "paragraph"
    carried: list[Line] = field(default_factory=list)
    carried_to: int = 0
    number: str | None = None
    text: str = ""
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
        return self.carried_to or self.page

    @property
    def last_line(self) -> Line:
        """Its last line."""
        return (self.carried or self.lines)[-1]

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
