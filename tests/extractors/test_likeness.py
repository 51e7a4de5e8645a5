"""Whether two documents are versions of one paper, by their numbers and words."""

import pytest

from extractors.document import Block, Document
from extractors.likeness import Features, likeness

NUMBERS = [(1501 + 7 * n, 2031 - n % 9, 12 + n) for n in range(24)]
ENGLISH = "The tariff of line {0} is paid at the border by {2} offices from the year {1} on."
FRENCH = "Depuis l’année {1}, {2} bureaux de la frontière perçoivent le droit de la ligne {0}."


def document(form, numbers=NUMBERS, *, language="en", title="Seals", first=1, **more):
    blocks = [
        Block(id=n, kind="paragraph", number=f"{first + n}.", text=form.format(*row), **more)
        for n, row in enumerate(numbers)
    ]
    return Document(
        id=f"{id(blocks):016x}", key="k", sha256="0" * 64, source="file:///a", media_type="text/plain",
        language=language, title=title, blocks=tuple(blocks),
    )  # fmt: skip


def changed(every):
    """The numbers of the paper with each so manieth row another one."""
    return [(row[0] + 4000, row[1] - 50, row[2] + 90) if n % every == 0 else row for n, row in enumerate(NUMBERS)]


def test_a_translation_has_the_numbers_of_its_original():
    english, french = document(ENGLISH), document(FRENCH, language="fr", title="Scellés")
    assert likeness(english, french) == "72 of 72 numbers are the same, paragraph by paragraph"
    assert set(Features(english).marks) & set(Features(french).marks)


def test_another_edition_or_format_has_the_words_and_the_title():
    one, other = document(ENGLISH), document(ENGLISH, changed(24), first=1)
    assert likeness(one, other).endswith("of the words are the same, and the title")
    assert likeness(one, document(ENGLISH, title="Stamps")) is None
    assert set(Features(one).marks) & set(Features(other).marks)


@pytest.mark.parametrize(
    "other",
    [
        document(FRENCH, changed(4), language="fr"),
        document(FRENCH, NUMBERS[:12], language="fr"),
        document(FRENCH, first=70, language="fr"),
        document(FRENCH, language=None),
        document(ENGLISH, changed(2)),
        document("Line {0} of {1} is for {2} stamps, and other words say other things of them."),
    ],
    ids=["other numbers", "half of it", "other paragraphs", "no language", "a form filled in", "other words"],
)
def test_papers_of_a_kind_are_no_versions(other):
    assert likeness(document(ENGLISH), other) is None


def test_few_numbers_tell_nothing():
    assert likeness(document(ENGLISH, NUMBERS[:5]), document(FRENCH, NUMBERS[:5], language="fr")) is None


def test_numbers_of_one_page_and_another_format_are_the_same():
    spaced = document("Line {0} costs 1 500,25 of {1} for {2}.", language="fr")
    assert likeness(document("Line {0} costs 1,500.25 of {1} for {2}."), spaced)
