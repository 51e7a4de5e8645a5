"""Passages of a home that are unlike all that trained the classifier, with the dummy encoder."""

import pytest

from benchmarks.evaluate.understanding import unlike_papers
from configs.settings import load_settings
from configs.system.errors import UnavailableError
from index.filters import EVERY_CLASS
from pipelines.ingest.runs import ingest
from tests.dummy_encoder import fit_classifier


def test_what_is_unlike_the_training_passages_is_told_by_body_and_kind(tmp_path):
    settings = load_settings(tmp_path / "home")
    fit_classifier(settings)
    (tmp_path / "note.txt").write_text("The interconnection of single windows was tried at the border.\n\nNo Zeppelin.")
    ingest(settings, [str(tmp_path / "note.txt")])
    found = unlike_papers(settings, access_classes=EVERY_CLASS)
    (group,) = found.groups
    assert found.passages == group.passages > 0
    assert found.unlike == group.unlike > 0.5  # the dummy's vectors are not those that the classifier was trained on


def test_without_a_classifier_nothing_can_be_said_of_what_is_unlike_it(tmp_path):
    with pytest.raises(UnavailableError, match="there is no classifier"):
        unlike_papers(load_settings(tmp_path), access_classes=EVERY_CLASS)
