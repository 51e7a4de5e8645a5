"""The one error of the readers: a file that cannot be read, with the status that says why."""

from configs.errors import CustomsLensError
from extractors.document import ReadStatus


class UnreadableError(CustomsLensError):
    """A document that cannot be read; `status` says why, the sentence says what to do."""

    exit_code = 1

    def __init__(self, status: ReadStatus, message: str, remedy: str | None = None) -> None:
        super().__init__(message, remedy)
        self.status: ReadStatus = status
