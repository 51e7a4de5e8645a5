"""Saved searches: saved from a search, listed with what is new, deleted."""

import pytest
from lxml import html

from pipelines.access.keys import KeyStore
from pipelines.storage.saved_searches import ShownSearch
from tests.portal.web.conftest import asked, page


def save(client, address, name):
    link = page(client, address).xpath("//a[.='Save this search']/@href")[0]
    form = page(client, link).xpath("//form[@action='/searches']")[0]
    return client.post("/searches", data=dict(form.form_values()) | {"name": name})


def test_a_search_is_saved_as_it_was_asked_and_deleted(client):
    address = "/?q=single+window&body=ptc&year=2014&mode=text"
    assert save(client, address, "windows").status_code == 303
    tree = page(client, "/searches")
    assert tree.xpath("//li//h2/a/text()") == ["windows"]
    assert set(tree.xpath("//li//h2/a/@href")[0][2:].split("&")) == set(address[2:].split("&"))
    assert "nothing new" in tree.text_content()
    client.post("/searches/delete", data={"name": "windows"})
    assert "No search was saved yet" in page(client, "/searches").text_content()


def test_new_papers_are_listed_until_they_are_noted_as_seen(own_home, samples, tmp_path, cli):
    with asked(own_home) as client:
        save(client, "/?q=zebra&mode=text", "zebras")
    paper = tmp_path / "paper.txt"
    paper.write_text("The zebra crossing of the port is not used by trucks that carry containers.", encoding="utf-8")
    assert cli("ingest", paper, "--home", own_home).code == 0
    with asked(own_home) as client:
        for _ in range(2):
            assert "1 new paper" in page(client, "/searches").text_content()
        client.post("/searches/seen", data={"name": "zebras"})
        assert "nothing new" in page(client, "/searches").text_content()


def test_a_search_of_the_command_line_is_listed_whatever_filters_it_has(client, own_home, cli):
    filters = [word for number in range(101) for word in ("--filter", f"body=b{number}")]
    assert cli("save-search", "window", "windows", *filters, "--home", own_home).code == 0
    assert page(client, "/searches").xpath("//li//h2/a/text()") == ["window"]


@pytest.mark.parametrize(
    "data",
    [
        {"name": ""},
        {"name": "x" * 101, "search": "q=a"},
        {"name": "x", "search": ""},
        {"search": "q=a"},
        {"name": "x", "search": "&".join(f"body=b{number}" for number in range(101))},
    ],
)
def test_what_cannot_be_saved_is_explained(client, data):
    assert client.post("/searches", data=data).status_code == 400


def test_a_search_by_meaning_alone_is_saved(client):
    tree = page(client, "/searches?q=window&mode=vector")
    assert tree.xpath("//form[@action='/searches']")
    answer = client.post("/searches", data={"name": "x", "search": "q=window&mode=vector"}, follow_redirects=False)
    assert answer.status_code == 303
    assert page(client, "/searches").xpath("//li//h2/a/@href") == ["/?q=window&mode=vector"]


def test_a_name_is_taken_once(client):
    assert save(client, "/?q=window&mode=text", "x").status_code == 303
    assert save(client, "/?q=window&mode=text", "x").status_code == 400
    assert client.post("/searches/delete", data={"name": "y"}).status_code == 400


@pytest.fixture
def keyed(own_home):
    """A client of a home with a search of its own and keys, and what asks with each key."""
    with asked(own_home) as client:
        save(client, "/?q=tariff&mode=text", "tariffs")
    store = KeyStore(own_home)
    roles = {"ana": "reviewer", "bo": "reviewer", "rita": "reader", "boss": "admin"}
    secrets = {name: store.add(name, role, None).secret for name, role in roles.items()}
    proxy = store.add("sso", "reviewer", None, names_from="X-Forwarded-User").secret
    with asked(own_home) as client:

        def send(who, method, address, **data):
            """Ask with a key, or as a person whom the proxy names (`@ana`)."""
            held = {"Authorization": f"Bearer {secrets.get(who, proxy)}", "X-Forwarded-User": who.removeprefix("@")}
            return client.request(method, address, headers=held, data=data or None)

        yield send


def listed(send, name):
    """The searches that a key is shown by the page and by the API, by their stored names."""
    tree = html.fromstring(send(name, "GET", "/searches").text)
    links = [link.text for link in tree.xpath("//ul[contains(@class,'searches')]//h2/a")]
    told = send(name, "GET", "/api/v1/searches").json()["searches"]
    assert all(one.keys() == ShownSearch.model_fields.keys() for one in told)
    names = [one["name"] for one in told]
    assert sorted(one.partition("/")[2] or one for one in names) == sorted(links)
    return names


def test_a_search_belongs_to_the_key_that_saved_it(keyed):
    for name in ("ana", "bo"):
        assert keyed(name, "POST", "/searches", name="windows", search="q=window&mode=text").status_code == 303
    assert listed(keyed, "ana") == ["key:ana/windows", "tariffs"]
    assert listed(keyed, "bo") == ["key:bo/windows", "tariffs"]
    assert listed(keyed, "rita") == ["tariffs"]
    assert listed(keyed, "boss") == ["key:ana/windows", "key:bo/windows", "tariffs"]


def test_a_person_with_the_name_of_a_key_is_somebody_else(keyed):
    for name in ("ana", "@ana"):
        assert keyed(name, "POST", "/searches", name="windows", search="q=window&mode=text").status_code == 303
    assert listed(keyed, "ana") == ["key:ana/windows", "tariffs"]
    assert listed(keyed, "@ana") == ["person:ana/windows", "tariffs"]
    assert keyed("@ana", "POST", "/searches/delete", name="key:ana/windows").status_code == 400
    assert keyed("@ana", "GET", "/searches/key:ana/windows.rss").status_code == 400
    assert keyed("@ana", "GET", "/searches/person:ana/windows.rss").status_code == 200
    chips = html.fromstring(keyed("boss", "GET", "/searches").text).xpath("//h2/span[@class='chip']/text()")
    assert chips[:2] == ["ana", "ana"]


def test_what_others_are_called_takes_no_name(keyed, own_home):
    other = KeyStore(own_home).add("bo/x", "reviewer", None).secret
    form = {"name": "x/s", "search": "q=window&mode=text"}
    assert keyed("bo", "POST", "/searches", **form).status_code == 303
    with asked(own_home) as client:
        held = {"Authorization": f"Bearer {other}"}
        assert client.post("/searches", data=form | {"name": "s"}, headers=held).status_code == 303
    assert listed(keyed, "bo") == ["key:bo/x/s", "tariffs"]


@pytest.mark.parametrize("name", ["a\x00b\nc\x1b[2J", "a\nb", "a\x7f", "a\u202eb", "a\u2028b", "key:ana/x", "person:x"])
def test_a_name_stands_on_a_line_and_is_no_owners(client, name):
    answer = client.post("/searches", data={"name": name, "search": "q=window&mode=text"})
    assert answer.status_code == 400
    assert "\x1b" not in answer.text
    assert "No search was saved yet" in page(client, "/searches").text_content()


def test_a_name_may_have_the_blanks_of_its_language(client):
    assert save(client, "/?q=window&mode=text", "guichet\u00a0: unique/«\u202fPTC\u202f»").status_code == 303


def test_others_do_not_learn_of_a_search_change_or_delete_it(keyed):
    keyed("ana", "POST", "/searches", name="windows", search="q=window&mode=text")
    for act in ("seen", "delete"):
        refused = [
            keyed("bo", "POST", f"/searches/{act}", name=name) for name in ("key:ana/windows", "key:ana/nothing")
        ]
        assert [one.status_code for one in refused] == [400, 400]
        assert refused[0].text.replace("windows", "nothing") == refused[1].text
        assert keyed("bo", "POST", f"/searches/{act}", name="tariffs").status_code == 400
        assert keyed("rita", "POST", f"/searches/{act}", name="tariffs").status_code == 403
    assert listed(keyed, "boss") == ["key:ana/windows", "tariffs"]
    assert keyed("ana", "POST", "/searches/seen", name="key:ana/windows").status_code == 303
    assert keyed("ana", "POST", "/searches/delete", name="key:ana/windows").status_code == 303
    assert keyed("boss", "POST", "/searches/delete", name="tariffs").status_code == 303
    assert listed(keyed, "boss") == []
