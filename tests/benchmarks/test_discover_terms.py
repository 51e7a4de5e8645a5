"""`python -m benchmarks.discover_terms`: phrases and names that are candidates, with examples, and exit codes."""

import pytest
import spacy

from benchmarks.discover_terms.__main__ import main
from configs.vocabulary import load_vocabulary
from tests.portal.conftest import run_here

PAPERS = {
    "one.txt": "The tamper sensor failed. A tamper sensor is small. The single window went live in 2021. "
    "The Republic of Kenya asked the Harbour Board.",
    "two.txt": "We bought a tamper sensor, and two tamper sensors more. Kenya told the Harbour Board of the "
    "Quay Office. The Republic of Kenya and the Republic of Kenya agreed.",
}


def discover(*arguments):
    return run_here(*arguments, command=main)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    for name, text in PAPERS.items():
        (folder / name).write_text(text)
    done = run_here(
        "ingest", *(folder / name for name in PAPERS), "--home", folder / "home", "--encoder", "all-MiniLM-L6-v2"
    )
    assert done.code == 0, done.err
    (folder / "home" / "settings.yaml").write_text("encoder: all-MiniLM-L6-v2\n")
    return folder / "home"


@pytest.mark.model
def test_terms_are_discovered_with_examples(home):
    (term,) = discover("--json", "--home", home).json
    assert (term["term"], term["language"], term["occurrences"], term["documents"]) == ("tamper sensor", "en", 4, 2)
    assert term["theme"] in {concept.id for concept in load_vocabulary("digital-customs").concepts}
    assert -1 <= term["similarity"] <= 1
    first, second = term["examples"]
    assert first["document"] != second["document"]
    assert "tamper sensor" in first["text"]
    assert {"symbol", "title", "passage", "pages", "paragraphs"} <= set(first)
    assert "1. tamper sensor (en)" in discover("--home", home).out


def test_terms_need_an_index(tmp_path):
    done = discover("--home", tmp_path / "home")
    assert (done.code, "no index" in done.line) == (3, True)


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory):
    made = spacy.blank("en")
    names = [("GPE", "Kenya"), ("GPE", "the Republic of Kenya"), ("ORG", "the Harbour Board"), ("ORG", "Quay Office")]
    made.add_pipe("entity_ruler").add_patterns([{"label": label, "pattern": text} for label, text in names])
    folder = tmp_path_factory.mktemp("pipelines") / "ruler"
    made.to_disk(folder)
    return folder


@pytest.mark.model
def test_names_of_a_pipeline_are_proposed_beside_the_terms(home, pipeline):
    found = discover("--names", pipeline, "--json", "--home", home).json
    assert set(found) == {"terms", "names"}
    assert [term["term"] for term in found["terms"]] == ["tamper sensor"]
    first, second = found["names"]
    assert (first["name"], first["language"], first["labels"]) == ("Harbour Board", "en", ["ORG"])
    assert (first["occurrences"], first["documents"], second["name"]) == (2, 2, "Quay Office")
    assert len({example["document"] for example in first["examples"]}) == 2
    assert all("Harbour Board" in example["text"] for example in first["examples"])
    printed = discover("--names", pipeline, "--home", home).out
    assert "1. Harbour Board (en, ORG), 2 times in 2 documents" in printed
    only_one = discover("--names", pipeline, "-k", 1, "--json", "--home", home).json
    assert [name["name"] for name in only_one["names"]] == ["Harbour Board"]


@pytest.mark.model
def test_a_pipeline_of_another_language_reads_nothing(home, tmp_path):
    made = spacy.blank("fr")
    made.add_pipe("entity_ruler").add_patterns([{"label": "ORG", "pattern": "Quay Office"}])
    made.to_disk(tmp_path / "french")
    found = discover("--names", tmp_path / "french", "--json", "--home", home).json
    assert found["names"] == []


def test_a_pipeline_that_is_not_there(tmp_path):
    done = discover("--names", "no_such_pipeline", "--home", tmp_path)
    assert (done.code, done.out) == (3, "")
    assert "no spaCy pipeline 'no_such_pipeline'" in done.line
    assert "install its package" in done.line


def test_a_folder_that_is_no_pipeline(tmp_path):
    done = discover("--names", tmp_path, "--home", tmp_path / "home")
    assert (done.code, done.out) == (2, "")
    assert f"{tmp_path} cannot be loaded as a spaCy pipeline" in done.line


def test_a_pipeline_that_finds_no_names(tmp_path):
    spacy.blank("en").to_disk(tmp_path / "blank")
    done = discover("--names", tmp_path / "blank", "--home", tmp_path / "home")
    assert (done.code, done.out) == (2, "")
    assert "no component that finds names" in done.line
