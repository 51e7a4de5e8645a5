"""The command line, run in this process or in one of its own, and a home with the samples in it."""

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from index.encoder import encoder_identity, open_encoder
from pipelines.search import service
from pipelines.stages import components
from portal.cli import main
from tests.forked import USER, fork_server
from tests.remembering import Remembering, answers_kept

CHECKOUT = Path(__file__).resolve().parents[2]
RUN = "import sys; from portal.cli import main; main(sys.argv[1:])"


@dataclass(frozen=True)
class Outcome:
    """What a command left: its exit code and both streams."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        """The one JSON document on standard output; fails where there is anything else."""
        return json.loads(self.out)

    @property
    def line(self):
        """The one line on standard error."""
        lines = self.err.strip().splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("customs-lens: ")
        return lines[0]


WITHOUT_OCR = {"CUSTOMS_LENS_READING__OCR__ENABLED": "off"}
"""The tests expect the same answers whether text recognition is installed or not."""


def clean_environment(**more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CUSTOMS_LENS_", "PREFECT_"))}
    return kept | {"PYTHONPATH": str(CHECKOUT)} | WITHOUT_OCR | more


@pytest.fixture(scope="session", autouse=True)
def _without_ocr():
    with pytest.MonkeyPatch.context() as patch:
        for name, value in WITHOUT_OCR.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch):
    outside = [name for name in os.environ if name.startswith(("CUSTOMS_LENS_", "PREFECT_"))]
    for name in set(outside) - WITHOUT_OCR.keys():
        monkeypatch.delenv(name)


@pytest.fixture(scope="session", autouse=True)
def _each_encoder_opened_once():
    """Commands in this process share encoders, each asked for a text once; so do those that are forked, by files."""
    opened = {}

    def once(settings):
        key = (settings.encoder, settings.encoder_engine, settings.cache, encoder_identity(settings).model_hash)
        if key not in opened:
            encoder = open_encoder(settings)
            with answers_kept():  # for this one alone: tests of encoders may follow in this process
                encoder._engine()
            opened[key] = Remembering(encoder)
        return opened[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service, "open_encoder", once)
        patch.setattr(components, "open_encoder", once)
        yield


def run_here(*arguments, command=main):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as end:
        command([str(one) for one in arguments])
    return Outcome(end.value.code, out.getvalue(), err.getvalue())


def run_apart(*arguments, code=RUN, stdin="", environment=None, timeout=900, **options):
    """Run code in a process of its own; the program as it is in one that has its modules loaded."""
    own = environment or {}
    command = [sys.executable, "-c", code]
    of_program = all(name.startswith("CUSTOMS_LENS_") or name in {"HOME", USER} for name in own)
    if code == RUN and of_program and options.keys() <= {"cwd", "umask"}:
        command = fork_server().command()
    done = subprocess.run(
        [*command, *map(str, arguments)],
        input=stdin,
        env=clean_environment(**own),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        **options,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def cli():
    """Run a command in this process."""
    return run_here


@pytest.fixture(scope="session")
def process():
    """Run a command in a process of its own."""
    return run_apart


@pytest.fixture(scope="session")
def start():
    """Start a command in a process group of its own and return it running."""

    def begin(*arguments, **options):
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        command = [sys.executable, "-c", RUN, *map(str, arguments)]
        return subprocess.Popen(command, env=clean_environment(), start_new_session=True, **(streams | options))

    return begin


def copy_of(home, folder):
    """Copy a home that tests only read; what SQLite keeps beside its files, and a file half written, go meanwhile."""
    return shutil.copytree(home, folder, ignore=shutil.ignore_patterns("*-wal", "*-shm", "*.unfinished"))


@pytest.fixture
def own_home(sample_home, tmp_path):
    """A copy of the home with the samples, to be changed."""
    return copy_of(sample_home, tmp_path / "home")


@pytest.fixture
def ask(cli, sample_home):
    """Run a command over the samples with `--json` and return its answer."""

    def run(*arguments):
        outcome = cli(*arguments, "--home", sample_home, "--json")
        assert outcome.code == 0, outcome.err
        return outcome.json

    return run


def mismatch(value, shape, at="$"):
    """Return where and how a value differs from a shape, or None.

    A shape is a type, a tuple of alternatives, a set of allowed values, None, a list of one shape, or a
    dictionary whose keys are exactly those of the value (`{str: shape}`: any keys).
    """
    if isinstance(shape, tuple):
        found = [mismatch(value, one, at) for one in shape]
        return None if None in found else f"{at}: none of {len(shape)} shapes: {found[-1]}"
    if isinstance(shape, set):
        return None if value in shape else f"{at}: {value!r} is not one of {sorted(shape)}"
    kind = _kind(shape)
    if type(value) is not kind and (kind, type(value)) != (float, int):
        return f"{at}: {value!r} is no {kind.__name__}"
    return next((problem for part in _parts(value, shape, at) if (problem := mismatch(*part))), None)


def _kind(shape):
    if shape is None:
        return type(None)
    return shape if isinstance(shape, type) else type(shape)


def _parts(value, shape, at):
    """Yield the parts of a list or mapping, each with its shape and place; a missing or extra key has none."""
    if isinstance(shape, list):
        yield from ((one, shape[0], f"{at}[{place}]") for place, one in enumerate(value))
    elif isinstance(shape, dict):
        shape = dict.fromkeys(value, shape[str]) if str in shape else shape
        for name in sorted(value.keys() ^ shape.keys()):
            yield name, set(), f"{at}: this key is {'missing' if name in shape else 'too many'}"
        yield from ((value[name], shape[name], f"{at}.{name}") for name in value.keys() & shape.keys())


@pytest.fixture(scope="session")
def assert_shape():
    """Assert that a JSON value has exactly a shape (see `mismatch`)."""

    def check(value, shape):
        assert mismatch(value, shape) is None

    return check
