"""Alerts are sent to real servers: what fails is sent again, what was taken is not."""

import pytest
from filelock import FileLock

from configs.system.errors import ConfigError, UnavailableError, UsageError
from index.filters import EVERY_CLASS
from pipelines.alerts.sending import SendReport, send_alerts
from pipelines.ingest.runs import ingest
from tests.answers import alerts, save_search
from tests.pipelines.alerts.servers import MailServer, Webhook

TOKEN = "T0KENs3cretT0KEN"

TARGETS = """
portal: http://papers.example
targets:
  - name: hook
    url: json://HOOK/papers?-token=${{HOOK_TOKEN}}
  - name: mail
    url: mailto://lens:${{MAIL_PASSWORD}}@127.0.0.1:PORT?to=team@un.example&from=lens@un.example&mode=insecure&smtp=127.0.0.1&cto=1&rto=1
    format: html
    searches: [windows]
"""
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:Requiring AUTH", "ignore:.imghdr")]


@pytest.fixture(scope="module")
def servers():
    hook, mail = Webhook(), MailServer()
    yield hook, mail
    hook.stop()
    mail.stop()


class TestSending:
    @pytest.fixture(autouse=True)
    def _home(self, servers, warm, settings, papers, monkeypatch):
        monkeypatch.setenv("HOOK_TOKEN", TOKEN)
        monkeypatch.setenv("MAIL_PASSWORD", "s3same!")
        self.hook, self.mail = servers
        self.hook.got.clear()
        self.mail.got.clear()
        self.hook.status, self.mail.refuses = 200, False
        self.settings, self.papers = settings, papers
        self.put("old", "The single window of Arvenia was opened to traders in 2021.")
        for name, query in (("windows", "window"), ("tariffs", "tariff")):
            save_search(settings, name, query, access_classes=EVERY_CLASS)
        self.write(TARGETS)

    def write(self, text):
        text = text.replace("HOOK/", f"{self.hook.host}/").replace("PORT", str(self.mail.port))
        (self.settings.home / "alerts.yaml").write_text(text.replace("{{", "{").replace("}}", "}"))

    def put(self, name, text, **sidecar):
        (self.papers / f"{name}.txt").write_text(text)
        lines = "".join(f"{field}: {value}\n" for field, value in sidecar.items())
        if lines:
            (self.papers / f"{name}.txt.meta.yaml").write_text(lines)
        ingest(self.settings, [str(self.papers)])

    def send(self, *names, access_classes=EVERY_CLASS) -> dict[str, tuple[str, int]]:
        self.report = send_alerts(self.settings, names, access_classes=access_classes)
        assert SendReport.model_validate_json(self.report.model_dump_json()) == self.report
        return {one.target: (one.status, one.papers) for one in self.report.targets}

    def test_each_target_gets_what_is_new_once_in_its_format(self):
        assert self.send() == {"hook": ("nothing new", 0), "mail": ("nothing new", 0)}
        assert (self.hook.got, self.mail.got) == ([], [])
        self.put("new", "A window of Belmora is planned.")
        self.put("other", "A tariff of Belmora.")
        assert self.send() == {"hook": ("sent", 2), "mail": ("sent", 1)}
        ((path, body),) = self.hook.got
        assert path == f"/papers?token={TOKEN}"
        assert body["title"] == "Customs Lens: 2 new papers in tariffs, windows"
        assert "“A window of Belmora is planned.”" in body["message"]
        assert "word: window" in body["message"]
        (mail,) = self.mail.got
        assert mail["Subject"] == "Customs Lens: 1 new paper in windows"
        assert mail["To"] == "team@un.example"
        assert "<mark>window</mark>" in mail.get_body("html").get_content()
        assert "A window of Belmora is planned." in mail.get_body("plain").get_content()
        assert "color-scheme" not in mail.get_body("plain").get_content()
        assert self.send() == {"hook": ("nothing new", 0), "mail": ("nothing new", 0)}
        new_for_people = alerts(self.settings, access_classes=EVERY_CLASS)
        assert [len(one.hits) for one in new_for_people] == [1, 1]

    def test_a_search_of_a_body_is_told_what_its_session_brought_of_what_the_target_may_read(self):
        save_search(self.settings, "committee", "", filters=("body=ptc",), access_classes=EVERY_CLASS)
        self.put("new", "A window of Belmora is planned.", body="ptc", sessions=[250])
        self.put("closed", "A window of Castora is planned.", body="ptc", sessions=[250], access="secretariat")
        self.send("committee")
        ((_, body),) = self.hook.got
        assert "Permanent Technical Committee, session 250: 1 paper\n" in body["message"]
        assert "http://papers.example/bodies/ptc/sessions/250" in body["message"]

    def test_what_failed_is_sent_the_next_time_and_what_was_taken_is_not(self):
        self.put("new", "A window of Belmora is planned.")
        self.hook.status = 503
        assert self.send() == {"hook": ("failed", 0), "mail": ("sent", 1)}
        assert "error=503" in (self.report.failed[0].error or "")
        alerts(self.settings, access_classes=EVERY_CLASS)  # somebody looks: the target is owed it all the same
        self.put("newer", "A window of Castora is planned.")
        self.hook.status, self.mail.refuses = 200, True
        assert self.send() == {"hook": ("sent", 2), "mail": ("failed", 0)}
        self.mail.refuses = False
        assert self.send() == {"hook": ("nothing new", 0), "mail": ("sent", 1)}
        assert [mail.get_body("html").get_content().count("<blockquote>") for mail in self.mail.got] == [1, 1]

    def test_no_message_holds_a_secret(self, monkeypatch, caplog):
        monkeypatch.setenv("MAIL_PASSWORD", "wr0ng-Secret")
        monkeypatch.setenv("HOOK_URL", f"slack://{TOKEN}")
        self.write(
            TARGETS + '  - name: chat\n    url: ${{HOOK_URL}}\n  - name: unset\n    url: "json://${{NOT_SET}}"\n'
        )
        self.put("new", "A window of Belmora is planned.")
        self.hook.status = 403
        caplog.set_level("DEBUG")
        assert {status for status, _ in self.send().values()} == {"failed"}
        said = self.report.model_dump_json() + caplog.text
        assert "NOT_SET" in said
        for secret in (TOKEN, "wr0ng-Secret"):
            assert secret not in said

    def test_a_target_gets_only_papers_of_its_access_classes(self):
        self.write(
            "targets:\n"
            "  - {name: open, url: 'json://HOOK/open'}\n"
            "  - {name: members, url: 'json://HOOK/members', access: [members]}\n"
            "  - {name: whole, url: 'json://HOOK/whole', access: all}\n"
        )
        self.put("secret", "A window of Belmora is planned.", access="members")
        assert self.send(access_classes=frozenset()) == dict.fromkeys(("open", "members", "whole"), ("nothing new", 0))
        assert self.send() == {"open": ("nothing new", 0), "members": ("sent", 1), "whole": ("sent", 1)}

    def test_what_is_sent_is_not_used_up_for_who_may_see_it_alone(self):
        self.put("secret", "A window of Belmora is planned.", access="members")
        self.send()
        assert [len(one.hits) for one in alerts(self.settings, ["windows"], access_classes=frozenset())] == [0]
        assert [len(one.hits) for one in alerts(self.settings, ["windows"], access_classes=EVERY_CLASS)] == [1]

    def test_a_new_target_begins_with_what_nobody_has_seen_yet(self):
        self.put("seen", "A window of Belmora is planned.")
        alerts(self.settings, access_classes=EVERY_CLASS)
        self.put("unseen", "A window of Castora is planned.")
        assert self.send() == {"hook": ("sent", 1), "mail": ("sent", 1)}

    def test_a_search_of_a_person_is_sent_only_where_it_is_named(self):
        save_search(self.settings, "windows", "window", access_classes=EVERY_CLASS, owner="key:ana")
        self.write(TARGETS.replace("[windows]", "[key:ana/windows]"))
        self.put("new", "A window of Belmora is planned.")
        assert self.send() == {"hook": ("sent", 1), "mail": ("sent", 1)}
        assert [[one.search for one in target.searches] for target in self.report.targets] == [
            ["tariffs", "windows"],
            ["key:ana/windows"],
        ]

    def test_a_target_that_asks_for_it_is_told_that_nothing_is_new(self):
        self.write("targets:\n  - {name: hook, url: 'json://HOOK/', send_empty: true}\n")
        assert self.send() == {"hook": ("sent", 0)}
        assert self.hook.got[0][1]["message"].startswith("Nothing new: tariffs, windows.")

    def test_a_search_that_is_saved_again_begins_again(self):
        self.put("new", "A window of Belmora is planned.")
        save_search(self.settings, "windows", "window", access_classes=EVERY_CLASS, replace=True)
        self.put("newer", "A window of Castora is planned.")
        assert self.send()["mail"] == ("sent", 1)

    def test_only_the_searches_that_are_named_are_sent(self):
        self.put("new", "A window of Belmora and a tariff.")
        assert self.send("tariffs") == {"hook": ("sent", 1), "mail": ("nothing new", 0)}
        assert self.send() == {"hook": ("sent", 1), "mail": ("sent", 1)}
        with pytest.raises(UsageError, match="no saved search"):
            self.send("none")

    def test_a_target_of_a_search_that_is_not_there_fails_alone(self):
        self.write(TARGETS.replace("[windows]", "[windows, gone]"))
        self.put("new", "A window of Belmora is planned.")
        assert self.send() == {"hook": ("sent", 1), "mail": ("failed", 0)}
        assert "mail: 'gone'" in (self.report.failed[0].error or "")

    def test_two_processes_do_not_send_the_same_twice(self):
        with FileLock(self.settings.home / "sending.lock"), pytest.raises(UnavailableError, match="another process"):
            self.send()

    def test_a_broken_file_is_named_before_anything_is_sent(self):
        self.write("targets:\n  - name: a\n")
        with pytest.raises(ConfigError, match=r"alerts\.yaml:2: targets\.0\.url"):
            self.send()
