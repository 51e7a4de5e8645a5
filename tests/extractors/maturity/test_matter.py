import numpy as np

from extractors.maturity.matter import ENOUGH, Matter
from extractors.maturity.words import Terms

OWN = ["The system sends electronic declarations.", "The declarations reach the system of the port."]
OTHER = ["The budget was approved by the Council.", "The Council elected a chair."]


def test_words_of_the_model_speak_for_its_matter_and_words_of_others_against_it():
    own, other, unknown = Matter(OWN, OTHER, Terms("en")).scores(
        ["An electronic system.", "The Council approves.", "Bananas ripen."]
    )
    assert own > 0 > other
    assert unknown == 0


def test_forms_of_a_word_are_one_word():
    scores = Matter(OWN, OTHER, Terms("en")).scores(["The declaration of a system", "The declarations of systems"])
    assert scores[0] == scores[1] > 0


def test_a_long_text_is_not_surer_to_be_of_the_matter_than_enough_words_make_it():
    matter = Matter(OWN, OTHER, Terms("en"))
    long, longer = matter.scores([" ".join(OWN), " ".join([*OWN, "electronic ports send declarations"])])
    assert long == longer


def test_of_texts_in_another_language_than_the_statements_words_tell_nothing():
    assert (Matter(OWN, OTHER, None).scores(OWN + OTHER) == ENOUGH).all()
    assert np.array_equal(Matter(OWN, [], Terms("en")).scores(OTHER), [ENOUGH, ENOUGH])
