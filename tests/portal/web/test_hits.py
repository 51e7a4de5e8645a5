"""What pages say of the place of a passage."""

import pytest
from jinja2 import Environment

from configs.settings import load_settings
from portal.web.hits import pages_text
from portal.web.names import Names
from portal.web.rendering import environment_of


@pytest.fixture(scope="module")
def templates(tmp_path_factory) -> Environment:
    return environment_of("en", Names(load_settings(tmp_path_factory.mktemp("home"))))


@pytest.mark.parametrize(("pages", "shown"), [((3,), "3"), ((3, 4, 5), "3–5"), ((3, 7), "3, 7"), ((), "")])
def test_pages_are_ranges(pages, shown):
    assert pages_text(pages) == shown


@pytest.mark.parametrize(("code", "name"), [("fr", "French"), ("es", "Spanish"), ("xx", "xx"), ("ar", "Arabic")])
def test_a_language_has_its_name(templates, code, name):
    assert templates.globals["name_of"]("language", code) == name
