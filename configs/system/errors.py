"""One root for every error that a user may see: what happened, to which file, and what to do."""

from pathlib import Path

from configs.system.redaction import redact

BEFORE_0_1_0 = (
    "what programs of before 0.1.0 stored is not taken over: ingest the papers again into a new --home. The program "
    "that made it still opens it; its judgements can be listed there ('customs-lens export tags') and not imported here"
)
"""What to do about a home, an index or a backup from before the first release."""


class CustomsLensError(Exception):
    """Root of the errors; the command line prints it as one line and exits with `exit_code`.

    What it says is printed, logged and stored: no URL in it holds credentials or a signature.
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
    """Something asked for by its id, name or symbol that is not there, or not for who asks (exit code 2)."""


class ForbiddenError(UsageError):
    """Something that is not for the role of who asks (exit code 2)."""


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
    """An index, model or encoder that does not fit the one asked for (exit code 2)."""


class UnavailableError(CustomsLensError):
    """A file, folder, index or service that is needed and is not there (exit code 3).

    `may_pass` where it may be there again in some minutes by itself: a service that is away or does not answer in time.
    """

    exit_code = 3

    def __init__(self, message: str, remedy: str | None = None, *, may_pass: bool = False) -> None:
        super().__init__(message, remedy)
        self.may_pass = may_pass


class BusyError(UnavailableError):
    """What another process holds now and may give up later (exit code 3)."""
