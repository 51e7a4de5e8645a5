import numpy as np

from extractors.maturity.found import FoundEvidence, surest


def found(modality, confidence, *, subject=None, dimension="data", start=0):
    return FoundEvidence(dimension, subject, confidence, start, start + 1, np.zeros(1, np.float32), modality)


def test_what_contradicts_surer_evidence_of_the_same_dimension_goes():
    has, lacks = found("achieved", 0.7), found("lacking", 0.9)
    assert surest([has, lacks]) == [lacks]


def test_a_sentence_that_names_nobody_may_speak_of_whom_another_names():
    for first, second in (("GH", None), (None, "GH")):
        has, lacks = found("achieved", 0.9, subject=first), found("lacking", 0.8, subject=second)
        assert surest([has, lacks]) == [has]


def test_two_that_are_named_may_be_said_to_differ():
    has, lacks = found("achieved", 0.8, subject="GH"), found("lacking", 0.9, subject="NG")
    assert surest([has, lacks]) == [lacks, has]


def test_dimensions_do_not_contradict_each_other():
    first, second = found("achieved", 0.8), found("lacking", 0.9, dimension="people")
    assert surest([first, second]) == [second, first]
