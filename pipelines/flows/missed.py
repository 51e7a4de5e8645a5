"""Missed schedules: sources whose scheduled runs were missed while nothing ran are run once at the start."""

import asyncio
import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterTags,
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import DeploymentSchedule, FlowRun, StateType
from prefect.client.schemas.schedules import CronSchedule
from prefect.states import Cancelled

from configs.settings import Settings
from pipelines.flows.deployments import SOURCE_TAG, TAG, api_errors
from pipelines.ingest.freshness import freshness

CAUGHT_UP = "missed"
"""The tag of a run that replaces a missed one."""


def catch_up(settings: Settings) -> list[str]:
    """Start a run over each source that is overdue by the ledger; return the names of the sources.

    A source is overdue if its schedule was due since the start of its last run, and since it has this schedule. A
    source that was never run, or whose deployment or schedule is paused, is not. A late run scheduled by the server
    suffices; of several late runs of one deployment, only the latest is kept. Raises `UnavailableError`.
    """
    now = dt.datetime.now(dt.UTC)
    began = {one.source: one.last_at for one in freshness(settings, of_commands=False)}
    overdue = []
    with api_errors(), get_client(sync_client=True) as client:
        waiting = _late_runs(client, now)
        ours = DeploymentFilter(tags=DeploymentFilterTags(all_=[TAG]))
        for one in client.read_deployments(deployment_filter=ours):
            _cancel_all_but_last(client, waiting[one.id])
            last = began.get(one.name) if SOURCE_TAG in one.tags else None
            if last is None or one.paused or waiting[one.id]:
                continue
            if any(_was_due(schedule, last, now) for schedule in one.schedules):
                client.create_flow_run_from_deployment(one.id, tags=[CAUGHT_UP])
                overdue.append(one.name)
    return overdue


def _late_runs(client: SyncPrefectClient, now: dt.datetime) -> dict[UUID, list[FlowRun]]:
    """Return the runs of each deployment that should have started and have not ended, sorted by scheduled time."""
    states = FlowRunFilterStateType(any_=[StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING])
    wanted = FlowRunFilter(
        state=FlowRunFilterState(type=states), expected_start_time=FlowRunFilterExpectedStartTime(before_=now)
    )
    found: defaultdict[UUID, list[FlowRun]] = defaultdict(list)
    for run in client.read_flow_runs(flow_run_filter=wanted):
        if run.deployment_id:
            found[run.deployment_id].append(run)
    for runs in found.values():
        runs.sort(key=lambda run: run.expected_start_time or now)
    return found


def _cancel_all_but_last(client: SyncPrefectClient, waiting: Sequence[FlowRun]) -> None:
    """Cancel scheduled runs that have not started, except the last one."""
    for run in waiting[:-1]:
        if run.auto_scheduled and run.state and run.state.type == StateType.SCHEDULED:
            message = "was missed; a later run finds all that is new"
            client.set_flow_run_state(run.id, Cancelled(message=message), force=True)


def _was_due(schedule: DeploymentSchedule, last: dt.datetime, now: dt.datetime) -> bool:
    """Return whether a schedule was due between its start, or that of the last run, and now."""
    from prefect.server.schemas.schedules import CronSchedule as CronTimes

    if not schedule.active or not isinstance(schedule.schedule, CronSchedule):
        return False
    since = max(last, schedule.created or now)
    times = CronTimes(cron=schedule.schedule.cron, timezone=schedule.schedule.timezone)
    return bool(asyncio.run(times.get_dates(1, start=since, end=now)))
