"""Builds cached folders once and atomically, safe for concurrent processes and for kills."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from configs.system.errors import UnavailableError
from configs.system.folders import usual_rights


def build_once(target: Path, make: Callable[[Path], None]) -> Path:
    """Return `target`, filled by `make` where it does not exist yet.

    `make` fills a temporary folder next to the target, which is then renamed: a folder of that name is
    always complete. One process makes it while others wait on a lock, which ends with its holder.
    Raises `UnavailableError` for an `OSError` (no rights, no space), and whatever else `make` raises.
    """
    if target.is_dir():
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{target}.lock"):
            if not target.is_dir():
                _clear_leftovers(target)
                unfinished = Path(tempfile.mkdtemp(prefix=f"{target.name}.part-", dir=target.parent))
                try:
                    with usual_rights():  # users may share the cache
                        make(unfinished)
                    unfinished.chmod(0o755)
                    unfinished.rename(target)
                finally:
                    shutil.rmtree(unfinished, ignore_errors=True)
    except OSError as error:
        raise UnavailableError(
            f"{target}: cannot be made: {error}", "check rights and free space, or set CUSTOMS_LENS_CACHE"
        ) from error
    return target


def _clear_leftovers(target: Path) -> None:
    """Remove temporary folders of killed processes; called under the lock, so no other process uses them."""
    for leftover in target.parent.glob(f"{target.name}.part-*"):
        shutil.rmtree(leftover, ignore_errors=True)
