"""`export`: tables on standard output or in a file."""

import csv
import io
import json

import pytest

pytestmark = pytest.mark.model


@pytest.mark.parametrize("what", ["documents", "passages", "tags", "matrix"])
def test_csv_and_json_lines_have_the_same_rows(cli, sample_home, what):
    printed = cli("export", what, "--home", sample_home)
    rows = list(csv.DictReader(io.StringIO(printed.out, newline="")))
    lines = cli("export", what, "--home", sample_home, "--format", "jsonl").out.splitlines()
    assert len(rows) == len([json.loads(line) for line in lines]) > 10
    assert (printed.code, printed.err) == (0, "")


def test_a_passage_is_as_search_shows_it(cli, sample_home):
    lines = cli("export", "passages", "--home", sample_home, "--format", "jsonl").out.splitlines()
    exported = {one["id"]: one for one in map(json.loads, lines)}
    found = cli("search", "single window", "--home", sample_home, "--mode", "text", "--json").json
    assert found["hits"]
    for hit in found["hits"]:
        for passage in hit["passages"]:
            own = exported[passage["id"]]
            both = own.keys() & passage.keys()
            assert {name: passage[name] for name in both} == {name: own[name] for name in both}


def test_as_many_passages_as_the_search_counts(cli, sample_home):
    options = ("--home", sample_home, "--filter", "theme=single-window")
    found = cli("search", "", "--mode", "text", "--json", *options).json
    lines = cli("export", "passages", "--format", "jsonl", *options).out.splitlines()
    assert len(lines) == found["passages"] > 0


def test_a_file_is_written_whole_and_named(cli, sample_home, tmp_path):
    file = tmp_path / "tags.xlsx"
    done = cli("export", "tags", "--home", sample_home, "--format", "xlsx", "--output", file, "--json")
    rows = done.json["rows"]
    assert done.json == {"what": "tags", "file": str(file), "format": "xlsx", "rows": rows, "truncated": False}
    assert f"wrote {file} ({rows} rows)" in done.err
    assert file.read_bytes()[:2] == b"PK"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--format", "xlsx"), 2, "--output"),
        (("--filter", "colour=red", "--output", "t.csv"), 2, "colour"),
        (("--output", "none/t.csv"), 3, "none"),
    ],
)
def test_what_cannot_be_exported_is_refused_and_leaves_no_file(
    cli, sample_home, tmp_path, monkeypatch, arguments, code, words
):
    monkeypatch.chdir(tmp_path)
    refused = cli("export", "tags", "--home", sample_home, *arguments)
    assert (refused.code, refused.out, list(tmp_path.iterdir())) == (code, "", [])
    assert words in refused.line
