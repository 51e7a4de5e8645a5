"""No password and no signature that a command is given shows in what it prints, not even with `--debug`."""

import base64
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from configs.elasticsearch import ElasticsearchSettings
from pipelines.sources.web import retries
from tests.conftest import needs
from tests.pipelines.sources.connectors.scripted_server import FreeClock

SECRET = "SECRET-4711"
AWKWARD = [f"SEK{sign}RET9" for sign in ("/", ":", "@", "#", "?", "%", "[", "[x]", "℀")] + ["9200/SEKRET9"]
"""Passwords with what ends them in a URL; libraries quote a part of them in their errors."""
NAMES = [
    f"http://bob:{SECRET}@127.0.0.1:1/x.txt",
    f"https://127.0.0.1:1/x.txt?sv=2&sig={SECRET}",
    f"ftp://bob:{SECRET}@127.0.0.1:1/papers",
    f"nosuch://bob:{SECRET}@host/x",
    f"zip://a.txt::http://bob:{SECRET}@127.0.0.1:1/x.zip",
]


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch):
    """Let requests that are repeated wait no time."""
    monkeypatch.setattr(retries, "SYSTEM", FreeClock().clock)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("command", [("ingest",), ("ingest", "--dry-run"), ("show",), ("show", "--json"), ("extract",)])
def test_a_source_shows_by_its_clean_name(cli, tmp_path, name, command):
    done = cli(*command, name, "--home", tmp_path / "home")
    assert done.code in (2, 3)
    assert SECRET not in done.out + done.err
    assert "no index yet" in done.line or "127.0.0.1" in done.line or "host/x" in done.line


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES[:3])
def test_debug_shows_tracebacks_without_it(process, tmp_path, name):
    done = process("ingest", name, "--home", tmp_path / "home", "--debug")
    assert done.code in (2, 3)
    assert "Traceback" in done.err
    assert SECRET not in done.out + done.err


@pytest.mark.parametrize("command", [("search", "window"), ("doctor",), ("doctor", "--json"), ("ingest", __file__)])
@pytest.mark.parametrize("url", [f"http://elastic:{SECRET}@127.0.0.1:1", f"http://127.0.0.1:1/?token={SECRET}"])
def test_the_url_of_a_cluster_shows_without_its_password(cli, tmp_path, monkeypatch, command, url):
    needs("elasticsearch")
    monkeypatch.setenv("ELASTICSEARCH_URL", url)
    done = cli(*command, "--home", tmp_path / "home", "--index", "elasticsearch")
    assert done.code == 3
    assert SECRET not in done.out + done.err
    assert "127.0.0.1:1" in done.out + done.err


@pytest.mark.parametrize("url", [f"gopher://elastic:{SECRET}@h", f"http://elastic:{SECRET}@h:port"])
def test_a_url_that_is_none_shows_without_it_too(cli, tmp_path, url):
    (tmp_path / "settings.yaml").write_text(f"index: elasticsearch\nelasticsearch:\n  url: '{url}'\n")
    done = cli("search", "window", "--home", tmp_path)
    assert done.code == 2
    assert SECRET not in done.out + done.err
    assert "elasticsearch.url" in done.line


def parts(password):
    """What would give a password away: the longest pieces that a library may make of it."""
    return [part for part in ("SEKRET", "SEK", "RET9") if part in password]


@pytest.fixture
def guarded():
    """A server that refuses everybody, and what users and passwords it was given."""
    given = []

    class Guard(BaseHTTPRequestHandler):
        def do_GET(self):
            scheme, _, value = self.headers.get("Authorization", "").partition(" ")
            given.append(base64.b64decode(value).decode() if scheme == "Basic" else "")
            self.send_response(401)
            self.send_header("X-Elastic-Product", "Elasticsearch")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_HEAD(self):
            self.do_GET()

        def log_message(self, *_):
            """Keep still."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Guard) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}", given
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("password", AWKWARD)
def test_any_password_of_a_cluster_arrives_as_it_is_and_shows_nowhere(cli, tmp_path, guarded, password):
    needs("elasticsearch")
    host, given = guarded
    url = f"http://elastic:{password}@{host}"
    (tmp_path / "settings.yaml").write_text(f"index: elasticsearch\nelasticsearch:\n  url: '{url}'\n")
    done = cli("search", "window", "--home", tmp_path)
    assert done.code == 2
    assert "refuses the key" in done.line
    assert f"http://{host}" in done.line
    assert set(given) == {f"elastic:{password}"}
    assert not any(part in done.err for part in parts(password))


@pytest.mark.parametrize("password", AWKWARD)
@pytest.mark.parametrize("where", ["settings", "environment"])
def test_a_url_of_a_cluster_that_cannot_be_is_told_without_its_password(cli, tmp_path, monkeypatch, password, where):
    url = f"http://elastic:{password}@host:port"
    if where == "settings":
        (tmp_path / "settings.yaml").write_text(f"index: elasticsearch\nelasticsearch:\n  url: '{url}'\n")
    else:
        monkeypatch.setenv("ELASTICSEARCH_URL", url)
    done = cli("search", "window", "--home", tmp_path, "--index", "elasticsearch")
    assert done.code == 2
    assert ("elasticsearch.url" if where == "settings" else "ELASTICSEARCH_URL") in done.line
    assert "http://HOST:9200" in done.line
    assert not any(part in done.out + done.err for part in parts(password))


@pytest.mark.slow
@pytest.mark.parametrize("url", ["http://elastic:SEK/RET9@host:port", "gopher://elastic:SEKRET9@host/" + "x" * 99])
def test_a_traceback_of_settings_holds_no_password(process, tmp_path, url):
    (tmp_path / "settings.yaml").write_text(f"index: elasticsearch\nelasticsearch:\n  url: '{url}'\n")
    done = process("search", "window", "--home", tmp_path, "--debug")
    assert "Traceback" in done.err
    assert not any(part in done.err for part in parts(url))


def test_the_url_of_a_cluster_keeps_its_form():
    for url in ("http://localhost:9200", "https://bob:p%40ss@host:9243/prefix", "http://[::1]:9200"):
        assert ElasticsearchSettings(url=url).url == url
    assert ElasticsearchSettings(url="https://bob:x@host/p").url == "https://bob:x@host:443/p"


@pytest.mark.parametrize("password", AWKWARD)
@pytest.mark.parametrize("scheme", ["http", "ftp", "sftp"])
def test_the_password_of_a_source_shows_nowhere(cli, tmp_path, guarded, password, scheme):
    host, given = guarded
    if scheme != "http":  # an FTP client waits half a minute for a web server to greet it
        host = "127.0.0.1:1"
    done = cli("ingest", f"{scheme}://bob:{password}@{host}/x.txt", "--home", tmp_path / "home")
    assert done.code == 3
    assert f"{scheme}://{host}/x.txt" in done.line
    if scheme == "http":
        assert "401" in done.line
        assert set(given) == {f"bob:{password}"}
    assert not any(part in done.out + done.err for part in parts(password))


@pytest.mark.prefect
@pytest.mark.slow
@pytest.mark.parametrize("password", ["SEK/RET9", "SEK[x]RET9"])
@pytest.mark.parametrize(("host", "code"), [("127.0.0.1:1", 3), ("host:port", 2)])
def test_the_url_of_a_prefect_server_shows_without_its_password(process, tmp_path, samples, password, host, code):
    needs("prefect")
    environment = {"PREFECT_API_URL": f"http://bob:{password}@{host}/api", "PREFECT_HOME": str(tmp_path)}
    paper = next((samples / "papers").glob("*.pdf"))
    done = process("ingest", "--via-prefect", paper, "--home", tmp_path / "home", environment=environment)
    assert done.code == code
    assert "PREFECT_API_URL" in done.line
    assert not any(part in done.err for part in parts(password))
