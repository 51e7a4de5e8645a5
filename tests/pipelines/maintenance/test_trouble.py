"""Trouble on purpose: who is told of it, by mail, by the lines of the status page and by metrics, and how often."""

import datetime as dt
import json
import shutil
import ssl
from contextlib import suppress

import pytest

from configs.settings import load_settings
from configs.sources import ListingConfig, load_sources
from configs.system.errors import CustomsLensError
from index.filters import EVERY_CLASS
from pipelines.alerts.sending import send_alerts
from pipelines.ingest.last_runs import DOCTOR, last_run, note_hanging, noted_run
from pipelines.ingest.source_runs import run_source
from pipelines.maintenance.health import checks, failed_checks
from pipelines.maintenance.metrics import home_metrics
from pipelines.maintenance.status import health, health_lines
from pipelines.runs.failures import accept_failure, failures
from pipelines.sources.web.certificates import certificate_expires
from pipelines.workspace import PRIMARY_STORE
from tests.certificates import make_certificate
from tests.pipelines.alerts.servers import MailServer
from tests.servers import Website

RECIPE = """
version: 1
description: A table of papers
hosts: ["127.0.0.1"]
tables:
  columns:
    - {header: Title, field: title, links: true}
  formats: [pdf]
"""
LISTED = "<table><tr><th>Title</th></tr><tr><td><a href='0.pdf'>One</a></td></tr></table>"


@pytest.fixture
def mail():
    found = MailServer()
    yield found
    found.stop()


@pytest.fixture
def site(tmp_path):
    folder = tmp_path / "site"
    folder.mkdir()
    found = Website(folder)
    yield found
    found.stop()


@pytest.fixture
def home(warm, settings, papers, site, mail, monkeypatch, samples):
    """A home with a folder and a listing that were read, whose mails go to a server on loopback."""
    monkeypatch.setenv("MAIL_PASSWORD", "s3same!")
    settings.home.mkdir()
    (papers / "a.txt").write_text("The single window of Arvenia.")
    shutil.copy(next(samples.glob("papers/*.pdf")), site.folder / "0.pdf")
    site.page("/list", LISTED)
    (settings.home / "recipe.yaml").write_text(RECIPE)
    folder = {"name": "folder", "kind": "folder", "path": str(papers), "quiet_seconds": 0}
    listing = {"name": "listing", "kind": "listing", "url": f"{site.url}list", "robots": False, "recipe": "recipe.yaml"}
    listing["requests_per_second"] = 10
    (settings.home / "sources.yaml").write_text(json.dumps({"sources": [folder, listing]}))
    url = f"mailto://lens:${{MAIL_PASSWORD}}@127.0.0.1:{mail.port}?to=it@un.example&from=a@un.example&mode=insecure"
    target = {"name": "it", "on": "failures", "access": "all", "interval_hours": 0, "url": f"{url}&smtp=127.0.0.1"}
    (settings.home / "alerts.yaml").write_text(json.dumps({"targets": [target]}))
    found = Home(settings, mail)
    found.run("folder")
    found.run("listing")
    assert found.told() == []
    return found


class Home:
    """A home as those who look after it see it."""

    def __init__(self, settings, mail):
        self.settings, self.mail = settings, mail

    def run(self, name):
        with suppress(CustomsLensError):
            run_source(self.settings, *(one for one in load_sources(self.settings.home) if one.name == name))

    def told(self):
        """The subjects of the mails that are sent now."""
        self.mail.got.clear()
        send_alerts(self.settings, access_classes=EVERY_CLASS)
        return [one["Subject"].removeprefix("Customs Lens: ") for one in self.mail.got]

    def line(self, name):
        """The line of the status page, whose state the metrics have too."""
        (found,) = [one for one in health_lines(self.settings, access_classes=EVERY_CLASS) if one.name == name]
        assert self.metric("health", line=name, state=found.state) == 1
        return found

    def metric(self, name, **labels):
        samples = [one for metric in home_metrics(self.settings) for one in metric.samples]
        return next((one.value for one in samples if one.name == f"customs_lens_{name}" and one.labels == labels), None)


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
class TestTrouble:
    def test_a_source_that_is_away(self, home, papers):
        away = papers.rename(papers.with_name("away"))
        for told in (["folder fails"], [], []):
            home.run("folder")
            assert home.told() == told
        line = home.line("source folder")
        assert (line.state, line.remedy is None, "No such file" in line.detail) == ("failing", False, True)
        assert last_run(home.settings.home, "folder").times == 3
        away.rename(papers)
        home.run("folder")
        assert (home.told(), home.told(), home.line("source folder").state) == (["folder is well again"], [], "ok")

    def test_a_redesigned_page_is_told_of_at_once_and_nothing_of_it_is_withdrawn(self, home, site):
        before = last_run(home.settings.home, "listing").done_at
        site.page("/list", "<ul><li>We have a new design.</li></ul>")
        for told in (["listing cannot be listed"], []):
            home.run("listing")
            assert home.told() == told
        line = home.line("source listing")
        assert (line.state, "recipe" in line.remedy) == ("failing", True)
        assert "nothing of it could be listed" in line.detail
        assert "--only failed" not in f"{line.detail} {line.remedy}"
        last = {"source": "listing", "status": "incomplete"}
        assert home.metric("source_last_run_status", **last) == 1
        assert home.metric("source_withdrawn", source="listing") == 0
        assert last_run(home.settings.home, "listing").done_at == before
        site.page("/list", LISTED)
        home.run("listing")
        assert (home.told(), home.line("source listing").state) == (["listing is well again"], "ok")

    def test_a_wrong_password(self, home, site):
        site.page("/list", "who are you?", 401)
        home.run("listing")
        assert (home.told(), home.told(), home.line("source listing").state) == (["listing fails"], [], "failing")
        site.page("/list", LISTED)
        home.run("listing")
        assert home.told() == ["listing is well again"]

    def test_items_that_fail_are_told_of_when_they_do_so_in_two_runs_in_a_row(self, home, papers):
        (papers / "one.pdf").write_bytes(b"%PDF-1.7 is none")
        home.run("folder")
        assert (home.told(), home.line("source folder").state) == ([], "warning")
        (papers / "two.pdf").write_bytes(b"%PDF-1.7 is none either")
        home.run("folder")
        assert (home.told(), home.line("source folder").state) == (["folder is read in part"], "failing")
        home.run("folder")  # the same fail again
        assert home.told() == ["folder has 1 more paper in quarantine"]

    def test_a_poison_paper_is_told_of_when_it_is_in_quarantine_and_when_somebody_accepts_that(self, home, papers):
        (papers / "poison.pdf").write_bytes(b"%PDF-1.7 is none")
        for told in ([], [], ["folder has 1 more paper in quarantine"], []):
            home.run("folder")
            assert home.told() == told
        line = home.line("source folder")
        assert (line.state, "1 paper is in quarantine" in line.detail) == ("warning", True)
        accept_failure(home.settings, failures(home.settings)[0].document, "ana")
        assert (home.told(), home.line("source folder").state) == (["folder has no paper in quarantine any more"], "ok")

    def test_a_run_that_hung(self, home):
        hung = CustomsLensError("made no progress since 02:17", "see whether its folder answers")
        note_hanging(home.settings.home, "folder", hung, began=dt.datetime.now(dt.UTC))
        assert home.told() == []  # it was done, whatever a late look says
        with suppress(CustomsLensError), noted_run(home.settings.home, "folder"):
            raise CustomsLensError("stopped")
        note_hanging(home.settings.home, "folder", hung, began=dt.datetime.now(dt.UTC))
        assert (home.told(), home.told()) == (["folder made no progress"], [])
        line = home.line("source folder")
        assert (line.state, "hanging" in line.detail, line.remedy) == ("failing", True, hung.remedy)
        assert home.metric("source_last_run_status", source="folder", status="hanging") == 1
        home.run("folder")
        assert home.told() == ["folder is well again"]

    def test_a_backup_folder_that_is_gone(self, home, tmp_path):
        from pipelines.flows.upkeep import backup

        def run():
            given = {"home": str(home.settings.home), "settings": {"encoder": home.settings.encoder}}
            return backup.fn(str(tmp_path / "backups"), **given).name

        assert (run(), run(), home.told(), home.told()) == ("Failed", "Failed", ["backup fails"], [])
        assert "is no folder" in home.line("backup").detail
        assert home.metric("last_backup_timestamp_seconds") is None
        (tmp_path / "backups").mkdir()
        assert (run(), home.told(), home.line("backup").state) == ("Completed", ["backup is well again"], "ok")
        assert home.metric("last_backup_timestamp_seconds") > 0

    def test_of_a_home_without_papers_there_is_nothing_to_back_up_or_to_check_yet(self, tmp_path):
        from pipelines.flows.upkeep import backup, doctor

        (tmp_path / "home").mkdir()
        for state in (backup.fn(str(tmp_path), home=str(tmp_path / "home")), doctor.fn(home=str(tmp_path / "home"))):
            assert (state.name, "nothing was ingested yet" in state.message) == ("Completed", True)

    def test_a_damaged_index(self, home):
        def doctor():
            with noted_run(home.settings.home, DOCTOR) as note:
                note.failure = failed_checks(checks(home.settings))

        whole = (home.settings.home / PRIMARY_STORE).read_bytes()
        (home.settings.home / PRIMARY_STORE).write_bytes(b"nothing that SQLite knows" * 100)
        doctor()
        assert (home.told(), home.told(), home.line("doctor").state) == (["doctor fails"], [], "failing")
        assert home.metric("doctor_ok") == 0
        (home.settings.home / PRIMARY_STORE).write_bytes(whole)
        doctor()
        assert (home.told(), home.metric("doctor_ok")) == (["doctor is well again"], 1)

    def test_a_disk_at_its_limit_is_one_mail_though_no_source_is_read_then(self, home):
        roomy, full = (home.settings.model_copy(update={"disk_free_mib": least}) for least in (0, 1 << 40))
        home.settings = full
        assert (home.told(), home.told(), home.line("disk").state) == (["disk fails"], [], "failing")
        home.run("folder")
        assert (home.told(), home.line("source folder").state) == ([], "failing")
        home.settings = roomy
        home.run("folder")
        assert (home.told(), home.line("source folder").state) == (["disk is well again"], "ok")

    def test_a_run_that_the_disk_kept_from_beginning_is_told_of_where_the_disk_is_well_again(self, home):
        roomy = home.settings
        home.settings = home.settings.model_copy(update={"disk_free_mib": 1 << 40})
        home.run("folder")
        home.settings = roomy
        assert home.told() == ["folder fails"]

    def test_a_certificate_of_yesterday_and_one_of_next_week(self, home):
        file = home.settings.home / "last-runs" / "listing.json"
        known = json.loads(file.read_text())
        for days, state in ((7, "warning"), (-1, "failing"), (90, "ok")):
            expires = dt.datetime.now(dt.UTC) + dt.timedelta(days=days, hours=1)
            file.write_text(json.dumps(known | {"certificate": expires.isoformat()}))
            assert home.line("certificates").state == state
            assert home.metric("source_certificate_days", source="listing") == days
            told = {"warning": "a certificate needs attention", "failing": "a certificate needs attention"}
            assert home.told() == [told.get(state, "a certificate is well again")]
            assert home.told() == []

    def test_a_file_of_sources_that_does_not_fit_is_told_of_and_what_was_told_of_them_is_kept(self, home, papers):
        papers.rename(papers.with_name("away"))
        home.run("folder")
        assert home.told() == ["folder fails"]
        file = home.settings.home / "sources.yaml"
        whole = file.read_text()
        file.write_text("sources: [")
        assert (home.told(), home.told(), home.line("sources").state) == (["sources.yaml fails"], [], "failing")
        file.write_text(whole)
        assert (home.told(), home.told(), home.line("sources").state) == (["sources.yaml is well again"], [], "ok")

    def test_settings_that_do_not_fit_are_told_of_though_no_run_begins(self, home):
        from pipelines.flows.alerts import alerts

        def told():
            home.mail.got.clear()
            state = alerts.fn(home=str(home.settings.home), settings={"encoder": home.settings.encoder})
            return state.name, [one["Subject"].removeprefix("Customs Lens: ") for one in home.mail.got]

        file = home.settings.home / "settings.yaml"
        file.write_text("workers: many")
        assert (told(), told()) == (("Failed", ["settings.yaml fails"]), ("Failed", []))
        assert "settings.yaml:1: workers" in home.line("settings").detail
        file.write_text("workers: 1")
        assert (home.told(), home.line("settings").state) == (["settings.yaml is well again"], "ok")

    def test_a_mail_server_that_refuses_is_on_the_page_until_it_takes_what_it_missed(self, home, papers):
        papers.rename(papers.with_name("away"))
        home.run("folder")
        home.mail.refuses = True
        report = send_alerts(home.settings, access_classes=EVERY_CLASS)
        assert (len(report.failed), home.line("mails").state) == (1, "failing")
        home.mail.refuses = False
        assert (home.told(), home.line("mails").state, home.told()) == (["folder fails"], "ok", [])

    def test_who_may_not_read_every_paper_sees_states_and_no_name_of_one(self, home, papers):
        (papers / "merger.pdf").write_bytes(b"%PDF-1.7 is none")
        for _ in range(3):
            home.run("folder")
        with suppress(CustomsLensError), noted_run(home.settings.home, "listing"):
            raise CustomsLensError("http://wto.example/merger.pdf: is closed", "open merger.pdf")
        lines = health(home.settings, access_classes=frozenset()).lines
        assert "merger" not in "".join(one.model_dump_json() for one in lines)
        whole = health(home.settings, access_classes=EVERY_CLASS)
        assert "merger" in "".join(one.model_dump_json() for one in whole.lines)
        assert not whole.ok
        assert whole.versions.keys() == {"program", "index", "state", "model", "encoder"}


def test_a_damaged_home_has_its_lines_all_the_same(tmp_path):
    (tmp_path / "sources.yaml").write_text("sources: [")
    (tmp_path / "state.db").write_bytes(b"nothing that SQLite knows" * 100)
    (tmp_path / "alerts.yaml").write_text("targets: [")
    lines = {one.name: one.state for one in health_lines(load_settings(tmp_path), access_classes=frozenset())}
    assert (lines["sources"], lines["mails"]) == ("failing", "failing")


def test_when_the_certificate_of_a_server_expires(tmp_path):
    certificate, key = make_certificate(tmp_path)
    site = Website(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    site._server.socket = context.wrap_socket(site._server.socket, server_side=True)
    try:
        url = site.url.replace("http://", "https://").replace("127.0.0.1", "localhost")
        config = ListingConfig(name="a", kind="listing", url=url, recipe="links", ca_certs=certificate)
        left = certificate_expires(config, tmp_path) - dt.datetime.now(dt.UTC)
        assert dt.timedelta(days=1) < left < dt.timedelta(days=2)
        assert certificate_expires(config.model_copy(update={"ca_certs": None}), tmp_path) is None
    finally:
        site.stop()
