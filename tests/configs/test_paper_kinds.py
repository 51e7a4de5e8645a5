"""What a paper is, by its title, its file and the headings above a passage."""

import pytest

from configs.paper_kinds import PaperContext, load_paper_kinds


@pytest.mark.parametrize(
    ("title", "section", "source", "kind"),
    [
        ("Regulation (EU) No 1024/2012 on the Internal Market", "", "acts/32012r1024.xml", "act"),
        ("LOI PORTANT CODE DES DOUANES", "TITRE II", "customs/Code_Des_Douanes.pdf", "act"),
        ("Note on the meeting of 8 October 2001", "", "m35.txt", "minutes"),
        ("Trade Facilitation Strategic Action Plan", "Goals", "plan.pdf", "strategy"),
        ("Untitled", "", "folder/Letter_of_intent_2010.txt", "strategy"),
        ("Model Law on Electronic Transferable Records", "", "law.pdf", "model_law"),
        ("Annual results", "User manual > Logging in", "x.pdf", "guide"),
        ("Annual results", "", "x.pdf", "unknown"),
        (None, None, None, "unknown"),
    ],
)
def test_the_kind_is_that_of_title_or_file_and_else_of_the_headings(title, section, source, kind):
    assert load_paper_kinds().of(title, section, source).kind == kind


def test_words_of_the_field_tell_customs_papers_from_others_and_a_bare_text_tells_nothing():
    kinds = load_paper_kinds()
    assert kinds.of("Code des douanes", "", None).of_field is True
    assert kinds.of("Electronic signatures", "Trust services", None).of_field is False
    assert kinds.of(None, None, None) == PaperContext()
