"""The reader: pages with every box of the passage, the text view, the original file, and what is not there."""

import io
import re
import shutil

import pytest
from lxml import html
from PIL import Image

from tests.portal.web.conftest import asked, page


@pytest.fixture(scope="module")
def hit(portal):
    """A passage of the second page of a PDF, with its paper."""
    found = portal.get("/search.json?q=%22single+window%22&mode=text&symbol=PC9001").json()["hits"][0]
    return found["document"], next(one for one in found["passages"] if one["pages"] == [2])


def test_a_hit_opens_at_its_passage_with_every_box(portal, hit):
    document, passage = hit
    tree = page(portal, f"/documents/{document['id']}?passage={passage['id']}")
    assert len(tree.xpath("//*[@id='mark']")) == 1
    chosen = tree.xpath("//*[contains(@class,'box chosen')]")
    assert chosen
    assert all(float(rect.get("width")) > 0 for rect in chosen)
    assert tree.xpath("//figure//img/@src")[0] == f"/documents/{document['id']}/pages/1.png"


def test_the_words_and_the_sentence_that_answer_are_marked_on_the_page(portal, hit):
    document, passage = hit
    address = f"/documents/{document['id']}?passage={passage['id']}&q=%22single+window%22&mode=text"
    tree = page(portal, address)
    figure = tree.xpath("//*[@id='mark']/ancestor::figure")[0]
    sentence = boxes(figure, "sentence chosen")
    words = boxes(figure, "word")
    passage_box = boxes(figure, "box chosen")[0]
    assert sentence
    assert words
    assert all(inside(one, passage_box) for one in sentence)
    assert any(inside(word, one) for word in words for one in sentence)
    assert not any(width > 150 for _, _, width, _ in words)  # a word, and not its line
    said = tree.xpath("//article[@id='said']")[0]
    assert "ingle window" in said.xpath(".//em")[0].text_content().replace("W", "w")
    assert {one.casefold() for one in said.xpath(".//mark//text()")} >= {"single window"}


def boxes(tree, kind):
    names = ("x", "y", "width", "height")
    found = tree.xpath(f".//*[local-name()='rect' and starts-with(normalize-space(@class), '{kind}')]")
    return [tuple(float(one.get(name)) for name in names) for one in found]


def inside(box, outer):
    """Whether a box is in another one, but for a point or two."""
    near = 4
    across = outer[0] - near <= box[0] and box[0] + box[2] <= outer[0] + outer[2] + near
    return across and outer[1] - near <= box[1] and box[1] + box[3] <= outer[1] + outer[3] + near


def test_a_search_in_a_paper_lists_its_passages_and_leads_from_one_to_the_next(portal, hit):
    document, _ = hit
    tree = page(portal, f"/documents/{document['id']}?q=committee&mode=text")
    listed = tree.xpath("//ol[@class='matches']/li/a/@href")
    assert len(listed) > 2
    assert all("q=committee" in one and document["id"] in one for one in listed)
    assert tree.xpath("string(//ol[@class='matches']//mark)").casefold() == "committee"
    (first,) = tree.xpath("//nav[@class='bar-marks']/a[@rel='next']/@href")
    assert first == listed[0]
    second = page(portal, first.partition("#")[0])
    assert second.xpath("//nav[@class='bar-marks']/a[@rel='next']/@href") == [listed[1]]
    assert f"1/{len(listed)}" in second.xpath("string(//nav[@class='bar-marks'])")
    nothing = page(portal, f"/documents/{document['id']}?q=qqzzy&mode=text")
    assert "Nothing in this paper is close to it" in nothing.xpath("string(//ol[@class='matches'])")


def test_a_theme_leads_to_its_next_mark_in_the_paper(portal, hit):
    document, _ = hit
    tree = page(portal, f"/documents/{document['id']}")
    (target,) = tree.xpath("//ul[@class='facet']//a[contains(., 'Single Window')]/@href")
    assert target.startswith(f"/documents/{document['id']}?passage=")
    assert target.endswith("&theme=single-window#mark")
    there = page(portal, target.partition("#")[0])
    assert boxes(there, "word")
    assert there.xpath("//ul[@class='facet']//a[@aria-current]/@href") != [target]


def test_the_bar_names_the_page_and_leads_to_others(portal, hit):
    document, _ = hit
    tree = page(portal, f"/documents/{document['id']}?page=2&zoom=150")
    bar = tree.xpath("//div[starts-with(@class, 'bar')]")[0]
    assert bar.xpath(".//input[@name='page']/@value") == ["2"]
    for form in ("bar-page", "bar-search"):
        assert bar.xpath(f".//form[@class='{form}']/input[@type='hidden' and @name='zoom']/@value") == ["150"]
    assert bar.xpath(".//form[@class='bar-page']/a/@href") == [
        f"/documents/{document['id']}?page=1&zoom=150#page-1",
        f"/documents/{document['id']}?page=3&zoom=150#page-3",
    ]
    assert tree.xpath("//figure/@id")[0] == "page-2"
    assert tree.xpath("//figure//img/@src")[0].endswith("/pages/2.png?width=1350")


def test_thumbnails_have_ticks_where_marks_are(portal, hit):
    document, passage = hit
    tree = page(portal, f"/documents/{document['id']}?q=%22single+window%22&mode=text")
    marked = set(passage["pages"])
    thumbnails = tree.xpath("//details[contains(@class,'thumbnails')]//li/a")
    assert len(thumbnails) == len(document["pages"])
    for number, one in enumerate(thumbnails, 1):
        assert one.xpath(".//img/@loading") == ["lazy"]
        ticks = one.xpath(".//*[local-name()='rect']")
        assert all(0 <= float(tick.get("y")) <= 100 for tick in ticks)
        if number in marked:
            assert ticks
    assert sum(bool(one.xpath(".//*[local-name()='rect']")) for one in thumbnails) < len(thumbnails) + 1


def test_a_small_screen_has_the_text_of_the_same_pages_and_one_link_to_the_pages(portal, hit):
    document, passage = hit
    address = f"/documents/{document['id']}?passage={passage['id']}"
    tree = page(portal, address)
    assert len(tree.xpath("//*[@id='mark-in-text']")) == 1
    assert tree.xpath("//div[@class='as-text']//em")
    for view, figures in (("pages", True), ("text", False)):
        one = page(portal, f"{address}&view={view}")
        assert bool(one.xpath("//figure")) is figures
        assert bool(one.xpath("//div[@class='as-text']")) is not figures
        assert len(one.xpath("//*[@id='mark']")) == 1
        assert figures or one.xpath("//*[@id='mark' and contains(@class,'chosen')]")


def test_the_passage_stands_beside_with_a_citation_to_copy_in_every_form(portal, hit):
    document, passage = hit
    tree = page(portal, f"/documents/{document['id']}?passage={passage['id']}")
    said = tree.xpath("string(//article[@id='said'])")
    assert passage["text"].split("\n")[0][:60] in said
    assert "PC9001E1a, §" in said
    button = tree.xpath("//div[@class='bar-cite']/button")[0]
    assert button.get("data-copy").startswith("PC9001E1a, §")
    assert (*tree.xpath("//body/@data-copied"), button.get("data-key")) == ("Copied", "c")
    links = tree.xpath("//details[@class='forms']//a/@href")
    assert [link.rpartition("/")[2].partition("?")[0] for link in links] == ["citation.bib", "citation.ris", "citation"]
    assert all(link.endswith(f"?passage={passage['id']}") for link in links)
    plain = page(portal, f"/documents/{document['id']}").xpath("//div[@class='bar-cite']/button")[0]
    assert (plain.get("data-copy"), plain.get("data-key")) == ("PC9001E1a", None)


def test_a_theme_has_one_number_in_the_list_the_text_and_on_the_page(portal, hit):
    document, passage = hit
    address = f"/documents/{document['id']}?passage={passage['id']}"
    tree = page(portal, address)
    listed = tree.xpath("//aside[@class='tags']/ul[@class='facet']//a[contains(., 'Single Window')]/span/span")[0]
    number, classes = listed.text, listed.get("class")
    assert classes == f"theme-number theme-{number}"
    said = tree.xpath("//article[@id='said']")[0]
    chip = said.xpath(".//a[contains(@class,'chip') and contains(., 'Single Window')]/span")[0]
    assert (chip.text, chip.get("class")) == (number, classes)
    in_text = page(portal, f"{address}&view=text").xpath("//div[contains(@class,'chosen')]")[0]
    for place in (said, in_text):
        mention = place.xpath(".//span[contains(@class,'theme ') and @title='Single Window']")[0]
        assert mention.get("data-number") == number
        assert mention.get("class") == f"theme theme-{number}"
    mark = tree.xpath("//*[@id='mark']")[0]
    assert "Single Window" in mark.get("aria-label")
    assert number in mark.xpath(f".//*[@class='theme-mark theme-{number}']/*[local-name()='text']/text()")


def test_a_format_without_pages_is_text(portal):
    tree = page(portal, "/documents/PC9002")
    assert tree.xpath("//div[contains(@class,'block')]")
    assert not tree.xpath("//figure")
    found = portal.get("/search.json?q=customs&mode=text&symbol=PC9002").json()["hits"][0]["passages"][0]
    marked = page(portal, f"/documents/PC9002?passage={found['id']}&q=customs&mode=text")
    words = marked.xpath("//div[starts-with(@class,'block') and contains(@class,'chosen')]//mark")
    assert "customs" in {one.text_content().casefold() for one in words}


def test_a_page_is_a_picture_of_the_width_that_is_asked_for(portal, hit):
    document, passage = hit
    plain = portal.get(f"/documents/{document['id']}/pages/2.png?width=600")
    assert plain.headers["content-type"] == "image/png"
    for picture in (plain, portal.get(f"/thumbnails/{document['id']}/2.png")):
        assert picture.headers["cache-control"].startswith("private, max-age=")
        assert picture.headers["vary"] == "Authorization, Cookie"  # nobody gets the picture of who signed in before
    assert Image.open(io.BytesIO(plain.content)).width == 600
    marked = portal.get(f"/documents/{document['id']}/pages/2.png?width=600&highlight={passage['id']}")
    assert Image.open(io.BytesIO(marked.content)).size == Image.open(io.BytesIO(plain.content)).size
    assert marked.content != plain.content


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("/documents/nothing", 404),
        ("/documents/PC9001?passage=nothing", 404),
        ("/documents/PC9001?page=0", 400),
        ("/documents/PC9001/pages/99.png", 404),
        ("/documents/PC9001/pages/0.png", 404),
        ("/documents/PC9001/pages/1.png?width=9", 422),
        ("/documents/PC9002/pages/1.png", 404),
        ("/documents/nothing/file", 404),
    ],
)
def test_what_is_not_there_is_said(portal, address, code):
    assert portal.get(address).status_code == code


def test_the_original_file_is_kept_and_never_opened_in_the_page(portal, samples):
    answer = portal.get("/documents/PC9001/file")
    assert answer.content == (samples / "papers" / "PC9001E1a.pdf").read_bytes()
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("link", "leads"),
    [
        *(
            (f"/d/{one}", r"/documents/\w{16}\?passage=\w{16}-\d+&page=\d+#mark")
            for one in ("PC9001E1a/§12", "pc9001/§12", "PC9001?paragraph=12", "PC9001/p2")
        ),
        ("/d/PC9001", r"/documents/\w{16}"),
        ("/d/PC9001/§9999", r"/documents/\w{16}\?missing=%C2%A79999"),
        ("/d/PC9001/p99", r"/documents/\w{16}\?missing=p99"),
    ],
)
def test_a_permalink_leads_to_its_paragraph(portal, link, leads):
    answer = portal.get(link)
    assert answer.status_code == 303
    assert re.fullmatch(leads, answer.headers["location"])


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("/d/PC9001/§9999", "This paper has no §9999: it is shown from its beginning."),
        ("/d/PC9001E1a/p99", "This paper has no page 99: it has {} pages."),
        ("/documents/PC9001?page=99", "This paper has no page 99: it has {} pages."),
    ],
)
def test_a_place_that_is_not_there_is_told(portal, link, said):
    count = len(portal.get("/api/v1/documents/PC9001E1a").json()["pages"])
    assert said.format(count) in portal.get(link, follow_redirects=True).text


def test_a_permalink_leads_to_the_language_of_the_reader_unless_it_names_one(portal):
    french = {"Accept-Language": "fr", "Cookie": ""}  # whatever other tests chose
    for link, language in (("/d/PC9001/§12", "fr"), ("/d/PC9001E1a/§12", "en"), ("/d/PC9001E1a/§12?language=fr", "fr")):
        leads = portal.get(link, headers=french).headers["location"]
        document = leads.removeprefix("/documents/").partition("?")[0]
        assert portal.get(f"/api/v1/documents/{document}").json()["language"] == language


def test_an_older_edition_says_that_it_is_superseded_and_leads_to_the_newest(own_home, cli, tmp_path):
    newer = tmp_path / "PC9002E2a.txt"
    newer.write_text("1. The single window of Arvenia is open to every carrier and every port now.")
    symbol = "{raw: PC9002E2a, prefix: PC, serial: '9002', language: E, version: '2', variant: a}"
    (tmp_path / "PC9002E2a.txt.meta.yaml").write_text(f"symbol: {symbol}\nlanguage: en\ntitle: Another title\n")
    assert cli("ingest", newer, "--home", own_home).code == 0
    with asked(own_home) as client:
        newest = client.get("/d/PC9002").headers["location"]
        assert "Another title" in client.get(newest).text
        assert "newer version" not in client.get(newest).text
        tree = page(client, client.get("/d/PC9002E1a").headers["location"])
        banner = tree.xpath("//p[@class='banner']")[0]
        assert "newer version" in banner.text_content()
        assert banner.xpath("./a/@href") == [newest]


@pytest.mark.parametrize("link", ["/d/PC0000/§1", "/d/ECE/TRANS/WP.30/2014/1/§4", "/d/", "/d/§1"])
def test_a_link_to_nothing_is_not_found(portal, link):
    assert portal.get(link).status_code == 404


def test_a_paper_that_was_deleted_is_gone_and_says_so(cli, samples, tmp_path):
    papers = tmp_path / "papers"
    papers.mkdir()
    for name in ("PC9001E1a.pdf", "PC9005E1a.pdf"):
        shutil.copy(samples / "papers" / name, papers)
    home = tmp_path / "home"
    assert cli("ingest", papers, "--home", home).code == 0
    (papers / "PC9001E1a.pdf").unlink()
    assert cli("ingest", papers, "--home", home, "--delete-missing").code == 0
    with asked(home) as client:
        answer = client.get("/d/PC9001/§12")
        assert answer.status_code == 410
        assert "REPORT TO THE CUSTOMS" in answer.text


def test_two_versions_stand_side_by_side(portal):
    twin = page(portal, "/documents/PC9001").xpath("//a[contains(@href,'/beside/')]/@href")[0]
    rows = page(portal, twin).xpath("//table[@class='beside']/tbody/tr")
    assert len(rows) > 20
    assert all(len(row.xpath("./td")) == 2 for row in rows)
    other = portal.get("/documents/PC9001/beside/PC9005")
    assert other.status_code == 404


@pytest.mark.parametrize(("language", "date"), [("en", "17 April 2014"), ("fr", "17 avril 2014")])
def test_dates_are_written_as_committees_write_them(portal, language, date):
    answer = portal.get("/documents/PC9001E1a", headers={"Accept-Language": language, "Cookie": ""})
    assert html.fromstring(answer.text).xpath("//p[@class='facts parts']/time/text()") == [date]
