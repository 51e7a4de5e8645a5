"""Judgements attach to any cut of a document into passages, and outrank the tags that they are about."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.document import MaturityTag, Passage
from extractors.judgements import AnchoredJudgement, PassageTexts, passage_of
from extractors.maturity.judgements import TagJudgement, is_by_person, tag_id, tags_as_judged

TEXT = "The window is open. It closes at six. The window is open. All files are paper.\nThe window is open."
PASSAGE = "d-0"


def judgement(action="accept", dimension="systems", *, number=1, judged=None, quote="x", offset=0, **fields):
    values = {"at": "2024-01-01T00:00:00Z", "author": "ana", "tag": "t", "document": "d", "model": "m"}
    values |= {"model_version": "1", "provenance": "derived", "statement": "s"} | fields
    return TagJudgement(
        id=number, action=action, quote=quote, offset=offset, judged=judged or dimension, dimension=dimension, **values
    )


def tag(dimension="systems", start=0, end=19, **fields):
    values = {"id": tag_id(PASSAGE, dimension, start), "model": "m", "model_version": "1", "provenance": "derived"}
    values |= {"confidence": 0.6, "status": "suggested", "statement": "s", "by": "customs-lens 1/1"} | fields
    return MaturityTag(dimension=dimension, start=start, end=end, **values)


def judged(tags, *placed):
    passage = Passage(id=PASSAGE, ordinal=0, text=TEXT, maturity=tuple(tags))
    return tags_as_judged(passage, placed)


def on(start, end, *arguments, **fields):
    return AnchoredJudgement(judgement(*arguments, **fields), 0, start, end)


def outline(tags):
    return sorted((one.dimension, one.status, one.by) for one in tags)


@st.composite
def cuts(draw):
    """The text cut into passages anywhere, with any white space where it was cut."""
    places = sorted(draw(st.sets(st.integers(1, len(TEXT) - 1), max_size=8)))
    pieces = [TEXT[start:end] for start, end in zip([0, *places], [*places, len(TEXT)], strict=True)]
    edge = st.sampled_from(["", " ", "\n", "\t "])
    return [draw(edge) + piece + draw(edge) for piece in pieces]


class TestPlaces:
    @given(cuts(), cuts(), st.data())
    def test_a_judgement_stays_on_its_words_whatever_the_cut(self, before, after, data):
        """The words are found again at the same place among equal ones; of cut words, the largest part."""
        number = data.draw(st.integers(0, len(before) - 1))
        start = data.draw(st.integers(0, len(before[number]) - 1))
        end = data.draw(st.integers(start + 1, len(before[number])))
        quote = before[number][start:end]
        old, new = PassageTexts(before), PassageTexts(after)
        placed = new.place(judgement(quote=quote, offset=old.offset(number, start)))
        if not quote.strip():
            assert placed is None
            return
        found = after[placed.passage][placed.start : placed.end]
        assert found == found.strip() != ""
        letters, wanted = "".join(found.split()), "".join(quote.split())
        skipped = new.offset(placed.passage, placed.start) - old.offset(number, start)
        assert skipped >= 0
        assert wanted[skipped : skipped + len(letters)] == letters
        assert len(letters) * len(after) >= len(wanted)

    @pytest.mark.parametrize(("offset", "start"), [(0, 0), (15, 0), (20, 38), (30, 38), (70, 79), (9999, 79)])
    def test_the_nearest_occurrence_is_taken(self, offset, start):
        placed = PassageTexts([TEXT]).place(judgement(quote="The window  is open.", offset=offset))
        assert (placed.start, TEXT[placed.start : placed.end]) == (start, "The window is open.")

    @pytest.mark.parametrize("quote", ["The door is open.", "", " \n"])
    def test_words_that_are_gone_leave_the_judgement_loose(self, quote):
        assert PassageTexts([TEXT]).place(judgement(quote=quote)) is None

    def test_a_document_without_text_has_no_places(self):
        assert PassageTexts([]).place(judgement(quote="a")) is None


class TestTags:
    def test_an_accepted_tag_is_accepted_as_it_was_seen(self):
        (one,) = judged([tag(level="L4")], on(0, 19, level="L3", modality="achieved"))
        assert (one.status, one.confidence, one.by) == ("accepted", 1.0, "ana")
        assert (one.level, one.modality, one.id) == ("L3", "achieved", "d-0:systems:0")

    def test_a_rejected_tag_is_rejected(self):
        (one,) = judged([tag(confidence=0.9, status="accepted")], on(0, 19, "reject"))
        assert (one.status, one.confidence, one.by, one.id) == ("rejected", 0.0, "ana", "d-0:systems:0")

    def test_a_tag_with_another_dimension_keeps_its_id_and_is_gone_from_the_old_one(self):
        tags = judged(
            [tag()], on(0, 19, "set", "law", judged="systems", level="L1", modality="planned", subject="Arvenia")
        )
        assert outline(tags) == [("law", "accepted", "ana")]
        assert (tags[0].id, tags[0].level, tags[0].subject) == ("d-0:systems:0", "L1", "Arvenia")

    def test_the_newest_judgement_counts(self):
        first, second = on(0, 19, "reject", number=1), on(0, 19, "accept", number=2, author="bo")
        for order in ([first, second], [second, first]):
            assert outline(judged([tag()], *order)) == [("systems", "accepted", "bo")]

    def test_a_tag_that_was_moved_and_then_rejected_is_nowhere_accepted(self):
        moved = on(0, 19, "set", "law", judged="systems", number=1)
        rejected = on(0, 19, "reject", "law", judged="systems", number=2)
        assert outline(judged([tag()], moved, rejected)) == [("law", "rejected", "ana")]

    def test_other_dimensions_and_other_words_are_left_alone(self):
        others = [tag("law"), tag("systems", 20, 37)]
        tags = judged([tag(), *others], on(0, 19, "reject"))
        assert outline(tags)[1:] == [("systems", "rejected", "ana"), ("systems", "suggested", "customs-lens 1/1")]
        assert {one.id for one in others} < {one.id for one in tags}

    def test_a_tag_is_made_where_the_tagger_has_none(self):
        (one,) = judged([], on(20, 37, "set", "law", level="L2"))
        assert (one.id, one.start, one.end, one.status) == ("d-0:law:20", 20, 37, "accepted")

    def test_evidence_of_nearly_the_same_words_is_the_same_tag(self):
        (one,) = judged([tag(start=0, end=37)], on(4, 19, "reject"))
        assert (one.status, one.start, one.end) == ("rejected", 4, 19)

    def test_a_tag_that_the_tagger_has_too_stands_once(self):
        tags = judged([tag(), tag("law")], on(0, 19, "set", "law", judged="systems"))
        assert outline(tags) == [("law", "accepted", "ana")]

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["accept", "reject", "set"]),
                st.sampled_from(["systems", "law", "people"]),
                st.sampled_from(["systems", "law", "people"]),
                st.integers(0, 30),
                st.integers(1, 30),
            ),
            max_size=8,
        )
    )
    def test_any_judgements_leave_tags_with_ids_of_their_own_and_one_a_dimension_on_the_same_words(self, given):
        placed = [
            on(start, start + length, action, dimension, judged=judged, number=number)
            for number, (action, dimension, judged, start, length) in enumerate(given, 1)
        ]
        tags = judged([tag(), tag("law", 20, 37)], *placed)
        assert len({one.id for one in tags}) == len(tags)
        if placed:
            newest = placed[-1].judgement
            decided = [one for one in tags if (one.dimension, one.start) == (newest.dimension, placed[-1].start)]
            assert [one.status for one in decided] == ["rejected" if newest.action == "reject" else "accepted"]


def test_names_of_people_and_of_the_tagger():
    assert is_by_person("ana")
    assert not is_by_person(tag().by)
    assert passage_of(tag().id) == PASSAGE
