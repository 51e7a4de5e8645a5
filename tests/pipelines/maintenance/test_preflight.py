"""What a run needs on this machine: each finding, with a remedy where something is missing."""

import subprocess
import sys
import tempfile
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from configs.settings import load_settings
from configs.sources import FolderConfig
from configs.system.errors import UnavailableError
from pipelines.ingest import disk
from pipelines.ingest.runs import ingest
from pipelines.ingest.source_runs import run_source
from pipelines.maintenance import preflight
from tests.servers import PORT_OF_NOBODY
from tests.states import ledger_of

NEEDS = [
    *("home", "disk", "upgrade", "temporary folder", "memory", "state", "blobs", "clock", "text recognition"),
    *("prepared encoder", "elasticsearch", "prefect", "vocabulary", "maturity model", "bodies", "encoder"),
    "classifier",
]


@pytest.fixture(autouse=True)
def _no_prefect(monkeypatch):
    monkeypatch.delenv("PREFECT_API_URL", raising=False)


def found(settings):
    return {one.name: one for one in preflight.preflight(settings)}


def test_a_machine_that_has_what_a_run_needs(settings):
    findings = found(settings)
    assert list(findings) == NEEDS
    assert [one.name for one in findings.values() if not one.ok] == []
    assert not settings.home.exists()


def test_what_is_wrong_has_a_remedy(tmp_path):
    findings = found(load_settings(tmp_path, encoder="nosuch", disk_free_mib=1 << 20))
    wrong = {one.name: one.remedy for one in findings.values() if not one.ok}
    assert wrong.keys() == {"disk", "prepared encoder", "encoder", "classifier"}
    assert all(wrong.values())


def shared(home, **given):
    return found(load_settings(home, index="elasticsearch", **given))


def test_a_database_that_is_away_is_no_fault_of_the_clock(tmp_path):
    findings = shared(tmp_path, database=f"postgresql://lens:x@127.0.0.1:{PORT_OF_NOBODY}/lens")
    assert findings["clock"].ok
    assert not findings["database"].ok
    assert "'database' in settings.yaml" in findings["database"].remedy


def test_the_store_of_blobs_is_tried_and_nothing_stays_there(tmp_path):
    (tmp_path / "store").mkdir()
    assert shared(tmp_path, blobs=f"file://{tmp_path}/store")["blobs"].ok
    assert not [path for path in (tmp_path / "store").rglob("*") if path.is_file()]
    away = shared(tmp_path, blobs=f"webdav://127.0.0.1:{PORT_OF_NOBODY}/lens")["blobs"]
    assert not away.ok
    assert away.detail.startswith("webdav://")


class TestDisk:
    def test_too_little_space_ends_a_run_before_anything_is_read_and_a_dry_run_needs_none(self, settings, papers):
        (papers / "a.txt").write_text("The single window.")
        full = settings.model_copy(update={"disk_free_mib": disk.free_mib(papers) * 2})
        source = FolderConfig(name="ptc", kind="folder", path=papers)
        for run in (lambda: ingest(full, [str(papers / "not there")]), lambda: run_source(full, source)):
            with pytest.raises(UnavailableError, match="MiB are free on the disk, and a run is only begun") as refused:
                run()
            assert "disk_free_mib" in refused.value.remedy
            assert not settings.home.exists()
        assert ingest(full, [str(papers)], dry_run=True).found == 1

    def test_a_home_that_is_not_there_yet_lies_on_the_disk_above_it(self, tmp_path):
        assert disk.nearest(tmp_path / "a" / "b") == tmp_path


def test_a_home_that_cannot_be_written_is_named():
    findings = found(load_settings("/proc/home", encoder="all-MiniLM-L6-v2"))
    assert not findings["home"].ok
    assert "/proc" in findings["home"].detail


def test_a_temporary_folder_that_is_gone_is_named(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    finding = found(settings)["temporary folder"]
    assert not finding.ok
    assert str(tmp_path / "gone") in finding.detail


@pytest.mark.parametrize(("mib", "ok", "warns"), [(10_000, True, False), (900, True, True), (300, False, True)])
def test_memory(settings, monkeypatch, mib, ok, warns):
    monkeypatch.setattr(preflight, "available_mib", lambda: mib)
    finding = found(settings)["memory"]
    assert (finding.ok, finding.remedy is not None) == (ok, warns)


def test_the_memory_of_this_machine_is_known():
    assert 0 < preflight.available_mib() < 1 << 24


def test_a_clock_that_was_set_back_behind_the_last_run_is_a_fault(settings, clock):
    settings.home.mkdir()
    with closing(ledger_of(settings.home)) as ledger, ledger.run("r1"):
        pass
    assert found(settings)["clock"].ok
    clock.hours = -2
    finding = found(settings)["clock"]
    assert not finding.ok
    assert "when the last run was" in finding.detail


def test_text_recognition_that_is_off_is_a_warning(tmp_path):
    settings = load_settings(tmp_path, encoder="all-MiniLM-L6-v2", reading={"ocr": {"enabled": "off"}})
    finding = found(settings)["text recognition"]
    assert finding.ok
    assert "off" in finding.remedy


def test_a_cluster_that_does_not_answer_is_a_fault(settings):
    away = {"index": "elasticsearch", "elasticsearch": {"url": f"http://127.0.0.1:{PORT_OF_NOBODY}"}}
    finding = found(load_settings(settings.home, encoder="all-MiniLM-L6-v2", **away))["elasticsearch"]
    assert not finding.ok
    assert finding.remedy


class TestPrefect:
    @pytest.fixture
    def server(self):
        """A server that answers as Prefect's does to who asks for its health; returns its URL and what was asked."""
        asked = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append((self.path, self.headers["Authorization"]))
                self.send_response(status[0])
                self.end_headers()

            def log_message(self, *_):
                pass

        status = [200]
        serving = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"127.0.0.1:{serving.server_address[1]}/api", asked, status
        serving.shutdown()
        serving.server_close()
        thread.join()

    @pytest.mark.parametrize(("code", "ok"), [(200, True), (401, True), (404, False)])
    def test_a_server_that_answers(self, settings, monkeypatch, server, code, ok):
        where, asked, status = server
        status[0] = code
        monkeypatch.setenv("PREFECT_API_URL", f"http://{where}")
        assert found(settings)["prefect"].ok == ok
        assert asked == [("/api/health", None)]

    def test_one_that_does_not_is_named_without_its_password(self, settings, monkeypatch):
        monkeypatch.setenv("PREFECT_API_URL", f"http://me:s3same@127.0.0.1:{PORT_OF_NOBODY}/api")
        finding = found(settings)["prefect"]
        assert not finding.ok
        assert f"127.0.0.1:{PORT_OF_NOBODY}" in finding.detail
        assert "s3same" not in finding.model_dump_json()


def test_preflight_of_the_command_line(settings):
    code = "import sys; from portal.cli import main; main(sys.argv[1:])"
    command = [sys.executable, "-c", code, "doctor", "--preflight", "--home", str(settings.home), "--json"]
    done = subprocess.run([*command, "--encoder", "nosuch"], capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert '"name": "prepared encoder", "ok": false' in done.stdout
    both = subprocess.run([*command, "--repair"], capture_output=True, text=True, check=False)
    assert (both.returncode, both.stdout) == (2, "")
