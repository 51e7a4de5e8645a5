"""Artifacts and events of flow runs on the Prefect server: progress, failures, reports."""

import logging
import time
from collections.abc import Callable
from typing import ParamSpec
from uuid import UUID

import httpx
from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.events import emit_event

from configs.system.errors import CustomsLensError, UnavailableError
from pipelines.ingest.report import IngestReport

_log = logging.getLogger(__name__)

P = ParamSpec("P")

FINISHED = "customs-lens.ingest.finished"
"""The event of every ingestion that ended with a report, for automations of users."""
NEWS = "customs-lens.ingest.news"
"""The event of an ingestion with news: it triggers alerts; a source without one for long is stale."""
RECOVERED = "customs-lens.source.recovered"
"""The event of a source whose run completed after a run that did not."""
_SECONDS_BETWEEN = 5.0
"""Least interval between two updates of a progress artifact: each is a request to the server."""
_MOST_FAILURES = 1_000
"""Number of rows of the table of failures, which is one value in the server's database."""


class RunReporting:
    """The artifacts and events of one ingestion, named after its source: letters, digits and hyphens."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._progress: UUID | None = None
        self._shown = float("-inf")

    def progress(self, done: int, total: int, _: str) -> None:
        """Show how many documents of a run are done, at a limited rate.

        An unresponsive server does not end the run: the next update is sent.
        """
        now = time.monotonic()
        if done != total and now - self._shown < _SECONDS_BETWEEN:
            return
        self._shown = now
        share = 100.0 * done / max(total, 1)
        try:
            if self._progress is None:
                key = f"progress-{self._source}"
                made = create_progress_artifact(share, key=key, description="documents done, per cent")
                self._progress = made if isinstance(made, UUID) else None
            else:
                update_progress_artifact(self._progress, share)
        except (httpx.HTTPError, RuntimeError) as error:
            _log.debug("the server is not told of the progress: %s", error)

    def watch(self, ingest: Callable[P, IngestReport], *args: P.args, **options: P.kwargs) -> IngestReport:
        """Ingest and show the report, also if the ingestion raises an error with a report.

        A temporary error is not shown yet: another attempt follows, or `give_up`.
        """
        try:
            report = ingest(*args, **options)
        except CustomsLensError as error:
            if not _may_pass(error):
                self._show_so_far(error)
            raise
        self._show(report)
        return report

    def give_up(self, error: CustomsLensError) -> None:
        """Show the report of an ingestion whose last attempt failed."""
        if _may_pass(error):
            self._show_so_far(error)

    def _show_so_far(self, error: CustomsLensError) -> None:
        report = getattr(error, "report", None)
        if isinstance(report, IngestReport):
            self._show(report)

    def _show(self, report: IngestReport) -> None:
        if report.failures:
            create_table_artifact(
                [one.model_dump(mode="json") for one in report.failures[:_MOST_FAILURES]],
                key=f"failures-{self._source}",
                description=f"{report.failed} documents failed",
            )
        create_markdown_artifact(report_markdown(report), key=f"report-{self._source}", description="report of the run")
        counts = report.model_dump(mode="json", exclude={"failures"})
        resource = {"prefect.resource.id": source_resource(self._source), "customs-lens.source": self._source}
        emit_event(FINISHED, resource, payload=counts)
        if has_news(report):
            emit_event(NEWS, resource, payload=counts)


def _may_pass(error: CustomsLensError) -> bool:
    return isinstance(error, UnavailableError) and error.may_pass


def has_news(report: IngestReport) -> bool:
    """Return whether a run may cause alerts, whose process takes some seconds to start."""
    return report.indexed > 0


def emit_recovered(source: str) -> None:
    """Emit the event of a source that works again."""
    emit_event(RECOVERED, {"prefect.resource.id": source_resource(source), "customs-lens.source": source})


def source_resource(source: str) -> str:
    """Return the id of a source in events."""
    return f"customs-lens.source.{source}"


def report_markdown(report: IngestReport) -> str:
    """Return the report of a run as Markdown: a table of its counts, then what failed, by stage."""
    counts = report.model_dump(mode="json", exclude={"failures", "run"})
    rows = "\n".join(f"| {name.replace('_', ' ')} | {value} |" for name, value in counts.items())
    text = f"# Run {report.run}\n\n| | |\n| --- | ---: |\n{rows}\n"
    if report.failures:
        stages = [one.stage for one in report.failures]
        listed = ", ".join(f"{stages.count(stage)} in stage {stage}" for stage in dict.fromkeys(stages))
        again = " Fix them and run again with `--only failed`." if report.has_failed_papers else ""
        text += f"\n{report.failed} documents failed: {listed}.{again}\n"
    if report.incomplete:
        text += f"\nThe run is incomplete: {report.incomplete}.\n"
    return text
