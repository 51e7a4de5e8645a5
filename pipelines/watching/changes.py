"""Changes in a folder, by notifications of the system or by polling."""

from collections.abc import Iterator
from pathlib import Path

from configs.errors import UnavailableError

_DEBOUNCE_MS = 200
"""Changes so close to each other are yielded together: a paper that is copied is written in thousands of pieces."""
_STEP_MS = 50


def changes(folder: Path, *, poll_seconds: float | None, tick_seconds: float) -> Iterator[set[Path]]:
    """Yield the paths at which something changed in a folder and below it; an empty set after each tick without.

    With `poll_seconds` the folder is polled at this interval, which network shares need; without, the system notifies.
    Ends where the folder is not there any more, and raises `KeyboardInterrupt` where the program is to end. Raises
    `UnavailableError` where the folder cannot be watched.
    """
    from watchfiles import watch

    watching = watch(
        folder,
        watch_filter=None,
        debounce=_DEBOUNCE_MS,
        step=_STEP_MS,
        rust_timeout=max(_STEP_MS, round(tick_seconds * 1000)),
        yield_on_timeout=True,
        force_polling=poll_seconds is not None,
        poll_delay_ms=round((poll_seconds or tick_seconds) * 1000),
        ignore_permission_denied=True,
    )
    place = _identity(folder)
    try:
        for found in watching:
            yield {Path(path) for _, path in found}
            if _identity(folder) != place:  # gone, or another disk is mounted there
                return
    except FileNotFoundError:
        return
    except OSError as error:
        raise _unwatchable(folder, error) from error


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _unwatchable(folder: Path, error: OSError) -> UnavailableError:
    message = f"{folder}: cannot be watched: {error.strerror or error}"
    return UnavailableError(message, "add --polling, or raise fs.inotify.max_user_watches")
