"""The MCP server, asked by the client of its SDK over both of its transports."""

import asyncio
import json
import socket
import time
from contextlib import contextmanager, suppress
from http import HTTPStatus

import httpx
import pytest

from pipelines.access.keys import KeyStore
from portal.mcp.pages import MOST_BYTES, page
from tests.conftest import needs
from tests.forked import fork_server
from tests.portal.conftest import clean_environment

pytestmark = pytest.mark.model

ASKED = {
    "search": {"query": "single window"},
    "read_paragraph": {"paper": "PC9001E1a"},
    "document": {"name": "PC9001E1a"},
    "matrix": {},
    "themes": {},
    "decisions": {},
    "profile": {"member": "SG"},
    "verify_quote": {"text": "nobody ever wrote these words about tomatoes"},
}


async def answers(target, asked):
    from mcp import Client

    async with Client(target) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
        found = {name: await client.call_tool(name, arguments) for name, arguments in asked.items()}
    return names, found


def over_stdio(home, asked, **environment):
    needs("mcp")
    from mcp import StdioServerParameters

    command, *rest = fork_server().command("mcp", "--home", str(home))
    parameters = StdioServerParameters(command=command, args=rest, env=clean_environment(**environment))
    return asyncio.run(answers(parameters, asked))


def text_of(answer):
    assert not answer.is_error, answer.content
    return answer.content[0].text


def test_every_tool_answers_in_a_few_kilobytes_with_citations_and_links(sample_home):
    names, found = over_stdio(sample_home, ASKED)
    assert names == ASKED.keys()
    for name, answer in found.items():
        text = text_of(answer)
        assert len(text.encode()) <= MOST_BYTES, name
        for item in json.loads(text).get("items", ()):
            assert item["citation"], name
            assert item["url"].startswith("/"), name
    assert json.loads(text_of(found["verify_quote"]))["status"] == "not_found"


def test_a_mistake_is_told_to_the_assistant(sample_home):
    _, found = over_stdio(sample_home, {"search": {"query": "x", "filters": ["colour=red"]}})
    assert found["search"].is_error
    assert "unknown field 'colour'" in found["search"].content[0].text


@contextmanager
def over_http(home, start):
    needs("mcp")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = start("mcp", "--http", "--port", port, "--home", home)
    try:
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline:
            with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        server.terminate()
        server.wait(300)


def test_the_same_by_http(sample_home, start):
    with over_http(sample_home, start) as url:
        asked = {"themes": {}, "document": {"name": "PC9001E1a"}}
        names, found = asyncio.run(answers(url, asked))
    assert names == ASKED.keys()
    assert json.loads(text_of(found["document"]))["paper"]["paper"] == "PC9001E1a"


@pytest.mark.parametrize("version", [None, "2025-06-18"])
def test_over_http_of_a_home_with_keys_each_request_reads_what_its_key_may_read(own_home, start, cli, version):
    document = cli("correct", "PC9001E1a", "access=restricted", "--home", own_home)
    assert document.code == 0, document.err
    keys = KeyStore(own_home)
    ana, adm = (keys.add(name, "reader", access).secret for name, access in (("ana", ()), ("adm", None)))
    asked = {"name": "document", "arguments": {"name": "PC9001E1a"}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": asked}

    def answer(**headers):
        accepted = {"Accept": "application/json, text/event-stream"}
        versions = {"MCP-Protocol-Version": version} if version else {}
        return httpx.post(url, json=message, headers=accepted | versions | headers, timeout=60)

    with over_http(own_home, start) as url:
        assert answer().status_code == HTTPStatus.UNAUTHORIZED
        assert answer(Authorization="Bearer cl_wrong").status_code == HTTPStatus.UNAUTHORIZED
        assert answer(Authorization=f"Bearer {adm}", Origin="http://localhost:3000").status_code == HTTPStatus.FORBIDDEN
        assert "REPORT" in answer(Authorization=f"Bearer {adm}").text
        assert "no document of this id" in answer(Authorization=f"Bearer {ana}").text
        keys.revoke("adm")
        assert answer(Authorization=f"Bearer {adm}").status_code == HTTPStatus.UNAUTHORIZED


def test_a_key_reads_what_it_may(own_home, cli):
    document = cli("correct", "PC9001E1a", "access=restricted", "--home", own_home)
    assert document.code == 0, document.err
    made = KeyStore(own_home).add("ana", "reader", ())
    _, found = over_stdio(own_home, {"document": {"name": "PC9001E1a"}}, CUSTOMS_LENS_KEY=made.secret)
    assert found["document"].is_error
    _, found = over_stdio(own_home, {"document": {"name": "PC9001E1a"}})
    assert json.loads(text_of(found["document"]))["paper"]["paper"] == "PC9001E1a"


def test_a_wrong_key_is_refused_at_once(own_home, process):
    KeyStore(own_home).add("ana", "reader", ())
    done = process("mcp", "--home", own_home, environment={"CUSTOMS_LENS_KEY": "wrong"}, stdin="")
    assert done.code == 2
    assert "CUSTOMS_LENS_KEY is unknown or was revoked" in done.line


def test_pages_follow_each_other_without_a_gap():
    items = [{"text": f"{number} " + "word " * 300, "citation": str(number)} for number in range(30)]
    seen, offset = [], 0
    while offset is not None:
        answer = page(items[offset:], total=len(items), offset=offset)
        assert len(json.dumps(answer).encode()) <= MOST_BYTES
        seen += [one["citation"] for one in answer["items"]]
        offset = answer["next_offset"]
    assert seen == [str(number) for number in range(30)]


def test_a_long_text_is_cut_and_says_so():
    answer = page([{"text": "word " * 10_000}], total=1, offset=0)
    assert answer["items"][0]["text"].endswith(" [cut]")
