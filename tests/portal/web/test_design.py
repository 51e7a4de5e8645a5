"""The page of the design names each class that a template uses or the style knows, and no other."""

import re
from pathlib import Path

from portal.web.rendering import LOCALE

WEB = LOCALE.parent
PAGE = Path(__file__).parents[3] / "docs" / "design.md"
_VALUE = re.compile(r'\bclass="((?:\{\{.*?\}\}|\{%.*?%\}|[^"{])*)"')
_TEXT = re.compile(r"""["']([a-z][\w -]*)["']""")


def plain(names):
    """Names of classes without the number of one of several: `shade-3` is `shade-N`."""
    return {re.sub(r"-(\d+)?$", "-N", one) for one in names}


def of_templates():
    """The classes that templates write, in so many words or as one of the texts of an expression."""
    found = set()
    for file in (WEB / "templates").iterdir():
        for value in _VALUE.findall(file.read_text(encoding="utf-8")):
            found.update(re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "\0", value).replace("-\0", "-").replace("\0", " ").split())
            for expression in re.findall(r"\{\{(.*?)\}\}", value):
                found.update(word for text in _TEXT.findall(expression.partition(" if ")[0]) for word in text.split())
    return plain(found)


def of_the_style():
    """The classes that rules of the style are for."""
    style = re.sub(r"/\*.*?\*/", "", (WEB / "static" / "portal.css").read_text(encoding="utf-8"), flags=re.DOTALL)
    return plain(re.findall(r"\.([a-z][\w-]*)", " ".join(re.findall(r"([^{}]+)\{", style))))


def named():
    """The names in backticks of the page, without files."""
    return {one for one in re.findall(r"`([^`]+)`", PAGE.read_text(encoding="utf-8")) if "." not in one}


def test_each_class_is_named_by_the_page():
    assert sorted((of_templates() | of_the_style()) - named()) == []


def test_what_the_page_names_is_used():
    assert sorted(named() - of_templates() - of_the_style()) == []
