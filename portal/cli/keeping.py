"""`rebuild`: the parts of the embedded index that are made from its truth, made again."""

import click

from configs.errors import UsageError
from configs.settings import Settings
from portal.cli.options import common
from portal.cli.output import console, counted, print_json, progress_bar


@click.command()
@common
def rebuild(*, settings: Settings, as_json: bool) -> None:
    """Make the text index and the vectors again from the store.

    For an index of an older version of the program, or one that doctor finds fault with. Nothing is read or encoded
    again. Searches go on meanwhile.
    """
    _for_embedded(settings, "rebuild", "use customs-lens reindex")
    from index.embedded.engine import rebuild as make_again

    with progress_bar("rebuilding") as show:
        counts = make_again(settings.home / "index", lambda done, total: show(done, total, "rebuilding"))
    if as_json:
        print_json(counts.model_dump(mode="json"))
        return
    what = f"{counted(counts.documents, 'document')} with {counted(counts.passages, 'passage')}"
    console().print(f"Text index and vectors were made again: {what}.", soft_wrap=True)


def _for_embedded(settings: Settings, command: str, instead: str) -> None:
    if settings.index != "embedded":
        raise UsageError(f"{command} is for the embedded index, not for one in Elasticsearch", instead)
