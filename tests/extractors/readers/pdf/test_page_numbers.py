import pytest

from extractors.document import Block, Page
from extractors.readers.pdf.layout.furniture import with_printed_numbers


def labels(*feet, declared=None):
    """Return the labels of pages with these feet; None is a page without one."""
    pages = [Page(number=number, label=declared, width=600, height=800) for number in range(1, len(feet) + 1)]
    said = [(page, text) for page, text in enumerate(feet, start=1) if text is not None]
    blocks = [Block(id=page, page=page, kind="footer", text=text) for page, text in said]
    return [page.label for page in with_printed_numbers(pages, blocks)]


@pytest.mark.parametrize("foot", ["{}", "- {} -", "Page {} of 30", "{}/10", "Page | {}", "Share widely and freely. {}"])
def test_numbers_that_go_up_with_the_pages_are_theirs(foot):
    assert labels(*(foot.format(number) for number in range(9, 14))) == ["9", "10", "11", "12", "13"]


def test_a_number_that_stays_the_same_is_no_page_number():
    assert labels("2018-06", "2018-06", "2018-06") == [None, None, None]


def test_printed_numbers_outrank_declared_ones():
    assert labels("7", "8", "9", declared="x") == ["7", "8", "9"]
    assert labels("Draft", "Draft", "Draft", declared="x") == ["x", "x", "x"]


def test_a_page_without_a_number_has_that_between_its_neighbours():
    assert labels("3", None, "5", "6") == ["3", "4", "5", "6"]
    assert labels(None, "2", "3", "4") == [None, "2", "3", "4"]


def test_front_pages_are_numbered_in_roman_numerals():
    assert labels("i", "ii", "iii", "1", "2", "3") == ["i", "ii", "iii", "1", "2", "3"]


def test_two_pages_are_a_sequence_in_a_short_paper_alone():
    assert labels(None, "2", "3") == [None, "2", "3"]
    assert labels(None, "2", "3", None, None) == [None] * 5
