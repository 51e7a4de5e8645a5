"""The samples in Elasticsearch: the commands answer as they do over the embedded index."""

import shutil
import uuid

import pytest
from lxml import html
from starlette.testclient import TestClient

from benchmarks.parity import GOALS, compare, overlap
from benchmarks.questions import questions
from configs.settings import load_settings
from index.encoder import open_encoder
from index.filters import EVERY_CLASS
from pipelines.search.query_reader import QueryReader
from pipelines.search.service import reader
from portal.web.app import create_app
from portal.web.gate import GateRules
from tests import answers
from tests.conftest import delete_indices
from tests.portal.conftest import CHECKOUT, copy_of

pytestmark = [pytest.mark.elasticsearch, pytest.mark.model]

QUERIES = (
    "interconnected single windows",
    "échange électronique de données entre administrations douanières",
    '"single window"',
    "risk managment~ profil*",
    "blockchain OR artificial",
    "customs -window",
    "données",
    "donnees",
    "language:fr déclaration",
    "time release study",
    "e-commerce low value consignments",
    "authorised economic operator mutual recognition",
)
FACETS = ("body", "year", "language", "kind", "theme", "dimension", "level", "modality", "session", "symbol", "country")
MODES = [pytest.param("text", marks=pytest.mark.long), pytest.param("vector", marks=pytest.mark.long), "hybrid"]


@pytest.fixture(scope="module")
def in_cluster(elasticsearch_url):
    """The variables that name an index of these tests; it is deleted after them."""
    variables = {"ELASTICSEARCH_URL": elasticsearch_url, "ELASTICSEARCH_NAME": f"test-{uuid.uuid4().hex[:8]}"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        yield
        delete_indices(load_settings().elasticsearch)


@pytest.fixture(scope="module")
def moved(in_cluster, sample_home, tmp_path_factory, cli, samples):
    """The home of the samples, its papers in the cluster: from what it has, nothing is read again."""
    home = copy_of(sample_home, tmp_path_factory.mktemp("moved") / "home")
    shutil.rmtree(home / "index")
    first = cli("ingest", samples / "papers", "--home", home, "--index", "elasticsearch", "--json")
    assert first.code == 0, first.err
    assert (first.json["found"], first.json["indexed"]) == (21, 21)
    return home


@pytest.fixture
def both(ask, cli, moved):
    """Run a command over both engines and return both answers."""

    def run(*arguments):
        done = cli(*arguments, "--home", moved, "--index", "elasticsearch", "--json")
        assert done.code == 0, done.err
        answers = (ask(*arguments), done.json)
        for answer in answers:
            answer.pop("took_ms", None)
        return answers

    return run


def shown(answer):
    return [hit["document"]["id"] for hit in answer["hits"]]


def test_a_second_run_finds_nothing_to_do(cli, moved, samples):
    again = cli("ingest", samples / "papers", "--home", moved, "--index", "elasticsearch", "--json")
    assert (again.code, again.json["unchanged"]) == (0, 21)


@pytest.mark.parametrize("mode", MODES)
def test_the_same_papers_are_found_and_counted(both, mode):
    overlaps, facets = [], [part for field in FACETS for part in ("--facet", field)]
    for query in QUERIES:
        embedded, elastic = both("search", query, "--mode", mode, *facets)
        counted = ("passages", "documents", "facets")
        assert {name: elastic[name] for name in counted} == {name: embedded[name] for name in counted}, query
        first, second = shown(embedded), shown(elastic)
        overlaps.append(len(set(first) & set(second)) / max(len(first), 1) if first else 1.0)
    assert sum(overlaps) / len(overlaps) >= {"text": 0.9, "vector": 0.95, "hybrid": 0.9}[mode], overlaps


@pytest.mark.parametrize(
    "arguments",
    [
        ("matrix",),
        ("matrix", "--by", "year", "--filter", "language=fr"),
        ("matrix", "--by", "subject"),
        ("themes", "--filter", "body=ptc"),
        ("show", "PC9001"),
        ("show", "PC9005E1a", "--full"),
        ("search", "", "--filter", "dimension=systems", "--filter", "year=2020..2030", "--sort", "date"),
    ],
)
def test_the_same_is_counted_and_shown(both, arguments):
    embedded, elastic = both(*arguments)
    assert elastic == embedded


def test_passages_like_one_are_the_same(both):
    hit = both("search", "single window", "--mode", "vector")[0]["hits"][0]
    embedded, elastic = both("similar", hit["passages"][0]["id"])
    assert shown(elastic)[:5] == shown(embedded)[:5]


def test_experts_find_what_they_expect(cli, moved):
    cases = CHECKOUT / "tests" / "relevance" / "samples.yaml"
    done = cli("evaluate", "relevance", cases, "--home", moved, "--index", "elasticsearch", "--json")
    assert [case for case in done.json["results"] if not case["passed"]] == []
    assert done.json["index"] == "elasticsearch"


@pytest.fixture
def engines(sample_home, moved):
    """Both engines, open."""
    settings = (load_settings(sample_home), load_settings(moved, index="elasticsearch"))
    with reader(settings[0]) as embedded, reader(settings[1]) as elastic:
        yield embedded, elastic


@pytest.mark.parametrize("mode", MODES)
def test_every_operator_and_filter_finds_the_same(engines, sample_home, mode):
    asked, settings = questions(engines[0], 60, seed=1), load_settings(sample_home)
    outcomes = compare(engines, asked, mode, QueryReader(settings, open_encoder(settings)))
    assert [one.question for one in outcomes if not (one.counted and one.facets)] == []
    assert overlap(outcomes) >= (0.98 if mode == "text" else GOALS[mode])


def test_an_explanation_is_the_same(both):
    arguments = ("search", "+blockchain certificates data", "--mode", "vector", "--filter", "year=2015..2025")
    embedded, elastic = both(*arguments, "--explain", "--context", "1")
    first, second = ([one for hit in answer["hits"] for one in hit["passages"]] for answer in (embedded, elastic))
    assert [one["context"] for one in first] == [one["context"] for one in second]
    assert [one["explain"]["filters"] for one in first] == [one["explain"]["filters"] for one in second]
    ranks = [[one["explain"]["meaning"]["rank"] for one in answer] for answer in (first, second)]
    assert ranks[0] == ranks[1]


def test_a_label_counts_at_once(cli, moved):
    """It stays, so the tests that compare the engines come before."""
    options = ("--home", moved, "--index", "elasticsearch", "--json")
    at = load_settings(moved, index="elasticsearch")
    items = answers.waiting(at, access_classes=EVERY_CLASS, limit=1000)
    tag = next(one.tag for one in items if one.tag and one.tag.status != "accepted")
    fields = ("dimension", "level", "modality", "subject")
    wanted = [f"--filter={name}={getattr(tag, name) or 'null'}" for name in fields]
    before = cli("search", "", *wanted, *options).json["passages"]
    answers.judge(at, "accept", [tag.id], "person:Ana", access_classes=EVERY_CLASS)
    assert cli("search", "", *wanted, *options).json["passages"] == before + 1


def test_the_parts_of_the_index_agree(cli, moved):
    found = cli("doctor", "--home", moved, "--index", "elasticsearch", "--json")
    assert [check for check in found.json["checks"] if not check["ok"]] == []
    assert {"cluster", "passages", "journal"} <= {check["name"] for check in found.json["checks"]}


def test_reindex_makes_a_new_version_and_back_goes_to_the_old_one(cli, moved):
    options = ("--home", moved, "--index", "elasticsearch", "--json")
    done = cli("reindex", *options)
    assert (done.code, done.json["documents"], done.json["passages"]) == (0, 21, 300)
    assert done.json["index"].endswith("-passages-000002")
    back = cli("reindex", "--back", *options)
    assert (back.code, back.json["index"]) == (0, done.json["before"])
    assert cli("search", "window", *options).json["documents"] > 0


def test_the_portal_answers_from_the_cluster(moved):
    """Its counts are those of the engine, which are the same in both (above)."""
    settings = load_settings(moved, index="elasticsearch")
    app = create_app(settings, GateRules(frozenset({"127.0.0.1"})))
    with TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 50000), follow_redirects=False) as client:
        tree = html.fromstring(client.get("/?q=customs&mode=text").text)
        boxes = tree.xpath("//ul[contains(@class,'facet')]//label[input[@type='checkbox']]")
        assert len(boxes) > 80
        box = boxes[0].find("input")
        found = client.get("/api/v1/search", params={"q": "customs", "mode": "text", box.get("name"): box.get("value")})
        assert str(found.json()["documents"]) == boxes[0].xpath("string(.//span[@class='count'])")
        pages = ("/matrix", "/documents/PC9001", "/documents/PC9001/pages/1.png", "/review", "/vocabulary", "/searches")
        assert [client.get(page).status_code for page in pages] == [200] * len(pages)
        assert client.get("/d/PC9001/§12").status_code == 303
