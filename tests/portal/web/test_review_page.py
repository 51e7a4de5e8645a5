"""The review page: what it shows, that judgements count at once, and who may give them."""

import re
from urllib.parse import quote

import pytest
from lxml import html

from pipelines.review import desk as review
from tests.portal.conftest import copy_of
from tests.portal.web.conftest import asked, keys_of, page


@pytest.fixture(scope="module")
def refusing(papers_home, tmp_path_factory):
    """A client for what is refused, the same for all such tests: nothing that they send is stored."""
    with asked(copy_of(papers_home, tmp_path_factory.mktemp("refusing") / "home")) as found:
        yield found


@pytest.fixture
def keyed(own_home):
    """A client of a home with keys, and the headers of each."""
    keys = keys_of(own_home, ana="reviewer", bo="reviewer", rita="reader")
    with asked(own_home) as found:
        yield found, keys


def item_of(tree):
    return tree.xpath("//aside[@class='claim']//input[@name='item']/@value")[0]


def first(client, kind, wanted=lambda _: True, **more):
    """The page of the first item of a kind for which something holds; others are passed over."""
    tree = page(client, "/review", **more)
    while (":theme:" in item_of(tree)) != (kind == "theme") or not wanted(tree):
        answer = client.post("/review", data={"item": item_of(tree), "verdict": "unsure"}, **more)
        tree = page(client, answer.headers["location"], **more)
    return tree


def papers(client, **filters):
    query = "&".join(f"{name}={value}" for name, value in filters.items())
    tree = html.fromstring(client.get(f"/?mode=text&{query}").text)
    return int(re.match(r"\s*(\d+)", tree.xpath("string(//p[@class='summary']//strong)"))[1])


def passages(client, **filters):
    query = "&".join(f"{name}={value}" for name, value in filters.items())
    return client.get(f"/search.json?mode=text&{query}").json()["passages"]


def cell(client, dimension):
    cells = client.get("/matrix.json").json()["cells"]
    return sum(one["passages"] for one in cells if one["dimension"] == dimension)


def counts(tree):
    """The judgements of today, and what is not judged yet."""
    head = tree.xpath("string(//div[@class='review-head']/..)")
    today, judged, all_ = (int(one) for one in re.findall(r"\d+", head)[:3])
    return [today, all_ - judged]


def cut_out(tree):
    """The drawing of the passage on its page, and the height of what it shows; None and 0.0 where there is none."""
    drawing = next(iter(tree.xpath("//figure[a/@data-enlarge]//svg")), None)
    return drawing, 0.0 if drawing is None else float(drawing.get("viewbox").split()[3])


def test_a_tag_is_shown_with_its_evidence_and_the_next_page_is_fetched_ahead(client):
    tree = first(client, "tag", lambda tree: 0 < cut_out(tree)[1] < 500)  # not every paper has pages
    assert len(tree.xpath("//blockquote/mark")) == 1
    assert "derived" in tree.xpath("string(//dl[@class='judged'])")
    assert tree.xpath("//p[@class='where']/a/@href")[0].endswith("#mark")
    assert "/pages/" in tree.xpath("//figure/a[@data-enlarge]/@href")[0]
    drawing, _ = cut_out(tree)
    assert float(drawing.xpath("./image/@height")[0]) > 500
    assert float(drawing.get("viewbox").split()[2]) <= float(drawing.xpath("./image/@width")[0])
    assert drawing.get("aria-label")
    keys = tree.xpath("//@data-key")
    assert {"a", "r", "1", "2", "3", "4", "s", "e", "o"} <= set(keys)
    prefetched = tree.xpath("//link[@rel='prefetch']/@href")[0]
    following = client.post("/review", data={"item": item_of(tree), "verdict": "accept"})
    assert (following.status_code, following.headers["location"]) == (303, prefetched)


def test_a_theme_is_shown_with_its_definition_once(client):
    tree = first(client, "theme")
    said = tree.xpath("//dl[@class='judged']/dd/text()")
    assert len(said) == len(set(said)) > 0
    assert "Definition" in tree.xpath("string(//dl[@class='judged'])")
    assert set(tree.xpath("//details//@data-key")) == {"r", "1", "2"}
    assert not tree.xpath("//form[@class='correct']")


def test_an_accepted_tag_counts_in_search_and_matrix_at_once_and_undo_takes_it_back(client):
    tree = first(client, "tag", lambda tree: "suggested" in tree.xpath("string(//aside/p[@class='stated'])"))
    name = item_of(tree)
    dimension = name.split(":")[1]
    before = passages(client, dimension=dimension), cell(client, dimension), counts(tree)
    client.post("/review", data={"item": name, "verdict": "accept"})
    after = passages(client, dimension=dimension), cell(client, dimension), counts(page(client, "/review"))
    assert after[:2] == (before[0] + 1, before[1] + 1)
    assert after[2] == [before[2][0] + 1, before[2][1] - 1]
    back = page(client, client.post("/review/undo").headers["location"])
    assert "taken back" in back.xpath("string(//p[@role='status'])")
    assert item_of(back) == name
    assert (passages(client, dimension=dimension), cell(client, dimension)) == before[:2]


def test_a_correction_and_a_reason_are_stored(client):
    tree = first(client, "tag")
    name = item_of(tree)
    change = {"dimension": "legal_framework", "level": "L4", "modality": "lacking", "subject": "Kenya"}
    client.post("/review", data={"item": name, "verdict": "set", **change})
    wanted = {"dimension": "legal_framework", "level": "L4", "modality": "lacking", "subject": "KE"}
    assert papers(client, **wanted) >= 1
    client.post("/review/undo")
    client.post("/review", data={"item": name, "verdict": "reject", "reason": "dimension"})
    assert passages(client, status="rejected", dimension=name.split(":")[1]) >= 1


def test_a_wrong_level_is_said_to_be_kept_without_it_and_offered_only_where_there_is_one(client):
    items = client.get("/sentences.json?status=accepted&status=suggested").json()["sentences"]
    for level in (True, False):
        name = next(one["tag"] for one in items if bool(one["level"]) is level and not one["is_judged"])
        reasons = page(client, f"/review?item={quote(name)}").xpath("//button[@name='reason']/@value")
        assert ("level" in reasons) is level
        if level:
            answer = client.post("/review", data={"item": name, "verdict": "reject", "reason": "level"})
            assert "Kept without a level" in page(client, answer.headers["location"]).xpath(
                "string(//*[@class='last'])"
            )
            assert "Kept without a level" in page(client, "/review/mine").xpath("string(//ul[@class='entries judged'])")


def test_one_key_makes_a_topic_of_a_statement(client):
    tree = first(client, "tag")
    name = item_of(tree)
    dimension = name.split(":")[1]
    (button,) = tree.xpath("//button[@data-key='m']")
    fields = {one.get("name"): one.get("value") for one in button.xpath("..//*[@name]")}
    before = cell(client, dimension), passages(client, dimension=dimension, claim="topic")
    client.post("/review", data={**fields, "item": name})
    assert passages(client, dimension=dimension, claim="topic") == before[1] + 1
    assert cell(client, dimension) <= before[0]


def test_an_item_that_was_judged_meanwhile_leads_to_the_next(client):
    name = item_of(page(client, "/review"))
    for _ in range(2):
        answer = client.post("/review", data={"item": name, "verdict": "accept"})
        assert answer.status_code == 303
    assert client.get(f"/review?item={name}").headers["location"] == "/review"
    assert counts(page(client, "/review"))[0] == 1


@pytest.mark.parametrize(
    "data",
    [
        *(
            {"verdict": "set", **change}
            for change in ({"dimension": "weather"}, {"level": "L9"}, {"modality": "maybe"})
        ),
        *({"verdict": "set", "dimension": ""}, {"verdict": "praise"}, {}),
    ],
)
def test_what_cannot_be_said_is_explained_and_not_stored(refusing, data):
    name = item_of(first(refusing, "tag"))
    before = counts(page(refusing, "/review"))
    answer = refusing.post("/review", data={"item": name, **data})
    assert (answer.status_code, "What to do" in answer.text) == (400, True)
    assert counts(page(refusing, "/review")) == before


def test_a_reader_sees_no_queue_and_judges_nothing(keyed):
    client, held = keyed
    for address in ("/review", "/review/quality", "/review/add?passage=x-1"):
        assert client.get(address, headers=held["rita"]).status_code == 403
    for path in ("/review", "/review/undo", "/review/twin", "/review/add", "/searches", "/searches/delete"):
        assert client.post(path, data={"name": "x"}, headers=held["rita"]).status_code == 403
    assert client.get("/searches", headers=held["rita"]).status_code == 200


def names_ana(client, tag, key):
    """Whether the API, the reader page, the search page, its file and exports name Ana to who has a key, as a set.

    The search shows three passages of a paper: it counts where this one is among them.
    """
    passage, dimension, _ = tag.split(":")
    symbol = client.get(f"/api/v1/passages/{passage}", headers=key).json()["document"]["symbol"]["raw"]
    addresses = (
        f"/api/v1/labels?of={passage}",
        f"/documents/{passage.partition('-')[0]}?passage={passage}",
        f"/?dimension={dimension}&mode=text&symbol={symbol}",
        f"/search.json?dimension={dimension}&mode=text&symbol={symbol}",
        f"/api/v1/export/tags?dimension={dimension}&symbol={symbol}",
        f"/api/v1/export/passages?format=jsonl&dimension={dimension}&symbol={symbol}",
    )
    answers = [client.get(address, headers=key) for address in addresses]
    assert {answer.status_code for answer in answers} == {200}
    answers = [*answers[:2], *(answer for answer in answers[2:] if passage in answer.text)]
    sign_out = 'title="ana"'
    return {bool(re.search(r"\bana\b", answer.text.replace(sign_out, ""))) for answer in answers}


def test_two_reviewers_and_their_agreement(keyed, monkeypatch):
    monkeypatch.setattr(review, "is_judged_twice", lambda *_: True)
    monkeypatch.setattr(review, "SECOND_EVERY", 1)
    client, held = keyed
    shown = "string(//aside[@class='claim']/p[@class='stated'])"
    tree = first(client, "tag", headers=held["ana"])
    name, before = item_of(tree), tree.xpath(shown)
    client.post("/review", data={"item": name, "verdict": "set", "level": "L1"}, headers=held["ana"])
    assert item_of(page(client, "/review", headers=held["ana"])) != name
    tree = page(client, "/review", headers=held["bo"])
    assert item_of(tree) == name
    assert "Second judgement" in tree.xpath("string(//p[@class='banner'])")
    assert not tree.xpath("//p[@class='where']/a")
    assert tree.xpath(shown) == before
    said = [names_ana(client, name, held[who]) for who in ("ana", "rita", "bo")]
    assert said == [{True}, {True}, {False}]
    client.post("/review", data={"item": name, "verdict": "accept"}, headers=held["bo"])
    assert names_ana(client, name, held["bo"]) == {True}
    text = page(client, "/review/quality", headers=held["bo"]).xpath("string(//main)")
    assert "1 judged: too few to say" in text
    assert "–" not in text.split("How far two people agree")[1]


def test_the_same_is_said_of_the_french_version(client):
    for _ in range(60):
        tree = page(client, "/review")
        if tree.xpath("//form[@action='/review/twin']"):
            break
        client.post("/review", data={"item": item_of(tree), "verdict": "accept"})
    form = tree.xpath("//form[@action='/review/twin']")[0]
    assert "version" in form.text_content()
    before = counts(tree)[0]
    client.post("/review/twin", data=dict(form.form_values()))
    again = client.post("/review/twin", data=dict(form.form_values()))
    assert again.status_code == 400
    assert counts(page(client, "/review"))[0] == before + 1


@pytest.fixture(scope="module")
def passage(portal):
    hit = portal.get("/search.json?q=declaration&mode=text").json()["hits"][0]
    return hit["passages"][0]["id"]


def test_what_was_missed_is_added_from_a_form_and_counts(client, passage):
    tree = page(client, f"/review/add?passage={passage}&next=/matrix")
    quotes = tree.xpath("//input[@name='quote']/@value")
    assert quotes
    before = passages(client, dimension="people_capacity", modality="lacking")
    data = {"passage": passage, "quote": quotes[-1], "dimension": "people_capacity", "modality": "lacking"}
    sent = client.post("/review/add", data=data | {"level": "null", "next": "/matrix"})
    assert (sent.status_code, sent.headers["location"]) == (303, "/matrix")
    assert passages(client, dimension="people_capacity", modality="lacking") == before + 1
    data = {"passage": passage, "theme": "green-customs", "next": "https://elsewhere.example/"}
    assert client.post("/review/add", data=data).headers["location"] == "/"
    assert passages(client, theme="green-customs") >= 1
    page(client, "/review/add?passage=0000000000000000-0", code=404)
    client.post("/review/undo")
    client.post("/review/undo")
    assert passages(client, dimension="people_capacity", modality="lacking") == before


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("add", {}),
        ("add", {"quote": "customs"}),
        ("add", {"quote": "not said there at all", "dimension": "people_capacity"}),
        ("add", {"theme": "weather"}),
        ("add", {"quote": "customs", "dimension": "people_capacity", "level": "L9"}),
        ("bulk", {}),
        ("bulk", {"verdict": "set", "items": "x"}),
        ("bulk", {"verdict": "accept"}),
        ("bulk", {"verdict": "accept", "items": "x"}),
    ],
)
def test_what_cannot_be_added_or_judged_at_once_is_explained(refusing, passage, path, data):
    given = {"passage": passage} if path == "add" else {}
    assert refusing.post(f"/review/{path}", data=given | data).status_code == 400


def test_when_nothing_waits_the_page_says_so(client, monkeypatch):
    monkeypatch.setattr("portal.web.routes.review.upcoming", lambda *_, **__: ())
    assert "Nothing waits" in page(client, "/review").xpath("string(//main)")


def test_the_queue_of_a_large_collection_is_made_beside_its_reader(client, monkeypatch):
    monkeypatch.setattr("pipelines.review.queue_table.AT_ONCE_PASSAGES", 0)
    tree = page(client, "/review")
    assert "being made" in tree.xpath("string(//main)")
    assert tree.xpath("//meta[@http-equiv='refresh']")
    assert item_of(page(client, "/review?lang=fr"))
    assert page(client, "/review").get("lang") == "fr"


def test_what_is_chosen_stands_in_the_address_and_stays(client):
    tree = page(client, "/review")
    dimension = next(one for one in tree.xpath("//form[@method='get']//select[@name='dimension']/option/@value") if one)
    tree = page(client, f"/review?dimension={dimension}")
    assert tree.xpath("//form[@method='get']//select[@name='dimension']/option[@selected]/@value") == [dimension]
    assert item_of(tree).split(":")[1] == dimension
    assert "in this choice" in tree.xpath("string(//p[@class='progress'])")
    action = tree.xpath("//form[button[@value='accept']]/@action")[0]
    following = client.post(action, data={"item": item_of(tree), "verdict": "accept"}).headers["location"]
    assert following.endswith(f"&dimension={dimension}")
    tree = page(client, following)
    assert item_of(tree).split(":")[1] == dimension
    judged, all_ = re.findall(r"\d+", tree.xpath("string(//p[@class='progress'])"))
    assert (judged, int(all_) > 1) == ("1", True)
    back = client.post(tree.xpath("//form[contains(@action, 'undo')]/@action")[0]).headers["location"]
    assert f"dimension={dimension}" in back
    assert "Nothing waits" in page(client, f"/review?theme=green-customs&dimension={dimension}").text_content()
    assert client.get("/review?dimension=weather").status_code == 400


def test_several_are_judged_at_once_after_a_preview_and_taken_back_as_one(client):
    tree = page(client, "/review/bulk?status=suggested")
    names = tree.xpath("//input[@name='item']/@value")[:3]
    query = "&".join(f"item={name}" for name in names)
    before = counts(page(client, "/review"))
    shown = page(client, f"/review/bulk?status=suggested&verdict=accept&{query}")
    assert "Accept 3 items?" in shown.xpath("string(//h1)")
    assert "counts from now on" in shown.xpath("string(//table)")
    assert counts(page(client, "/review")) == before
    form = shown.xpath("//form[@method='post'][contains(@action, '/review/bulk')]")[0]
    answer = client.post(form.get("action"), data=dict(form.form_values()))
    assert answer.headers["location"] == "/review/bulk?status=suggested"
    after = page(client, answer.headers["location"])
    assert "3 at once" in after.xpath("string(//div[@class='last'])")
    assert not set(names) & set(after.xpath("//input[@name='item']/@value"))
    assert counts(page(client, "/review")) == [before[0] + 3, before[1] - 3]
    mine = page(client, "/review/mine")
    (entry,) = mine.xpath("//ul[contains(@class, 'judged')]/li")
    assert len(entry.xpath(".//li")) == 3
    back = client.post("/review/undo", data=dict(entry.xpath("./form")[0].form_values()))
    assert back.headers["location"] == "/review/mine"
    assert counts(page(client, "/review")) == before


def test_judgements_of_others_are_not_mine(keyed):
    client, held = keyed
    name = item_of(page(client, "/review", headers=held["ana"]))
    client.post("/review", data={"item": name, "verdict": "accept"}, headers=held["ana"])
    own = page(client, "/review/mine", headers=held["ana"])
    assert "Accepted" in own.xpath("string(//ul[contains(@class, 'judged')])")
    assert not page(client, "/review/mine", headers=held["bo"]).xpath("//ul[contains(@class, 'judged')]/li")
    act = own.xpath("//input[@name='act']/@value")[0]
    assert client.post("/review/undo", data={"act": act}, headers=held["bo"]).status_code == 400


def test_a_damaged_file_of_the_review_keeps_nobody_from_reading(keyed, own_home, caplog):
    client, held = keyed
    (own_home / "state.db").write_bytes(b"no database" * 1000)
    for address in ("/?q=window&mode=text", "/documents/PC9001"):
        assert client.get(address, headers=held["bo"]).status_code == 200
    assert "judgements are shown" in caplog.text
    for name in ("bo", "rita"):  # judgements are all that is asked for here
        assert client.get("/api/v1/labels", headers=held[name]).status_code == 503
