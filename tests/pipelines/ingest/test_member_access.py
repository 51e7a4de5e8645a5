"""Whatever closes a mail, an archive or a PDF closes what is in it, in whatever order they are read and committed."""

import signal
import subprocess
from dataclasses import replace

import pytest

from configs.sources import FolderConfig
from extractors.access import closing_names
from index.embedded.engine import rebuild
from index.filters import EVERY_CLASS
from pipelines.ingest.plan import WHAT_IS_NEW
from pipelines.ingest.planners import SourcePlanner
from pipelines.ingest.runs import ingest, put_back
from pipelines.ingest.session import IngestSession
from pipelines.ingest.source_runs import run_source
from pipelines.maintenance import health
from pipelines.maintenance.backup import backup
from pipelines.maintenance.restore import restore
from pipelines.search.service import reader
from pipelines.sources.source import document_containers
from pipelines.workspace import INDEX
from tests import access_papers as given
from tests.answers import counts
from tests.engines import ENGINES, ON_ONE_ENGINE, settings_on
from tests.forked import fork_server
from tests.given_sources import find_sources

pytestmark = pytest.mark.slow

RIGHT = {paper.place: paper.access for paper in given.PAPERS}
NUMBER = len(RIGHT)


@pytest.fixture(params=ENGINES)
def settings(request, tmp_path):
    return settings_on(request, tmp_path / "home", encoder="all-MiniLM-L6-v2", workers=2)


@pytest.fixture
def classes(settings, papers):
    """A function that returns the access classes of the documents in the index, by their places in the folder."""

    def read():
        with reader(settings) as engine:
            names = [name for name, _ in engine.documents(access_classes=EVERY_CLASS)]
            documents = [engine.document(name, access_classes=EVERY_CLASS) for name in names]
        return {one.source.replace(f"file://{papers}/", ""): one.access for one in documents}

    return read


def wider(found):
    """The papers that a reader may see who may not see a mail or PDF around them, though that is in the index."""
    return {
        place: found[place]
        for place in found
        for container in document_containers(place)
        if container in found and not closing_names(found[container]) <= closing_names(found[place])
    }


def finding(settings):
    return next(one for one in health.checks(settings) if one.name == "access")


def test_every_paper_has_the_classes_of_all_that_it_lies_in(take_in, settings, papers, classes):
    given.write_papers(papers)
    assert counts(take_in()) == (NUMBER, 0, 0, 0)
    assert classes() == RIGHT
    assert counts(take_in()) == (0, NUMBER, 0, 0)
    assert finding(settings).ok


@pytest.mark.parametrize("size", [1, NUMBER])
@pytest.mark.parametrize("order", ["containers first", "members first"])
def test_no_paper_is_shown_to_more_than_what_it_lies_in_in_any_order(warm, settings, papers, classes, size, order):
    given.write_papers(papers)
    with IngestSession(settings) as session:
        found = find_sources([str(papers)])
        items = session.plan(SourcePlanner(found, WHAT_IS_NEW)).items
        items.sort(key=lambda item: item.source.uri.count("::"), reverse=order == "members first")
        for start in range(0, len(items), size):
            session.process(items[start : start + size], "run")
            now = classes()
            assert wider(now) == {}
            for place in now:
                if any(container not in now for container in document_containers(place)):
                    assert "unknown" in closing_names(now[place])
    assert classes() == RIGHT


def letter(papers, mark="", annex="zannex"):
    text = given.text("zletter", mark) if mark else "The letter of the meeting."
    message = given.mail(text, ("annex.txt", given.text(annex)))
    (papers / "letter.eml").write_bytes(message)


LETTER, ANNEX = "letter.eml", "mail://annex.txt::letter.eml"


class TestTheSidecarOfAMail:
    def test_is_followed_without_reading_what_is_in_it_again(self, take_in, papers, classes):
        letter(papers)
        take_in()
        for access in ("restricted", "members", "members+restricted", "public", None):
            given.sidecar(papers / LETTER, access)
            assert counts(take_in()) == (1, 1, 0, 0)
            assert classes() == {LETTER: access, ANNEX: access}
        (papers / f"{LETTER}.meta.yaml").unlink()
        assert counts(take_in()) == (1, 1, 0, 0)
        assert classes() == {LETTER: None, ANNEX: None}

    def test_that_is_broken_closes_what_is_in_it_until_it_is_right(self, take_in, settings, papers, classes):
        letter(papers)
        take_in()
        (papers / f"{LETTER}.meta.yaml").write_text("access: [restricted")
        assert counts(take_in()) == (0, 1, 0, 1)
        assert classes()[ANNEX] == "unknown"
        assert finding(settings).ok
        (papers / f"{LETTER}.meta.yaml").write_text("access: restricted")
        take_in()
        assert classes() == {LETTER: "restricted", ANNEX: "restricted"}


class TestTheSidecarOfAnArchive:
    def test_is_that_of_all_that_is_in_it(self, take_in, papers, classes):
        (papers / "box.zip").write_bytes(given.archive(a_txt=given.text("zone"), b_eml=given.mail("ztwo")))
        take_in()
        for access in ("restricted", "public", None):
            given.sidecar(papers / "box.zip", access)
            assert counts(take_in()) == (2, 0, 0, 0)
            assert set(classes().values()) == {access}
        (papers / "box.zip.meta.yaml").write_text("access: [restricted")
        assert counts(take_in()) == (0, 0, 0, 2)

    def test_inside_another_one_only_closes(self, take_in, papers, classes):
        inner = given.archive(a_txt=given.text("zone"), b_txt=given.text("ztwo"), b_txt_meta_yaml="access: public")
        for access, expected in (("public", "restricted"), ("members", "members+restricted")):
            box = given.archive(inner_zip=inner, inner_zip_meta_yaml=f"access: {access}")
            (papers / "box.zip").write_bytes(box)
            given.sidecar(papers / "box.zip", "restricted")
            take_in()
            assert set(classes().values()) == {expected}


def test_a_mail_that_is_replaced_by_a_closed_one_never_shows_its_new_attachment(warm, settings, papers, classes):
    letter(papers)
    ingest(settings, [str(papers)])
    letter(papers, annex="zsecond")
    given.sidecar(papers / LETTER, "restricted")
    with IngestSession(settings) as session:
        items = session.plan(SourcePlanner(find_sources([str(papers)]), WHAT_IS_NEW)).items
        for item in sorted(items, key=lambda item: item.source.parent is None):
            session.process([item], "run")
            assert item.source.parent is None or classes()[ANNEX] == "unknown"
    assert classes() == {LETTER: "restricted", ANNEX: "restricted"}


def test_a_mail_that_cannot_be_read_any_more_closes_its_attachment(take_in, papers, classes):
    given.sidecar(papers / LETTER, "public")
    letter(papers)
    take_in()
    broken = given.mail("zother", ("annex.txt", given.text("zannex")))
    (papers / LETTER).write_bytes(broken)
    (papers / f"{LETTER}.meta.yaml").write_text("date: someday\naccess: public")
    report = take_in()
    assert (report.failed, classes()[ANNEX]) == (1, "unknown")


def kill_in(settings, papers, method):
    """Ingest in a process of its own, which is killed as soon as it comes to a method of `MemberAccess`."""
    code = f"""
import os, signal
from pathlib import Path
from configs.settings import load_settings
from pipelines.ingest.follow.members import MemberAccess
from pipelines.ingest.runs import ingest
from tests.dummy_encoder import dummy_encoders
whole = MemberAccess.{method}
def killed(*given):
    if {method!r} != "follow":
        whole(*given)
    os.kill(os.getpid(), signal.SIGKILL)
MemberAccess.{method} = killed
with dummy_encoders(Path({str(settings.home.parent / "cache")!r})):
    ingest(load_settings(Path({str(settings.home)!r}), encoder="all-MiniLM-L6-v2", workers=1), [{str(papers)!r}])
"""
    done = subprocess.run(fork_server().command("-c", code), capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


@ON_ONE_ENGINE
class TestAKill:
    @pytest.mark.parametrize("method", ["close", "follow"])
    @pytest.mark.parametrize("access", ["restricted", "public", None])
    def test_before_its_members_is_repaired_by_the_next_run(self, take_in, settings, papers, classes, method, access):
        letter(papers)
        given.sidecar(papers / LETTER, "members")
        take_in()
        given.sidecar(papers / LETTER, access)
        if closing_names(access) or method == "follow":
            kill_in(settings, papers, method)
            assert wider(classes()) == {}
        take_in()
        assert classes() == {LETTER: access, ANNEX: access}
        assert finding(settings).ok

    def test_of_the_first_run_leaves_what_is_not_known_closed(self, take_in, settings, papers, classes):
        given.write_papers(papers)
        kill_in(settings, papers, "follow")
        assert wider(classes()) == {}
        take_in()
        assert classes() == RIGHT
        assert finding(settings).ok


def make_unclassed(settings):
    """Leave the ledger as a repair does that makes it again, and files inside others without the class of these."""

    def opened(document):
        return document.model_copy(update={"access": None})

    with IngestSession(settings) as session:
        for entry in list(session.ledger.entries()):
            if "::" in entry.source:
                session._engine.revise(entry.id, opened, access_classes=EVERY_CLASS)
            session.ledger.write(replace(entry, versions={}))
        session._engine.flush()


MEMBERS = sum("::" in place for place in RIGHT)


class TestRowsThatSayNoClass:
    def test_are_put_right_by_one_run(self, take_in, settings, papers, classes):
        given.write_papers(papers)
        take_in()
        make_unclassed(settings)
        assert wider(classes())
        assert not finding(settings).ok
        assert f"{MEMBERS} files inside others" in finding(settings).detail
        assert "customs-lens ingest" in finding(settings).remedy
        assert counts(take_in()) == (NUMBER, 0, 0, 0)
        assert classes() == RIGHT
        assert finding(settings).ok
        assert counts(take_in()) == (0, NUMBER, 0, 0)

    def test_are_put_right_by_a_run_over_an_unchanged_source(self, warm, settings, papers, classes):
        given.write_papers(papers)
        config = FolderConfig(name="shelf", kind="folder", path=papers, quiet_seconds=0)
        run_source(settings, config)
        assert run_source(settings, config).unchanged == NUMBER
        make_unclassed(settings)
        again = run_source(settings, config)
        assert (again.indexed, again.unchanged) == (NUMBER, 0)
        assert classes() == RIGHT
        assert finding(settings).ok
        assert run_source(settings, config).unchanged == NUMBER


class TestTheClassOfASource:
    @pytest.fixture
    def run(self, warm, settings, papers):
        def go(access):
            config = FolderConfig(name="shelf", kind="folder", path=papers, access=access, quiet_seconds=0)
            return run_source(settings, config)

        return go

    def test_closes_all_that_it_has(self, run, papers, classes):
        (papers / "general.txt").write_text(given.text("zgeneral", "General"))
        (papers / "closed.txt").write_text(given.text("zclosed", "Restricted"))
        (papers / "box.zip").write_bytes(given.archive(a_txt=given.text("zone")))
        letter(papers)
        run("members")
        assert classes() == {
            "general.txt": "members",
            "closed.txt": "members+restricted",
            "zip://a.txt::box.zip": "members",
            LETTER: "members",
            ANNEX: "members",
        }

    def test_is_replaced_by_a_sidecar_beside_a_file(self, run, papers, classes):
        (papers / "closed.txt").write_text(given.text("zclosed", "Restricted"))
        (papers / "box.zip").write_bytes(given.archive(a_txt=given.text("zone")))
        letter(papers)
        for name in ("closed.txt", "box.zip", LETTER):
            given.sidecar(papers / name, "public")
        run("members")
        assert set(classes().values()) == {"public"}

    def test_that_changes_is_that_of_members_too(self, run, papers, classes):
        letter(papers)
        for access in ("members", "public", "secretariat"):
            run(access)
            assert classes() == {LETTER: access, ANNEX: access}


class TestTheSameBytes:
    def test_have_the_class_of_the_one_that_is_in_the_index(self, take_in, papers, classes):
        (papers / "open").mkdir()
        (papers / "open" / "loose.txt").write_text(given.text("zannex"))
        take_in()
        letter(papers)
        given.sidecar(papers / LETTER, "restricted")
        assert counts(take_in()) == (1, 1, 1, 0)
        assert classes() == {"open/loose.txt": None, LETTER: "restricted"}

    def test_have_that_of_the_one_that_takes_over(self, take_in, papers, classes):
        self.test_have_the_class_of_the_one_that_is_in_the_index(take_in, papers, classes)
        (papers / "open" / "loose.txt").unlink()
        take_in(papers, delete_missing=True, allow_mass_deletion=True)
        assert classes() == {LETTER: "restricted", ANNEX: "restricted"}

    def test_of_two_mails_are_never_wider_than_the_first(self, take_in, papers, classes):
        letter(papers)
        (papers / "copy.eml").write_bytes((papers / LETTER).read_bytes())
        given.sidecar(papers / "copy.eml", "restricted")
        take_in()
        assert set(classes().values()) == {"restricted"}
        (papers / "copy.eml").unlink()
        take_in(papers, delete_missing=True, allow_mass_deletion=True)
        assert classes() == {LETTER: None, ANNEX: None}


class TestWhatIsMadeFromTheStore:
    """Runs that look at no source, and copies of a home, keep the classes."""

    def test_a_stage_is_run_again(self, take_in, settings, papers, classes):
        given.write_papers(papers)
        take_in()
        for stage in ("tag", "encode", "index"):
            assert take_in(all_stored=True, start=stage).indexed == NUMBER
            assert classes() == RIGHT

    def test_what_the_index_lost_is_put_back(self, take_in, settings, papers, classes):
        given.write_papers(papers)
        take_in()
        with IngestSession(settings) as session:
            for entry in list(session.ledger.entries()):
                session._engine.remove(entry.id)
        assert put_back(settings).indexed == NUMBER
        assert classes() == RIGHT

    @ON_ONE_ENGINE
    def test_a_backup_is_restored(self, take_in, settings, papers, classes, tmp_path):
        given.write_papers(papers)
        take_in()
        backup(settings, tmp_path / "copy.zip")
        restore(settings, tmp_path / "copy.zip", force=True)
        assert classes() == RIGHT
        assert counts(take_in()) == (0, NUMBER, 0, 0)
        rebuild(settings.home / INDEX)
        assert classes() == RIGHT
