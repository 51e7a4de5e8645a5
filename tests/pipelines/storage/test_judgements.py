"""Judgements and corrections in the state: they come back as they were given, from any process, and none is lost."""

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import ValidationError

from configs.settings import load_settings
from configs.system.sqlite.copies import copies
from configs.system.sqlite.database import DamagedError
from extractors.corrections import Correction
from extractors.maturity.judgements import TagJudgement
from extractors.themes.judgements import ThemeJudgement
from index.judgements.overlay import LoadedJudgements
from index.judgements.store import Revision
from pipelines.storage.judgements import Judgements
from pipelines.storage.opening import open_storage
from pipelines.storage.said import damage_of_state
from pipelines.storage.state import State
from pipelines.storage.statements import next_number
from tests.states import STATES, opened_state, settings_with_state, spoil_rows

CHECKOUT = Path(__file__).resolve().parents[3]
WRITER = """
import os, sys
from pathlib import Path
from pydantic import SecretStr
from configs.settings import load_settings
from pipelines.storage.opening import open_storage
from tests.pipelines.storage.test_judgements import judgement
settings = load_settings(Path(sys.argv[1]))
if sys.argv[4]:
    settings = settings.model_copy(update={"database": SecretStr(sys.argv[4])})
store = open_storage(settings).open_judgements(write=False)
os.write(1, b"ready\\n")
for number in range(int(sys.argv[3])):
    store.add([judgement(f"{sys.argv[2]}-{number}-a"), judgement(f"{sys.argv[2]}-{number}-b")])
    os.write(1, f"{number}\\n".encode())
"""


def judgement(quote="words", **fields):
    values = {"at": "2024-01-01T00:00:00Z", "author": "ana", "action": "accept", "tag": "t", "document": "d"}
    values |= {"model": "m", "model_version": "1", "provenance": "derived", "judged": "a", "dimension": "a"}
    return TagJudgement(quote=quote, offset=3, **(values | fields))


def of_theme(**fields):
    values = {"at": "2024-01-01T00:00:00Z", "author": "ana", "action": "set", "tag": "d-0:theme:mobile"}
    values |= {"document": "d", "quote": "words", "offset": 3, "theme": "mobile", "label": "Mobile"}
    return ThemeJudgement(**(values | fields))


def correction(document="d", field="title", value="Mine", **more):
    values = {"at": "2024-01-01T00:00:00Z", "author": "ana", "action": "set", "document": document}
    return Correction(field=field, value=value, **(values | more))


@pytest.fixture(params=STATES)
def settings(request, tmp_path):
    return settings_with_state(request, tmp_path / "home")


@pytest.fixture
def in_a_file(tmp_path):
    return load_settings(tmp_path / "home")


@pytest.fixture
def store(settings):
    with opened(settings) as found:
        yield found


def opened(settings):
    return closing(open_storage(settings).open_judgements(write=False))


def quotes(settings):
    with opened(settings) as store:
        return [one.quote for one in store.since(0)]


@pytest.fixture
def start(settings):
    """Start a process that adds pairs of judgements and says after each that it is safe."""
    database = settings.database.get_secret_value() if settings.database else ""

    def begin(name, pairs):
        command = [sys.executable, "-c", WRITER, str(settings.home), name, str(pairs), database]
        environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)

    return begin


def test_judgements_come_back_as_they_were_to_everyone(settings, store):
    second = judgement("é\n “b”", action="set", level="L1", modality="planned", subject="Arvenia")
    given = [judgement("a"), second, of_theme()]
    with opened(settings) as other:
        assert (other.since(0), other.revision()) == ([], Revision())
        stored = store.add(given)
        assert stored == [one.model_copy(update={"id": n}) for n, one in enumerate(given, 1)]
        assert other.since(0) == store.since(0) == stored
        assert other.revision() == Revision(last=3)
        assert [one.id for one in other.add([judgement("c")])] == [4]
        assert [one.quote for one in store.since(3)] == ["c"]


@pytest.mark.parametrize("missing", ["theme", "label", "action"])
def test_all_of_several_are_stored_or_none(store, missing):
    broken = of_theme().model_copy(update={missing: None})
    with pytest.raises(ValidationError):
        store.add([judgement(), broken])
    assert store.since(0) == []
    assert [one.id for one in store.add([judgement()])] == [1]


def test_corrections_come_back_as_they_were_and_are_no_judgements(settings, store):
    said = [correction(act="12ab"), correction(field="date", value=None), correction(action="withdraw", value=None)]
    assert store.corrections() == []
    stored = store.correct(said)
    with opened(settings) as other:
        assert other.corrections() == stored
    assert [one.model_copy(update={"id": 0}) for one in stored] == said
    assert [one.id for one in store.corrections(1)] == [2, 3]
    assert (store.since(0), store.revision()) == ([], Revision())


def test_they_follow_their_words_to_another_document(store):
    store.add([judgement(tag="d-0:a:3"), of_theme(), judgement(document="e", tag="e-0:a:3")])
    store.correct([correction(), correction("e", "version_of", "d"), correction("e", value="d")])
    assert store.rename({"d": "n", "x": "y"}) == 4
    found = [(one.id, one.document, one.tag) for one in store.since(0)]
    assert found == [(1, "n", "n-0:a:3"), (2, "n", "n-0:theme:mobile"), (3, "e", "e-0:a:3")]
    found = [(one.document, one.field, one.value) for one in store.corrections()]
    assert found == [("n", "title", "Mine"), ("e", "version_of", "n"), ("e", "title", "d")]
    assert store.revision() == Revision(last=3, moves=1)
    assert store.rename({"d": "n"}) == 0


def test_who_read_them_before_they_moved_reads_them_again(settings, store):
    store.add([judgement(), judgement("other", document="e")])
    with opened(settings) as other:
        known = LoadedJudgements(other)
        known.refresh()
        assert [one.quote for one in known.of["d"]] == ["words"]
        store.rename({"d": "n"})
        store.add([judgement("later", document="n")])
        known.refresh()
        said = {name: [one.quote for one in judgements] for name, judgements in known.of.items()}
        assert said == {"n": ["words", "later"], "e": ["other"]}
        assert known.revision == Revision(last=3, moves=1)


def test_who_has_read_one_has_read_all_before_it_though_an_earlier_one_commits_slowly(settings, monkeypatch):
    """Two annotators: the first has a number, and commits after the second has asked for one."""
    has_number, ended = threading.Event(), threading.Event()

    def slow(connection, counter, count=1):
        number = next_number(connection, counter, count)
        if threading.current_thread().name == "slow":
            has_number.set()
            ended.wait(0.5)  # the other one would be through by then
        return number

    def add(quote):
        with opened(settings) as store:
            store.add([judgement(quote)])

    add("first")
    monkeypatch.setattr("pipelines.storage.judgements.next_number", slow)
    thread = threading.Thread(target=add, args=("slow",), name="slow")
    thread.start()
    assert has_number.wait(300)
    add("fast")
    with opened(settings) as store:
        seen = [(one.id, one.quote) for one in store.since(1)]
    ended.set()
    thread.join()
    assert seen == [(2, "slow"), (3, "fast")]


@pytest.mark.slow
def test_two_processes_add_at_once_and_nothing_is_lost(settings, start):
    """They make the tables together, too."""
    pairs = 30
    writers = [start(name, pairs) for name in ("one", "two")]
    assert [writer.wait(120) for writer in writers] == [0, 0]
    for writer in writers:
        writer.stdout.close()
    found = quotes(settings)
    assert sorted(found) == sorted(
        f"{name}-{n}-{part}" for name in ("one", "two") for n in range(pairs) for part in "ab"
    )
    assert [quote[:-1] for quote in found[1::2]] == [quote[:-1] for quote in found[::2]]


@pytest.mark.slow
def test_what_was_safe_outlives_a_kill_and_pairs_stay_together(settings, start):
    moments = random.Random(3)
    safe: set[str] = set()
    for name in map(str, range(8)):
        with start(name, 10_000) as process:
            assert process.stdout.readline() == "ready\n"
            safe.add(f"{name}-{process.stdout.readline().strip()}")  # on a busy machine the first one takes its time
            timer = threading.Timer(moments.uniform(0.3, 0.8), process.send_signal, [signal.SIGKILL])
            timer.start()
            safe |= {f"{name}-{line.strip()}" for line in process.stdout if line.endswith("\n")}
            timer.join()
        assert process.returncode == -signal.SIGKILL
        found = quotes(settings)
        stored = {quote.rpartition("-")[0] for quote in found}
        assert safe <= stored
        assert sorted(found) == sorted(f"{one}-{part}" for one in stored for part in "ab")
    assert len(safe) >= 8


@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
@pytest.mark.postgresql
def test_what_was_said_in_a_home_is_there_in_the_database_that_it_uses_later(settings, in_a_file):
    with opened(in_a_file) as store:
        store.add([judgement("a")])
        store.correct([correction()])
    with opened(settings) as store:
        assert [one.quote for one in store.since(0)] == ["a"]
        assert [one.value for one in store.corrections()] == ["Mine"]
        assert [one.id for one in store.add([judgement("b")])] == [2]
        with opened(in_a_file) as before:
            assert store.name == before.name


def test_looking_makes_no_file_and_loads_no_library(tmp_path):
    code = f"""
import sys
from pathlib import Path
from configs.settings import load_settings
from pipelines.storage.opening import open_storage
store = open_storage(load_settings(Path({str(tmp_path / "home")!r}))).open_judgements(write=False)
print(*store.revision())
store.close()
sys.exit("sqlalchemy" in sys.modules)
"""

    def look():
        environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
        return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)

    assert look().stdout == "0 0\n"
    assert not (tmp_path / "home").exists()
    with opened(load_settings(tmp_path / "home")) as store:
        store.add([judgement(), judgement()])
    assert look().stdout == "2 0\n"


def test_a_judgement_waits_for_no_work_of_another(in_a_file):
    """As an ingest, which writes the state in short changes while it reads papers."""
    stop = threading.Event()

    def ingest():
        with opened_state(in_a_file) as state:
            while not stop.is_set():
                with state.changing(copied=False) as connection:
                    next_number(connection, "arrivals")
                time.sleep(0.01)

    thread = threading.Thread(target=ingest)
    thread.start()
    try:
        with opened(in_a_file) as store:
            store.add([judgement()])
            began = time.monotonic()
            for _ in range(20):
                store.add([judgement()])
            seconds = (time.monotonic() - began) / 20
    finally:
        stop.set()
        thread.join()
    assert seconds < 2  # it would wait for the whole ingest


def test_they_are_in_the_copy_of_the_day_which_can_take_the_place_of_the_file(in_a_file):
    path = in_a_file.home / "state.db"
    with opened(in_a_file) as store:
        said = store.add([judgement(), of_theme()]), store.correct([correction()])
    (copy,) = copies(path)
    path.write_bytes(b"no database" * 1000)
    with opened(in_a_file) as store, pytest.raises(DamagedError, match="doctor --repair"):
        store.revision()
    path.unlink()
    shutil.copyfile(copy.path, path)
    with opened(in_a_file) as store:
        assert (store.since(0), store.corrections()) == said


def test_a_row_that_cannot_be_read_takes_no_copys_place(in_a_file, caplog):
    """What else people say would be copied with it, day by day, until no copy has the row as it was."""
    path = in_a_file.home / "state.db"
    with opened(in_a_file) as store:
        store.add([judgement()])
    spoil_rows(path, "UPDATE judgements SET content = 'no JSON'")
    with opened(in_a_file) as store:
        store.correct([correction()])
    (copy,) = copies(path)
    assert damage_of_state(copy.path) is None
    assert "no copy could be kept" in caplog.text


def test_an_older_copy_is_noticed_by_who_knew_more(in_a_file):
    path = in_a_file.home / "state.db"
    with opened(in_a_file) as store:
        store.add([judgement("first")])
    (copy,) = copies(path)
    kept = copy.path.read_bytes()
    with opened(in_a_file) as store:
        known = LoadedJudgements(store)
        store.add([judgement("lost")])
        known.refresh()
        path.unlink()
        for companion in path.parent.glob("state.db-*"):
            companion.unlink()
        path.write_bytes(kept)
        known.refresh()
        assert [one.quote for one in known.of["d"]] == ["first"]


def test_a_store_that_is_damaged_is_told_once_and_read_again_when_it_is_repaired(in_a_file, caplog):
    path = in_a_file.home / "state.db"
    with opened(in_a_file) as store:
        store.add([judgement()])
    path.write_bytes(b"")
    with opened(in_a_file) as store:
        known = LoadedJudgements(store)
        for _ in range(2):
            known.refresh()
        assert (dict(known.of), len(caplog.records)) == ({}, 1)
        assert "judgements are left out" in caplog.text
        with pytest.raises(DamagedError):
            known.require()
        path.unlink()
        shutil.copyfile(copies(path)[0].path, path)
        known.refresh()
        known.require()
    assert [one.quote for one in known.of["d"]] == ["words"]


@pytest.mark.parametrize(
    ("table", "content"),
    [("corrections", '{"field": "x"}'), ("judgements", '{"kind": "theme"}'), ("judgements", "no JSON")],
)
def test_a_row_that_nobody_can_have_said_is_damage(in_a_file, table, content):
    path = in_a_file.home / "state.db"
    with opened(in_a_file) as store:
        store.add([judgement()])
        store.correct([correction()])
    assert damage_of_state(path) is None
    spoil_rows(path, f"UPDATE {table} SET content = ?", content)
    assert damage_of_state(path)
    with closing(Judgements(State(in_a_file))) as store, pytest.raises(DamagedError, match="doctor --repair"):
        store.corrections() if table == "corrections" else store.since(0)
