"""The same bytes under two sources, and what becomes of the paper when the one that owned them goes."""

import shutil
import zipfile
from contextlib import closing
from functools import partial

import pytest
from pydantic import SecretStr

from extractors.document import document_id
from index.filters import EVERY_CLASS
from pipelines.ingest.runs import ingest
from pipelines.ingest.session import IngestSession
from pipelines.maintenance.repair import repair
from pipelines.search.service import reader
from pipelines.sources.source import uri_of
from pipelines.storage.blobs import BlobStore
from pipelines.storage.opening import open_storage
from tests import answers
from tests.answers import bad, counts
from tests.states import spoil_judgements

pytestmark = pytest.mark.slow

PARAGRAPH = "The single window of {word} went live in 2021. Declarations are lodged electronically there."


@pytest.fixture
def pa(papers):
    (papers / "pa").mkdir()
    write(papers / "pa" / "other.txt", "Osmara")
    return papers / "pa"


@pytest.fixture
def pb(papers):
    (papers / "pb").mkdir()
    return papers / "pb"


@pytest.fixture
def copied(take_in, pa, pb):
    """The same bytes under both folders; the first owns them."""
    write(pa / "x.txt", "Arvenia")
    shutil.copy(pa / "x.txt", pb / "x.txt")
    assert counts(take_in(pa, pb)) == (2, 0, 1, 0)
    return pa / "x.txt", pb / "x.txt"


@pytest.fixture
def owner(copied):
    return copied[0]


@pytest.fixture
def copy(copied):
    return copied[1]


def write(path, word):
    path.write_text(PARAGRAPH.format(word=word), encoding="utf-8")
    return path


def found(settings, word="Arvenia"):
    hits = answers.search(settings, f'"{word}"', mode="text", limit=100, access_classes=EVERY_CLASS)["hits"]
    return [hit["document"]["source"] for hit in hits]


def lose(ingestion, path):
    """Take a document out, and let nobody take its place, as earlier versions of the program did."""
    identifier = document_id(uri_of(str(path)))
    ingestion._engine.remove(identifier)
    ingestion.ledger.remove([identifier])


def reject(settings, owner):
    tag = answers.show(settings, str(owner), full=True, access_classes=EVERY_CLASS)["passages"][0]["maturity"][0]
    answers.judge(settings, "reject", [tag["id"]], "ana", access_classes=EVERY_CLASS)


def told_and_done(take_in, folder, *, delete_missing=True, **expected):
    """Take a folder in, of which a dry run told the same, and return the report."""
    told, done = (take_in(folder, delete_missing=delete_missing, dry_run=dry) for dry in (True, False))
    assert counts(told, *expected) == counts(done, *expected) == tuple(expected.values())
    return done


def row(settings, path):
    with closing(open_storage(settings).open_ledger(write=False)) as ledger:
        return ledger.entry(document_id(uri_of(str(path))))


class TestTheOwnerIsDeleted:
    def test_its_duplicate_takes_over_in_the_same_run(self, take_in, settings, pa, owner, copy):
        owner.unlink()
        told_and_done(take_in, pa, found=2, indexed=1, unchanged=1, duplicate=0, failed=0, deleted=1, kept=0)
        assert found(settings) == [uri_of(str(copy))]
        assert answers.show(settings, str(copy), access_classes=EVERY_CLASS)["id"] == document_id(uri_of(str(copy)))
        assert bad(settings) == {}
        assert counts(take_in(pa.parent)) == (0, 2, 0, 0)

    def test_from_the_store_where_its_own_file_cannot_be_reached(self, take_in, settings, pa, pb, owner, copy):
        owner.unlink()
        shutil.move(pb, pb.with_name("unmounted"))
        assert counts(take_in(pa, delete_missing=True), "indexed", "failed", "deleted") == (1, 0, 1)
        assert found(settings) == [uri_of(str(copy))]
        assert row(settings, copy).blobs["original"] == row(settings, copy).sha256
        shutil.move(pb.with_name("unmounted"), pb)
        assert counts(take_in(pa.parent)) == (0, 2, 0, 0)

    def test_judgements_go_with_the_paper(self, take_in, settings, pa, owner, copy):
        reject(settings, owner)
        owner.unlink()
        take_in(pa, delete_missing=True)
        (passage,) = answers.show(settings, str(copy), full=True, access_classes=EVERY_CLASS)["passages"]
        assert [one["by"] for one in passage["maturity"] if one["status"] == "rejected"] == ["ana"]
        with reader(settings) as engine:
            assert [one.passage for one in engine.judgements(access_classes=EVERY_CLASS)] == [passage["id"]]

    def test_they_go_with_a_file_that_was_moved_too(self, take_in, settings, pa, owner, copy):
        reject(settings, owner)
        shutil.move(owner, pa / "moved.txt")
        assert counts(take_in(pa, delete_missing=True), "indexed", "deleted") == (1, 1)
        assert found(settings) == [uri_of(str(pa / "moved.txt"))]
        with reader(settings) as engine:
            (judgement,) = engine.judgements(access_classes=EVERY_CLASS)
        assert judgement.passage == f"{document_id(uri_of(str(pa / 'moved.txt')))}-0"
        assert row(settings, copy).outcome == "duplicate"

    def test_where_judgements_are_damaged_it_stays_until_they_can_follow(self, take_in, settings, pa, copied, caplog):
        owner, copy = copied
        reject(settings, owner)
        spoil_judgements(settings.home)
        owner.unlink()
        assert counts(take_in(pa, delete_missing=True), "indexed", "deleted", "kept") == (1, 0, 1)
        assert "is kept" in caplog.text
        repair(settings)  # the ledger is made again of the index, and what is read again counts as indexed
        assert counts(take_in(pa, delete_missing=True), "deleted", "kept") == (1, 0)
        with reader(settings) as engine:
            (judgement,) = engine.judgements(access_classes=EVERY_CLASS)
        assert judgement.judgement.document == document_id(uri_of(str(copy)))

    def test_of_several_duplicates_one_takes_over(self, take_in, settings, pa, pb, owner, copy):
        third = shutil.copy(copy, pb / "y.txt")
        take_in(pb)
        owner.unlink()
        assert counts(take_in(pa, delete_missing=True), "found", "indexed", "deleted") == (2, 1, 1)
        assert found(settings) == [uri_of(str(copy))]
        assert row(settings, third).outcome == "duplicate"
        assert bad(settings) == {}
        take_in(pb)
        assert row(settings, third).error == f"the same bytes as document {document_id(uri_of(str(copy)))}"

    def test_where_all_are_deleted_nobody_takes_over(self, take_in, settings, pa, pb, copied):
        for path in copied:
            path.unlink()
        write(pb / "other.txt", "Belmora")
        report = take_in(pa.parent, delete_missing=True, allow_mass_deletion=True)
        assert counts(report, "indexed", "deleted") == (1, 2)
        assert found(settings) == []
        assert bad(settings) == {}

    def test_members_of_archives(self, take_in, settings, pa, pb, papers):
        for folder in (pa, pb):
            with zipfile.ZipFile(folder / "box.zip", "w") as out:
                out.writestr("deep/one.txt", PARAGRAPH.format(word="Arvenia"))
                out.writestr("two.txt", PARAGRAPH.format(word=folder.name))
        write(pa / "three.txt", "pb")  # what pb/box.zip holds, too
        take_in(papers)
        shutil.rmtree(pa / "gone", ignore_errors=True)
        (pa / "box.zip").unlink()
        (pa / "three.txt").unlink()
        assert counts(take_in(pa, delete_missing=True, allow_mass_deletion=True), "indexed", "deleted") == (2, 3)
        box = uri_of(str(pb / "box.zip"))
        assert (found(settings), found(settings, "pb")) == ([f"zip://deep/one.txt::{box}"], [f"zip://two.txt::{box}"])
        shown = answers.show(settings, f"zip://deep/one.txt::{box}", access_classes=EVERY_CLASS)
        assert shown["parent"] == box
        assert bad(settings) == {}
        assert counts(take_in(pb)) == (0, 2, 0, 0)

    def test_a_member_from_the_store_where_its_archive_cannot_be_reached(self, take_in, settings, pa, pb, papers):
        write(pa / "x.txt", "Arvenia")
        with zipfile.ZipFile(pb / "box.zip", "w") as out:
            out.writestr("deep/x.txt", PARAGRAPH.format(word="Arvenia"))
        take_in(papers)
        assert found(settings) == [uri_of(str(pa / "x.txt"))]
        (pa / "x.txt").unlink()
        shutil.move(pb, pb.with_name("unmounted"))
        take_in(pa, delete_missing=True)
        box = uri_of(str(pb / "box.zip"))
        (source,) = found(settings)
        assert source == f"zip://deep/x.txt::{box}"
        shown = answers.show(settings, source, access_classes=EVERY_CLASS)
        assert (shown["parent"], shown["media_type"]) == (box, "text/plain")

    def test_its_own_sidecar_counts(self, take_in, settings, pa, pb, owner, copy):
        sidecar = copy.with_name("x.txt.meta.yaml")
        sidecar.write_text("access: restricted\n")
        take_in(pb)
        owner.unlink()
        take_in(pa, delete_missing=True)
        assert answers.show(settings, str(copy), access_classes=EVERY_CLASS)["access"] == "restricted"
        assert counts(take_in(pb)) == (0, 1, 0, 0)

    def test_it_is_not_shown_without_the_sidecar_that_it_had(self, take_in, settings, pa, pb, owner, copy):
        """A sidecar may keep a paper from readers."""
        copy.with_name("x.txt.meta.yaml").write_text("access: restricted\n")
        take_in(pb)
        owner.unlink()
        shutil.move(pb, pb.with_name("unmounted"))
        done = told_and_done(take_in, pa, indexed=0, failed=1, deleted=0, kept=1)
        assert "sidecar" in done.failures[0].error
        assert found(settings) == [uri_of(str(owner))]
        shutil.move(pb.with_name("unmounted"), pb)
        told_and_done(take_in, pa, indexed=1, failed=0, deleted=1, kept=0)
        assert answers.show(settings, str(copy), access_classes=EVERY_CLASS)["access"] == "restricted"


class TestTheBytesAreNotInTheStore:
    @pytest.fixture
    def lost(self, settings, pa, copied):
        owner, copy = copied
        shutil.rmtree(settings.home / "blobs")
        owner.unlink()
        return owner, copy

    def test_the_duplicate_is_read_from_its_source(self, take_in, settings, pa, lost):
        told_and_done(take_in, pa, found=2, indexed=1, failed=0, deleted=1)
        assert found(settings) == [uri_of(str(lost[1]))]

    def test_where_that_is_away_the_owner_stays_and_any_later_run_tries_again(self, take_in, settings, pa, pb, lost):
        owner, copy = lost
        shutil.move(pb, pb.with_name("unmounted"))
        done = told_and_done(take_in, pa, indexed=0, failed=1, deleted=0, kept=1)
        assert done.failures[0].source == uri_of(str(copy))
        assert found(settings) == [uri_of(str(owner))]
        with IngestSession(settings) as ingestion:
            lose(ingestion, owner)
        assert counts(take_in(pa / "other.txt"), "indexed", "unchanged", "failed") == (0, 1, 1)
        shutil.move(pb.with_name("unmounted"), pb)
        assert counts(take_in(pa / "other.txt"), "indexed", "unchanged", "failed") == (1, 1, 0)
        assert uri_of(str(copy)) in found(settings)

    def test_bytes_that_are_others_by_now_are_taken_as_they_are(self, take_in, settings, pa, pb, lost):
        write(pb / "x.txt", "Belmora")
        take_in(pa, delete_missing=True)
        assert (found(settings), found(settings, "Belmora")) == ([], [uri_of(str(pb / "x.txt"))])


class TestTheOwnerHasOtherBytes:
    def test_its_duplicate_takes_over_though_only_its_folder_is_named(self, take_in, settings, pa, owner, copy):
        write(owner, "Belmora")
        told_and_done(take_in, pa, delete_missing=False, found=3, indexed=2, unchanged=1, duplicate=0, failed=0)
        assert (found(settings), found(settings, "Belmora")) == ([uri_of(str(copy))], [uri_of(str(owner))])
        assert bad(settings) == {}

    def test_one_that_failed_holds_its_earlier_bytes_and_stays_the_owner(self, take_in, settings, pa, pb, owner, copy):
        owner.write_bytes(b"")
        assert counts(take_in(pa)) == (0, 1, 0, 1)
        assert found(settings) == [uri_of(str(owner))]
        assert row(settings, copy).outcome == "duplicate"
        assert counts(take_in(pb)) == (0, 0, 1, 0)
        assert bad(settings) == {}
        owner.unlink()
        assert counts(take_in(pa, delete_missing=True), "indexed", "deleted") == (1, 1)
        assert found(settings) == [uri_of(str(copy))]

    def test_a_run_that_was_killed_before_is_made_good_by_any_run(self, take_in, settings, pa, owner, copy):
        write(owner, "Belmora")
        with pytest.raises(KeyboardInterrupt):
            ingest(settings, [str(pa)], progress=partial(interrupt, after=2))
        assert found(settings) == []
        assert "duplicates" in bad(settings)
        take_in(pa / "other.txt", only="failed")
        assert found(settings) == [uri_of(str(copy))]


def interrupt(done, total, name, *, after):
    if done == after:
        raise KeyboardInterrupt


class TestWhatEarlierVersionsLeft:
    """Rows of duplicates whose owner is gone from ledger and index, and its bytes from the store."""

    @pytest.fixture
    def orphan(self, settings, copied):
        owner, copy = copied
        owner.unlink()
        with IngestSession(settings) as ingestion:
            lose(ingestion, owner)
            BlobStore(str(settings.home / "blobs")).sweep(ingestion.ledger.blobs())
        return copy

    def test_doctor_finds_and_repairs_them(self, settings, orphan):
        assert uri_of(str(orphan)) in bad(settings)["duplicates"].detail
        assert "doctor --repair" in bad(settings)["duplicates"].remedy
        repairs = repair(settings)
        assert [(one.name, one.done) for one in repairs] == [("duplicates", True)]
        assert found(settings) == [uri_of(str(orphan))]
        assert bad(settings) == {}
        assert repair(settings) == []

    def test_what_repair_cannot_read_is_said_and_stays(self, settings, orphan):
        orphan.unlink()
        (one,) = repair(settings)
        assert (one.name, one.done) == ("documents", False)
        assert uri_of(str(orphan)) in one.detail
        assert sorted(bad(settings)) == ["duplicates"]

    def test_any_run_makes_them_good(self, take_in, settings, pa, orphan):
        assert counts(take_in(pa, only="failed"), "found", "indexed") == (1, 1)
        assert found(settings) == [uri_of(str(orphan))]


@pytest.mark.elasticsearch
class TestInACluster:
    @pytest.fixture
    def settings(self, settings, cluster, database):
        return settings.model_copy(
            update={"index": "elasticsearch", "elasticsearch": cluster, "database": SecretStr(database)}
        )

    @pytest.mark.parametrize("reachable", [True, False])
    def test_the_duplicate_takes_over_with_the_judgements(self, take_in, settings, pa, pb, owner, copy, reachable):
        reject(settings, owner)
        owner.unlink()
        if not reachable:
            shutil.move(pb, pb.with_name("unmounted"))
        told_and_done(take_in, pa, found=2, indexed=1, unchanged=1, duplicate=0, failed=0, deleted=1, kept=0)
        assert found(settings) == [uri_of(str(copy))]
        (passage,) = answers.show(settings, str(copy), full=True, access_classes=EVERY_CLASS)["passages"]
        assert [one["by"] for one in passage["maturity"] if one["status"] == "rejected"] == ["ana"]
        assert bad(settings) == {}

    def test_it_takes_over_from_an_owner_that_changes(self, take_in, settings, pa, owner, copy):
        write(owner, "Belmora")
        assert counts(take_in(pa)) == (2, 1, 0, 0)
        assert (found(settings), found(settings, "Belmora")) == ([uri_of(str(copy))], [uri_of(str(owner))])

    def test_doctor_says_what_a_killed_run_left_and_any_run_makes_it_good(self, take_in, settings, pa, owner, copy):
        owner.unlink()
        with IngestSession(settings) as ingestion:
            lose(ingestion, owner)
        assert "customs-lens ingest" in bad(settings)["duplicates"].remedy
        take_in(pa / "other.txt")
        assert found(settings) == [uri_of(str(copy))]
        assert bad(settings) == {}

    def test_a_home_without_the_bytes_keeps_the_owner(self, take_in, settings, pa, pb, owner, copy, tmp_path):
        owner.unlink()
        shutil.move(pb, pb.with_name("unmounted"))
        other = settings.model_copy(update={"home": tmp_path / "other"})
        report = ingest(other, [str(pa)], delete_missing=True)
        assert counts(report, "indexed", "failed", "deleted", "kept") == (0, 1, 0, 1)
        assert found(settings) == [uri_of(str(owner))]
        assert counts(take_in(pa, delete_missing=True), "indexed", "deleted") == (1, 1)
        assert found(settings) == [uri_of(str(copy))]
