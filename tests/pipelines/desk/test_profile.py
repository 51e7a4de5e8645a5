"""Profiles: what they rest on."""

from configs.gazetteer import load_gazetteer
from pipelines.desk import profile
from pipelines.desk.sentences import Statement, best_first


def said(tag, modality, text, date, **more):
    values = {
        "dimension": "systems", "level": None, "status": "accepted", "confidence": 0.9, "citation": tag, "passage": tag,
        "document": tag, "symbol": None, "title": None, "body": "ptc", "sessions": (1,), "year": date[:4],
        "language": "en", "themes": (),
    }  # fmt: skip
    return Statement(tag=tag, modality=modality, text=text, date=date, **(values | more))


def test_a_profile_of_one_paper_with_few_statements_is_thin():
    def made(*documents):
        statements = [said(str(number), "achieved", "x", "2018", document=one) for number, one in enumerate(documents)]
        return profile._profile("SG", load_gazetteer(), statements, ["systems"])

    assert made(*"aaaa").is_thin
    assert not made(*"aaaaa").is_thin
    assert not made(*"ab").is_thin


def test_a_sentence_of_each_paper_stands_before_its_next_and_advice_last():
    found = [
        said("1", "achieved", "first of a", "2018", document="a", confidence=0.8),
        said("2", "achieved", "second of a", "2018", document="a", confidence=0.7),
        said("3", "planned", "first of a", "2018", document="a", confidence=0.6),
        said("4", "achieved", "of b", "2017", document="b", confidence=0.6),
        said("5", "recommended", "of c", "2019", document="c", confidence=0.9),
        said("6", "achieved", "judged, of b", "2017", document="b", confidence=0.5, is_judged=True),
    ]
    assert [one.tag for one in best_first(found)] == ["6", "1", "3", "5", "2", "4"]
    again = said("7", "achieved", "first of a", "2018", document="a", passage="1", confidence=0.4)
    assert [one.tag for one in best_first([*found, again], 3)] == ["6", "1", "7", "5"]
