"""The exceptions that users may see; each names what happened, the file, and the remedy."""

from pathlib import Path

from configs.system.redaction import redact

BEFORE_0_1_0 = (
    "what programs of before 0.1.0 stored is not taken over: ingest the papers again into a new --home. The program "
    "that made it still opens it; its judgements can be listed there ('customs-lens export tags') and not imported here"
)
"""What to do about a home, an index or a backup from before the first release."""


class CustomsLensError(Exception):
    """Root of the errors; the command line prints it as one line and exits with `exit_code`.

    The message is printed, logged and stored: URLs in it have no credentials and no signatures.
    """

    exit_code = 2
    place: tuple[str, int] | None = None
    """A line that was typed and the character in it, from 0, that the message speaks of."""

    def __init__(self, message: str, remedy: str | None = None) -> None:
        self.message = redact(message)
        self.remedy = redact(remedy) if remedy else remedy
        super().__init__(self.message)

    def __str__(self) -> str:
        """Return the whole sentence, the remedy last."""
        line = f"{self.message} ({self.remedy})" if self.remedy else self.message
        return " ".join(line.split())


class UsageError(CustomsLensError):
    """Wrong usage: an unknown field, a malformed filter, an impossible option (exit code 2)."""


class NotFoundError(UsageError):
    """An item requested by id, name or symbol does not exist, or the user may not see it (exit code 2)."""


class ForbiddenError(UsageError):
    """The role of the user does not permit the action (exit code 2)."""


class ConfigError(CustomsLensError):
    """A settings or data file that does not validate; names file, line (from 1) and field (exit code 2)."""

    def __init__(
        self,
        path: Path | str,
        message: str,
        *,
        line: int | None = None,
        field: str | None = None,
        remedy: str | None = None,
    ) -> None:
        self.path, self.line, self.field = Path(path), line, field
        place = f"{path}:{line}" if line else str(path)
        super().__init__(f"{place}: {field}: {message}" if field else f"{place}: {message}", remedy)


class MismatchError(CustomsLensError):
    """An index, model or encoder that does not match the requested one (exit code 2)."""


class UnavailableError(CustomsLensError):
    """A required file, folder, index or service is not available (exit code 3).

    `may_pass` for errors that may resolve themselves within minutes: a service that is down or does not answer in time.
    """

    exit_code = 3

    def __init__(self, message: str, remedy: str | None = None, *, may_pass: bool = False) -> None:
        super().__init__(message, remedy)
        self.may_pass = may_pass


class BusyError(UnavailableError):
    """A resource is held by another process, and may be released later (exit code 3)."""
