"""JSON output that every parser accepts and that is safe on terminals."""

import json
import math
from typing import Any

from configs.system.controls import escaped


def json_text(value: Any, *, indent: int | None = None, ascii_only: bool = False) -> str:  # noqa: ANN401 - any JSON value
    r"""Return one JSON document.

    Controls of terminals, directions of writing, U+2028, U+2029 and lone surrogates are written as `\uXXXX`, which is
    the same value to a parser. JSON has no NaN and no infinity: `null` stands in their place.
    """
    try:
        text = json.dumps(value, ensure_ascii=ascii_only, indent=indent, allow_nan=False)
    except ValueError:  # a number that JSON does not have
        text = json.dumps(_finite(value), ensure_ascii=ascii_only, indent=indent, allow_nan=False)
    return text if ascii_only else escaped(text)


def _finite(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _finite(part) for name, part in value.items()}
    return [_finite(part) for part in value] if isinstance(value, list | tuple) else value
