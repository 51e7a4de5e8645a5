"""Formats log records as JSON, one object per line, for log collectors."""

import datetime as dt
import logging
from typing import Any, Literal

from configs.system.json_text import json_text
from configs.system.log_fields import current_fields
from configs.system.redaction import redact

LogFormat = Literal["text", "json"]


class JsonFormatter(logging.Formatter):
    """Formats a record as one line; with a traceback only if `debug` is set."""

    def __init__(self, *, debug: bool, ascii_only: bool) -> None:
        super().__init__()
        self._debug, self._ascii_only = debug, ascii_only

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        fields: dict[str, Any] = {**current_fields(), **getattr(record, "fields", {})}
        if record.exc_info and record.exc_info[1]:
            error = record.exc_info[1]
            fields["error"] = f"{type(error).__name__}: {error}"
            if self._debug:  # the redacting filter has formatted the message already
                fields["traceback"] = record.exc_text or self.formatException(record.exc_info)
        return log_line(
            record.getMessage(),
            level=record.levelname.lower(),
            logger=record.name,
            created=record.created,
            ascii_only=self._ascii_only,
            **fields,
        )


def log_line(
    message: str,
    *,
    level: str,
    logger: str,
    created: float,
    ascii_only: bool = False,
    **fields: Any,  # noqa: ANN401 - any JSON value
) -> str:
    """Return a JSON object on one line, without its end: time (UTC), level, logger, message, and other fields.

    `created` is in seconds since 1970. No string in it holds a secret.
    """
    time = dt.datetime.fromtimestamp(created, dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    first = {"time": time, "level": level, "logger": logger, "message": message}
    return json_text(_redacted({**first, **fields}), ascii_only=ascii_only)


def _redacted(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {name: _redacted(one) for name, one in value.items()}
    return [_redacted(one) for one in value] if isinstance(value, list | tuple) else value
