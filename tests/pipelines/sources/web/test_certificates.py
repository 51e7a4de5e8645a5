"""Whom sources trust: the public authorities, here those of `SSL_CERT_FILE`, and beside them those of `ca_certs`."""

from contextlib import ExitStack
from functools import cached_property

import pytest
from pydantic import TypeAdapter

from configs.sources import AnySource
from configs.system.errors import UnavailableError, UsageError
from pipelines.sources.web.certificates import tls_context
from pipelines.sources.web.request_errors import RequestError
from pipelines.sources.web.web_client import WebClient
from tests.certificates import make_certificate
from tests.conftest import needs
from tests.pipelines.sources.connectors.fake_graph import SECRET, FakeGraph
from tests.pipelines.sources.connectors.imap_server import PASSWORD, ImapServer
from tests.pipelines.sources.connectors.scripted_server import Answer, ScriptedServer, html
from tests.servers import ObjectStore, TlsFront, WebDavServer, Website

FEED = b'<rss version="2.0"><channel><title>Papers</title></channel></rss>'


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """Two certificates that sign themselves, of one public server and one of the house, with their keys."""
    return [make_certificate(tmp_path_factory.mktemp(name), name) for name in ("public", "house")]


class Servers:
    """Starts a server with a certificate for each kind of source, and says how a source is configured for it."""

    def __init__(self, folder, stack):
        self._folder, self._stack = folder, stack

    def http(self, certificate):
        site = self._started(Website(self._folder))
        return {"kind": "url", "url": f"https://{self._front(site.url.split('/')[2], certificate)}/"}

    def webdav(self, certificate):
        needs("wsgidav")
        front = self._front(self._started(WebDavServer(self._folder, "s3same")).host, certificate)
        return {"kind": "url", "url": f"webdavs://{front}/", "username": "reader", "password": "${SECRET}"}

    def s3(self, certificate):
        store = self._objects
        options = {
            "endpoint_url": f"https://{self._front(store.url.split('/')[2], certificate)}",
            "client_kwargs": {"region_name": "us-east-1"},
            "config_kwargs.retries.total_max_attempts": 1,
        }
        login = {"username": store.key, "password": "${S3_SECRET}"}
        return {"kind": "url", "url": "s3://papers", "options": options, **login}

    def listing(self, certificate):
        server = self._started(ScriptedServer(certificate))
        server.answers["/list"] = html("<a href='/a.pdf'>a</a>")
        return {"kind": "listing", "url": f"{server.url}/list", "recipe": "links"}

    def feed(self, certificate):
        server = self._started(ScriptedServer(certificate))
        server.answers["/feed"] = Answer(FEED, headers={"Content-Type": "application/rss+xml"})
        return {"kind": "feed", "url": f"{server.url}/feed"}

    def mailbox(self, certificate):
        host, _, port = self._front(f"127.0.0.1:{self._started(ImapServer()).port}", certificate).partition(":")
        return {"kind": "mailbox", "host": host, "port": int(port), "username": "a", "password": "${MAIL_PASSWORD}"}

    def sharepoint(self, certificate):
        needs("msal")
        graph = self._started(FakeGraph(certificate))
        app = {"tenant": "contoso", "client_id": "app-1", "client_secret": "${APP_SECRET}"}
        site = {"site": "https://contoso.sharepoint.example/sites/customs", "library": "working papers"}
        return {"kind": "sharepoint", "graph_url": graph.graph_url, "login_url": graph.url, **app, **site}

    @cached_property  # a process has one
    def _objects(self):
        for package in ("s3fs", "moto", "flask"):
            needs(package)
        store = self._started(ObjectStore())
        self._stack.enter_context(pytest.MonkeyPatch.context()).setenv("S3_SECRET", store.secret)
        store.client.create_bucket(Bucket="papers")
        store.client.put_object(Bucket="papers", Key="a.txt", Body=b"1234")
        return store

    def _front(self, host, certificate):
        return self._started(TlsFront(host, certificate)).host

    def _started(self, server):
        self._stack.callback(server.stop)
        return server


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("papers")
    (folder / "a.txt").write_bytes(b"1234")
    with ExitStack() as stack:
        yield Servers(folder, stack)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["http", "webdav", "s3", "listing", "feed", "mailbox", "sharepoint"])
def test_a_source_trusts_its_own_certificates_too(servers, certificates, settings, connect, monkeypatch, kind):
    public, house = certificates
    fields = [{"name": "a", **getattr(servers, kind)(certificate)} for certificate in (public, house)]
    monkeypatch.setenv("SSL_CERT_FILE", str(public[0]))
    for name, value in {"SECRET": "s3same", "MAIL_PASSWORD": PASSWORD, "APP_SECRET": SECRET}.items():
        monkeypatch.setenv(name, value)

    def problems(fields):
        return [problem.message for problem in connect(TypeAdapter(AnySource).validate_python(fields)).check()]

    with_own = [{**one, "ca_certs": str(house[0])} for one in fields]
    assert [problems(one) for one in (fields[0], *with_own)] == [[], [], []]
    (refused,) = connect(TypeAdapter(AnySource).validate_python(fields[1])).check()
    assert "certificate is not trusted" in refused.message
    assert "'ca_certs'" in refused.remedy


def test_the_public_ones_are_those_of_the_program_and_of_the_system(certificates, monkeypatch):
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    public, more = (tls_context(path).cert_store_stats()["x509_ca"] for path in (None, certificates[1][0]))
    assert public > 50
    assert more == public + 1


def test_a_path_begins_at_the_home_and_a_file_of_none_is_said(settings, connect):
    fields = {"name": "a", "kind": "feed", "url": "https://127.0.0.1:1/", "ca_certs": "certificates/ca.pem"}
    config = TypeAdapter(AnySource).validate_python(fields)
    path = settings.home / "certificates" / "ca.pem"
    with pytest.raises(UnavailableError, match=f"{path}: the certificates cannot be read: No such file"):
        connect(config)
    path.parent.mkdir(parents=True)
    path.write_text("no certificate")
    with pytest.raises(UsageError, match=f"{path}: holds no certificates"):
        connect(config)


@pytest.mark.parametrize("scheme", ["ftp", "sftp"])
def test_a_library_that_takes_none_is_said(certificates, connect, scheme):
    needs("sshfs")
    fields = {"name": "a", "kind": "url", "url": f"{scheme}://127.0.0.1:1/x", "ca_certs": str(certificates[1][0])}
    with pytest.raises(UsageError, match=f"{scheme}:// takes no certificates"):
        connect(TypeAdapter(AnySource).validate_python(fields))


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ({"days": -1}, "certificate has expired"),
        ({"host": "127.0.0.9"}, "certificate is that of another name"),
        ({}, "certificate is not trusted"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_told_apart(tmp_path, server, made, words):
    certificate = make_certificate(tmp_path, **made)
    front = TlsFront(server.url.removeprefix("http://"), certificate)
    client = WebClient(f"https://{front.host}/", most_mib=1, robots=False, ca_certs=certificate[0] if made else None)
    try:
        with pytest.raises(RequestError, match=words):
            client.page(f"https://{front.host}/")
    finally:
        front.stop()
