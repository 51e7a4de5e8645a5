"""Sources on other machines: what a URL stands for, and what cannot be listed or read said in a sentence."""

import logging
import shutil
import zipfile

import fsspec
import pytest

from configs.settings import Settings
from configs.system.credentials import Credential
from configs.system.errors import UnavailableError, UsageError
from configs.system.progress import steps_told_to
from pipelines.sources import given
from pipelines.sources.defaults import SourceDefaults
from pipelines.sources.source import GONE, SourceError
from tests.conftest import needs
from tests.given_sources import discover, find_sources
from tests.pipelines.sources.conftest import content
from tests.pipelines.sources.connectors.scripted_server import html
from tests.servers import PORT_OF_NOBODY, FtpServer, SftpServer, Website


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "site" / "sub").mkdir(parents=True)
    for name in ("a.txt", "b c.txt", "sub/d.txt", "a.txt.meta.yaml"):
        (tmp_path / "site" / name).write_text(name)
    return tmp_path / "site"


@pytest.fixture
def site(folder):
    server = Website(folder)
    yield server
    server.stop()


@pytest.fixture
def ftp(folder):
    needs("pyftpdlib")
    server = FtpServer(folder)
    yield server
    server.stop()


@pytest.fixture
def memory():
    files = fsspec.filesystem("memory")
    files.pipe({"/far/one.txt": b"1", "/far/sub/two.txt": b"2", "/far/three.md": b"3"})
    yield files
    files.rm("/far", recursive=True)


def uris(*names):
    return [source.uri for source in discover(names)]


class TestWebsites:
    def test_a_folder_a_file_and_a_glob(self, site, tmp_path):
        found = [site.url + name for name in ("a.txt", "b%20c.txt", "sub/d.txt")]
        assert uris(site.url) == found
        assert uris(site.url.rstrip("/") + "/sub") == found[2:]
        assert uris(site.url + "a.txt") == found[:1]
        assert uris(site.url + "*.txt") == found[:2]
        assert uris(site.url + "**") == found
        assert uris(site.url + "s*") == found[2:]
        (source,) = discover([site.url + "b%20c.txt"])
        assert content(source, tmp_path) == b"b c.txt"

    def test_a_file_is_read_in_one_piece_from_a_server_that_gives_no_parts(self, site, folder, tmp_path):
        (folder / "large.txt").write_bytes(bytes(12 << 20))
        (source,) = discover([site.url + "large.txt"])
        assert len(content(source, tmp_path)) == 12 << 20

    def test_each_mebibyte_of_a_download_is_a_step(self, site, folder, tmp_path):
        (folder / "large.txt").write_bytes(b"word " * (3 << 20))
        (source,) = discover([site.url + "large.txt"])
        steps = []
        with steps_told_to(lambda: steps.append(1)):
            content(source, tmp_path)
        assert len(steps) >= 15

    @pytest.mark.parametrize(
        ("path", "page", "found"),
        [
            ("notes.html", '<p>See <a href="https://example.org/">this</a>, and <a href="#top">above</a>.</p>', True),
            ("article", '<p>See <a href="https://example.org/">this</a>, and <a href="#top">above</a>.</p>', True),
            ("list?id=4", '<a href="x.txt">x</a>', True),
            ("empty/", "", False),
        ],
    )
    def test_a_page_that_is_no_listing_is_a_paper_and_an_empty_one_has_none(self, site, folder, path, page, found):
        (folder / "empty").mkdir()
        if page:
            site.page(f"/{path}", page)
        assert uris(site.url + path) == [site.url + path] * found

    @pytest.mark.parametrize(
        "link",
        [
            *("../../etc/passwd", "/etc/passwd", "//example.org/x.txt", "https://example.org/x.txt", "http://["),
            *("file:///etc/passwd", "ftp://example.org/x.txt", "..%2f..%2fetc/passwd", "%2e%2e/etc/passwd", "#top"),
            *("x/../../etc/passwd", "mailto:somebody@example.org", "javascript:void(0)", "?C=N;O=D", "../", ""),
            *("d.txt#2", "./d.txt"),
        ],
    )
    def test_what_lies_elsewhere_is_left_out(self, site, link):
        site.page("/sub/", f'<a href="d.txt">d</a> <A HREF={link!r}>x</A>')
        assert uris(site.url + "sub/") == [site.url + "sub/d.txt"]

    def test_links_that_lead_out_are_logged_and_the_way_up_is_not(self, site, caplog):
        site.page("/sub/", '<a href="../">Parent</a> <a href="?C=N">Name</a> <a href="../../etc/passwd">x</a>')
        assert uris(site.url + "sub/") == []
        (record,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
        assert record.getMessage() == f"{site.url}sub/: left out links that lead elsewhere (1): {site.url}etc/passwd"

    @pytest.mark.parametrize("status", [401, 403, 404, 500, 503])
    @pytest.mark.parametrize("path", ["/a.txt", "/sub/", "/sub/*.txt"])
    def test_what_is_refused_is_an_error_with_its_status(self, site, status, path):
        for asked in {path, "/sub/"}:
            site.page(asked, status=status)
        with pytest.raises(UnavailableError, match=str(status)) as refused:
            uris(site.url.rstrip("/") + path)
        assert site.url in refused.value.message
        assert refused.value.remedy

    @pytest.mark.parametrize(("status", "words"), [(403, "answers 403"), (404, "answers 404"), (500, "answers 500")])
    def test_a_folder_within_that_cannot_be_listed_is_an_error(self, site, status, words):
        site.page("/sub/", status=status)
        with pytest.raises(UnavailableError, match=f"{site.url}sub: .*{words}"):
            uris(site.url)

    @pytest.mark.parametrize("name", ["", "closed.txt", "*.txt"])
    def test_a_server_that_does_not_answer_is_an_error(self, site, name):
        site.stop()
        with pytest.raises(UnavailableError, match="the server cannot be reached") as refused:
            uris(site.url + name)
        assert site.url + name in refused.value.message

    def test_a_glob_that_nothing_matches_is_an_error(self, site):
        with pytest.raises(UnavailableError, match="no file that matches"):
            uris(site.url + "*.pdf")

    def test_redirects_are_followed_on_the_web_alone(self, site, tmp_path):
        site.page("/moved.txt", status=302, Location="/a.txt")
        site.page("/local.txt", status=302, Location="file:///etc/passwd")
        site.page("/ftp.txt", status=302, Location="ftp://127.0.0.1/x")
        site.page("/loop.txt", status=302, Location="/loop.txt")
        (moved,) = discover([site.url + "moved.txt"])
        assert content(moved, tmp_path) == b"a.txt"
        for name, words in (("local", "no address"), ("ftp", "no address"), ("loop", "without an end")):
            with pytest.raises(UnavailableError, match=words):
                uris(f"{site.url}{name}.txt")

    @pytest.mark.parametrize(
        ("status", "location", "words"),
        [(404, "", GONE), (500, "", "answers 500"), (302, "file:///etc/passwd", "no address of the web")],
    )
    def test_a_file_that_cannot_be_read_any_more_is_a_fault_of_that_document(self, site, status, location, words):
        (source,) = discover([site.url + "a.txt"])
        site.page("/a.txt", status=status, Location=location)
        with pytest.raises(SourceError, match=words) as failed:
            source.sha256()
        assert source.uri in failed.value.message

    def test_a_download_that_is_cut_is_no_file(self, site):
        (source,) = discover([site.url + "a.txt"])
        site.page("/a.txt", "half", **{"Content-Length": "100"})
        with pytest.raises(SourceError, match=r"a\.txt: cannot be read"):
            source.sha256()

    def test_folders_without_an_end_are_an_error(self, site):
        path = "/"
        for _ in range(80):
            site.page(path, '<a href="more/">more</a>')
            path += "more/"
        with pytest.raises(UnavailableError, match="folders are nested in each other"):
            uris(site.url)

    def test_a_session_that_a_server_writes_into_its_links_is_no_part_of_a_name(self, site, tmp_path):
        for session in ("A1B2C3", "D4E5F6"):
            link = f"/sub/d.txt;jsessionid={session}"
            site.page("/sub/", f'<a href="{link}">d</a>')
            site.page(link, f"read in {session}")
            (source,) = discover([site.url + "sub/"])
            assert source.uri == site.url + "sub/d.txt"
            assert content(source, tmp_path) == f"read in {session}".encode()

    def test_what_a_configured_url_covers_has_its_body_and_its_class(self, site, tmp_path):
        home = tmp_path / "home"
        home.mkdir()
        source = f"{{name: site, kind: url, url: {site.url}, body: ptc, access: members}}"
        (home / "sources.yaml").write_text(f"sources: [{source}]")
        found = given.find_sources([site.url + "sub/"], Settings(home=home)).sources
        (one,) = found
        assert (one.uri, one.defaults) == (site.url + "sub/d.txt", SourceDefaults("ptc", "members"))

    def test_robots_txt_counts_for_what_is_found_and_not_for_what_is_named(self, site):
        site.page("/robots.txt", "User-agent: *\nDisallow: /a.txt\nDisallow: /sub/d.txt\n")
        found = {source.name: source for source in discover([site.url])}
        assert found["b%20c.txt"].sha256()
        with pytest.raises(SourceError, match=r"a\.txt: the robots\.txt of the site forbids it .*'robots: false'"):
            found["a.txt"].sha256()
        assert "/a.txt" not in site.asked
        (named,) = discover([site.url + "sub/d.txt"])
        assert named.sha256()

    def test_a_file_is_not_read_from_another_server_of_the_network(self, site, server):
        server.answers["/a.txt"] = html("internal")
        (source,) = discover([site.url + "a.txt"])
        site.page("/a.txt", status=302, Location=f"{server.url}/a.txt".replace("127.0.0.1", "localhost"))
        with pytest.raises(SourceError, match="it redirects to localhost, a server that the source does not name"):
            source.sha256()
        assert not server.requests


class TestFtp:
    def test_a_folder_a_file_and_a_glob_are_known_by_their_host(self, ftp, tmp_path):
        url, known = f"ftp://reader:s3same@{ftp.host}", f"ftp://{ftp.host}"
        assert uris(url) == [f"{known}/a.txt", f"{known}/b c.txt", f"{known}/sub/d.txt"]
        assert uris(f"{url}/sub/") == [f"{known}/sub/d.txt"]
        assert uris(f"{url}/*.txt") == [f"{known}/a.txt", f"{known}/b c.txt"]
        (source,) = discover([f"{url}/sub/d.txt"])
        assert content(source, tmp_path) == b"sub/d.txt"

    def test_a_folder_within_that_cannot_be_listed_is_an_error(self, ftp, folder):
        (folder / "locked").mkdir()
        (folder / "locked" / "x.txt").write_text("x")
        ftp.lock(folder / "locked")
        with pytest.raises(UnavailableError, match=f"{ftp.host}/locked: Permission denied"):
            uris(f"ftp://reader:s3same@{ftp.host}/")

    @pytest.mark.parametrize(
        ("user", "path", "words"),
        [("reader:wrong", "", "530"), ("nobody:s3same", "a.txt", "530"), ("reader:s3same", "no.txt", "no such file")],
    )
    def test_what_is_refused_is_an_error_without_the_password(self, ftp, user, path, words):
        with pytest.raises(UnavailableError, match=words) as refused:
            uris(f"ftp://{user}@{ftp.host}/{path}")
        assert f"ftp://{ftp.host}/{path}" in str(refused.value)
        assert user.partition(":")[2] not in str(refused.value)

    @pytest.mark.parametrize(
        ("password", "written"),
        [
            ("p@s/s:#?", "p%40s%2Fs%3A%23%3F"),
            ("p@s/s:#?", "p@s/s:#?"),
            ("50%off", "50%off"),
            ("50%off", "50%25off"),
            ("%41[x]", "%2541[x]"),
            ("pässword", "p%C3%A4ssword"),
        ],
    )
    def test_a_password_is_decoded_once_wherever_it_is_written(self, folder, tmp_path, monkeypatch, password, written):
        needs("pyftpdlib")
        with zipfile.ZipFile(folder / "papers.zip", "w") as archive:
            archive.writestr("in.txt", "in.txt")
        server = FtpServer(folder, password)
        monkeypatch.setenv("FTP_PASSWORD", written)
        try:
            url = f"ftp://{server.host}/a.txt"
            login = {"url": f"ftp://{server.host}/", "username": "reader"}
            given = [[Credential(**login, password=one)] for one in (written, "${FTP_PASSWORD}")]
            for name, credentials in [(f"ftp://reader:{written}@{server.host}/a.txt", []), *((url, g) for g in given)]:
                (source,) = discover([name], credentials=credentials)
                assert source.uri == url
                assert content(source, tmp_path) == b"a.txt"
                assert [one.uri for one in discover([name.replace("a.txt", "*.txt")], credentials=credentials)]
            (inside,) = discover([f"zip://in.txt::ftp://reader:{written}@{server.host}/papers.zip"])
            assert inside.uri == f"zip://in.txt::ftp://{server.host}/papers.zip"
            assert content(inside, tmp_path) == b"in.txt"
        finally:
            server.stop()

    def test_signs_of_urls_are_letters_of_a_name(self, ftp, folder, tmp_path):
        for name in ("a#b.txt", "what?.txt"):
            (folder / "sub" / name).write_text(name)
        found = {source.name: content(source, tmp_path) for source in discover([f"ftp://reader:s3same@{ftp.host}/sub"])}
        assert found == {name: name.encode() for name in ("a#b.txt", "d.txt", "what?.txt")} | {"d.txt": b"sub/d.txt"}

    def test_a_file_that_is_gone_is_a_fault_of_that_document(self, ftp, folder):
        (source,) = discover([f"ftp://reader:s3same@{ftp.host}/a.txt"])
        (folder / "a.txt").unlink()
        with pytest.raises(SourceError, match=GONE):
            source.sha256()

    @pytest.mark.parametrize("user", ["", "reader:s3same@"])
    def test_a_server_that_does_not_answer_is_an_error(self, user):
        with pytest.raises(UnavailableError, match="Connection refused"):
            uris(f"ftp://{user}127.0.0.1:{PORT_OF_NOBODY}/papers/")


@pytest.mark.slow
class TestSftp:
    @pytest.fixture
    def sftp(self, tmp_path, monkeypatch):
        """A server that the user's own keys open, and that the user knows."""
        needs("sshfs")
        for name in ("keys", "user/.ssh"):
            (tmp_path / name).mkdir(parents=True)
        server = SftpServer(tmp_path / "keys", "")
        shutil.copy(server.key, tmp_path / "user/.ssh/id_ed25519")
        shutil.copy(server.known_hosts, tmp_path / "user/.ssh/known_hosts")
        monkeypatch.setenv("HOME", str(tmp_path / "user"))
        yield server
        server.stop()

    def test_a_folder_and_an_empty_one(self, sftp, folder, tmp_path):
        (folder / "a#b?.txt").write_bytes(b"1")
        (folder / "empty").mkdir()
        found = {source.name: content(source, tmp_path) for source in discover([f"sftp://{sftp.host}{folder}"])}
        assert set(found) == {"a.txt", "b c.txt", "d.txt", "a#b?.txt"}
        assert found["a#b?.txt"] == b"1"
        assert uris(f"sftp://{sftp.host}{folder}/empty") == []

    def test_a_server_that_nobody_knows_is_refused(self, sftp, folder, tmp_path):
        (tmp_path / "user/.ssh/known_hosts").write_text("")
        with pytest.raises(UnavailableError, match="key of the server is not known"):
            uris(f"sftp://{sftp.host}{folder}")


class TestOtherFileSystems:
    def test_a_folder_a_file_and_a_glob(self, memory):
        far = "memory:///far"
        assert uris("memory://far") == [f"{far}/one.txt", f"{far}/sub/two.txt", f"{far}/three.md"]
        assert uris("memory://far/one.txt") == [f"{far}/one.txt"]
        assert uris("memory://far/*.txt") == [f"{far}/one.txt"]
        assert uris("memory://far/**/*.txt") == [f"{far}/one.txt", f"{far}/sub/two.txt"]

    def test_a_glob_leaves_hidden_names_out_and_a_folder_has_them(self, memory):
        memory.pipe("/far/.hidden.txt", b"4")
        assert uris("memory://far/*.txt") == ["memory:///far/one.txt"]
        assert "memory:///far/.hidden.txt" in uris("memory://far")

    @pytest.mark.parametrize("name", ["memory://nowhere", "memory://far/*.pdf", "memory://nowhere/*"])
    def test_a_name_with_nothing_behind_it_is_an_error(self, memory, name):
        with pytest.raises(UnavailableError, match=name.split("*", maxsplit=1)[0]):
            uris(name)

    def test_a_folder_that_cannot_be_listed_is_an_error(self, memory, monkeypatch):
        listed = type(memory).ls

        def ls(self, path, *args, **options):
            if path.endswith("/sub"):
                raise PermissionError(path)
            return listed(self, path, *args, **options)

        monkeypatch.setattr(type(memory), "ls", ls)
        with pytest.raises(UnavailableError, match="/far/sub: Permission denied"):
            uris("memory://far")

    def test_what_a_source_covers_is_told_by_its_own_form(self, memory):
        found = find_sources(["memory://far", "memory://far/*.txt"])
        covered = [root.covers("memory:///far/gone.txt") for root in found.roots]
        assert covered == [True, True]
        assert [root.covers("memory:///far/sub/gone.md") for root in found.roots] == [True, False]

    @pytest.mark.parametrize(
        "name",
        ["nosuchprotocol://x/y", "http://", "http:///a.txt", "ftp:///a.txt", "http://[::1/x", "http://host:many/x"],
    )
    def test_a_url_that_is_none_is_wrong_use(self, name):
        with pytest.raises(UsageError) as refused:
            uris(name)
        assert name in refused.value.message
        assert refused.value.remedy

    @pytest.mark.parametrize(
        "name", ["MEMORY://far/one.txt", "Memory://far/one.txt", "SIMPLECACHE::MEMORY://far/one.txt"]
    )
    def test_a_scheme_may_be_written_in_capitals(self, memory, name):
        assert [uri.rpartition("::")[2] for uri in uris(name)] == ["memory:///far/one.txt"]

    @pytest.mark.parametrize("name", [" memory://far", "memory://far/one.txt ", "\tmemory://far", "memory://far\n"])
    def test_a_space_around_a_url_is_wrong_use(self, memory, name):
        with pytest.raises(UsageError, match="begins or ends with a space") as refused:
            uris(name)
        assert "leave the space out" in (refused.value.remedy or "")

    def test_a_host_that_nobody_knows_is_an_error(self):
        with pytest.raises(UnavailableError, match=r"http://nosuchhost\.invalid/"):
            uris("http://nosuchhost.invalid/papers/")
