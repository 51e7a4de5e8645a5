"""The search page: what it shows, and that its counts are those after the click."""

import csv
import io
import re
import sys
from urllib.parse import parse_qsl, urlsplit

import pytest
from lxml import html
from openpyxl import load_workbook

from configs.settings import load_settings
from configs.system.sqlite import database
from index.embedded.engine import EmbeddedEngine
from pipelines.workspace import STATE
from portal.web.facets import shown_facets
from portal.web.names import Names
from portal.web.question import Question
from tests.portal.web.conftest import asked, page


@pytest.fixture(scope="module")
def names_of_samples(papers_home):
    return Names(load_settings(papers_home))


def recorded(function, calls):
    """A function that notes its arguments and does what it does."""

    def record(*arguments, **options):
        calls.append(arguments)
        return function(*arguments, **options)

    return record


def papers(tree):
    return int(re.match(r"\s*(\d+)", tree.xpath("string(//p[@class='summary']//strong)"))[1])


def test_a_hit_shows_where_it_stands_and_why(portal):
    tree = page(portal, "/?q=single+window&mode=text")
    first = tree.xpath("//ol[@class='hits']/li")[0]
    assert first.xpath(".//span[@class='symbol']/text()")
    (address,) = set(first.xpath(".//article/h2/a/@href | .//article/a[@class='thumbnail']/@href")) | set(
        first.xpath(".//article/div[@class='passage']/p[@class='where']/a/@href")
    )
    assert "passage=" in address
    (picture,) = first.xpath(".//a[@class='thumbnail']/img")
    assert (picture.get("loading"), picture.get("alt")) == ("lazy", "")
    assert not first.xpath(".//details[@open]")
    assert "derived" not in first.text_content()
    assert "single window" in first.xpath("string(.//blockquote/mark)").casefold()
    assert first.xpath(".//p[@class='where']/a/@href")[0].endswith("#mark")
    assert "found by" in first.xpath("string(.//div[@class='why'])")


@pytest.mark.parametrize("query", ["q=single+window&mode=text", "mode=text", "q=customs&mode=text&body=ptc"])
def test_the_count_of_a_facet_is_the_count_after_the_click(portal, query):
    tree = page(portal, f"/?{query}")
    every = papers(tree)
    labels = tree.xpath("//ul[contains(@class,'facet')]//label[not(input/@checked)]")
    assert len(labels) > 10
    for number, label in enumerate(labels):
        (box,) = label.xpath("input")
        count = int(label.xpath("string(span[@class='count'])"))
        value = {box.get("name"): box.get("value")}
        others = [one for one in parse_qsl(query) if one[0] not in value]
        asked = papers(html.fromstring(portal.get("/", params=[*others, *value.items()]).text))
        assert asked == count, value
        if number % 10 == 0:
            (button,) = label.xpath("following-sibling::button")
            shut = portal.get("/", params=[*parse_qsl(query), (button.get("name"), button.get("value"))]).text
            assert every - count <= papers(html.fromstring(shut)) <= every
            assert html.fromstring(shut).xpath("//label[@class='excluded']/input/@value") == [box.get("value")]


def test_suggested_tags_and_themes_are_seen_when_they_are_asked_for(portal):
    tree = page(portal, "/?q=customs&mode=text")
    assert tree.xpath("//ol[@class='hits']//p[@class='about']//*[contains(@class,'accepted')]")
    shown = "//ol[@class='hits']//*[contains(@class,'suggested')]"
    assert len(tree.xpath(shown)) == len(tree.xpath(f"//details[@class='further-tags']{shown[1:]}")) or not tree.xpath(
        f"{shown}[not(ancestor::details[@class='further-tags'])]"
    )
    said = tree.xpath("//details[@class='further-tags']/summary/text()")
    inside = tree.xpath("//details[@class='further-tags']")
    assert said
    assert [int(re.search(r"\d+", one)[0]) for one in said] == [
        len(one.xpath(".//span[contains(@class,'tag ')] | .//a[contains(@class,'chip ')]")) for one in inside
    ]


def test_four_or_five_lines_of_a_passage_are_shown(portal):
    for query in ("q=customs&mode=text", "q=which+agencies+share+data", "mode=text"):
        tree = page(portal, f"/?{query}")
        texts = [one.text_content() for one in tree.xpath("//ol[@class='hits']//blockquote")]
        assert texts
        assert max(map(len, texts)) < 650


def test_sessions_are_a_facet_where_a_body_is_chosen(portal):
    session = "//fieldset[legend[normalize-space()='Session']]"
    assert not page(portal, "/?q=customs&mode=text").xpath(session)
    assert not page(portal, "/?q=customs&mode=text&body!=ptc").xpath(session)
    assert page(portal, "/?q=customs&mode=text&body=ptc").xpath(session)


def test_years_are_an_axis_and_a_range(portal):
    tree = page(portal, "/?q=customs&mode=text&year=2014..2018")
    ends = [tree.xpath(f"//input[@name='{name}']/@value")[0] for name in ("from", "to")]
    assert ends == ["2014", "2018"]
    bars = {int(one.xpath("string(title)").split(":")[0]): one for one in tree.xpath("//svg[@class='histogram']/a")}
    assert sorted(bars) == list(range(min(bars), max(bars) + 1))
    outside = {year for year, one in bars.items() if one.xpath("rect[contains(@class,'outside')]")}
    drawn = {year for year, one in bars.items() if one.xpath("rect[contains(@class,'bar')]")}
    assert outside == {year for year in drawn if not 2014 <= year <= 2018} != set()
    one = page(portal, bars[min(drawn)].get("href"))
    assert one.xpath("//p[@class='chosen']/a/@href")
    assert not tree.xpath("//aside//input[@type='hidden' and @name='year']")


def test_what_the_facets_lack_is_carried_along(portal):
    tree = page(portal, "/?q=customs&mode=text&sort=date&country=KE&body=ptc&year=2014..")
    form = tree.xpath("//aside[@class='facets']/form")[0]
    hidden = [(one.get("name"), one.get("value")) for one in form.xpath(".//input[@type='hidden']")]
    assert sorted(hidden) == [("country", "KE"), ("mode", "text"), ("q", "customs"), ("sort", "date")]
    assert form.xpath(".//button")[0].get("name") is None  # what Enter presses in a field of the form


def test_all_matching_passages_of_a_paper_stand_beside_its_page(portal):
    address = "q=customs&mode=text"
    hit = max(portal.get(f"/api/v1/search?{address}").json()["hits"], key=lambda one: one["matching"])
    link = f"/documents/{hit['document']['id']}/matching?{address}"
    assert link in page(portal, f"/?{address}").xpath("//a[@class='all']/@href")
    tree = page(portal, link)
    passages = tree.xpath("//ol[@class='matches']/li")
    assert len(passages) == hit["matching"] > 3
    numbers = [int(one.get("id").rpartition("-")[2]) for one in passages]
    assert numbers == sorted(numbers)
    last = passages[-1].xpath(".//p[@class='where']/a/@href")[0]
    chosen = page(portal, last)
    assert [one.get("id") for one in chosen.xpath("//li[@aria-current]")] == [passages[-1].get("id")]
    if hit["document"]["media_type"] == "application/pdf":
        (picture,) = chosen.xpath("//figure[@id='page']//img/@src")
        assert portal.get(picture).headers["content-type"] == "image/png"
    assert "No passage of this paper" in page(portal, link.replace("customs", "zzyzx")).text_content()
    assert portal.get("/documents/nothing/matching?q=customs").status_code == 404


def test_a_small_picture_of_the_page_has_the_passage_marked(portal):
    tree = page(portal, "/?q=single+window&mode=text")
    address = tree.xpath("//a[@class='thumbnail']/img/@src")[0]
    marked = portal.get(address)
    assert marked.headers["cache-control"] == "private, max-age=86400"
    plain = portal.get(address.split("?")[0])
    assert marked.content[:4] == plain.content[:4] == b"\x89PNG"
    assert marked.content != plain.content
    assert len(marked.content) < 60_000
    assert portal.get(address.replace("/thumbnails/", "/thumbnails/x")).status_code == 404


def test_a_citation_is_given_in_four_forms(portal):
    hit = portal.get("/search.json?q=single+window&mode=text").json()["hits"][0]
    passage, paper = hit["passages"][0]["id"], hit["document"]
    tree = page(portal, f"/documents/{paper['id']}/citation?passage={passage}")
    short, footnote, bibtex, ris = (one.text for one in tree.xpath("//pre"))
    assert short.startswith(paper["symbol"]["raw"])
    assert paper["title"].split()[0] in footnote
    assert "/d/" in bibtex
    for kind, record, media_type in (("bib", bibtex, "application/x-bibtex"), ("ris", ris, "research-info")):
        file = portal.get(f"/documents/{paper['id']}/citation.{kind}?passage={passage}")
        assert file.text.split() == record.split()
        assert media_type in file.headers["content-type"]
        every = portal.get(f"/search.{kind}?q=single+window&mode=text")
        assert every.text.count("institution = " if kind == "bib" else "TY  - ") >= 1
    found = portal.get("/search.json?q=single+window&mode=text").json()["hits"]
    assert portal.get("/search.ris?q=single+window&mode=text").text.count("ER  - ") == len(found)
    assert portal.get(f"/documents/{paper['id']}/citation.doc").status_code == 404
    assert portal.get(f"/documents/{paper['id']}/citation?passage=nothing-1").status_code == 404


def test_a_page_is_one_search_however_many_facets_are_filtered(portal, monkeypatch):
    asked = []
    monkeypatch.setattr(EmbeddedEngine, "search", recorded(EmbeddedEngine.search, asked))
    page(portal, "/?q=single+window&mode=text&body=ptc&language=en&theme=single-window&year=2010..")
    assert len(asked) == 1


def test_pages_open_no_database_of_the_home_once_more_but_the_state(portal, monkeypatch):
    """The state is opened for each question: whoever put another file in its place is answered from that."""
    address = "/?q=single+window&mode=text"
    page(portal, address)
    asked = []
    monkeypatch.setattr(database, "open_database", recorded(database.open_database, asked))
    page(portal, address)
    assert {path.name for path, *_ in asked} <= {STATE}


@pytest.mark.parametrize("mode", ["hybrid", "vector"])
def test_what_is_less_close_is_folded_below_what_is_close(portal, mode):
    found = portal.get("/api/v1/search", params={"q": "single window", "mode": mode, "limit": 100}).json()
    close = found["documents"]
    assert [hit["close"] for hit in found["hits"]] == [place < close for place in range(found["listed"])]
    assert 0 < close < found["listed"]
    shown, given = [], []
    for number in range(-(-found["listed"] // 10)):
        tree = page(portal, f"/?q=single+window&mode={mode}&page={number + 1}")
        above, below = min(max(close - 10 * number, 0), 10), tree.xpath("//details[@class='less-close']")
        assert len(tree.xpath("//section[@id='results']/ol[@class='hits']/li")) == above
        assert [one.get("open") is not None for one in below] == ([above == 0] if above < 10 else [])
        shown += tree.xpath("//ol[@class='hits']/li//h2/a/@href")
        given += [len(one.xpath(".//div[@class='passage']")) for one in tree.xpath("//ol[@class='hits']/li")]
        assert papers(tree) == close
    assert [link.split("?")[0].rpartition("/")[2] for link in shown] == [one["document"]["id"] for one in found["hits"]]
    assert given == [min(len(hit["passages"]), hit["matching"] or 3) for hit in found["hits"]]
    assert any(hit["matching"] < len(hit["passages"]) for hit in found["hits"] if hit["close"])


@pytest.mark.parametrize("mode", ["hybrid", "vector", "text"])
def test_words_that_no_passage_has_are_told_with_what_they_may_have_been(portal, mode):
    tree = page(portal, f"/?q=singel+windwo&mode={mode}")
    assert papers(tree) == 0
    link = tree.xpath("//a[text()='single window']/@href")
    assert link
    if mode != "text":
        assert "no passage has these words" in tree.xpath("string(//p[@class='summary'])")
        assert tree.xpath("//details[@class='less-close']/@open")
    found = page(portal, f"/?q=singel+window&mode={mode}")  # one of the words is found
    assert "no passage has these words" not in found.text_content()
    assert mode == "text" or found.xpath("//a[text()='single window']/@href")


def test_a_filter_without_an_answer_is_told_by_its_names(portal):
    tree = page(portal, "/?q=window&mode=text&body=dmpt&year=1911")
    told = [" ".join(one.text_content().split()) for one in tree.xpath("//li[starts-with(., 'filter')]")]
    assert [one.split(";")[0] for one in told] == [
        "filter Body: Data Model Projects Team: no paper has it",
        "filter Year: 1911: no paper has it",
    ]


def test_a_file_has_what_is_close_alone_and_every_passage_that_matches(portal):
    found = portal.get("/search.json?q=single+window").json()
    assert (len(found["hits"]), found["not_close"]) == (found["documents"], 0)
    assert all(hit["close"] for hit in found["hits"])
    address = "q=customs&mode=text"
    found = portal.get(f"/api/v1/search?{address}&limit=100").json()
    assert max(hit["matching"] for hit in found["hits"]) > 3
    hits = portal.get(f"/search.json?{address}").json()["hits"]
    assert [len(hit["passages"]) for hit in hits] == [hit["matching"] for hit in found["hits"]]
    text = portal.get(f"/search.csv?{address}").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len({row["passage"] for row in rows}) == len(rows) == sum(hit["matching"] for hit in found["hits"])


def test_a_chosen_filter_can_be_taken_back(portal):
    tree = page(portal, "/?q=window&mode=text&body=ptc&year=2014")
    back = tree.xpath("//p[@class='chosen']/a[contains(@class,'chip')]/@href")
    assert [dict(parse_qsl(urlsplit(one).query)) for one in back] == [
        {"q": "window", "mode": "text", "year": "2014"},
        {"q": "window", "mode": "text", "body": "ptc"},
    ]


def test_a_value_is_excluded_in_page_interface_file_and_command_alike(portal, cli, papers_home):
    given = [("q", "window"), ("mode", "text"), ("body!", "ptc"), ("language!", "fr"), ("language!", "es")]
    found = portal.get("/api/v1/search", params=[*given, ("limit", 100)]).json()
    every = portal.get("/api/v1/search", params={"q": "window", "mode": "text", "limit": 100}).json()
    assert 0 < found["documents"] < every["documents"]
    assert "ptc" not in {hit["document"]["body"] for hit in found["hits"]}
    assert {hit["document"]["language"] for hit in found["hits"]} == {"en"}
    assert portal.get("/search.json", params=given).json()["hits"] == found["hits"]
    tree = html.fromstring(portal.get("/", params=given).text)
    assert papers(tree) == found["documents"]
    assert len(tree.xpath("//p[@class='chosen']/a[contains(@class,'chip') and contains(@class,'excluded')]")) == 3
    filters = [word for one in ("body!=ptc", "language!=fr", "language!=es") for word in ("--filter", one)]
    said = cli("search", "window", "--mode", "text", "-k", "100", *filters, "--home", papers_home, "--json").json
    assert [hit["document"]["id"] for hit in said["hits"]] == [hit["document"]["id"] for hit in found["hits"]]
    assert "status cannot be excluded" in portal.get("/?status!=accepted").text


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("from=2014&to=2018", "2014..2018"),
        ("from=2014&to=", "2014.."),
        ("from=&to=2018", "..2018"),
        ("from=2014&to=2014", "2014"),
    ],
)
def test_two_years_are_a_range(portal, given, meant):
    typed, asked = (page(portal, f"/?q=window&mode=text&{one}") for one in (given, f"year={meant}"))
    assert 0 < papers(typed) == papers(asked) < papers(page(portal, "/?q=window&mode=text"))
    assert typed.xpath("//p[@class='chosen']/a/@href") == asked.xpath("//p[@class='chosen']/a/@href")
    assert f"Year: {meant.replace('..', '–')} " in typed.xpath("string(//p[@class='chosen']/a)")


@pytest.mark.parametrize(
    ("address", "code", "path", "said"),
    [
        (f"/?q={'window+' * 3000}", 400, "//div[@class='mistake'][string-length() < 300]/p[1]", "10,000 characters"),
        ("/?q=window+year%3A2015..2010", 400, "//div[@role='alert'][.//mark]", "ends before"),
        ("/?q=window+year%3A2015..2010", 400, "//input[@id='q'][@aria-invalid='true']", ""),
        ("/?q=boddy%3Aptc+single", 400, "//div[@class='mistake']", "unknown field 'boddy'"),
        ("/?q=boddy%3Aptc+single", 400, "//div[@class='mistake']", "nearest: body"),
        ("/?q=boddy%3Aptc+single", 400, "//div[@class='mistake']", "in quotes it is searched as words"),
        ("/?q=zzyzx&mode=text", 200, "//main", "No paper matches"),
        *(
            (f"/?{one}", 400, "//main", "What to do")
            for one in ("page=0", "page=x", "mode=none", "sort=up", "modality=maybe", "page=99999")
        ),
    ],
)
def test_what_cannot_be_answered_is_explained(portal, address, code, path, said):
    (found,) = page(portal, address, code=code).xpath(path)
    assert said in found.text_content()


@pytest.mark.parametrize(
    "path", ["/", "/search.json", "/search.csv", "/matrix", "/matrix.xlsx", "/searches", "/similar/{passage}"]
)
@pytest.mark.parametrize("field", ["body", "year"])
def test_a_page_takes_a_hundred_values_of_filters(portal, path, field):
    hit = portal.get("/search.json?q=window&mode=text").json()["hits"][0]
    address = path.format(passage=hit["passages"][0]["id"])
    values = "&".join(f"{field}={number}" for number in range(1900, 2000))
    assert portal.get(f"{address}?mode=text&{values}").status_code == 200
    refused = portal.get(f"{address}?mode=text&{values}&session=7")
    assert refused.status_code == 400
    assert "101 values of filters: a page takes at most 100" in refused.text


def test_choices_cost_no_more_than_the_filters_there_are(names_of_samples):
    def instructions(count):
        question = Question(filters=tuple(("body", f"b{number}") for number in range(count)))
        calls = 0

        def note(*_):
            nonlocal calls
            calls += 1

        sys.setprofile(note)
        try:
            found = list(shown_facets(question, {}, names_of_samples, "en"))
        finally:
            sys.setprofile(None)
        assert len(found[0].choices) == count
        return calls

    instructions(10)  # what is loaded once is loaded now
    assert instructions(2000) < 2.5 * instructions(1000)


def test_a_query_is_text_and_never_mark_up(portal):
    answer = portal.get("/?q=%3Cscript%3Ealert(1)%3C/script%3E&mode=text")
    assert "<script>alert" not in answer.text


def test_the_same_result_as_a_table(portal):
    text = portal.get("/search.csv?q=single+window&mode=text").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows[0]["citation"].startswith(rows[0]["symbol"])
    assert {row["document"] for row in rows} == {
        hit["document"]["id"] for hit in portal.get("/search.json?q=single+window&mode=text").json()["hits"]
    }
    assert portal.get("/search.doc?q=single+window").status_code == 404


def test_the_interface_speaks_french_and_remembers(own_home):
    with asked(own_home) as client:
        assert "Matrice" in client.get("/?lang=fr").text
        assert "Matrice de maturité" in client.get("/matrix").text
        assert 'lang="en"' in client.get("/about?lang=en").text


def test_papers_without_a_date_are_a_choice_and_a_year_says_how_many_it_leaves_out(cli, own_home, tmp_path):
    paper = tmp_path / "undated.txt"
    paper.write_text("Guide to seals\n\nThe seals of the single window are closed by machines.\n")
    assert cli("ingest", paper, "--home", own_home).code == 0
    said = cli("search", "seals", "--filter", "year=2000..", "--mode", "text", "--home", own_home)
    assert "1 document without a date left out (year=none shows them)" in said.out
    with asked(own_home) as client:
        french = {"accept-language": "fr"}
        shown = client.get("/?q=window&year=2000..&mode=text", headers=french).text
        assert "1 document</a> sans date est écarté." in " ".join(shown.split())
        assert "sans date" in client.get("/?q=window&mode=text", headers=french).text
        address = "/?q=window&amp;year=none&amp;mode=text"
        assert address in shown
        alone = client.get(address.replace("&amp;", "&")).text
        assert "undated.txt" in alone or "Guide to seals" in alone
        assert client.get("/api/v1/search?q=window&year=2000..&mode=text").json()["undated"] == 1


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/?q=customs&boddy=ptc", "The address has a parameter that no page knows, “boddy”: it was skipped."),
        ("/?boddy=ptc&lang=fr", "L’adresse a un paramètre qu’aucune page ne connaît, « boddy »"),
        ("/matrix?boddy=ptc", "“boddy”"),
    ],
)
def test_a_page_answers_and_says_which_parameter_it_does_not_know(portal, address, said):
    (line,) = page(portal, address).xpath("//main/p[@class='banner'][@role='status']")
    assert said in line.text_content()
    assert line.xpath("string(code)") == "body"


@pytest.mark.parametrize(
    "address",
    [
        "/?q=customs&body=ptc&body!=council&theme.named=paperless&from=2001&to=2020&sort=date&mode=text&page=1&lang=en",
        "/matrix?by=year&with.body=ptc&modality=planned",
        "/vocabulary?of=theme:paperless&by=year&each=body",
        "/decisions?state=open&addressee=members",
        "/sentences?judged=accept&page=1",
        "/members/FR?with=DE&suggested=1",
    ],
)
def test_a_page_says_nothing_of_the_parameters_that_it_knows(portal, address):
    assert not page(portal, address).xpath("//main/p[@class='banner'][@role='status']")


def test_a_spreadsheet_has_names_beside_codes_and_files_beside_sources(portal):
    book = load_workbook(io.BytesIO(portal.get("/search.xlsx?q=single+window").content))
    head, *rows = book.active.iter_rows(values_only=True)
    first = dict(zip(head, next(row for row in rows if row[2] == "ptc"), strict=True))
    assert (first["body"], first["body name"]) == ("ptc", "Permanent Technical Committee")
    assert first["source"] is None  # a folder of the server
    assert first["file"].endswith(".pdf")


def test_words_that_only_other_years_have_are_said_to_be_elsewhere(portal):
    said = html.fromstring(portal.get("/?q=single+window&mode=text&from=2090").text).xpath("//p[@class='summary']")[0]
    assert "no passage of this choice has these words" in said.text_content()
    (link,) = said.xpath("./a/@href")
    elsewhere = html.fromstring(portal.get(link).text).xpath("string(//p[@class='summary']/strong)")
    assert f"{elsewhere} have them elsewhere" in said.text_content()


@pytest.mark.parametrize(
    ("wrong", "near"),
    [
        ("/bodise", ["/bodies"]),
        ("/memberz", ["/members"]),
        ("/zzz", []),
        ("/bodies/wto-ctd", ["/bodies/wto-comtd"]),
        ("/bodies/zzzzzz", ["/bodies"]),
        ("/members/Singapor", ["/members/SG"]),
        ("/members/go?code=Philipines", ["/members/PH"]),
        ("/members/go?code=Atlantis", ["/members"]),
        ("/themes/singel-window", ["/themes/single-window"]),
        ("/themes/guichet-uniqe", ["/themes/single-window"]),
    ],
)
def test_a_wrong_address_names_the_nearest_page_and_leads_back_to_the_search(portal, wrong, near):
    answer = portal.get(wrong, headers={"referer": f"{portal.base_url}/?q=single+window"}, follow_redirects=True)
    links = html.fromstring(answer.text).xpath("//main//a/@href")
    assert (answer.status_code, links) == (404, [*near, "/?q=single+window"])
