"""`since`: what the latest session of a body brought."""

import click

from configs.settings import Settings
from pipelines.access.keys import LOCAL
from pipelines.questions.since import SinceParameters, SinceSession, answer
from portal.cli.options import ask, common, parameter
from portal.cli.output import console, counted, print_json, styled


@click.command()
@click.argument("body", metavar="BODY")
@parameter(SinceParameters, "session", "--session", metavar="N", type=click.IntRange(1))
@common
def since(*, settings: Settings, as_json: bool, body: str, session: int | None) -> None:
    """Show what a session of a body brought since the one before: papers, decisions, cells that moved, revisions.

    BODY is an id of a body. Sessions are those that papers name, not the days on which these were ingested.

    \b
    Example:
      customs-lens since ptc
    """
    found = ask(settings, answer, SinceParameters(body=body, session=session), LOCAL)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        _print(found)


def _print(found: SinceSession) -> None:
    out = console()
    before = f" (before: {found.before})" if found.before else ""
    out.print(
        styled((f"{found.body}, session {found.session}", "bold"), f"{before}: {counted(len(found.papers), 'paper')}")
    )
    for paper in found.papers:
        out.print(f"  {' '.join(filter(None, (paper.symbol, paper.title)))}")
    out.print(styled((counted(len(found.decisions), "decision"), "bold")))
    for decision in found.decisions:
        out.print(f"  {decision.text}")
        out.print(f"    {decision.citation}", style="dim", soft_wrap=True)
    out.print(styled((f"{counted(len(found.moved), 'cell')} moved", "bold")))
    for cell in found.moved:
        place = " ".join(filter(None, (cell.dimension, cell.level, cell.modality)))
        out.print(f"  {place}: {cell.before} → {cell.papers}")
    for revision in found.revised:
        out.print(styled((f"{revision.symbol} against {revision.earlier_symbol}", "bold")))
        for change in revision.changes:
            out.print(f"  {change.kind}, {change.citation}")
            for sign, text in (("-", change.before), ("+", change.after)):
                if text:
                    out.print(f"    {sign} {text}")
