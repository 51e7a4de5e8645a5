"""Divisions of text without layout: their numbers, the titles below them, the heads of groups above them."""

import pytest

from extractors.readers.divisions import find_divisions

BODY = "Each administration gives the other, on request, what it holds on the goods and on their route."


def headings(*paragraphs: str) -> list[tuple[str | None, str, int | None]]:
    return [(found.number, found.text, found.level) for found in find_divisions(paragraphs).values()]


def test_a_number_alone_takes_the_line_below_as_its_title():
    assert headings("Article 21", "Exchange of lists", BODY) == [("Article 21", "Exchange of lists", 4)]


@pytest.mark.parametrize(
    ("line", "number", "level"),
    [
        ("ANNEX VI", "ANNEX VI", 1), ("CHAPTER 3", "CHAPTER 3", 2), ("Section B", "Section B", 3),
        ("Artículo 4", "Artículo 4", 4), ("ARTICULO 4", "ARTICULO 4", 4), ("Chapitre premier", "Chapitre premier", 2),
        ("PART ONE", "PART ONE", 1), ("Article Two", "Article Two", 4),
    ],
)  # fmt: skip
def test_numbers_of_divisions(line, number, level):
    assert headings(line, BODY) == [(number, number, level)]


@pytest.mark.parametrize("title", ["Exchange of lists", "EXCHANGE OF LISTS", "Échange de listes", "Listes (annexe 2)"])
def test_titles_below_numbers(title):
    assert headings("ARTICLE 5", title, BODY)[0][1] == title


@pytest.mark.parametrize(
    "below",
    [
        BODY, "and of its Protocols", "1. The lists are exchanged", "(a) lists", "The lists are exchanged.",
        "Article 6", "- lists of goods", BODY.removesuffix(".") + " to its office of exit",
    ],
)  # fmt: skip
def test_what_is_no_title(below):
    assert headings("Article 5", below, BODY)[0] == ("Article 5", "Article 5", 4)


def test_a_number_and_its_title_on_one_line():
    assert headings("Article 7 - Exchange of lists", BODY) == [("Article 7", "Exchange of lists", 4)]


def test_what_begins_in_lower_case_below_a_number_goes_on_with_the_sentence():
    paragraphs = ("The lists are those that are named in", "Article 5", "of the Agreement and in its Protocols.")
    assert headings(*paragraphs) == []


def test_a_short_line_between_a_sentence_and_a_number_heads_what_follows():
    assert headings("Article 1", BODY, "Means of transport", "Article 2", BODY) == [
        ("Article 1", "Article 1", 4), (None, "Means of transport", 3), ("Article 2", "Article 2", 4),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "line", ["For the Government of the North", "(Article 1 as amended", "lists of goods", "P. Smith"]
)
def test_other_short_lines_above_a_number_are_text(line):
    before = "Signed in the capital" if line[0] in "FP" else BODY
    assert [heading[1] for heading in headings(before, line, "Article 2", BODY)] == ["Article 2"]


def test_a_title_is_shorter_than_the_lines_of_broken_text():
    broken = (
        "Article 3",
        "The lists that are exchanged between the administrations of the",
        "North and of the South are kept for five years by both of them",
    )
    assert headings(*broken) == [("Article 3", "Article 3", 4)]


def test_no_line_is_in_two_headings():
    lines = ("ANNEX I", "Lists", "Article 1", "Scope", BODY, "Means", "Article 2 Use", "X", "Article 3")
    found = find_divisions(lines)
    taken = [place + line for place, heading in found.items() for line in range(heading.lines)]
    assert sorted(set(taken)) == taken == [0, 1, 2, 3, 5, 6, 8][: len(taken)]
