"""A question has one answer: by command, API, page, export and tool, over the samples."""

import asyncio
import csv
import io
import json

import pytest

from configs.settings import load_settings
from tests.conftest import needs

QUESTIONS = {
    "decisions": ("decisions --limit 100 --filter year=2010..", "decisions?limit=100&year=2010..", "decisions"),
    "overdue": ("decisions --state overdue", "decisions?state=overdue", "decisions"),
    "matrix": ("matrix --by body --filter body=ptc", "matrix?by=body&body=ptc", None),
    "profile": ("profile SG", "members/SG", None),
    "since": ("since ptc", "since/ptc", None),
    "trends": ("trends --of theme:single-window --each-body", "trends?of=theme:single-window&each_body=true", None),
    "cells": ("matrix --filter body=ptc", "matrix?body=ptc", None),
    "search": (
        "search window --mode text -k 3 --filter year=2010..",
        "search?q=window&mode=text&limit=3&year=2010..",
        None,
    ),
    "facets": (
        "search window --mode text --facet body --facet theme",
        "search?q=window&mode=text&facet=body&facet=theme",
        None,
    ),
    "named": (
        "search window -k 3 --filter theme.named=single-window",
        "search?q=window&theme.named=single-window&limit=3",
        None,
    ),
    "later": (
        "search window --sort date --offset 2 --context 1 --explain",
        "search?q=window&sort=date&offset=2&context=1&explain=true",
        None,
    ),
    "either": (
        "search window --filter body=ptc --filter body=pc --no-expand",
        "search?q=window&body=ptc&body=pc&expand=false",
        None,
    ),
    "similar": ("similar {passage} -k 2", "similar/{passage}?limit=2", None),
    "paper": ("show PC9005E1a", "documents/PC9005E1a", None),
    "whole paper": ("show PC9005E1a --full", "documents/PC9005E1a?full=true", None),
    "briefings": ("briefings", "briefings", "briefings"),
}
"""A question as a command and as an address of the API, whose list the command prints alone."""
FILES = {
    "decisions": ("/decisions.{kind}?body=ptc", "/api/v1/decisions?body=ptc&limit=100", "decisions"),
    "matrix": ("/matrix.{kind}?by=body", "/api/v1/matrix?by=body", "cells"),
    "profile": ("/members/SG.{kind}?suggested=1", "/api/v1/members/SG?status=accepted&status=suggested", "statements"),
    "trends": ("/trends.{kind}?of=theme:single-window", "/api/v1/trends?of=theme:single-window", "series"),
}
"""The file of a page, the same of the API, and what its rows are of."""
TOOLS = {
    "decisions": ({"state": "overdue"}, "/api/v1/decisions?state=overdue", "decisions"),
    "profile": (
        {"member": "SG", "filters": ["status=accepted", "status=suggested"]},
        "/api/v1/members/SG?status=accepted&status=suggested",
        "statements",
    ),
    "search": ({"query": "window", "mode": "text"}, "/api/v1/search?q=window&mode=text", "hits"),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_command_answers_as_the_api(portal, cli, papers_home, name):
    passage = portal.get("/search.json?q=window&mode=text").json()["hits"][0]["passages"][0]["id"]
    command, address = (one.format(passage=passage) for one in QUESTIONS[name][:2])
    of = QUESTIONS[name][2]
    printed = cli(*command.split(), "--home", papers_home, "--json").json
    found = portal.get(f"/api/v1/{address}").json()
    for one in (printed, found):
        assert not isinstance(one, dict) or one.pop("took_ms", 1) > 0
    assert printed == (found[of] if of else [found] if name == "profile" else found)


@pytest.mark.parametrize("name", FILES)
def test_the_file_of_a_page_has_what_the_api_answers(portal, name):
    page, api, of = FILES[name]
    found = portal.get(api).json()
    whole = portal.get(page.format(kind="json")).json()
    assert whole[of] == found[of]
    rows = list(csv.reader(io.StringIO(portal.get(page.format(kind="csv")).content.decode("utf-8-sig"), newline="")))
    count = sum(len(one["points"]) for one in found[of]) if name == "trends" else len(found[of])
    assert len(rows) == count + 1
    assert {len(row) for row in rows} == {len(rows[0])}


@pytest.mark.parametrize("name", TOOLS)
def test_a_tool_answers_of_what_the_api_does(portal, papers_home, name):
    needs("mcp")
    from mcp import Client

    from portal.mcp.server import PaperAnswers, create_server

    asked, address, of = TOOLS[name]

    async def answer(server):
        async with Client(server) as client:
            return (await client.call_tool(name, asked)).content[0].text

    with PaperAnswers(load_settings(papers_home)) as answers:
        items = json.loads(asyncio.run(answer(create_server(answers))))["items"]
    found = portal.get(address).json()[of]
    assert bool(items) == bool(found)
    for item, one in zip(items, found, strict=False):
        shown = one["passages"][0]["text"] if name == "search" else one["text"]
        assert item["text"] == shown
