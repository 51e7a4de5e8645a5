import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.sentences import load_sentence_rules
from extractors.text.sentences import sentence_spans

RULES = load_sentence_rules()


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text, RULES)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It works. It is used.", ["It works.", "It is used."]),
        ("See Doc. PC9001E1a for details. It is short.", ["See Doc. PC9001E1a for details.", "It is short."]),
        ("Le no. 5 est joint. La réunion est close.", ["Le no. 5 est joint.", "La réunion est close."]),
        ("12. The Committee agreed. It adjourned.", ["12. The Committee agreed.", "It adjourned."]),
        ("Mr. J. Smith spoke. He left.", ["Mr. J. Smith spoke.", "He left."]),
        ("Rates rose by 4.5 per cent. Costs fell.", ["Rates rose by 4.5 per cent.", "Costs fell."]),
        ("He asked: “Is it ready?” The answer was no.", ["He asked: “Is it ready?”", "The answer was no."]),
        ("Fin de phrase. « Nouvelle phrase. »", ["Fin de phrase.", "« Nouvelle phrase. »"]),
        ("The answer is no. It was clear.", ["The answer is no.", "It was clear."]),
        ("one line\nanother line", ["one line", "another line"]),
        ("See Art. VII and ch. IV. The end.", ["See Art. VII and ch. IV.", "The end."]),
        ("Doc. No. PC9001E1a is new. It is short.", ["Doc. No. PC9001E1a is new.", "It is short."]),
        ("The answer is no. I agreed.", ["The answer is no.", "I agreed."]),
        ("The U.S. Customs service joined. It works.", ["The U.S. Customs service joined.", "It works."]),
        ("Le n° 5 est là (p. ex. Rés. 70). M. Durand part.", ["Le n° 5 est là (p. ex. Rés. 70).", "M. Durand part."]),
        ("Données, services, etc. Le Comité décide.", ["Données, services, etc.", "Le Comité décide."]),
        ("It uses XML, JSON, etc. and more.", ["It uses XML, JSON, etc. and more."]),
    ],
)
def test_sentences(text, expected):
    assert sentences(text) == expected


@given(st.text(alphabet=st.sampled_from("aB. !?…\n«»'’12éЯ")))
def test_spans_cover_every_visible_character_in_order(text):
    spans = sentence_spans(text, RULES)
    assert all(start < end for start, end in spans)
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(spans))
    covered = "".join(text[start:end] for start, end in spans)
    assert "".join(covered.split()) == "".join(text.split())
