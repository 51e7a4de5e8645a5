"""The folder of a home, made in one place: it holds every paper that was ingested, whatever its access class."""

from pathlib import Path

_OWNER_ALONE = 0o700


def make_home(home: Path) -> None:
    """Make a home where there is none, for its owner alone; one that is there keeps its rights.

    Missing folders above it get the usual rights. Raises `OSError` where it cannot be made.
    """
    home.parent.mkdir(parents=True, exist_ok=True)
    home.mkdir(mode=_OWNER_ALONE, exist_ok=True)


def is_private(home: Path) -> bool:
    """Return whether no other user than its owner (and root) can look into a home; raises `OSError`."""
    return not home.stat().st_mode & 0o077
