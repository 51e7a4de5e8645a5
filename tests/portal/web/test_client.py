"""The client in Python against a server on a real port."""

import csv
import re
import threading
from pathlib import Path

import pytest
import uvicorn

from configs.settings import load_settings
from pipelines.access.keys import KeyStore
from portal.client import Portal, PortalError
from portal.web.app import create_app
from portal.web.gate import GateRules
from portal.web.serving import _listen

pytestmark = pytest.mark.model
PAGE = Path(__file__).resolve().parents[3] / "docs" / "portal.md"


@pytest.fixture
def served(own_home):
    """The address of a portal with a key, and that key."""
    key = KeyStore(own_home).add("Ana", "reader", None).secret
    listening = _listen("127.0.0.1", 0)
    app = create_app(load_settings(own_home), GateRules(frozenset({"127.0.0.1"})))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", key
    finally:
        server.should_exit = True
        thread.join(timeout=30)
        listening.close()


def test_it_asks_what_the_api_answers(served, tmp_path):
    portal = Portal(*served)
    found = portal.search("single window", {"body": "ptc", "year": ["2014", "2025"]}, facets=["year"], mode="text")
    assert {one["value"] for one in found["facets"]["year"]} <= {2014, 2025}
    passage = portal.passage(found["hits"][0]["passages"][0]["id"], context=1)
    assert passage["document"]["id"] == found["hits"][0]["document"]["id"]
    assert portal.document("PC9005E1a", full=True)["passages"]
    assert "passages" not in portal.document("PC9005E1a")
    assert len(list(portal.every_hit("", mode="text"))) == portal.search("", mode="text")["documents"]
    assert portal.matrix(by="year")["by"] == "year"

    file = tmp_path / "tags.csv"
    assert portal.export("tags", file, {"language": "en"})
    assert {row["language"] for row in csv.DictReader(file.open(encoding="utf-8-sig", newline=""))} == {"en"}
    assert not list(tmp_path.glob("*.part"))

    with pytest.raises(PortalError, match="nothing") as error:
        portal.document("nothing at all?")
    assert error.value.status == 404
    with pytest.raises(PortalError, match="write year=N") as error:
        portal.export("tags", file, {"year": "abc"})
    assert error.value.status == 400
    with pytest.raises(PortalError, match="give an access key") as error:
        Portal(served[0], "cl_wrong").search("x")
    assert error.value.status == 401


def test_nobody_there_is_told():
    with pytest.raises(PortalError, match="cannot be reached") as error:
        Portal("http://127.0.0.1:9").search("x")
    assert error.value.status == 0


@pytest.mark.parametrize("address", ["file:///etc", "127.0.0.1:8000"])
def test_only_web_addresses_are_asked(address):
    with pytest.raises(ValueError, match="begins with http"):
        Portal(address)


def test_the_example_of_the_page_runs(served, tmp_path, capsys, monkeypatch):
    example = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[1]
    assert 'Portal("http://127.0.0.1:8000", key="cl_…")' in example
    monkeypatch.chdir(tmp_path)
    exec(example.replace("http://127.0.0.1:8000", served[0]).replace("cl_…", served[1]), {})  # the page is ours
    assert "PC90" in capsys.readouterr().out
    assert (tmp_path / "tags.csv").stat().st_size > 1000
