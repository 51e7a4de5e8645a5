"""SOURCEs that fail `ingest`: on this machine and on others, one line, the documented exit code, nothing deleted."""

import pytest

from pipelines.sources.web import retries
from tests.conftest import needs
from tests.pipelines.sources.connectors.scripted_server import FreeClock
from tests.servers import PORT_OF_NOBODY, FtpServer, Website

FAILED, WRONG_USE, NOT_THERE = 1, 2, 3


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch):
    """Let requests that are repeated wait no time."""
    monkeypatch.setattr(retries, "SYSTEM", FreeClock().clock)


@pytest.fixture
def papers(tmp_path):
    folder = tmp_path / "papers"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.txt").write_text(f"The single window of country {number} went live in 2021.")
    return folder


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def site(papers):
    server = Website(papers)
    yield server
    server.stop()


@pytest.fixture
def ftp(papers):
    needs("pyftpdlib")
    server = FtpServer(papers)
    yield server
    server.stop()


@pytest.fixture
def ingest(cli, home):
    def run(*arguments):
        return cli("ingest", *arguments, "--home", home, "--encoder", "all-MiniLM-L6-v2", "--json")

    return run


def report(done, *names):
    return tuple(done.json[name] for name in names)


@pytest.mark.model
class TestDeleting:
    @pytest.mark.parametrize("dry_run", [(), ("--dry-run",)])
    def test_an_empty_mount_point_keeps_its_papers(self, ingest, papers, dry_run):
        ingest(papers)
        for path in papers.iterdir():
            path.unlink()
        done = ingest(papers, "--delete-missing", *dry_run)
        assert done.code == NOT_THERE
        assert report(done, "found", "deleted", "kept") == (0, 0, 3)
        assert f"{papers}: all 3 documents are missing" in done.line
        assert "--allow-mass-deletion" in done.line
        done = ingest(papers, "--delete-missing", "--allow-mass-deletion", *dry_run)
        assert (done.code, *report(done, "deleted", "kept")) == (0, 3, 0)

    def test_the_report_for_people_comes_with_the_refusal(self, ingest, cli, home, papers):
        ingest(papers)
        for path in papers.iterdir():
            path.unlink()
        done = cli("ingest", papers, "--delete-missing", "--home", home, "--encoder", "all-MiniLM-L6-v2")
        assert done.code == NOT_THERE
        assert "Found 0 documents" in " ".join(done.out.split())
        assert "all 3 documents are missing" in done.line


@pytest.mark.model
class TestReading:
    def test_papers_come_from_a_website_and_from_ftp(self, ingest, site, ftp):
        assert report(ingest(site.url), "found", "indexed") == (3, 3)
        done = ingest(f"ftp://reader:s3same@{ftp.host}/")
        assert report(done, "found", "duplicate", "failed") == (3, 3, 0)
        done = ingest(f"ftp://reader:s3same@{ftp.host}/", "--force")
        assert report(done, "found", "duplicate", "failed") == (3, 3, 0)

    def test_a_file_that_is_gone_when_it_is_read_is_one_failure(self, ingest, site):
        site.page("/", '<a href="0.txt">0</a> <a href="gone.txt">gone</a> <a href="broken.txt">broken</a>')
        site.page("/broken.txt", status=500)
        done = ingest(site.url)
        assert (done.code, *report(done, "found", "indexed", "failed")) == (FAILED, 3, 1, 2)
        errors = {one["source"].rpartition("/")[2]: one["error"] for one in done.json["failures"]}
        assert "the file is gone" in errors["gone.txt"]
        assert "the server answers 500 Internal Server Error" in errors["broken.txt"]


NOBODY = f"127.0.0.1:{PORT_OF_NOBODY}"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (f"http://{NOBODY}/closed.txt", "the server cannot be reached"),
        (f"http://{NOBODY}/papers/", "the server cannot be reached"),
        (f"http://user:s3same@{NOBODY}/*.pdf", "the server cannot be reached"),
        (f"ftp://{NOBODY}/papers/", "Connection refused"),
        (f"ftp://user:s3same@{NOBODY}/papers/x.pdf", "Connection refused"),
        ("ftp://user:s3same@nosuchhost.invalid/", "nosuchhost.invalid"),
    ],
)
def test_a_server_that_does_not_answer(ingest, home, name, words):
    done = ingest(name)
    assert (done.code, done.out) == (NOT_THERE, "")
    assert words in done.line
    assert name.replace("user:s3same@", "") in done.line
    assert "s3same" not in done.err
    assert "check" in done.line
    assert not home.exists()


def test_a_file_whose_name_ends_with_a_space_is_a_source(ingest, papers):
    (papers / "x.txt ").write_text("The single window.")
    assert report(ingest(papers / "x.txt ", "--dry-run"), "found") == (1,)


@pytest.mark.parametrize("command", ["extract", "tag"])
@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("http://user:s3same@host/x.pdf", "run customs-lens ingest"),
        ("HTTPS://host/x.pdf?token=s3same", "download it"),
        ("s3://bucket/x.pdf", "run customs-lens ingest"),
        ("file:///papers/x.pdf", "without file://"),
    ],
)
def test_what_reads_one_file_takes_no_url_and_says_what_does(cli, home, command, name, remedy):
    done = cli(command, name, "--home", home)
    assert (done.code, done.out) == (WRONG_USE, "")
    assert f"{command} reads a file of this machine" in done.line
    assert remedy in done.line
    assert name.split("?")[0].replace("user:s3same@", "") in done.line
    assert "s3same" not in done.line


def test_a_file_with_the_name_of_a_url_is_read(cli, home, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "http:").mkdir()
    (tmp_path / "http:" / "x.txt").write_text("The single window.")
    assert cli("extract", "http://x.txt", "--home", home).code == 0


def test_a_permission_to_delete_that_deletes_nothing(ingest, papers):
    done = ingest(papers, "--allow-mass-deletion")
    assert (done.code, done.out) == (WRONG_USE, "")
    assert "--delete-missing" in done.line
