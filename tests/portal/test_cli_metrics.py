"""`metrics`: what it prints and what it leaves for node-exporter."""

import pytest
from prometheus_client.parser import text_string_to_metric_families


@pytest.fixture
def empty(tmp_path):
    return tmp_path / "home"


def test_it_prints_what_prometheus_reads(cli, empty):
    done = cli("metrics", "--home", empty)
    assert (done.code, done.err) == (0, "")
    found = {metric.name: metric for metric in text_string_to_metric_families(done.out)}
    documents = {one.labels["outcome"]: one.value for one in found["customs_lens_documents"].samples}
    assert documents == {"indexed": 0, "duplicate": 0, "failed": 0}
    rows = cli("metrics", "--home", empty, "--json").json["metrics"]
    assert {tuple(row) for row in rows} == {("name", "labels", "value")}
    assert "customs_lens_home_readable" in {row["name"] for row in rows}


def test_it_writes_the_same_into_a_file_and_prints_nothing(cli, empty, tmp_path):
    file = tmp_path / "customs_lens.prom"
    file.write_text("old")
    done = cli("metrics", "--home", empty, "--file", file)
    assert (done.out, done.err) == ("", f"wrote {file}\n")
    assert file.read_text().startswith("# HELP customs_lens_home_readable ")
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_a_file_that_cannot_be_written_is_named(cli, empty, tmp_path):
    done = cli("metrics", "--home", empty, "--file", tmp_path / "none" / "x.prom")
    assert done.code == 3
    assert "x.prom" in done.line
