"""Quotations verified by page, API and command line over the samples."""

import json

import pytest
from lxml import html

from configs.settings import load_settings
from index.filters import EVERY_CLASS, Filters
from pipelines.search.service import SearchService
from pipelines.viewing.citations import cite
from portal.web.gate import MOST_VERIFIED
from portal.web.routes.verify import MOST_QUOTATIONS


@pytest.fixture(scope="module")
def sentence(papers_home):
    """The first sentence of a numbered paragraph of a sample, in which a word can be replaced, with its citation."""
    with SearchService(load_settings(papers_home)) as service, service.engine() as engine:
        for document, passages in engine.passages(Filters(access_classes=EVERY_CLASS)):
            for passage in passages:
                end = passage.text.find(". ") + 1
                said = passage.text[:end]
                is_english = document.symbol and document.language == "en"
                if is_english and len(passage.paragraphs) == 1 and len(said) > 60 and " the " in said:
                    return said, cite(document, passage, (0, end)), f"/documents/{document.id}"
    raise AssertionError


def verified(portal, text, citation=None):
    answer = portal.post("/api/v1/quotes/verify", json={"text": text, "citation": citation})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_quotation_is_verified_at_its_place(portal, sentence):
    text, citation, _ = sentence
    for cited in (citation, None):
        found = verified(portal, f"« {text.replace(' ', chr(10), 1)} »", cited)
        assert (found["status"], found["paper"], found["citation"]) == ("verified", "current", citation)
        assert portal.get(found["url"]).status_code in (200, 303)


def test_words_of_an_editor_in_brackets_are_not_those_of_the_paper(portal, sentence):
    text, citation, _ = sentence
    edited = f"[{text[0].swapcase()}]{text[1:]}"
    for quotation in (
        edited,
        f"[It] {text}",
        edited.replace(" the ", " the [own] ", 1),
    ):
        found = verified(portal, quotation, citation)
        assert (found["status"], found["citation"]) == ("verified", citation), quotation
    for inserted in ("[not]", "[shall]", "[2021]", "own"):
        assert verified(portal, edited.replace(" the ", f" the {inserted} ", 1), citation)["status"] == "differs", (
            inserted
        )
    assert verified(portal, edited.replace(" the ", " [its] ", 1), citation)["status"] == "differs"
    assert verified(portal, "[It was agreed at length] the [tariffs]", citation)["status"] == "not_found"


def test_a_wrong_place_is_repaired_and_other_words_differ(portal, sentence):
    text, citation, _ = sentence
    found = verified(portal, text, f"{citation.split(',')[0]}, § 4711")
    assert (found["status"], found["citation"]) == ("repaired", citation)
    assert found["difference"] == "the paper has no such place"
    word = max(text.split(), key=len)
    found = verified(portal, text.replace(word, "tomatoes"), citation)
    assert found["status"] == "differs"
    assert "tomatoes" in found["difference"]
    assert verified(portal, "Tomatoes ripen early on the southern slopes of the hill.")["status"] == "not_found"


def test_a_page_checks_every_quotation_and_reference_of_a_text(portal, sentence):
    text, citation, _ = sentence
    symbol = citation.split(",")[0]
    said = f"It was said that “{text}” ({citation}).\n\nSee {symbol}, paragraph 4711.\n\n“Tomatoes ripen in June”."
    tree = html.fromstring(portal.post("/verify", data={"text": said}).text)
    statuses = [one.get("class") for one in tree.xpath("//ol[@class='checks']/li")]
    assert statuses == ["check verified", "check differs", "check not_found"]
    assert tree.xpath("//ol[@class='checks']/li[1]//p[@class='facts']/a/text()") == [citation]
    assert tree.xpath("//textarea")[0].value == said


def test_a_page_sums_up_first_and_reads_a_file(portal, sentence):
    text, citation, _ = sentence
    elsewhere = f"{citation.split(',')[0]}, § 4711"
    said = f"It was said that “{text}” ({citation}).\n\n“{text}” ({elsewhere}).\n\n“Tomatoes ripen in June”."
    answer = portal.post("/verify", files={"file": ("speech.txt", said.encode(), "text/plain")})
    tree = html.fromstring(answer.text)
    assert [" ".join(one.text.split()) for one in tree.xpath("//p[@class='summary']/a")] == [
        "1 right",
        "1 elsewhere",
        "1 not found",
    ]
    assert tree.xpath("//p[@class='summary']/a/@href")[1] == "#check-2"
    elsewhere = tree.get_element_by_id("check-2")
    assert elsewhere.xpath(".//strong")[0].text == "Stands elsewhere"
    assert "the paper has no such place" in elsewhere.text_content()


def test_nothing_to_verify_is_told(portal):
    assert "No quotation and no reference was found" in portal.post("/verify", data={"text": " "}).text


def test_a_file_without_text_is_refused(portal):
    answer = portal.post("/verify", files={"file": ("broken.pdf", b"%PDF-1.4 nothing", "application/pdf")})
    assert answer.status_code == 400
    assert "broken.pdf: has no text that can be read" in answer.text
    answer = portal.post("/verify", files={"file": ("long.txt", b"x" * (MOST_VERIFIED + 1), "text/plain")})
    assert answer.status_code == 400
    assert "larger than 5 MiB" in answer.text


def test_a_page_compares_the_first_quotations_of_many_and_says_so(portal):
    text = " ".join(f"“tomatoes of field {number} ripen”" for number in range(MOST_QUOTATIONS + 7))
    tree = html.fromstring(portal.post("/verify", data={"text": text}).text)
    assert len(tree.xpath("//ol[@class='checks']/li")) == MOST_QUOTATIONS
    assert tree.xpath("//p[@role='status'][contains(., 'Left out: 7.')]")


def test_a_page_takes_a_single_quotation_with_its_citation_and_one_long_word(portal, sentence):
    text, citation, _ = sentence
    tree = html.fromstring(portal.post("/verify", data={"text": text, "citation": citation}).text)
    assert len(tree.xpath("//li[@class='check verified']")) == 1
    word = "x" * 15_000
    assert verified(portal, word)["status"] == "not_found"
    assert "check not_found" in portal.post("/verify", data={"text": word}).text


def test_the_command_line_checks_a_file(cli, papers_home, sentence, tmp_path):
    text, citation, _ = sentence
    speech = tmp_path / "speech.txt"
    speech.write_text(f"“{text}” ({citation})\n", encoding="utf-8")
    done = cli("verify", speech, "--home", papers_home, "--json")
    assert done.code == 0, done.err
    assert [(one["kind"], one["status"]) for one in json.loads(done.out)] == [("quotation", "verified")]
    speech.write_text(f"“{text.replace(' the ', ' every ', 1)}” ({citation})\n", encoding="utf-8")
    done = cli("verify", speech, "--home", papers_home)
    assert done.code == 1
    assert done.out.startswith("differs  ")


def test_the_command_line_says_what_there_was_no_time_for(cli, papers_home, tmp_path):
    speech = tmp_path / "speech.txt"
    speech.write_text(" ".join(f"“tomatoes of field {number} ripen”" for number in range(2000)), encoding="utf-8")
    done = cli("verify", speech, "--home", papers_home, "--json", "--seconds", "1")
    left_out = 2000 - len(json.loads(done.out))
    assert done.code == 1
    assert left_out > 0
    assert done.err.splitlines() == [
        "2,000 quotations and references to compare",
        f"{speech}: {left_out:,} quotations and references were not compared within 1 seconds: --seconds N",
    ]
