import pytest

from pipelines.viewing.sentence_pairs import sentence_pairs


def beside(left, right):
    return [(left[slice(*one.left)], right[slice(*one.right)]) for one in sentence_pairs(left, right)]


def test_a_sentence_stands_beside_its_translation():
    left = "A short one. This sentence is a good deal longer than the first one of all. The end."
    right = "Une courte. Cette phrase est nettement plus longue que la première de toutes. La fin."
    assert beside(left, right) == [
        ("A short one.", "Une courte."),
        (
            "This sentence is a good deal longer than the first one of all.",
            "Cette phrase est nettement plus longue que la première de toutes.",
        ),
        ("The end.", "La fin."),
    ]


def test_one_sentence_may_be_two_in_the_other_language():
    left = "The committee met in the spring of that year, and it adopted the plan. Nobody spoke."
    right = "Le comité s’est réuni au printemps. Il a alors adopté le plan sans débat. Personne n’a parlé."
    first, second = beside(left, right)
    assert first == (left[:70], right[:73])
    assert second == ("Nobody spoke.", "Personne n’a parlé.")


@pytest.mark.parametrize(("left", "right"), [("", "Un."), ("One.", ""), ("One.", "Un."), ("One. " * 100, "Un. " * 90)])
def test_what_cannot_be_parted_is_compared_as_a_whole(left, right):
    assert sentence_pairs(left, right) == [((0, len(left)), (0, len(right)))]


def test_every_sentence_stands_in_one_pair():
    left, right = "One. Two here. Three are here now. Four.", "Un. Deux ici. Trois."
    pairs = sentence_pairs(left, right)
    for side, text in (("left", left), ("right", right)):
        spans = [getattr(pair, side) for pair in pairs if any(getattr(pair, side))]
        assert spans == sorted(spans)
        assert "".join(text[start:end] for start, end in spans).replace(" ", "") == text.replace(" ", "")
