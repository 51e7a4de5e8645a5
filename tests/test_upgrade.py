"""From 0.1.0 on a newer version takes over what an older one stored, and the older one refuses what the newer wrote.

0.1.0 has no successor yet: `tests.next_version` is one.
"""

import hashlib
import json
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
import zipfile
from contextlib import closing

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from configs.settings import load_settings
from configs.system.errors import MismatchError
from index.embedded import schema
from index.filters import EVERY_CLASS
from pipelines.maintenance.health import checks
from pipelines.maintenance.restore import restore
from pipelines.storage import state as module
from pipelines.storage.state import State
from pipelines.storage.statements import put
from pipelines.storage.tables import SCHEMA_VERSION, searches
from tests import answers
from tests.conftest import CHECKOUT, delete_indices
from tests.portal.conftest import clean_environment

OWN, NEXT = "portal.cli", "tests.next_version"
PAPER = "The single window of Veldia went live in 2021.\n"
RELEASED = CHECKOUT / "tests" / "release"
DIGESTS = {
    "home.zip": "f7ee875d8c2e0a768d0d9d509c315e3923a0e1012ee4294eade174f9d6608649",
    "backup.zip": "d4ef47c37e6bf34d93457d230081a32492dc1028a357d4332a993d30db1284eb",
}
"""What 0.1.0 stored, as it was released (`tests.release.make`): these files never change."""


@pytest.fixture
def released(tmp_path):
    """A home as 0.1.0 left it."""
    for name, digest in DIGESTS.items():
        assert hashlib.sha256((RELEASED / name).read_bytes()).hexdigest() == digest, name
    with zipfile.ZipFile(RELEASED / "home.zip") as packed:
        packed.extractall(tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def environment(tmp_path):
    """The variables of commands over the home."""
    return clean_environment(CUSTOMS_LENS_HOME=str(tmp_path / "home"))


@pytest.fixture
def run(tmp_path, environment):
    """A function that runs a command of a version over the home, and gives exit code and all that it says."""

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
def test_what_0_1_0_stored_is_opened_searched_judged_and_restored(released, tmp_path):
    restored = load_settings(tmp_path / "restored")
    assert restore(restored, RELEASED / "backup.zip").labels == 1
    for settings in (load_settings(released), restored):
        assert [one for one in checks(settings) if not one.ok] == []
        hit, *_ = answers.search(settings, "interconnected single windows", access_classes=EVERY_CLASS)["hits"]
        assert hit["document"]["key"] == "PC9005"
        assert (hit["passages"][0]["pages"], hit["passages"][0]["paragraphs"]) == ([2], ["12.", "13."])
        assert answers.show(settings, "PC9001E1a", access_classes=EVERY_CLASS)["title"] == "Corrected by hand"
        assert [one.search.name for one in answers.alerts(settings, access_classes=EVERY_CLASS)] == ["windows"]
        passages = answers.show(settings, "PC9005E1a", access_classes=EVERY_CLASS, full=True)["passages"]
        tags = [tag for passage in passages for tag in passage["maturity"]]
        assert [tag["status"] for tag in tags if tag["by"] == "ana"] == ["accepted"]
        answers.judge(settings, "reject", [tags[-1]["id"]], "ben", access_classes=EVERY_CLASS)
        assert len(answers.history(settings, access_classes=EVERY_CLASS)) == 2


@pytest.mark.model
@pytest.mark.slow
@pytest.mark.long
def test_a_newer_version_takes_a_home_and_a_backup_over_and_the_older_one_refuses_both(run, released, full_disk):
    before = (SCHEMA_VERSION, schema.SCHEMA_VERSION)
    assert versions(released) == before
    code, said = run(NEXT, "doctor", "--preflight")
    assert (code, versions(released)) == (0, before)  # a dry run changes nothing
    assert f"up to version {SCHEMA_VERSION + 1}, in seconds" in said
    assert f"from version {schema.SCHEMA_VERSION} to {schema.SCHEMA_VERSION + 1}" in said
    with full_disk():
        assert run(NEXT, "rebuild")[0] == 3
        assert run(NEXT, "runs")[0] == 3
    assert versions(released) == before

    assert run(NEXT, "rebuild")[0] == 0
    assert run(NEXT, "runs")[0] == 0
    assert run(NEXT, "backup", "new.zip")[0] == 0
    assert versions(released) == (SCHEMA_VERSION + 1, schema.SCHEMA_VERSION + 1)
    for command in (["search", "single window"], ["restore", "new.zip", "--home", "other"], ["runs"]):
        code, said = run(OWN, *command)
        assert (code, "version" in said, "or a newer one" in said) == (2, True, True), command
    assert run(NEXT, "restore", RELEASED / "backup.zip", "--home", "restored")[0] == 0
    assert "PC9005E1a" in run(NEXT, "search", "interconnected single windows", "--home", "restored")[1]


INDEX_OF_NEXT = """
import os, signal, sys
from itertools import chain, count
from pathlib import Path
import tests.next_version
from index.embedded import engine, schema

def opened(connection):
    connection.set_trace_callback(lambda _: next(statements) == last and os.kill(os.getpid(), signal.SIGKILL))
    whole(connection)

folder, whole, ended = Path(sys.argv[1]), schema.migrate, None
schema.migrate = opened
for last in chain(range(12), count(12, 9)):  # each of what brings the tables up, some of what rebuilds the rest
    if not (child := os.fork()):
        statements = count()
        engine.rebuild(folder)
        os._exit(0)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(ended, schema.version_of_file(folder / "truth.sqlite"), flush=True)
    if ended != -signal.SIGKILL:
        break
"""


@pytest.mark.model
@pytest.mark.slow
@pytest.mark.long
def test_an_index_whose_upgrade_was_killed_at_a_statement_is_brought_up_by_the_next(run, released):
    command = [sys.executable, "-c", INDEX_OF_NEXT, released / "index"]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    steps = [tuple(map(int, line.split())) for line in done.stdout.splitlines()]
    old, new = schema.SCHEMA_VERSION, schema.SCHEMA_VERSION + 1
    assert steps[-1] == (0, new), done.stderr
    assert {ended for ended, _ in steps[:-1]} == {-signal.SIGKILL}
    found = [version for _, version in steps]
    assert found == sorted(found)  # once brought up, it stays so
    assert {*found} == {old, new}
    assert "PC9005E1a" in run(NEXT, "search", "interconnected single windows")[1]
    assert run(NEXT, "doctor")[0] == 0


AT_WORK = """
import sys, time
from pathlib import Path
from index.elastic.writer import Writer
from portal.cli import main

whole = Writer.put

def held(*given):
    whole(*given)
    Path("at-work").touch()
    while not Path("go-on").exists():
        time.sleep(0.05)

Writer.put = held
main(sys.argv[1:])
"""


@pytest.mark.model
@pytest.mark.elasticsearch
@pytest.mark.postgresql
@pytest.mark.slow
@pytest.mark.long
def test_an_alias_changes_while_no_older_worker_writes_and_nothing_is_written_twice(
    run, environment, database, elasticsearch_url, tmp_path
):
    name = f"test-{uuid.uuid4().hex[:8]}"
    environment |= {"CUSTOMS_LENS_INDEX": "elasticsearch", "CUSTOMS_LENS_DATABASE": database}
    environment |= {"ELASTICSEARCH_URL": elasticsearch_url, "ELASTICSEARCH_NAME": name}
    other = {**environment, "CUSTOMS_LENS_HOME": str(tmp_path / "other")}
    papers = tmp_path / "papers"
    papers.mkdir()
    (papers / "a.txt").write_text(PAPER)
    settings = load_settings(tmp_path / "home")
    cluster = settings.elasticsearch.model_copy(update={"url": elasticsearch_url, "name": name})
    try:
        assert run(OWN, "ingest", "papers")[0] == 0
        for number in range(3):
            (papers / f"{number}.txt").write_text(f"Paper {number}. {PAPER}")
        command = [sys.executable, "-c", AT_WORK, "ingest", "papers"]
        with subprocess.Popen(command, cwd=tmp_path, env=other, stderr=subprocess.PIPE, text=True) as worker:
            while not (tmp_path / "at-work").exists():
                assert worker.poll() is None, worker.stderr.read()
                time.sleep(0.05)
            code, said = run(NEXT, "reindex")
            assert (code, "is writing it" in said) == (3, True)
            (tmp_path / "go-on").touch()
            said = worker.communicate()[1]
        assert (worker.returncode, "or a newer one" in said) == (2, True), said

        code, said = run(NEXT, "reindex")
        assert (code, f"{name}-passages-000002" in said) == (0, True), said
        assert run(NEXT, "ingest", "papers")[0] == 0
        found = json.loads(run(NEXT, "search", "Veldia", "--mode", "text", "--json")[1])
        assert (found["documents"], found["passages"]) == (4, 4)
        for command in (["search", "Veldia"], ["reindex"]):
            code, said = run(OWN, *command)
            assert (code, "or a newer one" in said) == (2, True), said
    finally:
        delete_indices(cluster)


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
    (tmp_path / "labels.db").write_bytes(b"of another time")
    found = {one.name: one for one in checks(load_settings(tmp_path))}
    for name in ("ledger", "judgements"):
        assert (found[name].ok, "labels.db" in found[name].detail) == (False, True)
        assert "before 0.1.0" in found[name].remedy
