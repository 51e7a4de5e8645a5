"""Several workers on one source: one run lists it, and others do parts of its work, in processes of their own."""

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path

import pytest
from pydantic import SecretStr

from benchmarks.shared_run_kills import killed
from configs.settings import load_settings
from configs.sources import Deletions, FeedConfig, UrlPlace
from configs.system.errors import UsageError
from index.filters import EVERY_CLASS
from pipelines.ingest.batches import part_from_text
from pipelines.ingest.helping import help_runs
from pipelines.ingest.runs import ingest
from pipelines.ingest.session import IngestSession
from pipelines.ingest.source_runs import run_source
from pipelines.ingest.workers import HelperWorker
from pipelines.maintenance import health
from pipelines.search.service import reader
from pipelines.storage.opening import open_storage
from tests import postgresql
from tests.shelves import NAME, ROOT, Shelf, paper
from tests.states import die

pytestmark = [pytest.mark.elasticsearch, pytest.mark.postgresql, pytest.mark.slow]
CHECKOUT = Path(__file__).resolve().parents[3]
PAPERS, BATCH = 12, 4
CONFIG = FeedConfig(name=NAME, kind="feed", url=ROOT, body="ptc", deletions=Deletions(policy="delete"))
SECRET = "SECRET-4711"
SECONDS = 600

HELPER = """
import json, sys, time
from pathlib import Path
from configs.settings import load_settings
from pipelines.ingest import batches, helping, session
from tests.dummy_encoder import dummy_encoders

home, flags, cache, log, pause = json.load(sys.stdin)
end = session.IngestSession.process

def process(self, items, run, *more):
    found = end(self, items, run, *more)
    with Path(log).open("a") as noted:
        noted.writelines(f"{item.id}\\n" for item in items)
    time.sleep(pause)  # its documents are done, and nobody was told
    return found

session.IngestSession.process = process
with dummy_encoders(Path(cache)):
    print(helping.help_runs(load_settings(home, **flags)).model_dump_json())
"""


@pytest.fixture
def joint(settings, cluster, database, tmp_path):
    """The settings of a home that shares index, state and blobs with others."""
    fields = {
        "index": "elasticsearch",
        "elasticsearch": cluster,
        "database": SecretStr(database),
        "batch_documents": BATCH,
        "blobs": UrlPlace(url=f"file://{tmp_path}/blobs"),
        "workers": 1,
    }
    return settings.model_copy(update=fields)


class Helper:
    """A worker in a process of its own, on another home; it begins when a run calls for it."""

    def __init__(self, settings, cache, folder, pause):
        self.log = folder / "helper.log"
        flags = {
            "encoder": settings.encoder,
            "index": "elasticsearch",
            "workers": 1,
            "database": settings.database.get_secret_value(),
            "elasticsearch": json.loads(settings.elasticsearch.model_dump_json(exclude={"api_key"})),
            "blobs": settings.blobs.url,
        }
        self._given = json.dumps([str(folder / "other"), flags, str(cache), str(self.log), pause])
        self.process = None

    def start(self):
        environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
        command = [sys.executable, "-c", HELPER]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )
        self.process.stdin.write(self._given)
        self.process.stdin.close()

    @property
    def done(self):
        return self.log.read_text().split() if self.log.exists() else []

    def wait(self, count=1):
        end = time.monotonic() + SECONDS
        while len(self.done) < count:
            assert self.process.poll() is None, self.process.stderr.read()
            assert time.monotonic() < end, "the helper does nothing"
            time.sleep(0.05)

    def ended(self):
        """Return what it says it did."""
        out, err = self.process.stdout.read(), self.process.stderr.read()
        assert self.process.wait(SECONDS) == 0, err
        return json.loads(out)


@pytest.fixture
def helper(joint, dummy_cache, tmp_path):
    """A function that returns a worker which waits for so many seconds after each part; it is ended afterwards."""
    helpers = []

    def make(pause=0.0):
        helpers.append(Helper(joint, dummy_cache, tmp_path, pause))
        return helpers[-1]

    yield make
    for one in helpers:
        if one.process and one.process.poll() is None:
            one.process.kill()
            one.process.wait()


@pytest.fixture
def papers(papers):
    """Papers, one of them closed by its sidecar, with a copy, one that has a password beside it, and one that fails."""
    for number in range(PAPERS):
        (papers / f"{number:02}.txt").write_bytes(paper(number))
    (papers / "01.txt.meta.yaml").write_text("title: Report of the first meeting\naccess: members\n")
    (papers / "02.txt.meta.yaml").write_text(f"title: Report of the second meeting\npassword: {SECRET}\n")
    (papers / "copy.txt").write_bytes(paper(0))
    (papers / "empty.txt").touch()
    with zipfile.ZipFile(papers / "more.zip", "w") as archive:
        archive.writestr("inside.txt", paper(100))
    (papers / "more.zip.meta.yaml").write_text("access: secretariat\n")
    return papers


class Waiting:
    """Lets a run wait over its first batch until a helper has done something."""

    def __init__(self, helper, count=1, then=lambda: None):
        self.helper, self.count, self.then = helper, count, then

    def __call__(self, *_):
        if self.count:
            self.helper.wait(self.count)
            self.then()
        self.count = 0


def counts(report):
    values = report.model_dump(exclude={"run", "seconds", "failures"})
    return values, sorted((one.source, one.status, one.stage, one.error) for one in report.failures)


def shown(settings):
    """What readers see of each document: its source, its title, its body and its class."""
    with reader(settings) as engine:
        found = [
            engine.document(name, access_classes=EVERY_CLASS)
            for name, _ in engine.documents(access_classes=EVERY_CLASS)
        ]
    return sorted((one.source, one.title, one.body, one.access, one.sha256) for one in found)


def history(settings, run):
    with closing(open_storage(settings).open_ledger(write=False)) as ledger:
        return sorted((one.source, one.outcome, one.event) for one in ledger.run_documents(run))


def assert_as_of_one_worker(settings, report, tmp_path, bring_in, *, is_told=True):
    """Compare a home with one that a single worker filled; what a dead one did is not `is_told` as it would have."""
    alone = load_settings(tmp_path / "alone", encoder=settings.encoder, workers=1)
    one = bring_in(alone)
    assert counts(report) == counts(one)
    assert shown(settings) == shown(alone)
    found, wanted = history(settings, report.run), history(alone, one.run)
    assert found == wanted if is_told else [row[:2] for row in found] == [row[:2] for row in wanted]
    assert [check for check in health.checks(settings) if not check.ok] == []


def test_another_process_does_parts_of_a_run_and_all_is_as_of_one_worker(warm, joint, papers, helper, tmp_path):
    other = helper()
    report = ingest(joint, [str(papers)], progress=Waiting(other), call_helpers=other.start)
    helped = other.ended()
    assert 0 < helped["documents"] == len(other.done) < PAPERS
    assert_as_of_one_worker(joint, report, tmp_path, lambda alone: ingest(alone, [str(papers)]))
    assert ingest(joint, [str(papers)]).unchanged == report.indexed


def mail(*names):
    message = EmailMessage()
    message["Subject"], message["From"] = "Papers of the meeting", "secretariat@example.org"
    message.set_content("The single window of Arvenia was launched; the papers are attached.")
    for number, name in enumerate(names):
        message.add_attachment(paper(200 + number), maintype="text", subtype="plain", filename=name)
    return message.as_bytes()


class Dying:
    """A helper that takes the second part while the run does the first, commits it after the last, and dies then."""

    def __init__(self, settings, home):
        self._settings, self._part, self.documents = settings.model_copy(update={"home": home}), None, []

    def __call__(self, _, __, name):
        if self._part is None:
            others = HelperWorker(self._settings)
            self._session = IngestSession(self._settings, workers=others)
            self._part = others.shared_work.claim(others.shared_work.runs())
        elif name == "inside.txt" and not self.documents:
            items = part_from_text(self._part.batch)
            self._session._flush = self._session._engine.flush  # nothing follows what it committed
            self._session.process(items, self._part.run)
            self.documents = [item.source.name for item in items]
            die(self._session.ledger)
            self._session.close()


@pytest.mark.long
def test_what_follows_from_the_papers_of_a_dead_helper_is_done_by_the_run(warm, joint, papers, tmp_path):
    """An attachment is shown to nobody before its mail is read, by whichever worker."""
    (papers / "00a.eml").write_bytes(mail("attached.txt"))
    dying = Dying(joint, tmp_path / "other")
    report = ingest(joint, [str(papers)], progress=dying)
    assert dying.documents == ["00a.eml"]
    assert_as_of_one_worker(joint, report, tmp_path, lambda alone: ingest(alone, [str(papers)]), is_told=False)


def test_where_no_run_can_be_shared_nobody_helps(settings):
    with pytest.raises(UsageError, match="Elasticsearch and its state in PostgreSQL"):
        help_runs(settings)


@pytest.mark.long
def test_workers_and_their_server_are_killed_and_each_paper_is_there_once(elasticsearch_url, tmp_path):
    """As the benchmark of fifty kills: the third is that of the server."""
    with postgresql.Server() as server:
        found = killed(server, elasticsearch_url, tmp_path, 3, 24)
    assert found.problems == []
    assert found.kills.total() == 3
    assert found.kills["server"] == 1
    assert found.judgements > 0


@pytest.mark.long
def test_what_a_killed_helper_had_goes_back_to_a_source_run(warm, joint, helper, tmp_path):
    """It had done a part that it could not tell of: the run counts that from the rows of the documents."""
    items = {f"{number:02}.txt": paper(number) for number in range(PAPERS)} | {"copy.txt": paper(0)}
    other = helper(pause=SECONDS)

    def kill():
        elsewhere = joint.model_copy(update={"home": tmp_path / "third", "blobs": None})
        with pytest.raises(UsageError, match="keeps its papers at") as refused:
            help_runs(elsewhere)
        assert "CUSTOMS_LENS_BLOBS" in refused.value.remedy
        other.process.send_signal(signal.SIGKILL)
        other.process.wait()

    def bring_in(settings, **more):
        return run_source(settings, CONFIG, connector=Shelf(items), **more)

    report = bring_in(joint, progress=Waiting(other, then=kill), call_helpers=other.start)
    assert len(other.done) == 1
    assert_as_of_one_worker(joint, report, tmp_path, bring_in)
    assert bring_in(joint).unchanged == PAPERS
