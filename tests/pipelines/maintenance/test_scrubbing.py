"""Homes in which an earlier version stored credentials and signatures, and what is left of these."""

import datetime as dt
import json
import shutil
import zlib
from contextlib import closing

import pytest

from configs.errors import UnavailableError
from configs.redaction import is_secret
from extractors.document import PassageTheme, document_id
from extractors.maturity.labels import Label, tag_of
from index.database import compact
from index.elastic.client import connect
from index.filters import EVERY_CLASS, Filters
from pipelines.ingest.pending import list_documents, pending
from pipelines.ingest.plan import WHAT_IS_NEW
from pipelines.ingest.planners import SourcePlanner
from pipelines.ingest.report import Counts, known_failure
from pipelines.ingest.run import recorded_run
from pipelines.ingest.runs import ingest
from pipelines.maintenance import health, scrubbing
from pipelines.maintenance.backup import backup
from pipelines.maintenance.repair import repair
from pipelines.maintenance.restore import restore
from pipelines.maintenance.scrubbing import Scrubbed
from pipelines.maintenance.scrubbing.names import Names
from pipelines.review.records import Judgement, QueueRow, QueueState, ReviewRecords
from pipelines.search.service import reader
from pipelines.sources.found import Found
from pipelines.sources.source import Source
from pipelines.stages import components
from pipelines.storage.blobs import BlobStore
from pipelines.storage.ledger import Entry
from pipelines.storage.local_ledger import LocalLedger
from pipelines.storage.opening import open_storage
from pipelines.storage.saved_searches import SavedSearch
from pipelines.workspace import BLOBS
from tests import answers

pytestmark = pytest.mark.slow

SECRETS = ("SECRET-1f", "SECRET-2f", "SECRET-3f")
A, B, GONE = "https://host/papers/a.txt", "https://host/papers/b.txt", "https://host/papers/gone.txt"
OLD = (
    "https://bob:SECRET-1f@host/papers/a.txt",
    "https://host/papers/b.txt?sig=SECRET-2f&se=2030",
    "https://host/papers/gone.txt?token=SECRET-3f",
)
TEXT = "The single window of Arvenia went live in 2021, and all agencies use it now. Part zpart{}."


class OldNames(Names):
    """The other way round: documents of now under the names with secrets that an earlier version gave them."""

    def source(self, old):
        """Return what a document was called, by its id of now."""
        return self.sources[old]

    def give(self, settings):
        """Rename them everywhere that an earlier version stored their names."""
        blobs = BlobStore(str(settings.home / BLOBS))
        with (
            closing(open_storage(settings).open_ledger(write=True)) as ledger,
            closing(open_storage(settings).open_engine(None, write=True)) as engine,
        ):
            scrubbing.scrub.__globals__["_rename"](ledger, engine, blobs, self)


@pytest.fixture
def take_in(settings, papers, warm):
    """Take in papers under any names, as earlier versions did with names of all kinds; their texts are given."""

    def ingested(texts):
        sources, old = [], {}
        for number, (uri, text) in enumerate(texts.items()):
            path = papers / f"{number}.txt"
            path.write_text(text)
            plain = f"https://host/{number}" if is_secret(uri) else uri
            sources.append(Source(plain, path=path))
            old |= {document_id(plain): uri} if plain != uri else {}
        with recorded_run(settings) as run:
            report = run.execute(SourcePlanner(Found(sources), WHAT_IS_NEW)).report
        if old:
            OldNames({now: document_id(uri) for now, uri in old.items()}, old).give(settings)
        return report

    return ingested


def label(document):
    """What somebody said of words in a document."""
    values = {"at": "2024-01-01T00:00:00Z", "author": "ana", "action": "accept", "model": "dcmm-interop"}
    values |= {"model_version": "1", "provenance": "derived", "judged": "infrastructure", "dimension": "infrastructure"}
    return Label(
        document=document,
        tag=f"{document}-0:infrastructure:0",
        quote="The single window of Arvenia",
        offset=0,
        **values,
    )


def fail(settings):
    """Record a failure and a run as an earlier version would have."""
    with closing(open_storage(settings).open_ledger(write=True)) as ledger:
        (row,) = list(ledger.known([document_id(OLD[0])]).values())
        values = {"outcome": "failed", "status": "crashed", "blobs": {}, "key": "", "stage": "read"}
        error = f"{OLD[2]}: cannot be read: 404, url='http://h/gone.txt?token=SECRET-3f'"
        failed = type(row)(**{**vars(row), **values, "id": document_id(OLD[2]), "source": OLD[2], "error": error})
        ledger.write(failed)
        with ledger.run("r1") as counts:
            counts.update(found=1, failures=[{"source": OLD[2], "status": "crashed", "stage": "read", "error": error}])


def save_with_secret(settings):
    """Save a search as an earlier version did; copies of the file of some days ago hold it too."""
    at = dt.datetime.now(dt.UTC)
    with closing(open_storage(settings).open_searches()) as searches:
        search = SavedSearch(name="signed", query="window", mode="text", saved=at, seen=at, look=searches.look([]))
        query = '"https://host/x?sig=SECRET-2f" OR window'
        searches.save(search.model_copy(update={"query": query}), replace=False)
    for copy in (settings.home / "copies").glob("searches-*.db"):
        shutil.copyfile(copy, copy.with_name("searches-2024-01-01.db"))


@pytest.fixture
def old_home(take_in, settings):
    """A home with two papers and a failure under such names, a label, a saved search and a note of what is left."""
    assert take_in({OLD[0]: TEXT.format("a"), OLD[1]: TEXT.format("b")}).indexed == 2
    fail(settings)
    list_documents(settings.home, "run", [document_id(OLD[2])], None)
    with closing(open_storage(settings).open_annotations(write=True)) as labels:
        labels.add([label(document_id(OLD[0]))])
    answers.save_search(settings, "windows", "window", access_classes=EVERY_CLASS)
    save_with_secret(settings)
    assert held(settings.home) >= set(SECRETS)
    return settings


def held(home):
    """The secrets that any file of a home holds, blobs and other packed content unpacked."""
    found = set()
    for path in home.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        for place in range(len(content) - 1):
            if content[place : place + 2] in (b"x\x01", b"x\x9c", b"x\xda"):
                try:
                    content += zlib.decompressobj().decompress(content[place:])
                except zlib.error:
                    continue
            elif place > 1 << 22:
                break
        found |= {secret for secret in SECRETS if secret.encode() in content}
    return found


def rows_of_the_index(settings):
    """The names by which an index stores its documents."""
    engine = open_storage(settings).open_engine(None, write=False)
    try:
        return {source for _, source in engine.remote_sources(access_classes=EVERY_CLASS)}
    finally:
        engine.close()


def everything_shown(settings):
    """What questions of all kinds answer, as JSON."""
    found = answers.search(settings, "window", mode="text", access_classes=EVERY_CLASS, facets=["body"])
    passage, name = found["hits"][0]["passages"][0]["id"], found["hits"][0]["document"]["id"]
    planned = ingest(settings, [str(settings.home.parent / "papers")], dry_run=True, delete_missing=True)
    shown = [
        found,
        answers.similar(settings, passage, access_classes=EVERY_CLASS),
        answers.show(settings, name, access_classes=EVERY_CLASS),
        answers.show(settings, name, access_classes=EVERY_CLASS, full=True),
        answers.matrix(settings, access_classes=EVERY_CLASS, by="body"),
        answers.queue(settings, access_classes=EVERY_CLASS).model_dump(mode="json"),
        *(one.model_dump(mode="json") for one in answers.history(settings, access_classes=EVERY_CLASS)),
        *(one.model_dump(mode="json") for one in answers.alerts(settings, access_classes=EVERY_CLASS, peek=True)),
        planned.model_dump(mode="json"),
        *(one.model_dump(mode="json") for one in health.checks(settings)),
    ]
    assert len(found["hits"]) == 2
    return json.dumps(shown)


def sources(settings):
    with closing(open_storage(settings).open_ledger(write=False)) as ledger:
        return {entry.source: entry for entry in ledger.entries()}


def test_nothing_secret_is_left_in_any_file_and_nothing_else_is_lost(old_home, monkeypatch):
    monkeypatch.setattr(components, "open_encoder", lambda _: pytest.fail("nothing is encoded again"))
    before = answers.search(old_home, "window", mode="text", access_classes=EVERY_CLASS)
    done = {one.name: one for one in repair(old_home)}
    assert done["credentials"].done, done
    assert "new backup" in done["credentials"].detail
    assert held(old_home.home) == set()

    rows = sources(old_home)
    assert set(rows) == {A, B, GONE}
    assert {one.id for one in rows.values()} == {document_id(source) for source in rows}
    assert rows[GONE].error == ("https://host/papers/gone.txt: cannot be read: 404, url='http://h/gone.txt'")
    after = answers.search(old_home, "window", mode="text", access_classes=EVERY_CLASS)
    assert [len(one["hits"]) for one in (before, after)] == [2, 2]
    shown = answers.show(old_home, A, access_classes=EVERY_CLASS, full=True)
    assert shown["id"] == shown["key"] == document_id(A)
    assert all(one["id"].startswith(f"{document_id(A)}-") for one in shown["passages"])
    assert pending(old_home.home).keys() == {document_id(GONE)}
    assert [one for one in health.checks(old_home) if not one.ok] == []
    assert repair(old_home) == []


def test_what_an_earlier_version_stored_shows_nowhere_before_it_is_taken_out(old_home):
    with closing(open_storage(old_home).open_searches()) as searches:
        (search,) = (one for one in searches.all() if one.name == "windows")
        searches.save(search.model_copy(update={"look": 0}), replace=True)
        searches.rename(dict.fromkeys(searches.looked_at(), "0" * 16))  # everything is new for it
    shown = everything_shown(old_home)
    assert rows_of_the_index(old_home) == set(OLD[:2])
    assert "https://host/papers/a.txt" in shown
    assert [secret for secret in SECRETS if secret in shown] == []


def test_known_failures_show_without_secrets_too(old_home):
    with closing(open_storage(old_home).open_ledger(write=False)) as ledger:
        counts = Counts()
        for entry in ledger.entries("failed"):
            counts.fail(known_failure(entry))
    (failure,) = counts.report("r", 0).failures
    assert failure.source == GONE
    assert "SECRET" not in failure.model_dump_json()


def test_a_restored_home_holds_no_secrets_of_its_backup(old_home, tmp_path, caplog):
    before = backup(old_home, tmp_path / "old.zip")
    other = old_home.model_copy(update={"home": tmp_path / "other"})
    made = restore(other, tmp_path / "old.zip")
    assert held(other.home) == set()
    assert made.scrubbed == Scrubbed(documents=3, erased=True, searches=1)
    assert (made.documents, made.passages) == (before.documents, before.passages)
    assert "3 documents were stored under names with credentials" in caplog.text
    assert set(sources(other)) == {A, B, GONE}
    assert [one for one in health.checks(other) if not one.ok] == []
    with reader(other) as engine:
        assert [one.passage for one in engine.labels(access_classes=EVERY_CLASS)] == [f"{document_id(A)}-0"]

    backup(other, tmp_path / "new.zip")
    caplog.clear()
    assert restore(other, tmp_path / "new.zip", force=True).scrubbed is None
    assert "credentials" not in caplog.text


def test_a_restore_counts_papers_that_were_signed_twice_once(take_in, settings, tmp_path):
    take_in({f"{A}?sig=SECRET-{number}f": TEXT.format(number) for number in (1, 2)})
    assert backup(settings, tmp_path / "old.zip").documents == 2
    other = settings.model_copy(update={"home": tmp_path / "other"})
    assert restore(other, tmp_path / "old.zip").documents == 1


def test_a_restored_home_that_cannot_be_scrubbed_says_how_to_go_on(old_home, tmp_path, monkeypatch):
    def fail(*_):
        raise UnavailableError("the disk is full", "free some space")

    backup(old_home, tmp_path / "old.zip")
    other = old_home.model_copy(update={"home": tmp_path / "other"})
    monkeypatch.setitem(scrubbing.scrub.__globals__, "_rename", fail)
    with pytest.raises(UnavailableError, match=r"is restored, .*the disk is full.*doctor --repair"):
        restore(other, tmp_path / "old.zip")
    monkeypatch.undo()
    assert all(one.done for one in repair(other))
    assert held(other.home) == set()


def test_annotations_and_saved_searches_follow_their_papers(old_home):
    scrubbing.scrub(old_home)
    with reader(old_home) as engine:
        (placed,) = engine.labels(access_classes=EVERY_CLASS)
    assert placed.passage == f"{document_id(A)}-0"
    assert placed.label.document == document_id(A)
    assert placed.label.tag == f"{document_id(A)}-0:infrastructure:0"
    found = answers.alerts(old_home, access_classes=EVERY_CLASS)
    assert {one.search.name: len(one.hits) for one in found} == {"signed": 0, "windows": 0}
    assert {one.search.query for one in found} == {"window", '"https://host/x" OR window'}
    with closing(open_storage(old_home).open_searches()) as searches:
        assert set(searches.looked_at()) == {document_id(A), document_id(B)}


def test_the_review_follows_its_papers(old_home):
    old, new = document_id(OLD[0]), document_id(A)
    said = label(old)
    tag = tag_of(said, said.tag, 0, 1)
    theme = PassageTheme(id="a", label="A", kind="about", confidence=0.5, status="suggested")
    values = {"at": said.at, "author": "ana", "document": old, "verdict": "accept"}
    state = QueueState(revision="1", made=dt.datetime.now(dt.UTC), seconds=0)
    with ReviewRecords(old_home.home) as records:
        records.replace_queue("s", [QueueRow(f"{old}-1:theme:a", "audit")], state)
        records.add(Judgement(item=said.tag, judged=tag, label=said, **values))
        records.add(Judgement(item=f"{old}-0:theme:a", judged=theme, turn="second", **values))
    scrubbing.scrub(old_home)
    with ReviewRecords(old_home.home) as records:
        (first,), (second,) = records.judgements("first"), records.judgements("second")
        assert [one.item for one in records.waiting("s", ["ana"], 9)] == [f"{new}-1:theme:a"]
    name = said.tag.replace(old, new)
    assert (first.document, first.item, first.judged.id) == (new, name, name)
    assert first.label == said.model_copy(update={"document": new, "tag": name})
    assert (second.document, second.item, second.judged) == (new, f"{new}-0:theme:a", theme)


def test_a_home_without_a_review_gets_none(old_home):
    scrubbing.scrub(old_home)
    assert not ReviewRecords(old_home.home).is_there


def test_doctor_says_what_there_is_to_take_out(old_home):
    (finding,) = [one for one in health.checks(old_home) if one.name == "credentials"]
    assert not finding.ok
    assert "3 documents" in finding.detail
    assert "1 saved searches" in finding.detail
    assert "doctor --repair" in finding.remedy
    assert not any(secret in finding.model_dump_json() for secret in SECRETS)


def test_the_next_writer_does_it_and_reads_nothing_again(old_home, take_in, caplog):
    report = take_in({A: TEXT.format("a"), B: TEXT.format("b")})
    assert (report.indexed, report.unchanged) == (0, 2)
    assert "3 documents were stored under names with credentials" in caplog.text
    assert held(old_home.home) == set()
    caplog.clear()
    take_in({A: TEXT.format("a")})
    assert "credentials" not in caplog.text


def test_a_saved_search_alone_is_reason_enough(take_in, settings, caplog):
    take_in({A: TEXT.format("a")})
    save_with_secret(settings)
    assert "SECRET-2f" in held(settings.home)
    (finding,) = [one for one in health.checks(settings) if one.name == "credentials"]
    assert finding.detail == "credentials or signatures are stored in the queries of 1 saved searches"
    take_in({A: TEXT.format("a")})
    assert "1 saved searches held" in caplog.text
    assert held(settings.home) == set()
    assert [one for one in health.checks(settings) if not one.ok] == []


def test_a_damaged_file_of_saved_searches_keeps_nothing_from_being_taken_in(take_in, settings, caplog):
    take_in({A: TEXT.format("a")})
    (settings.home / "searches.db").write_bytes(b"no database" * 1000)
    assert take_in({A: TEXT.format("a")}).unchanged == 1
    assert "doctor --repair" in caplog.text


def test_a_paper_that_was_signed_twice_becomes_one_with_the_annotations_of_both(take_in, settings):
    twice = [f"{A}?sig=SECRET-1f", f"{A}?sig=SECRET-2f"]
    take_in({name: TEXT.format(number) for number, name in enumerate(twice)})
    with closing(open_storage(settings).open_annotations(write=True)) as labels:
        labels.add([label(document_id(name)) for name in twice])
    assert scrubbing.scrub(settings).documents == 1
    assert set(sources(settings)) == {A}
    with reader(settings) as engine:
        assert [one.passage for one in engine.labels(access_classes=EVERY_CLASS)] == [f"{document_id(A)}-0"] * 2
        assert engine.counts().documents == 1
    assert [one for one in health.checks(settings) if not one.ok] == []
    assert held(settings.home) == set()


def test_the_same_bytes_signed_twice_were_a_duplicate_and_are_none(take_in, settings):
    take_in({name: TEXT.format("a") for name in (f"{A}?sig=SECRET-1f", f"{A}?sig=SECRET-2f", B)})
    scrubbing.scrub(settings)
    rows = sources(settings)
    assert {source: row.outcome for source, row in rows.items()} == {A: "indexed", B: "duplicate"}
    assert rows[B].error == f"the same bytes as document {document_id(A)}"
    assert [one for one in health.checks(settings) if not one.ok] == []


def stop(*_):
    raise KeyboardInterrupt


@pytest.mark.parametrize("step", ["_rename_said", "_rename", "rename_rows", "clean_texts", "_erase"])
def test_what_was_stopped_anywhere_is_brought_to_its_end(old_home, take_in, monkeypatch, step):
    with monkeypatch.context() as patch:
        patch.setitem(scrubbing.scrub.__globals__, step, stop)
        with pytest.raises(KeyboardInterrupt):
            scrubbing.scrub(old_home)
    report = take_in({A: TEXT.format("a"), B: TEXT.format("b")})
    assert (report.indexed, report.unchanged) == (0, 2)
    assert held(old_home.home) == set()
    with reader(old_home) as engine:
        assert [one.passage for one in engine.labels(access_classes=EVERY_CLASS)] == [f"{document_id(A)}-0"]
    assert [one for one in health.checks(old_home) if not one.ok] == []


def test_a_reader_keeps_deleted_pages_until_a_repair_without_it(old_home):
    ledger = LocalLedger(old_home.home / "ledger.db")
    ledger._connection.execute("BEGIN")
    ledger._connection.execute("SELECT * FROM documents").fetchone()
    done = scrubbing.scrub(old_home)
    assert not done.erased
    assert "nobody else reads" in done.described
    assert scrubbing.is_needed(old_home)
    ledger.close()
    assert all(one.done for one in repair(old_home))
    assert held(old_home.home) == set()
    assert not scrubbing.is_needed(old_home)


def test_what_was_deleted_is_gone_from_a_compacted_file(tmp_path):
    ledger = LocalLedger(tmp_path / "ledger.db")
    ledger._connection.execute("INSERT INTO runs VALUES ('r', '', '', '', '', 0, 'done', 'SECRET-1f')")
    ledger._connection.execute("DELETE FROM runs")
    ledger.close()
    assert compact(tmp_path / "ledger.db")
    assert held(tmp_path) == set()


def test_filters_of_everything_still_count(old_home):
    scrubbing.scrub(old_home)
    engine = open_storage(old_home).open_engine(None, write=False)
    try:
        assert [document.id for document, _ in engine.passages(Filters(access_classes=EVERY_CLASS))] == [
            document_id(A),
            document_id(B),
        ]
    finally:
        engine.close()


@pytest.mark.elasticsearch
class TestACluster:
    """Ledger, labels, saved searches and index in a cluster get the new names by the same function."""

    @pytest.fixture
    def settings(self, settings, cluster):
        return settings.model_copy(update={"index": "elasticsearch", "elasticsearch": cluster})

    @pytest.fixture
    def raw(self, settings):
        opened = connect(settings.elasticsearch)
        yield opened.client
        opened.client.close()

    def everything(self, settings, raw):
        """All rows of all indices of the cluster, as text."""
        names = f"{settings.elasticsearch.name}-*"
        raw.indices.refresh(index=names)
        return json.dumps([hit["_source"] for hit in raw.search(index=names, size=1000)["hits"]["hits"]])

    def test_nothing_secret_is_left_in_any_row_and_annotations_follow(self, take_in, settings, raw, caplog):
        take_in({OLD[0]: TEXT.format("a"), OLD[1]: TEXT.format("b"), f"{A}?sig=SECRET-2f": TEXT.format("a")})
        fail(settings)
        with closing(open_storage(settings).open_annotations(write=True)) as labels:
            labels.add([label(document_id(OLD[0]))])
        answers.save_search(settings, "windows", "window", access_classes=EVERY_CLASS)
        save_with_secret(settings)
        assert all(secret in self.everything(settings, raw) for secret in SECRETS)
        (finding,) = [one for one in health.checks(settings) if one.name == "credentials"]
        assert "customs-lens ingest" in finding.remedy

        report = take_in({A: TEXT.format("a"), B: TEXT.format("b")})
        assert (report.indexed, report.unchanged) == (0, 2)
        assert "3 documents were stored under names" in caplog.text
        rows = self.everything(settings, raw)
        assert not any(secret in rows for secret in SECRETS)
        assert held(settings.home) == set()
        assert {source: row.outcome for source, row in sources(settings).items()} == {
            A: "indexed",
            B: "indexed",
            GONE: "failed",
        }
        with reader(settings) as engine:
            assert {name for name, _ in engine.documents(access_classes=EVERY_CLASS)} == {
                document_id(A),
                document_id(B),
            }
            assert [one.passage for one in engine.labels(access_classes=EVERY_CLASS)] == [f"{document_id(A)}-0"]
            tags = engine.passage(f"{document_id(A)}-0", access_classes=EVERY_CLASS).maturity
            assert "ana" in {tag.by for tag in tags}
        found = answers.alerts(settings, access_classes=EVERY_CLASS)
        assert {one.search.name: len(one.hits) for one in found} == {"signed": 0, "windows": 0}
        assert [one for one in health.checks(settings) if not one.ok] == []

    def test_a_home_that_moves_into_a_cluster_is_cleaned_itself(self, take_in, settings, raw, caplog):
        alone = settings.model_copy(update={"index": "embedded"})
        with closing(open_storage(alone).open_ledger(write=True)) as ledger:
            ledger.write(Entry(OLD[0], OLD[0], "1" * 64, "failed", "crashed", "r"))
        take_in({B: TEXT.format("b")})
        assert held(settings.home) == set()
        assert set(sources(settings)) == set(sources(alone)) | {B} == {A, B}
        assert "SECRET" not in self.everything(settings, raw)
