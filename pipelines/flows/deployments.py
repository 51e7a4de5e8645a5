"""The deployments of a home on a Prefect server: one for each configured source, and those for upkeep."""

import datetime as dt
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple
from uuid import UUID

import httpx
from prefect import Flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate, WorkPoolCreate
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterTags
from prefect.client.schemas.objects import ConcurrencyLimitStrategy, ConcurrencyOptions
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import CronSchedule
from prefect.events import (
    Automation,
    AutomationCore,
    DeploymentEventTrigger,
    EventTrigger,
    Posture,
    ResourceSpecification,
    RunDeployment,
)
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.utilities.callables import parameter_schema

from configs.settings import BackupSettings
from configs.sources import SOURCES_FILE, AnySource, Schedule
from configs.system.errors import UnavailableError, UsageError
from pipelines.flows.alerts import alerts
from pipelines.flows.ingest import ingest, work
from pipelines.flows.outcomes import INCOMPLETE
from pipelines.flows.reporting import NEWS, RECOVERED, source_resource
from pipelines.flows.sources import ingest_source, stale_source
from pipelines.flows.upkeep import backup, doctor, reindex, retag, retrain, sweep

POOL = "customs-lens"
TAG = "customs-lens"
SOURCE_TAG = "customs-lens-source"
"""The tag of deployments of sources, by which those of removed sources are found."""
HOME = "home"
"""The name of deployments that exist once."""
_DROPPED = ConcurrencyOptions(collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW)
"""For a run that finds the previous one running: the next run will find everything new."""
_QUEUED = ConcurrencyOptions(collision_strategy=ConcurrencyLimitStrategy.ENQUEUE)
"""For a run that an event triggered: no later run would handle the latest event."""
_TOLD_FLOWS = (ingest_source.name, stale_source.name, backup.name, doctor.name, sweep.name)
_FAILED = tuple(f"prefect.flow-run.{state}" for state in ("Failed", "Crashed", "Suspended", "TimedOut", INCOMPLETE))
"""Events of these flows that cause notifications."""
_DAILY = "the check of the day"
"""Schedule of notifications without a flow run: a full disk, a certificate, a state that lasts for a week."""
NIGHT_SETTLES = dt.timedelta(hours=1)
_DOCTOR = Schedule(cron="41 5 * * *")
"""Once a day, after the night, and not at a full hour, when other jobs start."""
_SWEEP = Schedule(cron="11 5 * * *")
"""Before the check, and after the nightly runs over sources."""


class Deployment(NamedTuple):
    """The specification of a deployment with at most `limit` concurrent runs; `after` is the event that triggers it.

    A run that finds another one running waits if it `queues`, and is cancelled otherwise. With `told` it also runs an
    hour after a flow run over a source, a backup, a check or a sweep failed or recovered: later failures of that night
    are in the same notification; and an hour after the daily check.
    """

    flow: Flow[..., Any]
    name: str
    parameters: Mapping[str, Any]
    tags: tuple[str, ...] = (TAG,)
    schedule: Schedule | None = None
    after: str | None = None
    queues: bool = False
    told: bool = False
    limit: int = 1


def deployments(
    sources: Sequence[AnySource], settings: Mapping[str, Any], backups: BackupSettings | None = None, helpers: int = 1
) -> list[Deployment]:
    """Return the deployments for configured sources; `settings` are the parameters of every flow.

    At most `helpers` workers at a time help the runs of others.

    Raises `UsageError` for an invalid schedule.
    """
    given = {"settings": dict(settings)} if settings else {}
    copies = given | ({"folder": str(backups.folder), "keep": backups.keep} if backups else {})
    if backups:
        _check(backups.schedule, "settings.yaml: backups")
    return [
        *(_of_source(one, given) for one in sources),
        Deployment(ingest, HOME, given),
        Deployment(retag, HOME, given),
        Deployment(retrain, HOME, given),
        Deployment(reindex, HOME, given),
        Deployment(backup, HOME, copies, schedule=backups.schedule if backups else None),
        Deployment(sweep, HOME, given, schedule=_SWEEP),
        Deployment(doctor, HOME, given, schedule=_DOCTOR),
        Deployment(alerts, HOME, given, after=NEWS, queues=True, told=True),
        Deployment(stale_source, HOME, given, queues=True),
        Deployment(work, HOME, given, limit=max(1, helpers)),
    ]


@contextmanager
def api_errors() -> Iterator[None]:
    """Turn errors between a block and the Prefect server into `UnavailableError`."""
    try:
        yield
    except (httpx.HTTPError, RuntimeError) as error:
        url = os.environ.get("PREFECT_API_URL", "the Prefect server")
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise UnavailableError(f"{url}: the Prefect server does not do what it is asked: {reason}") from error


def _cron(schedule: Schedule) -> CronSchedule:
    return CronSchedule(cron=schedule.cron, timezone=schedule.timezone)


def _check(schedule: Schedule, place: str) -> None:
    try:
        _cron(schedule)
    except ValueError as error:
        when = f"{schedule.cron} ({schedule.timezone})"
        message = f"{place}: schedule: {when}: is no time that cron and the time zones know"
        raise UsageError(message, 'write for instance {cron: "17 2 * * *", timezone: Europe/Brussels}') from error


def _of_source(source: AnySource, given: Mapping[str, Any]) -> Deployment:
    if source.schedule:
        _check(source.schedule, f"{SOURCES_FILE}: {source.name}")
    tags = (TAG, SOURCE_TAG, f"source:{source.name}")
    return Deployment(ingest_source, source.name, {"source": source.name, **given}, tags, source.schedule)


def deploy(
    sources: Sequence[AnySource],
    settings: Mapping[str, Any],
    pool: str = POOL,
    *,
    backups: BackupSettings | None = None,
    helpers: int = 1,
) -> None:
    """Create or update the work pool, all deployments and the automations that watch the freshness of sources.

    Unchanged deployments are kept, with their scheduled runs, and paused deployments remain paused. Deployments of
    sources that are no longer configured are deleted. Raises `UsageError` for an invalid schedule, before any change,
    and `UnavailableError`.
    """
    wanted = deployments(sources, settings, backups, helpers)
    with api_errors(), get_client(sync_client=True) as client:
        with suppress(ObjectAlreadyExists):
            client.create_work_pool(WorkPoolCreate(name=pool, type="process"))
        for one in wanted:
            _apply(client, one, pool)
        _remove_others(client, {source.name for source in sources})
        _watch_freshness(client, sources)


def _apply(client: SyncPrefectClient, one: Deployment, pool: str) -> None:
    """Create or update a deployment; an unchanged one is kept with its scheduled runs."""
    name = f"{one.flow.name}/{one.name}"
    fields: dict[str, Any] = {
        "parameters": dict(one.parameters),
        "description": one.flow.description,
        "work_pool_name": pool,
        "tags": list(one.tags),
        "entrypoint": f"{one.flow.fn.__module__}.{one.flow.fn.__name__}",
        "parameter_openapi_schema": parameter_schema(one.flow.fn).model_dump(exclude_unset=True),
        "concurrency_options": _QUEUED if one.queues else _DROPPED,
        "enforce_parameter_schema": True,
    }
    schedule = _cron(one.schedule) if one.schedule else None
    known = None
    with suppress(ObjectNotFound):
        known = client.read_deployment_by_name(name)
    if known and _matches(known, fields, schedule, one.limit):
        identifier = known.id
    else:
        if known:
            for before in known.schedules:
                if before.schedule != schedule:
                    client.delete_deployment_schedule(known.id, before.id)  # and its scheduled runs
        identifier = client.create_deployment(
            client.create_flow_from_name(one.flow.name),
            one.name,
            schedules=[DeploymentScheduleCreate(schedule=schedule, active=True)] if schedule else [],
            concurrency_limit=one.limit,
            pull_steps=[],
            **fields,
        )
    _replace_triggers(client, _triggers(one, name), identifier)


def _matches(known: DeploymentResponse, fields: Mapping[str, Any], schedule: CronSchedule | None, most: int) -> bool:
    """Return whether a deployment of the server matches its specification; its schedule may be paused."""
    limit = known.global_concurrency_limit.limit if known.global_concurrency_limit else None
    planned = [one.schedule for one in known.schedules]
    return (
        limit == most
        and planned == ([schedule] if schedule else [])
        and all(getattr(known, name) == value for name, value in fields.items() if name != "tags")
        and set(known.tags) == set(fields["tags"])
    )


def _triggers(one: Deployment, name: str) -> list[DeploymentEventTrigger]:
    """Return the triggers of a deployment besides its schedule."""
    found = []
    if one.after:
        parameters = {"subjects": ["papers"]} if one.told else None
        found.append(
            DeploymentEventTrigger(
                name=f"{name} after {one.after}",
                expect={one.after},
                posture=Posture.Reactive,
                parameters=parameters,
            )
        )
    if one.told:
        daily = {"prefect.flow-run.Completed"}
        for when, expect, flows in (("a failure", {*_FAILED, RECOVERED}, _TOLD_FLOWS), (_DAILY, daily, (doctor.name,))):
            related = {"prefect.resource.role": "flow", "prefect.resource.name": list(flows)}
            found.append(
                DeploymentEventTrigger(
                    name=f"{name} after {when}",
                    expect=expect,
                    match_related=ResourceSpecification(related),
                    posture=Posture.Reactive,
                    schedule_after=NIGHT_SETTLES,
                    parameters={"subjects": ["failures"]} if when == _DAILY else None,
                )
            )
    return found


def _replace_triggers(client: SyncPrefectClient, wanted: Sequence[DeploymentEventTrigger], deployment: UUID) -> None:
    """Replace the triggers of a deployment on the server, unless they are unchanged."""
    resource = f"prefect.deployment.{deployment}"
    owned = [one for one in client.read_resource_related_automations(resource) if SOURCE_TAG not in one.tags]
    known = {one.name: one.trigger.expect for one in owned if isinstance(one.trigger, EventTrigger)}
    if known == {one.name: one.expect for one in wanted}:
        return
    client.delete_resource_owned_automations(resource)
    for trigger in wanted:
        trigger.set_deployment_id(deployment)
        client.create_automation(trigger.as_automation())


def _remove_others(client: SyncPrefectClient, names: set[str]) -> None:
    wanted = DeploymentFilter(tags=DeploymentFilterTags(all_=[SOURCE_TAG]))
    for found in client.read_deployments(deployment_filter=wanted):
        if found.name not in names:
            client.delete_deployment(found.id)


def _watch_freshness(client: SyncPrefectClient, sources: Sequence[AnySource]) -> None:
    """Create an automation that runs `stale-source` for every source without news for its `fresh_days`.

    An unchanged automation is kept: a new one would restart the count of days.
    """
    stale = client.read_deployment_by_name(f"{stale_source.name}/{HOME}")
    known = {one.name: one for one in client.read_automations() if SOURCE_TAG in one.tags}
    for source in sources:
        wanted = AutomationCore(
            name=f"{source.name} is stale",
            description=f"Nothing new came from the source for {source.fresh_days} days.",
            tags=[SOURCE_TAG],
            trigger=EventTrigger(
                posture=Posture.Proactive,
                match=ResourceSpecification({"prefect.resource.id": source_resource(source.name)}),
                expect={NEWS},
                within=dt.timedelta(days=source.fresh_days),
                threshold=1,
            ),
            actions=[
                RunDeployment(
                    source="selected",
                    deployment_id=stale.id,
                    parameters={"source": source.name, "days": source.fresh_days},
                )
            ],
        )
        if (found := known.pop(wanted.name, None)) and _is_same_automation(found, wanted):
            continue
        if found:
            client.delete_automation(found.id)
        client.create_automation(wanted)
    for found in known.values():
        client.delete_automation(found.id)


def _is_same_automation(found: Automation, wanted: AutomationCore) -> bool:
    """Return whether an automation of the server has the same period and runs the same deployment."""
    if not isinstance(found.trigger, EventTrigger) or not isinstance(wanted.trigger, EventTrigger):
        return False
    return found.trigger.within == wanted.trigger.within and [one.model_dump() for one in found.actions] == [
        one.model_dump() for one in wanted.actions
    ]
