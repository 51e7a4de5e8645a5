"""What an answer says of its extent: what is close is counted, and a line stands where that ends."""

from extractors.document import Document
from index.query.suggestions import EmptyResultDiagnosis, Part, Suggestion
from index.results import Hit, SearchResult
from portal.cli.search import print_hits


def said(capsys, close, *, documents=7, first=0, **more):
    hits = tuple(
        Hit(
            document=Document(
                id="0" * 16, key="0", sha256="0" * 64, source="file:///x", media_type="text/plain", title=f"paper {one}"
            ),
            close=is_close,
            matching=int(is_close),
            score=1,
            passages=(),
        )
        for one, is_close in enumerate(close, 1)
    )
    result = SearchResult(
        query="single window",
        mode="hybrid",
        took_ms=4,
        passages=31,
        documents=documents,
        hits=hits,
        **more,
    )
    print_hits(result, {}, first=first)
    lines = capsys.readouterr().out.splitlines()
    return [line.strip("─ ") for line in lines if line.strip() and "id 0" not in line]


def test_what_is_close_is_counted(capsys):
    assert said(capsys, [True])[0] == "7 documents, 31 passages for “single window” (hybrid, 4 ms)"


def test_a_line_stands_where_what_is_close_ends(capsys):
    found = said(capsys, [True, True, False], documents=2)[1:]
    assert found == ["1. paper 1", "2. paper 2", "less close", "3. paper 3"]


def test_on_a_later_page_the_line_stands_where_it_falls(capsys):
    assert said(capsys, [True, False], documents=11, first=10)[1:] == ["1. paper 1", "less close", "2. paper 2"]
    assert said(capsys, [False], documents=10, first=10)[1:] == ["less close", "1. paper 1"]
    assert said(capsys, [False], documents=10, first=20)[1:] == ["1. paper 1"]


def test_where_no_passage_has_the_words_that_is_said_with_what_they_may_have_been(capsys):
    words = (
        Part(text="singel", alone=0, without=3, suggestions=(Suggestion(text="single", documents=3),)),
        Part(text="windwo", alone=0, without=0),
    )
    hints = EmptyResultDiagnosis(words=words, query="single window")
    found = said(capsys, [False], documents=0, has_words=False, hints=hints)[1:]
    assert found == [
        "No passage has these words.",
        "· singel: no document has it, without it 3 documents",
        "spelt otherwise: single (3 documents)",
        "· windwo: no document has it, without it 0 documents",
        "Did you mean single window?",
        "less close",
        "1. paper 1",
    ]
