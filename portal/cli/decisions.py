"""`decisions`: the register of decisions over all papers."""

from typing import TYPE_CHECKING

import click
from rich.table import Table

from configs.settings import Settings
from index.filters import EVERY_CLASS
from portal.cli.options import common, filters
from portal.cli.output import console, counted, print_json

if TYPE_CHECKING:
    from pipelines.desk.decisions import DecisionPage, DecisionState


@click.command()
@filters
@click.option(
    "--state",
    type=click.Choice(["open", "overdue"]),
    help="Only those whose deadline is ahead (open) or passed (overdue).",
)
@click.option("--addressee", metavar="NAME", help="Only those that ask this addressee; a part of the printed name.")
@click.option("--offset", metavar="N", type=click.IntRange(0), default=0, show_default=True, help="Pass over so many.")
@click.option("--limit", metavar="N", type=click.IntRange(1), default=20, show_default=True, help="Decisions to show.")
@common
def decisions(
    *,
    settings: Settings,
    as_json: bool,
    filters: tuple[str, ...],
    state: "DecisionState | None",
    addressee: str | None,
    offset: int,
    limit: int,
) -> None:
    """List the decisions that papers record, the latest first: who decided what, who is to act by when.

    A decision is overdue where its deadline passed and no later paper of the home refers to its paragraph or its
    number. Of several versions of one paper one counts.

    \b
    Example:
      customs-lens decisions --filter body=ptc --filter decision=invited --state open
    """
    from pipelines.desk.decisions import DecisionRegister
    from pipelines.desk.headers import Headers
    from pipelines.search.requests import filters_of
    from pipelines.search.service import SearchService

    with SearchService(settings) as service:
        register = DecisionRegister(service, Headers(service))
        found = register.page(
            filters_of(filters, EVERY_CLASS), state=state, addressee=addressee, offset=offset, limit=limit
        )
    if as_json:
        print_json([one.model_dump(mode="json") for one in found.decisions])
    else:
        _print(found)


def _print(found: "DecisionPage") -> None:
    out = console()
    out.print(f"{counted(found.total, 'decision')}; {found.open} open, {found.overdue} overdue")
    table = Table(show_lines=True)
    for name in ("decided", "what", "by when", "where"):
        table.add_column(name)
    for one in found.decisions:
        when = " ".join(filter(None, (one.deadline, f"({one.deadline_date})" if one.deadline_date else None)))
        later = "".join(f"\n→ {follow_up.citation}" for follow_up in one.follow_ups)
        table.add_row(
            "\n".join(filter(None, (one.date, one.actor, one.verb))),
            one.text + (f"\nto: {one.addressee}" if one.addressee else ""),
            "\n".join(filter(None, (when, one.state))),
            one.citation + later,
        )
    out.print(table)
