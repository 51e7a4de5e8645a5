"""`save-search` and `alerts`: searches that are kept, and what is new for each."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from configs.errors import UsageError
from configs.settings import Settings
from index.filters import EVERY_CLASS
from index.results import Mode
from portal.cli.options import common, filters
from portal.cli.output import console, counted, print_json, styled
from portal.cli.search import name_of

if TYPE_CHECKING:
    from pipelines.storage.saved_searches import SavedSearch


@click.command("save-search")
@click.argument("name", required=False)
@click.argument("query", nargs=-1)
@click.option(
    "--mode",
    type=click.Choice(["text", "hybrid", "vector"]),
    default="text",
    show_default=True,
    help="Match words, meaning (vector) or both; by meaning something is always near.",
)
@filters
@click.option("--replace", is_flag=True, help="Take the place of a saved search of this name.")
@click.option("--list", "list_", is_flag=True, help="Show the saved searches.")
@click.option("--delete", is_flag=True, help="Delete the saved search of this name.")
@common
def save_search(
    *,
    settings: Settings,
    as_json: bool,
    name: str | None,
    query: tuple[str, ...],
    mode: Mode,
    filters: tuple[str, ...],
    replace: bool,
    list_: bool,
    delete: bool,
) -> None:
    """Save a search under a name; alerts tells what is new for it.

    QUERY and --filter are those of search.

    \b
    Examples:
      customs-lens save-search windows "single window" --filter body=ptc
      customs-lens save-search --list
      customs-lens save-search windows --delete
    """
    from pipelines.alerts import check as alerts
    from pipelines.search.service import SearchService

    _refuse_what_does_not_go_together(name, query, filters, listing=list_, deleting=delete, replacing=replace)
    if list_:
        found = alerts.saved_searches(settings)
        if as_json:
            print_json([_as_json(search) for search in found])
        else:
            _print_searches(found)
        return
    if not name:
        raise UsageError("no name for the search", "give one, then the query; or --list")
    if delete:
        alerts.delete_search(settings, name)
        done: dict[str, Any] = {"deleted": name}
    else:
        with SearchService(settings) as service:
            saved = alerts.save_search(
                settings,
                service,
                name,
                " ".join(query),
                access_classes=EVERY_CLASS,
                mode=mode,
                filters=filters,
                replace=replace,
            )
        done = _as_json(saved)
    if as_json:
        print_json(done)
    else:
        console().print(f"{'Deleted' if delete else 'Saved'} “{name}”.", soft_wrap=True)


def _refuse_what_does_not_go_together(
    name: str | None,
    query: tuple[str, ...],
    filters: tuple[str, ...],
    *,
    listing: bool,
    deleting: bool,
    replacing: bool,
) -> None:
    """Raise `UsageError` where something would be passed over: who types it expects it to count."""
    if listing and (name or filters or deleting or replacing):
        raise UsageError("--list shows every saved search and takes nothing else", "leave out the rest")
    if deleting and (query or filters or replacing):
        raise UsageError("--delete takes the name of a saved search and nothing else", "leave out the rest")


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--peek", is_flag=True, help="Look without a mark: what is new now stays new.")
@common
def alerts(*, settings: Settings, as_json: bool, names: tuple[str, ...], peek: bool) -> None:
    """Show what came into the index for each saved search since it was last looked at.

    Without NAME, for all of them. A document is new that was not there at the last look; one that was only read,
    tagged or indexed again is not.
    """
    from pipelines.alerts.check import alerts as look
    from pipelines.search.service import SearchService

    with SearchService(settings) as service:
        found = look(settings, service, names, access_classes=EVERY_CLASS, peek=peek)
    shown = [
        {
            **_as_json(one.search),
            "documents": len(one.hits),
            "hits": [hit.model_dump(mode="json") for hit in one.hits],
        }
        for one in found
    ]
    if as_json:
        print_json(shown)
    else:
        _print_alerts(shown)


def _as_json(search: "SavedSearch") -> dict[str, Any]:
    return search.model_dump(mode="json", exclude={"look"})


def _print_alerts(found: list[dict[str, Any]]) -> None:
    from pipelines.search.reasons import WhyMatched, reason

    out = console()
    if not found:
        out.print("No searches are saved.")
    for search in found:
        out.print(styled((search["name"], "bold"), f": {counted(search['documents'], 'new document')}"))
        for hit in search["hits"]:
            document = hit["document"]
            facts = " · ".join(str(fact) for fact in (document["body"], document["date"], document["language"]) if fact)
            out.print(f"  {name_of(document)}")
            out.print(f"    {facts} · id {', '.join(hit['new'])}", style="dim", soft_wrap=True)
            out.print(f"    “{hit['quote']['text']}”")
            why = reason(WhyMatched.model_validate(hit["why"]))
            out.print(f"    {' — '.join(filter(None, [hit['citation'], why]))}", style="dim", soft_wrap=True)


def _print_searches(found: Sequence["SavedSearch"]) -> None:
    out = console()
    out.print(f"{len(found)} saved", style="bold")
    for search in found:
        what = " ".join([f"“{search.query}”", *search.filters, f"({search.mode})"])
        out.print(f"  {search.name}: {what}, seen {search.seen:%Y-%m-%d %H:%M}", soft_wrap=True)
