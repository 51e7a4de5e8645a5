import pytest

from extractors.document import Block, Document
from pipelines.viewing.parallel import parallel


def document(language, *blocks):
    """A document of `(kind, number, text)`, or of texts, those that begin with a # of headings."""
    given = [one if isinstance(one, tuple) else KINDS[one[0] == "#"](one) for one in blocks]
    made = [Block(id=at, kind=kind, number=number, text=text) for at, (kind, number, text) in enumerate(given)]
    fields = {"id": language, "key": "k", "sha256": "", "source": f"file:///{language}", "media_type": "text/plain"}
    return Document(**fields, language=language, blocks=tuple(made))


KINDS = {False: lambda text: ("paragraph", None, text), True: lambda text: ("heading", None, text[1:])}


def rows(view):
    return [(pair.left.text if pair.left else None, pair.right.text if pair.right else None) for pair in view.pairs]


def numbered(number, text):
    return "paragraph", f"{number}.", text


def without(paper, number):
    kept = tuple(block for block in paper.blocks if block.number != number)
    return paper.model_copy(update={"blocks": kept})


@pytest.mark.parametrize("name", ["PC9001", "PC9004"])
def test_the_paragraphs_of_a_real_paper_stand_beside_their_twins(shown, name):
    left, right = shown(f"{name}E1a"), shown(f"{name}F1a")
    view = parallel(left, right)
    assert (view.left, view.right, view.languages) == (left.id, right.id, ("en", "fr"))
    both = [pair for pair in view.pairs if pair.left and pair.right]
    assert len(both) / len(view.pairs) > 0.9
    for pair in both:
        assert pair.left.kind == pair.right.kind
        if pair.number:
            assert pair.left.number == pair.right.number == f"{pair.number}."
            assert pair.left.passage.startswith(left.id)
    numbers = [pair.number for pair in view.pairs if pair.number]
    assert numbers == [block.number.rstrip(".") for block in left.blocks if block.number and block.kind == "paragraph"]


def test_every_block_of_both_stands_in_the_view_once_and_in_order(shown):
    left, right = shown("PC9001E1a"), without(shown("PC9001F1a"), "7.")
    view = parallel(left, right)
    for paper, side in ((left, "left"), (right, "right")):
        there = [getattr(pair, side).block for pair in view.pairs if getattr(pair, side)]
        assert there == [block.id for block in paper.blocks if block.kind not in ("header", "footer")]


def test_a_paragraph_that_one_version_lacks_stands_beside_a_gap(shown):
    view = parallel(shown("PC9001E1a"), without(shown("PC9001F1a"), "7."))
    (gap,) = [pair for pair in view.pairs if pair.right is None]
    assert (gap.number, gap.left.number, gap.left.missing) == ("7", "7.", ())
    assert [pair.number for pair in view.pairs if pair.left is None] == []


def test_what_a_real_twin_lacks_is_marked(shown):
    right = shown("PC9001F1a")
    changed = tuple(
        block.model_copy(update={"text": block.text.replace("87 Membres", "78 Membres")}) for block in right.blocks
    )
    view = parallel(shown("PC9001E1a"), right.model_copy(update={"blocks": changed}))
    pair = next(pair for pair in view.pairs if pair.number == "1")
    assert [one.surface for one in pair.left.missing] == ["87"]
    assert [one.surface for one in pair.right.missing] == ["78"]


def test_what_has_no_number_is_aligned_between_its_neighbours():
    left = document("en", numbered(1, "one"), "#First", "a", "b", numbered(2, "two"), "c")
    right = document("fr", numbered(1, "un"), "A", numbered(2, "deux"), "#Fin", "C")
    assert rows(parallel(left, right)) == [
        *(("one", "un"), ("First", None), ("a", "A"), ("b", None), ("two", "deux"), (None, "Fin"), ("c", "C"))
    ]


def test_headings_stand_beside_headings_with_the_same_figures():
    left = document("en", "#Article 4a", "#Portals", "#(Article 9)")
    right = document("fr", "#Section 1 ter", "#Article 4 bis", "#(article 9)")
    assert rows(parallel(left, right)) == [
        (None, "Section 1 ter"),
        ("Article 4a", "Article 4 bis"),
        ("Portals", None),
        ("(Article 9)", "(article 9)"),
    ]


def test_items_stand_beside_items_of_the_same_mark():
    left = document("en", numbered(1, "one"), ("item", "(a)", "a"), ("item", "(b)", "b"), ("item", "(c)", "c"))
    right = document("fr", numbered(1, "un"), ("item", "a)", "A"), ("item", "c)", "C"))
    assert rows(parallel(left, right)) == [("one", "un"), ("a", "A"), ("b", None), ("c", "C")]


def test_punctuation_printed_in_a_line_of_its_own_is_no_row():
    left = document("en", numbered(1, "one"), ("paragraph", None, "."), numbered(2, ";"), numbered(3, "three"))
    right = document("fr", numbered(1, "un"), ("paragraph", None, ";"), numbered(3, "trois"))
    assert rows(parallel(left, right)) == [("one", "un"), ("three", "trois")]


def test_what_was_put_in_later_has_a_letter_or_a_latin_word():
    left = document(
        "en", ("heading", "Article 5a", "Lists"), numbered(1, "one"), ("item", "1a.", "a"), numbered(2, "b")
    )
    right = document("fr", ("heading", "Article 5 bis", "Listes"), numbered(1, "un"), ("item", "1 bis.", "A"))
    assert rows(parallel(left, right)) == [("Lists", "Listes"), ("one", "un"), ("a", "A"), ("b", None)]


def test_numbers_that_begin_again_in_an_annex_stay_apart():
    body = [numbered(number, f"body {number}") for number in (1, 2, 3)]
    annex = [numbered(number, f"annex {number}") for number in (1, 2)]
    view = parallel(document("en", *body, *annex), document("fr", *body[:2], *annex))
    assert [pair.right is None for pair in view.pairs] == [False, False, True, False, False]
    assert all(pair.left.text == pair.right.text for pair in view.pairs if pair.right)


def test_a_paragraph_that_goes_on_in_another_block_is_compared_as_one_text():
    left = document("en", numbered(1, "They paid 5 euros."), "They shall pay 7 more.")
    right = document("fr", numbered(1, "Ils ont payé 5 euros. Ils doivent en payer 7 de plus."))
    pair = parallel(left, right).pairs[0]
    assert (pair.left.missing, pair.right.missing) == ((), ())


def test_modal_verbs_are_compared_only_where_both_languages_are_known():
    left, right = document("en", numbered(1, "They shall pay 5.")), document("ru", numbered(1, "Они платят."))
    assert [one.kind for one in parallel(left, right).pairs[0].left.missing] == ["number"]


def test_two_papers_with_nothing_in_common_are_all_gaps():
    left = document("en", *(numbered(number, "x") for number in range(1, 3000)))
    right = document("fr", *(numbered(number, "y") for number in range(5000, 8000)))
    view = parallel(left, right)
    assert all((pair.left is None) != (pair.right is None) for pair in view.pairs)
    assert len(view.pairs) == 5999


def test_a_chapter_of_one_version_is_a_chapter_of_the_other():
    left = document("en", ("heading", "CHAPTER I", "General"), ("heading", "Article 1", "Scope"))
    right = document("fr", ("heading", "CHAPITRE I", "Dispositions"), ("heading", "Article premier", "Objet"))
    assert rows(parallel(left, right)) == [("General", "Dispositions"), ("Scope", "Objet")]


def test_a_lone_sign_is_no_gap_and_neither_is_a_heading():
    left = document("en", numbered(1, "Ships"), ";", "#Ports")
    right = document("fr", numbered(1, "Navires"), numbered(2, "Avions"))
    assert [pair.is_gap for pair in parallel(left, right).pairs if not (pair.left and pair.right)].count(True) == 1


def test_a_number_printed_in_a_line_of_its_own_opens_the_paragraph_below_it():
    left = document("en", "‘18.", "“arrangement” means one", "(a) the end")
    right = document("fr", "«18. “dispositif”: un dispositif", "a) la fin")
    assert rows(parallel(left, right)) == [
        ("‘18. “arrangement” means one", "«18. “dispositif”: un dispositif"),
        ("(a) the end", "a) la fin"),
    ]


@pytest.mark.parametrize("turned", [False, True])
def test_beside_a_gap_stands_the_text_that_has_other_figures(turned):
    one = document("en", "Corrected by", "OJ L 103, 12.4.2019", "OJ L 7, 1.1.2020")
    other = document("fr", "Rectifié par", "JO L 257 du 23.9.2016", "JO L 103 du 12.4.2019", "JO L 7 du 1.1.2020")
    found = rows(parallel(*((other, one) if turned else (one, other))))
    expected = [
        ("Corrected by", "Rectifié par"),
        (None, "JO L 257 du 23.9.2016"),
        ("OJ L 103, 12.4.2019", "JO L 103 du 12.4.2019"),
        ("OJ L 7, 1.1.2020", "JO L 7 du 1.1.2020"),
    ]
    assert found == ([pair[::-1] for pair in expected] if turned else expected)


def test_a_paragraph_that_goes_on_beside_a_gap_keeps_its_beginning():
    one, other = document("en", "It met on 5 May"), document("fr", "La réunion eut lieu", "le 5 mai")
    assert rows(parallel(one, other)) == [("It met on 5 May", "La réunion eut lieu"), (None, "le 5 mai")]
