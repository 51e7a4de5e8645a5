"""The front matter above a text: fields in YAML between two lines of dashes."""

import re
from datetime import date

import yaml

from configs.system.controls import storable

_FRONT_MATTER = re.compile(r"\A---[ \t\r]*\n(.*?\n)---[ \t\r]*\n", re.DOTALL)
_PROPERTIES = {"title": "title", "author": "author", "date": "created"}


def split_front_matter(text: str) -> tuple[dict[str, str], str]:
    """Return the properties in the front matter of a text (title, author, day of its creation), and the text below it.

    What stands between the two lines and is no mapping in YAML has no properties.
    """
    front = _FRONT_MATTER.match(text)
    if front is None:
        return {}, text
    try:
        found = yaml.safe_load(front[1])
    except (yaml.YAMLError, ValueError):  # the latter of a date such as 2014-13-45
        found = None
    fields = ((name, found.get(field)) for field, name in _PROPERTIES.items()) if isinstance(found, dict) else ()
    return {name: storable(str(value)) for name, value in fields if isinstance(value, str | date)}, text[front.end() :]
