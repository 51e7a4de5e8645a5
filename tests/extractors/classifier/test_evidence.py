"""What may be evidence: one case for each kind of words."""

import pytest

from extractors.classifier.evidence import EvidenceRules
from extractors.document import Passage

FIELDS = "Name\nAddress\nTelephone\nDate of birth\nName of the ship and of its master\nSignature\nStamp"
PLAN = "The plan of the Customs administration is:\n(a) to open a portal."
BROKEN = "Ghana opened its portal for traders\nin the year 2019."
LIST = "The plan has two parts:\n(a) to open a portal for all traders;\n(b) to close the desks at the border."


@pytest.mark.parametrize(
    ("text", "sentence", "evidence"),
    [
        ("Ghana opened a portal for traders in 2019.", "Ghana opened a portal for traders in 2019.", True),
        ("The portal was opened.", "The portal was opened.", False),
        ("Opening of the Portal for Traders in Ghana", "Opening of the Portal for Traders in Ghana", False),
        ("Figure 3: how the portal is open to traders", "Figure 3: how the portal is open to traders", False),
        ("Ghana opened a portal for all of its traders", "Ghana opened a portal for all of its traders", True),
        (LIST, "(b) to close the desks at the border.", LIST),
        (LIST, "The plan has two parts:", False),
        (PLAN, PLAN.partition("\n")[0], PLAN),
        (f"{BROKEN} It grows.", BROKEN.partition("\n")[0], BROKEN),
        (FIELDS, "Name of the ship and of its master", False),
        ("Ghana\tportal open to all traders since 2019", "Ghana\tportal open to all traders since 2019", True),
    ],
)
def test_evidence_of_what_states_something(text, sentence, evidence):
    start = text.index(sentence)
    found = EvidenceRules(Passage(id="a-0", ordinal=0, text=text)).span_of((start, start + len(sentence)), states=True)
    wanted = {True: sentence, False: None}.get(evidence, evidence)
    assert (found and text[slice(*found)]) == wanted


@pytest.mark.parametrize(
    "text", ["Ghana\tportal open to all traders since 2019", "A portal open to all traders of Ghana"]
)
def test_a_row_and_a_line_without_a_full_stop_are_no_evidence_of_a_topic(text):
    assert EvidenceRules(Passage(id="a-0", ordinal=0, text=text)).span_of((0, len(text)), states=False) is None


def test_a_heading_is_no_evidence():
    text = "How the portal for traders is run"
    passage = Passage(id="a-0", ordinal=0, text=text, section=("2. How the portal for traders is run",))
    assert EvidenceRules(passage).span_of((0, len(text)), states=True) is None
