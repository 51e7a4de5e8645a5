"""What a monitor wants to know of a home, as Prometheus reads it."""

import datetime as dt
import json
import re
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from configs.sources import SOURCES_FILE, load_sources
from configs.system.errors import UnavailableError
from pipelines.ingest.last_runs import BACKUP, DOCTOR, noted_run
from pipelines.ingest.source_runs import run_source
from pipelines.maintenance import metrics
from pipelines.maintenance.metrics import HomeMetrics
from pipelines.workspace import STATE
from tests.states import ledger_of

OPERATIONS = Path(__file__).resolve().parents[3] / "docs" / "operations.md"


def samples(settings):
    """What Prometheus reads of a home."""
    text = generate_latest(HomeMetrics(settings)).decode()
    return [sample for metric in text_string_to_metric_families(text) for sample in metric.samples]


def values(settings):
    """The values by name and labels, those in the order of their names."""
    return {
        (one.name.removeprefix("customs_lens_"), *(value for _, value in sorted(one.labels.items()))): one.value
        for one in samples(settings)
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
    assert found["failures", "read", report.failures[0].status] == 1
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


def configured(settings, **paths):
    settings.home.mkdir()
    sources = [{"name": name, "kind": "folder", "path": str(path), "quiet_seconds": 0} for name, path in paths.items()]
    (settings.home / SOURCES_FILE).write_text(json.dumps({"version": 1, "sources": sources}))
    return load_sources(settings.home)


def test_how_configured_sources_stand(warm, two_papers, settings):
    (config,) = configured(settings, ptc=two_papers)
    assert ("source_fresh", "ptc") not in values(settings)
    run_source(settings, config)
    found = values(settings)
    assert found["source_fresh", "ptc"] == 1
    assert found["source_items", "ptc"] == 2
    assert found["source_failed", "ptc"] == 1
    assert found["source_withdrawn", "ptc"] == 0
    assert found["source_new_timestamp_seconds", "ptc"] <= found["last_run_end_timestamp_seconds",]


def test_a_source_that_fails_is_not_hidden_by_one_that_does_not(warm, two_papers, settings):
    sources = configured(settings, away=two_papers / "nowhere", good=two_papers)
    for config in sources * 2:  # the first run over the good one is incomplete: a paper fails
        with suppress(UnavailableError):
            run_source(settings, config)
    (settings.home / STATE).write_bytes(b"nothing that SQLite knows" * 100)  # it is not asked
    found = values(settings)
    assert [found["source_last_run_status", "good", one] for one in ("done", "failed", "interrupted")] == [1, 0, 0]
    assert [found["source_last_run_status", "away", one] for one in ("done", "failed", "interrupted")] == [0, 1, 0]
    assert time.time() - 600 < found["source_last_success_timestamp_seconds", "good"] <= time.time()
    assert ("source_last_success_timestamp_seconds", "away") not in found


def test_an_interrupted_run_is_no_success_and_a_damaged_ledger_is_a_value_and_no_error(take_in, two_papers, settings):
    take_in()
    good = values(settings)["last_success_timestamp_seconds",]

    def progress(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take_in(force=True, progress=progress)
    found = values(settings)
    assert found["last_run_status", "interrupted"] == 1
    assert found["last_success_timestamp_seconds",] == good < found["last_run_end_timestamp_seconds",]
    (settings.home / STATE).write_bytes(b"nothing that SQLite knows" * 100)
    found = values(settings)
    assert found["home_readable",] == 0
    assert found["disk_free_bytes",] > 0


def test_the_portal_reads_them_once_a_minute(settings, monkeypatch):
    home = HomeMetrics(settings)
    before = generate_latest(home)
    with closing(ledger_of(settings.home)) as ledger, ledger.run("r1"):
        pass
    assert generate_latest(home) == before
    monkeypatch.setattr(metrics, "_FRESH_SECONDS", -1.0)
    assert b'customs_lens_last_run_status{status="done"} 1.0' in generate_latest(home)


def test_names_and_labels_are_those_of_the_documentation(warm, two_papers, settings):
    for config in configured(settings, ptc=two_papers) * 2:  # the first run is incomplete: a paper fails
        run_source(settings, config)
    for job in ("ptc", BACKUP, DOCTOR):
        with noted_run(settings.home, job) as note:
            note.certificate = dt.datetime.now(dt.UTC)
    section = OPERATIONS.read_text(encoding="utf-8").partition("\n## Metrics\n")[2].partition("\n## ")[0]
    names = (name for row in re.findall(r"^\| (`.*?`) \|", section, re.MULTILINE) for name in row.split(", "))
    documented = {name.strip("`").rstrip("}").partition("{")[::2] for name in names}
    found = {(one.name.removeprefix("customs_lens_"), ",".join(one.labels)) for one in samples(settings)}
    assert found == {(name, ",".join(sorted(filter(None, labels.split(","))))) for name, labels in documented}
