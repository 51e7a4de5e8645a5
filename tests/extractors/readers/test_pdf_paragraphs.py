"""Words parted at line ends."""

from hypothesis import given
from hypothesis import strategies as st

from extractors.readers.pdf_lines import Line
from extractors.readers.pdf_paragraphs import joined_text

words = st.text("abcdefghijklmnopqrstuvwxyzéèñçабвгджз", min_size=4, max_size=14)


def line(text: str, *, hyphen: bool = False) -> Line:
    return Line(text, (0, 0, 100, 10), 0, 100, 8, 10, bold=False, angle=0, hyphen=hyphen)


@given(before=st.lists(words, max_size=4), word=words, after=st.lists(words, max_size=4), data=st.data())
def test_a_word_parted_anywhere_is_whole_again(before, word, after, data):
    place = data.draw(st.integers(1, len(word) - 1))
    sign = data.draw(st.sampled_from(["", "-", "\u00ad", "\u2010"]))  # PDFium drops it or keeps it
    lines = [
        line(" ".join([*before, word[:place] + sign]), hyphen=True),
        line(" ".join([word[place:], *after])),
    ]
    assert joined_text(lines) == " ".join([*before, word, *after])


@given(first=words, second=words)
def test_a_hyphen_that_the_document_writes_elsewhere_stays(first, second):
    lines = [line(f"{first}-", hyphen=True), line(second)]
    assert joined_text(lines, frozenset({f"{first}-{second}"})) == f"{first}-{second}"


@given(parts=st.lists(words, min_size=1, max_size=6))
def test_lines_without_hyphens_are_joined_by_spaces(parts):
    assert joined_text([line(part) for part in parts]) == " ".join(parts)
