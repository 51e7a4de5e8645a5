"""What is said of a paper, offered for its other language versions; and what the tagger missed, added."""

import pytest

from configs.system.errors import UsageError
from extractors.text.sentences import sentences_in
from index.filters import EVERY_CLASS
from pipelines.review import desk as review
from pipelines.review.judge import TagChange
from pipelines.review.named import judge_named
from pipelines.review.twins import same_for_twin, twin_offers
from tests.pipelines.review.conftest import DIMENSION, THEME

ENGLISH = "The legal basis was adopted. All agencies share their data through one window."
FRENCH = "La base juridique a été adoptée. Tous les services partagent leurs données par un guichet."
DOUBTFUL, SURE = (0.55, {}), (0.9, {})


def paragraph(text, *tags, number="46.", themes=()):
    return number, text, tags, themes


def judged(at, document, verdict="accept", change=None):
    name = document.passages[0].maturity[0].id
    return review.record_judgement(at, name, verdict, change=change)


def tags_of(at, document, place=0):
    found = at.engine.passage(document.passages[place].id, access_classes=EVERY_CLASS).maturity
    return [(one.dimension, one.level, one.status, one.by) for one in found]


@pytest.mark.parametrize(
    ("tags", "verdict", "change", "offered", "left"),
    [
        ([DOUBTFUL], "accept", None, "accept", (DIMENSION, "L3", "accepted", "ana")),
        ([SURE], "accept", None, "accept", (DIMENSION, "L3", "accepted", "ana")),
        ([(0.55, {"level": "L1"})], "accept", None, "set", (DIMENSION, "L3", "accepted", "ana")),
        ([DOUBTFUL], "set", TagChange(level="L2"), "set", (DIMENSION, "L2", "accepted", "ana")),
        ([], "accept", None, "add", (DIMENSION, "L3", "accepted", "ana")),
        ([DOUBTFUL], "reject", None, "reject", (DIMENSION, "L3", "rejected", "ana")),
    ],
)
def test_the_same_is_said_of_the_paragraph_of_the_twin(put_version, desk, tags, verdict, change, offered, left):
    english = put_version("en", [paragraph(ENGLISH, DOUBTFUL)])
    french = put_version("fr", [paragraph("Autre chose.", number="45"), paragraph(FRENCH, *tags, number="46")])
    with desk() as at:
        done = judged(at, english, verdict, change)
        (offer,) = twin_offers(at, done)
        assert (offer.action, offer.passage.id) == (offered, french.passages[1].id)
        same_for_twin(at, done.item, french.id)
        assert tags_of(at, french, 1) == [left]
        assert tags_of(at, french, 0) == []
        review.undo(at)
        assert tags_of(at, french, 1) != [left]
        assert tags_of(at, english)[0][3] == "ana"


def test_a_tag_is_added_on_the_sentence_in_the_same_place(put_version, desk):
    second = {"start": 29, "end": len(ENGLISH)}
    english = put_version("en", [("46.", ENGLISH, [], [])])
    french = put_version("fr", [paragraph(FRENCH)])
    with desk() as at:
        quote, change = ENGLISH[slice(*second.values())], TagChange(dimension=DIMENSION)
        (done,) = judge_named(at, "set", [english.passages[0].id], quote=quote, change=change)
        same_for_twin(at, done.item, french.id)
        (found,) = at.engine.passage(french.passages[0].id, access_classes=EVERY_CLASS).maturity
        assert FRENCH[found.start : found.end] == sentences_in(french.passages[0].text)[1]


def test_a_theme_is_offered_too(put_version, desk):
    english = put_version("en", [paragraph(ENGLISH, themes=[THEME])])
    french = put_version("fr", [paragraph(FRENCH)])
    with desk() as at:
        (item, *_) = review.upcoming(at)
        done = review.record_judgement(at, item.id, "accept")
        assert done.document == english.id
        same_for_twin(at, done.item, french.id)
        (theme,) = at.engine.passage(french.passages[0].id, access_classes=EVERY_CLASS).themes
        assert (theme.id, theme.status) == ("single-window", "accepted")


@pytest.mark.parametrize("case", ["judged", "other paragraph", "no twin", "restricted", "nothing to reject", "unsure"])
def test_nothing_is_offered_where_nothing_can_be_said(put_version, desk, case):
    english = put_version("en", [paragraph(ENGLISH, DOUBTFUL)])
    verdict = {"nothing to reject": "reject", "unsure": "unsure"}.get(case, "accept")
    french = None
    if case != "no twin":
        number = "47." if case == "other paragraph" else "46."
        tags = [] if case == "nothing to reject" else [DOUBTFUL]
        access = "restricted" if case == "restricted" else None
        french = put_version("fr", [paragraph(FRENCH, *tags, number=number)], access=access)
    held = frozenset({"public"}) if case == "restricted" else EVERY_CLASS
    with desk(held=held) as at:
        if case == "judged":
            judged(at, french)
        done = judged(at, english, verdict)
        assert twin_offers(at, done) == ()
        with pytest.raises(UsageError, match="can not be said"):
            same_for_twin(at, done.item, french.id if french else "x")


def test_what_was_added_counts_and_can_be_taken_back(put, desk):
    document = put([0.55])
    passage = document.passages[0]
    with desk() as at:
        change = TagChange(dimension="legal_framework", level="L2", modality="planned", subject="Kenya")
        judge_named(at, "set", [passage.id], quote="agencies share their data", change=change)
        judge_named(at, "set", [passage.id], theme="green-customs")
        assert ("legal_framework", "L2", "accepted", "ana") in tags_of(at, document)
        assert review.progress(at).today == 2
        review.undo(at)
        review.undo(at)
        found = at.engine.passage(passage.id, access_classes=EVERY_CLASS)
        assert (found.maturity, found.themes) == (passage.maturity, passage.themes)


@pytest.mark.parametrize(
    ("quote", "change", "words"),
    [
        ("not said there", {"dimension": "legal_framework"}, "not said there"),
        (None, {"dimension": "legal_framework"}, "give a quote"),
        ("agencies", {"level": "L1"}, "a dimension"),
        ("agencies", {"dimension": "weather"}, "no dimension weather"),
        ("agencies", {"dimension": "legal_framework", "level": "L9", "modality": "planned"}, "no level L9"),
        ("agencies", {"dimension": "legal_framework", "level": "L2"}, "a topic has no level"),
    ],
)
def test_what_cannot_be_added_is_refused(put, desk, quote, change, words):
    document = put([0.55])
    with desk() as at:
        with pytest.raises(UsageError, match=words):
            judge_named(at, "set", [document.passages[0].id], quote=quote, change=TagChange(**change))
        with pytest.raises(UsageError, match="no such tag"):
            judge_named(at, "accept", [document.passages[0].id])
        with pytest.raises(UsageError, match="no theme"):
            judge_named(at, "set", [document.passages[0].id], theme="weather")
        assert review.progress(at).today == 0


def test_nothing_is_added_to_a_paper_that_may_not_be_seen(put, desk):
    secret = put([0.55], access="restricted")
    with desk(held=frozenset({"public"})) as at, pytest.raises(UsageError, match="no such tag, theme or passage"):
        judge_named(at, "set", [secret.passages[0].id], theme="green-customs")
