"""Normalises the numbers of agenda items."""

import re

_WITH_PART = re.compile(r"(?P<main>(?:[IVXL]+|\d+)(?:\.\d+)*)\(?(?P<part>[a-z]{1,4})\)?")


def plain_item(printed: str) -> str:
    """Return an item's number without spaces and closing marks, its part in brackets: `II`, `IV(a)`, `3.1`.

    `II (a)`, `II a)` and `IIa` are one item.
    """
    text = "".join(printed.split()).rstrip(".:")
    match = _WITH_PART.fullmatch(text)
    if match:
        return f"{match['main']}({match['part']})"
    return text if "(" in text else text.rstrip(")")
