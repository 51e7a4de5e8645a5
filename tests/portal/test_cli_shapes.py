"""Every command's `--json` is what its model writes, whole, over the samples and the default encoder.

The shapes of the models stand in `tests/golden/shapes.txt`: `--regenerate-golden` rewrites it, and who changes one
of them reads the difference and says it in docs/json.md.
"""

import textwrap

import pytest

from benchmarks.evaluate.report import UnderstandingReport
from extractors.document import Document, MaturityTag, PassageTheme
from index.results import Matrix, SearchResult, ThemeCounts, TrendMatrix
from pipelines.fitting.run import FitReport
from pipelines.ingest.report import IngestReport
from pipelines.review.training import RetrainReport
from pipelines.search.service import DocumentTheme
from tests.conftest import CHECKOUT

SHAPES = CHECKOUT / "tests" / "golden" / "shapes.txt"
pytestmark = pytest.mark.model
MODELS = (Document, DocumentTheme, SearchResult, Matrix, TrendMatrix, ThemeCounts, IngestReport, RetrainReport)
MODELS += (FitReport, UnderstandingReport)
SAMPLES = 21


def kind(schema):
    """The type of a field in a word or two."""
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2]
    if "enum" in schema or "const" in schema:
        return "|".join(str(one) for one in schema.get("enum", [schema.get("const")]))
    if parts := schema.get("anyOf", schema.get("oneOf")):
        return "|".join(map(kind, parts))
    if schema.get("type") == "array":
        inside = [schema["items"]] if "items" in schema else schema.get("prefixItems", [{}])
        return f"[{', '.join(map(kind, inside))}]"
    if isinstance(inside := schema.get("additionalProperties"), dict):
        return f"{{{kind(inside)}}}"
    return schema.get("format", schema.get("type", "any"))


def shapes():
    """A paragraph for each model that commands print: its name, its fields and their types."""
    found = {}
    for model in MODELS:
        schema = model.model_json_schema(mode="serialization")
        found |= schema.pop("$defs", {}) | {model.__name__: schema}
    rows = []
    for name, schema in sorted(found.items()):
        fields = [f"{field} {kind(one)}" for field, one in schema.get("properties", {}).items()]
        told = "; ".join(fields) or kind(schema)
        rows.append(textwrap.fill(f"{name}: {told}", 118, subsequent_indent="  ", break_long_words=False))
    return "\n".join(rows) + "\n"


def test_the_shapes_of_the_models_are_those_that_are_documented(request):
    if request.config.getoption("--regenerate-golden"):
        SHAPES.write_text(shapes(), encoding="utf-8")
    assert shapes() == SHAPES.read_text(encoding="utf-8")


def assert_whole(found, model):
    """Assert that JSON has every field of its model, no other and each of its type: it is what the model writes."""
    assert model.model_validate(found).model_dump(mode="json") == found


@pytest.mark.parametrize("mode", ["hybrid", "text", "vector"])
def test_search(ask, mode):
    found = ask("search", "single window", "--mode", mode, "--facet", "body", "--facet", "year", "-k", "4")
    assert (found["query"], found["mode"], len(found["hits"])) == ("single window", mode, 4)
    assert list(found["facets"]) == ["body", "year"]
    assert all(found["facets"].values())
    beside = ("--filter", "year=2014..2016", "--context", "1", "--explain")
    more = ask("search", "single window", "--mode", mode, *beside, "-k", "4")
    assert {"context", "explain"} <= more["hits"][0]["passages"][0].keys()
    for one in (found, more):
        assert_whole(one, SearchResult)


def test_similar(ask):
    passage = ask("search", "single window", "--mode", "text")["hits"][0]["passages"][0]
    found = ask("similar", passage["id"], "-k", "3")
    assert_whole(found, SearchResult)
    assert len(found["hits"]) == 3
    ids = {one["id"] for hit in found["hits"] for one in hit["passages"]}
    assert passage["id"] not in ids


def test_show(ask):
    header, full = ask("show", "PC9001"), ask("show", "PC9001", "--full")
    for one in header.pop("themes"), full.pop("themes"):
        assert [assert_whole(theme, DocumentTheme) for theme in one]
    assert Document.model_validate(header).header() == header
    assert_whole(full, Document)
    assert full["blocks"]
    assert full["tables"]
    assert any(one["themes"] for one in full["passages"])
    assert any(one["maturity"] for one in full["passages"])


def test_matrix(ask):
    found = ask("matrix")
    assert_whole(found, Matrix)
    assert len(found["dimensions"]) == 8
    assert found["levels"] == ["L0", "L1", "L2", "L3", "L4"]
    cells = {(cell["dimension"], cell["level"], cell["modality"]) for cell in found["cells"]}
    assert len(cells) == len(found["cells"]) == 8 * 6 * 4


@pytest.mark.parametrize("by", ["year", "body", "subject"])
def test_matrix_as_a_trend(ask, by):
    found = ask("matrix", "--by", by)
    assert_whole(found, TrendMatrix)
    assert (found["by"], bool(found["cells"])) == (by, True)


def test_themes(ask):
    found = ask("themes")
    assert_whole(found, ThemeCounts)
    assert found["total"]["documents"] > 0
    assert len(found["themes"]) == 59


def test_doctor(ask):
    found = ask("doctor")
    assert found.keys() == {"checks"}
    assert {tuple(one) for one in found["checks"]} == {("name", "ok", "detail", "remedy")}
    assert [one["name"] for one in found["checks"] if not one["ok"]] == []


def test_extract(cli, samples):
    done = cli("extract", samples / "papers" / "HC9001E1a.pdf", "--json")
    assert done.code == 0, done.err
    assert_whole(done.json, Document)
    assert done.json["symbol"]["raw"].startswith("HC9001E1")
    assert done.json["passages"]


def test_extract_of_a_file_that_cannot_be_read(cli, tmp_path):
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.4 and nothing more")
    done = cli("extract", broken, "--json")
    assert done.code == 1
    assert_whole(done.json, Document)
    assert done.json["status"] == "malformed"
    assert done.json["warnings"]


def test_tag_of_what_is_piped(process):
    text = "The Single Window of Arvenia has been in operation since 2014 and connects all border agencies."
    done = process("tag", "-", "--text", "--json", stdin=text)
    assert done.code == 0, done.err
    (passage,) = done.json["passages"]
    assert passage.keys() == {"text", "themes", "maturity"}
    for model, of in ((PassageTheme, "themes"), (MaturityTag, "maturity")):
        assert [assert_whole(one, model) for one in passage[of]]
    assert passage["text"] == text
    (mention,) = [one for one in passage["themes"] if (one["id"], one["kind"]) == ("single-window", "named")]
    assert text[mention["start"] : mention["end"]] == mention["surface"] == "Single Window"
    assert [one["provenance"] for one in passage["maturity"]] == ["derived"] * len(passage["maturity"])


@pytest.mark.parametrize(
    ("model", "text", "dimension"),
    [
        (
            "oecd-dtmm",
            "One digital identity opens all tax services, and mandates are given online.",
            "digital_identity",
        ),
        (
            "un-dstf",
            "All customs declarations are submitted electronically and no paper is asked for.",
            "paperless_trade",
        ),
    ],
)
def test_tag_with_another_shipped_model(process, model, text, dimension):
    done = process("tag", "-", "--text", "--json", "--model", model, stdin=text)
    assert done.code == 0, done.err
    ((best, *_),) = [passage["maturity"] for passage in done.json["passages"]]
    assert (best["model"], best["provenance"], best["dimension"]) == (model, "derived", dimension)
    assert best["statement"]


def test_tag_of_nothing_fails_with_an_empty_document(process):
    done = process("tag", "-", "--text", "--json", stdin="")
    assert (done.code, done.json) == (1, {"passages": []})
    assert "empty" in done.err


def test_ingest_and_demo(cli, tmp_path, samples):
    done = cli("demo", "--home", tmp_path / "home", "--json")
    assert done.code == 0, done.err
    assert done.json.keys() == {"ingest", "searches", "matrix"}
    (found,), report = done.json["searches"], done.json["ingest"]
    for one, model in ((found, SearchResult), (done.json["matrix"], Matrix), (report, IngestReport)):
        assert_whole(one, model)
    assert (report["found"], report["indexed"], report["needs_ocr"]) == (SAMPLES, SAMPLES, 1)

    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.4 and nothing more")
    done = cli("ingest", samples / "papers", broken, "--home", tmp_path / "home", "--json")
    assert done.code == 1
    assert_whole(done.json, IngestReport)
    counts = {name: done.json[name] for name in ("found", "indexed", "unchanged", "duplicate", "failed")}
    assert counts == {"found": SAMPLES + 1, "indexed": 0, "unchanged": SAMPLES, "duplicate": 0, "failed": 1}


def test_nothing_but_the_document_is_printed_where_everything_talks(process, tmp_path, samples):
    """Also with `--debug`, and while models are opened, standard output holds the document alone."""
    paper = samples / "papers" / "HC9002E1a.pdf"
    done = process("ingest", paper, "--home", tmp_path / "home", "--json", "--debug")
    assert done.json["indexed"] == 1
    assert done.out.count("\n") == 1
