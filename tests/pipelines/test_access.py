"""A reader without an access class gets the answers of a home that has no paper of that class."""

import datetime as dt
import uuid
from contextlib import closing

import numpy as np
import pytest
import yaml

from configs.elasticsearch import ElasticsearchSettings
from configs.settings import load_settings
from configs.system.errors import UsageError
from extractors.document import Document, Mention, Passage, PassageTheme, Symbol, document_id
from extractors.maturity.judgements import TagJudgement
from index.encoder import encoder_identity
from index.filters import EVERY_CLASS
from pipelines.alerts import check
from pipelines.evaluation.relevance import evaluate_relevance
from pipelines.review import training
from pipelines.review.records import ReviewRecords
from pipelines.storage.opening import open_storage
from pipelines.storage.saved_searches import ShownSearch
from pipelines.storage.state import State
from pipelines.vocabulary import vocabularies
from tests import answers
from tests.conftest import delete_indices
from tests.dummy_encoder import dummy_encoders
from tests.engines import ENGINES
from tests.pipelines.review.conftest import DIMENSION, tag

NOBODY, SECRETARIAT = frozenset(), frozenset({"secretariat"})
SENTENCE = "The single window of Arvenia was connected to the port in 2021."
HIDDEN = "The blockchain ledger of Belmora was connected to the single window by secret decree."


def themed(text):
    start = text.find("single window")
    mention = Mention(id="single-window", start=start, end=start + 13, surface="single window", label="single window")
    return (PassageTheme.of(mention),)


def paper(name, *texts, symbol=None, access=None, language="en"):
    number, passages = document_id(f"file:///{name}"), []
    for place, text in enumerate(texts):
        at = f"{number}-{place}"
        themes = themed(text) if "single window" in text else ()
        given = {"themes": themes, "maturity": (tag(at, 0.6, None, end=len(text)),)}
        passages.append(Passage(id=at, ordinal=place, text=text, language=language, **given))
    if symbol:
        symbol = Symbol(raw=symbol, prefix="PC", serial="0345", language=symbol[6], version="1", variant="a")
    fields = {"id": number, "key": "PC0345" if symbol else number, "sha256": "0" * 64, "media_type": "text/plain"}
    fields |= {"source": f"file:///{name}", "title": f"Paper {name}", "symbol": symbol, "language": language}
    return Document(**fields, access=access, passages=tuple(passages))


def judgement(document, quote=None):
    fields = {"at": "2024-01-01T00:00:00.000+00:00", "author": "ana", "action": "reject", "offset": 0}
    fields |= {"model": "dcmm-interop", "model_version": "1", "provenance": "derived", "judged": DIMENSION}
    fields |= {"tag": f"{document.id}-0:{DIMENSION}:0", "document": document.id, "dimension": DIMENSION}
    return TagJudgement(quote=quote or document.passages[0].text, **fields)


OPEN = [
    paper("open", SENTENCE, "Nothing was said of tariffs.", symbol="PC0345E1a"),
    paper("other", f"{SENTENCE} Scanners were bought for the port."),
    paper("third", "The port of Arvenia bought scanners."),
]
RESTRICTED = [
    paper("secret", HIDDEN, "Vaporous zorbel devices.", symbol="PC0345F1a", access="secretariat", language="fr"),
    paper("decree", f"{HIDDEN} Zorbel devices were bought. Of zorbel devices two are used.", access="secretariat"),
    paper("decree2", "Zorbel devices are bought by blockchain ledger.", access="secretariat"),
]
GONE = paper("gone", "A paper that is not there any more.", access="secretariat")
SECRET = RESTRICTED[0]


def fill(settings, papers, judgements):
    """Put papers and judgements of some of their words into a new index."""
    identity = encoder_identity(settings)
    storage = open_storage(settings)
    with storage.claim(), closing(storage.open_engine(identity, write=True)) as engine:
        for one in papers:
            vectors = np.random.default_rng(int(one.id, 16)).standard_normal((len(one.passages), identity.dimension))
            vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
            engine.put(one, vectors, versions={"read": "1", "tag": "1", "model": "dcmm-interop"})
    store = open_storage(settings).open_judgements(write=False)
    store.add(judgements)
    store.close()


@pytest.fixture(scope="module", params=ENGINES)
def homes(request, tmp_path_factory, dummy_cache):
    """Two homes: one without the restricted papers, one with them, and with judgements of a paper that is gone."""
    folder, found = tmp_path_factory.mktemp("homes"), {}
    in_cluster = request.param == "elasticsearch"
    url = request.getfixturevalue("elasticsearch_url") if in_cluster else None
    for name in ("without", "with"):
        settings = load_settings(folder / name, encoder="all-MiniLM-L6-v2")
        if in_cluster:
            cluster = ElasticsearchSettings(url=url, name=f"test-{uuid.uuid4().hex[:8]}", backoff_seconds=0.05)
            settings = settings.model_copy(update={"index": "elasticsearch", "elasticsearch": cluster})
        found[name] = settings
    judged = [judgement(OPEN[1]), judgement(OPEN[1], "Words that it had once.")]
    restricted = [judgement(SECRET), judgement(RESTRICTED[1], "Words that the decree had once."), judgement(GONE)]
    with dummy_encoders(dummy_cache):
        fill(found["without"], OPEN, judged)
        fill(found["with"], [*RESTRICTED, *OPEN], [*judged, *restricted])
    with pytest.MonkeyPatch.context() as patch:  # else each home draws an audit slice of its own
        patch.setattr("secrets.token_hex", lambda count: "5e" * count)
        for settings in found.values():
            with ReviewRecords(State(settings)) as records:
                records.seed()
    yield found
    if in_cluster:
        for settings in found.values():
            delete_indices(settings.elasticsearch)


def refused(act):
    with pytest.raises(UsageError) as error:
        act()
    return str(error.value)


def without_scores(found):
    """An answer without its times, and without scores: how rare a word is in an index is part of them."""
    if isinstance(found, dict):
        return {name: without_scores(one) for name, one in found.items() if name not in ("took_ms", "score")}
    return [without_scores(one) for one in found] if isinstance(found, list) else found


QUESTIONS = {
    "queue": lambda home, held: answers.waiting(home, access_classes=held),
    "history": lambda home, held: answers.history(home, access_classes=held),
    "history of a paper": lambda home, held: answers.history(home, SECRET.id, access_classes=held),
    "history of a paper that is gone": lambda home, held: answers.history(home, GONE.id, access_classes=held),
    "judgements that no paper has": lambda home, held: vocabularies.check(home, access_classes=held, corpus=True),
    "themes of a paper": lambda home, held: answers.show(home, "PC0345", access_classes=held, full=True),
    "themes": lambda home, held: answers.themes(home, access_classes=held),
    "matrix": lambda home, held: answers.matrix(home, ["status=suggested"], access_classes=held),
}


# That of judgements that no paper has compiles the vocabulary each time.
@pytest.mark.parametrize(
    "question", [pytest.param(name, marks=[pytest.mark.slow] * ("no paper has" in name)) for name in QUESTIONS]
)
def test_what_the_reader_may_not_see_changes_no_answer(homes, question):
    ask = QUESTIONS[question]
    assert ask(homes["with"], NOBODY) == ask(homes["without"], NOBODY)
    assert ask(homes["with"], EVERY_CLASS) != ask(homes["without"], EVERY_CLASS)


def test_who_holds_the_class_sees_its_papers_and_not_what_is_said_of_papers_that_are_gone(homes):
    found = answers.history(homes["with"], access_classes=SECRETARIAT)
    assert (len(found), sum(one.is_unanchored for one in found)) == (4, 2)
    assert len(answers.history(homes["with"], access_classes=EVERY_CLASS)) == 5
    quotes = {one.judgement.quote for one in found}
    assert HIDDEN in quotes
    assert "Words that the decree had once." in quotes
    assert GONE.passages[0].text not in quotes


@pytest.mark.parametrize("action", ["accept", "reject", "set"])
@pytest.mark.parametrize(
    "name",
    [
        *(f"{SECRET.id}-0", f"{SECRET.id}-0:{DIMENSION}:0", f"{SECRET.id}-0:theme:single-window"),
        *("PC0345F1a-0", "file:///secret-0"),
    ],
)
def test_a_paper_that_the_reviewer_may_not_see_is_judged_as_one_that_is_not_there(homes, action, name):
    def judge(home):
        change = {"dimension": DIMENSION}
        return refused(
            lambda: answers.judge(home, action, [name], "ana", access_classes=NOBODY, change=change, quote="ledger")
        )

    assert judge(homes["with"]) == judge(homes["without"])
    assert "there is no such tag" in judge(homes["with"])


def test_nothing_can_be_learnt_from_papers_that_the_caller_may_not_see(tmp_path):
    settings = load_settings(tmp_path, encoder="all-MiniLM-L6-v2")
    fill(settings, [SECRET], [judgement(SECRET), judgement(GONE)])
    assert "nothing was judged yet" in refused(lambda: training.retrain(settings, access_classes=NOBODY))


@pytest.mark.parametrize(
    "query", ["single window", "blokchain zorbels", "blockchain", "+single +decree", '"secret decree"']
)
@pytest.mark.parametrize("mode", ["text", "hybrid"])
def test_a_search_and_what_it_says_where_nothing_matches_hint_at_nothing(homes, query, mode):
    def ask(home, held):
        facets = ["access", "language", "theme"]
        found = answers.search(home, query, access_classes=held, mode=mode, facet=facets)
        return without_scores(found | {"hits": sorted(hit["document"]["id"] for hit in found["hits"])})

    assert ask(homes["with"], NOBODY) == ask(homes["without"], NOBODY)
    assert ask(homes["with"], EVERY_CLASS) != ask(homes["without"], EVERY_CLASS)


def test_a_relevance_report_knows_no_paper_that_the_reader_may_not_see(homes, tmp_path):
    case = {"name": "a", "why": "so", "query": "blockchain ledger", "mode": "text"}
    file = tmp_path / "cases.yaml"
    case |= {"contains": ["PC0345F1a", "decree", "nothing"], "documents": 3}
    file.write_text(yaml.safe_dump({"cases": [case]}))

    def ask(home, held):
        return evaluate_relevance(home, file, access_classes=held)

    assert ask(homes["with"], NOBODY) == ask(homes["without"], NOBODY)
    told = [one.diagnosis for one in ask(homes["with"], NOBODY).results[0].findings]
    assert told == [*(f"The index holds no paper {name}." for name in case["contains"]), "0 match."]
    assert ask(homes["with"], EVERY_CLASS).results[0].documents == 3


class TestAlerts:
    @pytest.fixture(autouse=True)
    def _home(self, tmp_path):
        self.settings = load_settings(tmp_path / "home", encoder="all-MiniLM-L6-v2")
        fill(self.settings, OPEN, [])

    def new(self, held, name="windows", **more):
        (found,) = answers.alerts(self.settings, [name], access_classes=held, **more)
        return sorted(one for hit in found.hits for one in hit.new)

    def save(self, held, name="windows", query="single window"):
        return answers.save_search(self.settings, name, query, access_classes=held)

    def put(self, *papers):
        fill(self.settings, papers, [])

    def test_a_new_paper_is_told_to_who_may_see_it(self):
        self.save(NOBODY)
        new = paper("new", SENTENCE)
        self.put(SECRET, new)
        assert self.new(NOBODY, peek=True) == [new.id]
        assert self.new(SECRETARIAT, peek=True) == sorted([new.id, SECRET.id])

    def test_a_restricted_version_makes_no_old_paper_new(self):
        self.save(NOBODY)
        self.put(SECRET)  # a version of a paper that is open
        assert self.new(NOBODY) == []

    def test_who_may_not_see_a_paper_does_not_use_it_up(self):
        self.save(NOBODY)
        self.put(SECRET)
        assert self.new(NOBODY) == []
        assert self.new(SECRETARIAT) == [SECRET.id]
        assert self.new(SECRETARIAT) == []

    def test_a_look_notes_what_its_reader_sees(self):
        self.put(SECRET)
        self.save(NOBODY)
        self.new(NOBODY)
        store = open_storage(self.settings).open_searches()
        assert store.looked_at().keys() == {one.id for one in OPEN}
        store.close()

    def test_a_saved_search_tells_nothing_of_papers(self):
        self.put(SECRET)
        saved = self.save(SECRETARIAT)
        assert check.saved_searches(self.settings) == (saved,)
        shown = {"name", "owner", "query", "mode", "filters", "saved", "seen", "look"}
        assert ShownSearch.model_fields.keys() == shown
        assert dict(saved).keys() == shown | {"arrival"}  # which counts papers of every class, and is shown to nobody
        assert saved.seen <= dt.datetime.now(dt.UTC)
