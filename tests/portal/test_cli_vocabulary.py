"""`vocabulary`, `export vocabulary` and `discover-terms` on the command line."""

import csv
import io
import json

import pytest
import spacy

from configs.vocabulary import load_vocabulary

ALPHA = (
    "id: mine\nversion: '1'\ntitle: {en: Mine}\nsource: a test\nconcepts:\n"
    "- {id: alpha, dimensions: [d], pref: {en: Alpha form}, alt: {en: [alpha forms]}}\n"
)
PAPERS = {
    "one.txt": "The tamper sensor failed. A tamper sensor is small. The single window went live in 2021. "
    "The Republic of Kenya asked the Harbour Board.",
    "two.txt": "We bought a tamper sensor, and two tamper sensors more. Kenya told the Harbour Board of the "
    "Quay Office. The Republic of Kenya and the Republic of Kenya agreed.",
}


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(ALPHA)
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory, cli):
    folder = tmp_path_factory.mktemp("made")
    for name, text in PAPERS.items():
        (folder / name).write_text(text)
    done = cli(
        "ingest", *(folder / name for name in PAPERS), "--home", folder / "home", "--encoder", "all-MiniLM-L6-v2"
    )
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
    assert (done.code, [one["field"] for one in done.json["errors"]]) == (
        2,
        ["id", "concepts.0.dimensions", "concepts.0.colour"],
    )


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
    assert {"concept": "single-window", "language": "fr", "kind": "pref", "label": "Guichet unique"}.items() <= rows[
        1
    ].items()
    lines = cli("export", "vocabulary", "--format", "jsonl", "--home", tmp_path).out.splitlines()
    assert json.loads(lines[0])["id"] == "single-window"
    assert len(lines) == 59


@pytest.mark.model
def test_terms_are_discovered_with_examples(cli, home):
    (term,) = cli("discover-terms", "--json", "--home", home).json
    assert (term["term"], term["language"], term["occurrences"], term["documents"]) == ("tamper sensor", "en", 4, 2)
    assert term["theme"] in {concept.id for concept in load_vocabulary("digital-customs").concepts}
    assert -1 <= term["similarity"] <= 1
    first, second = term["examples"]
    assert first["document"] != second["document"]
    assert "tamper sensor" in first["text"]
    assert {"symbol", "title", "passage", "pages", "paragraphs"} <= set(first)
    assert "1. tamper sensor (en)" in cli("discover-terms", "--home", home).out


def test_terms_need_an_index(cli, tmp_path):
    done = cli("discover-terms", "--home", tmp_path / "home")
    assert (done.code, "no index" in done.line) == (3, True)


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory):
    """A pipeline in a folder."""
    made = spacy.blank("en")
    names = [("GPE", "Kenya"), ("GPE", "the Republic of Kenya"), ("ORG", "the Harbour Board"), ("ORG", "Quay Office")]
    made.add_pipe("entity_ruler").add_patterns([{"label": label, "pattern": text} for label, text in names])
    folder = tmp_path_factory.mktemp("pipelines") / "ruler"
    made.to_disk(folder)
    return folder


@pytest.mark.model
def test_names_of_a_pipeline_are_proposed_beside_the_terms(cli, home, pipeline):
    found = cli("discover-terms", "--names", pipeline, "--json", "--home", home).json
    assert set(found) == {"terms", "names"}
    assert [term["term"] for term in found["terms"]] == ["tamper sensor"]
    first, second = found["names"]
    assert (first["name"], first["language"], first["labels"]) == ("Harbour Board", "en", ["ORG"])
    assert (first["occurrences"], first["documents"], second["name"]) == (2, 2, "Quay Office")
    assert len({example["document"] for example in first["examples"]}) == 2
    assert all("Harbour Board" in example["text"] for example in first["examples"])
    printed = cli("discover-terms", "--names", pipeline, "--home", home).out
    assert "1. Harbour Board (en, ORG), 2 times in 2 documents" in printed
    only_one = cli("discover-terms", "--names", pipeline, "-k", 1, "--json", "--home", home).json
    assert [name["name"] for name in only_one["names"]] == ["Harbour Board"]


@pytest.mark.model
def test_a_pipeline_of_another_language_reads_nothing(cli, home, tmp_path):
    made = spacy.blank("fr")
    made.add_pipe("entity_ruler").add_patterns([{"label": "ORG", "pattern": "Quay Office"}])
    made.to_disk(tmp_path / "french")
    found = cli("discover-terms", "--names", tmp_path / "french", "--json", "--home", home).json
    assert found["names"] == []


def test_a_pipeline_that_is_not_there(cli, tmp_path):
    done = cli("discover-terms", "--names", "no_such_pipeline", "--home", tmp_path)
    assert (done.code, done.out) == (3, "")
    assert "no spaCy pipeline 'no_such_pipeline'" in done.line
    assert "install its package" in done.line


def test_a_folder_that_is_no_pipeline(cli, tmp_path):
    done = cli("discover-terms", "--names", tmp_path, "--home", tmp_path / "home")
    assert (done.code, done.out) == (2, "")
    assert f"{tmp_path} cannot be loaded as a spaCy pipeline" in done.line


def test_a_pipeline_that_finds_no_names(cli, tmp_path):
    spacy.blank("en").to_disk(tmp_path / "blank")
    done = cli("discover-terms", "--names", tmp_path / "blank", "--home", tmp_path / "home")
    assert (done.code, done.out) == (2, "")
    assert "no component that finds names" in done.line
