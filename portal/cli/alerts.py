"""`save-search` and `alerts`: searches that are kept, and what is new for each."""

import datetime as dt
import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from configs.alerts import FILE, portal_address
from configs.settings import Settings, home_folder, load_settings
from configs.system.errors import CustomsLensError, UsageError
from index.filters import EVERY_CLASS
from index.results import Mode
from pipelines.access.keys import LOCAL
from pipelines.collection import Collection
from portal.cli.options import common, filters, writable
from portal.cli.output import console, counted, print_json, styled, write_page
from portal.cli.search import name_of

if TYPE_CHECKING:
    from pipelines.alerts.check import Alert
    from pipelines.alerts.send_report import SendReport, TargetReport
    from pipelines.storage.saved_searches import SavedSearch


@click.command("save-search")
@click.argument("name", required=False)
@click.argument("query", nargs=-1)
@click.option(
    "--mode",
    type=click.Choice(["text", "hybrid", "vector"]),
    default="text",
    show_default=True,
    help="As in search; alerts and feeds take what is close.",
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
        with Collection(settings) as collection:
            saved = alerts.save_search(
                settings,
                collection.service,
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


def _telling_of_settings(command: Callable[..., int]) -> Callable[..., int]:
    """Let `alerts --send` tell of settings that do not fit, before it ends because of them: nothing else is known."""

    @functools.wraps(command)
    def wrapper(*, home: Path | None, send: bool, as_json: bool, **others: Any) -> int:  # noqa: ANN401 - of `common`
        try:
            return command(home=home, send=send, as_json=as_json, **others)
        except CustomsLensError:
            folder = home_folder(home)
            if send and (folder / FILE).exists():
                try:
                    load_settings(home)
                except CustomsLensError as faulty:
                    _notify_of_settings(folder, faulty, as_json=as_json)
            raise

    return wrapper


def _notify_of_settings(home: Path, faulty: CustomsLensError, *, as_json: bool) -> None:
    from pipelines.alerts.sending import notify_of_settings

    report = notify_of_settings(home, faulty)
    if as_json:
        print_json(report.model_dump(mode="json"))
    else:
        _print_sent(report)


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--peek", is_flag=True, help="Look without a mark: what is new now stays new.")
@click.option(
    "--digest",
    type=click.Path(readable=False, path_type=Path, dir_okay=False),
    callback=writable,
    help="Also write what is new to this file, as a web page (.html) or as text (.txt).",
)
@click.option(
    "--send",
    is_flag=True,
    help="Send the targets of alerts.yaml what is new, and what fails, to each what it had not yet.",
)
@click.option(
    "--feed",
    type=click.Path(readable=False, path_type=Path, dir_okay=False),
    callback=writable,
    help="Write the latest papers to this file, for feed readers (Atom).",
)
@_telling_of_settings
@common
def alerts(
    *,
    settings: Settings,
    as_json: bool,
    names: tuple[str, ...],
    peek: bool,
    digest: Path | None,
    send: bool,
    feed: Path | None,
) -> int:
    """Show what came into the index for each saved search since it was last looked at, and why.

    Without NAME, for all of them. A document is new that was not there at the last look; one that was only read,
    tagged or indexed again is not.

    \b
    Examples:
      customs-lens alerts --digest new.html
      customs-lens alerts --send
    """
    if sum(map(bool, (digest, send, feed))) > 1 or (peek and (send or feed)):
        raise UsageError("--digest, --send and --feed do not go together, nor --peek with --send or --feed", "give one")
    if send:
        return _send(settings, names, as_json=as_json)
    if feed:
        _write_feed(settings, names, feed, as_json=as_json)
        return 0
    _look(settings, names, peek=peek, digest=digest, as_json=as_json)
    return 0


def _look(settings: Settings, names: Sequence[str], *, peek: bool, digest: Path | None, as_json: bool) -> None:
    from pipelines.alerts.check import Alert
    from pipelines.alerts.check import alerts as look

    portal = portal_address(settings.home)
    as_page = digest is None or _is_page(digest)

    def write(found: tuple[Alert, ...]) -> None:
        if digest:  # before it is noted as seen: where it cannot be written, all stays new
            write_page(digest, _digest(collection, found, portal, as_page=as_page))

    with Collection(settings) as collection:
        found = look(settings, collection.service, names, access_classes=EVERY_CLASS, peek=peek, deliver=write)
    if as_json:
        hits = ((one, [hit.model_dump(mode="json") for hit in one.hits]) for one in found)
        print_json([_as_json(one.search) | {"documents": len(rows), "hits": rows} for one, rows in hits])
    else:
        _print_alerts(found)


def _is_page(path: Path) -> bool:
    kind = path.suffix.lower()
    if kind not in (".html", ".htm", ".txt"):
        raise UsageError(f"--digest {path}: of which kind is it to be?", "let its name end with .html or .txt")
    return kind != ".txt"


def _digest(collection: Collection, found: Sequence["Alert"], portal: str | None, *, as_page: bool) -> str:
    from pipelines.alerts.digest import digest_of
    from pipelines.alerts.digest_text import digest_text
    from pipelines.alerts.sessions import sessions_of
    from pipelines.pages.environment import single_page

    told = sessions_of(collection, found, LOCAL, portal)
    digest = digest_of(found, dt.datetime.now(dt.UTC), portal=portal, sessions=told)
    return single_page("digest.html", digest=digest) if as_page else digest_text(digest)


def _send(settings: Settings, names: Sequence[str], *, as_json: bool) -> int:
    """Send what is new; 1 where a target failed."""
    from pipelines.alerts.sending import send_alerts

    report = send_alerts(settings, names, access_classes=EVERY_CLASS)
    if as_json:
        print_json(report.model_dump(mode="json"))
    else:
        _print_sent(report)
    return 1 if report.failed else 0


def _print_sent(report: "SendReport") -> None:
    out = console()
    if not report.targets:
        out.print("alerts.yaml names no targets.")
    for one in report.targets:
        if one.error:
            out.print(styled((one.status, "red"), f" {one.error}"), soft_wrap=True)
            continue
        out.print(styled((one.target, "bold"), f": {_became(one)}"), soft_wrap=True)
    if report.failed:
        out.print("What failed is sent by the next alerts --send.")


def _became(one: "TargetReport") -> str:
    """Return what became of one target, for people."""
    if one.on == "papers":
        counts = ", ".join(f"{search.search} {search.papers}" for search in one.searches if search.papers)
        return f"{counted(one.papers, 'new paper')} ({counts}) sent" if counts else one.status
    if one.next_at:
        return f"what changed of the sources is told after {one.next_at:%Y-%m-%d %H:%M} UTC, by the next alerts --send"
    return f"told of {', '.join(one.sources)}" if one.sources else "nothing new of the sources"


def _write_feed(settings: Settings, names: Sequence[str], path: Path, *, as_json: bool) -> None:
    from pipelines.alerts.feed import feed

    portal = portal_address(settings.home)
    with Collection(settings) as collection:
        content = feed(settings, collection.service, names, access_classes=EVERY_CLASS, portal=portal)
    write_page(path, content.decode())
    if as_json:
        print_json({"feed": str(path)})


def _as_json(search: "SavedSearch") -> dict[str, Any]:
    return search.model_dump(mode="json", exclude={"look", "arrival"})


def _print_alerts(found: Sequence["Alert"]) -> None:
    from pipelines.search.reasons import reason

    out = console()
    if not found:
        out.print("No searches are saved.")
    for one in found:
        out.print(styled((one.search.name, "bold"), f": {counted(len(one.hits), 'new document')}"))
        for hit in one.hits:
            paper = hit.document
            facts = " · ".join(filter(None, (paper.body, paper.date, paper.language)))
            out.print(f"  {name_of(paper)}")
            out.print(f"    {facts} · id {', '.join(hit.new)}", style="dim", soft_wrap=True)
            out.print(f"    “{hit.quote.text}”")
            out.print(f"    {' — '.join(filter(None, (hit.citation, reason(hit.why))))}", style="dim", soft_wrap=True)


def _print_searches(found: Sequence["SavedSearch"]) -> None:
    out = console()
    out.print(f"{len(found)} saved", style="bold")
    for search in found:
        what = " ".join([f"“{search.query}”", *search.filters, f"({search.mode})"])
        out.print(f"  {search.name}: {what}, seen {search.seen:%Y-%m-%d %H:%M}", soft_wrap=True)
