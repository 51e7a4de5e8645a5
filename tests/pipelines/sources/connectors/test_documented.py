"""The sources of the documentation can be read: each at a real server, with its host, port, path and login replaced."""

import getpass
import re
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import yaml

from configs.sources import load_sources
from pipelines.ingest.source_overview import check_sources
from pipelines.sources.connectors.opening import open_connector
from pipelines.sources.web import retries
from tests.certificates import make_certificate
from tests.conftest import needs
from tests.pipelines.sources.connectors.fake_graph import FakeGraph
from tests.pipelines.sources.connectors.imap_server import PASSWORD as MAIL_PASSWORD
from tests.pipelines.sources.connectors.imap_server import ImapServer
from tests.pipelines.sources.connectors.mailbox_harness import mail
from tests.pipelines.sources.connectors.scripted_server import Answer, FreeClock, ScriptedServer, as_json, html
from tests.servers import ObjectStore, SftpServer, TlsFront, WebDavServer

CHECKOUT = Path(__file__).resolve().parents[4]
EXAMPLES = [
    pytest.param(source, id=f"{page.removesuffix('.md')} {source['name']} {source['kind']} {number}")
    for page in ("sources.md", "sources-remote.md")
    for number, block in enumerate(
        re.findall(
            r"^```yaml\n(sources:.*?)^```$", (CHECKOUT / "docs" / page).read_text("utf-8"), re.MULTILINE | re.DOTALL
        )
    )
    for source in yaml.safe_load(block)["sources"]
]
PLACES_AND_LOGINS = {
    *("path", "url", "host", "port", "site", "library", "folder", "graph_url", "login_url", "username", "ca_certs"),
    *("options.endpoint_url", "options.client_keys", "options.known_hosts"),
    *("tenant", "client_id", "certificate", "app.tenant", "app.client_id", "app.certificate", "app.login_url"),
}
"""The fields that a test may replace: everything else is as the page has it."""
SECRET = "s3same/öffne+dich%2F"
PAPER = b"a paper"


class Fields(dict):
    """The fields of a source by their names, those within others with a dot between."""

    def replace(self, **values):
        for name, value in values.items():
            *outer, last = name.split("__")
            place = self
            for part in outer:
                place = place[part]
            assert name.replace("__", ".") in PLACES_AND_LOGINS
            place[last] = value


@pytest.fixture
def certificate(tmp_path):
    return make_certificate(tmp_path)


@pytest.fixture
def trusted(certificate, monkeypatch):
    """A certificate of the public lists."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    return certificate


@contextmanager
def folder(fields, tmp_path, **_):
    fields.replace(path=str(tmp_path / "papers"))
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "a.pdf").write_bytes(PAPER)
    yield


@contextmanager
def sftp(fields, tmp_path, monkeypatch, **_):
    needs("sshfs")
    keys, papers = tmp_path / "keys", tmp_path / "outgoing"
    for one in (keys, papers):
        one.mkdir()
    (papers / "a.pdf").write_bytes(PAPER)
    monkeypatch.setenv("SFTP_PASSPHRASE", SECRET)
    server = SftpServer(keys, SECRET)
    fields.replace(url=f"sftp://{server.host}{papers}", username=getpass.getuser())
    fields.replace(options__client_keys=str(server.key), options__known_hosts=str(server.known_hosts))
    yield
    server.stop()


@contextmanager
def s3(fields, monkeypatch, trusted, **_):
    for package in ("s3fs", "moto", "flask"):
        needs(package)
    store = ObjectStore()
    front = TlsFront(store.url.removeprefix("http://"), trusted)
    bucket, _, path = fields["url"].removeprefix("s3://").partition("/")
    store.client.create_bucket(Bucket=bucket)
    store.client.put_object(Bucket=bucket, Key=f"{path}/a.pdf", Body=PAPER)
    monkeypatch.setenv("S3_SECRET", store.secret)
    fields.replace(username=store.key, options__endpoint_url=f"https://{front.host}")
    yield
    front.stop()
    store.stop()


@contextmanager
def webdavs(fields, tmp_path, monkeypatch, certificate, **_):
    needs("wsgidav")
    host, _, path = fields["url"].removeprefix("webdavs://").partition("/")
    papers = tmp_path / "dav" / path
    papers.mkdir(parents=True)
    (papers / "a.pdf").write_bytes(PAPER)
    monkeypatch.setenv("CLOUD_PASSWORD", SECRET)
    server = WebDavServer(tmp_path / "dav", SECRET)
    front = TlsFront(server.host, certificate)
    fields.replace(url=fields["url"].replace(host, front.host), ca_certs=str(certificate[0]))
    yield
    front.stop()
    server.stop()


@contextmanager
def listing(fields, trusted, **_):
    page = """<h1>171st session</h1><h2>Item 3. Papers</h2><table><tr><th>Document title</th><th>Symbol</th><th>ENG</th>
    </tr><tr><td>A paper</td><td>ECE/TRANS/WP.30/1</td><td><a href="/a.pdf">PDF</a></td></tr></table>"""
    with web(fields, trusted) as server:
        for path in (fields["url"].removeprefix(server.url), *fields["pages"]):
            server.answers[path] = html(page)
        yield


@contextmanager
def feed(fields, trusted, **_):
    with web(fields, trusted) as server:
        content = f"""<rss version="2.0"><channel><title>Documents</title><item><title>A paper</title>
        <enclosure url="{server.url}/a.pdf" type="application/pdf" length="7"/></item></channel></rss>"""
        headers = {"Content-Type": "application/rss+xml"}
        server.answers[fields["url"].removeprefix(server.url)] = Answer(content.encode(), headers=headers)
        yield


@contextmanager
def web(fields, certificate):
    server = ScriptedServer(certificate)
    server.answers["/a.pdf"] = Answer(PAPER, headers={"ETag": '"1"'})
    host = "/".join(fields["url"].split("/")[:3])
    fields.replace(url=fields["url"].replace(host, server.url))
    yield server
    server.stop()


@contextmanager
def mailbox(fields, monkeypatch, tmp_path, trusted, **_):
    monkeypatch.setenv("MAIL_PASSWORD", MAIL_PASSWORD)
    graph = FakeGraph(trusted)
    whose = ScriptedServer()

    def answer(request):
        is_valid = request.headers.get("Authorization") == f"Bearer {graph.valid_token}"
        return as_json({"username": fields["username"], "active": is_valid})

    whose.answers["/whose"] = answer
    server = ImapServer(f"{whose.url}/whose" if "app" in fields else None)
    box = server.box(fields["username"])
    box.append(mail("one", PAPER, sender="papers@example.org"), "INBOX")
    box.logout()
    front = TlsFront(f"127.0.0.1:{server.port}", trusted)
    host, _, port = front.host.partition(":")
    fields.replace(host=host, port=int(port))
    if "app" in fields:
        app(graph, fields, "app__", tmp_path)
    yield
    front.stop()
    for one in (server, whose, graph):
        one.stop()


@contextmanager
def sharepoint(fields, tmp_path, trusted, **_):
    graph = FakeGraph(trusted)
    graph.put(f"{fields['folder']}/a.pdf", PAPER)
    app(graph, fields, "", tmp_path)
    site = "https://contoso.sharepoint.example/sites/customs"
    fields.replace(site=site, library=graph.library, graph_url=graph.graph_url)
    yield
    graph.stop()


def app(graph, fields, before, tmp_path):
    needs("msal")
    certificate, key = graph.certificate
    (tmp_path / "app.pem").write_text(key.read_text() + certificate.read_text())
    login = {"tenant": "contoso", "certificate": str(tmp_path / "app.pem"), "login_url": graph.url}
    fields.replace(**{f"{before}{name}": value for name, value in login.items()})


SERVERS = {one.__name__: one for one in (folder, sftp, s3, webdavs, listing, feed, mailbox, sharepoint)}


def test_each_kind_has_an_example():
    assert {source["kind"] for (source,) in (example.values for example in EXAMPLES)} == {
        *("folder", "url", "listing", "feed", "mailbox", "sharepoint")
    }


@pytest.mark.slow
@pytest.mark.parametrize("source", EXAMPLES)
def test_the_example_can_be_read(source, settings, tmp_path, monkeypatch, request):
    monkeypatch.setattr(retries, "SYSTEM", FreeClock().clock)
    fields = Fields(yaml.safe_load(yaml.safe_dump(source)))
    kind = fields["url"].partition("://")[0] if fields["kind"] == "url" else fields["kind"]
    names = ("certificate", "trusted") if kind != "webdavs" else ("certificate",)
    given = {name: request.getfixturevalue(name) for name in names}
    settings.home.mkdir()
    with SERVERS[kind](fields, tmp_path=tmp_path, monkeypatch=monkeypatch, **given):
        (settings.home / "sources.yaml").write_text(yaml.safe_dump({"sources": [dict(fields)]}), encoding="utf-8")
        assert [check.problems for check in check_sources(settings)] == [()]
        with closing(open_connector(*load_sources(settings.home), settings)) as connector:
            pages = list(connector.changes(None))
            assert [problem for page in pages for problem in page.problems] == []
            (item,) = [item for page in pages for item in page.items]
            with connector.open(item) as stream:
                assert (PAPER.hex().encode() if kind == "mailbox" else PAPER) in stream.read()
