"""Log lines of a worker and its flow runs as JSON, so that `schedule` can pass them on as log records."""

import json
import logging
from typing import Any

from configs.system.log_lines import JsonFormatter
from pipelines.processes import Tell

ENVIRONMENT = {
    "PREFECT_LOGGING_HANDLERS_CONSOLE_FORMATTER": "json",
    "PREFECT_LOGGING_FORMATTERS_JSON_CLASS": f"{__name__}.WorkerFormatter",
    "PREFECT_LOGGING_COLORS": "false",
}
"""Has the processes of Prefect write records by this module: the variables stand for keys of its `logging.yml`."""


class WorkerFormatter(JsonFormatter):
    """Adds the name of the flow run to a record that has one."""

    def __init__(self, *_: object) -> None:
        super().__init__(debug=False, ascii_only=True)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its line end."""
        if run := getattr(record, "flow_run_name", None):
            record.fields = {"flow_run": run, **getattr(record, "fields", {})}
        return super().format(record)


def pass_on(line: str, tell: Tell) -> None:
    """Log a line of a worker, with its level and fields; for a document with its name and problem.

    Lines that are not records, such as output of libraries, are passed on unchanged.
    """
    name, _, text = line.partition(": ")
    try:
        fields: dict[str, Any] = json.loads(text)
        message, level, _ = (str(fields.pop(one)) for one in ("message", "level", "time"))
        fields = {name: value for name, value in fields.items() if name not in ("text", "created", "ascii_only")}
    except (ValueError, TypeError, KeyError, AttributeError):
        tell(line)
        return
    about = (fields.get("flow_run"), message, fields.get("source"), fields.get("error"))
    shown = f" {level.upper()}:" if level != "info" else ""
    tell(f"{name}:{shown} {': '.join(str(one) for one in about if one)}", level=level, message=message, **fields)
