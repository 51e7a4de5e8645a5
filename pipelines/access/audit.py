"""The audit log: who judged, exported or made and revoked keys, one JSON line each, in a file of the home."""

import datetime as dt
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TypeAlias

from configs.folders import make_home
from pipelines.workspace import AUDIT

Act: TypeAlias = Literal[
    "judgement", "export", "key added", "key revoked", "login", "run started", "failure accepted", "failure reopened"
]


def record(home: Path, who: str, act: Act, **details: str | int | None) -> None:
    """Append a line to the audit log; raises `OSError` where it cannot be written: then nothing is to be done."""
    with recorded(home, who, act, **details):
        pass


@contextmanager
def recorded(home: Path, who: str, act: Act, **details: str | int | None) -> Iterator[None]:
    """Append a line to the audit log when a block has done what the line says.

    Where the block raises, the line says `"refused": true`. Raises `OSError` before the block where the log cannot be
    opened: then nothing is done.
    """
    make_home(home)
    line = {"at": dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"), "who": who, "act": act, **details}
    file = os.open(home / AUDIT, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        try:
            yield
        except BaseException:
            _write(file, line | {"refused": True})
            raise
        _write(file, line)
    finally:
        os.close(file)


def _write(file: int, line: Mapping[str, str | int | None]) -> None:
    os.write(file, (json.dumps(line) + "\n").encode())  # one write is one line, whoever else writes
