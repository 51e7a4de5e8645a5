"""The forms of a citation, as texts and reference managers take them."""

import re

import pytest

from extractors.document import Document, Page, Passage, Place, Symbol
from pipelines.viewing.citation_forms import citation_forms, joined

URL = "https://lens.example.org/d/PC0345E1a/%C2%A746"


def paper(**more):
    given = {
        "symbol": Symbol(raw="PC0345E1a"),
        "title": "Costs & benefits of the\nsingle window",
        "body": "ptc",
        "kind": "working-document",
        "date": "2014-11-03",
        "language": "en",
        "pages": [Page(number=number, width=600, height=800) for number in range(1, 15)],
    }
    return Document(id="0123456789abcdef", key="k", sha256="", media_type="application/pdf",
                    source="file:///papers/Report.pdf", **(given | more))  # fmt: skip


@pytest.fixture
def passage():
    places = [Place(start=0, end=10, paragraph="46.", page=12), Place(start=10, end=20, paragraph="47.", page=13)]
    return Passage(id="d-0", ordinal=0, text="x" * 20, places=places)


def fields(record):
    """The tags of a record of RIS, read by the rules of the format: two characters, two spaces, a dash, a space."""
    lines = record.split("\r\n")
    assert lines.pop() == ""
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]  - .*", line) for line in lines)
    return {line[:2]: line[6:] for line in lines}


def test_one_passage_in_four_forms(passage):
    found = citation_forms(paper(), passage, (0, 5), url=URL)
    assert found.short == "PC0345E1a, § 46, p. 12"
    assert found.footnote == (
        "Permanent Technical Committee, “Costs & benefits of the single window”, PC0345E1a, 3 November 2014, "
        "§ 46, p. 12."
    )
    assert found.bibtex.splitlines()[0] == "@techreport{PC0345E1a,"
    assert "  title = {{Costs \\& benefits of the single window}},\n" in found.bibtex
    assert "  month = nov,\n" in found.bibtex
    assert f"  url = {{{URL}}},\n" in found.bibtex
    assert "  note = {§ 46, p. 12},\n" in found.bibtex
    tags = fields(found.ris)
    assert (tags["TY"], tags["SN"], tags["DA"]) == ("RPRT", "PC0345E1a", "2014/11/03")
    assert (tags["SP"], tags["EP"]) == ("12", "12")
    assert next(iter(tags)) == "TY"
    assert list(tags)[-1] == "ER"


def test_a_footnote_in_french():
    assert citation_forms(paper(), language="fr").footnote == (
        "Comité technique permanent, « Costs & benefits of the single window », PC0345E1a, 3 novembre 2014."
    )


def test_pages_of_a_passage_that_runs_over(passage):
    tags = fields(citation_forms(paper(), passage).ris)
    assert (tags["SP"], tags["EP"], tags["N1"]) == ("12", "13", "§§ 46–47, pp. 12–13")


@pytest.mark.parametrize(
    ("date", "footnote", "bibtex", "ris"),
    [
        ("2014", ", 2014.", ["  year = {2014},"], "2014//"),
        ("2014-05", ", May 2014.", ["  year = {2014},", "  month = may,"], "2014/05/"),
    ],
)
def test_a_date_is_as_precise_as_it_is_known(date, footnote, bibtex, ris):
    found = citation_forms(paper(date=date))
    assert found.footnote.endswith(footnote)
    assert [line for line in found.bibtex.splitlines() if line.startswith(("  year", "  month", "  day"))] == bibtex
    assert fields(found.ris)["DA"] == ris


def test_what_is_not_known_is_left_out():
    found = citation_forms(paper(symbol=None, title=None, body=None, kind=None, date=None, language=None))
    assert found.footnote == "“Report.pdf”."
    assert found.bibtex == "@misc{paper-0123456789abcdef,\n  title = {{Report.pdf}},\n}\n"
    assert fields(found.ris) == {"TY": "RPRT", "TI": "Report.pdf", "ER": ""}


def test_text_of_a_paper_stays_text_in_a_record():
    title = "50 % of {all} \\input{x} #1_a $5 ~^\r\nER  - \r\nTY  - BOOK"
    found = citation_forms(paper(title=title, body=None, body_name="Customs, Co-operation"))
    assert found.ris.count("\nER  - ") == 1
    assert fields(found.ris)["AU"] == "Customs Co-operation"
    written = "  title = {{50 \\% of \\{all\\} \\textbackslash{}input\\{x\\} \\#1\\_a \\$5 \\textasciitilde{}"
    assert written in found.bibtex


def test_a_file_of_records_has_an_empty_line_between_them():
    assert b"".join(joined(["a\n", "b\n"])) == b"a\n\nb\n"
