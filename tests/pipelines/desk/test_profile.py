"""Profiles: what they rest on."""

from configs.gazetteer import load_gazetteer
from pipelines.desk import profile
from pipelines.desk.sentences import Statement


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
