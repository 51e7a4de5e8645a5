"""What all pages share: the frame around them, and how values are written in each language."""

import re
from types import SimpleNamespace

import pytest
from jinja2 import nodes

from portal.web.rendering import LOCALE, environment_of


@pytest.fixture(scope="module", params=["en", "fr"])
def environment(request):
    return request.param, environment_of(request.param, SimpleNamespace(of=lambda *_: ""))


def test_the_frame_hides_no_name_that_a_route_gives(environment):
    """What `base.html` names at its top is seen in the blocks of each page before what the route gives."""
    source = (LOCALE.parent / "templates" / "base.html").read_text(encoding="utf-8")
    tree = environment[1].parse(source)
    named = {macro.name for macro in tree.find_all(nodes.Macro)}
    named |= {one.target.name for one in tree.find_all(nodes.Assign) if isinstance(one.target, nodes.Name)}
    assert [name for name in named if not name.startswith("nav_")] == []


def test_a_colon_stands_as_the_language_has_it(environment):
    language, templates = environment
    written = templates.from_string("{{ _('Export') }}{{ colon }} {{ 0.5|percent }}").render()
    assert written == {"en": "Export: 50%", "fr": "Exporter\u00a0: 50\u00a0%"}[language]


def test_a_table_that_may_be_wider_than_the_page_can_be_moved_by_keys():
    templates = sorted((LOCALE.parent / "templates").glob("*.html"))
    found = [
        (tag, template.name)
        for template in templates
        for tag in re.findall(r'<div class="wide"[^>]*>', template.read_text(encoding="utf-8"))
    ]
    assert found
    for tag, name in found:
        assert re.search(r' tabindex="0" role="region" aria-label(ledby)?="', tag), name
