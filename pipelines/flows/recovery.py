"""Recovery of flow runs whose process has died: detected by the lock of their file, checked in the ledger, restarted.

Heartbeats are not used: a server may consider a busy machine dead, and mark finished runs as crashed. A run that was
ended because it hung (`pipelines.ingest.hanging`) becomes Failed, and waits for its next scheduled time.
"""

import datetime as dt
import logging
from collections.abc import Mapping
from contextlib import closing, suppress
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.exceptions import ObjectNotFound
from prefect.states import Cancelled, Completed, Crashed, Failed

from configs.settings import Settings
from pipelines.flows.deployments import POOL, api_errors
from pipelines.flows.run_files import DeadRun, dead_runs, forget, process_of
from pipelines.storage.opening import open_storage

_log = logging.getLogger(__name__)

AGAIN = "recovery-"
"""The prefix of the tag of a run that replaces a crashed one; a number follows."""
_MOST_AGAIN = 3
"""Number of restarts of a run: the cause may crash its process each time."""
START_GRACE = dt.timedelta(minutes=10)
"""How long a worker may take from claiming a run to starting its process, which creates the file."""


def recover(settings: Settings, pool: str = POOL, *, grace: dt.timedelta = START_GRACE) -> int:
    """End the flow runs of a home whose processes have died, and restart unfinished ones; return how many.

    A flow run whose ledger run is done had finished without reporting that to its server. A run that was claimed and
    never started counts as dead after `grace`: pass None if no worker of the pool can be alive. Raises
    `UnavailableError` if the server or the ledger is unavailable.
    """
    left = {UUID(one.flow_run): one for one in dead_runs(settings.home)}
    ended = 0
    with api_errors(), get_client(sync_client=True) as client:
        for run in _unfinished(client):
            if run.id in left:
                _end_or_restart(client, settings, run, left.pop(run.id))
                ended += 1
            elif run.work_pool_name == pool and _never_began(settings, run, grace):
                _crashed(client, run, "the worker that claimed this run ended before it began")
                ended += 1
    for one in left.values():  # the server already has their final state
        forget(settings.home, one.flow_run)
    return ended


def fail_hanging(settings: Settings, hanging: Mapping[int, object]) -> None:
    """Mark flow runs of ended hanging processes as Failed: they start again at their next scheduled time.

    `hanging` has the error of each process; the number of blocked runs is added to it. Raises as `recover` does.
    """
    for left in [one for one in dead_runs(settings.home) if one.pid in hanging]:
        with api_errors(), get_client(sync_client=True) as client, suppress(ObjectNotFound):
            run = client.read_flow_run(UUID(left.flow_run))
            kept_out = FlowRunFilter(
                deployment_id=FlowRunFilterDeploymentId(any_=[run.deployment_id] if run.deployment_id else []),
                state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.CANCELLED])),
                expected_start_time=FlowRunFilterExpectedStartTime(after_=run.start_time),
            )
            count = len(client.read_flow_runs(flow_run_filter=kept_out))
            why = f"{hanging[left.pid]}; runs of it that were cancelled meanwhile: {count}"
            client.set_flow_run_state(run.id, Failed(message=why), force=True)  # whatever state its worker reported
        forget(settings.home, left.flow_run)


def _unfinished(client: SyncPrefectClient) -> list[FlowRun]:
    states = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]
    return client.read_flow_runs(
        flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=states)))
    )


def _never_began(settings: Settings, run: FlowRun, grace: dt.timedelta) -> bool:
    """Return whether a run was claimed too long ago without starting; other homes have files of their own."""
    if process_of(settings.home, str(run.id)) != "unknown":
        return False
    state = run.state
    claimed = state is not None and state.type in (StateType.PENDING, StateType.CANCELLING)
    if grace and not claimed:
        return False
    return state is None or dt.datetime.now(dt.UTC) - state.timestamp >= grace


def _end_or_restart(client: SyncPrefectClient, settings: Settings, run: FlowRun, left: DeadRun) -> None:
    if (counts := _finished(settings, left.ledger_run)) is not None:
        client.set_flow_run_state(run.id, Completed(message=f"finished by the ledger: {counts}"), force=True)
    elif run.state is not None and run.state.type == StateType.CANCELLING:
        client.set_flow_run_state(run.id, Cancelled(message="its process has ended"), force=True)
    else:
        _crashed(client, run, "its process ended before it was finished; what it did is kept")
    forget(settings.home, left.flow_run)


def _finished(settings: Settings, ledger_run: str) -> str | None:
    """Return the counts of a ledger run that completed, None for any other."""
    storage = open_storage(settings)
    if not ledger_run or not storage.has_ledger():
        return None
    with closing(storage.open_ledger(write=False)) as ledger:
        for run in ledger.runs():
            if run.id == ledger_run and run.status in ("done", "incomplete"):
                return f"{run.found} found, {run.indexed} indexed, {run.failed} failed"
    return None


def _crashed(client: SyncPrefectClient, run: FlowRun, why: str) -> None:
    client.set_flow_run_state(run.id, Crashed(message=why), force=True)
    earlier = [tag for tag in run.tags if tag.startswith(AGAIN)]
    number = max((int(tag.removeprefix(AGAIN)) for tag in earlier if tag.removeprefix(AGAIN).isdecimal()), default=0)
    if run.deployment_id is None or number == _MOST_AGAIN:
        _log.warning("flow run %s: %s", run.name, why)
        return
    try:
        again = client.create_flow_run_from_deployment(
            run.deployment_id,
            parameters=run.parameters,
            tags=[f"{AGAIN}{number + 1}", *(tag for tag in run.tags if tag not in earlier)],
        )
    except ObjectNotFound:
        _log.warning("flow run %s: %s; its deployment is gone", run.name, why)
        return
    _log.warning("flow run %s: %s; it begins again as %s", run.name, why, again.name)
