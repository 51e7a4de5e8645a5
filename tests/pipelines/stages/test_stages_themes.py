"""Themes by meaning in the tag stage, from a hand-made scorer."""

import numpy as np
import pytest

from configs.settings import load_settings
from configs.vocabulary import load_vocabulary
from extractors.classifier.about import NamedThemesScorer
from extractors.document import Block, Document, Passage
from pipelines.ingest.processing import dump_passages, load_passages
from pipelines.stages import components, tagging
from tests.scorers import WordScorer

DOCUMENT = {"id": "a", "key": "a", "sha256": "0", "source": "file:///a", "media_type": "text/plain"}
VOCABULARY = load_vocabulary("digital-customs")
NAMES = {language: VOCABULARY.concept("paperless").name(language) for language in ("en", "fr")}
SCORER = WordScorer({"paper": ("paperless", 0.83), "talks": ("digital-divide", 0.6)})


@pytest.fixture
def tools(tmp_path):
    found = components.PipelineComponents(load_settings(tmp_path))
    found.__dict__["theme_scorer"] = SCORER
    return found


def document(*passages):
    made = (Passage(id=f"a-{n}", ordinal=n, **fields) for n, fields in enumerate(passages))
    return Document(**DOCUMENT, passages=tuple(made))


def tagged(tools, *passages):
    found = tagging.name_themes(document(*passages), tools)
    return tagging.add_about_themes(found, np.ones((len(passages), 3), np.float32), (), tools).passages


def rows(passage):
    return [(one.id, one.kind, one.label, one.confidence, one.status) for one in passage.themes]


def test_passages_get_what_they_are_about_beside_what_they_name(tools):
    first, second = tagged(
        tools,
        {"text": "The single window takes the place of paper and of talks.", "language": "en"},
        {"text": "Nothing else happened.", "language": "en"},
    )
    assert rows(first) == [
        ("single-window", "named", "Single Window", 1.0, None),
        ("paperless", "about", NAMES["en"], 0.83, "accepted"),
        ("digital-divide", "about", VOCABULARY.concept("digital-divide").name(), 0.6, "suggested"),
    ]
    assert first.themes[1].why == "it says paper"
    assert second.themes == ()
    assert SCORER.shapes[-1] == (2, 3)


@pytest.mark.parametrize(("language", "label"), [("fr", NAMES["fr"]), (None, NAMES["en"]), ("pt", NAMES["en"])])
def test_the_label_is_in_the_language_of_the_passage(tools, language, label):
    (passage,) = tagged(tools, {"text": "A paper.", "language": language})
    assert [one.label for one in passage.themes if one.kind == "about"] == [label]


def test_boilerplate_is_about_nothing(tools):
    (passage,) = tagged(tools, {"text": "All paper.", "language": "en", "boilerplate": "contents"})
    assert passage.themes == ()


def test_without_a_classifier_passages_are_perhaps_about_what_they_name(tools):
    tools.__dict__["theme_scorer"] = NamedThemesScorer()
    (passage,) = tagged(tools, {"text": "The single window is a single window.", "language": "en"})
    assert [(one.kind, one.status) for one in passage.themes] == [
        ("named", None),
        ("named", None),
        ("about", "suggested"),
    ]


def test_another_version_of_the_scorer_tags_again_and_reads_nothing_again(tools, tmp_path):
    other = components.PipelineComponents(load_settings(tmp_path))
    other.__dict__["theme_scorer"] = WordScorer({}, "other")
    changed = {name for name, version in other.versions.items() if version != tools.versions[name]}
    assert changed == {"tag"}


@pytest.mark.model
def test_the_tag_stage_keeps_both_kinds_and_tags_maturity_by_what_is_named(tools):
    text = "The single window went live in 2021 and took the place of paper."
    whole = Document(**DOCUMENT, language="en", blocks=(Block(id=0, kind="paragraph", text=text),))
    with_both, vectors = tagging.tag(whole, tools)
    alone = components.PipelineComponents(tools.settings)
    alone.__dict__ |= {"theme_scorer": NamedThemesScorer(), "encoder": tools.encoder, "node_scorer": tools.node_scorer}
    without, _ = tagging.tag(whole, alone)
    assert len(vectors) == 1
    assert [one.kind for one in with_both.passages[0].themes] == ["named", "about"]
    assert with_both.passages[0].maturity == without.passages[0].maturity
    assert load_passages(dump_passages(with_both.passages)) == with_both.passages
