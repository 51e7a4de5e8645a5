"""Nights in fast motion, by the commands that a timer runs: who looks after the sources is told what fails, once."""

import json
import shutil

import pytest

from tests.pipelines.alerts.servers import MailServer, Webhook

pytestmark = [
    pytest.mark.model,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:Requiring AUTH", "ignore:.imghdr"),
]


@pytest.fixture
def servers():
    hook, mail = Webhook(), MailServer()
    yield hook, mail
    hook.stop()
    mail.stop()


@pytest.fixture
def night(cli, tmp_path, servers, monkeypatch):
    """A function that runs over all sources and sends alerts; it gives both exit codes and what the servers got."""
    hook, mail = servers
    monkeypatch.setenv("MAIL_PASSWORD", "s3same!")
    home = tmp_path / "home"
    home.mkdir()
    for name in ("wto", "ptc"):
        (tmp_path / name).mkdir()
        text = f"The single window of {name} went live in 2021."
        (tmp_path / name / "paper.txt").write_text(text, encoding="utf-8")
    sources = [
        {"name": name, "kind": "folder", "path": str(tmp_path / name), "quiet_seconds": 0} for name in ("wto", "ptc")
    ]
    (home / "sources.yaml").write_text(json.dumps({"sources": sources}), encoding="utf-8")
    query = "to=it@un.example&from=lens@un.example&mode=insecure&smtp=127.0.0.1&cto=1&rto=1"
    (home / "alerts.yaml").write_text(
        f"targets:\n  - {{name: hook, url: 'json://{hook.host}/', on: failures, interval_hours: 0}}\n"
        "  - name: it\n    on: failures\n    access: all\n    interval_hours: 0\n"
        f"    url: mailto://lens:${{MAIL_PASSWORD}}@127.0.0.1:{mail.port}?{query}\n",
        encoding="utf-8",
    )

    def run():
        hook.got.clear()
        mail.got.clear()
        codes = [cli(*words, "--home", home).code for words in (("sources", "run", "--all"), ("alerts", "--send"))]
        texts = [one.get_content() for one in mail.got]
        return codes, [body["title"] for _, body in hook.got], [one["Subject"] for one in mail.got], texts

    return run


def test_a_source_that_fails_three_nights_is_told_of_once_and_then_that_it_works_again(night, tmp_path, servers, cli):
    assert night() == ([0, 0], [], [], [])
    shutil.move(tmp_path / "wto", tmp_path / "away")
    codes, hooked, mailed, texts = night()
    assert (codes, hooked, mailed) == ([3, 0], ["Customs Lens: wto fails"], ["Customs Lens: wto fails"])
    assert str(tmp_path / "wto") in texts[0]
    assert "ptc" not in texts[0]
    shown = cli("sources", "list", "--home", tmp_path / "home").out
    assert "problem" in shown
    for _ in range(2):
        assert night() == ([3, 0], [], [], [])
    shutil.move(tmp_path / "away", tmp_path / "wto")
    servers[0].status = 503
    codes, hooked, mailed, _ = night()
    assert (codes, hooked, mailed) == ([0, 1], [], ["Customs Lens: wto is well again"])
    servers[0].status = 200
    codes, hooked, mailed, _ = night()
    assert (codes, hooked, mailed) == ([0, 0], ["Customs Lens: wto is well again"], [])
    assert night() == ([0, 0], [], [], [])


def test_a_night_that_would_delete_too_much_and_an_index_that_is_damaged_are_told_of(night, tmp_path, cli):
    night()
    (tmp_path / "wto" / "paper.txt").unlink()
    codes, hooked, _, texts = night()
    assert (codes, hooked) == ([3, 0], ["Customs Lens: wto refused to delete what is missing"])
    assert "the only document is missing" in texts[0]
    states = cli("sources", "list", "--json", "--home", tmp_path / "home").json
    assert [(one["name"], one["last_status"]) for one in states] == [("wto", "failed"), ("ptc", "done")]
    shutil.rmtree(tmp_path / "home" / "index")
    (tmp_path / "home" / "index").write_text("no index")
    codes, hooked, _, _ = night()
    assert codes[1] == 0
    assert hooked == ["Customs Lens: wto fails, ptc fails"]
