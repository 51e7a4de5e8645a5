"""The report of sent alerts."""

import datetime as dt
from typing import Literal

from configs.alerts import Subject
from extractors.document import Value

SendStatus = Literal["sent", "nothing new", "later", "failed"]


class SearchCount(Value):
    """The number of new papers of a search in a digest."""

    search: str
    papers: int


class TargetReport(Value):
    """What became of what one target was to be told of one subject.

    `papers` counts each new paper once, `sources` are those of which it was told that they fail, or work again. `error`
    says why nothing was sent. What is held back until `next_at` (UTC) has the status `later`.
    """

    target: str
    on: Subject = "papers"
    status: SendStatus
    papers: int = 0
    searches: tuple[SearchCount, ...] = ()
    sources: tuple[str, ...] = ()
    next_at: dt.datetime | None = None
    error: str | None = None


class SendReport(Value):
    """What was sent at a time (UTC): a row a target and subject, in the order of the file."""

    at: dt.datetime
    targets: tuple[TargetReport, ...]

    @property
    def failed(self) -> tuple[TargetReport, ...]:
        """The targets that nothing reached."""
        return tuple(one for one in self.targets if one.status == "failed")
