"""The file of labels: labels come back as they were given, from any process, and nothing takes one away."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from configs.system.errors import MismatchError, UnavailableError
from extractors.corrections import Correction
from extractors.maturity.labels import Label
from extractors.themes.annotated import ThemeLabel
from index.annotations.store import LABELS, LabelStore, damage_of_labels
from index.database import DamagedError

CHECKOUT = Path(__file__).resolve().parents[3]
WRITER = """
import os, sys
from pathlib import Path
from index.annotations.store import LabelStore
from tests_label import label
store = LabelStore(Path(sys.argv[1]))
os.write(1, b"ready\\n")
for number in range(int(sys.argv[3])):
    store.add([label(f"{sys.argv[2]}-{number}-a"), label(f"{sys.argv[2]}-{number}-b")])
    os.write(1, f"{number}\\n".encode())
"""
MODULE = """
from extractors.maturity.labels import Label
def label(quote):
    return Label(at="2024-01-01T00:00:00Z", author="ana", action="accept", tag="t", document="d", quote=quote,
                 offset=3, model="m", model_version="1", provenance="derived", judged="a", dimension="a")
"""


def label(quote="words", **fields):
    values = {"at": "2024-01-01T00:00:00Z", "author": "ana", "action": "accept", "tag": "t", "document": "d"}
    values |= {"model": "m", "model_version": "1", "provenance": "derived", "judged": "a", "dimension": "a"}
    return Label(quote=quote, offset=3, **(values | fields))


@pytest.fixture
def start(tmp_path):
    """Start a process that adds pairs of labels and says after each that it is safe."""
    (tmp_path / "tests_label.py").write_text(MODULE)
    environment = {**os.environ, "PYTHONPATH": f"{CHECKOUT}{os.pathsep}{tmp_path}"}

    def begin(home, name, pairs):
        command = [sys.executable, "-c", WRITER, str(home), name, str(pairs)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)

    return begin


def test_labels_come_back_as_they_were(tmp_path):
    given = [label("a"), label("é\n “b”", action="set", level="L1", modality="planned", subject="Arvenia")]
    with LabelStore(tmp_path) as store:
        stored = store.add(given)
        assert [one.id for one in stored] == [1, 2]
        assert store.since(0) == stored == [one.model_copy(update={"id": n}) for n, one in enumerate(given, 1)]
        assert store.since(1) == stored[1:]


def of_theme(**fields):
    values = {"at": "2024-01-01T00:00:00Z", "author": "ana", "action": "set", "tag": "d-0:theme:mobile"}
    values |= {"document": "d", "quote": "words", "offset": 3, "theme": "mobile", "label": "Mobile"}
    return ThemeLabel(**(values | fields))


def test_labels_of_themes_come_back_as_they_were(tmp_path):
    given = [of_theme(), label(), of_theme(action="reject", why="nearest")]
    with LabelStore(tmp_path) as store:
        stored = store.add(given)
        assert store.since(0) == stored
        assert [type(one) for one in stored] == [ThemeLabel, Label, ThemeLabel]
        assert store.rename({"d": "e"}) == len(given)
        assert [one.tag for one in store.since(0)] == ["e-0:theme:mobile", "t", "e-0:theme:mobile"]


@pytest.mark.parametrize("missing", ["theme", "label"])
def test_a_label_without_its_theme_is_not_stored(tmp_path, missing):
    broken = of_theme().model_copy(update={missing: None})
    with LabelStore(tmp_path) as store, pytest.raises(UnavailableError):
        store.add([broken])


def test_looking_makes_no_file(tmp_path):
    with LabelStore(tmp_path / "home") as store:
        assert store.since(0) == []
    assert not (tmp_path / "home").exists()


def test_all_of_several_labels_are_stored_or_none(tmp_path):
    broken = label().model_copy(update={"action": "praise"})
    with LabelStore(tmp_path) as store:
        with pytest.raises(UnavailableError):
            store.add([label(), broken])
        assert store.since(0) == []
        assert [one.id for one in store.add([label()])] == [1]


@pytest.mark.parametrize("statement", ["DELETE FROM labels", "UPDATE labels SET action = 'reject'"])
def test_a_label_is_never_changed_or_deleted(tmp_path, statement):
    with LabelStore(tmp_path) as store:
        store.add([label()])
    connection = sqlite3.connect(tmp_path / LABELS)
    with pytest.raises(sqlite3.IntegrityError, match="never"):
        connection.execute(statement)
    connection.close()


def test_a_file_of_another_version_or_of_something_else_is_refused(tmp_path):
    with LabelStore(tmp_path) as store:
        store.add([label()])
    connection = sqlite3.connect(tmp_path / LABELS)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(MismatchError, match="file of labels has version 99"):
        LabelStore(tmp_path).since(0)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / LABELS).write_bytes(b"no database at all, but long enough to be one" * 20)
    with pytest.raises(UnavailableError, match=LABELS):
        LabelStore(tmp_path / "other").since(0)


def test_labels_follow_their_words_to_another_document(tmp_path):
    with LabelStore(tmp_path) as store:
        store.add([label(tag="d-0:a:3"), label(document="e", tag="e-0:a:3")])
        assert store.rename({"d": "n", "x": "y"}) == 1
        assert [(one.document, one.tag) for one in store.since(0)] == [("n", "n-0:a:3"), ("e", "e-0:a:3")]


def test_a_file_that_was_emptied_is_not_begun_again_by_a_change_of_ids(tmp_path):
    with LabelStore(tmp_path) as store:
        store.add([label()])
    (tmp_path / LABELS).write_bytes(b"")
    with pytest.raises(DamagedError, match="empty"):
        LabelStore(tmp_path).rename({"d": "n"})
    assert (tmp_path / LABELS).stat().st_size == 0


@pytest.mark.slow
def test_two_processes_add_at_once_and_nothing_is_lost(tmp_path, start):
    """They make the file together, too."""
    pairs = 30
    for round_ in range(3):
        home = tmp_path / f"home{round_}"
        writers = [start(home, name, pairs) for name in ("one", "two")]
        assert [writer.wait(60) for writer in writers] == [0, 0]
        for writer in writers:
            writer.stdout.close()
        with LabelStore(home) as store:
            quotes = [one.quote for one in store.since(0)]
        wanted = [f"{name}-{n}-{part}" for name in ("one", "two") for n in range(pairs) for part in "ab"]
        assert sorted(quotes) == sorted(wanted)
        first = quotes[::2]
        assert [quote[:-1] for quote in quotes[1::2]] == [quote[:-1] for quote in first]


@pytest.mark.slow
def test_what_was_safe_outlives_a_kill_and_pairs_stay_together(tmp_path, start):
    moments = random.Random(3)
    safe: set[str] = set()
    for name in map(str, range(12)):
        with start(tmp_path, name, 10_000) as process:
            assert process.stdout.readline() == "ready\n"
            timer = threading.Timer(moments.uniform(0.0, 0.3), process.send_signal, [signal.SIGKILL])
            timer.start()
            safe |= {f"{name}-{line.strip()}" for line in process.stdout if line.endswith("\n")}
            timer.join()
        assert process.returncode == -signal.SIGKILL
        with LabelStore(tmp_path) as store:
            quotes = [one.quote for one in store.since(0)]
        stored = {quote.rpartition("-")[0] for quote in quotes}
        assert safe <= stored
        assert sorted(quotes) == sorted(f"{one}-{part}" for one in stored for part in "ab")
    assert len(safe) > 12


def correction(document="d", field="title", value="Mine", **more):
    values = {"at": "2024-01-01T00:00:00Z", "author": "ana", "action": "set", "document": document}
    return Correction(field=field, value=value, **(values | more))


def test_corrections_come_back_as_they_were_and_are_no_labels(tmp_path):
    said = [correction(act="12ab"), correction(field="date", value=None), correction(action="withdraw", value=None)]
    with LabelStore(tmp_path) as store:
        assert store.corrections() == []
        stored = store.correct(said)
    with LabelStore(tmp_path) as store:
        assert store.corrections() == stored
        assert [one.model_copy(update={"id": 0}) for one in stored] == said
        assert [one.id for one in store.corrections(1)] == [2, 3]
        assert store.since(0) == []


def test_corrections_follow_documents_that_have_other_ids(tmp_path):
    with LabelStore(tmp_path) as store:
        store.correct([correction(), correction("e", "version_of", "d"), correction("e", value="d")])
        assert store.rename({"d": "new"}) == 2
        found = [(one.document, one.field, one.value) for one in store.corrections()]
        assert found == [("new", "title", "Mine"), ("e", "version_of", "new"), ("e", "title", "d")]
        assert store.rename({"d": "new"}) == 0


@pytest.mark.parametrize("statement", ["DELETE FROM corrections", "UPDATE corrections SET value = 'x'"])
def test_a_correction_is_never_changed_or_deleted(tmp_path, statement):
    with LabelStore(tmp_path) as store:
        store.correct([correction()])
        store.rename({"d": "new"})
    connection = sqlite3.connect(tmp_path / LABELS)
    with pytest.raises(sqlite3.IntegrityError, match="corrections are never"):
        connection.execute(statement)
    connection.close()


def test_a_correction_of_no_field_is_damage(tmp_path):
    with LabelStore(tmp_path) as store:
        store.correct([correction()])
    connection = sqlite3.connect(tmp_path / LABELS)
    connection.execute(
        "INSERT INTO corrections (at, author, action, document, field) VALUES ('', 'a', 'set', 'd', 'x')"
    )
    connection.commit()
    connection.close()
    assert damage_of_labels(tmp_path / LABELS)
    with LabelStore(tmp_path) as store, pytest.raises(DamagedError, match="doctor --repair"):
        store.corrections()
