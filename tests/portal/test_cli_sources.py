"""SOURCEs that fail `ingest`: on this machine and on others, one line, the documented exit code, nothing deleted."""

import zipfile

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
    def test_a_website_that_is_down_keeps_its_papers(self, ingest, site):
        assert report(ingest(site.url), "indexed") == (3,)
        site.stop()
        done = ingest(site.url, "--delete-missing")
        assert (done.code, done.out) == (NOT_THERE, "")
        assert site.url in done.line
        assert "the server cannot be reached" in done.line

    def test_one_source_that_cannot_be_listed_keeps_those_of_the_others(self, ingest, site, papers):
        ingest(papers)
        (papers / "0.txt").unlink()
        site.page("/", status=500)
        for sources in ((papers, site.url), (site.url, papers)):
            done = ingest(*sources, "--delete-missing")
            assert (done.code, done.out) == (NOT_THERE, "")
        assert report(ingest(papers, "--delete-missing"), "deleted") == (1,)

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

    def test_a_broken_archive_keeps_its_members(self, ingest, tmp_path):
        with zipfile.ZipFile(tmp_path / "box.zip", "w") as box:
            for number in range(3):
                box.writestr(f"{number}.txt", f"The single window of country {number} went live in 2021.")
        assert report(ingest(tmp_path / "box.zip"), "indexed") == (3,)
        (tmp_path / "box.zip").write_bytes((tmp_path / "box.zip").read_bytes()[:-40])
        done = ingest(tmp_path / "box.zip", "--delete-missing")
        assert (done.code, *report(done, "failed", "deleted", "kept")) == (FAILED, 1, 0, 0)


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

    def test_what_lies_outside_of_a_listing_is_not_taken_in(self, ingest, site):
        site.page("/etc/passwd", "root")
        site.page("/in/", '<a href="../../etc/passwd">x</a> <a href="/etc/passwd">x</a> <a href="a.txt">a</a>')
        site.pages["/in/a.txt"] = (200, {"Content-Type": "text/plain"}, b"The single window went live in 2021.")
        assert report(ingest(f"{site.url}in/"), "found", "indexed") == (1, 1)
        assert "/etc/passwd" not in site.asked

    def test_a_link_out_of_the_folder_is_not_taken_in(self, ingest, papers, tmp_path, monkeypatch):
        (tmp_path / "secret.txt").write_text("Nobody is to read this sentence.")
        (papers / "link.txt").symlink_to(tmp_path / "secret.txt")
        assert report(ingest(papers), "found") == (3,)
        monkeypatch.setenv("CUSTOMS_LENS_FOLLOW_LINKS", "true")
        assert report(ingest(papers), "found") == (4,)


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


@pytest.mark.model
def test_a_scheme_in_capitals_names_the_same_papers(ingest, site):
    assert report(ingest(site.url), "indexed") == (3,)
    assert report(ingest(site.url.replace("http://", "HTTP://")), "found", "unchanged") == (3, 3)


@pytest.mark.parametrize(
    "name", [" http://user:s3same@host/x.txt", "http://user:s3same@host/x.txt ", " papers", "papers "]
)
def test_a_space_around_a_source_is_told(ingest, name):
    done = ingest(name)
    assert done.code == (WRONG_USE if "://" in name else NOT_THERE)
    assert "begins or ends with a space" in done.line
    assert "leave the space out" in done.line
    assert "s3same" not in done.line


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


@pytest.mark.parametrize("status", [401, 403, 404, 410, 429, 500, 503])
def test_a_website_that_refuses(ingest, site, status):
    for path in ("/0.txt", "/papers/"):
        site.page(path, status=status)
        done = ingest(site.url.rstrip("/") + path)
        assert (done.code, done.out) == (NOT_THERE, "")
        assert f"{site.url.rstrip('/')}{path}: the server answers {status}" in done.line


@pytest.mark.parametrize("location", ["file:///etc/passwd", "/loop.txt", "ftp://127.0.0.1/x", "http://[", "gopher:x"])
def test_a_redirect_that_leads_nowhere(ingest, site, location):
    site.page("/loop.txt", status=302, Location=location)
    done = ingest(f"{site.url}loop.txt")
    assert (done.code, done.out) == (NOT_THERE, "")
    assert f"{site.url}loop.txt: it redirects" in done.line


def test_an_ftp_server_that_refuses_the_user(ingest, ftp):
    done = ingest(f"ftp://reader:wr0ng@{ftp.host}/")
    assert (done.code, done.out) == (NOT_THERE, "")
    assert "530" in done.line
    assert "wr0ng" not in done.err


@pytest.mark.parametrize(
    "name", ["nosuchprotocol://papers/x.pdf", "http://", "http://host:many/", "ftp:///x", "http://[::1/x"]
)
def test_a_url_that_is_none(ingest, name):
    done = ingest(name)
    assert (done.code, done.out) == (WRONG_USE, "")
    assert name in done.line


@pytest.mark.parametrize("name", ["/", "file:///"])
def test_the_root_of_the_file_system(ingest, name):
    done = ingest(name, "--delete-missing")
    assert (done.code, done.out) == (WRONG_USE, "")
    assert "name the folders" in done.line


def test_a_permission_to_delete_that_deletes_nothing(ingest, papers):
    done = ingest(papers, "--allow-mass-deletion")
    assert (done.code, done.out) == (WRONG_USE, "")
    assert "--delete-missing" in done.line


@pytest.mark.elasticsearch
@pytest.mark.model
def test_an_empty_mount_point_keeps_its_papers_in_elasticsearch(cli, home, papers, cluster, monkeypatch):
    monkeypatch.setenv("ELASTICSEARCH_URL", cluster.url)
    monkeypatch.setenv("ELASTICSEARCH_NAME", cluster.name)
    options = ("--home", home, "--encoder", "all-MiniLM-L6-v2", "--index", "elasticsearch", "--json")
    assert cli("ingest", papers, *options).json["indexed"] == 3
    for path in papers.iterdir():
        path.unlink()
    done = cli("ingest", papers, "--delete-missing", *options)
    assert done.code == NOT_THERE
    assert report(done, "deleted", "kept") == (0, 3)
    assert "all 3 documents are missing" in done.line
    assert cli("search", "window", "--mode", "text", *options).json["documents"] == 3
    done = cli("ingest", papers, "--delete-missing", "--allow-mass-deletion", *options)
    assert (done.code, *report(done, "deleted", "kept")) == (0, 3, 0)
    assert cli("search", "window", "--mode", "text", *options).json["documents"] == 0
