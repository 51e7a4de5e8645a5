"""From 0.1.0 on a newer version takes over what an older one stored, and the older one refuses what the newer wrote.

0.1.0 has no successor yet: `tests.next_version` is one.
"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from configs.settings import load_settings
from configs.system.errors import MismatchError
from index.embedded import schema
from pipelines.storage import state as module
from pipelines.storage.state import State
from pipelines.storage.statements import put
from pipelines.storage.tables import SCHEMA_VERSION, searches
from tests.conftest import CHECKOUT

OWN, NEXT = "portal.cli", "tests.next_version"
PAPER = "The single window of Veldia went live in 2021.\n"


@pytest.fixture
def run(tmp_path):
    """A function that runs a command of a version over the home, and gives exit code and all that it says."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CUSTOMS_LENS_")}
    environment |= {"PYTHONPATH": str(CHECKOUT), "CUSTOMS_LENS_ENCODER": "all-MiniLM-L6-v2"}
    environment |= {"CUSTOMS_LENS_HOME": str(tmp_path / "home"), "CUSTOMS_LENS_READING__OCR__ENABLED": "off"}

    def running(version, *arguments):
        command = [sys.executable, "-m", version, *map(str, arguments)]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    return running


def versions(home):
    with closing(sqlite3.connect(home / "state.db")) as state:
        found = state.execute("PRAGMA user_version").fetchone()[0]
    return found, schema.version_of_file(home / "index" / "truth.sqlite")


@pytest.mark.model
@pytest.mark.slow
@pytest.mark.long
def test_a_newer_version_takes_a_home_and_a_backup_over_and_the_older_one_refuses_both(run, tmp_path, full_disk):
    home = tmp_path / "home"
    (tmp_path / "a.txt").write_text(PAPER)
    assert run(OWN, "ingest", "a.txt")[0] == 0
    assert run(OWN, "backup", "old.zip")[0] == 0
    before = (SCHEMA_VERSION, schema.SCHEMA_VERSION)

    code, said = run(NEXT, "doctor", "--preflight")
    assert (code, versions(home)) == (0, before)  # a dry run changes nothing
    assert f"up to version {SCHEMA_VERSION + 1}, in seconds" in said
    assert f"from version {schema.SCHEMA_VERSION} to {schema.SCHEMA_VERSION + 1}" in said
    with full_disk():
        assert run(NEXT, "rebuild")[0] == 3
    assert versions(home) == before

    assert run(NEXT, "rebuild")[0] == 0
    assert run(NEXT, "runs")[0] == 0
    assert run(NEXT, "backup", "new.zip")[0] == 0
    assert versions(home) == (SCHEMA_VERSION + 1, schema.SCHEMA_VERSION + 1)
    for command in (["search", "single window"], ["restore", "new.zip", "--home", "other"]):
        code, said = run(OWN, *command)
        assert (code, "version" in said, "or a newer one" in said) == (2, True, True), command
    assert run(NEXT, "restore", "old.zip", "--home", "restored")[0] == 0
    assert "Veldia" in run(NEXT, "search", "single window", "--home", "restored")[1]


STATE_OF_NEXT = """
import os, signal, sys
import tests.next_version
from pydantic import SecretStr
from sqlalchemy import select
from configs.settings import load_settings
from pipelines.storage import upgrading
from pipelines.storage.state import State
from pipelines.storage.tables import searches

last, whole = int(sys.argv[3]), upgrading._statements

def killed(*given):
    for number, statement in enumerate(whole(*given)):
        if number == last:
            os.kill(os.getpid(), signal.SIGKILL)
        yield statement

upgrading._statements = killed
settings = load_settings(sys.argv[1])
if sys.argv[2]:
    settings = settings.model_copy(update={"database": SecretStr(sys.argv[2])})
with State(settings).changing() as connection:
    print([*map(tuple, connection.execute(select(searches.c.name, searches.c.note)))])
"""


@pytest.fixture(params=["file", pytest.param("server", marks=pytest.mark.postgresql)])
def settings(request, tmp_path):
    """Settings with a state of this version, in which a search is saved."""
    found = load_settings(tmp_path / "home")
    if request.param == "server":
        found = found.model_copy(update={"database": SecretStr(request.getfixturevalue("database"))})
    with State(found).changing() as connection:
        put(connection, searches, [{"name": "mine", "content": "{}", "look": 1}])
    return found


@pytest.mark.slow
def test_a_state_whose_upgrade_was_killed_is_brought_up_by_the_next(settings):
    url = settings.database.get_secret_value() if settings.database else ""

    def upgraded(last):
        command = [sys.executable, "-c", STATE_OF_NEXT, settings.home, url, str(last)]
        return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)

    worker = State(settings, patient=True)  # of this version, at work while the other comes
    with worker.reading() as connection:
        assert connection.scalars(select(searches.c.name)).all() == ["mine"]
    for last in (2, 4):
        assert upgraded(last).returncode == -signal.SIGKILL
        assert module.stored_version(settings) == SCHEMA_VERSION
    done = upgraded(99)
    assert done.stdout.strip() == "[('mine', '')]", done.stderr
    assert module.stored_version(settings) == SCHEMA_VERSION + 1
    with pytest.raises(MismatchError, match=f"has version {SCHEMA_VERSION + 1}, this program needs {SCHEMA_VERSION}"):
        worker.change(lambda connection: put(connection, searches, [{"name": "b", "content": "{}", "look": 2}]))
    worker.close()


def test_a_backup_of_before_the_first_release_is_refused_as_one(run, tmp_path):
    with zipfile.ZipFile(tmp_path / "old.zip", "w") as packed:
        files = {name: {"bytes": 0, "sha256": "0" * 64} for name in ("ledger.db", "index/truth.sqlite")}
        manifest = {"format": 1, "program": "0.1.0", "made": "2026-11-29T00:00:00+00:00", "encoder": "e"}
        manifest |= {"documents": 0, "passages": 0, "labels": 0, "files": files}
        packed.writestr("manifest.json", json.dumps(manifest))
    code, said = run(OWN, "restore", "old.zip")
    assert (code, "before 0.1.0" in said, "new --home" in said) == (2, True, True)


def test_a_home_of_before_the_first_release_is_not_said_to_have_no_judgements(tmp_path):
    from pipelines.maintenance.health import checks

    (tmp_path / "labels.db").write_bytes(b"of another time")
    found = {one.name: one for one in checks(load_settings(tmp_path))}
    for name in ("ledger", "judgements"):
        assert (found[name].ok, "labels.db" in found[name].detail) == (False, True)
        assert "before 0.1.0" in found[name].remedy
