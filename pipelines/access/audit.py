"""The audit log: who judged, corrected, exported or made keys, one JSON line each, in a file of the home."""

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
"""Acts that store what a person says."""
MOST_CHARACTERS = 500
"""Of a field of a line: nobody fills the disk with one request."""

Details: TypeAlias = str | int | None


def record(home: Path, who: str, act: Act, **details: Details) -> None:
    """Append a line to the audit log; raises `OSError` where it cannot be written: then nothing is to be done."""
    with recorded(home, who, act, **details):
        pass


@contextmanager
def recorded(home: Path, who: str, act: Act, **details: Details) -> Iterator[None]:
    """Append a line to the audit log when a block has done what the line says.

    `who` is an actor as it is stored. Where the block raises, the line says `"refused": true`. Raises `OSError` before
    the block where the log cannot be opened: then nothing is done.
    """
    with _opened(home) as log:
        with _outcome(log, line := _line(who, act, details)):
            yield
        _write(log, line)


@contextmanager
def judged(home: Path, who: str, kind: JudgedKind = "judgement", **details: Details) -> Iterator[str]:
    """Append a line before a block stores a judgement or a correction and one after it; give the id that both have.

    The block stores it with that id (`act`), so one of which a killed process could not tell the outcome can be found:
    see `logged_judgements`. Both lines outlive a loss of power. Raises as `recorded` does.
    """
    act = secrets.token_hex(8)
    with _opened(home) as log:
        line = _line(who, kind, {kind: act, **details})
        _write(log, line | {"intended": True}, sync=True)
        with _outcome(log, line):
            yield act
        _write(log, _line(who, kind, {kind: act, **details}), sync=True)


class LoggedJudgements(NamedTuple):
    """What the log says of judgements and corrections: the ids of those that were to be stored, and of those that were.

    `begins` is when its first line was written, None without a log.
    """

    begins: str | None = None
    intended: frozenset[str] = frozenset()
    stored: frozenset[str] = frozenset()


def logged_judgements(home: Path) -> LoggedJudgements:
    """Return what the log says of judgements and corrections; lines that are none are passed over.

    Raises `OSError` where it cannot be read.
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
    """Append the line of an act that a block does not do, which then raises."""
    try:
        yield
    except BaseException:
        _write(log, {**line, "refused": True})
        raise


def _line(who: str, act: Act, details: Mapping[str, Details]) -> dict[str, Details]:
    at = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
    return {"at": at, "who": _cut(who), "act": act, **{name: _cut(value) for name, value in details.items()}}


def _cut(value: Details) -> Details:
    """Return a field, a long text cut and with the number of characters that it had."""
    if not isinstance(value, str) or len(value) <= MOST_CHARACTERS:
        return value
    return f"{value[:MOST_CHARACTERS]}… ({len(value)} characters)"


def _write(log: int, line: Mapping[str, Details], *, sync: bool = False) -> None:
    content = (json.dumps(line) + "\n").encode()
    if os.write(log, content) < len(content):  # one write is one line, whoever else writes
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), AUDIT)
    if sync:
        os.fsync(log)
