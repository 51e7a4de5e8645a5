"""Alerts as a flow, which an event of a finished ingestion starts."""

from typing import Any

from prefect import flow
from prefect.artifacts import create_table_artifact
from prefect.client.schemas.objects import State

from configs.alerts import FILE
from configs.errors import CustomsLensError
from configs.redaction import redact_logs
from configs.settings import Settings
from extractors.document import Value
from index.filters import EVERY_CLASS
from pipelines.flows.ingest import flow_settings
from pipelines.flows.outcomes import begun, outcome


class Told(Value):
    """How many new papers were sent to each target, or, where there are no targets, are there for each saved search."""

    sent: bool
    papers: dict[str, int]


class NotSentError(CustomsLensError):
    """A target that no alerts reached; what was for it is sent the next time (exit code 1 of the command)."""

    exit_code = 1


@flow(name="alerts", persist_result=False)
def alerts(*, home: str | None = None, settings: dict[str, Any] | None = None) -> State[Any]:
    """Send each target of `HOME/alerts.yaml` what is new for its saved searches; the result is the counts as JSON.

    Without the file it shows what is new for each search, and leaves it new. Failed where a target was not reached.
    """
    redact_logs()

    def work() -> Told:
        loaded = flow_settings(home, settings)
        with begun(loaded, writes=False):
            return _sent(loaded) if (loaded.home / FILE).exists() else _looked(loaded)

    return outcome(work, _described)


def _sent(settings: Settings) -> Told:
    from pipelines.alerts.sending import send_alerts

    report = send_alerts(settings, access_classes=EVERY_CLASS)
    columns = {"target", "status", "papers", "error"}
    create_table_artifact([one.model_dump(mode="json", include=columns) for one in report.targets], "digest")
    if report.failed:
        listed = "; ".join(f"{one.target}: {one.error}" for one in report.failed)
        raise NotSentError(f"{len(report.failed)} of {len(report.targets)} targets were not reached: {listed}")
    return Told(sent=True, papers={one.target: one.papers for one in report.targets})


def _looked(settings: Settings) -> Told:
    from pipelines.alerts.check import alerts as check
    from pipelines.search.service import SearchService

    with SearchService(settings) as service:
        found = check(settings, service, access_classes=EVERY_CLASS, peek=True)
    papers = {one.search.name: len(one.hits) for one in found}
    create_table_artifact([{"saved search": name, "new papers": count} for name, count in papers.items()], "digest")
    return Told(sent=False, papers=papers)


def _described(told: Told) -> str:
    count = sum(told.papers.values())
    if told.sent:
        return f"{count} new papers sent to {len(told.papers)} targets"
    return f"{count} new papers for {len(told.papers)} saved searches; {FILE} would send them"
