"""What the commands answer over the samples: counts that agree, twins, names of documents, hostile queries."""

import re
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from configs.settings import load_settings
from index.filters import EVERY_CLASS
from portal.cli.demo import QUERY
from tests import answers

pytestmark = pytest.mark.model

QUERIES = (QUERY, "what is still done on paper", "échange électronique de données entre administrations douanières")
TWINS = ("PC9001", "PC9004", "EG9001", "SC9001")
PAPERS, FILES = 16, 20
"""Samples that can be found: all but the scan, which has no text yet."""
EXPECTED = {
    QUERIES[0]: {"PT9001E1a", "PC9001E1a", "PC9001F1a", "PC9005E1a", "PM9002E1a", "PM9003E1a"},
    QUERIES[1]: {"PM9001E1a", "PC9004E1a", "PC9004F1a"},
    QUERIES[2]: {"PC9001F1a", "PC9004F1a", "SC9001F1a", "EG9001F1a"},
}
"""For the query of the demonstration and others, papers one of which an expert wants to see first."""
PAGE_WORDS = re.compile(r"\w{3,}")


@pytest.fixture(scope="session")
def sample_settings(sample_home):
    return load_settings(sample_home)


def test_each_cell_of_the_matrix_equals_the_search_with_its_filters(ask, sample_settings):
    cells = ask("matrix")["cells"]
    assert sum(cell["documents"] for cell in cells) > 0
    for cell in cells:
        wanted = [f"{name}={cell[name] or 'null'}" for name in ("dimension", "level", "modality")]
        found = answers.search(sample_settings, "", mode="text", filters=wanted, limit=1, access_classes=EVERY_CLASS)
        assert (found["documents"], found["passages"]) == (cell["documents"], cell["passages"]), wanted


def test_a_trend_by_year_adds_up_to_no_more_than_the_matrix(ask):
    whole = {(c["dimension"], c["level"], c["modality"]): c["documents"] for c in ask("matrix")["cells"]}
    parts = dict.fromkeys(whole, 0)
    for cell in ask("matrix", "--by", "year")["cells"]:
        parts[cell["dimension"], cell["level"], cell["modality"]] += cell["documents"]
    assert parts == whole  # every sample has a year


def test_language_versions_are_linked_and_counted_once(ask):
    total = ask("search", "", "--facet", "language")
    assert total["documents"] == PAPERS
    assert sum(one["count"] for one in total["facets"]["language"]) == FILES
    for name in TWINS:
        english, french = ask("show", f"{name}E1a"), ask("show", f"{name}F1a")
        assert english["twins"] == [french["id"]]
        assert french["twins"] == [english["id"]]
        found = ask("search", "", "--filter", f"symbol={name}", "--facet", "language", "--facet", "body")
        assert (found["documents"], len(found["hits"])) == (1, 1)
        assert sorted(one["value"] for one in found["facets"]["language"]) == ["en", "fr"]
        assert [one["count"] for one in found["facets"]["body"]] == [1]


def test_a_document_by_every_name_it_has(ask, samples):
    path = samples / "papers" / "PC9001F1a.pdf"
    french = ask("show", "pc 9001 f1a")
    assert french["symbol"]["raw"] == "PC9001F1a"
    for name in (french["id"], french["source"], str(path), "PC9001F1a", "pc-9001/F 1 a", "Pc9001f"):
        assert ask("show", name)["id"] == french["id"], name
    english = ask("show", "PC9001")
    assert (english["language"], english["twins"]) == ("en", [french["id"]])


@pytest.mark.parametrize("query", QUERIES)
def test_the_demonstration_finds_what_an_expert_expects_with_page_and_paragraph(ask, query):
    hits = ask("search", query, "-k", "3")["hits"]
    assert hits[0]["document"]["symbol"]["raw"] in EXPECTED[query]
    assert any(one["pages"] and one["paragraphs"] for hit in hits for one in hit["passages"])


@pytest.mark.parametrize("query", QUERIES)
def test_the_page_of_a_hit_holds_its_words(ask, query):
    import pypdfium2

    checked = 0
    for hit in ask("search", query)["hits"]:
        source = hit["document"]["source"]
        if not source.endswith(".pdf"):
            continue
        pdf = pypdfium2.PdfDocument(unquote(source.removeprefix("file://")))
        for passage in hit["passages"]:
            pages = " ".join(pdf[page - 1].get_textpage().get_text_range() for page in passage["pages"])
            words = set(PAGE_WORDS.findall(passage["text"]))
            there = sum(word in pages for word in words) / len(words)
            assert there > 0.85, (source, passage["pages"], sorted(word for word in words if word not in pages))
            checked += 1
        pdf.close()
    assert checked > 10


def test_highlights_mark_the_words_of_the_query(ask):
    hits = ask("search", '"single window"', "--mode", "text")["hits"]
    assert hits
    for hit in hits:
        assert hit["passages"]
        for passage in hit["passages"]:
            marked = {passage["text"][start:end].casefold() for start, end in passage["highlights"]}
            assert marked
            assert all(re.match(r"singles?\b|windows?\b", words) for words in marked), marked


def test_a_passage_without_a_word_of_the_query_has_its_nearest_sentence_marked(ask):
    query = ("search", "colis de faible valeur du commerce électronique", "--filter", "language=en")
    shown = [one for hit in ask(*query)["hits"] for one in hit["passages"]]
    assert all(("nearest" in one) != bool(one["highlights"]) for one in shown)
    marked = [(one["text"], one["nearest"]) for one in shown if "nearest" in one]
    assert all(text[start:end].strip() for text, (start, end) in marked)
    assert any(end - start < len(text) for text, (start, end) in marked)
    assert not any("nearest" in one for hit in ask(*query, "--no-sentences")["hits"] for one in hit["passages"])
    assert not any("nearest" in one for hit in ask(*query, "--mode", "text")["hits"] for one in hit["passages"])


def test_an_explanation_for_people_gives_ranks_words_and_filters(cli, sample_home):
    arguments = ("--explain", "--context", "1", "--filter", "language=en", "-k", "1", "--home", sample_home)
    out = " ".join(cli("search", "interconnected single windows", *arguments).out.split())
    assert "by word rank 1 of those with any word, score" in out
    assert "= interconnected" in out
    assert "by meaning rank 1, cosine" in out
    assert "filter language=en: en" in out


def test_paging_shows_every_document_once(ask):
    pages = [ask("search", "customs data", "-k", "6", "--offset", str(start))["hits"] for start in range(0, 30, 6)]
    hits = [hit for page in pages for hit in page]
    assert len({hit["document"]["key"] for hit in hits}) == len(hits)
    assert sum(hit["close"] for hit in hits) == ask("search", "customs data")["documents"]


def test_themes_count_as_the_search_does(ask):
    themes = ask("themes")["themes"][:6]
    assert themes
    for theme in themes:
        found = ask("search", "", "--filter", f"theme={theme['id']}", "--facet", "body")
        assert (found["documents"], found["passages"]) == (theme["documents"], theme["passages"])
        assert {one["value"]: one["count"] for one in found["facets"]["body"]} == theme["by_body"]


HOSTILE = [
    "",
    " ",
    '"',
    '"open',
    "it's the delegate's",
    "jusqu'où l'échange",
    "“guillemets” «français»",
    "déclaration électronique",
    "((((((((",
    ")",
    "+",
    "- - -",
    "OR",
    "NOT",
    "a OR",
    "~",
    "*",
    "a~9 b*c*",
    "foo:bar year:",
    "C:\\temp\\*.pdf",
    "%s %d {} {0} $(rm -rf) ; DROP TABLE",
    "[red]markup[/] [/]",
    "Ωμέγα таможня 海关 🛃 ﷽",
    "\u202eright to left",
    "\ufeffmark a\u0301 e\u200bf",
    "zzzqqqxxx nothing says this",
    "customs " * 1300,
    "(" * 5000,
    '"' * 5001,
]


@pytest.mark.parametrize("mode", ["text", "hybrid"])
def test_hostile_queries_are_answered_or_refused_in_one_line(cli, sample_home, mode):
    for query in HOSTILE:
        done = cli("search", "--mode", mode, "--home", sample_home, "--json", "--", query)
        assert done.code in (0, 2), (query[:50], done.err)
        if done.code == 2:
            assert "query, character" in done.line
        else:
            assert done.json["listed"] >= done.json["documents"]
            assert done.json["listed"] >= len(done.json["hits"])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_characters="\0"), max_size=40) | st.text(alphabet='ab "+-()~*:OR', max_size=25))
@example("\udcff\udc80")  # bytes of a command line that are no text
def test_no_query_ever_raises(cli, sample_home, query):
    done = cli("search", "--mode", "text", "--home", sample_home, "--", query)
    assert done.code in (0, 2), done.err
    assert "Traceback" not in done.err
    assert (done.code == 2) == bool(done.err.strip())


@pytest.mark.parametrize(
    "arguments",
    [
        ("search", "single window", "--facet", "body"),
        ("search", "single window", "--explain", "--context", "2", "--filter", "body=ptc"),
        ("search", "[red]nothing[/] says this zzz", "--mode", "text"),
        ("show", "PC9001"),
        ("show", "PC9001", "--full"),
        ("matrix",),
        ("matrix", "--by", "body"),
        ("themes",),
        ("doctor",),
        ("ingest", "SAMPLES", "--dry-run"),
    ],
)
def test_what_people_read_fits_a_hundred_columns(cli, sample_home, samples, arguments):
    arguments = [str(samples / "papers") if one == "SAMPLES" else one for one in arguments]
    done = cli(*arguments, "--home", sample_home)
    assert (done.code, done.err.strip()) == (0, "")
    assert done.out.strip()
    assert "Traceback" not in done.out
    assert max(map(len, done.out.splitlines())) <= 100


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("search", QUERIES[0]), [r"\[page \d+, paragraph \d+", r"passage [0-9a-f]{16}-\d+"]),
        (("matrix",), ["provenance: derived", "not a table of the World Customs Organization"]),
        (
            ("extract", "SAMPLES/PC9001E1a.pdf"),
            ["^# REPORT TO THE CUSTOMS CO-OPERATION COUNCIL", "- Symbol: PC9001E1a", r"\| --- \|"],
        ),
    ],
)
def test_people_read_pages_paragraphs_provenance_and_markdown(cli, sample_home, samples, arguments, said):
    arguments = [one.replace("SAMPLES", str(samples / "papers")) for one in arguments]
    out = " ".join(cli(*arguments, "--home", sample_home).out.split())
    assert [one for one in said if not re.search(one, out)] == []


@pytest.mark.parametrize("ending", ["json", "csv", "xlsx"])
def test_a_matrix_is_exported(cli, sample_home, tmp_path, ending):
    path = tmp_path / f"[x] matrix.{ending}"
    done = cli("matrix", "--home", sample_home, "--export", path)
    assert (done.code, done.out) == (0, "")
    assert path.stat().st_size > 1000
    assert "wrote" in done.err
