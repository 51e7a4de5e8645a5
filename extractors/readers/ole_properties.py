"""Reads the properties of an OLE file of Office: title, author and date of creation."""

import datetime as dt
from typing import Any

_UTF_8, _UTF_16, _WESTERN = 65001, 1200, 1252  # code pages of Windows


def ole_properties(ole: Any) -> dict[str, str]:  # noqa: ANN401 - olefile has no types
    """Return `title`, `author` and `created` of a file opened by olefile; what is broken or absent is left out."""
    try:
        declared = ole.get_metadata()
    except Exception:  # noqa: BLE001 - olefile raises whatever its steps come upon; the text does not depend on it
        return {}
    page = (declared.codepage or _WESTERN) % (1 << 16)  # olefile reads it as a signed number
    created = declared.create_time
    found = {
        "title": _text(declared.title, page),
        "author": _text(declared.author, page),
        "created": created.isoformat() if isinstance(created, dt.datetime) else "",
    }
    return {name: value for name, value in found.items() if value}


def _text(value: object, page: int) -> str:
    if isinstance(value, bytes):
        charset = {_UTF_8: "utf-8", _UTF_16: "utf-16-le"}.get(page, f"cp{page}")
        try:
            text = value.decode(charset, "replace")
        except LookupError:
            text = value.decode("cp1252", "replace")
    else:
        text = value if isinstance(value, str) else ""
    return text.partition("\0")[0]
