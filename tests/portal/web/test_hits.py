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


@pytest.mark.parametrize(
    ("paragraphs", "pages", "shown"),
    [
        (("12.",), (3,), "§ 12 · p. 3"),
        (("12.1.", "12.2."), (3, 4), "§ 12.1, 12.2 · p. 3–4"),
        (("(a)",), (), "§ a"),
        ((), (7,), "p. 7"),
        ((), (), ""),
    ],
)
def test_a_place_keeps_the_points_inside_its_numbers(templates, paragraphs, pages, shown):
    place = templates.get_template("macros.html").make_module().place
    assert str(place(paragraphs, pages)) == shown


@pytest.mark.parametrize(("pages", "shown"), [((3,), "3"), ((3, 4, 5), "3–5"), ((3, 7), "3, 7"), ((), "")])
def test_pages_are_ranges(pages, shown):
    assert pages_text(pages) == shown


@pytest.mark.parametrize(("code", "name"), [("fr", "French"), ("es", "Spanish"), ("xx", "xx"), ("ar", "Arabic")])
def test_a_language_has_its_name(templates, code, name):
    assert templates.globals["name_of"]("language", code) == name
