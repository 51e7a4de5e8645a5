"""What pages call a paper, and what they say of the place of a passage."""

import pytest
from jinja2 import Environment

from configs.settings import load_settings
from portal.web.hits import pages_text, title_of
from portal.web.names import Names
from portal.web.rendering import environment_of
from tests.index.conftest import paper


@pytest.fixture(scope="module")
def templates(tmp_path_factory) -> Environment:
    return environment_of("en", Names(load_settings(tmp_path_factory.mktemp("home"))))


@pytest.mark.parametrize(("pages", "shown"), [((3,), "3"), ((3, 4, 5), "3–5"), ((3, 7), "3, 7"), ((), "")])
def test_pages_are_ranges(pages, shown):
    assert pages_text(pages) == shown


@pytest.mark.parametrize(("code", "name"), [("fr", "French"), ("es", "Spanish"), ("xx", "xx"), ("ar", "Arabic")])
def test_a_language_has_its_name(templates, code, name):
    assert templates.globals["name_of"]("language", code) == name


@pytest.mark.parametrize(
    ("title", "source", "fields", "shown"),
    [
        (
            "ANNEX 4 TRANSIT",
            "file:///Annexes_Nortland_Agreement_9-12_Annex_4.pdf",
            {"language": "en"},
            "Transit – Annex 4 to the Nortland Agreement",
        ),
        ("Annexe II : Transit", "file:///a.pdf", {"language": "fr"}, "Transit – Annexe II"),
        ("Annex to the report", "file:///a.pdf", {}, "Annex to the report"),
        ("HOWTO", "file:///window%20guide.txt", {}, "HOWTO – window guide"),
        ("SEALS", "file:///a.txt", {"body_name": "Council of Nortland"}, "SEALS – Council of Nortland"),
        ("LETTER OF INTENT", "file:///Norland_letter_of_intent.txt", {}, "LETTER OF INTENT – Norland letter of intent"),
        ("Port Net", "file:///Port_Net.md", {}, "Port Net"),
        (None, "file:///a%20b.txt", {}, "a b.txt"),
    ],
)
def test_a_title_begins_with_its_heading_and_says_what_it_belongs_to(title, source, fields, shown):
    assert title_of(paper("x").model_copy(update={"title": title, "source": source, **fields})) == shown
