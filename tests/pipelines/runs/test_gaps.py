from configs.bodies import load_bodies
from extractors.document import Document, Reference
from extractors.metadata import document_key, parse_symbol
from index.filters import EVERY_CLASS
from pipelines.runs.gaps import SeriesGap, absent_papers, missing_twins, series_gaps
from pipelines.runs.survey import survey


class Shelf:
    """What an engine gives of papers."""

    def __init__(self, papers):
        self._papers = papers

    def passages(self, filters, *, without_text):
        assert (filters.access_classes, without_text) == (EVERY_CLASS, True)
        yield from ((paper, ()) for paper in self._papers)


def paper(raw, *cites, language=None):
    """A paper by its symbol, with the symbols that it cites; those of `there` are in the collection."""
    symbol = parse_symbol(raw, load_bodies())
    fields = {"id": raw, "sha256": "1", "source": f"file:///{raw}.txt", "media_type": "text/plain", "body": "ptc"}
    fields |= {"key": document_key(symbol, load_bodies()), "symbol": symbol}
    fields |= {"language": language or {"E": "en", "F": "fr"}[symbol.language]}
    return Document(**fields, references=tuple(Reference(symbol=one) for one in cites))


def surveyed(*papers):
    return survey(Shelf(papers), (), access_classes=EVERY_CLASS)


def test_absent_papers_are_told_once_with_who_cites_them_the_most_cited_first():
    found, elsewhere = absent_papers(
        surveyed(
            paper("PC0001E1a", "PC0009E1a", "PC0002E1a"),
            paper("PC0001F1a", "PC0009F1a"),
            paper("PC0002E1a", "PC0009E1a", "PC0008E1a", "NC1234E1a"),
        )
    )
    assert [(one.symbol, one.citing, one.cited_by) for one in found] == [
        ("PC0009E1a", 2, ("PC0001E1a", "PC0002E1a")),
        ("PC0008E1a", 1, ("PC0002E1a",)),
    ]
    assert elsewhere == 1


def test_gaps_lie_between_known_numbers_and_long_stretches_are_none():
    numbers = (1, 2, 4, 8, 40, 41)
    (one,) = series_gaps(surveyed(*(paper(f"PC{number:04}E1a") for number in numbers)), most=10)
    assert (one.series, one.body, one.known, one.first, one.last) == ("PC", "ptc", 6, 1, 41)
    assert one.gaps == (SeriesGap(first=3, last=3), SeriesGap(first=5, last=7))
    assert (one.missing, one.stretches) == (4, 1)


def test_gaps_that_are_left_out_count():
    found = surveyed(*(paper(f"PC{number:04}E1a") for number in range(1, 21, 2)))
    (one,) = series_gaps(found, most=3)
    assert (len(one.gaps), one.missing) == (3, 9)


def test_a_series_of_few_papers_has_no_gaps():
    assert series_gaps(surveyed(*(paper(f"PC{number:04}E1a") for number in (1, 3, 5))), most=10) == ()


def test_versions_of_one_paper_are_one_number():
    papers = [paper(f"PC{number:04}{edition}") for number in (1, 2, 3) for edition in ("E1a", "E1b", "F1a")]
    assert series_gaps(surveyed(*papers, paper("PC0005E1a")), most=10)[0].known == 4


def test_a_paper_lacks_a_language_where_the_papers_of_its_body_come_in_both():
    both = [paper(f"PC{number:04}{language}1a") for number in (1, 2, 3) for language in "EF"]
    found = missing_twins(surveyed(*both, paper("PC0004E1a"), paper("PC0005F1a")))
    assert [(one.paper, one.has, one.lacks) for one in found] == [("PC0004E1a", "en", "fr"), ("PC0005F1a", "fr", "en")]


def test_no_paper_lacks_a_language_where_its_body_writes_in_one():
    assert missing_twins(surveyed(*(paper(f"PC{number:04}E1a") for number in range(9)), paper("PC0001F1a"))) == ()
