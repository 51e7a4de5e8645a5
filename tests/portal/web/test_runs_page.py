"""The history of runs in the browser and by the API: who may see it, and what it says."""

import datetime as dt
import json
import os
import shutil
import time
from contextlib import contextmanager

import pytest
from lxml import html

from configs.settings import load_settings
from configs.system.errors import UsageError
from pipelines.ingest.heartbeat import Beat
from pipelines.ingest.last_runs import BACKUP, Lack, noted_run
from pipelines.ingest.runs import ingest
from pipelines.maintenance.backup import NotWholeError
from pipelines.maintenance.status import Health, HealthLine
from pipelines.runs.failures import _REMEDIES, delete_added, failures, remedy
from pipelines.workspace import LAST_RUNS, writing_locked
from portal.web.names import Names
from portal.web.rendering import environment_of
from portal.web.routes import runs
from tests.portal.web.conftest import asked, keys_of, page

PAPER = "The Committee took note of the single window in {word}. Declarations are lodged electronically there."
SOURCES = "sources:\n  - {name: quiet, kind: folder, path: /srv/quiet, fresh_days: 5}\n"
RUN_SECONDS = 600
AT = dt.datetime.now(dt.UTC)


@pytest.fixture(scope="module")
def home(cli, tmp_path_factory):
    """A home in which two runs were made over a paper and a broken one."""
    folder = tmp_path_factory.mktemp("runs")
    papers = folder / "papers"
    papers.mkdir()
    (papers / "broken.pdf").write_bytes(b"%PDF-1.7 is no paper")
    for word in ("Arvenia", "Belmora"):
        (papers / "a.txt").write_text(PAPER.format(word=word), encoding="utf-8")
        assert cli("ingest", papers, "--home", folder / "home", "--encoder", "all-MiniLM-L6-v2").code == 1
    (folder / "home" / "settings.yaml").write_text("encoder: all-MiniLM-L6-v2\n", encoding="utf-8")
    (folder / "home" / "sources.yaml").write_text(SOURCES, encoding="utf-8")
    return folder / "home"


@pytest.fixture(scope="module")
def client(home):
    """A client on the machine itself."""
    with asked(home) as found:
        yield found


@contextmanager
def with_keys(home, **roles):
    """A client of the home while it has keys, and their headers."""
    try:
        headers = keys_of(home, **roles)
        with asked(home) as found:
            yield found, headers
    finally:
        for name in ("keys.json", "keys.made"):
            (home / name).unlink()


def test_runs_are_listed_below_how_fresh_the_sources_are(client):
    tree = page(client, "/runs")
    fresh, did = (tree.xpath(f"//section[@id='{name}']//tbody/tr") for name in ("sources", "did"))
    assert fresh[0].xpath("string(./th)") == "quiet"
    assert "never ran" in fresh[0].text_content()  # and not that nothing new came
    assert len(did) == 2
    assert did[0].xpath("string(./td[1])") == "papers"  # by name, with the path beside it
    assert did[0].xpath("string(./td[1]/@title)").endswith("/papers")
    assert [section.get("id") for section in tree.xpath("//main//section")] == ["failures", "sources", "did"]
    assert tree.xpath("//nav//a[@href='/runs'][@aria-current='page']")


def test_a_run_says_what_it_did_and_what_failed_and_what_to_do(client):
    (link, *_) = page(client, "/runs").xpath("//tbody/tr/th/a/@href")
    tree = page(client, link)
    text = tree.text_content()
    for said in ("changed", "1 paragraph without a number", "malformed", "broken.pdf", "get another copy"):
        assert said in text
    (paper,) = tree.xpath("//section[@id='changed']//a[starts-with(@href, '/documents/')]")
    assert "/" not in paper.text  # by its name, not its path


def test_the_page_of_a_run_is_its_report(client):
    """What failed, then what the run brought; what the collection lacks is folded below."""
    tree = page(client, "/runs/last")
    tiles = {
        one.xpath("string(.//span)"): one.xpath("string(.//strong)") for one in tree.xpath("//ul[@class='tiles']/li")
    }
    assert (tiles["changed"], tiles["failed"], tiles["serial numbers missing"]) == ("1", "1", "0")
    assert [one.get("id") for one in tree.xpath("//main//section")] == ["failed", "new", "changed", "series", "absent"]
    assert not tree.xpath("//*[@data-changing]")


def test_a_report_that_takes_long_is_shown_when_the_page_is_asked_for_again(client, monkeypatch):
    monkeypatch.setattr(runs, "_REPORT_SECONDS", 0.0)
    (first, _) = (row["id"] for row in client.get("/api/v1/runs").json()["runs"])
    client.app.state.portal.run_reports._made.clear()
    tree = page(client, f"/runs/{first}")
    assert "is being made" in tree.text_content()
    assert "broken.pdf" in tree.text_content()  # what is known at once
    assert tree.xpath("//*[@data-changing]//a[@href=$path]", path=f"/runs/{first}")
    deadline = time.monotonic() + RUN_SECONDS
    while page(client, f"/runs/{first}").xpath("//*[@data-changing]"):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_run_at_work_says_how_far_it_is(client, home, monkeypatch):
    beat = Beat(
        run="now", pid=os.getpid(), host="here", status="running", phase="working", done=12, total=59,
        document="b.pdf", started=AT, progressed=AT, at=AT, seconds=30.0, left=200.0,
    )  # fmt: skip
    (home / "heartbeat.json").write_text(beat.model_dump_json(), encoding="utf-8")
    with writing_locked(home):
        tree = page(client, "/runs")
        (live,) = tree.xpath("//*[@id='runs'][@data-changing]/article")
        assert "12 of 59 documents · about 3 minutes left" in " ".join(live.text_content().split())
        assert "b.pdf" in live.text_content()
        assert live.xpath("string(.//progress/@value)") == "12"
        assert live.xpath(".//a[@href='/runs']")  # without scripts it is asked for again by hand
        french = page(client, "/runs?lang=fr").text_content()
        assert "12 documents sur 59 · encore 3 minutes environ" in " ".join(french.split())
        client.cookies.clear()
    assert not page(client, "/runs").xpath("//main//article")


def test_the_report_of_a_run_is_a_file(client):
    (address,) = page(client, "/runs/last").xpath("//a[@download]/@href")
    answer = client.get(address)
    assert answer.headers["content-disposition"].startswith('attachment; filename="run-')
    report = html.fromstring(answer.text).text_content()
    assert "Changed papers" in report
    assert "broken.pdf" in report
    for address in ("/runs/nothing/report.html", "/runs/nothing", "/api/v1/runs/nothing"):
        assert client.get(address).status_code == 404


def test_a_run_in_french(client):
    text = page(client, "/runs/last?lang=fr").text_content()
    assert "Échecs" in text
    assert "obtenir une autre copie" in text
    client.cookies.clear()


def test_the_api_tells_of_a_run_with_some_of_its_documents(client):
    runs = client.get("/api/v1/runs").json()["runs"]
    assert [run["indexed"] for run in runs] == [1, 1]
    found = client.get(f"/api/v1/runs/{runs[0]['id']}").json()
    assert (found["run"], found["total"], len(found["documents"])) == (runs[0], 1, 1)
    assert [one["status"] for one in found["failures"]] == ["malformed"]
    rest = client.get("/api/v1/runs/last?offset=1").json()
    assert (rest["total"], rest["documents"]) == (1, [])


def test_the_status_page_says_what_needs_somebody_and_what_to_do(client):
    tree = page(client, "/status")
    text = tree.text_content()
    assert "Source: quiet" in text
    assert "never run over" in text
    assert tree.xpath("//nav//a[@href='/status'][@aria-current='page']")
    found = client.get("/api/v1/status").json()
    assert set(found) == {"ok", "lines", "versions"}
    assert {"name", "state", "since", "detail", "remedy"} == set(found["lines"][0])
    assert [one["name"] for one in found["lines"] if one["name"] != "disk" and one["detail"] not in text] == []


def test_what_asks_for_action_is_not_in_order(client, monkeypatch):
    backup = HealthLine(name="backup", detail="there was none so far", remedy="run customs-lens backup")
    disk = HealthLine(name="disk", detail="500 MiB are free")
    titles, versions = {}, dict.fromkeys(("program", "index", "state", "model", "encoder"), "1")
    for lines in ((backup, disk), (disk,)):
        found = Health(ok=True, lines=lines, versions=versions)
        monkeypatch.setattr(runs, "health", lambda *_, found=found, **__: found)
        tree = page(client, "/status")
        (banner,) = tree.xpath("//*[@role='status'][contains(@class, 'banner')]")
        titles[" ".join(banner.text_content().split())] = [
            (section.xpath("string(.//h2/text())").strip(), len(section.xpath(".//tbody/tr")))
            for section in tree.xpath("//section")[:-1]
        ]
    assert titles == {
        "○ One thing is not in use.": [("To be looked at", 1), ("In order", 1)],
        "All is in order.": [("In order", 1)],
    }


@pytest.mark.parametrize(
    ("addresses", "unrestricted"),
    [
        (("/runs", "/runs/last", "/runs/last/report.html", "/api/v1/runs", "/api/v1/runs/last"), 200),
        (("/status", "/api/v1/status"), 403),
    ],
)
def test_runs_are_for_administrators_and_keys_for_every_paper_the_status_for_those_alone(home, addresses, unrestricted):
    who = {"reader": ("reader", ["restricted"]), "admin": ("admin", []), "every": ("reader", None)}
    with with_keys(home, **who) as (client, headers):
        for address in addresses:
            codes = [client.get(address, headers=headers[name]).status_code for name in who]
            assert codes == [403, 200, unrestricted], address
        assert 'href="/runs"' not in client.get("/about", headers=headers["reader"]).text


@pytest.mark.parametrize("address", ["/status", "/api/v1/status", "/runs"])
def test_no_reason_names_a_paper_to_an_administrator_of_some_classes(home, address):
    unlisted = "1 part of it could not be listed"
    lack = Lack("incomplete", unlisted, f"{unlisted}: /srv/quiet/secret: no rights", "check its rights")
    damaged = NotWholeError("b.zip: is not whole: state.db: items quiet secret.pdf", "repair it")
    damaged.detail = "b.zip: is not whole: 1 documents, rows or blobs are damaged or gone"
    try:
        with noted_run(home, "quiet") as run, noted_run(home, BACKUP) as job:
            run.lack, job.failure = lack, damaged
        with with_keys(home, some=("admin", []), every="admin") as (client, headers):
            said = {name: client.get(address, headers=key).text for name, key in headers.items()}
    finally:
        shutil.rmtree(home / LAST_RUNS)
    assert unlisted in said["some"]
    assert "secret" not in said["some"]
    assert "secret" in said["every"]


def test_an_administrator_accepts_that_a_paper_fails(home, tmp_path):
    own_home = shutil.copytree(home, tmp_path / "home")
    reader, admin = keys_of(own_home, everything="reviewer", ada="admin").values()
    form = "//section[@id='failures']//form[@action='/runs/failures']"
    with asked(own_home) as client:
        seen = client.get("/runs", headers=reader)
        assert "broken.pdf" in seen.text
        assert not html.fromstring(seen.text).xpath(form)
        (accept,) = html.fromstring(client.get("/runs", headers=admin).text).xpath(form)
        assert client.post("/runs/failures", data=dict(accept.form_values()), headers=reader).status_code == 403
        done = client.post("/runs/failures", data=dict(accept.form_values()), headers=admin)
        assert (done.status_code, done.headers["location"]) == (303, "/runs#failures")
        tree = html.fromstring(client.get("/runs", headers=admin).text)
        assert "accepted by ada on 20" in tree.xpath("string(//section[@id='failures'])")
        (undo,) = tree.xpath(form)
        client.post("/runs/failures", data=dict(undo.form_values()), headers=admin)
        assert "accepted by" not in client.get("/runs", headers=admin).text
        assert client.post("/runs/failures", data={"document": "none"}, headers=admin).status_code == 404
    lines = [json.loads(line) for line in (own_home / "audit.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["act"] for line in lines] == ["failure accepted", "failure reopened"]
    assert {line["who"] for line in lines} == {"ada"}


def test_an_administrator_deletes_a_paper_that_was_added_and_cannot_be_read(own_home):
    folder = own_home / "uploads" / "2026-12-01"
    folder.mkdir(parents=True)
    paper, beside = folder / "setup.exe", folder / "setup.exe.meta.yaml"
    paper.write_bytes(b"MZ" + bytes(600))
    beside.write_text("access: public\n", encoding="utf-8")
    settings = load_settings(own_home)
    assert ingest(settings, [str(folder)]).failed == 1
    (failed,) = (one for one in failures(settings) if one.source.endswith("setup.exe"))
    (admin,) = keys_of(own_home, ada="admin").values()
    with asked(own_home) as client:
        text = client.get("/runs", headers={**admin, "Accept-Language": "fr"}).text
        assert "les fichiers de ce type ne sont pas lus" in text
        assert html.fromstring(text).xpath("//button[@value='delete']")
        asked_to = {"document": failed.document, "act": "delete"}
        done = client.post("/runs/failures", data=asked_to, headers=admin)
        assert done.status_code == 303, done.text
        assert "setup.exe" not in client.get("/runs", headers=admin).text
    assert not paper.exists()
    assert not beside.exists()


def test_a_paper_that_lies_elsewhere_is_not_deleted(home):
    (failed,) = (one for one in failures(load_settings(home)) if one.source.endswith("broken.pdf"))
    with pytest.raises(UsageError, match="delete it where it lies"):
        delete_added(load_settings(home), failed.document, "ada")
    assert failed in failures(load_settings(home))


class TestRunningNow:
    @pytest.fixture
    def sources(self, own_home, tmp_path):
        """The samples with two configured sources, one of which is not there."""
        papers = tmp_path / "new"
        papers.mkdir()
        (papers / "a.txt").write_text(PAPER.format(word="Veldia"), encoding="utf-8")
        source = "  - {{name: {name}, kind: folder, path: {path}, quiet_seconds: 0}}\n"
        rows = [source.format(name="new", path=papers), source.format(name="away", path=tmp_path / "nothing")]
        (own_home / "sources.yaml").write_text("sources:\n" + "".join(rows), encoding="utf-8")
        return own_home

    @staticmethod
    def rows(client):
        """The rows of the configured sources, by their names, when nothing is at work any more."""
        deadline = time.monotonic() + RUN_SECONDS
        while (tree := page(client, "/runs")).xpath("//*[@data-changing]"):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        return {row.xpath("string(./th)"): row for row in tree.xpath("//section[@id='sources']//tbody/tr")}

    @staticmethod
    def status_of_last_run(client):
        """The status of the last run over the source `new`, None before it is recorded."""
        time.sleep(0.2)
        return next(
            (one["status"] for one in client.get("/api/v1/runs").json()["runs"] if one["source"] == "new"), None
        )

    @pytest.mark.model
    def test_a_run_is_started_followed_and_done_and_what_went_wrong_stands_beside_its_source(self, sources):
        with asked(sources) as client:
            started = client.post("/runs/start", data={"source": "new"})
            assert (started.status_code, started.headers["location"]) == (303, "/runs")
            assert "A run is at work" in page(client, "/runs").text_content()
            client.post("/runs/start", data={"source": "new"})  # it is at work: no second one
            while (status := self.status_of_last_run(client)) != "done":
                assert status in (None, "running")
            ((child,),) = client.app.state.portal.source_runs._started.values()
            child._process.poll = lambda: None  # as long as the process takes to end
            tree = page(client, "/runs")
            assert not tree.xpath("//*[@data-changing]")
            assert "done" in self.rows(client)["new"].text_content()
            del child._process.poll
            assert "Run now" in self.rows(client)["new"].text_content()
            runs = [run for run in client.get("/api/v1/runs").json()["runs"] if run["source"] == "new"]
            assert [(run["status"], run["indexed"]) for run in runs] == [("done", 1)]
            client.post("/runs/start", data={"source": "away"})
            assert "check that the folder is there" in self.rows(client)["away"].text_content()
        lines = [json.loads(line) for line in (sources / "audit.jsonl").read_text(encoding="utf-8").splitlines()]
        assert [(line["act"], line["source"]) for line in lines] == [
            ("run started", one) for one in ("new", "new", "away")
        ]

    @pytest.mark.model
    def test_what_failed_is_tried_again(self, own_home, process, tmp_path):
        """Of a configured source and of none: the file was repaired, and is ingested."""
        places = {name: tmp_path / name for name in ("configured", "other")}
        for place in places.values():
            place.mkdir()
            (place / "[a] broken.txt").write_bytes(f"%PDF-1.7 of {place.name}".encode())
        source = f"sources:\n  - {{name: configured, kind: folder, path: {places['configured']}, quiet_seconds: 0}}\n"
        (own_home / "sources.yaml").write_text(source, encoding="utf-8")
        for words in (["sources", "run", "configured"], ["ingest", places["other"]]):
            assert process(*words, "--home", own_home).code == 1
        reader, admin = keys_of(own_home, everything="reviewer", ada="admin").values()
        forms = "//section[@id='failures']//form[@action='/runs/again']"
        with asked(own_home) as client:
            client.headers.update(admin)
            found = [dict(form.form_values()) for form in page(client, "/runs").xpath(forms)]
            assert len(found) == 2
            assert client.post("/runs/again", data=found[0], headers=reader).status_code == 403
            assert client.post("/runs/again", data={"document": "none"}).status_code == 404
            for place in places.values():
                (place / "[a] broken.txt").write_text(PAPER.format(word=place.name), encoding="utf-8")
            for form in found:
                assert client.post("/runs/again", data=form).headers["location"] == "/runs"
            assert "A run is at work" in page(client, "/runs").text_content()
            self.rows(client)
            assert not page(client, "/runs").xpath("//section[@id='failures']")

    def test_only_an_administrator_starts_one(self, sources):
        (headers,) = keys_of(sources, everything="reviewer").values()
        with asked(sources) as client:
            assert "Run now" not in client.get("/runs", headers=headers).text
            assert client.post("/runs/start", data={"source": "new"}, headers=headers).status_code == 403

    def test_it_ends_with_the_server(self, sources):
        with asked(sources) as client:
            assert client.post("/runs/start", data={"source": "elsewhere"}).status_code == 404
            client.post("/runs/start", data={"source": "new"})
            ((child,),) = client.app.state.portal.source_runs._started.values()
            assert child.is_running
        assert not child.is_running


@pytest.mark.parametrize("status", [*_REMEDIES, "other"])
def test_the_pages_and_the_command_line_know_the_same_remedies(home, status):
    template = environment_of("en", Names(load_settings(home))).get_template("run_report_parts.html")
    assert str(template.module.remedy_of(status)) == remedy(status)
