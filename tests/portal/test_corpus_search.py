"""Questions to real papers, asked as an analyst would, and the papers and pages that have to answer them."""

import pytest

pytestmark = [pytest.mark.corpus, pytest.mark.model, pytest.mark.slow]

PAPERS = (
    "customs/asean/asean_trade_facilitation_framework.pdf",
    "customs/national-en/sg_customs_mra_factsheet_asean.pdf",
    "customs/eu-acts/32019l1995_2019-11-21_fr.xml",
    "customs/tota-rta/pta_109.xml",
    "committees/unece-cefact/ECE_TRADE_C_CEFACT_2018_6E.pdf",
    "committees/unece-cefact/11E_ECE_TRADE_C_CEFACT_2019_22_ToR_AG_Technologies_Rev1.doc.pdf",
    "committees/unece-cefact/11_ECE_TRADE_C_CEFACT_2020_19E_AGAT_1st_meeting_Report.pdf",
    "committees/un",
)
TOP = 5


@pytest.fixture(scope="module")
def ask(cli, process, corpus, tmp_path_factory):
    """Run a command over the papers; those that take papers in do so in a process of their own."""
    home = tmp_path_factory.mktemp("corpus") / "home"

    def run(*arguments):
        command = (*arguments, "--home", home, "--json")
        done = process(*command, timeout=1800) if arguments[0] == "ingest" else cli(*command)
        assert done.code == 0, done.err
        return done.json

    report = run("ingest", *(str(corpus / name) for name in PAPERS))
    assert report["found"] == report["indexed"] + report["unchanged"] + report["duplicate"] + report["failed"]
    return run


def names(result):
    return [hit["document"]["source"].rsplit("/", maxsplit=1)[-1] for hit in result["hits"]]


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        (
            "electronic single window for import and export formalities",
            ("ECE_TRADE_C_CEFACT_2018_6E.pdf",),
        ),
        ("blockchain in supply chains", ("AG_Technologies", "AGAT")),
        ("authorized economic operator mutual recognition", ("sg_customs_mra_factsheet_asean.pdf",)),
        ("déclaration de TVA par voie électronique", ("32019l1995_2019-11-21_fr.xml",)),
    ],
)
def test_the_right_paper_answers(ask, question, answers):
    found = names(ask("search", question, "-k", str(TOP)))
    assert any(answer in name for name in found for answer in answers), found


def test_the_page_of_a_hit_is_the_page_of_its_words(ask, corpus):
    import pypdfium2

    result = ask("search", "authorized economic operator mutual recognition", "-k", str(TOP))
    checked = 0
    for hit in result["hits"]:
        path = hit["document"]["source"].removeprefix("file://")
        if not path.endswith(".pdf"):
            continue
        document = pypdfium2.PdfDocument(path)
        for passage in hit["passages"]:
            printed = {w for n in passage["pages"] for w in document[n - 1].get_textpage().get_text_range().split()}
            words = passage["text"].split()
            assert sum(word in printed for word in words) >= 0.8 * len(words)
            checked += 1
    assert checked >= TOP


def test_filters_and_facets(ask):
    french = ask("search", "TVA", "--filter", "language=fr", "--facet", "body", "--facet", "language")
    assert {hit["document"]["language"] for hit in french["hits"]} == {"fr"}
    assert [one["value"] for one in french["facets"]["language"]] == ["fr"]
    themed = ask("search", "trade", "--filter", "theme=single-window")
    assert themed["hits"]
    for hit in themed["hits"]:
        assert all("single-window" in {theme["id"] for theme in one["themes"]} for one in hit["passages"])
    bodies = ask("search", "trade", "--facet", "body")["facets"]["body"]
    assert sum(one["count"] for one in bodies) >= 2


def test_a_second_run_has_nothing_to_do(ask, corpus):
    again = ask("ingest", *(str(corpus / name) for name in PAPERS))
    assert (again["indexed"], again["failed"]) == (0, 0)
    assert again["unchanged"] + again["duplicate"] == again["found"]
