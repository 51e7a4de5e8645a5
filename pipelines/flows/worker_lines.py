"""What a worker and its flow runs log: JSON between the processes, so that `schedule` passes on what a record said."""

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
    """Adds the name of the flow run, where a record has one."""

    def __init__(self, *_: object) -> None:
        super().__init__(debug=False, ascii_only=True)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        if run := getattr(record, "flow_run_name", None):
            record.fields = {"flow_run": run, **getattr(record, "fields", {})}
        return super().format(record)


def pass_on(line: str, tell: Tell) -> None:
    """Tell what a line of a worker says, with its level and fields; of a document its name and what is wrong with it.

    What is no record, as what a library prints, is told as it is.
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
