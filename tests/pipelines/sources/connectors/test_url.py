"""Folders at URLs: logins, options, links, and servers that say more or less than they should."""

import datetime as dt
import subprocess
from contextlib import nullcontext
from pathlib import Path

import pytest

from configs.sources import UrlConfig, load_sources
from configs.system.errors import ConfigError, UsageError
from pipelines.sources.connectors import url as url_module
from pipelines.sources.connectors.contract import ItemError, SourceAwayError, UnstableItemError
from pipelines.sources.connectors.opening import open_connector
from pipelines.sources.connectors.remote_files import Opener
from tests.conftest import needs
from tests.pipelines.sources.connectors.folder_harness import put_file
from tests.pipelines.sources.connectors.scripted_server import Answer, html
from tests.servers import FtpServer, SftpServer, WebDavServer, Website

PASSWORD = "s3same"


def source(url, **fields):
    return UrlConfig.model_validate({"name": "a", "kind": "url", "url": url, "quiet_seconds": 0, **fields})


class Once(dict):
    """Pages that are answered once each."""

    def __getitem__(self, path):
        return self.pop(path)


def listed(connector):
    pages = list(connector.changes(None))
    problems = {problem.place: problem for page in pages for problem in page.problems}
    return {item.path: item for page in pages for item in page.items}, problems


@pytest.fixture
def papers(tmp_path):
    folder = tmp_path / "papers"
    folder.mkdir()
    for name in ("a.txt", "b.txt"):
        put_file(folder, name, b"1234")
    return folder


@pytest.fixture
def site(papers):
    server = Website(papers)
    yield server
    server.stop()


@pytest.fixture
def ftp(papers, monkeypatch):
    """A server, with its login in the fields of a source and in those of the settings."""
    needs("pyftpdlib")
    monkeypatch.setenv("FTP_PASSWORD", PASSWORD)
    server = FtpServer(papers, PASSWORD)
    server.login = {"username": "reader", "password": "${FTP_PASSWORD}"}
    yield server
    server.stop()


@pytest.fixture
def dav(papers):
    needs("wsgidav")
    server = WebDavServer(papers, PASSWORD)
    yield server
    server.stop()


@pytest.fixture
def sftp(tmp_path):
    needs("sshfs")
    (tmp_path / "keys").mkdir()
    server = SftpServer(tmp_path / "keys", "")
    yield server
    server.stop()


class TestConfiguration:
    @pytest.mark.parametrize(
        ("url", "words"),
        [
            ("pigeon://host/x", "no file system that fsspec knows"),
            ("https:///x", "no URL of the form"),
            ("zip://::webdavs://host/x.zip", "nothing within a file of WebDAV"),
        ],
    )
    def test_a_url_that_is_none_is_refused(self, settings, url, words):
        with pytest.raises(UsageError, match=words):
            Opener(source(url), settings)

    def test_a_variable_that_is_not_set_is_said_before_anything_is_reached(self, connect):
        with pytest.raises(UsageError, match="NOT_THERE"):
            connect(source("ftp://127.0.0.1:1/", username="u", password="${NOT_THERE}"))

    @pytest.mark.parametrize(
        ("field", "place"),
        [("password: ${NOT_THERE}", "password"), ("options: {keys: [x, '${NOT_THERE}']}", "options.keys.1")],
    )
    def test_a_variable_that_is_not_set_is_said_with_its_file_and_line(self, settings, field, place):
        other = "sources:\n- name: other\n  kind: mailbox\n  host: h\n  username: u\n  password: ${NOT_THERE}\n"
        own = f"- name: a\n  kind: url\n  url: ftp://127.0.0.1:1/\n  username: u\n  {field}\n"
        settings.home.mkdir(exist_ok=True)
        (settings.home / "sources.yaml").write_text(other + own)
        with pytest.raises(ConfigError) as error:
            open_connector(load_sources(settings.home)[1], settings)
        where = f"{settings.home}/sources.yaml:11: {place}: "
        assert str(error.value) == f"{where}the variable NOT_THERE of the environment is not set (set it to the secret)"

    def test_a_variable_of_the_settings_is_too(self, settings):
        given = [{"url": "ftp://127.0.0.1:1/", "username": "reader", "password": "${NOT_THERE}"}]
        with_login = type(settings)(**{**settings.model_dump(), "credentials": given})
        with pytest.raises(UsageError, match="NOT_THERE"):
            url_module.UrlConnector(source("ftp://127.0.0.1:1/"), with_login)

    def test_options_that_contradict_each_other_are_refused(self, settings):
        with pytest.raises(UsageError, match="client_kwargs"):
            Opener(source("ftp://127.0.0.1:1/", options={"client_kwargs": "x", "client_kwargs.y": "z"}), settings)

    def test_a_missing_package_is_said_with_the_extra(self, connect):
        with pytest.raises(UsageError, match="smbprotocol") as error:
            connect(source("smb://host/share"))
        assert error.value.remedy

    def test_a_file_is_no_folder(self, site, connect):
        (problem,) = connect(source(site.url + "a.txt")).check()
        assert "is a file" in problem.message
        assert "include" in problem.remedy

    def test_a_login_of_the_settings_counts_where_the_source_has_none(self, ftp, settings):
        given = [{"url": f"ftp://{ftp.host}/", **ftp.login}]
        with_login = type(settings)(**{**settings.model_dump(), "credentials": given})
        items, _ = listed(url_module.UrlConnector(source(f"ftp://{ftp.host}/"), with_login))
        assert set(items) == {"a.txt", "b.txt"}


class TestWebsites:
    @pytest.mark.parametrize("name", ["apache", "nginx", "iis"])
    def test_the_listings_of_servers(self, site, papers, connect, name):
        files = ("Réunion 2.pdf", "a&b.docx", "old/2020.pdf")
        for path in files:
            put_file(papers, f"papers/{path}", b"1")
        site.page("/papers/", (Path(__file__).parent / "listings" / f"{name}.html").read_text("utf-8"))
        items, problems = listed(connect(source(f"{site.url}papers/")))
        assert set(items) == set(files)
        assert not problems
        assert items["Réunion 2.pdf"].uri.lower() == f"{site.url}papers/r%c3%a9union%202.pdf"

    @pytest.mark.parametrize("robots", [True, False])
    def test_robots_txt_counts_for_what_pages_link_to(self, site, papers, connect, robots):
        put_file(papers, "sub/c.txt", b"1234")
        site.page("/robots.txt", "User-agent: *\nDisallow: /a.txt\nDisallow: /sub/\n")
        connector = connect(source(site.url, robots=robots))
        items, problems = listed(connector)
        assert set(items) == {"a.txt", "b.txt"} | (set() if robots else {"sub/c.txt"})
        assert [(one.place, one.reason) for one in problems.values()] == (
            [("sub", "the robots.txt of the site forbids it")] if robots else []
        )
        forbidden = pytest.raises(ItemError, match=r"a\.txt: cannot be read: the robots\.txt of the site forbids it")
        with forbidden if robots else nullcontext(), connector.open(items["a.txt"]) as stream:
            assert stream.read() == b"1234"
        assert ("/a.txt" in site.asked) != robots
        assert connect(source(f"{site.url}sub/", include=["*"], robots=robots)).check() == []

    def test_headers_of_the_options_are_sent(self, server, connect, monkeypatch):
        monkeypatch.setenv("TOKEN", "t0ken")
        server.answers["/"] = html('<a href="a.txt">a</a>')
        server.answers["/a.txt"] = Answer(b"1234")
        connector = connect(source(f"{server.url}/", options={"headers.X-Token": "${TOKEN}"}))
        items, _ = listed(connector)
        with connector.open(items["a.txt"]) as stream:
            assert stream.read() == b"1234"
        assert {request.headers["X-Token"] for request in server.requests} == {"t0ken"}

    @pytest.mark.parametrize("option", ["client_kwargs.timeout: 5", "block_size: 0"])
    def test_an_option_of_fsspec_is_refused_with_its_line(self, settings, option):
        settings.home.mkdir(exist_ok=True)
        lines = ["sources:", "- name: a", "  kind: url", "  url: https://host/x/", "  options:", "    headers: {}"]
        (settings.home / "sources.yaml").write_text("\n".join([*lines, f"    {option}"]))
        with pytest.raises(ConfigError, match=r"is no option of a website.*: take it out") as refused:
            load_sources(settings.home)
        assert (refused.value.line, refused.value.field) == (7, f"sources.0.options.{option.partition(':')[0]}")

    def test_a_link_to_nothing_is_no_item(self, site, connect):
        site.page("/", '<a href="a.txt">a</a> <a href="gone.txt">gone</a>')
        items, problems = listed(connect(source(site.url)))
        assert set(items) == {"a.txt"}
        assert not problems

    def test_a_file_that_is_refused_is_an_item_that_fails(self, site, connect):
        site.page("/b.txt", status=403)
        connector = connect(source(site.url))
        items, _ = listed(connector)
        assert items["b.txt"].fingerprint == ""
        with pytest.raises(ItemError, match="403"), connector.open(items["b.txt"]) as stream:
            stream.read()

    def test_a_server_that_says_nothing_of_a_file_gives_no_fingerprint(self, site, connect):
        site.pages["/a.txt"] = (200, {"Content-Length": "4"}, b"1234")
        items, _ = listed(connect(source(site.url)))
        assert (items["a.txt"].etag, items["a.txt"].modified, items["a.txt"].size) == ("", None, 4)

    def test_a_file_with_another_tag_by_each_machine_of_a_site_is_read(self, site, connect):
        when = {"Last-Modified": "Wed, 01 May 2024 10:00:00 GMT", "Content-Length": "4"}
        site.pages["/a.txt"] = (200, {**when, "ETag": '"one"'}, b"1234")
        connector = connect(source(site.url))
        items, _ = listed(connector)
        site.pages["/a.txt"] = (200, {**when, "ETag": '"two"'}, b"1234")
        with connector.open(items["a.txt"]) as stream:
            assert stream.read() == b"1234"

    def test_a_file_that_is_shorter_than_its_listing_is_unstable(self, site, connect):
        connector = connect(source(site.url))
        items, _ = listed(connector)
        with pytest.raises(UnstableItemError), connector.open(items["a.txt"].model_copy(update={"size": 5})) as stream:
            stream.read()

    def test_a_site_that_goes_away_during_the_listing_is_away(self, site, papers, connect):
        for number in range(3):
            put_file(papers, f"sub{number}/c.txt", b"1")
        site.page("/sub1/", status=503)
        site.page("/sub2/", status=503)
        connector = connect(source(site.url))
        _, problems = listed(connector)
        assert set(problems) == {"sub1", "sub2"}
        site.page("/", status=503)
        with pytest.raises(SourceAwayError, match="503"):
            listed(connector)

    def test_a_folder_that_is_refused_once_is_asked_for_once_more(self, site, papers, connect):
        put_file(papers, "sub/c.txt", b"1")
        site.pages = Once(site.pages)
        site.page("/sub/", status=503)
        items, problems = listed(connect(source(site.url)))
        assert set(items) == {"a.txt", "b.txt", "sub/c.txt"}
        assert not problems


class TestWebDav:
    def test_a_redirect_leads_to_no_other_server_of_the_network(self, server, connect):
        moved = server.url.replace("127.0.0.1", "localhost")
        server.answers["/papers/"] = Answer(status=301, headers={"Location": "/moved/"})
        server.answers["/moved/"] = Answer(status=302, headers={"Location": f"{moved}/inside/"})
        (problem,) = connect(source(f"{server.url.replace('http', 'webdav')}/papers/")).check()
        assert "it redirects to localhost, a server that the source does not name" in problem.message
        asked = [(one.method, one.path) for one in server.requests]
        assert asked == [("PROPFIND", "/papers/"), ("PROPFIND", "/moved/")]

    @pytest.fixture
    def cloud(self, dav, connect, monkeypatch):
        monkeypatch.setenv("DAV_PASSWORD", PASSWORD)
        return connect(source(f"webdav://{dav.host}/", username="reader", password="${DAV_PASSWORD}"))

    def test_a_url_is_the_same_however_the_server_encodes_it(self, cloud, papers):
        put_file(papers, "Réunion (1).txt", b"1")
        items, _ = listed(cloud)
        assert items["Réunion (1).txt"].uri.endswith("/R%C3%A9union%20%281%29.txt")
        assert items["Réunion (1).txt"].id == "R%C3%A9union%20%281%29.txt"

    @pytest.mark.parametrize("ending", ["", "/"])
    def test_the_root_of_a_server_lists_whole(self, cloud, dav, papers, connect, ending):
        put_file(papers / "sub", "c.txt", b"1")
        root = source(f"webdav://{dav.host}{ending}", username="reader", password="${DAV_PASSWORD}")
        items, problems = listed(connect(root))
        assert items.keys() == {"a.txt", "b.txt", "sub/c.txt"}
        assert not problems

    def test_a_file_that_is_locked_fails_alone(self, cloud, dav):
        items, _ = listed(cloud)
        dav.locked.add("/a.txt")
        with pytest.raises(ItemError, match="423"), cloud.open(items["a.txt"]) as stream:
            stream.read()
        with cloud.open(items["b.txt"]) as stream:
            assert stream.read() == b"1234"

    def test_one_that_changes_while_it_is_read_is_left(self, cloud, papers):
        items, _ = listed(cloud)

        def read():
            with cloud.open(items["a.txt"]) as stream:
                stream.read()
                put_file(papers, "a.txt", b"4321")

        with pytest.raises(UnstableItemError):
            read()

    def test_a_server_without_webdav_is_said_so(self, site, connect):
        (problem,) = connect(source(site.url.replace("http", "webdav"))).check()
        assert "501" in problem.message or "no WebDAV" in problem.message

    def test_a_page_of_html_is_no_listing(self, site, connect):
        site.pages["/"] = (207, {}, b"<html><body>Log in<br></body>")
        (problem,) = connect(source(site.url.replace("http", "webdav"))).check()
        assert problem.remedy


@pytest.mark.slow
class TestSftp:
    @pytest.fixture
    def config(self, sftp, papers):
        options = {"client_keys": str(sftp.key), "known_hosts": str(sftp.known_hosts)}
        return source(f"sftp://{sftp.host}{papers}", options=options)

    @pytest.fixture
    def locked(self, sftp, papers, monkeypatch):
        """A source whose key is locked, as the file of sources has it."""
        monkeypatch.setenv("SFTP_PASSPHRASE", PASSWORD)
        change = ["ssh-keygen", "-q", "-p", "-a", "1", "-P", "", "-N", PASSWORD, "-f", sftp.key]
        subprocess.run(change, check=True, stdout=subprocess.DEVNULL)
        options = {"client_keys": str(sftp.key), "known_hosts": str(sftp.known_hosts)}
        options["passphrase"] = "${SFTP_PASSPHRASE}"
        return source(f"sftp://{sftp.host}{papers}", options=options)

    def test_a_server_with_another_key_is_refused(self, config, sftp, connect):
        port = sftp.host.partition(":")[2]
        sftp.known_hosts.write_text(f"[127.0.0.1]:{port} {sftp.other_key.with_suffix('.pub').read_text()}")
        (problem,) = connect(config).check()
        assert "key of the server" in problem.message
        assert "known_hosts" in problem.remedy

    def test_a_key_that_is_locked_is_opened_by_the_passphrase_of_the_environment(self, locked, connect):
        items, problems = listed(connect(locked))
        assert set(items) == {"a.txt", "b.txt"}
        assert not problems

    def test_a_wrong_passphrase_is_said(self, locked, connect, monkeypatch, caplog):
        monkeypatch.setenv("SFTP_PASSPHRASE", "n0t-this-one")
        caplog.set_level("DEBUG", "pipelines")
        (problem,) = connect(locked).check()
        assert "key of this user cannot be opened: Incorrect passphrase" in problem.message
        assert "passphrase" in problem.remedy
        assert "KeyEncryptionError" in caplog.text
        assert "n0t-this-one" not in caplog.text + problem.message

    def test_a_locked_key_without_passphrase_is_said(self, locked, connect):
        options = {name: value for name, value in locked.options.items() if name != "passphrase"}
        (problem,) = connect(locked.model_copy(update={"options": options})).check()
        assert "Passphrase must be specified" in problem.message

    @pytest.mark.parametrize("option", ["client_keys", "known_hosts"])
    def test_a_file_of_an_option_that_is_missing_is_said(self, config, connect, option):
        options = {**config.options, option: "/nowhere/file"}
        (problem,) = connect(config.model_copy(update={"options": options})).check()
        assert f"the file of the option {option}, /nowhere/file, cannot be read: No such file" in problem.message
        assert "check its path" in problem.remedy

    def test_links_are_not_followed_and_are_named(self, config, papers, connect):
        (papers / "link.txt").symlink_to("a.txt")
        items, problems = listed(connect(config))
        assert set(items) == {"a.txt", "b.txt"}
        assert problems["link.txt"].skipped

    def test_a_connection_that_was_idle_is_opened_again(self, config, connect, monkeypatch):
        connector = connect(config)
        items, _ = listed(connector)
        monkeypatch.setattr(url_module, "_LONGEST_IDLE", 0)
        first = connector._files
        with connector.open(items["a.txt"]) as stream:
            assert stream.read() == b"1234"
        assert connector._files is not first


class TestStableFiles:
    def test_young_files_come_last_and_changing_ones_are_left(self, site, papers, connect):
        for name in ("young.txt", "written.txt"):
            (papers / name).write_bytes(b"1")
        pages = connect(source(site.url, quiet_seconds=30)).changes(None)
        assert {item.path for item in next(pages).items} == {"a.txt", "b.txt"}
        (papers / "written.txt").write_bytes(b"12")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("time.sleep", lambda _: None)
            (page,) = pages
        assert [item.path for item in page.items] == ["young.txt"]
        (problem,) = page.problems
        assert problem.leaves_unknown("written.txt")


class TestSidecars:
    def test_one_that_is_too_large_is_not_read_whole(self, site, papers, connect):
        (papers / "a.txt.meta.yaml").write_bytes(b"title: " + b"x" * (2 << 20))
        items, _ = listed(connect(source(site.url)))
        assert len(items["a.txt"].sidecar.file.content) == (1 << 20) + 1

    def test_its_password_shows_nowhere(self, site, papers, connect):
        put_file(papers, "a.txt", b"1", {"password": "geheim"})
        items, _ = listed(connect(source(site.url)))
        assert items["a.txt"].sidecar["password"] == "geheim"
        assert "geheim" not in repr(items["a.txt"]) + repr(items["a.txt"].sidecar.file) + items["a.txt"].fingerprint

    def test_it_belongs_to_its_file_whatever_the_globs_say(self, site, papers, connect):
        put_file(papers, "a.txt", b"1", {"title": "One"})
        items, _ = listed(connect(source(site.url, include=["*.txt"])))
        assert dict(items["a.txt"].sidecar) == {"title": "One"}


def test_a_top_that_is_there_and_cannot_be_listed_is_away(ftp, papers, connect):
    put_file(papers, "sub/c.txt", b"1")
    ftp.lock(papers / "sub")
    connector = connect(source(f"ftp://{ftp.host}/sub", **ftp.login))
    (problem,) = connector.check()
    for act in (lambda: listed(connector), connector.ids):
        with pytest.raises(SourceAwayError):
            act()
    assert problem.remedy


def test_a_time_without_a_zone_is_that_of_utc(ftp, papers, connect):
    items, _ = listed(connect(source(f"ftp://{ftp.host}/", **ftp.login)))
    then = dt.datetime.fromtimestamp(int((papers / "a.txt").stat().st_mtime), dt.UTC)
    assert items["a.txt"].modified == then
