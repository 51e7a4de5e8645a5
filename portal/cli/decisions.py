"""`decisions`: the register of decisions over all papers."""

from typing import Any

import click
from rich.table import Table

from configs.settings import Settings
from pipelines.access.keys import LOCAL
from pipelines.desk.decisions import DecisionPage
from pipelines.questions.decisions import DecisionParameters, answer
from portal.cli.options import ask, common, filters, parameter
from portal.cli.output import console, counted, print_json


@click.command()
@filters
@parameter(DecisionParameters, "state", "--state")
@parameter(DecisionParameters, "addressee", "--addressee", metavar="NAME")
@parameter(DecisionParameters, "offset", "--offset", metavar="N")
@parameter(DecisionParameters, "limit", "--limit", metavar="N")
@common
def decisions(*, settings: Settings, as_json: bool, filters: tuple[str, ...], **given: Any) -> None:  # noqa: ANN401
    """List the decisions that papers record, the latest first: who decided what, who is to act by when.

    A decision is overdue where its deadline passed and none of the later papers of its body refers to its paragraph or
    its number. Of several versions of one paper one counts.

    \b
    Example:
      customs-lens decisions --filter body=ptc --filter decision=invited --state open
    """
    found = ask(settings, answer, DecisionParameters(**given), LOCAL, filters)
    if as_json:
        print_json([one.model_dump(mode="json") for one in found.decisions])
    else:
        _print(found)


def _print(found: DecisionPage) -> None:
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
