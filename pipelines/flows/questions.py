"""Confirmation of mass deletions: a flow run that would delete too much is suspended until a person answers."""

import datetime as dt
import hashlib
from typing import Protocol
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.context import FlowRunContext
from prefect.flow_runs import suspend_flow_run
from prefect.input import RunInput, keyset_from_base_key, read_flow_run_input
from prefect.states import Cancelled

from pipelines.ingest.deletion import MassDeletionError
from pipelines.ingest.report import IngestReport

STANDS = dt.timedelta(days=7)
"""Time limit for an answer, after which the run is Failed."""


class MassDeletion(RunInput):
    """The answer: whether to delete the missing documents by the deletion policy of their source."""

    delete: bool


class GuardedRun(Protocol):
    """An ingestion that refuses mass deletions without permission."""

    def __call__(self, *, allow_mass_deletion: bool) -> IngestReport:
        """Ingest; raises `MassDeletionError` if too many documents are missing."""


def ask_before_mass_deletion(ingest: GuardedRun, *, allowed: bool) -> IngestReport:
    """Ingest; if too many documents are missing, ask for confirmation, and with it ingest again.

    If the deletion is allowed already, there is no question. A flow run that asks is suspended, which ends its process;
    the answer restarts it from the beginning, so it asks again if the number of missing documents has changed. A later
    run with the same parameters withdraws the question, and asks itself if necessary. If the run of an answer could not
    start because another one was running, the next run with the same question uses the answer. Raises
    `MassDeletionError` if the answer is no, and immediately for a run without a deployment, which cannot be restarted.
    """
    context = FlowRunContext.get()
    run = context.flow_run if context else None
    if run is None or run.deployment_id is None:
        return ingest(allow_mass_deletion=allowed)
    try:
        report = ingest(allow_mass_deletion=allowed)
    except MassDeletionError as error:
        _withdraw_questions(run, run.deployment_id)
        key = hashlib.sha256(error.message.encode()).hexdigest()[:16]
        answer = _answer_of_another(run, run.deployment_id, key) or _answer(error, key)
        if not answer.delete:
            raise
        return ingest(allow_mass_deletion=True)
    _withdraw_questions(run, run.deployment_id)
    return report


def _answer_of_another(run: FlowRun, deployment: UUID, key: str) -> MassDeletion | None:
    """Return the unused answer that another run received to the same question, None without one."""
    dropped = FlowRunFilter(
        deployment_id=FlowRunFilterDeploymentId(any_=[deployment]),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.CANCELLED, StateType.SCHEDULED])),
    )
    response = keyset_from_base_key(f"suspended-{key}")["response"]
    with get_client(sync_client=True) as client:
        for one in client.read_flow_runs(flow_run_filter=dropped, sort=FlowRunSort.START_TIME_DESC):
            stands = one.state and dt.datetime.now(dt.UTC) - one.state.timestamp < STANDS
            if stands and one.start_time and one.parameters == run.parameters:
                value = read_flow_run_input(response, flow_run_id=one.id)
                if value is not None:
                    client.delete_flow_run_input(flow_run_id=one.id, key=response)
                    return MassDeletion.model_validate(value)
    return None


def _answer(error: MassDeletionError, key: str) -> MassDeletion:
    """Return the answer to the question of an error, if the flow run has received it; else suspend the flow run."""
    question = (
        f"{error.message}. Look at the source first: is it complete, is its disk mounted? "
        "With `delete` the documents that are missing are deleted; without it they stay, and this run ends as Failed."
    )
    return suspend_flow_run(
        wait_for_input=MassDeletion.with_initial_data(description=question, delete=False),
        timeout=int(STANDS.total_seconds()),
        key=key,
    )


def _withdraw_questions(run: FlowRun, deployment: UUID) -> None:
    """Cancel other suspended runs of a deployment with the parameters of a run."""
    suspended = FlowRunFilter(
        deployment_id=FlowRunFilterDeploymentId(any_=[deployment]),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.PAUSED])),
    )
    with get_client(sync_client=True) as client:
        for earlier in client.read_flow_runs(flow_run_filter=suspended):
            if earlier.id != run.id and earlier.parameters == run.parameters:
                message = f"the run {run.name} looked again"
                client.set_flow_run_state(earlier.id, Cancelled(message=message), force=True)
