"""Restoring a home from a backup (`pipelines.maintenance.backup`): the complete new home replaces the old one."""

import contextlib
import logging
import os
import shutil
from pathlib import Path

from configs.settings import Settings
from configs.system.errors import UnavailableError, UsageError
from configs.system.sqlite import replacing
from configs.system.sqlite.failures import storage_errors
from extractors.document import Value
from index.embedded.damage import store_damage
from index.embedded.engine import rebuild
from index.results import Counts
from pipelines.maintenance.archive import Archive, Outside, Progress
from pipelines.maintenance.backup import judgements_of
from pipelines.maintenance.repair import Repair, repair
from pipelines.storage.opening import open_storage
from pipelines.storage.said import damage_of_state
from pipelines.storage.state import State
from pipelines.workspace import (
    COMPANIONS,
    DAMAGED,
    DATABASES,
    INDEX,
    is_own_name,
    parts,
    writing_locked,
)

_log = logging.getLogger(__name__)


class NeededFile(Outside):
    """A file that a restored home refers to and its backup lacks, and whether it exists on this machine."""

    is_there: bool


class NeededVariable(Value):
    """A variable of the environment with a secret of a restored home, and whether it is set."""

    name: str
    is_set: bool


class RestoredHome(Value):
    """What a restored home holds, and when (UTC) and by which version of the program its backup was made.

    `replaced` says whether there was another home. `repairs` are what was done about damage in a backup that is not
    whole, as `doctor --repair` does. `outside` are the files and folders that it names and the backup
    does not hold, `variables` those of the environment that it takes secrets from.
    """

    home: str
    program: str
    made: str
    encoder: str
    documents: int
    passages: int
    labels: int
    replaced: bool
    repairs: tuple[Repair, ...]
    outside: tuple[NeededFile, ...]
    variables: tuple[NeededVariable, ...]


def restore(
    settings: Settings,
    file: Path,
    *,
    force: bool = False,
    unpacked: Progress = lambda *_: None,
    rebuilt: Progress = lambda *_: None,
) -> RestoredHome:
    """Re-create the home from a backup and return its content.

    The files are unpacked and checked, and the text index and the vectors made, in a folder of the home; only then
    they take the place of what was there. A backup that is not whole is repaired in that folder. Raises `UsageError`
    for a home that holds something, unless by `force`; `UnavailableError` for an archive that is not there, damaged, or
    something else than a backup, for a full disk and where another process writes the home; `MismatchError` for an
    archive of a newer version of the program. The home is as it was then.
    """
    home = settings.home
    replacing.refuse_unfinished(home)
    with contextlib.closing(Archive(file)) as archive:
        old = [*parts(home), *_in_the_way(archive, home)]
        if old and not force:
            paths = dict.fromkeys(path.relative_to(home).as_posix() for path in old)
            names = ", ".join(name for name in paths if not name.endswith(COMPANIONS))
            raise UsageError(f"{home}: holds {names}", "add --force to replace them, or restore into another --home")
        with storage_errors(home), writing_locked(home):
            try:
                counts, repairs = _make(archive, settings, replacing.begin(home), unpacked, rebuilt)
                replacing.replace(home, parts(home))
            except BaseException:
                replacing.tidy(home)  # unless the files are being moved already
                raise
    State(settings).keep_said()  # else the newest copy would be of the home that was replaced
    manifest = archive.manifest
    return RestoredHome(
        home=str(home),
        **manifest.model_dump(include={"program", "made", "encoder", "labels"}),
        documents=counts.documents,
        passages=counts.passages,
        replaced=bool(old),
        repairs=repairs,
        outside=tuple(
            NeededFile(**one.model_dump(), is_there=os.path.exists(one.path))  # noqa: PTH110 - one may be too long
            for one in manifest.outside
        ),
        variables=tuple(NeededVariable(name=name, is_set=name in os.environ) for name in manifest.variables),
    )


def _in_the_way(archive: Archive, home: Path) -> list[Path]:
    """Return the files of a home that those of the archive replace individually, beside others in their folders.

    Raises `UsageError` where a folder lies in the place of one, or a file in that of its folder.
    """
    paths = [home / name for name in archive.manifest.files if not is_own_name(name.partition("/")[0])]
    for path in paths:
        above = [one for one in path.parents if one.is_relative_to(home) and os.path.lexists(one) and not one.is_dir()]
        if path.is_dir() or above:
            message = f"{(above or [path])[0]}: is in the way of {path.relative_to(home)}, a file of the backup"
            raise UsageError(message, "move it away, or restore into another --home")
    return [path for path in paths if os.path.lexists(path)]


def _make(
    archive: Archive, settings: Settings, folder: Path, unpacked: Progress, rebuilt: Progress
) -> tuple[Counts, tuple[Repair, ...]]:
    """Make a whole home of an archive in a folder; return what its index holds, and what was repaired in it."""
    free = shutil.disk_usage(folder).free
    if archive.unpacked > free:
        message = f"{folder}: the disk is full: {archive.unpacked} bytes are needed, {free} are free"
        raise UnavailableError(message, "free some space, or restore into a --home on another disk")
    archive.unpack(folder, unpacked)
    inside = settings.model_copy(update={"home": folder})
    states = [folder / name for name in DATABASES if (folder / name).exists()]
    is_sound = not (archive.manifest.damaged or any(map(damage_of_state, states)) or store_damage(folder / INDEX))
    repairs = () if is_sound else tuple(repair(inside))
    for path in set(folder.iterdir()).difference(parts(folder)):  # what the repair left: the home has its own
        if repairs and is_own_name(path.name) and path.name != DAMAGED:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    with contextlib.closing(open_storage(inside).open_ledger(write=False)) as ledger:
        ledger.runs(1)
    judgements_of(settings, folder)
    return rebuild(folder / INDEX, rebuilt), repairs
