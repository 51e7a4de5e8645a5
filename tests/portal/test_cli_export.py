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
            assert {name: passage[name] for name in own.keys() & passage.keys()} == {
                name: own[name] for name in own.keys() & passage.keys()
            }


def test_as_many_documents_as_the_search_counts(cli, sample_home):
    found = cli("search", "", "--home", sample_home, "--mode", "text", "--filter", "theme=single-window", "--json").json
    lines = cli(
        "export", "passages", "--home", sample_home, "--format", "jsonl", "--filter", "theme=single-window"
    ).out.splitlines()
    assert len(lines) == found["passages"] > 0


def test_a_file_is_written_whole_and_named(cli, sample_home, tmp_path):
    file = tmp_path / "tags.xlsx"
    done = cli("export", "tags", "--home", sample_home, "--format", "xlsx", "--output", file, "--json")
    assert done.json == {
        "what": "tags",
        "file": str(file),
        "format": "xlsx",
        "rows": done.json["rows"],
        "truncated": False,
    }
    assert f"wrote {file} ({done.json['rows']} rows)" in done.err
    assert file.read_bytes()[:2] == b"PK"
    assert list(tmp_path.iterdir()) == [file]


def test_a_spreadsheet_needs_a_file(cli, sample_home):
    refused = cli("export", "tags", "--home", sample_home, "--format", "xlsx")
    assert (refused.code, refused.out) == (2, "")
    assert "--output" in refused.line


def test_a_wrong_filter_leaves_no_file(cli, sample_home, tmp_path):
    refused = cli("export", "tags", "--home", sample_home, "--filter", "colour=red", "--output", tmp_path / "t.csv")
    assert (refused.code, list(tmp_path.iterdir())) == (2, [])


def test_a_folder_that_is_not_there_is_named(cli, sample_home, tmp_path):
    refused = cli("export", "tags", "--home", sample_home, "--output", tmp_path / "none" / "t.csv")
    assert refused.code == 3
    assert "none" in refused.line
