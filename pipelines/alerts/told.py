"""What each target was told of sources, and what is new since: a file of the home, for a cluster may be what failed."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from configs.system.errors import ConfigError
from configs.system.files import read_file, write_atomically
from extractors.document import Value
from pipelines.alerts.standings import QuarantinedPaper, Standing, State
from pipelines.storage.errors import storage_errors
from pipelines.workspace import TOLD

_NUMBER = re.compile(r"\d+")


class ToldSource(Value):
    """What a target was told of a source: its state, why without numbers, and the ids of papers in quarantine.

    "18 of 35 are missing" and "19 of 35 are missing" are the same reason.
    """

    state: State = "works"
    reason: str = ""
    quarantined: tuple[str, ...] = ()


class Told(Value):
    """What a target was told of sources, and when it was sent a message about them last (UTC)."""

    at: dt.datetime | None = None
    sources: Mapping[str, ToldSource] = {}


class ToldFile(Value):
    """What all targets were told, by their names."""

    targets: Mapping[str, Told] = {}


class Change(Value):
    """What is new of a source: another state or reason (None where it is as it was), and papers in quarantine."""

    source: str
    state: State | None
    reason: str | None
    quarantined: tuple[QuarantinedPaper, ...]


def changes(told: Told, now: Sequence[Standing]) -> Iterator[Change]:
    """Yield the sources of which a target does not know yet how they stand; all worked before it was told anything."""
    for one in now:
        before = told.sources.get(one.source, ToldSource())
        after = _after(before, one)
        is_new = (after.state, after.reason) != (before.state, before.reason)
        papers = tuple(paper for paper in one.quarantined or () if paper.document not in before.quarantined)
        if is_new or papers:
            yield Change(
                source=one.source, state=after.state if is_new else None, reason=one.reason, quarantined=papers
            )


def told_now(told: Told, now: Sequence[Standing]) -> Mapping[str, ToldSource]:
    """Return what a target knows of each source once it was told what changed; what is unknown stays as it was."""
    return {one.source: _after(told.sources.get(one.source, ToldSource()), one) for one in now}


def load_told(home: Path) -> ToldFile:
    """Return what was told; raises `ConfigError` for a file that is damaged: who deletes it is told once more."""
    try:
        return ToldFile.model_validate_json(read_file(home / TOLD))
    except FileNotFoundError:
        return ToldFile()
    except ValidationError as error:
        raise ConfigError(home / TOLD, "is damaged", remedy="delete it: what is wrong now is told once more") from error


def note_told(home: Path, target: str, told: Told) -> None:
    """Note what a target was told; raises `UnavailableError` where the home cannot be written."""
    known = load_told(home)
    content = known.model_copy(update={"targets": {**known.targets, target: told}})
    with storage_errors(home):
        write_atomically(home / TOLD, content.model_dump_json() + "\n")


def _after(before: ToldSource, now: Standing) -> ToldSource:
    state = now.state or before.state
    reason = before.reason if now.state is None else _NUMBER.sub("0", now.reason or "")
    quarantined = before.quarantined
    if now.quarantined is not None:
        quarantined = tuple(paper.document for paper in now.quarantined)
    return ToldSource(state=state, reason="" if state in ("works", "stale") else reason, quarantined=quarantined)
