"""Cursors that hold more than a mark of the server's: values as short text."""

import base64
import binascii
import zlib
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from pipelines.sources.connectors.contract import CursorExpiredError

ModelT = TypeVar("ModelT", bound=BaseModel)


def packed(value: BaseModel) -> str:
    """Return a value as text that a register can store, about a tenth of its JSON."""
    return base64.urlsafe_b64encode(zlib.compress(value.model_dump_json().encode())).decode()


def unpacked(cursor: str, model: type[ModelT]) -> ModelT:
    """Return the value that `packed` made text of; raises `CursorExpiredError` for what another version stored."""
    try:
        return model.model_validate_json(zlib.decompress(base64.urlsafe_b64decode(cursor.encode())))
    except (binascii.Error, zlib.error, ValueError, ValidationError) as error:
        raise CursorExpiredError("the cursor is none of this version: everything is listed") from error
