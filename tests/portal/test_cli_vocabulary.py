"""`vocabulary` and `export vocabulary` on the command line."""

import csv
import io
import json

import pytest

ALPHA = (
    "id: mine\nversion: '1'\ntitle: {en: Mine}\nsource: a test\nconcepts:\n"
    "- {id: alpha, dimensions: [d], pref: {en: Alpha form}, alt: {en: [alpha forms]}}\n"
)


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(ALPHA)
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory, cli):
    folder = tmp_path_factory.mktemp("made")
    (folder / "one.txt").write_text("The single window went live in 2021.")
    done = cli("ingest", folder / "one.txt", "--home", folder / "home", "--encoder", "all-MiniLM-L6-v2")
    assert done.code == 0, done.err
    (folder / "home" / "settings.yaml").write_text("encoder: all-MiniLM-L6-v2\n")
    return folder / "home"


def test_a_doubtful_label_is_told_with_its_line(cli, own, tmp_path):
    done = cli("vocabulary", "check", own, "--home", tmp_path / "home")
    assert done.code == 0
    assert f"{own}:6: alpha: 'alpha forms' is a form of 'Alpha form'" in done.out
    found = cli("vocabulary", "check", own, "--json", "--home", tmp_path / "home").json
    assert (found["id"], found["concepts"], found["labels"], found["errors"]) == ("mine", 1, 2, [])
    (finding,) = found["findings"]
    assert (finding["kind"], finding["line"], finding["field"]) == ("duplicate", 6, "concepts.0.alt.en.0")


def test_every_error_of_a_broken_file_is_one_line(cli, own, tmp_path):
    own.write_text(ALPHA.replace("dimensions: [d], ", "colour: red, ").replace("id: mine", "id: My words"))
    done = cli("vocabulary", "check", own, "--home", tmp_path / "home")
    assert (done.code, done.out) == (2, "")
    lines = done.err.strip().splitlines()
    assert [line.split(": ")[0:2] for line in lines] == [
        [f"{own}:1", "id"],
        [f"{own}:6", "concepts.0.dimensions"],
        [f"{own}:6", "concepts.0.colour"],
    ]
    done = cli("vocabulary", "check", own, "--json", "--home", tmp_path / "home")
    assert [one["field"] for one in done.json["errors"]] == [line.split(": ")[1] for line in lines]
    assert done.code == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [("id: [", ["mine.yaml"]), ("id: a\nid: b\n", [":2", "id", "twice"]), (None, ["mine.yaml", "cannot be read"])],
)
def test_a_file_that_is_none(cli, own, tmp_path, content, words):
    own.unlink() if content is None else own.write_text(content)
    for arguments in (["vocabulary", "check", str(own)], ["export", "vocabulary"]):
        (tmp_path / "home").mkdir(exist_ok=True)
        (tmp_path / "home" / "settings.yaml").write_text(f"vocabulary: {own}\n")
        done = cli(*arguments, "--home", tmp_path / "home")
        assert done.code == (3 if content is None else 2)
        assert all(word in done.line for word in words), done.line


@pytest.mark.model
def test_labels_that_no_passage_has(cli, home):
    found = cli("vocabulary", "check", "--corpus", "--json", "--home", home).json
    missing = {(one["concept"], one["label"]) for one in found["findings"] if one["kind"] == "not_found"}
    assert ("biometrics", "Biometrics") in missing
    assert ("single-window", "Single Window") not in missing
    assert not any(one["language"] == "ru" for one in found["findings"])


@pytest.mark.slow
def test_out_and_in_again(cli, tmp_path):
    turtle = tmp_path / "themes.ttl"
    assert cli("vocabulary", "export", "--output", turtle, "--home", tmp_path / "home").code == 0
    assert cli("export", "vocabulary", "--format", "ttl", "--home", tmp_path / "home").out == turtle.read_text()
    done = cli("vocabulary", "import", turtle, "--json", "--home", tmp_path / "home")
    assert (done.json["id"], done.json["concepts"], done.json["notes"]) == ("digital-customs", 59, [])
    checked = cli("vocabulary", "check", done.json["file"], "--json", "--home", tmp_path / "home").json
    assert (checked["labels"], checked["findings"]) == (done.json["labels"], [])
    again = cli("vocabulary", "import", turtle, "--home", tmp_path / "home")
    assert (again.code, "exists already" in again.line) == (2, True)


def test_other_forms(cli, tmp_path):
    rows = list(csv.DictReader(io.StringIO(cli("export", "vocabulary", "--format", "csv", "--home", tmp_path).out)))
    wanted = {"concept": "single-window", "language": "fr", "kind": "pref", "label": "Guichet unique"}
    assert wanted.items() <= rows[1].items()
    lines = cli("export", "vocabulary", "--format", "jsonl", "--home", tmp_path).out.splitlines()
    assert json.loads(lines[0])["id"] == "single-window"
    assert len(lines) == 59
