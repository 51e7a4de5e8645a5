"""Remarks that somebody pinned to the pages of a PDF: notes behind the text of each page, with their authors."""

from collections.abc import Sequence

from extractors.readers.pdf.layout.style import PageLines
from extractors.readers.reading_builder import ReadingBuilder


class Remarks:
    """Gathers the remarks page by page, numbered through the document; what the page itself says is none."""

    def __init__(self, pages: Sequence[PageLines], builder: ReadingBuilder) -> None:
        self._waiting = [page for page in reversed(pages) if page.remarks]
        self._builder = builder
        self._count = 0

    def gather_up_to(self, number: int) -> None:
        """Gather the remarks on the pages up to this one that have not been gathered yet."""
        while self._waiting and self._waiting[-1].number <= number:
            page = self._waiting.pop()
            said = " ".join(line.text for line in page.lines)
            for remark in page.remarks:
                if remark.text not in said:
                    self._count += 1
                    text = f"{remark.author}: {remark.text}" if remark.author else remark.text
                    mark = f"[{self._count}]"
                    self._builder.block("footnote", text, number=mark, page=page.number, box=remark.box)

    def warnings(self) -> list[str]:
        """Return what a reader of the document has to know about its remarks, if it has any."""
        said = f"it has {self._count} comments, which stand behind the text of their pages as notes"
        return [said] if self._count else []
