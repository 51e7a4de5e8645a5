"""`reindex`: a new version of the index in Elasticsearch."""

import click

from configs.settings import Settings
from portal.cli.options import common
from portal.cli.output import console, counted, print_json, progress_bar


@click.command()
@click.option("--back", is_flag=True, help="Go back to the version before; what came since is not in it.")
@common
def reindex(*, settings: Settings, as_json: bool, back: bool) -> None:
    """Rebuild the index in Elasticsearch, and switch searches to the new version at once.

    Nothing is read or encoded again. Searches go on meanwhile. The old version is kept until the next reindex.
    """
    from pipelines.maintenance import indices

    if back:
        found = indices.roll_back(settings)
    else:
        with progress_bar("reindexing") as show:
            found = indices.reindex(settings, lambda done, total: show(done, total, "reindexing"))
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    out = console()
    out.print(f"{found.index} is in use now, and {found.before} is kept.", soft_wrap=True)
    if not back:
        out.print(f"{counted(found.documents, 'document')} with {counted(found.passages, 'passage')} were copied.")
