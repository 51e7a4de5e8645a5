"""Pages of items for assistants, limited to a few kilobytes each."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

MOST_BYTES = 8_000
"""Of an answer, as JSON in UTF-8."""
_LONGEST_TEXT = 2_000
"""Characters of a text in an item; a longer one is cut, and says so."""
_ENVELOPE = 200
"""Bytes of what stands around the items."""


def page(items: Sequence[Mapping[str, Any]], *, total: int, offset: int, **more: object) -> dict[str, Any]:
    """Return as many of the items from an offset as a page can hold, and the offset of the next page.

    The first item is always among them: its longest texts are cut as far as it takes.
    """
    left = MOST_BYTES - _ENVELOPE - _size(more)
    shown: list[dict[str, Any]] = []
    for given in items:
        item = _cut(given, _LONGEST_TEXT)
        if not shown:
            most = _LONGEST_TEXT
            while _size(item) > left and most > 1:
                most //= 2
                item = _cut(given, most)
        left -= _size(item) + 2
        if shown and left < 0:
            break
        shown.append(item)
    following = offset + len(shown)
    after = following if following < total else None
    return {**more, "total": total, "offset": offset, "items": shown, "next_offset": after}


def without_empty(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item without empty fields."""
    return {name: value for name, value in item.items() if value not in (None, "", (), [], {})}


def item(value: BaseModel, names: str = "", **more: object) -> dict[str, Any]:
    """Return some fields of a value, and further ones, without empty fields."""
    return without_empty({name: getattr(value, name) for name in names.split()} | more)


def declared(model: type[BaseModel], name: str) -> FieldInfo:
    """Return the declaration of a question's parameter, for that of a tool."""
    return model.model_fields[name]


def _cut(item: Mapping[str, Any], most: int) -> dict[str, Any]:
    return {name: _shortened(value, most) for name, value in item.items()}


def _shortened(value: object, most: int) -> object:
    if isinstance(value, str) and len(value) > most:
        return value[:most].rsplit(" ", maxsplit=1)[0] + " [cut]"
    if isinstance(value, Mapping):
        return _cut(value, most)
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_shortened(one, most) for one in value]
    return value


def _size(value: object) -> int:
    return len(json.dumps(value, ensure_ascii=False, default=str).encode())
