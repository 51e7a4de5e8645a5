"""Papers behind a password or a signature, on a real server: they are read, and nothing secret is stored or shown."""

import base64
import json
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

import fsspec
import pytest
from fsspec.spec import AbstractFileSystem

from configs.settings import load_settings
from configs.system.credentials import Credential
from configs.system.errors import UsageError
from index.filters import EVERY_CLASS
from pipelines.ingest.runs import ingest
from pipelines.sources.credentials import Credentials
from pipelines.sources.source import SourceError, refuse_secrets
from pipelines.storage.opening import open_storage
from tests import answers
from tests.given_sources import discover

PASSWORD, TOKEN = "SECRET/p@ss", "SECRET-token-123"
TEXT = b"The single window of Arvenia went live in 2021, and all agencies use it now."


class Guarded(BaseHTTPRequestHandler):
    """Serves one text to who has the password or the token."""

    wanted: ClassVar[str] = "Basic " + base64.b64encode(f"bob:{PASSWORD}".encode()).decode()

    def do_GET(self):
        parts = urlsplit(self.path)
        keys = parse_qs(parts.query)
        is_open = self.headers["Authorization"] == self.wanted or TOKEN in keys.get("token", []) + keys.get("k", [])
        status = 404 if "gone" in parts.path else 200 if is_open else 401
        self.send_response(status)
        self.end_headers()
        self.wfile.write(TEXT if status == 200 else b"")

    def log_message(self, *_):
        """Keep still."""


class Loopback(AbstractFileSystem):
    """The web without another package: users and queries of URLs as the web takes them."""

    protocol = "loopback"

    @classmethod
    def _strip_protocol(cls, path):
        return path

    def info(self, path, **_):
        return {"name": path, "size": None, "type": "file"}

    def ls(self, path, **_):
        return [self.info(path)]

    def find(self, path, **_):
        return [path]

    def _open(self, path, *_, **__):
        parts = urlsplit(path)
        user, _, host = parts.netloc.rpartition("@")
        login = {"Authorization": "Basic " + base64.b64encode(unquote(user).encode()).decode()}
        request = urllib.request.Request(parts._replace(scheme="http", netloc=host).geturl(), headers=login)
        try:
            return urllib.request.urlopen(request, timeout=120)
        except urllib.error.HTTPError as error:
            raise OSError(f"{error.code}, message={error.reason!r}, url={path!r}") from error


fsspec.register_implementation("loopback", Loopback, clobber=True)


@pytest.fixture
def host():
    with ThreadingHTTPServer(("127.0.0.1", 0), Guarded) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def read(host, given=None, names=None, path="x.txt"):
    (source,) = discover(names or [f"loopback://{host}/{path}"], credentials=[Credential(**given)] if given else ())
    assert source.uri == f"loopback://{host}/{path}"
    assert "SECRET" not in repr(source)
    with source._open() as stream:
        return stream.read()


@pytest.mark.parametrize(
    "name", ["loopback://bob:SECRET%2Fp%40ss@{}/x.txt", f"loopback://{{}}/x.txt?token={TOKEN}&expires=1"]
)
def test_what_stands_in_a_name_opens_it_for_this_run(host, name):
    assert read(host, names=[name.format(host)]) == TEXT


def test_what_the_settings_give_opens_what_lies_below_their_url(host, monkeypatch):
    monkeypatch.setenv("PAPERS_PASSWORD", "SECRET%2Fp%40ss")
    login = {"username": "bob", "password": "${PAPERS_PASSWORD}"}
    assert read(host, {"url": f"loopback://{host}", **login}) == TEXT
    assert read(host, {"url": f"LOOPBACK://{host}/", **login}) == TEXT
    assert read(host, {"url": f"loopback://{host}/x.txt", "query": f"?k={TOKEN}"}) == TEXT
    for other in (f"loopback://{host[:-1]}", f"loopback://{host}/y", f"loopback://{host}/x"):
        with pytest.raises(OSError, match="401"):
            read(host, {"url": other, **login})


def test_the_longest_url_counts_and_a_name_outranks_the_settings():
    given = [
        Credential(url="https://host/", query="k=1"),
        Credential(url="https://host/papers/", username="u:1", password="p@1"),
    ]
    keys = Credentials(given, ["https://host/papers/new/?token=3", "https://host/z?token=4&page=2"])

    def at(uri):
        return location.url if (location := keys.location(uri)) else None

    assert at("https://host/x?page=1#page=3") == "https://host/x?page=1&k=1#page=3"
    assert at("https://host/papers/x") == "https://u%3A1:p%401@host/papers/x"
    assert at("https://host/papers/new/x") == "https://host/papers/new/x?token=3"
    assert at("https://host/z?page=2") == "https://host/z?token=4&page=2"
    assert at("zip://a.txt::https://host/papers/a.zip") == "zip://a.txt::https://u%3A1:p%401@host/papers/a.zip"
    assert at("https://host.example/x") is None
    encoded = Credentials([Credential(url="https://host/", username="u%40h", password="p%2F1%")])
    assert encoded.location("https://host/x").url == "https://u%40h:p%2F1%25@host/x"
    assert at("file:///x") is None


def test_a_variable_that_is_not_set_is_one_line(monkeypatch):
    monkeypatch.delenv("NO_SUCH_VARIABLE", raising=False)
    with pytest.raises(UsageError, match="NO_SUCH_VARIABLE"):
        Credentials([Credential(url="https://h/", password="${NO_SUCH_VARIABLE}")]).location("https://h/x")


@pytest.mark.parametrize("given", [{"query": f"k={TOKEN}"}, {"username": "bob", "password": TOKEN}])
def test_an_error_hides_what_the_settings_gave(host, given):
    credentials = [Credential(url=f"loopback://{host}/", **given)]
    (source,) = discover([f"loopback://{host}/gone.txt"], credentials=credentials)
    with pytest.raises(SourceError) as caught:
        source.sha256()
    assert "404" in str(caught.value)
    assert f"loopback://{host}/gone.txt" in str(caught.value)
    assert "SECRET" not in str(caught.value)


def test_settings_keep_secrets_to_themselves(tmp_path, monkeypatch):
    (tmp_path / "settings.yaml").write_text(
        "credentials:\n  - {url: 'https://h/', password: SECRET-1}\n  - {url: 'https://i/', query: SECRET-2}\n"
    )
    monkeypatch.setenv("CUSTOMS_LENS_PASSWORDS", "SECRET 3\nSECRET,4")
    settings = load_settings(tmp_path)
    assert settings.document_passwords == ("SECRET 3", "SECRET,4")
    assert [one.url for one in settings.credentials] == ["https://h/", "https://i/"]
    assert "SECRET" not in repr(settings) + json.dumps(settings.model_dump(mode="json"))
    monkeypatch.setenv("CUSTOMS_LENS_PASSWORDS", '["SECRET\\n5"]')
    assert load_settings(tmp_path).document_passwords == ("SECRET\n5",)


@pytest.mark.parametrize(
    ("value", "says"),
    [("[broken SECRET", "PASSWORDS"), ('[{"url": "https://bob:SECRET@h/"}]', "CREDENTIALS"), ("SECRET", "CREDENTIALS")],
)
def test_a_broken_variable_is_told_without_its_value(tmp_path, monkeypatch, value, says):
    monkeypatch.setenv("CUSTOMS_LENS_PASSWORDS" if says == "PASSWORDS" else "CUSTOMS_LENS_CREDENTIALS", value)
    with pytest.raises(UsageError, match=says) as caught:
        load_settings(tmp_path)
    assert "SECRET" not in str(caught.value)


def test_names_with_secrets_are_refused_where_they_would_be_stored():
    refuse_secrets(["a.txt", "https://host/x?page=2", "file:///x?token=1"])
    with pytest.raises(UsageError, match=r"settings\.yaml") as caught:
        refuse_secrets(["https://bob:SECRET@host/x"])
    assert "SECRET" not in str(caught.value)


def test_nothing_secret_is_stored_and_a_new_signature_is_no_new_paper(host, settings, warm, caplog):
    caplog.set_level("DEBUG")
    name, gone = f"loopback://{host}/x.txt", f"loopback://{host}/gone.txt"
    signed = [f"{name}?token={TOKEN}&expires=1", f"loopback://bob:SECRET%2Fp%40ss@{host}/gone.txt"]
    first = ingest(settings, signed)
    assert (first.indexed, first.failed) == (1, 1)
    again = ingest(settings, [f"loopback://bob:SECRET%2Fp%40ss@{host}/x.txt"])
    assert (again.indexed, again.unchanged) == (0, 1)
    ledger = open_storage(settings).open_ledger(write=False)
    assert [entry.source for entry in ledger.entries()] == [gone, name]
    assert "404" in (ledger.entries("failed").__next__().error or "")
    ledger.close()
    shown = answers.show(settings, signed[0], access_classes=EVERY_CLASS)
    assert shown["source"] == name
    assert "SECRET" not in json.dumps([first.model_dump(mode="json"), again.model_dump(mode="json"), shown])
    said = [record.getMessage() for record in caplog.records if record.name.startswith("pipelines")]
    assert "SECRET" not in "".join(said)
    assert not [path for path in settings.home.rglob("*") if path.is_file() and b"SECRET" in path.read_bytes()]
