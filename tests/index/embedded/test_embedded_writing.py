import contextlib
import errno
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest

from configs.system.errors import MismatchError, UnavailableError, UsageError
from configs.system.sqlite.failures import storage_errors, tantivy_errors
from configs.system.sqlite.lock import WriterLock, holder
from index.embedded import text
from index.embedded import writer as writing
from index.filters import EVERY_CLASS, EVERYTHING
from index.results import SearchRequest

CHECKOUT = Path(__file__).resolve().parents[3]


def found(engine, query, **more):
    return engine.search(SearchRequest(filters=EVERYTHING, query=query, mode="text", **more), None).documents


def test_a_new_state_replaces_the_old_one_everywhere(writer, put, make):
    put(make.paper("a", "old words", "more of it"))
    writer.flush()
    put(make.paper("a", "new text"))
    writer.flush()
    assert (found(writer, "old"), found(writer, "new")) == (0, 1)
    assert writer.counts().model_dump() == {"documents": 1, "papers": 1, "passages": 1, "vectors": 1}
    assert all(check.ok for check in writer.checks())


def test_a_removed_document_is_gone(writer, put, make):
    one = put(make.paper("a", "text"))
    assert writer.remove(one.id)
    assert not writer.remove(one.id)
    assert found(writer, "text") == 0
    assert writer.document(one.id, access_classes=EVERY_CLASS) is None


def test_a_reader_sees_documents_after_the_flush_and_whole(writer, opened, put, make):
    reader = opened()
    put(make.paper("a", "first", "second"))
    before = found(reader, "first"), found(reader, "")
    writer.flush()
    assert before == (0, 0)
    assert (found(reader, "first"), found(reader, "")) == (1, 1)


def test_a_reader_keeps_the_old_state_until_the_new_one_can_be_found(writer, opened, put, make):
    put(make.paper("a", "old words"))
    writer.flush()
    reader = opened()
    put(make.paper("a", "new words"))
    assert (found(reader, "old"), found(reader, "new")) == (1, 0)
    writer.flush()
    assert (found(reader, "old"), found(reader, "new")) == (0, 1)


def test_a_batch_is_flushed_by_itself(monkeypatch, writer, opened, put, make):
    monkeypatch.setattr(writing, "_BATCH", 3)
    put(*(make.paper(f"p{n}", "text") for n in range(3)))
    assert found(opened(), "text") == 3


def segments(folder):
    return len(json.loads((folder / "text" / "meta.json").read_text())["segments"])


@pytest.fixture
def scattered(monkeypatch, folder, opened, make):
    """An engine that writes, and papers in more segments than they need."""
    monkeypatch.setattr(text, "_LARGE", 4)
    engine = opened(write=True)
    for n in range(5):
        paper = make.paper(f"p{n}", f"words of w{n}", "customs")
        engine.put(paper, make.vectors(paper), versions={})
        engine.flush()
    assert segments(folder) > 2
    return engine


def test_a_scattered_text_index_is_put_together_in_the_end(scattered, folder, opened, caplog):
    reader = opened()
    with caplog.at_level("INFO", "index.embedded.writer"):
        scattered.close()
    assert "is merged" in caplog.text
    assert segments(folder) <= 2  # the marker may have one of its own
    assert [found(reader, word) for word in ("customs", "w0", "w4")] == [5, 1, 1]
    assert all(check.ok for check in opened().checks())


def test_nobody_waits_for_that_after_an_interrupt(scattered, folder, opened):
    before = segments(folder)
    with pytest.raises(KeyboardInterrupt), contextlib.closing(scattered):
        raise KeyboardInterrupt
    assert segments(folder) == before
    assert found(opened(), "customs") == 5


def test_a_text_index_that_cannot_be_put_together_stays_as_it_is(scattered, folder, opened, monkeypatch, caplog):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(text.TextWriter, "commit", full)
    before = segments(folder)
    scattered.close()
    assert "stays in many parts" in caplog.text
    monkeypatch.undo()
    assert segments(folder) == before
    assert found(opened(write=True), "customs") == 5


def test_a_reader_finishes_the_work_of_a_writer_that_died(opened, make):
    dead = opened(write=True)
    one = make.paper("a", "text")
    dead.put(one, make.vectors(one), versions={})
    dead._writer.close()
    dead._writer = None
    assert found(opened(), "text") == 1


def test_documents_without_passages_are_kept(writer, put, make):
    one = put(make.paper("empty"))
    assert writer.document(one.id, access_classes=EVERY_CLASS) == one
    assert found(writer, "") == 0


def test_vectors_of_another_shape_or_without_meaning_are_refused(writer, make):
    one = make.paper("a", "text")
    with pytest.raises(ValueError, match="shape"):
        writer.put(one, np.ones((2, 8), np.float32), versions={})
    with pytest.raises(ValueError, match="not finite"):
        writer.put(one, np.full((1, 8), np.nan, np.float32), versions={})
    assert writer.counts().documents == 0


def test_a_second_writer_is_told_who_writes_where_and_since_when(writer, opened):
    since = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00"
    who = f"process {os.getpid()} on {socket.gethostname()}, since {since}, is writing"
    with pytest.raises(UnavailableError, match=who):
        opened(write=True)


def test_a_writer_that_has_not_said_who_it_is_yet(writer, opened, folder):
    (folder / "lock").write_bytes(b"")
    with pytest.raises(UnavailableError, match="another process is writing this index"):
        opened(write=True)


def test_a_lock_that_was_moved_away_locks_nothing(writer, folder, tmp_path, opened):
    folder.rename(tmp_path / "replaced")
    opened(write=True)


def test_a_lock_that_cannot_say_who_holds_it_is_let_go(folder, monkeypatch):
    folder.mkdir()
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", raise_full)
        with pytest.raises(OSError, match="No space"):
            WriterLock(folder / "lock")
    WriterLock(folder / "lock").release()


def raise_full(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_the_lock_ends_with_its_process(opened, folder):
    code = (
        "import os, pathlib, sys; from configs.system.sqlite.lock import WriterLock;"
        "WriterLock(pathlib.Path(sys.argv[1])); os.kill(os.getpid(), 9)"
    )
    folder.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    subprocess.run([sys.executable, "-c", code, str(folder / "lock")], env=environment, check=False)
    opened(write=True)


def test_a_lock_names_its_holder_and_whoever_asks_keeps_no_writer_out(folder):
    folder.mkdir()
    file = folder / "lock"
    assert holder(file) is None
    lock = WriterLock(file)
    assert holder(file) == os.getpid()
    lock.release()
    assert holder(file) is None
    code = (
        "import pathlib, sys\nfrom configs.system.sqlite.lock import holder\n"
        "while True: holder(pathlib.Path(sys.argv[1]))"
    )
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    with subprocess.Popen([sys.executable, "-c", code, str(file)], env=environment) as asking:
        try:
            for _ in range(300):
                WriterLock(file).release()
                time.sleep(0.005)
        finally:
            asking.kill()


def test_no_index_yet(opened):
    with pytest.raises(UnavailableError, match=r"no index yet.*customs-lens ingest"):
        opened()


@pytest.mark.parametrize("change", [{"model_hash": "f" * 16}, {"dimension": 9}])
@pytest.mark.parametrize("write", [True, False])
def test_another_encoder_is_refused_with_the_remedy(writer, opened, identity, change, write):
    writer.close()
    other = identity.model_copy(update=change)
    with pytest.raises(MismatchError, match="new --home, or run with --encoder tiny"):
        opened(identity=other, write=write)


def test_questions_without_vectors_need_no_encoder(writer, opened, put, make):
    put(make.paper("a", "text"))
    writer.flush()
    assert found(opened(identity=None), "text") == 1


def test_a_full_disk_is_said_so_and_loses_nothing(writer, put, make):
    put(make.paper("small", "text"))
    pages = writer._store.connection.execute("PRAGMA page_count").fetchone()[0]
    writer._store.connection.execute(f"PRAGMA max_page_count = {pages}")
    large = make.paper("large", *(os.urandom(3000).hex() for _ in range(40)))
    with pytest.raises(UnavailableError, match="disk is full") as caught:
        put(large)
    assert str(writer._folder) in str(caught.value)
    assert (found(writer, "text"), found(writer, "")) == (1, 1)
    writer._store.connection.execute(f"PRAGMA max_page_count = {pages * 100}")
    put(large)
    assert found(writer, "") == 2


def test_a_full_disk_is_known_from_any_part(tmp_path):
    with pytest.raises(UnavailableError, match="disk is full"), storage_errors(tmp_path):
        raise OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(UnavailableError, match="disk is full"), storage_errors(tmp_path), tantivy_errors():
        raise ValueError("IoError: No space left on device")


def test_a_folder_for_temporary_files_is_no_fault_of_the_index(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    home = tmp_path / "home"
    with pytest.raises(UnavailableError, match=r"x: the folder for temporary files .*TMPDIR"), storage_errors(home):
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", str(tmp_path / "x"))
    for path in (home, home / "index"):
        with pytest.raises(UnavailableError, match=f"{home}: cannot be used"), storage_errors(home):
            raise FileNotFoundError(errno.ENOENT, "No such file or directory", str(path))


def test_mistakes_of_a_caller_are_not_hidden(tmp_path):
    for error in (ValueError("an impossible argument"), UsageError("unknown field")):
        with pytest.raises(type(error)), storage_errors(tmp_path):
            raise error


def test_a_damaged_store_is_said_so(opened, folder):
    opened(write=True).close()
    (folder / "truth.sqlite").write_bytes(b"no database at all" * 1000)
    with pytest.raises(UnavailableError, match="damaged"):
        opened()


@pytest.mark.slow
def test_readers_in_other_processes_never_see_half_a_document(folder, opened, make):
    """Every state of the paper has as many passages as each of its texts says."""
    code = """
import sys, time, pathlib
from index.embedded.engine import open_embedded
from index.filters import EVERYTHING
from index.results import SearchRequest
engine = open_embedded(pathlib.Path(sys.argv[1]), None, write=False)
print("ready", flush=True)
end, seen = time.time() + 3, set()
while time.time() < end or len(seen) < 2:
    for query, mode in (("state", "text"), ("", "text")):
        (hit,) = engine.search(SearchRequest(filters=EVERYTHING, query=query, mode=mode, passages=50), None).hits
        sizes = {passage.text.split()[1] for passage in hit.passages}
        assert sizes == {str(len(hit.passages))}, (sizes, len(hit.passages))
        seen |= sizes
"""
    engine = opened(write=True)

    def write(size):
        one = make.paper("a", *[f"state {size}"] * size)
        engine.put(one, make.vectors(one), versions={})
        engine.flush()

    write(3)
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    command = [sys.executable, "-c", code, str(folder)]
    readers = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        for _ in range(2)
    ]
    for reader in readers:
        assert reader.stdout.readline() == "ready\n"
    end = time.time() + 300
    size = 0
    while any(reader.poll() is None for reader in readers) and time.time() < end:
        size += 1
        write(1 + size % 20)
    for reader in readers:
        _, errors = reader.communicate(timeout=300)
        assert reader.returncode == 0, errors


def test_opening_and_searching_load_nothing_heavy(folder, opened, put, writer, make):
    put(make.paper("a", "customs"))
    writer.flush()
    code = """
import sys, pathlib
from index.embedded.engine import open_embedded
from index.filters import EVERYTHING
from index.results import SearchRequest
engine = open_embedded(pathlib.Path(sys.argv[1]), None, write=False)
assert engine.search(SearchRequest(filters=EVERYTHING, query="customs", mode="text"), None).documents == 1
print({"torch", "spacy", "prefect", "openvino", "sentence_transformers"} & sys.modules.keys())
"""
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    command = [sys.executable, "-c", code, str(folder)]
    run = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    assert run.stdout == "set()\n"
