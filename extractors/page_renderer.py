"""Renders single pages of PDFs in a pool of child processes, isolated from hostile files."""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Condition
from typing import get_args

from configs.settings import ReadingLimits
from configs.system.errors import NotFoundError, UnavailableError, UsageError
from extractors.document import Box, ReadStatus
from extractors.readers.pdf.page_images import MOST_OPEN, NO_PAGE, PNG, UNREADABLE, drawer
from extractors.worker_process import WorkerProcess

PROCESSES = 2
"""Children of a renderer: while a hostile page keeps one busy up to the limit of time, the other draws."""
NARROWEST, WIDEST = 16, 4000
"""Widths of pictures in dots."""

_DIGITS = 10  # of a number of pages
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


class PageImageError(UnavailableError):
    """A page that cannot be drawn; `status` says why, as that of a document that cannot be read."""

    def __init__(self, status: ReadStatus, message: str, remedy: str | None = None) -> None:
        super().__init__(message, remedy)
        self.status: ReadStatus = status


class PageRenderer:
    """Draws pages of PDFs; several threads may ask at once, and wait for a child that is free.

    The children start when they are needed, and end with `close` or with this process.
    """

    def __init__(self, limits: ReadingLimits, *, processes: int = PROCESSES) -> None:
        """`limits` are those of memory for each child, and of time for each page."""
        self._children = [_Child(limits) for _ in range(max(1, processes))]
        self._idle = list(self._children)
        self._changed = Condition()

    def start(self) -> None:
        """Start a child now: the first one of a program takes a second or two."""
        with self._lent("") as child:
            child.process.start()

    def close(self) -> None:
        """End the children, after what they are drawing; a later page starts them again."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._idle) == len(self._children))
            for child in self._children:
                child.process.close()

    def png(
        self, path: Path, number: int, *, width: int, passwords: Sequence[str] = (), marked: Sequence[Box] = ()
    ) -> bytes:
        """Return a page of the PDF at a path, from 1, as PNG of so many dots wide; extremely long pages are narrower.

        Boxes that are `marked` have a yellow ground.
        What is shown is what the boxes of a `Document` are measured on: the visible part of the page, turned as a
        viewer turns it. Raises `UsageError` for an impossible width and a page that the file does not have, and
        `PageImageError` where the page cannot be drawn or is not within the limits, and as `run_isolated` does.
        """
        if not NARROWEST <= width <= WIDEST:
            raise UsageError(f"a page image {width} dots wide", f"ask for {NARROWEST} to {WIDEST}")
        with self._lent(str(path)) as child:
            outcome = child.process.run(str(path), tuple(passwords), number, width, tuple(marked))
        if outcome.value is None:
            message = f"page {number} cannot be drawn: {outcome.message}"
            raise PageImageError(outcome.status or "crashed", message, "read its text instead")
        return _png(outcome.value, number)

    @contextmanager
    def _lent(self, path: str) -> Iterator["_Child"]:
        """Lend a free child, preferably one that has the file open."""
        with self._changed:
            self._changed.wait_for(lambda: self._idle)
            child = max(self._idle, key=lambda one: (path in one.recent, one.process.done > 0))
            self._idle.remove(child)
        try:
            child.recent.append(path)
            yield child
        finally:
            with self._changed:
                self._idle.append(child)
                self._changed.notify_all()


class _Child:
    """A process that draws, and the paths of what it drew last."""

    def __init__(self, limits: ReadingLimits) -> None:
        self.process = WorkerProcess(drawer, limits)
        self.recent: deque[str] = deque(maxlen=MOST_OPEN)


def _png(answer: bytes, number: int) -> bytes:
    """Return the picture of a child's answer, which is validated, as the child may be compromised."""
    kind, content = answer[:1], answer[1:]
    if kind == PNG and content.startswith(_SIGNATURE):
        return content
    if kind == NO_PAGE and content.isdigit() and len(content) <= _DIGITS:
        raise NotFoundError(f"there is no page {number}", f"it has pages 1 to {int(content)}")
    status, _, reason = content.decode("utf-8", "replace").partition("\n")
    known: ReadStatus = next((one for one in get_args(ReadStatus) if one == status), "crashed")
    if kind != UNREADABLE or not reason:
        known, reason = "crashed", "the process that draws it gave no picture"
    raise PageImageError(known, f"page {number} cannot be drawn: {reason}")
