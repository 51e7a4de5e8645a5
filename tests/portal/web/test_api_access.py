"""A key without the class of a paper gets the answers of a home that does not have that paper.

Each address is asked of two homes that differ by restricted papers alone, by their pages and by the API.
"""

import re

import pytest

from configs.settings import load_settings
from pipelines.access.keys import KeyStore
from tests.pipelines.test_access import DIMENSION, GONE, OPEN, RESTRICTED, SECRET, fill, judgement
from tests.portal.web.conftest import asked

TAG = f"{SECRET.id}-0:{DIMENSION}:0"
QUERIES = [
    "q=single+window",
    "q=blockchain+ledger",
    "q=zorbel",
    "q=%22secret+decree%22",
    "q=",
    "q=vaporous",
    "access=secretariat",
]
FACETS = "facet=access&facet=language&facet=theme&facet=dimension&facet=symbol"
API = [
    *(f"/api/v1/search?{query}&mode={mode}&{FACETS}" for query in QUERIES for mode in ("text", "hybrid")),
    *(f"/api/v1/facets?{query}&mode=text&{FACETS}" for query in QUERIES),
    f"/api/v1/search?status=suggested&dimension={DIMENSION}&{FACETS}",
    "/api/v1/search?symbol=PC0345F1a",
    f"/api/v1/similar/{OPEN[0].id}-0",
    "/api/v1/documents?limit=100",
    "/api/v1/documents?access=secretariat",
    "/api/v1/documents/PC0345",
    "/api/v1/documents/PC0345?full=true",
    f"/api/v1/documents/{OPEN[0].id}",
    "/api/v1/matrix?status=suggested",
    "/api/v1/matrix?status=suggested&by=year",
    "/api/v1/themes",
    "/api/v1/themes?language=fr",
    "/api/v1/labels",
    f"/api/v1/labels?of={SECRET.id}",
    f"/api/v1/labels?of={TAG}",
    f"/api/v1/labels?of={GONE.id}",
    "/api/v1/searches",
    "/api/v1/vocabulary",
    *(f"/api/v1/export/{what}?format=jsonl&status=suggested" for what in ("passages", "tags", "matrix")),
    *(f"/api/v1/export/{what}" for what in ("documents", "passages", "tags", "matrix")),
    "/api/v1/export/documents?access=secretariat",
]
NOT_THERE = [
    f"/api/v1/documents/{SECRET.id}",
    f"/api/v1/documents/{SECRET.id}?full=true",
    "/api/v1/documents/PC0345F1a",
    f"/api/v1/passages/{SECRET.id}-0",
    f"/api/v1/passages/{RESTRICTED[1].id}-0?context=2",
    f"/api/v1/similar/{SECRET.id}-0",
    f"/api/v1/documents/{SECRET.id}/file",
    f"/api/v1/documents/{SECRET.id}/pages/1.png",
    f"/documents/{SECRET.id}",
    f"/documents/{SECRET.id}?view=text",
    "/documents/PC0345F1a",
    f"/documents/{SECRET.id}/file",
    f"/documents/{OPEN[0].id}/beside/{SECRET.id}",
    f"/similar/{SECRET.id}-0",
    f"/d/{RESTRICTED[1].id}",
]
PAGES = [
    *(f"/?{query}&mode=text" for query in QUERIES),
    "/?q=single+window",
    "/matrix?status=suggested",
    "/vocabulary",
    "/about",
    "/help",
    *(f"/complete?q={word}" for word in ("single", "zorbel", "PC0345", "PC0345F1a", "bloc")),
    f"/documents/{OPEN[0].id}",
    f"/similar/{OPEN[0].id}-0",
    "/d/PC0345E1a",
    "/d/PC0345F1a",
    "/searches",
    "/review/quality",
    "/review/mine",
    *(f"/search.{kind}?q=single+window&mode=text" for kind in ("csv", "json")),
    f"/search.csv?dimension={DIMENSION}&status=suggested",
    "/matrix.csv?status=suggested",
    "/matrix.json?status=suggested",
]
BY_CHANCE = ["/review", "/review/bulk"]
"""Pages whose order every home draws by itself."""
VARYING = re.compile(r'"took_ms": [\d.e-]+|\d+(?:[.,]\d+)? (?:ms|s)\b')


@pytest.fixture(scope="module")
def clients(tmp_path_factory):
    """A client of each home, and the headers of a key without and of one with every class."""
    folder = tmp_path_factory.mktemp("homes")
    judged = [judgement(OPEN[1]), judgement(OPEN[1], "Words that it had once.")]
    restricted = [judgement(SECRET), judgement(RESTRICTED[1], "Words that the decree had once."), judgement(GONE)]
    papers = {"without": (OPEN, judged), "with": ([*RESTRICTED, *OPEN], [*judged, *restricted])}
    found, opened = {}, []
    for name, (own, labels) in papers.items():
        home = folder / name
        home.mkdir()
        (home / "settings.yaml").write_text("encoder: all-MiniLM-L6-v2\n")
        fill(load_settings(home), own, labels)
        store = KeyStore(home)
        headers = {
            who: {"Authorization": f"Bearer {store.add(who, 'reviewer', access).secret}"}
            for who, access in (("nobody", []), ("everybody", None))
        }
        context = asked(home, requests_per_minute=10_000)
        found[name] = (context.__enter__(), headers)
        opened.append(context)
    yield found
    for context in opened:
        context.__exit__(None, None, None)


def ask(clients, home, who, address):
    client, headers = clients[home]
    answer = client.get(address, headers=headers[who])
    text = VARYING.sub("", answer.content.decode("utf-8-sig"))
    if address.startswith("/api/v1/search?") and answer.status_code == 200:
        hits = sorted(answer.json()["hits"], key=lambda hit: hit["document"]["id"])  # the order may tell something
        return answer.status_code, hits, counts(answer.json())
    return answer.status_code, text, answer.headers.get("location")


def counts(found):
    return {name: found[name] for name in ("passages", "documents", "facets", "expanded", "about", "hints")}


@pytest.mark.parametrize("address", [*API, *PAGES])
def test_what_a_key_may_not_see_changes_no_answer(clients, address):
    without = ask(clients, "without", "nobody", address)
    assert without[0] in (200, 303), without
    assert ask(clients, "with", "nobody", address) == without


@pytest.mark.parametrize("address", NOT_THERE)
def test_a_paper_that_a_key_may_not_see_is_one_that_is_not_there(clients, address):
    without = ask(clients, "without", "nobody", address)
    assert without[0] == 404
    assert ask(clients, "with", "nobody", address) == without
    assert ask(clients, "with", "everybody", address) != without


@pytest.mark.parametrize("name", [TAG, f"{SECRET.id}-0", f"{SECRET.id}-0:theme:single-window"])
@pytest.mark.parametrize("action", ["accept", "reject", "set"])
def test_it_is_judged_as_one_that_is_not_there(clients, action, name):
    def judge(home):
        client, headers = clients[home]
        said = {"action": action, "ids": [name], "change": {"dimension": DIMENSION}, "quote": "ledger"}
        answer = client.post("/api/v1/labels", json=said, headers=headers["nobody"])
        return answer.status_code, answer.json()

    assert judge("with") == judge("without")
    assert judge("with")[0] == 400


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/search?q=blockchain+ledger&mode=text",
        "/api/v1/facets?mode=text&facet=access",
        "/api/v1/documents",
        "/api/v1/themes",
        "/api/v1/matrix?status=suggested",
        "/api/v1/labels",
        "/api/v1/export/documents",
        "/api/v1/export/passages",
        "/api/v1/export/tags?status=suggested",
        "/?q=single+window&mode=text",
        "/vocabulary",
        "/matrix?status=suggested",
        "/search.csv?q=single+window&mode=text",
    ],
)
def test_a_key_with_the_class_gets_another_answer(clients, address):
    assert ask(clients, "with", "everybody", address) != ask(clients, "with", "nobody", address)


def test_nothing_of_it_stands_in_any_answer(clients):
    client, headers = clients["with"]
    for address in [*API, *PAGES, *BY_CHANCE, *NOT_THERE]:
        if "zorbel" in address or "decree" in address or "blockchain" in address:
            continue  # the query stands in its own answer
        text = client.get(address, headers=headers["nobody"]).text.casefold()
        for word in ("zorbel", "belmora", "secret decree", *(one.id for one in RESTRICTED)):
            assert word not in text or word in address, (address, word)
