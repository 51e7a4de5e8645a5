"""What an answer says of its extent: what is close is counted, and a line stands where that ends."""

from portal.cli.search import print_hits


def said(capsys, close, *, last_close, first=0, **more):
    hits = [
        {
            "document": {"symbol": None, "title": f"paper {number}", "sessions": [], "twins": [], "id": "0" * 16}
            | dict.fromkeys(("body", "date", "language")),
            "close": is_close,
            "passages": [],
        }
        for number, is_close in enumerate(close, 1)
    ]
    result = {"query": "single window", "mode": "hybrid", "took_ms": 4.0, "passages": 31, "documents": 7}
    result |= {"hits": hits, "last_close": last_close, "has_words": True, "expanded": [], "about": [], "facets": {}}
    print_hits({**result, "hints": None, **more}, first=first)
    lines = capsys.readouterr().out.splitlines()
    return [line.strip("─ ") for line in lines if line.strip() and "id 0" not in line]


def test_what_is_close_is_counted(capsys):
    assert said(capsys, [True], last_close=1)[0] == "7 documents, 31 passages for “single window” (hybrid, 4 ms)"


def test_a_line_stands_where_what_is_close_ends(capsys):
    found = said(capsys, [True, False, True, False, False], last_close=3)[1:]
    assert found == ["1. paper 1", "2. paper 2  (less close)", "3. paper 3", "less close", "4. paper 4", "5. paper 5"]


def test_on_a_later_page_the_line_stands_where_it_falls(capsys):
    assert said(capsys, [False, True], last_close=12, first=10)[1:] == ["1. paper 1  (less close)", "2. paper 2"]
    assert said(capsys, [False], last_close=10, first=10)[1:] == ["less close", "1. paper 1"]
    assert said(capsys, [False], last_close=10, first=20)[1:] == ["1. paper 1"]


def test_where_no_passage_has_the_words_that_is_said_with_what_they_may_have_been(capsys):
    words = [
        {"text": "singel", "alone": 0, "without": 3, "suggestions": [{"text": "single", "documents": 3}]},
        {"text": "window", "alone": 3, "without": 0, "suggestions": []},
    ]
    hints = {"words": words, "filters": [], "query": "single window"}
    found = said(capsys, [False], last_close=0, has_words=False, hints=hints)[1:]
    assert found == [
        "No passage has these words.",
        "· singel: no document has it, without it 3 documents",
        "spelt otherwise: single (3 documents)",
        "Did you mean single window?",
        "less close",
        "1. paper 1",
    ]
