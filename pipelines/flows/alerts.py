"""Alerts as a flow, which an event of a finished ingestion starts."""

from typing import Any

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State

from configs.redaction import redact_logs
from extractors.document import Value
from index.filters import EVERY_CLASS
from pipelines.flows.ingest import flow_settings
from pipelines.flows.outcomes import begun, outcome


class NewPapers(Value):
    """How many papers are new for each saved search, by its name."""

    searches: dict[str, int]


@flow(name="alerts", persist_result=False)
def alerts(*, home: str | None = None, settings: dict[str, Any] | None = None) -> State[Any]:
    """Look what is new for each saved search, and show the counts; the result is the same as JSON."""
    redact_logs()

    def work() -> NewPapers:
        loaded = flow_settings(home, settings)
        from pipelines.alerts.check import alerts as check
        from pipelines.search.service import SearchService

        with begun(loaded, writes=False), SearchService(loaded) as service:
            found = check(loaded, service, access_classes=EVERY_CLASS)
        counts = NewPapers(searches={one.search.name: len(one.hits) for one in found})
        rows = "".join(f"| {name} | {count} |\n" for name, count in counts.searches.items())
        create_markdown_artifact(f"| saved search | new papers |\n| --- | ---: |\n{rows}", key="digest")
        return counts

    return outcome(work, _described)


def _described(found: NewPapers) -> str:
    return f"{sum(found.searches.values())} new papers for {len(found.searches)} saved searches"
