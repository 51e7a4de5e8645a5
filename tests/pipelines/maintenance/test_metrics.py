"""What a monitor wants to know of a home, as Prometheus reads it."""

import json
import time
from contextlib import closing, suppress

import pytest

from configs.errors import UnavailableError
from configs.sources import SOURCES_FILE, load_sources
from pipelines.ingest.source_runs import run_source
from pipelines.maintenance import metrics
from pipelines.maintenance.metrics import HomeMetrics, home_metrics
from pipelines.maintenance.prometheus import Metric, Sample, exposition
from pipelines.storage.local_ledger import LocalLedger
from pipelines.workspace import LEDGER


def values(settings):
    """The values by name and labels."""
    return {
        (one.name, *sample.labels.values()): sample.value for one in home_metrics(settings) for sample in one.samples
    }


@pytest.fixture
def two_papers(papers):
    (papers / "good.txt").write_text("The single window serves all agencies.")
    (papers / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing")
    return papers


def test_a_home_that_is_not_there_yet_has_no_documents_and_no_run(settings):
    found = values(settings)
    assert found["documents", "indexed"] == 0
    assert found["home_readable",] == 1
    assert not any(name.startswith(("last_", "run_", "passages")) for name, *_ in found)
    assert not settings.home.exists()


def test_documents_failures_and_the_last_run(take_in, two_papers, settings):
    began = time.time()
    report = take_in()
    found = values(settings)
    assert found["documents", "indexed"] == found["documents", "failed"] == 1
    assert found["failures", report.failures[0].status, "read"] == 1
    assert found["passages",] == found["papers",] == 1
    assert found["last_run_status", "done"] == 1
    assert found["last_run_status", "interrupted"] == 0
    assert found["last_run_documents", "found"] == 2
    assert found["last_run_duration_seconds",] == report.seconds
    times = [found[f"{name}_timestamp_seconds",] for name in ("last_run_start", "last_indexed", "last_run_end")]
    assert int(began) <= times[0] <= times[1] <= times[2] == found["last_success_timestamp_seconds",]
    assert found["run_running",] == 0
    assert found["run_documents_done",] == found["run_documents",] == 2
    assert found["index_bytes",] > 0
    assert found["disk_free_bytes",] > 0


def test_a_document_that_failed_too_often_is_quarantined(take_in, two_papers, settings):
    for _ in range(settings.quarantine_after):
        assert values(settings)["quarantined",] == 0
        take_in(force=True)
    assert values(settings)["quarantined",] == 1


def test_how_configured_sources_stand(warm, two_papers, settings):
    settings.home.mkdir()
    source = {"name": "ptc", "kind": "folder", "path": str(two_papers), "quiet_seconds": 0}
    (settings.home / SOURCES_FILE).write_text(json.dumps({"version": 1, "sources": [source]}))
    assert ("source_fresh", "ptc") not in values(settings)
    (config,) = load_sources(settings.home)
    run_source(settings, config)
    found = values(settings)
    assert found["source_fresh", "ptc"] == 1
    assert found["source_items", "ptc"] == 2
    assert found["source_failed", "ptc"] == 1
    assert found["source_withdrawn", "ptc"] == 0
    assert found["source_new_timestamp_seconds", "ptc"] <= found["last_run_end_timestamp_seconds",]


def test_a_source_that_fails_is_not_hidden_by_one_that_does_not(warm, two_papers, settings):
    settings.home.mkdir()
    good = {"name": "good", "kind": "folder", "path": str(two_papers), "quiet_seconds": 0}
    away = good | {"name": "away", "path": str(two_papers / "nowhere")}
    (settings.home / SOURCES_FILE).write_text(json.dumps({"version": 1, "sources": [away, good]}))
    for config in load_sources(settings.home):
        with suppress(UnavailableError):
            run_source(settings, config)
    (settings.home / LEDGER).write_bytes(b"nothing that SQLite knows" * 100)  # it is not asked
    found = values(settings)
    assert [found["source_last_run_status", "good", one] for one in ("done", "failed", "interrupted")] == [1, 0, 0]
    assert [found["source_last_run_status", "away", one] for one in ("done", "failed", "interrupted")] == [0, 1, 0]
    assert time.time() - 600 < found["source_last_success_timestamp_seconds", "good"] <= time.time()
    assert ("source_last_success_timestamp_seconds", "away") not in found


def test_an_interrupted_run_is_the_last_and_no_success(take_in, two_papers, settings):
    take_in()
    good = values(settings)["last_success_timestamp_seconds",]

    def progress(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take_in(force=True, progress=progress)
    found = values(settings)
    assert found["last_run_status", "interrupted"] == 1
    assert found["last_success_timestamp_seconds",] == good < found["last_run_end_timestamp_seconds",]


def test_a_ledger_that_is_damaged_is_a_value_and_no_error(take_in, two_papers, settings):
    take_in()
    (settings.home / LEDGER).write_bytes(b"nothing that SQLite knows" * 100)
    found = values(settings)
    assert found["home_readable",] == 0
    assert found["disk_free_bytes",] > 0


def test_the_portal_reads_them_once_a_minute(settings, monkeypatch):
    home = HomeMetrics(settings)
    before = home.text()
    with closing(LocalLedger(_made(settings))) as ledger, ledger.run("r1"):
        pass
    assert home.text() == before
    monkeypatch.setattr(metrics, "_FRESH_SECONDS", -1.0)
    assert 'customs_lens_last_run_status{status="done"} 1' in home.text()


def _made(settings):
    settings.home.mkdir()
    return settings.home / LEDGER


def test_the_text_is_that_of_prometheus():
    found = [
        Metric("a_total", "What it counts.", (Sample(2, {"b": 'x"\\\ny'}), Sample(0.25)), "counter"),
        Metric("none", "Nothing.", ()),
    ]
    assert exposition(found).splitlines() == [
        "# HELP customs_lens_a_total What it counts.",
        "# TYPE customs_lens_a_total counter",
        'customs_lens_a_total{b="x\\"\\\\\\ny"} 2',
        "customs_lens_a_total 0.250",
    ]
