"""Who is told of failures is told once: when a source fails, when the reason is another one, when it works again."""

import datetime as dt
import json

import pytest

from configs.alerts import load_alerts
from configs.system.errors import ConfigError, UnavailableError
from index.filters import EVERY_CLASS
from pipelines.alerts.failures import NotifiedLine, NotifiedState, changes, notified_now
from pipelines.alerts.sending import send_alerts
from pipelines.ingest.last_runs import note_question, noted_run
from pipelines.maintenance.status import HealthLine, QuarantinedPaper
from pipelines.runs.failures import accept_failure
from pipelines.storage.entries import LedgerRow
from pipelines.storage.opening import open_storage
from pipelines.storage.source_register import ItemHistory, KnownItem
from tests.pipelines.alerts.servers import MailServer, Webhook
from tests.states import ledger_of

TARGETS = """
portal: http://papers.example
targets:
  - {name: desk, on: failures, url: 'json://HOOK/desk', access: all, interval_hours: 0}
  - {name: others, on: [failures], url: 'json://HOOK/others', interval_hours: 0}
"""
SOURCES = """
sources:
  - {name: wto, kind: folder, path: /srv/wto, fresh_days: 5}
  - {name: ptc, kind: folder, path: /srv/ptc, fresh_days: 5}
"""
NOW = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
PAPER = QuarantinedPaper(document="a", source="file:///srv/a.pdf", error="it is no PDF")


def standing(state, reason=None, *quarantined):
    return HealthLine(name="source wto", detail="", event=state, reason=reason, quarantined=quarantined)


@pytest.mark.parametrize(
    ("before", "now", "found"),
    [
        (("works", ""), standing("works"), None),
        (("works", ""), standing(None), None),
        (("works", ""), standing("fails", "away"), "fails"),
        (("fails", "away"), standing("fails", "away"), None),
        (("refused", "0 of 0 are missing"), standing("refused", "19 of 36 are missing"), None),
        (("fails", "away"), standing("fails", "the password is wrong"), "fails"),
        (("refused", "gone"), standing("asks", "gone"), "asks"),
        (("fails", "away"), standing(None), None),
        (("fails", "away"), standing("works"), "works"),
        (("fails", "away"), standing("stale", "nothing since May"), "stale"),
        (("stale", ""), standing("stale", "nothing since May"), None),
    ],
)
def test_only_what_changed_is_news(before, now, found):
    told = NotifiedState(lines={"source wto": NotifiedLine(state=before[0], reason=before[1])})
    assert [one.state for one in changes(told, [now], NOW)] == ([found] if found else [])
    after = told.model_copy(update={"lines": notified_now(told, [now], NOW)})
    assert list(changes(after, [now], NOW)) == []


def test_papers_in_quarantine_are_told_once_each():
    told = NotifiedState(lines={"source wto": NotifiedLine(state="works", quarantined=("b",))})
    other = PAPER.model_copy(update={"document": "b"})
    ((change),) = changes(told, [standing("works", None, PAPER, other)], NOW)
    assert (change.state, change.quarantined) == (None, (PAPER,))
    unknown = standing("works").model_copy(update={"quarantined": None})
    assert list(changes(told, [unknown], NOW)) == []
    ((cleared),) = changes(told, [standing("works")], NOW)
    assert cleared.cleared


def test_what_lasts_is_told_of_again_after_a_week():
    told, away, day = NotifiedState(), standing("fails", "away", PAPER), dt.timedelta(days=1)
    reminded = []
    for number in range(16):
        at = NOW + number * day
        reminded += [number for _ in changes(told, [away], at)]
        told = told.model_copy(update={"lines": notified_now(told, [away], at)})
    assert reminded == [0, 7, 14]


class TestTelling:
    @pytest.fixture(autouse=True)
    def _home(self, settings):
        self.settings, self.hook = settings, Webhook()
        settings.home.mkdir()
        (settings.home / "sources.yaml").write_text(SOURCES)
        self.write(TARGETS)
        yield
        self.hook.stop()

    def write(self, text):
        (self.settings.home / "alerts.yaml").write_text(text.replace("HOOK", self.hook.host))

    def run(self, source, error=None):
        """A run over a source that ends well or by an error, as the runs note it."""
        try:
            with noted_run(self.settings.home, source):
                if error:
                    raise error
        except UnavailableError:
            pass

    def send(self):
        """The statuses of the targets, and what each was sent: title and message."""
        self.hook.got.clear()
        report = send_alerts(self.settings, access_classes=EVERY_CLASS)
        sent = {path.removeprefix("/"): (body["title"], body["message"]) for path, body in self.hook.got}
        return [one.status for one in report.targets], sent

    def test_three_failing_nights_are_one_message_then_silence_then_that_it_works_again(self):
        statuses = []
        for _ in range(3):
            self.run("wto", UnavailableError("https://wto.example: does not answer", "check it at https://wto.example"))
            self.run("ptc")
            status, sent = self.send()
            statuses.append(status)
            if len(statuses) == 1:
                title, message = sent["desk"]
                assert title == "Customs Lens: wto fails"
                assert "wto fails.\n  https://wto.example: does not answer (check it" in message
                assert "http://papers.example/status" in message
                assert "ptc" not in message
                assert "does not answer" not in sent["others"][1]
                assert "wto fails." in sent["others"][1]
        assert statuses == [["sent"] * 2, ["nothing new"] * 2, ["nothing new"] * 2]
        self.run("wto")
        status, sent = self.send()
        assert (status, sent["desk"][0]) == (["sent"] * 2, "Customs Lens: wto is well again")
        assert self.send() == (["nothing new"] * 2, {})

    def test_one_message_is_of_all_sources(self):
        self.run("wto", UnavailableError("away"))
        self.run("ptc", UnavailableError("away too"))
        note_question(self.settings.home, "ptc")
        _, sent = self.send()
        assert sent["desk"][0] == "Customs Lens: wto fails, ptc asks a question"

    def test_a_target_hears_no_more_than_one_message_in_its_interval(self):
        self.write(TARGETS.replace("interval_hours: 0", "interval_hours: 8"))
        self.run("wto", UnavailableError("away"))
        assert self.send()[0] == ["sent"] * 2
        self.run("ptc", UnavailableError("away"))
        self.run("wto")
        assert self.send() == (["later"] * 2, {})
        path = self.settings.home / "told.json"
        told = json.loads(path.read_text())
        for one in told["targets"].values():
            one["at"] = (dt.datetime.fromisoformat(one["at"]) - dt.timedelta(hours=8)).isoformat()
        path.write_text(json.dumps(told))
        assert self.send()[1]["desk"][0] == "Customs Lens: wto is well again, ptc fails"

    def test_names_of_papers_go_to_those_alone_who_may_see_every_class(self):
        self.run("wto")
        self.fail("merger.pdf")
        _, sent = self.send()
        assert sent["desk"][0] == sent["others"][0] == "Customs Lens: wto has 1 more paper in quarantine"
        assert "/srv/wto/merger.pdf: it is no PDF" in sent["desk"][1]
        assert "merger" not in json.dumps(sent["others"])
        assert "wto: 1 paper failed so often that it is in quarantine." in sent["others"][1]
        assert self.send() == (["nothing new"] * 2, {})
        self.fail("second.pdf")
        accept_failure(self.settings, "second.pdf", "ana")
        assert self.send() == (["nothing new"] * 2, {})

    def fail(self, name):
        """Let a paper of the source be in quarantine."""
        uri = f"file:///srv/wto/{name}"
        ledger, register = ledger_of(self.settings.home), open_storage(self.settings)
        row = {"sha256": "1", "status": "malformed", "error": "it is no PDF", "run": "r", "attempts": 3}
        ledger.write(LedgerRow(id=name, source=uri, outcome="failed", **row))
        ledger.close()
        opened = register.open_register(write=True)
        item = {"source": "wto", "fingerprint": "1", "seen": dt.datetime.now(dt.UTC)}
        opened.commit("wto", [KnownItem(id=name, uri=uri, documents=(name,), **item)])
        opened.close()

    def test_a_source_without_anything_new_is_told_of_once(self):
        long_ago = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
        opened = open_storage(self.settings).open_register(write=True)
        opened.commit("wto", [], events=[ItemHistory(source="wto", id="a", event="new", run="r", at=long_ago)])
        opened.close()
        self.run("wto")
        _, sent = self.send()
        assert sent["desk"][0] == "Customs Lens: wto has nothing new"
        assert "nothing new for more than 5 days, since 2026-01-01" in sent["desk"][1]
        assert self.send() == (["nothing new"] * 2, {})

    def test_a_damaged_ledger_and_a_missing_index_keep_nobody_from_hearing(self):
        self.run("wto", UnavailableError("the index is damaged"))
        (self.settings.home / "state.db").write_bytes(b"nothing that SQLite knows" * 100)
        assert self.send()[1]["desk"][0] == "Customs Lens: wto fails"

    def test_an_unreachable_cluster_keeps_nobody_from_hearing(self):
        away = self.settings.elasticsearch.model_copy(update={"url": "http://127.0.0.1:1"})
        self.settings = self.settings.model_copy(update={"index": "elasticsearch", "elasticsearch": away})
        self.run("wto", UnavailableError("the cluster is away"))
        assert self.send()[1]["desk"][0] == "Customs Lens: wto fails"

    def test_what_was_told_and_is_damaged_is_named(self):
        (self.settings.home / "told.json").write_text("{")
        with pytest.raises(ConfigError, match=r"told\.json: is damaged"):
            self.send()


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_a_mail_says_it_as_text_in_html_too(settings, monkeypatch):
    mail = MailServer()
    monkeypatch.setenv("MAIL_PASSWORD", "s3same!")
    settings.home.mkdir()
    (settings.home / "sources.yaml").write_text(SOURCES)
    (settings.home / "alerts.yaml").write_text(
        "targets:\n  - name: it\n    on: failures\n    format: html\n    access: all\n    url: mailto://lens:"
        f"${{MAIL_PASSWORD}}@127.0.0.1:{mail.port}?to=it@un.example&from=lens@un.example&mode=insecure&smtp=127.0.0.1\n"
    )
    try:
        with pytest.raises(UnavailableError), noted_run(settings.home, "wto"):
            raise UnavailableError("<b>wto</b> is away")
        send_alerts(settings, access_classes=EVERY_CLASS)
    finally:
        mail.stop()
    ((message),) = mail.got
    assert message["Subject"] == "Customs Lens: wto fails"
    assert "&lt;b&gt;wto&lt;/b&gt;" in message.get_body("html").get_content().replace("&nbsp;", " ")
    assert "<b>wto</b> is away" in message.get_body("plain").get_content()


@pytest.mark.parametrize(
    ("written", "read"),
    [("", ("papers",)), ("on: failures", ("failures",)), ("'on': [papers, failures]", ("papers", "failures"))],
)
def test_a_target_says_what_it_wants_to_be_told(tmp_path, written, read):
    (tmp_path / "alerts.yaml").write_text(f"targets:\n  - name: a\n    url: json://host\n    {written}\n")
    assert load_alerts(tmp_path).targets[0].on == read


def test_a_subject_that_there_is_not_is_named(tmp_path):
    (tmp_path / "alerts.yaml").write_text("targets:\n  - name: a\n    url: json://host\n    on: [weather]\n")
    with pytest.raises(ConfigError, match=r"alerts\.yaml:4: targets\.0\.on"):
        load_alerts(tmp_path)
