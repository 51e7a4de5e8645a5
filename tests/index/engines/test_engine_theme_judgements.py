"""What people say of themes counts in every answer as soon as it is stored, and follows the words of its passage."""

import pytest

from extractors.judgements import PassageTexts
from extractors.maturity.judgements import TagJudgement
from extractors.themes.judgements import ThemeJudgement, theme_id
from index.filters import EVERY_CLASS, EVERYTHING, parse_filters
from index.ranking.theme_shares import QueryTheme
from index.results import SearchRequest

PAPERLESS, WINDOW = "paperless", "single-window"
TEXTS = ("The single window went live.", "Files are sent as data.")
VERSIONS = {"read": "1", "model": "m"}


@pytest.fixture
def store(engine, make):
    """Put a paper of which the first passage names a theme, and is perhaps about that one and another."""

    def put(name="a", texts=TEXTS, themes=None, **fields):
        suggested = [make.theme(one, "about", 0.6, "suggested", why="nearest") for one in (PAPERLESS, WINDOW)]
        document = make.paper(
            name, *texts, themes=[[make.theme(WINDOW, "named"), *suggested]] if themes is None else themes, **fields
        )
        engine.put(document, make.vectors(document), versions=VERSIONS)
        engine.flush()
        return document

    return put


def judgement(document, action="accept", theme=PAPERLESS, *, passage=0, **more):
    texts = PassageTexts([one.text for one in document.passages])
    values = {"at": "2024-01-01T00:00:00Z", "author": "ana", "label": "Label", "why": "seen"}
    quoted = document.passages[passage]
    values |= {"document": document.id, "quote": quoted.text, "offset": texts.offset(passage, 0)} | more
    return ThemeJudgement(action=action, tag=theme_id(quoted.id, theme), theme=theme, **values)


def count(engine, *given):
    request = SearchRequest(filters=parse_filters(given, access_classes=EVERY_CLASS), mode="text")
    return engine.search(request, None).passages


def facets(engine, *given):
    names = ("theme", "theme.named", "theme.status")
    request = SearchRequest(filters=parse_filters(given, access_classes=EVERY_CLASS), mode="text", facets=names)
    found = engine.search(request, None).facets
    return [{one.value: one.count for one in found[name]} for name in names]


def shown(engine, document, passage=0):
    found = engine.passage(document.passages[passage].id, access_classes=EVERY_CLASS).themes
    whole = engine.document(document.id, full=True, access_classes=EVERY_CLASS)
    assert whole.passages[passage].themes == found
    return [(one.id, one.kind, one.confidence, one.status) for one in found]


def test_an_accepted_theme_reaches_every_answer_of_an_open_reader_at_once(store, reader, judgements):
    document, open_before = store(), reader()
    sure = "theme.status=accepted"
    assert (count(open_before, "theme=paperless", sure), facets(open_before, sure)[0]) == (0, {})
    assert facets(open_before)[0] == {PAPERLESS: 1, WINDOW: 1}
    judgements.add([judgement(document)])
    for engine in (open_before, reader()):
        assert count(engine, "theme=paperless", sure) == 1
        assert count(engine, "theme=paperless", "theme.status=suggested") == 0
        assert count(engine, "theme=single-window", "theme.status=suggested") == 1
        assert facets(engine) == [{WINDOW: 1, PAPERLESS: 1}, {WINDOW: 1}, {"accepted": 1, "suggested": 1}]
        assert facets(engine, sure)[0] == {PAPERLESS: 1}
        assert [one.id for one in engine.themes(EVERYTHING).themes] == [PAPERLESS, WINDOW]
        assert shown(engine, document) == [
            (WINDOW, "named", 1.0, None),
            (PAPERLESS, "about", 1.0, "accepted"),
            (WINDOW, "about", 0.6, "suggested"),
        ]
        (hit,) = engine.search(
            SearchRequest(filters=parse_filters(["theme=paperless"], access_classes=EVERY_CLASS), mode="text"), None
        ).hits
        assert [one.why for one in hit.passages[0].themes if one.id == PAPERLESS] == ["seen"]


def test_a_rejected_theme_is_gone_named_or_not_until_it_is_accepted(store, reader, judgements):
    document = store()
    engine = reader()
    judgements.add([judgement(document, "reject"), judgement(document, "reject", WINDOW)])
    assert [count(engine, one) for one in ("theme=single-window", "theme.named=single-window")] == [0, 0]
    assert count(engine, "theme.status=suggested") == 0
    assert (facets(engine), engine.themes(EVERYTHING).themes, shown(engine, document)) == ([{}, {}, {}], (), [])
    judgements.add([judgement(document, "accept", WINDOW)])
    assert [count(engine, one) for one in ("theme=single-window", "theme.named=single-window")] == [1, 1]
    assert [one[:2] for one in shown(engine, document)] == [(WINDOW, "named"), (WINDOW, "about")]


def test_a_withdrawn_judgement_of_a_theme_was_never_given(store, reader, judgements):
    document, engine = store(), reader()
    before = shown(engine, document)
    judgements.add([judgement(document, "reject")])
    assert shown(engine, document) != before
    judgements.add([judgement(document, "withdraw")])
    assert shown(engine, document) == before


def test_a_theme_is_added_that_no_passage_had(store, reader, judgements):
    document = store("a")
    store("b", themes=[])
    judgements.add([judgement(document, "set", "green-customs", passage=1)])
    engine = reader()
    assert count(engine, "theme=green-customs") == 1
    assert shown(engine, document, 1) == [("green-customs", "about", 1.0, "accepted")]
    assert facets(engine)[0] == {WINDOW: 1, PAPERLESS: 1, "green-customs": 1}
    assert sorted(len(found) for _, found in engine.passages(EVERYTHING)) == [2, 2]


def test_passages_gain_by_the_themes_that_persons_left_them(store, reader, judgements, make):
    document, other = store("a"), store("b")
    judgements.add([judgement(document, "reject", WINDOW), judgement(document, "set", "green-customs", passage=1)])
    engine, vector = reader(), make.vectors(other)[0]

    def gains(theme):
        request = SearchRequest(
            filters=EVERYTHING, query=TEXTS[0], explain=True, themes=(QueryTheme(id=theme, confidence=1.0),)
        )
        passages = [passage for hit in engine.search(request, vector).hits for passage in hit.passages]
        return {passage.id for passage in passages if passage.explain.fused.themes}

    assert gains(WINDOW) == {other.passages[0].id}
    assert gains("green-customs") == {document.passages[1].id}


def test_other_passages_and_papers_keep_their_themes(store, reader, judgements):
    document, other = store("a"), store("b")
    judgements.add([judgement(document, "reject", WINDOW)])
    engine = reader()
    assert count(engine, "theme=single-window") == 1
    assert [one[0] for one in shown(engine, other)] == [WINDOW, PAPERLESS, WINDOW]


def test_a_judgement_stays_with_its_words_in_another_cut_and_other_themes(store, engine, reader, judgements):
    judgements.add([judgement(store(), "set"), judgement(store(), "reject", WINDOW)])
    again = store(texts=("A new beginning.", *TEXTS), themes=[[], [WINDOW], []])
    for one in (engine, reader()):
        assert shown(one, again, 1) == [(PAPERLESS, "about", 1.0, "accepted")]
        placed = one.judgements(access_classes=EVERY_CLASS)
        listed = [(found.judgement.theme, found.passage) for found in placed]
        assert listed == [(PAPERLESS, f"{again.id}-1"), (WINDOW, f"{again.id}-1")]


def test_a_judgement_whose_words_are_gone_waits(store, reader, judgements):
    judgements.add([judgement(store(), "set")])
    engine = reader()
    store(texts=("Something else.",), themes=[])
    assert count(engine, "theme=paperless") == 0
    assert [one.passage for one in engine.judgements(access_classes=EVERY_CLASS)] == [None]
    store(themes=[])
    assert count(engine, "theme=paperless") == 1


def test_judgements_of_tags_and_themes_stand_beside_each_other(store, reader, judgements, make):
    made = make.tag(status="suggested", confidence=0.6, start=0, end=len(TEXTS[0]), by="customs-lens 1/1")
    document = store(tags=[[made]])
    of_tag = TagJudgement(
        at="2024-01-01T00:00:00Z", author="bo", action="accept", tag="t", document=document.id, quote=TEXTS[0],
        offset=0, model="m", model_version="1", provenance="derived", judged="systems", dimension="systems",
    )  # fmt: skip
    judgements.add([judgement(document), of_tag, judgement(document, "reject", WINDOW)])
    engine = reader()
    assert count(engine, "dimension=systems", "theme=paperless") == 1
    assert count(engine, "theme=single-window") == 0
    assert [one.judgement.kind for one in engine.judgements(access_classes=EVERY_CLASS)] == ["theme", "tag", "theme"]


def test_a_document_that_is_revised_keeps_what_the_machine_found(store, engine, reader, judgements):
    document = store()
    judgements.add([judgement(document, "reject", WINDOW)])
    assert count(reader(), "theme=single-window") == 0
    assert engine.revise(document.id, lambda one: one, access_classes=EVERY_CLASS)
    engine.flush()
    assert count(engine, "theme=single-window") == 0
    judgements.add([judgement(document, "accept", WINDOW)])
    assert [one[:2] for one in shown(reader(), document)][:1] == [(WINDOW, "named")]


def test_the_reader_s_access_holds_for_judgements_of_themes(store, reader, judgements):
    judgements.add(
        [judgement(store("secret", access="members"), author="theirs"), judgement(store("open"), author="ours")]
    )
    found = reader().judgements(access_classes=frozenset())
    assert [one.judgement.author for one in found] == ["ours"]
