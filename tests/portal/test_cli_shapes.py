"""Every command's `--json` has exactly the documented shape, over the samples and the default encoder."""

import pytest

pytestmark = pytest.mark.model

TEXT, NUMBER = (str, None), (int, None)
BOX = [float]
STATUS = {"read", "needs_ocr", "encrypted", "malformed", "empty", "unsupported", "too_large", "timeout", "crashed"}
SYMBOL = {"raw": str, "prefix": TEXT, "serial": TEXT, "language": TEXT, "version": TEXT, "variant": TEXT}
DOCUMENT = {
    "id": str,
    "key": str,
    "sha256": str,
    "source": str,
    "media_type": str,
    "status": STATUS,
    "title": TEXT,
    "symbol": (SYMBOL, None),
    "body": TEXT,
    "body_name": TEXT,
    "sessions": [int],
    "meeting_dates": ({"start": TEXT, "end": TEXT}, None),
    "date": TEXT,
    "date_precision": ({"day", "month", "year"}, None),
    "date_conflict": bool,
    "language": TEXT,
    "original_language": TEXT,
    "kind": TEXT,
    "agenda_item": TEXT,
    "agenda": [{"item": str, "title": str, "actions": [str], "paragraphs": TEXT}],
    "distribution": TEXT,
    "access": TEXT,
    "submitted_by": TEXT,
    "purpose": TEXT,
    "action_required": TEXT,
    "decisions": [
        {
            "verb": str,
            "paragraph": TEXT,
            "page": NUMBER,
            "actor": TEXT,
            "body": TEXT,
            "addressee": TEXT,
            "deadline": ({"text": str, "date": TEXT}, None),
            "text": str,
        }
    ],
    "references": [{"symbol": str, "paragraph": TEXT, "annex": TEXT, "page": NUMBER, "document": TEXT}],
    "parent": TEXT,
    "version_of": ({"key": str, "reason": str, "by": TEXT}, None),
    "twins": [str],
    "revisions": [str],
    "pages": [
        {
            "number": int,
            "label": TEXT,
            "width": float,
            "height": float,
            "rotation": int,
            "status": {"text", "ocr", "needs_ocr", "failed"},
        }
    ],
    "warnings": [str],
    "corrected": [{"field": str, "value": TEXT, "by": str, "at": str, "was": dict}],
}
BLOCK = {
    "id": int,
    "page": NUMBER,
    "box": (BOX, None),
    "kind": {"heading", "paragraph", "item", "table", "footnote", "header", "footer"},
    "number": TEXT,
    "level": NUMBER,
    "text": str,
    "parts": [{"start": int, "page": int, "box": (BOX, None)}],
    "lines": [[int]],
}
CELL = {
    "row": int,
    "column": int,
    "rowspan": int,
    "colspan": int,
    "text": str,
    "page": NUMBER,
    "box": (BOX, None),
}
TABLE = {"block": int, "pages": [int], "header_rows": int, "rows": [[str]], "cells": [CELL]}
THEME = {
    "id": str,
    "label": str,
    "kind": {"named", "about"},
    "start": (int, None),
    "end": (int, None),
    "surface": (str, None),
    "confidence": float,
    "status": {"accepted", "suggested", None},
    "why": (str, None),
}
ENTITY = {
    "kind": {"country", "group", "region", "organisation", "instrument"},
    "id": str,
    "start": int,
    "end": int,
    "surface": str,
}
TAG = {
    "id": str,
    "model": str,
    "model_version": str,
    "provenance": {"official", "derived", "provisional"},
    "dimension": str,
    "level": TEXT,
    "subject": TEXT,
    "claim": {"stated", "topic"},
    "modality": ({"achieved", "planned", "recommended", "lacking"}, None),
    "confidence_about": float,
    "confidence": float,
    "status": {"accepted", "suggested", "hidden", "rejected"},
    "start": int,
    "end": int,
    "statement": str,
    "by": str,
}
PLACE = {
    "start": int,
    "end": int,
    "page": NUMBER,
    "label": TEXT,
    "annex": TEXT,
    "paragraph": TEXT,
    "article": TEXT,
    "item": TEXT,
}
PASSAGE = {
    "id": str,
    "ordinal": int,
    "kind": {"text", "note", "list"},
    "note": TEXT,
    "places": [PLACE],
    "text": str,
    "language": TEXT,
    "section": [str],
    "paragraphs": [str],
    "pages": [int],
    "boxes": [{"page": int, "box": BOX}],
    "pieces": [[int]],
    "boilerplate": ({"contents", "references", "participants", "notice"}, None),
    "themes": [THEME],
    "entities": [ENTITY],
    "maturity": [TAG],
}
STRONGEST = {"themes": [{"id": str, "label": str, "mentions": int, "about": int, "passages": int, "strength": float}]}
FULL = DOCUMENT | {"blocks": [BLOCK], "tables": [TABLE], "passages": [PASSAGE]}
SHOWN = {
    "id": str,
    "close": bool,
    "kind": {"text", "note", "list"},
    "note": TEXT,
    "places": [PLACE],
    "text": str,
    "score": float,
    "highlights": [[int]],
    "pages": [int],
    "paragraphs": [str],
    "section": [str],
    "themes": [THEME],
    "maturity": [TAG],
}
NEIGHBOUR = {"id": str, "text": str, "pages": [int], "paragraphs": [str]}
BY_WORDS = {"rank": (int, None), "score": float, "all_words": bool, "words": [{"text": str, "score": float}]}
EXPLAINED = {
    "words": (BY_WORDS, None),
    "meaning": ({"rank": int, "cosine": float}, None),
    "fused": ({"words": float, "meaning": float, "themes": float}, None),
    "filters": [{"filter": str, "values": [str]}],
    "labels": [{"dimension": str, "level": (str, None), "status": str, "by": str}],
}
NEAREST = {"nearest": [int]}
ON_REQUEST = {"context": {"before": [NEIGHBOUR], "after": [NEIGHBOUR]}, "explain": EXPLAINED}
HIT = {"document": DOCUMENT, "close": bool, "matching": int, "score": float, "passages": [(SHOWN, SHOWN | NEAREST)]}
HINT = {
    "text": str,
    "alone": NUMBER,
    "without": int,
    "suggestions": [{"text": str, "documents": int}],
}
SEARCH = {
    "query": str,
    "mode": {"hybrid", "text", "vector"},
    "took_ms": float,
    "passages": int,
    "documents": int,
    "not_close": int,
    "listed": int,
    "has_words": bool,
    "hits": [HIT],
    "facets": {str: [{"value": (str, int, None), "count": int}]},
    "expanded": [{"text": str, "theme": str, "labels": {str: str}}],
    "about": [{"id": str, "confidence": float}],
    "undated": NUMBER,
    "hints": ({"words": [HINT], "filters": [HINT], "query": TEXT}, None),
}
MATRIX = {
    "model": str,
    "provenance": {"official", "derived", "provisional"},
    "dimensions": [str],
    "levels": [str],
    "cells": [
        {
            "dimension": str,
            "level": TEXT,
            "modality": {"achieved", "planned", "recommended", "lacking"},
            "documents": int,
            "passages": int,
        }
    ],
}
THEMES = {
    "total": {"documents": int, "passages": int},
    "themes": [
        {
            "id": str,
            "label": str,
            "documents": int,
            "passages": int,
            "by_year": {str: int},
            "by_body": {str: int},
        }
    ],
}
INGEST = {
    "run": str,
    "found": int,
    "indexed": int,
    "unchanged": int,
    "duplicate": int,
    "failed": int,
    "deleted": int,
    "kept": int,
    "withdrawn": int,
    "needs_ocr": int,
    "quarantined": int,
    "seconds": float,
    "pages": int,
    "passages": int,
    "failures": [{"source": str, "status": STATUS, "stage": {"read", "tag", "encode", "index"}, "error": str}],
    "incomplete": TEXT,
}
DOCTOR = {"checks": [{"name": str, "ok": bool, "detail": str, "remedy": TEXT}]}
SAMPLES = 21


@pytest.mark.parametrize("mode", ["hybrid", "text", "vector"])
def test_search(ask, assert_shape, mode):
    found = ask("search", "single window", "--mode", mode, "--facet", "body", "--facet", "year", "-k", "4")
    assert_shape(found, SEARCH)
    assert (found["query"], found["mode"], len(found["hits"])) == ("single window", mode, 4)
    assert list(found["facets"]) == ["body", "year"]
    assert all(found["facets"].values())


@pytest.mark.parametrize("mode", ["hybrid", "text", "vector"])
def test_search_with_what_is_asked_for_beside(ask, assert_shape, mode):
    arguments = ("--mode", mode, "--filter", "year=2014..2016", "--context", "1", "--explain")
    found = ask("search", "single window", *arguments, "-k", "4")
    more = SHOWN | ON_REQUEST
    assert_shape(found["hits"], [HIT | {"passages": [(more, more | NEAREST)]}])
    assert found["hits"]


def test_similar(ask, assert_shape):
    passage = ask("search", "single window", "--mode", "text")["hits"][0]["passages"][0]
    found = ask("similar", passage["id"], "-k", "3")
    assert_shape(found, SEARCH)
    assert len(found["hits"]) == 3
    ids = {one["id"] for hit in found["hits"] for one in hit["passages"]}
    assert passage["id"] not in ids


def test_show(ask, assert_shape):
    assert_shape(ask("show", "PC9001"), DOCUMENT | STRONGEST)
    full = ask("show", "PC9001", "--full")
    assert_shape(full, FULL | STRONGEST)
    assert full["blocks"]
    assert full["tables"]
    assert any(one["themes"] for one in full["passages"])
    assert any(one["maturity"] for one in full["passages"])


def test_matrix(ask, assert_shape):
    found = ask("matrix")
    assert_shape(found, MATRIX)
    assert len(found["dimensions"]) == 8
    assert found["levels"] == ["L0", "L1", "L2", "L3", "L4"]
    cells = {(cell["dimension"], cell["level"], cell["modality"]) for cell in found["cells"]}
    assert len(cells) == len(found["cells"]) == 8 * 6 * 4


@pytest.mark.parametrize("by", ["year", "body", "subject"])
def test_matrix_as_a_trend(ask, assert_shape, by):
    cell = MATRIX["cells"][0] | {"value": (str, int, None)}
    found = ask("matrix", "--by", by)
    assert_shape(found, MATRIX | {"by": {by}, "cells": [cell]})
    assert found["cells"]


def test_themes(ask, assert_shape):
    found = ask("themes")
    assert_shape(found, THEMES)
    assert found["total"]["documents"] > 0
    assert len(found["themes"]) == 59


def test_doctor(ask, assert_shape):
    found = ask("doctor")
    assert_shape(found, DOCTOR)
    assert [one["name"] for one in found["checks"] if not one["ok"]] == []


def test_extract(cli, samples, assert_shape):
    done = cli("extract", samples / "papers" / "HC9001E1a.pdf", "--json")
    assert done.code == 0, done.err
    assert_shape(done.json, FULL)
    assert done.json["symbol"]["raw"].startswith("HC9001E1")
    assert done.json["passages"]


def test_extract_of_a_file_that_cannot_be_read(cli, tmp_path, assert_shape):
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.4 and nothing more")
    done = cli("extract", broken, "--json")
    assert done.code == 1
    assert_shape(done.json, FULL)
    assert done.json["status"] == "malformed"
    assert done.json["warnings"]


def test_tag_of_what_is_piped(process, assert_shape):
    text = "The Single Window of Arvenia has been in operation since 2014 and connects all border agencies."
    done = process("tag", "-", "--text", "--json", stdin=text)
    assert done.code == 0, done.err
    assert_shape(done.json, {"passages": [{"text": str, "themes": [THEME], "maturity": [TAG]}]})
    (passage,) = done.json["passages"]
    assert passage["text"] == text
    (mention,) = [one for one in passage["themes"] if (one["id"], one["kind"]) == ("single-window", "named")]
    assert text[mention["start"] : mention["end"]] == mention["surface"] == "Single Window"
    assert [one["provenance"] for one in passage["maturity"]] == ["derived"] * len(passage["maturity"])


@pytest.mark.parametrize(
    ("model", "text", "dimension"),
    [
        (
            "oecd-dtmm",
            "One digital identity opens all tax services of Arvenia, and mandates are given online.",
            "digital_identity",
        ),
        (
            "un-dstf",
            "In Arvenia all customs declarations are submitted electronically and no paper is asked for.",
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


def test_tag_of_nothing_fails_with_an_empty_document(process, assert_shape):
    done = process("tag", "-", "--text", "--json", stdin="")
    assert (done.code, done.json) == (1, {"passages": []})
    assert "empty" in done.err


def test_ingest_and_demo(cli, tmp_path, samples, assert_shape):
    done = cli("demo", "--home", tmp_path / "home", "--json")
    assert done.code == 0, done.err
    assert_shape(done.json, {"ingest": INGEST, "searches": [SEARCH], "matrix": MATRIX})
    assert len(done.json["searches"]) == 1
    report = done.json["ingest"]
    assert (report["found"], report["indexed"], report["needs_ocr"]) == (SAMPLES, SAMPLES, 1)

    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.4 and nothing more")
    done = cli("ingest", samples / "papers", broken, "--home", tmp_path / "home", "--json")
    assert done.code == 1
    assert_shape(done.json, INGEST)
    counts = {name: done.json[name] for name in ("found", "indexed", "unchanged", "duplicate", "failed")}
    assert counts == {"found": SAMPLES + 1, "indexed": 0, "unchanged": SAMPLES, "duplicate": 0, "failed": 1}


def test_nothing_but_the_document_is_printed_where_everything_talks(process, tmp_path, samples):
    """Also with `--debug`, and while models are opened, standard output holds the document alone."""
    paper = samples / "papers" / "HC9002E1a.pdf"
    done = process("ingest", paper, "--home", tmp_path / "home", "--json", "--debug")
    assert done.json["indexed"] == 1
    assert done.out.count("\n") == 1


def test_the_shape_check_notices_what_is_wrong(assert_shape):
    good = {"checks": [{"name": "a", "ok": True, "detail": "", "remedy": None}]}
    assert_shape(good, DOCTOR)
    for bad in ({"checks": [{"name": "a"}]}, {"checks": [good["checks"][0] | {"ok": 1}]}, good | {"more": 1}):
        with pytest.raises(AssertionError):
            assert_shape(bad, DOCTOR)
