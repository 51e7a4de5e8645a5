"""Exports by the API: the rows of the command line as files, in the audit log."""

import csv
import io
import json

import pytest
from openpyxl import load_workbook

from portal.web.routes.api import exports
from tests.portal.web.conftest import asked, keys_of


@pytest.mark.parametrize("what", ["documents", "passages", "tags", "matrix", "decisions", "trends"])
def test_each_format_has_the_rows_of_the_command_line(portal, cli, papers_home, what):
    printed = cli("export", what, "--home", papers_home, "--format", "jsonl", "--filter", "language=en").out
    lines = portal.get(f"/api/v1/export/{what}?format=jsonl&language=en")
    assert [json.loads(line) for line in lines.text.splitlines()] == [json.loads(line) for line in printed.splitlines()]
    table = portal.get(f"/api/v1/export/{what}?language=en")
    rows = list(csv.reader(io.StringIO(table.content.decode("utf-8-sig"), newline="")))
    sheet = portal.get(f"/api/v1/export/{what}?language=en&format=xlsx")
    cells = list(load_workbook(io.BytesIO(sheet.content)).active.values)
    assert len(rows) == len(cells) == len(printed.splitlines()) + 1
    assert list(cells[0]) == rows[0]
    for answer in (lines, table, sheet):
        assert answer.headers["x-truncated"] == "false"
        assert int(answer.headers["content-length"]) == len(answer.content)
        assert f'filename="{what}.' in answer.headers["content-disposition"]


def test_a_spreadsheet_that_is_cut_says_so(portal, monkeypatch):
    write = exports.write_export
    monkeypatch.setattr(exports, "write_export", lambda *given: write(*given, most_xlsx_rows=3))
    answer = portal.get("/api/v1/export/passages?format=xlsx")
    assert answer.headers["x-truncated"] == "true"
    last = list(load_workbook(io.BytesIO(answer.content)).active.values)[-1]
    assert "truncated after 3 rows" in last[0]


def test_every_export_is_in_the_audit_log(own_home):
    (headers,) = keys_of(own_home, Ana="reader").values()
    with asked(own_home) as client:
        for what in ("documents", "passages", "tags", "matrix"):
            assert client.get(f"/api/v1/export/{what}?year=2014", headers=headers).status_code == 200
        client.get("/api/v1/export/tags?year=abc", headers=headers)
    lines = [json.loads(line) for line in (own_home / "audit.jsonl").read_text().splitlines()]
    lines = [one for one in lines if one["who"] == "key:Ana"]
    assert [(one["who"], one["act"], one["what"]) for one in lines] == [
        ("key:Ana", "export", what) for what in ("documents", "passages", "tags", "matrix")
    ]
    assert lines[0]["query"] == "/api/v1/export/documents?year=2014"


def test_more_exports_than_there_are_engines_for_have_to_wait(portal):
    slots = portal.app.state.exports
    taken = [slots.acquire(blocking=False) for _ in range(exports.EXPORTS_AT_ONCE)]
    try:
        answer = portal.get("/api/v1/export/tags")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
        assert portal.get("/api/v1/search?q=window&mode=text").status_code == 200
    finally:
        for _ in filter(None, taken):
            slots.release()
    assert portal.get("/api/v1/export/tags").status_code == 200


def test_only_the_matrix_and_trends_are_split(portal):
    assert portal.get("/api/v1/export/matrix?by=year").status_code == 200
    assert portal.get("/api/v1/export/trends?by=session&of=theme:single-window").status_code == 200
    refused = portal.get("/api/v1/export/tags?by=year")
    assert (refused.status_code, refused.json()["detail"]) == (400, "by=year: tags are not split by it")
    for other in ("matrix?by=session", "trends?by=body", "tags?of=theme:single-window"):
        assert portal.get(f"/api/v1/export/{other}").status_code == 400


def test_what_cannot_be_written_down_is_not_exported(own_home):
    (own_home / "audit.jsonl").unlink(missing_ok=True)
    (own_home / "audit.jsonl").mkdir()
    with asked(own_home) as client:
        answer = client.get("/api/v1/export/tags")
        assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
        assert str(own_home) not in answer.text
        assert client.get("/api/v1/search?q=window&mode=text").status_code == 200
