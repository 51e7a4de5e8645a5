"""The examples of the API on the page of the portal, against a server on a real port."""

import csv
import json
import os
import re
import subprocess
import threading
from pathlib import Path

import pytest
import uvicorn

from configs.settings import load_settings
from index.filters import EVERY_CLASS, Filters
from pipelines.access.keys import KeyStore
from pipelines.search.service import reader
from portal.web.app import create_app
from portal.web.gate import GateRules
from portal.web.serving import _listen

pytestmark = pytest.mark.model
PAGE = Path(__file__).resolve().parents[3] / "docs" / "portal.md"
ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture
def served(own_home):
    """The address of a portal with a key, and that key."""
    key = KeyStore(own_home).add("Ana", "reviewer", None).secret
    listening = _listen("127.0.0.1", 0)
    app = create_app(load_settings(own_home), GateRules(frozenset({"127.0.0.1"})))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", key
    finally:
        server.should_exit = True
        thread.join(timeout=300)
        listening.close()


def example(language):
    """The example of the API in a language."""
    section = PAGE.read_text(encoding="utf-8").partition("\n## The API\n")[2].partition("\n## ")[0]
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)
    return found


def test_the_example_in_python_runs(served, tmp_path, capsys):
    address, key = served
    exec(example("python").replace(ADDRESS, address).replace("cl_…", key), {})  # the page is ours
    *hits, problem = capsys.readouterr().out.splitlines()
    assert any("PC90" in line for line in hits)
    assert problem.startswith("404 'PC0000E1a'")


def test_the_example_with_curl_runs(served, own_home, tmp_path):
    address, key = served
    with reader(load_settings(own_home)) as engine:
        tag = next(
            tag.id
            for _, passages in engine.passages(Filters(access_classes=EVERY_CLASS))
            for passage in passages
            for tag in passage.maturity
        )
    commands = example("sh")
    assert ADDRESS in commands
    commands = commands.replace(ADDRESS, address).replace("TAG", tag).replace("curl ", "curl -fsS ")
    done = subprocess.run(
        ["bash", "-e", "-c", commands],
        cwd=tmp_path,
        env=os.environ | {"KEY": key},
        capture_output=True,
        text=True,
        check=True,
    )
    found, judged = json.JSONDecoder().raw_decode(done.stdout), done.stdout
    assert {hit["document"]["body"] for hit in found[0]["hits"]} == {"ptc"}
    assert found[0]["facets"]["theme"]
    assert f'"tag":"{tag}"' in judged.replace(" ", "")
    with (tmp_path / "tags.csv").open(encoding="utf-8-sig", newline="") as file:
        assert {row["dimension"] for row in csv.DictReader(file)} == {"data_standards"}
