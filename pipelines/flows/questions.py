"""The question that a flow run asks before it deletes much: it is suspended, and begins again when somebody answers."""

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
"""How long a question may be answered; its run is Failed after that."""


class MassDeletion(RunInput):
    """The answer: whether the documents that are missing are deleted, as the deletions policy of their source says."""

    delete: bool


class GuardedRun(Protocol):
    """A run that deletes much at once only where it may."""

    def __call__(self, *, allow_mass_deletion: bool) -> IngestReport:
        """Ingest; raises `MassDeletionError` where too much is missing."""


def ask_before_mass_deletion(ingest: GuardedRun, *, allowed: bool) -> IngestReport:
    """Ingest; where too much is missing, ask whether it may be deleted, and where it may, ingest again.

    Nothing is asked where it is allowed. A flow run that asks is suspended, which ends its process; the answer
    begins it again from the start, so it asks again where another number of documents is missing by then. A later
    run with the same parameters takes back the question, and asks it itself where it has to. An answer whose run could
    not begin, as another one was at work, is taken by the next run that would ask the same. Raises
    `MassDeletionError` where the answer is no, and at once where a run has no deployment, and so cannot begin again.
    """
    context = FlowRunContext.get()
    run = context.flow_run if context else None
    if run is None or run.deployment_id is None:
        return ingest(allow_mass_deletion=allowed)
    try:
        report = ingest(allow_mass_deletion=allowed)
    except MassDeletionError as error:
        _take_back_questions(run, run.deployment_id)
        key = hashlib.sha256(error.message.encode()).hexdigest()[:16]
        answer = _answer_of_another(run, run.deployment_id, key) or _answer(error, key)
        if not answer.delete:
            raise
        return ingest(allow_mass_deletion=True)
    _take_back_questions(run, run.deployment_id)
    return report


def _answer_of_another(run: FlowRun, deployment: UUID, key: str) -> MassDeletion | None:
    """Return the answer that another run was given to the same question and did not take, once; None for none."""
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
    """Return the answer to what an error says, where the flow run was given it; suspend the flow run where not."""
    question = (
        f"{error.message}. Look at the source first: is it complete, is its disk mounted? "
        "With `delete` the documents that are missing are deleted; without it they stay, and this run ends as Failed."
    )
    return suspend_flow_run(
        wait_for_input=MassDeletion.with_initial_data(description=question, delete=False),
        timeout=int(STANDS.total_seconds()),
        key=key,
    )


def _take_back_questions(run: FlowRun, deployment: UUID) -> None:
    """Cancel the other suspended runs of a deployment that were given the parameters of a run."""
    suspended = FlowRunFilter(
        deployment_id=FlowRunFilterDeploymentId(any_=[deployment]),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.PAUSED])),
    )
    with get_client(sync_client=True) as client:
        for earlier in client.read_flow_runs(flow_run_filter=suspended):
            if earlier.id != run.id and earlier.parameters == run.parameters:
                message = f"the run {run.name} looked again"
                client.set_flow_run_state(earlier.id, Cancelled(message=message), force=True)
