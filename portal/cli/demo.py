"""`demo`: the main job on the sample papers."""

from pathlib import Path

import click

from configs.settings import Settings
from configs.system.errors import UnavailableError
from index.filters import EVERY_CLASS
from portal.cli.ingest import print_report
from portal.cli.matrix import print_matrix
from portal.cli.options import common
from portal.cli.output import console, print_json, say
from portal.cli.search import print_hits

SAMPLES = Path(__file__).parents[2] / "samples" / "papers"
QUERIES = (
    "single window connected to other border agencies",
    "what is still done on paper",
    "échange électronique de données entre administrations douanières",
)
_SHOWN = 3
"""Documents that the demonstration shows for each query."""


@click.command()
@click.option(
    "--samples",
    type=click.Path(readable=False, path_type=Path),
    default=SAMPLES,
    help="Folder of the sample papers  [samples/papers of the checkout]",
)
@common
def demo(*, settings: Settings, as_json: bool, samples: Path) -> int:
    """Ingest the sample papers, search them, show the matrix.

    The samples are illustrations written for this project, not documents of the World Customs Organization.
    """
    from pipelines.ingest.runs import ingest
    from pipelines.search.requests import SearchParameters, filters_of, search_request
    from pipelines.search.service import SearchService

    if not samples.is_dir():
        raise UnavailableError(f"{samples}: the sample papers are not here", "run from a checkout, or name --samples")
    say(f"Reading the papers in {samples} (the first time, the encoder is prepared: about a minute) …")
    report = ingest(settings, [str(samples)], progress=lambda done, total, name: say(f"  {done}/{total} {name}"))
    requests = [
        search_request(settings, SearchParameters(q=query, limit=_SHOWN), access_classes=EVERY_CLASS)
        for query in QUERIES
    ]
    with SearchService(settings) as service:
        searches = [service.search(request) for request in requests]
        matrix = service.matrix(filters_of((), EVERY_CLASS))
    if as_json:
        found = {
            "searches": [one.model_dump(mode="json") for one in searches],
            "matrix": matrix.model_dump(mode="json"),
        }
        print_json({"ingest": report.model_dump(mode="json"), **found})
        return 1 if report.failed else 0
    out = console()
    out.rule("Ingestion")
    print_report(report, settings)
    for one in searches:
        out.rule(f"Search: {one.query}")
        print_hits(one, {})
    out.rule("Maturity matrix")
    print_matrix(matrix)
    out.rule("How to go on")
    home = settings.home
    for line in (
        f"customs-lens serve --home {home}        (in the browser, at http://127.0.0.1:8000)",
        f'customs-lens search "your question" --home {home}',
        f"customs-lens show PC9001 --home {home}",
        f"customs-lens matrix --by year --home {home}",
        f"customs-lens ingest YOUR-PAPERS/ --home {home}",
    ):
        out.print(f"  {line}", soft_wrap=True)
    return 1 if report.failed else 0
