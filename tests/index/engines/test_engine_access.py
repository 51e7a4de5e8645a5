"""A paper that a reader may not see is never counted, listed or hinted at."""

import re

import numpy as np
import pytest
from pydantic import ValidationError

from configs.system.errors import UsageError
from extractors.document import Reference
from index.filters import EVERY_CLASS, EVERYTHING, Filters, condition, parse_filters
from index.results import MatrixModel, SearchRequest
from index.search import QueryReading, search, similar

MEMBERS = frozenset({"members"})
MODEL = MatrixModel(id="m", provenance="derived", dimensions=("systems",), levels=("L1",))
OPEN, MINE, THEIRS = "file:///open", "file:///mine", "file:///theirs"


@pytest.fixture
def library(hold, make):
    """Three versions of one paper: for everybody, for members, and for others; the first cites two other papers."""

    def version(name, language, access=None, **more):
        text = f"customs windows {name}"
        tags, themes = [[make.tag("systems", "L1")]], [["single-window"]]
        symbol = ("PC", "0345", {"en": "E", "fr": "F", "es": "S"}[language], "1", "a")
        return make.paper(name, text, language=language, symbol=symbol, access=access, tags=tags, themes=themes, **more)

    references = (Reference(symbol="SP0001"), Reference(symbol="SP0002"))
    return hold(
        version("open", "en", references=references),
        version("mine", "fr", "members"),
        version("theirs", "es", "secretariat"),
        make.paper("cited", "customs", symbol=("SP", "0001", "E", "1", "a"), access="members"),
        make.paper("hidden", "customs", symbol=("SP", "0002", "E", "1", "a"), access="secretariat"),
    )


def test_filters_say_what_a_reader_may_see():
    with pytest.raises(ValidationError, match="access_classes"):
        Filters()
    with pytest.raises(ValidationError, match="filters"):
        SearchRequest(query="customs")


@pytest.mark.parametrize(
    ("held", "count"), [(frozenset(), 1), (MEMBERS, 3), (frozenset({"members", "secretariat"}), 5), (EVERY_CLASS, 5)]
)
@pytest.mark.parametrize("mode", ["text", "vector", "hybrid"])
@pytest.mark.parametrize("query", ["customs", ""])
def test_a_search_finds_and_counts_what_the_reader_may_see(library, held, count, mode, query):
    filters = Filters(access_classes=held)
    request = SearchRequest(query=query, mode=mode, filters=filters, facets=("language", "access"))
    found = library.search(request, np.ones(8, np.float32))
    assert found.passages == count
    assert sum(one.count for one in found.facets["language"]) == count
    classes = {one.value for one in found.facets["access"]}
    assert held == EVERY_CLASS or classes <= held


def test_the_best_version_is_one_that_the_reader_may_see(library):
    filters = Filters(access_classes=MEMBERS)
    for name, known in ((OPEN, True), (MINE, True), (THEIRS, False)):
        request = SearchRequest(query=name.rpartition("/")[2], mode="text", filters=filters)
        assert [hit.document.source for hit in library.search(request, None).hits] == [name] * known


def test_similar_passages_are_open_to_the_reader(library, make):
    cited, hidden = (make.paper(name).id + "-0" for name in ("cited", "hidden"))
    request = SearchRequest(filters=Filters(access_classes=MEMBERS))
    assert {hit.document.source for hit in library.similar(cited, request).hits} <= {OPEN, MINE}
    assert library.similar(hidden, SearchRequest(filters=EVERYTHING)).passages == 4
    with pytest.raises(UsageError, match="no passage"):
        library.similar(hidden, request)


@pytest.mark.parametrize("full", [True, False])
def test_a_document_is_not_there_for_who_may_not_see_it(library, make, full):
    for name in (THEIRS, make.paper("theirs").id, "PC0345S1a"):
        assert library.document(name, access_classes=EVERY_CLASS, full=full).source == THEIRS
        found = library.document(name, access_classes=MEMBERS, full=full)
        assert found is None or found.source != THEIRS
    assert library.document("SP0002", access_classes=MEMBERS, full=full) is None


@pytest.mark.parametrize("full", [True, False])
def test_the_links_of_a_document_lead_to_what_the_reader_may_see(library, make, full):
    document = library.document(OPEN, access_classes=MEMBERS, full=full)
    assert document.twins == (make.paper("mine").id,)
    assert [one.document for one in document.references] == [make.paper("cited").id, None]
    request = SearchRequest(query="open", mode="text", filters=Filters(access_classes=frozenset()))
    (hit,) = library.search(request, None).hits
    assert hit.document.twins == ()
    assert [one.document for one in hit.document.references] == [None, None]


def test_a_passage_is_not_there_for_who_may_not_see_it(library, make):
    name = make.paper("theirs").id + "-0"
    assert library.passage(name, access_classes=EVERY_CLASS).text == "customs windows theirs"
    assert library.passage(name, access_classes=MEMBERS) is None


def test_overviews_and_exports_leave_out_what_the_reader_may_not_see(library):
    filters = Filters(access_classes=MEMBERS)
    assert [document.source for document, _ in library.passages(filters)].count(THEIRS) == 0
    assert sum(len(passages) for _, passages in library.passages(filters)) == 3
    assert sum(cell.passages for cell in library.matrix(filters, MODEL).cells) == 2
    themes = library.themes(filters)
    assert (themes.total.passages, themes.themes[0].passages) == (3, 2)


@pytest.mark.parametrize(
    ("held", "seen"),
    [(frozenset(), {"open"}), (MEMBERS, {"open", "mine", "cited"})]
    + [(one, {"open", "mine", "theirs", "cited", "hidden"}) for one in (MEMBERS | {"secretariat"}, EVERY_CLASS)],
)
def test_documents_are_listed_that_the_reader_may_see(library, make, held, seen):
    found = dict(library.documents(access_classes=held))
    assert found == {make.paper(name).id: {"read": "1"} for name in seen}


def test_passages_are_read_as_they_are_asked_for_and_need_not_be_read_to_the_end(library):
    everything = Filters(access_classes=EVERY_CLASS)
    whole = [(document.id, len(passages)) for document, passages in library.passages(everything)]
    begun = library.passages(everything)
    first, _ = next(iter(begun))
    assert first.id == whole[0][0]
    del begun
    assert [(document.id, len(passages)) for document, passages in library.passages(everything)] == whole


@pytest.fixture
def scans(hold, make):
    """A paper with text, and scans without any: one for everybody, one in French, one for others."""

    def scan(name, language, access=None):
        symbol = ("SC", "0001", {"en": "E", "fr": "F", "es": "S"}[language], "1", "a")
        return make.paper(name, language=language, symbol=symbol, access=access)

    return hold(
        make.paper("text", "customs", language="fr"),
        scan("open", "en"),
        scan("mine", "fr", "members"),
        scan("theirs", "es", "secretariat"),
    )


@pytest.mark.parametrize(
    ("given", "held", "found"),
    [
        ((), EVERY_CLASS, {"text", "open", "mine", "theirs"}),
        ((), frozenset(), {"text", "open"}),
        (("language=fr",), MEMBERS, {"text", "mine"}),
        (("language=es",), MEMBERS, set()),
        (("symbol=SC0001", "language=en"), EVERY_CLASS, {"open"}),
        (("access=secretariat",), EVERY_CLASS, {"theirs"}),
        (("year=2014",), EVERY_CLASS, set()),
        (("theme=single-window",), EVERY_CLASS, set()),
        (("level=null",), EVERY_CLASS, set()),
    ],
)
def test_documents_without_text_are_left_by_filters_and_classes(scans, given, held, found):
    filters = parse_filters(given, access_classes=held)
    rows = list(scans.passages(filters, without_text=True))
    assert {document.source.rpartition("/")[2] for document, _ in rows} == found
    assert all(document.twins == () for document, _ in rows if held == frozenset())
    assert [document.source for document, passages in scans.passages(filters) if not passages] == []


def test_documents_without_text_meet_what_no_passage_may_be(scans):
    for field, value in (("theme", "single-window"), ("dimension", "systems"), ("theme.status", "suggested")):
        filters = Filters(access_classes=EVERY_CLASS, conditions=(condition(field, [value], negated=True),))
        assert len(list(scans.passages(filters, without_text=True))) == 4
    filters = Filters(access_classes=EVERY_CLASS, conditions=(condition("language", ["fr"], negated=True),))
    assert len(list(scans.passages(filters, without_text=True))) == 2


SEVERAL = {"open": None, "public": "public", "m": "members", "mr": "members+restricted", "u": "members+unknown"}


class TestAPaperThatSeveralNamesClose:
    """A reader needs every name; filter and facet have one value for each."""

    @pytest.fixture
    def several(self, hold, make):
        return hold(*(make.paper(name, f"customs {name}", access=access) for name, access in SEVERAL.items()))

    @staticmethod
    def found(engine, held, *filters):
        wanted = parse_filters(filters, access_classes=held)
        request = SearchRequest(query="customs", mode="text", filters=wanted, facets=("access",))
        answer = engine.search(request, None)
        names = {hit.document.source.rpartition("/")[2] for hit in answer.hits}
        assert answer.documents == len(names)
        return names, {one.value: one.count for one in answer.facets["access"]}

    @pytest.mark.parametrize(
        ("held", "expected"),
        [
            (frozenset(), {"open", "public"}),
            (frozenset({"restricted"}), {"open", "public"}),
            (frozenset({"members"}), {"open", "public", "m"}),
            (frozenset({"members", "restricted"}), {"open", "public", "m", "mr"}),
            (frozenset({"members", "restricted", "unknown"}), {"open", "public", "m", "mr"}),
            (EVERY_CLASS, set(SEVERAL)),
        ],
    )
    def test_is_for_who_holds_all_of_them(self, several, make, held, expected):
        assert self.found(several, held)[0] == expected
        ids = {make.paper(name).id: name for name in SEVERAL}
        assert {ids[name] for name, _ in several.documents(access_classes=held)} == expected
        for name in SEVERAL:
            paper = make.paper(name).id
            assert (several.document(paper, access_classes=held) is not None) == (name in expected)
            assert (several.passage(f"{paper}-0", access_classes=held) is not None) == (name in expected)

    def test_is_found_counted_and_excluded_by_each_name(self, several):
        _, counts = self.found(several, EVERY_CLASS)
        assert counts == {"members": 3, "restricted": 1, "unknown": 1, "public": 1}
        for name, count in counts.items():
            assert len(self.found(several, EVERY_CLASS, f"access={name}")[0]) == count
        assert self.found(several, EVERY_CLASS, "access=members")[0] == {"m", "mr", "u"}
        assert self.found(several, EVERY_CLASS, "access!=members")[0] == {"open", "public"}
        held = frozenset({"members", "restricted"})
        assert self.found(several, held)[1] == {"members": 2, "restricted": 1, "public": 1}

    def test_is_open_without_passages_to_the_same_readers(self, filled, hold, make):
        hold(make.paper("empty", access="members+restricted"))
        for held, count in ((frozenset({"members"}), 0), (frozenset({"members", "restricted"}), 1)):
            assert len(list(filled.passages(Filters(access_classes=held), without_text=True))) == count


def test_an_accent_that_only_a_hidden_paper_has_finds_nothing(hold, filled, make):
    """Where some paper has `simplifiée`, `simplifiee` stands for its term, too: that of `simplifier`."""
    hold(
        make.paper("open", "Simplifier la procédure", language="fr"),
        make.paper("theirs", "La procédure simplifiée", language="fr", access="secretariat"),
    )

    def found(held):
        request = SearchRequest(query="simplifiee", mode="text", filters=Filters(access_classes=held))
        return [hit.document.source for hit in filled.search(request, None).hits]

    assert found(frozenset()) == []
    assert found(frozenset({"secretariat"})) == ["file:///theirs", OPEN]


@pytest.mark.parametrize("mode", ["text", "vector", "hybrid"])
def test_scores_and_ranks_are_for_who_may_see_every_paper(library, mode):
    def found(held):
        filters = Filters(access_classes=held)
        request = SearchRequest(query="customs windows", mode=mode, filters=filters, explain=True)
        return search(library, request, lambda _: QueryReading(np.ones(8, np.float32)))

    shown, withheld = (found(held).hits[0] for held in (EVERY_CLASS, frozenset({"members", "secretariat"})))
    assert (withheld.score, withheld.passages[0].score) == (None, None)
    assert min(shown.score, shown.passages[0].score) > -1
    known, left = shown.passages[0].explain, withheld.passages[0].explain
    assert [bool(re.search(r":-?\d", one.model_dump_json())) for one in (known, left)] == [True, False]
    assert (left.words is None, left.meaning is None) == (known.words is None, known.meaning is None)
    if known.words:
        assert [one.text for one in left.words.words] == [one.text for one in known.words.words]


def test_similar_passages_have_no_score_for_others(library, make):
    for held, is_given in ((EVERY_CLASS, True), (MEMBERS, False)):
        request = SearchRequest(filters=Filters(access_classes=held))
        hits = similar(library, make.paper("open").id + "-0", request).hits
        assert hits
        assert all((one.score is not None) is is_given for hit in hits for one in (hit, *hit.passages))
