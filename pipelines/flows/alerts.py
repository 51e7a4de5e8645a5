"""The flow of alerts, which events start: an ingestion has finished, or a flow run over a source failed."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, get_args

from prefect import flow
from prefect.artifacts import create_table_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.context import FlowRunContext
from prefect.states import Scheduled

from configs.alerts import FILE, Subject
from configs.settings import Settings, home_folder
from configs.system.errors import CustomsLensError
from configs.system.redaction import redact_logs
from extractors.document import Value
from index.filters import EVERY_CLASS
from pipelines.flows.ingest import flow_settings
from pipelines.flows.outcomes import begun, outcome


class MessageReport(Value):
    """The number of new papers sent to each target; without targets, of new papers for each saved search.

    `sources` are those of which a target was notified that they fail, or work again.
    """

    sent: bool
    papers: dict[str, int]
    sources: tuple[str, ...] = ()


class NotSentError(CustomsLensError):
    """A target that could not be reached; its alerts are sent the next time (exit code 1 of the command)."""

    exit_code = 1


@flow(name="alerts", persist_result=False)
def alerts(
    *,
    home: str | None = None,
    settings: dict[str, Any] | None = None,
    subjects: tuple[Subject, ...] = get_args(Subject),
) -> State[Any]:
    """Send each target of `HOME/alerts.yaml` what is new, and what changed of the sources; the result is JSON.

    `subjects` are those that somebody is told of now: an ingestion in a night that goes on tells of papers alone.
    Without the file it shows what is new for each search, and leaves it new. Failed where a target was not reached.
    """
    redact_logs()

    def work() -> MessageReport:
        loaded = _load_settings(home, settings, subjects)
        with begun(loaded, writes=False):
            return _send(loaded, subjects) if (loaded.home / FILE).exists() else _preview(loaded)

    return outcome(work, _summary)


def _load_settings(home: str | None, settings: dict[str, Any] | None, subjects: Sequence[Subject]) -> Settings:
    """Return the settings of the flow run; where they are invalid, targets are notified, as no run can succeed."""
    try:
        return flow_settings(home, settings)
    except CustomsLensError as error:
        folder = home_folder(home)
        if "failures" in subjects and (folder / FILE).exists():
            from pipelines.alerts.sending import notify_of_settings

            notify_of_settings(folder, error)
        raise


def _send(settings: Settings, subjects: Sequence[Subject]) -> MessageReport:
    from pipelines.alerts.sending import send_alerts

    report = send_alerts(settings, access_classes=EVERY_CLASS, subjects=subjects)
    columns = {"target", "on", "status", "papers", "sources", "error"}
    create_table_artifact([one.model_dump(mode="json", include=columns) for one in report.targets], "digest")
    if later := [one.next_at for one in report.targets if one.next_at]:
        _schedule_again(min(later))
    if report.failed:
        listed = "; ".join(f"{one.target}: {one.error}" for one in report.failed)
        raise NotSentError(f"{len(report.failed)} of {len(report.targets)} targets were not reached: {listed}")
    sources = {source for one in report.targets for source in one.sources}
    papers = {one.target: one.papers for one in report.targets if one.on == "papers"}
    return MessageReport(sent=True, papers=papers, sources=tuple(sorted(sources)))


def _schedule_again(when: dt.datetime) -> None:
    """Schedule one more run of this deployment, when delayed alerts may be sent; the key prevents a second one."""
    context = FlowRunContext.get()
    run = context.flow_run if context else None
    if run is None or run.deployment_id is None:
        return
    with get_client(sync_client=True) as client:
        client.create_flow_run_from_deployment(
            run.deployment_id,
            state=Scheduled(scheduled_time=when),
            idempotency_key=f"held back until {when.isoformat()}",
        )


def _preview(settings: Settings) -> MessageReport:
    from pipelines.alerts.check import alerts as check
    from pipelines.search.service import SearchService

    with SearchService(settings) as service:
        found = check(settings, service, access_classes=EVERY_CLASS, peek=True)
    papers = {one.search.name: len(one.hits) for one in found}
    create_table_artifact([{"saved search": name, "new papers": count} for name, count in papers.items()], "digest")
    return MessageReport(sent=False, papers=papers)


def _summary(report: MessageReport) -> str:
    count = sum(report.papers.values())
    if report.sent:
        of_sources = f"; told of {', '.join(report.sources)}" if report.sources else ""
        return f"{count} new papers sent to {len(report.papers)} targets{of_sources}"
    return f"{count} new papers for {len(report.papers)} saved searches; {FILE} would send them"
