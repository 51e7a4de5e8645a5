"""No password and no signature that a command is given shows in what it prints, not even with `--debug`."""

import pytest

SECRET = "SECRET-4711"
NAMES = [
    f"http://bob:{SECRET}@127.0.0.1:1/x.txt",
    f"https://127.0.0.1:1/x.txt?sv=2&sig={SECRET}",
    f"ftp://bob:{SECRET}@127.0.0.1:1/papers",
    f"nosuch://bob:{SECRET}@host/x",
    f"zip://a.txt::http://bob:{SECRET}@127.0.0.1:1/x.zip",
]


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
    pytest.importorskip("elasticsearch")
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
