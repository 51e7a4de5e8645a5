"""Preflight checks: the requirements of a run on this machine apart from its documents, each with a remedy."""

import datetime as dt
import os
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

from configs.encoders import resolve_encoder
from configs.settings import Settings
from configs.system.errors import CustomsLensError, UnavailableError
from configs.system.redaction import redact, without_secrets
from configs.system.urls import server_parts
from extractors.ocr import why_not
from index.embedded import schema
from index.encoder import encoder_identity
from index.encoder.preparing import export_folder, torch_only
from index.results import Check
from pipelines.ingest.disk import free_mib, nearest, short_of_space
from pipelines.maintenance.health import data_files
from pipelines.storage.opening import open_storage
from pipelines.storage.shared_blobs import shared_blobs
from pipelines.storage.state import stored_version
from pipelines.storage.tables import SCHEMA_VERSION
from pipelines.storage.upgrading import OLDEST
from pipelines.workspace import PRIMARY_STORE, STATE

_MIB = 1 << 20
_TEMPORARY_MIB = 128
"""Free in the folder for temporary files: members of archives and copies of remote files are unpacked there."""
_ENCODER_MIB, _READER_MIB = 700, 250
"""What a run takes itself, most of it the encoder, and what each reading worker takes on top for an ordinary paper."""
_SECONDS = 5.0
"""How long a service may take to answer."""
_SKEW = dt.timedelta(minutes=5)
"""Clocks of several machines may differ by this."""
_MIB_A_MINUTE = 300
"""Of the primary store, unpacked and indexed again: an estimate from a store of 1 MiB, on one core."""
_CGROUP = Path("/sys/fs/cgroup")
_LIMIT_AND_USE = ("memory.max", "memory.current")
"""Of the container that this process runs in."""
_REFUSED = (401, 403)
"""A server with a password answers all the same."""
_BUILT = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
"""No clock is before the program that reads it."""


def preflight(settings: Settings) -> tuple[Check, ...]:
    """Return one finding for each requirement. An `ok` finding with a remedy is a warning. No files are left behind."""
    checks: tuple[tuple[str, Callable[[Settings], Check]], ...] = (
        ("home", _home),
        ("disk", _disk),
        ("upgrade", _upgrade),
        ("temporary folder", _temporary_folder),
        ("memory", _memory),
        ("database" if settings.database else "state", _state),
        ("blobs", _blobs),
        ("clock", _clock),
        ("text recognition", _text_recognition),
        ("prepared encoder", _prepared),
        ("elasticsearch", _elasticsearch),
        ("prefect", _prefect),
    )
    found = [*(_attempt(name, check, settings) for name, check in checks), *data_files(settings)]
    return tuple(
        one.model_copy(update={"detail": redact(one.detail), "remedy": one.remedy and redact(one.remedy)})
        for one in found
    )


def _attempt(name: str, check: Callable[[Settings], Check], settings: Settings) -> Check:
    try:
        return check(settings)
    except CustomsLensError as error:
        detail = error.message.removeprefix(f"{name}: ")
        return Check(name=name, ok=False, detail=detail, remedy=error.remedy or "repair what is named")
    except OSError as error:
        detail = f"{error.filename or settings.home}: {error.strerror or error}"
        return Check(name=name, ok=False, detail=detail, remedy="check the path and its rights")


def _fine(name: str, detail: str, warning: str | None = None) -> Check:
    return Check(name=name, ok=True, detail=detail, remedy=warning)


def _home(settings: Settings) -> Check:
    folder = nearest(settings.home)
    _write_something(folder)
    is_there = "can be written" if folder == settings.home else f"will be made in {folder}, which can be written"
    return _fine("home", f"{settings.home}: {is_there}")


def _disk(settings: Settings) -> Check:
    free, least = free_mib(settings.home), settings.disk_free_mib
    if free < least:
        raise UnavailableError(*short_of_space(settings.home, free, least))
    return _fine("disk", f"{free} MiB are free for {settings.home}")


def _upgrade(settings: Settings) -> Check:
    """Report the stored version of an older program and the command that upgrades it, without upgrading."""
    found = []
    if is_older(settings):
        place = "the database" if settings.database else settings.home / STATE
        found.append(f"{place}: the first command brings it up to version {SCHEMA_VERSION}, in seconds")
    store = settings.home / PRIMARY_STORE
    if (version := schema.version_of_file(store)) in schema.STEPS and settings.index == "embedded":
        mib = store.stat().st_size // _MIB
        minutes = 1 + mib // _MIB_A_MINUTE
        about = "a minute" if minutes == 1 else f"{minutes} minutes"
        found.append(
            f"{store}: 'customs-lens rebuild' or the next run brings it up from version {version} to"
            f" {schema.SCHEMA_VERSION}: {mib} MiB, about {about}"
        )
    if not found:
        return _fine("upgrade", "nothing is of an older version")
    found.append(f"{free_mib(settings.home)} MiB are free")
    return _fine("upgrade", "; ".join(found), "back up before: an older program refuses what is brought up")


def is_older(settings: Settings) -> bool:
    """Return whether the state has an older version, which is upgraded when it is opened."""
    return OLDEST <= (stored_version(settings) or 0) < SCHEMA_VERSION


def _temporary_folder(_: Settings) -> Check:
    folder = Path(tempfile.gettempdir())
    _write_something(folder)
    free = free_mib(folder)
    if free < _TEMPORARY_MIB:
        message = (
            f"{folder}: {free} MiB are free in the folder for temporary files, and {_TEMPORARY_MIB} MiB are needed"
        )
        raise UnavailableError(message, "free some space in it, or let TMPDIR name another one")
    return _fine("temporary folder", f"{folder}: {free} MiB are free")


def _memory(settings: Settings) -> Check:
    available = available_mib()
    if available is None:
        return _fine("memory", "how much is free cannot be found out on this system")
    wanted = _ENCODER_MIB + settings.workers * _READER_MIB
    detail = f"{available} MiB are free; {settings.workers} workers take about {wanted} MiB"
    if available < _ENCODER_MIB:
        raise UnavailableError(detail, "end other programs, or give the machine or the container more memory")
    return _fine("memory", detail, None if available >= wanted else "run with fewer --workers, or end other programs")


def _state(settings: Settings) -> Check:
    latest = _latest_run(settings)
    name = "database" if settings.database else "state"
    return _fine(name, f"can be read; the last run was {latest:%Y-%m-%d %H:%M} UTC" if latest else "no run yet")


def _latest_run(settings: Settings) -> dt.datetime | None:
    """Return when the last run ended, or began; raises where the state, or the database in its place, is away."""
    if is_older(settings) or not open_storage(settings).has_ledger():
        return None
    with closing(open_storage(settings).open_ledger(write=False)) as ledger:
        return next((run.ended or run.started for run in ledger.runs()[:1]), None)


def _blobs(settings: Settings) -> Check:
    """Write something into the store that homes share, read it and delete it."""
    if settings.blobs is None:
        return _fine("blobs", "in the home")
    store = shared_blobs(settings.blobs, settings)
    name = store.put(os.urandom(32))
    store.get(name)
    store.discard(name)
    return _fine("blobs", f"{settings.blobs.url} can be written")


def _clock(settings: Settings) -> Check:
    """Compare the clock with the program and with the last run."""
    now = dt.datetime.now(dt.UTC)
    latest = _BUILT
    with suppress(CustomsLensError):  # of the state, which has a finding of its own
        latest = max(latest, _latest_run(settings) or latest)
    if now < latest - _SKEW:
        message = f"it is {now:%Y-%m-%d %H:%M} UTC by the clock, before {latest:%Y-%m-%d %H:%M}, "
        message += "when the last run was" if latest > _BUILT else "when this program was made"
        raise UnavailableError(message, "set the clock of this machine (timedatectl set-ntp true)")
    return _fine("clock", f"{now:%Y-%m-%d %H:%M} UTC")


def _text_recognition(settings: Settings) -> Check:
    reason = why_not(settings.reading.ocr)
    return _fine("text recognition", "scans are recognised" if reason is None else "scans are not recognised", reason)


def _prepared(settings: Settings) -> Check:
    identity, spec = encoder_identity(settings), resolve_encoder(settings.encoder)
    ready = identity.engine == "torch" or torch_only(spec, settings).is_file() or export_folder(spec, settings).is_dir()
    detail = f"{identity.name}, by {identity.engine}"
    first = "the first run prepares it, in about a minute; or run 'customs-lens models prepare' now"
    return _fine("prepared encoder", detail, None if ready else first)


def _elasticsearch(settings: Settings) -> Check:
    if settings.index != "elasticsearch":
        return _fine("elasticsearch", "not used")
    from index.elastic.client import connect

    cluster = connect(settings.elasticsearch)
    try:
        return _fine("elasticsearch", f"{cluster.url} answers")
    finally:
        cluster.client.close()


def _prefect(_: Settings) -> Check:
    given = os.environ.get("PREFECT_API_URL", "")
    if not given:
        return _fine("prefect", "not used: PREFECT_API_URL is not set")
    try:
        url = server_parts(given, ("http", "https")).geturl()
    except ValueError as error:
        raise UnavailableError(f"PREFECT_API_URL: {error}", "set it to http://HOST:4200/api, or unset it") from None
    shown = without_secrets(url)
    try:
        with urllib.request.urlopen(f"{shown.rstrip('/')}/health", timeout=_SECONDS):  # noqa: S310 - http or https
            return _fine("prefect", f"{shown} answers")
    except OSError as error:
        if isinstance(error, urllib.error.HTTPError) and error.code in _REFUSED:
            return _fine("prefect", f"{shown} answers, to those who know its password")
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        message = f"{shown}: no Prefect server answers: {reason}"
        raise UnavailableError(message, "start it, correct PREFECT_API_URL, or unset it") from error


def available_mib() -> int | None:
    """Return the MiB of memory available to this process, also within its container; None if unknown."""
    return min(_available(), default=None)


def _available() -> Iterator[int]:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        yield next(int(line.split()[1]) // 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        pass
    try:
        most, used = (
            Path("/sys/fs/cgroup", name).read_text(encoding="ascii") for name in ("memory.max", "memory.current")
        )
        if most.strip() != "max":
            yield max(0, int(most) - int(used)) // _MIB
    except OSError:
        pass


def _write_something(folder: Path) -> None:
    """Raise `OSError` where nothing can be written in a folder."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x" * 4096)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from error
