"""The documentation builds as a site: its links lead somewhere, and nothing is loaded from elsewhere."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from lxml import html

from tests.conftest import needs

CHECKOUT = Path(__file__).resolve().parents[1]
DOCS = CHECKOUT / "docs"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    needs("mkdocs")
    needs("material")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_every_page_is_there(site):
    pages = [path.relative_to(DOCS).with_suffix(".html") for path in DOCS.rglob("*.md") if path.name != "README.md"]
    names = ("index", "contributing", "changelog", "security", "samples", "decisions/index")
    outside = [Path(f"{name}.html") for name in names]
    assert [str(page) for page in pages + outside if not (site / page).is_file()] == []


def test_nothing_is_loaded_from_elsewhere(site):
    linked = "//@src | //link[not(@rel='canonical')]/@href"
    loaded = {address for page in site.rglob("*.html") for address in html.parse(page).xpath(linked)}
    styles = "".join(style.read_text(encoding="utf-8") for style in site.rglob("*.css"))
    loaded |= set(re.findall(r"""(?:url\(|@import )["']?([^"')]+)""", styles))
    assert len(loaded) > 1
    assert [address for address in sorted(loaded) if re.match(r"(?!data:)[a-z]+:|//", address)] == []


def test_links_to_pages_lead_to_pages_and_links_to_code_are_none(site):
    index = html.parse(site / "index.html")
    assert index.xpath("//article//a[@href='commands.html']")
    assert index.xpath("//article//img/@src") == ["images/search.png"]
    assert "LICENSE" in index.xpath("string(//article)")
    assert not index.xpath("//a[contains(@href, 'LICENSE')]")


def test_the_search_finds_commands_and_a_bar_in_code_is_shown_without_the_sign_before_it(site):
    found = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))["docs"]
    assert {"commands.html#ingest", "reference/options.html#ingest"} <= {entry["location"] for entry in found}
    cells = html.parse(site / "reference" / "options.html").xpath("//td/code/text()")
    assert "--index [embedded|elasticsearch]" in cells
