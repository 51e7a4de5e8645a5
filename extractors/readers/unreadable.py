"""The error of the readers for unreadable files, and the remedies for unsupported formats."""

from configs.system.errors import CustomsLensError
from extractors import media
from extractors.document import ReadStatus

_SENTENCES: dict[str, str] = {
    media.OLE: "an old Office file: save it as .docx or PDF",
    media.ZIP: "an archive: unpack it, or ingest it, which reads its members one by one",
    "application/vnd.oasis.opendocument.presentation": "an OpenDocument presentation: save it as .pptx or PDF",
}


class UnreadableError(CustomsLensError):
    """A document that cannot be read; `status` says why, the sentence says what to do."""

    exit_code = 1

    def __init__(self, status: ReadStatus, message: str, remedy: str | None = None) -> None:
        super().__init__(message, remedy)
        self.status: ReadStatus = status


def remedy(media_type: str) -> tuple[ReadStatus, str]:
    """Return the status of a file that no reader takes, and a sentence that says what to do with it."""
    if media_type == media.EMPTY:
        return "empty", "the file has no bytes"
    if media_type.startswith("image/"):
        return "unsupported", "a picture in an unusual format: save it as PNG or TIFF"
    return "unsupported", _SENTENCES.get(media_type, f"no reader for {media_type}: save it as .docx or PDF")
