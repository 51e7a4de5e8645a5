"""Briefings made by the pages alone."""

from urllib.parse import unquote

from tests.portal.web.conftest import page


def sent(client, **fields):
    """Send a form of a briefing, and return the page that it leads to."""
    answer = client.post("/briefings", data=fields)
    assert answer.status_code == 303, answer.text
    return page(client, answer.headers["location"])


def pinned(client, address):
    """Press the first button of a page that pins something, without script; return the page again."""
    tree = page(client, address)
    button = tree.xpath("//button[@form='pin']")[0]
    return sent(client, **dict(tree.get_element_by_id("pin").form_values()) | {button.get("name"): button.get("value")})


def kinds(tree):
    return [one.get("class") for one in tree.get_element_by_id("briefing").xpath("./ol[1]/li")]


def test_what_is_pinned_stands_beside_the_page_and_on_that_of_the_briefing(client):
    tree = pinned(client, "/?q=single+window&mode=text")
    assert tree.xpath("//h1")[0].text == "Results"
    assert kinds(tree) == ["quotation"]
    pinned(client, "/decisions?body=ptc")
    pinned(client, "/vocabulary?of=theme:single-window")
    assert kinds(pinned(client, "/matrix?year=2014")) == ["quotation", "quotation", "figure", "figure"]
    tree = page(client, client.get("/briefings").headers["location"])
    assert kinds(tree) == ["quotation", "quotation", "figure", "figure"]
    assert len(tree.xpath("//ol[@class='notes']/li")) == 2
    links = tree.xpath("//li[@class='figure']/p/a/@href")
    assert links == ["/vocabulary?of=theme:single-window#trends", "/matrix?year=2014&claim=stated&mode=text"]
    assert all(client.get(one).status_code == 200 for one in links)
    assert not tree.xpath("//li/p[@class='access']")


def test_a_result_is_pinned_by_the_sentence_that_answers(client):
    tree = page(client, "/?q=single+window&mode=text")
    words = tree.xpath("//button[@form='pin']/@value")[0].partition(" ")[2]
    tree = pinned(client, "/?q=single+window&mode=text")
    said = tree.get_element_by_id("briefing").xpath(".//blockquote/text()")[0]
    assert said == f"12. {words}"


def test_entries_are_written_changed_moved_and_removed_without_script(client):
    pinned(client, "/?q=single+window&mode=text")
    sent(client, act="heading", text="Windows")
    tree = sent(client, act="comment", text="Read it again")
    assert kinds(tree) == ["quotation", "heading", "comment"]
    form = tree.xpath("//li[@class='comment']//form")[0]
    entry = dict(form.form_values())
    tree = sent(client, **entry | {"act": "change", "text": "Read", "place": "1"})
    assert kinds(tree) == ["comment", "quotation", "heading"]
    assert tree.xpath("//li[@class='comment']/p/text()") == ["Read"]
    assert kinds(sent(client, **entry | {"act": "remove"})) == ["quotation", "heading"]
    assert kinds(sent(client, act="heading", text="Before", place="1")) == ["heading", "quotation", "heading"]


def test_what_is_pinned_already_stays_once(client):
    pinned(client, "/?q=single+window&mode=text")
    assert kinds(pinned(client, "/?q=single+window&mode=text")) == ["quotation"]


def test_a_briefing_is_begun_chosen_and_deleted(client):
    for name in ("one", "two"):
        sent(client, act="begin", name=name)
    assert client.get("/briefings").headers["location"] == "/briefings/two"
    sent(client, act="choose", briefing="one")
    assert client.get("/briefings").headers["location"] == "/briefings/one"
    client.post("/briefings", data={"briefing": "one", "act": "delete"})
    assert client.get("/briefings/one").status_code == 404


def test_a_file_has_links_where_the_portal_has_an_address(client):
    pinned(client, "/?q=single+window&mode=text")
    address = client.get("/briefings").headers["location"]
    assert "http" not in client.get(f"{address}.csv").text


def test_a_briefing_is_renamed_with_its_entries_and_not_to_a_name_that_is_taken(client):
    pinned(client, "/?q=single+window&mode=text")
    before = client.get("/briefings").headers["location"].rpartition("/")[2]
    tree = sent(client, act="rename", briefing=unquote(before), name="Windows")
    assert (tree.findtext(".//h1"), kinds(tree)) == ("Windows", ["quotation"])
    assert "verified" in tree.xpath("string(//li[@class='quotation'])")
    assert client.get(f"/briefings/{before}").status_code == 404
    sent(client, act="begin", name="other")
    taken = client.post("/briefings", data={"act": "rename", "briefing": "other", "name": "Windows"})
    assert (taken.status_code, kinds(page(client, "/briefings/Windows"))) == (400, ["quotation"])


def test_what_cannot_be_pinned_leads_back_to_the_results_which_say_so(client):
    results = "/?q=single+window&mode=text"
    passage = page(client, results).xpath("//button[@form='pin']/@value")[0].partition(" ")[0]
    tree = sent(client, act="pin", passage=f"{passage} words that it does not have", next=results)
    assert "Nothing was pinned" in tree.xpath("string(//*[@role='alert'])")
    assert tree.xpath("//input[@id='q']/@value") == ["single window"]
    assert tree.xpath("//form[@id='pin']/input[@name='next']/@value") == [results]
