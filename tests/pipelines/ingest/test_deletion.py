"""What `--delete-missing` deletes of a ledger, SOURCE by SOURCE, and what it keeps."""

import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import fsspec
import pytest
from fpdf import FPDF

from configs.settings import ReadingLimits
from configs.system.errors import UnavailableError
from extractors.document import document_id
from pipelines.ingest.deletion import LEAST, plan_deletion
from pipelines.sources.web import retries
from pipelines.storage.entries import LedgerRow
from tests import access_papers
from tests.access_papers import archive as zipped
from tests.given_sources import find_sources
from tests.pipelines.sources.connectors.scripted_server import FreeClock
from tests.servers import Website
from tests.states import ledger_of

LIST_AS_NOBODY = """
import os, sys
import pipelines.sources.connectors.folder  # which nobody may import
from tests import access_papers
from tests.access_papers import archive as zipped
from tests.given_sources import find_sources
if os.geteuid() == 0:
    os.setuid(65534)  # the user nobody: the administrator may read everything
find_sources(sys.argv[1:])
"""
NO_TIME = ReadingLimits(cpu_seconds=1, wall_seconds=1e-9)
"""Every child process is too late."""


@pytest.fixture
def ledger(tmp_path):
    opened = ledger_of(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def know(ledger):
    """A function that lets the ledger know everything behind the names, and returns how many documents that are."""

    def note(*names):
        sources = find_sources([str(name) for name in names]).sources
        for source in sources:
            row = LedgerRow(document_id(source.uri), source.uri, "1" * 64, outcome="indexed", status="read", run="r")
            ledger.write(row)
        return len(sources)

    return note


@pytest.fixture
def plan(ledger):
    """A function that plans the deletion, and returns the names of what is deleted and kept, and the refusals."""

    def go(*names, allow_mass=False, **options):
        found = find_sources([str(name) for name in names], delete=True, **options)
        planned = plan_deletion(found, ledger, None, allow_mass=allow_mass)
        sources = {entry.id: entry.source for entry in ledger.entries()}
        parts = ([sources[one].rsplit("/", 1)[-1] for one in part] for part in (planned.documents, planned.kept))
        return *map(sorted, parts), [(one.known, one.missing) for one in planned.refusals]

    return go


def write(folder, *names):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_text(name)
    return [folder / name for name in names]


def numbered(count, start=0):
    return [f"{number:02}.txt" for number in range(start, start + count)]


class TestTheGuard:
    @pytest.mark.parametrize("count", [1, 3, LEAST, 2 * LEAST])
    def test_all_of_a_source_is_kept_unless_it_is_allowed(self, papers, know, plan, count):
        names = numbered(count)
        for path in write(papers, *names):
            know(path)
            path.unlink()
        assert plan(papers) == ([], names, [(count, count)])
        write(papers, "new.txt")
        assert plan(papers) == ([], names, [(count, count)])
        assert plan(papers, allow_mass=True) == (names, [], [])

    @pytest.mark.parametrize(
        ("known", "missing", "refused"),
        [
            (9, 8, False),
            (LEAST, 5, False),
            (LEAST, 6, True),
            (11, 5, False),
            (11, 6, True),
            (40, 20, False),
            (40, 21, True),
        ],
    )
    def test_more_than_half_of_ten_or_more_is_kept(self, papers, know, plan, known, missing, refused):
        paths = write(papers, *numbered(known))
        know(papers)
        for path in paths[:missing]:
            path.unlink()
        deleted, kept, refusals = plan(papers)
        assert (len(deleted), len(kept)) == ((0, missing) if refused else (missing, 0))
        assert refusals == ([(known, missing)] if refused else [])

    def test_each_source_counts_by_itself(self, papers, know, plan):
        write(papers / "mounted", *numbered(20))
        (lost,) = write(papers / "disk", "lost.txt")
        know(papers)
        lost.unlink()
        (papers / "mounted" / "00.txt").unlink()
        assert plan(papers / "mounted", papers / "disk") == (["00.txt"], ["lost.txt"], [(1, 1)])

    def test_a_document_under_two_sources_of_which_one_is_refused_is_kept(self, papers, know, plan):
        write(papers, *numbered(20))
        (lost,) = write(papers / "disk", "lost.txt")
        know(papers)
        lost.unlink()
        (papers / "00.txt").unlink()
        assert plan(papers) == (["00.txt", "lost.txt"], [], [])
        for names in ((papers, papers / "disk"), (papers / "disk", papers)):
            assert plan(*names) == (["00.txt"], ["lost.txt"], [(1, 1)])

    def test_a_file_that_became_a_folder_is_all_of_its_source(self, papers, know, plan):
        (path,) = write(papers, "a")
        know(path)
        path.unlink()
        write(path, "new.txt")
        assert plan(path) == ([], ["a"], [(1, 1)])
        write(papers, "b")
        know(papers / "b")
        assert plan(papers) == (["a"], [], [])

    def test_other_folders_whose_names_begin_alike_are_left_alone(self, papers, know, plan, tmp_path):
        write(tmp_path / "papers2", "x.txt")
        write(papers, "a.txt", "b.txt")
        assert plan(papers) == ([], [], [])
        know(papers, tmp_path / "papers2")
        (tmp_path / "papers2" / "x.txt").unlink()
        (papers / "a.txt").unlink()
        assert plan(papers) == (["a.txt"], [], [])
        assert plan(f"file://{papers}/") == (["a.txt"], [], [])


class TestGlobs:
    def test_what_matched_and_is_gone_is_deleted(self, papers, know, plan):
        write(papers, "a.txt", "b.txt", "c.pdf", ".hidden.txt")
        write(papers / "sub", "d.txt")
        know(papers)
        (papers / "a.txt").unlink()
        (papers / "c.pdf").unlink()
        (papers / "sub" / "d.txt").unlink()
        assert plan(papers / "*.txt") == (["a.txt"], [], [])
        assert plan(papers / "**" / "*.txt") == (["a.txt", "d.txt"], [], [])
        assert plan(papers / "*") == (["a.txt", "c.pdf", "d.txt"], [], [])

    def test_a_file_that_became_a_folder_or_is_hidden_is_not_deleted_for_a_glob(self, papers, know, plan):
        write(papers, "a.txt", ".b.txt")
        know(papers)
        assert plan(papers / "*.txt") == ([], [], [])


class TestLinks:
    def test_what_lies_behind_a_link_that_is_skipped_is_not_missing(self, papers, know, plan, tmp_path, ledger):
        outside = tmp_path / "outside"
        write(papers, "a.txt", "gone.txt")
        know(papers)
        write(papers / "folder", "below.txt")
        write(papers, "link.txt", "dangling.txt")
        know(papers)
        shutil.move(papers / "folder", outside)
        shutil.move(papers / "link.txt", outside / "link.txt")
        for name, target in {"folder": outside, "link.txt": outside / "link.txt", "dangling.txt": "no.txt"}.items():
            (papers / name).unlink(missing_ok=True)
            (papers / name).symlink_to(target)
        (papers / "gone.txt").unlink()
        for names in ([papers], [papers / "*"], [papers / "**"]):
            assert plan(*names) == (["gone.txt"], [], [])
        assert plan(papers, follow_links=True) == (["gone.txt"], [], [])
        shutil.rmtree(outside)
        assert plan(papers) == (["gone.txt"], [], [])


def mail(*names):
    return access_papers.mail("Agenda", *((name, b"x") for name in names))


def pdf(*names):
    return access_papers.pdf("Agenda", "", *((name, "x") for name in names))


class TestContainers:
    """A container that cannot be opened says nothing of its members; one that can does."""

    @pytest.fixture
    def papers(self, papers):
        write(papers, *numbered(5))
        return papers

    @pytest.mark.parametrize(
        ("name", "content", "without"),
        [
            ("box.zip", zipped(a="1", b="2"), zipped(a="1")),
            ("mail.eml", mail("a", "b"), mail("a")),
            ("paper.pdf", pdf("a", "b"), pdf("a")),
            ("paper.pdf", pdf("b"), pdf()),
            ("box.zip", zipped(m=mail("b")), zipped(m=mail())),
            ("box.zip", zipped(m=pdf("b")), zipped(m=pdf())),
            ("box.zip", zipped(z=zipped(b="1", c="2")), zipped(z=zipped(c="2"))),
        ],
    )
    def test_a_member_that_is_gone_from_a_container_is_missing(self, papers, know, plan, name, content, without):
        (papers / name).write_bytes(content)
        know(papers)
        (papers / name).write_bytes(without)
        deleted, kept, _ = plan(papers)
        assert (len(deleted), kept) == (1, [])

    @pytest.mark.parametrize("name", ["box.zip", "mail.eml", "paper.pdf"])
    @pytest.mark.parametrize("broken", ["cut", "empty", "zeros", "text", "late"])
    def test_those_of_one_that_cannot_be_opened_are_not_missing(self, papers, know, plan, name, broken):
        whole = {"box.zip": zipped(a="1", b="2"), "mail.eml": mail("a", "b"), "paper.pdf": pdf("a", "b")}[name]
        (papers / name).write_bytes(whole)
        know(papers)
        contents = {"empty": b"", "zeros": bytes(len(whole)), "text": b"Words.", "late": whole}
        contents["cut"] = whole[:-40] if name == "box.zip" else whole[:30]
        (papers / name).write_bytes(contents[broken])
        for place in [papers, papers / name][: 1 + (name == "box.zip")]:
            assert plan(place, **({"limits": NO_TIME} if broken == "late" else {})) == ([], [], [])

    @pytest.mark.parametrize("inner", ["box.zip", "mail.eml", "paper.pdf"])
    def test_nor_are_those_of_one_inside_another(self, papers, know, plan, inner):
        whole = {"box.zip": zipped(a="1", b="2"), "mail.eml": mail("a", "b"), "paper.pdf": pdf("a", "b")}[inner]
        (papers / "outer.zip").write_bytes(zipped(**{inner: whole, "x": "x"}))
        known = know(papers)
        (papers / "outer.zip").write_bytes(zipped(**{inner: whole[:30], "x": "x"}))
        assert known == 8 + (inner != "box.zip")
        assert plan(papers) == ([], [], [])

    def test_a_container_that_is_gone_takes_its_members_along(self, papers, know, plan):
        (papers / "box.zip").write_bytes(zipped(a="1", b=mail("c")))
        know(papers)
        (papers / "box.zip").unlink()
        assert len(plan(papers)[0]) == 3

    def test_a_locked_container_says_nothing(self, papers, know, plan, ledger):
        document = FPDF(unit="pt", format="A4")
        document.add_page()
        document.embed_file(basename="a", bytes=b"x")
        document.set_encryption(owner_password="owner", user_password="sesame")
        (papers / "paper.pdf").write_bytes(bytes(document.output()))
        for source in find_sources([str(papers)], passwords=["sesame"]).sources:
            row = LedgerRow(document_id(source.uri), source.uri, "1" * 64, outcome="indexed", status="read", run="r")
            ledger.write(row)
        assert plan(papers) == ([], [], [])
        assert plan(papers, passwords=["sesame"]) == ([], [], [])


class TestWhatIsNoFile:
    """A pipe, a socket or a device where a file was says nothing of it, nor of what it held."""

    @pytest.fixture(params=["pipe", "socket", "device"])
    def put(self, request):
        def make(path):
            if request.param == "pipe":
                os.mkfifo(path)
            elif request.param == "socket":
                with socket.socket(socket.AF_UNIX) as server:
                    server.bind(os.path.relpath(path))
            else:
                try:
                    os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 3))
                except PermissionError:
                    pytest.skip("only the administrator makes devices")

        return make

    def test_members_and_papers_in_its_place_are_kept_and_it_is_told(self, papers, know, plan, put, caplog):
        write(papers, *numbered(5))
        (papers / "box.zip").write_bytes(zipped(a="1", b="2"))
        know(papers)
        for name in ("box.zip", "00.txt"):
            (papers / name).unlink()
            put(papers / name)
        (papers / "01.txt").unlink()
        assert plan(papers) == (["01.txt"], [], [])
        assert f"{papers}: skipped what is neither a file nor a folder (2): {papers}/00.txt" in caplog.text
        caplog.clear()
        assert plan(papers / "*") == (["01.txt"], [], [])
        assert f"{papers}/box.zip" in caplog.text

    def test_one_that_is_named_is_refused(self, papers, put):
        put(papers / "box.zip")
        with pytest.raises(UnavailableError, match=r"box\.zip: cannot be read: it is a (pipe|socket|device), not a"):
            find_sources([str(papers / "box.zip")])


class TestSourcesThatCannotBeListed:
    """All SOURCEs are listed before anything is deleted; one that cannot be ends the run."""

    @pytest.mark.parametrize("pattern", ["", "/*/*.txt", "/**"])
    def test_a_folder_within_that_must_not_be_read(self, pattern):
        with tempfile.TemporaryDirectory() as folder:  # one that anybody may enter
            papers = Path(folder)
            papers.chmod(0o755)
            write(papers / "locked", "a.txt")
            (papers / "locked").chmod(0)
            command = [sys.executable, "-c", LIST_AS_NOBODY, folder + pattern]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert f"UnavailableError: {folder}/locked: cannot be read: Permission denied" in done.stderr

    def test_a_website_that_does_not_answer(self, papers, know, plan, monkeypatch):
        monkeypatch.setattr(retries, "SYSTEM", FreeClock().clock)
        write(papers, "a.txt", "b.txt")
        site = Website(papers)
        know(site.url, papers)
        (papers / "a.txt").unlink()
        assert plan(site.url) == (["a.txt"], [], [])
        site.page("/", "<p>We are working on it.</p>")
        assert plan(site.url)[1:] == (["a.txt", "b.txt"], [(2, 2)])
        site.stop()
        for names in ([site.url], [papers, site.url], [site.url, papers]):
            with pytest.raises(UnavailableError, match="the server cannot be reached"):
                plan(*names)

    def test_another_file_system(self, know, plan):
        files = fsspec.filesystem("memory")
        files.pipe({"/gone/a.txt": b"a", "/gone/b.txt": b"b", "/gone/sub/c.txt": b"c"})
        know("memory://gone")
        files.rm("/gone/a.txt")
        assert plan("memory://gone") == (["a.txt"], [], [])
        assert plan("memory://gone/*.txt") == (["a.txt"], [], [])
        files.rm("/gone", recursive=True)
        with pytest.raises(UnavailableError, match="memory://gone"):
            plan("memory://gone")
