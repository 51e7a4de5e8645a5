"""The audit log: judgements, corrections, exports and new keys with their actors, one JSON line each, in a file."""

import datetime as dt
import errno
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias, get_args

from configs.system.files import open_regular
from configs.system.folders import make_home
from pipelines.workspace import AUDIT

Act: TypeAlias = Literal[
    "judgement", "correction", "export", "key added", "key revoked", "login", "run started", "failure accepted",
    "failure reopened", "papers added", "paper deleted",
]  # fmt: skip
JudgedKind: TypeAlias = Literal["judgement", "correction"]
"""Actions that store judgements or corrections."""
MOST_CHARACTERS = 500
"""Length limit of a field, so that one request cannot fill the disk."""

Details: TypeAlias = str | int | None


def record(home: Path, who: str, act: Act, **details: Details) -> None:
    """Append a line to the audit log; raises `OSError` if it cannot be written: the action must not be done then."""
    with recorded(home, who, act, **details):
        pass


@contextmanager
def recorded(home: Path, who: str, act: Act, **details: Details) -> Iterator[None]:
    """Append a line to the audit log after the block, which does what the line says.

    `who` is a stored actor. If the block raises, the line has `"refused": true`. Raises `OSError` before the block if
    the log cannot be opened: the action is not done then.
    """
    with _opened(home) as log:
        with _outcome(log, line := _line(who, act, details)):
            yield
        _write(log, line)


@contextmanager
def judged(home: Path, who: str, kind: JudgedKind = "judgement", **details: Details) -> Iterator[str]:
    """Append a line before the block stores a judgement or correction, and one after it; yield their common id.

    The block stores the judgement with that id (`act`), so that a judgement whose outcome a killed process could not
    log can be found: see `logged_judgements`. Both lines are synced to disk. Raises as `recorded` does.
    """
    act = secrets.token_hex(8)
    with _opened(home) as log:
        line = _line(who, kind, {kind: act, **details})
        _write(log, line | {"intended": True}, sync=True)
        with _outcome(log, line):
            yield act
        _write(log, _line(who, kind, {kind: act, **details}), sync=True)


class LoggedJudgements(NamedTuple):
    """The judgements and corrections in the log: the ids of those announced, and of those confirmed as stored.

    `begins` is when its first line was written, None without a log.
    """

    begins: str | None = None
    intended: frozenset[str] = frozenset()
    stored: frozenset[str] = frozenset()


def logged_judgements(home: Path) -> LoggedJudgements:
    """Return the judgements and corrections in the log; invalid lines are skipped.

    Raises `OSError` if the log cannot be read.
    """
    begins: str | None = None
    intended, stored = set[str](), set[str]()
    try:
        with open_regular(home / AUDIT) as file:
            for text in file:
                with suppress(ValueError, TypeError, KeyError):
                    line = json.loads(text)
                    begins = begins or str(line["at"])
                    if (kind := line["act"]) in get_args(JudgedKind) and not line.get("refused"):
                        (intended if line.get("intended") else stored).add(str(line[kind]))
    except FileNotFoundError:
        return LoggedJudgements()
    return LoggedJudgements(begins, frozenset(intended), frozenset(stored))


@contextmanager
def _opened(home: Path) -> Iterator[int]:
    make_home(home)
    log = os.open(home / AUDIT, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield log
    finally:
        os.close(log)


@contextmanager
def _outcome(log: int, line: Mapping[str, Details]) -> Iterator[None]:
    """Append the line of a refused action if the block raises."""
    try:
        yield
    except BaseException:
        _write(log, {**line, "refused": True})
        raise


def _line(who: str, act: Act, details: Mapping[str, Details]) -> dict[str, Details]:
    at = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
    return {"at": at, "who": _cut(who), "act": act, **{name: _cut(value) for name, value in details.items()}}


def _cut(value: Details) -> Details:
    """Return a field with a long text shortened, followed by its original number of characters."""
    if not isinstance(value, str) or len(value) <= MOST_CHARACTERS:
        return value
    return f"{value[:MOST_CHARACTERS]}… ({len(value)} characters)"


def _write(log: int, line: Mapping[str, Details], *, sync: bool = False) -> None:
    content = (json.dumps(line) + "\n").encode()
    if os.write(log, content) < len(content):  # one write per line, so that concurrent lines do not mix
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), AUDIT)
    if sync:
        os.fsync(log)
