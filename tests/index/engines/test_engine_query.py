"""What a query matches beyond words: loose phrases, symbols in any spelling, ranges, the labels of themes."""

import itertools
import random

import pytest

from index.filters import EVERYTHING
from index.query.expansion import NamedTheme
from index.query.tree import Wording
from index.results import SearchRequest

WORDS = ("alpha", "bravo", "delta", "other", "the")
SYMBOL = ("PC", "0345", "E", "1", "a")


def marked(result):
    """The words that are marked in all hits."""
    return [one.text[start:end] for hit in result.hits for one in hit.passages for start, end in one.highlights]


def in_order(text, words, slop):
    """Whether words stand in a text in this order with so many others among them; any word may stand for "the"."""
    texts, asked = text.split(), [word for word in words if word != "the"]
    places = [[place for place, word in enumerate(texts) if word == one] for one in asked]
    return any(
        all(a < b for a, b in itertools.pairwise(row)) and row[-1] - row[0] < len(words) + slop
        for row in itertools.product(*places)
    )


@pytest.fixture(scope="session")
def texts():
    chance = random.Random(7)
    return [" ".join(chance.choices(WORDS, k=chance.randint(2, 9))) for _ in range(150)]


def test_a_loose_phrase_has_its_words_in_order_and_near(hold, names, make, texts):
    hold(*(make.paper(f"{place}", text) for place, text in enumerate(texts)))
    for phrase, slop in itertools.product(
        (
            "alpha bravo",
            "bravo alpha",
            "alpha bravo delta",
            "alpha the bravo",
            "alpha alpha",
            "alpha bravo alpha delta",
        ),
        (1, 2, 4),
    ):
        wanted = {str(place) for place, text in enumerate(texts) if in_order(text, phrase.split(), slop)}
        assert set(names(f'"{phrase}"~{slop}')) == wanted, (phrase, slop)


def test_a_loose_phrase_finds_inflections_and_marks_its_words(hold, ask, make):
    hold(make.paper("a", "Échanges électroniques de données", language="fr"), make.paper("b", "données échange"))
    assert marked(ask('"echange donnee"~2')) == ["Échanges", "données"]


@pytest.fixture
def cited(hold, make):
    """A paper in two versions, papers that cite it in several spellings, and one that does not."""
    hold(
        make.paper("cites-whole", "as said in Doc. PC0345E1a, paragraph 3"),
        make.paper("own-fr", "guichet", "unique", language="fr", symbol=("PC", "0345", "F", "1", "a")),
        make.paper("cites-apart", "see PC 0345 for this"),
        make.paper("own", "single", "window", symbol=SYMBOL),
        make.paper("cites-hyphen", "voir PC-0345F1", language="fr"),
        make.paper("no", "PC and the 0345 stand apart, PC03451 and SPC 0346 are others"),
    )


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("PC 0345", None),
        ("pc0345", None),
        ("pc0345e1a", "own"),
        ("Doc. PC0345E1a", "own"),
        ("PC-0345-F1a", "own-fr"),
        ("PC 0345 F 1 a", "own-fr"),
    ],
)
@pytest.mark.parametrize("mode", ["text", "hybrid"])
def test_a_symbol_finds_the_paper_first_and_then_those_that_cite_it(cited, names, query, first, mode):
    found = names(query, mode=mode)
    assert found[0] == first or (first is None and found[0] in ("own", "own-fr"))
    assert sorted(found[1:]) == ["cites-apart", "cites-hyphen", "cites-whole"]


def test_every_passage_of_the_paper_matches_its_symbol(cited, ask):
    found = ask("PC0345", passages=9)
    assert (found.documents, found.passages) == (4, 7)


def test_a_symbol_and_words_ask_for_the_words_in_the_paper_or_beside_a_citation(cited, names):
    assert names("+PC0345 +paragraph") == ["cites-whole"]
    assert names("+pc0345e1a +window") == ["own"]
    assert set(names("+see -PC0345")) == set()


@pytest.mark.parametrize(
    ("query", "raw"),
    [
        ("g/val/w/136", "G/VAL/W/136"),
        ("G/VAL/W/136/Rev.1", "G/VAL/W/136/Rev.1"),
        ("G/VAL/W/136 rev. 1", "G/VAL/W/136/Rev.1"),
        ("ex.cl/9(ii)", "EX.CL/9(II)"),
        ("wco/ptc/12", "WCO/PTC/12"),
        ("Doc. 42.020", "42.020"),
        ("42020", "42.020"),
    ],
)
def test_symbols_of_every_organisation_are_found(hold, names, make, query, raw):
    symbol = make.symbol(raw)
    hold(
        make.paper("cites", f"as in {raw}, which"), make.paper("own", "text", symbol=symbol), make.paper("no", "W 13 6")
    )
    assert names(query) == ["own", "cites"]


def test_citations_of_a_symbol_are_marked_in_every_spelling(cited, ask):
    assert set(marked(ask("PC0345"))) == {"PC0345E1a", "PC 0345", "0345F1"}


@pytest.mark.parametrize(
    ("query", "filters"),
    [
        ("year:2010..2015", ["year=2010..2015"]),
        ("year:..2012", ["year=..2012"]),
        ("date:2013-11..", ["date=2013-11.."]),
        ("date:2013", ["date=2013"]),
        ("date:2012-01..2013-11-05", ["date=2012-01..2013-11-05"]),
        ("session:200..210", ["session=200..210"]),
        ("year:2010 year:2014..", ["year=2010", "year=2014.."]),
        ("language:fr language:en body:ptc", ["language=fr", "language=en", "body=ptc"]),
        ('symbol:"pc 0345"', ["symbol=PC0345"]),
    ],
)
def test_a_range_in_the_query_is_the_range_of_the_filter(hold, names, make, query, filters):
    dates = ("2009-12-31", "2010-01-01", "2012-06-30", "2013-11-01", "2013-11-30", "2014-01-01", "2016-01-01")
    papers = []
    for place, date in enumerate(dates):
        more = {"sessions": (198 + 2 * place,), "body": ("ptc", "tc")[place % 2]}
        language = ("en", "fr", "es")[place % 3]
        symbol = SYMBOL if place == 3 else None
        papers.append(make.paper(date, "customs", date=make.date(date), language=language, symbol=symbol, **more))
    hold(*papers)
    wanted = names("customs", *filters)
    assert 0 < len(wanted) < len(dates)
    assert names(f"customs {query}") == names(query) == wanted or set(names(f"customs {query}")) == set(wanted)


LABELS = (
    Wording("en", "single window"),
    Wording("en", "single window environment"),
    Wording("fr", "guichet unique"),
    Wording("es", "ventanilla única"),
)
NEGATIVE = (Wording("fr", "guichet unique TVA"),)


def themes_in(text):
    for label in ("single window", "guichet unique"):
        if (start := text.lower().find(label)) >= 0:
            yield NamedTheme(start, start + len(label), "single-window", LABELS[:1], LABELS, NEGATIVE)


@pytest.fixture
def themed(filled, make):
    filled.hold(
        make.paper("en", "A Single Window for trade"),
        make.paper("fr", "Le guichet unique", "Guichets uniques douaniers", language="fr"),
        make.paper("es", "La ventanilla unica", language="es"),
        make.paper("vat", "Le guichet unique TVA", language="fr"),
        make.paper("apart", "A window and a single word"),
        make.paper("none", "paper"),
    )
    engine = filled.open(themes_in=themes_in)

    def find(query, **more):
        request = SearchRequest(filters=EVERYTHING, query=query, mode="text", **more)
        result = engine.search(request, None)
        return [hit.document.source.rpartition("/")[2] for hit in result.hits], result

    yield find
    engine.close()


def test_a_label_of_a_theme_finds_its_other_labels_behind_what_was_typed(themed):
    found, result = themed("single window")
    assert found[:2] in (["en", "apart"], ["apart", "en"])
    assert sorted(found[2:]) == ["es", "fr"]
    assert result.passages == 5
    found, _ = themed("guichet unique")
    assert set(found[:2]) == {"fr", "vat"}
    assert set(found[2:]) == {"en", "es"}


def test_an_answer_tells_what_was_expanded(themed):
    _, result = themed("the single window of trade")
    (one,) = result.expanded
    assert (one.text, one.theme, one.labels) == ("single window", "single-window", {"en": "single window"})


@pytest.mark.parametrize("query", ['"single window"', "+single +window", "single -window", "single OR window"])
def test_what_is_quoted_or_signed_is_taken_as_typed(themed, query):
    found, result = themed(query)
    assert not result.expanded
    assert not {"fr", "es"} & set(found)


def test_expansion_is_switched_off(themed):
    found, result = themed("single window", expand=False)
    assert set(found) == {"en", "apart"}
    assert not result.expanded


def test_other_labels_are_marked(themed):
    _, result = themed("single window")
    assert {"Single Window", "guichet unique", "Guichets uniques", "ventanilla unica"} <= set(marked(result))


def test_a_question_finds_papers_in_the_other_language_behind_those_in_its_own(hold, make, names):
    hold(
        make.paper("fr", "La qualité des marchandises", language="fr"),
        make.paper("en", "The quality of goods", language="en"),
        make.paper("es", "La calidad", language="es"),
    )
    assert names("the quality of goods") == ["en", "fr"]
    assert names("la qualité des marchandises") == ["fr", "en"]
    assert names("the quality of goods", expand=False) == ["en"]


def test_words_in_the_other_language_are_marked(hold, make, ask):
    hold(make.paper("fr", "La qualité des marchandises", language="fr"))
    assert marked(ask("the quality of goods")) == ["qualité", "marchandises"]
